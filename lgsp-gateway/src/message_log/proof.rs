//! A bundle for one call, that `lgsp-verify` checks without us.

use signing::Sealer;
use tlog::{
    Bundle, Checkpoint, Verifier,
    bundle::{FORMAT, ProvenEntry},
    proof::inclusion,
};
use types::TransactionId;

use super::{
    evidence::unseal,
    find::{Found, FoundEntry, find},
    tiles::{TreeError, proof},
};
use crate::storage::{MessageLogStore, StoreError};

/// Why there is no bundle.
#[derive(Debug, thiserror::Error)]
pub enum ProveError {
    /// The log has no record of such a call.
    #[error("the log has no record of this call")]
    Unknown,
    /// No checkpoint covers its records yet.
    #[error("no checkpoint covers the records of this call yet; one is signed every second while the gateway runs")]
    NotYet,
    /// The newest checkpoint is not signed by the log's key.
    #[error("the newest checkpoint is not signed by the log's key")]
    Checkpoint,
    /// The evidence is missing, or does not open with the key.
    #[error("the evidence of this call is missing, or does not open with this key")]
    Evidence,
    /// The tree cannot be read.
    #[error(transparent)]
    Tree(#[from] TreeError),
}

impl From<StoreError> for ProveError {
    fn from(error: StoreError) -> Self {
        Self::Tree(error.into())
    }
}

/// What the log's key and the key of the evidence are.
#[derive(Clone, Copy)]
pub struct Keys<'a> {
    /// Verifies checkpoints.
    pub log: &'a Verifier,
    /// Opens evidence; without it a bundle discloses none.
    pub evidence: Option<&'a Sealer>,
}

/// Makes the bundle of a call.
///
/// # Errors
/// See [`ProveError`].
pub async fn prove(store: &dyn MessageLogStore, keys: Keys<'_>, id: TransactionId) -> Result<Bundle, ProveError> {
    let Found { opened, closed } = find(store, id).await?;
    let opened = opened.ok_or(ProveError::Unknown)?;
    let (_, note) = store.checkpoint().await?.ok_or(ProveError::NotYet)?;
    let text = keys.log.open(&note).map_err(|_| ProveError::Checkpoint)?;
    let checkpoint = Checkpoint::parse(text).ok_or(ProveError::Checkpoint)?;
    let mut bundle = Bundle {
        format: FORMAT.to_owned(),
        id: id.to_string(),
        log_key: keys.log.to_string(),
        opened: proven(store, &checkpoint, &opened).await?,
        closed: None,
        request: None,
        reply: None,
        checkpoint: note,
    };
    if let Some(closed) = closed {
        bundle.closed = Some(proven(store, &checkpoint, &closed).await?);
        if let (Some(sealer), true) = (keys.evidence, has_evidence(&closed)) {
            let sealed = closed.sealed.ok_or(ProveError::Evidence)?;
            let evidence = unseal(sealer, id, &sealed).ok_or(ProveError::Evidence)?;
            (bundle.request, bundle.reply) = (evidence.request, evidence.reply);
        }
    }
    Ok(bundle)
}

fn has_evidence(entry: &FoundEntry) -> bool {
    tlog::Line::parse(&entry.entry).is_some_and(|line| line.evidence.is_some())
}

async fn proven(
    store: &dyn MessageLogStore,
    checkpoint: &Checkpoint,
    found: &FoundEntry,
) -> Result<ProvenEntry, ProveError> {
    let (index, size) = (found.index, checkpoint.size);
    if index >= size {
        return Err(ProveError::NotYet);
    }
    let hashes = proof(store, size, move |nodes| inclusion(nodes, index, size)).await?;
    let entry = String::from_utf8(found.entry.clone()).map_err(|_| StoreError::Unreadable { table: "log_batch" })?;
    Ok(ProvenEntry { index, entry, proof: hashes.iter().map(tlog::Hash::base64).collect() })
}
