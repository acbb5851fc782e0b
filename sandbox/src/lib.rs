//! A whole province on one machine: invented people, stand-ins for the national systems, sample applications.
//!
//! [`province`] starts everything in order; [`apps`] are ordinary clients of the broker, [`national`] the systems around
//! it, [`people`] those who live there, [`bus`] how a
//! department calls the gateway. [`browser`] and [`check`] walk through it as a person would.

pub mod apps;
pub mod browser;
pub mod bus;
pub mod check;
pub mod national;
pub mod people;
pub mod province;

pub use province::{Province, ProvinceOptions};
