//! The one shape in which every dialect's person arrives.

use std::fmt;

use clock::Timestamp;
use serde::{Deserialize, Serialize};
use types::{AccountLevel, AuthLevel, PersonalId};

/// What kind of account signed in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AccountType {
    /// A natural person.
    #[default]
    Person,
    /// An organisation, represented by a natural person.
    Organisation,
}

impl AccountType {
    /// The value of the claim `vn_account_type`.
    #[must_use]
    pub const fn claim(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Organisation => "org",
        }
    }
}

/// Descriptive facts about the person, each present only when the provider stated it, never empty.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonProfile {
    /// Full name as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Birth date, ISO 8601: `YYYY-MM-DD`, or `YYYY` when only the year is known (OIDC Core §5.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birthdate: Option<String>,
    /// `male`, `female` or the provider's other word (OIDC Core §5.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gender: Option<String>,
    /// E-mail address. Never a link key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Whether the provider says the address was proven.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email_verified: Option<bool>,
    /// Telephone number, E.164 where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone_number: Option<String>,
    /// Postal address on one or more lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

impl fmt::Debug for PersonProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonProfile(…)")
    }
}

/// A person as one provider proved them just now.
#[derive(Clone)]
pub struct VerifiedIdentity {
    /// Who says so: the provider's issuer, as set in our configuration.
    pub issuer: String,
    /// The provider's stable identifier of the person; with `issuer` the only link key there is.
    pub subject: String,
    /// The authentication level the provider's answer amounts to by our settings; never a copied value.
    pub asserted: AuthLevel,
    /// The account level, when the provider states one.
    pub account_level: Option<AccountLevel>,
    /// Person or organisation.
    pub account_type: AccountType,
    /// The 12-digit number, when the provider states one.
    pub citizen_id: Option<PersonalId>,
    /// When the person authenticated, only when the provider proves it. Never invented.
    pub auth_time: Option<Timestamp>,
    /// Descriptive facts.
    pub profile: PersonProfile,
}

impl fmt::Debug for VerifiedIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifiedIdentity(issuer: {}, asserted: {})", self.issuer, self.asserted)
    }
}
