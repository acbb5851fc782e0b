//! What every store of login attempts must do.

use super::{
    Bench, crowd,
    made::{NOW, digest, later},
};
use crate::storage::LoginRecord;

fn record() -> LoginRecord {
    LoginRecord(vec![0, 1, 2, 255])
}

pub(in super::super) async fn a_login_is_taken_only_once(bench: &impl Bench) {
    let logins = &bench.stores().logins;
    logins.keep(&digest("login", 1), record(), later(600)).await.unwrap();
    assert_eq!(logins.take(&digest("login", 2), NOW).await.unwrap(), None);
    assert_eq!(logins.take(&digest("login", 1), NOW).await.unwrap(), Some(record()));
    assert_eq!(logins.take(&digest("login", 1), NOW).await.unwrap(), None);
    assert_eq!(logins.peek(&digest("login", 1), NOW).await.unwrap(), None);
}

pub(in super::super) async fn a_login_ends_at_its_expiry(bench: &impl Bench) {
    let logins = &bench.stores().logins;
    logins.keep(&digest("login", 1), record(), later(600)).await.unwrap();
    assert_eq!(logins.peek(&digest("login", 1), later(599)).await.unwrap(), Some(record()));
    assert_eq!(logins.peek(&digest("login", 1), later(600)).await.unwrap(), None);
    assert_eq!(logins.take(&digest("login", 1), later(600)).await.unwrap(), None);
}

pub(in super::super) async fn a_login_can_be_looked_at_before_it_is_taken(bench: &impl Bench) {
    let logins = &bench.stores().logins;
    logins.keep(&digest("login", 1), record(), later(600)).await.unwrap();
    for _ in 0..2 {
        assert_eq!(logins.peek(&digest("login", 1), NOW).await.unwrap(), Some(record()));
    }
    logins.keep(&digest("login", 1), LoginRecord(vec![7]), later(600)).await.unwrap();
    assert_eq!(logins.take(&digest("login", 1), NOW).await.unwrap(), Some(LoginRecord(vec![7])));
}

pub(in super::super) async fn cve_12_fifty_callbacks_at_once_take_one_login(bench: &impl Bench) {
    let logins = bench.stores().logins.clone();
    logins.keep(&digest("login", 1), record(), later(600)).await.unwrap();
    let taken = crowd(|_| {
        let logins = logins.clone();
        async move { logins.take(&digest("login", 1), NOW).await.unwrap() }
    });
    assert_eq!(taken.await.into_iter().flatten().count(), 1);
}
