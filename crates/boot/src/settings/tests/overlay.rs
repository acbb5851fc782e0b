use super::read;
use crate::settings::Environment;

#[test]
fn a_variable_wins_over_the_file() {
    let bind = read("[server]\nbind = \"127.0.0.1:1\"\n", &[("BROKER__SERVER__BIND", "[::1]:2")], |document| {
        document.section("server").socket_addr("bind").required()
    });
    assert_eq!(bind.unwrap().to_string(), "[::1]:2");
}

#[test]
fn a_variable_may_set_what_the_file_does_not_mention() {
    let number = read("", &[("BROKER__DEEP__DOWN__NUMBER", "7")], |document| {
        document.section("deep").section("down").integer("number", 0..=9).required()
    });
    assert_eq!(number.unwrap(), 7);
}

#[test]
fn a_variable_takes_the_type_of_its_reader() {
    let all = read(
        "",
        &[
            ("BROKER__A", "12"),
            ("BROKER__B", "12"),
            ("BROKER__C", "true"),
            ("BROKER__D", "[\"x\", \"y\"]"),
            ("BROKER__E", "0.5"),
        ],
        |document| {
            let root = document.root();
            let text = root.text("a").required();
            let number = root.integer("b", 0..=99).required();
            let flag = root.flag("c").required();
            let list = root.list_of_text("d").required();
            let share = root.ratio("e").required();
            Some((text?, number?, flag?, list?, share?))
        },
    );
    assert_eq!(all.unwrap(), ("12".to_owned(), 12, true, vec!["x".to_owned(), "y".to_owned()], 0.5));
}

#[test]
fn an_underscore_in_a_variable_means_the_hyphen_of_the_file() {
    let text = "[provider.can-bo]\nissuer = \"http://localhost:1\"\n";
    let issuer = read(text, &[("BROKER__PROVIDER__CAN_BO__ISSUER", "http://localhost:2")], |document| {
        document.section("provider").section("can-bo").url("issuer").required()
    });
    assert_eq!(issuer.unwrap().port(), Some(2));
}

#[test]
fn a_variable_that_may_mean_two_keys_is_a_fault() {
    let text = "[a]\nx-y-z = 1\nx-y_z = 2\n";
    let faults = read(text, &[("BROKER__A__X_Y_Z", "3")], |document| {
        let section = document.section("a");
        section.integer("x-y-z", 0..=9).required().zip(section.integer("x-y_z", 0..=9).required())
    });
    assert_eq!(faults.unwrap_err().to_string(), "BROKER__A__X_Y_Z: a.x_y_z: may mean `x-y-z` or `x-y_z`");
}

#[test]
fn a_fault_of_a_variable_names_the_variable() {
    let faults = read("", &[("BROKER__N", "many"), ("BROKER__TYPO", "x")], |document| {
        document.root().integer("n", 0..=9).required()
    });
    assert_eq!(
        faults.unwrap_err().to_string(),
        "BROKER__N: n: must be an integer\nBROKER__TYPO: typo: is no setting known here"
    );
}

#[test]
fn a_variable_below_a_plain_value_is_a_fault() {
    let faults = read("server = 3\n", &[("BROKER__SERVER__BIND", "x")], |document| {
        document.root().integer("server", 0..=9).required()
    });
    assert_eq!(faults.unwrap_err().to_string(), "BROKER__SERVER__BIND: server.bind: `server` is no section");
}

#[test]
fn a_variable_with_an_empty_part_is_a_fault() {
    let faults = read("", &[("BROKER____BIND", "x")], |_| Some(()));
    assert_eq!(faults.unwrap_err().to_string(), "BROKER____BIND: .bind: is not BROKER__SECTION__KEY");
}

#[test]
fn a_whole_section_may_come_from_a_variable() {
    let variables = [("BROKER__A", "{ x = 1, y = \"two\" }"), ("BROKER__A__Y", "three")];
    let pair = read("[a]\nz = 9\n", &variables, |document| {
        let section = document.section("a");
        let (x, y) = (section.integer("x", 0..=9).required(), section.text("y").required());
        Some((x?, y?))
    });
    assert_eq!(pair.unwrap(), (1, "three".to_owned()));
}

#[test]
fn variables_of_other_programs_are_not_looked_at() {
    let nothing = read("", &[("BROKERX__A", "1"), ("BROKER_A", "1"), ("PATH", "/bin")], |_| Some(()));
    assert!(nothing.is_ok());
}

#[test]
fn the_debug_form_of_an_environment_shows_no_value() {
    let environment = Environment::empty().with("BROKER__SECRET", "canary");
    assert_eq!(format!("{environment:?}"), "{\"BROKER__SECRET\"}");
}
