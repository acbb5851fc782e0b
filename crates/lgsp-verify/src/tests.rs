//! A bundle is refused when anything in it is not what it was.

use base64::{Engine, engine::general_purpose::STANDARD};
use signing::http_signature::SigningKey;
use tlog::{
    Bundle, Checkpoint, Frontier, Hash, SignedPart, Signer, Verifier,
    bundle::{BundleError, FORMAT, ProvenEntry},
    line,
    proof::inclusion,
};

use super::{Body, Refused, check};

const ID: &str = "01a9ff00-0000-7000-8000-000000000001";
const DIGEST: &str = "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:";

fn key() -> SigningKey {
    SigningKey::from_pkcs8_der(&Signer::generate().unwrap()).unwrap()
}

fn signed(key: &SigningKey, key_id: &str, base: String) -> SignedPart {
    SignedPart {
        key_id: key_id.to_owned(),
        algorithm: "ed25519".to_owned(),
        public_key: key.public().spki_base64().to_string(),
        signature: STANDARD.encode(key.sign(base.as_bytes()).unwrap()),
        base,
    }
}

fn signed_by_department(base: String) -> SignedPart {
    signed(&key(), "mot-cua", base)
}

fn reply_to(request: &SignedPart) -> SignedPart {
    let base = format!(
        "\"@status\": 200\n\"content-digest\": {DIGEST}\n\"signature\";req;key=\"lgsp\": :{}:\n\"@signature-params\": ()",
        request.signature
    );
    signed(&key(), "gw", base)
}

/// What a log of seven entries and its keys are made of; the call is entries 3 and 5.
struct Made {
    log: Signer,
    request: SignedPart,
    reply: SignedPart,
    closed: String,
}

impl Made {
    fn new() -> Self {
        let log = Signer::from_pkcs8("lgsp.test/log", &Signer::generate().unwrap()).unwrap();
        let request_base =
            format!("\"@method\": POST\n\"content-digest\": {DIGEST}\n\"lgsp-id\": \"m-1\"\n\"@signature-params\": ()");
        let request = signed_by_department(request_base);
        let reply = reply_to(&request);
        let mut made = Self { log, request, reply, closed: String::new() };
        made.closed = made.record();
        made
    }

    fn record(&self) -> String {
        format!(
            r#""kind":"closed","id":"{ID}","at":1795219200000000,"outcome":"answered","status":200,"client":"VN/GOV/000.00.15.H19/mot-cua","message_id":"m-1","request":{{"digest":"{DIGEST}","signed":"{}"}},"reply":{{"digest":"{DIGEST}","signed":"{}"}}}}"#,
            self.request.digest(),
            self.reply.digest()
        )
    }

