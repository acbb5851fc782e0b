//! What does the process environment say? The only place in the workspace that reads it.

use std::collections::BTreeMap;
use std::fmt;

/// A copy of the environment variables, taken once at start. `Debug` shows names only, since values may be secrets.
#[derive(Clone, Default)]
pub struct Environment {
    variables: BTreeMap<String, Option<String>>,
}

impl Environment {
    /// The environment of this process. A value that is not UTF-8 is kept as unreadable, and is a fault where it is used.
    #[must_use]
    pub fn from_process() -> Self {
        let variables = std::env::vars_os()
            .map(|(name, value)| (name.to_string_lossy().into_owned(), value.into_string().ok()))
            .collect();
        Self { variables }
    }

    /// No variables at all: what a test and the province use.
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    /// The same with one variable more, or with another value for it.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.variables.insert(name.into(), Some(value.into()));
        self
    }

    /// The variables `PREFIX__…` without the prefix, in the order of their names: whole name, rest of the name, and the
    /// value, which is `None` when it is not UTF-8.
    pub(super) fn below<'e>(&'e self, prefix: &str) -> impl Iterator<Item = (&'e str, &'e str, Option<&'e str>)> {
        let prefix = format!("{prefix}__");
        self.variables.iter().filter_map(move |(name, value)| {
            let rest = name.strip_prefix(&prefix)?;
            Some((name.as_str(), rest, value.as_deref()))
        })
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.variables.keys()).finish()
    }
}
