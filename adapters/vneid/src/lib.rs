//! VNeID directly (dialect A): an OAuth 2.0 code flow without OpenID Connect, whose code, token and userinfo come
//! encrypted.
//!
//! In: the raw query of a callback. Out: one [`contract::VerifiedIdentity`]. The order in between:
//! [`response`](self) reads the callback, `envelope` opens the code, `exchange` trades it and fetches the person,
//! `person` checks what came. There is no `id_token`, no `nonce` and no PKCE here; that the answer belongs to the
//! attempt rests on `state` alone, which the broker binds to the browser and spends once.
//!
//! What cannot be decrypted is refused, never taken as it is.

mod birth_date;
mod envelope;
mod exchange;
mod http;
mod padding;
mod pem;
mod person;
mod provider;
mod response;
pub mod settings;

pub use provider::VneidProvider;
pub use settings::{BirthDateFormat, Cipher, ClaimNames, Encryption, SettingsError, UserId, VneidSettings};
