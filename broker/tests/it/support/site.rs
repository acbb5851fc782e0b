//! A broker with a clock that stands still and providers that do as they are told.

use std::{path::Path, sync::Arc};

use axum::{Router, body::Body};
use base64::{Engine, engine::general_purpose::STANDARD};
use boot::settings::{Document, Environment};
use broker::{
    app::{self, World},
    http::{AppState, routes},
    settings::Settings,
    upstream::{Calls, Provider, Providers},
};
use clock::{Clock, FixedClock, SeededEntropy, Timestamp};
use http::{Request, header};
use serde_json::Value;
use tower::ServiceExt;

use super::{
    Answer,
    clients::{self, Keys, SECRET},
    logs,
    provider::Fake,
    store::Store,
};

const SETTINGS: &str = r#"
[server]
issuer = "https://dangnhap.test"
bind = "127.0.0.1:0"
operator_bind = "127.0.0.1:0"
[storage]
path = "broker.db"
[keys]
root_key_file = "root.key"
[clients]
file = "clients.toml"
[posts]
file = "posts.toml"
[bus]
audience = "https://lgsp.test"
[province]
name_vi = "tỉnh Thử Nghiệm"
name_en = "Test province"
home_uri = "https://tinh.test/"
[provider.vneid]
dialect = "oidc"
name_vi = "VNeID"
name_en = "VNeID"
ceiling = 1
issuer = "https://vneid.test"
client_id = "x"
client_secret_file = "upstream.secret"
[provider.can-bo]
dialect = "oidc"
name_vi = "Tài khoản cán bộ"
name_en = "Staff account"
ceiling = 2
issuer = "https://can-bo.test"
client_id = "x"
client_secret_file = "upstream.secret"
"#;

/// An is an officer as staff, and until an hour after the clock's first moment also as a citizen; Giang was one once.
const POSTS: &str = r#"
[[post]]
provider = "can-bo"
subject = "075085000001"
agency = "000.00.15.h19"
officer = "can-bo:an"
role = "chuyen-vien"
valid_from = 2026-01-01

[[post]]
provider = "vneid"
subject = "075085000001"
agency = "000.00.15.H19"
officer = "can-bo:an"
role = "chuyen-vien"
valid_from = 2026-01-01
valid_to = 2026-11-21T01:00:00Z

[[post]]
provider = "vneid"
subject = "075172000006"
agency = "000.00.15.H19"
officer = "can-bo:giang"
role = "chuyen-vien"
valid_from = 2025-01-01
valid_to = 2026-01-01
"#;

/// What an operator changed between two starts.
#[derive(Clone, Copy, Default)]
pub struct Change {
    /// A provider that is switched off.
    pub disabled_provider: Option<&'static str>,
    /// How many calls to a provider may wait.
    pub max_calls: Option<usize>,
    /// Rewrites the clients file.
    pub clients: Option<fn(String) -> String>,
    /// Rewrites the posts file.
    pub posts: Option<fn(String) -> String>,
}

/// The broker, and everything around it.
pub struct Site {
    /// What the handlers share.
    pub app: AppState,
    /// The clock of the broker.
    pub clock: Arc<FixedClock>,
    /// The provider for citizens, ceiling 1.
    pub vneid: Arc<Fake>,
    /// The provider for staff, ceiling 2.
    pub can_bo: Arc<Fake>,
    /// The private keys of its clients.
    pub keys: Arc<Keys>,
    entropy: Arc<SeededEntropy>,
    router: Router,
    store: Store,
}

impl Site {
    /// A new site on the embedded store.
    pub async fn open() -> Self {
        Self::start(Store::embedded(), Change::default(), Keys::of_this_process(), None).await
    }

    /// A new site on Postgres and Redis.
    pub async fn open_on_servers() -> Self {
        Self::start(Store::on_servers().await, Change::default(), Keys::of_this_process(), None).await
    }

    /// The same site after a restart with changed settings.
    pub async fn reopened(self, change: Change) -> Self {
        self.app.exchange.stores.care.close().await;
        let Self { keys, store, entropy, clock, .. } = self;
        Self::start(store, change, keys, Some((clock, entropy))).await
    }

    /// Closes the stores and removes what is on the servers.
    pub async fn close(self) {
        self.app.exchange.stores.care.close().await;
        self.store.remove().await;
    }

