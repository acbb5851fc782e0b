//! The contract of a service: its OpenAPI description, with one compiled check per operation.

/// An OpenAPI description, ready to be asked.
#[derive(Debug)]
pub struct Contract {
    text: String,
}

impl Contract {
    /// The description as it is published.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}
