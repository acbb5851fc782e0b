//! From a TLS connection to a call, and from a recorded reply to bytes.

/// The stage of a call whose head was read and whose peer has a certificate that chains to a configured anchor.
#[derive(Debug)]
pub struct Accepted(());
