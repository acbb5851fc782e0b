//! Asks once at start, with an officer and without, so that a schema which this program cannot ask fails there and not at
//! the first call. These are all the forms that a question has: which attributes are in its context, and of which types,
//! depends on nothing else.

use std::{collections::BTreeSet, sync::Arc};

use types::{AgencyCode, AuthLevel, ServiceId, SubsystemId};

use super::{ActorFacts, AgreementFacts, CallPolicies, CallQuestion, CallReason, HoursFacts, OfficerFacts};
use crate::PolicyError;

const PROBE: &str = "TEST";

/// Runs the questions.
pub(super) fn run(policies: &CallPolicies) -> Result<(), PolicyError> {
    let agency = AgencyCode::parse(PROBE).map_err(|_| PolicyError::CallProbe)?;
    let agreement = policies.prepare(&facts(&agency)?)?;
    let officer = ActorFacts { agency: &agency, auth_level: AuthLevel::UNKNOWN, account_level: None };
    for actor in [None, Some(officer)] {
        let question = CallQuestion {
            at: 0,
            endpoint: Some(PROBE),
            purpose: PROBE,
            legal_basis: PROBE,
            procedure: Some(PROBE),
            signed: true,
            actor,
        };
        let answer = policies.check(&agreement, &question).and_then(|()| policies.call(&agreement, &question));
        let failed = answer.err().filter(|no| no.reason == CallReason::PolicyError);
        if let Some(denied) = failed {
            return Err(PolicyError::SelfTest { action: "call_service", diagnostics: denied.diagnostics });
        }
    }
    Ok(())
}

fn facts(agency: &AgencyCode) -> Result<AgreementFacts, PolicyError> {
    let one = BTreeSet::from([PROBE.to_owned()]);
    Ok(AgreementFacts {
        id: PROBE.into(),
        client: SubsystemId::parse("TEST/TEST/TEST/client").map_err(|_| PolicyError::CallProbe)?,
        service: ServiceId::parse("TEST/TEST/TEST/provider/service").map_err(|_| PolicyError::CallProbe)?,
        valid_from: 0,
        valid_to: Some(1),
        endpoints: one.clone(),
        purposes: one.clone(),
        legal_bases: one.clone(),
        procedures: one,
        signature_required: true,
        officer: Some(OfficerFacts { min_auth_level: AuthLevel::UNKNOWN, min_account_level: None }),
        officer_agencies: BTreeSet::from([agency.clone()]),
        hours: Some(HoursFacts { from: 0, to: 24 * 60, days: [true; 7] }),
        fields: Some(Arc::new([])),
    })
}
