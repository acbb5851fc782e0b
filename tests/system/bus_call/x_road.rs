//! Software made for X-Road: it gets in unchanged where the agreement lets it, and is told so in its own words elsewhere.

use http::Method;
use sandbox::province::Part;
use serde_json::{Value, json};

use super::world::{World, http};

const PATH: &str = "/r1/VN/GOV/000.00.00.H19/danh-muc/DanhMuc/dan-toc";

#[tokio::test]
async fn an_x_road_client_reads_a_catalogue_without_a_signature() {
    let world = World::start().await;
    let answer = world.plain(PATH).await;
    assert_eq!(answer.status, 200);
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    assert!(body.is_object() || body.is_array());
    for (name, value) in
        [("x-road-client", "VN/GOV/000.00.15.H19/mot-cua"), ("x-road-service", "VN/GOV/000.00.00.H19/danh-muc/DanhMuc")]
    {
        assert_eq!(answer.header(name), Some(value));
    }
    for name in ["x-road-id", "x-road-request-id", "x-road-request-hash"] {
        assert!(answer.header(name).is_some_and(|value| !value.is_empty()), "{name}");
    }
    assert!(answer.header("x-road-error").is_none());
}

#[tokio::test]
async fn a_register_s_own_answer_passes_untouched_whatever_its_status() {
    let world = World::start().await;
    for status in [401, 403, 404, 429, 500, 503] {
        world.tell(Part::Register, &json!({ "fail": { "at": "DanhMuc", "status": status } })).await;
        let answer = world.plain(PATH).await;
        assert_eq!(answer.status.as_u16(), status);
        assert!(answer.header("x-road-error").is_none(), "{status}");
        assert!(answer.header("x-road-request-hash").is_some(), "{status}");
    }
    world.tell(Part::Register, &json!({})).await;
    assert_eq!(world.plain(PATH).await.status, 200);
}

#[tokio::test]
async fn where_a_signature_is_demanded_an_x_road_client_is_refused_in_its_own_form() {
    let world = World::start().await;
    let path = "/r1/VN/GOV/000.00.00.G01/dancu/XacThucThongTinCongDan";
    let body = Some(("application/json", b"{}".to_vec()));
    let answer = world.caller.send_plain(Method::POST, path, body).await.unwrap();
    assert_eq!(answer.status, 500);
    let code = answer.header("x-road-error").unwrap().to_owned();
    assert!(code.starts_with("server."), "{code}");
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(body["type"], code);
    assert!(body["message"].is_string() && body["detail"].is_string(), "{body}");
    // A half signed message does not become an unsigned one.
    let mut headers = http::HeaderMap::new();
    headers.insert("x-road-client", "VN/GOV/000.00.15.H19/mot-cua".parse().unwrap());
    headers.insert("lgsp-purpose", "\"tra-cuu-danh-muc\"".parse().unwrap());
    let prepared = sandbox::bus::Prepared { method: Method::GET, target: PATH.to_owned(), headers, body: Vec::new() };
    let answer = world.caller.send(&prepared).await.unwrap();
    assert!(!answer.status.is_success(), "{}", answer.status);
}

#[tokio::test]
async fn a_client_header_that_names_somebody_else_is_refused() {
    let world = World::start().await;
    for client in ["VN/GOV/000.00.16.H19/khong-quyen", "VN/GOV/000.00.15.H19/khac", "VN/GOV/000.00.15.H19", "x"] {
        let mut headers = http::HeaderMap::new();
        headers.insert("x-road-client", client.parse().unwrap());
        let prepared =
            sandbox::bus::Prepared { method: Method::GET, target: PATH.to_owned(), headers, body: Vec::new() };
        let answer = world.caller.send(&prepared).await.unwrap();
        assert!(answer.header("x-road-error").is_some() && !answer.status.is_success(), "{client}: {}", answer.status);
    }
}

#[tokio::test]
async fn the_metaservices_tell_what_there_is_and_what_is_allowed() {
    let world = World::start().await;
    let json = async |path: &str| -> Value {
        let answer = world.plain(path).await;
        assert_eq!(answer.status, 200, "{path}");
        serde_json::from_slice(&answer.body).unwrap_or_else(|_| panic!("{path}: {:?}", answer.headers))
    };
    let codes = |list: &Value| -> Vec<String> {
        let services = list["service"].as_array().unwrap().iter();
        let mut codes: Vec<_> = services.map(|one| one["service_code"].as_str().unwrap().to_owned()).collect();
        codes.sort();
        codes
    };
    let all = json("/r1/VN/GOV/000.00.00.G01/dancu/listMethods").await;
    assert_eq!(codes(&all), ["TraCuuThongTinCongDan", "XacThucThongTinCongDan"]);
    let allowed = json("/r1/VN/GOV/000.00.00.H19/danh-muc/allowedMethods").await;
    assert_eq!(codes(&allowed), ["DanhMuc", "TapTin"]);
    let contract = json("/r1/VN/GOV/000.00.00.G01/dancu/getOpenAPI?serviceCode=XacThucThongTinCongDan").await;
    assert!(contract["openapi"].as_str().unwrap().starts_with('3') && contract["paths"].is_object());
    let mut headers = http::HeaderMap::new();
    headers.insert("accept", "application/json".parse().unwrap());
    let prepared =
        sandbox::bus::Prepared { method: Method::GET, target: "/listClients".to_owned(), headers, body: Vec::new() };
    let clients: Value = serde_json::from_slice(&world.caller.send(&prepared).await.unwrap().body).unwrap();
    let names: Vec<_> =
        clients["member"].as_array().unwrap().iter().filter_map(|one| one["id"]["subsystem_code"].as_str()).collect();
    assert!(names.contains(&"mot-cua") && names.contains(&"dancu"), "{names:?}");
    let stranger = world.province.caller("khong-quyen").unwrap();
    let answer =
        stranger.send_plain(Method::GET, "/r1/VN/GOV/000.00.00.H19/danh-muc/allowedMethods", None).await.unwrap();
    assert_eq!(codes(&serde_json::from_slice(&answer.body).unwrap()), Vec::<String>::new());
}

#[tokio::test]
async fn without_a_certificate_of_the_province_nobody_is_heard() {
    let world = World::start().await;
    let address = world.province.addresses().at(sandbox::province::Part::Gateway, PATH);
    assert!(http().get(&address).send().await.is_err(), "no certificate, unknown authority");
    let anchor = std::fs::read(world.folder().join("pki/ca.pem")).unwrap();
    let anchor = reqwest::Certificate::from_pem(&anchor).unwrap();
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([anchor]).build().unwrap();
    assert!(client.get(&address).send().await.is_err(), "no certificate");
}
