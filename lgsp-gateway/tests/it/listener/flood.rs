//! Many who do little: idle connections, handshakes that do not end, heads that come drop by drop.

use std::time::Duration;

use boot::serve::{ServeConfig, TlsServeConfig};
use lgsp_gateway::listener::http::Limits;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::Instant,
};

use super::gate::{BOTH, Gate, ask_on, rest, short};

/// A ClientHello that never comes: the header of a record that announces more.
const BEGINNING: &[u8] = b"\x16\x03\x01\x02\x00\x01\x00";

#[tokio::test(flavor = "multi_thread")]
async fn a_good_call_passes_beside_a_thousand_idle_connections() {
    let gate = Gate::open();
    let caller = gate.caller("mot-cua");
    let config = gate.config(BOTH, Some(&caller));
    let mut idle = Vec::new();
    for _ in 0..1000 {
        idle.push(gate.connect_with(&config).await.unwrap());
    }
    let mut silent = Vec::new();
    for _ in 0..500 {
        silent.push(TcpStream::connect(gate.address).await.unwrap());
    }
    let begun = Instant::now();
    assert!(gate.ask(&caller).await.unwrap().starts_with("HTTP/1.1 200"));
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    // None of them was closed for it.
    assert!(ask_on(idle.first_mut().unwrap()).await.starts_with("HTTP/1.1 200"));
    assert!(ask_on(idle.last_mut().unwrap()).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test(flavor = "multi_thread")]
async fn handshakes_that_do_not_end_give_way_to_those_that_do() {
    let bounds =
        TlsServeConfig { handshake_timeout: Duration::from_secs(60), max_handshakes: 50, ..TlsServeConfig::default() };
    let gate = Gate::within(bounds, Limits::default());
    let caller = gate.caller("mot-cua");
    let mut slow = Vec::new();
    for number in 0..200 {
        let mut tcp = TcpStream::connect(gate.address).await.unwrap();
        tcp.write_all(BEGINNING).await.unwrap();
        slow.push(tcp);
        if number % 20 == 0 {
            assert!(gate.ask(&caller).await.unwrap().starts_with("HTTP/1.1 200"), "{number}");
        }
    }
    // The oldest were closed, long before their time; the newest wait.
    let mut first = slow.swap_remove(0);
    let closed = tokio::time::timeout(Duration::from_secs(10), first.read(&mut [0; 1])).await.expect("closed");
    assert!(!matches!(closed, Ok(1..)), "{closed:?}");
    let mut last = slow.pop().unwrap();
    assert!(tokio::time::timeout(Duration::from_millis(100), last.read(&mut [0; 1])).await.is_err());
}

#[tokio::test]
async fn a_handshake_that_takes_too_long_is_closed() {
    let (tls, limits) = short();
    let gate = Gate::within(tls, limits);
    for beginning in [&b""[..], BEGINNING] {
        let mut tcp = TcpStream::connect(gate.address).await.unwrap();
        tcp.write_all(beginning).await.unwrap();
        let mut answer = Vec::new();
        let end = tokio::time::timeout(Duration::from_secs(10), tcp.read_to_end(&mut answer)).await;
        assert!(end.is_ok() && answer.is_empty(), "{end:?} {answer:?}");
    }
}

#[tokio::test]
async fn a_head_that_comes_drop_by_drop_gets_a_408_over_tls_too() {
    let (tls, limits) = short();
    let gate = Gate::within(tls, limits);
    let caller = gate.caller("mot-cua");
    let mut stream = gate.connect(&caller).await;
    for drop in b"GET / HTTP/1.1\r\nhost: h\r\nx: yyyyyyyyyyyyyyy".chunks(3) {
        if stream.write_all(drop).await.is_err() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let answer = rest(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
}

#[tokio::test]
async fn a_connection_beyond_the_places_is_closed_and_a_place_comes_back() {
    let serve = ServeConfig { max_connections: 2, ..ServeConfig::default() };
    let gate = Gate::within(TlsServeConfig { serve, ..TlsServeConfig::default() }, Limits::default());
    let caller = gate.caller("mot-cua");
    let (first, _second) = (gate.connect(&caller).await, gate.connect(&caller).await);
    assert!(gate.ask(&caller).await.is_err());
    drop(first);
    while gate.ask(&caller).await.is_err() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn one_certificate_has_its_part_of_the_connections_and_leaves_the_rest_to_others() {
    let gate = Gate::for_each(TlsServeConfig::default(), Limits::default(), 2);
    let (caller, other) = (gate.caller("mot-cua"), gate.caller("khong-quyen"));
    let (first, mut second) = (gate.connect(&caller).await, gate.connect(&caller).await);
    assert!(gate.ask(&caller).await.is_err());
    assert!(gate.ask(&other).await.unwrap().starts_with("HTTP/1.1 200"));
    assert!(ask_on(&mut second).await.starts_with("HTTP/1.1 200"));
    drop(first);
    while gate.ask(&caller).await.is_err() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_stop_waits_neither_for_idle_connections_nor_for_unfinished_handshakes() {
    let gate = Gate::open();
    let caller = gate.caller("mot-cua");
    let mut idle = gate.connect(&caller).await;
    let mut silent = TcpStream::connect(gate.address).await.unwrap();
    silent.write_all(BEGINNING).await.unwrap();
    assert!(ask_on(&mut idle).await.starts_with("HTTP/1.1 200"));
    gate.stop.cancel();
    let drained = tokio::time::timeout(Duration::from_secs(8), gate.end).await.expect("an end").unwrap();
    assert_eq!(drained.cut, 0);
}
