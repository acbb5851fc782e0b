//! Messages as they come: every published vector, held and streamed, and what happens to nonces.

use std::{
    collections::BTreeSet,
    sync::{Arc, LazyLock},
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use clock::{FixedClock, Timestamp};
use contract::{Body, BodyError};
use futures::StreamExt;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use signing::{content_digest, http_signature::VerifyingKey};
use types::{AgencyCode, SubsystemId, TransactionId};

use super::{Claim, Passed, Unproven, Verifier, headers::refuse_repeated, nonce_of};
use crate::{
    call::{Form, Head},
    refusal::{Code, Refusal},
    registry::{MemberKey, Snapshot, Subsystem, Validity},
    storage::{Nonce, ReplayStore, StoreError, memory::MemoryReplay},
    trail::Trail,
};

/// The published vectors.
pub(crate) fn published() -> &'static Value {
    static FILE: LazyLock<Value> = LazyLock::new(|| {
        serde_json::from_str(include_str!("../../../tests/fixtures/http-signature/negative.json")).unwrap()
    });
    &FILE
}

pub(crate) fn now() -> Timestamp {
    Timestamp::from_seconds(published()["now"].as_i64().unwrap())
}

/// The raw request of a vector.
pub(crate) fn raw(name: &str) -> String {
    let file = published();
    let vectors = file["vectors"].as_array().unwrap();
    let vector = vectors.iter().find(|vector| vector["name"] == name).unwrap_or_else(|| panic!("{name}"));
    vector["request"].as_str().unwrap().to_owned()
}

/// Head and body of a raw request.
pub(crate) fn head(raw: &str) -> (Head, Bytes) {
    let (head, body) = raw.split_once("\r\n\r\n").unwrap();
    let mut lines = head.split("\r\n");
    let start: Vec<&str> = lines.next().unwrap().split(' ').collect();
    let (path, query) = start[1].split_once('?').map_or((start[1], None), |(path, query)| (path, Some(query)));
    let mut headers = HeaderMap::new();
    for line in lines {
        let (name, value) = line.split_once(':').unwrap();
        let value = HeaderValue::from_bytes(value.trim().as_bytes()).unwrap();
        headers.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), value);
    }
    let head = Head {
        id: TransactionId::new(now().micros(), [7; 10]),
        received: now(),
        deadline: tokio::time::Instant::now() + Duration::from_secs(60),
        method: start[0].parse().unwrap(),
        authority: headers["host"].to_str().unwrap().to_ascii_lowercase(),
        path: path.to_owned(),
        query: query.map(str::to_owned),
        form: Form::of(&headers),
        headers,
        certificate: "11".repeat(32).into(),
        certificate_key: "22".repeat(32).into(),
        registry: Arc::new(Snapshot::empty(now())),
    };
    (head, Bytes::copy_from_slice(body.as_bytes()))
}

/// The caller of the vectors, with the keys that are its own.
fn caller() -> Subsystem {
    let file = published();
    let own = |entry: &&Value| entry["subsystem"] == file["caller"];
    let keys = file["keys"].as_array().unwrap().iter().filter(own).map(|entry| {
        let key = VerifyingKey::from_pem(entry["public"].as_str().unwrap()).unwrap();
        let to = if entry["valid"] == true { None } else { Some(now()) };
        MemberKey {
            ids: vec![entry["id"].as_str().unwrap().into(), Arc::clone(key.thumbprint())],
            key: Arc::new(key),
            validity: Validity { from: now().minus(Duration::from_secs(86_400)), to },
        }
    });
    Subsystem {
        id: SubsystemId::parse(file["caller"].as_str().unwrap()).unwrap(),
        name: "Một cửa".to_owned(),
        validity: Validity { from: now(), to: None },
        agency: AgencyCode::parse("000.00.15.H19").unwrap(),
        certificate_keys: Vec::new(),
        keys: keys.collect(),
    }
}

struct Bench {
    caller: Subsystem,
    verifier: Verifier,
}

impl Bench {
    fn new() -> Self {
        let clock = Arc::new(FixedClock::at(now()));
        Self::over(Arc::new(MemoryReplay::new(clock, 10_000)))
    }

    fn over(replay: Arc<dyn ReplayStore>) -> Self {
        Self { caller: caller(), verifier: Verifier::new(Arc::new(FixedClock::at(now())), replay) }
    }

    async fn judge(&self, head: &Head, body: Body) -> (Result<(Body, bool), Refusal>, Trail) {
        let claim = Claim::of(head);
        let mut trail = Trail { nonce: nonce_of(head, &claim, &self.caller.id), ..Trail::default() };
        let judged = self.verifier.judge((head, &claim), &self.caller, body, &mut trail).await;
        (judged, trail)
    }

