//! Who a subject is to us.

pub mod person;
pub mod post;
