//! What the handlers share.

use std::sync::Arc;

use axum::extract::FromRef;
use bytes::Bytes;
use clock::Entropy;

use super::browser::CookieNames;
use crate::{
    clients::credentials::ClientCheck,
    grant::Exchange,
    ids::Reference,
    login::Login,
    pages::Pages,
    tokens::{Mint, rotation::Keys},
};

/// Everything the handlers need, made once.
pub struct App {
    /// Logins and logouts.
    pub login: Login,
    /// Tokens.
    pub exchange: Exchange,
    /// Proves clients.
    pub client_check: ClientCheck,
    /// The signing keys in the store.
    pub keys: Keys,
    /// Renders pages.
    pub pages: Pages,
    /// Names of our cookies, by the scheme of the issuer.
    pub cookies: CookieNames,
    /// The discovery document.
    pub discovery: Bytes,
    /// Where a person finds the services of the province.
    pub home_uri: Option<String>,
    /// Gives chance.
    pub entropy: Arc<dyn Entropy>,
}

impl App {
    /// A new reference number; all zeros when there is no chance to be had, which the request then fails on.
    #[must_use]
    pub fn reference(&self) -> Reference {
        Reference::make(self.login.clock.now(), &*self.entropy).unwrap_or(Reference::ZERO)
    }
}

/// The shared state.
#[derive(Clone)]
pub struct AppState(pub Arc<App>);

impl std::ops::Deref for AppState {
    type Target = App;

    fn deref(&self) -> &App {
        &self.0
    }
}

impl FromRef<AppState> for Exchange {
    fn from_ref(state: &AppState) -> Self {
        state.exchange.clone()
    }
}

impl FromRef<AppState> for Login {
    fn from_ref(state: &AppState) -> Self {
        state.login.clone()
    }
}

impl FromRef<AppState> for Arc<Mint> {
    fn from_ref(state: &AppState) -> Self {
        Arc::clone(&state.exchange.mint)
    }
}
