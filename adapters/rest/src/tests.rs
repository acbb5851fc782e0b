//! The adapter against scripted registers.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use contract::{
    Body, BodyError, Exchange, ExchangeError, ExchangeReply, ExchangeRequest, ForeignCodes,
    conformance::{
        Reply, Request, Server,
        exchange::{ExchangeDialect, ExchangeLie},
        server::Action,
    },
};
use futures::StreamExt;
use http::{HeaderMap, Method};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use types::{ServiceId, SubsystemId, TransactionId};
use url::Url;

use crate::{Network, RestExchange, RestSettings, SettingsError};

const NUMBER: &str = "075085000001";

struct Rest;

fn networks() -> Vec<Network> {
    vec!["127.0.0.0/8".parse().unwrap()]
}

fn request() -> ExchangeRequest {
    let mut headers = HeaderMap::new();
    headers.insert("x-road-id", "VN-1".parse().unwrap());
    headers.insert("connection", "upgrade".parse().unwrap());
    ExchangeRequest {
        transaction: TransactionId::new(1_795_219_200_123_456, [1; 10]),
        service: ServiceId::parse("VN/GOV/000.00.00.H19/dang-ky-kinh-doanh/HoKinhDoanh").unwrap(),
        client: SubsystemId::parse("VN/GOV/000.00.15.H19/mot-cua").unwrap(),
        actor: None,
        procedure: None,
        foreign: ForeignCodes::default(),
        method: Method::POST,
        path: "/tra-cuu".to_owned(),
        query: Some("a=%20b".to_owned()),
        headers,
        body: Body::Held(Bytes::from(format!(r#"{{"SoDinhDanh":"{NUMBER}"}}"#))),
        as_it_is: false,
        time_left: Duration::from_secs(5),
    }
}

impl ExchangeDialect for Rest {
    fn exchange(&self, base: &Url, max_answer_bytes: u64) -> Arc<dyn Exchange> {
        let settings =
            RestSettings { hold_bytes: 4096, max_answer_bytes, ..RestSettings::new(base.clone(), networks()) };
        Arc::new(RestExchange::new(&settings).unwrap())
    }

    fn request(&self) -> ExchangeRequest {
        request()
    }

    fn answer(&self, request: &Request) -> Reply {
        assert_eq!((request.path.as_str(), request.query.as_str()), ("/tra-cuu", "a=%20b"));
        Reply::json(format!(r#"{{"HoVaTen":"Nguyễn Văn An","SoDinhDanh":"{NUMBER}"}}"#))
    }

    fn understands(&self) -> bool {
        false
    }

    fn lies(&self, _: &Request) -> Vec<ExchangeLie> {
        Vec::new()
    }

    fn canaries(&self) -> Vec<String> {
        vec![NUMBER.to_owned(), "Nguyễn Văn An".to_owned()]
    }
}

#[tokio::test]
async fn the_adapter_keeps_the_promises_of_an_exchange() {
    let violations = contract::conformance::exchange(Arc::new(Rest)).await;
    assert!(violations.is_empty(), "{violations:#?}");
}

#[tokio::test]
async fn a_call_goes_on_as_it_came_but_for_what_belongs_to_its_hop() {
    let reply = Reply::json("{}").with_header("Set-Cookie", "a=b").with_header("ETag", "\"1\"");
    let server = Server::start(move |_, _| Action::Reply(reply.clone())).await.unwrap();
    let base = server.base().join("api/").unwrap();
    let exchange = RestExchange::new(&RestSettings::new(base, networks())).unwrap().by_service();
    let answer = exchange.call(request()).await.unwrap();
    assert!(answer.headers.contains_key("etag") && !answer.headers.contains_key("set-cookie"));
    let seen = server.seen().remove(0);
    assert_eq!((seen.method.as_str(), seen.path.as_str()), ("POST", "/api/HoKinhDoanh/tra-cuu"));
    assert_eq!((seen.header("x-road-id"), seen.header("connection")), (Some("VN-1"), None));
    assert!(seen.body.contains(NUMBER));
    assert_eq!(seen.header("content-length"), Some(seen.body.len().to_string().as_str()));
}

#[tokio::test]
async fn an_answer_that_is_wanted_as_it_is_keeps_its_status_and_its_headers() {
    for status in [301, 401, 403, 404, 429, 500, 502, 503, 504] {
        let reply = Reply::json("{}").with_status(status);
        let reply = reply.with_header("Location", "/b").with_header("Set-Cookie", "a=b").with_header("Keep-Alive", "x");
        let server = Server::start(move |_, _| Action::Reply(reply.clone())).await.unwrap();
        let exchange = RestExchange::new(&RestSettings::new(server.base().clone(), networks())).unwrap();
        let answer = exchange.call(ExchangeRequest { as_it_is: true, ..request() }).await.unwrap();
        assert_eq!(answer.status.as_u16(), status);
        let names = ["location", "set-cookie", "keep-alive"].map(|name| answer.headers.contains_key(name));
        assert_eq!(names, [true, true, false], "{status}");
    }
}

#[tokio::test]
async fn a_status_that_ends_no_request_is_no_answer() {
    for (status, as_it_is) in [(600, false), (999, true), (999, false)] {
        let reply = Reply::json("{}").with_status(status);
        let server = Server::start(move |_, _| Action::Reply(reply.clone())).await.unwrap();
        let exchange = RestExchange::new(&RestSettings::new(server.base().clone(), networks())).unwrap();
        let error = exchange.call(ExchangeRequest { as_it_is, ..request() }).await.unwrap_err();
        assert_eq!(error, ExchangeError::Malformed, "{status}");
    }
    // 101 switches the protocol of a connection that nobody wants to switch.
    let reply = Reply::json("").with_status(101).with_header("Upgrade", "x");
    let server = Server::start(move |_, _| Action::Reply(reply.clone())).await.unwrap();
    let exchange = RestExchange::new(&RestSettings::new(server.base().clone(), networks())).unwrap();
    assert!(exchange.call(request()).await.is_err());
}

/// An answer as it stands, to whatever is asked.
async fn answered(answer: &'static str) -> Result<ExchangeReply, ExchangeError> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
    let register = tokio::spawn(async move {
        let (mut tcp, _) = listener.accept().await.unwrap();
        let mut asked = [0; 4096];
        assert!(tcp.read(&mut asked).await.unwrap() > 0);
        tcp.write_all(answer.as_bytes()).await.unwrap();
        tcp.shutdown().await.unwrap();
        while tcp.read(&mut asked).await.is_ok_and(|more| more > 0) {}
    });
    let reply = RestExchange::new(&RestSettings::new(base, networks())).unwrap().call(request()).await;
    register.abort();
    reply
}

#[tokio::test]
async fn an_answer_has_one_framing_and_no_coding_that_nobody_undoes() {
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n";
    assert!(answered(chunked).await.is_ok());
    for wrong in [
        "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\n\r\n{}",
    ] {
        assert_eq!(answered(wrong).await.unwrap_err(), ExchangeError::Malformed, "{wrong:?}");
    }
    // hyper lets the coding overrule the length; whether it still tells of both is its own affair.
    let both = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n";
    assert_eq!(answered(both).await.unwrap_err(), ExchangeError::Malformed);
}

#[tokio::test]
async fn a_body_is_streamed_to_the_register_piece_by_piece() {
    let server = Server::start(|_, _| Action::Reply(Reply::json("{}"))).await.unwrap();
    let exchange = RestExchange::new(&RestSettings::new(server.base().clone(), networks())).unwrap();
    let pieces: Vec<Result<_, BodyError>> = vec![Ok(Bytes::from_static(b"ab")), Ok(Bytes::from_static(b"cd"))];
    let body = Body::Streamed { stream: Box::pin(futures::stream::iter(pieces)), length: Some(4) };
    exchange.call(ExchangeRequest { body, ..request() }).await.unwrap();
    assert_eq!((server.seen()[0].body.as_str(), server.seen()[0].header("content-length")), ("abcd", Some("4")));
}

#[tokio::test]
async fn a_body_goes_on_whatever_the_method_held_or_streamed() {
    let server = Server::start(|_, _| Action::Reply(Reply::json("{}"))).await.unwrap();
    let exchange = RestExchange::new(&RestSettings::new(server.base().clone(), networks())).unwrap();
    let streamed = |length| {
        let pieces: Vec<Result<_, BodyError>> = vec![Ok(Bytes::from_static(b"abcd"))];
        Body::Streamed { stream: Box::pin(futures::stream::iter(pieces)), length }
    };
    for method in [Method::GET, Method::HEAD, Method::DELETE, Method::OPTIONS, Method::PUT] {
        for (body, header, value) in [
            (Body::Held(Bytes::from_static(b"abcd")), "content-length", "4"),
            (streamed(Some(4)), "content-length", "4"),
            (streamed(None), "transfer-encoding", "chunked"),
        ] {
            exchange.call(ExchangeRequest { method: method.clone(), body, ..request() }).await.unwrap();
            let seen = server.seen().pop().unwrap();
            assert_eq!((seen.method.as_str(), seen.header(header)), (method.as_str(), Some(value)), "{header}");
        }
    }
}

#[tokio::test]
async fn an_answer_above_what_is_held_is_streamed_whole() {
    let server = Server::start(|_, _| Action::Reply(Reply::json("x".repeat(100_000)))).await.unwrap();
    let settings = RestSettings { hold_bytes: 99_999, ..RestSettings::new(server.base().clone(), networks()) };
    let answer = RestExchange::new(&settings).unwrap().call(request()).await.unwrap();
    let Body::Streamed { stream, length } = answer.body else { panic!("it is held") };
    let pieces: Vec<Bytes> = stream.map(Result::unwrap).collect().await;
    assert_eq!((length, pieces.concat().len()), (Some(100_000), 100_000));
    let settings = RestSettings { hold_bytes: 100_000, ..settings };
    let answer = RestExchange::new(&settings).unwrap().call(request()).await.unwrap();
    assert!(matches!(answer.body, Body::Held(bytes) if bytes.len() == 100_000));
}

#[tokio::test]
async fn a_name_is_reached_only_at_allowed_addresses() {
    let server = Server::start(|_, _| Action::Reply(Reply::json("{}"))).await.unwrap();
    let base = Url::parse(&format!("http://localhost:{}", server.base().port().unwrap())).unwrap();
    let reached = RestExchange::new(&RestSettings::new(base.clone(), networks())).unwrap();
    assert!(reached.call(request()).await.is_ok());
    let elsewhere = vec!["10.0.0.0/8".parse().unwrap()];
    let kept_out = RestExchange::new(&RestSettings::new(base, elsewhere)).unwrap();
    assert_eq!(kept_out.call(request()).await.unwrap_err(), ExchangeError::Unreachable);
    assert_eq!(server.seen().len(), 1);
}

#[test]
fn settings_that_cannot_work_are_refused_at_the_start() {
    let check = |base: &str, networks: &[&str], expected| {
        let networks = networks.iter().map(|network| network.parse().unwrap()).collect();
        let settings = RestSettings::new(Url::parse(base).unwrap(), networks);
        assert_eq!(settings.check(), expected, "{base}");
    };
    let here = ["127.0.0.1"];
    check("http://127.0.0.1:1/a", &here, Ok(()));
    check("http://register.example/", &here, Ok(()));
    check("http://127.0.0.1/", &[], Err(SettingsError::Networks));
    check("http://127.0.0.2/", &here, Err(SettingsError::Forbidden));
    check("http://169.254.169.254/", &["0.0.0.0/0"], Err(SettingsError::Forbidden));
    check("http://[::ffff:169.254.169.254]/", &["0.0.0.0/0"], Err(SettingsError::Forbidden));
    check("https://127.0.0.1/", &here, Err(SettingsError::Tls));
    check("ftp://127.0.0.1/", &here, Err(SettingsError::Scheme));
    check("http://user@127.0.0.1/", &here, Err(SettingsError::Address));
    check("http://127.0.0.1/?a", &here, Err(SettingsError::Address));
}
