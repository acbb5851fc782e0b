//! Bytes that no browser sends: too long, too slow, or of another server.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use super::Server;

/// Sends raw bytes and gives what came back until the broker closed; fails when it does not.
async fn send(server: &Server, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", server.port)).await.expect("a connection");
    let (mut read, mut write) = stream.split();
    let mut answer = Vec::new();
    let talked = timeout(Duration::from_secs(15), async {
        // The broker may answer and stop reading before all is sent.
        let _sent = write.write_all(bytes).await;
        let mut chunk = [0; 4096];
        loop {
            match read.read(&mut chunk).await {
                Ok(0) | Err(_) => break,
                Ok(length) => answer.extend_from_slice(&chunk[..length]),
            }
        }
    });
    talked.await.expect("the connection hangs");
    String::from_utf8_lossy(&answer).into_owned()
}

fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_megabyte_anywhere_gets_a_clean_refusal() {
    let server = Server::start().await;
    let big = "a".repeat(1024 * 1024);
    let close = "Host: localhost\r\nConnection: close\r\n";
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    for (what, request) in [
        ("query", format!("GET /authorize?x={big} HTTP/1.1\r\n{close}\r\n")),
        ("path", format!("GET /{big} HTTP/1.1\r\n{close}\r\n")),
        ("header", format!("GET /authorize HTTP/1.1\r\n{close}X-Big: {big}\r\n\r\n")),
        ("cookie", format!("GET /authorize HTTP/1.1\r\n{close}Cookie: x={big}\r\n\r\n")),
        ("many headers", format!("GET /authorize HTTP/1.1\r\n{close}{}\r\n", "X-A: b\r\n".repeat(5000))),
        ("method", format!("{big} / HTTP/1.1\r\n{close}\r\n")),
        ("body", format!("POST /token HTTP/1.1\r\n{close}{form}Content-Length: {}\r\n\r\n{big}", big.len())),
        ("page body", format!("POST /consent HTTP/1.1\r\n{close}{form}Content-Length: {}\r\n\r\n{big}", big.len())),
        (
            "chunked body",
            format!(
                "POST /token HTTP/1.1\r\n{close}{form}Transfer-Encoding: chunked\r\n\r\n100000\r\n{big}\r\n0\r\n\r\n"
            ),
        ),
        (
            "chunked page body",
            format!(
                "POST /consent HTTP/1.1\r\n{close}{form}Transfer-Encoding: chunked\r\n\r\n100000\r\n{big}\r\n0\r\n\r\n"
            ),
        ),
        ("NUL", format!("GET /authorize?x=\0 HTTP/1.1\r\n{close}\r\n")),
        ("NUL in a header", format!("GET /authorize HTTP/1.1\r\n{close}X: \0\r\n\r\n")),
        (
            "two lengths",
            format!("POST /token HTTP/1.1\r\n{close}{form}Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx"),
        ),
        ("not HTTP", "\x16\x03\x01\x02\0\x01\0\x01".repeat(20)),
    ] {
        let answer = send(&server, request.as_bytes()).await;
        assert!((400..500).contains(&status(&answer)), "{what}: {}", answer.chars().take(300).collect::<String>());
    }
    // And it is none the worse for it.
    let good = send(&server, format!("GET /jwks HTTP/1.1\r\n{close}\r\n").as_bytes()).await;
    assert_eq!(status(&good), 200);
    assert!(!server.log().contains(&big[..4096]), "the log repeats what was sent");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_head_that_never_ends_is_closed() {
    let server = Server::start().await;
    let mut stream = TcpStream::connect(("127.0.0.1", server.port)).await.expect("a connection");
    stream.write_all(b"GET /jwks HTTP/1.1\r\nHost: localhost\r\n").await.expect("a beginning");
    let mut answer = Vec::new();
    // Its limit is one second here.
    timeout(Duration::from_secs(10), stream.read_to_end(&mut answer)).await.expect("it hangs").expect("an end");
    assert_eq!(status(&String::from_utf8_lossy(&answer)), 408, "{answer:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cve_29_a_hostile_host_changes_nothing_over_the_wire() {
    let server = Server::start().await;
    let paths =
        ["/.well-known/openid-configuration", "/jwks", "/authorize?client_id=x", "/logout", "/callback/vneid?state=x"];
    for path in paths {
        for hostile in [
            "Host: evil.test\r\n",
            "Host: evil.test:8400\r\nForwarded: host=evil.test;proto=https\r\n",
            "Host: localhost\r\nX-Forwarded-Host: evil.test\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Port: 1\r\n",
        ] {
            let plain = "Host: localhost\r\n";
            let [plain, answer] =
                [plain, hostile].map(|headers| format!("GET {path} HTTP/1.1\r\n{headers}Connection: close\r\n\r\n"));
            let (plain, answer) = (send(&server, plain.as_bytes()).await, send(&server, answer.as_bytes()).await);
            assert_eq!(status(&answer), status(&plain), "{path} {hostile}");
            assert!(!answer.contains("evil"), "{path} {hostile}: {answer}");
        }
        // The absolute form of a request line names another host (RFC 9112 §3.2.2).
        let absolute = format!("GET http://evil.test{path} HTTP/1.1\r\nHost: evil.test\r\nConnection: close\r\n\r\n");
        assert!(!send(&server, absolute.as_bytes()).await.contains("evil"), "{path}");
    }
}
