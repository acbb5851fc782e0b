//! Which path is decided on and forwarded? One, with no second reading.
//!
//! Every gateway that decided on one reading of a path and forwarded another was passed by (CVE-2021-43557, CVE-2019-9901,
//! X-Road 7.7.1). So a path that could be read in two ways is refused, and what is left has one form: unreserved characters
//! as themselves, everything else percent-encoded in capitals (RFC 3986 §6.2.2).

use std::fmt::Write;

/// Why a path is refused. It repeats nothing of the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// It does not begin with `/`, or is longer than 4 096 bytes.
    #[error("the path must begin with '/' and have at most 4096 bytes")]
    Form,
    /// A byte that may not stand in a path unencoded: white space, `\`, controls, bytes above 127.
    #[error("a character must not stand in a path unencoded")]
    Character,
    /// `%` without two hexadecimal digits behind it.
    #[error("a percent sign is not followed by two hexadecimal digits")]
    Percent,
    /// An encoded separator, control, or percent sign that hides another encoding.
    #[error("an encoded separator, control character or percent sign")]
    Hidden,
    /// Encoded bytes that are not UTF-8 in its shortest form.
    #[error("encoded bytes are not UTF-8")]
    Utf8,
    /// A character that other software turns into a separator or a dot, or that nobody sees.
    #[error("a character that can be taken for another")]
    Lookalike,
    /// An empty segment, or one of dots.
    #[error("an empty segment, '.' or '..'")]
    Dots,
}

const LONGEST: usize = 4_096;

/// The one form of a whole path.
///
/// # Errors
/// [`PathError`], by the first thing that is wrong.
pub fn normalize(raw: &str) -> Result<String, PathError> {
    let rest = raw.strip_prefix('/').filter(|_| raw.len() <= LONGEST).ok_or(PathError::Form)?;
    let mut path = String::with_capacity(raw.len());
    let mut segments = rest.split('/').peekable();
    while let Some(segment) = segments.next() {
        path.push('/');
        // Only the last segment may be empty: a slash at the end.
        if segment.is_empty() && segments.peek().is_some() {
            return Err(PathError::Dots);
        }
        append(segment, &mut path)?;
    }
    Ok(path)
}

/// The one form of a literal segment of a template, which may be written with or without percent-encoding.
#[must_use]
pub fn segment(literal: &str) -> Option<String> {
    let mut encoded = String::with_capacity(literal.len());
    for byte in literal.bytes() {
        if is_plain(byte) || byte == b'%' {
            encoded.push(char::from(byte));
        } else {
            write!(encoded, "%{byte:02X}").ok()?;
        }
    }
    let mut normal = String::with_capacity(encoded.len());
    append(&encoded, &mut normal).ok()?;
    (!normal.is_empty()).then_some(normal)
}

/// Percent-decodes a normalised segment; what it gives is UTF-8 without separators and controls.
#[must_use]
pub fn decoded(segment: &str) -> String {
    percent_encoding::percent_decode_str(segment).decode_utf8_lossy().into_owned()
}

fn append(segment: &str, to: &mut String) -> Result<(), PathError> {
    let start = to.len();
    if !segment.contains('%') {
        if !segment.bytes().all(is_plain) {
            return Err(PathError::Character);
        }
        to.push_str(segment);
    } else {
        decode(segment, to)?;
    }
    let own = to.get(start..).unwrap_or_default();
    // `..;x` is `..` to software that cuts parameters off, and `.. ` to software that trims.
    let name = own.split(';').next().and_then(|name| name.split("%3B").next()).unwrap_or_default().replace("%20", "");
    let hollow = name.bytes().all(|byte| byte == b'.');
    if hollow && !own.is_empty() { Err(PathError::Dots) } else { Ok(()) }
}

/// Appends a segment that has percent signs.
fn decode(segment: &str, to: &mut String) -> Result<(), PathError> {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'%' => {
                let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
                let (high, low) = (digit(rest.next()), digit(rest.next()));
                let value = high.zip(low).and_then(|(high, low)| u8::try_from(high * 16 + low).ok());
                let value = value.ok_or(PathError::Percent)?;
                if matches!(value, b'/' | b'\\' | 0..=0x1f | 0x7f) {
                    return Err(PathError::Hidden);
                }
                bytes.push(value);
                if is_unreserved(value) { to.push(char::from(value)) } else { push_encoded(value, to)? }
            }
            plain if is_plain(plain) => {
                bytes.push(plain);
                to.push(char::from(plain));
            }
            _ => return Err(PathError::Character),
        }
    }
    let text = str::from_utf8(&bytes).map_err(|_| PathError::Utf8)?;
    if hides_an_encoding(&bytes) {
        return Err(PathError::Hidden);
    }
    if text.chars().any(is_lookalike) { Err(PathError::Lookalike) } else { Ok(()) }
}

fn push_encoded(byte: u8, to: &mut String) -> Result<(), PathError> {
    write!(to, "%{byte:02X}").map_err(|_| PathError::Form)
}

/// Whether decoding once more would change it: `%252e`, and `%25u002e` for software that knows that form.
fn hides_an_encoding(decoded: &[u8]) -> bool {
    decoded
        .windows(2)
        .any(|pair| matches!(pair, [b'%', next] if next.is_ascii_hexdigit() || matches!(next, b'u' | b'U' | b'%')))
}

/// RFC 3986 §2.3.
fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// A `pchar` that stands for itself (RFC 3986 §3.3).
fn is_plain(byte: u8) -> bool {
    is_unreserved(byte) || b"!$&'()*+,;=:@".contains(&byte)
}

/// Characters that compatibility mappings turn into `/`, `\`, `.` or `%`, and those that nobody sees.
fn is_lookalike(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{2024}'..='\u{2026}' // leaders: one, two, three dots
                | '\u{2044}' | '\u{2215}' | '\u{29F8}' | '\u{FF0F}' // slashes
                | '\u{2216}' | '\u{29F5}' | '\u{29F9}' | '\u{FE68}' | '\u{FF3C}' // backslashes
                | '\u{FE52}' | '\u{FF0E}' | '\u{3002}' | '\u{FF61}' // full stops
                | '\u{FE6A}' | '\u{FF05}' // percent signs
                | '\u{00AD}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
                | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFF}'
        )
}

#[cfg(test)]
pub(crate) mod tests;
