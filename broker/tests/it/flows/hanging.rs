//! A provider that hangs: it is its own people who wait, and nobody else.

use boot::metrics::Metrics;
use broker::upstream::bulkhead;
use futures::future::join_all;

use crate::support::{Ask, Browser, Change, Site, logs};

async fn site_with_two_places() -> Site {
    Site::open().await.reopened(Change { max_calls: Some(2), ..Change::default() }).await
}

#[tokio::test]
async fn a_provider_that_hangs_holds_up_its_own_people_alone_and_they_may_come_again() {
    let site = site_with_two_places().await;
    let people: Vec<Browser<'_>> = (0..3).map(|_| Browser::new(&site)).collect();
    let mut states = Vec::new();
    for person in &people {
        states.push(person.begin(&Ask::of("truong-hoc"), "vneid").await);
    }
    let hang = people.iter().zip(&states).take(2).map(|(person, state)| person.callback("vneid", state, "hangs"));
    let meanwhile = async {
        while site.vneid.redeemed() < 2 {
            tokio::task::yield_now().await;
        }
        let refused = people[2].callback("vneid", &states[2], "an").await;
        assert_eq!(refused.status, 503, "{refused:?}");
        assert!(refused.is_page() && refused.body.contains("error=temporarily_unavailable"), "{refused:?}");
        assert_eq!(refused.header("retry-after"), "10");
        assert!(logs::of(&refused.reference().unwrap()).contains("provider.busy"));
        let event = site.events().await.pop().unwrap();
        assert_eq!((&event["event"], &event["refusal"]), (&"sign_in_failed".into(), &"provider.busy".into()));
        // Not even where to log in is asked, and who goes elsewhere notices nothing.
        assert_eq!(Browser::new(&site).get(&Ask::of("qlvb").path()).await.status, 503);
        let staff = Browser::new(&site).sign_in(&Ask::of("mot-cua"), "can-bo", "an").await;
        assert_eq!(site.trade("mot-cua", &staff.code()).await.status, 200);
        assert_eq!(site.vneid.redeemed(), 2);
        let metrics = Metrics::new("broker").unwrap();
        bulkhead::observe(&site.app.login.providers, metrics.meter());
        let shown = metrics.render().unwrap();
        for line in [
            "broker_provider_calls{provider=\"vneid\"} 2\n",
            "broker_provider_calls{provider=\"can-bo\"} 0\n",
            "broker_provider_calls_refused_total{provider=\"vneid\"} 2\n",
        ] {
            assert!(shown.contains(line), "{line} is not in {shown}");
        }
        site.vneid.answer(2);
    };
    let (answers, ()) = tokio::join!(join_all(hang), meanwhile);
    for answer in answers {
        assert_eq!(answer.location().path(), "/consent", "who waited is signed in");
    }
    let again = people[2].callback("vneid", &states[2], "an").await;
    assert_eq!(again.location().path(), "/consent", "the refusal used nothing up");
    assert_eq!(people[2].callback("vneid", &states[2], "an").await.status, 400, "and now it is used up");
    site.close().await;
}

#[tokio::test]
async fn choosing_a_busy_provider_again_and_again_uses_no_choice_up() {
    let site = Site::open().await.reopened(Change { max_calls: Some(1), ..Change::default() }).await;
    let (slow, patient) = (Browser::new(&site), Browser::new(&site));
    let state = slow.begin(&Ask::of("truong-hoc"), "vneid").await;
    let login = patient.get(&Ask::of("mot-cua").path()).await.hidden("login").unwrap();
    let pairs = [("login", &*login), ("provider", "vneid")];
    let meanwhile = async {
        while site.vneid.redeemed() < 1 {
            tokio::task::yield_now().await;
        }
        for number in 0..8 {
            assert_eq!(patient.post("/choose", &pairs).await.status, 503, "{number}");
        }
        site.vneid.answer(1);
    };
    tokio::join!(slow.callback("vneid", &state, "hangs"), meanwhile);
    let mut sent = 0;
    for _ in 0..8 {
        sent += usize::from(patient.post("/choose", &pairs).await.status == 303);
    }
    assert_eq!(sent, 5);
    site.close().await;
}

#[tokio::test]
async fn who_only_begins_at_a_busy_provider_cannot_fill_the_audit() {
    let site = Site::open().await.reopened(Change { max_calls: Some(0), ..Change::default() }).await;
    for _ in 0..700 {
        assert_eq!(site.get(&Ask::of("truong-hoc").path()).await.status, 503);
    }
    assert_eq!(site.count("sign_in_failed").await, 600);
    site.close().await;
}
