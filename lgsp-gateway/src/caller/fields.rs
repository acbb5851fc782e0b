//! How is one header read? Once, short, and without anything that could be taken for something else in a record.

use std::borrow::Cow;

use http::HeaderMap;
use sfv::{BareItem, Item, Parser};
use types::SubsystemId;

use crate::refusal::{Code, Refusal};

/// The longest free text that a caller may put into a record, in bytes.
pub const LONGEST_TEXT: usize = 255;

/// The value of a header that may come once; `None` when it did not come.
///
/// # Errors
/// [`Code::RepeatedHeader`] when it came twice, [`Code::BadRequest`] when it is not printable ASCII.
pub fn single<'h>(headers: &'h HeaderMap, name: &'static str) -> Result<Option<&'h str>, Refusal> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Refusal::new(Code::RepeatedHeader).detail(name));
    }
    let text = value.to_str().map_err(|_| unreadable(name))?;
    Ok(Some(text))
}

/// A structured item that is a string or a token, without parameters (RFC 9651 §3.3).
///
/// # Errors
/// As [`single`]; also for any other item, an empty one, and one longer than 255 bytes.
pub fn item(headers: &HeaderMap, name: &'static str) -> Result<Option<String>, Refusal> {
    let Some(text) = single(headers, name)? else { return Ok(None) };
    let value = match simple(text) {
        Some(value) => value.to_owned(),
        None => parsed(text).ok_or_else(|| unreadable(name))?,
    };
    if is_text(&value) { Ok(Some(value)) } else { Err(unreadable(name)) }
}

/// A string without an escape in it, which is nearly all that comes: what stands between the quotes is its value.
fn simple(text: &str) -> Option<&str> {
    let value = text.strip_prefix('"')?.strip_suffix('"')?;
    value.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\').then_some(value)
}

fn parsed(text: &str) -> Option<String> {
    let item: Item = Parser::new(text).parse().ok().filter(|item: &Item| item.params.is_empty())?;
    match item.bare_item {
        BareItem::String(value) => Some(value.as_str().to_owned()),
        BareItem::Token(value) => Some(value.as_str().to_owned()),
        _ => None,
    }
}

/// Text as X-Road sends it.
///
/// # Errors
/// As [`single`]; also for an empty text, and one longer than 255 bytes.
pub fn text(headers: &HeaderMap, name: &'static str) -> Result<Option<String>, Refusal> {
    match single(headers, name)? {
        Some(value) if is_text(value) => Ok(Some(value.to_owned())),
        Some(_) => Err(unreadable(name)),
        None => Ok(None),
    }
}

/// An id of a message: visible ASCII without white space, quotes, and backslashes.
///
/// # Errors
/// [`Code::BadRequest`] for anything else.
pub fn message_id(text: String, name: &'static str) -> Result<String, Refusal> {
    let fits = text.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\' | b'\'' | b'<' | b'>'));
    if fits { Ok(text) } else { Err(unreadable(name)) }
}

/// A list of identifiers between slashes, each percent-encoded on its own (X-Road PR-REST §4.2), of one of these lengths.
///
/// # Errors
/// [`Code::BadRequest`] for anything else.
pub fn parts(text: &str, lengths: std::ops::RangeInclusive<usize>, name: &'static str) -> Result<String, Refusal> {
    let decoded = text.split('/').map(decode).collect::<Option<Vec<_>>>().ok_or_else(|| unreadable(name))?;
    let fits = lengths.contains(&decoded.len()) && decoded.iter().all(|part| types::member::is_part(part));
    if fits { Ok(decoded.join("/")) } else { Err(unreadable(name)) }
}

/// A subsystem in X-Road's form.
///
/// # Errors
/// As [`parts`].
pub fn subsystem(text: &str, name: &'static str) -> Result<SubsystemId, Refusal> {
    SubsystemId::parse(&parts(text, 4..=4, name)?).map_err(|_| unreadable(name))
}

/// What is said of a header that cannot be read: its name, never its value.
#[must_use]
pub fn unreadable(name: &'static str) -> Refusal {
    Refusal::new(Code::BadRequest).detail(name)
}

/// What is said of a header that must be there.
#[must_use]
pub fn missing(name: &'static str) -> Refusal {
    Refusal::new(Code::BadRequest).detail(format!("{name} is missing"))
}

fn is_text(text: &str) -> bool {
    (1..=LONGEST_TEXT).contains(&text.len())
        && text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic())
        && text.trim() == text
}

/// Percent-decodes one part; `None` unless every percent sign has its two digits.
fn decode(part: &str) -> Option<Cow<'_, str>> {
    let whole = part.split('%').skip(1).all(|rest| {
        let mut digits = rest.bytes();
        digits.next().is_some_and(|digit| digit.is_ascii_hexdigit())
            && digits.next().is_some_and(|digit| digit.is_ascii_hexdigit())
    });
    whole.then(|| percent_encoding::percent_decode_str(part).decode_utf8().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_simple_string_is_what_the_whole_rule_reads() {
        for text in ["\"\"", "\"a\"", "\"a b~ !\"", "\"VN/GOV/000.00.15.H19/mot-cua\""] {
            assert_eq!(simple(text).map(str::to_owned), parsed(text), "{text}");
            assert!(simple(text).is_some(), "{text}");
        }
        for text in [
            "",
            "\"",
            "a",
            "\"a",
            "a\"",
            "\"a\"b\"",
            "\"a\\\"\"",
            "\"a\\\\\"",
            "\"a\";x",
            "\"a\" ",
            "\"\u{7f}\"",
            "\"\t\"",
            "\"ộ\"",
        ] {
            assert_eq!(simple(text), None, "{text}");
        }
    }
}
