//! The person's decision on the information page.

use signing::Digest;

use super::{
    Login, LoginError, Outcome,
    attempt::{Attempt, Stage},
    start::Browser,
};
use crate::{
    audit::{AuditEvent, AuditKind},
    authorization::refusal::AuthorizationErrorCode,
};

/// What the person decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Go on.
    Approve,
    /// Refuse.
    Deny,
}

impl Login {
    /// Takes the attempt out, for exactly the browser and session that saw the page, and carries the decision out.
    pub async fn approve(
        &self,
        handle: &str,
        decision: Decision,
        browser: &Browser,
        cookie: impl Fn(&str) -> Option<String>,
    ) -> Result<Outcome, LoginError> {
        let now = self.clock.now();
        let handle = Digest::of(handle);
        let record = self.stores.logins.peek(&handle, now).await?.ok_or(LoginError::UnknownAttempt)?;
        let attempt = Attempt::from_record(&record)?;
        let Stage::Approving { session: shown_to } = attempt.stage else { return Err(LoginError::UnknownAttempt) };
        if !cookie(&attempt.browser.name).is_some_and(|value| attempt.browser.is_proven_by(&value)) {
            return Err(LoginError::OtherBrowser);
        }
        let session = match &browser.session {
            Some(key) => self.stores.sessions.get(key, now).await?,
            None => None,
        };
        self.stores.logins.take(&handle, now).await?.ok_or(LoginError::UnknownAttempt)?;
        let back = attempt.request.back().clone();
        let Some(session) = session.filter(|session| session.id == shown_to) else {
            return Err(LoginError::refuse(&back, AuthorizationErrorCode::LoginRequired, "the session has ended"));
        };
        let client = self.clients.find(attempt.request.client()).await?.ok_or(LoginError::UnknownClient)?;
        if !client.client.enabled {
            return Err(LoginError::UnknownClient);
        }
        match decision {
            Decision::Approve => self.accepted(&client, attempt, session).await,
            Decision::Deny => {
                let kind = AuditKind::ReleaseRefused { person: session.person, client: client.client.client_id.clone() };
                self.stores.audit.append(AuditEvent { at: now, reference: attempt.reference, kind }).await?;
                Err(LoginError::refuse(&back, AuthorizationErrorCode::AccessDenied, "the person refused"))
            }
        }
    }
}
