use std::{fs, path::Path};

use clock::fixed::FixedClock;
use http::Method;
use types::{AgencyCode, ServiceId, SubsystemId};

use super::*;
use crate::registry::{
    MappingKind, Release, moment,
    tested::{CLIENT, POPULATION, adapters, changed, example},
};

fn load(dir: &Path) -> Result<Snapshot, Vec<Fault>> {
    let clock = FixedClock::at(moment("2026-11-22").unwrap());
    read(dir, &CallPolicies::load().unwrap(), &clock, &adapters()).outcome
}

/// The faults of a changed example, one line each, without the folder.
fn faults(file: &str, from: &str, to: &str) -> Vec<String> {
    let dir = changed(file, from, to);
    let prefix = format!("{}/", dir.path().display());
    load(dir.path()).unwrap_err().iter().map(|fault| fault.to_string().replace(&prefix, "")).collect()
}

#[test]
fn the_example_is_a_registry_without_faults() {
    let snapshot = load(&example()).unwrap_or_else(|faults| panic!("{faults:#?}"));
    let now = moment("2026-11-22").unwrap();
    let client = SubsystemId::parse(CLIENT).unwrap();
    let service = ServiceId::parse(POPULATION).unwrap();
    let key = "3b6c1f0e2a9d48c75b1e0f64d2a87c935e410fb67d8c29a1e3f5b0d4c6728190";
    assert_eq!(snapshot.subsystem_of_key(key, now).unwrap().id, client);
    assert_eq!(snapshot.subsystems[&client].keys[0].ids[0].as_ref(), "mot-cua");
    assert_eq!(snapshot.subsystems[&client].keys[0].ids.len(), 2, "the registered id and the thumbprint");
    let grants = snapshot.grants(&client, &service);
    assert_eq!(grants.len(), 1);
    assert!(grants[0].endpoints[0].0.matches(&Method::POST, ""));
    assert!(matches!(&grants[0].agreement.release, Release::Fields(fields) if &*fields[0] == "KetQua"));
    assert!(snapshot.services[&service].contract.is_some());
    let theirs = snapshot.foreign_code(&"dan-cu".into(), MappingKind::Officer, &"can-bo:dung".into(), now);
    assert_eq!(theirs.map(AsRef::as_ref), Some("H19.15.0001"));
    assert_eq!(snapshot.version.len(), 64);
}

#[test]
fn a_former_agency_leads_to_its_successor_from_the_day_it_ended() {
    let service = r#"
        [[member]]
        id = "VN/GOV/000.00.00.H10"
        name = "cũ"
        [[member.subsystem]]
        code = "danh-muc"
        name = "cũ"
    "#;
    let dir = changed("members/providers.toml", "", service);
    let snapshot = load(dir.path()).unwrap();
    let asked = ServiceId::parse("VN/GOV/000.00.00.H10/danh-muc/DanhMuc").unwrap();
    let found = |day: &str| snapshot.service_now(&asked, moment(day).unwrap()).map(|service| service.id.to_string());
    assert_eq!(
        found("2025-06-30"),
        None,
        "before its end the former agency answers for itself, and has no such service"
    );
    assert_eq!(found("2025-07-01").as_deref(), Some("VN/GOV/000.00.00.H19/danh-muc/DanhMuc"));
    let agency = |day: &str| {
        let code = AgencyCode::parse("000.00.00.H10").unwrap();
        snapshot.agency_now(&code, moment(day).unwrap()).map(|agency| agency.code.to_string())
    };
    assert_eq!(agency("2014-12-31"), None);
    assert_eq!(agency("2025-06-30").as_deref(), Some("000.00.00.H10"));
    assert_eq!(agency("2025-07-01").as_deref(), Some("000.00.00.H19"));
}

