use http::{Method, StatusCode};
use serde_json::{Value, json};
use types::SubsystemId;

use super::*;
use crate::{
    caller::tested::Asking,
    registry::{
        Endpoint, Snapshot, moment,
        tested::{CATALOGUE, CLIENT, POPULATION, snapshot},
    },
    reply::ReplyBody,
};

fn routed(asking: Asking) -> (Result<Next, Refusal>, Trail) {
    let at = asking.at;
    let (call, mut trail) = asking.verified();
    (route(call, at, &mut trail), trail)
}

fn service(asking: Asking) -> (Call<Routed>, Trail) {
    match routed(asking) {
        (Ok(Next::Service(call)), trail) => (call, trail),
        (other, _) => panic!("{other:?}"),
    }
}

fn refused(asking: Asking) -> Code {
    routed(asking).0.map(|_| ()).unwrap_err().code
}

fn meta(asking: Asking) -> (String, String) {
    match routed(asking).0 {
        Ok(Next::Meta(Reply { status: StatusCode::OK, headers, body: ReplyBody::Held(body) })) => {
            let kind = headers[http::header::CONTENT_TYPE].to_str().unwrap().to_owned();
            (kind, String::from_utf8(body.to_vec()).unwrap())
        }
        other => panic!("{other:?}"),
    }
}

fn json_of(asking: Asking) -> Value {
    let (kind, body) = meta(asking);
    assert_eq!(kind, "application/json;charset=utf-8");
    serde_json::from_str(&body).unwrap()
}

fn get(registry: &Arc<Snapshot>, path: &str) -> Asking {
    Asking::x_road(registry, Method::GET, path)
}

#[test]
fn a_call_finds_its_service_and_endpoint() {
    let registry = snapshot(&[]);
    let (call, trail) = service(get(&registry, &format!("/r1/{CATALOGUE}/gioi-%74inh")));
    assert_eq!(call.stage.service().id.as_str(), CATALOGUE);
    assert_eq!(call.stage.endpoint().to_string(), "GET /{danh_muc}");
    assert_eq!(call.stage.path(), "/gioi-tinh", "decided on in its one form, and forwarded in it");
    assert_eq!(trail.endpoint.as_deref(), Some("GET /{danh_muc}"), "a template, without data");
    assert_eq!(trail.service_found.as_ref(), trail.service_asked.as_ref());
    assert_eq!(alias(&trail), None);
    assert!(matches!(
        routed(Asking::x_road(&registry, Method::HEAD, &format!("/r1/{CATALOGUE}/a"))).0,
        Ok(Next::Service(_))
    ));
}

#[test]
fn what_there_is_not_is_named() {
    let registry = snapshot(&[]);
    for (path, code) in [
        ("/r1/VN/GOV/000.00.00.H19/danh-muc/Khac".to_owned(), Code::UnknownService),
        ("/r1/VN/GOV/000.00.99.H19/danh-muc/DanhMuc".to_owned(), Code::UnknownMember),
        ("/r1/VN/GOV/000.00.00.h19/danh-muc/DanhMuc".to_owned(), Code::UnknownMember),
        (format!("/r1/{CATALOGUE}"), Code::UnknownEndpoint),
        (format!("/r1/{CATALOGUE}/"), Code::UnknownEndpoint),
        (format!("/r1/{CATALOGUE}/a/b"), Code::UnknownEndpoint),
    ] {
        assert_eq!(refused(get(&registry, &path)), code, "{path}");
    }
    let post = Asking::x_road(&registry, Method::POST, &format!("/r1/{CATALOGUE}/a"));
    assert_eq!(refused(post), Code::UnknownEndpoint, "another method is another endpoint");
}

#[test]
fn a_service_that_is_switched_off_says_so() {
    let registry = snapshot(&[("services/danh-muc.toml", "style = \"rest\"", "style = \"rest\"\nenabled = false")]);
    let (result, trail) = routed(get(&registry, &format!("/r1/{CATALOGUE}/a")));
    assert_eq!(result.map(|_| ()).unwrap_err().code, Code::ServiceDisabled);
    assert!(trail.endpoint.is_some());
}

#[test]
fn a_former_agencys_code_leads_to_its_successor_and_the_answer_says_so() {
    let registry = snapshot(&[]);
    let (call, trail) = service(get(&registry, "/r1/VN/GOV/000.00.00.H10/danh-muc/DanhMuc/a"));
    assert_eq!(call.stage.service().id.as_str(), CATALOGUE);
    assert_eq!(alias(&trail).unwrap(), format!("\"{CATALOGUE}\""));
    assert_eq!(trail.service_asked.unwrap().as_str(), "VN/GOV/000.00.00.H10/danh-muc/DanhMuc");
    assert_eq!(trail.service_found.unwrap().as_str(), CATALOGUE);
}

#[test]
fn a_service_outside_its_time_is_not_there() {
    let registry = snapshot(&[("services/danh-muc.toml", "style", "valid_to = \"2026-11-01\"\nstyle")]);
    assert_eq!(refused(get(&registry, &format!("/r1/{CATALOGUE}/a"))), Code::UnknownService);
    let mut before = get(&registry, &format!("/r1/{CATALOGUE}/a"));
    before.at = moment("2026-10-31").unwrap();
    service(before);
}

