//! Which revocation lists a listener starts with, and which take the place of those in use.

use std::{fs, process::Command, time::Duration};

use certs::{
    CertificateError, Distrust, Files, Live, Part, Reloaded,
    authority::{Authority, KeyKind},
};
use clock::Timestamp;

use crate::{
    folder::Folder,
    support::{DAY, HOUR, NOW, authority, issue, leaf, list, peer},
};

fn text(list: Vec<u8>) -> String {
    String::from_utf8(list).unwrap()
}

fn published(authority: &Authority, this_update: Timestamp, next_update: Timestamp) -> String {
    authority.crl(this_update, next_update).unwrap()
}

/// Lists that let nobody in, and what is said of them.
fn useless(authority: &Authority) -> [(String, &'static str); 3] {
    let other = crate::support::authority("Other");
    [
        (published(authority, NOW.plus(HOUR), NOW.plus(DAY)), "of CN=CA is not valid before 2026-11-21T00:55:00Z"),
        (text(list(&other, HOUR)), "there is no revocation list of CN=CA"),
        (published(authority, NOW.minus(HOUR), NOW), "of CN=CA is too old since 2026-11-21T00:00:00Z"),
    ]
}

#[test]
fn lists_that_let_nobody_in_do_not_take_the_place_of_lists_that_do() {
    let folder = Folder::new();
    let (live, peer) = (folder.load().unwrap(), peer(&issue(&folder.authority, "a")));
    let good = fs::read_to_string(folder.path("crl.pem")).unwrap();
    for (list, told) in useless(&folder.authority) {
        folder.put("crl.pem", &list);
        assert!(matches!(live.reload(), Reloaded::Kept(_)), "{told}");
        let error = live.status().last_error.unwrap();
        assert!(error.ends_with(told), "{error}");
        assert_eq!(live.trust().still_good(&peer, NOW), Ok(()));
        folder.put("crl.pem", &good);
        assert!(matches!(live.reload(), Reloaded::Same));
        assert_eq!(live.status().last_error, None);
    }
}

#[test]
fn a_list_that_is_too_old_takes_no_good_ones_place_whatever_stands_beside_it() {
    let folder = Folder::new();
    let (good, old) = (text(list(&folder.authority, 2 * HOUR)), text(list(&authority("Other"), 25 * HOUR)));
    let ended = published(&folder.authority, NOW.minus(HOUR), NOW);
    let live = folder.load().unwrap();
    folder.put("crl.pem", &format!("{good}{old}"));
    assert!(
        matches!(live.reload(), Reloaded::Kept(CertificateError::ListTooOld { issuer, .. }) if issuer == "CN=Other")
    );
    let live = folder.load().unwrap();
    folder.put("crl.pem", &format!("{ended}{old}"));
    assert!(matches!(live.reload(), Reloaded::Kept(CertificateError::ListTooOld { issuer, .. }) if issuer == "CN=CA"));
}

#[test]
fn lists_that_let_nobody_in_are_told_before_a_start() {
    let folder = Folder::new();
    for (list, told) in useless(&folder.authority) {
        folder.put("crl.pem", &list);
        let faults = folder.files().faults(NOW);
        let [(Part::RevocationLists, fault)] = &faults[..] else { panic!("{told}: {faults:?}") };
        assert!(fault.to_string().ends_with(told), "{fault}");
    }
    let other = text(list(&authority("Other"), 25 * HOUR));
    folder.put("crl.pem", &other);
    let told = folder.files().faults(NOW).into_iter().map(|(_, fault)| fault.to_string()).collect::<Vec<_>>();
    let too_old = "the revocation list of CN=Other is too old since 2026-11-20T23:00:00Z";
    assert_eq!(told, ["there is no revocation list of CN=CA", too_old]);
}

#[test]
fn a_listener_starts_only_with_lists_of_its_authorities_whose_time_has_come() {
    let folder = Folder::new();
    let [future, other, _] = useless(&folder.authority).map(|(list, _)| list);
    folder.put("crl.pem", &future);
    assert!(matches!(folder.load(), Err(CertificateError::ListNotYetValid { .. })));
    // Beside one that is too old it is found as well.
    folder.put("crl.pem", &format!("{}{future}", text(list(&authority("Other"), 25 * HOUR))));
    assert!(matches!(folder.load(), Err(CertificateError::ListNotYetValid { .. })));
    folder.put("crl.pem", &other);
    assert!(matches!(folder.load(), Err(CertificateError::NoList { .. })));
}

#[test]
fn a_list_that_is_too_old_lets_nobody_in_and_gives_way_to_the_next() {
    let folder = Folder::new();
    let peer = peer(&issue(&folder.authority, "a"));
    folder.put_list(26 * HOUR);
    let live = folder.load().unwrap();
    assert_eq!(live.trust().still_good(&peer, NOW), Err(Distrust::ListTooOld));
    folder.put_list(25 * HOUR);
    assert!(matches!(live.reload(), Reloaded::Swapped));
    folder.put_list(HOUR);
    assert!(matches!(live.reload(), Reloaded::Swapped));
    assert_eq!(live.trust().still_good(&peer, NOW), Ok(()));
}

#[test]
fn a_list_from_the_future_is_taken_once_its_time_has_come() {
    let folder = Folder::new();
    let live = folder.load().unwrap();
    folder.put("crl.pem", &published(&folder.authority, NOW.plus(HOUR), NOW.plus(DAY)));
    assert!(matches!(live.reload(), Reloaded::Kept(CertificateError::ListNotYetValid { .. })));
    // The clock of the authority may be ahead of ours by five minutes.
    folder.clock.advance(HOUR - Duration::from_secs(301));
    assert!(matches!(live.reload(), Reloaded::Kept(CertificateError::ListNotYetValid { .. })));
    folder.clock.advance(Duration::from_secs(1));
    assert!(matches!(live.reload(), Reloaded::Swapped));
    assert_eq!((live.status().lists_good_from, live.status().last_error), (Some(folder.now()), None));
}

#[test]
fn a_list_of_another_makes_nobody_forget_a_revocation() {
    let mut folder = Folder::new();
    let issued = issue(&folder.authority, "a");
    let old = fs::read_to_string(folder.path("crl.pem")).unwrap();
    folder.authority.revoke(&issued.serial, NOW);
    folder.put_list(HOUR);
    let live = folder.load().unwrap();
    folder.put("crl.pem", &text(list(&authority("Other"), HOUR)));
    assert!(matches!(live.reload(), Reloaded::Kept(CertificateError::NoList { .. })));
    folder.put("crl.pem", &old);
    assert!(matches!(live.reload(), Reloaded::Kept(CertificateError::OlderList { .. })));
    assert_eq!(live.trust().still_good(&peer(&issued), NOW), Err(Distrust::Revoked));
}

#[test]
fn a_list_of_an_authority_below_is_not_lost_while_an_older_one_could_come_back() {
    let folder = Folder::new();
    let mut middle = folder.authority.below("Middle", NOW.minus(DAY), NOW.plus(500 * DAY)).unwrap();
    let issued = middle.issue(&leaf("a"), KeyKind::P256).unwrap();
    let older = text(list(&middle, 3 * HOUR));
    middle.revoke(&issued.serial, NOW);
    let put = |root_age, rest: &str| {
        folder.put("crl.pem", &format!("{}{rest}", text(list(&folder.authority, root_age))));
    };
    put(2 * HOUR, &text(list(&middle, 2 * HOUR)));
    let live = folder.load().unwrap();
    put(HOUR, "");
    assert!(matches!(live.reload(), Reloaded::Kept(CertificateError::ListGone { issuer }) if issuer == "CN=Middle"));
    put(HOUR, &older);
    assert!(matches!(live.reload(), Reloaded::Kept(CertificateError::OlderList { .. })));
    assert_eq!(live.trust().still_good(&peer(&issued), NOW), Err(Distrust::Revoked));
    // Past the age limit it may go: the older one is too old as well.
    folder.clock.advance(22 * HOUR);
    put(HOUR, "");
    assert!(matches!(live.reload(), Reloaded::Swapped));
    assert_eq!(live.trust().still_good(&peer(&issued), NOW), Err(Distrust::RevocationUnknown));
}

#[test]
fn an_anchor_that_is_dropped_takes_its_lists_with_it() {
    let (folder, other) = (Folder::new(), authority("Other"));
    let below = other.below("Below", NOW.minus(DAY), NOW.plus(500 * DAY)).unwrap();
    let ours = fs::read_to_string(folder.path("crl.pem")).unwrap();
    folder.put("ca.pem", &format!("{}{}", folder.authority.certificate_pem(), other.certificate_pem()));
    folder.put("crl.pem", &format!("{ours}{}{}", text(list(&other, HOUR)), text(list(&below, HOUR))));
    let live = folder.load().unwrap();
    assert_eq!(live.trust().lists().len(), 3);
    folder.put("ca.pem", folder.authority.certificate_pem());
    folder.put("crl.pem", &ours);
    assert!(matches!(live.reload(), Reloaded::Swapped));
}

#[test]
fn what_is_no_regular_file_is_refused_and_not_waited_for() {
    let folder = Folder::new();
    let live = folder.load().unwrap();
    let pipe = folder.path("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for other in [pipe, "/dev/zero".into(), folder.path("")] {
        for files in [
            Files { chain: other.clone(), ..folder.files() },
            Files { key: other.clone(), ..folder.files() },
            Files { anchors: vec![other.clone()], ..folder.files() },
        ] {
            let told = Live::load(files, folder.clock.clone()).unwrap_err();
            assert!(
                matches!(&told, CertificateError::File { source, .. } if source.to_string() == "it is no regular file")
            );
        }
    }
    fs::rename(folder.path("pipe"), folder.path("crl.pem")).unwrap();
    assert!(matches!(live.reload(), Reloaded::Kept(CertificateError::File { .. })));
    let told = format!("{} cannot be read: it is no regular file", folder.path("crl.pem").display());
    assert_eq!(live.status().last_error, Some(told));
}
