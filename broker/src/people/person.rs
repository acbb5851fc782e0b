//! A person, found or made by what one provider says: issuer and subject, nothing else.

use contract::{AccountType, PersonProfile};
use serde::{Deserialize, Serialize};
use signing::Digest;
use types::AccountLevel;
use zeroize::Zeroize;

use crate::ids::PersonId;

/// What we keep of a person. It is sealed as one value before any store sees it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonRecord {
    /// Descriptive facts of the last sign-in.
    pub profile: PersonProfile,
    /// The 12-digit number, when a provider stated one.
    #[serde(default)]
    pub citizen_id: Option<String>,
    /// The account level the provider stated last.
    #[serde(default)]
    pub account_level: Option<AccountLevel>,
    /// Person or organisation.
    #[serde(default)]
    pub account_type: AccountType,
    /// When the provider last stated all this, in seconds since the epoch (`updated_at`, OIDC Core §5.1).
    pub updated_at: i64,
}

impl Drop for PersonRecord {
    fn drop(&mut self) {
        if let Some(number) = &mut self.citizen_id {
            number.zeroize();
        }
    }
}

impl std::fmt::Debug for PersonRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PersonRecord(…)")
    }
}

/// The only way to a person: the keyed index of (issuer, subject). The subject itself, which for some providers is the
/// 12-digit number, is not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LinkKey(pub Digest);

impl TryFrom<String> for LinkKey {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Digest::from_base64url(&text).map(Self).ok_or("a link key is 32 bytes in base64url")
    }
}

impl From<LinkKey> for String {
    fn from(key: LinkKey) -> Self {
        key.0.base64url()
    }
}

/// A person to find by link, or to make with this id.
#[derive(Clone, Debug)]
pub struct PersonUpsert {
    /// The link that leads here.
    pub link: LinkKey,
    /// The provider's issuer, for operators.
    pub issuer: String,
    /// The id a new person gets.
    pub new_id: PersonId,
    /// The sealed [`PersonRecord`], which replaces the one kept before.
    pub sealed_record: Vec<u8>,
    /// Keyed index of the 12-digit number, so that an operator can find the person without reading it.
    pub citizen_index: Option<Digest>,
}

/// What the store says of the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FoundPerson {
    /// The person.
    pub id: PersonId,
    /// Whether this call made them.
    pub first_time: bool,
}
