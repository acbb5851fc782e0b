//! The message log as an operator and an auditor meet it: by the programs, over what whole calls have left.

mod killed;
pub mod program;
mod proven;
mod tampered;
