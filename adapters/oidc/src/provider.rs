//! One provider: its settings, its client, and what is remembered of it between logins.

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use clock::{Clock, Entropy};
use contract::{Attempt, Callback, Fault, IdentityProvider, ProviderError, VerifiedIdentity};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use types::ProviderId;
use url::Url;

use crate::{
    answer, authorization,
    cache::Cache,
    exchange::{self, Sources},
    http::Http,
    id_token::{self, Expected},
    identity,
    keys::{Found, Header, KeySet, as_keys},
    metadata::Metadata,
    rejection::{Failure, Rejection},
    settings::{OidcSettings, SettingsError},
    userinfo,
};

/// Any OpenID provider, as the settings describe it.
pub struct OidcProvider {
    settings: OidcSettings,
    discovery: Option<Url>,
    http: Http,
    metadata: Cache<Metadata>,
    keys: Cache<KeySet>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl OidcProvider {
    /// Checks the settings and makes the provider. Nothing is fetched.
    pub fn new(
        settings: OidcSettings,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, SettingsError> {
        settings.check()?;
        Ok(Self {
            discovery: settings.discovery_url()?,
            http: Http::new(&settings.limits, settings.allow_http)?,
            metadata: Cache::new(Arc::clone(&clock), &settings.limits),
            keys: Cache::new(Arc::clone(&clock), &settings.limits),
            settings,
            clock,
            entropy,
        })
    }

    async fn start(&self, attempt: &Attempt) -> Result<Url, Failure> {
        let metadata = self.metadata().await?;
        Ok(authorization::url(&self.settings, &metadata, attempt)?)
    }

    async fn finish(&self, attempt: &Attempt, callback: &Callback) -> Result<VerifiedIdentity, Failure> {
        answer::check_state(attempt, callback)?;
        let metadata = self.metadata().await?;
        let iss_is_required = metadata.states_iss || self.settings.checks.require_iss;
        let code = answer::code(callback, &self.settings.issuer, iss_is_required)?;
        let sources = Sources { clock: &*self.clock, entropy: &*self.entropy };
        let tokens = exchange::exchange(&self.http, &self.settings, &metadata.token, sources, attempt, &code).await?;
        let claims = self.proven(&metadata, &tokens.id_token).await?;
        let expected = Expected {
            settings: &self.settings,
            attempt,
            access_token: tokens.access_token.expose_secret(),
            now: self.clock.now(),
        };
        let id_token = id_token::accept(claims, expected)?;
        let more = match &metadata.userinfo {
            Some(endpoint) if self.settings.use_userinfo => {
                userinfo::fetch(&self.http, endpoint, &tokens.access_token, &id_token.subject).await?
            }
            _ => Map::new(),
        };
        Ok(identity::identity(&self.settings, id_token, more)?)
    }

    /// The endpoints: from the settings alone, or with what discovery adds.
    async fn metadata(&self) -> Result<Arc<Metadata>, Failure> {
        let fetch = async {
            match &self.discovery {
                None => Ok(Metadata::from_settings(&self.settings).ok_or(ProviderError::Settings)?),
                Some(url) => {
                    let document = self.http.get_json(url, None, Rejection::Discovery).await?;
                    Ok(Metadata::from_document(&self.settings, document)?)
                }
            }
        };
        self.metadata.get(fetch).await
    }

    /// The claims of an `id_token` whose signature one of the provider's keys proves. When no key fits, the provider may
    /// have changed its keys a moment ago: they are fetched once more, but not for every stranger's `kid`.
    async fn proven(&self, metadata: &Metadata, id_token: &SecretString) -> Result<Map<String, Value>, Failure> {
        let token = id_token.expose_secret();
        let header = Header::read(token, &self.settings.algorithms)?;
        let keys = self.keys.get(self.fetch_keys(metadata)).await.map_err(as_keys)?;
        let first = verify(&keys, &header, token);
        // Without a kid a wrong signature is the only sign of a new key.
        let may_be_newer = match first {
            Err(Rejection::Key) => true,
            Err(Rejection::Signature) => header.kid.is_none(),
            _ => false,
        };
        if !may_be_newer {
            return Ok(first?);
        }
        let newer = self.keys.newer_than(&keys, self.fetch_keys(metadata)).await.map_err(as_keys)?;
        let newer = newer.ok_or(Rejection::KeyRefetchedRecently)?;
        Ok(verify(&newer, &header, token)?)
    }

    async fn fetch_keys(&self, metadata: &Metadata) -> Result<KeySet, Failure> {
        KeySet::parse(&self.http.get_json(&metadata.jwks, None, Rejection::Key).await?)
    }

    /// Runs one call within its time, and logs once why it failed.
    async fn within<T>(&self, call: impl Future<Output = Result<T, Failure>> + Send) -> Result<T, ProviderError> {
        let outcome = tokio::time::timeout(self.settings.limits.call_timeout, call).await;
        let failure = match outcome {
            Ok(Ok(value)) => return Ok(value),
            Ok(Err(failure)) => failure,
            Err(_) => ProviderError::Timeout.into(),
        };
        let error = ProviderError::from(failure);
        let (id, code) = (&self.settings.id, error.code());
        match error.fault() {
            Fault::Person | Fault::Callback => {
                tracing::info!(provider.id = %id, refusal.code = code, reason = %failure, "upstream login ended");
            }
            Fault::Provider | Fault::Ourselves => {
                tracing::warn!(provider.id = %id, refusal.code = code, reason = %failure, "upstream login failed");
            }
        }
        Err(error)
    }
}

fn verify(keys: &KeySet, header: &Header, token: &str) -> Result<Map<String, Value>, Rejection> {
    match keys.find(header.kid.as_deref(), header.algorithm) {
        Found::One(key) => key.verify(token).map_err(|_| Rejection::Signature),
        Found::Unknown => Err(Rejection::Key),
        Found::Ambiguous => Err(Rejection::AmbiguousKey),
    }
}

#[async_trait]
impl IdentityProvider for OidcProvider {
    fn id(&self) -> &ProviderId {
        &self.settings.id
    }

    async fn login_url(&self, attempt: &Attempt) -> Result<Url, ProviderError> {
        self.within(self.start(attempt)).await
    }

    async fn redeem(&self, attempt: &Attempt, callback: &Callback) -> Result<VerifiedIdentity, ProviderError> {
        self.within(self.finish(attempt, callback)).await
    }

    fn logout_url(&self, return_to: &Url) -> Option<Url> {
        let known = self.metadata.known();
        let discovered = known.as_ref().and_then(|metadata| metadata.end_session.as_ref());
        let end_session = self.settings.endpoints.end_session.as_ref().or(discovered)?;
        Some(authorization::logout_url(&self.settings, end_session, return_to))
    }

    fn ready(&self) -> bool {
        self.metadata.is_ready() && self.keys.is_ready()
    }
}

impl fmt::Debug for OidcProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OidcProvider({} at {})", self.settings.id, self.settings.issuer)
    }
}
