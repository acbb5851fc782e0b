//! How entries stand one after the other: the entry bundle of C2SP `tlog-tiles`, each entry preceded by its length as two
//! bytes, big-endian.

/// The longest entry, in bytes.
pub const LONGEST: usize = 65_535;

/// Why bytes are no entries, or an entry cannot be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// It is longer than [`LONGEST`].
    #[error("the entry is longer than {LONGEST} bytes")]
    TooLong,
    /// The bytes end within an entry or within its length.
    #[error("the bytes end within an entry")]
    Cut,
}

/// Adds an entry to a bundle.
///
/// # Errors
/// [`EntryError::TooLong`]; then nothing was added.
pub fn push(bundle: &mut Vec<u8>, entry: &[u8]) -> Result<(), EntryError> {
    let length = u16::try_from(entry.len()).map_err(|_| EntryError::TooLong)?;
    bundle.extend_from_slice(&length.to_be_bytes());
    bundle.extend_from_slice(entry);
    Ok(())
}

/// The entries of a bundle, in order. After an error it ends.
#[derive(Clone, Debug)]
pub struct Entries<'a>(&'a [u8]);

impl<'a> Entries<'a> {
    /// Reads a bundle.
    #[must_use]
    pub const fn of(bundle: &'a [u8]) -> Self {
        Self(bundle)
    }

    /// What was not read yet, a bundle of its own.
    #[must_use]
    pub const fn rest(&self) -> &'a [u8] {
        self.0
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = Result<&'a [u8], EntryError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let split = self
            .0
            .split_first_chunk::<2>()
            .and_then(|(length, rest)| rest.split_at_checked(usize::from(u16::from_be_bytes(*length))));
        self.0 = split.map_or(&[], |(_, rest)| rest);
        Some(split.map(|(entry, _)| entry).ok_or(EntryError::Cut))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_read_back_and_a_cut_bundle_is_found() {
        let mut bundle = Vec::new();
        let longest = vec![7; LONGEST];
        for entry in [&b"first"[..], b"", &longest] {
            push(&mut bundle, entry).unwrap();
        }
        assert_eq!(push(&mut bundle, &vec![0; LONGEST + 1]), Err(EntryError::TooLong));
        let read: Vec<_> = Entries::of(&bundle).map(Result::unwrap).collect();
        assert_eq!(read, [&b"first"[..], b"", &longest]);
        for end in [1, 3, bundle.len() - 1] {
            let read: Vec<_> = Entries::of(&bundle[..end]).collect();
            assert_eq!(read.last(), Some(&Err(EntryError::Cut)), "{end}");
        }
    }
}
