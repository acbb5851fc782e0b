//! Claims to identity, by the claim map and the level rules of the settings.

use contract::{AccountType, PersonProfile, VerifiedIdentity};
use serde_json::{Map, Value};
use time::{Date, macros::format_description};
use types::{AccountLevel, AuthLevel, PersonalId};

use crate::{
    id_token::Accepted,
    rejection::Rejection,
    settings::{LevelRules, OidcSettings},
};

/// The longest text that a descriptive claim may be, in bytes.
const LONGEST_TEXT: usize = 1024;

/// Makes the identity. What the signed `id_token` states wins over what userinfo states.
pub(crate) fn identity(
    settings: &OidcSettings,
    id_token: Accepted,
    userinfo: Map<String, Value>,
) -> Result<VerifiedIdentity, Rejection> {
    let mut claims = userinfo;
    claims.extend(id_token.claims);
    let names = &settings.claims;
    let citizen_id = match &names.citizen_id {
        Some(name) => text(&claims, name)?,
        None => None,
    };
    Ok(VerifiedIdentity {
        issuer: settings.issuer.clone(),
        subject: id_token.subject,
        asserted: asserted(&settings.levels, id_token.acr.as_deref()),
        account_level: account_level(&settings.levels, &claims),
        account_type: AccountType::Person,
        citizen_id: citizen_id.map(|number| PersonalId::parse(&number).map_err(|_| Rejection::Claim)).transpose()?,
        auth_time: id_token.auth_time,
        profile: PersonProfile {
            name: text(&claims, &names.name)?,
            birthdate: text(&claims, &names.birthdate)?.map(|date| birthdate(&date)).transpose()?.flatten(),
            gender: text(&claims, &names.gender)?,
            email: text(&claims, &names.email)?,
            email_verified: flag(&claims, &names.email_verified)?,
            phone_number: text(&claims, &names.phone_number)?,
            address: address(&claims, &names.address)?,
        },
    })
}

/// The level that this login amounts to: by rule for its `acr`, else what the settings assert for every login.
fn asserted(levels: &LevelRules, acr: Option<&str>) -> AuthLevel {
    acr.and_then(|acr| levels.by_acr.get(acr)).copied().unwrap_or(levels.asserted)
}

/// The account level: by rule where a claim states it, and a value without a rule is no level; else what the settings
/// assert for every account.
fn account_level(levels: &LevelRules, claims: &Map<String, Value>) -> Option<AccountLevel> {
    let Some(claim) = levels.account_claim.as_deref() else { return levels.asserted_account };
    let stated = match claims.get(claim)? {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    levels.account_by_value.get(&stated).copied()
}

/// A text on one line; absent, null and empty are nothing.
fn text(claims: &Map<String, Value>, name: &str) -> Result<Option<String>, Rejection> {
    match claims.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(stated)) => checked(stated, |character| character.is_control()),
        Some(_) => Err(Rejection::Claim),
    }
}

fn checked(stated: &str, is_forbidden: fn(char) -> bool) -> Result<Option<String>, Rejection> {
    let stated = stated.trim();
    if stated.len() > LONGEST_TEXT || stated.chars().any(is_forbidden) {
        return Err(Rejection::Claim);
    }
    Ok((!stated.is_empty()).then(|| stated.to_owned()))
}

/// A truth value; some providers write it as text.
fn flag(claims: &Map<String, Value>, name: &str) -> Result<Option<bool>, Rejection> {
    match claims.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(stated)) => Ok(Some(*stated)),
        Some(Value::String(stated)) => stated.parse().map(Some).map_err(|_| Rejection::Claim),
        Some(_) => Err(Rejection::Claim),
    }
}

/// An address as text or as the object of OIDC Core §5.1.1, of which the whole (`formatted`) or the parts are taken.
fn address(claims: &Map<String, Value>, name: &str) -> Result<Option<String>, Rejection> {
    let lines = |stated: &str| checked(stated, |character| character.is_control() && character != '\n');
    match claims.get(name) {
        Some(Value::String(stated)) => lines(&stated.replace("\r\n", "\n")),
        Some(Value::Object(parts)) => {
            let part = |member: &str| parts.get(member).and_then(Value::as_str).filter(|part| !part.trim().is_empty());
            match part("formatted") {
                Some(whole) => lines(&whole.replace("\r\n", "\n")),
                None => {
                    let members = ["street_address", "locality", "region", "postal_code", "country"];
                    lines(&members.into_iter().filter_map(part).collect::<Vec<_>>().join(", "))
                }
            }
        }
        None | Some(Value::Null) => Ok(None),
        Some(_) => Err(Rejection::Claim),
    }
}

/// `YYYY-MM-DD` or `YYYY` (OIDC Core §5.1), from that or from the ways Vietnamese systems write a date. A date whose year
/// is withheld (`0000-…`) is nothing.
fn birthdate(stated: &str) -> Result<Option<String>, Rejection> {
    if stated.starts_with("0000-") {
        return Ok(None);
    }
    if stated.len() == 4 && stated.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(Some(stated.to_owned()));
    }
    let iso = format_description!("[year]-[month]-[day]");
    let date = Date::parse(stated, iso)
        .or_else(|_| Date::parse(stated, format_description!("[year][month][day]")))
        .or_else(|_| Date::parse(stated, format_description!("[day]/[month]/[year]")))
        .map_err(|_| Rejection::Claim)?;
    date.format(iso).map(Some).map_err(|_| Rejection::Claim)
}

#[cfg(test)]
mod tests;
