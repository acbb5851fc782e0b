//! Files that change under a reader.

use std::{fs, os::unix::fs::PermissionsExt, sync::Arc};

use certs::{CertificateError, Distrust, Files, Live, Part, Reloaded};

use crate::{
    folder::Folder,
    support::{DAY, HOUR, NOW, issue, peer},
};

/// `openssl ca -gencrl` without `crl_extensions`.
const VERSION_1: &str = "\
-----BEGIN X509 CRL-----
MIGbMEMwCgYIKoZIzj0EAwIwFzEVMBMGA1UEAwwMVmVyc2lvbiAxIENBFw0yNjEx
MjkxODE4MTJaFw0yNjEyMjkxODE4MTJaMAoGCCqGSM49BAMCA0gAMEUCIQCwUdKV
n6I5Fq0oznSH3oNuuFHdoMv+JJWbfTUzlY7G3gIgQs2a6aGZG5Omjpci0XFSmzUq
CfttcMKO/p8LVd5Xgow=
-----END X509 CRL-----
";

#[test]
fn what_has_not_changed_is_not_swapped() {
    let folder = Folder::new();
    let live = folder.load().unwrap();
    let config = live.server_config();
    assert!(matches!(live.reload(), Reloaded::Same));
    assert!(Arc::ptr_eq(&config, &live.server_config()));
}

#[test]
fn a_new_certificate_and_a_new_list_are_swapped_in_together() {
    let mut folder = Folder::new();
    let live = folder.load().unwrap();
    let issued = issue(&folder.authority, "a");
    let (peer, before) = (peer(&issued), live.status());
    assert_eq!(live.trust().still_good(&peer, NOW), Ok(()));
    folder.put_server("renewed");
    folder.authority.revoke(&issued.serial, NOW);
    folder.put_list(HOUR);
    folder.clock.advance(HOUR);
    assert!(matches!(live.reload(), Reloaded::Swapped));
    let after = live.status();
    assert!(after.version != before.version && after.loaded_at == NOW.plus(HOUR) && after.last_error.is_none());
    assert!(live.present().identity.certificate().subject.contains("renewed"));
    assert_eq!(live.trust().still_good(&peer, NOW), Err(Distrust::Revoked));
}

#[test]
fn what_is_wrong_keeps_the_old_and_says_so_until_it_is_mended() {
    let folder = Folder::new();
    let live = folder.load().unwrap();
    let version = live.status().version;
    let good = fs::read_to_string(folder.path("gateway.pem")).unwrap();
    for (file, wrong) in [("gateway.pem", "half a cert"), ("ca.pem", ""), ("crl.pem", "-----BEGIN X509 CRL-----")] {
        let kept = fs::read_to_string(folder.path(file)).unwrap();
        folder.put(file, wrong);
        assert!(matches!(live.reload(), Reloaded::Kept(_)), "{file}");
        let status = live.status();
        assert!(status.version == version && status.last_error.is_some(), "{file}");
        folder.put(file, &kept);
        assert!(matches!(live.reload(), Reloaded::Same), "{file}");
        assert_eq!(live.status().last_error, None);
    }
    // A chain without its new key: the files are replaced one after the other.
    folder.put_server("renewed");
    let renewed = fs::read_to_string(folder.path("gateway.pem")).unwrap();
    folder.put("gateway.pem", &good);
    assert!(matches!(live.reload(), Reloaded::Kept(CertificateError::KeyMismatch)));
    folder.put("gateway.pem", &renewed);
    assert!(matches!(live.reload(), Reloaded::Swapped));
    fs::remove_file(folder.path("crl.pem")).unwrap();
    assert!(matches!(live.reload(), Reloaded::Kept(CertificateError::File { .. })));
}

#[test]
fn an_older_list_does_not_take_the_place_of_a_newer() {
    let mut folder = Folder::new();
    let old = fs::read_to_string(folder.path("crl.pem")).unwrap();
    let issued = issue(&folder.authority, "a");
    folder.authority.revoke(&issued.serial, NOW);
    folder.put_list(HOUR);
    let live = folder.load().unwrap();
    folder.put("crl.pem", &old);
    assert!(matches!(live.reload(), Reloaded::Kept(CertificateError::OlderList { .. })));
    assert_eq!(live.trust().still_good(&peer(&issued), NOW), Err(Distrust::Revoked));
}

#[test]
fn lists_are_read_from_a_folder_too() {
    let folder = Folder::new();
    fs::create_dir(folder.path("lists")).unwrap();
    fs::rename(folder.path("crl.pem"), folder.path("lists/one.crl")).unwrap();
    fs::write(folder.path("lists/.hidden"), "not a list").unwrap();
    let files = Files { revocation_lists: vec![folder.path("lists")], ..folder.files() };
    let live = Live::load(files, folder.clock.clone()).unwrap();
    assert_eq!(live.trust().lists().len(), 1);
    fs::remove_file(folder.path("lists/one.crl")).unwrap();
    assert!(matches!(live.reload(), Reloaded::Kept(CertificateError::Missing("revocation list"))));
}

#[test]
fn a_listener_does_not_start_with_a_key_that_everyone_reads_or_a_certificate_past_its_time() {
    let folder = Folder::new();
    fs::set_permissions(folder.path("gateway.key"), fs::Permissions::from_mode(0o604)).unwrap();
    assert!(matches!(folder.load(), Err(CertificateError::OpenKey { .. })));
    fs::set_permissions(folder.path("gateway.key"), fs::Permissions::from_mode(0o640)).unwrap();
    assert!(folder.load().is_ok());
    folder.clock.advance(101 * DAY);
    assert!(matches!(folder.load(), Err(CertificateError::NotValidNow)));
}

#[test]
fn a_list_that_cannot_be_used_is_named_with_the_reason() {
    let folder = Folder::new();
    let live = folder.load().unwrap();
    for (wrong, reason) in [
        (VERSION_1, "version 1"),
        ("-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----\n", "no X.509 revocation list"),
        ("-----BEGIN X509 CRL-----", "no PEM"),
        ("", "no list"),
    ] {
        folder.put("crl.pem", wrong);
        live.reload();
        let told = live.status().last_error.unwrap();
        let named = format!("the revocation list {} cannot be used: ", folder.path("crl.pem").display());
        assert!(told.starts_with(&named) && told.contains(reason), "{told}");
    }
}

#[test]
fn every_fault_of_the_files_is_told_and_not_only_the_first() {
    let folder = Folder::new();
    let told = || folder.files().faults(NOW).into_iter().map(|(part, _)| part).collect::<Vec<_>>();
    assert_eq!(told(), []);
    let key = fs::read_to_string(folder.path("gateway.key")).unwrap();
    folder.put_server("renewed");
    folder.put("gateway.key", &key);
    folder.put("crl.pem", VERSION_1);
    assert_eq!(told(), [Part::Key, Part::RevocationLists]);
    fs::remove_file(folder.path("gateway.pem")).unwrap();
    fs::remove_file(folder.path("gateway.key")).unwrap();
    fs::remove_file(folder.path("crl.pem")).unwrap();
    folder.put("ca.pem", "no certificate");
    assert_eq!(told(), [Part::Chain, Part::Key, Part::Anchors, Part::RevocationLists]);
    folder.put_list(HOUR);
    assert_eq!(told(), [Part::Chain, Part::Key, Part::Anchors]);
}
