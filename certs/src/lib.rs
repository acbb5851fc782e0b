//! Who are we, whom do we trust, who is this: certificates, their authorities and their revocation.
//!
//! In goes PEM (and DER for revocation lists); out come an [`Identity`] (our chain and key), a [`Trust`] (anchors and
//! revocation lists with an age limit), rustls configurations made of both ([`tls`]), and, for every peer, a
//! [`PeerCertificate`]. [`Live`] keeps all of it fresh: it reads the files again every few seconds, builds the whole and
//! swaps it, or keeps what it has and says why.
//!
//! A handshake is not the last word: rustls does not look again at a resumed session, and a connection may outlive its
//! certificate. [`Trust::still_good`] is therefore asked for every request; it costs a comparison until the trust changes.

#[cfg(feature = "throwaway")]
pub mod authority;
mod error;
mod faults;
mod identity;
mod lists;
mod peer;
mod pem;
mod reload;
mod revocation;
pub mod tls;
mod trust;
mod verifier;

pub use error::{CertificateError, Distrust};
pub use faults::Part;
pub use identity::Identity;
pub use peer::PeerCertificate;
pub use reload::{Files, Live, Present, Reloaded, Status};
pub use revocation::{ListFile, Revocation, RevocationList};
pub use trust::Trust;
