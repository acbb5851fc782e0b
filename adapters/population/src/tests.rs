//! The dialect against a scripted database.

use std::{sync::Arc, time::Duration};

use adapter_soap::{ENVELOPE, RestSettings};
use bytes::Bytes;
use clock::{Timestamp, fixed::FixedClock};
use contract::{
    Actor, Body, Exchange, ExchangeError, ExchangeReply, ExchangeRequest, ForeignCodes,
    conformance::{
        Reply, Request, Server,
        exchange::{ExchangeDialect, ExchangeLie},
        server::Action,
    },
};
use http::{HeaderMap, Method, StatusCode};
use secrecy::SecretString;
use types::{AgencyCode, ServiceId, SubsystemId, TransactionId};
use url::Url;

use crate::{PopulationExchange, PopulationSettings};

const NUMBER: &str = "075085000001";
const NAME: &str = "NGUYỄN VĂN AN";

fn settings(base: &Url, max_answer_bytes: u64) -> PopulationSettings {
    let networks = vec!["127.0.0.0/8".parse().unwrap()];
    PopulationSettings {
        upstream: RestSettings { max_answer_bytes, ..RestSettings::new(base.clone(), networks) },
        client: "VN/GOV/000.00.00.H19/lgsp".to_owned(),
        api_key: SecretString::from("canary-api-key"),
        user: "lgsp".to_owned(),
        secret: SecretString::from("canary-secret"),
        auth_url: "https://dancu.example/auth".to_owned(),
        integration: "037".to_owned(),
        account: Some("tk01".to_owned()),
        phone: None,
    }
}

fn exchange(base: &Url, max_answer_bytes: u64) -> PopulationExchange {
    let clock = FixedClock::at(Timestamp::from_seconds(1_795_219_200));
    PopulationExchange::new(settings(base, max_answer_bytes), Arc::new(clock)).unwrap()
}

fn request(service: &str) -> ExchangeRequest {
    let body =
        format!(r#"{{"SoDinhDanh":"{NUMBER}","HoVaTen":"{NAME}","NgayThangNamSinh":{{"NgayThangNam":"19850314"}}}}"#);
    ExchangeRequest {
        transaction: TransactionId::new(1_795_219_200_123_456, [1; 10]),
        service: ServiceId::parse(&format!("VN/GOV/000.00.00.G01/dancu/{service}")).unwrap(),
        client: SubsystemId::parse("VN/GOV/000.00.15.H19/mot-cua").unwrap(),
        actor: Some(Actor { officer: "can-bo:dung".into(), agency: AgencyCode::parse("000.00.15.H19").unwrap() }),
        procedure: Some("2.000635.000.00.00.H19".into()),
        foreign: ForeignCodes {
            officer: Some("CB-1".into()),
            procedure: Some("2.000635".into()),
            agency: Some("000.00.15.H19".into()),
        },
        method: Method::POST,
        path: String::new(),
        query: None,
        headers: HeaderMap::new(),
        body: Body::Held(Bytes::from(body)),
        as_it_is: false,
        time_left: Duration::from_secs(5),
    }
}

/// The text of the first element of this name, as a scripted database finds it.
fn element<'t>(text: &'t str, name: &str) -> &'t str {
    let rest = text.split_once(&format!(":{name}>")).map_or("", |(_, rest)| rest);
    rest.split_once("</").map_or("", |(text, _)| text)
}

