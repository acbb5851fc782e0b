//! Identifiers that operators choose: clients, providers, legal entities. Each is checked once and then trusted.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

/// Why a text is not an identifier.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind} must be 1 to {longest} characters of a-z, A-Z, 0-9, '.', '_' and '-'")]
pub struct IdError {
    kind: &'static str,
    longest: usize,
}

fn check(kind: &'static str, text: &str, longest: usize) -> Result<(), IdError> {
    let fits = (1..=longest).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'));
    if fits { Ok(()) } else { Err(IdError { kind, longest }) }
}

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $longest:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// Checks the text and takes it.
            pub fn parse(text: &str) -> Result<Self, IdError> {
                check($kind, text, $longest)?;
                Ok(Self(text.into()))
            }

            /// The identifier as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;

            fn try_from(text: String) -> Result<Self, IdError> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0.to_string()
            }
        }
    };
}

identifier!(
    /// `client_id` of an OAuth client (RFC 6749 §2.2).
    ClientId, "a client id", 64
);
identifier!(
    /// The short name of an upstream identity provider, as it stands in `/callback/{provider}`.
    ProviderId, "a provider id", 32
);
identifier!(
    /// Code of the legal body that answers for a client, such as an agency code `000.00.15.H19`.
    /// It is the sector of pairwise subjects (OIDC Core §8.1).
    LegalEntity, "a legal entity code", 64
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_is_short_and_plain() {
        assert!(ClientId::parse("mot-cua").is_ok());
        assert!(LegalEntity::parse("000.00.15.H19").is_ok());
        for bad in ["", "a b", "a/b", "một-cửa", "a\0", &"x".repeat(65)] {
            assert!(ClientId::parse(bad).is_err(), "{bad:?}");
        }
    }
}
