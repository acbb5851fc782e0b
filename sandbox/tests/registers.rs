//! The registers' stand-ins, as the gateway's own adapters meet them.

#![expect(clippy::unwrap_used, reason = "a fixture that fails is a failed test")]

use std::{collections::BTreeMap, future::IntoFuture, sync::Arc, time::Duration};

use adapter_population::{PopulationExchange, PopulationSettings};
use adapter_rest::{RestExchange, RestSettings};
use axum::Router;
use bytes::Bytes;
use clock::{Clock, Timestamp, fixed::FixedClock};
use contract::{Actor, Body, Exchange, ExchangeError, ExchangeReply, ExchangeRequest, ForeignCodes};
use futures::StreamExt;
use http::{HeaderMap, Method, StatusCode};
use lgsp_gateway::shape::{Contract, published};
use sandbox::{
    national::{
        population::{self, PopulationStandIn},
        rest_register,
    },
    people::{PEOPLE, Person},
};
use secrecy::SecretString;
use serde_json::{Value, json};
use types::{AgencyCode, ServiceId, SubsystemId, TransactionId};
use url::Url;

async fn serve(router: impl FnOnce(&Url) -> Router) -> Url {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let base = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
    tokio::spawn(axum::serve(listener, router(&base)).into_future());
    base
}

fn upstream(base: &Url) -> RestSettings {
    RestSettings::new(base.clone(), vec!["127.0.0.0/8".parse().unwrap()])
}

fn clock() -> Arc<dyn Clock> {
    Arc::new(FixedClock::at(Timestamp::from_seconds(1_795_219_200)))
}

fn settings(base: &Url) -> PopulationSettings {
    PopulationSettings {
        upstream: upstream(base),
        client: PopulationStandIn::CLIENT.to_owned(),
        api_key: SecretString::from(PopulationStandIn::API_KEY),
        user: PopulationStandIn::USER.to_owned(),
        secret: SecretString::from(PopulationStandIn::SECRET),
        auth_url: base.to_string(),
        integration: "037".to_owned(),
        account: None,
        phone: None,
    }
}

async fn database() -> (Url, PopulationExchange) {
    let base = serve(|base| population::router(PopulationStandIn::of_province(base.as_str(), clock()))).await;
    let exchange = PopulationExchange::new(settings(&base), clock()).unwrap();
    (base, exchange)
}

fn request(service: &str, method: Method, path: &str, body: Body) -> ExchangeRequest {
    ExchangeRequest {
        transaction: TransactionId::new(1_795_219_200_123_456, [1; 10]),
        service: ServiceId::parse(service).unwrap(),
        client: SubsystemId::parse("VN/GOV/000.00.15.H19/mot-cua").unwrap(),
        actor: Some(Actor { officer: "can-bo:dung".into(), agency: AgencyCode::parse("000.00.15.H19").unwrap() }),
        procedure: Some("2.000635.000.00.00.H19".into()),
        foreign: ForeignCodes {
            officer: Some("H19.15.0001".into()),
            procedure: Some("2.000635".into()),
            agency: Some("000.00.15.H19".into()),
        },
        method,
        path: path.to_owned(),
        query: None,
        headers: HeaderMap::from_iter([(http::header::CONTENT_TYPE, "application/json".parse().unwrap())]),
        body,
        as_it_is: false,
        time_left: Duration::from_secs(20),
    }
}

const VERIFY: &str = "VN/GOV/000.00.00.G01/dancu/XacThucThongTinCongDan";
const LOOK_UP: &str = "VN/GOV/000.00.00.G01/dancu/TraCuuThongTinCongDan";

fn about(service: &str, person: &Person, name: &str) -> ExchangeRequest {
    let body = json!({ "SoDinhDanh": person.number, "HoVaTen": name,
                       "NgayThangNamSinh": { "NgayThangNam": person.birth_date.replace('-', "") } });
    request(service, Method::POST, "", Body::Held(body.to_string().into()))
}

async fn json_of(reply: ExchangeReply) -> Value {
    serde_json::from_slice(&whole(reply).await).unwrap()
}

async fn whole(reply: ExchangeReply) -> Bytes {
    match reply.body {
        Body::Held(bytes) => bytes,
        Body::Streamed { stream, .. } => stream.map(Result::unwrap).collect::<Vec<_>>().await.concat().into(),
    }
}

/// The operator call, and its answer's status.
async fn behave(base: &Url, behaviour: Value) -> u16 {
    let url = base.join("_operator/behaviour").unwrap();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    client.post(url).json(&behaviour).send().await.unwrap().status().as_u16()
}

async fn asked(base: &Url) -> BTreeMap<String, u64> {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    client.get(base.join("_operator/requests").unwrap()).send().await.unwrap().json().await.unwrap()
}