fn envelope(body: &str) -> Reply {
    let text = format!(r#"<?xml version="1.0"?><s:Envelope xmlns:s="{ENVELOPE}"><s:Body>{body}</s:Body></s:Envelope>"#);
    Reply::typed("text/xml; charset=utf-8", text)
}

fn answered(service: &str, id: &str, content: &str) -> Reply {
    let namespace = crate::ANSWER;
    envelope(&format!(
        r#"<{service}Response xmlns="{namespace}"><MaYeuCau>{id}</MaYeuCau>{content}</{service}Response>"#
    ))
}

fn citizen(number: &str, more: &str) -> String {
    format!(
        "<CongdanCollection><CongDan><SoDinhDanh>{number}</SoDinhDanh><HoVaTen><Ten>{NAME}</Ten></HoVaTen>{more}</CongDan></CongdanCollection>"
    )
}

struct Population(&'static str);

impl Population {
    fn good(&self, request: &Request) -> Reply {
        let id = element(&request.body, "MaYeuCau");
        answered(self.0, id, &self.content())
    }

    fn content(&self) -> String {
        if self.0.starts_with("Xac") {
            "<KetQua>true</KetQua>".to_owned()
        } else {
            citizen(NUMBER, "<GioiTinh>1</GioiTinh>")
        }
    }
}

impl ExchangeDialect for Population {
    fn exchange(&self, base: &Url, max_answer_bytes: u64) -> Arc<dyn Exchange> {
        Arc::new(exchange(base, max_answer_bytes))
    }

    fn request(&self) -> ExchangeRequest {
        request(self.0)
    }

    fn answer(&self, request: &Request) -> Reply {
        self.good(request)
    }

    fn understands(&self) -> bool {
        true
    }

    fn lies(&self, request: &Request) -> Vec<ExchangeLie> {
        use ExchangeError::{Malformed, Reported};
        let id = element(&request.body, "MaYeuCau");
        let lie = |name, reply, expected| ExchangeLie { name, reply, expected };
        let fault = |code: &str| {
            envelope(&format!(
                "<s:Fault><faultcode>s:Server.{code}</faultcode><faultstring>{NAME}</faultstring></s:Fault>"
            ))
        };
        let mut lies = vec![
            lie("a fault under 200", fault("DC1"), Reported { code: Some("Server.DC1".into()) }),
            lie("a fault under 500", fault("DC1").with_status(500), Reported { code: Some("Server.DC1".into()) }),
            lie("a fault whose code is a number", fault(NUMBER), Reported { code: None }),
            lie(
                "an error inside",
                answered(self.0, id, "<MaLoi>DC_12</MaLoi>"),
                Reported { code: Some("DC_12".into()) },
            ),
            lie(
                "an error that tells",
                answered(self.0, id, &format!("<MaLoi>{NUMBER}</MaLoi>")),
                Reported { code: None },
            ),
            lie("another request's answer", answered(self.0, "other", &self.content()), Malformed),
            lie("no request named", answered(self.0, "", &self.content()), Malformed),
            lie("another operation's answer", answered("KhacThongTin", id, &self.content()), Malformed),
            lie("nothing in the body", envelope(""), Malformed),
            lie("two answers", envelope("<a/><b/>"), Malformed),
            lie("no content", answered(self.0, id, ""), Malformed),
            lie(
                "a word for a result",
                answered(self.0, id, "<KetQua>yes</KetQua><CongdanCollection><x/></CongdanCollection>"),
                Malformed,
            ),
        ];
        let mut other = self.good(request);
        other.body = String::from_utf8_lossy(&other.body).replace(crate::ANSWER, "urn:other").into_bytes();
        lies.push(lie("another namespace", other, Malformed));
        if self.0.starts_with("Tra") {
            let citizens = |content: String| answered(self.0, id, &content);
            lies.push(lie("another person", citizens(citizen("075085000002", "")), Malformed));
            lies.push(lie("nobody's number", citizens(citizen("", "")), Malformed));
            let named = |content: String| content.replace(NAME, "TRẦN VĂN AN");
            lies.push(lie("another name under the number", citizens(named(citizen(NUMBER, ""))), Malformed));
            let born = "<NgayThangNamSinh><NgayThangNam>19850315</NgayThangNam></NgayThangNamSinh>";
            lies.push(lie("another birth date under the number", citizens(citizen(NUMBER, born)), Malformed));
            let born = "<NgayThangNamSinh><Nam>198</Nam></NgayThangNamSinh>";
            lies.push(lie("half a year of birth", citizens(citizen(NUMBER, born)), Malformed));
            lies.push(lie(
                "a field twice",
                citizens(citizen(NUMBER, "<GioiTinh>1</GioiTinh><GioiTinh>2</GioiTinh>")),
                Malformed,
            ));
            lies.push(lie("elements in a text", citizens(citizen(NUMBER, "<GioiTinh><x/></GioiTinh>")), Malformed));
        }
        lies
    }

    fn canaries(&self) -> Vec<String> {
        [NUMBER, NAME, "19850314", "canary-api-key", "canary-secret"].map(str::to_owned).into()
    }
}

#[tokio::test]
async fn verifying_keeps_the_promises_of_an_exchange() {
    let violations = contract::conformance::exchange(Arc::new(Population("XacThucThongTinCongDan"))).await;
    assert!(violations.is_empty(), "{violations:#?}");
}

#[tokio::test]
async fn looking_up_keeps_the_promises_of_an_exchange() {
    let violations = contract::conformance::exchange(Arc::new(Population("TraCuuThongTinCongDan"))).await;
    assert!(violations.is_empty(), "{violations:#?}");
}

async fn scripted(service: &'static str, content: &'static str) -> Server {
    let answer =
        move |_: &Url, request: &Request| Action::Reply(answered(service, element(&request.body, "MaYeuCau"), content));
    Server::start(answer).await.unwrap()
}

async fn json(reply: ExchangeReply) -> serde_json::Value {
    assert_eq!((reply.status, &reply.headers["content-type"]), (StatusCode::OK, &"application/json".parse().unwrap()));
    let Body::Held(bytes) = reply.body else { panic!("streamed") };
    serde_json::from_slice(&bytes).unwrap()
}

#[tokio::test]
async fn a_question_has_its_elements_in_the_order_of_the_dialect_and_its_headers() {
    let server = scripted("XacThucThongTinCongDan", "<MaLoi>0</MaLoi><KetQua>0</KetQua>").await;
    let reply = exchange(server.base(), 10_000).call(request("XacThucThongTinCongDan")).await.unwrap();
    assert_eq!(json(reply).await, serde_json::json!({ "KetQua": false }));
    let seen = server.seen().remove(0);
    let id = TransactionId::new(1_795_219_200_123_456, [1; 10]);
    let question = format!(
        "<ns:XacThucThongTinCongDan><ns:MaYeuCau>{id}</ns:MaYeuCau><ns:MaDVC>2.000635</ns:MaDVC>\
         <ns:MaTichHop>037</ns:MaTichHop><ns:MaCanBo>CB-1</ns:MaCanBo><ns:MaDonVi>000.00.15.H19</ns:MaDonVi>\
         <ns:TaiKhoan>tk01</ns:TaiKhoan><ns:SoDinhDanh>{NUMBER}</ns:SoDinhDanh><ns:HoVaTen>{NAME}</ns:HoVaTen>\
         <ns:NgayThangNamSinh><ns:NgayThangNam>19850314</ns:NgayThangNam></ns:NgayThangNamSinh></ns:XacThucThongTinCongDan>"
    );
    assert!(seen.body.contains(&question), "{}", seen.body);
    assert!(seen.body.contains(r#"xmlns:ns="http://dancuquocgia.bca""#));
    assert_eq!(seen.header("x-road-client"), Some("VN/GOV/000.00.00.H19/lgsp"));
    assert_eq!((seen.header("apikey"), seen.header("timestamp")), (Some("canary-api-key"), Some("1795219200000")));
    assert_eq!((seen.header("soapaction"), seen.path.as_str()), (Some("\"\""), "/"));
    assert_eq!(seen.header("authorization"), Some(AUTHORIZATION));
}

/// printf 'https://dancu.example/authlgsp1795219200000canary-secret' | sha256sum, then base64 of `lgsp:` and that.
const AUTHORIZATION: &str =
    "Basic bGdzcDo1NTZjNjU1ZGM2MDA1MDBjOWI0NThjMzM3ZGY2YjFmY2VlOTJiOTlmN2E0YzMzNjBmNzg4NzdmMzk4NmFkNjU4";

#[tokio::test]
async fn what_is_known_of_a_person_comes_out_with_the_same_names_and_nothing_else() {
    let content = "<CongdanCollection><CongDan><SoDinhDanh>075085000001</SoDinhDanh><SoCMND/><HoVaTen><Ten>NGUYỄN VĂN AN</Ten></HoVaTen>\
         <NgayThangNamSinh><NgayThangNam>19850314</NgayThangNam></NgayThangNamSinh><ThuongTru><MaTinhThanh>75</MaTinhThanh></ThuongTru>\
         <Cha/><DieuMoi>x</DieuMoi></CongDan></CongdanCollection>";
    let server = scripted("TraCuuThongTinCongDan", content).await;
    let reply = exchange(server.base(), 10_000).call(request("TraCuuThongTinCongDan")).await.unwrap();
    let expected = serde_json::json!({ "CongDan": [{
        "SoDinhDanh": NUMBER, "HoVaTen": {"Ten": NAME}, "NgayThangNamSinh": {"NgayThangNam": "19850314"},
        "ThuongTru": {"MaTinhThanh": "75"}, "Cha": {}
    }] });
    assert_eq!(json(reply).await, expected);
    let server = scripted("TraCuuThongTinCongDan", "<CongdanCollection/>").await;
    let reply = exchange(server.base(), 10_000).call(request("TraCuuThongTinCongDan")).await.unwrap();
    assert_eq!(json(reply).await, serde_json::json!({ "CongDan": [] }));
}

#[tokio::test]
async fn what_is_missing_is_named_before_anything_is_sent() {
    let server = scripted("XacThucThongTinCongDan", "<KetQua>1</KetQua>").await;
    let exchange = exchange(server.base(), 10_000);
    let good = || request("XacThucThongTinCongDan");
    let all = || good().foreign;
    for (foreign, what) in [
        (ForeignCodes { officer: None, ..all() }, "officer"),
        (ForeignCodes { procedure: None, ..all() }, "procedure"),
        (ForeignCodes { agency: None, ..all() }, "agency"),
    ] {
        let error = exchange.call(ExchangeRequest { foreign, ..good() }).await.unwrap_err();
        assert_eq!(error, ExchangeError::Mapping { what });
    }
    let body = Body::Held(Bytes::from_static(br#"{"SoDinhDanh":"075085000001","HoVaTen":"A"}"#));
    let error = exchange.call(ExchangeRequest { body, ..good() }).await.unwrap_err();
    assert_eq!(error, ExchangeError::Input { field: "NgayThangNamSinh".into() });
    let body = Body::Held(Bytes::from_static(
        b"{\"SoDinhDanh\":\"075085000001\",\"HoVaTen\":\"\\u0000\",\"NgayThangNamSinh\":{\"Nam\":\"1985\"}}",
    ));
    let error = exchange.call(ExchangeRequest { body, ..good() }).await.unwrap_err();
    assert_eq!(error, ExchangeError::Input { field: "HoVaTen".into() });
    for request in [
        ExchangeRequest { method: Method::GET, ..good() },
        ExchangeRequest { path: "/x".to_owned(), ..good() },
        ExchangeRequest { query: Some("x".to_owned()), ..good() },
        request("CungCapDanhSachTheoDiaPhuong"),
    ] {
        assert_eq!(exchange.call(request).await.unwrap_err(), ExchangeError::Operation);
    }
    assert!(server.seen().is_empty());
}

#[test]
fn printing_the_adapter_shows_no_secret() {
    let shown = format!("{:?}", exchange(&Url::parse("http://127.0.0.1:1/").unwrap(), 1));
    assert!(!shown.contains("canary"), "{shown}");
}
