//! The provider's answer becomes a session: the whole way in one function.

use contract::{Callback, ProviderError, VerifiedIdentity};
use secrecy::{ExposeSecret, SecretString};
use signing::Digest;
use tracing::Instrument;
use types::ProviderId;
use url::Url;

use super::{
    Finished, Login, LoginError, Outcome, ProviderFailure, answer,
    attempt::{Attempt, ProvenBinding, Stage},
    proceed::Signed,
    start::Browser,
};
use crate::{
    audit::{AuditEvent, AuditKind},
    authorization::{
        accepted::ReturnAddress,
        refusal::{AuthorizationErrorCode, ClientRefusal},
    },
    claims::{assurance, mapping},
    clients::ClientHandle,
    ids::{PersonId, Reference, SessionId, bearer_value},
    session::browser::Session,
    upstream::{Provider, UpstreamError},
};

/// An attempt that waits for exactly this browser and provider.
struct Claimed {
    handle: Digest,
    attempt: Attempt,
    bound: ProvenBinding,
    upstream: contract::Attempt,
    provider: Provider,
    /// The number of the request that came back, which its page shows while the attempt is not known to be its own.
    asked: Reference,
}

impl Login {
    /// Callback → attempt, taken once → identity → person and session → policy → code or page.
    ///
    /// An attempt that is replayed, of another browser or of another provider is refused before anything is sent
    /// upstream, and leaves an event.
    pub async fn finish(
        &self,
        provider: &str,
        callback: &Callback,
        browser: &Browser,
        cookie: impl Fn(&str) -> Option<SecretString>,
        reference: Reference,
    ) -> Finished {
        let mut session = None;
        let result = self.way_back(provider, callback, browser, cookie, reference, &mut session).await;
        Finished { result, session }
    }

    async fn way_back(
        &self,
        provider: &str,
        callback: &Callback,
        browser: &Browser,
        cookie: impl Fn(&str) -> Option<SecretString>,
        reference: Reference,
        new_session: &mut Option<SecretString>,
    ) -> Result<Outcome, LoginError> {
        let claimed = match self.claim(provider, callback, cookie, reference).await {
            Ok(claimed) => claimed,
            Err(error) => {
                self.callback_refused(provider, &error, reference).await?;
                return Err(error);
            }
        };
        let login = tracing::field::display(claimed.attempt.reference);
        tracing::Span::current().record("login.id", &login);
        // A span of its own, because only one that was not entered yet can go on in the trace of /authorize.
        let span = tracing::info_span!("broker.login.finish", login.id = login);
        if let Some(traceparent) = &claimed.attempt.traceparent {
            boot::telemetry::continue_trace(&span, traceparent);
        }
        self.claimed(claimed, callback, browser, new_session).instrument(span).await
    }

    /// From the attempt, which is taken out once the provider can be asked, to the code or a page.
    async fn claimed(
        &self,
        claimed: Claimed,
        callback: &Callback,
        browser: &Browser,
        new_session: &mut Option<SecretString>,
    ) -> Result<Outcome, LoginError> {
        let Claimed { handle, attempt, bound, upstream, provider, asked } = claimed;
        let client = self.clients.find(attempt.request.client()).await?.ok_or(LoginError::UnknownClient)?;
        let allowed = client.client.enabled && client.client.providers.contains(&provider.id);
        if !allowed {
            let error = LoginError::ProviderNotAllowed;
            self.callback_refused(provider.id.as_str(), &error, asked).await?;
            return Err(error);
        }
        let call = match provider.calls.enter() {
            Ok(call) => call,
            Err(error) => return Err(self.provider_failed(&client, &attempt, &provider.id, error).await?),
        };
        if self.stores.logins.take(&handle, self.clock.now()).await?.is_none() {
            let error = LoginError::UnknownAttempt;
            self.callback_refused(provider.id.as_str(), &error, asked).await?;
            return Err(error);
        }
        let identity = match provider.redeem(call, &upstream, callback).await {
            Ok(identity) => identity,
            Err(error) => return Err(self.provider_failed(&client, &attempt, &provider.id, error).await?),
        };
        let (session, secret) = self.sign_in(&client, &attempt, &provider, &identity, browser).await?;
        *new_session = Some(secret);
        if let Err(error) = self.check_expectations(&client, &attempt, &session) {
            let kind = AuditKind::SignInDenied {
                person: Some(session.person),
                client: client.client.client_id.clone(),
                auth_level: Some(session.auth_level),
                account_level: session.account_level,
                refusal: error.code().to_owned(),
                policies: Vec::new(),
                policy_version: self.policies.version().to_owned(),
            };
            self.stores.audit.append(AuditEvent { at: self.clock.now(), reference: attempt.reference, kind }).await?;
            return Err(error);
        }
        let (request, reference) = (attempt.request.clone(), attempt.reference);
        let signed = Signed { session, bound: Some(bound), accepted: None };
        self.proceed(&client, signed, reference, &request, |_| attempt).await
    }

