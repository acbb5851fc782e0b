//! What a caller accepts as the answer to its request.

use std::{sync::Arc, time::Duration};

use aws_lc_rs::signature::Ed25519KeyPair;
use clock::Timestamp;
use http::{HeaderMap, HeaderValue, Method, StatusCode};

use crate::{
    content_digest,
    http_signature::{
        Request, Response, SIGNATURE, SIGNATURE_INPUT, SigningKey,
        lgsp_v1::{self, Limits, ProfileError, reply, request},
    },
};

const NOW: Timestamp = Timestamp::from_seconds(1_795_305_600);
const NONCE: &str = "AAECAwQFBgcICQoLDA0ODw==";

fn key() -> SigningKey {
    SigningKey::from_pkcs8_der(Ed25519KeyPair::generate().unwrap().to_pkcs8v1().unwrap().as_ref()).unwrap()
}

fn sent(key: &SigningKey) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("content-type", "application/json"),
        ("lgsp-client", "VN/GOV/000.00.15.H19/mot-cua"),
        ("lgsp-service", "VN/GOV/000.00.00.G01/dancu/XacThucThongTinCongDan"),
        ("lgsp-id", "\"1\""),
        ("lgsp-purpose", "XAC-MINH"),
        ("lgsp-legal-basis", "LUAT"),
        ("lgsp-actor", "?0"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    content_digest::set(&mut headers, b"{}");
    let occasion = request::Occasion { created: NOW, lifetime: Duration::from_secs(60), nonce: NONCE };
    request::sign(&of(&headers, "/a"), key, "mot-cua", occasion).unwrap().apply(&mut headers);
    headers
}

fn of<'a>(headers: &'a HeaderMap, path: &'a str) -> Request<'a> {
    const POST: &Method = &Method::POST;
    Request { method: POST, scheme: "https", authority: "localhost:8450", path, query: None, headers }
}

fn answer(body: &[u8]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("content-type", "application/json"),
        ("lgsp-id", "\"1\""),
        ("lgsp-decision", "permit, withheld=2"),
        ("lgsp-record", "\"019a\""),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    content_digest::set(&mut headers, body);
    headers
}

/// Signs the answer with the gateway's key for the request it saw.
fn sealed(key: &SigningKey, mut headers: HeaderMap, seen: Request<'_>) -> HeaderMap {
    let response = Response { status: StatusCode::OK, headers: &headers, request: Some(seen) };
    let signed = reply::sign(&response, key, "gw-1", NOW, NONCE).unwrap();
    signed.apply(&mut headers);
    headers
}

fn check(key: &SigningKey, headers: &HeaderMap, asked: Request<'_>, now: Timestamp) -> Result<(), ProfileError> {
    let response = Response { status: StatusCode::OK, headers, request: Some(asked) };
    let find = |id: &str| (id == "gw-1").then(|| Arc::clone(key.public()));
    reply::check(&response, now, Limits::default(), find).map(|checked| assert_eq!(checked.key_id, "gw-1"))
}

#[test]
fn what_the_two_sides_sign_the_other_side_accepts() {
    let (member, gateway) = (key(), key());
    let asked = sent(&member);
    let found = |_: &str| Some(Arc::clone(member.public()));
    let checked = request::check(&of(&asked, "/a"), NOW, Limits::default(), found).unwrap();
    assert_eq!((checked.key_id.as_str(), checked.nonce.as_str()), ("mot-cua", NONCE));
    assert_eq!(checked.until, Timestamp::from_seconds(NOW.seconds() + 90));
    let answered = sealed(&gateway, answer(b"{}"), of(&asked, "/a"));
    assert_eq!(check(&gateway, &answered, of(&asked, "/a"), NOW), Ok(()));
    let input = answered[SIGNATURE_INPUT].to_str().unwrap();
    for part in
        ["\"@status\"", "\"lgsp-record\"", "\"@path\";req", "\"content-digest\";req", "\"signature\";req;key=\"lgsp\""]
    {
        assert!(input.contains(part), "{part}");
    }
}

#[test]
fn an_answer_to_another_request_is_no_answer() {
    let (member, gateway) = (key(), key());
    let (asked, other) = (sent(&member), sent(&key()));
    let answered = sealed(&gateway, answer(b"{}"), of(&asked, "/a"));
    assert_eq!(check(&gateway, &answered, of(&other, "/a"), NOW), Err(ProfileError::Signature));
    assert_eq!(check(&gateway, &answered, of(&asked, "/b"), NOW), Err(ProfileError::Signature));
    let mut put = of(&asked, "/a");
    put.method = &Method::PUT;
    assert_eq!(check(&gateway, &answered, put, NOW), Err(ProfileError::Signature));
}

#[test]
fn a_refusal_of_a_path_that_cannot_be_written_is_signed_without_it() {
    let (member, gateway) = (key(), key());
    let asked = sent(&member);
    for path in ["/d\u{e2}n", "/a\u{7f}", "/a "] {
        let refused = sealed(&gateway, answer(b"{}"), of(&asked, path));
        assert!(!refused[SIGNATURE_INPUT].to_str().unwrap().contains("@path"), "{path}");
        assert_eq!(check(&gateway, &refused, of(&asked, path), NOW), Ok(()), "{path}");
        // It is nobody's answer who asked with a path that was signed.
        assert_eq!(check(&gateway, &refused, of(&asked, "/a"), NOW), Err(ProfileError::Components), "{path}");
    }
}

