//! The signed call from end to end, and what each part of a message is worth.

use sandbox::{
    bus::{CallError, Message},
    people::PEOPLE,
};
use serde_json::{Value, json};

use super::world::{DANH_MUC, HO_KINH_DOANH, LEGAL_BASIS, PURPOSE, World, XAC_THUC, an, refused};

#[tokio::test]
async fn a_department_learns_whether_number_name_and_birth_date_belong_together() {
    let world = World::start().await;
    for person in &PEOPLE {
        assert_eq!(world.answered(&world.question(person)).await, json!({ "KetQua": true }), "{}", person.name);
    }
    let mut question = world.question(an());
    question.body["HoVaTen"] = Value::from("NGUYỄN VĂN BÌNH");
    assert_eq!(world.answered(&question).await, json!({ "KetQua": false }));
}

#[tokio::test]
async fn an_answer_names_its_agreement_and_a_record_of_its_own() {
    let world = World::start().await;
    let question = world.question(an());
    let (first, second) = (world.ask(&question).await.unwrap(), world.ask(&question).await.unwrap());
    assert_eq!(first.agreement.as_deref(), Some("mot-cua-xac-thuc"));
    assert_ne!(first.record, second.record);
    assert!(types::TransactionId::parse(&first.record).is_some(), "{}", first.record);
}

#[tokio::test]
async fn what_no_agreement_covers_is_denied_and_recorded() {
    let world = World::start().await;
    let question = world.question(an());
    let stranger = world.province.caller("khong-quyen").unwrap();
    let officer = world.officer.clone();
    let denied = refused(stranger.call(&question.message(Some(&officer))).await);
    assert_eq!((denied.code.as_str(), denied.status.as_u16()), ("access-denied", 403));
    assert_eq!((denied.origin.as_str(), denied.retry), ("caller", false));
    assert!(denied.record.is_some());
    for (what, changed) in [
        ("purpose", super::world::Question { purpose: "thong-ke", ..question.clone() }),
        ("legal basis", super::world::Question { legal_basis: "1/2000/ND-CP", ..question.clone() }),
        ("procedure", super::world::Question { procedure: Some("1.000000.000.00.00.H19"), ..question.clone() }),
        ("no procedure", super::world::Question { procedure: None, ..question.clone() }),
    ] {
        let denied = world.refused(&changed).await;
        assert_eq!(denied.code, "access-denied", "{what}");
        assert!(denied.record.is_some(), "{what}");
    }
}

#[tokio::test]
async fn a_procedure_without_a_national_code_is_refused_before_the_database_is_asked() {
    let world = World::start().await;
    let mut question = world.question(an());
    question.procedure = Some("2.001023.000.00.00.H19");
    let refusal = world.refused(&question).await;
    assert_eq!((refusal.code.as_str(), refusal.status.as_u16()), ("mapping-missing", 422));
    assert_eq!((refusal.origin.as_str(), refusal.detail.as_deref()), ("gateway", Some("procedure")));
}

#[tokio::test]
async fn a_message_that_was_changed_after_it_was_signed_is_refused() {
    let world = World::start().await;
    let question = world.question(an());
    let officer = world.officer.clone();
    let prepare = || world.caller.prepare(&question.message(Some(&officer))).unwrap();
    let header = |name: &'static str, value: &'static str| {
        let mut changed = prepare();
        changed.headers.insert(name, value.parse().unwrap());
        changed
    };
    let mut body = prepare();
    body.body.extend(b" ");
    let mut path = prepare();
    path.target.push_str("/x");
    let mut service = prepare();
    service.target = service.target.replace("XacThuc", "TraCuu");
    let mut query = prepare();
    query.target.push_str("?x=1");
    let mut method = prepare();
    method.method = http::Method::PUT;
    let mut unsigned = prepare();
    unsigned.headers.remove("signature");
    let mut no_purpose = prepare();
    no_purpose.headers.remove("lgsp-purpose");
    for (what, changed, code) in [
        ("body", body, "digest-mismatch"),
        ("path", path, "signature-invalid"),
        ("another service than the header names", service, "repeated-header"),
        ("query", query, "signature-invalid"),
        ("method", method, "signature-invalid"),
        ("purpose", header("lgsp-purpose", "\"thong-ke\""), "signature-invalid"),
        ("officer", header("lgsp-actor", "?0"), "signature-invalid"),
        ("a header that was added", header("lgsp-issue", "\"1\""), "signature-invalid"),
        ("no signature", unsigned, "signature-invalid"),
        ("no purpose", no_purpose, "bad-request"),
    ] {
        let received = world.caller.send(&changed).await.unwrap();
        assert_eq!(received.header("lgsp-error"), Some(code), "{what}");
        // Whatever was wrong with it, the refusal is signed and bound to what was sent.
        let refusal = refused(world.caller.judge(&changed, received));
        assert!(refusal.record.is_some() && refusal.code == code, "{what}");
    }
}

