//! Signing out: the session ends here first, whatever happens elsewhere (OIDC RP-Initiated Logout).

use secrecy::SecretString;
use signing::Digest;

use super::browser::Session;
use crate::{
    audit::{AuditEvent, AuditKind},
    authorization::redirect_uri::is_registered,
    claims::subject,
    clients::ClientHandle,
    ids::Reference,
    login::Login,
    storage::{EndedSession, StoreError},
};

/// What a logout request says, read but not yet believed.
pub struct LogoutRequest {
    /// `id_token_hint`
    pub id_token_hint: Option<String>,
    /// `client_id`
    pub client_id: Option<String>,
    /// `post_logout_redirect_uri`
    pub post_logout_redirect_uri: Option<String>,
    /// `state`
    pub state: Option<String>,
    /// What our own confirmation form proves itself with.
    pub confirmation: Option<SecretString>,
    /// The request may have come without the browser's cookie, because another site posted it: nothing can be said about
    /// a session then.
    pub blind: bool,
}

/// Why a logout request is refused, on a page.
#[derive(Debug, thiserror::Error)]
pub enum LogoutError {
    /// The hint is no ID token of ours, or is for another client than the one named.
    #[error("id_token_hint is not acceptable")]
    Hint,
    /// The client is not known.
    #[error("client_id is not known")]
    Client,
    /// The address is not registered for the client, or no client is named.
    #[error("post_logout_redirect_uri is not registered")]
    RedirectUri,
    /// The store gave no answer.
    #[error("the store gave no answer")]
    Store(#[from] StoreError),
}

impl LogoutError {
    /// The stable name for logs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Hint => "logout.hint",
            Self::Client => "logout.client",
            Self::RedirectUri => "logout.redirect_uri",
            Self::Store(_) => "logout.store",
        }
    }
}

/// What happens next.
pub enum LogoutStep {
    /// The person is asked first.
    Ask {
        /// Which application asked, when known.
        client: Option<ClientHandle>,
        /// What the form proves itself with; empty when the request came without the cookie.
        confirmation: String,
        /// Where the person will go, when that is registered.
        redirect: Option<String>,
    },
    /// The session is over, or there was none.
    Done {
        /// Which application asked, when known.
        client: Option<ClientHandle>,
        /// Where the person goes, when that is registered.
        redirect: Option<String>,
        /// The session that ended.
        ended: Option<EndedSession>,
    },
}

impl Login {
    /// Judges the request and ends the session when it may.
    pub async fn log_out(
        &self,
        request: &LogoutRequest,
        key: Option<&Digest>,
        reference: Reference,
    ) -> Result<LogoutStep, LogoutError> {
        let now = self.clock.now();
        let hint = match &request.id_token_hint {
            Some(value) => Some(self.mint.read_hint(value).ok_or(LogoutError::Hint)?),
            None => None,
        };
        let named = match &request.client_id {
            Some(id) => Some(types::ClientId::parse(id).map_err(|_| LogoutError::Client)?),
            None => None,
        };
        if let (Some(hint), Some(named)) = (&hint, &named)
            && hint.client != *named
        {
            return Err(LogoutError::Hint);
        }
        let client = match hint.as_ref().map(|hint| &hint.client).or(named.as_ref()) {
            Some(id) => Some(self.clients.find(id).await?.ok_or(LogoutError::Client)?),
            None => None,
        };
        let redirect = self.redirect(request, client.as_ref())?;
        let session = match key {
            Some(key) => self.stores.sessions.get(key, now).await?,
            None => None,
        };
        let (Some(session), Some(key)) = (session, key) else {
            if request.blind && key.is_none() {
                // Answering "signed out" would be a lie: asked from our own page, the cookie comes along.
                return Ok(LogoutStep::Ask { client, confirmation: String::new(), redirect });
            }
            return Ok(LogoutStep::Done { client, redirect, ended: None });
        };
        let hinted = matches!((&hint, &client), (Some(hint), Some(client)) if self.is_of(hint, client, &session));
        let confirmation = self.confirmation(key);
        let confirmed = request.confirmation.as_ref().is_some_and(|given| {
            use secrecy::ExposeSecret;
            Digest::of(given.expose_secret()).matches(&Digest::of(&confirmation))
        });
        if !hinted && !confirmed {
            return Ok(LogoutStep::Ask { client, confirmation, redirect });
        }
        let client_id = client.as_ref().map(|client| client.client.client_id.clone());
        let event = |session: &Session| AuditEvent {
            at: now,
            reference,
            kind: AuditKind::SignedOut { session: session.id, person: session.person, client: client_id.clone() },
        };
        let ended = self.stores.sessions.end(key, now, &event).await?;
        tracing::info!(session.id = %session.id, "signed out");
        Ok(LogoutStep::Done { client, redirect, ended })
    }

    /// Whether the hint speaks of the session in this browser.
    fn is_of(&self, hint: &crate::tokens::mint::Hint, client: &ClientHandle, session: &Session) -> bool {
        let same_person = hint.subject == self.subject_of(client, session);
        let sid = subject::session_id(&self.sealer, &client.client.client_id, session.id);
        same_person && hint.session.as_ref().is_none_or(|hinted| *hinted == sid)
    }

    /// The address with `state`, if the client registered it, by the same rule as every redirect.
    fn redirect(&self, request: &LogoutRequest, client: Option<&ClientHandle>) -> Result<Option<String>, LogoutError> {
        let Some(asked) = &request.post_logout_redirect_uri else { return Ok(None) };
        // Without a client nothing can be registered: the person is asked, and stays here afterwards.
        let Some(client) = client else { return Ok(None) };
        let client = &client.client;
        if !client.enabled || !is_registered(client.application_type, &client.post_logout_redirect_uris, asked) {
            return Err(LogoutError::RedirectUri);
        }
        let mut url = url::Url::parse(asked).map_err(|_| LogoutError::RedirectUri)?;
        if let Some(state) = &request.state {
            url.query_pairs_mut().append_pair("state", state);
        }
        Ok(Some(url.into()))
    }

    /// What our own form proves itself with: a value that only the session's browser was shown.
    fn confirmation(&self, key: &Digest) -> String {
        self.sealer.index("logout", &[&key.base64url()]).base64url()
    }
}
