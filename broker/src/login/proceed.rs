//! A signed-in person goes on: policy, the information page where it is due, and the code.

use std::collections::BTreeSet;

use policies::{Reason, ReleaseQuestion, SignInQuestion};
use secrecy::ExposeSecret;
use signing::Digest;

use super::{
    Login, LoginError, Outcome, Step, answer,
    attempt::{Attempt, Binding, ProvenBinding, Stage, Waits},
    step::Shortfall,
};
use crate::{
    audit::{AuditEvent, AuditKind},
    authorization::{
        accepted::AcceptedRequest,
        refusal::{AuthorizationErrorCode, ClientRefusal},
    },
    claims::release::{self, Wanted},
    clients::{ClientHandle, client::ReleasePage},
    grant::{Grant, PendingGrant, code},
    ids::{GrantId, Reference},
    people::post,
    session::browser::Session,
};

/// The session a login goes on with.
pub(super) struct Signed {
    /// The session.
    pub session: Session,
    /// The binding of the attempt, when it has one already.
    pub bound: Option<ProvenBinding>,
    /// What the person accepted for this application, when that was read with the session.
    pub accepted: Option<Option<Digest>>,
}

/// What policy permitted, both decisions together.
pub(super) struct Permitted {
    /// The scopes of the request that are left for this person (RFC 6749 §3.3).
    scope: BTreeSet<String>,
    pub wanted: Wanted,
    policies: Vec<String>,
}

impl Login {
    /// From session to code, or to the page that must come before it.
    pub(super) async fn proceed(
        &self,
        client: &ClientHandle,
        signed: Signed,
        reference: Reference,
        request: &AcceptedRequest,
        attempt: impl FnOnce(Binding) -> Attempt,
    ) -> Result<Outcome, LoginError> {
        let permitted = match self.permit(client, request, &signed.session) {
            Ok(permitted) => permitted,
            Err(denied) => return self.denied(client, request, &signed, denied, reference).await,
        };
        let ui_locales = request.ui_locales().to_vec();
        let unbind = signed.bound.as_ref().map(|bound| bound.binding.name.clone());
        let fingerprint = fingerprint(client, &permitted.wanted.all);
        // An earlier acceptance says nothing about who asks now, unless that is certain (RFC 8252 §8.6).
        let asked_anew = request.prompt().consent || !client.client.is_assured_at(request.back().redirect_uri());
        let known = match (&signed.accepted, asked_anew) {
            (_, true) => false,
            (Some(accepted), false) => accepted.is_some_and(|accepted| accepted.matches(&fingerprint)),
            (None, false) => {
                let (person, client) = (signed.session.person, &client.client.client_id);
                self.stores.consents.accepted(person, client, &fingerprint).await?
            }
        };
        if known {
            let traceparent = attempt(Binding::default()).traceparent;
            let step = self.issue_code(client, request, &signed.session, permitted, reference, traceparent).await?;
            return Ok(Outcome { step, reference, bind: None, unbind, ui_locales });
        }
        if request.prompt().none {
            let code = AuthorizationErrorCode::ConsentRequired;
            return Err(LoginError::refuse(request.back(), code, "the information page must be shown"));
        }
        let is_new = signed.bound.is_none();
        let bound = match signed.bound {
            Some(bound) => bound,
            None => Binding::make(&*self.entropy)?,
        };
        let shown = Some(fingerprint.base64url());
        let attempt = attempt(bound.binding.clone()).at(Stage::Approving { session: signed.session.id, shown });
        self.keep(&attempt, &bound, Waits::Approval).await?;
        let step = Step::Release { login: bound.binding.name.clone() };
        Ok(Outcome { step, reference, bind: is_new.then_some(bound), unbind: None, ui_locales })
    }

