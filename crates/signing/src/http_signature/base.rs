//! The signature base: the exact bytes that are signed (RFC 9421 §2.5).

use std::borrow::Cow;

use base64::{Engine, engine::general_purpose::STANDARD};
use http::HeaderMap;
use sfv::{Dictionary, FieldType, Item, List, ListEntry, Parser};

use super::{
    component::Component,
    message::{Message, Request},
};

/// Why there is no signature base. It repeats nothing of the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BaseError {
    /// A covered component is not known, or has parameters that are not known or contradict each other.
    #[error("a covered component is not known")]
    Component,
    /// A covered component is listed twice.
    #[error("a covered component is repeated")]
    Repeated,
    /// A covered component is not in the message, or `;req` is used where there is no request to take it from.
    #[error("a covered component is not in the message")]
    Missing,
    /// The value of a covered component cannot be written: not ASCII, or not the structured field it should be.
    #[error("the value of a covered component cannot be signed")]
    Value,
}

/// Builds the base. `parameters` is the strict form of the inner list with its parameters: the value of
/// `@signature-params`.
///
/// # Errors
/// [`BaseError`], at the first component that fails; then there is no base at all.
pub fn signature_base(
    message: &Message<'_>,
    components: &[Component<'_>],
    parameters: &str,
) -> Result<String, BaseError> {
    // A path, a token and a dozen short fields; what is larger grows.
    let mut base = String::with_capacity(1024 + 2 * parameters.len());
    for (place, component) in components.iter().enumerate() {
        // The order of a component's parameters does not make it another one.
        let same = |other: &Component<'_>| {
            let alike = (&other.name, &other.key, &other.query_parameter);
            alike == (&component.name, &component.key, &component.query_parameter)
                && (other.req, other.sf, other.bs) == (component.req, component.sf, component.bs)
        };
        if components.iter().take(place).any(same) {
            return Err(BaseError::Repeated);
        }
        base.push_str(&component.identifier);
        base.push_str(": ");
        write_value(message, component, &mut base)?;
        base.push('\n');
    }
    base.push_str("\"@signature-params\": ");
    base.push_str(parameters);
    if base.is_ascii() { Ok(base) } else { Err(BaseError::Value) }
}

/// Appends the value of one component, from the message or, with `;req`, from the request it answers.
pub(super) fn write_value(
    message: &Message<'_>,
    component: &Component<'_>,
    base: &mut String,
) -> Result<(), BaseError> {
    let (request, headers) = match (message, component.req) {
        (Message::Request(request), false) => (Some(request), request.headers),
        (Message::Response(response), true) => {
            let request = response.request.as_ref().ok_or(BaseError::Missing)?;
            (Some(request), request.headers)
        }
        (Message::Response(response), false) => (None, response.headers),
        (Message::Request(_), true) => return Err(BaseError::Component),
    };
    if !component.name.starts_with('@') {
        return write_field(headers, component, base);
    }
    let start = base.len();
    match (component.name.as_ref(), message, request) {
        ("@status", Message::Response(response), None) => base.push_str(response.status.as_str()),
        (name, _, Some(request)) => write_derived(request, name, component, base)?,
        _ => return Err(BaseError::Component),
    }
    if is_printable(base.get(start..).unwrap_or_default()) { Ok(()) } else { Err(BaseError::Value) }
}

/// Whether a derived component can have this value (§2.2): printable characters and spaces, none of them at an end.
pub(super) fn is_printable(value: &str) -> bool {
    value.bytes().all(|byte| (0x20..=0x7e).contains(&byte)) && value.trim_matches(' ') == value
}

fn write_derived(
    request: &Request<'_>,
    name: &str,
    component: &Component<'_>,
    base: &mut String,
) -> Result<(), BaseError> {
    let path = if request.path.is_empty() { "/" } else { request.path };
    match name {
        "@method" => base.push_str(request.method.as_str()),
        "@scheme" => base.push_str(&request.scheme.to_ascii_lowercase()),
        "@authority" => base.push_str(&authority(request)),
        "@path" => base.push_str(path),
        "@query" => {
            base.push('?');
            base.push_str(request.query.unwrap_or_default());
        }
        "@request-target" => write_target(path, request.query, base),
        "@target-uri" => {
            base.push_str(&request.scheme.to_ascii_lowercase());
            base.push_str("://");
            base.push_str(&authority(request));
            write_target(path, request.query, base);
        }
        "@query-param" => {
            let wanted = component.query_parameter.as_deref().ok_or(BaseError::Component)?;
            base.push_str(&query_parameter(request.query.unwrap_or_default(), wanted)?);
        }
        _ => return Err(BaseError::Component),
    }
    Ok(())
}

fn write_target(path: &str, query: Option<&str>, base: &mut String) {
    base.push_str(path);
    if let Some(query) = query {
        base.push('?');
        base.push_str(query);
    }
}

/// §2.2.3: lower case, without the default port.
fn authority<'a>(request: &Request<'a>) -> Cow<'a, str> {
    let default_port = if request.scheme.eq_ignore_ascii_case("https") { ":443" } else { ":80" };
    let host = request.authority.strip_suffix(default_port).unwrap_or(request.authority);
    if host.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(host.to_ascii_lowercase())
    } else {
        Cow::Borrowed(host)
    }
}

