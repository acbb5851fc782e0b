//! Which fields can an answer have? What an agreement may name, and what may be named as withheld.

use std::collections::HashSet;

use serde_json::Value;

use super::{operation::Found, reference::resolve};

/// How many names a path has at most, so that a schema that holds itself comes to an end.
const DEEPEST: usize = 12;
/// How many paths are kept at most.
const MOST: usize = 10_000;

/// The dotted paths of all fields of all successful answers.
pub(super) fn fields(document: &Value, operations: &[Found<'_>]) -> HashSet<String> {
    let mut found = HashSet::new();
    for schema in operations.iter().flat_map(|operation| &operation.answers) {
        collect(document, schema, &mut String::new(), 0, &mut found);
    }
    found
}

fn collect(document: &Value, schema: &Value, path: &mut String, depth: usize, found: &mut HashSet<String>) {
    if depth > DEEPEST || found.len() >= MOST {
        return;
    }
    // In JSON Schema a reference stands beside other keywords, which count too.
    if schema.get("$ref").is_some()
        && let Ok(target) = resolve(document, schema)
    {
        collect(document, target, path, depth + 1, found);
    }
    for list in ["allOf", "anyOf", "oneOf"] {
        for part in schema.get(list).and_then(Value::as_array).into_iter().flatten() {
            collect(document, part, path, depth + 1, found);
        }
    }
    if let Some(items) = schema.get("items") {
        collect(document, items, path, depth + 1, found);
    }
    for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let before = path.len();
        if before > 0 {
            path.push('.');
        }
        path.push_str(name);
        if found.insert(path.clone()) || depth == 0 {
            collect(document, property, path, depth + 1, found);
        }
        path.truncate(before);
    }
}
