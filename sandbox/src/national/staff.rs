//! The staff identity provider (tài khoản cán bộ): a plain OpenID provider, for those who work for the province.
//!
//! Code flow with PKCE S256 only, `client_secret_basic`, ES256, `iss` in every answer (RFC 9207). It keeps no session:
//! whoever comes signs in anew, so `auth_time` is always now. Everything lives in memory.
//!
//! `/_operator/behaviour` makes it slow, broken or dishonest; see [`behavior`].

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::{Router, middleware, routing::get, routing::post};
use clock::{Clock, Entropy};
use secrecy::SecretString;
use signing::{Algorithm, KeyError, SigningKey};

pub mod behavior;

mod authorize;
mod id_token;
mod logout;
mod memory;
mod metadata;
mod page;
mod token;
mod userinfo;

pub use id_token::ACR_PASSWORD;

use behavior::Behavior;
use memory::Memory;

/// A relying party that is registered here: the broker.
#[derive(Clone, Debug)]
pub struct StaffClient {
    /// `client_id`.
    pub id: String,
    /// `client_secret`.
    pub secret: SecretString,
    /// Where answers may go, compared exactly.
    pub redirect_uris: Vec<String>,
    /// Where people may go after signing out, compared exactly.
    pub post_logout_redirect_uris: Vec<String>,
}

/// What the stand-in needs.
pub struct StaffConfig {
    issuer: String,
    clients: Vec<StaffClient>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    key: Arc<SigningKey>,
}

impl StaffConfig {
    /// A provider at `issuer` (no trailing slash), with a signing key made now.
    pub fn new(
        issuer: &str,
        clients: Vec<StaffClient>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, KeyError> {
        Ok(Self { issuer: issuer.to_owned(), clients, clock, entropy, key: new_key()? })
    }
}

fn new_key() -> Result<Arc<SigningKey>, KeyError> {
    let der = SigningKey::generate(Algorithm::ES256)?;
    SigningKey::from_pkcs8(Algorithm::ES256, &der).map(Arc::new)
}

/// The running provider.
struct Staff {
    issuer: String,
    clients: Vec<StaffClient>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    key: Mutex<Arc<SigningKey>>,
    behavior: Mutex<Behavior>,
    memory: Memory,
}

type Shared = Arc<Staff>;

impl Staff {
    fn client(&self, id: &str) -> Option<&StaffClient> {
        self.clients.iter().find(|client| client.id == id)
    }

    fn key(&self) -> Arc<SigningKey> {
        Arc::clone(&locked(&self.key))
    }

    fn behavior(&self) -> Behavior {
        locked(&self.behavior).clone()
    }

    /// 256 random bits in base64url.
    fn random(&self) -> Option<String> {
        let mut bytes = [0; 32];
        self.entropy.fill(&mut bytes).ok()?;
        Some(base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, bytes))
    }
}

fn locked<T>(value: &Mutex<T>) -> MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The provider's addresses.
pub fn router(config: StaffConfig) -> Router {
    let StaffConfig { issuer, clients, clock, entropy, key } = config;
    let staff = Arc::new(Staff {
        issuer,
        clients,
        clock,
        entropy,
        key: Mutex::new(key),
        behavior: Mutex::new(Behavior::default()),
        memory: Memory::default(),
    });
    Router::new()
        .route("/.well-known/openid-configuration", get(metadata::discovery))
        .route("/jwks", get(metadata::jwks))
        .route("/authorize", get(authorize::get).post(authorize::post))
        .route("/token", post(token::post))
        .route("/userinfo", get(userinfo::get).post(userinfo::get))
        .route("/logout", get(logout::get))
        // The layer wraps what is above it: the operator and the style sheet are never delayed or broken.
        .route_layer(middleware::from_fn_with_state(Arc::clone(&staff), behavior::misbehave))
        .route("/", get(page::front))
        .route("/trang.css", get(page::style))
        .route("/_operator/behaviour", get(behavior::get).post(behavior::post).delete(behavior::delete))
        .with_state(staff)
}
