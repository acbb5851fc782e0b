//! Clients as use cases hold them: read from the store, keys and policy facts prepared, kept for at most a second.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use moka::future::Cache;
use policies::{ClientFacts, Policies};
use serde_json::Value;
use signing::VerifyingKey;
use types::{ClientId, ProviderId};

use super::client::{Client, Credentials};
use crate::storage::{ClientStore, StoreError};

/// A client with what its registration was prepared into.
#[derive(Debug)]
pub struct PreparedClient {
    /// The registration.
    pub client: Client,
    /// Its public keys, parsed.
    pub keys: Vec<VerifyingKey>,
    /// Its slice of the policy data.
    pub policy: policies::PreparedClient,
}

/// Shared handle to a prepared client.
pub type ClientHandle = Arc<PreparedClient>;

/// Why a registration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PrepareError {
    /// A key of its JWK set is not one we accept.
    #[error("a public key of the client is not usable")]
    Key,
    /// Its policy facts do not fit the schema.
    #[error("the client's registration does not fit the policy schema")]
    Policy(#[source] policies::PolicyError),
}

/// Parses keys and policy facts of a registration. Providers that are switched off permit nothing.
pub fn prepare(
    client: Client,
    policies: &Policies,
    switched_off: &BTreeSet<ProviderId>,
) -> Result<PreparedClient, PrepareError> {
    let keys = match &client.credentials {
        Credentials::PrivateKeyJwt { jwks } => jwks
            .get("keys")
            .and_then(Value::as_array)
            .filter(|keys| !keys.is_empty())
            .ok_or(PrepareError::Key)?
            .iter()
            .map(|jwk| VerifyingKey::from_jwk(jwk).map_err(|_| PrepareError::Key))
            .collect::<Result<_, _>>()?,
        Credentials::LegacySecret { .. } | Credentials::Public => Vec::new(),
    };
    let policy = policies.prepare_without(&facts(&client), switched_off).map_err(PrepareError::Policy)?;
    Ok(PreparedClient { client, keys, policy })
}

fn facts(client: &Client) -> ClientFacts {
    ClientFacts {
        client_id: client.client_id.clone(),
        enabled: client.enabled,
        legal_entity: client.legal_entity.code.clone(),
        purpose: client.purpose.vi.clone(),
        legal_basis: client.legal_basis.clone(),
        providers: client.providers.iter().map(ToString::to_string).collect(),
        claims: client.claims.clone(),
        grant_types: client.grant_types.iter().map(|grant| grant.name().to_owned()).collect::<BTreeSet<_>>(),
        scopes: client.scopes.clone(),
        min_auth_level: client.min_auth_level,
        min_account_level: client.min_account_level,
    }
}

/// How long a registration may be older than the store: the second within which disabling takes effect.
const FRESH_FOR: Duration = Duration::from_millis(900);

/// Finds clients.
#[derive(Clone)]
pub struct ClientRegistry {
    store: Arc<dyn ClientStore>,
    policies: Arc<Policies>,
    switched_off: Arc<BTreeSet<ProviderId>>,
    recent: Cache<ClientId, Option<ClientHandle>>,
}

impl ClientRegistry {
    /// A registry over the store.
    #[must_use]
    pub fn new(store: Arc<dyn ClientStore>, policies: Arc<Policies>, switched_off: BTreeSet<ProviderId>) -> Self {
        let recent = Cache::builder().max_capacity(2_000).time_to_live(FRESH_FOR).build();
        Self { store, policies, switched_off: Arc::new(switched_off), recent }
    }

    /// The client if it is registered, enabled or not. A registration that cannot be prepared counts as absent, with one
    /// log line.
    pub async fn find(&self, id: &ClientId) -> Result<Option<ClientHandle>, StoreError> {
        if let Some(known) = self.recent.get(id).await {
            return Ok(known);
        }
        let found = self.store.get(id).await?;
        let prepared = found.and_then(|client| match prepare(client, &self.policies, &self.switched_off) {
            Ok(prepared) => Some(Arc::new(prepared)),
            Err(error) => {
                tracing::error!(client.id = %id, refusal.code = "client.unusable", %error);
                None
            }
        });
        self.recent.insert(id.clone(), prepared.clone()).await;
        Ok(prepared)
    }
}
