//! Any SOAP 1.1 system, element order kept.