#[test]
fn a_key_outside_its_time_belongs_to_nobody() {
    let snapshot = load(&example()).unwrap();
    let key = "3b6c1f0e2a9d48c75b1e0f64d2a87c935e410fb67d8c29a1e3f5b0d4c6728190";
    for (day, known) in [("2025-12-31", false), ("2026-01-01", true), ("2027-12-31", true), ("2028-01-01", false)] {
        assert_eq!(snapshot.subsystem_of_key(key, moment(day).unwrap()).is_some(), known, "{day}");
    }
}

#[test]
fn another_text_is_another_version() {
    let before = load(&example()).unwrap().version;
    let dir = changed("agencies.toml", "Bộ Công an", "Bộ Công an Việt Nam");
    assert_ne!(load(dir.path()).unwrap().version, before);
    let dir = changed("services/xac-thuc.openapi.json", "Kết quả", "Kết quả đối chiếu");
    assert_ne!(load(dir.path()).unwrap().version, before, "a file that an entry names is part of the registry");
}

#[test]
fn each_fault_is_named_where_it_stands() {
    const MEMBER: &str = "members/000.00.15.H19.toml";
    const PROVIDERS: &str = "members/providers.toml";
    const SERVICES: &str = "services/dan-cu.toml";
    const AGREEMENTS: &str = "agreements/mot-cua.toml";
    const MAPPINGS: &str = "mappings/dan-cu.toml";
    let key = "sha256 = \"3b6c1f0e2a9d48c75b1e0f64d2a87c935e410fb67d8c29a1e3f5b0d4c6728190\"";
    for (file, from, to, message) in [
        ("agencies.toml", "code = \"000.00.16.H19\"", "code = \"000.00.15.h19\"", "is registered twice"),
        ("agencies.toml", "successor = \"000.00.00.H19\"", "successor = \"H99\"", "there is no agency H99"),
        ("agencies.toml", "valid_to = \"2025-07-01\"", "", "has no successor"),
        ("agencies.toml", "valid_to = \"2025-07-01\"", "valid_to = \"2014-07-01\"", "must be after valid_from"),
        ("agencies.toml", "valid_to = \"2025-07-01\"", "valid_to = \"tomorrow\"", "must be a date such as"),
        ("agencies.toml", "successor = \"000.00.00.H19\"", "successor = \"000.00.00.H10\"", "is the agency itself"),
        ("agencies.toml", "successor = \"000.00.00.H19\"", "successor = \"000.00.00.H10\"", "go round"),
        ("agencies.toml", "parent = \"000.00.00.H19\"", "parent = \"H98\"", "there is no agency H98"),
        ("agencies.toml", "parent = ", "father = ", "father: is no setting known here"),
        (MEMBER, "VN/GOV/000.00.15.H19", "VN/GOV/000.00.99.H19", "there is no agency 000.00.99.H19"),
        (MEMBER, "VN/GOV/000.00.15.H19", "VN/GOV", "a member id must be 3 parts"),
        (MEMBER, key, "sha256 = \"3b\"", "must be a SHA-256"),
        (MEMBER, "valid_to = \"2028-01-01\"", "valid_to = \"2025-01-01\"", "must be after valid_from"),
        (MEMBER, "code = \"mot-cua\"", "code = \"một cửa\"", "is no part of an identifier"),
        (MEMBER, "BEGIN PUBLIC KEY", "BEGIN PRIVATE KEY", "is not an Ed25519"),
        (MEMBER, "# file = \"keys/mot-cua.pem\"", "file = \"keys/mot-cua.pem\"", "one of the two is enough"),
        (MEMBER, "# certificate_files", "certificate_files", "No such file"),
        (PROVIDERS, "\"dancu\"", "\"danh-muc\"", "there is no such subsystem to provide it"),
        (SERVICES, "adapter = \"dan-cu\"", "adapter = \"nope\"", "the settings have no adapter `nope`"),
        (SERVICES, "/XacThucThongTinCongDan\"", "/listMethods\"", "belongs to the bus itself"),
        (SERVICES, "endpoints = [\"POST\"]", "endpoints = [\"post\"]", "must begin with one of"),
        (SERVICES, "endpoints = [\"POST\"]", "endpoints = []", "cannot be called"),
        (SERVICES, "endpoints = [\"POST\"]", "endpoints = [\"GET /x\"]", "has no operation for `GET /x`"),
        (SERVICES, "openapi = \"xac-thuc.openapi.json\"", "", "is required for the style openapi"),
        (SERVICES, "openapi = \"xac-thuc.openapi.json\"", "openapi = \"nope.json\"", "cannot be read"),
        (SERVICES, "style = \"openapi\"", "style = \"rest\"", "of the style rest has no description"),
        (SERVICES, "timeout = \"10s\"", "timeout = \"10\"", "must be a duration with a unit"),
        (SERVICES, "timeout = \"10s\"", "timeout = \"1d\"", "must be from"),
        (SERVICES, "idempotent = [\"POST\"]", "idempotent = [\"TRACE\"]", "is no method that the bus carries"),
        (SERVICES, "max_request = \"16KiB\"", "max_request = \"16\"", "must be a size with a unit"),
        ("services/xac-thuc.openapi.json", "\"3.1.0\"", "\"3.0.0\"", "is not of OpenAPI 3.1"),
        (AGREEMENTS, "id = \"mot-cua-danh-muc\"", "id = \"mot-cua-xac-thuc\"", "is registered twice"),
        (AGREEMENTS, "000.00.15.H19/mot-cua\"", "000.00.15.H19/khac\"", "there is no subsystem"),
        (AGREEMENTS, "/XacThucThongTinCongDan\"", "/Khac\"", "there is no service"),
        (AGREEMENTS, "endpoints = [\"GET /{danh_muc}\"]", "endpoints = [\"GET /a/b\"]", "has no endpoint `GET /a/b`"),
        (AGREEMENTS, "release = [\"KetQua\"]", "release = [\"KetQua\", \"SoDinhDanh\"]", "has no field `SoDinhDanh`"),
        (AGREEMENTS, "release = [\"KetQua\"]", "release = []", "must name at least one"),
        (AGREEMENTS, "release = [\"KetQua\"]", "release = [\"KetQua\", \"*\"]", "stands alone"),
        (AGREEMENTS, "release = [\"KetQua\"]", "", "release: is required"),
        (AGREEMENTS, "purposes = [\"giai-quyet-thu-tuc-hanh-chinh\"]", "purposes = []", "must name at least one"),
        (AGREEMENTS, "purposes = [\"giai-quyet-thu-tuc-hanh-chinh\"]", "purposes = [\"thủ tục\"]", "printable ASCII"),
        (AGREEMENTS, "legal_bases = [\"nd-107-2021\"]", "", "legal_bases: is required"),
        (AGREEMENTS, "signature_required = true", "signature_required = false", "only known from a signed message"),
        (AGREEMENTS, "min_auth_level = 2", "min_auth_level = 5", "must be from 1 to 4"),
        (AGREEMENTS, "# agencies", "agencies = [\"H97\"] #", "there is no agency H97"),
        (AGREEMENTS, "from = \"06:00\"", "from = \"20:00\"", "must be after `from`"),
        (AGREEMENTS, "from = \"06:00\"", "from = \"6:00\"", "must be a time of day"),
        (AGREEMENTS, "\"sat\"", "\"satt\"", "must be one of mon"),
        (AGREEMENTS, "[agreement.officer]", "[agreement.oficer]", "is no section known here; did you mean `officer`?"),
        (MAPPINGS, "kind = \"officer\"", "kind = \"person\"", "must be one of officer, procedure, agency"),
        (MAPPINGS, "adapter = \"dan-cu\"", "adapter = \"nope\"", "the settings have no adapter `nope`"),
        (MAPPINGS, "ours = \"000.00.15.H19\"", "ours = \"H96\"", "there is no agency H96"),
    ] {
        let found = faults(file, from, to);
        let named = found.iter().any(|fault| fault.contains(message));
        assert!(named, "{file}: {from:?} → {to:?} should say {message:?}, but says {found:#?}");
        let lines = found.iter().filter(|fault| fault.contains(message));
        for fault in lines {
            let place = fault.split(": ").next().unwrap();
            let line = place.rsplit_once(':').and_then(|(_, line)| line.parse::<usize>().ok());
            assert!(line.is_some(), "{fault} names no line");
        }
    }
}

