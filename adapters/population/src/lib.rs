//! The national population database (CSDLQG về dân cư), in its own dialect of SOAP.
//!
//! In the order of a call: [`settings`] hold what the contract with its owner fixes, `input` reads the caller's JSON,
//! `question` puts it into the elements that the database wants in the order it wants them, `credentials` makes its
//! headers, and `answer` turns what comes back into JSON with the same names. [`exchange`] is the way through them.
//!
//! Who asks, for which procedure and from which agency is part of every question: a code that is not known refuses the
//! call before anything is sent. The README beside this crate has the facts of the dialect.

mod answer;
mod credentials;
pub mod exchange;
mod input;
mod question;
pub mod settings;

#[cfg(test)]
mod tests;

pub use exchange::PopulationExchange;
pub use settings::PopulationSettings;

/// The namespace of questions.
pub const QUESTION: &str = "http://dancuquocgia.bca";
/// The namespace of answers.
pub const ANSWER: &str = "http://www.mic.gov.vn/dancu/1.0";
