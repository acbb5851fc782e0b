//! What `--check-config` finds, and what keeps a gateway from starting.

use std::{fs, sync::Arc, time::Duration};

use boot::settings::Environment;
use clock::{Clock, FixedClock, SystemClock};
use lgsp_gateway::{
    app::World,
    checked::{check, check_file},
};

use crate::place::{EXAMPLE, Place};

#[test]
fn the_example_with_the_files_that_it_names_has_no_fault() {
    let place = Place::new();
    check(&place.read(EXAMPLE).unwrap(), &World::real()).map(drop).unwrap();
}

#[test]
fn a_key_that_everyone_may_read_is_refused() {
    let place = Place::new();
    let settings = place.read(EXAMPLE).unwrap();
    for key in ["secrets/signing.key", "secrets/log.key"] {
        place.allow(key, 0o644);
        let refused = check(&settings, &World::real()).map(drop).unwrap_err().to_string();
        let told = format!("the file {} may be read by everyone", place.path(key).display());
        assert!(refused.contains(&told), "{refused}");
        place.allow(key, 0o640);
    }
    check(&settings, &World::real()).map(drop).unwrap();
}

/// What `--check-config` tells, one line a fault, without the folder.
fn told(place: &Place) -> Vec<String> {
    let findings = check_file(&place.path("gateway.toml"), &Environment::empty(), &World::real());
    let text = findings.outcome.err().map(|faults| faults.to_string()).unwrap_or_default();
    text.replace(&format!("{}/", place.path("").display()), "")
        .replace(&place.path("").display().to_string(), "")
        .lines()
        .map(str::to_owned)
        .collect()
}

fn line(place: &Place, file: &str, text: &str) -> usize {
    let content = fs::read_to_string(place.path(file)).unwrap();
    content.lines().position(|line| line.contains(text)).unwrap() + 1
}

#[test]
fn faults_of_settings_files_and_registry_are_told_together_each_with_its_setting() {
    let place = Place::new();
    assert_eq!(told(&place), [""; 0]);
    for file in ["secrets/signing.key", "secrets/log.key", "tls/crl.pem", "tls/danh-muc-ca.pem"] {
        fs::remove_file(place.path(file)).unwrap();
    }
    place.change("registry/agreements/mot-cua.toml", "purposes", "purpose");
    place.change("gateway.toml", "drain_timeout", "drian_timeout");
    let at = |text| line(&place, "gateway.toml", text);
    let (agreement, told) = (line(&place, "registry/agreements/mot-cua.toml", "purpose ="), told(&place));
    for (line, fault) in [
        (at("drian_timeout"), "server.drian_timeout: is no setting known here; did you mean `drain_timeout`?"),
        (at("revocation_lists ="), "tls.revocation_lists: tls/crl.pem cannot be read: No such file"),
        (at("secrets/signing.key"), "signing.key_file: the file secrets/signing.key cannot be read: No such file"),
        (at("secrets/log.key"), "log.key_file: the file secrets/log.key cannot be read: No such file"),
        (at("[adapter.danh-muc]"), "adapter.danh-muc: the file tls/danh-muc-ca.pem cannot be read: No such file"),
    ] {
        let wanted = format!("gateway.toml:{line}: {fault}");
        assert!(told.iter().any(|line| line.starts_with(&wanted)), "{wanted}\n{told:#?}");
    }
    let wanted = format!("registry/agreements/mot-cua.toml:{agreement}: agreement[1].purpose: is no setting");
    assert!(told.iter().any(|line| line.starts_with(&wanted)), "{wanted}\n{told:#?}");
    assert!(!told.iter().any(|line| line.contains("the variable")), "{told:#?}");
}

#[test]
fn a_fault_beside_a_folder_or_a_key_does_not_hide_the_faults_of_those() {
    let place = Place::new();
    place.change("gateway.toml", "max_age = \"3d\"", "max_age = \"3 days\"");
    place.change("registry/agreements/mot-cua.toml", "purposes", "purpose");
    place.allow("secrets/evidence.key", 0o644);
    fs::remove_file(place.path("secrets/log.key")).unwrap();
    let told = told(&place);
    for key in ["evidence.key may be read by everyone", "log.key cannot be read"] {
        assert!(told.iter().any(|line| line.contains(key)), "{key}: {told:#?}");
    }
    assert!(told.iter().any(|line| line.contains("registry.max_age: must be a duration")), "{told:#?}");
    assert!(told.iter().any(|line| line.starts_with("registry/agreements/mot-cua.toml:")), "{told:#?}");
}

#[test]
fn a_spool_folder_that_takes_no_file_is_a_fault() {
    let place = Place::new();
    place.change("gateway.toml", "[server]", "[server]\nspool_folder = \"tls\"");
    assert_eq!(told(&place), [""; 0]);
    place.change("gateway.toml", "spool_folder = \"tls\"", "spool_folder = \"nowhere\"");
    let told = told(&place);
    assert!(told.len() == 1 && told[0].contains("server.spool_folder"), "{told:?}");
}

#[test]
fn a_list_that_is_too_old_is_told_although_a_gateway_would_start_with_it() {
    let place = Place::new();
    let later = FixedClock::at(SystemClock.now().plus(Duration::from_secs(8 * 24 * 3600)));
    let world = World { clock: Arc::new(later), ..World::real() };
    let findings = check_file(&place.path("gateway.toml"), &Environment::empty(), &world);
    let told = findings.outcome.map(drop).unwrap_err().to_string();
    let wanted = "tls.revocation_lists: the revocation list of CN=Example CA is too old since ";
    assert!(told.lines().count() == 1 && told.contains(wanted), "{told}");
    check(&place.read(EXAMPLE).unwrap(), &world).map(drop).unwrap();
}

#[test]
fn an_adapter_without_anchors_says_which_setting_it_lacks() {
    let place = Place::new();
    place.change("gateway.toml", "anchors_file = \"tls/danh-muc-ca.pem\"\n", "");
    let line = line(&place, "gateway.toml", "[adapter.danh-muc]");
    let wanted = format!("gateway.toml:{line}: adapter.danh-muc.anchors_file: ");
    let told = told(&place);
    assert!(told.len() == 1 && told[0].starts_with(&wanted) && told[0].ends_with("for the register"), "{told:#?}");
}

#[test]
fn a_file_that_is_no_part_of_the_registry_by_its_name_is_told_with_and_without_faults() {
    let place = Place::new();
    let warnings = || check_file(&place.path("gateway.toml"), &Environment::empty(), &World::real()).warnings;
    assert_eq!(warnings(), [""; 0]);
    place.put("registry/agreements/x.tml", "");
    let told = || warnings().into_iter().filter(|line| line.contains("registry/agreements/x.tml is in")).count();
    assert_eq!(told(), 1);
    place.change("registry/agreements/mot-cua.toml", "purposes", "purpose");
    assert_eq!(told(), 1);
    place.change("registry/agreements/mot-cua.toml", "purpose", "purposes");
    fs::remove_file(place.path("secrets/signing.key")).unwrap();
    assert_eq!(told(), 1);
}
