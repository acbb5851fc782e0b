//! Who calls and who is called, and by which keys they are known.

use std::sync::Arc;

use signing::http_signature::VerifyingKey;
use types::{AgencyCode, MemberId, SubsystemId};

use super::Validity;

/// A member of the bus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its id.
    pub id: MemberId,
    /// Its name, for people.
    pub name: String,
    /// The agency it is.
    pub agency: AgencyCode,
    /// When it takes part; never longer than its agency exists.
    pub validity: Validity,
}

/// A subsystem of a member.
#[derive(Clone, Debug)]
pub struct Subsystem {
    /// Its id.
    pub id: SubsystemId,
    /// Its name, for people.
    pub name: String,
    /// When it takes part; never longer than its member.
    pub validity: Validity,
    /// The agency of its member.
    pub agency: AgencyCode,
    /// The keys of its client certificates: SHA-256 of the SubjectPublicKeyInfo, lower-case hex, each with its validity.
    pub certificate_keys: Vec<(Arc<str>, Validity)>,
    /// The keys of its message signatures.
    pub keys: Vec<MemberKey>,
}

/// A key that a subsystem signs messages with. The algorithm belongs to the key, never to a message.
#[derive(Clone, Debug)]
pub struct MemberKey {
    /// The names by which messages may call it (`keyid`): the registered one, and the RFC 7638 thumbprint.
    pub ids: Vec<Arc<str>>,
    /// The public key, parsed once.
    pub key: Arc<VerifyingKey>,
    /// When it may be used.
    pub validity: Validity,
}
