//! Keys over real HTTP.

use std::{sync::Arc, time::Duration};

use clock::fixed::FixedClock;
use signing::Algorithm;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use super::made::{key, settings};
use crate::{
    authorize::{Officers, OfficersError, OfficersSettings},
    registry::tested::monday,
};

/// Serves this answer to one request, and gives the address.
async fn serve(answer: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = [0; 1024];
        let read = stream.read(&mut request).await.unwrap();
        assert!(request[..read].starts_with(b"GET /jwks HTTP/1.1\r\n"));
        stream.write_all(answer.as_bytes()).await.unwrap();
    });
    format!("http://{address}/jwks")
}

async fn ready(answer: String) -> bool {
    let settings = OfficersSettings { timeout: Duration::from_secs(20), ..settings(&serve(answer).await) };
    let officers = Officers::new(settings, Arc::new(FixedClock::at(monday()))).unwrap();
    officers.ready(monday()).await
}

fn answer(status: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}

#[tokio::test]
async fn keys_are_fetched_over_http() {
    let set = serde_json::json!({ "keys": [key(Algorithm::ES256).public_jwk()] }).to_string();
    assert!(ready(answer("200 OK", &set)).await);
    assert!(!ready(answer("500 Oh", &set)).await);
    assert!(!ready(answer("200 OK", "no json")).await);
    assert!(!ready(answer("200 OK", &format!("{set}{}", " ".repeat(300_000)))).await, "too large");
    assert!(!ready(format!("HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n{set}")).await, "cut off");
    let elsewhere = serve(answer("200 OK", &set)).await;
    let redirect = format!("HTTP/1.1 302 Found\r\nlocation: {elsewhere}\r\ncontent-length: 0\r\n\r\n");
    assert!(!ready(redirect).await, "a redirect is not followed");
}

#[test]
fn keys_come_over_https_or_from_this_machine() {
    for (address, accepted) in [
        ("http://localhost:8400/jwks", true),
        ("http://127.0.0.1/jwks", true),
        ("http://[::1]/jwks", true),
        ("http://dangnhap.test/jwks", false),
        ("http://localhost.test/jwks", false),
        ("http://10.0.0.1/jwks", false),
        ("ftp://localhost/jwks", false),
        ("file:///jwks", false),
    ] {
        let made = Officers::new(settings(address), Arc::new(FixedClock::at(monday())));
        assert_eq!(!matches!(made, Err(OfficersError::Address)), accepted, "{address}");
    }
}
