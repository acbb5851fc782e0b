//! From an agreement to the entities that its decisions look at.

use std::{
    collections::{HashMap, HashSet},
    fmt,
    sync::{Arc, OnceLock},
};

use cedar_policy::{Entities, Entity, EntityUid, RestrictedExpression as Value, Schema};
use types::SubsystemId;

use super::{
    decided::Decided,
    facts::{AgreementFacts, HoursFacts},
    question::{CallQuestion, Names},
    reason::CallReason,
};
use crate::{
    Denied, PolicyError,
    request::{account_level, uid},
};

/// An agreement that was checked against the schema and is ready to be asked about. Cloning is cheap.
///
/// It belongs to the policy set that prepared it; another set refuses it.
#[derive(Clone)]
pub struct PreparedAgreement(pub(super) Arc<Prepared>);

pub(crate) struct Prepared {
    pub(super) id: Arc<str>,
    pub(super) version: Arc<str>,
    pub(super) client: EntityUid,
    pub(super) service: EntityUid,
    pub(super) agreement: EntityUid,
    /// Made when it is first asked about: most agreements rest most of the time, and their entities take ten times what they
    /// are made of.
    entities: OnceLock<Entities>,
    pub(super) fields: Option<Arc<[Arc<str>]>>,
    pub(super) decided: Decided,
    facts: AgreementFacts,
}

impl PreparedAgreement {
    /// Id of the agreement.
    #[must_use]
    pub fn id(&self) -> &Arc<str> {
        &self.0.id
    }
}

impl fmt::Debug for PreparedAgreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PreparedAgreement").field(&self.0.id).finish()
    }
}

impl Prepared {
    /// The slice of its decisions.
    ///
    /// # Errors
    /// As [`prepare`], which made the same once before and had none.
    pub(super) fn entities(&self, names: &Names, schema: &Schema) -> Result<&Entities, PolicyError> {
        match self.entities.get() {
            Some(entities) => Ok(entities),
            None => {
                let made = slice(&self.facts, names, schema)?;
                Ok(self.entities.get_or_init(|| made))
            }
        }
    }

    /// What the agreement itself lists, asked once more after the engine said yes, and to the microsecond.
    pub(super) fn lists(&self, question: &CallQuestion<'_>) -> Result<(), Denied<CallReason>> {
        let facts = &self.facts;
        let refuse = |reason| Err(Denied { reason, policies: Arc::new([]), diagnostics: Vec::new() });
        let in_force = facts.valid_from <= question.at && facts.valid_to.is_none_or(|to| question.at < to);
        if !in_force {
            return refuse(CallReason::AgreementNotInForce);
        }
        if !question.endpoint.is_some_and(|endpoint| facts.endpoints.contains(endpoint)) {
            return refuse(CallReason::EndpointNotAgreed);
        }
        if facts.signature_required && !question.signed {
            return refuse(CallReason::SignatureMissing);
        }
        if !facts.purposes.contains(question.purpose) {
            return refuse(CallReason::PurposeNotAgreed);
        }
        if !facts.legal_bases.contains(question.legal_basis) {
            return refuse(CallReason::LegalBasisNotAgreed);
        }
        if facts.officer.is_some() && question.actor.is_none() {
            return refuse(CallReason::OfficerMissing);
        }
        Ok(())
    }
}

/// Checks the slice of one agreement against the schema.
pub(super) fn prepare(
    facts: &AgreementFacts,
    names: &Names,
    schema: &Schema,
    version: &Arc<str>,
) -> Result<PreparedAgreement, PolicyError> {
    let _checked = slice(facts, names, schema)?;
    Ok(PreparedAgreement(Arc::new(Prepared {
        id: Arc::clone(&facts.id),
        version: Arc::clone(version),
        client: uid(&names.subsystem, facts.client.as_str()),
        service: uid(&names.service, facts.service.as_str()),
        agreement: uid(&names.agreement, &facts.id),
        entities: OnceLock::new(),
        fields: facts.fields.clone(),
        decided: Decided::default(),
        facts: facts.clone(),
    })))
}

