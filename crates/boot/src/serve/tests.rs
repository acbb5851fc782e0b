//! Over a real socket on the loopback, because what is tested is what a peer sees on it.

mod messages;

use super::{ConnectInfo, Drained, ServeConfig, bind, serve};
use axum::Router;
use axum::routing::{get, post};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

struct Running {
    address: SocketAddr,
    stop: CancellationToken,
    end: JoinHandle<Drained>,
    entered: Arc<Notify>,
    leave: Arc<Notify>,
}

/// A path that answers, one that tells the peer, two that do and do not read a body, and one that says that it was entered and
/// waits to be let go.
fn router(entered: &Arc<Notify>, leave: &Arc<Notify>) -> Router {
    let (inside, outside) = (Arc::clone(entered), Arc::clone(leave));
    let wait = move || {
        let (inside, outside) = (Arc::clone(&inside), Arc::clone(&outside));
        async move {
            inside.notify_one();
            outside.notified().await;
            "done"
        }
    };
    Router::new()
        .route("/", get(|| async { "here" }))
        .route("/peer", get(|ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.to_string() }))
        .route("/refuse", post(|| async { http::StatusCode::PAYLOAD_TOO_LARGE }))
        .route("/read", post(|body: axum::body::Bytes| async move { format!("{} bytes", body.len()) }))
        .route("/some", post(|_: axum::body::Bytes| async { long_answer(SOME) }))
        .route("/long", get(|| async { long_answer(LONG) }))
        .route("/wait", get(wait))
}

fn start(config: ServeConfig) -> Running {
    let (entered, leave) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let router = router(&entered, &leave);
    let listener = bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let end = tokio::spawn(serve(listener, router, config, stop.clone()));
    Running { address, stop, end, entered, leave }
}

async fn connect(running: &Running) -> TcpStream {
    TcpStream::connect(running.address).await.unwrap()
}

/// Everything until the server ends its side.
async fn rest(mut tcp: TcpStream) -> String {
    let mut bytes = Vec::new();
    tcp.read_to_end(&mut bytes).await.unwrap();
    String::from_utf8(bytes).unwrap()
}

/// Bytes until `end` has come.
async fn until(tcp: &mut TcpStream, end: &str) -> String {
    let mut bytes = Vec::new();
    while !bytes.ends_with(end.as_bytes()) {
        bytes.push(tcp.read_u8().await.unwrap());
    }
    String::from_utf8(bytes).unwrap()
}

const GET: &[u8] = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n";

#[tokio::test]
async fn a_connection_carries_several_requests() {
    let running = start(ServeConfig::default());
    let mut tcp = connect(&running).await;
    for _ in 0..3 {
        tcp.write_all(GET).await.unwrap();
        assert!(until(&mut tcp, "here").await.starts_with("HTTP/1.1 200 OK\r\n"));
    }
}

