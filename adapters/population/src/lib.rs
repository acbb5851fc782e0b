//! The national population database, over SOAP.
