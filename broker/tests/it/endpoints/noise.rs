//! Requests that nobody thought of: pieces of good ones and plain bytes, in any order, at every endpoint. The same in every
//! run.

use axum::body::Body;
use clock::{Entropy, SeededEntropy};
use http::{HeaderValue, Request, StatusCode, header};

use crate::support::{Ask, Browser, Site, clients::SECRET, site::basic};

const PATHS: &[&str] = &[
    "/authorize",
    "/choose",
    "/callback/vneid",
    "/callback/",
    "/consent",
    "/token",
    "/userinfo",
    "/introspect",
    "/revoke",
    "/logout",
    "/jwks",
    "/.well-known/openid-configuration",
    "/assets/x",
    "/x",
];

const NAMES: &[&str] = &[
    "client_id",
    "redirect_uri",
    "response_type",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "prompt",
    "max_age",
    "claims",
    "acr_values",
    "ui_locales",
    "id_token_hint",
    "login",
    "provider",
    "decision",
    "code",
    "grant_type",
    "code_verifier",
    "refresh_token",
    "client_secret",
    "client_assertion",
    "client_assertion_type",
    "token",
    "access_token",
    "post_logout_redirect_uri",
    "csrf",
    "encrypt_key",
    "error",
    "",
];

/// Chance that repeats.
struct Dice(SeededEntropy);

impl Dice {
    fn below(&self, bound: usize) -> usize {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes).unwrap();
        usize::try_from(u64::from_le_bytes(bytes) % u64::try_from(bound).unwrap()).unwrap()
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = vec![0; self.below(24)];
        self.0.fill(&mut bytes).unwrap();
        bytes
    }

    fn pick<'a, T: ?Sized>(&self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }

    /// A value: a good one, a piece of one, or bytes; percent-encoded or, in a body, not.
    fn value(&self, good: &[&str], raw: bool) -> Vec<u8> {
        let bytes = match self.below(4) {
            0 | 1 => self.pick(good).as_bytes().to_vec(),
            2 => {
                let text = self.pick(good).as_bytes();
                text[..self.below(text.len() + 1)].to_vec()
            }
            _ => self.bytes(),
        };
        if raw {
            bytes
        } else {
            percent_encoding::percent_encode(&bytes, percent_encoding::NON_ALPHANUMERIC).to_string().into_bytes()
        }
    }

    fn pairs(&self, good: &[&str], raw: bool) -> Vec<u8> {
        let mut text = Vec::new();
        // Half of them begin as a good request that lost a part now and then.
        let mut more = self.below(9);
        if self.below(2) == 0 {
            let ask = Ask::of("truong-hoc").with("grant_type", "client_credentials").encoded();
            let kept: Vec<&str> = ask.split('&').filter(|_| self.below(24) > 0).collect();
            text.extend(kept.join("&").into_bytes());
            text.push(b'&');
            more = self.below(3);
        }
        for _ in 0..more {
            text.extend_from_slice(self.pick(NAMES).as_bytes());
            text.push(if self.below(12) == 0 { b'&' } else { b'=' });
            text.extend(self.value(good, raw && self.below(2) == 0));
            text.push(b'&');
        }
        text
    }
}

#[tokio::test]
async fn whatever_is_sent_the_answer_is_a_named_one() {
    let site = Site::open().await;
    let browser = Browser::new(&site);
    let tokens = browser.tokens("truong-hoc", &Ask::of("truong-hoc"), "an").await;
    let (access, id_token, refresh) =
        (tokens.text("access_token"), tokens.text("id_token"), tokens.text("refresh_token"));
    let state = browser.begin(&Ask::of("truong-hoc").with("prompt", "login"), "vneid").await;
    let ask = Ask::of("truong-hoc");
    let mut good: Vec<&str> = ask.parameters.iter().map(|(_, value)| value.as_str()).collect();
    good.extend([&*access, &*id_token, &*refresh, &*state, SECRET, "vneid", "approve", "an", "none", "login", "0"]);
    good.extend([
        "authorization_code",
        "refresh_token",
        "client_credentials",
        r#"{"id_token":{"acr":{"values":[]}}}"#,
        "[[[",
    ]);
    let cookies: Vec<String> = browser.cookies().iter().map(|(name, value)| format!("{name}={value}")).collect();
    let cookies = cookies.join("; ");
    let (bearer, basic) = (format!("Bearer {access}"), basic("truong-hoc", SECRET));
    let dice = Dice(SeededEntropy::new(20_261_121));
    let mut seen = std::collections::BTreeSet::new();
    for number in 0..6000 {
        let path = dice.pick(PATHS);
        let query = String::from_utf8(dice.pairs(&good, false)).unwrap();
        let target = if dice.below(2) == 0 { path.to_owned() } else { format!("{path}?{query}") };
        let method = dice.pick(&["GET", "POST", "POST", "HEAD", "PUT", "OPTIONS"]);
        let mut request = Request::builder().method(method).uri(&target);
        for (name, value) in [
            (header::COOKIE, cookies.as_bytes()),
            (header::COOKIE, &dice.bytes()),
            (header::AUTHORIZATION, bearer.as_bytes()),
            (header::AUTHORIZATION, basic.as_bytes()),
            (header::AUTHORIZATION, &dice.bytes()),
            (header::ACCEPT_LANGUAGE, &dice.bytes()),
            (header::ACCEPT, b"text/html"),
        ] {
            if dice.below(4) == 0
                && let Ok(value) = HeaderValue::from_bytes(value)
            {
                request = request.header(name, value);
            }
        }
        if dice.below(8) > 0 {
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        let answer = site.send(request.body(Body::from(dice.pairs(&good, true))).unwrap()).await;
        let what = format!("request {number}, {method} {target}: {answer:?}");
        seen.insert(answer.status.as_u16());
        // What the fake provider is told to fail at is a page of 502, and nothing else here may be our fault.
        let fault = answer.status.is_server_error() && answer.status != StatusCode::BAD_GATEWAY;
        assert!(!fault, "{what}");
        if answer.status.is_client_error() && method != "HEAD" {
            assert!(answer.reference().is_some(), "{what}");
            assert!(answer.is_page() || answer.json()["error"].is_string(), "{what}");
        }
        if let Some(location) = answer.headers.get(header::LOCATION) {
            let location: url::Url = location.to_str().unwrap().parse().unwrap();
            let known = ["truong-hoc.test", "dangnhap.test", "vneid.test"];
            assert!(location.host_str().is_some_and(|host| known.contains(&host)), "{what}");
        }
    }
    for status in [200, 303, 400, 401, 404, 405] {
        assert!(seen.contains(&status), "the noise never met {status}, so it is too noisy: {seen:?}");
    }
    site.close().await;
}
