//! The files of the province, judged by the openssl of this machine.

use std::{
    path::Path,
    process::{Command, Output},
    sync::Arc,
};

use certs::{Distrust, ListFile, PeerCertificate, Revocation, Trust};
use clock::{Clock, SystemClock, SystemEntropy};

use super::*;

fn state(folder: &Path) -> State {
    State::open(folder, false, Arc::new(SystemEntropy::new())).unwrap()
}

fn openssl(arguments: &[&str]) -> Output {
    Command::new("openssl").args(arguments).output().unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn trust(pki: &Pki) -> Trust {
    let revocation = Revocation::Checked { most_age: YEAR };
    let path = pki.revocation_file();
    let list = ListFile { content: fs::read(&path).unwrap(), path };
    Trust::new(&fs::read(pki.authority_file()).unwrap(), &[list], revocation).unwrap()
}

fn judged(pki: &Pki, name: &str, now: Timestamp) -> Result<(), Distrust> {
    let identity = pki.identity(name).unwrap();
    let peer = PeerCertificate::read(Arc::clone(identity.certificate().chain())).unwrap();
    trust(pki).still_good(&peer, now)
}

#[test]
fn openssl_verifies_every_certificate_against_the_authority_and_its_list() {
    let folder = tempfile::tempdir().unwrap();
    let pki = Pki::open(&state(folder.path()), SystemClock.now()).unwrap();
    for holder in HOLDERS {
        let (authority, list) = (pki.authority_file(), pki.revocation_file());
        let (certificate, key) = (pki.certificate_file(holder.name), pki.key_file(holder.name));
        let arguments = [
            "verify",
            "-x509_strict",
            "-crl_check",
            "-CAfile",
            text(&authority),
            "-CRLfile",
            text(&list),
            text(&certificate),
        ];
        let verified = openssl(&arguments);
        assert!(verified.status.success(), "{}: {}", holder.name, String::from_utf8_lossy(&verified.stderr));
        let of_key = openssl(&["pkey", "-in", text(&key), "-pubout"]);
        let of_certificate = openssl(&["x509", "-in", text(&certificate), "-noout", "-pubkey"]);
        assert!(of_key.status.success() && of_key.stdout == of_certificate.stdout, "{}", holder.name);
    }
}

#[test]
fn everything_is_kept_between_runs_and_a_key_outlives_its_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let (state, now) = (state(folder.path()), SystemClock.now());
    let read = |pki: &Pki| {
        let identity = pki.identity("mot-cua").unwrap();
        (identity.certificate().sha256.to_string(), identity.certificate().key_sha256.to_string())
    };
    let first = read(&Pki::open(&state, now).unwrap());
    assert_eq!(read(&Pki::open(&state, now.plus(DAY)).unwrap()), first);
    let later = read(&Pki::open(&state, now.plus(YEAR)).unwrap());
    assert!(later.0 != first.0 && later.1 == first.1);
}

#[test]
fn a_revocation_is_remembered_by_the_next_run() {
    let folder = tempfile::tempdir().unwrap();
    let (state, now) = (state(folder.path()), SystemClock.now());
    let mut pki = Pki::open(&state, now).unwrap();
    assert_eq!(judged(&pki, "khong-quyen", now), Ok(()));
    pki.revoke("khong-quyen", now).unwrap();
    assert_eq!(judged(&pki, "khong-quyen", now), Err(Distrust::Revoked));
    let pki = Pki::open(&state, now.plus(DAY)).unwrap();
    assert_eq!(judged(&pki, "khong-quyen", now.plus(DAY)), Err(Distrust::Revoked));
    assert_eq!(judged(&pki, "mot-cua", now.plus(DAY)), Ok(()));
}

#[test]
fn each_bad_sample_is_bad_in_its_own_way() {
    let folder = tempfile::tempdir().unwrap();
    let now = SystemClock.now();
    let pki = Pki::open(&state(folder.path()), now).unwrap();
    pki.certify_expired("het-han").unwrap();
    pki.certify_for_later("chua-den").unwrap();
    pki.certify_elsewhere("noi-khac").unwrap();
    assert_eq!(judged(&pki, "het-han", now), Err(Distrust::Expired));
    assert_eq!(judged(&pki, "chua-den", now), Err(Distrust::NotYetValid));
    assert_eq!(judged(&pki, "noi-khac", now), Err(Distrust::UnknownAuthority));
}

#[test]
fn keys_can_be_read_by_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let pki = Pki::open(&state(folder.path()), SystemClock.now()).unwrap();
    for name in HOLDERS.iter().map(|holder| holder.name).chain(["ca"]) {
        assert_eq!(fs::metadata(pki.key_file(name)).unwrap().permissions().mode() & 0o077, 0, "{name}");
    }
}
