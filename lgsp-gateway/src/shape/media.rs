//! Media types as contracts and messages name them.

use http::{HeaderMap, header::CONTENT_TYPE};

/// The type of a message without its parameters; `None` when it states none, or more than one.
pub(super) fn of(headers: &HeaderMap) -> Option<&str> {
    let mut all = headers.get_all(CONTENT_TYPE).into_iter();
    let (first, None) = (all.next()?, all.next()) else { return None };
    essence(first.to_str().ok()?)
}

/// What stands before the parameters.
pub(super) fn essence(text: &str) -> Option<&str> {
    let essence = text.split(';').next().unwrap_or_default().trim();
    essence.split_once('/').is_some_and(|(kind, name)| !kind.is_empty() && !name.is_empty()).then_some(essence)
}

/// Whether bodies of this type are JSON texts (RFC 6839 §3.1).
pub(super) fn is_json(essence: &str) -> bool {
    let suffix = essence.len().checked_sub(5).and_then(|at| essence.get(at..));
    essence.eq_ignore_ascii_case("application/json")
        || suffix.is_some_and(|suffix| suffix.eq_ignore_ascii_case("+json"))
}

/// Whether a type lies in a range of a contract: the type itself, `application/*`, or `*/*`.
pub(super) fn lies_in(essence: &str, range: &str) -> bool {
    let kind = |text: &str| text.split('/').next().unwrap_or_default().to_ascii_lowercase();
    match range {
        "*/*" => true,
        range if range.ends_with("/*") => kind(range) == kind(essence),
        range => range.eq_ignore_ascii_case(essence),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_recognized_without_its_parameters() {
        assert_eq!(essence("application/json; charset=utf-8"), Some("application/json"));
        assert_eq!(essence("json"), None);
        assert!(is_json("Application/JSON") && is_json("application/problem+json") && !is_json("text/json5"));
        assert!(lies_in("text/plain", "text/*") && lies_in("a/b", "*/*") && !lies_in("text/plain", "application/*"));
    }
}
