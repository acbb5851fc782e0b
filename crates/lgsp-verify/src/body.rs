//! Is the body that came the one that the department signed? A call may be refused before that is known, or because it is not.

use signing::content_digest::Stated;
use tlog::bundle::ClosedFacts;

/// How the body that came stands to the signed digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// It has the signed digest. The recorded one is SHA-256; where the department signed SHA-512 alone, the gateway alone
    /// compared it.
    Signed,
    /// It has another, and the call was refused for that (`digest-mismatch`).
    Other,
    /// The call was refused before the body had come whole: nothing is recorded of it.
    Unread,
}

impl Body {
    /// What the record says of it; `None` when that cannot be, whatever the gateway did. An answered call has the signed body;
    /// a refused one may have none, and another one only when it was refused for that.
    pub(crate) fn of(stated: Option<&Stated>, facts: &ClosedFacts) -> Option<Self> {
        let refused = facts.outcome == "refused";
        let mismatch = refused && facts.refusal.as_deref() == Some("digest-mismatch");
        let Some(recorded) = &facts.request.digest else { return refused.then_some(Self::Unread) };
        let recorded = Stated::parse(recorded).ok()?;
        let stated = stated?;
        let same = stated.sha256().is_none_or(|digest| Some(digest) == recorded.sha256());
        match (mismatch, same) {
            (false, true) => Some(Self::Signed),
            // Only a second digest, of which nothing is recorded, can then have been another.
            (true, true) => stated.sha512().map(|_| Self::Other),
            (true, false) => Some(Self::Other),
            (false, false) => None,
        }
    }
}