    /// Finds the attempt for exactly this provider and browser, and leaves it there.
    async fn claim(
        &self,
        provider: &str,
        callback: &Callback,
        cookie: impl Fn(&str) -> Option<SecretString>,
        asked: Reference,
    ) -> Result<Claimed, LoginError> {
        let now = self.clock.now();
        let named = ProviderId::parse(provider).ok().and_then(|id| self.providers.known(&id).cloned());
        let provider = named.ok_or(LoginError::ProviderNotAllowed)?;
        let state = callback.raw_parameter("state").ok_or(LoginError::UnknownAttempt)?;
        let handle = Digest::of(&state);
        let record = self.stores.logins.peek(&handle, now).await?.ok_or(LoginError::UnknownAttempt)?;
        let attempt = Attempt::from_record(&record)?;
        let Stage::SentUpstream { provider: sent_to, upstream } = attempt.stage.clone() else {
            return Err(LoginError::UnknownAttempt);
        };
        if sent_to != provider.id {
            return Err(LoginError::OtherProvider);
        }
        let bound = cookie(&attempt.browser.name).and_then(|value| attempt.browser.prove(value));
        let bound = bound.ok_or(LoginError::OtherBrowser)?;
        // A provider that was disabled meanwhile is refused here too, not only at the start.
        if !provider.enabled {
            return Err(LoginError::ProviderNotAllowed);
        }
        Ok(Claimed { handle, attempt, bound, upstream, provider, asked })
    }

    /// Records that a choice or decision came without the cookie of its attempt, up to a number each minute.
    pub async fn answer_refused(
        &self,
        page: &'static str,
        error: &LoginError,
        reference: Reference,
    ) -> Result<(), LoginError> {
        let now = self.clock.now();
        if !self.strangers.allows(now) {
            return Ok(());
        }
        let kind = AuditKind::AnswerRefused { page, refusal: error.code() };
        self.stores.audit.append(AuditEvent { at: now, reference, kind }).await?;
        Ok(())
    }

    /// Records that a callback was not acceptable, up to a number each minute.
    async fn callback_refused(
        &self,
        provider: &str,
        error: &LoginError,
        reference: Reference,
    ) -> Result<(), LoginError> {
        let known = ProviderId::parse(provider).ok().filter(|id| self.providers.known(id).is_some());
        let provider = known.map_or_else(|| "(unknown)".to_owned(), |id| id.to_string());
        // Whoever begins one attempt knows a `state` that is good for any number of these.
        if !self.strangers.allows(self.clock.now()) {
            return Ok(());
        }
        let kind = AuditKind::CallbackRefused { provider, refusal: error.code() };
        self.stores.audit.append(AuditEvent { at: self.clock.now(), reference, kind }).await?;
        Ok(())
    }

    /// Records that a provider gave no identity, and gives the error that says so. What anybody can cause who only begins
    /// is recorded up to a number each minute.
    pub(super) async fn provider_failed(
        &self,
        client: &ClientHandle,
        attempt: &Attempt,
        provider: &ProviderId,
        error: UpstreamError,
    ) -> Result<LoginError, LoginError> {
        let now = self.clock.now();
        let by_anybody = error == UpstreamError::Busy || matches!(attempt.stage, Stage::Choosing);
        let kind = AuditKind::SignInFailed {
            client: Some(client.client.client_id.clone()),
            provider: provider.clone(),
            refusal: error.code().to_owned(),
        };
        if !by_anybody || self.strangers.allows(now) {
            self.stores.audit.append(AuditEvent { at: now, reference: attempt.reference, kind }).await?;
        }
        if error == ProviderError::Declined.into() {
            let code = AuthorizationErrorCode::AccessDenied;
            return Ok(LoginError::refuse(attempt.request.back(), code, "the person did not complete the sign-in"));
        }
        Ok(self.failure(client, attempt, provider, error))
    }

