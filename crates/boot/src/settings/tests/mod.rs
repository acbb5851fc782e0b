//! Every kind of fault has a test that provokes it, and every reader one that it reads.

mod faults;
mod overlay;
mod readers;
mod secrets;

use super::{Document, Environment, Faults};

/// Reads `text` as `broker.toml` with these variables, asks `ask`, and hands back what came out.
fn read<T>(text: &str, variables: &[(&str, &str)], ask: impl FnOnce(&Document) -> Option<T>) -> Result<T, Faults> {
    let environment = variables.iter().fold(Environment::empty(), |all, (name, value)| all.with(*name, *value));
    let document = Document::parse(text, "broker.toml".as_ref(), "BROKER", &environment);
    let built = ask(&document);
    document.finish(built)
}

/// The same, when faults are expected: the report, line by line.
fn faults<T: std::fmt::Debug>(text: &str, ask: impl FnOnce(&Document) -> Option<T>) -> Vec<String> {
    read(text, &[], ask).unwrap_err().to_string().lines().map(str::to_owned).collect()
}
