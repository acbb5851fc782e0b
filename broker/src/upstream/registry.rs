//! The providers of the settings: each an adapter with its ceiling.

use std::{collections::BTreeSet, sync::Arc};

use contract::{Attempt, Callback, IdentityProvider, VerifiedIdentity};
use types::{AuthLevel, ProviderId};
use url::Url;

use super::bulkhead::{Call, Calls, UpstreamError};
use crate::clients::{Client, client::Bilingual};

/// One upstream provider.
#[derive(Clone)]
pub struct Provider {
    /// Its name in settings and addresses.
    pub id: ProviderId,
    /// What it calls itself; with a subject the only key to a person.
    pub issuer: String,
    /// The name people read.
    pub name: Bilingual,
    /// For whom it is, in a few words.
    pub hint: Bilingual,
    /// A provider that is not enabled starts no login and finishes none.
    pub enabled: bool,
    /// Where its login leads, for `form-action` of the chooser: browsers hold every redirect that answers a form against it.
    pub form_target: String,
    /// The highest level a login there can have here.
    pub ceiling: AuthLevel,
    /// How many calls to it may wait.
    pub calls: Calls,
    /// Its dialect.
    pub adapter: Arc<dyn IdentityProvider>,
}

impl Provider {
    /// Where to send the browser for this attempt.
    pub async fn login_url(&self, attempt: &Attempt) -> Result<Url, UpstreamError> {
        let _call = self.calls.enter()?;
        Ok(self.adapter.login_url(attempt).await?)
    }

    /// Turns the answer to this attempt into an identity. The place was taken before the attempt was, so that one for
    /// which there is none can be brought again.
    pub async fn redeem(
        &self,
        _call: Call,
        attempt: &Attempt,
        callback: &Callback,
    ) -> Result<VerifiedIdentity, UpstreamError> {
        Ok(self.adapter.redeem(attempt, callback).await?)
    }
}

/// All providers, in the order of the settings.
#[derive(Clone, Default)]
pub struct Providers(Arc<[Provider]>);

impl Providers {
    /// Takes the providers.
    #[must_use]
    pub fn new(providers: Vec<Provider>) -> Self {
        Self(providers.into())
    }

    /// Every provider.
    pub fn iter(&self) -> impl Iterator<Item = &Provider> {
        self.0.iter()
    }

    /// The provider if it exists and is enabled.
    #[must_use]
    pub fn enabled(&self, id: &ProviderId) -> Option<&Provider> {
        self.0.iter().find(|provider| provider.enabled && provider.id == *id)
    }

    /// The provider, enabled or not.
    #[must_use]
    pub fn known(&self, id: &ProviderId) -> Option<&Provider> {
        self.0.iter().find(|provider| provider.id == *id)
    }

    /// The enabled providers a client's users may come from, in the client's order.
    pub fn of<'a>(&'a self, client: &'a Client) -> impl Iterator<Item = &'a Provider> {
        client.providers.iter().filter_map(|id| self.enabled(id))
    }

    /// The names of the providers that are not enabled.
    #[must_use]
    pub fn switched_off(&self) -> BTreeSet<ProviderId> {
        self.0.iter().filter(|provider| !provider.enabled).map(|provider| provider.id.clone()).collect()
    }

    /// The highest level that any provider can give.
    #[must_use]
    pub fn highest_ceiling(&self) -> AuthLevel {
        self.0.iter().map(|provider| provider.ceiling).max().unwrap_or(AuthLevel::UNKNOWN)
    }

    /// Whether every enabled provider could work now as far as is known without asking.
    #[must_use]
    pub fn ready(&self) -> bool {
        self.0.iter().filter(|provider| provider.enabled).all(|provider| provider.adapter.ready())
    }
}
