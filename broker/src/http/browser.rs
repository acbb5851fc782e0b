//! What we keep in a browser: one cookie for the session, one for each attempt.

use axum::http::{HeaderMap, HeaderValue, header};
use secrecy::{ExposeSecret, SecretString};
use signing::Digest;

use crate::login::{attempt::ProvenBinding, start::Browser};

/// Names and attributes of our cookies. Over https they are `__Host-`: this host alone, the whole of it, never in clear
/// (RFC 6265bis §4.1.3.2). A loopback issuer without TLS cannot have that.
#[derive(Clone, Debug)]
pub struct CookieNames {
    secure: bool,
}

impl CookieNames {
    /// By the scheme of the issuer.
    #[must_use]
    pub fn new(issuer: &str) -> Self {
        Self { secure: issuer.starts_with("https://") }
    }

    fn session(&self) -> &'static str {
        if self.secure { "__Host-lt-session" } else { "lt-session" }
    }

    fn attempt(&self, name: &str) -> String {
        if self.secure { format!("__Host-lt-login-{name}") } else { format!("lt-login-{name}") }
    }

    /// The value of the session cookie.
    #[must_use]
    pub fn read_session(&self, headers: &HeaderMap) -> Browser {
        Browser { session: read(headers, self.session()).map(|value| Digest::of(value.expose_secret())) }
    }

    /// The value of an attempt's cookie.
    #[must_use]
    pub fn read_attempt(&self, headers: &HeaderMap, name: &str) -> Option<SecretString> {
        read(headers, &self.attempt(name))
    }

    /// Begins the session in the browser; it ends with the browser at the latest.
    pub fn set_session(&self, headers: &mut HeaderMap, value: &SecretString) {
        self.set(headers, self.session(), value.expose_secret(), None);
    }

    /// Ends the session in the browser.
    pub fn clear_session(&self, headers: &mut HeaderMap) {
        self.set(headers, self.session(), "", Some(0));
    }

    /// Binds an attempt, for as long as attempts live.
    pub fn bind(&self, headers: &mut HeaderMap, binding: &ProvenBinding, seconds: u64) {
        self.set(headers, &self.attempt(&binding.binding.name), binding.value.expose_secret(), Some(seconds));
    }

    /// Forgets an attempt.
    pub fn unbind(&self, headers: &mut HeaderMap, name: &str) {
        self.set(headers, &self.attempt(name), "", Some(0));
    }

    fn set(&self, headers: &mut HeaderMap, name: &str, value: &str, max_age: Option<u64>) {
        let secure = if self.secure { "; Secure" } else { "" };
        let max_age = max_age.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
        let cookie = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{max_age}");
        if let Ok(mut cookie) = HeaderValue::from_str(&cookie) {
            cookie.set_sensitive(true);
            headers.append(header::SET_COOKIE, cookie);
        }
    }
}

/// The value of a cookie; `None` when it is missing or stands there twice, because then one of the two was planted.
fn read(headers: &HeaderMap, name: &str) -> Option<SecretString> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut found = all.flat_map(|line| line.split(';')).filter_map(|pair| {
        let (key, value) = pair.trim().split_once('=')?;
        (key == name && !value.is_empty()).then_some(value)
    });
    let value = found.next()?;
    match found.next() {
        None => Some(SecretString::from(value)),
        Some(_) => None,
    }
}
