//! Who is the officer behind the call? An access token of the broker says it (RFC 9068), checked line by line.

use std::{fmt, sync::Arc, time::Duration};

use clock::{Clock, Timestamp};
use contract::Actor;
use moka::sync::Cache;
use serde::Deserialize;
use serde_json::Value;
use signing::{Algorithm, Digest, jws};
use types::{AccountLevel, AgencyCode, AuthLevel};
use url::Url;

use super::{
    fetch::{HttpKeys, acceptable},
    keys::{Found, KeySource, Keys},
};
use crate::{
    call::{Form, Head},
    caller::single,
    refusal::{Code, Refusal},
};

/// Whose tokens are believed.
#[derive(Clone, Debug)]
pub struct OfficersSettings {
    /// The broker, exactly as `iss` states it.
    pub issuer: String,
    /// Where it publishes its keys.
    pub jwks_uri: Url,
    /// The audience that stands for this bus.
    pub audience: String,
    /// How long keys may be used when they cannot be fetched again.
    pub keys_max_age: Duration,
    /// Time for one fetch.
    pub timeout: Duration,
}

/// Why officers' tokens cannot be verified with these settings.
#[derive(Debug, thiserror::Error)]
pub enum OfficersError {
    /// The address of the keys is neither https nor on this machine.
    #[error("the address of the broker's keys must be https, or http on this machine")]
    Address,
    /// No HTTP client can be made.
    #[error("the client for the broker's keys cannot be made")]
    Client(#[source] reqwest::Error),
}

/// What a verified token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Officer {
    /// The officer and the agency.
    pub actor: Actor,
    /// The level of the sign-in.
    pub auth_level: AuthLevel,
    /// The level of the account, when it has one.
    pub account_level: Option<AccountLevel>,
    /// Until when the token holds.
    pub expires_at: Timestamp,
    /// The key that proved it.
    kid: Arc<str>,
}

/// Verifies officers' tokens, and remembers those that were.
pub struct Officers {
    issuer: String,
    audience: String,
    keys: Keys,
    verified: Cache<[u8; 32], Arc<Officer>>,
}

/// How far clocks may be apart.
const SKEW: Duration = Duration::from_secs(30);
/// The longest token, in bytes.
const LONGEST: usize = 8 * 1024;
/// How many verified tokens are remembered.
const MOST: u64 = 20_000;

impl Officers {
    /// Fetches keys over HTTP.
    ///
    /// # Errors
    /// [`OfficersError`]; nothing is fetched yet.
    pub fn new(settings: OfficersSettings, clock: Arc<dyn Clock>) -> Result<Self, OfficersError> {
        if !acceptable(&settings.jwks_uri) {
            return Err(OfficersError::Address);
        }
        let source = HttpKeys::new(settings.jwks_uri.clone(), settings.timeout).map_err(OfficersError::Client)?;
        Ok(Self::with_source(&settings, Arc::new(source), clock))
    }

    /// The same with keys from elsewhere.
    #[must_use]
    pub fn with_source(settings: &OfficersSettings, source: Arc<dyn KeySource>, clock: Arc<dyn Clock>) -> Self {
        Self {
            issuer: settings.issuer.clone(),
            audience: settings.audience.clone(),
            keys: Keys::new(source, clock, settings.keys_max_age),
            verified: Cache::builder().max_capacity(MOST).time_to_live(Duration::from_secs(3_600)).build(),
        }
    }

    /// Whether tokens can be verified, for readiness; keys are fetched when there are none.
    pub async fn ready(&self, now: Timestamp) -> bool {
        self.keys.ensure(now).await
    }

    /// The officer behind a call; `None` when none is stated, as in X-Road's form.
    ///
    /// # Errors
    /// [`Code::ActorInvalid`] for a token that does not hold, or none where one or `?0` must stand;
    /// [`Code::ActorKeysUnavailable`] when it cannot be told.
    pub async fn of(&self, head: &Head, now: Timestamp) -> Result<Option<Arc<Officer>>, Refusal> {
        if head.form == Form::XRoad {
            return Ok(None);
        }
        let stated = single(&head.headers, "lgsp-actor")?.ok_or_else(|| refused(TokenError::Missing))?;
        match stated.trim() {
            "?0" => Ok(None),
            token => self.verify(unquoted(token), now).await.map(Some),
        }
    }

    async fn verify(&self, token: &str, now: Timestamp) -> Result<Arc<Officer>, Refusal> {
        // Keys that are too old prove nothing, not even what they proved before.
        if !self.keys.ensure(now).await {
            return Err(Code::ActorKeysUnavailable.into());
        }
        let digest = *Digest::of(token).as_bytes();
        if let Some(officer) = self.verified.get(&digest)
            && self.keys.publishes(&officer.kid)
        {
            return if holds(officer.expires_at, now) { Ok(officer) } else { Err(refused(TokenError::Expired)) };
        }
        let officer = Arc::new(self.prove(token, now).await?);
        self.verified.insert(digest, Arc::clone(&officer));
        Ok(officer)
    }

