//! From what the provider said to what the client gets.

pub mod assurance;
pub mod catalogue;
pub mod mapping;
pub mod release;
pub mod subject;
