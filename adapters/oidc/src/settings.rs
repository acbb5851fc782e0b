//! What must be known of a provider before the first login. Typed values; files are read elsewhere.

use std::{collections::BTreeMap, fmt, sync::Arc, time::Duration};

use secrecy::SecretString;
use serde::Deserialize;
use signing::{Algorithm, SigningKey};
use types::{AccountLevel, AuthLevel, ProviderId};
use url::{Host, Url};

/// Everything about one OpenID provider.
#[derive(Clone, Debug)]
pub struct OidcSettings {
    /// Its name in `/callback/{provider}`.
    pub id: ProviderId,
    /// The `iss` it must state, compared byte by byte, and half of the link key. It need not be an address that answers.
    pub issuer: String,
    /// Where the discovery document is, if it is used at all.
    pub discovery: Discovery,
    /// Addresses that stand whatever discovery says. Without discovery the first three of `authorization`, `token` and
    /// `jwks` must be here.
    pub endpoints: Endpoints,
    /// Ask the userinfo endpoint when there is one. Default: yes.
    pub use_userinfo: bool,
    /// Accept plain `http`, and that only on loopback. Default: no.
    pub allow_http: bool,
    /// Our `client_id` there.
    pub client_id: String,
    /// How we prove that we are this client.
    pub client_auth: ClientAuth,
    /// `scope`; `openid` must be among them.
    pub scopes: Vec<String>,
    /// Which algorithms may sign an `id_token`. Default: ES256 and RS256.
    pub algorithms: Vec<Algorithm>,
    /// Which claim says what.
    pub claims: ClaimMap,
    /// What its statements amount to on our scales.
    pub levels: LevelRules,
    /// How strictly its answers are judged.
    pub checks: Checks,
    /// How long, how large, how often.
    pub limits: Limits,
}

impl OidcSettings {
    /// Settings for a provider that does everything as the specifications say: discovery below the issuer, scopes
    /// `openid profile`, standard claims, no level asserted.
    #[must_use]
    pub fn new(id: ProviderId, issuer: &str, client_id: &str, client_auth: ClientAuth) -> Self {
        Self {
            id,
            issuer: issuer.to_owned(),
            discovery: Discovery::FromIssuer,
            endpoints: Endpoints::default(),
            use_userinfo: true,
            allow_http: false,
            client_id: client_id.to_owned(),
            client_auth,
            scopes: vec!["openid".to_owned(), "profile".to_owned()],
            algorithms: Algorithm::ALL.to_vec(),
            claims: ClaimMap::default(),
            levels: LevelRules::default(),
            checks: Checks::default(),
            limits: Limits::default(),
        }
    }

    /// The address of the discovery document, if it is used.
    pub(crate) fn discovery_url(&self) -> Result<Option<Url>, SettingsError> {
        match &self.discovery {
            Discovery::Off => Ok(None),
            Discovery::At(url) => Ok(Some(url.clone())),
            Discovery::FromIssuer => {
                let address = format!("{}/.well-known/openid-configuration", self.issuer.trim_end_matches('/'));
                Url::parse(&address).map(Some).map_err(|_| SettingsError::Issuer)
            }
        }
    }

    /// Finds the first fault.
    pub(crate) fn check(&self) -> Result<(), SettingsError> {
        self.faults().into_iter().next().map_or(Ok(()), |(_, fault)| Err(fault))
    }