#[tokio::test]
async fn a_handler_finds_the_address_of_its_peer() {
    let running = start(ServeConfig::default());
    let mut tcp = connect(&running).await;
    let own = tcp.local_addr().unwrap().to_string();
    tcp.write_all(b"GET /peer HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
    assert!(rest(tcp).await.ends_with(&own));
}

#[tokio::test]
async fn a_megabyte_in_the_head_is_refused_and_the_refusal_arrives() {
    let running = start(ServeConfig::default());
    let long = "x".repeat(1024 * 1024);
    for head in [
        format!("GET /{long} HTTP/1.1\r\nhost: x\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nhost: x\r\nx-long: {long}\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nhost: x\r\n{}\r\n", "a: b\r\n".repeat(150_000)),
        long.clone(),
    ] {
        let (mut reading, mut writing) = connect(&running).await.into_split();
        // The server may stop reading: then writing fails, and the answer must be there all the same.
        let sent = tokio::spawn(async move {
            let _ = writing.write_all(head.as_bytes()).await;
            writing
        });
        let mut answer = Vec::new();
        reading.read_to_end(&mut answer).await.unwrap();
        assert!(answer.starts_with(b"HTTP/1.1 4"), "{}", String::from_utf8_lossy(&answer));
        drop(sent.await);
    }
}

#[tokio::test]
async fn a_body_that_nobody_reads_does_not_lose_the_answer() {
    let running = start(ServeConfig::default());
    let (mut reading, mut writing) = connect(&running).await.into_split();
    let sent = tokio::spawn(async move {
        let head = b"POST /refuse HTTP/1.1\r\nhost: x\r\ncontent-length: 4000000\r\n\r\n";
        let _ = writing.write_all(head).await;
        // Lines, so that a body that is thrown away is not mistaken for an ambiguous head.
        let _ = writing.write_all(&b"x\n".repeat(2_000_000)).await;
        writing
    });
    let mut answer = Vec::new();
    reading.read_to_end(&mut answer).await.unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 413"), "{}", String::from_utf8_lossy(&answer));
    drop(sent.await);
}

#[tokio::test]
async fn what_comes_behind_the_last_message_does_not_lose_the_answer() {
    let running = start(ServeConfig::default());
    let mut tcp = connect(&running).await;
    let head = b"POST /some HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\nconnection: close\r\n\r\n12345";
    tcp.write_all(&[&head[..], &vec![b'x'; 64 * 1024]].concat()).await.unwrap();
    // The server is done with the connection before the client has taken anything.
    running.stop.cancel();
    running.end.await.unwrap();
    assert!(rest(tcp).await.len() > SOME * 64 * 1024);
}

#[tokio::test]
async fn what_is_not_http_gets_a_400() {
    let running = start(ServeConfig::default());
    for wrong in [&b"\x16\x03\x01\x02\x00\x01"[..], b"GET / HTTP/1.1\r\nho st: x\r\n\r\n", b"GET /\0 HTTP/1.1\r\n\r\n"]
    {
        let mut tcp = connect(&running).await;
        tcp.write_all(wrong).await.unwrap();
        assert!(rest(tcp).await.starts_with("HTTP/1.1 400"), "{wrong:?}");
    }
}

/// A body of `pieces` pieces of 64 KiB, made as fast as they are taken.
fn long_answer(pieces: usize) -> axum::body::Body {
    let piece = axum::body::Bytes::from(vec![b'x'; 64 * 1024]);
    let pieces = std::iter::repeat_n(Ok::<_, std::convert::Infallible>(piece), pieces);
    axum::body::Body::from_stream(futures::stream::iter(pieces))
}

/// An answer that fits into what the system holds of a connection, and one that does not.
const SOME: usize = 2;
const LONG: usize = 400;

/// Asks for the long answer, and takes a quarter of a megabyte every 20 ms, far longer than a connection may rest.
async fn take_slowly(tcp: &mut TcpStream) -> usize {
    let (mut taken, mut buffer) = (0, vec![0; 1024 * 1024 / 4]);
    loop {
        match tcp.read(&mut buffer).await {
            Ok(0) | Err(_) => return taken,
            Ok(bytes) => taken += bytes,
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

const ASK: &[u8] = b"GET /long HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";

#[tokio::test]
async fn a_long_answer_is_not_cut_while_the_peer_takes_it_not_even_by_the_stop() {
    let config = ServeConfig { idle_timeout: Duration::from_millis(500), ..ServeConfig::default() };
    let running = start(config);
    let mut tcp = connect(&running).await;
    tcp.write_all(ASK).await.unwrap();
    tcp.readable().await.unwrap();
    running.stop.cancel();
    assert!(take_slowly(&mut tcp).await > LONG * 64 * 1024);
    assert_eq!(running.end.await.unwrap(), Drained { cut: 0 });
}

#[tokio::test]
async fn an_answer_that_nobody_takes_is_given_up() {
    let config = ServeConfig { idle_timeout: Duration::from_millis(100), ..ServeConfig::default() };
    let running = start(config);
    let mut tcp = connect(&running).await;
    tcp.write_all(ASK).await.unwrap();
    tcp.readable().await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    // The server is done with the connection before the client has taken anything.
    running.stop.cancel();
    assert_eq!(running.end.await.unwrap(), Drained { cut: 0 });
    assert!(take_slowly(&mut tcp).await < LONG * 64 * 1024);
}

#[tokio::test]
async fn an_answer_that_outlasts_the_drain_is_cut_and_counted() {
    let config = ServeConfig { drain_timeout: Duration::from_millis(50), ..ServeConfig::default() };
    let running = start(config);
    let mut tcp = connect(&running).await;
    tcp.write_all(ASK).await.unwrap();
    tcp.readable().await.unwrap();
    running.stop.cancel();
    assert_eq!(running.end.await.unwrap(), Drained { cut: 1 });
}

#[tokio::test]
async fn a_head_that_comes_drop_by_drop_gets_a_408() {
    let running = start(ServeConfig { head_timeout: Duration::from_millis(60), ..ServeConfig::default() });
    let mut tcp = connect(&running).await;
    tcp.write_all(b"GET / HT").await.unwrap();
    assert!(rest(tcp).await.starts_with("HTTP/1.1 408"));
}

#[tokio::test]
async fn a_connection_that_rests_too_long_is_closed_without_a_word() {
    let running = start(ServeConfig { idle_timeout: Duration::from_millis(60), ..ServeConfig::default() });
    let mut tcp = connect(&running).await;
    tcp.write_all(GET).await.unwrap();
    assert!(until(&mut tcp, "here").await.starts_with("HTTP/1.1 200"));
    assert_eq!(rest(tcp).await, "");
}

#[tokio::test]
async fn a_handler_that_works_is_not_idle() {
    let config = ServeConfig {
        idle_timeout: Duration::from_millis(20),
        head_timeout: Duration::from_millis(20),
        ..ServeConfig::default()
    };
    let running = start(config);
    let mut tcp = connect(&running).await;
    tcp.write_all(b"GET /wait HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    running.entered.notified().await;
    let mut other = connect(&running).await;
    // The other connection rests until it is closed: by then the working one would have been, too.
    assert_eq!(other.read(&mut [0; 1]).await.unwrap(), 0);
    running.leave.notify_one();
    assert!(until(&mut tcp, "done").await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn one_connection_too_many_gets_a_503_and_a_place_comes_back() {
    let running = start(ServeConfig { max_connections: 1, ..ServeConfig::default() });
    let mut first = connect(&running).await;
    first.write_all(GET).await.unwrap();
    until(&mut first, "here").await;
    assert!(rest(connect(&running).await).await.starts_with("HTTP/1.1 503"));
    first.shutdown().await.unwrap();
    assert_eq!(rest(first).await, "");
    loop {
        let mut next = connect(&running).await;
        next.write_all(GET).await.unwrap();
        if until(&mut next, "\r\n").await.starts_with("HTTP/1.1 200") {
            break;
        }
    }
}

#[tokio::test]
async fn a_request_in_flight_is_finished_after_the_stop_and_told_to_close() {
    let running = start(ServeConfig::default());
    let mut tcp = connect(&running).await;
    tcp.write_all(b"GET /wait HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    running.entered.notified().await;
    running.stop.cancel();
    // No new connection is taken once the listener is gone.
    while TcpStream::connect(running.address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    running.leave.notify_one();
    let answer = rest(tcp).await;
    assert!(answer.contains("connection: close\r\n") && answer.ends_with("done"), "{answer}");
    assert_eq!(running.end.await.unwrap(), Drained { cut: 0 });
}

#[tokio::test]
async fn idle_connections_do_not_hold_up_the_stop() {
    let running = start(ServeConfig { drain_timeout: Duration::from_secs(60), ..ServeConfig::default() });
    let (mut used, fresh) = (connect(&running).await, connect(&running).await);
    used.write_all(GET).await.unwrap();
    until(&mut used, "here").await;
    running.stop.cancel();
    assert_eq!(running.end.await.unwrap(), Drained { cut: 0 });
    assert_eq!((rest(used).await, rest(fresh).await), (String::new(), String::new()));
}

#[tokio::test]
async fn a_connection_that_waited_in_the_queue_is_served_after_the_stop() {
    let running = start(ServeConfig::default());
    let mut tcp = connect(&running).await;
    running.stop.cancel();
    tcp.write_all(GET).await.unwrap();
    assert!(rest(tcp).await.ends_with("here"));
}

#[tokio::test]
async fn a_request_that_is_under_way_at_the_stop_is_answered_and_told_to_close() {
    let running = start(ServeConfig::default());
    let first = connect(&running).await;
    // Connections are accepted in turn: when the second is answered, the first is taken.
    let mut second = connect(&running).await;
    second.write_all(GET).await.unwrap();
    until(&mut second, "here").await;
    running.stop.cancel();
    while TcpStream::connect(running.address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    // Neither the connection that has not carried a byte nor the one that rests between two requests is cut.
    for mut tcp in [first, second] {
        tcp.write_all(GET).await.unwrap();
        let answer = rest(tcp).await;
        assert!(answer.contains("connection: close\r\n") && answer.ends_with("here"), "{answer}");
    }
    assert_eq!(running.end.await.unwrap(), Drained { cut: 0 });
}

#[tokio::test]
async fn a_request_that_outlasts_the_drain_is_cut_and_counted() {
    let running = start(ServeConfig { drain_timeout: Duration::from_millis(20), ..ServeConfig::default() });
    let mut tcp = connect(&running).await;
    tcp.write_all(b"GET /wait HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    running.entered.notified().await;
    running.stop.cancel();
    assert_eq!(running.end.await.unwrap(), Drained { cut: 1 });
}
