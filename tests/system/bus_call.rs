//! Whole calls over a whole province: a department, the gateway over mutual TLS, the stand-ins behind it.

pub mod issuer;
pub mod world;

mod changed;
mod cluster;
mod former_agency;
mod hostile;
mod large;
mod officers;
mod page;
mod private;
pub mod raw;
mod registers;
mod released;
mod replayed;
mod signed;
mod start;
mod wrong_clock;
mod x_road;
