//! Parameters of a query or a form, each at most once.

use std::collections::BTreeMap;

/// Parameters by name, decoded.
pub(super) struct Parameters(BTreeMap<String, String>);

impl Parameters {
    /// Reads `application/x-www-form-urlencoded`; `None` when a name comes twice.
    pub(super) fn read(encoded: &[u8]) -> Option<Self> {
        let mut found = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(encoded) {
            if found.insert(name.into_owned(), value.into_owned()).is_some() {
                return None;
            }
        }
        Some(Self(found))
    }

    /// The value, empty when there is none.
    pub(super) fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }
}
