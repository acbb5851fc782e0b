//! What callers get, in either form.

mod content;

use std::sync::Arc;

use aws_lc_rs::signature::Ed25519KeyPair;
use bytes::Bytes;
use clock::{Entropy, FixedClock, SeededEntropy, entropy::EntropyError};
use contract::Body;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use serde_json::Value;
use signing::{
    content_digest,
    http_signature::{
        Response, SIGNATURE_INPUT, SigningKey,
        lgsp_v1::{Limits, ProfileError, reply},
    },
};
use types::{ServiceId, SubsystemId};

use super::{Signer, request_hash};
use crate::{
    call::Head,
    refusal::{Code, Refusal},
    reply::{Reply, ReplyBody, SignedReply},
    timekeeping,
    trail::Trail,
    verify::{
        request,
        tests::{head, now, raw},
    },
};

fn signer(entropy: Arc<dyn Entropy>) -> Signer {
    let der = Ed25519KeyPair::generate().unwrap().to_pkcs8v1().unwrap();
    let key = Arc::new(SigningKey::from_pkcs8_der(der.as_ref()).unwrap());
    Signer::new(key, Arc::new(FixedClock::at(now())), entropy, Arc::new(timekeeping::tests::believed()))
}

fn seeded() -> Signer {
    signer(Arc::new(SeededEntropy::new(1)))
}

fn answer(status: StatusCode, headers: &[(&'static str, &'static str)], body: &'static [u8]) -> Reply {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(*name, HeaderValue::from_static(value));
    }
    Reply { status, headers: map, body: ReplyBody::Held(Bytes::from_static(body)) }
}

fn permitted() -> Trail {
    Trail {
        client: Some(SubsystemId::parse("VN/GOV/000.00.15.H19/mot-cua").unwrap()),
        service_asked: Some(ServiceId::parse("VN/GOV/000.00.00.G01/dancu/XacThucThongTinCongDan").unwrap()),
        agreement: Some("tt-01".into()),
        policy_version: Some("0123456789abcdef".into()),
        withheld: ["CongDan.NoiO", "CongDan.SoDienThoai"].into_iter().collect(),
        attempts: 1,
        ..Trail::default()
    }
}

fn bytes(reply: &SignedReply) -> &[u8] {
    match &reply.body {
        Body::Held(bytes) => bytes,
        Body::Streamed { .. } => panic!("streamed"),
    }
}

fn check(signer: &Signer, head: &Head, reply: &SignedReply) -> Result<(), ProfileError> {
    assert_eq!(content_digest::check(&reply.headers, bytes(reply)).unwrap().value(), reply.digest);
    let response = Response { status: reply.status, headers: &reply.headers, request: Some(request(head)) };
    let key = |id: &str| (id == signer.key_id()).then(|| Arc::clone(signer.key.public()));
    let checked = reply::check(&response, now(), Limits::default(), key)?;
    assert_eq!(reply.signature.as_ref().unwrap().base, checked.base);
    Ok(())
}

#[test]
fn an_answer_is_signed_for_its_request_and_says_what_was_decided() {
    let (signer, (head, _)) = (seeded(), head(&raw("accepted")));
    let given =
        [("content-type", "application/json"), ("lgsp-decision", "permit"), ("lgsp-error", "x"), ("x-road-id", "x")];
    let reply = signer.seal(&head, &mut permitted(), Ok(answer(StatusCode::OK, &given, b"{}")));
    assert_eq!(check(&signer, &head, &reply), Ok(()));
    let header = |name: &str| reply.headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    assert_eq!(
        header("lgsp-decision").unwrap(),
        "permit, agreement=\"tt-01\", policy=\"0123456789ab\", \
         withheld=\"CongDan.NoiO CongDan.SoDienThoai\", withheld-count=2"
    );
    assert_eq!(header("lgsp-record").unwrap(), format!("\"{}\"", head.id));
    assert_eq!(header("lgsp-id"), Some(head.headers["lgsp-id"].to_str().unwrap().to_owned()));
    assert_eq!((header("lgsp-error"), header("x-road-id"), reply.refusal), (None, None, None));
    assert_eq!(header("cache-control").unwrap(), "no-store");
    let (other, _) = self::head(&raw("accepted with a query"));
    assert_eq!(check(&signer, &other, &reply), Err(ProfileError::Signature));
}

