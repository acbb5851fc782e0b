//! An accepted request begins: with the session there is, or at a provider.

use clock::Timestamp;
use secrecy::ExposeSecret;
use signing::Digest;
use types::{ProviderId, Subject};

use super::{
    Login, LoginError, Outcome, Step, answer,
    attempt::{Attempt, Binding, ProvenBinding, Stage, Waits},
    proceed::Signed,
};
use crate::{
    audit::{AuditEvent, AuditKind},
    authorization::{
        accepted::AcceptedRequest,
        refusal::{AuthorizationErrorCode, ClientRefusal},
    },
    claims::subject,
    clients::ClientHandle,
    ids::{Reference, bearer_value},
    session::browser::Session,
};

/// What the browser brought along.
#[derive(Default)]
pub struct Browser {
    /// SHA-256 of the session cookie, when there is one.
    pub session: Option<Digest>,
}

/// How often a person may choose within one attempt.
const MOST_CHOICES: u8 = 5;

impl Login {
    /// Begins: a session that satisfies the request is used; otherwise the person goes to a provider.
    pub async fn start(
        &self,
        client: &ClientHandle,
        request: AcceptedRequest,
        browser: &Browser,
        reference: Reference,
        traceparent: Option<String>,
    ) -> Result<Outcome, LoginError> {
        let now = self.clock.now();
        let expected = self.expected_subject(client, &request)?;
        let request = request.expecting(expected.as_ref().map(|subject| subject.as_str().to_owned()));
        let session = match &browser.session {
            Some(key) => self.stores.sessions.get_for(key, &client.client.client_id, now).await?,
            None => None,
        };
        let usable = session.filter(|(session, _)| self.satisfies(client, &request, session, expected.as_ref(), now));
        let attempt = |browser: Binding| Attempt {
            reference,
            browser,
            request: request.clone(),
            stage: Stage::Choosing,
            choices: 0,
            expires_at: now.plus(self.lifetimes.attempt),
            traceparent: traceparent.clone(),
        };
        if let Some((session, accepted)) = usable {
            let signed = Signed { session, bound: None, accepted: Some(accepted) };
            return self.proceed(client, signed, reference, &request, attempt).await;
        }
        if request.prompt().none {
            let code = AuthorizationErrorCode::LoginRequired;
            return Err(LoginError::refuse(request.back(), code, "the person must sign in"));
        }
        let new = Binding::make(&*self.entropy)?;
        let attempt = attempt(new.binding.clone());
        let providers: Vec<ProviderId> =
            self.providers.of(&client.client).map(|provider| provider.id.clone()).collect();
        let step = match providers.as_slice() {
            [] => return Err(self.no_provider(client, &request)),
            [only] => self.send_upstream(client, attempt, only).await?,
            _ => {
                self.keep(&attempt, &new, Waits::Choice).await?;
                let (login, back) = (new.binding.name.clone(), request.back().clone());
                Step::Choose { client: client.clone(), providers, login, back }
            }
        };
        Ok(Outcome { step, reference, bind: Some(new), unbind: None, ui_locales: request.ui_locales().to_vec() })
    }

    /// The person chose a provider on the page of this attempt.
    pub async fn choose(&self, binding: &ProvenBinding, provider: &ProviderId) -> Result<Outcome, LoginError> {
        let now = self.clock.now();
        let key = binding.key(Waits::Choice);
        let record = self.stores.logins.take(&key, now).await?.ok_or(LoginError::UnknownAttempt)?;
        let mut attempt = Attempt::from_record(&record)?;
        // A person may go back and choose again; nobody may fill the store with attempts that wait upstream.
        attempt.choices += 1;
        if attempt.choices < MOST_CHOICES {
            self.stores.logins.keep(&key, attempt.to_record()?, attempt.expires_at).await?;
        }
        if !matches!(attempt.stage, Stage::Choosing) {
            return Err(LoginError::UnknownAttempt);
        }
        let client = self.clients.find(attempt.request.client()).await?.ok_or(LoginError::UnknownClient)?;
        if !client.client.enabled {
            return Err(LoginError::UnknownClient);
        }
        if !self.providers.of(&client.client).any(|allowed| allowed.id == *provider) {
            return Err(LoginError::ProviderNotAllowed);
        }
        let (reference, ui_locales) = (attempt.reference, attempt.request.ui_locales().to_vec());
        let chosen = attempt.clone();
        match self.send_upstream(&client, attempt, provider).await {
            Ok(step) => Ok(Outcome { step, reference, bind: None, unbind: None, ui_locales }),
            Err(error) => {
                if error.is_busy() {
                    // The page says to come again, so this choice does not count.
                    let before = Attempt { choices: chosen.choices.saturating_sub(1), ..chosen };
                    self.keep(&before, binding, Waits::Choice).await?;
                }
                Err(error)
            }
        }
    }

