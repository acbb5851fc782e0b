//! The adapter itself: one provider of this dialect.

use std::sync::Arc;

use async_trait::async_trait;
use clock::Entropy;
use contract::{Attempt, Callback, IdentityProvider, ProviderError, VerifiedIdentity};
use secrecy::ExposeSecret;
use types::ProviderId;
use url::Url;

use crate::{
    envelope::Opener,
    exchange::{Exchange, Failure},
    http::Http,
    response::{self, CodeResponse},
    settings::{SettingsError, VneidSettings},
};

/// VNeID as an identity provider.
pub struct VneidProvider {
    settings: VneidSettings,
    opener: Opener,
    http: Http,
}

impl VneidProvider {
    /// Checks the settings, reads the key and makes the client. Nothing is fetched.
    pub fn new(settings: VneidSettings, entropy: Arc<dyn Entropy>) -> Result<Self, SettingsError> {
        if let Some((_, fault)) = settings.faults().into_iter().next() {
            return Err(fault);
        }
        let opener = Opener::new(settings.private_key.expose_secret(), settings.cipher, entropy)?;
        let http = Http::new(&settings)?;
        Ok(Self { settings, opener, http })
    }

    async fn identify(&self, attempt: &Attempt, response: &CodeResponse) -> Result<VerifiedIdentity, Failure> {
        let exchange = Exchange { settings: &self.settings, opener: &self.opener, http: &self.http };
        let facts = exchange.run(attempt, response).await?;
        facts.identity(&self.settings).map_err(|error| Failure { step: "identity", error })
    }
}

#[async_trait]
impl IdentityProvider for VneidProvider {
    fn id(&self) -> &ProviderId {
        &self.settings.id
    }

    /// The dialect knows neither `nonce` nor PKCE, neither languages nor a demand for a fresh login.
    async fn login_url(&self, attempt: &Attempt) -> Result<Url, ProviderError> {
        let mut url = self.settings.authorize_url.clone();
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("redirect_uri", attempt.redirect_uri.as_str())
            .append_pair("scope", &self.settings.scope)
            .append_pair("state", &attempt.state);
        Ok(url)
    }

    async fn redeem(&self, attempt: &Attempt, callback: &Callback) -> Result<VerifiedIdentity, ProviderError> {
        let response = response::read(attempt, callback, self.settings.encryption)?;
        let outcome = tokio::time::timeout(self.settings.timeout, self.identify(attempt, &response)).await;
        let late = Failure { step: "exchange", error: ProviderError::Timeout };
        outcome.unwrap_or(Err(late)).map_err(|Failure { step, error }| {
            // The only line of this crate in a log: it names the step, which the error deliberately does not.
            tracing::warn!(provider.id = %self.settings.id, provider.step = step, error.code = error.code(), "login failed");
            error
        })
    }

    fn logout_url(&self, return_to: &Url) -> Option<Url> {
        let mut url = self.settings.logout_url.clone()?;
        if let Some(name) = &self.settings.logout_return_parameter {
            url.query_pairs_mut().append_pair(name, return_to.as_str());
        }
        Some(url)
    }
}
