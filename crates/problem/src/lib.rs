//! What does a machine get that was refused, when no other format is prescribed? A problem document (RFC 9457).
//!
//! A [`Kind`] of the registry comes in, with what is known of this one case; a [`Problem`] goes out, which is a response
//! of type `application/problem+json`. OAuth endpoints have bodies of their own (RFC 6749 §5.2) and do not come here.

pub mod body;
pub mod registry;

pub use body::{Origin, Problem};
pub use registry::Kind;
