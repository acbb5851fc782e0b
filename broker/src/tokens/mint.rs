//! Makes tokens and knows its own again.

use std::{sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use clock::{Clock, Entropy, Timestamp, entropy::EntropyError};
use contract::AccountType;
use moka::sync::Cache;
use serde::Deserialize;
use serde_json::{Map, Value};
use signing::{Algorithm, Digest, JwsError, KeyRing, Sealer, jws};
use types::{AuthLevel, ClientId, Subject};

use super::{
    access_token::{AccessToken, Audience, TYP, VerifiedAccess},
    id_token::{IdToken, LIFETIME_SECONDS, at_hash},
};
use crate::{
    claims::subject,
    clients::Client,
    grant::{Grant, officer::Worth},
    ids::TokenId,
    people::{person::PersonRecord, post::Post},
};

/// Why a token cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum MintError {
    /// No key signs with this algorithm.
    #[error("no key signs with {0}")]
    NoKey(Algorithm),
    /// The key could not sign.
    #[error("the token could not be signed")]
    Sign(#[from] JwsError),
    /// No random bytes.
    #[error("no random bytes")]
    Entropy(#[from] EntropyError),
}

/// A signed token with what the audit needs of it.
pub struct Minted {
    /// The compact JWS.
    pub value: String,
    /// Its id.
    pub id: TokenId,
    /// Seconds it lives (RFC 6749 §5.1 `expires_in`).
    pub expires_in: u64,
    /// The key that signed.
    pub kid: String,
}

/// How many of our own access tokens we know by hash without proving the signature again.
const REMEMBERED: u64 = 10_000;

/// The mint of this issuer.
pub struct Mint {
    issuer: Arc<str>,
    /// What the bus calls itself, where there is one.
    bus: Option<Arc<str>>,
    keys: ArcSwap<InForce>,
    sealer: Arc<Sealer>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

/// The keys in force, and the tokens that were proven by exactly these: what a key proved counts no longer than the key.
struct InForce {
    ring: Arc<KeyRing>,
    proven: Cache<Digest, Arc<VerifiedAccess>>,
}

impl InForce {
    fn new(ring: KeyRing) -> Self {
        let proven = Cache::builder().max_capacity(REMEMBERED).time_to_live(Duration::from_secs(600)).build();
        Self { ring: Arc::new(ring), proven }
    }
}

/// What of an ID token we look at when it comes back as a hint.
#[derive(Deserialize)]
struct HintClaims {
    iss: String,
    sub: Subject,
    aud: ClientId,
    #[serde(default)]
    sid: Option<String>,
}

/// An ID token of ours that came back as `id_token_hint`; it may have expired (OIDC RP-Initiated Logout §2).
#[derive(Clone, Debug)]
pub struct Hint {
    /// Whom it speaks of.
    pub subject: Subject,
    /// For whom it was made.
    pub client: ClientId,
    /// In which session.
    pub session: Option<String>,
}

impl Mint {
    /// A mint with these keys.
    #[must_use]
    pub fn new(
        issuer: Arc<str>,
        bus: Option<Arc<str>>,
        ring: KeyRing,
        sealer: Arc<Sealer>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self { issuer, bus, keys: ArcSwap::from_pointee(InForce::new(ring)), sealer, clock, entropy }
    }

    /// Whether there is a bus to make tokens for.
    #[must_use]
    pub fn has_bus(&self) -> bool {
        self.bus.is_some()
    }

    /// The keys in force.
    #[must_use]
    pub fn ring(&self) -> Arc<KeyRing> {
        Arc::clone(&self.keys.load().ring)
    }

    /// Puts other keys in force.
    pub fn replace_keys(&self, ring: KeyRing) {
        self.keys.store(Arc::new(InForce::new(ring)));
    }

    /// The `sub` of the grant's person at this client.
    #[must_use]
    pub fn subject(&self, client: &Client, grant: &Grant) -> Subject {
        subject::pairwise(&self.sealer, &client.legal_entity.code, grant.person)
    }

    /// An access token of a grant. Only one with a post is for the bus too, and names it.
    pub fn access_token(&self, client: &Client, worth: &Worth<'_>) -> Result<Minted, MintError> {
        let now = self.clock.now();
        let grant = &worth.grant;
        let bare = self.bare(client, now, String::new())?;
        let bare = match (worth.acting(), &self.bus) {
            (Some(post), Some(bus)) => AccessToken {
                aud: Audience::Several(vec![self.issuer.to_string(), bus.to_string()]),
                vn_agency: Some(post.agency.clone()),
                vn_officer: Some(post.officer.clone()),
                vn_account_level: grant.account_level.filter(|_| grant.claims.contains("vn_account_level")),
                ..bare
            },
            _ => bare,
        };
        let scope = join(grant.scope.iter().map(String::as_str));
        self.access(AccessToken {
            sub: self.subject(client, grant),
            gid: Some(grant.id),
            auth_time: Some(grant.auth_time.seconds()),
            acr: Some(grant.auth_level.acr()),
            // No token outlives its grant.
            exp: now.plus(client.access_token_lifetime()).min(grant.expires_at).seconds(),
            scope,
            ..bare
        })
    }

    /// An access token of a client acting alone; its subject is the client (RFC 9068 §2.2).
    pub fn client_token(&self, client: &Client, scopes: &[&str]) -> Result<Minted, MintError> {
        let now = self.clock.now();
        self.access(self.bare(client, now, join(scopes.iter().copied()))?)
    }

    fn bare(&self, client: &Client, now: Timestamp, scope: String) -> Result<AccessToken, MintError> {
        Ok(AccessToken {
            iss: self.issuer.to_string(),
            sub: Subject::new(client.client_id.as_str()),
            aud: Audience::One(self.issuer.to_string()),
            client_id: client.client_id.clone(),
            iat: now.seconds(),
            exp: now.plus(client.access_token_lifetime()).seconds(),
            jti: TokenId::random(&*self.entropy)?,
            scope,
            gid: None,
            auth_time: None,
            acr: None,
            vn_agency: None,
            vn_officer: None,
            vn_account_level: None,
        })
    }

    fn access(&self, token: AccessToken) -> Result<Minted, MintError> {
        let keys = self.keys.load();
        let key = keys.ring.signing(Algorithm::ES256).ok_or(MintError::NoKey(Algorithm::ES256))?;
        let value = jws::sign(key, TYP, &token)?;
        let expires_in = u64::try_from(token.exp.saturating_sub(token.iat)).unwrap_or(0);
        let minted = Minted { id: token.jti, expires_in, kid: key.kid().to_owned(), value };
        let verified = VerifiedAccess { expires_at: Timestamp::from_seconds(token.exp), token };
        keys.proven.insert(Digest::of(&minted.value), Arc::new(verified));
        Ok(minted)
    }

    /// An ID token of a grant, for the access token it comes with.
    pub fn id_token(
        &self,
        client: &Client,
        grant: &Grant,
        access_token: &str,
        claims: Map<String, Value>,
    ) -> Result<String, MintError> {
        let now = self.clock.now().seconds();
        let keys = self.keys.load();
        let algorithm = client.id_token_signed_response_alg;
        let key = keys.ring.signing(algorithm).ok_or(MintError::NoKey(algorithm))?;
        let token = IdToken {
            iss: &self.issuer,
            sub: &self.subject(client, grant),
            aud: &client.client_id,
            exp: now.saturating_add(LIFETIME_SECONDS),
            iat: now,
            auth_time: grant.auth_time.seconds(),
            nonce: grant.nonce.as_deref(),
            acr: AuthLevel::acr(grant.auth_level),
            at_hash: at_hash(access_token),
            sid: subject::session_id(&self.sealer, &client.client_id, grant.session),
            claims,
        };
        Ok(jws::sign(key, "JWT", &token)?)
    }

    /// The claims of one of our access tokens, if it is one and has not expired. A token proven before is known by its
    /// hash.
    #[must_use]
    pub fn verify_access(&self, value: &str) -> Option<Arc<VerifiedAccess>> {
        let hash = Digest::of(value);
        let keys = self.keys.load();
        let verified = match keys.proven.get(&hash) {
            Some(known) => known,
            None => {
                let proven = Arc::new(self.prove(&keys.ring, value)?);
                keys.proven.insert(hash, Arc::clone(&proven));
                proven
            }
        };
        (self.clock.now() < verified.expires_at).then_some(verified)
    }

    fn prove(&self, ring: &KeyRing, value: &str) -> Option<VerifiedAccess> {
        let header = jws::unverified_header(value).ok()?;
        if header.typ.as_deref() != Some(TYP) {
            return None;
        }
        let token: AccessToken = ring.verifying(header.kid.as_deref()?)?.verify(value).ok()?;
        let ours = *token.iss == *self.issuer && token.aud.names(&self.issuer);
        ours.then(|| VerifiedAccess { expires_at: Timestamp::from_seconds(token.exp), token })
    }

    /// Reads one of our ID tokens that came back as a hint. `None` for anything we did not sign.
    #[must_use]
    pub fn read_hint(&self, value: &str) -> Option<Hint> {
        let header = jws::unverified_header(value).ok()?;
        if header.typ.as_deref() != Some("JWT") {
            return None;
        }
        let keys = self.keys.load();
        let claims: HintClaims = keys.ring.verifying(header.kid.as_deref()?)?.verify(value).ok()?;
        let ours = *claims.iss == *self.issuer;
        ours.then_some(Hint { subject: claims.sub, client: claims.aud, session: claims.sid })
    }

    /// Values of the named claims for this grant.
    #[must_use]
    pub fn claim_values<'a>(
        names: impl IntoIterator<Item = &'a str>,
        record: &PersonRecord,
        grant: &Grant,
        post: Option<&Post>,
    ) -> Map<String, Value> {
        let account_type: AccountType = grant.account_type;
        crate::claims::release::values(names, record, grant.account_level, account_type, post)
    }
}

fn join<'a>(parts: impl Iterator<Item = &'a str>) -> String {
    let mut joined = String::new();
    for part in parts {
        if !joined.is_empty() {
            joined.push(' ');
        }
        joined.push_str(part);
    }
    joined
}