#[test]
fn a_register_s_own_error_is_an_answer_and_no_refusal() {
    let (signer, (head, _)) = (seeded(), head(&raw("accepted")));
    let given = [("content-type", "text/plain")];
    let reply = signer.seal(&head, &mut permitted(), Ok(answer(StatusCode::NOT_FOUND, &given, b"none")));
    assert_eq!(check(&signer, &head, &reply), Ok(()));
    assert_eq!((reply.status, reply.refusal, bytes(&reply)), (StatusCode::NOT_FOUND, None, &b"none"[..]));
    assert!(!reply.headers.contains_key("lgsp-error"));
}

#[test]
fn every_refusal_is_signed_and_says_whose_fault_it_is() {
    let (signer, (head, _)) = (seeded(), head(&raw("accepted")));
    for code in Code::ALL {
        let refusal = Refusal::new(*code).detail("a detail");
        let reply = signer.seal(&head, &mut Trail::default(), Err(refusal));
        assert_eq!(check(&signer, &head, &reply), Ok(()), "{}", code.name());
        assert_eq!((reply.status, reply.refusal), (code.status(), Some(*code)));
        let header = |name: &str| reply.headers.get(name).map(|value| value.to_str().unwrap());
        assert_eq!((header("lgsp-error"), header("lgsp-decision")), (Some(code.name()), Some("deny")));
        assert_eq!(header("content-type"), Some("application/problem+json"));
        let document: Value = serde_json::from_slice(bytes(&reply)).unwrap();
        assert_eq!(
            document,
            serde_json::json!({
                "type": format!("urn:lienthong:problem:{}", code.name()), "title": code.title(),
                "status": code.status().as_u16(), "detail": "a detail", "instance": format!("urn:uuid:{}", head.id),
                "origin": code.origin().as_str(), "retry": code.retry(),
            })
        );
        assert_eq!(header("www-authenticate").is_some(), reply.status == StatusCode::UNAUTHORIZED, "{}", code.name());
        let about_signature = matches!(code, Code::SignatureInvalid | Code::SignatureStale | Code::Replayed);
        assert_eq!(header("accept-signature").is_some(), about_signature, "{}", code.name());
        assert_eq!(header("want-content-digest").is_some(), *code == Code::DigestMismatch, "{}", code.name());
    }
}

#[test]
fn what_was_decided_is_said_as_it_was_and_the_agreement_is_named() {
    let (signer, (head, _)) = (seeded(), head(&raw("accepted")));
    let decision = |trail: Trail, outcome| {
        let reply = signer.seal(&head, &mut { trail }, outcome);
        assert_eq!(check(&signer, &head, &reply), Ok(()));
        reply.headers["lgsp-decision"].to_str().unwrap().split(", policy").next().unwrap().to_owned()
    };
    let unasked = || Trail { attempts: 0, ..permitted() };
    let refused = |code: Code| Err(code.into());
    let (permit, deny) = ("permit, agreement=\"tt-01\"", "deny, agreement=\"tt-01\"");
    assert_eq!(decision(permitted(), refused(Code::ProviderTimeout)), permit);
    assert_eq!(decision(unasked(), refused(Code::RequestContract)), permit);
    // The agreement that came nearest does not make a refusal a permit.
    assert_eq!(decision(unasked(), refused(Code::AccessDenied)), deny);
    assert_eq!(decision(unasked(), refused(Code::ActorInvalid)), deny);
    assert_eq!(decision(unasked(), refused(Code::PolicyFailed)), deny);
    assert_eq!(decision(unasked(), refused(Code::Deadline)), deny);
    assert_eq!(decision(Trail::default(), refused(Code::SignatureInvalid)), "deny");
    // What the bus answers itself, without a register, needs no agreement.
    assert_eq!(decision(Trail::default(), Ok(answer(StatusCode::OK, &[], b""))), "permit");
}

