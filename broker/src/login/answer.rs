//! The answer to the application: in the query, always with `iss` (RFC 9207).

use url::Url;

use crate::authorization::{accepted::ReturnAddress, refusal::ClientRefusal};

/// A successful answer (RFC 6749 §4.1.2).
#[must_use]
pub fn code(issuer: &str, back: &ReturnAddress, code: &str) -> Option<Url> {
    build(issuer, back, &[("code", code)])
}

/// An error answer (RFC 6749 §4.1.2.1).
#[must_use]
pub fn error(issuer: &str, back: &ReturnAddress, refusal: &ClientRefusal) -> Option<Url> {
    build(issuer, back, &[("error", refusal.code.name()), ("error_description", refusal.description)])
}

/// Appends to the registered address, whose own query stays as it is (RFC 6749 §3.1.2).
fn build(issuer: &str, back: &ReturnAddress, pairs: &[(&str, &str)]) -> Option<Url> {
    let mut answer = form_urlencoded::Serializer::new(String::new());
    answer.extend_pairs(pairs);
    if let Some(state) = back.state() {
        answer.append_pair("state", state);
    }
    answer.append_pair("iss", issuer);
    let mut url = Url::parse(back.redirect_uri()).ok()?;
    let query = match url.query() {
        Some(own) if !own.is_empty() => format!("{own}&{}", answer.finish()),
        _ => answer.finish(),
    };
    url.set_query(Some(&query));
    Some(url)
}
