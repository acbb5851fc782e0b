//! The face every identity adapter shows to the broker.

use async_trait::async_trait;
use types::ProviderId;
use url::Url;

use crate::{attempt::Attempt, callback::Callback, error::ProviderError, identity::VerifiedIdentity};

/// One upstream identity provider.
///
/// Promises of every implementation: nothing is fetched when it is made; every call ends within the time limit of its
/// settings; redirects are never followed; answers are bounded in size; nothing of a code, a key, a token or a person is
/// ever logged or put into an error; whatever is not understood is refused.
#[async_trait]
pub trait IdentityProvider: Send + Sync {
    /// The name in our settings and in `/callback/{provider}`.
    fn id(&self) -> &ProviderId;

    /// Where to send the browser for this attempt.
    async fn login_url(&self, attempt: &Attempt) -> Result<Url, ProviderError>;

    /// Turns the answer to this attempt into an identity. The broker has already taken the attempt out of its store.
    async fn redeem(&self, attempt: &Attempt, callback: &Callback) -> Result<VerifiedIdentity, ProviderError>;

    /// Where a person can end the session at the provider, coming back to `return_to`, when the provider has such an
    /// address.
    fn logout_url(&self, return_to: &Url) -> Option<Url>;

    /// Whether a login could work now as far as is known without asking: keys not older than allowed, or not needed.
    fn ready(&self) -> bool {
        true
    }
}
