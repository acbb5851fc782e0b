//! docs/fail-closed.md, held against the tests it names; and every refusal of the gateway, held against the tests that provoke it.

use std::collections::BTreeSet;

use lgsp_gateway::refusal::Code;

use crate::{
    architecture::{is_test, test_modules},
    workspace::{root, sources},
};

const NOT_HERE: &str = "does not apply";

/// The names of all tests.
fn tests() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (_, text) in sources() {
        let mut lines = text.lines().map(str::trim);
        while let Some(line) = lines.next() {
            if line != "#[test]" && !line.starts_with("#[tokio::test") {
                continue;
            }
            let function = lines.by_ref().find(|line| line.contains("fn "));
            let name = function.and_then(|line| line.split("fn ").nth(1)?.split('(').next());
            names.extend(name.map(str::to_owned));
        }
    }
    names
}

#[test]
fn every_row_of_the_matrix_names_tests_that_are_there() {
    let text = std::fs::read_to_string(root().join("docs/fail-closed.md")).expect("the matrix is there");
    let tests = tests();
    let rows = text.lines().filter(|line| line.starts_with("| ") && !line.ends_with("| shown by |"));
    let mut faults = Vec::new();
    let mut count = 0;
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let [condition, _, shown] = cells[..] else { panic!("a row has three cells: {row}") };
        count += 1;
        if shown == NOT_HERE {
            continue;
        }
        let named: Vec<&str> = shown.split('`').skip(1).step_by(2).collect();
        if named.is_empty() {
            faults.push(format!("{condition}: no test"));
        }
        faults.extend(
            named.iter().filter(|name| !tests.contains(**name)).map(|name| format!("{condition}: there is no {name}")),
        );
    }
    assert!(count > 25 && faults.is_empty(), "{count} rows\n{}", faults.join("\n"));
}

/// The table for engineers of departments has a row for each refusal, and says of it what the gateway says.
#[test]
fn the_table_of_refusals_says_of_each_what_the_gateway_says() {
    let text = std::fs::read_to_string(root().join("docs/call-the-bus.md")).expect("the document is there");
    let table = text.split("## Các mã từ chối").nth(1).and_then(|rest| rest.split("\n## ").next()).expect("the table");
    let rows: Vec<Vec<&str>> = table
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect())
        .collect();
    for (code, row) in Code::ALL.iter().zip(&rows) {
        let [name, status, origin, retry, meaning, what_to_do] = row[..] else { panic!("six cells: {row:?}") };
        let again = if code.retry() { "có" } else { "không" };
        let wanted = (format!("`{}`", code.name()), code.status().as_str().to_owned(), code.origin().as_str(), again);
        assert_eq!((name.to_owned(), status.to_owned(), origin.trim_matches('`'), retry), wanted);
        assert!(meaning.len() > 10 && what_to_do.len() > 5, "{name} says nothing");
    }
    assert_eq!(rows.len(), Code::ALL.len());
}

#[test]
fn every_refusal_of_the_gateway_is_provoked_by_a_test() {
    let sources = sources();
    let modules = test_modules(&sources);
    // What holds for all of them alike shows none of them.
    let shows =
        |path: &str| is_test(path, &modules) && !path.ends_with("sign/tests.rs") && !path.ends_with("fail_closed.rs");
    let tests: Vec<&String> = sources.iter().filter(|(path, _)| shows(path)).map(|(_, text)| text).collect();
    let unseen = |code: &&Code| {
        let (name, variant) = (format!("\"{}\"", code.name()), format!("Code::{code:?}"));
        let whole = |text: &str| {
            text.match_indices(&variant)
                .any(|(at, _)| !text[at + variant.len()..].starts_with(|next: char| next.is_alphanumeric()))
        };
        !tests.iter().any(|text| text.contains(&name) || whole(text))
    };
    let missing: Vec<&str> = Code::ALL.iter().filter(unseen).map(|code| code.name()).collect();
    assert!(missing.is_empty(), "no test provokes {}", missing.join(", "));
}
