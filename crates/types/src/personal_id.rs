//! The 12-digit personal identification number (số định danh cá nhân).

use std::fmt;

use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

/// A personal identification number: `^[0-9]{12}$`, and nothing is ever derived from its digits.
///
/// It prints as a fixed mask and does not serialize, so it cannot reach a log or an answer by accident;
/// [`PersonalId::expose`] is the one way out.
#[derive(Clone, PartialEq, Eq)]
pub struct PersonalId(Zeroizing<String>);

impl PersonalId {
    /// Checks the syntax and takes the number.
    pub fn parse(text: &str) -> Result<Self, PersonalIdError> {
        if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            Ok(Self(Zeroizing::new(text.to_owned())))
        } else {
            Err(PersonalIdError)
        }
    }

    /// The digits, for sealing, indexing or a release that a permit names.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PersonalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonalId(************)")
    }
}

impl<'de> Deserialize<'de> for PersonalId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Zeroizing::new(String::deserialize(deserializer)?);
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// A text that is not twelve ASCII digits. It does not repeat the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a personal identification number is exactly twelve digits")]
pub struct PersonalIdError;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_twelve_ascii_digits_are_a_number() {
        assert!(PersonalId::parse("075085000001").is_ok());
        for bad in
            ["", "07508500000", "0750850000011", "07508500000a", "٠٧٥٠٨٥٠٠٠٠٠١", " 75085000001", "075085000001\n"]
        {
            assert!(PersonalId::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn printing_shows_no_digit() {
        let shown = format!("{:?}", PersonalId::parse("075085000001"));
        assert!(!shown.contains("075085"), "{shown}");
    }
}
