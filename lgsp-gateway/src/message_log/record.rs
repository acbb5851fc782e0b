//! What is kept of a call, and what is not.
//!
//! In the clear stand ids, digests, codes, the decision and its grounds, versions and times: enough to account for a call,
//! nothing of what it was about. Neither bodies nor paths nor queries are kept, and of persons only the officer's code.
//! Signature bases, signatures, what a caller says that may be personal ([`super::texts`]) and, where the agreement says so,
//! bodies are sealed apart ([`tlog::evidence`]).

use std::borrow::Cow;

use base64::{Engine, engine::general_purpose::STANDARD};
use clock::{Entropy, Timestamp};
use http::{Method, StatusCode};
use serde::{Deserialize, Serialize, Serializer};
use signing::{Sealer, SealingError};
use tlog::{
    Hash, Kind,
    evidence::{self, Member, part_digest},
};

use super::texts::{self, Text, Texts};
use crate::{
    call::{Head, METHODS},
    refusal::Code,
    trail::{BodyCopy, MessageSignature, Trail},
};

/// Why a record cannot be made.
#[derive(Debug, thiserror::Error)]
pub(super) enum RecordError {
    /// It does not become JSON.
    #[error("the record cannot be written down")]
    Json(#[from] serde_json::Error),
    /// Its evidence cannot be sealed.
    #[error("the evidence cannot be sealed")]
    Seal(#[from] SealingError),
}

/// A record as it is written: without the head, which only the writer knows.
pub(super) struct Record {
    pub(super) body: Vec<u8>,
    pub(super) evidence: Option<Vec<u8>>,
}

/// A method by its name, when it is one that calls may have: what a caller invents could name a person.
fn method(method: &Method) -> &'static str {
    METHODS.iter().find(|known| *known == method).map_or("(other)", |known| known.as_str())
}

// INVARIANT: `kind`, `id` and `evidence` come first, in this order; see `tlog::line`.
#[derive(Serialize)]
struct OpenedRecord<'a> {
    kind: &'static str,
    id: String,
    /// When the call's head had been read, microseconds since the epoch.
    at: i64,
    form: &'static str,
    method: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    client: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_id: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce_until: Option<u64>,
    certificate: &'a str,
    registry: &'a str,
}

/// One side of a call, by digests.
#[derive(Serialize)]
struct Side<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_id: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    algorithm: Option<&'static str>,
    /// The digest of the signed part of the evidence ([`part_digest`]).
    #[serde(skip_serializing_if = "Option::is_none")]
    signed: Option<Hashed>,
    /// What became of the copy of the body; only where the agreement wants one.
    #[serde(skip_serializing_if = "Option::is_none")]
    copy: Option<&'static str>,
}

struct Hashed(Hash);

impl Serialize for Hashed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

// INVARIANT: as for `OpenedRecord`.
#[derive(Serialize)]
struct ClosedRecord<'a> {
    kind: &'static str,
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence: Option<Hashed>,
    /// When the answer was ready, microseconds since the epoch, and how long that took.
    at: i64,
    took_us: u64,
    outcome: &'static str,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    refusal: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_id: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    service_asked: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    service_found: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    endpoint: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    purpose: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    legal_basis: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    procedure: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    issue: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    officer: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    officer_agency: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    officer_level: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    agreement: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    policies: &'a [std::sync::Arc<str>],
    #[serde(skip_serializing_if = "Option::is_none")]
    policy_version: Option<&'a str>,
    registry: &'a str,
    request: Side<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider_digest: Option<&'a str>,
    reply: Side<'a>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    withheld: &'a [String],
    #[serde(skip_serializing_if = "is_zero")]
    withheld_more: usize,
    attempts: u8,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// The opened record of a call.
pub(super) fn opened(head: &Head, trail: &Trail) -> Result<Vec<u8>, RecordError> {
    body(&OpenedRecord {
        kind: Kind::Opened.as_str(),
        id: head.id.to_string(),
        at: head.received.micros(),
        form: head.form.as_str(),
        method: method(&head.method),
        client: trail.client.as_ref().map(types::SubsystemId::as_str),
        message_id: texts::message_id(head, trail),
        nonce: trail.nonce.map(|(key, _)| STANDARD.encode(key)),
        nonce_until: trail.nonce.map(|(_, until)| until),
        certificate: &head.certificate,
        registry: &head.registry.version,
    })
}

/// What the record says of an answer.
#[derive(Clone, Copy)]
pub(super) struct Answer<'a> {
    pub(super) status: StatusCode,
    /// `sha-256=:…:` of the body.
    pub(super) digest: &'a str,
    pub(super) refusal: Option<Code>,
    pub(super) signature: Option<&'a MessageSignature>,
}

/// What the closed record of a call is made of.
pub(super) struct Closing<'a> {
    pub(super) head: &'a Head,
    pub(super) trail: &'a Trail,
    pub(super) answer: Answer<'a>,
    pub(super) now: Timestamp,
}

