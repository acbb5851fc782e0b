//! Headers that decide something come once: two readers must not see two values.

use http::{HeaderMap, HeaderName};

use crate::refusal::{Code, Refusal};

/// Besides every `lgsp-*` header.
const ONCE: [&str; 12] = [
    "host",
    "content-digest",
    "content-length",
    "content-type",
    "signature-input",
    "signature",
    "authorization",
    "dpop",
    "x-road-client",
    "x-road-id",
    "x-road-userid",
    "x-road-represented-party",
];

/// Refuses a message in which one of them is repeated, and names it.
///
/// # Errors
/// [`Code::RepeatedHeader`].
pub fn refuse_repeated(headers: &HeaderMap) -> Result<(), Refusal> {
    // Most messages repeat nothing at all, and that is quickly seen.
    if headers.len() == headers.keys_len() {
        return Ok(());
    }
    let repeated = |name: &&HeaderName| headers.get_all(*name).iter().nth(1).is_some();
    let decides = |name: &&HeaderName| ONCE.contains(&name.as_str()) || name.as_str().starts_with("lgsp-");
    match headers.keys().filter(decides).find(repeated) {
        Some(name) => Err(Refusal::new(Code::RepeatedHeader).detail(name.as_str().to_owned())),
        None => Ok(()),
    }
}