    /// The page was accepted: the acceptance is recorded and the code issued, if policy still says so. What would go out must
    /// be exactly what was shown: a registration or a post may have changed under the page, which is then shown again.
    pub(super) async fn accepted(
        &self,
        client: &ClientHandle,
        attempt: Attempt,
        bound: ProvenBinding,
        session: Session,
    ) -> Result<Outcome, LoginError> {
        let now = self.clock.now();
        let (request, reference) = (attempt.request.clone(), attempt.reference);
        let signed = Signed { session, bound: Some(bound.clone()), accepted: None };
        let permitted = match self.permit(client, &request, &signed.session) {
            Ok(permitted) => permitted,
            Err(denied) => return self.denied(client, &request, &signed, denied, reference).await,
        };
        let fingerprint = fingerprint(client, &permitted.wanted.all);
        if !attempt.stage.showed(&fingerprint) {
            self.keep(&attempt, &bound, Waits::Approval).await?;
            let (step, ui_locales) = (Step::Release { login: bound.binding.name }, request.ui_locales().to_vec());
            return Ok(Outcome { step, reference, bind: None, unbind: None, ui_locales });
        }
        let kind = AuditKind::ReleaseAccepted {
            person: signed.session.person,
            client: client.client.client_id.clone(),
            claims: permitted.wanted.all.iter().cloned().collect(),
            page: match client.client.release_page {
                ReleasePage::Information => "information",
                ReleasePage::Consent => "consent",
            },
        };
        let event = AuditEvent { at: now, reference, kind };
        self.stores.consents.accept(signed.session.person, &client.client.client_id, &fingerprint, now, event).await?;
        let step =
            self.issue_code(client, &request, &signed.session, permitted, reference, attempt.traceparent).await?;
        Ok(Outcome {
            step,
            reference,
            bind: None,
            unbind: Some(bound.binding.name),
            ui_locales: request.ui_locales().to_vec(),
        })
    }

    /// The two decisions: may this person sign in here, and may this client get these claims.
    pub(super) fn permit(
        &self,
        client: &ClientHandle,
        request: &AcceptedRequest,
        session: &Session,
    ) -> Result<Permitted, policies::Denied> {
        let question = SignInQuestion {
            provider: &session.provider,
            auth_level: session.auth_level,
            account_level: session.account_level,
            required_level: request.needed_level(),
        };
        let sign_in = self.policies.sign_in(&client.policy, &question)?;
        let body = &client.client.legal_entity.code;
        let post = self.mint.has_bus().then(|| self.posts.acting(session.link, body, self.clock.now())).flatten();
        let mut scope = request.scope().clone();
        // Who holds no post in this body gets what everybody gets.
        if post.is_none() {
            scope.remove(post::SCOPE);
        }
        let wanted = release::wanted(&client.client, request, &scope, post.as_deref());
        let names: Vec<&str> = wanted.all.iter().map(String::as_str).collect();
        let released = self.policies.release(&client.policy, &ReleaseQuestion { claims: &names })?;
        let policies = sign_in.policies().iter().chain(released.policies()).map(ToString::to_string).collect();
        Ok(Permitted { scope, wanted, policies })
    }