#[test]
fn a_refusal_of_what_has_no_readable_signature_is_bound_to_what_is_there() {
    let signer = seeded();
    for (name, signature, digest) in [
        ("there is no signature", false, true),
        ("Signature is sent twice", false, true),
        ("a label is repeated in Signature", false, true),
        ("the label is another", false, true),
        ("the signature is of zeros", true, true),
        ("field Content-Digest is sent twice", true, false),
        ("field Content-Digest is neither sent nor covered", true, false),
    ] {
        let (head, _) = head(&raw(name));
        let reply = signer.seal(&head, &mut Trail::default(), Err(Code::SignatureInvalid.into()));
        assert_eq!(check(&signer, &head, &reply), Ok(()), "{name}");
        let input = reply.headers[SIGNATURE_INPUT].to_str().unwrap();
        assert_eq!(input.contains("\"signature\";req;key=\"lgsp\""), signature, "{name}");
        assert_eq!(input.contains("\"content-digest\";req"), digest, "{name}");
        assert!(input.contains("\"@method\";req \"@path\";req"), "{name}");
        // Who sent a whole message does not take this for its answer.
        let (whole, _) = self::head(&raw("accepted"));
        assert!(check(&signer, &whole, &reply).is_err(), "{name}");
    }
}

#[test]
fn many_withheld_fields_do_not_make_a_large_header() {
    let (signer, (head, _)) = (seeded(), head(&raw("accepted")));
    let mut trail = Trail { withheld: (0..5000).map(|number| format!("Truong{number}")).collect(), ..permitted() };
    let reply = signer.seal(&head, &mut trail, Ok(answer(StatusCode::OK, &[], b"")));
    let decision = reply.headers["lgsp-decision"].to_str().unwrap();
    assert!(decision.len() < 1200 && decision.ends_with("withheld-count=5000"), "{decision}");
    let odd = Trail { withheld: ["đổi"].into_iter().collect(), ..permitted() };
    let reply = signer.seal(&head, &mut { odd }, Ok(answer(StatusCode::OK, &[], b"")));
    assert!(reply.headers["lgsp-decision"].to_str().unwrap().ends_with("withheld-count=1"));
}

/// Chance that fails.
struct Exhausted;

impl Entropy for Exhausted {
    fn fill(&self, _: &mut [u8]) -> Result<(), EntropyError> {
        Err(EntropyError)
    }
}

#[test]
fn what_cannot_be_signed_is_not_sent() {
    let (signer, (head, _)) = (signer(Arc::new(Exhausted)), head(&raw("accepted")));
    for (attempts, code) in [(1, Code::OutcomeUnknown), (0, Code::Internal)] {
        let mut trail = Trail { attempts, ..permitted() };
        let reply = signer.seal(&head, &mut trail, Ok(answer(StatusCode::OK, &[], b"secret")));
        assert_eq!((reply.refusal, reply.signature.is_none()), (Some(code), true));
        assert!(!bytes(&reply).windows(6).any(|part| part == b"secret"));
    }
}

