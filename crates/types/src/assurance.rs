//! The two scales of assurance that Vietnamese law keeps apart (NĐ 69/2024): how an account was proven, and
//! how strongly its holder authenticated just now.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Authentication level (mức độ xác thực điện tử), 0 to 4. 0 means that nobody stated one.
///
/// 1: one factor; 2: two different factors; 3: at least two, one of them biometric; 4: biometric, possession
/// and knowledge together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct AuthLevel(u8);

impl AuthLevel {
    /// Nobody stated a level.
    pub const UNKNOWN: Self = Self(0);
    /// One factor: the ceiling of a provider for which nothing else is set.
    pub const ONE: Self = Self(1);
    /// Every level, lowest first.
    pub const ALL: [Self; 5] = [Self(0), Self(1), Self(2), Self(3), Self(4)];

    const ACR_PREFIX: &'static str = "urn:lienthong:nd69:";

    /// The level as a number from 0 to 4.
    #[must_use]
    pub fn get(self) -> u8 {
        self.0
    }

    /// The `acr` value that states this level (OIDC Core §2).
    #[must_use]
    pub fn acr(self) -> String {
        format!("{}{}", Self::ACR_PREFIX, self.0)
    }

    /// Reads one of our own `acr` values; every other text is `None`.
    #[must_use]
    pub fn from_acr(acr: &str) -> Option<Self> {
        let digit = acr.strip_prefix(Self::ACR_PREFIX)?;
        Self::ALL.into_iter().find(|level| level.0.to_string() == digit)
    }
}

impl fmt::Display for AuthLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl From<AuthLevel> for u8 {
    fn from(level: AuthLevel) -> Self {
        level.0
    }
}

impl TryFrom<u8> for AuthLevel {
    type Error = LevelError;

    fn try_from(value: u8) -> Result<Self, LevelError> {
        if value <= 4 { Ok(Self(value)) } else { Err(LevelError { value, highest: 4 }) }
    }
}

/// Account level (mức độ tài khoản định danh điện tử): 1, matched online; 2, proven in person.
///
/// The absence of a level (a local account) is `None` around this type, never a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct AccountLevel(u8);

impl AccountLevel {
    /// Mức độ 01.
    pub const ONE: Self = Self(1);
    /// Mức độ 02.
    pub const TWO: Self = Self(2);

    /// The level as a number, 1 or 2.
    #[must_use]
    pub fn get(self) -> u8 {
        self.0
    }
}

impl fmt::Display for AccountLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl From<AccountLevel> for u8 {
    fn from(level: AccountLevel) -> Self {
        level.0
    }
}

impl TryFrom<u8> for AccountLevel {
    type Error = LevelError;

    fn try_from(value: u8) -> Result<Self, LevelError> {
        if (1..=2).contains(&value) { Ok(Self(value)) } else { Err(LevelError { value, highest: 2 }) }
    }
}

/// A number that is no level of its scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("level {value} is outside the scale that ends at {highest}")]
pub struct LevelError {
    value: u8,
    highest: u8,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_acr_value_reads_back_as_its_level() {
        for level in AuthLevel::ALL {
            assert_eq!(AuthLevel::from_acr(&level.acr()), Some(level));
        }
    }

    #[test]
    fn a_foreign_or_padded_acr_is_no_level() {
        for acr in [
            "",
            "1",
            "LoA1",
            "urn:lienthong:nd69:",
            "urn:lienthong:nd69:5",
            "urn:lienthong:nd69:01",
            "URN:lienthong:nd69:1",
        ] {
            assert_eq!(AuthLevel::from_acr(acr), None, "{acr}");
        }
    }

    #[test]
    fn a_number_off_the_scale_is_refused() {
        assert!(AuthLevel::try_from(5).is_err());
        assert!(AccountLevel::try_from(0).is_err());
        assert!(AccountLevel::try_from(3).is_err());
    }
}
