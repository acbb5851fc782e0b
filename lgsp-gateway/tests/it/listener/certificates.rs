//! Who gets through the handshake, and who is still believed afterwards.

use std::{fs, sync::Arc};

use certs::{
    Reloaded,
    authority::{Authority, KeyKind, Leaf, Usage},
};
use clock::Clock;
use lgsp_gateway::listener::tls::ready;
use rustls::{
    AlertDescription, Error, HandshakeKind,
    version::{TLS12, TLS13},
};

use super::gate::{BOTH, DAY, Gate, HOUR, ask_on};

/// The alert that ended a connection.
fn alert(error: &std::io::Error) -> AlertDescription {
    match error.get_ref().and_then(|error| error.downcast_ref::<Error>()) {
        Some(Error::AlertReceived(alert)) => *alert,
        other => panic!("no alert: {error:?} {other:?}"),
    }
}

#[tokio::test]
async fn a_certificate_of_our_authority_gets_in_over_tls_1_3_and_1_2_with_either_kind_of_key() {
    let gate = Gate::open();
    for kind in [KeyKind::Ed25519, KeyKind::P256] {
        let caller = gate.authority.issue(&gate.leaf("mot-cua"), kind).unwrap();
        for version in [&TLS13, &TLS12] {
            let answer = gate.ask_with(&gate.config(&[version], Some(&caller))).await.unwrap();
            assert!(answer.starts_with("HTTP/1.1 200"), "{kind:?} {version:?}: {answer}");
        }
    }
}

#[tokio::test]
async fn each_bad_certificate_ends_in_the_handshake_with_its_own_alert() {
    let mut gate = Gate::open();
    let now = gate.now();
    let issue = |authority: &Authority, leaf: &Leaf<'_>| authority.issue(leaf, KeyKind::Ed25519).unwrap();
    let expired =
        issue(&gate.authority, &Leaf { not_before: now.minus(2 * DAY), not_after: now.minus(HOUR), ..gate.leaf("a") });
    let later = issue(&gate.authority, &Leaf { not_before: now.plus(HOUR), ..gate.leaf("a") });
    let server = issue(&gate.authority, &Leaf { usages: &[Usage::Server], ..gate.leaf("a") });
    let other = |name: &str| Authority::create(name, now.minus(DAY), now.plus(100 * DAY)).unwrap();
    let elsewhere = issue(&other("Elsewhere"), &gate.leaf("a"));
    let impostor = issue(&other("Gate CA"), &gate.leaf("a"));
    let revoked = gate.caller("revoked");
    gate.authority.revoke(&revoked.serial, now);
    gate.put_list();
    assert!(matches!(gate.live.reload(), Reloaded::Swapped));
    for (name, caller, expected) in [
        ("expired", Some(&expired), AlertDescription::CertificateExpired),
        ("not yet valid", Some(&later), AlertDescription::CertificateExpired),
        ("not for clients", Some(&server), AlertDescription::UnsupportedCertificate),
        ("another authority", Some(&elsewhere), AlertDescription::UnknownCA),
        ("another authority of the same name", Some(&impostor), AlertDescription::DecryptError),
        ("revoked", Some(&revoked), AlertDescription::CertificateRevoked),
        ("none", None, AlertDescription::CertificateRequired),
    ] {
        for version in [&TLS13, &TLS12] {
            let error = gate.ask_with(&gate.config(&[version], caller)).await.unwrap_err();
            let found = alert(&error);
            // TLS 1.2 has no alert of its own for a missing certificate (RFC 5246 §7.4.6).
            let fits = found == expected || (caller.is_none() && found == AlertDescription::HandshakeFailure);
            assert!(fits, "{name} {version:?}: {found:?}");
        }
    }
    assert!(gate.calls().is_empty());
}

