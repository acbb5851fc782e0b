//! What we mint, and how we know it again.

pub mod access_token;
pub mod id_token;
pub mod keys;
pub mod mint;
pub mod rotation;

pub use access_token::{AccessToken, Audience, VerifiedAccess};
pub use mint::{Mint, MintError};
