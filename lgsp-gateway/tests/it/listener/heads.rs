//! What of a well-formed request becomes a call.

use super::gate::{Gate, say};

async fn check(gate: &Gate, caller: &certs::authority::Issued, head: &str, expected: &str) {
    let message = format!("{head}connection: close\r\n\r\n");
    let answer = say(gate, caller, message.as_bytes()).await;
    let (status, body) = (answer.lines().next().unwrap_or_default(), answer.rsplit("\r\n\r\n").next().unwrap());
    let found = format!("{} {body}", status.split(' ').nth(1).unwrap_or_default());
    assert!(found.starts_with(expected), "{head:?}: {answer}");
}

#[tokio::test]
async fn a_call_has_the_target_as_it_came_and_the_host_in_lower_case() {
    let gate = Gate::open();
    let caller = gate.caller("mot-cua");
    let cases = [
        (
            "GET /r1/VN?a=%2F&b HTTP/1.1\r\nhost: LocalHost:8450\r\n",
            "200 GET localhost:8450 /r1/VN a=%2F&b x-road held 0",
        ),
        ("GET /r1/%2e%2E/x%2Fy HTTP/1.1\r\nhost: h\r\n", "200 GET h /r1/%2e%2E/x%2Fy - x-road held 0"),
        ("GET //x/../y? HTTP/1.1\r\nhost: [::1]:8450\r\n", "200 GET [::1]:8450 //x/../y  x-road held 0"),
        ("GET / HTTP/1.1\r\nhost: h\r\nlgsp-id: x\r\n", "200 GET h / - lgsp-v1 held 0"),
        ("GET / HTTP/1.1\r\nhost: h\r\nSignature: x\r\n", "200 GET h / - lgsp-v1 held 0"),
        ("OPTIONS /x HTTP/1.1\r\nhost: h\r\n", "200 OPTIONS h /x"),
        ("GET /x HTTP/1.0\r\nhost: h\r\n", "200 GET h /x"),
    ];
    for (head, expected) in cases {
        check(&gate, &caller, head, expected).await;
    }
}

#[tokio::test]
async fn what_names_the_host_twice_or_not_at_all_is_refused() {
    let gate = Gate::open();
    let caller = gate.caller("mot-cua");
    let cases = [
        ("GET / HTTP/1.1\r\n", "400 refused: bad-request there is no Host"),
        ("GET / HTTP/1.0\r\n", "400 refused: bad-request there is no Host"),
        ("GET / HTTP/1.1\r\nhost: a\r\nhost: a\r\n", "400 refused: repeated-header host"),
        ("GET / HTTP/1.1\r\nhost: a\r\nHost: b\r\n", "400 refused: repeated-header host"),
        ("GET / HTTP/1.1\r\nhost: \r\n", "400 refused: bad-request the Host"),
        ("GET / HTTP/1.1\r\nhost: a@b\r\n", "400 refused: bad-request the Host"),
        ("GET / HTTP/1.1\r\nhost: a:\r\n", "400 refused: bad-request the Host"),
        ("GET / HTTP/1.1\r\nhost: a:99999\r\n", "400 refused: bad-request the Host"),
        ("GET / HTTP/1.1\r\nhost: a/b\r\n", "400 refused: bad-request the Host"),
        ("GET / HTTP/1.1\r\nhost: a, b\r\n", "400 refused: bad-request the Host"),
        ("GET / HTTP/1.1\r\nhost: h\u{e9}\r\n", "400 refused: bad-request the Host"),
        ("GET https://h/ HTTP/1.1\r\nhost: h\r\n", "400 refused: bad-request the target must be a path"),
        ("GET http://other/ HTTP/1.1\r\nhost: h\r\n", "400 refused: bad-request the target must be a path"),
        ("OPTIONS * HTTP/1.1\r\nhost: h\r\n", "400 refused: bad-request the target must be a path"),
    ];
    for (head, expected) in cases {
        check(&gate, &caller, head, expected).await;
    }
    assert!(gate.calls().is_empty());
}

#[tokio::test]
async fn a_target_that_is_not_percent_encoded_is_refused() {
    let gate = Gate::open();
    let caller = gate.caller("mot-cua");
    for target in ["/d\u{e2}n", "/a?t=d\u{e2}n", "/\u{1f600}"] {
        let head = format!("GET {target} HTTP/1.1\r\nhost: h\r\n");
        check(&gate, &caller, &head, "400 refused: bad-request the target has a character").await;
    }
    // Bytes that are not even text.
    let answer = say(&gate, &caller, b"GET /\xe2 HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    assert!(gate.calls().is_empty());
}

#[tokio::test]
async fn what_would_change_the_protocol_or_is_not_understood_is_refused() {
    let gate = Gate::open();
    let caller = gate.caller("mot-cua");
    let cases = [
        ("TRACE / HTTP/1.1\r\nhost: h\r\n", "400 refused: bad-request the method"),
        ("get / HTTP/1.1\r\nhost: h\r\n", "400 refused: bad-request the method"),
        ("PROPFIND / HTTP/1.1\r\nhost: h\r\n", "400 refused: bad-request the method"),
        ("CONNECT h:443 HTTP/1.1\r\nhost: h:443\r\n", "400 "),
        ("GET / HTTP/1.1\r\nhost: h\r\nupgrade: h2c\r\n", "400 refused: bad-request the protocol"),
        ("GET / HTTP/1.1\r\nhost: h\r\nupgrade: websocket\r\n", "400 refused: bad-request the protocol"),
        ("GET / HTTP/1.1\r\nhost: h\r\nexpect: 200-ok\r\n", "400 refused: bad-request the expectation"),
    ];
    for (head, expected) in cases {
        check(&gate, &caller, head, expected).await;
    }
    assert!(gate.calls().is_empty());
}

#[tokio::test]
async fn an_answer_to_head_has_neither_body_nor_length() {
    let gate = Gate::open();
    let caller = gate.caller("mot-cua");
    let answer = say(&gate, &caller, b"HEAD /x HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n").await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let framed = ["content-length", "transfer-encoding"].into_iter().any(|name| head.contains(name));
    assert!(answer.starts_with("HTTP/1.1 200") && body.is_empty() && !framed, "{answer}");
}