    async fn held(&self, raw: &str) -> Result<Trail, Code> {
        let (head, body) = head(raw);
        let (judged, trail) = self.judge(&head, Body::Held(body)).await;
        judged.map(|_| trail).map_err(|refusal| refusal.code)
    }
}

fn pieces(body: &Bytes, size: usize) -> Body {
    let pieces: Vec<_> = body.chunks(size).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    Body::Streamed { stream: Box::pin(futures::stream::iter(pieces)), length: None }
}

async fn collect(body: Body) -> (Vec<u8>, Option<BodyError>) {
    let mut stream = match body {
        Body::Held(bytes) => return (bytes.to_vec(), None),
        Body::Streamed { stream, .. } => stream,
    };
    let mut all = Vec::new();
    while let Some(piece) = stream.next().await {
        match piece {
            Ok(piece) => all.extend_from_slice(&piece),
            Err(error) => {
                assert!(stream.next().await.is_none());
                return (all, Some(error));
            }
        }
    }
    (all, None)
}

/// How much of a body its reader took.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Read {
    Nothing,
    Piece,
    Whole,
}

/// What the verifier knows of a body that streams by, after its reader took some of it.
pub(crate) async fn passing(head: &Head, body: &Bytes, read: Read) -> Passed {
    let (judged, trail) = Bench::new().judge(head, pieces(body, 3)).await;
    match (judged.unwrap().0, read) {
        (_, Read::Nothing) => {}
        (Body::Streamed { mut stream, .. }, Read::Piece) => drop(stream.next().await),
        (body, _) => drop(collect(body).await),
    }
    trail.request_passing.unwrap()
}

#[tokio::test]
async fn every_published_vector_gets_the_refusal_it_states() {
    let file = published();
    let mut refusals = BTreeSet::new();
    for vector in file["vectors"].as_array().unwrap() {
        let bench = Bench::new();
        let raw = vector["request"].as_str().unwrap();
        if vector["sent"] == 2 {
            assert!(bench.held(raw).await.is_ok());
        }
        let found = bench.held(raw).await;
        let refusal = found.as_ref().err().map(|code| code.name());
        assert_eq!(refusal, vector["refusal"].as_str(), "{}", vector["name"]);
        refusals.extend(refusal);
        if let Ok(trail) = found {
            let signature = trail.request_signature.unwrap();
            assert_eq!(signature.algorithm, "ed25519");
            assert_eq!(trail.request_digest.unwrap(), content_digest::value(&head(raw).1));
        }
    }
    let all = ["digest-mismatch", "repeated-header", "replayed", "signature-invalid", "signature-stale"];
    assert_eq!(refusals, all.into());
}

#[tokio::test]
async fn a_body_that_streams_is_whole_only_when_it_was_signed() {
    let file = published();
    for vector in file["vectors"].as_array().unwrap() {
        let (head, body) = head(vector["request"].as_str().unwrap());
        let (judged, mut trail) = Bench::new().judge(&head, pieces(&body, 5)).await;
        let expected = vector["refusal"].as_str().filter(|refusal| *refusal != "replayed");
        // What streams is not empty; without a type it is refused before its digest can be known.
        let untyped = expected == Some("digest-mismatch") && !head.headers.contains_key("content-type");
        let expected = if untyped { Some("signature-invalid") } else { expected };
        let Ok((streamed, signed)) = judged else {
            assert_eq!(judged.err().map(|refusal| refusal.code.name()), expected, "{}", vector["name"]);
            continue;
        };
        assert!(signed);
        let (came, error) = collect(streamed).await;
        match expected {
            None => assert_eq!((came.as_slice(), error), (&body[..], None), "{}", vector["name"]),
            Some(_) => {
                assert_eq!((expected, error), (Some("digest-mismatch"), Some(BodyError::Digest)), "{}", vector["name"]);
                assert!(came.len() < body.len() || body.is_empty(), "{}", vector["name"]);
            }
        }
        assert_eq!(trail.request_digest, None);
        let passing = trail.request_passing.take().unwrap();
        let settled = passing.settle(&mut trail);
        assert_eq!(settled, if expected.is_none() { Ok(()) } else { Err(Unproven::Other) }, "{}", vector["name"]);
        assert_eq!(trail.request_digest, Some(content_digest::value(&body)));
    }
}

