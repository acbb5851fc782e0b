//! A request that passed every check.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use types::{AuthLevel, ClientId};

use super::prompt::Prompt;

/// Where the answer goes, known to be registered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnAddress {
    /// `redirect_uri`.
    pub(super) redirect_uri: String,
    /// `state`, returned as it came.
    pub(super) state: Option<String>,
}

impl ReturnAddress {
    /// `redirect_uri`.
    #[must_use]
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// `state`.
    #[must_use]
    pub fn state(&self) -> Option<&str> {
        self.state.as_deref()
    }
}

/// An authorization request that passed every check. Only [`super::accept`] makes one, or the login store that kept one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptedRequest {
    pub(super) client: ClientId,
    pub(super) back: ReturnAddress,
    pub(super) scope: BTreeSet<String>,
    pub(super) nonce: Option<String>,
    pub(super) code_challenge: String,
    pub(super) prompt: Prompt,
    pub(super) max_age: Option<u32>,
    pub(super) needed_level: AuthLevel,
    pub(super) userinfo_claims: BTreeSet<String>,
    pub(super) id_token_claims: BTreeSet<String>,
    pub(super) subject: Option<String>,
    #[serde(skip)]
    pub(super) id_token_hint: Option<String>,
    pub(super) ui_locales: Vec<String>,
}

impl AcceptedRequest {
    /// Who asks.
    #[must_use]
    pub fn client(&self) -> &ClientId {
        &self.client
    }

    /// Where the answer goes.
    #[must_use]
    pub fn back(&self) -> &ReturnAddress {
        &self.back
    }

    /// The scopes, `openid` among them.
    #[must_use]
    pub fn scope(&self) -> &BTreeSet<String> {
        &self.scope
    }

    /// `nonce`.
    #[must_use]
    pub fn nonce(&self) -> Option<&str> {
        self.nonce.as_deref()
    }

    /// `code_challenge`, method S256.
    #[must_use]
    pub fn code_challenge(&self) -> &str {
        &self.code_challenge
    }

    /// What shall be shown.
    #[must_use]
    pub fn prompt(&self) -> Prompt {
        self.prompt
    }

    /// How old the sign-in may be, in seconds.
    #[must_use]
    pub fn max_age(&self) -> Option<u32> {
        self.max_age
    }

    /// The lowest level that satisfies the request itself.
    #[must_use]
    pub fn needed_level(&self) -> AuthLevel {
        self.needed_level
    }

    /// Claims asked for by name, for the UserInfo answer.
    #[must_use]
    pub fn userinfo_claims(&self) -> &BTreeSet<String> {
        &self.userinfo_claims
    }

    /// Claims asked for by name, for the ID token.
    #[must_use]
    pub fn id_token_claims(&self) -> &BTreeSet<String> {
        &self.id_token_claims
    }

    /// The `sub` the client insists on.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.subject.as_deref()
    }

    /// The same request, insisting on this person; the hint that said so is not kept, because it may hold claims.
    #[must_use]
    pub fn expecting(self, subject: Option<String>) -> Self {
        Self { subject, id_token_hint: None, ..self }
    }

    /// `id_token_hint`, not yet believed.
    #[must_use]
    pub fn id_token_hint(&self) -> Option<&str> {
        self.id_token_hint.as_deref()
    }

    /// `ui_locales`, best first.
    #[must_use]
    pub fn ui_locales(&self) -> &[String] {
        &self.ui_locales
    }
}
