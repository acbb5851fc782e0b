//! The same on Postgres and Redis, and two gateways on one of each.

use super::world::{World, an, refused};

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
