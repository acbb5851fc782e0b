//! Who is logged in to an application. The cookie holds 256 random bits, the application only their SHA-256.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use clock::Timestamp;
use http::{HeaderMap, HeaderValue, header};
use signing::Digest;

use super::relying_party::SignedIn;

/// A working day.
const LONGEST: Duration = Duration::from_secs(8 * 3600);

/// Beyond this the oldest ends.
const MOST: usize = 10_000;

/// One person in one browser.
#[derive(Clone)]
pub struct Session {
    /// Who it is.
    pub person: Arc<SignedIn>,
    /// What the forms of this session must carry.
    pub csrf: String,
    began: Timestamp,
}

impl Session {
    /// The name to greet by.
    #[must_use]
    pub fn name(&self) -> &str {
        let name = self.person.claims.get("name").and_then(serde_json::Value::as_str);
        name.unwrap_or("Người dùng chưa cung cấp tên")
    }

    /// Whether a form was sent from a page of this session.
    #[must_use]
    pub fn sent(&self, csrf: &str) -> bool {
        Digest::of(csrf).matches(&Digest::of(&self.csrf))
    }
}

/// Every session of an application.
#[derive(Default)]
pub struct Sessions(Mutex<HashMap<Digest, Session>>);

impl Sessions {
    /// Begins a session under a new cookie value.
    pub fn begin(&self, cookie: &str, person: SignedIn, csrf: String, now: Timestamp) {
        let mut sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.retain(|_, session| now.since(session.began) <= LONGEST);
        if sessions.len() >= MOST {
            let oldest = sessions.iter().min_by_key(|(_, session)| session.began).map(|(key, _)| *key);
            oldest.and_then(|key| sessions.remove(&key));
        }
        sessions.insert(Digest::of(cookie), Session { person: Arc::new(person), csrf, began: now });
    }

    /// The session behind a cookie value.
    #[must_use]
    pub fn find(&self, cookie: &str, now: Timestamp) -> Option<Session> {
        let sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.get(&Digest::of(cookie)).filter(|session| now.since(session.began) <= LONGEST).cloned()
    }

    /// Ends the session behind a cookie value.
    pub fn end(&self, cookie: &str) -> Option<Session> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&Digest::of(cookie))
    }
}

/// The value of a cookie of the request.
#[must_use]
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).into_iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(';')).find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}

/// A `Set-Cookie` line for the length of the browser's session; `None` ends it. Not `Secure`: the province speaks plain
/// HTTP on loopback, and Firefox and Safari would drop it there.
#[must_use]
pub fn set_cookie(name: &str, value: Option<&str>) -> Option<HeaderValue> {
    let (value, end) = value.map_or(("", "; Max-Age=0"), |value| (value, ""));
    HeaderValue::from_str(&format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{end}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("xa=1; a=2"));
        headers.append(header::COOKIE, HeaderValue::from_static("b=3"));
        assert_eq!(cookie(&headers, "a"), Some("2"));
        assert_eq!(cookie(&headers, "b"), Some("3"));
        assert_eq!(cookie(&headers, "c"), None);
    }
}
