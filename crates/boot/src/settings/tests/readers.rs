use super::{faults, read};
use std::path::PathBuf;
use std::time::Duration;

#[track_caller]
fn check_duration(text: &str, expected: Option<Duration>) {
    let found = read(&format!("a = \"{text}\"\n"), &[], |document| document.root().duration("a").required());
    assert_eq!(found.ok(), expected, "{text}");
}

#[test]
fn a_duration_has_a_number_and_a_unit() {
    check_duration("300ms", Some(Duration::from_millis(300)));
    check_duration("0s", Some(Duration::ZERO));
    check_duration("90s", Some(Duration::from_secs(90)));
    check_duration("15m", Some(Duration::from_secs(900)));
    check_duration("8h", Some(Duration::from_secs(28_800)));
    check_duration("30d", Some(Duration::from_secs(2_592_000)));
    for wrong in [
        "",
        "15",
        "m",
        "15 m",
        "1.5h",
        "-1s",
        "15M",
        "15min",
        "+1s",
        "1h30m",
        "99999999999999999999s",
        "18446744073709551615d",
    ] {
        check_duration(wrong, None);
    }
}

#[track_caller]
fn check_size(text: &str, expected: Option<usize>) {
    let found = read(&format!("a = \"{text}\"\n"), &[], |document| document.root().byte_size("a").required());
    assert_eq!(found.ok(), expected, "{text}");
}

#[test]
fn a_size_has_a_number_and_a_unit() {
    check_size("512B", Some(512));
    check_size("64KiB", Some(65_536));
    check_size("1MiB", Some(1_048_576));
    check_size("2GiB", Some(2_147_483_648));
    for wrong in ["64", "64k", "64KB", "KiB", "64 KiB", "99999999999999GiB"] {
        check_size(wrong, None);
    }
}

#[test]
fn a_missing_setting_takes_its_default_or_is_none() {
    let both = read("", &[], |document| {
        let root = document.root();
        let (a, b) = (root.flag("a").or(true), root.text("b").optional());
        Some((a?, b?))
    });
    assert_eq!(both.unwrap(), (true, None));
}

#[test]
fn a_faulty_setting_does_not_take_its_default() {
    assert_eq!(
        faults("a = 1\nb = 2\n", |document| {
            let root = document.root();
            root.flag("a").or(true).zip(root.text("b").optional())
        })
        .len(),
        2
    );
}

#[test]
fn a_relative_path_begins_at_the_folder_of_the_file() {
    let document = crate::settings::Document::parse(
        "a = \"keys/one\"\nb = \"/abs\"\n",
        "/etc/lienthong/broker.toml".as_ref(),
        "BROKER",
        &crate::settings::Environment::empty(),
    );
    let paths = document.root().path_to("a").required().zip(document.root().path_to("b").required());
    let expected = (PathBuf::from("/etc/lienthong/keys/one"), PathBuf::from("/abs"));
    assert_eq!(document.finish(paths).unwrap(), expected);
}

#[test]
fn one_of_gives_the_meaning_of_the_word() {
    let choices = [("sqlite", 1), ("postgres", 2)];
    let found = read("a = \"postgres\"\n", &[], |document| document.root().one_of("a", &choices).required());
    assert_eq!(found.unwrap(), 2);
    let report = faults("a = \"mysql\"\n", |document| document.root().one_of("a", &choices).required());
    assert_eq!(report, ["broker.toml:1: a: must be one of sqlite, postgres"]);
}

#[test]
fn only_web_addresses_without_a_password_are_urls() {
    for (wrong, why) in [
        ("localhost:8400", "must be an http or https URL"),
        ("/authorize", "is no URL: relative URL without a base"),
        ("file:///etc/passwd", "must be an http or https URL"),
        ("https://user:word@example.vn/", "must not hold a user name or password"),
    ] {
        let report = faults(&format!("a = \"{wrong}\"\n"), |document| document.root().url("a").required());
        assert_eq!(report, [format!("broker.toml:1: a: {why}")]);
    }
}

#[test]
fn a_share_is_from_0_to_1() {
    for (text, expected) in
        [("0", Some(0.0)), ("1", Some(1.0)), ("0.25", Some(0.25)), ("2", None), ("-0.1", None), ("nan", None)]
    {
        let found = read(&format!("a = {text}\n"), &[], |document| document.root().ratio("a").required());
        assert_eq!(found.ok(), expected, "{text}");
    }
}

#[test]
fn an_integer_beyond_its_type_is_out_of_range() {
    let report = faults("a = 300\nb = -1\nc = 99999999999999999999\n", |document| {
        let root = document.root();
        let (a, b) = (root.integer("a", 0..=u8::MAX).required(), root.integer("b", 0..=u64::MAX).required());
        let c = root.integer("c", 0..=i64::MAX).required();
        Some((a?, b?, c?))
    });
    assert_eq!(
        report,
        [
            "broker.toml:1: a: must be from 0 to 255",
            "broker.toml:2: b: must be from 0 to 18446744073709551615",
            "broker.toml:3: c: must be an integer, but is an integer beyond 64 bits",
        ]
    );
}

#[test]
fn subsections_come_in_the_order_of_the_file() {
    let text = "[provider.vneid]\nname = \"V\"\n[provider.can-bo]\nname = \"C\"\n";
    let names = read(text, &[], |document| {
        let providers = document.root().subsections("provider");
        providers
            .iter()
            .map(|(id, provider)| Some((id.clone(), provider.text("name").required()?)))
            .collect::<Option<Vec<_>>>()
    });
    assert_eq!(names.unwrap(), [("vneid".to_owned(), "V".to_owned()), ("can-bo".to_owned(), "C".to_owned())]);
}

#[test]
fn an_optional_section_is_none_until_something_is_set_in_it() {
    let absent = read("", &[], |document| Some(document.root().optional_section("redis").is_some()));
    assert!(!absent.unwrap());
    let present = read("", &[("BROKER__REDIS__URL", "http://localhost:1")], |document| {
        document.root().optional_section("redis")?.url("url").required()
    });
    assert!(present.is_ok());
}

#[test]
fn a_parsed_value_reports_why_it_does_not_parse() {
    let report = faults("a = \"x\"\n", |document| {
        document.root().parse_with("a", |_| Err::<u8, _>("must be a client id")).required()
    });
    assert_eq!(report, ["broker.toml:1: a: must be a client id"]);
}
