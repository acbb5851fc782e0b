//! A caller with a good certificate and bad intentions: every refusal has a name, the form of the caller, and a record.

use sandbox::bus::{Message, Prepared};

use super::{
    raw::{self, Said, head, say},
    world::{HO_KINH_DOANH, World, XAC_THUC, an},
};
use crate::message_log::program::{log, said};

const CATALOGUE: &str = "/r1/VN/GOV/000.00.00.H19/danh-muc/DanhMuc/dan-toc";
const CLIENT: &str = "X-Road-Client: VN/GOV/000.00.15.H19/mot-cua\r\n";

impl World {
    fn host(&self) -> String {
        format!("localhost:{}", self.province.addresses().port(sandbox::province::Part::Gateway))
    }

    /// A call in X-Road's form: its request line, and lines after a good Host.
    async fn x_road(&self, line: &str, lines: &str, body: &str) -> Said {
        let host = self.host();
        say(self, format!("{line} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{lines}\r\n{body}").as_bytes()).await
    }

    /// A signed message of which a test has changed the text.
    async fn changed(&self, prepared: &Prepared, change: impl FnOnce(String) -> String) -> Said {
        let head = change(format!("{}\r\n", head(self, prepared)));
        say(self, &[head.as_bytes(), &prepared.body].concat()).await
    }

    fn signed(&self) -> Prepared {
        let message = Message::get(HO_KINH_DOANH, "/8001234567", "giai-quyet-tthc", "168/2025/ND-CP");
        self.caller.prepare(&message).expect("a message")
    }
}