#[test]
fn while_the_clock_is_wrong_nothing_is_signed_and_no_answer_leaves() {
    let (whole, (head, _)) = (seeded(), head(&raw("accepted")));
    let signer = Signer { timekeeper: Arc::new(timekeeping::tests::found_wrong()), ..whole };
    for (attempts, code) in [(1, Code::OutcomeUnknown), (0, Code::ClockWrong)] {
        let mut trail = Trail { attempts, ..permitted() };
        let reply = signer.seal(&head, &mut trail, Ok(answer(StatusCode::OK, &[], b"secret")));
        assert_eq!((reply.refusal, reply.signature.is_none()), (Some(code), true));
        assert!(!bytes(&reply).windows(6).any(|part| part == b"secret"));
    }
    let refused = signer.seal(&head, &mut Trail::default(), Err(Code::AccessDenied.into()));
    assert_eq!((refused.refusal, refused.signature.is_none()), (Some(Code::AccessDenied), true));
    assert!(!refused.headers.contains_key(SIGNATURE_INPUT));
    // What is not signed still says which record it has.
    assert_eq!(refused.headers["lgsp-record"], format!("\"{}\"", head.id).as_str());
    assert_eq!(refused.headers["lgsp-decision"], "deny");
}

fn x_road(more: &str) -> Head {
    let path = "/r1/VN/GOV/000.00.00.G01/dancu/XacThucThongTinCongDan";
    head(&format!("GET {path}?a=1 HTTP/1.1\r\nHost: a\r\nX-Road-Client: VN/GOV/000.00.15.H19/mot-cua\r\n{more}\r\n")).0
}

#[test]
fn x_road_s_answer_has_its_headers_and_nothing_of_the_register_s_in_their_place() {
    let signer = seeded();
    let head = x_road("X-Road-Id: my-id\r\n");
    let given = [
        ("content-type", "text/plain"),
        ("x-road-id", "other"),
        ("x-road-request-hash", "x"),
        ("x-road-error", "x"),
        ("server", "inside/1.0"),
        ("trailer", "x"),
        ("etag", "\"1\""),
    ];
    let reply = signer.seal(&head, &mut permitted(), Ok(answer(StatusCode::CONFLICT, &given, b"busy")));
    let header = |name: &str| reply.headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    assert_eq!((reply.status, bytes(&reply), reply.signature.is_none()), (StatusCode::CONFLICT, &b"busy"[..], true));
    assert_eq!(header("x-road-id").unwrap(), "my-id");
    assert_eq!(header("x-road-client").unwrap(), "VN/GOV/000.00.15.H19/mot-cua");
    assert_eq!(header("x-road-service").unwrap(), "VN/GOV/000.00.00.G01/dancu/XacThucThongTinCongDan");
    assert_eq!(header("x-road-request-id").unwrap(), head.id.to_string());
    assert_eq!(["x-road-error", "server", "trailer"].map(header), [None, None, None]);
    assert_eq!(header("etag").unwrap(), "\"1\"");
    let sent = [("x-road-client", "VN/GOV/000.00.15.H19/mot-cua"), ("x-road-id", "my-id")];
    let id = head.id.to_string();
    let hashed = sent.into_iter().chain([("x-road-request-id", id.as_str())]);
    let hash = request_hash(
        "GET",
        "/r1/VN/GOV/000.00.00.G01/dancu/XacThucThongTinCongDan?a=1",
        hashed.map(|(name, value)| (name, value.as_bytes())),
        None,
    );
    assert_eq!(header("x-road-request-hash").unwrap(), hash);
}

#[test]
fn an_id_that_was_made_for_the_caller_is_told_and_hashed() {
    let signer = seeded();
    let head = x_road("");
    let mut trail = Trail { message_id: Some("VN-1".to_owned()), ..permitted() };
    let reply = signer.seal(&head, &mut trail, Ok(answer(StatusCode::OK, &[], b"")));
    assert_eq!(reply.headers["x-road-id"], "VN-1");
    let with = |id: &'static str| {
        let request_id = head.id.to_string();
        let headers = [
            ("x-road-client", "VN/GOV/000.00.15.H19/mot-cua"),
            ("x-road-request-id", request_id.as_str()),
            ("x-road-id", id),
        ];
        let headers = headers.map(|(name, value)| (name, value.as_bytes()));
        request_hash("GET", &format!("{}?a=1", head.path), headers.into_iter(), None)
    };
    assert_eq!(reply.headers["x-road-request-hash"], with("VN-1").as_str());
    assert_ne!(reply.headers["x-road-request-hash"], with("VN-2").as_str());
}

