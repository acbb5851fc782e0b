//! A person's way through the broker, and an application's after it.

use base64::{Engine, engine::general_purpose::STANDARD};
use sandbox::browser::Browser;
use serde_json::Value;
use url::Url;

use super::server::{REDIRECT, SECRET, Server};

/// The verifier of every request here.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// A browser that was told that its person is logged in.
pub struct LoggedIn {
    /// The browser.
    pub browser: Browser,
    /// The code that the application was sent.
    pub code: String,
    /// The address of the callback, with all its secrets.
    pub callback: Url,
}

/// Why a step gave nothing: the broker was not there.
pub type Gone = Box<dyn std::error::Error + Send + Sync>;

/// The way to a broker, whichever process stands there.
pub struct Way(Url);

impl Server {
    /// The way to this broker, which a restart does not change.
    pub fn way(&self) -> Way {
        Way(self.issuer())
    }
}

impl Way {
    /// The issuer.
    pub fn issuer(&self) -> &Url {
        &self.0
    }

    /// A good authorization request.
    pub fn authorize(&self) -> Url {
        let challenge = signing::Digest::of(VERIFIER).base64url();
        let mut url = self.issuer().join("/authorize").expect("a URL");
        url.query_pairs_mut().extend_pairs([
            ("client_id", "thu-nghiem"),
            ("response_type", "code"),
            ("redirect_uri", REDIRECT),
            ("scope", "openid profile vn_identity"),
            ("state", "state-of-the-application"),
            ("nonce", "nonce-of-the-application"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ]);
        url
    }

    /// Goes the whole way, form by form, until the application has its code.
    pub async fn log_in(&self) -> Result<LoggedIn, Gone> {
        let mut browser = Browser::new()?;
        let mut callback = None;
        let mut page = browser.open_once(&self.authorize()).await?;
        for _ in 0..20 {
            if let Some(location) = page.location()? {
                if location.as_str().starts_with(REDIRECT) {
                    let code = parameter(&location, "code").ok_or_else(|| format!("no code: {location}"))?;
                    let callback = callback.ok_or("no callback")?;
                    return Ok(LoggedIn { browser, code, callback });
                }
                if location.path().starts_with("/callback/") {
                    callback = Some(location.clone());
                }
                page = browser.open_once(&location).await?;
                continue;
            }
            let mut form = page.forms().into_iter().next().ok_or_else(|| format!("no form: {}", page.text()))?;
            for (field, value) in [("so_dinh_danh", "075085000001"), ("mat_khau", "123456")] {
                if form.has(field) {
                    form = form.with(field, value);
                }
            }
            form = form.clone().press("decision", "approve").unwrap_or(form);
            page = browser.submit_once(&page, &form).await?;
        }
        Err("the login did not end".into())
    }

    /// Sends a form as the application.
    pub async fn as_client(&self, path: &str, pairs: &[(&str, &str)]) -> Result<(u16, Value), Gone> {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        let client = client();
        let request = client.post(self.issuer().join(path)?).body(body);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let basic = format!("Basic {}", STANDARD.encode(format!("thu-nghiem:{SECRET}")));
        let answer = request.header("authorization", basic).send().await?;
        let status = answer.status().as_u16();
        Ok((status, serde_json::from_slice(&answer.bytes().await?)?))
    }

    /// Trades a code.
    pub async fn trade(&self, code: &str) -> Result<(u16, Value), Gone> {
        let pairs = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", REDIRECT),
            ("code_verifier", VERIFIER),
        ];
        self.as_client("/token", &pairs).await
    }
}

/// A parameter of an address.
pub fn parameter(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// An HTTP client that opens a connection for each request and follows nothing.
pub fn client() -> reqwest::Client {
    let builder = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).pool_max_idle_per_host(0);
    builder.timeout(std::time::Duration::from_secs(20)).build().expect("a client")
}
