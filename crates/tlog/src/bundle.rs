//! Everything that a third party needs to check one call without us: both entries with their proofs, the signed checkpoint,
//! the log's key, and as much of the evidence as is disclosed.
//!
//! [`Bundle::check`] says whether entries, proofs, checkpoint and digests agree. Whether the message signatures in the
//! evidence hold is for whoever has the means to verify them.

use serde::{Deserialize, Serialize};
use types::TransactionId;

use crate::{
    checkpoint::Checkpoint,
    evidence::SignedPart,
    hash::Hash,
    line::{Kind, Line},
    note::{NoteError, Verifier},
    proof::verify_inclusion,
};

/// The name of the format.
pub const FORMAT: &str = "lienthong-log-bundle-v1";

/// What a record says of a body whose copy is in the evidence.
pub const SEALED_COPY: &str = "sealed";

/// One call, provable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bundle {
    /// [`FORMAT`].
    pub format: String,
    /// The call.
    pub id: String,
    /// The public key that signed the checkpoint, as a vkey. It proves nothing unless it is the one that the auditor knows.
    pub log_key: String,
    /// The signed checkpoint.
    pub checkpoint: String,
    /// The opened record.
    pub opened: ProvenEntry,
    /// The closed record; none when the call's outcome is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed: Option<ProvenEntry>,
    /// The caller's message signature, when it is disclosed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<SignedPart>,
    /// Our signature over the answer, when it is disclosed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply: Option<SignedPart>,
}

/// An entry and the proof that it is in the tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProvenEntry {
    /// Its place in the log.
    pub index: u64,
    /// The entry, to the byte.
    pub entry: String,
    /// The hashes from the leaf's sibling to the child of the root, base64.
    pub proof: Vec<String>,
}

/// Why a bundle is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// It is not JSON of this format, or not in its one form.
    #[error("the file is not a bundle in its one form")]
    Form,
    /// The log's key cannot be read.
    #[error("the log's key cannot be read")]
    Key,
    /// It is of another log than the auditor knows.
    #[error("the checkpoint is signed by another key than the one that was given")]
    OtherLog,
    /// The signature of the checkpoint does not hold.
    #[error("the checkpoint is not signed by the log")]
    Checkpoint(#[source] NoteError),
    /// The signed text is not a checkpoint of this log.
    #[error("the signed text is not a checkpoint of this log")]
    CheckpointText,
    /// A record is not what it must be.
    #[error("the {0} record cannot be read, or is not that of this call")]
    Record(&'static str),
    /// A record is not in the tree of the checkpoint.
    #[error("the {0} record is not in the log")]
    NotInLog(&'static str),
    /// A disclosed signature is not the one in the record.
    #[error("the signature of the {0} is not the one that was recorded")]
    Evidence(&'static str),
}

/// What of a record the evidence is held against.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Side {
    /// `sha-256=:…:` of the body.
    pub digest: Option<String>,
    /// The digest of the signed part.
    pub signed: Option<String>,
    /// What became of the copy of the body, where one was wanted: [`SEALED_COPY`], or why there is none.
    pub copy: Option<String>,
}

/// What a closed record says, as far as a bundle needs it. More may stand in it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ClosedFacts {
    /// `answered` or `refused`.
    pub outcome: String,
    /// HTTP status of the answer.
    pub status: u16,
    /// Why it was refused.
    pub refusal: Option<String>,
    /// Who called.
    pub client: Option<String>,
    /// The caller's own id of the message.
    pub message_id: Option<String>,
    /// The service.
    pub service_asked: Option<String>,
    /// The stated purpose.
    pub purpose: Option<String>,
    /// The officer's code.
    pub officer: Option<String>,
    /// The agreement that permitted it.
    pub agreement: Option<String>,
    /// When it ended, microseconds since the epoch.
    pub at: i64,
    /// The request.
    pub request: Side,
    /// The answer.
    pub reply: Side,
}

/// What a bundle proves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proven {
    /// The call.
    pub id: TransactionId,
    /// The log's state at which it was proven.
    pub checkpoint: Checkpoint,
    /// What the closed record says.
    pub closed: Option<ClosedFacts>,
}

impl Bundle {
    /// The one form of the file.
    #[must_use]
    pub fn encode(&self) -> String {
        // Texts, numbers and lists always become JSON.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`BundleError::Form`], also for a file that means the same in another form: what is not read must not differ.
    pub fn decode(text: &str) -> Result<Self, BundleError> {
        let bundle: Self = serde_json::from_str(text).map_err(|_| BundleError::Form)?;
        let canonical = bundle.format == FORMAT && bundle.encode() == text;
        if canonical { Ok(bundle) } else { Err(BundleError::Form) }
    }

    /// Checks everything but the message signatures themselves. `log` is the key that the auditor knows; without it the
    /// bundle's own is taken, and the bundle proves only that it agrees with itself.
    ///
    /// # Errors
    /// The first thing that does not hold.
    pub fn check(&self, log: Option<&Verifier>) -> Result<Proven, BundleError> {
        let own = Verifier::parse(&self.log_key).map_err(|_| BundleError::Key)?;
        if log.is_some_and(|log| *log != own) {
            return Err(BundleError::OtherLog);
        }
        let text = own.open(&self.checkpoint).map_err(BundleError::Checkpoint)?;
        let alone = self.checkpoint.get(text.len()..).is_some_and(|signatures| signatures.lines().count() == 2);
        let checkpoint = Checkpoint::parse(text).filter(|checkpoint| alone && checkpoint.origin == own.name());
        let checkpoint = checkpoint.ok_or(BundleError::CheckpointText)?;
        let id = TransactionId::parse(&self.id).ok_or(BundleError::Form)?;
        self.opened.check(id, Kind::Opened, &checkpoint)?;
        let closed = self.closed.as_ref().map(|closed| {
            closed.check(id, Kind::Closed, &checkpoint)?;
            let later = closed.index > self.opened.index;
            let facts = serde_json::from_str::<ClosedFacts>(&closed.entry).ok().filter(|_| later);
            facts.ok_or(BundleError::Record(Kind::Closed.as_str()))
        });
        let closed = closed.transpose()?;
        let recorded = |side: fn(&ClosedFacts) -> &Side| closed.as_ref().and_then(|facts| side(facts).signed.clone());
        agree(self.request.as_ref(), recorded(|facts| &facts.request), "request")?;
        agree(self.reply.as_ref(), recorded(|facts| &facts.reply), "reply")?;
        Ok(Proven { id, checkpoint, closed })
    }
}

impl ProvenEntry {
    fn check(&self, id: TransactionId, kind: Kind, checkpoint: &Checkpoint) -> Result<(), BundleError> {
        let name = kind.as_str();
        let line = Line::parse(self.entry.as_bytes()).ok_or(BundleError::Record(name))?;
        if line.index != self.index || line.id != id || line.kind != kind {
            return Err(BundleError::Record(name));
        }
        let proof: Option<Vec<_>> = self.proof.iter().map(Hash::from_base64).collect();
        let proof = proof.ok_or(BundleError::NotInLog(name))?;
        let leaf = Hash::leaf(self.entry.as_bytes());
        verify_inclusion(self.index, checkpoint.size, leaf, &proof, checkpoint.root)
            .map_err(|_| BundleError::NotInLog(name))
    }
}

/// What is disclosed must be what was recorded; what was recorded need not be disclosed.
fn agree(part: Option<&SignedPart>, recorded: Option<String>, what: &'static str) -> Result<(), BundleError> {
    match part {
        Some(part) if Some(part.digest().base64()) != recorded => Err(BundleError::Evidence(what)),
        _ => Ok(()),
    }
}
