//! Which keys did nobody ask for? Each is a fault, because a misspelt setting must not silently be a default.

use super::document::Document;
use super::tree::{Table, Value};

/// Reports every key of a table that was read whose name nobody asked for, and looks into the tables below.
pub(super) fn report(document: &Document) {
    table(document, "", &document.root);
}

fn table(document: &Document, path: &str, of: &Table) {
    // A table nobody opened is either unknown and reported above, or of the wrong type and reported there.
    if !of.opened.get() {
        return;
    }
    let asked = of.asked.borrow();
    for (key, node) in &of.entries {
        let inner = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        if asked.contains(key) {
            value(document, &inner, &node.value);
            continue;
        }
        let missing = asked.iter().filter(|name| !of.entries.contains_key(*name));
        let hint = match nearest(key, missing) {
            Some(name) => format!("; did you mean `{name}`?"),
            None => String::new(),
        };
        let what = if node.value.as_table().is_some() { "section" } else { "setting" };
        document.report(node.origin.clone(), &inner, format!("is no {what} known here{hint}"));
    }
}

fn value(document: &Document, path: &str, of: &Value) {
    if let Some(inner) = of.as_table() {
        table(document, path, inner);
    }
    for (item, number) in of.as_list().unwrap_or_default().iter().zip(1..) {
        value(document, &format!("{path}[{number}]"), &item.value);
    }
}

/// The name that needs the fewest changes of a letter, if those are few for its length.
fn nearest<'n>(key: &str, names: impl Iterator<Item = &'n String>) -> Option<&'n str> {
    let allowed = (key.chars().count() / 3).max(1);
    let best = names.map(|name| (distance(key, name), name)).min()?;
    (best.0 <= allowed).then_some(best.1.as_str())
}

/// How many letters must be put in, taken out or changed to turn one word into the other (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    let letters: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=letters.len()).collect();
    for (number, letter) in one.chars().enumerate() {
        let mut diagonal = number;
        let mut left = number + 1;
        let mut next = Vec::with_capacity(row.len());
        next.push(left);
        for (above, against) in row.iter().skip(1).zip(&letters) {
            left = (left + 1).min(above + 1).min(diagonal + usize::from(letter != *against));
            diagonal = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}