    /// The person does not want to sign in after all: the attempt is over, and the application hears of it.
    pub async fn cancel(&self, binding: &ProvenBinding) -> Result<Outcome, LoginError> {
        let now = self.clock.now();
        let record = self.stores.logins.take(&binding.key(Waits::Choice), now).await?;
        let attempt = Attempt::from_record(&record.ok_or(LoginError::UnknownAttempt)?)?;
        let client = self.clients.find(attempt.request.client()).await?.filter(|client| client.client.enabled);
        let client = client.ok_or(LoginError::UnknownClient)?.client.client_id.clone();
        let reference = attempt.reference;
        tracing::info!(login.id = %reference, client.id = %client, "the person canceled the sign-in");
        // Nobody has signed in, so this is bounded like everything that anybody can cause.
        if self.strangers.allows(now) {
            let kind = AuditKind::SignInCanceled { client };
            self.stores.audit.append(AuditEvent { at: now, reference, kind }).await?;
        }
        let refusal = ClientRefusal::new(AuthorizationErrorCode::AccessDenied, "the person canceled the sign-in");
        let url = answer::error(&self.issuer, attempt.request.back(), &refusal);
        let url = url.ok_or(LoginError::Internal("a registered redirect_uri is no URL"))?;
        let (unbind, ui_locales) = (Some(binding.binding.name.clone()), attempt.request.ui_locales().to_vec());
        Ok(Outcome { step: Step::Answer(url), reference, bind: None, unbind, ui_locales })
    }

    /// Sends the browser to the provider: state, nonce and verifier are made, kept, and only then used.
    async fn send_upstream(
        &self,
        client: &ClientHandle,
        attempt: Attempt,
        provider: &ProviderId,
    ) -> Result<Step, LoginError> {
        let known = self.providers.enabled(provider).ok_or(LoginError::ProviderNotAllowed)?;
        let text = || bearer_value(&*self.entropy).map(|value| value.expose_secret().to_owned());
        let callback = format!("{}/callback/{provider}", self.issuer.trim_end_matches('/'));
        let prompt = attempt.request.prompt();
        let upstream = contract::Attempt {
            state: text()?,
            nonce: text()?,
            code_verifier: text()?,
            redirect_uri: callback.parse().map_err(|_| LoginError::Internal("the callback address is no URL"))?,
            ui_locales: attempt.request.ui_locales().to_vec(),
            fresh: prompt.login || prompt.select_account || attempt.request.max_age().is_some(),
        };
        let login_url = match known.login_url(&upstream).await {
            Ok(login_url) => login_url,
            Err(error) => return Err(self.provider_failed(client, &attempt, provider, error).await?),
        };
        let handle = Digest::of(&upstream.state);
        let attempt = attempt.at(Stage::SentUpstream { provider: provider.clone(), upstream });
        self.stores.logins.keep(&handle, attempt.to_record()?, attempt.expires_at).await?;
        Ok(Step::ToProvider(login_url))
    }

    /// Keeps an attempt that waits for the person.
    pub(super) async fn keep(
        &self,
        attempt: &Attempt,
        binding: &ProvenBinding,
        waits_for: Waits,
    ) -> Result<(), LoginError> {
        self.stores.logins.keep(&binding.key(waits_for), attempt.to_record()?, attempt.expires_at).await?;
        Ok(())
    }

    /// Whether the session answers the request without a new sign-in. Whether its level suffices is policy's to say, but a
    /// level below what the request itself names sends the person to a provider again.
    fn satisfies(
        &self,
        client: &ClientHandle,
        request: &AcceptedRequest,
        session: &Session,
        expected: Option<&Subject>,
        now: Timestamp,
    ) -> bool {
        let prompt = request.prompt();
        let age = now.since(session.auth_time).as_secs();
        // Zero asks for a new sign-in, however young this one is (OIDC Core §3.1.2.1).
        let young = request.max_age().is_none_or(|seconds| seconds > 0 && age <= u64::from(seconds));
        let same = expected.is_none_or(|subject| *subject == self.subject_of(client, session));
        let reachable = self.providers.of(&client.client).any(|provider| provider.id == session.provider);
        let strong = session.auth_level >= request.needed_level().max(client.client.min_auth_level);
        let proven = client.client.min_account_level.is_none_or(|minimum| session.account_level >= Some(minimum));
        // Silence cannot make a session stronger, so `prompt=none` goes on to hear what policy says.
        let levels = (strong && proven) || prompt.none;
        !prompt.login && !prompt.select_account && young && same && reachable && levels
    }

    pub(crate) fn subject_of(&self, client: &ClientHandle, session: &Session) -> Subject {
        subject::pairwise(&self.sealer, &client.client.legal_entity.code, session.person)
    }

    /// The person the client insists on, by `id_token_hint` or by a `sub` claim (OIDC Core §3.1.2.1, §5.5.1).
    pub(super) fn expected_subject(
        &self,
        client: &ClientHandle,
        request: &AcceptedRequest,
    ) -> Result<Option<Subject>, LoginError> {
        let named = request.subject().map(Subject::new);
        let Some(hint) = request.id_token_hint() else { return Ok(named) };
        let hint = self.mint.read_hint(hint).filter(|hint| hint.client == client.client.client_id);
        let refuse = || {
            LoginError::refuse(
                request.back(),
                AuthorizationErrorCode::InvalidRequest,
                "id_token_hint is not a token of this client",
            )
        };
        let hinted = hint.ok_or_else(refuse)?.subject;
        Ok(Some(named.unwrap_or(hinted)))
    }

    fn no_provider(&self, client: &ClientHandle, request: &AcceptedRequest) -> LoginError {
        tracing::error!(client.id = %client.client.client_id, refusal.code = "login.no_provider", "no provider of this client is enabled");
        let code = AuthorizationErrorCode::TemporarilyUnavailable;
        LoginError::refuse(request.back(), code, "no identity provider is available for this client")
    }
}
