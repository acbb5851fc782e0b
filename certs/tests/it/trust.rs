//! Whom is believed, until when, and what a trust is not made of.

use certs::{CertificateError, Distrust, Identity, Revocation, Trust, authority::KeyKind};

use crate::support::{CHECKED, DAY, HOUR, NOW, authority, file, issue, leaf, list, peer, trust};

#[test]
fn a_peer_is_known_by_the_hashes_that_openssl_shows() {
    let authority = authority("CA");
    let issued = issue(&authority, "mot-cua");
    let peer = peer(&issued);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mot-cua.pem");
    std::fs::write(&file, &issued.chain_pem).unwrap();
    let shell = |command: &str| {
        let output = std::process::Command::new("sh").args(["-c", command, "sh", file.to_str().unwrap()]).output();
        String::from_utf8(output.unwrap().stdout).unwrap().trim().to_owned()
    };
    let of_certificate = shell("openssl x509 -in \"$1\" -outform DER | sha256sum | cut -d' ' -f1");
    let of_key =
        shell("openssl x509 -in \"$1\" -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum | cut -d' ' -f1");
    let serial = shell("openssl x509 -in \"$1\" -noout -serial | cut -d= -f2").to_lowercase();
    assert_eq!((&*peer.sha256, &*peer.key_sha256, &*peer.serial), (&*of_certificate, &*of_key, &*serial));
}

#[test]
fn a_peer_is_believed_within_its_time_and_not_beyond_it() {
    let authority = authority("CA");
    let (peer, trust) = (
        peer(&issue(&authority, "a")),
        Trust::new(authority.certificate_pem().as_bytes(), &[], Revocation::NotChecked).unwrap(),
    );
    assert_eq!(trust.still_good(&peer, NOW), Ok(()));
    // What was found good is not asked again, but for its end.
    assert_eq!(trust.still_good(&peer, NOW.plus(99 * DAY)), Ok(()));
    assert_eq!(trust.still_good(&peer, NOW.plus(101 * DAY)), Err(Distrust::Expired));
    assert_eq!(trust.still_good(&peer, NOW.minus(2 * HOUR)), Err(Distrust::NotYetValid));
    assert_eq!(trust.still_good(&peer, NOW), Ok(()));
}

#[test]
fn a_revoked_peer_is_refused_by_the_next_trust_and_others_are_not() {
    let mut authority = authority("CA");
    let (bad, good) = (issue(&authority, "bad"), issue(&authority, "good"));
    let (bad_peer, good_peer) = (peer(&bad), peer(&good));
    let before = trust(&authority, &[list(&authority, 2 * HOUR)]).unwrap();
    assert_eq!((before.still_good(&bad_peer, NOW), before.still_good(&good_peer, NOW)), (Ok(()), Ok(())));
    authority.revoke(&bad.serial, NOW);
    let after = trust(&authority, &[list(&authority, HOUR)]).unwrap();
    assert_eq!(after.still_good(&bad_peer, NOW), Err(Distrust::Revoked));
    assert_eq!(after.still_good(&good_peer, NOW), Ok(()));
}

#[test]
fn a_list_is_too_old_by_its_age_by_its_promise_and_when_it_is_from_the_future() {
    let authority = authority("CA");
    let issued = issue(&authority, "a");
    let check = |this_update, next_update, expected| {
        let list = authority.crl(this_update, next_update).unwrap().into_bytes();
        let trust = trust(&authority, &[list]).unwrap();
        assert_eq!(trust.still_good(&peer(&issued), NOW), expected);
    };
    check(NOW.minus(23 * HOUR), NOW.plus(9 * DAY), Ok(()));
    check(NOW.minus(25 * HOUR), NOW.plus(9 * DAY), Err(Distrust::ListTooOld));
    check(NOW.minus(2 * HOUR), NOW.minus(HOUR), Err(Distrust::ListTooOld));
    check(NOW.plus(HOUR), NOW.plus(9 * DAY), Err(Distrust::ListTooOld));
}

#[test]
fn what_was_found_good_ends_with_the_age_of_the_list() {
    let authority = authority("CA");
    let peer = peer(&issue(&authority, "a"));
    let trust = trust(&authority, &[list(&authority, HOUR)]).unwrap();
    assert_eq!(trust.lists_good_until(), Some(NOW.plus(23 * HOUR)));
    assert_eq!(trust.still_good(&peer, NOW), Ok(()));
    assert_eq!(trust.still_good(&peer, NOW.plus(22 * HOUR)), Ok(()));
    assert_eq!(trust.still_good(&peer, NOW.plus(23 * HOUR)), Err(Distrust::ListTooOld));
}

#[test]
fn of_two_lists_of_one_authority_the_newer_counts_in_either_order() {
    let mut authority = authority("CA");
    let issued = issue(&authority, "a");
    let older = list(&authority, 3 * HOUR);
    authority.revoke(&issued.serial, NOW);
    let newer = list(&authority, HOUR);
    for lists in [[older.clone(), newer.clone()], [newer, older]] {
        let trust = trust(&authority, &lists).unwrap();
        assert_eq!((trust.lists().len(), trust.lists()[0].entries), (1, 1));
        assert_eq!(trust.still_good(&peer(&issued), NOW), Err(Distrust::Revoked));
    }
}

#[test]
fn a_list_in_der_counts_as_one_in_pem() {
    use rustls::pki_types::{CertificateRevocationListDer, pem::PemObject};
    let mut authority = authority("CA");
    let issued = issue(&authority, "a");
    authority.revoke(&issued.serial, NOW);
    let der = CertificateRevocationListDer::from_pem_slice(&list(&authority, HOUR)).unwrap().to_vec();
    assert_eq!(trust(&authority, &[der]).unwrap().still_good(&peer(&issued), NOW), Err(Distrust::Revoked));
}

