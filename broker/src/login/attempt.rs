//! A login attempt between two requests: single use, bound to the browser by a cookie of its own and to the provider.

use clock::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use signing::Digest;
use types::ProviderId;

use crate::{
    authorization::accepted::AcceptedRequest,
    ids::{Reference, SessionId, bearer_value},
    storage::{LoginRecord, StoreError},
};

/// An attempt as it waits in the store.
#[derive(Clone, Serialize, Deserialize)]
pub struct Attempt {
    /// The number on pages and in the log.
    pub reference: Reference,
    /// Which cookie binds it.
    pub browser: Binding,
    /// What was asked.
    pub request: AcceptedRequest,
    /// How far it has come.
    pub stage: Stage,
    /// How often the person chose a provider.
    pub choices: u8,
    /// When it dies.
    pub expires_at: Timestamp,
    /// The trace that `/authorize` began.
    pub traceparent: Option<String>,
}

/// How far an attempt has come. Each stage waits under a key of its own, and each way on makes the next stage.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "stage", rename_all = "snake_case")]
pub enum Stage {
    /// The person chooses a provider, and may come back to choose again a few times.
    Choosing,
    /// The browser is at the provider; the key comes from `state`. Taken out exactly once.
    SentUpstream {
        /// Where it went.
        provider: ProviderId,
        /// What the adapter needs on the way back.
        upstream: contract::Attempt,
    },
    /// The person reads the information page. Taken out exactly once.
    Approving {
        /// The session that must still be the browser's.
        session: SessionId,
        /// The fingerprint of what the page showed; absent in what an older release wrote.
        #[serde(default)]
        shown: Option<String>,
    },
}

impl Stage {
    /// Whether the page that the person decides on showed what this is the fingerprint of.
    #[must_use]
    pub fn showed(&self, fingerprint: &Digest) -> bool {
        matches!(self, Self::Approving { shown: Some(shown), .. } if *shown == fingerprint.base64url())
    }
}

/// The cookie that binds an attempt to one browser. Every attempt has its own, so tabs do not disturb each other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binding {
    /// The distinguishing part of the cookie's name.
    pub name: String,
    /// SHA-256 of its value, base64url.
    pub proof: String,
}

/// A binding whose cookie value is at hand: just made, or brought by the browser and proven.
#[derive(Clone)]
pub struct ProvenBinding {
    /// What is kept.
    pub binding: Binding,
    /// What the browser has, or is about to get.
    pub value: SecretString,
}

impl ProvenBinding {
    /// The store key of an attempt that waits for the person: only the browser that holds the cookie can name it, and no
    /// page or address carries it.
    #[must_use]
    pub fn key(&self, waits_for: Waits) -> Digest {
        let purpose = match waits_for {
            Waits::Choice => "choose",
            Waits::Approval => "approve",
        };
        Digest::of(format!("{purpose}\n{}", self.value.expose_secret()))
    }
}

/// What an attempt that stays here waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waits {
    /// The choice of a provider.
    Choice,
    /// The decision on the information page.
    Approval,
}

impl Binding {
    /// Makes a binding with a value of 256 random bits.
    pub fn make(entropy: &dyn clock::Entropy) -> Result<ProvenBinding, clock::entropy::EntropyError> {
        let value = bearer_value(entropy)?;
        let proof = Digest::of(value.expose_secret()).base64url();
        let name = Self::name_of(&proof);
        Ok(ProvenBinding { binding: Self { name, proof }, value })
    }

    /// The binding of which the browser brought a cookie with this name and value; `None` when they do not belong
    /// together.
    #[must_use]
    pub fn brought(name: &str, value: SecretString) -> Option<ProvenBinding> {
        let proof = Digest::of(value.expose_secret()).base64url();
        let binding = Self { name: Self::name_of(&proof), proof };
        (binding.name == name).then_some(ProvenBinding { binding, value })
    }

    /// This binding if the browser's cookie value is the one.
    #[must_use]
    pub fn prove(&self, value: SecretString) -> Option<ProvenBinding> {
        let proof = Digest::from_base64url(&self.proof)?;
        let proven = Digest::of(value.expose_secret()).matches(&proof);
        proven.then(|| ProvenBinding { binding: self.clone(), value })
    }

    fn name_of(proof: &str) -> String {
        proof.get(..16).unwrap_or_default().replace(['-', '_'], "x")
    }
}

impl Attempt {
    /// The bytes for the store.
    pub fn to_record(&self) -> Result<LoginRecord, StoreError> {
        let unreadable = |_| StoreError::Unreadable { table: "login", column: "record" };
        serde_json::to_vec(self).map(LoginRecord).map_err(unreadable)
    }

    /// Reads the bytes of the store.
    pub fn from_record(record: &LoginRecord) -> Result<Self, StoreError> {
        serde_json::from_slice(&record.0).map_err(|_| StoreError::Unreadable { table: "login", column: "record" })
    }

    /// The same attempt one stage further.
    #[must_use]
    pub fn at(self, stage: Stage) -> Self {
        Self { stage, ..self }
    }
}
