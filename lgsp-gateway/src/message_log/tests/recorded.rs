//! What stands in the two records of a call, and what must not.

use http::{HeaderMap, HeaderValue};
use serde_json::{Value, json};
use tlog::{Entries, Evidence, Hash, evidence::SEALED};
use types::ServiceId;

use super::made::{Bench, START, answered, head, id, refused, sealer, signature, trail};
use crate::{
    call::Head,
    message_log::{evidence::unseal, find, record::Answer},
    refusal::Code,
    registry::tested::{POPULATION, snapshot},
    trail::{BodyCopy, Trail},
};

/// A number that must be found nowhere in the clear.
const PERSONAL: &str = "079090001234";
/// What an agreement of the example lists.
const PURPOSE: &str = "giai-quyet-thu-tuc-hanh-chinh";

async fn recorded(head: &Head, trail: &Trail, answer: Answer<'_>) -> (Value, Value, Option<Evidence>, Vec<u8>) {
    let bench = Bench::new().await;
    let log = bench.start().await;
    let opened = log.open(head, trail).await.unwrap();
    log.close_with(head, trail, opened, answer).await.unwrap();
    log.stop().await;
    let found = find(bench.store.as_ref(), head.id).await.unwrap();
    let (opened, closed) = (found.opened.unwrap(), found.closed.unwrap());
    let evidence = closed.sealed.map(|sealed| unseal(&sealer(), head.id, &sealed).unwrap());
    let read = |entry: &[u8]| serde_json::from_slice(entry).unwrap();
    let bytes = bench.store.read(0, usize::MAX).await.unwrap();
    let bytes = bytes.iter().flat_map(|batch| [batch.entries.clone(), batch.evidence.clone()]).flatten().collect();
    (read(&opened.entry), read(&closed.entry), evidence, bytes)
}

#[tokio::test]
async fn the_records_say_who_what_why_and_how_it_ended() {
    let trail = Trail {
        service_asked: ServiceId::parse(POPULATION).ok(),
        endpoint: Some("POST /".into()),
        agreement: Some("mot-cua-dan-cu".into()),
        policies: vec!["call_service".into()],
        officer_level: Some(3),
        withheld: ["QueQuan"].into_iter().collect(),
        attempts: 1,
        purpose: Some(PURPOSE.to_owned()),
        ..trail(5)
    };
    let reply = signature("reply");
    let call = Head { registry: snapshot(&[]), ..head(5) };
    let (opened, closed, ..) = recorded(&call, &trail, Answer { signature: Some(&reply), ..answered() }).await;
    assert_eq!(
        opened,
        json!({
            "index": 0, "previous": Hash::ZERO.base64(), "kind": "opened", "id": id(5).to_string(),
            "at": 1_795_219_200_000_000_i64, "form": "lgsp-v1", "method": "POST",
            "client": "VN/GOV/000.00.15.H19/mot-cua", "message_id": "message-5",
            "nonce": Hash::from_slice(&trail.nonce.unwrap().0).unwrap().base64(), "nonce_until": 1_795_219_290_000_u64,
            "certificate": "11".repeat(32), "registry": opened["registry"],
        })
    );
    for (name, expected) in [
        ("kind", json!("closed")),
        ("outcome", json!("answered")),
        ("status", json!(200)),
        ("client", json!("VN/GOV/000.00.15.H19/mot-cua")),
        ("service_asked", json!(POPULATION)),
        ("endpoint", json!("POST /")),
        ("purpose", json!(PURPOSE)),
        ("officer", json!("can-bo:dung")),
        ("officer_level", json!(3)),
        ("agreement", json!("mot-cua-dan-cu")),
        ("policies", json!(["call_service"])),
        ("withheld", json!(["QueQuan"])),
        ("attempts", json!(1)),
        ("took_us", json!(0)),
    ] {
        assert_eq!(closed[name], expected, "{name}");
    }
    assert_eq!(closed["request"]["key_id"], "mot-cua");
    assert_eq!(closed["reply"]["digest"], answered().digest);
    assert!(closed.get("refusal").is_none());
}

#[tokio::test]
async fn a_refusal_is_recorded_by_its_code_and_whose_fault_it_is() {
    let (_, closed, ..) = recorded(&head(1), &trail(1), refused()).await;
    assert_eq!((&closed["outcome"], &closed["status"]), (&json!("refused"), &json!(403)));
    assert_eq!((&closed["refusal"], &closed["origin"]), (&json!(Code::AccessDenied.name()), &json!("caller")));
}

#[tokio::test]
async fn nothing_of_path_query_headers_and_bodies_stands_in_the_clear() {
    let mut call = head(1);
    call.path = format!("/r1/VN/GOV/000.00.00.H19/dang-ky-kinh-doanh/HoKinhDoanh/{PERSONAL}");
    call.query = Some(format!("so={PERSONAL}"));
    call.method = http::Method::from_bytes(PERSONAL.as_bytes()).unwrap();
    call.headers = HeaderMap::from_iter([(http::header::REFERER, HeaderValue::from_static(PERSONAL))]);
    let trail = Trail {
        request_signature: Some(signature(PERSONAL)),
        request_copy: Some(BodyCopy::Whole(PERSONAL.into())),
        reply_copy: Some(BodyCopy::Whole(format!("reply {PERSONAL}").into())),
        ..trail(1)
    };
    let (opened, closed, evidence, bytes) = recorded(&call, &trail, answered()).await;
    assert!(!bytes.windows(PERSONAL.len()).any(|window| window == PERSONAL.as_bytes()), "{opened} {closed}");
    let evidence = evidence.unwrap();
    assert!(evidence.request.unwrap().base.contains(PERSONAL));
    assert_eq!(evidence.request_copy.as_deref(), Some(PERSONAL.as_bytes()));
    assert_eq!(evidence.reply_copy.unwrap(), format!("reply {PERSONAL}").as_bytes());
}

