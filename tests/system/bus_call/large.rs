//! Bodies far larger than what is held, up and down, many at once.

use std::fmt::Write;

use boot::settings::Environment;
use http::Method;
use sandbox::{
    bus::{Answer, Message},
    province::Part,
};
use serde_json::Value;
use signing::Digest;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use super::{
    raw,
    world::{World, refused},
};
use crate::message_log::program::{Gateway, log, said};

const FILES: &str = "VN/GOV/000.00.00.H19/danh-muc/TapTin";
const PURPOSE: &str = "tra-cuu-danh-muc";
const LEGAL_BASIS: &str = "278/2025/ND-CP";
/// The length of each body, in bytes.
const LENGTH: usize = 20_000_000;
/// How many go each way at the same time.
const BODIES: u8 = 8;
/// What the gateway may need for all of them, in KiB: far less than one of them each way would be.
const MOST_KIB: u64 = 24 * 1024;

fn up(body: Vec<u8>) -> Message<'static> {
    let get = Message::get(FILES, "", PURPOSE, LEGAL_BASIS);
    Message { method: Method::POST, body: Some(("application/octet-stream", body)), ..get }
}

fn hex(digest: &Digest) -> String {
    digest.as_bytes().iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixteen_bodies_of_twenty_megabytes_stream_through_and_the_gateway_holds_none() {
    let mut world = World::start().await;
    world.province.stop_gateway().await;
    let gateway = Gateway::start(world.folder(), world.province.addresses().port(Part::Gateway)).await;
    let down = Message::get(FILES, "/20000000", PURPOSE, LEGAL_BASIS);
    // What the first call needs is not what a body needs.
    world.caller.call(&up(vec![0; 1 << 20])).await.expect("an answer");
    let before = gateway.most_memory_kib();

    let uploads = (0..BODIES).map(|number| up(vec![number; LENGTH])).collect::<Vec<_>>();
    let uploaded = futures::future::join_all(uploads.iter().map(|message| world.caller.call(message)));
    let downloaded = futures::future::join_all((0..BODIES).map(|_| world.caller.call(&down)));
    let (uploaded, downloaded) = tokio::join!(uploaded, downloaded);

    // The caller believes an answer only when digest and signature of the whole are right.
    for (number, answer) in (0..BODIES).zip(uploaded) {
        let answer: Answer = answer.expect("an answer");
        let told: Value = serde_json::from_slice(&answer.body).expect("JSON");
        let sent = hex(&Digest::of(vec![number; LENGTH]));
        assert_eq!((told["bytes"].as_u64(), told["sha256"].as_str()), (Some(20_000_000), Some(&*sent)), "{number}");
    }
    for answer in downloaded {
        let answer = answer.expect("an answer");
        assert!(answer.body.len() == LENGTH && answer.body.iter().all(|byte| *byte == b'x'));
    }
    let grown = gateway.most_memory_kib() - before;
    assert!(grown < MOST_KIB, "the gateway grew by {grown} KiB");
}

#[tokio::test]
async fn a_large_body_that_was_changed_on_its_way_is_refused_and_the_register_gets_no_whole_of_it() {
    let world = World::start().await;
    let mut prepared = world.caller.prepare(&up(vec![7; 3 << 20])).unwrap();
    *prepared.body.last_mut().unwrap() = 8;
    let received = world.caller.send(&prepared).await.unwrap();
    let refusal = refused(world.caller.judge(&prepared, received));
    assert_eq!((refusal.code.as_str(), refusal.status.as_u16()), ("digest-mismatch", 400));
    assert!(refusal.record.is_some());
}

#[tokio::test]
async fn a_large_body_that_stops_coming_is_given_up_after_its_piece_s_time() {
    let environment = Environment::empty().with("GATEWAY__SERVER__BODY_PIECE_TIMEOUT", "500ms");
    let world = World::with(|options| options.environment = environment).await;
    let prepared = world.caller.prepare(&up(vec![7; 3 << 20])).unwrap();
    let mut stream = raw::connect(&world, "mot-cua").await;
    stream.write_all(format!("{}\r\n", raw::head(&world, &prepared)).as_bytes()).await.unwrap();
    stream.write_all(&prepared.body[..1 << 20]).await.unwrap();
    let answer = raw::listen(&mut stream).await;
    assert_eq!((answer.status, answer.header("lgsp-error")), (408, Some("body-timeout")), "{}", answer.text);
    assert!(answer.header("signature").is_some() && answer.header("lgsp-record").is_some());
    // Nothing of it is in anybody's way.
    assert!(world.caller.call(&up(vec![7; 3 << 20])).await.is_ok());
}

#[tokio::test]
async fn what_a_register_says_before_it_has_the_whole_body_is_no_answer() {
    let mut world = World::start().await;
    world.province.stop_gateway().await;
    let register = hasty_register().await;
    let settings = world.folder().join("gateway.toml");
    let text = std::fs::read_to_string(&settings).unwrap();
    let own = format!("url = \"{}/\"", world.province.addresses().origin(Part::Register));
    assert!(text.contains(&own));
    std::fs::write(&settings, text.replace(&own, &format!("url = \"{register}/\""))).unwrap();
    world.province.start_gateway().await.unwrap();
    // More than the buffers between the two take.
    let body = vec![7; 16 << 20];
    let refusal = refused(world.caller.call(&up(body.clone())).await);
    assert_eq!((refusal.code.as_str(), refusal.status.as_u16()), ("outcome-unknown", 500));
    let record = refusal.record.unwrap();
    let body = Some(("application/octet-stream", body));
    let plain = world.caller.send_plain(Method::POST, &format!("/r1/{FILES}"), body).await.unwrap();
    assert_eq!((plain.status.as_u16(), plain.header("x-road-error")), (500, Some("server.clientproxy.logging_failed")));
    assert!(plain.header("x-road-request-hash").is_none());
    // A body that is held is known before anybody is asked.
    assert_eq!(world.caller.call(&up(vec![7; 9])).await.unwrap().status, 200);
    world.province.stop_gateway().await;
    let shown = said(&log(world.folder(), &["show", &record]));
    assert!(shown.contains("\"refusal\":\"outcome-unknown\"") && shown.contains("\"outcome\":\"refused\""), "{shown}");
}

/// A register that answers as soon as it has read a head, and reads no body.
async fn hasty_register() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = Vec::new();
            while !head.windows(4).any(|end| end == b"\r\n\r\n")
                && stream.read_buf(&mut head).await.is_ok_and(|n| n > 0)
            {}
            let answer = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}";
            let _sent = stream.write_all(answer.as_bytes()).await;
            // It stays open, and reads no more.
            tokio::spawn(async move {
                tokio::time::sleep(std::time::Duration::from_secs(30)).await;
                drop(stream);
            });
        }
    });
    origin
}
