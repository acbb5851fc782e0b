//! The `sub` that one legal entity knows a person by.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

/// A subject identifier as a client sees it: pairwise by legal entity for people (OIDC Core §8.1), the
/// `client_id` itself for a client that acts alone (RFC 9068 §2.2).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Subject(Arc<str>);

impl Subject {
    /// Wraps a subject that this system made or read from its own signed token.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// The subject as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
