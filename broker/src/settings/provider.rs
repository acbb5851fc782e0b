//! `[provider.NAME]`: an upstream provider, by dialect.

mod oidc;
mod vneid;

#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, fmt::Display, time::Duration};

use adapter_oidc::OidcSettings;
use adapter_vneid::VneidSettings;
use boot::settings::{Section, Setting};
use types::{AccountLevel, AuthLevel, ProviderId};
use url::Url;

use crate::clients::client::Bilingual;

/// One provider.
#[derive(Debug)]
pub struct ProviderSettings {
    /// Its name in addresses, registrations and logs.
    pub id: ProviderId,
    /// Whether logins may start and finish there.
    pub enabled: bool,
    /// The name people read.
    pub name: Bilingual,
    /// For whom it is.
    pub hint: Bilingual,
    /// The highest level a login there can have here; 1 unless set.
    pub ceiling: AuthLevel,
    /// How many calls to it may wait for its answer; a quarter of all requests in flight unless set.
    pub max_calls: usize,
    /// Other origins that its login leads through.
    pub login_origins: Vec<String>,
    /// How it speaks.
    pub dialect: Dialect,
}

/// How a provider speaks.
#[derive(Debug)]
pub enum Dialect {
    /// VNeID direct: encrypted code, token and userinfo, no ID token.
    Vneid(Box<VneidSettings>),
    /// Any OpenID provider.
    Oidc(Box<OidcSettings>),
}

impl Dialect {
    /// What it calls itself; with a subject the only key to a person.
    #[must_use]
    pub fn issuer(&self) -> &str {
        match self {
            Self::Vneid(settings) => &settings.issuer,
            Self::Oidc(settings) => &settings.issuer,
        }
    }

    /// Where a login there begins, as `form-action` names it: an origin, or only the scheme where discovery will say which.
    #[must_use]
    pub fn form_target(&self) -> String {
        match self {
            Self::Vneid(settings) => settings.authorize_url.origin().ascii_serialization(),
            Self::Oidc(settings) => match &settings.endpoints.authorization {
                Some(url) => url.origin().ascii_serialization(),
                None if settings.allow_http => "https: http:".to_owned(),
                None => "https:".to_owned(),
            },
        }
    }
}

#[derive(Clone, Copy)]
enum DialectName {
    Vneid,
    Oidc,
}

/// Reads the section of one provider.
pub(super) fn read(name: &str, section: &Section<'_>, requests: usize) -> Option<ProviderSettings> {
    let id = ProviderId::parse(name).map_err(|error| section.fault("dialect", error.to_string())).ok();
    let dialect = section.one_of("dialect", &[("vneid", DialectName::Vneid), ("oidc", DialectName::Oidc)]).required();
    let enabled = section.flag("enabled").or(true);
    let (vi, en) = (section.text("name_vi").required(), section.text("name_en").required());
    let (hint_vi, hint_en) = (section.text("hint_vi").or(String::new()), section.text("hint_en").or(String::new()));
    let ceiling = level(section, "ceiling", AuthLevel::ONE);
    let login_origins = section.list_of("login_origins", origin).or(Vec::new());
    let max_calls = section.integer("max_calls", 1..=1_000_000).or((requests / 4).max(1));
    if max_calls.is_some_and(|calls| calls >= requests) {
        section.fault("max_calls", "must be less than server.max_in_flight, or it leaves no room for other providers");
    }
    let asserted = level(section, "asserted_level", AuthLevel::UNKNOWN);
    let dialect = match (dialect?, id.clone()) {
        (DialectName::Vneid, Some(id)) => {
            vneid::read(id, asserted, section).map(|settings| Dialect::Vneid(Box::new(settings)))
        }
        (DialectName::Oidc, Some(id)) => {
            oidc::read(id, asserted, section).map(|settings| Dialect::Oidc(Box::new(settings)))
        }
        (_, None) => None,
    };
    Some(ProviderSettings {
        id: id?,
        enabled: enabled?,
        name: Bilingual { vi: vi?, en: en? },
        hint: Bilingual { vi: hint_vi?, en: hint_en? },
        ceiling: ceiling?,
        max_calls: max_calls?,
        login_origins: login_origins?,
        dialect: dialect?,
    })
}

fn origin(text: &str) -> Result<String, &'static str> {
    let origin = Url::parse(text).map(|url| url.origin().ascii_serialization());
    match origin {
        Ok(origin) if origin == text && text.starts_with("http") => Ok(origin),
        _ => Err("must be an origin such as https://login.example.gov.vn, without a path"),
    }
}

fn level(section: &Section<'_>, key: &str, default: AuthLevel) -> Option<AuthLevel> {
    section.integer::<u8>(key, 0..=4).parse(AuthLevel::try_from).or(default)
}

/// A length of time that a provider's answers are judged by, or are waited for.
fn time(section: &Section<'_>, key: &str, longest: Duration, default: Duration) -> Option<Duration> {
    section.duration(key).between(Duration::ZERO, longest).or(default)
}

/// A table of the provider's words and what each means here; the default when the section has none.
fn words<T>(
    section: &Section<'_>,
    default: BTreeMap<String, T>,
    meaning: impl Fn(&Section<'_>, &str) -> Option<T>,
) -> Option<BTreeMap<String, T>> {
    let words = section.keys();
    if words.is_empty() {
        return Some(default);
    }
    // Every word is read, so that all faults are found.
    let read: Vec<_> = words.into_iter().map(|word| (meaning(section, &word), word)).collect();
    read.into_iter().map(|(meaning, word)| Some((word, meaning?))).collect()
}

fn account_level<'d>(section: &Section<'d>, key: &str) -> Setting<'d, AccountLevel> {
    section.integer::<u8>(key, 1..=2).parse(AccountLevel::try_from)
}

/// Reports what the adapter finds wrong, where the field was set: `endpoints.jwks` is in the section `endpoints`.
fn report<E: Display>(section: &Section<'_>, faults: impl IntoIterator<Item = (&'static str, E)>) {
    for (field, fault) in faults {
        match field.split_once('.') {
            Some((inner, key)) => section.section(inner).fault(key, fault.to_string()),
            None => section.fault(field, fault.to_string()),
        }
    }
}
