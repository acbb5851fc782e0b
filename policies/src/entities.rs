//! From a client registration to the entities that its decisions look at.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    fmt,
    sync::Arc,
};

use cedar_policy::{Entities, Entity, EntityUid, RestrictedExpression, Schema};
use serde::{Deserialize, Serialize};
use types::{AccountLevel, AuthLevel, ClientId, LegalEntity, ProviderId};

use crate::{
    PolicyError,
    decided::Decided,
    request::{self, Names},
};

/// What a registration says about authority: the grant, as data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientFacts {
    /// The client.
    pub client_id: ClientId,
    /// Whether it may do anything at all.
    pub enabled: bool,
    /// Who answers for it.
    pub legal_entity: LegalEntity,
    /// What personal data are wanted for; blank means none was registered.
    pub purpose: String,
    /// The law that allows it; blank means none was registered.
    pub legal_basis: String,
    /// Ids of the providers its users may come from.
    pub providers: BTreeSet<String>,
    /// Names of the claims it may get.
    pub claims: BTreeSet<String>,
    /// Its grant types (RFC 7591 §2).
    pub grant_types: BTreeSet<String>,
    /// The scopes it may get.
    pub scopes: BTreeSet<String>,
    /// The lowest authentication level it accepts.
    pub min_auth_level: AuthLevel,
    /// The lowest account level it accepts; `None` accepts accounts without one.
    pub min_account_level: Option<AccountLevel>,
}

/// A registration that was checked against the schema and is ready to be asked about. Cloning is cheap.
///
/// It belongs to the policy set that prepared it; another set refuses it.
#[derive(Clone)]
pub struct PreparedClient(pub(crate) Arc<Prepared>);

pub(crate) struct Prepared {
    pub(crate) client_id: ClientId,
    pub(crate) version: Arc<str>,
    pub(crate) uid: EntityUid,
    pub(crate) entities: Entities,
    pub(crate) claims: BTreeSet<Arc<str>>,
    pub(crate) scopes: BTreeSet<Arc<str>>,
    pub(crate) decided: Decided,
}

impl PreparedClient {
    /// The client.
    #[must_use]
    pub fn client_id(&self) -> &ClientId {
        &self.0.client_id
    }
}

impl fmt::Debug for PreparedClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PreparedClient").field(&self.0.client_id).finish()
    }
}

/// Builds the slice of one client: itself, its legal entity, its providers.
pub(crate) fn prepare(
    facts: &ClientFacts,
    switched_off: &BTreeSet<ProviderId>,
    names: &Names,
    schema: &Schema,
    version: &Arc<str>,
) -> Result<PreparedClient, PolicyError> {
    let client = &facts.client_id;
    let attribute = |source| PolicyError::Attribute { client: client.clone(), source: Box::new(source) };
    let providers = providers(facts, names)?;
    let uid = request::uid(&names.client, client.as_str());
    let legal_entity = request::uid(&names.legal_entity, facts.legal_entity.as_str());
    let mut entities = vec![
        Entity::new_no_attrs(legal_entity.clone(), HashSet::new()),
        Entity::new(uid.clone(), attributes(facts, providers.values()), HashSet::from([legal_entity]))
            .map_err(attribute)?,
    ];
    for (id, provider) in providers {
        let enabled = RestrictedExpression::new_bool(!switched_off.contains(&id));
        let attributes = HashMap::from([("enabled".to_owned(), enabled)]);
        entities.push(Entity::new(provider, attributes, HashSet::new()).map_err(attribute)?);
    }
    let entities = Entities::from_entities(entities, Some(schema))
        .map_err(|source| PolicyError::Entities { client: client.clone(), source: Box::new(source) })?;
    Ok(PreparedClient(Arc::new(Prepared {
        client_id: client.clone(),
        version: Arc::clone(version),
        uid,
        entities,
        claims: facts.claims.iter().map(|name| name.as_str().into()).collect(),
        scopes: facts.scopes.iter().map(|name| name.as_str().into()).collect(),
        decided: Decided::default(),
    })))
}

fn providers(facts: &ClientFacts, names: &Names) -> Result<BTreeMap<ProviderId, EntityUid>, PolicyError> {
    let parse = |text: &String| {
        let id = ProviderId::parse(text)
            .map_err(|source| PolicyError::Provider { client: facts.client_id.clone(), source })?;
        let uid = request::uid(&names.provider, id.as_str());
        Ok((id, uid))
    };
    facts.providers.iter().map(parse).collect()
}

fn attributes<'a>(
    facts: &ClientFacts,
    providers: impl Iterator<Item = &'a EntityUid>,
) -> HashMap<String, RestrictedExpression> {
    use RestrictedExpression as Value;
    let strings = |set: &BTreeSet<String>| Value::new_set(set.iter().cloned().map(Value::new_string));
    // A purpose of blanks is none.
    let stated = |text: &str| Value::new_string(text.trim().to_owned());
    [
        ("enabled", Value::new_bool(facts.enabled)),
        ("purpose", stated(&facts.purpose)),
        ("legal_basis", stated(&facts.legal_basis)),
        ("providers", Value::new_set(providers.cloned().map(Value::new_entity_uid))),
        ("claims", strings(&facts.claims)),
        ("grant_types", strings(&facts.grant_types)),
        ("scopes", strings(&facts.scopes)),
        ("min_auth_level", Value::new_long(facts.min_auth_level.get().into())),
        ("min_account_level", Value::new_long(request::account_level(facts.min_account_level))),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}
