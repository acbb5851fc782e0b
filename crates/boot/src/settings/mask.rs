//! How are settings shown without showing a secret?

use super::fault::Origin;
use super::tree::{Table, Value};
use std::fmt::Write;

/// A key with one of these in its name is not shown, whatever it holds. A `*_file` key is: it holds a path.
const SECRET_WORDS: [&str; 6] = ["secret", "password", "passphrase", "token", "credential", "private"];

pub(super) fn print(file: &str, root: &Table) -> String {
    let mut lines = String::new();
    table(file, "", root, &mut lines);
    lines
}

fn table(file: &str, path: &str, of: &Table, lines: &mut String) {
    for (key, node) in &of.entries {
        let name = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        if let Some(inner) = node.value.as_table() {
            table(file, &name, inner, lines);
            continue;
        }
        let shown = if is_secret(key) { "***".to_owned() } else { value(file, &node.value) };
        let place = match &node.origin {
            Origin::Line(line) => format!("{file}:{line}"),
            Origin::File => file.to_owned(),
            Origin::Variable(name) => name.clone(),
        };
        // Writing to a String cannot fail.
        let _ = writeln!(lines, "{name} = {shown}  # {place}");
    }
}

fn value(file: &str, of: &Value) -> String {
    match of {
        Value::Text(text) | Value::Variable { text, .. } => format!("{:?}", without_password(text)),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Flag(flag) => flag.to_string(),
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(|item| value(file, &item.value)).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Table(inner) => {
            let mut lines = String::new();
            table(file, "", inner, &mut lines);
            format!("{{ {} }}", lines.trim_end().replace('\n', ", "))
        }
        Value::Unsupported(kind) => (*kind).to_owned(),
    }
}

fn is_secret(key: &str) -> bool {
    let key = key.to_lowercase();
    !key.ends_with("_file") && SECRET_WORDS.iter().any(|word| key.contains(word))
}

/// An address such as `postgres://user:password@host/` loses what stands between scheme and `@`.
fn without_password(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    match authority.rsplit_once('@') {
        Some((user, _)) if user.contains(':') => {
            let after = rest.get(user.len()..).unwrap_or_default();
            format!("{scheme}://***{after}")
        }
        _ => text.to_owned(),
    }
}
