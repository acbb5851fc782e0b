//! How do environment variables change the tree? `PREFIX__SECTION__KEY=value` sets `key` in `[section]`.

use super::environment::Environment;
use super::fault::Origin;
use super::tree::{self, Node, Table, Value};
use toml::de::DeValue;

/// A variable that could not be laid over the file: its name, the dotted key it means, and what is wrong.
type Refused = (String, String, String);

/// Lays every variable with this prefix over the tree, in the order of their names.
pub(super) fn apply(root: &mut Table, prefix: &str, environment: &Environment) -> Vec<Refused> {
    let mut refused = Vec::new();
    for (name, rest, value) in environment.below(prefix) {
        let segments: Vec<String> = rest.split("__").map(str::to_lowercase).collect();
        let key = segments.join(".");
        let outcome = match value {
            None => Err("is not UTF-8".to_owned()),
            Some(_) if segments.iter().any(String::is_empty) => Err(format!("is not {prefix}__SECTION__KEY")),
            Some(text) => set(root, &segments, name, text),
        };
        if let Err(message) = outcome {
            refused.push((name.to_owned(), key, message));
        }
    }
    refused
}

fn set(table: &mut Table, segments: &[String], variable: &str, text: &str) -> Result<(), String> {
    let Some((segment, below)) = segments.split_first() else { return Ok(()) };
    let key = existing_name(table, segment)?;
    let origin = Origin::Variable(variable.to_owned());
    if below.is_empty() {
        table.entries.insert(key, Node { value: read(text, &origin), origin });
        return Ok(());
    }
    let node = table.entries.entry(key).or_insert_with(|| Node { origin, value: Value::Table(Table::default()) });
    match node.value.as_table_mut() {
        Some(inner) => set(inner, below, variable, text),
        None => Err(format!("`{segment}` is no section")),
    }
}

/// The key a variable means: `can_bo` is `can-bo` where the file says so, since a shell knows no `-` in names.
fn existing_name(table: &Table, segment: &str) -> Result<String, String> {
    if table.entries.contains_key(segment) {
        return Ok(segment.to_owned());
    }
    let mut same = table.entries.keys().filter(|key| key.to_lowercase().replace('-', "_") == *segment);
    match (same.next(), same.next()) {
        (None, _) => Ok(segment.to_owned()),
        (Some(key), None) => Ok(key.clone()),
        (Some(one), Some(other)) => Err(format!("may mean `{one}` or `{other}`")),
    }
}

fn read(text: &str, origin: &Origin) -> Value {
    let literal = text.trim_start().starts_with(['[', '{']).then(|| DeValue::parse(text.trim()).ok()).flatten();
    let literal = literal.map(|parsed| Box::new(tree::value(parsed.get_ref(), &|_| origin.clone())));
    Value::Variable { text: text.to_owned(), literal }
}
