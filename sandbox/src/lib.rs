//! A whole province on one machine: invented people, stand-ins for the national systems, sample applications.

pub mod apps;
pub mod browser;
pub mod national;
pub mod people;
