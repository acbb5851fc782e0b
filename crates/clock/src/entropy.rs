//! Where unguessable bytes come from.

use aws_lc_rs::rand::{SecureRandom, SystemRandom};

/// A source of unguessable bytes.
pub trait Entropy: Send + Sync {
    /// Fills the whole buffer, or fails without having filled it reliably.
    fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyError>;
}

/// No random bytes could be had; whatever needed them must be refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntropyError;

impl std::fmt::Display for EntropyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the system's random generator gave no bytes")
    }
}

impl std::error::Error for EntropyError {}

/// The operating system's generator, through the one cryptographic provider.
#[derive(Debug, Default)]
pub struct SystemEntropy(SystemRandom);

impl SystemEntropy {
    /// Makes the source.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the one room that opens the system's generator")]
    pub fn new() -> Self {
        Self(SystemRandom::new())
    }
}

impl Entropy for SystemEntropy {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyError> {
        self.0.fill(buffer).map_err(|_| EntropyError)
    }
}
