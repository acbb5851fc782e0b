//! The provider's answer as it arrived: the raw query, because some dialects break when a parser is clever.

use std::{borrow::Cow, fmt};

use zeroize::Zeroizing;

/// The raw query of a callback. It may hold codes and keys, so it never prints.
#[derive(Clone)]
pub struct Callback(Zeroizing<String>);

impl Callback {
    /// Takes the raw query, without the question mark.
    #[must_use]
    pub fn new(raw_query: &str) -> Self {
        Self(Zeroizing::new(raw_query.to_owned()))
    }

    /// The raw query.
    #[must_use]
    pub fn raw(&self) -> &str {
        &self.0
    }

    /// The parameter, decoded as a form does: `+` becomes a space. `None` when it is missing, repeated or not UTF-8.
    #[must_use]
    pub fn form_parameter(&self, name: &str) -> Option<String> {
        self.single(name, true)
    }

    /// The parameter with only `%XX` decoded, so that base64 keeps its `+`. `None` when it is missing, repeated or not
    /// UTF-8.
    #[must_use]
    pub fn raw_parameter(&self, name: &str) -> Option<String> {
        self.single(name, false)
    }

    fn single(&self, name: &str, plus_is_space: bool) -> Option<String> {
        let mut found = self.0.split('&').filter_map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(key, true)? == name).then_some(value)
        });
        let value = found.next()?;
        if found.next().is_some() {
            return None;
        }
        decode(value, plus_is_space).map(Cow::into_owned)
    }
}

fn decode(text: &str, plus_is_space: bool) -> Option<Cow<'_, str>> {
    let text =
        if plus_is_space && text.contains('+') { Cow::Owned(text.replace('+', " ")) } else { Cow::Borrowed(text) };
    match text {
        Cow::Borrowed(text) => percent_encoding::percent_decode_str(text).decode_utf8().ok(),
        Cow::Owned(text) => {
            percent_encoding::percent_decode_str(&text).decode_utf8().ok().map(|text| Cow::Owned(text.into_owned()))
        }
    }
}

impl fmt::Debug for Callback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Callback(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plus_survives_only_in_the_raw_reading() {
        let callback = Callback::new("state=a&code=Zm9v+YmFy%2B%3D");
        assert_eq!(callback.raw_parameter("code").as_deref(), Some("Zm9v+YmFy+="));
        assert_eq!(callback.form_parameter("code").as_deref(), Some("Zm9v YmFy+="));
    }

    #[test]
    fn a_missing_repeated_or_broken_parameter_is_none() {
        assert_eq!(Callback::new("a=1").raw_parameter("code"), None);
        assert_eq!(Callback::new("code=1&code=1").raw_parameter("code"), None);
        assert_eq!(Callback::new("code=%ff").raw_parameter("code"), None);
        assert_eq!(Callback::new("code=1&c%6Fde=2").raw_parameter("code"), None);
    }
}
