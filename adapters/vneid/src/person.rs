//! The facts about a person, checked one by one and put into the common shape.

use std::{collections::BTreeMap, fmt};

use contract::{AccountType, PersonProfile, ProviderError, VerifiedIdentity};
use serde::Deserialize;
use serde_json::Value;
use types::{AccountLevel, PersonalId};

use crate::{
    birth_date,
    settings::{UserId, VneidSettings},
};

const LONGEST_NAME: usize = 400;
const LONGEST_SUBJECT: usize = 255;

/// What the provider said about the person, by its own names.
#[derive(Deserialize)]
#[serde(transparent)]
pub(crate) struct Facts(BTreeMap<String, Value>);

impl fmt::Debug for Facts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Facts(…)")
    }
}

/// A fact that is there but is not what it should be.
struct Malformed;

impl Facts {
    /// Makes the identity, or refuses it whole: half a person is nobody.
    pub(crate) fn identity(&self, settings: &VneidSettings) -> Result<VerifiedIdentity, ProviderError> {
        self.checked(settings).map_err(|Malformed| ProviderError::Identity)
    }

    fn checked(&self, settings: &VneidSettings) -> Result<VerifiedIdentity, Malformed> {
        let subject = self.text(&settings.claims.user_id)?.ok_or(Malformed)?;
        let citizen_id = match settings.user_id {
            UserId::CitizenNumber => Some(PersonalId::parse(subject).map_err(|_| Malformed)?),
            UserId::Opaque if is_visible(subject) => None,
            UserId::Opaque => return Err(Malformed),
        };
        Ok(VerifiedIdentity {
            issuer: settings.issuer.clone(),
            subject: subject.to_owned(),
            asserted: settings.asserted_level,
            account_level: self.account_level(settings)?,
            account_type: self.account_type(settings)?,
            citizen_id,
            auth_time: None,
            profile: PersonProfile {
                name: self.name(settings)?,
                birthdate: self.birth_date(settings)?,
                ..PersonProfile::default()
            },
        })
    }

    /// The text under a name. Missing, `null` and empty are the same: nothing was stated.
    fn text(&self, name: &str) -> Result<Option<&str>, Malformed> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.as_str()).filter(|text| !text.is_empty())),
            Some(_) => Err(Malformed),
        }
    }

    /// A word of a small vocabulary, which some write as a number.
    fn word(&self, name: &str) -> Result<Option<String>, Malformed> {
        match self.0.get(name) {
            Some(Value::Number(number)) => Ok(Some(number.to_string())),
            _ => Ok(self.text(name)?.map(str::to_owned)),
        }
    }

    fn name(&self, settings: &VneidSettings) -> Result<Option<String>, Malformed> {
        let Some(name) = self.text(&settings.claims.name)?.map(str::trim).filter(|name| !name.is_empty()) else {
            return Ok(None);
        };
        let is_name = name.len() <= LONGEST_NAME && !name.chars().any(char::is_control);
        if is_name { Ok(Some(name.to_owned())) } else { Err(Malformed) }
    }

    fn birth_date(&self, settings: &VneidSettings) -> Result<Option<String>, Malformed> {
        let date = self.word(&settings.claims.birth_date)?;
        date.map(|text| birth_date::read(&text, &settings.birth_date_formats).ok_or(Malformed)).transpose()
    }

    /// A level that nobody told us the meaning of counts as none.
    fn account_level(&self, settings: &VneidSettings) -> Result<Option<AccountLevel>, Malformed> {
        let word = self.word(&settings.claims.account_level)?;
        Ok(word.and_then(|word| settings.account_levels.get(&word).copied()))
    }

    /// A type that nobody told us the meaning of is refused: an organisation must not pass for a person.
    fn account_type(&self, settings: &VneidSettings) -> Result<AccountType, Malformed> {
        let word = self.word(&settings.claims.account_type)?;
        word.map_or(Ok(AccountType::Person), |word| settings.account_types.get(&word).copied().ok_or(Malformed))
    }
}

fn is_visible(subject: &str) -> bool {
    subject.len() <= LONGEST_SUBJECT && subject.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests;
