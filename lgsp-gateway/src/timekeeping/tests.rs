//! Real packets on loopback, from time servers that tell the truth and from such that lie.

use std::sync::atomic::{AtomicI64, AtomicU32};

use clock::{FixedClock, SeededEntropy, Timestamp};
use tokio::net::UdpSocket;

use super::*;

const SECOND: i64 = 1_000_000;
/// What a server does that says nothing.
const SILENT: i64 = i64::MAX;

fn noon() -> Timestamp {
    Timestamp::from_seconds(1_795_219_200)
}

/// A clock that nobody checks.
pub(crate) fn believed() -> Timekeeper {
    let settings = TimeSettings {
        servers: Vec::new(),
        check_every: Duration::from_secs(30),
        max_offset: Duration::from_secs(2),
        timeout: Duration::from_secs(2),
    };
    Timekeeper::new(settings, Arc::new(FixedClock::at(noon())), Arc::new(SeededEntropy::new(1)))
}

/// A clock that was found wrong.
pub(crate) fn found_wrong() -> Timekeeper {
    let keeper = believed();
    let reading = Reading { ahead: 60 * SECOND, uncertain: 0 };
    keeper.take(&[Ok(reading), Ok(reading)]);
    keeper
}

/// A time server that is as many microseconds away from the test's time as it is told.
struct Liar {
    address: String,
    lie: Arc<AtomicI64>,
    asked: Arc<AtomicU32>,
}

impl Liar {
    async fn start(lie: i64) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap().to_string();
        let (lie, asked) = (Arc::new(AtomicI64::new(lie)), Arc::new(AtomicU32::new(0)));
        let (told, counted) = (Arc::clone(&lie), Arc::clone(&asked));
        tokio::spawn(async move {
            let mut packet = [0; 100];
            loop {
                let (length, from) = socket.recv_from(&mut packet).await.unwrap();
                counted.fetch_add(1, Ordering::SeqCst);
                let lie = told.load(Ordering::SeqCst);
                if lie == SILENT {
                    continue;
                }
                // Somebody else's answer comes first: it must not count.
                let mut forged = ntp::tests::made(&packet[..length], noon(), noon());
                forged[24] ^= 1;
                socket.send_to(&forged, from).await.unwrap();
                let now = Timestamp::from_micros(noon().micros() + lie);
                socket.send_to(&ntp::tests::made(&packet[..length], now, now), from).await.unwrap();
            }
        });
        Self { address, lie, asked }
    }

    fn tell(&self, lie: i64) {
        self.lie.store(lie, Ordering::SeqCst);
    }
}

async fn liars<const N: usize>(lies: [i64; N]) -> ([Liar; N], Timekeeper) {
    let mut servers = Vec::new();
    for lie in lies {
        servers.push(Liar::start(lie).await);
    }
    let settings = TimeSettings {
        servers: servers.iter().map(|liar| liar.address.parse().unwrap()).collect(),
        check_every: Duration::from_millis(10),
        max_offset: Duration::from_secs(2),
        // Long for a busy machine, and what a silent server costs.
        timeout: Duration::from_secs(1),
    };
    let keeper = Timekeeper::new(settings, Arc::new(FixedClock::at(noon())), Arc::new(SeededEntropy::new(1)));
    (servers.try_into().ok().unwrap(), keeper)
}

#[tokio::test]
async fn a_clock_is_wrong_when_two_servers_agree_on_it_and_right_when_one_says_so() {
    let ([first, second], keeper) = liars([0, 10_000]).await;
    keeper.look().await;
    assert!(!keeper.wrong() && keeper.check().is_ok());
    first.tell(5 * SECOND);
    keeper.look().await;
    assert!(!keeper.wrong(), "one alone changes nothing");
    second.tell(5 * SECOND + 20_000);
    keeper.look().await;
    assert_eq!(keeper.check().unwrap_err().code, Code::ClockWrong);
    let fault = keeper.ready().unwrap_err();
    assert!(fault.contains("our clock is wrong") && fault.contains(&first.address), "{fault}");
    first.tell(SILENT);
    second.tell(SILENT);
    keeper.look().await;
    assert!(keeper.wrong(), "silence makes no clock right");
    second.tell(0);
    keeper.look().await;
    assert!(!keeper.wrong() && keeper.ready().is_ok());
}

#[tokio::test]
async fn servers_that_contradict_each_other_or_are_silent_stop_nothing() {
    let ([_, second], keeper) = liars([60 * SECOND, -60 * SECOND]).await;
    keeper.look().await;
    assert!(!keeper.wrong());
    second.tell(SILENT);
    keeper.look().await;
    assert!(!keeper.wrong());
    let ([_, _], keeper) = liars([SILENT, SILENT]).await;
    keeper.look().await;
    assert!(!keeper.wrong());
    assert_eq!(keeper.ready().unwrap(), "not checked: no time server has answered yet");
}

#[tokio::test]
async fn what_a_server_says_is_shown_with_its_age() {
    let ([first, _], keeper) = liars([-3 * SECOND, 0]).await;
    keeper.look().await;
    let seen = keeper.seen();
    assert_eq!((seen.len(), seen[0].server.as_str()), (2, first.address.as_str()));
    // The way to the server and back is all that it may be wrong by.
    let Reading { ahead, uncertain } = seen[0].reading;
    assert!((ahead - 3 * SECOND).abs() <= uncertain + 1 && uncertain <= SECOND, "{seen:?}");
    assert!(seen[0].age < Duration::from_secs(5));
}

#[tokio::test]
async fn without_servers_the_clock_is_believed_and_that_is_said() {
    let ([], keeper) = liars([]).await;
    keeper.look().await;
    assert!(!keeper.wrong());
    assert_eq!(keeper.ready().unwrap(), "not checked: no time servers are configured");
    // There is nothing to do for ever.
    Arc::new(keeper).run().await;
}

#[tokio::test]
async fn the_loop_asks_again() {
    let ([first, second], keeper) = liars([0, 0]).await;
    let keeper = Arc::new(keeper);
    let running = tokio::spawn(Arc::clone(&keeper).run());
    first.tell(9 * SECOND);
    second.tell(9 * SECOND);
    let found = async {
        while !keeper.wrong() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), found).await.unwrap();
    assert!(first.asked.load(Ordering::SeqCst) > 0);
    running.abort();
}