/// That the answer is one refusal of this code with a record, and gives the number of the record.
fn refusal(what: &str, answer: &Said, status: u16, header: &str, code: &str) -> String {
    assert_eq!((answer.status, answer.header(header)), (status, Some(code)), "{what}: {}", answer.text);
    assert_eq!(answer.answers(), 1, "{what}: {}", answer.text);
    assert!(answer.body().contains(code), "{what}: {}", answer.text);
    let number = answer.header("lgsp-record").or(answer.header("x-road-request-id"));
    number.unwrap_or_else(|| panic!("{what} has no number: {}", answer.text)).trim_matches('"').to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hostile_caller_gets_a_named_refusal_that_is_recorded() {
    let mut world = World::start().await;
    let mut numbers = Vec::new();
    let get = format!("GET {CATALOGUE}");
    let other = "X-Road-Client: VN/GOV/000.00.16.H19/khong-quyen\r\n";
    let bad = "client.bad_request";
    for (what, line, lines, status, code) in [
        ("no client", get.as_str(), String::new(), 400, bad),
        ("a client twice", &get, format!("{CLIENT}{CLIENT}"), 400, bad),
        ("two clients", &get, format!("{CLIENT}{other}"), 400, bad),
        ("two clients in one", &get, format!("{}, VN/GOV/000.00.16.H19/khong-quyen\r\n", CLIENT.trim()), 400, bad),
        ("another client", &get, other.to_owned(), 500, "server.clientproxy.access_denied"),
        ("an id twice", &get, format!("{CLIENT}X-Road-Id: a\r\nX-Road-Id: b\r\n"), 400, bad),
        ("a user twice", &get, format!("{CLIENT}X-Road-UserId: a\r\nX-Road-UserId: b\r\n"), 400, bad),
        ("a user that is no text", &get, format!("{CLIENT}X-Road-UserId: \u{e1}\r\n"), 400, bad),
        ("a host twice", &get, format!("{CLIENT}Host: localhost\r\n"), 400, bad),
        ("another method", &format!("TRACE {CATALOGUE}"), CLIENT.to_owned(), 400, bad),
        ("an invented method", &format!("GETT {CATALOGUE}"), CLIENT.to_owned(), 400, bad),
        ("a whole address", &format!("GET https://localhost{CATALOGUE}"), CLIENT.to_owned(), 400, bad),
        ("another protocol", &get, format!("{CLIENT}Upgrade: h2c\r\n"), 400, bad),
        ("an expectation", &get, format!("{CLIENT}Expect: 200-ok\r\n"), 400, bad),
        ("a coding twice", &get, format!("{CLIENT}{}", "Transfer-Encoding: chunked\r\n".repeat(2)), 400, bad),
        ("dots", "GET /r1/VN/GOV/000.00.00.H19/danh-muc/DanhMuc/%2e%2e/TapTin/1", CLIENT.to_owned(), 400, bad),
        ("a hidden slash", "GET /r1/VN/GOV/000.00.00.H19/danh-muc/DanhMuc/a%2Fb", CLIENT.to_owned(), 400, bad),
        (
            "a letter that is not encoded",
            "GET /r1/VN/GOV/000.00.00.H19/danh-muc/DanhMuc/d\u{e2}n",
            CLIENT.to_owned(),
            400,
            bad,
        ),
        ("such a letter in the query", &format!("{get}?t=d\u{e2}n"), CLIENT.to_owned(), 400, bad),
        ("another version", "GET /r2/VN/GOV/000.00.00.H19/danh-muc/DanhMuc/dan-toc", CLIENT.to_owned(), 400, bad),
        (
            "no such service",
            "GET /r1/VN/GOV/000.00.00.H19/danh-muc/danhmuc/dan-toc",
            CLIENT.to_owned(),
            500,
            "server.serverproxy.unknown_service",
        ),
        (
            "what must be signed",
            "POST /r1/VN/GOV/000.00.00.G01/dancu/XacThucThongTinCongDan",
            format!("{CLIENT}Content-Length: 0\r\n"),
            500,
            "server.serverproxy.access_denied",
        ),
    ] {
        let answer = world.x_road(line, &lines, "").await;
        numbers.push((what, refusal(what, &answer, status, "x-road-error", code)));
    }
    let xml = world.x_road(&get, "Accept: text/xml\r\n", "").await;
    assert!(xml.body().contains("<type>client.bad_request</type>"), "{}", xml.text);

    for name in [
        "lgsp-client",
        "lgsp-service",
        "lgsp-id",
        "lgsp-purpose",
        "lgsp-legal-basis",
        "lgsp-actor",
        "content-digest",
        "signature",
        "signature-input",
        "host",
    ] {
        let prepared = world.signed();
        let twice = world.changed(&prepared, |text| {
            let line = text.lines().find(|line| line.starts_with(name)).expect("the header").to_owned();
            text.replacen(&format!("{line}\r\n"), &format!("{line}\r\n{line}\r\n"), 1)
        });
        numbers.push((name, refusal(name, &twice.await, 400, "lgsp-error", "repeated-header")));
    }
    for (what, status, code, lines) in [
        ("another client of X-Road", 400, "repeated-header", other),
        ("another id of X-Road", 400, "repeated-header", "X-Road-Id: b\r\n"),
        ("a token that was not signed", 401, "signature-invalid", "authorization: Bearer x\r\n"),
        ("another purpose in other letters", 400, "repeated-header", "LGSP-PURPOSE: \"x\"\r\n"),
        ("a header of ours that was added", 401, "signature-invalid", "lgsp-procedure: \"1.0\"\r\n"),
    ] {
        let added = world.changed(&world.signed(), |text| text.replacen("\r\n", &format!("\r\n{lines}"), 1)).await;
        numbers.push((what, refusal(what, &added, status, "lgsp-error", code)));
    }
    let prepared = world.signed();
    for (what, target, code) in [
        ("a letter in the path", "/d\u{e2}n", "ambiguous-path"),
        ("a letter in the query", "/8001234567?t=d\u{e2}n", "bad-request"),
    ] {
        let spelt = world.changed(&prepared, |text| text.replacen("/8001234567", target, 1)).await;
        numbers.push((what, refusal(what, &spelt, 400, "lgsp-error", code)));
        assert!(spelt.header("signature").is_some(), "{what}: {}", spelt.text);
    }
    let typed = world.changed(&prepared, |text| text.replace("signature-input: lgsp=", "signature-input: lgsq="));
    numbers.push(("another label", refusal("another label", &typed.await, 401, "lgsp-error", "signature-invalid")));
    let host = world.host();
    let elsewhere = world.changed(&world.signed(), |text| text.replace(&host, "localhost")).await;
    numbers.push(("another host", refusal("another host", &elsewhere, 400, "lgsp-error", "bad-request")));

    world.province.stop_gateway().await;
    for (what, number) in numbers {
        let shown = log(world.folder(), &["show", &number]);
        assert!(shown.status.success(), "{what} is not recorded: {}", said(&shown));
    }
}

#[tokio::test]
async fn what_another_parser_would_read_differently_reaches_no_service() {
    let world = World::start().await;
    let (host, target) = (world.host(), "POST /r1/VN/GOV/000.00.00.H19/danh-muc/TapTin");
    for (what, text) in [
        ("a fragment", format!("GET {CATALOGUE}#x HTTP/1.1\r\nHost: {host}\r\n{CLIENT}\r\n")),
        (
            "a length twice",
            format!("{target} HTTP/1.1\r\nHost: {host}\r\n{CLIENT}{}\r\nx", "Content-Length: 1\r\n".repeat(2)),
        ),
        ("two lengths in one", format!("{target} HTTP/1.1\r\nHost: {host}\r\n{CLIENT}Content-Length: 1, 1\r\n\r\nx")),
        (
            "a length and a coding",
            format!(
                "{target} HTTP/1.1\r\nHost: {host}\r\n{CLIENT}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
            ),
        ),
        ("a line feed alone", format!("GET {CATALOGUE} HTTP/1.1\nHost: {host}\r\n{CLIENT}\r\n")),
        (
            "a folded header",
            format!("GET {CATALOGUE} HTTP/1.1\r\nHost: {host}\r\nX-Road-Client:\r\n VN/GOV/a/b\r\n\r\n"),
        ),
        (
            "a blank before the colon",
            format!("GET {CATALOGUE} HTTP/1.1\r\nHost: {host}\r\nX-Road-Client : VN/GOV/a/b\r\n\r\n"),
        ),
        ("a NUL", format!("GET {CATALOGUE} HTTP/1.1\r\nHost: {host}\r\n{CLIENT}X: a\0b\r\n\r\n")),
        (
            "a head without end",
            format!("GET {CATALOGUE} HTTP/1.1\r\nHost: {host}\r\n{CLIENT}X: {}\r\n\r\n", "a".repeat(40_000)),
        ),
    ] {
        let answer = say(&world, text.as_bytes()).await;
        assert!([400, 431].contains(&answer.status) && answer.answers() == 1, "{what}: {}", answer.text);
    }
    // A body that nobody reads, because the head is not taken, is no request either.
    let hidden = format!("GET {CATALOGUE} HTTP/1.1\r\nHost: {host}\r\n{CLIENT}Connection: close\r\n\r\n");
    let body = hidden.repeat(3);
    let unread = format!(
        "{target} HTTP/1.1\r\nHost: {host}\r\n{CLIENT}Upgrade: h2c\r\nContent-Length: {}\r\n\r\n{body}{hidden}",
        body.len()
    );
    let answer = say(&world, unread.as_bytes()).await;
    // What follows the body may be answered: it is the caller's next call.
    assert!(answer.status == 400 && answer.answers() <= 2, "{}", answer.text);
    assert_eq!(world.plain(CATALOGUE).await.status, 200);
}

#[tokio::test]
async fn a_message_is_good_on_any_connection_of_its_sender_and_on_no_other() {
    let world = World::start().await;
    let prepared = world.signed();
    let text = format!("{}\r\n", head(&world, &prepared));
    let mut stolen = raw::connect(&world, "khong-quyen").await;
    tokio::io::AsyncWriteExt::write_all(&mut stolen, text.as_bytes()).await.unwrap();
    let answer = raw::listen(&mut stolen).await;
    assert_eq!((answer.status, answer.header("lgsp-error")), (403, Some("client-mismatch")), "{}", answer.text);
    // The thief has not spent its nonce.
    assert_eq!(say(&world, text.as_bytes()).await.status, 200);
    let again = say(&world, text.as_bytes()).await;
    assert_eq!((again.status, again.header("lgsp-error")), (401, Some("replayed")), "{}", again.text);
}

#[tokio::test]
async fn an_officer_s_token_is_no_body_and_an_empty_body_is_no_question() {
    let world = World::start().await;
    let officer = world.officer.clone();
    let question = world.question(an());
    for (what, body) in [
        ("nothing", Some(("application/json", Vec::new()))),
        ("no type", None),
        ("another type", Some(("text/plain", b"{}".to_vec()))),
        ("XML", Some(("text/xml", b"<a/>".to_vec()))),
        ("a type that only begins alike", Some(("application/jsonx", b"{}".to_vec()))),
        ("a mark before the text", Some(("application/json", b"\xef\xbb\xbf{}".to_vec()))),
        ("bytes that are no text", Some(("application/json", b"\xff\xfe".to_vec()))),
        ("a name twice", Some(("application/json", br#"{"SoDinhDanh":"1","SoDinhDanh":"2"}"#.to_vec()))),
        ("ten thousand levels", Some(("application/json", "[".repeat(10_000).into_bytes()))),
    ] {
        let mut message = Message { body, ..question.message(Some(&officer)) };
        message.service = XAC_THUC;
        let refused = super::world::refused(world.caller.call(&message).await);
        assert_eq!((refused.code.as_str(), refused.status.as_u16()), ("request-contract", 400), "{what}");
        assert!(refused.record.is_some(), "{what}");
    }
}
