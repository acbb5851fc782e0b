//! What an adapter needs on the way back of one login, made by the broker on the way out.

use std::fmt;

use serde::{Deserialize, Serialize};
use url::Url;

/// The upstream half of one login attempt. It is kept in the login store and handed back unchanged.
#[derive(Clone, Serialize, Deserialize)]
pub struct Attempt {
    /// `state` towards the provider: 256 random bits, base64url.
    pub state: String,
    /// `nonce` towards the provider, for dialects that know one.
    pub nonce: String,
    /// PKCE `code_verifier` (RFC 7636 §4.1), for dialects that know PKCE.
    pub code_verifier: String,
    /// Our callback address for this provider, exactly as registered there.
    pub redirect_uri: Url,
    /// Languages the person reads, best first (OIDC Core §3.1.2.1 `ui_locales`).
    pub ui_locales: Vec<String>,
    /// The application demands a new sign-in (`prompt=login`); forwarded where the dialect knows how.
    pub fresh: bool,
}

impl fmt::Debug for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Attempt(fresh: {})", self.fresh)
    }
}
