//! Which agreement permits the call? The first, by id, of those that do.

use std::sync::Arc;

use clock::Timestamp;
use http::Method;
use policies::{ActorFacts, CallPermit, CallPolicies, CallQuestion, CallReason, Denied};

use super::Officer;
use crate::{
    call::{Call, Form},
    refusal::{Code, Refusal},
    registry::{Agreement, Grant},
    route::Routed,
    trail::Trail,
};

/// The agreement, and the permit that was given under it.
pub(super) struct Decided {
    pub(super) agreement: Arc<Agreement>,
    pub(super) permit: CallPermit,
}

/// What of a question is the same for every agreement.
struct Asked<'a> {
    method: &'a Method,
    path: &'a str,
    form: Form,
    signed: bool,
    at: Timestamp,
    purpose: Option<&'a str>,
    legal_basis: Option<&'a str>,
    procedure: Option<&'a str>,
    officer: Option<&'a Officer>,
}

/// Asks the policy.
pub(super) fn decide(
    policies: &CallPolicies,
    call: &Call<Routed>,
    officer: Option<&Officer>,
    at: Timestamp,
    trail: &mut Trail,
) -> Result<Decided, Refusal> {
    let routed = &call.stage;
    let verified = routed.verified();
    let grants = call.head.registry.grants(&verified.identified().subsystem().id, &routed.service().id);
    let (purpose, legal_basis, procedure) = (trail.purpose.clone(), trail.legal_basis.clone(), trail.procedure.clone());
    let asked = Asked {
        method: &call.head.method,
        path: routed.path(),
        form: call.head.form,
        signed: verified.signed(),
        at,
        purpose: purpose.as_deref(),
        legal_basis: legal_basis.as_deref(),
        procedure: procedure.as_deref(),
        officer,
    };
    let mut nearest: Option<(&Grant, Denied<CallReason>)> = None;
    for grant in asked.candidates(grants) {
        match asked.ask(policies, grant) {
            Ok(permit) => return Ok(permitted(&asked, grant, permit, trail)),
            Err(denied) if denied.reason == CallReason::PolicyError => return Err(failed(grant, &denied)),
            // The reason that comes last is the one nearest to a permit.
            Err(denied) if nearest.as_ref().is_none_or(|(_, other)| other.reason < denied.reason) => {
                nearest = Some((grant, denied));
            }
            Err(_) => {}
        }
    }
    let Some((grant, denied)) = nearest else {
        return Err(Refusal::new(Code::AccessDenied).detail("there is no agreement"));
    };
    trail.agreement = Some(Arc::clone(&grant.agreement.id));
    trail.policies = denied.policies.to_vec();
    Err(Refusal::new(Code::AccessDenied).detail(denied.reason.as_str()))
}

fn permitted(asked: &Asked<'_>, grant: &Grant, permit: CallPermit, trail: &mut Trail) -> Decided {
    let agreement = Arc::clone(&grant.agreement);
    trail.agreement = Some(Arc::clone(permit.agreement()));
    trail.policies = permit.policies().to_vec();
    trail.purpose = asked.purpose(&agreement).map(str::to_owned);
    trail.legal_basis = asked.legal_basis(&agreement).map(str::to_owned);
    Decided { agreement, permit }
}

/// A decision that could not be made cleanly is nobody's refusal: a human must look.
fn failed(grant: &Grant, denied: &Denied<CallReason>) -> Refusal {
    tracing::error!(agreement.id = %grant.agreement.id, diagnostics = ?denied.diagnostics, "a policy decision failed");
    Code::PolicyFailed.into()
}

impl<'a> Asked<'a> {
    /// The agreements worth asking about: those that list the purpose and hold now. When there is none, all of them, so
    /// that the refusal has its reason; but never more than a few.
    ///
    /// Leaving one out can only refuse: what is left out is what the policy refuses for the same reason.
    fn candidates<'g>(&self, grants: &'g [Grant]) -> Vec<&'g Grant> {
        const MOST_TO_EXPLAIN: usize = 8;
        let promising = |grant: &&Grant| {
            let agreement = &grant.agreement;
            agreement.validity.holds(self.at)
                && self.purpose(agreement).is_some_and(|purpose| agreement.purposes.iter().any(|own| own == purpose))
                && self.endpoint(grant).is_some()
        };
        let found: Vec<&Grant> = grants.iter().filter(promising).collect();
        if found.is_empty() { grants.iter().take(MOST_TO_EXPLAIN).collect() } else { found }
    }

    fn ask(&self, policies: &CallPolicies, grant: &Grant) -> Result<CallPermit, Denied<CallReason>> {
        let agreement = &grant.agreement;
        let actor = self.officer.map(|officer| ActorFacts {
            agency: &officer.actor.agency,
            auth_level: officer.auth_level,
            account_level: officer.account_level,
        });
        let question = CallQuestion {
            at: self.at.micros(),
            endpoint: self.endpoint(grant),
            purpose: self.purpose(agreement).unwrap_or_default(),
            legal_basis: self.legal_basis(agreement).unwrap_or_default(),
            procedure: self.procedure,
            signed: self.signed,
            actor,
        };
        policies.call(&grant.policy, &question)
    }

    fn endpoint<'g>(&self, grant: &'g Grant) -> Option<&'g str> {
        let fits = |(endpoint, _): &&(crate::registry::Endpoint, Arc<str>)| endpoint.matches(self.method, self.path);
        grant.endpoints.iter().find(fits).map(|(_, name)| &**name)
    }

    /// A caller in X-Road's form cannot state a purpose: where an agreement lets it in, that is its first.
    fn purpose<'s>(&'s self, agreement: &'s Agreement) -> Option<&'s str> {
        match self.form {
            Form::Signed => self.purpose,
            Form::XRoad => agreement.purposes.first().map(String::as_str),
        }
    }

    fn legal_basis<'s>(&'s self, agreement: &'s Agreement) -> Option<&'s str> {
        match self.form {
            Form::Signed => self.legal_basis,
            Form::XRoad => agreement.legal_bases.first().map(String::as_str),
        }
    }
}
