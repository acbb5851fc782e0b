//! `[provider.NAME]`: an upstream provider, by dialect.

use std::collections::BTreeMap;

use adapter_oidc::{ClaimMap, ClientAuth, Discovery, Endpoints, LevelRules, Limits, OidcSettings};
use adapter_vneid::{BirthDateFormat, Cipher, ClaimNames, Encryption, UserId, VneidSettings};
use boot::settings::Section;
use secrecy::{ExposeSecret, SecretSlice, SecretString};
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

    /// The origin its login page lives at, as `form-action` names it.
    #[must_use]
    pub fn login_origin(&self) -> String {
        let url = match self {
            Self::Vneid(settings) => Some(settings.authorize_url.clone()),
            Self::Oidc(settings) => {
                settings.endpoints.authorization.clone().or_else(|| Url::parse(&settings.issuer).ok())
            }
        };
        url.map(|url| url.origin().ascii_serialization()).unwrap_or_default()
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
    let max_calls = section.integer("max_calls", 1..=1_000_000).or((requests / 4).max(1));
    if max_calls.is_some_and(|calls| calls >= requests) {
        section.fault("max_calls", "must be less than server.max_in_flight, or it leaves no room for other providers");
    }
    let asserted = level(section, "asserted_level", AuthLevel::UNKNOWN);
    let dialect = match (dialect?, id.clone()) {
        (DialectName::Vneid, Some(id)) => {
            vneid(id, asserted, section).map(|settings| Dialect::Vneid(Box::new(settings)))
        }
        (DialectName::Oidc, Some(id)) => oidc(id, asserted, section).map(|settings| Dialect::Oidc(Box::new(settings))),
        (_, None) => None,
    };
    Some(ProviderSettings {
        id: id?,
        enabled: enabled?,
        name: Bilingual { vi: vi?, en: en? },
        hint: Bilingual { vi: hint_vi?, en: hint_en? },
        ceiling: ceiling?,
        max_calls: max_calls?,
        dialect: dialect?,
    })
}

fn level(section: &Section<'_>, key: &str, default: AuthLevel) -> Option<AuthLevel> {
    section.integer::<u8>(key, 0..=4).parse(AuthLevel::try_from).or(default)
}

fn vneid(id: ProviderId, asserted: Option<AuthLevel>, section: &Section<'_>) -> Option<VneidSettings> {
    let issuer = section.text("issuer").required();
    let (authorize_url, token_url) = (section.url("authorize_url").required(), section.url("token_url").required());
    let userinfo_url = section.url("userinfo_url").required();
    let logout_url = section.url("logout_url").optional();
    let logout_return_parameter = section.text("logout_return_parameter").optional();
    let client_id = section.text("client_id").required();
    let client_secret = section.secret_file("client_secret_file").required();
    let private_key = section.secret_file("private_key_file").required();
    let scope = section.text("scope").or(VneidSettings::DEFAULT_SCOPE.to_owned());
    let cipher =
        section.one_of("cipher", &[("aes-ecb", Cipher::AesEcb), ("aes-cbc", Cipher::AesCbc)]).or(Cipher::default());
    let encryption = section
        .one_of("encryption", &[("required", Encryption::Required), ("accepted", Encryption::Accepted)])
        .or(Encryption::default());
    let user_id = section
        .one_of("user_id", &[("citizen-number", UserId::CitizenNumber), ("opaque", UserId::Opaque)])
        .or(UserId::default());
    let claims = claim_names(&section.section("claims"));
    let timeout = section.duration("timeout").or(VneidSettings::DEFAULT_TIMEOUT);
    let max_answer_bytes = section.byte_size("max_answer").or(VneidSettings::DEFAULT_MAX_ANSWER_BYTES);
    Some(VneidSettings {
        id,
        issuer: issuer?,
        authorize_url: authorize_url?,
        token_url: token_url?,
        userinfo_url: userinfo_url?,
        logout_url: logout_url?,
        logout_return_parameter: logout_return_parameter?,
        client_id: client_id?,
        client_secret: client_secret?,
        scope: scope?,
        private_key: SecretSlice::from(private_key?.expose_secret().as_bytes().to_vec()),
        cipher: cipher?,
        encryption: encryption?,
        user_id: user_id?,
        claims: claims?,
        account_levels: VneidSettings::default_account_levels(),
        account_types: VneidSettings::default_account_types(),
        birth_date_formats: BirthDateFormat::ALL.to_vec(),
        asserted_level: asserted?,
        timeout: timeout?,
        max_answer_bytes: max_answer_bytes?,
    })
}

fn claim_names(section: &Section<'_>) -> Option<ClaimNames> {
    let default = ClaimNames::default();
    let user_id = section.text("user_id").or(default.user_id);
    let name = section.text("name").or(default.name);
    let birth_date = section.text("birth_date").or(default.birth_date);
    let account_type = section.text("account_type").or(default.account_type);
    let account_level = section.text("account_level").or(default.account_level);
    Some(ClaimNames {
        user_id: user_id?,
        name: name?,
        birth_date: birth_date?,
        account_type: account_type?,
        account_level: account_level?,
    })
}

