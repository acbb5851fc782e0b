//! The stand-in on a free port, an adapter for it, and a browser's part of a login.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use adapter_oidc::{ClientAuth, OidcProvider, OidcSettings};
use clock::{Clock, Entropy, FixedClock, SeededEntropy, Timestamp};
use contract::{Attempt, Callback, IdentityProvider, ProviderError, VerifiedIdentity};
use reqwest::{Client, Response, StatusCode, redirect::Policy};
use sandbox::national::staff::{ACR_PASSWORD, StaffClient, StaffConfig, router};
use secrecy::SecretString;
use serde_json::{Value, json};
use types::{AuthLevel, ProviderId};
use url::Url;

pub const NOW: i64 = 1_795_219_200;
pub const DUNG: &str = "075079000004";
pub const BINH: &str = "070190000002";
const CLIENT: &str = "lien-thong";
/// With characters that `client_secret_basic` has to encode.
const SECRET: &str = "bí mật+của:broker%";
const CALLBACK: &str = "http://localhost:8400/callback/can-bo";

pub struct World {
    pub issuer: String,
    pub clock: Arc<FixedClock>,
    browser: Client,
}

pub fn attempt() -> Attempt {
    Attempt {
        state: "state-cGFydGlhbCBieSBkZXNpZ24gYW5kIG9ubHkgb25jZQ".to_owned(),
        nonce: "nonce-cGFydGlhbCBieSBkZXNpZ24gYW5kIG9ubHkgb25jZQ".to_owned(),
        code_verifier: "verifier-cGFydGlhbCBieSBkZXNpZ24gYW5kIG9ubHkgb25jZQ".to_owned(),
        redirect_uri: Url::parse(CALLBACK).unwrap(),
        ui_locales: vec!["vi".to_owned()],
        fresh: true,
    }
}

impl World {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let clock = Arc::new(FixedClock::at(Timestamp::from_seconds(NOW)));
        let client = StaffClient {
            id: CLIENT.to_owned(),
            secret: SecretString::from(SECRET),
            redirect_uris: vec![CALLBACK.to_owned()],
            post_logout_redirect_uris: vec!["http://localhost:8400/signed-out".to_owned()],
        };
        let entropy: Arc<dyn Entropy> = Arc::new(SeededEntropy::new(11));
        let config = StaffConfig::new(&issuer, vec![client], Arc::clone(&clock) as Arc<dyn Clock>, entropy).unwrap();
        tokio::spawn(axum::serve(listener, router(config)).into_future());
        let browser = Client::builder().redirect(Policy::none()).no_proxy().build().unwrap();
        Self { issuer, clock, browser }
    }

    pub fn settings(&self) -> OidcSettings {
        let secret = ClientAuth::SecretBasic(SecretString::from(SECRET));
        let mut settings = OidcSettings::new(ProviderId::parse("can-bo").unwrap(), &self.issuer, CLIENT, secret);
        settings.allow_http = true;
        settings.scopes = ["openid", "profile", "email", "phone"].map(str::to_owned).to_vec();
        settings.levels.by_acr = BTreeMap::from([(ACR_PASSWORD.to_owned(), AuthLevel::ONE)]);
        settings.checks.require_at_hash = true;
        settings.limits.call_timeout = Duration::from_secs(30);
        settings.limits.request_timeout = Duration::from_secs(15);
        settings
    }

    pub fn adapter(&self, settings: OidcSettings) -> OidcProvider {
        let clock = Arc::clone(&self.clock) as Arc<dyn Clock>;
        OidcProvider::new(settings, clock, Arc::new(SeededEntropy::new(12))).unwrap()
    }

    /// A login with an adapter made for it.
    pub async fn login(&self, name: &str) -> Result<VerifiedIdentity, ProviderError> {
        self.login_with(&self.adapter(self.settings()), &attempt(), name).await
    }

    pub async fn login_with(
        &self,
        adapter: &OidcProvider,
        attempt: &Attempt,
        name: &str,
    ) -> Result<VerifiedIdentity, ProviderError> {
        let answer = self.sign_in(adapter, attempt, name).await;
        adapter.redeem(attempt, &answer).await
    }

    /// What the browser brings back.
    pub async fn sign_in(&self, adapter: &OidcProvider, attempt: &Attempt, name: &str) -> Callback {
        let sent_to = adapter.login_url(attempt).await.unwrap();
        let back = self.submit(&sent_to, &[("so_dinh_danh", name), ("mat_khau", "123456")]).await;
        self.answer(&back)
    }

    /// Opens the page and sends its form to where the form says.
    pub async fn submit(&self, page: &Url, fields: &[(&str, &str)]) -> Response {
        let html = self.get(page.as_str()).await.text().await.unwrap();
        let (_, rest) = html.split_once("action=\"").unwrap();
        let (action, _) = rest.split_once('"').unwrap();
        let target = page.join(&action.replace("&#38;", "&").replace("&amp;", "&")).unwrap();
        self.browser.post(target).form(fields).send().await.unwrap()
    }

    pub fn answer(&self, back: &Response) -> Callback {
        assert_eq!(back.status(), StatusCode::SEE_OTHER);
        let location = Url::parse(back.headers()["location"].to_str().unwrap()).unwrap();
        assert!(location.as_str().starts_with(CALLBACK), "{location}");
        Callback::new(location.query().unwrap())
    }

    pub async fn get(&self, address: &str) -> Response {
        self.browser.get(address).send().await.unwrap()
    }

    pub async fn behave(&self, order: &Value) {
        assert_eq!(self.order(order).await, StatusCode::OK, "{order}");
    }

    pub async fn order(&self, order: &Value) -> StatusCode {
        let address = format!("{}/_operator/behaviour", self.issuer);
        self.browser.post(address).json(order).send().await.unwrap().status()
    }

    pub async fn behave_well(&self) {
        let address = format!("{}/_operator/behaviour", self.issuer);
        let answer: Value = self.browser.delete(address).send().await.unwrap().json().await.unwrap();
        assert_eq!(answer, json!({ "delay_ms": 0, "fail": {}, "lie": null }));
    }
}
