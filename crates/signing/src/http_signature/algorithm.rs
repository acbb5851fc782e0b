//! The algorithms of the HTTP signature registry that a key may be registered for; every other name is unknown and refused.

use std::fmt;

/// An HTTP signature algorithm (RFC 9421 §6.2.2). It belongs to a key, never to a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// Edwards-curve signatures on curve25519 (RFC 9421 §3.3.6): the one to choose.
    Ed25519,
    /// ECDSA on P-256 with SHA-256, its signature as `r || s` in 64 bytes (RFC 9421 §3.3.4).
    EcdsaP256Sha256,
    /// RSASSA-PSS with SHA-512 (RFC 9421 §3.3.1). Verified for members with RSA tokens; we never sign with it.
    RsaPssSha512,
}

impl Algorithm {
    /// Every algorithm that is known here. `rsa-v1_5-sha256` and `hmac-sha256` are left out on purpose.
    pub const ALL: [Self; 3] = [Self::Ed25519, Self::EcdsaP256Sha256, Self::RsaPssSha512];

    /// The name in the registry and in the parameter `alg`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ed25519 => "ed25519",
            Self::EcdsaP256Sha256 => "ecdsa-p256-sha256",
            Self::RsaPssSha512 => "rsa-pss-sha512",
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
