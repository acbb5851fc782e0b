//! Any standard OpenID provider as an upstream of the broker.
//!
//! In comes an [`contract::Attempt`], out goes the address of the provider's login page; in comes the
//! [`contract::Callback`], out goes a [`contract::VerifiedIdentity`]. On the way back, in this order:
//!
//! 1. [`answer`]: is the callback an answer to this attempt, of this issuer (RFC 9207)?
//! 2. [`exchange`]: the code for an `id_token` and an access token (RFC 6749 §4.1.3, RFC 7636).
//! 3. [`keys`]: the provider's keys, through the [`cache`] that bounds how often and how long.
//! 4. [`id_token`]: OIDC Core §3.1.3.7, line by line.
//! 5. [`userinfo`]: more claims, of the same subject only.
//! 6. [`identity`]: claims to identity, by settings.
//!
//! The issuer (expected `iss`, and half of the link key) and the addresses are settings apart: the Ministry's realm
//! states an issuer that is not its public address. Nothing is fetched when a provider is made; discovery and keys
//! are fetched when first needed.
//!
//! `openidconnect` writes the authorization request and reads the discovery document, `oauth2` exchanges the code.
//! The `id_token` is judged here, because `openidconnect` would prove it with a second cryptographic library and
//! leaves `azp`, the age of `iat` and the clock skew to its caller.

mod answer;
mod authorization;
mod cache;
mod exchange;
mod http;
mod id_token;
mod identity;
mod keys;
mod metadata;
mod provider;
mod rejection;
pub mod settings;
mod userinfo;

pub use provider::OidcProvider;
pub use settings::{
    Checks, ClaimMap, ClientAuth, Discovery, Endpoints, LevelRules, Limits, OidcSettings, SettingsError,
};
