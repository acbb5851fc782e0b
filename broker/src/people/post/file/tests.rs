use std::{fs, os::unix::fs::PermissionsExt};

use clock::{SystemClock, SystemEntropy};
use types::LegalEntity;

use super::*;
use crate::{app::World, clients::client::Bilingual};

const ONE: &str = "[[post]]\nprovider = \"can-bo\"\nsubject = \"s1\"\nagency = \"000.00.15.H19\"\nofficer = \"can-bo:dung\"\n\
                   role = \"chuyen-vien\"\nvalid_from = 2026-01-01\nvalid_to = 2026-07-01T00:00:00+07:00\n";

fn providers() -> Providers {
    let world = World { clock: Arc::new(SystemClock), entropy: Arc::new(SystemEntropy::new()) };
    let auth = adapter_oidc::ClientAuth::SecretBasic(secrecy::SecretString::from("s"));
    let id = ProviderId::parse("can-bo").unwrap();
    let settings = adapter_oidc::OidcSettings::new(id.clone(), "https://can-bo.test", "us", auth);
    crate::install_crypto();
    let adapter = adapter_oidc::OidcProvider::new(settings, world.clock, world.entropy).unwrap();
    let text = || Bilingual { vi: String::new(), en: String::new() };
    Providers::new(vec![crate::upstream::Provider {
        id,
        issuer: "https://can-bo.test".to_owned(),
        name: text(),
        hint: text(),
        enabled: true,
        form_target: String::new(),
        ceiling: types::AuthLevel::ONE,
        calls: crate::upstream::Calls::at_most(1),
        adapter: Arc::new(adapter),
    }])
}

fn sealer() -> Sealer {
    Sealer::new(&[7; 32]).unwrap()
}

fn read_text(text: &str, mode: u32) -> Result<Posts, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("posts.toml");
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    read(&path, &providers(), &sealer()).map_err(|faults| faults.to_string())
}

#[test]
fn a_post_is_held_from_its_first_moment_until_its_last_and_only_in_its_agency() {
    let posts = read_text(ONE, 0o600).unwrap();
    let officer = |subject: &str, body: &str, at: &str| {
        let at = OffsetDateTime::parse(at, &time::format_description::well_known::Rfc3339).unwrap();
        let person = mapping::link(&sealer(), "https://can-bo.test", subject);
        let at = Timestamp::from_seconds(at.unix_timestamp());
        posts.acting(Some(person), &LegalEntity::parse(body).unwrap(), at).map(|post| post.officer.to_string())
    };
    let held = Some("can-bo:dung".to_owned());
    for (subject, body, at, expected) in [
        ("s1", "000.00.15.H19", "2025-12-31T23:59:59+07:00", None),
        ("s1", "000.00.15.H19", "2026-01-01T00:00:00+07:00", held.clone()),
        ("s1", "000.00.15.h19", "2026-06-30T23:59:59+07:00", held.clone()),
        ("s1", "000.00.15.H19", "2026-07-01T00:00:00+07:00", None),
        ("s1", "000.00.16.H19", "2026-03-01T00:00:00+07:00", None),
        ("s2", "000.00.15.H19", "2026-03-01T00:00:00+07:00", None),
    ] {
        assert_eq!(officer(subject, body, at), expected, "{subject} {body} {at}");
    }
    let nobody =
        posts.acting(None, &LegalEntity::parse("000.00.15.H19").unwrap(), Timestamp::from_seconds(1_770_000_000));
    assert_eq!(nobody, None);
}

#[test]
fn every_fault_is_told_with_its_line_and_no_word_about_a_person() {
    let two = |change: fn(String) -> String| format!("{ONE}{}", change(ONE.to_owned()));
    for (text, fault) in [
        (two(|text| text.replace("can-bo\"\nsubject", "nobody\"\nsubject")), "posts.toml:9: names a provider"),
        (two(|text| text), "posts.toml:9: the same person holds another post"),
        (two(|text| text.replace("valid_to", "valid_to = 2025-01-01\n#")), "posts.toml:9: valid_to is not after"),
        (two(|text| text.replace("2026-01-01", "2026-01-01T10:00:00")), "posts.toml:9: valid_from is neither"),
        (two(|text| text.replace("\"s1\"", "75079000004")), "posts.toml:9: a value is not of the kind"),
        (two(|text| text.replace("\"s1\"", "\"\"")), "posts.toml:9: subject is empty"),
        (two(|text| text.replace("can-bo:dung", "075079000004")), "posts.toml:9: an officer's code is"),
        (two(|text| text.replace("000.00.15.H19", "000/15")), "posts.toml:9: an agency code is"),
        (two(|text| text.replace("role", "rôle")), "posts.toml:14: is not TOML"),
        (two(|text| text.replace("role =", "rank =")), "posts.toml:9: unknown field `rank`"),
        ("subject = 75079000004\n[[post]]\n".to_owned(), "is not TOML with [[post]] tables alone"),
    ] {
        let told = read_text(&text, 0o600).unwrap_err();
        assert!(told.contains(fault), "{told}");
        assert!(!told.contains("75079000004"), "{told}");
    }
}

#[test]
fn a_second_post_after_the_first_or_in_another_agency_is_no_fault() {
    let later = ONE.replace("2026-01-01", "2026-07-01").replace("valid_to", "#");
    let elsewhere = ONE.replace("000.00.15.H19", "000.00.16.H19");
    assert_eq!(read_text(&format!("{ONE}{later}{elsewhere}"), 0o600).unwrap().len(), 3);
}

#[test]
fn a_file_that_everybody_can_read_is_refused() {
    assert!(read_text(ONE, 0o644).unwrap_err().contains("may be read by everyone"));
}