    /// A provider's failure with what a page about it needs.
    fn failure(
        &self,
        client: &ClientHandle,
        attempt: &Attempt,
        provider: &ProviderId,
        error: UpstreamError,
    ) -> LoginError {
        LoginError::Provider(Box::new(ProviderFailure {
            provider: provider.clone(),
            error,
            back: self.failed_answer(attempt.request.back(), error),
            client: client.clone(),
            reference: attempt.reference,
        }))
    }

    /// The error answer a page can lead back with when a provider failed.
    fn failed_answer(&self, back: &ReturnAddress, error: UpstreamError) -> Option<Url> {
        use ProviderError::{Declined, Keys, Timeout, Unreachable};
        let refusal = match error {
            UpstreamError::Provider(Declined) => {
                ClientRefusal::new(AuthorizationErrorCode::AccessDenied, "the person did not complete the sign-in")
            }
            UpstreamError::Busy | UpstreamError::Provider(Unreachable | Timeout | Keys) => ClientRefusal::new(
                AuthorizationErrorCode::TemporarilyUnavailable,
                "the identity provider is not available",
            ),
            _ => ClientRefusal::new(AuthorizationErrorCode::ServerError, "the identity provider gave no usable answer"),
        };
        answer::error(&self.issuer, back, &refusal)
    }

    async fn sign_in(
        &self,
        client: &ClientHandle,
        attempt: &Attempt,
        provider: &Provider,
        identity: &VerifiedIdentity,
        browser: &Browser,
    ) -> Result<(Session, SecretString), LoginError> {
        let now = self.clock.now();
        let auth_level = assurance::effective(identity.asserted, provider.ceiling);
        let new_id = PersonId::random(&*self.entropy)?;
        let person = mapping::upsert(identity, new_id, now, &self.sealer, &*self.entropy)?;
        let draft = Session {
            id: SessionId::random(&*self.entropy)?,
            person: new_id,
            provider: provider.id.clone(),
            link: Some(person.link),
            auth_level,
            account_level: identity.account_level,
            account_type: identity.account_type,
            auth_time: identity.auth_time.unwrap_or(now).min(now),
            expires_at: now.plus(self.lifetimes.session),
        };
        // A new value at each sign-in, so that a cookie planted before it is worth nothing after it.
        let secret = bearer_value(&*self.entropy)?;
        let key = Digest::of(secret.expose_secret());
        let reference = attempt.reference;
        let event = |found: crate::people::person::FoundPerson, session: &Session| AuditEvent {
            at: now,
            reference,
            kind: AuditKind::SignedIn {
                person: found.id,
                first_time: found.first_time,
                session: session.id,
                provider: session.provider.clone(),
                auth_level: session.auth_level,
                account_level: session.account_level,
            },
        };
        let (_, session) = self.stores.sessions.begin(&person, &key, &draft, browser.session.as_ref(), &event).await?;
        tracing::info!(client.id = %client.client.client_id, provider.id = %provider.id, session.id = %session.id, "signed in");
        Ok((session, secret))
    }

    /// What the request insists on and only a finished sign-in can show: the person, and how fresh it is.
    fn check_expectations(
        &self,
        client: &ClientHandle,
        attempt: &Attempt,
        session: &Session,
    ) -> Result<(), LoginError> {
        let request = &attempt.request;
        let expected = self.expected_subject(client, request)?;
        if expected.is_some_and(|subject| subject != self.subject_of(client, session)) {
            let code = AuthorizationErrorCode::LoginRequired;
            return Err(LoginError::refuse(request.back(), code, "another person signed in"));
        }
        let age = self.clock.now().since(session.auth_time).as_secs();
        // The minute allows for a provider's clock and the way back.
        if request.max_age().is_some_and(|seconds| age > u64::from(seconds).saturating_add(60)) {
            let code = AuthorizationErrorCode::UnmetAuthenticationRequirements;
            return Err(LoginError::refuse(request.back(), code, "the provider did not ask the person again"));
        }
        Ok(())
    }
}