/// Every form in which an agreement can name an endpoint, and a path below it.
const FORMS: &[(&str, &str)] = &[
    ("GET", ""),
    ("GET /", "/"),
    ("GET /a", "/a"),
    ("GET /a/b", "/a/b"),
    ("GET /*", "/a"),
    ("GET /{x}", "/a"),
    ("GET /a/*/c", "/a/b/c"),
    ("GET /a/{x}", "/a/b"),
    ("GET /a/**", "/a/b/c"),
    ("GET /**", "/a"),
    ("* /**", "/a"),
    ("*", ""),
];

#[test]
fn no_confusion_of_paths_reaches_an_endpoint_of_any_form() {
    let confusions = path::tests::CONFUSIONS;
    assert!(confusions.len() >= 40, "{}", confusions.len());
    for (form, below) in FORMS {
        let endpoint = Endpoint::parse(form).unwrap();
        assert!(endpoint.matches(&Method::GET, below), "{form} {below}");
        for confusion in confusions {
            for raw in [
                format!("/r1/{CATALOGUE}{below}{confusion}"),
                format!("/r1/{CATALOGUE}{confusion}{below}"),
                format!("/r1/{CATALOGUE}{below}{confusion}/x"),
                format!("/r1/VN/GOV{confusion}/000.00.00.H19/danh-muc/DanhMuc{below}"),
            ] {
                // What is not refused for its path names another service, or goes to the path it says in its only reading.
                match Asked::read(&raw) {
                    Err(refusal) => {
                        assert!(matches!(refusal.code, Code::AmbiguousPath | Code::BadRequest), "{raw:?}");
                    }
                    Ok(Asked::ListClients) => panic!("{raw:?}"),
                    Ok(Asked::Service { service, path }) => {
                        let plain = format!("/r1/{service}{path}");
                        assert_eq!(Asked::read(&plain), Asked::read(&raw), "{raw:?}");
                        let reached = service.as_str() == CATALOGUE && endpoint.matches(&Method::GET, &path);
                        assert!(!reached || !raw.contains('%') && !raw.contains(".."), "{raw:?} reached {form}");
                    }
                }
            }
        }
    }
}

#[test]
fn list_methods_has_the_wire_of_x_road() {
    let registry = snapshot(&[]);
    let listed = json_of(get(&registry, "/r1/VN/GOV/000.00.00.H19/danh-muc/listMethods"));
    assert_eq!(
        listed,
        json!({ "service": [{
            "member_class": "GOV", "member_code": "000.00.00.H19", "subsystem_code": "danh-muc",
            "service_code": "DanhMuc", "object_type": "SERVICE", "xroad_instance": "VN", "service_type": "REST",
            "endpoint_list": [{ "method": "GET", "path": "/*" }]
        }] })
    );
    let population = json_of(get(&registry, "/r1/VN/GOV/000.00.00.G01/dancu/listMethods"));
    assert_eq!(population["service"][0]["service_type"], "OPENAPI");
    assert_eq!(population["service"][0]["endpoint_list"], json!([{ "method": "POST", "path": "/" }]));
    assert_eq!(json_of(get(&registry, "/r1/VN/GOV/000.00.15.H19/mot-cua/listMethods")), json!({ "service": [] }));
}

#[test]
fn allowed_methods_are_those_of_the_callers_agreements_in_force() {
    let registry = snapshot(&[(
        "agreements/mot-cua.toml",
        "endpoints = [\"GET /{danh_muc}\"]",
        "endpoints = [\"GET /gioi-tinh\"]",
    )]);
    let allowed = |asking: Asking| json_of(asking)["service"].clone();
    let own = allowed(get(&registry, "/r1/VN/GOV/000.00.00.H19/danh-muc/allowedMethods"));
    assert_eq!(own[0]["endpoint_list"], json!([{ "method": "GET", "path": "/gioi-tinh" }]));
    let mut before = get(&registry, "/r1/VN/GOV/000.00.00.H19/danh-muc/allowedMethods");
    let (now, later) =
        ("release = [\"*\"]\nvalid_from = \"2026-01-01\"", "release = [\"*\"]\nvalid_from = \"2027-01-01\"");
    before.registry = snapshot(&[("agreements/mot-cua.toml", now, later)]);
    assert_eq!(allowed(before), json!([]));
}

