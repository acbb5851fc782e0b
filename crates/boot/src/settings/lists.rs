//! How are lists read? Item by item, so that each wrong one is reported on its own line.

use super::readers::{text_of, wrong_type};
use super::section::Section;
use super::setting::Setting;
use std::fmt::Display;

impl<'d> Section<'d> {
    /// A list of texts, none of them empty; a variable writes it as TOML: `["a", "b"]`.
    pub fn list_of_text(&self, key: &str) -> Setting<'d, Vec<String>> {
        self.list_of(key, |text| Ok::<_, String>(text.to_owned()))
    }

    /// A list of texts that `parse` understands. The error's `Display` becomes the fault.
    pub fn list_of<T, E: Display>(
        &self,
        key: &str,
        mut parse: impl FnMut(&str) -> Result<T, E>,
    ) -> Setting<'d, Vec<T>> {
        let document = self.document;
        let prefix = if self.path().is_empty() { String::new() } else { format!("{}.", self.path()) };
        self.setting(key, |node| {
            let items = node.value.as_list().ok_or_else(|| wrong_type("a list", &node.value))?;
            let mut values = Vec::with_capacity(items.len());
            for (item, number) in items.iter().zip(1..) {
                let read = text_of(item, "a text").and_then(|text| parse(text).map_err(|error| error.to_string()));
                match read {
                    Ok(value) => values.push(value),
                    Err(message) => document.report(item.origin.clone(), &format!("{prefix}{key}[{number}]"), message),
                }
            }
            // The items have been reported one by one, so the list itself has nothing to add.
            if values.len() == items.len() { Ok(values) } else { Err(String::new()) }
        })
    }
}
