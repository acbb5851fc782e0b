//! One trace from `/authorize` to `/token`, as a collector sees it that nobody here wrote for (OTLP over HTTP, protobuf).

use std::sync::{Arc, Mutex};

use axum::{Router, body::Bytes, extract::State, routing::post};

use super::Server;

/// The bodies of all export requests.
type Received = Arc<Mutex<Vec<Bytes>>>;

async fn collector() -> (String, Received) {
    let received = Received::default();
    let keep =
        |State(received): State<Received>, body: Bytes| async move { received.lock().expect("a lock").push(body) };
    let router = Router::new().fallback(post(keep)).with_state(Arc::clone(&received));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (address, received)
}

/// The fields of a protobuf message that hold bytes: number and content.
fn fields(mut message: &[u8]) -> Vec<(u64, &[u8])> {
    let mut found = Vec::new();
    while !message.is_empty() {
        let key = varint(&mut message);
        match key & 7 {
            0 => drop(varint(&mut message)),
            1 => message = &message[8..],
            2 => {
                let length = usize::try_from(varint(&mut message)).expect("a length");
                let (content, rest) = message.split_at(length);
                found.push((key >> 3, content));
                message = rest;
            }
            5 => message = &message[4..],
            other => panic!("no wire type of ours: {other}"),
        }
    }
    found
}

fn varint(message: &mut &[u8]) -> u64 {
    let mut value = 0;
    for place in 0..10 {
        let (byte, rest) = message.split_first().expect("a byte");
        *message = rest;
        value |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return value;
        }
    }
    panic!("a varint has at most ten bytes");
}

/// Trace id and name of each span of an `ExportTraceServiceRequest`: `resource_spans` 1, `scope_spans` 2, `spans` 2; of a span
/// `trace_id` 1 and `name` 5.
fn spans(body: &[u8]) -> Vec<(Vec<u8>, String)> {
    let inside =
        |message, number| fields(message).into_iter().filter(move |field| field.0 == number).map(|field| field.1);
    let scopes = inside(body, 1).flat_map(|resource| inside(resource, 2));
    let spans = scopes.flat_map(|scope| inside(scope, 2));
    spans
        .map(|span| {
            let trace = inside(span, 1).next().expect("a trace id").to_vec();
            let name = String::from_utf8(inside(span, 5).next().expect("a name").to_vec()).expect("a text");
            (trace, name)
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_trace_leads_from_authorize_to_token_through_a_browser_that_carries_nothing_of_it() {
    let (address, received) = collector().await;
    let mut server = Server::start_traced(&address).await;
    let way = server.way();
    let (first, second) = (way.log_in().await.expect("a login"), way.log_in().await.expect("a login"));
    for login in [&first, &second] {
        assert_eq!(way.trade(&login.code).await.expect("an answer").0, 200);
    }
    // What is left is sent before the process ends.
    server.terminate();
    assert!(server.ended().await.success(), "{}", server.log());
    let bodies = received.lock().expect("a lock").clone();
    let all: Vec<_> = bodies.iter().flat_map(|body| spans(body)).collect();
    let traces = |name: &str| {
        let mut of: Vec<_> = all.iter().filter(|span| span.1 == name).map(|span| span.0.clone()).collect();
        of.sort();
        of
    };
    let (begun, came_back, traded) =
        (traces("broker.authorize"), traces("broker.login.finish"), traces("broker.grant.authorization_code"));
    assert_eq!(begun.len(), 2, "{all:?}");
    assert_ne!(begun[0], begun[1], "each login has its own");
    assert_eq!((&came_back, &traded), (&begun, &begun), "{all:?}");
    assert!(begun.iter().all(|trace| trace.len() == 16 && trace.iter().any(|byte| *byte != 0)));
}
