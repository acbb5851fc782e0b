//! Identifiers this broker makes itself: random, typed apart, and safe to log.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use clock::{Entropy, Timestamp, entropy::EntropyError};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use signing::Digest;

macro_rules! random_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name([u8; 16]);

        impl $name {
            /// Makes a new one from 128 random bits.
            pub fn random(entropy: &dyn Entropy) -> Result<Self, EntropyError> {
                let mut bytes = [0; 16];
                entropy.fill(&mut bytes)?;
                Ok(Self(bytes))
            }

            /// Reads the text form; `None` unless it is 22 characters of base64url for 16 bytes.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok().map(Self)
            }

            /// From the 16 bytes a store kept.
            #[must_use]
            pub fn from_slice(bytes: &[u8]) -> Option<Self> {
                bytes.try_into().ok().map(Self)
            }

            /// The 16 bytes.
            #[must_use]
            pub fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl TryFrom<String> for $name {
            type Error = MalformedId;

            fn try_from(text: String) -> Result<Self, MalformedId> {
                Self::parse(&text).ok_or(MalformedId(stringify!($name)))
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.to_string()
            }
        }
    };
}

/// A text that is not an identifier of the named kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("malformed {0}")]
pub struct MalformedId(&'static str);

random_id!(
    /// A person as we know them; never leaves the broker, clients see a pairwise `sub`.
    PersonId
);
random_id!(
    /// A browser session; `sid` is derived from it for each client.
    SessionId
);
random_id!(
    /// What one person granted one client in one sign-in: the family of all its tokens.
    GrantId
);
random_id!(
    /// One access token (`jti`, RFC 9068 §2.2).
    TokenId
);

impl GrantId {
    /// The id of the grant that a code stands for. It is made from the code's hash, so that a code of which nothing else is
    /// known any more still leads to what came of it; nothing leads back to the code.
    #[must_use]
    pub fn of_code(code: &Digest) -> Self {
        let mut made = Self([0; 16]);
        let mut named = *b"grant of a code\n\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
        named.iter_mut().skip(16).zip(code.as_bytes()).for_each(|(to, from)| *to = *from);
        made.0.iter_mut().zip(Digest::of(named).as_bytes()).for_each(|(to, from)| *to = *from);
        made
    }
}

/// The reference number that a person reads from a page and an operator finds in the log: the moment, then 40 random bits,
/// written as sixteen characters of Crockford base32 in groups of four. It names, and opens nothing.
///
/// The moment comes first so that what happens at one time lies together in the index of the audit: an index of random
/// names costs a page of its own for every event.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Reference([u8; 16]);

impl Reference {
    const ALPHABET: &'static [u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    /// The number that names no login.
    pub const ZERO: Self = Self([b'0'; 16]);

    /// Makes a new one.
    pub fn make(at: Timestamp, entropy: &dyn Entropy) -> Result<Self, EntropyError> {
        let mut bytes = [0; 16];
        entropy.fill(&mut bytes)?;
        // 40 bits of milliseconds come round again after 34 years, which only moves where in the index they lie.
        let mut moment = at.micros().div_euclid(1000);
        for byte in bytes.iter_mut().take(8).rev() {
            *byte = moment.rem_euclid(32).try_into().unwrap_or_default();
            moment = moment.div_euclid(32);
        }
        for byte in &mut bytes {
            *byte = Self::ALPHABET.get(usize::from(*byte % 32)).copied().unwrap_or(b'0');
        }
        Ok(Self(bytes))
    }

    /// Reads the text form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let plain: Vec<u8> = text.bytes().filter(|byte| *byte != b'-').collect();
        let known = plain.iter().all(|byte| Self::ALPHABET.contains(byte));
        known.then(|| plain.try_into().ok().map(Self)).flatten()
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = *b"....-....-....-....";
        let places = text.iter_mut().filter(|byte| **byte == b'.');
        places.zip(&self.0).for_each(|(to, from)| *to = *from);
        f.write_str(std::str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reference({self})")
    }
}

impl TryFrom<String> for Reference {
    type Error = MalformedId;

    fn try_from(text: String) -> Result<Self, MalformedId> {
        Self::parse(&text).ok_or(MalformedId("Reference"))
    }
}

impl From<Reference> for String {
    fn from(reference: Reference) -> Self {
        reference.to_string()
    }
}

/// A new bearer value: 256 random bits in base64url. Only its SHA-256 is ever kept.
pub fn bearer_value(entropy: &dyn Entropy) -> Result<SecretString, EntropyError> {
    let mut bytes = zeroize::Zeroizing::new([0; 32]);
    entropy.fill(bytes.as_mut_slice())?;
    Ok(SecretString::from(URL_SAFE_NO_PAD.encode(bytes.as_slice())))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clock::SeededEntropy;

    use super::*;

    #[test]
    fn an_id_reads_back_from_its_text() {
        let entropy = SeededEntropy::new(7);
        let id = GrantId::random(&entropy).unwrap();
        assert_eq!(GrantId::parse(&id.to_string()), Some(id));
        assert_eq!(GrantId::parse("short"), None);
        let reference = Reference::make(Timestamp::from_seconds(1_800_000_000), &entropy).unwrap();
        assert_eq!(reference.to_string().len(), 19);
        assert_eq!(Reference::parse(&reference.to_string()), Some(reference));
        assert_eq!(Reference::parse("????-0000-0000-0000"), None);
    }

    #[test]
    fn references_lie_in_the_order_of_their_moments_and_those_of_one_moment_differ() {
        let entropy = SeededEntropy::new(7);
        let at = |millis: i64| Timestamp::from_micros(1_800_000_000_000_000 + millis * 1000);
        let texts: Vec<String> =
            (0..100).map(|millis| Reference::make(at(millis), &entropy).unwrap().to_string()).collect();
        assert!(texts.is_sorted());
        let same: BTreeSet<String> = (0..100).map(|_| Reference::make(at(0), &entropy).unwrap().to_string()).collect();
        assert_eq!(same.len(), 100);
    }
}
