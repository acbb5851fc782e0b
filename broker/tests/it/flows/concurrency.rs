//! Fifty at once where only one may win.

use std::future::Future;

use futures::future::join_all;

use crate::support::{Answer, Ask, Browser, Site, on_both_stores, site::ASSERTION_TYPE};

const CROWD: usize = 50;

on_both_stores!(
    one_code_is_spent_once,
    one_refresh_token_is_rotated_once,
    cve_12_one_callback_is_finished_once,
    one_decision_is_carried_out_once,
    one_assertion_proves_once,
);

/// Sends fifty requests at once and gives the answers of the winners, after looking at every loser.
async fn crowd<F: Future<Output = Answer>>(act: impl Fn() -> F, won: u16, lost: impl Fn(&Answer)) -> Vec<Answer> {
    let answers = join_all((0..CROWD).map(|_| act())).await;
    assert_eq!(answers.len(), CROWD);
    let (winners, losers): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == won);
    losers.iter().for_each(lost);
    assert_eq!(winners.len(), 1, "{winners:?}");
    winners
}

async fn one_code_is_spent_once(site: Site) {
    let browser = Browser::new(&site);
    let code = browser.sign_in(&Ask::of("mot-cua"), "vneid", "an").await.code();
    let lost = |answer: &Answer| assert_eq!((answer.status.as_u16(), &*answer.text("error")), (400, "invalid_grant"));
    let won = crowd(|| site.trade("mot-cua", &code), 200, lost).await;
    assert_eq!(site.count("tokens_issued").await, 1);
    assert!(site.count("replay_detected").await >= 1);
    // The losers were replays, so what the winner got is dead (RFC 6749 §4.1.2).
    assert_eq!(site.introspect("mot-cua", &won[0].text("access_token")).await["active"], false);
    site.close().await;
}

async fn one_refresh_token_is_rotated_once(site: Site) {
    let browser = Browser::new(&site);
    let first = browser.tokens("cong-dan-so", &Ask::of("cong-dan-so"), "an").await.text("refresh_token");
    let lost = |answer: &Answer| assert_eq!((answer.status.as_u16(), &*answer.text("error")), (400, "invalid_grant"));
    let won = crowd(|| site.refresh("cong-dan-so", &first), 200, lost).await;
    assert!(site.count("replay_detected").await >= 1);
    let second = won[0].text("refresh_token");
    assert_eq!(site.refresh("cong-dan-so", &second).await.status, 400, "the family has ended");
    site.close().await;
}

async fn cve_12_one_callback_is_finished_once(site: Site) {
    let browser = Browser::new(&site);
    let state = browser.begin(&Ask::of("mot-cua"), "vneid").await;
    let lost = |answer: &Answer| assert!(answer.status == 400 && answer.is_page(), "{answer:?}");
    crowd(|| browser.callback("vneid", &state, "an"), 303, lost).await;
    assert_eq!(site.vneid.redeemed(), 1, "the provider was asked once");
    assert_eq!(site.count("signed_in").await, 1);
    assert_eq!(site.count("callback_refused").await, CROWD - 1);
    site.close().await;
}

async fn one_decision_is_carried_out_once(site: Site) {
    let browser = Browser::new(&site);
    let state = browser.begin(&Ask::of("mot-cua"), "vneid").await;
    let login = browser.callback("vneid", &state, "an").await.param("login").unwrap();
    let pairs = [("login", &*login), ("decision", "approve")];
    let lost = |answer: &Answer| assert!(answer.status == 400 && answer.is_page(), "{answer:?}");
    let won = crowd(|| browser.post("/consent", &pairs), 303, lost).await;
    assert_eq!(site.trade("mot-cua", &won[0].code()).await.status, 200);
    assert_eq!(site.count("release_accepted").await, 1);
    site.close().await;
}

async fn one_assertion_proves_once(site: Site) {
    let assertion = site.assertion("may-chu");
    let body =
        format!("grant_type=client_credentials&client_assertion_type={ASSERTION_TYPE}&client_assertion={assertion}");
    let lost = |answer: &Answer| assert_eq!((answer.status.as_u16(), &*answer.text("error")), (401, "invalid_client"));
    crowd(|| site.form("/token", &body), 200, lost).await;
    assert_eq!(site.count("client_refused").await, CROWD - 1);
    site.close().await;
}