#[test]
fn revocation_that_is_to_be_checked_needs_a_list() {
    let authority = authority("CA");
    assert!(matches!(trust(&authority, &[]), Err(CertificateError::Missing("revocation list"))));
    // A list of somebody else says nothing of this authority's certificates.
    let (ours, others) = (list(&authority, HOUR), list(&crate::support::authority("Other"), HOUR));
    let told = trust(&authority, std::slice::from_ref(&others)).unwrap_err();
    assert!(matches!(&told, CertificateError::NoList { authority } if authority == "CN=CA"), "{told}");
    let trust = trust(&authority, &[others, ours]).unwrap();
    assert_eq!(trust.still_good(&peer(&issue(&authority, "a")), NOW), Ok(()));
}

#[test]
fn each_of_several_authorities_needs_a_list_of_its_own() {
    let (one, other) = (authority("One"), authority("Other"));
    let anchors = format!("{}{}", one.certificate_pem(), other.certificate_pem());
    let of = |lists: &[Vec<u8>]| {
        let files: Vec<_> = lists.iter().cloned().map(file).collect();
        Trust::new(anchors.as_bytes(), &files, CHECKED)
    };
    assert!(of(&[list(&one, HOUR), list(&other, HOUR)]).is_ok());
    let told = of(&[list(&one, HOUR)]).unwrap_err();
    assert!(matches!(&told, CertificateError::NoList { authority } if authority == "CN=Other"), "{told}");
}

#[test]
fn a_list_with_an_anchors_name_and_anothers_signature_makes_no_trust() {
    let (authority, impostor) = (authority("CA"), authority("CA"));
    assert!(matches!(trust(&authority, &[list(&impostor, HOUR)]), Err(CertificateError::ListSignature { .. })));
}

#[test]
fn a_chain_is_checked_at_every_step() {
    let root = authority("Root");
    let mut middle = root.below("Middle", NOW.minus(DAY), NOW.plus(500 * DAY)).unwrap();
    let issued = middle.issue(&leaf("a"), KeyKind::P256).unwrap();
    let both = |middle: &_| [list(&root, HOUR), list(middle, HOUR)];
    assert_eq!(trust(&root, &both(&middle)).unwrap().still_good(&peer(&issued), NOW), Ok(()));
    let without = trust(&root, &[list(&root, HOUR)]).unwrap();
    assert_eq!(without.still_good(&peer(&issued), NOW), Err(Distrust::RevocationUnknown));
    let old = trust(&root, &[list(&root, HOUR), list(&middle, 25 * HOUR)]).unwrap();
    assert_eq!(old.still_good(&peer(&issued), NOW), Err(Distrust::ListTooOld));
    middle.revoke(&issued.serial, NOW);
    assert_eq!(trust(&root, &both(&middle)).unwrap().still_good(&peer(&issued), NOW), Err(Distrust::Revoked));
}

#[test]
fn another_authority_and_another_use_are_not_believed() {
    let authority = authority("CA");
    let trust = trust(&authority, &[list(&authority, HOUR)]).unwrap();
    let impostor = crate::support::authority("CA");
    assert_eq!(trust.still_good(&peer(&issue(&impostor, "a")), NOW), Err(Distrust::UnknownAuthority));
    let server = certs::authority::Leaf { usages: &[certs::authority::Usage::Server], ..leaf("a") };
    let server = authority.issue(&server, KeyKind::P256).unwrap();
    assert_eq!(trust.still_good(&peer(&server), NOW), Err(Distrust::Unusable));
}

#[test]
fn an_anchor_that_is_dropped_takes_its_peers_with_it() {
    let (kept, dropped) = (authority("Kept"), authority("Dropped"));
    let peer = peer(&issue(&dropped, "a"));
    let anchors = format!("{}{}", kept.certificate_pem(), dropped.certificate_pem());
    let lists = [list(&kept, HOUR), list(&dropped, HOUR)];
    let files = lists.clone().map(file);
    assert_eq!(Trust::new(anchors.as_bytes(), &files, CHECKED).unwrap().still_good(&peer, NOW), Ok(()));
    assert_eq!(trust(&kept, &lists).unwrap().still_good(&peer, NOW), Err(Distrust::UnknownAuthority));
}

#[test]
fn a_key_of_another_certificate_makes_no_identity() {
    let authority = authority("CA");
    let (one, other) = (issue(&authority, "one"), issue(&authority, "other"));
    let read = |chain: &str, key: &str| Identity::from_pem(chain.as_bytes(), key.as_bytes());
    assert!(read(&one.chain_pem, &one.key_pem).is_ok());
    assert!(matches!(read(&one.chain_pem, &other.key_pem), Err(CertificateError::KeyMismatch)));
    assert!(matches!(read(&one.chain_pem, "no key"), Err(CertificateError::Malformed("private key"))));
    assert!(matches!(read("no chain", &one.key_pem), Err(CertificateError::Missing("certificate"))));
    assert!(!format!("{:?}", read(&one.chain_pem, &one.key_pem)).contains("PRIVATE"));
}

#[test]
fn what_is_no_certificate_and_no_list_is_an_error_and_never_a_panic() {
    let authority = authority("CA");
    let good = list(&authority, HOUR);
    for cut in (0..good.len()).step_by(7) {
        assert!(trust(&authority, &[good[..cut].to_vec()]).is_err(), "{cut}");
    }
    for noise in [&b""[..], b"\x30", b"\x30\x82\xff\xff", b"-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n"] {
        assert!(trust(&authority, &[noise.to_vec()]).is_err());
        assert!(Trust::new(noise, &[], Revocation::NotChecked).is_err());
    }
}
