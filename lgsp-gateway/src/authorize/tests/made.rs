//! A broker that signs real tokens and publishes its keys.

use std::{
    sync::{
        Arc, LazyLock, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use clock::{Clock, Timestamp, fixed::FixedClock};
use serde_json::{Value, json};
use signing::{Algorithm, SigningKey, jws};

use crate::{
    authorize::{KeySource, KeysError, Officers, OfficersSettings},
    registry::tested::monday,
};

pub(super) const ISSUER: &str = "https://dangnhap.test";
pub(super) const AUDIENCE: &str = "https://lgsp.test";

pub(super) fn key(algorithm: Algorithm) -> SigningKey {
    SigningKey::from_pkcs8(algorithm, &SigningKey::generate(algorithm).unwrap()).unwrap()
}

static KEY: LazyLock<SigningKey> = LazyLock::new(|| key(Algorithm::ES256));

pub(super) struct Broker {
    clock: Arc<FixedClock>,
    source: Arc<Published>,
}

pub(super) struct Published {
    answer: Mutex<Result<Value, KeysError>>,
    pub(super) asked: AtomicU32,
}

#[async_trait]
impl KeySource for Published {
    async fn fetch(&self) -> Result<Value, KeysError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.answer.lock().unwrap().clone()
    }
}

impl Broker {
    pub(super) fn new() -> Self {
        Self::at(monday())
    }

    pub(super) fn at(now: Timestamp) -> Self {
        let answer = Mutex::new(Ok(json!({ "keys": [KEY.public_jwk()] })));
        let source = Arc::new(Published { answer, asked: AtomicU32::new(0) });
        Self { clock: Arc::new(FixedClock::at(now)), source }
    }

    pub(super) fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.clock) as Arc<dyn Clock>
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(super) fn pass(&self, time: Duration) {
        self.clock.advance(time);
    }

    pub(super) fn publish(&self, answer: Result<Value, KeysError>) {
        *self.source.answer.lock().unwrap() = answer;
    }

    pub(super) fn asked(&self) -> u32 {
        self.source.asked.load(Ordering::SeqCst)
    }

    pub(super) fn officers(&self) -> Officers {
        let settings = settings("https://dangnhap.test/jwks");
        Officers::with_source(&settings, Arc::clone(&self.source) as Arc<dyn KeySource>, self.clock())
    }

    /// A token over these claims, with the times of now where they name none.
    pub(super) fn token(&self, claims: &Value) -> String {
        self.token_as("at+jwt", claims, &KEY)
    }

    pub(super) fn token_as(&self, typ: &str, claims: &Value, key: &SigningKey) -> String {
        let mut claims = claims.clone();
        let now = self.now().seconds();
        for (name, value) in [("iat", now), ("exp", now + 600)] {
            if claims.get(name).is_none() {
                claims[name] = json!(value);
            }
        }
        jws::sign(key, typ, &claims).unwrap()
    }
}

pub(super) fn settings(jwks_uri: &str) -> OfficersSettings {
    OfficersSettings {
        issuer: ISSUER.to_owned(),
        jwks_uri: jwks_uri.parse().unwrap(),
        audience: AUDIENCE.to_owned(),
        keys_max_age: Duration::from_secs(86_400),
        timeout: Duration::from_secs(5),
    }
}

/// What the broker says of an officer.
pub(super) fn claims() -> Value {
    json!({
        "iss": ISSUER, "sub": "s-1", "aud": [ISSUER, AUDIENCE], "jti": "t-1", "client_id": "mot-cua",
        "acr": "urn:lienthong:nd69:2", "vn_agency": "000.00.15.H19", "vn_officer": "can-bo:dung", "vn_account_level": 2
    })
}
