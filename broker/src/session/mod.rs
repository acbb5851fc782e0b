//! Who is signed in, and where.

pub mod browser;
pub mod logout;