/// §2.2.8: decoded as a form, then encoded in the one way that has no white space in it. A name that occurs twice cannot be
/// signed.
fn query_parameter(query: &str, wanted: &str) -> Result<String, BaseError> {
    let mut found = None;
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        if encoded(&name) == wanted && found.replace(encoded(&value)).is_some() {
            return Err(BaseError::Repeated);
        }
    }
    found.ok_or(BaseError::Missing)
}

fn encoded(text: &str) -> String {
    // The serializer of forms differs from "percent-encode after encoding" only in the space.
    form_urlencoded::byte_serialize(text.as_bytes()).map(|part| if part == "+" { "%20" } else { part }).collect()
}

fn write_field(headers: &HeaderMap, component: &Component<'_>, base: &mut String) -> Result<(), BaseError> {
    let mut lines = headers.get_all(component.name.as_ref()).iter().map(http::HeaderValue::as_bytes).peekable();
    if lines.peek().is_none() {
        return Err(BaseError::Missing);
    }
    if component.bs {
        return write_wrapped(lines, base);
    }
    if !component.sf && component.key.is_none() {
        return write_combined(lines, base);
    }
    let mut combined = String::new();
    write_combined(lines, &mut combined)?;
    let strict = match &component.key {
        Some(key) => strict_member(&component.name, &combined, key)?,
        None => strict_field(&component.name, &combined)?,
    };
    base.push_str(&strict);
    Ok(())
}

/// §2.1: each line without white space around it, folded lines made one, joined by comma and space.
fn write_combined<'a>(lines: impl Iterator<Item = &'a [u8]>, base: &mut String) -> Result<(), BaseError> {
    for (number, line) in lines.enumerate() {
        if number > 0 {
            base.push_str(", ");
        }
        base.push_str(&unfolded(line)?);
    }
    Ok(())
}

/// §2.1.3: each line as a byte sequence of its own.
fn write_wrapped<'a>(lines: impl Iterator<Item = &'a [u8]>, base: &mut String) -> Result<(), BaseError> {
    for (number, line) in lines.enumerate() {
        base.push_str(if number > 0 { ", :" } else { ":" });
        STANDARD.encode_string(trim(line), base);
        base.push(':');
    }
    Ok(())
}

fn trim(line: &[u8]) -> &[u8] {
    let space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    let start = line.iter().position(|byte| !space(byte)).unwrap_or(line.len());
    let end = line.iter().rposition(|byte| !space(byte)).map_or(start, |last| last + 1);
    line.get(start..end).unwrap_or_default()
}

/// Obsolete folding becomes one space (RFC 9112 §5.2). A line break in any other place, a control character or a byte that
/// is not ASCII could be read as another line of the base, and cannot be signed.
pub(super) fn unfolded(line: &[u8]) -> Result<Cow<'_, str>, BaseError> {
    let line = std::str::from_utf8(trim(line)).map_err(|_| BaseError::Value)?;
    let plain = |text: &str| text.bytes().all(|byte| byte == b'\t' || (0x20..=0x7e).contains(&byte));
    if plain(line) {
        return Ok(Cow::Borrowed(line));
    }
    let mut pieces = line.split("\r\n");
    let mut joined = pieces.next().unwrap_or_default().trim_end_matches([' ', '\t']).to_owned();
    for piece in pieces {
        if !piece.starts_with([' ', '\t']) {
            return Err(BaseError::Value);
        }
        joined.push(' ');
        joined.push_str(piece.trim_matches([' ', '\t']));
    }
    if plain(&joined) { Ok(Cow::Owned(joined)) } else { Err(BaseError::Value) }
}

/// The shape of a structured field.
enum Shape {
    Dictionary,
    List,
    Item,
}

/// The fields of which the shape is known; `;sf` and `;key` on any other are errors (§2.1.1, §2.1.2).
fn shape(name: &str) -> Option<Shape> {
    match name {
        "signature"
        | "signature-input"
        | "accept-signature"
        | "content-digest"
        | "repr-digest"
        | "want-content-digest"
        | "want-repr-digest"
        | "priority"
        | "lgsp-decision" => Some(Shape::Dictionary),
        "cache-status" | "proxy-status" | "client-cert-chain" => Some(Shape::List),
        "lgsp-client" | "lgsp-service" | "lgsp-id" | "lgsp-purpose" | "lgsp-legal-basis" | "lgsp-procedure"
        | "client-cert" => Some(Shape::Item),
        #[cfg(test)]
        "example-dict" => Some(Shape::Dictionary),
        _ => None,
    }
}

fn strict_field(name: &str, value: &str) -> Result<String, BaseError> {
    let parser = Parser::new(value);
    match shape(name).ok_or(BaseError::Component)? {
        Shape::Dictionary => parser.parse::<Dictionary>().ok().and_then(|field| field.serialize()),
        Shape::List => parser.parse::<List>().ok().and_then(|field| field.serialize()),
        Shape::Item => parser.parse::<Item>().ok().map(|field| field.serialize()),
    }
    .ok_or(BaseError::Value)
}

fn strict_member(name: &str, value: &str, key: &str) -> Result<String, BaseError> {
    let Some(Shape::Dictionary) = shape(name) else { return Err(BaseError::Component) };
    let dictionary = Parser::new(value).parse::<Dictionary>().map_err(|_| BaseError::Value)?;
    match dictionary.get(key).ok_or(BaseError::Missing)? {
        ListEntry::Item(item) => Ok(item.serialize()),
        ListEntry::InnerList(list) => vec![ListEntry::InnerList(list.clone())].serialize().ok_or(BaseError::Value),
    }
}