#[tokio::test]
async fn a_list_that_is_too_old_keeps_everybody_out() {
    let gate = Gate::open();
    let caller = gate.caller("mot-cua");
    assert!(gate.ask(&caller).await.is_ok());
    gate.clock.advance(21 * HOUR);
    assert!(gate.ask(&caller).await.is_ok());
    gate.clock.advance(2 * HOUR);
    assert!(gate.ask(&caller).await.is_err());
    fs::write(gate.path("crl.pem"), "torn").unwrap();
    assert!(matches!(gate.live.reload(), Reloaded::Kept(_)));
    let clock: Arc<dyn Clock> = gate.clock.clone();
    let told = ready(&gate.live, &clock).unwrap_err();
    assert!(told.starts_with("a revocation list is too old since ") && told.contains("stay in use: "), "{told}");
    gate.put_list();
    assert!(matches!(gate.live.reload(), Reloaded::Swapped));
    assert!(gate.ask(&caller).await.is_ok());
}

#[tokio::test]
async fn a_list_that_would_keep_everybody_out_does_not_take_the_place_of_a_good_one() {
    let mut gate = Gate::open();
    let (bad, good, now) = (gate.caller("bad"), gate.caller("good"), gate.now());
    let (list, clock): (_, Arc<dyn Clock>) = (gate.path("crl.pem"), gate.clock.clone());
    let before = fs::read_to_string(&list).unwrap();
    gate.authority.revoke(&bad.serial, now);
    gate.put_list();
    assert!(matches!(gate.live.reload(), Reloaded::Swapped));
    let in_use = fs::read_to_string(&list).unwrap();
    let other = Authority::create("Other CA", now.minus(DAY), now.plus(100 * DAY)).unwrap();
    for (wrong, told) in [
        (gate.authority.crl(now.plus(HOUR), now.plus(DAY)).unwrap(), "of CN=Gate CA is not valid before "),
        (other.crl(now, now.plus(DAY)).unwrap(), "there is no revocation list of CN=Gate CA"),
        (before, "of CN=Gate CA is older than the one in use"),
    ] {
        fs::write(&list, wrong).unwrap();
        assert!(matches!(gate.live.reload(), Reloaded::Kept(_)), "{told}");
        assert!(gate.ask(&good).await.is_ok(), "{told}");
        assert_eq!(alert(&gate.ask(&bad).await.unwrap_err()), AlertDescription::CertificateRevoked, "{told}");
        let ready = ready(&gate.live, &clock).unwrap();
        assert!(ready.contains("stay in use: ") && ready.contains(told), "{ready}");
    }
    fs::write(&list, in_use).unwrap();
    assert!(matches!(gate.live.reload(), Reloaded::Same));
    assert!(!ready(&gate.live, &clock).unwrap().contains("stay in use"));
}