#[test]
fn the_request_hash_is_that_of_x_road_s_rule() {
    let headers = || {
        [
            ("X-Road-Client", "INSTANCE/CLASS1/MEMBER1/SUBSYSTEM1"),
            ("X-Road-Id", "29f4d011-ef17-4f2f-9bb1-0452ce17d3f5"),
            ("x-road-request-id", "f92591a3-6bf0-49b1-987b-0dd78c034cc3"),
        ]
        .into_iter()
        .map(|(name, value)| (name, value.as_bytes()))
    };
    let target = "/r1/INSTANCE/CLASS2/MEMBER2/SUBSYSTEM2/BARSERVICE/v1/bar/zyggy?quu=1";
    assert_eq!(
        request_hash("GET", target, headers(), None),
        "NTa8otBcH3dKtWTV2/oWZyCUcXrENO4Y5tojsZXbUWUtQ3+bOfnwH3xxKZQ6wLMuiWCYHi/WAZpZioFYsMRWHw=="
    );
    let body = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA512, b"{\"a\":1}");
    assert_eq!(
        request_hash("GET", target, headers(), Some(body.as_ref().try_into().unwrap())),
        "+pMtpnfDco5meadh2mNmh3pY+71z8Q7UcDkOPrC0RoXub6ZA6q3spbWQc9X7KeijMemLpaVd3GcKKqDdGAuPAA=="
    );
}

#[test]
fn x_road_s_errors_have_its_status_and_body_in_the_type_that_is_accepted() {
    let signer = seeded();
    for code in Code::ALL {
        let reply = signer.seal(&x_road(""), &mut Trail::default(), Err((*code).into()));
        let server = code.x_road().starts_with("server.");
        let status = if server { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::BAD_REQUEST };
        assert_eq!((reply.status, reply.refusal, reply.signature.is_none()), (status, Some(*code), true));
        assert_eq!(reply.headers["x-road-error"], code.x_road());
        assert!(!reply.headers.contains_key("lgsp-error") && !reply.headers.contains_key("x-road-request-hash"));
        let body: Value = serde_json::from_slice(bytes(&reply)).unwrap();
        assert_eq!((body["type"].as_str(), body["message"].as_str()), (Some(code.x_road()), Some(code.title())));
        assert!(body["detail"].as_str().is_some_and(|detail| detail.len() == 36));
    }
    for (accept, xml) in [
        ("text/xml", true),
        ("application/json, Application/XML;q=0.5", true),
        ("text/*", true),
        ("application/json", false),
        ("*/*", false),
        ("text/html", false),
    ] {
        let head = x_road(&format!("Accept: {accept}\r\n"));
        let refusal = Refusal::new(Code::BadRequest).detail("a < b & c");
        let reply = signer.seal(&head, &mut Trail::default(), Err(refusal));
        let kind = if xml { "text/xml;charset=utf-8" } else { "application/json;charset=utf-8" };
        assert_eq!(reply.headers["content-type"], kind, "{accept}");
        if xml {
            let text = std::str::from_utf8(bytes(&reply)).unwrap();
            assert!(
                text.contains("<error><type>client.bad_request</type><message>") && text.contains("a &lt; b &amp; c")
            );
        }
    }
}

#[test]
fn two_answers_never_have_the_same_nonce() {
    let (signer, (head, _)) = (seeded(), head(&raw("accepted")));
    let input = || {
        let reply = signer.seal(&head, &mut permitted(), Ok(answer(StatusCode::OK, &[], b"")));
        reply.headers[SIGNATURE_INPUT].to_str().unwrap().to_owned()
    };
    assert_ne!(input(), input());
}
