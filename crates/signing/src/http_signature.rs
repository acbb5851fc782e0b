//! HTTP Message Signatures (RFC 9421) with the keys of members.

/// A member's public key with the one algorithm it is registered for.
#[derive(Debug)]
pub struct VerifyingKey {}