#[test]
fn the_description_is_published_as_it_stands_but_for_the_addresses_of_servers() {
    let registry = snapshot(&[]);
    let mut asking = get(&registry, "/r1/VN/GOV/000.00.00.G01/dancu/getOpenAPI");
    asking.query = Some("serviceCode=XacThucThongTinCongDan".to_owned());
    let (kind, text) = meta(asking.clone());
    assert_eq!(kind, "application/json;charset=utf-8");
    let file = crate::registry::tested::example().join("services/xac-thuc.openapi.json");
    assert_eq!(text, std::fs::read_to_string(file).unwrap());
    let inner = "\"openapi\": \"3.1.0\", \"servers\": [{ \"url\": \"http://10.20.0.5/ws\" }]";
    let registry_with_server = snapshot(&[("services/xac-thuc.openapi.json", "\"openapi\": \"3.1.0\"", inner)]);
    let mut leaking = get(&registry_with_server, "/r1/VN/GOV/000.00.00.G01/dancu/getOpenAPI");
    leaking.query = asking.query.clone();
    let (_, text) = meta(leaking);
    assert!(text.contains("http://example.org/xroad-endpoint") && !text.contains("10.20.0.5"), "{text}");
    for (query, code) in [
        (None, Code::BadRequest),
        (Some("serviceCode="), Code::BadRequest),
        (Some("serviceCode=a&serviceCode=b"), Code::BadRequest),
        (Some("serviceCode=a%2Fb"), Code::BadRequest),
        (Some("serviceCode=Khac"), Code::UnknownService),
    ] {
        asking.query = query.map(str::to_owned);
        assert_eq!(refused(asking.clone()), code, "{query:?}");
    }
    let mut rest = get(&registry, "/r1/VN/GOV/000.00.00.H19/danh-muc/getOpenAPI");
    rest.query = Some("serviceCode=DanhMuc".to_owned());
    assert_eq!(refused(rest), Code::UnknownService);
}

#[test]
fn a_question_that_this_bus_does_not_answer_is_an_unknown_service() {
    let registry = snapshot(&[]);
    for code in ["getWsdl", "getSecurityServerMetrics", "getSecurityServerHealthData"] {
        assert_eq!(refused(get(&registry, &format!("/r1/VN/GOV/000.00.00.H19/danh-muc/{code}"))), Code::UnknownService);
    }
    assert_eq!(refused(get(&registry, "/r1/VN/GOV/000.00.00.H19/khac/listMethods")), Code::UnknownService);
    assert_eq!(refused(get(&registry, "/r1/VN/GOV/000.00.99.H19/khac/listMethods")), Code::UnknownMember);
    let below = get(&registry, "/r1/VN/GOV/000.00.00.H19/danh-muc/listMethods/x");
    assert_eq!(refused(below), Code::UnknownEndpoint);
    let post = Asking::x_road(&registry, Method::POST, "/r1/VN/GOV/000.00.00.H19/danh-muc/listMethods");
    assert_eq!(refused(post), Code::UnknownEndpoint);
}

#[test]
fn the_clients_are_listed_in_json_or_xml() {
    let registry = snapshot(&[("members/providers.toml", "name = \"Bộ Công an\"", "name = \"Bộ <Công> & an\"")]);
    let list = get(&registry, "/listClients").without("x-road-client");
    let json = list.clone().with("accept", "application/json");
    let listed = json_of(json.clone());
    let members = listed["member"].as_array().unwrap();
    assert_eq!(members.len(), 3 + 3, "three members, each with a subsystem");
    assert!(members.contains(&json!({
        "id": { "object_type": "SUBSYSTEM", "xroad_instance": "VN", "member_class": "GOV", "member_code": "000.00.15.H19",
                "subsystem_code": "mot-cua" },
        "name": "Sở Tư pháp tỉnh Đồng Nai", "subsystem_name": "Hệ thống một cửa"
    })));
    assert!(members.contains(&json!({
        "id": { "object_type": "MEMBER", "xroad_instance": "VN", "member_class": "GOV", "member_code": "000.00.00.H19" },
        "name": "UBND tỉnh Đồng Nai"
    })));
    for accept in ["*/*", "text/xml", "application/xml;q=0.9", "text/html"] {
        let (kind, text) = meta(list.clone().with("accept", accept));
        assert_eq!(kind, "text/xml;charset=utf-8");
        assert!(
            text.contains("<id:memberCode>000.00.15.H19</id:memberCode><id:subsystemCode>mot-cua</id:subsystemCode>"),
            "{text}"
        );
        assert!(text.contains("Bộ &lt;Công&gt; &amp; an"), "{text}");
    }
    for accept in ["application/json", "text/xml, Application/JSON;q=0.5"] {
        assert_eq!(meta(list.clone().with("accept", accept)).0, "application/json;charset=utf-8", "{accept}");
    }
    let mut elsewhere = json;
    elsewhere.query = Some("xRoadInstance=EE".to_owned());
    assert_eq!(json_of(elsewhere), json!({ "member": [] }));
    assert_eq!(SubsystemId::parse(CLIENT).unwrap().member().as_str(), "VN/GOV/000.00.15.H19");
}

#[test]
fn a_signed_question_about_the_bus_is_answered_too() {
    let registry = snapshot(&[]);
    let asked = Asking::signed(&registry, Method::GET, "VN/GOV/000.00.00.G01/dancu/listMethods", "");
    assert!(matches!(routed(asked).0, Ok(Next::Meta(_))));
    assert_eq!(POPULATION.split('/').count(), 5);
}