#[tokio::test]
async fn a_body_in_one_piece_stays_until_it_is_known_to_be_right() {
    let (head, body) = head(&raw("the body was changed"));
    let (judged, _) = Bench::new().judge(&head, pieces(&body, 1 << 20)).await;
    assert_eq!(collect(judged.unwrap().0).await, (Vec::new(), Some(BodyError::Digest)));
}

#[tokio::test]
async fn what_breaks_a_stream_is_passed_on_and_ends_it() {
    let (head, body) = head(&raw("accepted"));
    for broken in [BodyError::Cut, BodyError::TooLong, BodyError::Timeout] {
        let stream = futures::stream::iter([Ok(body.slice(..4)), Ok(body.slice(4..8)), Err(broken)]);
        let streamed = Body::Streamed { stream: Box::pin(stream), length: None };
        let (judged, mut trail) = Bench::new().judge(&head, streamed).await;
        assert_eq!(collect(judged.unwrap().0).await, (body[..4].to_vec(), Some(broken)));
        let passing = trail.request_passing.take().unwrap();
        assert_eq!(passing.settle(&mut trail), Err(Unproven::Unread));
        assert_eq!(trail.request_digest, None);
    }
}

#[tokio::test]
async fn a_refused_message_does_not_spend_its_nonce_and_an_accepted_one_does() {
    let bench = Bench::new();
    for spoiled in
        ["the body was changed", "the path was changed", "the method was changed", "the signature is of zeros"]
    {
        assert!(bench.held(&raw(spoiled)).await.is_err());
    }
    assert!(bench.held(&raw("accepted")).await.is_ok());
    assert_eq!(bench.held(&raw("accepted")).await.unwrap_err(), Code::Replayed);
    // What is wrong besides is said first, so that nobody learns of nonces by trying.
    assert_eq!(bench.held(&raw("the path was changed")).await.unwrap_err(), Code::SignatureInvalid);
}

/// A memory that cannot say anything.
struct Down;

#[async_trait]
impl ReplayStore for Down {
    async fn remember(&self, _: [u8; 32], _: Timestamp) -> Result<Nonce, StoreError> {
        Err(StoreError::Unavailable(Box::new(std::io::Error::other("down"))))
    }

    async fn remembers(&self) -> Result<bool, StoreError> {
        self.ready().await.map(|()| true)
    }

    async fn restore(&self, _: Vec<([u8; 32], u64)>) -> Result<(), StoreError> {
        self.ready().await
    }

    async fn ready(&self) -> Result<(), StoreError> {
        self.remember([0; 32], Timestamp::from_seconds(0)).await.map(|_| ())
    }
}

#[tokio::test]
async fn without_a_memory_of_nonces_nothing_signed_is_accepted() {
    let bench = Bench::over(Arc::new(Down));
    assert_eq!(bench.held(&raw("accepted")).await.unwrap_err(), Code::ReplayStoreUnavailable);
    assert_eq!(bench.held(&raw("the path was changed")).await.unwrap_err(), Code::SignatureInvalid);
}

#[tokio::test]
async fn a_nonce_that_the_opened_record_does_not_name_is_not_spent() {
    let bench = Bench::new();
    let (head, body) = head(&raw("accepted"));
    let mut trail = Trail::default();
    let judged = bench.verifier.judge((&head, &Claim::of(&head)), &bench.caller, Body::Held(body), &mut trail).await;
    assert_eq!(judged.unwrap_err().code, Code::Internal);
    assert!(bench.held(&raw("accepted")).await.is_ok());
}

#[test]
fn a_nonce_is_the_caller_s_own_and_is_remembered_for_a_bounded_time() {
    let (head, _) = head(&raw("accepted"));
    let mot_cua = SubsystemId::parse("VN/GOV/000.00.15.H19/mot-cua").unwrap();
    let other = SubsystemId::parse("VN/GOV/000.00.16.H19/khong-quyen").unwrap();
    let nonce_of = |head: &Head, caller: &SubsystemId| nonce_of(head, &Claim::of(head), caller);
    let (key, until) = nonce_of(&head, &mot_cua).unwrap();
    assert_ne!(nonce_of(&head, &other).unwrap().0, key);
    assert_eq!(until, u64::try_from(now().micros() / 1000).unwrap() + 90_000);
    let (thumbprint, _) = self::head(&raw("accepted with the thumbprint as key id"));
    assert_ne!(nonce_of(&thumbprint, &mot_cua).unwrap().0, key);
    for nothing in ["there is no signature", "nonce is missing", "the window is too long", "Signature is sent twice"] {
        assert_eq!(nonce_of(&self::head(&raw(nothing)).0, &mot_cua), None, "{nothing}");
    }
    let (mut future, _) = self::head(&raw("accepted"));
    future.received = now().minus(Duration::from_secs(86_400));
    let latest = future.received.plus(Duration::from_secs(120));
    assert_eq!(nonce_of(&future, &mot_cua).unwrap().1, u64::try_from(latest.micros() / 1000).unwrap());
}

