//! `kill -9` at random, a hundred times, under load.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use sandbox::{
    bus::{Message, Prepared},
    province::Part,
};

use super::program::{Gateway, log, said};
use crate::bus_call::world::{HO_KINH_DOANH, World, refused};

const KILLS: u64 = 100;
const WORKERS: usize = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_hundred_kills_no_answer_is_without_its_record_and_no_nonce_works_twice() {
    hundred_kills(World::start().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs TEST_POSTGRES_URL and TEST_REDIS_URL"]
async fn after_a_hundred_kills_on_servers_no_answer_is_without_its_record_and_no_nonce_works_twice() {
    hundred_kills(World::start_on_servers().await).await;
}

async fn hundred_kills(mut world: World) {
    world.province.stop_gateway().await;
    let port = world.province.addresses().port(Part::Gateway);
    let mut answered: BTreeSet<String> = BTreeSet::new();
    let mut last: Vec<Prepared> = Vec::new();
    for kill in 0..KILLS {
        let gateway = Gateway::start(world.folder(), port).await;
        for prepared in last.drain(..).take(3) {
            let received = world.caller.send(&prepared).await.expect("the gateway is back");
            assert_eq!(refused(world.caller.judge(&prepared, received)).code, "replayed", "after kill {kill}");
        }
        // Spread over one and a half call times, so that kills fall into every stage.
        let (records, messages) = load_until(&world, Duration::from_millis(40 + kill * 7 % 160), gateway).await;
        answered.extend(records);
        last = messages;
    }
    assert!(answered.len() > 100, "only {} calls were answered at all", answered.len());
    // Started once more, the gateway mends what the last kill left half done, and signs it.
    world.province.start_gateway().await.expect("the gateway starts");
    world.province.stop_gateway().await;
    let whole = log(world.folder(), &["verify"]);
    assert!(whole.status.success(), "{}", said(&whole));
    let recorded = closed_records(&world).await;
    let missing: Vec<_> = answered.iter().filter(|record| !recorded.contains_key(*record)).collect();
    assert!(missing.is_empty(), "{} answers have no closed record: {missing:?}", missing.len());
    assert!(recorded.values().all(|count| *count == 1), "a call was closed twice");
}

/// Calls from several sides until the gateway is killed; gives the records of what was answered, and the messages.
async fn load_until(world: &World, after: Duration, gateway: Gateway) -> (Vec<String>, Vec<Prepared>) {
    let (records, messages) = (Mutex::new(Vec::new()), Mutex::new(Vec::new()));
    let stopped = AtomicBool::new(false);
    let work = async || {
        let message = Message::get(HO_KINH_DOANH, "/8001234567", "giai-quyet-tthc", "168/2025/ND-CP");
        while !stopped.load(Ordering::SeqCst) {
            let prepared = world.caller.prepare(&message).expect("a message");
            let Ok(received) = world.caller.send(&prepared).await else { break };
            let answer = world.caller.judge(&prepared, received).expect("an answer");
            records.lock().unwrap_or_else(PoisonError::into_inner).push(answer.record);
            messages.lock().unwrap_or_else(PoisonError::into_inner).push(prepared);
        }
    };
    let kill = async {
        tokio::time::sleep(after).await;
        gateway.kill();
        stopped.store(true, Ordering::SeqCst);
    };
    let workers = futures::future::join_all((0..WORKERS).map(|_| work()));
    tokio::join!(workers, kill);
    let take = |list: Mutex<Vec<_>>| list.into_inner().unwrap_or_else(PoisonError::into_inner);
    (take(records), messages.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// How often each call was closed.
async fn closed_records(world: &World) -> BTreeMap<String, u32> {
    let settings = world.province.gateway_settings().expect("settings");
    let store = lgsp_gateway::storage::open_to_read(&settings.storage).await.expect("the store");
    let (mut closed, mut next) = (BTreeMap::new(), 0);
    loop {
        let batches = store.read(next, 1 << 20).await.expect("entries");
        let Some(last) = batches.last() else { return closed };
        next = last.first + u64::from(last.count);
        for batch in &batches {
            for entry in tlog::Entries::of(&batch.entries) {
                let line = tlog::Line::parse(entry.expect("a whole bundle")).expect("an entry");
                if line.kind == tlog::Kind::Closed {
                    *closed.entry(line.id.to_string()).or_default() += 1;
                }
            }
        }
    }
}
