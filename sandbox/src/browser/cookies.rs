//! The cookie jar: what a browser keeps of `Set-Cookie` and sends back (RFC 6265 §5), as far as loopback needs it.

use std::collections::BTreeMap;

use http::{HeaderMap, header};
use url::Url;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    host: String,
    path: String,
    name: String,
}

/// Cookies by host, path and name. Ports do not separate cookies, as in every browser (RFC 6265 §8.5).
#[derive(Clone, Debug, Default)]
pub struct CookieJar {
    cookies: BTreeMap<Key, String>,
}

impl CookieJar {
    /// Keeps and forgets as the answer's `Set-Cookie` lines say.
    pub fn take_from(&mut self, url: &Url, headers: &HeaderMap) {
        for line in headers.get_all(header::SET_COOKIE) {
            if let Ok(line) = line.to_str() {
                self.take_line(url, line);
            }
        }
    }

    /// The `Cookie` header for a request, if any cookie fits; longer paths first (RFC 6265 §5.4).
    #[must_use]
    pub fn header_for(&self, url: &Url) -> Option<String> {
        let host = url.host_str()?;
        let mut fitting: Vec<_> =
            self.cookies.iter().filter(|(key, _)| key.host == host && path_matches(url.path(), &key.path)).collect();
        fitting.sort_by_key(|(key, _)| std::cmp::Reverse(key.path.len()));
        let pairs: Vec<_> = fitting.into_iter().map(|(key, value)| format!("{}={value}", key.name)).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    /// The names of all cookies, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.cookies.keys().map(|key| key.name.as_str())
    }

    /// The value of a cookie, whatever its host and path.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.cookies.iter().find(|(key, _)| key.name == name).map(|(_, value)| value.as_str())
    }

    /// Forgets every cookie whose name satisfies the condition, as a person who deletes some does.
    pub fn forget(&mut self, which: impl Fn(&str) -> bool) {
        self.cookies.retain(|key, _| !which(&key.name));
    }

    fn take_line(&mut self, url: &Url, line: &str) {
        let mut parts = line.split(';').map(str::trim);
        let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else { return };
        let Some(host) = url.host_str() else { return };
        let mut path = default_path(url.path());
        let mut ended = false;
        for attribute in parts {
            let (key, value) = attribute.split_once('=').unwrap_or((attribute, ""));
            match key.to_ascii_lowercase().as_str() {
                "path" if value.starts_with('/') => value.clone_into(&mut path),
                "max-age" => ended = value.parse::<i64>().is_ok_and(|seconds| seconds <= 0),
                // A server that ends a cookie by date says 1970; no other date matters in the life of this jar.
                "expires" if value.contains("1970") => ended = true,
                "domain" if value.trim_start_matches('.') != host => return,
                _ => {}
            }
        }
        // A `__Host-` cookie must be for the whole host (RFC 6265bis §4.1.3.2).
        if name.starts_with("__Host-") && path != "/" {
            return;
        }
        let key = Key { host: host.to_owned(), path, name: name.to_owned() };
        if ended {
            self.cookies.remove(&key);
        } else {
            self.cookies.insert(key, value.to_owned());
        }
    }
}

fn default_path(request_path: &str) -> String {
    match request_path.rfind('/') {
        None | Some(0) => "/".to_owned(),
        Some(end) => request_path.get(..end).unwrap_or("/").to_owned(),
    }
}

fn path_matches(request: &str, cookie: &str) -> bool {
    request.strip_prefix(cookie).is_some_and(|rest| rest.is_empty() || cookie.ends_with('/') || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn jar(lines: &[&'static str]) -> CookieJar {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::SET_COOKIE, HeaderValue::from_static(line));
        }
        let mut jar = CookieJar::default();
        jar.take_from(&"http://localhost:1/a/b".parse().unwrap(), &headers);
        jar
    }

    fn sent(jar: &CookieJar, url: &str) -> String {
        jar.header_for(&url.parse().unwrap()).unwrap_or_default()
    }

    #[test]
    fn a_cookie_goes_back_to_its_host_and_path_on_every_port() {
        let jar = jar(&["a=1; Path=/; HttpOnly", "b=2", "c=3; Path=/x"]);
        assert_eq!(sent(&jar, "http://localhost:2/a/c"), "b=2; a=1");
        assert_eq!(sent(&jar, "http://localhost/xy"), "a=1");
        assert_eq!(sent(&jar, "http://127.0.0.1/x"), "");
    }

    #[test]
    fn an_ended_cookie_is_forgotten() {
        let mut jar = jar(&["a=1; Path=/"]);
        let mut headers = HeaderMap::new();
        headers.append(header::SET_COOKIE, HeaderValue::from_static("a=; Path=/; Max-Age=0"));
        jar.take_from(&"http://localhost/".parse().unwrap(), &headers);
        assert_eq!(jar.names().count(), 0);
    }

    #[test]
    fn a_cookie_of_a_foreign_domain_or_a_narrow_host_cookie_is_not_taken() {
        assert_eq!(jar(&["a=1; Domain=other", "__Host-b=2; Path=/x"]).names().count(), 0);
    }
}