#[tokio::test]
async fn a_stale_message_leaves_its_proven_signature_in_the_trail() {
    let bench = Bench::new();
    let (head, body) = head(&raw("it has expired"));
    let (judged, trail) = bench.judge(&head, Body::Held(body)).await;
    assert_eq!(judged.unwrap_err().code, Code::SignatureStale);
    assert_eq!(trail.request_signature.unwrap().key_id, "mot-cua");
    let (head, body) = self::head(&raw("another member's key signs under this member's id"));
    let (judged, trail) = bench.judge(&head, Body::Held(body)).await;
    assert_eq!((judged.unwrap_err().code, trail.request_signature.is_none()), (Code::SignatureInvalid, true));
}

#[tokio::test]
async fn an_unsigned_message_in_x_road_s_form_is_hashed_and_not_more() {
    let text = "POST /r1/VN/GOV/a/b/c HTTP/1.1\r\nHost: a\r\nX-Road-Client: VN/GOV/c/d\r\n\r\n{\"a\":1}";
    let (head, body) = head(text);
    assert_eq!(head.form, Form::XRoad);
    for body in [Body::Held(body.clone()), pieces(&body, 3)] {
        let (judged, mut trail) = Bench::new().judge(&head, body).await;
        let (body, signed) = judged.unwrap();
        assert!(!signed);
        assert_eq!(collect(body).await, (b"{\"a\":1}".to_vec(), None));
        if let Some(passing) = trail.request_passing.take() {
            assert_eq!(passing.settle(&mut trail), Ok(()));
        }
        assert_eq!(trail.request_digest.unwrap(), content_digest::value(b"{\"a\":1}"));
        let sha512 = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA512, b"{\"a\":1}");
        assert_eq!(trail.request_sha512.unwrap().as_slice(), sha512.as_ref());
    }
    let (_, trail) = Bench::new().judge(&head, Body::empty()).await;
    assert_eq!(trail.request_sha512, None);
}

#[tokio::test]
async fn a_digest_that_an_x_road_client_states_all_the_same_must_be_that_of_the_body() {
    let right = content_digest::value(b"{\"a\":1}");
    for (stated, good) in [
        (right.as_str(), true),
        ("sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:", false),
        ("sha-256=nonsense", false),
        ("md5=:rL0Y20zC+Fzt72VPzMSk2A==:", true),
    ] {
        let text = format!(
            "POST /r1/VN/GOV/a/b/c HTTP/1.1\r\nHost: a\r\nX-Road-Client: VN/GOV/c/d\r\nContent-Digest: {stated}\r\n\r\n{{\"a\":1}}"
        );
        let (head, body) = head(&text);
        assert_eq!(head.form, Form::XRoad);
        let (held, _) = Bench::new().judge(&head, Body::Held(body.clone())).await;
        assert_eq!(
            held.map(|_| ()).map_err(|refusal| refusal.code),
            if good { Ok(()) } else { Err(Code::DigestMismatch) }
        );
        let (streamed, _) = Bench::new().judge(&head, pieces(&body, 3)).await;
        let whole = match streamed {
            Ok((body, _)) => collect(body).await.1.is_none(),
            Err(_) => false,
        };
        assert_eq!(whole, good, "{stated}");
    }
}

#[test]
fn a_header_that_decides_something_comes_once() {
    for name in [
        "host",
        "content-digest",
        "signature-input",
        "signature",
        "lgsp-client",
        "lgsp-anything",
        "x-road-client",
        "x-road-id",
        "authorization",
        "dpop",
        "content-type",
        "content-length",
    ] {
        let mut headers = HeaderMap::new();
        headers.append(name, HeaderValue::from_static("a"));
        assert_eq!(refuse_repeated(&headers), Ok(()));
        headers.append(name, HeaderValue::from_static("a"));
        let refusal = refuse_repeated(&headers).unwrap_err();
        assert_eq!((refusal.code, refusal.detail.as_deref()), (Code::RepeatedHeader, Some(name)));
    }
    let mut headers = HeaderMap::new();
    headers.append("accept", HeaderValue::from_static("a"));
    headers.append("accept", HeaderValue::from_static("b"));
    assert_eq!(refuse_repeated(&headers), Ok(()));
}
