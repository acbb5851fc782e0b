//! Checks a bundle of the message log offline: what the gateway recorded of one call is in the log it signed, the department
//! signed the request, and the gateway signed the answer to it.
//!
//! It shares nothing with the gateway but the formats ([`tlog`]) and the check of a signature ([`signing`]).

mod base;
mod body;
mod report;
#[cfg(test)]
mod tests;

pub use body::Body;
pub use report::describe;

use base64::{Engine, engine::general_purpose::STANDARD};
use signing::{content_digest::Stated, http_signature::VerifyingKey};
use tlog::{
    Bundle, Hash, SignedPart, Verifier,
    bundle::{BundleError, ClosedFacts, Proven},
    evidence::{SEALED, may_be_personal},
};

use base::Base;

/// Why a bundle is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Entries, proofs, checkpoint and digests do not agree.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// A public key cannot be read, or is registered for another algorithm.
    #[error("the key of the {0} cannot be used with the algorithm that was recorded")]
    Key(&'static str),
    /// A message signature does not hold.
    #[error("the signature of the {0} does not hold")]
    Signature(&'static str),
    /// A signature covers something else than what was recorded.
    #[error("the signature of the {whose} does not cover the recorded {what}")]
    Covers {
        /// `request` or `reply`.
        whose: &'static str,
        /// What of it.
        what: &'static str,
    },
}

const DIGEST: Refused = Refused::Covers { whose: "request", what: "digest" };

/// Everything that a bundle proves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// What the log says.
    pub proven: Proven,
    /// Whether the log's key was given by whoever checks, and not taken from the bundle.
    pub known_log: bool,
    /// The department's signature holds: its key id and the SHA-256 of its key.
    pub request: Option<SignedBy>,
    /// How the body that came stands to the one that the department signed; `None` when the request is not disclosed.
    pub body: Option<Body>,
    /// The gateway's signature holds.
    pub reply: Option<SignedBy>,
    /// Whose signatures the record names and the bundle does not hold, `request` and `reply`: nothing is proven of them.
    pub undisclosed: Vec<&'static str>,
}

/// Who signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedBy {
    /// The key id.
    pub key_id: String,
    /// The RFC 7638 thumbprint of the key, to be compared with the one that the member or the gateway publishes.
    pub thumbprint: String,
}

/// Checks the text of a bundle. `log` is the log's key as the auditor knows it.
///
/// # Errors
/// The first thing that does not hold.
pub fn check(text: &str, log: Option<&Verifier>) -> Result<Verified, Refused> {
    let bundle = Bundle::decode(text)?;
    let proven = bundle.check(log)?;
    let facts = proven.closed.as_ref();
    let request = bundle.request.as_ref().map(|part| signed(part, "request")).transpose()?;
    let reply = bundle.reply.as_ref().map(|part| signed(part, "reply")).transpose()?;
    let sides = facts.map(|facts| [("request", &facts.request, &request), ("reply", &facts.reply, &reply)]);
    let undisclosed = sides.into_iter().flatten().filter(|(_, side, found)| side.signed.is_some() && found.is_none());
    let undisclosed = undisclosed.map(|(whose, ..)| whose).collect();
    let mut body = None;
    if let (Some(part), Some(facts)) = (&bundle.request, facts) {
        let base = Base::of(&part.base);
        body = Some(Body::of(stated(&base).as_ref(), facts).ok_or(DIGEST)?);
        if !base.item("\"lgsp-id\"").is_some_and(|id| is_recorded(id, facts.message_id.as_deref())) {
            return Err(Refused::Covers { whose: "request", what: "message id" });
        }
    }
    if let (Some(part), Some(facts)) = (&bundle.reply, facts) {
        let base = Base::of(&part.base);
        covers_reply(&base, facts)?;
        if base.item("\"@status\"") != Some(facts.status.to_string().as_str()) {
            return Err(Refused::Covers { whose: "reply", what: "status" });
        }
        if let Some(request) = &bundle.request
            && base.item("\"signature\";req;key=\"lgsp\"") != Some(format!(":{}:", request.signature).as_str())
        {
            return Err(Refused::Covers { whose: "reply", what: "signature of the request" });
        }
    }
    Ok(Verified { proven, known_log: log.is_some(), request, body, reply, undisclosed })
}

/// A text of the caller is recorded as it is; when it is long, as its digest; and not at all when it may name a person: then it
/// is in what was signed, whose digest is recorded.
fn is_recorded(text: &str, recorded: Option<&str>) -> bool {
    let Some(recorded) = recorded else { return false };
    let digest = format!("sha-256=:{}:", Hash::of(text.as_bytes()));
    recorded == text || recorded == digest || (recorded == SEALED && may_be_personal(text))
}

fn signed(part: &SignedPart, whose: &'static str) -> Result<SignedBy, Refused> {
    let key = STANDARD.decode(&part.public_key).ok().and_then(|der| VerifyingKey::from_spki_der(&der).ok());
    let key = key.filter(|key| key.algorithm().name() == part.algorithm).ok_or(Refused::Key(whose))?;
    let signature = STANDARD.decode(&part.signature).map_err(|_| Refused::Signature(whose))?;
    if !key.verify(part.base.as_bytes(), &signature) {
        return Err(Refused::Signature(whose));
    }
    Ok(SignedBy { key_id: part.key_id.clone(), thumbprint: key.thumbprint().to_string() })
}

/// The digests that a message states of its body.
fn stated(base: &Base<'_>) -> Option<Stated> {
    base.item("\"content-digest\"").and_then(|value| Stated::parse(value).ok())
}

/// Of an answer exactly what was recorded is signed.
fn covers_reply(base: &Base<'_>, facts: &ClosedFacts) -> Result<(), Refused> {
    let recorded = facts.reply.digest.as_deref().and_then(|digest| Stated::parse(digest).ok());
    if recorded.is_some() && recorded == stated(base) {
        Ok(())
    } else {
        Err(Refused::Covers { whose: "reply", what: "digest" })
    }
}
