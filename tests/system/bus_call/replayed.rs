//! A message counts once, whatever happens to the gateway in between.

use super::world::{World, an, refused};

#[tokio::test]
async fn a_message_that_was_received_before_is_refused_also_after_a_restart() {
    let mut world = World::start().await;
    let officer = world.officer.clone();
    let message = world.question(an());
    let prepared = world.caller.prepare(&message.message(Some(&officer))).unwrap();
    let received = world.caller.send(&prepared).await.unwrap();
    assert!(world.caller.judge(&prepared, received).is_ok());
    for restart in [false, true] {
        if restart {
            world.province.stop_gateway().await;
            world.province.start_gateway().await.unwrap();
        }
        let received = world.caller.send(&prepared).await.unwrap();
        let refusal = refused(world.caller.judge(&prepared, received));
        assert_eq!((refusal.code.as_str(), refusal.status.as_u16()), ("replayed", 401), "after a restart: {restart}");
    }
}

#[tokio::test]
async fn a_nonce_counts_once_even_in_another_message() {
    let world = World::start().await;
    let officer = world.officer.clone();
    let message = world.question(an());
    let prepared = world.caller.prepare(&message.message(Some(&officer))).unwrap();
    let at_once: Vec<_> = (0..8).map(|_| world.caller.send(&prepared)).collect();
    let answers = futures::future::join_all(at_once).await;
    let passed = answers.into_iter().filter(|answer| answer.as_ref().is_ok_and(|one| one.status.is_success()));
    assert_eq!(passed.count(), 1, "of eight at once exactly one gets through");
}