#[tokio::test]
async fn everyone_of_the_province_is_verified_and_looked_up_by_the_contract() {
    let (_, database) = database().await;
    let verified = Contract::parse(published::VERIFY_CITIZEN.to_owned()).unwrap();
    let looked_up = Contract::parse(published::LOOK_UP_CITIZEN.to_owned()).unwrap();
    assert!(verified.has_field("KetQua"));
    for person in &PEOPLE {
        let yes = json_of(database.call(about(VERIFY, person, person.name)).await.unwrap()).await;
        assert_eq!(yes, json!({ "KetQua": true }), "{}", person.name);
        let no = json_of(database.call(about(VERIFY, person, "Người Khác")).await.unwrap()).await;
        assert_eq!(no, json!({ "KetQua": false }));
        let known = json_of(database.call(about(LOOK_UP, person, person.name)).await.unwrap()).await;
        let citizen = known["CongDan"][0].as_object().unwrap();
        assert_eq!(citizen["SoDinhDanh"], person.number);
        assert_eq!(citizen["HoVaTen"]["Ten"], person.name.to_uppercase());
        for (name, value) in citizen {
            let inner = value.as_object().into_iter().flat_map(|inner| inner.keys());
            for path in inner.map(|inner| format!("CongDan.{name}.{inner}")).chain([format!("CongDan.{name}")]) {
                assert!(looked_up.has_field(&path), "{path}");
            }
        }
        assert!(citizen.len() >= 19, "{} fields", citizen.len());
        let nobody = json_of(database.call(about(LOOK_UP, person, "Người Khác")).await.unwrap()).await;
        assert_eq!(nobody, json!({ "CongDan": [] }));
    }
}

#[tokio::test]
async fn the_database_judges_who_asks_as_the_real_one_does() {
    let (base, database) = database().await;
    let good = || about(VERIFY, &PEOPLE[0], PEOPLE[0].name);
    let reported = |code: &'static str| ExchangeError::Reported { code: Some(code.into()) };
    for (foreign, code) in [
        (ForeignCodes { officer: Some("X".into()), ..good().foreign }, "Client.MaCanBo"),
        (ForeignCodes { procedure: Some("X".into()), ..good().foreign }, "Client.MaDVC"),
        (ForeignCodes { agency: Some("X".into()), ..good().foreign }, "Client.MaDonVi"),
    ] {
        let error = database.call(ExchangeRequest { foreign, ..good() }).await.unwrap_err();
        assert_eq!(error, reported(code));
    }
    for change in [
        |settings: &mut PopulationSettings| settings.api_key = SecretString::from("x"),
        |settings: &mut PopulationSettings| settings.secret = SecretString::from("x"),
        |settings: &mut PopulationSettings| settings.user = "x".to_owned(),
        |settings: &mut PopulationSettings| settings.client = "VN/GOV/x/y".to_owned(),
        |settings: &mut PopulationSettings| settings.auth_url = "http://x/".to_owned(),
    ] {
        let mut settings = settings(&base);
        change(&mut settings);
        let stranger = PopulationExchange::new(settings, clock()).unwrap();
        assert_eq!(stranger.call(good()).await.unwrap_err(), ExchangeError::Refused);
    }
    let late: Arc<dyn Clock> = Arc::new(FixedClock::at(Timestamp::from_seconds(1_795_219_200 - 301)));
    let stale = PopulationExchange::new(settings(&base), late).unwrap();
    assert_eq!(stale.call(good()).await.unwrap_err(), ExchangeError::Refused);
}

#[tokio::test]
async fn elements_in_another_order_are_a_fault() {
    let (base, database) = database().await;
    // The adapter cannot be made to do it: its own question is taken from the wire and turned round.
    let seen = contract_server(&database, &base).await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let send = async |body: String| {
        let mut request = client.post(base.clone()).body(body);
        for (name, value) in &seen.headers {
            if !["host", "content-length"].contains(&name.as_str()) {
                request = request.header(name, value);
            }
        }
        request.send().await.unwrap().text().await.unwrap()
    };
    assert!(send(seen.body.clone()).await.contains("<ns:KetQua>true"));
    let officer = "<ns:MaCanBo>H19.15.0001</ns:MaCanBo>";
    let unit = "<ns:MaDonVi>000.00.15.H19</ns:MaDonVi>";
    assert!(seen.body.contains(&format!("{officer}{unit}")));
    for wrong in [
        seen.body.replace(&format!("{officer}{unit}"), &format!("{unit}{officer}")),
        seen.body.replace(officer, ""),
        seen.body.replace(unit, &format!("{unit}{unit}")),
        seen.body.replace(unit, &format!("{unit}<ns:La/>")),
    ] {
        assert!(send(wrong).await.contains("<faultcode>s:Client.ThuTu</faultcode>"));
    }
    let other = seen.body.replace("http://dancuquocgia.bca", "http://gtel.vn/qldc");
    assert!(send(other).await.contains("<faultcode>s:Client.DichVu</faultcode>"));
}

/// What the adapter sends to the database at `base`, seen on its way.
async fn contract_server(_: &PopulationExchange, base: &Url) -> contract::conformance::Request {
    use contract::conformance::{Reply, Server, server::Action};
    let server = Server::start(|_, _| Action::Reply(Reply::typed("text/xml", "<a/>"))).await.unwrap();
    let settings = PopulationSettings { auth_url: base.to_string(), ..settings(server.base()) };
    let exchange = PopulationExchange::new(settings, clock()).unwrap();
    let request = about(VERIFY, &PEOPLE[0], PEOPLE[0].name);
    assert_eq!(exchange.call(request).await.unwrap_err(), ExchangeError::Malformed);
    server.seen().remove(0)
}

