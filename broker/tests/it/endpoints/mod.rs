//! One file for each file in `src/http`: every parameter, and every way to get it wrong.

mod assets;
mod authorize;
mod callback;
mod choose;
mod consent;
mod coverage;
mod discovery;
mod introspect;
mod logout;
mod methods;
mod noise;
mod refusals;
mod token;
mod userinfo;

use http::{StatusCode, header};

use crate::support::{Answer, ISSUER, logs};

/// A way to send one parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Missing,
    Empty,
    Repeated,
    Long,
    NotUtf8,
    Nul,
    CarriageReturn,
    LineFeed,
}

impl Fault {
    const ALL: [Self; 8] = [
        Self::Missing,
        Self::Empty,
        Self::Repeated,
        Self::Long,
        Self::NotUtf8,
        Self::Nul,
        Self::CarriageReturn,
        Self::LineFeed,
    ];

    /// Empty counts as missing (RFC 6749 §3.1).
    fn is_absence(self) -> bool {
        matches!(self, Self::Missing | Self::Empty)
    }

    /// The other parameters as they are, and this one with the fault.
    fn applied(self, pairs: &[(&str, &str)], name: &str) -> String {
        let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let good = pairs.iter().find(|(known, _)| *known == name).map_or("x", |(_, value)| *value);
        let good = encode(good);
        let others = pairs.iter().filter(|(known, _)| *known != name);
        let mut parts: Vec<String> = others.map(|(name, value)| format!("{name}={}", encode(value))).collect();
        match self {
            Self::Missing => {}
            Self::Empty => parts.push(format!("{name}=")),
            Self::Repeated => parts.extend([format!("{name}={good}"), format!("{name}={good}")]),
            Self::Long => parts.push(format!("{name}={good}{}", "a".repeat(9 * 1024))),
            Self::NotUtf8 => parts.push(format!("{name}={good}%FF%C3")),
            Self::Nul => parts.push(format!("{name}={good}%00")),
            Self::CarriageReturn => parts.push(format!("{name}={good}%0D")),
            Self::LineFeed => parts.push(format!("{name}={good}%0A")),
        }
        parts.join("&")
    }
}

/// What an answer must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expect {
    /// The request goes on.
    Goes,
    /// A page with a reference number.
    Page(u16),
    /// A redirect to the registered address, with this error.
    Redirect(&'static str),
    /// JSON with this error.
    Json(u16, &'static str),
}

/// Holds an answer against what it must be. A refusal is in the caller's own format and can be found in the log.
#[track_caller]
fn check(answer: &Answer, expect: Expect, what: &str) {
    assert!(!answer.status.is_server_error(), "{what}: {answer:?}");
    match expect {
        Expect::Goes => {
            assert!(answer.status.is_success() || answer.status == StatusCode::SEE_OTHER, "{what}: {answer:?}")
        }
        Expect::Page(status) => {
            assert_eq!(answer.status.as_u16(), status, "{what}: {answer:?}");
            assert!(answer.is_page(), "{what}: {answer:?}");
            assert_eq!(answer.header(header::X_FRAME_OPTIONS), "DENY", "{what}");
            assert_eq!(answer.header(header::CACHE_CONTROL), "no-store", "{what}");
            in_log(answer, what);
        }
        Expect::Redirect(error) => {
            let location = answer.location();
            let registered = ["mot-cua.test", "truong-hoc.test", "qlvb.test", "127.0.0.1"];
            assert!(registered.contains(&location.host_str().unwrap()), "{what}: {location}");
            assert_eq!(location.path(), "/cb", "{what}");
            assert_eq!(answer.param("error").as_deref(), Some(error), "{what}: {location}");
            assert_eq!(answer.param("iss").as_deref(), Some(ISSUER), "{what}");
            assert_eq!(answer.param("code"), None, "{what}");
        }
        Expect::Json(status, error) => {
            assert_eq!(answer.status.as_u16(), status, "{what}: {answer:?}");
            assert_eq!(answer.header(header::CONTENT_TYPE), "application/json", "{what}");
            assert_eq!(answer.header(header::CACHE_CONTROL), "no-store", "{what}");
            assert_eq!(answer.json()["error"], error, "{what}: {answer:?}");
            in_log(answer, what);
        }
    }
}

#[track_caller]
fn in_log(answer: &Answer, what: &str) {
    let reference = answer.reference().unwrap_or_else(|| panic!("{what}: no reference number in {answer:?}"));
    assert!(logs::hold(&reference), "{what}: {reference} is in no log line");
}

#[tokio::test]
async fn the_bodies_of_refusals_stay_as_they_are() {
    let site = crate::support::Site::open().await;
    let mut bodies = std::collections::BTreeMap::new();
    for (name, path, body) in [
        ("client unknown", "/token", "grant_type=client_credentials&client_id=khong-co&client_secret=x"),
        ("client missing", "/token", "grant_type=client_credentials"),
        ("parameter repeated", "/token", "grant_type=x&grant_type=x"),
        ("grant unsupported", "/token", "grant_type=password&client_id=cong-dan-so"),
        (
            "code unknown",
            "/token",
            "grant_type=authorization_code&client_id=cong-dan-so&code=x&redirect_uri=x&code_verifier=x",
        ),
        ("refresh unknown", "/token", "grant_type=refresh_token&client_id=cong-dan-so&refresh_token=x"),
        ("introspection by nobody", "/introspect", "token=x"),
        ("introspection by a public client", "/introspect", "token=x&client_id=cong-dan-so"),
        ("revocation of nothing", "/revoke", "client_id=cong-dan-so"),
        ("userinfo without a token", "/userinfo", ""),
        ("userinfo with a wrong token", "/userinfo", "access_token=x"),
    ] {
        let answer = site.form(path, body).await;
        let mut json = answer.json();
        json["reference"] = "[reference]".into();
        let challenge = answer.header(header::WWW_AUTHENTICATE);
        bodies.insert(name, (answer.status.as_u16(), challenge.to_owned(), json));
    }
    insta::assert_json_snapshot!("refusals", bodies);
    site.close().await;
}