#[test]
fn an_answer_to_a_message_whose_signature_was_taken_away_is_not_accepted_by_who_signed_it() {
    let (member, gateway) = (key(), key());
    let asked = sent(&member);
    let mut stripped = asked.clone();
    stripped.remove(SIGNATURE);
    let answered = sealed(&gateway, answer(b"{}"), of(&stripped, "/a"));
    assert_eq!(check(&gateway, &answered, of(&stripped, "/a"), NOW), Ok(()));
    assert_eq!(check(&gateway, &answered, of(&asked, "/a"), NOW), Err(ProfileError::Components));
    for spoiled in ["lgsp=:AAAA:, lgsp=:AAAA:", "lgsp=1", "other=:AAAA:", "lgsp=:"] {
        stripped.insert(SIGNATURE, HeaderValue::from_static(spoiled));
        let answered = sealed(&gateway, answer(b"{}"), of(&stripped, "/a"));
        assert!(!answered[SIGNATURE_INPUT].to_str().unwrap().contains("key="), "{spoiled}");
    }
}

#[test]
fn each_change_of_an_answer_has_its_reason() {
    let (member, gateway) = (key(), key());
    let asked = sent(&member);
    let answered = sealed(&gateway, answer(b"{}"), of(&asked, "/a"));
    let changed = |name: &'static str, value: Option<&'static str>| {
        let mut headers = answered.clone();
        match value {
            Some(value) => headers.insert(name, HeaderValue::from_static(value)),
            None => headers.remove(name),
        };
        check(&gateway, &headers, of(&asked, "/a"), NOW)
    };
    for (name, value, error) in [
        ("lgsp-decision", Some("permit, withheld=0"), ProfileError::Signature),
        ("lgsp-record", Some("\"019b\""), ProfileError::Signature),
        ("content-type", Some("text/html"), ProfileError::Signature),
        ("content-digest", Some("sha-256=:RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4A=:"), ProfileError::Signature),
        ("lgsp-id", Some("\"2\""), ProfileError::MissingField),
        ("lgsp-id", None, ProfileError::MissingField),
        ("lgsp-decision", None, ProfileError::MissingField),
        ("content-digest", None, ProfileError::MissingField),
        ("content-type", None, ProfileError::Components),
        ("lgsp-record", None, ProfileError::Components),
        ("lgsp-error", Some("access-denied"), ProfileError::Components),
        ("signature", None, ProfileError::Missing),
        ("signature-input", None, ProfileError::Missing),
        ("signature", Some("gw=:AAAA:"), ProfileError::Signature),
        ("signature", Some("lgsp=:AAAA:"), ProfileError::Label),
        ("signature-input", Some("gw=()"), ProfileError::Tag),
        ("signature-input", Some("gw=();tag=\"lgsp-v1\""), ProfileError::Parameters),
        (
            "signature-input",
            Some("gw=();tag=\"lgsp-v1\";created=1;keyid=\"gw-1\";nonce=\"a\";x"),
            ProfileError::Parameters,
        ),
        (
            "signature-input",
            Some("gw=();tag=\"lgsp-v1\";created=1;keyid=\"gw-1\";nonce=\"a\""),
            ProfileError::Components,
        ),
    ] {
        assert_eq!(changed(name, value), Err(error), "{name} {value:?}");
    }
    assert_eq!(check(&key(), &answered, of(&asked, "/a"), NOW), Err(ProfileError::Signature));
    let late = NOW.plus(Duration::from_secs(91));
    assert_eq!(check(&gateway, &answered, of(&asked, "/a"), late), Err(ProfileError::Stale));
    let early = NOW.minus(Duration::from_secs(31));
    assert_eq!(check(&gateway, &answered, of(&asked, "/a"), early), Err(ProfileError::Future));
}

#[test]
fn a_request_that_lacks_a_field_is_not_signed() {
    let member = key();
    let mut headers = sent(&member);
    headers.remove("lgsp-purpose");
    let occasion = request::Occasion { created: NOW, lifetime: Duration::from_secs(60), nonce: NONCE };
    let refused = request::sign(&of(&headers, "/a"), &member, "mot-cua", occasion).unwrap_err();
    assert_eq!(refused, ProfileError::MissingField);
}

#[test]
fn a_text_is_read_from_a_string_or_a_token_and_from_nothing_else() {
    let mut headers = HeaderMap::new();
    for (value, expected) in [
        ("\"a b\"", Some("a b")),
        ("VN/GOV/000.00.15.H19/mot-cua", Some("VN/GOV/000.00.15.H19/mot-cua")),
        ("a;version=1", Some("a")),
        ("?0", None),
        ("1", None),
        ("a, b", None),
        ("", None),
        (":YQ==:", None),
    ] {
        headers.insert("lgsp-client", HeaderValue::from_static(value));
        assert_eq!(lgsp_v1::text(&headers, &lgsp_v1::LGSP_CLIENT).as_deref(), expected, "{value}");
    }
    headers.append("lgsp-client", HeaderValue::from_static("a"));
    assert_eq!(lgsp_v1::text(&headers, &lgsp_v1::LGSP_CLIENT), None);
}
