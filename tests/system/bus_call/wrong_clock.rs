//! A gateway whose clock is wrong signs nothing, and says so where operators look.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use boot::settings::Environment;
use clock::{Clock, SystemClock};
use sandbox::province::Part;
use serde_json::{Value, json};
use tokio::net::UdpSocket;

use super::world::{World, an, http};

/// Seconds from 1900-01-01 to 1970-01-01 (RFC 5905 §6).
const UNIX_EPOCH: i64 = 2_208_988_800;

/// A time server that is as many seconds away from the time as it is told.
async fn time_server(lie: Arc<AtomicI64>) -> String {
    let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a socket");
    let address = socket.local_addr().expect("an address").to_string();
    tokio::spawn(async move {
        let mut question = [0; 48];
        while let Ok((48, from)) = socket.recv_from(&mut question).await {
            let now = SystemClock.now().micros() + lie.load(Ordering::SeqCst) * 1_000_000;
            let seconds = u32::try_from(now.div_euclid(1_000_000) + UNIX_EPOCH).expect("the first era");
            let fraction = u32::try_from((now.rem_euclid(1_000_000) << 32) / 1_000_000).expect("less than a second");
            let mut answer = [0; 48];
            (answer[0], answer[1]) = (0b00_100_100, 2);
            answer[24..32].copy_from_slice(&question[40..48]);
            for at in [32, 40] {
                answer[at..at + 4].copy_from_slice(&seconds.to_be_bytes());
                answer[at + 4..at + 8].copy_from_slice(&fraction.to_be_bytes());
            }
            socket.send_to(&answer, from).await.expect("loopback takes it");
        }
    });
    address
}

/// `/ready`: its status, and what the check of the clock found.
async fn ready(world: &World) -> (u16, Value) {
    let answer = http().get(world.province.addresses().at(Part::GatewayOperator, "/ready")).send().await.unwrap();
    let status = answer.status().as_u16();
    let body: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
    let checks = body["checks"].as_array().unwrap();
    (status, checks.iter().find(|check| check["name"] == "clock").unwrap().clone())
}

/// Until `/ready` has this status; the gateway asks the time every second here.
async fn becomes(world: &World, status: u16) -> Value {
    for _ in 0..100 {
        let (found, clock) = ready(world).await;
        if found == status {
            return clock;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("/ready does not become {status}");
}

#[tokio::test]
async fn while_two_time_servers_say_that_its_clock_is_wrong_the_gateway_takes_no_call() {
    let lie = Arc::new(AtomicI64::new(0));
    let servers = [time_server(Arc::clone(&lie)).await, time_server(Arc::clone(&lie)).await];
    let environment = Environment::empty()
        .with("GATEWAY__TIME__SERVERS", format!("{servers:?}"))
        .with("GATEWAY__TIME__CHECK_EVERY", "1s");
    let world = World::with(|options| options.environment = environment).await;
    let question = world.question(an());
    assert_eq!(world.answered(&question).await, json!({ "KetQua": true }));
    assert!(ready(&world).await.1["note"].as_str().unwrap().contains(&servers[0]));

    lie.store(-3, Ordering::SeqCst);
    let clock = becomes(&world, 503).await;
    assert!(clock["fault"].as_str().unwrap().contains("our clock is wrong"), "{clock}");
    let officer = world.officer.clone();
    let prepared = world.caller.prepare(&question.message(Some(&officer))).unwrap();
    let received = world.caller.send(&prepared).await.unwrap();
    assert_eq!((received.status.as_u16(), received.header("lgsp-error")), (503, Some("clock-wrong")));
    let problem: Value = serde_json::from_slice(&received.body).unwrap();
    assert_eq!((problem["origin"].as_str(), problem["retry"].as_bool()), (Some("gateway"), Some(true)));
    assert!(received.header("signature").is_none(), "a refusal too would be signed with the wrong time");
    assert!(received.header("lgsp-record").is_some());
    let plain = world.plain("/r1/VN/GOV/000.00.00.H19/danh-muc/DanhMuc/dan-toc").await;
    assert_eq!((plain.status.as_u16(), plain.header("x-road-error")), (500, Some("server.clientproxy.internal_error")));
    let metrics = http().get(world.province.addresses().at(Part::GatewayOperator, "/metrics")).send().await.unwrap();
    let metrics = String::from_utf8(metrics.bytes().await.unwrap().to_vec()).unwrap();
    let value = |name: &str| -> f64 {
        let line = metrics.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{name}: {metrics}"));
        line.rsplit(' ').next().unwrap().parse().unwrap()
    };
    assert!((value("gateway_clock_offset_seconds") - 3.0).abs() < 0.5, "{metrics}");
    assert!(value("gateway_clock_age_seconds") < 10.0 && value("gateway_clock_wrong") == 1.0);

    lie.store(0, Ordering::SeqCst);
    becomes(&world, 200).await;
    // The nonce of a call that was refused for the time was not spent.
    let received = world.caller.send(&prepared).await.unwrap();
    assert!(world.caller.judge(&prepared, received).is_ok());
}

#[tokio::test]
async fn a_gateway_without_time_servers_says_that_nobody_checks_its_clock() {
    let world = World::start().await;
    let (status, clock) = ready(&world).await;
    assert_eq!((status, clock["note"].as_str()), (200, Some("not checked: no time servers are configured")));
}
