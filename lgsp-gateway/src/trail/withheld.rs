//! Which fields of an answer were withheld, and how many?

use std::{
    collections::HashSet,
    hash::{BuildHasher, BuildHasherDefault, DefaultHasher},
};

/// How many names are kept; of more the rest is only counted.
const MOST_NAMES: usize = 200;

type Hashing = BuildHasherDefault<DefaultHasher>;

/// The fields that were withheld from an answer: names of the contract, never values. The count is always whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Withheld {
    names: Vec<String>,
    /// All that were added, by their hashes: an answer may have more of them than anybody wants to hold.
    seen: HashSet<u64, Hashing>,
}

impl Withheld {
    /// Adds a field; once is enough.
    pub fn add(&mut self, name: &str) {
        if self.seen.insert(Hashing::default().hash_one(name)) && self.names.len() < MOST_NAMES {
            self.names.push(name.to_owned());
        }
    }

    /// The first of them.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.seen.len()
    }

    /// Whether nothing was withheld.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.seen.is_empty()
    }

    /// How many there are besides those whose names are kept.
    #[must_use]
    pub fn more(&self) -> usize {
        self.len().saturating_sub(self.names.len())
    }
}

impl<T: AsRef<str>> FromIterator<T> for Withheld {
    fn from_iter<I: IntoIterator<Item = T>>(names: I) -> Self {
        let mut withheld = Self::default();
        names.into_iter().for_each(|name| withheld.add(name.as_ref()));
        withheld
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_counts_once_and_the_first_are_named() {
        let names: Vec<_> = (0..1000).map(|number| format!("Truong{number}")).collect();
        let withheld: Withheld = names.iter().chain(&names).collect();
        assert_eq!((withheld.names(), withheld.len(), withheld.more()), (&names[..200], 1000, 800));
        assert!(!withheld.is_empty() && Withheld::default().is_empty());
    }
}