    /// Every fault, with the field it is at; `endpoints.jwks` is a field of `endpoints`.
    #[must_use]
    pub fn faults(&self) -> Vec<(&'static str, SettingsError)> {
        let mut faults = Vec::new();
        let mut demand = |holds: bool, field, fault| {
            if !holds {
                faults.push((field, fault));
            }
        };
        let given = &self.endpoints;
        let complete = given.authorization.is_some() && given.token.is_some() && given.jwks.is_some();
        demand(is_issuer(&self.issuer), "issuer", SettingsError::Issuer);
        demand(!self.client_id.is_empty(), "client_id", SettingsError::ClientId);
        demand(self.scopes.iter().any(|scope| scope == "openid"), "scopes", SettingsError::Scopes);
        demand(!self.algorithms.is_empty(), "algorithms", SettingsError::Algorithms);
        demand(self.discovery != Discovery::Off || complete, "discovery", SettingsError::Endpoints);
        // Without an address of its own the document lies below the issuer.
        let discovery = if matches!(self.discovery, Discovery::At(_)) { "discovery_url" } else { "issuer" };
        for (field, url) in [
            (discovery, &self.discovery_url().unwrap_or_default()),
            ("endpoints.authorization", &given.authorization),
            ("endpoints.token", &given.token),
            ("endpoints.userinfo", &given.userinfo),
            ("endpoints.jwks", &given.jwks),
            ("endpoints.end_session", &given.end_session),
        ] {
            let unacceptable = url.as_ref().filter(|url| !is_acceptable(url, self.allow_http));
            if let Some(url) = unacceptable {
                demand(false, field, SettingsError::Address(url.clone()));
            }
        }
        faults
    }
}

/// An http or https address without query and fragment (OIDC Discovery §3).
fn is_issuer(text: &str) -> bool {
    Url::parse(text).is_ok_and(|issuer| {
        matches!(issuer.scheme(), "http" | "https") && issuer.query().is_none() && issuer.fragment().is_none()
    })
}

/// Whether we may talk to this address: https, or http on loopback when the settings allow it.
pub(crate) fn is_acceptable(url: &Url, allow_http: bool) -> bool {
    let loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    let scheme_fits = match url.scheme() {
        "https" => true,
        "http" => allow_http && loopback,
        _ => false,
    };
    scheme_fits && url.username().is_empty() && url.password().is_none() && url.fragment().is_none()
}

/// Where the discovery document is (OIDC Discovery §4).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Discovery {
    /// At the issuer, below `/.well-known/openid-configuration`.
    #[default]
    FromIssuer,
    /// At another address; it must state our issuer all the same.
    At(Url),
    /// Not used: all addresses are settings.
    Off,
}

/// The provider's addresses, each apart from the issuer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Endpoints {
    /// Where the browser is sent.
    pub authorization: Option<Url>,
    /// Where the code is exchanged.
    pub token: Option<Url>,
    /// Where more claims are.
    pub userinfo: Option<Url>,
    /// Where the keys are.
    pub jwks: Option<Url>,
    /// Where a person ends the session there.
    pub end_session: Option<Url>,
}

/// How we authenticate at the token endpoint (OIDC Core §9).
#[derive(Clone)]
pub enum ClientAuth {
    /// `client_secret_basic`.
    SecretBasic(SecretString),
    /// `client_secret_post`.
    SecretPost(SecretString),
    /// `private_key_jwt`, signed by this key; the audience is the issuer alone (RFC 10070).
    PrivateKeyJwt(Arc<SigningKey>),
}

impl fmt::Debug for ClientAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SecretBasic(_) => "client_secret_basic",
            Self::SecretPost(_) => "client_secret_post",
            Self::PrivateKeyJwt(_) => "private_key_jwt",
        })
    }
}

/// The names under which the provider states things.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClaimMap {
    /// Full name.
    pub name: String,
    /// Birth date: `YYYY-MM-DD`, `YYYY`, `YYYYMMDD` or `DD/MM/YYYY`.
    pub birthdate: String,
    /// Gender.
    pub gender: String,
    /// E-mail address.
    pub email: String,
    /// Whether that address was proven.
    pub email_verified: String,
    /// Telephone number.
    pub phone_number: String,
    /// Postal address: text, or the object of OIDC Core §5.1.1.
    pub address: String,
    /// The 12-digit number, when this provider may state it.
    pub citizen_id: Option<String>,
}

impl Default for ClaimMap {
    fn default() -> Self {
        Self {
            name: "name".to_owned(),
            birthdate: "birthdate".to_owned(),
            gender: "gender".to_owned(),
            email: "email".to_owned(),
            email_verified: "email_verified".to_owned(),
            phone_number: "phone_number".to_owned(),
            address: "address".to_owned(),
            citizen_id: None,
        }
    }
}

