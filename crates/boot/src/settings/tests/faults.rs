use super::{faults, read};
use crate::settings::{Document, Environment, Origin};
use std::time::Duration;

#[test]
fn all_faults_come_together_sorted_by_line() {
    let text = "[server]\nbind = 8400\ntimeout = 15\n\n[login]\nmax_age = \"2 hours\"\ncolour = \"red\"\n";
    let report = faults(text, |document| {
        let server = document.section("server");
        let login = document.section("login");
        let bind = server.socket_addr("bind").required();
        let timeout = server.duration("timeout").required();
        let issuer = server.url("issuer").required();
        let max_age = login.duration("max_age").required();
        let color = login.text("color").or("blue".to_owned());
        (|| Some((bind?, timeout?, issuer?, max_age?, color?)))()
    });
    assert_eq!(
        report,
        [
            "broker.toml:1: server.issuer: is required, but missing (the variable BROKER__SERVER__ISSUER can set it too)",
            "broker.toml:2: server.bind: must be an address such as \"127.0.0.1:8400\", but is an integer",
            "broker.toml:3: server.timeout: must be a duration with a unit, such as \"300ms\", \"90s\", \"15m\", \"8h\" or \
             \"30d\", but is an integer",
            "broker.toml:6: login.max_age: must be a duration with a unit, such as \"300ms\", \"90s\", \"15m\", \"8h\" or \
             \"30d\"",
            "broker.toml:7: login.colour: is no setting known here; did you mean `color`?",
        ]
    );
}

#[test]
fn a_file_that_no_variable_overlays_does_not_point_to_one() {
    let document = Document::parse("", "members.toml".as_ref(), "", &Environment::empty());
    let id = document.root().text("id").required();
    assert_eq!(document.finish(id).unwrap_err().to_string(), "members.toml: id: is required, but missing");
}

#[test]
fn wrong_syntax_names_its_line_and_hides_no_fault_of_another_line() {
    let text = "[server]\nbind = = 3\nworkers = 900\n";
    let report = faults(text, |document| {
        let server = document.section("server");
        let bind = server.socket_addr("bind").required();
        let workers = server.integer("workers", 1..=64).required();
        (|| Some((bind?, workers?)))()
    });
    assert_eq!(report.len(), 2, "{report:?}");
    assert!(report[0].starts_with("broker.toml:2: TOML syntax: "), "{report:?}");
    assert_eq!(report[1], "broker.toml:3: server.workers: must be from 1 to 64");
}

#[test]
fn a_key_written_twice_is_a_fault() {
    let report = faults("a = 1\na = 2\n", |document| document.root().integer("a", 0..=9).required());
    assert!(report.iter().any(|line| line.starts_with("broker.toml:2: TOML syntax: duplicate key")), "{report:?}");
}

#[test]
fn an_unknown_section_is_one_fault_not_one_for_each_key() {
    let report = faults("[severs]\na = 1\nb = 2\n", |document| document.section("server").flag("a").or(true));
    assert_eq!(report, ["broker.toml:1: severs: is no section known here; did you mean `server`?"]);
}

#[test]
fn a_name_far_from_every_known_one_gets_no_suggestion() {
    let report = faults("telephone = 1\n", |document| document.root().text("issuer").or(String::new()));
    assert_eq!(report, ["broker.toml:1: telephone: is no setting known here"]);
}

#[test]
fn an_unknown_key_in_a_repeated_table_is_found() {
    let text = "[[client]]\nid = \"a\"\n[[client]]\nid = \"b\"\nidd = \"c\"\n";
    let report = faults(text, |document| {
        let ids: Vec<_> = document.root().tables("client").iter().map(|client| client.text("id").required()).collect();
        ids.into_iter().collect::<Option<Vec<_>>>()
    });
    assert_eq!(report, ["broker.toml:5: client[2].idd: is no setting known here"]);
}

#[test]
fn a_value_where_a_section_belongs_is_one_fault() {
    let report = faults("server = 3\n", |document| document.section("server").flag("tls").required());
    assert_eq!(report, ["broker.toml:1: server: must be a section [server], but is an integer"]);
}

#[test]
fn a_section_where_a_value_belongs_is_one_fault() {
    let report = faults("[server.bind]\nport = 1\n", |document| document.section("server").text("bind").required());
    assert_eq!(report, ["broker.toml:1: server.bind: must be a text, but is a section"]);
}

#[test]
fn a_value_out_of_range_is_a_fault() {
    let report = faults("attempt = \"11m\"\n", |document| {
        document.root().duration("attempt").between(Duration::from_secs(1), Duration::from_secs(600)).required()
    });
    assert_eq!(report, ["broker.toml:1: attempt: must be from 1s to 600s"]);
}

#[test]
fn each_wrong_item_of_a_list_is_reported_on_its_own_line() {
    let report = faults("[a]\nlist = [\n  \"x\",\n  3,\n  \"\",\n]\n", |document| {
        document.section("a").list_of_text("list").required()
    });
    assert_eq!(
        report,
        ["broker.toml:4: a.list[2]: must be a text, but is an integer", "broker.toml:5: a.list[3]: must not be empty"]
    );
}

#[test]
fn a_fault_between_settings_is_reported_where_the_setting_stands() {
    let report = faults("[server]\nissuer = \"http://example.vn\"\n", |document| {
        let server = document.section("server");
        let issuer = server.url("issuer").required();
        server.fault("issuer", "must be https unless it is loopback");
        issuer
    });
    assert_eq!(report, ["broker.toml:2: server.issuer: must be https unless it is loopback"]);
}

#[test]
fn a_missing_file_is_the_only_fault() {
    let document = Document::read("/nowhere/broker.toml".as_ref(), "BROKER", &Environment::empty());
    let issuer = document.section("server").url("issuer").required();
    let faults = document.finish(issuer).unwrap_err();
    let faults: Vec<_> = faults.iter().collect();
    assert_eq!(faults.len(), 1);
    assert_eq!(faults[0].origin(), &Origin::File);
    assert!(faults[0].message().starts_with("cannot be read: "), "{}", faults[0]);
}

#[test]
fn a_file_that_is_not_utf_8_is_a_fault_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("broker.toml");
    std::fs::write(&path, b"a = 1\nb = \"\xff\"\n").unwrap();
    let document = Document::read(&path, "BROKER", &Environment::empty());
    let faults = document.finish(Some(())).unwrap_err();
    assert_eq!(faults.iter().next().unwrap().origin(), &Origin::Line(2));
}

#[test]
fn a_reader_that_gives_nothing_without_a_fault_does_not_pass() {
    let report = faults("", |_| None::<()>);
    assert_eq!(report, ["broker.toml: the settings were not built, though no fault was found"]);
}

#[test]
fn a_fault_never_repeats_the_value() {
    let text = "a = \"canary\"\nb = \"canary\"\nc = \"canary\"\nd = \"canary\"\ne = \"https://u:canary@x/\"\ncanary2 = \"canary\"\n";
    let report = read(text, &[("BROKER__F", "canary")], |document| {
        let root = document.root();
        let faulty = (
            root.duration("a").required(),
            root.byte_size("b").required(),
            root.socket_addr("c").required(),
            root.one_of("d", &[("x", 1)]).required(),
            root.url("e").required(),
            root.integer("f", 0..=1).required(),
        );
        faulty.0.map(|_| ())
    })
    .unwrap_err()
    .to_string();
    assert_eq!(report.lines().count(), 7, "{report}");
    assert!(!report.replace("canary2", "").contains("canary"), "{report}");
}