/// The slice of one agreement: itself, its consumer and its service, each with what it lies in.
fn slice(facts: &AgreementFacts, names: &Names, schema: &Schema) -> Result<Entities, PolicyError> {
    let id = Arc::clone(&facts.id);
    let attribute = |source| PolicyError::AgreementAttribute { agreement: Arc::clone(&id), source: Box::new(source) };
    let provider = facts.service.provider().ok_or_else(|| PolicyError::Provided { agreement: Arc::clone(&id) })?;
    let client = uid(&names.subsystem, facts.client.as_str());
    let service = uid(&names.service, facts.service.as_str());
    let agreement = uid(&names.agreement, &facts.id);
    let mut entities: HashMap<EntityUid, Entity> = HashMap::new();
    for subsystem in [&facts.client, &provider] {
        let (this, member) = subsystem_and_member(names, subsystem);
        entities.insert(member.clone(), Entity::new_no_attrs(member.clone(), HashSet::new()));
        entities.insert(this.clone(), Entity::new_no_attrs(this, HashSet::from([member])));
    }
    let provider = uid(&names.subsystem, provider.as_str());
    entities.insert(service.clone(), Entity::new_no_attrs(service.clone(), HashSet::from([provider])));
    let grant = Entity::new(agreement.clone(), attributes(facts, &client, &service), HashSet::new());
    entities.insert(agreement.clone(), grant.map_err(attribute)?);
    Entities::from_entities(entities.into_values(), Some(schema))
        .map_err(|source| PolicyError::AgreementEntities { agreement: id, source: Box::new(source) })
}

fn subsystem_and_member(names: &Names, id: &SubsystemId) -> (EntityUid, EntityUid) {
    (uid(&names.subsystem, id.as_str()), uid(&names.member, id.member().as_str()))
}

fn attributes(facts: &AgreementFacts, client: &EntityUid, service: &EntityUid) -> HashMap<String, Value> {
    let texts = |list: &mut dyn Iterator<Item = &str>| {
        Value::new_set(list.map(|text| Value::new_string(text.to_owned())).collect::<Vec<_>>())
    };
    let always = HoursFacts { from: 0, to: 24 * 60, days: [true; 7] };
    let HoursFacts { from, to, days } = facts.hours.unwrap_or(always);
    let days = (1..).zip(days).filter(|(_, holds)| *holds).map(|(day, _)| Value::new_long(day));
    let levels = facts.officer.map(|officer| (officer.min_auth_level.get(), officer.min_account_level));
    let (auth, account) = levels.unwrap_or_default();
    [
        ("client", Value::new_entity_uid(client.clone())),
        ("service", Value::new_entity_uid(service.clone())),
        ("valid_from", Value::new_long(facts.valid_from)),
        ("valid_to", Value::new_long(facts.valid_to.unwrap_or(i64::MAX))),
        ("endpoints", texts(&mut facts.endpoints.iter().map(String::as_str))),
        ("purposes", texts(&mut facts.purposes.iter().map(String::as_str))),
        ("legal_bases", texts(&mut facts.legal_bases.iter().map(String::as_str))),
        ("procedures", texts(&mut facts.procedures.iter().map(String::as_str))),
        ("signature_required", Value::new_bool(facts.signature_required)),
        ("officer_required", Value::new_bool(facts.officer.is_some())),
        ("officer_agencies", texts(&mut facts.officer_agencies.iter().map(types::AgencyCode::as_str))),
        ("min_auth_level", Value::new_long(auth.into())),
        ("min_account_level", Value::new_long(account_level(account))),
        ("from_minute", Value::new_long(from.into())),
        ("to_minute", Value::new_long(to.into())),
        ("days", Value::new_set(days)),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}
