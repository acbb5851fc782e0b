//! Checks a bundle of the message log offline: what the gateway recorded of one call is in the log it signed, the department
//! signed the request, and the gateway signed the answer to it.
//!
//! It shares nothing with the gateway but the formats ([`tlog`]) and the check of a signature ([`signing`]).

mod base;
mod report;
#[cfg(test)]
mod tests;

pub use report::describe;

use base64::{Engine, engine::general_purpose::STANDARD};
use signing::http_signature::VerifyingKey;
use tlog::{
    Bundle, Hash, SignedPart, Verifier,
    bundle::{BundleError, Proven, Side},
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

/// Everything that a bundle proves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// What the log says.
    pub proven: Proven,
    /// Whether the log's key was given by whoever checks, and not taken from the bundle.
    pub known_log: bool,
    /// The department's signature holds: its key id and the SHA-256 of its key.
    pub request: Option<SignedBy>,
    /// The gateway's signature holds.
    pub reply: Option<SignedBy>,
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
    if let (Some(part), Some(facts)) = (&bundle.request, facts) {
        let base = Base::of(&part.base);
        covers_digest(&base, &facts.request, "request")?;
        if !base.item("\"lgsp-id\"").is_some_and(|id| is_recorded(id, facts.message_id.as_deref())) {
            return Err(Refused::Covers { whose: "request", what: "message id" });
        }
    }
    if let (Some(part), Some(facts)) = (&bundle.reply, facts) {
        let base = Base::of(&part.base);
        covers_digest(&base, &facts.reply, "reply")?;
        if base.item("\"@status\"") != Some(facts.status.to_string().as_str()) {
            return Err(Refused::Covers { whose: "reply", what: "status" });
        }
        if let Some(request) = &bundle.request
            && base.item("\"signature\";req;key=\"lgsp\"") != Some(format!(":{}:", request.signature).as_str())
        {
            return Err(Refused::Covers { whose: "reply", what: "signature of the request" });
        }
    }
    Ok(Verified { proven, known_log: log.is_some(), request, reply })
}

/// A text of the caller is recorded as it is, or, when it is long, as its digest.
fn is_recorded(text: &str, recorded: Option<&str>) -> bool {
    let digest = format!("sha-256=:{}:", Hash::of(text.as_bytes()));
    recorded.is_some_and(|recorded| recorded == text || recorded == digest)
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

/// The signed digest is the recorded one. A request may carry several digests; the recorded one, SHA-256, need not be among
/// them, and then it was compared with the body by the gateway alone.
fn covers_digest(base: &Base<'_>, side: &Side, whose: &'static str) -> Result<(), Refused> {
    let refused = Refused::Covers { whose, what: "digest" };
    let (Some(stated), Some(recorded)) = (base.item("\"content-digest\""), side.digest.as_deref()) else {
        return Err(refused);
    };
    let same = stated.split(", ").any(|digest| digest == recorded);
    if same || !stated.contains("sha-256=") { Ok(()) } else { Err(refused) }
}
