//! From permit to tokens.

pub mod authorization_code;
pub mod client_credentials;
pub mod code;
pub mod error;
pub mod exchange;
pub mod inspect;
pub mod officer;
pub mod pending;
pub mod refresh_token;
pub mod userinfo;

pub use error::GrantError;
pub use exchange::{Exchange, TokenRequest, TokenResponse};
pub use pending::{Grant, PendingGrant};