#[derive(Clone, Copy)]
enum Method {
    Basic,
    Post,
}

fn oidc(id: ProviderId, asserted: Option<AuthLevel>, section: &Section<'_>) -> Option<OidcSettings> {
    let issuer = section.text("issuer").required();
    let client_id = section.text("client_id").required();
    let secret = section.secret_file("client_secret_file").required();
    let methods = [("client_secret_basic", Method::Basic), ("client_secret_post", Method::Post)];
    let method = section.one_of("client_auth", &methods).or(Method::Basic);
    let discovery = section.flag("discovery").or(true);
    let discovery_url = section.url("discovery_url").optional();
    let endpoints = endpoints(&section.section("endpoints"));
    let allow_http = section.flag("allow_http").or(false);
    let scopes = section.list_of_text("scopes").or(vec!["openid".to_owned(), "profile".to_owned()]);
    let claims = claim_map(&section.section("claims"));
    let levels = levels(asserted, section);
    let require_at_hash = section.flag("require_at_hash").or(false);
    let proves_fresh = section.flag("proves_fresh_sign_in").or(true);
    let call_timeout = section.duration("timeout").or(Limits::default().call_timeout);
    let keys_last_good = section.duration("keys_last_good").or(Limits::default().keys_last_good);
    let client_auth = client_auth(method?, secret?);
    let mut settings = OidcSettings::new(id, &issuer?, &client_id?, client_auth);
    settings.discovery = match (discovery?, discovery_url?) {
        (false, _) => Discovery::Off,
        (true, Some(url)) => Discovery::At(url),
        (true, None) => Discovery::FromIssuer,
    };
    settings.endpoints = endpoints?;
    settings.allow_http = allow_http?;
    settings.scopes = scopes?;
    settings.claims = claims?;
    settings.levels = levels?;
    settings.checks.require_at_hash = require_at_hash?;
    settings.checks.proves_fresh_sign_in = proves_fresh?;
    settings.limits.call_timeout = call_timeout?;
    settings.limits.keys_last_good = keys_last_good?;
    Some(settings)
}

fn client_auth(method: Method, secret: SecretString) -> ClientAuth {
    match method {
        Method::Basic => ClientAuth::SecretBasic(secret),
        Method::Post => ClientAuth::SecretPost(secret),
    }
}

fn endpoints(section: &Section<'_>) -> Option<Endpoints> {
    let url = |key| section.url(key).optional();
    let (authorization, token, userinfo) = (url("authorization"), url("token"), url("userinfo"));
    let (jwks, end_session) = (url("jwks"), url("end_session"));
    Some(Endpoints {
        authorization: authorization?,
        token: token?,
        userinfo: userinfo?,
        jwks: jwks?,
        end_session: end_session?,
    })
}

fn claim_map(section: &Section<'_>) -> Option<ClaimMap> {
    let mut map = ClaimMap::default();
    map.name = section.text("name").or(map.name)?;
    map.birthdate = section.text("birthdate").or(map.birthdate)?;
    map.gender = section.text("gender").or(map.gender)?;
    map.email = section.text("email").or(map.email)?;
    map.email_verified = section.text("email_verified").or(map.email_verified)?;
    map.phone_number = section.text("phone_number").or(map.phone_number)?;
    map.address = section.text("address").or(map.address)?;
    map.citizen_id = section.text("citizen_id").optional()?;
    Some(map)
}

fn levels(asserted: Option<AuthLevel>, section: &Section<'_>) -> Option<LevelRules> {
    let by_acr = section.section("level_by_acr");
    let by_acr: Option<BTreeMap<_, _>> =
        by_acr.keys().into_iter().map(|acr| Some((acr.clone(), level(&by_acr, &acr, AuthLevel::UNKNOWN)?))).collect();
    let by_value = section.section("account_level_by_value");
    let account_by_value: Option<BTreeMap<_, _>> = by_value
        .keys()
        .into_iter()
        .map(|word| {
            let level = by_value.integer::<u8>(&word, 1..=2).parse(AccountLevel::try_from).required();
            Some((word, level?))
        })
        .collect();
    let account_claim = section.text("account_level_claim").optional();
    let asserted_account =
        section.integer::<u8>("asserted_account_level", 1..=2).parse(AccountLevel::try_from).optional();
    if matches!((&account_claim, &asserted_account), (Some(Some(_)), Some(Some(_)))) {
        section
            .fault("asserted_account_level", "goes with no account_level_claim: the provider states the level itself");
    }
    Some(LevelRules {
        asserted: asserted?,
        by_acr: by_acr?,
        asserted_account: asserted_account?,
        account_claim: account_claim?,
        account_by_value: account_by_value?,
    })
}