#[tokio::test]
async fn an_open_connection_ends_its_calls_with_the_revocation_of_its_certificate() {
    let mut gate = Gate::open();
    let (bad, good) = (gate.caller("bad"), gate.caller("good"));
    let (mut of_bad, mut of_good) = (gate.connect(&bad).await, gate.connect(&good).await);
    assert!(ask_on(&mut of_bad).await.starts_with("HTTP/1.1 200"));
    gate.authority.revoke(&bad.serial, gate.now());
    gate.put_list();
    assert!(matches!(gate.live.reload(), Reloaded::Swapped));
    let answer = ask_on(&mut of_bad).await;
    assert!(answer.starts_with("HTTP/1.1 403") && answer.contains("certificate-revoked"), "{answer}");
    assert!(ask_on(&mut of_good).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn an_open_connection_ends_its_calls_when_its_certificate_or_the_list_has_had_its_time() {
    let gate = Gate::open();
    let brief = Leaf { not_after: gate.now().plus(HOUR), ..gate.leaf("brief") };
    let (brief, long) = (gate.authority.issue(&brief, KeyKind::Ed25519).unwrap(), gate.caller("long"));
    let (mut of_brief, mut of_long) = (gate.connect(&brief).await, gate.connect(&long).await);
    assert!(ask_on(&mut of_brief).await.starts_with("HTTP/1.1 200"));
    gate.clock.advance(2 * HOUR);
    let answer = ask_on(&mut of_brief).await;
    assert!(answer.starts_with("HTTP/1.1 403") && answer.contains("unknown-certificate"), "{answer}");
    assert!(ask_on(&mut of_long).await.starts_with("HTTP/1.1 200"));
    gate.clock.advance(DAY);
    let answer = ask_on(&mut of_long).await;
    assert!(answer.starts_with("HTTP/1.1 403") && answer.contains("certificate-revoked"), "{answer}");
}

#[tokio::test]
async fn a_resumed_session_is_no_way_around_the_time_of_a_certificate() {
    for version in [&TLS13, &TLS12] {
        let gate = Gate::open();
        let brief = Leaf { not_after: gate.now().plus(HOUR), ..gate.leaf("brief") };
        let brief = gate.authority.issue(&brief, KeyKind::P256).unwrap();
        let config = gate.config(&[version], Some(&brief));
        assert!(gate.ask_with(&config).await.unwrap().starts_with("HTTP/1.1 200"));
        gate.clock.advance(2 * HOUR);
        let mut stream = gate.connect_with(&config).await.unwrap();
        assert_eq!(stream.get_ref().1.handshake_kind(), Some(HandshakeKind::Resumed), "{version:?}");
        let answer = ask_on(&mut stream).await;
        assert!(answer.starts_with("HTTP/1.1 403") && answer.contains("unknown-certificate"), "{answer}");
    }
}

#[tokio::test]
async fn a_session_of_an_earlier_trust_is_not_resumed() {
    let mut gate = Gate::open();
    let caller = gate.caller("mot-cua");
    let config = gate.config(BOTH, Some(&caller));
    assert!(gate.ask_with(&config).await.is_ok());
    gate.authority.revoke(&caller.serial, gate.now());
    gate.put_list();
    assert!(matches!(gate.live.reload(), Reloaded::Swapped));
    assert_eq!(alert(&gate.ask_with(&config).await.unwrap_err()), AlertDescription::CertificateRevoked);
}

#[tokio::test]
async fn a_new_certificate_of_ours_is_shown_to_the_next_and_disturbs_nobody() {
    let gate = Gate::open();
    let caller = gate.caller("mot-cua");
    let mut open = gate.connect(&caller).await;
    let shown =
        |stream: &tokio_rustls::client::TlsStream<_>| stream.get_ref().1.peer_certificates().unwrap()[0].to_vec();
    let before = shown(&open);
    gate.put_server("renewed");
    assert!(matches!(gate.live.reload(), Reloaded::Swapped));
    assert!(ask_on(&mut open).await.starts_with("HTTP/1.1 200"));
    let next = gate.connect(&caller).await;
    assert_ne!(shown(&next), before);
    // What is wrong afterwards changes nothing.
    fs::write(gate.path("gateway.pem"), "torn").unwrap();
    assert!(matches!(gate.live.reload(), Reloaded::Kept(_)));
    assert_eq!(shown(&gate.connect(&caller).await), shown(&next));
    assert!(ask_on(&mut open).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn the_files_are_looked_at_without_being_told() {
    let gate = Gate::open();
    let version = gate.live.status().version;
    let watch = tokio::spawn(Arc::clone(&gate.live).watch(std::time::Duration::from_millis(20)));
    gate.put_server("renewed");
    while gate.live.status().version == version {
        tokio::task::yield_now().await;
    }
    watch.abort();
}

#[tokio::test]
async fn every_request_of_a_connection_knows_its_peer_by_the_key_of_the_certificate() {
    let gate = Gate::open();
    let (one, other) = (gate.caller("one"), gate.caller("other"));
    let key = |answer: &str| answer.rsplit(' ').next().unwrap().to_owned();
    let (mut of_one, mut of_other) = (gate.connect(&one).await, gate.connect(&other).await);
    let (first, second) = (key(&ask_on(&mut of_one).await), key(&ask_on(&mut of_one).await));
    assert_eq!((first.len(), &first), (64, &second));
    assert_ne!(first, key(&ask_on(&mut of_other).await));
}
