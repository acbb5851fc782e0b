//! Any REST system, by declared mapping.