#[tokio::test]
async fn a_message_without_a_purpose_is_refused_even_when_it_is_signed_like_that() {
    let world = World::start().await;
    let question = world.question(an());
    let officer = world.officer.clone();
    let mut prepared = world.caller.prepare(&question.message(Some(&officer))).unwrap();
    prepared.headers.insert("lgsp-purpose", "\"\"".parse().unwrap());
    world.caller.sign(&mut prepared).unwrap();
    let received = world.caller.send(&prepared).await.unwrap();
    let code = refused(world.caller.judge(&prepared, received)).code;
    assert!(["access-denied", "bad-request"].contains(&code.as_str()), "{code}");
}

#[tokio::test]
async fn the_answer_to_one_message_is_not_believed_as_the_answer_to_another() {
    let world = World::start().await;
    let question = world.question(an());
    let officer = world.officer.clone();
    let (one, other) = (
        world.caller.prepare(&question.message(Some(&officer))).unwrap(),
        world.caller.prepare(&question.message(Some(&officer))).unwrap(),
    );
    let received = world.caller.send(&one).await.unwrap();
    assert!(matches!(world.caller.judge(&other, received.clone()), Err(CallError::NotBelieved(_))));
    let mut forged = received.clone();
    forged.body = br#"{"KetQua":false}"#.to_vec();
    assert!(matches!(world.caller.judge(&one, forged), Err(CallError::NotBelieved(_))));
    let mut forged = received.clone();
    forged.headers.insert("lgsp-record", "\"019365a0-0000-7000-8000-000000000000\"".parse().unwrap());
    assert!(matches!(world.caller.judge(&one, forged), Err(CallError::NotBelieved(_))));
    assert!(world.caller.judge(&one, received).is_ok());
}

#[tokio::test]
async fn what_is_not_there_is_named() {
    let world = World::start().await;
    for (service, path, code, status) in [
        ("VN/GOV/000.00.00.G01/dancu/KhongCo", "", "unknown-service", 404),
        ("VN/GOV/000.00.99.H19/dancu/XacThucThongTinCongDan", "", "unknown-member", 404),
        (HO_KINH_DOANH, "/a/b/c", "unknown-endpoint", 404),
        (DANH_MUC, "", "unknown-endpoint", 404),
    ] {
        let message = Message::get(service, path, PURPOSE, LEGAL_BASIS);
        let refusal = refused(world.caller.call(&message).await);
        assert_eq!((refusal.code.as_str(), refusal.status.as_u16()), (code, status), "{service}{path}");
    }
}

#[tokio::test]
async fn a_request_that_does_not_fit_the_contract_goes_nowhere() {
    let world = World::start().await;
    for body in [
        json!({}),
        json!({ "SoDinhDanh": "075085000001" }),
        json!({ "SoDinhDanh": "75085000001", "HoVaTen": "A B", "NgayThangNamSinh": { "Nam": "1985" } }),
        json!({ "SoDinhDanh": 75_085_000_001_i64, "HoVaTen": "A B", "NgayThangNamSinh": { "Nam": "1985" } }),
    ] {
        let question = super::world::Question { body: body.clone(), ..world.question(an()) };
        let refusal = world.refused(&question).await;
        assert_eq!((refusal.code.as_str(), refusal.origin.as_str()), ("request-contract", "caller"), "{body}");
    }
    let mut question = world.question(an());
    question.service = XAC_THUC;
    question.body["MaCanBo"] = Value::from("H19.15.0001");
    assert_eq!(
        world.refused(&question).await.code,
        "request-contract",
        "an officer's national code is not the caller's to say"
    );
}

#[tokio::test]
async fn head_is_answered_and_refused_without_content_and_its_signature_holds() {
    let world = World::start().await;
    let head = |path, purpose| Message {
        method: http::Method::HEAD,
        ..Message::get(DANH_MUC, path, purpose, "278/2025/ND-CP")
    };
    let answer = world.caller.call(&head("/dan-toc", "tra-cuu-danh-muc")).await.unwrap();
    assert_eq!((answer.status.as_u16(), answer.body.len()), (200, 0));
    let denied = refused(world.caller.call(&head("/dan-toc", "thong-ke")).await);
    assert_eq!((denied.code.as_str(), denied.status.as_u16()), ("access-denied", 403));
    let unknown = refused(world.caller.call(&head("/a/b", "tra-cuu-danh-muc")).await);
    assert_eq!(unknown.code, "unknown-endpoint");
    let path = format!("/r1/{DANH_MUC}/dan-toc");
    let plain = world.caller.send_plain(http::Method::HEAD, &path, None).await.unwrap();
    assert_eq!((plain.status.as_u16(), plain.body.len(), plain.header("content-length")), (200, 0, None));
    let get = world.caller.send_plain(http::Method::GET, &path, None).await.unwrap();
    assert!(!get.body.is_empty() && plain.header("content-type") == get.header("content-type"));
    let other = format!("/r1/{XAC_THUC}");
    let plain = world.caller.send_plain(http::Method::HEAD, &other, None).await.unwrap();
    assert_eq!((plain.status.as_u16(), plain.body.len(), plain.header("content-length")), (500, 0, None));
}
