//! The information page and the person's decision on it.

use super::{
    Login, LoginError, Outcome, ReleaseView,
    attempt::{Attempt, ProvenBinding, Stage, Waits},
    proceed::fingerprint,
    start::Browser,
};
use crate::{
    audit::{AuditEvent, AuditKind},
    authorization::refusal::AuthorizationErrorCode,
    claims::mapping,
    clients::ClientHandle,
    session::browser::Session,
};

/// What the person decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Go on.
    Approve,
    /// Refuse.
    Deny,
}

/// An attempt that waits for a decision, and whose it is.
struct Waiting {
    attempt: Attempt,
    client: ClientHandle,
    session: Session,
}

impl Login {
    /// What the page shows. Reading it uses nothing up, so the page can be loaded again; what it shows is noted.
    pub async fn release_view(&self, binding: &ProvenBinding, browser: &Browser) -> Result<ReleaseView, LoginError> {
        let Waiting { attempt, client, session } = self.waiting(binding, browser).await?;
        let back = attempt.request.back().clone();
        let refused =
            || LoginError::refuse(&back, AuthorizationErrorCode::AccessDenied, "policy does not permit this sign-in");
        let permitted = self.permit(&client, &attempt.request, &session).map_err(|_| refused())?;
        let fingerprint = fingerprint(&client, &permitted.wanted.all);
        if !attempt.stage.showed(&fingerprint) {
            // Taken out first, so that an attempt that was decided on at this moment does not come back.
            let taken = self.stores.logins.take(&binding.key(Waits::Approval), self.clock.now()).await?;
            taken.ok_or(LoginError::UnknownAttempt)?;
            let stage = Stage::Approving { session: session.id, shown: Some(fingerprint.base64url()) };
            self.keep(&attempt.clone().at(stage), binding, Waits::Approval).await?;
        }
        let record = match self.stores.sessions.person(session.person).await? {
            Some(sealed) => mapping::open(&sealed, &self.sealer)?,
            None => return Err(LoginError::Internal("a session without a person")),
        };
        Ok(ReleaseView {
            client,
            claims: permitted.wanted.all,
            person_name: record.profile.name.clone(),
            provider: session.provider,
            back,
            reference: attempt.reference,
            ui_locales: attempt.request.ui_locales().to_vec(),
        })
    }

    /// Takes the attempt out, for exactly the browser and session that saw the page, and carries the decision out.
    pub async fn approve(
        &self,
        binding: &ProvenBinding,
        decision: Decision,
        browser: &Browser,
    ) -> Result<Outcome, LoginError> {
        let now = self.clock.now();
        let Waiting { attempt, client, session } = self.waiting(binding, browser).await?;
        self.stores.logins.take(&binding.key(Waits::Approval), now).await?.ok_or(LoginError::UnknownAttempt)?;
        match decision {
            Decision::Approve => self.accepted(&client, attempt, binding.clone(), session).await,
            Decision::Deny => {
                let kind =
                    AuditKind::ReleaseRefused { person: session.person, client: client.client.client_id.clone() };
                self.stores.audit.append(AuditEvent { at: now, reference: attempt.reference, kind }).await?;
                Err(LoginError::refuse(
                    attempt.request.back(),
                    AuthorizationErrorCode::AccessDenied,
                    "the person refused",
                ))
            }
        }
    }

    async fn waiting(&self, binding: &ProvenBinding, browser: &Browser) -> Result<Waiting, LoginError> {
        let now = self.clock.now();
        let record =
            self.stores.logins.peek(&binding.key(Waits::Approval), now).await?.ok_or(LoginError::UnknownAttempt)?;
        let attempt = Attempt::from_record(&record)?;
        let Stage::Approving { session: shown_to, .. } = attempt.stage else { return Err(LoginError::UnknownAttempt) };
        let session = match &browser.session {
            Some(key) => self.stores.sessions.get(key, now).await?,
            None => None,
        };
        let Some(session) = session.filter(|session| session.id == shown_to) else {
            let back = attempt.request.back();
            return Err(LoginError::refuse(back, AuthorizationErrorCode::LoginRequired, "the session has ended"));
        };
        let client = self.clients.find(attempt.request.client()).await?.filter(|client| client.client.enabled);
        let client = client.ok_or(LoginError::UnknownClient)?;
        Ok(Waiting { attempt, client, session })
    }
}
