//! A scripted OpenID provider on a loopback port. It is honest until a test changes its script.

use std::{
    collections::HashSet,
    sync::{Arc, LazyLock, Mutex, MutexGuard},
    time::Duration,
};

use adapter_oidc::{ClientAuth, OidcProvider, OidcSettings};
use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use clock::{Clock, FixedClock, SeededEntropy, Timestamp};
use contract::{
    Attempt, Callback, IdentityProvider, ProviderError, VerifiedIdentity,
    conformance::{Reply, Request, Server, server::Action},
};
use secrecy::SecretString;
use serde_json::{Value, json};
use signing::{Algorithm, Digest, SigningKey};
use types::ProviderId;
use url::Url;

pub const NOW: i64 = 1_795_219_200;
pub const CLIENT: &str = "lien-thong";
pub const SECRET: &str = "canary-client-secret-5f2c";
pub const CODE: &str = "canary-code-77aa";
pub const ACCESS_TOKEN: &str = "canary-access-token-19fe";
pub const SUBJECT: &str = "248289761001";

/// Keys take long to make, so all tests share them.
pub static ES256: LazyLock<[Arc<SigningKey>; 2]> = LazyLock::new(|| [key(Algorithm::ES256), key(Algorithm::ES256)]);
pub static RS256: LazyLock<[Arc<SigningKey>; 2]> = LazyLock::new(|| [key(Algorithm::RS256), key(Algorithm::RS256)]);

fn key(algorithm: Algorithm) -> Arc<SigningKey> {
    Arc::new(SigningKey::from_pkcs8(algorithm, &SigningKey::generate(algorithm).unwrap()).unwrap())
}

/// How the provider signs its `id_token`.
#[derive(Clone)]
pub enum Signer {
    Key(Arc<SigningKey>),
    WithoutKid(Arc<SigningKey>),
    /// Under the first key's name, with the second.
    Forged(Arc<SigningKey>, Arc<SigningKey>),
    /// `alg: none`, no signature.
    Nothing,
    /// `alg: HS256` under the client secret.
    Hmac,
}

impl Signer {
    pub fn sign(&self, claims: &Value) -> String {
        match self {
            Self::Key(key) => signing::jws::sign(key, "JWT", claims).unwrap(),
            Self::WithoutKid(key) => {
                by_hand(&json!({ "alg": key.algorithm().name() }), claims, |text| key.sign(text).unwrap())
            }
            Self::Forged(named, key) => {
                let header = json!({ "alg": key.algorithm().name(), "kid": named.kid() });
                by_hand(&header, claims, |text| key.sign(text).unwrap())
            }
            Self::Nothing => by_hand(&json!({ "alg": "none" }), claims, |_| Vec::new()),
            Self::Hmac => by_hand(&json!({ "alg": "HS256" }), claims, |text| {
                let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
                hmac::sign(&key, text).as_ref().to_vec()
            }),
        }
    }
}

fn by_hand(header: &Value, claims: &Value, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", encode(header), encode(claims));
    let signature = URL_SAFE_NO_PAD.encode(sign(signed.as_bytes()));
    format!("{signed}.{signature}")
}

/// What the provider does. A member of an `…also` object replaces the honest one; `null` removes it.
pub struct Script {
    pub signer: Signer,
    pub jwks: Vec<Value>,
    pub jwks_path: String,
    pub id_token_also: Value,
    pub userinfo_also: Value,
    pub discovery_also: Value,
    pub token_also: Value,
    pub callback_also: String,
    pub down: HashSet<&'static str>,
    pub silent: HashSet<&'static str>,
}

impl Script {
    fn honest() -> Self {
        let [key, _] = &*ES256;
        Self {
            signer: Signer::Key(Arc::clone(key)),
            jwks: vec![key.public_jwk().clone()],
            jwks_path: "/jwks".to_owned(),
            id_token_also: json!({}),
            userinfo_also: json!({}),
            discovery_also: json!({}),
            token_also: json!({}),
            callback_also: String::new(),
            down: HashSet::new(),
            silent: HashSet::new(),
        }
    }

    /// Signs with this key from now on and publishes it alone.
    pub fn rotate(&mut self, key: &Arc<SigningKey>) {
        self.signer = Signer::Key(Arc::clone(key));
        self.jwks = vec![key.public_jwk().clone()];
    }

    fn act(&self, base: &Url, request: &Request) -> Action {
        if self.silent.contains(request.path.as_str()) {
            return Action::Silence;
        }
        if self.down.contains(request.path.as_str()) {
            return Action::Reply(Reply::json("{}").with_status(503));
        }
        let body = match request.path.as_str() {
            "/.well-known/openid-configuration" => with(discovery(base, &self.jwks_path), &self.discovery_also),
            "/token" => {
                let id_token = self.signer.sign(&with(id_token(base), &self.id_token_also));
                with(tokens(&id_token), &self.token_also)
            }
            "/userinfo" => with(userinfo(), &self.userinfo_also),
            path if path == self.jwks_path => json!({ "keys": self.jwks }),
            _ => return Action::Reply(Reply::json("{}").with_status(404)),
        };
        Action::Reply(Reply::json(body.to_string()))
    }
}