impl Closing<'_> {
    /// The record and its sealed evidence.
    pub(super) fn record(&self, sealer: &Sealer, entropy: &dyn Entropy) -> Result<Record, RecordError> {
        let texts = Texts::of(self.head, self.trail);
        let evidence = self.sealed(&texts, sealer, entropy)?;
        let body = body(&self.closed(&texts, evidence.as_deref().map(Hash::of)))?;
        Ok(Record { body, evidence })
    }

    fn closed<'r>(&'r self, texts: &Texts<'r>, evidence: Option<Hash>) -> ClosedRecord<'r> {
        let Self { head, trail, answer, now } = self;
        let refusal = answer.refusal;
        ClosedRecord {
            kind: Kind::Closed.as_str(),
            id: head.id.to_string(),
            evidence: evidence.map(Hashed),
            at: now.micros(),
            took_us: u64::try_from(now.since(head.received).as_micros()).unwrap_or(u64::MAX),
            outcome: if refusal.is_some() { "refused" } else { "answered" },
            status: answer.status.as_u16(),
            refusal: refusal.map(Code::name),
            origin: refusal.map(|code| code.origin().as_str()),
            client: trail.client.as_ref().map(types::SubsystemId::as_str),
            message_id: texts.message_id,
            service_asked: texts.service_asked,
            service_found: trail
                .service_found
                .as_ref()
                .filter(|found| Some(*found) != trail.service_asked.as_ref())
                .map(types::ServiceId::as_str),
            endpoint: trail.endpoint.as_deref(),
            purpose: texts.purpose,
            legal_basis: texts.legal_basis,
            procedure: texts.procedure,
            issue: texts.issue,
            officer: trail.officer.as_deref().map(Text::open),
            officer_agency: trail.officer_agency.as_deref().map(Text::open),
            officer_level: trail.officer_level,
            agreement: trail.agreement.as_deref(),
            policies: &trail.policies,
            policy_version: trail.policy_version.as_deref(),
            registry: &head.registry.version,
            request: side(
                trail.request_digest.as_deref(),
                trail.request_signature.as_ref(),
                trail.request_copy.as_ref(),
            ),
            provider_digest: trail.provider_digest.as_deref(),
            reply: side(Some(answer.digest), answer.signature, trail.reply_copy.as_ref()),
            withheld: trail.withheld.names(),
            withheld_more: trail.withheld.more(),
            attempts: trail.attempts,
        }
    }

    /// The evidence, sealed so that it opens only as that of this call; `None` when there is none.
    fn sealed(
        &self,
        texts: &Texts<'_>,
        sealer: &Sealer,
        entropy: &dyn Entropy,
    ) -> Result<Option<Vec<u8>>, RecordError> {
        let mut plain = Vec::with_capacity(4096);
        let parts = [(Member::Request, self.trail.request_signature.as_ref()), (Member::Reply, self.answer.signature)];
        for (member, signature) in parts {
            if let Some(signature) = signature {
                evidence::push(&mut plain, member, members(signature).map(str::as_bytes));
            }
        }
        let copies = [(Member::RequestCopy, &self.trail.request_copy), (Member::ReplyCopy, &self.trail.reply_copy)];
        for (member, copy) in copies {
            if let Some(BodyCopy::Whole(copy)) = copy {
                evidence::push(&mut plain, member, [copy.as_ref()]);
            }
        }
        if let Some(texts) = texts.sealed()? {
            evidence::push(&mut plain, Member::Texts, [texts.as_slice()]);
        }
        if plain.is_empty() {
            return Ok(None);
        }
        Ok(Some(sealer.seal(entropy, &super::evidence::purpose(self.head.id), &plain)?))
    }
}

fn members(signature: &MessageSignature) -> [&str; 5] {
    [&signature.key_id, signature.algorithm, &signature.public_key, &signature.base, &signature.signature]
}

fn side<'a>(digest: Option<&'a str>, signature: Option<&'a MessageSignature>, copy: Option<&BodyCopy>) -> Side<'a> {
    Side {
        digest,
        key_id: signature.map(|signature| Text::open(&signature.key_id)),
        algorithm: signature.map(|signature| signature.algorithm),
        signed: signature.map(|signature| Hashed(part_digest(members(signature)))),
        copy: copy.map(BodyCopy::as_str),
    }
}

/// The members of a record, without the brace that opens it: the writer puts the head in its place.
fn body(record: &impl Serialize) -> Result<Vec<u8>, RecordError> {
    let mut json = Vec::with_capacity(1024);
    serde_json::to_writer(&mut json, record)?;
    json.remove(0);
    Ok(json)
}

/// The nonce of an opened record, and until when it must be remembered, milliseconds since the epoch.
pub(super) fn nonce(entry: &[u8]) -> Option<([u8; 32], u64)> {
    #[derive(Deserialize)]
    struct Remembered<'a> {
        #[serde(borrow)]
        nonce: Cow<'a, str>,
        nonce_until: u64,
    }
    let Remembered { nonce, nonce_until } = serde_json::from_slice(entry).ok()?;
    Some((*Hash::from_base64(nonce.as_bytes())?.as_bytes(), nonce_until))
}