    async fn issue_code(
        &self,
        client: &ClientHandle,
        request: &AcceptedRequest,
        session: &Session,
        permitted: Permitted,
        reference: Reference,
        traceparent: Option<String>,
    ) -> Result<Step, LoginError> {
        let now = self.clock.now();
        let new = code::make(&*self.entropy)?;
        let claims: Vec<String> = permitted.wanted.all.iter().cloned().collect();
        let pending = PendingGrant {
            grant: Grant {
                id: GrantId::of_code(&new.hash),
                reference,
                client: client.client.client_id.clone(),
                person: session.person,
                session: session.id,
                provider: session.provider.clone(),
                link: session.link,
                scope: permitted.scope,
                claims: permitted.wanted.all,
                id_token_claims: permitted.wanted.id_token,
                auth_level: session.auth_level,
                account_level: session.account_level,
                account_type: session.account_type,
                auth_time: session.auth_time,
                nonce: request.nonce().map(str::to_owned),
                expires_at: session.expires_at,
            },
            redirect_uri: request.back().redirect_uri().to_owned(),
            code_challenge: request.code_challenge().to_owned(),
            traceparent,
            expires_at: now.plus(self.lifetimes.code),
        };
        let kind = AuditKind::SignInPermitted {
            person: session.person,
            session: session.id,
            client: client.client.client_id.clone(),
            provider: session.provider.clone(),
            auth_level: session.auth_level,
            account_level: session.account_level,
            claims,
            policies: permitted.policies,
            policy_version: self.policies.version().to_owned(),
        };
        let event = AuditEvent { at: now, reference, kind };
        // Both are asked for at once, so that the store can write them together.
        let (alive, ()) = tokio::try_join!(
            self.stores.sessions.join(session.id, &client.client.client_id, now, event),
            code::keep(&*self.stores.codes, &new, &pending),
        )?;
        if !alive {
            return Err(LoginError::refuse(
                request.back(),
                AuthorizationErrorCode::LoginRequired,
                "the session has ended",
            ));
        }
        let url = answer::code(&self.issuer, request.back(), new.value.expose_secret());
        url.map(Step::Answer).ok_or(LoginError::Internal("a registered redirect_uri is no URL"))
    }

    async fn denied(
        &self,
        client: &ClientHandle,
        request: &AcceptedRequest,
        signed: &Signed,
        denied: policies::Denied,
        reference: Reference,
    ) -> Result<Outcome, LoginError> {
        let kind = AuditKind::SignInDenied {
            person: Some(signed.session.person),
            client: client.client.client_id.clone(),
            auth_level: Some(signed.session.auth_level),
            account_level: signed.session.account_level,
            refusal: format!("{:?}", denied.reason),
            policies: denied.policies.iter().map(ToString::to_string).collect(),
            policy_version: self.policies.version().to_owned(),
        };
        self.stores.audit.append(AuditEvent { at: self.clock.now(), reference, kind }).await?;
        tracing::info!(client.id = %client.client.client_id, refusal.code = ?denied.reason, "sign-in denied");
        let session = &signed.session;
        let shortfall = match denied.reason {
            Reason::AuthLevelTooLow => Shortfall::Authentication {
                needed: request.needed_level().max(client.client.min_auth_level),
                has: session.auth_level,
            },
            Reason::AccountLevelTooLow => Shortfall::Account {
                needed: client.client.min_account_level.unwrap_or(types::AccountLevel::TWO),
                has: session.account_level,
            },
            _ => {
                let code = AuthorizationErrorCode::AccessDenied;
                return Err(LoginError::refuse(request.back(), code, "policy does not permit this sign-in"));
            }
        };
        let refusal = ClientRefusal::new(
            AuthorizationErrorCode::UnmetAuthenticationRequirements,
            "the assurance level this application needs is not reached",
        );
        if request.prompt().none {
            return Err(LoginError::ToClient(request.back().clone(), refusal));
        }
        let back = answer::error(&self.issuer, request.back(), &refusal);
        let back = back.ok_or(LoginError::Internal("a registered redirect_uri is no URL"))?;
        Ok(Outcome {
            step: Step::Unmet { client: client.clone(), shortfall, back },
            reference,
            bind: None,
            unbind: signed.bound.as_ref().map(|bound| bound.binding.name.clone()),
            ui_locales: request.ui_locales().to_vec(),
        })
    }
}

/// What an acceptance is for: the application, who answers for it, its purpose and exactly these claims. Another body,
/// another purpose or one claim more, and the page is shown again.
pub(super) fn fingerprint(client: &ClientHandle, claims: &BTreeSet<String>) -> Digest {
    let client = &client.client;
    let (body, purpose) = (&client.legal_entity.code, &client.purpose.vi);
    let mut text = format!("{}\n{body}\n{purpose}\n{}\n", client.client_id, client.legal_basis);
    for claim in claims {
        text.push_str(claim);
        text.push('\n');
    }
    Digest::of(text)
}
