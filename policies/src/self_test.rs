//! Asks every kind of question once at start, so that a schema which this program cannot ask fails there and
//! not at the first login. What is answered does not matter, that there is an answer does. Each kind has one form: which
//! attributes are in its context, and of which types, is always the same.

use std::collections::BTreeSet;

use types::{AuthLevel, ClientId, LegalEntity, ProviderId};

use crate::{ClientFacts, Policies, PolicyError, Reason, ReleaseQuestion, SignInQuestion};

const PROBE: &str = "self-test";

/// Runs the questions.
pub(crate) fn run(policies: &Policies) -> Result<(), PolicyError> {
    let client = policies.prepare(&facts()?)?;
    let question = SignInQuestion {
        provider: &ProviderId::parse(PROBE).map_err(PolicyError::Probe)?,
        auth_level: AuthLevel::UNKNOWN,
        account_level: None,
        required_level: AuthLevel::UNKNOWN,
    };
    let release = ReleaseQuestion { claims: &[PROBE] };
    let questions = [
        ("sign_in", policies.asked_sign_in(&client, &question), policies.sign_in(&client, &question).err()),
        ("release_claims", policies.asked_release(&client, &release), policies.release(&client, &release).err()),
        ("issue_to_client", policies.asked_issue(&client, &[PROBE]), policies.issue_to_client(&client, &[PROBE]).err()),
    ];
    for (action, asked, denied) in questions {
        let misfit = policies.check(asked).err();
        if let Some(denied) = misfit.or(denied).filter(|denied| denied.reason == Reason::PolicyError) {
            return Err(PolicyError::SelfTest { action, diagnostics: denied.diagnostics });
        }
    }
    Ok(())
}

fn facts() -> Result<ClientFacts, PolicyError> {
    let one = BTreeSet::from([PROBE.to_owned()]);
    Ok(ClientFacts {
        client_id: ClientId::parse(PROBE).map_err(PolicyError::Probe)?,
        enabled: true,
        legal_entity: LegalEntity::parse(PROBE).map_err(PolicyError::Probe)?,
        purpose: PROBE.to_owned(),
        legal_basis: PROBE.to_owned(),
        providers: one.clone(),
        claims: one.clone(),
        grant_types: one.clone(),
        scopes: one,
        min_auth_level: AuthLevel::UNKNOWN,
        min_account_level: None,
    })
}
