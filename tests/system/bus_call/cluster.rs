//! The same on Postgres and Redis, and two gateways on one of each.

use std::{
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    time::Duration,
};

use sandbox::{bus::CallError, province::Storage};
use secrecy::SecretString;

use super::world::{World, an, cluster_storage, refused};

/// A Redis of one test that keeps nothing on disk, and ends with it.
struct OwnRedis {
    port: u16,
    running: Child,
}

impl OwnRedis {
    fn start() -> Self {
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        Self { port: free, running: Self::run(free) }
    }

    fn run(port: u16) -> Child {
        let mut command = Command::new("redis-server");
        command.arg("--port").arg(port.to_string()).args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
        let running = command.stdout(Stdio::null()).spawn().expect("redis-server runs");
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            std::thread::sleep(Duration::from_millis(10));
        }
        running
    }

    /// It is killed, and another runs in its place.
    fn exchange(&mut self) {
        self.running.kill().unwrap();
        self.running.wait().unwrap();
        self.running = Self::run(self.port);
    }
}

impl Drop for OwnRedis {
    fn drop(&mut self) {
        let _ended = self.running.kill();
        let _reaped = self.running.wait();
    }
}

#[tokio::test]
#[ignore = "needs TEST_POSTGRES_URL and TEST_REDIS_URL"]
async fn no_message_passes_twice_when_redis_forgets_everything() {
    let mut redis = OwnRedis::start();
    let Storage::Cluster { postgres, redis_prefix, .. } = cluster_storage() else { panic!("not a cluster") };
    let own = SecretString::from(format!("redis://127.0.0.1:{}/", redis.port));
    let world =
        World::with(move |options| options.storage = Storage::Cluster { postgres, redis: own, redis_prefix }).await;
    let officer = world.officer.clone();
    let question = world.question(an());
    let message = question.message(Some(&officer));
    let accepted = world.caller.prepare(&message).unwrap();
    let received = world.caller.send(&accepted).await.unwrap();
    assert!(world.caller.judge(&accepted, received).is_ok());

    redis.exchange();
    let mut unavailable = 0;
    let refusal = loop {
        let received = world.caller.send(&accepted).await.unwrap();
        let refusal = refused(world.caller.judge(&accepted, received));
        if refusal.code != "replay-store-unavailable" {
            break refusal;
        }
        unavailable += 1;
        assert!(unavailable < 100, "it is not told again");
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    assert_eq!(refusal.code, "replayed");
    assert!(unavailable > 0, "a Redis that has forgotten accepts nothing");
    let fresh: Result<_, CallError> = world.caller.call(&message).await;
    assert!(fresh.is_ok(), "{fresh:?}");
}

#[tokio::test]
#[ignore = "needs TEST_POSTGRES_URL and TEST_REDIS_URL"]
async fn a_signed_call_and_its_replay_on_servers() {
    let mut world = World::start_on_servers().await;
    let officer = world.officer.clone();
    let message = world.question(an());
    let prepared = world.caller.prepare(&message.message(Some(&officer))).unwrap();
    let received = world.caller.send(&prepared).await.unwrap();
    assert!(world.caller.judge(&prepared, received).is_ok());
    world.province.stop_gateway().await;
    world.province.start_gateway().await.unwrap();
    let received = world.caller.send(&prepared).await.unwrap();
    assert_eq!(refused(world.caller.judge(&prepared, received)).code, "replayed");
}

#[tokio::test]
#[ignore = "needs TEST_POSTGRES_URL and TEST_REDIS_URL"]
async fn a_message_that_one_gateway_took_is_refused_by_the_other_and_both_write_one_log() {
    let world = World::start_on_servers().await;
    let second = world.second_gateway().await;
    let officer = world.officer.clone();
    let message = world.question(an());
    let prepared = world.caller.prepare(&message.message(Some(&officer))).unwrap();
    let received = world.caller.send(&prepared).await.unwrap();
    assert!(world.caller.judge(&prepared, received).is_ok());
    let received = second.caller.send(&prepared).await.unwrap();
    assert_eq!(refused(second.caller.judge(&prepared, received)).code, "replayed");
    let message = message.message(Some(&officer));
    let calls = (0..40).map(|number| if number % 2 == 0 { &world.caller } else { &second.caller }.call(&message));
    for answer in futures::future::join_all(calls).await {
        assert!(answer.is_ok(), "{answer:?}");
    }
    second.running.stop().await;
}