/// What the provider's statements amount to. Nothing is ever copied from them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LevelRules {
    /// The authentication level of a login whose `acr` is missing or not in `by_acr`. Default: unknown.
    pub asserted: AuthLevel,
    /// The authentication level that an `acr` of this provider amounts to.
    pub by_acr: BTreeMap<String, AuthLevel>,
    /// The account level of every account there, by what its owner does to prove people; used only when no claim states
    /// it. Default: none.
    pub asserted_account: Option<AccountLevel>,
    /// The claim that states the account level, if there is one.
    pub account_claim: Option<String>,
    /// The account level that a value of that claim amounts to; every other value is none.
    pub account_by_value: BTreeMap<String, AccountLevel>,
}

/// How strictly answers are judged, where the specifications leave a choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checks {
    /// `at_hash` must be there (it is always checked when it is). Default: no.
    pub require_at_hash: bool,
    /// `iss` must be in the authorization answer (RFC 9207), even if discovery does not promise it. Default: no.
    pub require_iss: bool,
    /// Audiences that may stand in `aud` beside us. Default: none.
    pub trusted_audiences: Vec<String>,
    /// How far the provider's clock may be off. Default: 60 s.
    pub clock_skew: Duration,
    /// How old `iat` may be. Default: 5 min.
    pub id_token_max_age: Duration,
    /// The provider understands `max_age`, so that a demanded new sign-in must be proven by `auth_time`. Default: yes.
    pub proves_fresh_sign_in: bool,
    /// How long ago a demanded new sign-in may lie: the life of an attempt. Default: 10 min.
    pub fresh_sign_in_max_age: Duration,
}

impl Default for Checks {
    fn default() -> Self {
        Self {
            require_at_hash: false,
            require_iss: false,
            trusted_audiences: Vec::new(),
            clock_skew: Duration::from_secs(60),
            id_token_max_age: Duration::from_mins(5),
            proves_fresh_sign_in: true,
            fresh_sign_in_max_age: Duration::from_mins(10),
        }
    }
}

/// How long, how large, how often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// To connect. Default: 3 s.
    pub connect_timeout: Duration,
    /// For one request; keys and metadata get at most a third of `call_timeout`. Default: 4 s.
    pub request_timeout: Duration,
    /// For one call of the broker, which may need four requests. Default: 10 s.
    pub call_timeout: Duration,
    /// The largest answer, in bytes. Default: 256 KiB.
    pub answer_bytes: usize,
    /// After how long keys and metadata are fetched again. Default: 1 h.
    pub keys_max_age: Duration,
    /// How long the last good keys and metadata serve when the provider gives no new ones. Default: 24 h.
    pub keys_last_good: Duration,
    /// How much time lies at least between two fetches for an unknown `kid`. Default: 1 min.
    pub keys_refetch_pause: Duration,
    /// How long a failed fetch is not repeated. Default: 5 s.
    pub failure_pause: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(3),
            request_timeout: Duration::from_secs(4),
            call_timeout: Duration::from_secs(10),
            answer_bytes: 256 * 1024,
            keys_max_age: Duration::from_hours(1),
            keys_last_good: Duration::from_hours(24),
            keys_refetch_pause: Duration::from_mins(1),
            failure_pause: Duration::from_secs(5),
        }
    }
}

/// Why settings cannot work.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// The issuer is no http or https address, or has a query or fragment.
    #[error("the issuer must be an http or https address without query and fragment")]
    Issuer,
    /// No `client_id`.
    #[error("the client id is empty")]
    ClientId,
    /// `openid` is not asked for.
    #[error("the scopes must contain openid")]
    Scopes,
    /// No algorithm is allowed.
    #[error("no id_token algorithm is allowed")]
    Algorithms,
    /// Discovery is off and an address is missing.
    #[error("without discovery the authorization, token and jwks endpoints must be set")]
    Endpoints,
    /// An address that we may not talk to.
    #[error("{0} must be https without user name and fragment; plain http is for loopback, where allow_http is set")]
    Address(Url),
    /// The HTTP client could not be built.
    #[error("the HTTP client cannot be built; does this machine have root certificates (ca-certificates)?")]
    HttpClient,
}

#[cfg(test)]
mod tests;
