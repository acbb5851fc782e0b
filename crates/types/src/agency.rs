//! Agency codes (QĐ 20/2020/QĐ-TTg). A code says nothing about the agency but its name in the register.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

/// Why a text is not an agency code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an agency code is at most 35 characters: groups of A-Z and 0-9, separated by '.'")]
pub struct AgencyCodeError;

/// An agency code such as `000.00.15.H19`. Codes are compared without regard to case; they are kept in capitals.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AgencyCode(Arc<str>);

impl AgencyCode {
    /// Reads a code; white space around it and the case of its letters do not matter.
    ///
    /// # Errors
    /// [`AgencyCodeError`] for anything that is not `^[A-Z0-9]+(\.[A-Z0-9]+)*$` of at most 35 characters.
    pub fn parse(text: &str) -> Result<Self, AgencyCodeError> {
        let code = text.trim().to_ascii_uppercase();
        let group = |group: &str| !group.is_empty() && group.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let fits = code.len() <= 35 && code.split('.').all(group);
        if fits { Ok(Self(code.into())) } else { Err(AgencyCodeError) }
    }

    /// The code in capitals.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AgencyCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for AgencyCode {
    type Error = AgencyCodeError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<AgencyCode> for String {
    fn from(code: AgencyCode) -> Self {
        code.0.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_groups_of_capitals_and_digits() {
        assert_eq!(AgencyCode::parse(" 000.00.15.h19 ").unwrap().as_str(), "000.00.15.H19");
        for bad in ["", ".", "000..H19", "000.00.15.H19.", "000-00", "Đ19", &"A".repeat(36)] {
            assert!(AgencyCode::parse(bad).is_err(), "{bad:?}");
        }
    }
}