    fn bundle(&self) -> Bundle {
        let opened = format!(r#""kind":"opened","id":"{ID}","at":1795219200000000}}"#);
        let other = r#""kind":"opened","id":"01a9ff00-0000-7000-8000-000000000002","at":1795219200000000}"#;
        let (mut tree, mut leaves, mut entries, mut last) = (Frontier::new(), Vec::new(), Vec::new(), Hash::ZERO);
        for index in 0..7 {
            let mut entry = Vec::new();
            line::head(&mut entry, index, &last);
            let body = match index {
                3 => &opened,
                5 => &self.closed,
                _ => other,
            };
            entry.extend_from_slice(body.as_bytes());
            last = Hash::leaf(&entry);
            tree.append(last);
            leaves.push(last);
            entries.push(String::from_utf8(entry).unwrap());
        }
        let origin = self.log.verifier().name().to_owned();
        let checkpoint = Checkpoint { origin, size: 7, root: tree.root(), extensions: Vec::new() };
        let proven = |index: u64| ProvenEntry {
            index,
            entry: entries[usize::try_from(index).unwrap()].clone(),
            proof: inclusion(leaves.as_slice(), index, 7).unwrap().iter().map(Hash::base64).collect(),
        };
        Bundle {
            format: FORMAT.to_owned(),
            id: ID.to_owned(),
            log_key: self.log.verifier().to_string(),
            checkpoint: self.log.sign(&checkpoint.text()),
            opened: proven(3),
            closed: Some(proven(5)),
            request: Some(self.request.clone()),
            reply: Some(self.reply.clone()),
        }
    }
}

fn refused(bundle: &Bundle, log: &Verifier) -> Refused {
    check(&bundle.encode(), Some(log)).unwrap_err()
}

#[test]
fn an_untouched_bundle_holds_and_says_so_in_two_languages() {
    let made = Made::new();
    let verified = check(&made.bundle().encode(), Some(made.log.verifier())).unwrap();
    assert_eq!(verified.request.as_ref().unwrap().key_id, "mot-cua");
    assert!(verified.known_log && verified.reply.is_some());
    let mut text = String::new();
    super::describe(&verified, &mut text).unwrap();
    assert!(text.contains("Đơn vị gọi đã ký yêu cầu") && text.contains("The caller signed the request"), "{text}");
    let own = check(&made.bundle().encode(), None).unwrap();
    assert!(!own.known_log);
}

#[test]
fn evidence_that_is_not_disclosed_is_named() {
    let made = Made::new();
    let undisclosed = |bundle: Bundle| check(&bundle.encode(), Some(made.log.verifier())).unwrap().undisclosed;
    let bundle = || made.bundle();
    assert_eq!(undisclosed(bundle()), [""; 0]);
    assert_eq!(undisclosed(Bundle { request: None, ..bundle() }), ["request"]);
    assert_eq!(undisclosed(Bundle { reply: None, ..bundle() }), ["reply"]);
    assert_eq!(undisclosed(Bundle { request: None, reply: None, ..bundle() }), ["request", "reply"]);
}

#[test]
fn no_byte_can_be_changed_removed_or_added() {
    let made = Made::new();
    let text = made.bundle().encode();
    let log = made.log.verifier();
    for at in 0..text.len() {
        for change in [0x01, 0x20, 0x80] {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= change;
            if let Ok(changed) = String::from_utf8(bytes) {
                assert!(check(&changed, Some(log)).is_err(), "byte {at} xor {change:#x}");
            }
        }
        let mut shorter = text.clone().into_bytes();
        shorter.remove(at);
        if let Ok(shorter) = String::from_utf8(shorter) {
            assert!(check(&shorter, Some(log)).is_err(), "without byte {at}");
        }
        if text.is_char_boundary(at) {
            let longer = format!("{} {}", &text[..at], &text[at..]);
            assert!(check(&longer, Some(log)).is_err(), "a space at {at}");
        }
    }
}

#[test]
fn a_bundle_of_another_log_is_refused() {
    let (made, other) = (Made::new(), Made::new());
    assert_eq!(refused(&made.bundle(), other.log.verifier()), Refused::Bundle(BundleError::OtherLog));
}

#[test]
fn records_of_another_call_and_in_the_wrong_order_are_refused() {
    let made = Made::new();
    let log = made.log.verifier();
    let bundle = made.bundle();
    let swapped =
        Bundle { opened: bundle.closed.clone().unwrap(), closed: Some(bundle.opened.clone()), ..bundle.clone() };
    assert_eq!(refused(&swapped, log), Refused::Bundle(BundleError::Record("opened")));
    let other = Bundle { id: ID.replace("01a9", "01aa"), ..bundle.clone() };
    assert_eq!(refused(&other, log), Refused::Bundle(BundleError::Record("opened")));
    let mut moved = bundle;
    moved.opened.index = 4;
    assert_eq!(refused(&moved, log), Refused::Bundle(BundleError::Record("opened")));
}

#[test]
fn evidence_of_another_call_is_refused() {
    let made = Made::new();
    let bundle = Bundle { request: Some(Made::new().request), ..made.bundle() };
    assert_eq!(refused(&bundle, made.log.verifier()), Refused::Bundle(BundleError::Evidence("request")));
    let bundle = Bundle { reply: Some(made.request.clone()), ..made.bundle() };
    assert_eq!(refused(&bundle, made.log.verifier()), Refused::Bundle(BundleError::Evidence("reply")));
}

/// The gateway itself records something that does not agree: the log holds, the bundle does not.
#[test]
fn a_record_that_does_not_agree_with_what_was_signed_is_refused() {
    let check = |change: &dyn Fn(&mut Made), expected: Refused| {
        let mut made = Made::new();
        change(&mut made);
        assert_eq!(refused(&made.bundle(), made.log.verifier()), expected);
    };
    let covers = |whose, what| Refused::Covers { whose, what };
    let other = "sha-256=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:";
    check(&|made| made.closed = made.closed.replacen(DIGEST, other, 1), covers("request", "digest"));
    check(&|made| made.closed = made.closed.replace("m-1", "m-2"), covers("request", "message id"));
    check(&|made| made.closed = made.closed.replace(":200,", ":403,"), covers("reply", "status"));
    check(
        &|made| {
            let at = made.closed.rfind(DIGEST).unwrap();
            made.closed.replace_range(at..at + DIGEST.len(), other);
        },
        covers("reply", "digest"),
    );
    check(
        &|made| {
            made.request.signature = STANDARD.encode([0; 64]);
            made.closed = made.record();
        },
        Refused::Signature("request"),
    );
    check(
        &|made| {
            made.request.algorithm = "ecdsa-p256-sha256".to_owned();
            made.closed = made.record();
        },
        Refused::Key("request"),
    );
    check(
        &|made| {
            let base =
                format!("\"content-digest\": {DIGEST}\n\"@status\": 200\n\"signature\";req;key=\"lgsp\": :AAAA:");
            made.reply = signed(&key(), "gw", base);
            made.closed = made.record();
        },
        covers("reply", "signature of the request"),
    );
}

/// A refused call may have no recorded body, and another than the signed one only when it was refused for that.
#[test]
fn the_body_of_a_refused_call_is_judged_by_why_it_was_refused() {
    let other = "sha-256=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:";
    let sha512 = "sha-512=:YMAam51Jz/jOATT6/zvHrLVgOYTGFy1d6GJiOHTohq4yP+pgk4vf2aCsyRZOtw8MjkM7iw7yZ/WkppmM44T3qg==:";
    let both = format!("{DIGEST},{sha512}");
    let digest = |digest: &str| format!("\"digest\":\"{digest}\",");
    let (same, another, none) = (digest(DIGEST), digest(other), String::new());
    let refused = |code: &str| format!("\"outcome\":\"refused\",\"refusal\":\"{code}\"");
    let answered = "\"outcome\":\"answered\"".to_owned();
    for (signed, outcome, recorded, expected) in [
        (DIGEST, &answered, &same, Some(Body::Signed)),
        (DIGEST, &answered, &none, None),
        (DIGEST, &answered, &another, None),
        (&both, &answered, &same, Some(Body::Signed)),
        (sha512, &answered, &another, Some(Body::Signed)),
        (DIGEST, &refused("signature-stale"), &none, Some(Body::Unread)),
        (DIGEST, &refused("access-denied"), &same, Some(Body::Signed)),
        (DIGEST, &refused("access-denied"), &another, None),
        ("md5=:AAAA:", &refused("digest-mismatch"), &none, Some(Body::Unread)),
        (DIGEST, &refused("digest-mismatch"), &another, Some(Body::Other)),
        // The gateway says that the body is another, and records the signed one.
        (DIGEST, &refused("digest-mismatch"), &same, None),
        (&both, &refused("digest-mismatch"), &same, Some(Body::Other)),
    ] {
        let mut made = Made::new();
        let base = made.request.base.replace(DIGEST, signed);
        made.request = signed_by_department(base);
        made.reply = reply_to(&made.request);
        made.closed = made.record().replacen(&same, recorded, 1).replace(&answered, outcome);
        let found = check(&made.bundle().encode(), Some(made.log.verifier()));
        let what = format!("{signed} {outcome} {recorded}");
        match expected {
            Some(body) => {
                let verified = found.unwrap_or_else(|error| panic!("{what}: {error}"));
                assert_eq!(verified.body, Some(body), "{what}");
                let mut text = String::new();
                super::describe(&verified, &mut text).unwrap();
                assert_eq!(text.contains("signed digest"), body != Body::Signed, "{text}");
            }
            None => assert_eq!(found, Err(Refused::Covers { whose: "request", what: "digest" }), "{what}"),
        }
    }
}

#[test]
fn a_message_id_is_left_out_of_the_record_only_when_it_may_name_a_person() {
    for (id, recorded, holds) in [
        ("075085000001", "(sealed)", true),
        ("9f3c1a22-0b1d-4e8a-9c55-123456789012", "(sealed)", true),
        ("075085000001", "075085000001", true),
        ("075085000001", "075085000002", false),
        ("m-1", "(sealed)", false),
    ] {
        let mut made = Made::new();
        made.request = signed_by_department(made.request.base.replace("m-1", id));
        made.reply = reply_to(&made.request);
        made.closed = made.record().replace("m-1", recorded);
        assert_eq!(check(&made.bundle().encode(), None).is_ok(), holds, "{id} {recorded}");
    }
}