pub fn with(mut value: Value, also: &Value) -> Value {
    for (name, changed) in also.as_object().unwrap() {
        match changed {
            Value::Null => value.as_object_mut().unwrap().remove(name),
            changed => value.as_object_mut().unwrap().insert(name.clone(), changed.clone()),
        };
    }
    value
}

pub fn issuer(base: &Url) -> String {
    base.as_str().trim_end_matches('/').to_owned()
}

pub fn discovery(base: &Url, jwks_path: &str) -> Value {
    let at = |path: &str| format!("{}{path}", issuer(base));
    json!({
        "issuer": issuer(base),
        "authorization_endpoint": at("/authorize"),
        "token_endpoint": at("/token"),
        "userinfo_endpoint": at("/userinfo"),
        "jwks_uri": at(jwks_path),
        "end_session_endpoint": at("/logout"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256", "RS256"],
    })
}

pub fn id_token(base: &Url) -> Value {
    json!({
        "iss": issuer(base), "sub": SUBJECT, "aud": CLIENT, "nonce": attempt().nonce, "iat": NOW, "exp": NOW + 300,
        "at_hash": at_hash(ACCESS_TOKEN),
    })
}

pub fn tokens(id_token: &str) -> Value {
    json!({ "access_token": ACCESS_TOKEN, "token_type": "Bearer", "expires_in": 300, "id_token": id_token })
}

pub fn userinfo() -> Value {
    json!({ "sub": SUBJECT, "name": "Phạm Quốc Dũng", "email": "dung@tinh.example", "email_verified": true })
}

pub fn at_hash(access_token: &str) -> String {
    URL_SAFE_NO_PAD.encode(&Digest::of(access_token).as_bytes()[..16])
}

pub fn attempt() -> Attempt {
    Attempt {
        state: "canary-state-cGFydGlhbCBieSBkZXNpZ24gYW5kIG9ubHkgb25jZQ".to_owned(),
        nonce: "canary-nonce-cGFydGlhbCBieSBkZXNpZ24gYW5kIG9ubHkgb25jZQ".to_owned(),
        code_verifier: "canary-verifier-cGFydGlhbCBieSBkZXNpZ24gYW5kIG9ubHkgb25jZQ".to_owned(),
        redirect_uri: Url::parse("https://broker.example/callback/can-bo").unwrap(),
        ui_locales: vec!["vi".to_owned(), "en".to_owned()],
        fresh: false,
    }
}

/// The provider, and the adapter's clock.
pub struct Op {
    pub server: Server,
    pub clock: Arc<FixedClock>,
    script: Arc<Mutex<Script>>,
}

impl Op {
    pub async fn start() -> Self {
        let script = Arc::new(Mutex::new(Script::honest()));
        let played = Arc::clone(&script);
        let server = Server::start(move |base, request| played.lock().unwrap().act(base, request)).await.unwrap();
        Self { server, clock: Arc::new(FixedClock::at(Timestamp::from_seconds(NOW))), script }
    }

    pub fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap()
    }

    pub fn settings(&self) -> OidcSettings {
        let secret = ClientAuth::SecretBasic(SecretString::from(SECRET));
        let id = ProviderId::parse("can-bo").unwrap();
        let mut settings = OidcSettings::new(id, &issuer(self.server.base()), CLIENT, secret);
        settings.allow_http = true;
        settings.limits.call_timeout = Duration::from_secs(30);
        settings.limits.request_timeout = Duration::from_secs(15);
        settings
    }

    pub fn adapter(&self, settings: OidcSettings) -> OidcProvider {
        let clock = Arc::clone(&self.clock) as Arc<dyn Clock>;
        OidcProvider::new(settings, clock, Arc::new(SeededEntropy::new(7))).unwrap()
    }

    /// A whole login, as the browser would go it.
    pub async fn login(&self, adapter: &OidcProvider) -> Result<VerifiedIdentity, ProviderError> {
        self.login_as(adapter, &attempt()).await
    }

    pub async fn login_as(&self, adapter: &OidcProvider, attempt: &Attempt) -> Result<VerifiedIdentity, ProviderError> {
        let sent_to = adapter.login_url(attempt).await?;
        let state = parameter(&sent_to, "state").unwrap();
        let query = format!("code={CODE}&state={state}{}", self.script().callback_also);
        adapter.redeem(attempt, &Callback::new(&query)).await
    }

    /// A login with an adapter made for it.
    pub async fn first_login(&self) -> Result<VerifiedIdentity, ProviderError> {
        self.login(&self.adapter(self.settings())).await
    }

    pub fn seen(&self, path: &str) -> Vec<Request> {
        self.server.seen().into_iter().filter(|request| request.path == path).collect()
    }
}

pub fn parameter(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// A parameter of a form body.
pub fn field(request: &Request, name: &str) -> Option<String> {
    form_urlencoded::parse(request.body.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}
