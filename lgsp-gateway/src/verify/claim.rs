//! What does the message say of its own signature? Read once for each call; the record names it before it is believed.

use signing::http_signature::lgsp_v1::{Limits, ProfileError, request::Claimed};

use crate::call::Head;

/// The signature of a message as it says of itself, or why it says nothing that could be accepted.
#[derive(Debug)]
pub struct Claim<'h>(Result<Claimed<'h>, ProfileError>);

impl<'h> Claim<'h> {
    /// Reads the signature fields.
    #[must_use]
    pub fn of(head: &'h Head) -> Self {
        Self(Claimed::of(&head.headers, Limits::default()))
    }

    /// What it says.
    ///
    /// # Errors
    /// Why it cannot be accepted, whatever the key.
    pub(super) fn claimed(&self) -> Result<&Claimed<'h>, ProfileError> {
        self.0.as_ref().map_err(|error| *error)
    }
}
