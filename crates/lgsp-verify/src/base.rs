//! A signature base (RFC 9421 §2.5), read back: one line for each component that is covered.

/// The lines of a signature base.
pub(crate) struct Base<'a>(&'a str);

impl<'a> Base<'a> {
    pub(crate) const fn of(base: &'a str) -> Self {
        Self(base)
    }

    /// The value of a component by its whole identifier, as `"signature";req;key="lgsp"`; a text in quotes without them.
    /// `None` when it is not covered, or covered twice.
    pub(crate) fn item(&self, identifier: &str) -> Option<&'a str> {
        let values = |line: &'a str| line.strip_prefix(identifier).and_then(|rest| rest.strip_prefix(": "));
        let mut found = self.0.split('\n').filter_map(values);
        let value = found.next().filter(|_| found.next().is_none())?;
        Some(value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_component_is_found_by_its_whole_identifier() {
        let base = Base::of(
            "\"@status\": 200\n\"content-digest\";req: a\n\"content-digest\": b\n\"lgsp-id\": \"x\"\n\"t\": 1\n\"t\": 2",
        );
        assert_eq!(base.item("\"@status\""), Some("200"));
        assert_eq!(base.item("\"content-digest\""), Some("b"));
        assert_eq!(base.item("\"content-digest\";req"), Some("a"));
        assert_eq!(base.item("\"lgsp-id\""), Some("x"));
        assert_eq!((base.item("\"t\""), base.item("\"none\"")), (None, None));
    }
}
