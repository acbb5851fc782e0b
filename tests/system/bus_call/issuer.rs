//! An issuer of officers' tokens that signs whatever a test wants.

use std::time::Duration;

use axum::{Json, Router, routing::get};
use clock::{Clock, SystemClock};
use sandbox::{
    people::{AGENCY_OF_DUNG, OFFICER_DUNG},
    province::settings_file::BUS_AUDIENCE,
};
use serde_json::{Value, json};
use signing::{Algorithm, SigningKey, jws};

/// The issuer.
pub struct Issuer {
    /// Its name and address.
    pub name: String,
    key: SigningKey,
}

impl Issuer {
    /// Begins to publish a new key.
    pub async fn start() -> Self {
        let key = new_key();
        let keys = json!({ "keys": [key.public_jwk()] });
        let router = Router::new().route("/jwks", get(move || async move { Json(keys) }));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let name = format!("http://{}", listener.local_addr().expect("an address"));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { name, key }
    }

    /// A token of the officer of the stories, with claims changed: a null takes one away.
    pub fn token(&self, changed: &Value) -> String {
        self.signed("at+jwt", &self.key, changed)
    }

    /// The same, under another `typ`.
    pub fn token_of_type(&self, typ: &str) -> String {
        self.signed(typ, &self.key, &json!({}))
    }

    /// The same, signed by a key that the issuer does not publish.
    pub fn forged(&self) -> String {
        self.signed("at+jwt", &new_key(), &json!({}))
    }

    fn signed(&self, typ: &str, key: &SigningKey, changed: &Value) -> String {
        let now = SystemClock.now();
        let mut claims = json!({
            "iss": self.name,
            "sub": "somebody",
            "aud": [self.name, BUS_AUDIENCE],
            "client_id": "mot-cua",
            "iat": now.seconds(),
            "exp": now.plus(Duration::from_secs(300)).seconds(),
            "jti": "token-of-the-test",
            "scope": "openid lgsp",
            "auth_time": now.seconds(),
            "acr": "1",
            "vn_agency": AGENCY_OF_DUNG,
            "vn_officer": OFFICER_DUNG,
            "vn_account_level": 2,
        });
        let members = claims.as_object_mut().expect("an object");
        for (name, value) in changed.as_object().expect("an object") {
            if value.is_null() {
                members.remove(name)
            } else {
                members.insert(name.clone(), value.clone())
            };
        }
        jws::sign(key, typ, &claims).expect("a token")
    }
}

fn new_key() -> SigningKey {
    let der = SigningKey::generate(Algorithm::ES256).expect("a key");
    SigningKey::from_pkcs8(Algorithm::ES256, &der).expect("a key")
}
