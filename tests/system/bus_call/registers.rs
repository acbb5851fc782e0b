//! Registers that are slow, broken or dishonest: each becomes a refusal that says whose fault it is and whether to retry.

use sandbox::{bus::Message, province::Part};
use serde_json::{Value, json};

use super::world::{HO_KINH_DOANH, Question, TRA_CUU, World, an, http, refused};

const ASKED: &str = "XacThucThongTinCongDan";

#[tokio::test]
async fn whatever_the_population_database_does_becomes_a_named_refusal() {
    let world = World::start().await;
    let question = world.question(an());
    let fail = |status: u16| json!({ "fail": { "at": ASKED, "status": status } });
    let lie = |how: &str| json!({ "lie": { "at": ASKED, "how": how } });
    for (behavior, code, origin, retry) in [
        (fail(500), "provider-reported", "provider", false),
        (fail(503), "provider-unavailable", "provider", true),
        (fail(429), "provider-unavailable", "provider", true),
        (fail(401), "provider-refused", "gateway", false),
        (fail(403), "provider-refused", "gateway", false),
        (lie("garbage"), "provider-malformed", "provider", false),
        (lie("wrong_type"), "provider-malformed", "provider", false),
        (lie("cut"), "provider-cut", "provider", true),
        (lie("oversize"), "provider-too-large", "provider", false),
        (lie("error_inside"), "provider-reported", "provider", false),
        (lie("fault_inside"), "provider-reported", "provider", false),
        (lie("other_request"), "provider-malformed", "provider", false),
        (lie("doctype"), "provider-malformed", "provider", false),
    ] {
        world.tell(Part::Population, &behavior).await;
        let refusal = world.refused(&question).await;
        let seen = (refusal.code.as_str(), refusal.origin.as_str(), refusal.retry);
        assert_eq!(seen, (code, origin, retry), "{behavior}");
        assert!(refusal.record.is_some(), "{behavior}");
    }
    world.tell(Part::Population, &json!({})).await;
    assert_eq!(world.answered(&question).await, json!({ "KetQua": true }));
}

#[tokio::test]
async fn the_data_of_another_person_are_not_passed_on() {
    let world = World::start().await;
    world.tell(Part::Population, &json!({ "lie": { "at": "TraCuuThongTinCongDan", "how": "wrong_person" } })).await;
    let refusal = world.refused(&Question { service: TRA_CUU, ..world.question(an()) }).await;
    assert_eq!((refusal.code.as_str(), refusal.origin.as_str()), ("provider-malformed", "provider"));
}

#[tokio::test]
async fn a_database_that_is_too_slow_is_not_waited_for() {
    let world = World::start().await;
    world.tell(Part::Population, &json!({ "delay_ms": 30_000, "delay_at": [ASKED] })).await;
    let refusal = world.refused(&world.question(an())).await;
    assert_eq!((refusal.code.as_str(), refusal.status.as_u16()), ("provider-timeout", 504));
    assert_eq!((refusal.origin.as_str(), refusal.retry), ("provider", true));
}

#[tokio::test]
async fn a_register_s_fields_are_filtered_and_its_own_refusal_passes_through() {
    let world = World::start().await;
    let get = |path| Message::get(HO_KINH_DOANH, path, "giai-quyet-tthc", "168/2025/ND-CP");
    let answer = world.caller.call(&get("/8001234567")).await.unwrap();
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(body, json!({ "ma_so": "8001234567", "ten": "HỘ KINH DOANH AN BÌNH", "tinh_trang": "dang-hoat-dong" }));
    assert!(answer.withheld.iter().any(|field| field.starts_with("chu_ho")), "{:?}", answer.withheld);
    let absent = world.caller.call(&get("/9999999999")).await;
    assert!(absent.is_ok_and(|answer| answer.status == 404), "the register's own answer");
    let body = json!({ "ma_so": "8001234567" });
    let post = Message { path: "/tra-cuu", ..Message::post(HO_KINH_DOANH, "giai-quyet-tthc", "168/2025/ND-CP", &body) };
    assert_eq!(world.caller.call(&post).await.unwrap().status, 200);
    let number = refused(world.caller.call(&get("/12")).await);
    assert_eq!(number.code, "request-contract");
}

#[tokio::test]
async fn a_register_that_answers_otherwise_than_agreed_is_told_from_one_that_is_broken() {
    let world = World::start().await;
    let lie = |how: &str| json!({ "lie": { "at": "HoKinhDoanh", "how": how } });
    for (behavior, codes) in [
        (lie("wrong_person"), ["reply-contract", "reply-contract"]),
        (lie("error_inside"), ["reply-contract", "reply-contract"]),
        (lie("garbage"), ["reply-contract", "provider-malformed"]),
        (lie("wrong_type"), ["reply-contract", "provider-malformed"]),
        (lie("cut"), ["provider-cut", "provider-cut"]),
        (json!({ "fail": { "at": "HoKinhDoanh", "status": 503 } }), ["provider-unavailable", "provider-unavailable"]),
    ] {
        world.tell(Part::Register, &behavior).await;
        let message = Message::get(HO_KINH_DOANH, "/8001234567", "giai-quyet-tthc", "168/2025/ND-CP");
        let refusal = refused(world.caller.call(&message).await);
        assert!(codes.contains(&refusal.code.as_str()), "{behavior}: {}", refusal.code);
        assert_eq!(refusal.origin, "provider", "{behavior}");
    }
}

#[tokio::test]
async fn what_may_not_be_done_twice_is_not_called_repeatable_when_it_may_have_been_done() {
    let world = World::start().await;
    let body = json!({ "ma_so": "8001234567" });
    let post = Message { path: "/tra-cuu", ..Message::post(HO_KINH_DOANH, "giai-quyet-tthc", "168/2025/ND-CP", &body) };
    let refusal = async |behavior: Value| {
        world.tell(Part::Register, &behavior).await;
        let refusal = refused(world.caller.call(&post).await);
        (refusal.code, refusal.retry)
    };
    let cut = json!({ "lie": { "at": "HoKinhDoanh", "how": "cut" } });
    let busy = json!({ "fail": { "at": "HoKinhDoanh", "status": 503 } });
    assert_eq!(refusal(cut.clone()).await, ("provider-cut".to_owned(), true));
    let changed = world.change("registry/services/tinh.toml", "idempotent = [\"POST\"]", "idempotent = []");
    let at_once = async || refusal(cut.clone()).await == ("provider-cut".to_owned(), false);
    world.soon(changed, "a service whose calls may not be repeated", at_once).await;
    assert_eq!(refusal(busy).await, ("provider-unavailable".to_owned(), false));
}

#[tokio::test]
async fn a_refused_call_never_reaches_the_database() {
    let world = World::start().await;
    let requests = async || -> Value {
        let address = world.province.addresses().at(Part::Population, "/_operator/requests");
        let answer = http().get(address).send().await.unwrap().bytes().await.unwrap();
        serde_json::from_slice(&answer).unwrap()
    };
    let before = requests().await;
    let question = world.question(an());
    for refusable in [
        Question { purpose: "thong-ke", ..question.clone() },
        Question { officer: None, ..question.clone() },
        Question { body: json!({}), ..question.clone() },
        Question { procedure: Some("2.001023.000.00.00.H19"), ..question.clone() },
    ] {
        world.refused(&refusable).await;
    }
    assert_eq!(requests().await, before);
    world.answered(&question).await;
    assert_ne!(requests().await, before);
}
