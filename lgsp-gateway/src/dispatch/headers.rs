//! Which headers of a call go on to a register.

use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::{call::Head, sign::SKIPPED, trail::Trail};

/// Headers of the call itself that pass: what the body is, which answer is wanted, on what condition. Whatever is not
/// named here stays: credentials, cookies, signatures and digests are the bus's own, the hop's headers end with the hop,
/// and a register must not take a caller's invention for a word of the bus.
const PASSING: [HeaderName; 14] = [
    header::ACCEPT,
    header::ACCEPT_LANGUAGE,
    header::CONTENT_TYPE,
    header::CONTENT_LANGUAGE,
    header::CONTENT_DISPOSITION,
    header::CONTENT_ENCODING,
    header::IF_MATCH,
    header::IF_NONE_MATCH,
    header::IF_MODIFIED_SINCE,
    header::IF_UNMODIFIED_SINCE,
    header::CACHE_CONTROL,
    HeaderName::from_static("idempotency-key"),
    HeaderName::from_static("prefer"),
    HeaderName::from_static("traceparent"),
];

/// Optional headers of X-Road, informative, passed as they came (PR-REST §4.3).
const X_ROAD: [HeaderName; 3] = [
    HeaderName::from_static("x-road-userid"),
    HeaderName::from_static("x-road-issue"),
    HeaderName::from_static("x-road-represented-party"),
];

/// What a register sees of a call: its passing headers, and who calls under which numbers as the bus knows it (PR-REST
/// §4.3: `X-Road-Client`, `X-Road-Id`, `X-Road-Request-Id`), whatever the caller wrote there.
///
/// In X-Road's form, where the agreement releases the whole answer, everything passes that X-Road lets pass: the register is one
/// that expects a caller of X-Road, `Authorization` and all.
pub(super) fn passing(head: &Head, trail: &Trail, client: &str, as_it_is: bool) -> HeaderMap {
    let mut passing = HeaderMap::with_capacity(8);
    let named = |name: &HeaderName| PASSING.contains(name) || X_ROAD.contains(name);
    for (name, value) in &head.headers {
        if named(name) || as_it_is && !SKIPPED.contains(&name.as_str()) {
            passing.append(name.clone(), value.clone());
        }
    }
    let number = head.id.to_string();
    let id = trail.message_id.as_deref().unwrap_or(&number);
    for (name, value) in [("x-road-client", client), ("x-road-id", id), ("x-road-request-id", number.as_str())] {
        // INVARIANT: ids are checked when they are read; one that could not be a header would not be here.
        if let Ok(value) = HeaderValue::from_str(value) {
            passing.insert(HeaderName::from_static(name), value);
        }
    }
    passing
}
