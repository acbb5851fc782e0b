//! What is recorded of a call, and what an auditor can check without us.

use std::{fs, os::unix::fs::PermissionsExt, time::Duration};

use clock::{Clock, SystemClock};
use http::Method;
use sandbox::{
    bus::{Message, Prepared},
    province::Part,
};
use secrecy::ExposeSecret;
use signing::http_signature::{
    Request, SigningKey,
    lgsp_v1::request::{Occasion, sign},
};

use super::program::{log, said, verify};
use crate::bus_call::world::{DANH_MUC, Question, TRA_CUU, World, an, refused};

const FILES: &str = "VN/GOV/000.00.00.H19/danh-muc/TapTin";

#[tokio::test(flavor = "multi_thread")]
async fn every_call_is_found_by_its_number_answered_or_refused() {
    let mut world = World::start().await;
    let question = world.question(an());
    let answered = world.ask(&question).await.unwrap();
    let denied = world.refused(&Question { purpose: "thong-ke", ..question.clone() }).await;
    let plain = world.plain("/r1/VN/GOV/000.00.00.H19/danh-muc/DanhMuc/dan-toc").await;
    world.province.stop_gateway().await;
    let whole = log(world.folder(), &["verify"]);
    assert!(whole.status.success() && said(&whole).contains("the log holds"), "{}", said(&whole));
    let shown = said(&log(world.folder(), &["show", &answered.record]));
    for part in ["mot-cua-xac-thuc", "can-bo:dung", "giai-quyet-tthc", "VN/GOV/000.00.15.H19/mot-cua"] {
        assert!(shown.contains(part), "{part} is not in {shown}");
    }
    let signature = world.officer.expose_secret().rsplit('.').next().unwrap();
    assert!(shown.contains("\"lgsp-actor\": eyJ") && !shown.contains(signature), "{shown}");
    let denied = denied.record.unwrap();
    assert!(said(&log(world.folder(), &["show", &denied])).contains("access-denied"));
    let number =
        plain.header("lgsp-record").or(plain.header("x-road-request-id")).unwrap().trim_matches('"').to_owned();
    assert!(log(world.folder(), &["show", &number]).status.success(), "{number}");
    let unknown = log(world.folder(), &["show", "019365a0-0000-7000-8000-000000000000"]);
    assert!(!unknown.status.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_person_lies_in_the_log_in_the_open() {
    let mut world = World::start().await;
    for service in [crate::bus_call::world::XAC_THUC, TRA_CUU] {
        world.ask(&Question { service, ..world.question(an()) }).await.unwrap();
    }
    world.province.stop_gateway().await;
    let kept = kept(&world);
    assert!(contains(&kept, b"mot-cua-tra-cuu"), "the log is not where the test looks");
    for secret in [an().number, &an().name.to_uppercase(), "eyJ"] {
        assert!(!contains(&kept, secret.as_bytes()), "{secret} lies in the log");
    }
}

/// A number of nobody.
const NUMBER: &str = "075085099999";

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_a_caller_puts_into_a_header_is_sealed_and_its_call_can_be_proven() {
    let mut world = World::start().await;
    let catalogue = |purpose| Message::get(DANH_MUC, "/dan-toc", purpose, "278/2025/ND-CP");
    let mut numbers = Vec::new();
    for (message, code) in [
        (catalogue("tra-cuu-danh-muc"), None),
        (catalogue(NUMBER), Some("access-denied")),
        (catalogue("Nguyen Van An 1985"), Some("access-denied")),
        (Message { procedure: Some(NUMBER), ..catalogue("tra-cuu-danh-muc") }, None),
    ] {
        let mut prepared = world.caller.prepare(&message).unwrap();
        prepared.headers.insert("lgsp-id", format!("\"ho-so-{NUMBER}\"").parse().unwrap());
        prepared.headers.insert("x-road-issue", NUMBER.parse().unwrap());
        world.caller.sign(&mut prepared).unwrap();
        let received = world.caller.send(&prepared).await.unwrap();
        assert_eq!(received.header("lgsp-error"), code);
        numbers.push(received.header("lgsp-record").unwrap().trim_matches('"').to_owned());
    }
    let mut headers = http::HeaderMap::new();
    for (name, value) in [("x-road-client", "VN/GOV/000.00.15.H19/mot-cua"), ("x-road-id", NUMBER)] {
        headers.insert(name, value.parse().unwrap());
    }
    let target = format!("/r1/{DANH_MUC}/dan-toc");
    let plain = Prepared { method: Method::GET, target, headers, body: Vec::new() };
    let plain = world.caller.send(&plain).await.unwrap();
    assert_eq!((plain.status.as_u16(), plain.header("x-road-id")), (200, Some(NUMBER)));
    numbers.push(plain.header("x-road-request-id").unwrap().to_owned());
    world.province.stop_gateway().await;
    let kept = kept(&world);
    for secret in [NUMBER, "Nguyen Van An"] {
        assert!(!contains(&kept, secret.as_bytes()), "{secret} lies in the log");
    }
    let path = world.folder().join("bundle");
    let bundle = path.to_str().unwrap();
    for number in numbers {
        let shown = said(&log(world.folder(), &["show", &number]));
        assert!(shown.contains("(sealed)") && shown.contains("--- stated by the caller: {"), "{shown}");
        assert!(shown.contains(NUMBER), "{shown}");
        assert!(log(world.folder(), &["prove", &number, "--out", bundle]).status.success());
        let checked = verify(&[bundle]);
        assert!(checked.status.success(), "{}", said(&checked));
    }
    assert!(log(world.folder(), &["verify", "--evidence"]).status.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn copies_of_bodies_are_kept_sealed_where_the_agreement_says_so() {
    let mut world = World::start().await;
    let with = world.ask(&Question { service: TRA_CUU, ..world.question(an()) }).await.unwrap();
    let without = world.ask(&world.question(an())).await.unwrap();
    world.province.stop_gateway().await;
    let answer = String::from_utf8(with.body).unwrap();
    let shown = said(&log(world.folder(), &["show", "--bodies", &with.record]));
    for part in [an().number, &an().name.to_uppercase(), "--- request: copy of the body", "--- reply: copy", &answer] {
        assert!(shown.contains(part), "{part} is not in {shown}");
    }
    assert_eq!(shown.matches("\"copy\":\"sealed\"").count(), 2, "{shown}");
    let named = said(&log(world.folder(), &["show", &with.record]));
    assert!(named.contains("--bodies shows it") && !named.contains(an().number), "{named}");
    let none = said(&log(world.folder(), &["show", "--bodies", &without.record]));
    assert!(!none.contains("copy") && !none.contains(an().number), "{none}");
    let whole = log(world.folder(), &["verify", "--evidence"]);
    assert!(whole.status.success(), "{}", said(&whole));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_body_that_streams_no_copy_is_kept_and_the_record_says_so() {
    let mut world = World::start().await;
    world.province.stop_gateway().await;
    let path = world.folder().join("registry/agreements/mot-cua.toml");
    let (text, id) = (fs::read_to_string(&path).unwrap(), "id = \"mot-cua-tap-tin\"");
    assert!(text.contains(id));
    fs::write(&path, text.replace(id, &format!("{id}\nkeep_bodies = true"))).unwrap();
    world.province.start_gateway().await.unwrap();
    let get = |path| Message::get(FILES, path, "tra-cuu-danh-muc", "278/2025/ND-CP");
    let up = async |bytes| {
        let body = Some(("application/octet-stream", vec![7; bytes]));
        world.caller.call(&Message { method: Method::POST, body, ..get("") }).await.unwrap()
    };
    let (long, held) = (up(3 << 20).await, up(1 << 20).await);
    let down = world.caller.call(&get("/3000000")).await.unwrap();
    world.province.stop_gateway().await;
    for (record, request, reply) in
        [(&long.record, "too-long", "sealed"), (&held.record, "sealed", "sealed"), (&down.record, "sealed", "too-long")]
    {
        let shown = said(&log(world.folder(), &["show", record]));
        let closed = shown.lines().nth(1).expect("the closed record");
        let closed: serde_json::Value = serde_json::from_str(closed).unwrap();
        assert_eq!((&closed["request"]["copy"], &closed["reply"]["copy"]), (&request.into(), &reply.into()), "{shown}");
    }
    let whole = log(world.folder(), &["verify", "--evidence"]);
    assert!(whole.status.success(), "{}", said(&whole));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bundle_is_checked_by_the_small_program_and_a_changed_one_is_refused() {
    let mut world = World::start().await;
    let question = Question { service: TRA_CUU, ..world.question(an()) };
    let answered = world.ask(&question).await.unwrap();
    // Others follow it, so that its proof has something to prove.
    for _ in 0..9 {
        world.ask(&question).await.unwrap();
    }
    world.province.stop_gateway().await;
    let path = world.folder().join("bundle");
    let bundle = path.to_str().unwrap();
    let written = log(world.folder(), &["prove", &answered.record, "--out", bundle]);
    assert!(written.status.success(), "{}", said(&written));
    assert!(said(&written).contains("token, which can be used until"), "{}", said(&written));
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let checked = verify(&[bundle]);
    assert!(checked.status.success(), "{}", said(&checked));
    let text = fs::read_to_string(&path).unwrap();
    let without = tlog::Bundle { request: None, ..tlog::Bundle::decode(&text).unwrap() };
    fs::write(&path, without.encode()).unwrap();
    let checked = verify(&[bundle]);
    assert!(!checked.status.success() && said(&checked).contains("request"), "{}", said(&checked));
    assert!(verify(&[bundle, "--records-only"]).status.success());
    assert!(!text.contains("BEGIN PRIVATE KEY"));
    let mut refusals = 0;
    for (number, line) in text.lines().enumerate().filter(|(_, line)| line.len() > 8) {
        let at = line.len() / 2;
        let Some(old) = line.get(at..=at).filter(|one| one.chars().all(|char| char.is_ascii_alphanumeric())) else {
            continue;
        };
        let new = if old == "A" { "B" } else { "A" };
        let changed: Vec<String> = text
            .lines()
            .enumerate()
            .map(
                |(other, line)| {
                    if other == number { format!("{}{new}{}", &line[..at], &line[at + 1..]) } else { line.to_owned() }
                },
            )
            .collect();
        fs::write(&path, changed.join("\n") + "\n").unwrap();
        let checked = verify(&[bundle]);
        assert!(!checked.status.success(), "line {number} may be changed: {}", said(&checked));
        refusals += 1;
    }
    assert!(refusals > 3, "only {refusals} lines could be changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bundle_of_a_refused_call_is_checked_whatever_it_was_refused_for() {
    let mut world = World::start().await;
    let catalogue = |purpose| Message::get(FILES, "", purpose, "278/2025/ND-CP");
    let up = |bytes, purpose| {
        let body = Some(("application/octet-stream", vec![7; bytes]));
        world.caller.prepare(&Message { method: Method::POST, body, ..catalogue(purpose) }).unwrap()
    };
    let agreed = "tra-cuu-danh-muc";
    let changed = |mut prepared: Prepared| {
        *prepared.body.last_mut().unwrap() = 8;
        prepared
    };
    let mut numbers = Vec::new();
    for (what, prepared, code) in [
        ("an old signature", an_hour_old(&world, up(9, agreed)), "signature-stale"),
        ("another body", changed(up(9, agreed)), "digest-mismatch"),
        ("another body that streams", changed(up(3 << 20, agreed)), "digest-mismatch"),
        ("another purpose", up(9, "thong-ke"), "access-denied"),
        ("another purpose of a body that streams", up(3 << 20, "thong-ke"), "access-denied"),
    ] {
        let received = world.caller.send(&prepared).await.unwrap();
        let refusal = refused(world.caller.judge(&prepared, received));
        assert_eq!(refusal.code, code, "{what}");
        numbers.push((what, refusal.record.unwrap()));
    }
    world.province.stop_gateway().await;
    let path = world.folder().join("bundle");
    let bundle = path.to_str().unwrap();
    for (what, number) in numbers {
        let written = log(world.folder(), &["prove", &number, "--out", bundle]);
        assert!(written.status.success(), "{what}: {}", said(&written));
        let checked = verify(&[bundle]);
        assert!(checked.status.success(), "{what}: {}", said(&checked));
        assert!(said(&checked).contains("The caller signed the request"), "{what}: {}", said(&checked));
        assert_eq!(said(&checked).contains("signed digest"), what != "another purpose", "{what}: {}", said(&checked));
    }
}

/// The same message, signed an hour ago.
fn an_hour_old(world: &World, mut prepared: Prepared) -> Prepared {
    let key = fs::read_to_string(world.folder().join("pki/mot-cua.key")).unwrap();
    let key = SigningKey::from_pkcs8_pem(&key).unwrap();
    let authority = format!("localhost:{}", world.province.addresses().port(Part::Gateway));
    let request = Request {
        method: &prepared.method,
        scheme: "https",
        authority: &authority,
        path: &prepared.target,
        query: None,
        headers: &prepared.headers,
    };
    let created = SystemClock.now().minus(Duration::from_secs(3600));
    let occasion = Occasion { created, lifetime: Duration::from_secs(60), nonce: "AAAAAAAAAAAAAAAAAAAAAA" };
    let signed = sign(&request, &key, "mot-cua", occasion).unwrap();
    signed.apply(&mut prepared.headers);
    prepared
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_stranger_to_the_service_is_recorded_under_its_own_name() {
    let mut world = World::start().await;
    let stranger = world.province.caller("khong-quyen").unwrap();
    let officer = world.officer.clone();
    let denied = refused(stranger.call(&world.question(an()).message(Some(&officer))).await);
    world.province.stop_gateway().await;
    let shown = said(&log(world.folder(), &["show", &denied.record.unwrap()]));
    assert!(shown.contains("khong-quyen") && shown.contains("access-denied"), "{shown}");
}

/// All files of the log.
fn kept(world: &World) -> Vec<u8> {
    let mut kept = Vec::new();
    for entry in fs::read_dir(world.folder()).unwrap().map(Result::unwrap) {
        if entry.file_name().to_string_lossy().starts_with("gateway.db") {
            kept.extend(fs::read(entry.path()).unwrap());
        }
    }
    kept
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}
