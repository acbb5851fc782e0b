//! The VNeID stand-in: dialect A, from the provider's side.
//!
//! In the order of a login: `authorize` shows the form and sends the browser back with an encrypted code, `token` trades
//! it, `userinfo` tells about the person; `logout` is a page. `behaviour` is what an operator may change:
//!
//! ```text
//! POST /_operator/behaviour   {"delay_ms": 500, "delay_at": ["token"],
//!                              "fail": {"at": "userinfo", "status": 503},
//!                              "lie": {"at": "token", "how": "garbage"},
//!                              "cipher": "aes-cbc", "encrypt": true, "rotate_keys": false}
//! GET  /_operator/behaviour   what is in force
//! DELETE /_operator/behaviour back to good behaviour
//! ```

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    Router,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use clock::{Clock, Entropy};
use secrecy::SecretString;
use url::Url;

mod authorize;
mod behaviour;
mod envelope;
mod key;
mod logout;
mod pages;
mod parameters;
mod pending;
mod token;
mod userinfo;

pub use behaviour::{Behaviour, Cipher, Endpoint, Failure, Lie, LieHow};
pub use key::{KeyError, RelyingPartyKey};

use pending::Pending;

/// What the stand-in is made from.
pub struct VneidStandIn {
    /// Who may send people here.
    pub clients: Vec<RegisteredClient>,
    /// The clock by which codes and tokens expire.
    pub clock: Arc<dyn Clock>,
    /// Where codes, tokens and keys come from.
    pub entropy: Arc<dyn Entropy>,
    /// How long a code lives: seconds.
    pub code_lifetime: Duration,
}

impl VneidStandIn {
    /// How long a code lives unless a test wants otherwise.
    pub const CODE_LIFETIME: Duration = Duration::from_secs(30);
}

/// A relying party as it was registered by contract.
pub struct RegisteredClient {
    /// Its `client_id`.
    pub client_id: String,
    /// Its `client_secret`.
    pub client_secret: SecretString,
    /// What people are told it is, Vietnamese.
    pub name: String,
    /// Where the browser may be sent back to; compared as text, exactly.
    pub redirect_uris: Vec<Url>,
    /// Its RSA public key (RFC 5280 SubjectPublicKeyInfo, DER), as [`RelyingPartyKey::public_der`] gives it.
    pub public_key: Vec<u8>,
}

struct Shared {
    config: VneidStandIn,
    behaviour: Mutex<Behaviour>,
    pending: Pending,
}

impl Shared {
    fn behaviour(&self) -> Behaviour {
        self.behaviour.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn behave(&self, behaviour: Behaviour) {
        *self.behaviour.lock().unwrap_or_else(PoisonError::into_inner) = behaviour;
    }

    fn client(&self, client_id: &str) -> Option<&RegisteredClient> {
        self.config.clients.iter().find(|client| client.client_id == client_id)
    }
}

/// The whole stand-in, to be served at the root of its own address.
pub fn router(config: VneidStandIn) -> Router {
    let shared = Arc::new(Shared { config, behaviour: Mutex::default(), pending: Pending::default() });
    Router::new()
        .route("/", get(pages::start))
        .route("/style.css", get(style))
        .route("/authorize", get(authorize::get).post(authorize::post))
        .route("/token", post(token::post))
        .route("/userinfo", get(userinfo::get))
        .route("/logout", get(logout::get))
        .route("/_operator/behaviour", get(behaviour::get).post(behaviour::post).delete(behaviour::delete))
        .with_state(shared)
}

async fn style() -> Response {
    let css = include_str!("../../templates/vneid/style.css");
    ([(header::CONTENT_TYPE, HeaderValue::from_static("text/css; charset=utf-8"))], css).into_response()
}