    async fn start(
        store: Store,
        change: Change,
        keys: Arc<Keys>,
        world: Option<(Arc<FixedClock>, Arc<SeededEntropy>)>,
    ) -> Self {
        broker::install_crypto();
        logs::capture();
        let (clock, entropy) = world.unwrap_or_else(|| {
            let now = Timestamp::from_seconds(1_795_219_200);
            (Arc::new(FixedClock::at(now)), Arc::new(SeededEntropy::new(42)))
        });
        let folder = store.folder.path();
        write(folder, &keys, change);
        let document = Document::parse(SETTINGS, &folder.join("broker.toml"), "BROKER", &Environment::empty());
        let mut settings = Settings::from_document(document).unwrap();
        settings.storage = store.settings();
        let world = World { clock: clock.clone(), entropy: entropy.clone() };
        let mut checked = app::check(&mut settings, &world).unwrap();
        let (vneid, can_bo) = (Fake::named("vneid"), Fake::named("can-bo"));
        let with_fakes = [&vneid, &can_bo].map(|fake| {
            let id = contract::IdentityProvider::id(&**fake);
            let known = checked.providers.known(id).unwrap().clone();
            let enabled = change.disabled_provider != Some(id.as_str());
            let calls = change.max_calls.map_or_else(|| known.calls.clone(), Calls::at_most);
            Provider { adapter: fake.clone(), enabled, calls, ..known }
        });
        checked.providers = Providers::new(with_fakes.into());
        let app = app::build(&settings, checked, &world).await.unwrap();
        let router = routes(app.clone());
        Self { app, clock, vneid, can_bo, keys, entropy, router, store }
    }

    /// Sends a request.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        Answer::read(self.router.clone().oneshot(request).await.unwrap()).await
    }

    /// Sends a request without a browser.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    /// Sends a form without a browser.
    pub async fn form(&self, path: &str, encoded: &str) -> Answer {
        self.send(form(path).body(Body::from(encoded.to_owned())).unwrap()).await
    }

    /// Sends a form as this client, which proves itself as it is registered.
    pub async fn as_client(&self, client: &str, path: &str, pairs: &[(&str, &str)]) -> Answer {
        let mut encoded = url::form_urlencoded::Serializer::new(String::new());
        encoded.extend_pairs(pairs);
        let mut request = form(path);
        match client {
            "mot-cua" | "qlvb" | "may-chu" => {
                encoded.extend_pairs([
                    ("client_assertion_type", ASSERTION_TYPE),
                    ("client_assertion", &self.assertion(client)),
                ]);
            }
            "cong-dan-so" => {
                encoded.append_pair("client_id", client);
            }
            other => request = request.header(header::AUTHORIZATION, basic(other, SECRET)),
        }
        self.send(request.body(Body::from(encoded.finish())).unwrap()).await
    }

    /// A good assertion that was not used yet.
    #[must_use]
    pub fn assertion(&self, client: &str) -> String {
        let mut id = [0; 16];
        clock::Entropy::fill(&*self.entropy, &mut id).unwrap();
        let claims = clients::assertion_claims(client, self.clock.now(), &STANDARD.encode(id));
        clients::assertion(self.keys.of(client), &claims)
    }

    /// Trades a code that came of an unchanged [`super::Ask`].
    pub async fn trade(&self, client: &str, code: &str) -> Answer {
        let redirect_uri = super::ask::redirect_uri(client);
        let verifier = ("code_verifier", super::ask::VERIFIER);
        let pairs = [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", &redirect_uri), verifier];
        self.as_client(client, "/token", &pairs).await
    }

    /// Uses a refresh token.
    pub async fn refresh(&self, client: &str, token: &str) -> Answer {
        self.as_client(client, "/token", &[("grant_type", "refresh_token"), ("refresh_token", token)]).await
    }

    /// Asks for the claims of the person.
    pub async fn userinfo(&self, token: &str) -> Answer {
        let request = Request::get("/userinfo").header(header::AUTHORIZATION, format!("Bearer {token}"));
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// Asks what a token is worth.
    pub async fn introspect(&self, client: &str, token: &str) -> Value {
        let answer = self.as_client(client, "/introspect", &[("token", token)]).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()
    }

    /// The present moment in seconds since the epoch.
    #[must_use]
    pub fn clock_seconds(&self) -> i64 {
        self.clock.now().seconds()
    }

    /// Every audit event so far, oldest first.
    pub async fn events(&self) -> Vec<Value> {
        let rows = self.app.exchange.stores.audit.read_after(0, 100_000).await.unwrap();
        rows.iter().map(|row| serde_json::from_str(&row.body).unwrap()).collect()
    }

    /// How many events of this name there are.
    pub async fn count(&self, event: &str) -> usize {
        self.events().await.iter().filter(|found| found["event"] == event).count()
    }
}

/// `client_assertion_type` of a JWT.
pub const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// An `Authorization: Basic` value.
#[must_use]
pub fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}

fn form(path: &str) -> http::request::Builder {
    Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
}

fn write(folder: &Path, keys: &Keys, change: Change) {
    let mut text = clients::file(keys);
    if let Some(rewrite) = change.clients {
        text = rewrite(text);
    }
    std::fs::write(folder.join("clients.toml"), text).unwrap();
    let mut posts = POSTS.to_owned();
    if let Some(rewrite) = change.posts {
        posts = rewrite(posts);
    }
    std::fs::write(folder.join("posts.toml"), posts).unwrap();
    std::fs::write(folder.join("root.key"), STANDARD.encode([7; 32])).unwrap();
    std::fs::write(folder.join("upstream.secret"), "upstream-secret").unwrap();
    for secret in ["root.key", "upstream.secret", "posts.toml"] {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(folder.join(secret), std::fs::Permissions::from_mode(0o600)).unwrap();
    }
}