#[tokio::test]
async fn a_database_that_was_told_to_misbehave_does_so_and_counts() {
    let (base, database) = database().await;
    let service = "TraCuuThongTinCongDan";
    let call = || database.call(about(LOOK_UP, &PEOPLE[0], PEOPLE[0].name));
    use ExchangeError::{Cut, Malformed, MediaType, Reported, TooLarge, Unavailable};
    let lie = |how: &str| json!({ "lie": { "at": service, "how": how } });
    for (behaviour, expected) in [
        (json!({ "fail": { "at": service, "status": 503 } }), Unavailable),
        (lie("garbage"), Malformed),
        (lie("wrong_type"), MediaType),
        (lie("cut"), Cut),
        (lie("oversize"), TooLarge),
        (lie("error_inside"), Reported { code: Some("DC_099".into()) }),
        (lie("fault_inside"), Reported { code: Some("Client.HeThong".into()) }),
        (lie("wrong_person"), Malformed),
        (lie("other_request"), Malformed),
        (lie("doctype"), Malformed),
    ] {
        assert_eq!(behave(&base, behaviour.clone()).await, 200, "{behaviour}");
        assert_eq!(call().await.unwrap_err(), expected, "{behaviour}");
    }
    assert_eq!(behave(&base, json!({ "delay_ms": 60_000 })).await, 200);
    let hurried = ExchangeRequest { time_left: Duration::from_millis(200), ..about(LOOK_UP, &PEOPLE[0], "A") };
    assert_eq!(database.call(hurried).await.unwrap_err(), ExchangeError::Timeout);
    assert_eq!((asked(&base).await[service], asked(&base).await["XacThucThongTinCongDan"]), (11, 0));
    assert_eq!(behave(&base, json!({ "fail": { "at": "x", "status": 503 } })).await, 422);
    assert_eq!(behave(&base, json!({})).await, 200);
    assert!(call().await.is_ok());
}

fn register_of(base: &Url) -> RestExchange {
    RestExchange::new(&upstream(base)).unwrap().by_service()
}

#[tokio::test]
async fn the_register_answers_by_its_contract() {
    const BUSINESS: &str = "VN/GOV/000.00.00.H19/dang-ky-kinh-doanh/HoKinhDoanh";
    let base = serve(|_| rest_register::router()).await;
    let register = register_of(&base);
    let contract = Contract::parse(published::HOUSEHOLD_BUSINESS.to_owned()).unwrap();
    let get = |path: &str| register.call(request(BUSINESS, Method::GET, path, Body::empty()));
    let found = whole(get("/8001234567").await.unwrap()).await;
    assert!((800..1400).contains(&found.len()), "{} bytes", found.len());
    let found: Value = serde_json::from_slice(&found).unwrap();
    assert!(found.as_object().unwrap().keys().all(|name| contract.has_field(name)));
    assert_eq!(get("/9999999999").await.unwrap().status, StatusCode::NOT_FOUND);
    let search = Body::Held(Bytes::from_static(br#"{"ma_so":"8001234567"}"#));
    let searched = register.call(request(BUSINESS, Method::POST, "/tra-cuu", search)).await.unwrap();
    assert_eq!(json_of(searched).await, found);
    let new = json!({ "ma_so": "9000000001", "ten": "MỚI", "tinh_trang": "dang-hoat-dong" });
    for _ in 0..2 {
        let body = Body::Held(new.to_string().into());
        assert_eq!(register.call(request(BUSINESS, Method::PUT, "/9000000001", body)).await.unwrap().status, 200);
    }
    assert_eq!(json_of(get("/9000000001").await.unwrap()).await, new);
    assert_eq!(behave(&base, json!({ "lie": { "at": "HoKinhDoanh", "how": "cut" } })).await, 200);
    assert_eq!(get("/8001234567").await.unwrap_err(), ExchangeError::Cut);
}

#[tokio::test]
async fn files_stream_both_ways() {
    const FILES: &str = "VN/GOV/000.00.00.H19/danh-muc/TapTin";
    let base = serve(|_| rest_register::router()).await;
    let register = register_of(&base);
    let reply = register.call(request(FILES, Method::GET, "/5000000", Body::empty())).await.unwrap();
    assert!(matches!(reply.body, Body::Streamed { length: Some(5_000_000), .. }));
    assert_eq!(whole(reply).await.len(), 5_000_000);
    let pieces = std::iter::repeat_n(Ok(Bytes::from_static(&[b'x'; 1000])), 1000);
    let body = Body::Streamed { stream: Box::pin(futures::stream::iter(pieces)), length: None };
    let taken = json_of(register.call(request(FILES, Method::POST, "", body)).await.unwrap()).await;
    let digest = signing::Digest::of(vec![b'x'; 1_000_000]);
    let hex: String = digest.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(taken, json!({ "bytes": 1_000_000, "sha256": hex }));
}