#[test]
fn a_key_belongs_to_one_subsystem() {
    let second = |inner: &str| {
        format!(
            "[[member]]\nid = \"VN/GOV/000.00.16.H19\"\nname = \"b\"\n[[member.subsystem]]\ncode = \"b\"\nname = \"b\"\n{inner}"
        )
    };
    let certificate = "[[member.subsystem.certificate_keys]]\nsha256 = \"3B6C1F0E2A9D48C75B1E0F64D2A87C935E410FB67D8C29A1E3F5B0D4C6728190\"\n";
    let found = faults("members/providers.toml", "", &second(certificate));
    assert!(found.iter().any(|fault| fault.contains("is already that of VN/GOV/000.00.15.H19/mot-cua")), "{found:?}");
    let pem = "-----BEGIN PUBLIC KEY-----\\nMCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=\\n-----END PUBLIC KEY-----\\n";
    let same_key = format!("[[member.subsystem.signature_keys]]\nid = \"b\"\npem = \"{pem}\"\n");
    let found = faults("members/providers.toml", "", &second(&same_key));
    assert!(found.iter().any(|fault| fault.contains("the signature key") && fault.contains("is already")), "{found:?}");
}

#[test]
fn mappings_that_overlap_are_refused_and_successive_ones_are_not() {
    let more = |from: &str| {
        format!(
            "[[mapping]]\nadapter = \"dan-cu\"\nkind = \"officer\"\nours = \"can-bo:dung\"\ntheirs = \"2\"\nvalid_from = \"{from}\"\n"
        )
    };
    let found = faults("mappings/dan-cu.toml", "", &more("2027-01-01"));
    assert!(found.iter().any(|fault| fault.contains("another mapping at the same time")), "{found:?}");
    let dir = changed("mappings/dan-cu.toml", "theirs = \"H19.15.0001\"", "theirs = \"1\"\nvalid_to = \"2027-01-01\"");
    let path = dir.path().join("mappings/dan-cu.toml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("{text}\n{}", more("2027-01-01"))).unwrap();
    let snapshot = load(dir.path()).unwrap();
    let theirs = |day: &str| {
        let day = moment(day).unwrap();
        snapshot.foreign_code(&"dan-cu".into(), MappingKind::Officer, &"can-bo:dung".into(), day).cloned()
    };
    assert_eq!(theirs("2026-12-31").as_deref(), Some("1"));
    assert_eq!(theirs("2027-01-01").as_deref(), Some("2"));
}

#[test]
fn faults_of_several_files_are_reported_together() {
    let dir = changed("agencies.toml", "name = \"Bộ Công an\"", "");
    fs::write(dir.path().join("mappings/x.toml"), "[[mapping]\n").unwrap();
    fs::create_dir(dir.path().join("agreement")).unwrap();
    fs::write(dir.path().join("agreement/x.toml"), "").unwrap();
    let found: Vec<String> = load(dir.path()).unwrap_err().iter().map(ToString::to_string).collect();
    for part in
        ["agencies.toml", "name: is required", "mappings/x.toml", "TOML syntax", "agreement: is no file or folder"]
    {
        assert!(found.iter().any(|fault| fault.contains(part)), "{part} in {found:#?}");
    }
}

#[test]
fn a_folder_that_is_not_there_is_a_fault_and_no_empty_registry() {
    let dir = tempfile::tempdir().unwrap();
    assert!(!load(&dir.path().join("nope")).unwrap_err().is_empty());
    assert!(!load(dir.path()).unwrap_err().is_empty(), "agencies.toml is missing");
}
