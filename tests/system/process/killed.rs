//! `kill -9` in the middle of two hundred logins.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use serde_json::Value;
use tokio::sync::RwLock;

use super::{LoggedIn, Server, login::parameter};

const LOGINS: u32 = 200;
const WORKERS: usize = 8;

/// What the outside world was told before the broker died.
#[derive(Default)]
struct Told {
    logged_in: Vec<LoggedIn>,
    /// Code, access token and refresh token of each exchange that was answered.
    tokens: Vec<(String, String, String)>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_kill_nothing_works_twice_and_nobody_who_was_told_so_is_logged_out() {
    kill_in_the_middle(Server::start().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs TEST_POSTGRES_URL and TEST_REDIS_URL"]
async fn after_a_kill_on_servers_nothing_works_twice_and_nobody_who_was_told_so_is_logged_out() {
    kill_in_the_middle(Server::start_on_servers().await).await;
}

async fn kill_in_the_middle(server: Server) {
    let server = Arc::new(RwLock::new(server));
    let (begun, finished) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let workers: Vec<_> = (0..WORKERS)
        .map(|_| tokio::spawn(work(Arc::clone(&server), Arc::clone(&begun), Arc::clone(&finished))))
        .collect();
    // In the middle: some are through, none has to wait for its turn any more.
    for _ in 0..2400 {
        if finished.load(Ordering::SeqCst) >= LOGINS / 4 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    let in_the_middle = finished.load(Ordering::SeqCst);
    assert!((LOGINS / 4..LOGINS).contains(&in_the_middle), "{in_the_middle} logins were finished");
    {
        // Workers hold no lock while they wait for the broker, so this does not wait for them.
        let mut server = server.write().await;
        server.kill_and_start().await;
    }
    let mut told = Told::default();
    for worker in workers {
        let Told { logged_in, tokens } = worker.await.expect("a worker");
        told.logged_in.extend(logged_in);
        told.tokens.extend(tokens);
    }
    assert_eq!(finished.load(Ordering::SeqCst), LOGINS, "before or after");
    let mut server = Arc::into_inner(server).expect("the workers are done").into_inner();
    nobody_is_logged_out(&server, &mut told).await;
    nothing_works_twice(&server, &mut told).await;
    server.terminate();
    server.ended().await;
    every_event_is_whole(&server, &told).await;
}

/// Logs in again and again; a login that the kill interrupts is given up, as people do.
async fn work(server: Arc<RwLock<Server>>, begun: Arc<AtomicU32>, finished: Arc<AtomicU32>) -> Told {
    let mut told = Told::default();
    // The address never changes, so a copy of the way there is enough.
    let way = server.read().await.way();
    while begun.fetch_add(1, Ordering::SeqCst) < LOGINS {
        let Ok(logged_in) = way.log_in().await else {
            begun.fetch_sub(1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        if let Ok((200, answer)) = way.trade(&logged_in.code).await {
            let text = |name: &str| answer[name].as_str().expect("a token").to_owned();
            told.tokens.push((logged_in.code.clone(), text("access_token"), text("refresh_token")));
        }
        told.logged_in.push(logged_in);
        finished.fetch_add(1, Ordering::SeqCst);
    }
    told
}

async fn nobody_is_logged_out(server: &Server, told: &mut Told) {
    let mut silent = server.way().authorize();
    silent.query_pairs_mut().append_pair("prompt", "none");
    for person in &mut told.logged_in {
        let answer = person.browser.open_once(&silent).await.expect("the broker is back");
        let location = answer.location().expect("an address").expect("a redirect");
        assert!(parameter(&location, "code").is_some(), "told to be logged in, and is not: {location}");
    }
    for (_, access, refresh) in &told.tokens {
        for token in [access, refresh] {
            let (status, answer) = server.way().as_client("/introspect", &[("token", token)]).await.expect("an answer");
            assert_eq!((status, &answer["active"]), (200, &Value::Bool(true)), "a token that was given is dead");
        }
    }
}

async fn nothing_works_twice(server: &Server, told: &mut Told) {
    let way = server.way();
    for person in &mut told.logged_in {
        let again = person.browser.open_once(&person.callback).await.expect("the broker is back");
        assert!(again.location().expect("an address").is_none(), "a callback worked twice: {}", again.text());
    }
    let spent: BTreeSet<&str> = told.tokens.iter().map(|(code, ..)| code.as_str()).collect();
    for person in &told.logged_in {
        // A code whose exchange was not answered may or may not be spent; after this it is.
        let first = way.trade(&person.code).await.expect("an answer").0;
        assert!(first == 400 || !spent.contains(person.code.as_str()), "a code worked twice");
        assert_eq!(way.trade(&person.code).await.expect("an answer").0, 400, "a code worked twice");
    }
}

async fn every_event_is_whole(server: &Server, told: &Told) {
    let stores = server.stores().await;
    let (mut events, mut last) = (Vec::new(), 0);
    loop {
        let rows = stores.audit.read_after(last, 1000).await.expect("rows");
        let Some(row) = rows.last() else { break };
        last = row.sequence;
        events.extend(rows.into_iter().map(|row| serde_json::from_str::<Value>(&row.body).expect("a whole event")));
    }
    stores.care.close().await;
    for event in &events {
        assert!(event["event"].is_string() && event["at"].is_i64(), "{event}");
        assert!(event["reference"].as_str().is_some_and(|text| text.len() == 19), "{event}");
    }
    let issued: BTreeSet<&str> = events
        .iter()
        .filter(|event| event["event"] == "tokens_issued")
        .filter_map(|event| event["token"].as_str())
        .collect();
    for (_, access, _) in &told.tokens {
        let claims = signing::jws::unverified_claims(access).expect("a token");
        assert!(issued.contains(claims["jti"].as_str().expect("jti")), "a token was given that no event tells of");
    }
    let signed_in = events.iter().filter(|event| event["event"] == "signed_in").count();
    assert!(signed_in >= told.logged_in.len(), "{signed_in} events for {} logins", told.logged_in.len());
}
