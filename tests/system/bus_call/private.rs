//! What a caller sends shows in no metric and in no line of the process, whatever comes of the call.

use http::{HeaderMap, Method};
use sandbox::{
    bus::{Message, Prepared},
    province::Part,
};

use super::world::{HO_KINH_DOANH, Question, TRA_CUU, World, an, http};
use crate::message_log::program::Gateway;

/// A number of nobody, in every place where a call has room for text.
const CANARY: &str = "075085099999";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_metric_and_no_line_holds_a_path_a_header_a_body_or_a_person() {
    let mut world = World::start().await;
    world.province.stop_gateway().await;
    let gateway = Gateway::start(world.folder(), world.province.addresses().port(Part::Gateway)).await;
    let person = Question { service: TRA_CUU, ..world.question(an()) };
    world.answered(&person).await;
    for message in [
        Message::get(HO_KINH_DOANH, "/075085099999", "giai-quyet-tthc", "168/2025/ND-CP"),
        Message::get(HO_KINH_DOANH, "/8001234567?so=075085099999", "giai-quyet-tthc", "168/2025/ND-CP"),
        Message::get(HO_KINH_DOANH, "/a/075085099999", "giai-quyet-tthc", "168/2025/ND-CP"),
        Message::get("VN/GOV/000.00.00.H19/dang-ky-kinh-doanh/075085099999", "", "giai-quyet-tthc", "168/2025/ND-CP"),
        Message::get("VN/GOV/075085099999/x/y", "", CANARY, CANARY),
        Message { procedure: Some(CANARY), ..Message::get(HO_KINH_DOANH, "/8001234567", CANARY, CANARY) },
    ] {
        let _ = world.caller.call(&message).await;
    }
    for path in ["/r1/VN/GOV/000.00.00.H19/danh-muc/DanhMuc/075085099999", "/075085099999", "/r1/075085099999"] {
        let mut headers = HeaderMap::new();
        for name in
            ["x-road-client", "x-road-id", "x-road-userid", "x-road-issue", "user-agent", "accept", "x-anything"]
        {
            headers.insert(name, CANARY.parse().unwrap());
        }
        let prepared = Prepared { method: Method::POST, target: path.to_owned(), headers, body: CANARY.into() };
        let _ = world.caller.send(&prepared).await;
        let _ = world.caller.send_plain(Method::GET, path, None).await;
    }
    let mut question = person.clone();
    question.body["HoVaTen"] = CANARY.into();
    let _ = world.ask(&question).await;
    let _ = world.ask(&Question { officer: Some(CANARY.to_owned()), ..person }).await;

    let metrics = http().get(world.province.addresses().at(Part::GatewayOperator, "/metrics")).send().await.unwrap();
    let metrics = String::from_utf8(metrics.bytes().await.unwrap().to_vec()).unwrap();
    let lines = std::fs::read_to_string(world.folder().join("gateway.log")).unwrap();
    assert!(metrics.contains("gateway_calls_total") && lines.matches("call.refused").count() > 8, "{lines}");
    for secret in [CANARY, an().number, an().name, &an().name.to_uppercase()] {
        assert!(!metrics.contains(secret), "{secret} is in the metrics");
        assert!(!lines.contains(secret), "{secret} is in a line");
    }
    gateway.kill();
}