#[tokio::test]
async fn what_a_caller_says_that_may_name_a_person_is_only_in_the_sealed_evidence() {
    let text = |text: &str| Some(text.to_owned());
    let trail = Trail {
        request_signature: None,
        message_id: text(&format!("id-{PERSONAL}")),
        service_asked: ServiceId::parse(&format!("VN/GOV/{PERSONAL}/a/b")).ok(),
        purpose: text("verify Nguyen Van An"),
        legal_basis: text(PERSONAL),
        procedure: text("1.000000.000.00.00.H19"),
        issue: text(PERSONAL),
        ..trail(1)
    };
    let call = Head { registry: snapshot(&[]), ..head(1) };
    let (opened, closed, evidence, bytes) = recorded(&call, &trail, refused()).await;
    for word in [PERSONAL, "Nguyen"] {
        assert!(!bytes.windows(word.len()).any(|window| window == word.as_bytes()), "{opened} {closed}");
    }
    for name in ["message_id", "service_asked", "purpose", "legal_basis", "procedure", "issue"] {
        assert_eq!(closed[name], SEALED, "{name}");
    }
    assert_eq!(opened["message_id"], SEALED);
    let texts: Value = serde_json::from_str(&evidence.unwrap().texts.unwrap()).unwrap();
    let expected = json!({
        "message_id": trail.message_id, "service_asked": trail.service_asked.unwrap().as_str(), "purpose": trail.purpose,
        "legal_basis": trail.legal_basis, "procedure": trail.procedure, "issue": trail.issue,
    });
    assert_eq!(texts, expected);
}

#[tokio::test]
async fn what_the_registry_or_we_have_named_stands_in_the_open_whatever_it_is() {
    let listed = format!("{PERSONAL}/QD-UBND");
    let registry =
        snapshot(&[("agreements/mot-cua.toml", "\"nd-107-2021\"", &format!("\"nd-107-2021\", \"{listed}\""))]);
    // Digits that our own number happens to have.
    let number = types::TransactionId::new(START.micros(), [0x12; 10]);
    let call = Head { id: number, registry, ..head(1) };
    let trail = Trail {
        request_signature: None,
        message_id: Some(format!("VN-{number}")),
        service_asked: ServiceId::parse(&format!("VN/COM/{PERSONAL}/a/b")).ok(),
        service_found: ServiceId::parse(POPULATION).ok(),
        purpose: Some(PURPOSE.to_owned()),
        legal_basis: Some(listed.clone()),
        procedure: Some("1.001612.000.00.00.H19".to_owned()),
        issue: Some("HS-2026/00017".to_owned()),
        ..trail(1)
    };
    let (opened, closed, evidence, _) = recorded(&call, &trail, answered()).await;
    assert_eq!(opened["message_id"], json!(trail.message_id));
    for (name, expected) in [
        ("message_id", &trail.message_id),
        ("purpose", &trail.purpose),
        ("legal_basis", &trail.legal_basis),
        ("procedure", &trail.procedure),
        ("issue", &trail.issue),
    ] {
        assert_eq!(closed[name], json!(expected), "{name}");
    }
    assert_eq!(closed["service_asked"], format!("VN/COM/{PERSONAL}/a/b"));
    assert_eq!(evidence, None);
}

#[tokio::test]
async fn however_long_a_caller_speaks_its_record_fits() {
    let long = "x".repeat(60_000);
    let digest = format!("sha-256=:{}:", Hash::of(long.as_bytes()));
    let trail = Trail {
        message_id: Some(long.clone()),
        purpose: Some(long.clone()),
        legal_basis: Some("\u{1}".repeat(512)),
        issue: Some(long.clone()),
        officer: Some(long.clone().into()),
        withheld: (0..5000).map(|number| format!("field-{number}")).collect(),
        ..trail(1)
    };
    let (opened, closed, ..) = recorded(&head(1), &trail, answered()).await;
    for text in [&opened["message_id"], &closed["message_id"], &closed["issue"], &closed["officer"]] {
        assert_eq!(text, &json!(digest));
    }
    assert_eq!((&closed["purpose"], &closed["legal_basis"]), (&json!(SEALED), &json!(SEALED)));
    assert_eq!(closed["withheld"].as_array().unwrap().len(), 200);
    assert_eq!(closed["withheld_more"], 4800);
}

#[tokio::test]
async fn a_call_without_a_signature_has_no_evidence() {
    let bench = Bench::new().await;
    let log = bench.start().await;
    let trail = Trail { request_signature: None, purpose: None, ..trail(1) };
    let opened = log.open(&head(1), &trail).await.unwrap();
    log.close_with(&head(1), &trail, opened, answered()).await.unwrap();
    log.stop().await;
    let batches = bench.store.read(0, usize::MAX).await.unwrap();
    assert!(batches.iter().all(|batch| batch.evidence.is_empty()));
    let entries: Vec<_> = batches.iter().flat_map(|batch| Entries::of(&batch.entries)).map(Result::unwrap).collect();
    assert!(!String::from_utf8_lossy(entries[1]).contains("evidence"));
}