    /// RFC 9068 §4, in its order.
    async fn prove(&self, token: &str, now: Timestamp) -> Result<Officer, Refusal> {
        if token.len() > LONGEST {
            return Err(refused(TokenError::Malformed));
        }
        let header = jws::unverified_header(token).map_err(|_| refused(TokenError::Malformed))?;
        let typ = header.typ.as_deref().unwrap_or_default().to_ascii_lowercase();
        if typ.strip_prefix("application/").unwrap_or(&typ) != "at+jwt" {
            return Err(refused(TokenError::Type));
        }
        let algorithm = Algorithm::from_name(&header.alg).ok_or_else(|| refused(TokenError::Algorithm))?;
        let kid = header.kid.ok_or_else(|| refused(TokenError::Key))?;
        let key = match self.keys.find(&kid, algorithm, now).await {
            Found::Key(key) => key,
            Found::Unknown => return Err(refused(TokenError::Key)),
            Found::Unavailable => return Err(Code::ActorKeysUnavailable.into()),
        };
        let claims: Value = key.verify(token).map_err(|_| refused(TokenError::Signature))?;
        let claims: Claims = serde_json::from_value(claims).map_err(|_| refused(TokenError::Claims))?;
        self.believe(claims, kid.into(), now).map_err(refused)
    }

    fn believe(&self, claims: Claims, kid: Arc<str>, now: Timestamp) -> Result<Officer, TokenError> {
        if claims.iss != self.issuer {
            return Err(TokenError::Issuer);
        }
        if !claims.aud.names(&self.audience) {
            return Err(TokenError::Audience);
        }
        let expires_at = Timestamp::from_seconds(claims.exp);
        if !holds(expires_at, now) {
            return Err(TokenError::Expired);
        }
        let ahead = |at: i64| Timestamp::from_seconds(at) > now.plus(SKEW);
        if ahead(claims.iat) || claims.nbf.is_some_and(ahead) || claims.iat > claims.exp {
            return Err(TokenError::NotYet);
        }
        if [&claims.sub, &claims.jti, &claims.client_id].iter().any(|text| text.is_empty()) {
            return Err(TokenError::Claims);
        }
        let agency = AgencyCode::parse(&claims.vn_agency).map_err(|_| TokenError::Claims)?;
        let auth_level = level(&claims.acr).ok_or(TokenError::Claims)?;
        let account_level = claims.vn_account_level.map(AccountLevel::try_from).transpose();
        if !is_officer_code(&claims.vn_officer) {
            return Err(TokenError::Claims);
        }
        Ok(Officer {
            actor: Actor { officer: claims.vn_officer.into(), agency },
            auth_level,
            account_level: account_level.map_err(|_| TokenError::Claims)?,
            expires_at,
            kid,
        })
    }
}

impl fmt::Debug for Officers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Officers").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

/// The claims of RFC 9068 §2.2, all of them required there, and those of an officer.
#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    exp: i64,
    iat: i64,
    #[serde(default)]
    nbf: Option<i64>,
    jti: String,
    client_id: String,
    acr: String,
    vn_agency: String,
    vn_officer: String,
    #[serde(default)]
    vn_account_level: Option<u8>,
}

/// `aud` is one name or several (RFC 7519 §4.1.3).
#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Audience {
    fn names(&self, audience: &str) -> bool {
        match self {
            Self::One(one) => one == audience,
            Self::Several(several) => several.iter().any(|one| one == audience),
        }
    }
}

/// Which check a token failed. It repeats nothing of the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
enum TokenError {
    #[error("lgsp-actor is missing; ?0 says that no officer acts")]
    Missing,
    #[error("the token is not a compact JWS")]
    Malformed,
    #[error("the token's typ is not at+jwt")]
    Type,
    #[error("the token's alg is not accepted")]
    Algorithm,
    #[error("the token's kid names no key of the broker")]
    Key,
    #[error("the token's signature does not verify")]
    Signature,
    #[error("the token misses a claim, or has one of another form")]
    Claims,
    #[error("the token is of another issuer")]
    Issuer,
    #[error("the token is not meant for this bus")]
    Audience,
    #[error("the token has expired")]
    Expired,
    #[error("the token does not hold yet")]
    NotYet,
}

fn refused(error: TokenError) -> Refusal {
    Refusal::new(Code::ActorInvalid).detail(error.to_string())
}

fn holds(expires_at: Timestamp, now: Timestamp) -> bool {
    now < expires_at.plus(SKEW)
}

/// Our own `acr`, or its digit alone.
fn level(acr: &str) -> Option<AuthLevel> {
    let digit = || match acr.as_bytes() {
        [digit @ b'0'..=b'4'] => AuthLevel::try_from(digit - b'0').ok(),
        _ => None,
    };
    AuthLevel::from_acr(acr).or_else(digit)
}

/// A code of a directory, such as `can-bo:dung`: it goes into records and to national systems. A number alone is refused,
/// because it could be the personal one.
fn is_officer_code(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'.' | b'_' | b'-'))
        && !text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A token may be sent as a string too (RFC 9651 §3.3.3); it has nothing to escape.
fn unquoted(text: &str) -> &str {
    text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(text)
}
