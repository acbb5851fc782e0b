//! Stand-ins for the national systems. They speak the real dialect on the wire, so that an adapter cannot tell them
//! apart, and can be told by an operator call to delay, fail and lie.

pub mod mood;
pub mod population;
pub mod rest_register;
pub mod staff;
pub mod vneid;
