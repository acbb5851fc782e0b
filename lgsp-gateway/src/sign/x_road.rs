//! X-Road's own form (PR-REST §4.3, §4.6): the headers a security server adds, and its error body.

use aws_lc_rs::digest::{Context, SHA512, digest};
use base64::{Engine, engine::general_purpose::STANDARD};
use http::{
    HeaderMap, HeaderName, HeaderValue, StatusCode,
    header::{ACCEPT, CONTENT_TYPE},
};
use serde::Serialize;

use super::{Answer, clear};
use crate::{call::Head, refusal::Refusal, reply::Reply, trail::Trail};

const X_ROAD_ID: HeaderName = HeaderName::from_static("x-road-id");
const X_ROAD_CLIENT: HeaderName = HeaderName::from_static("x-road-client");
const X_ROAD_SERVICE: HeaderName = HeaderName::from_static("x-road-service");
const X_ROAD_REQUEST_ID: HeaderName = HeaderName::from_static("x-road-request-id");
const X_ROAD_REQUEST_HASH: HeaderName = HeaderName::from_static("x-road-request-hash");
const X_ROAD_ERROR: HeaderName = HeaderName::from_static("x-road-error");

/// Headers that are between two hops or that a security server makes itself: they neither pass nor are part of what is hashed
/// (`RestMessage.SKIPPED_HEADERS`).
pub const SKIPPED: [&str; 15] = [
    "transfer-encoding",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "upgrade",
    "connection",
    "user-agent",
    "host",
    "content-length",
    "server",
    "expect",
    "x-road-request-id",
    "x-road-request-hash",
];

/// An answer or a refusal in X-Road's form. A register's own error passes as it is, without `X-Road-Error`.
pub(super) fn seal(head: &Head, trail: &Trail, outcome: Result<Reply, Refusal>) -> Answer {
    let given = given_id(head);
    let id = given.clone().unwrap_or_else(|| made_id(head, trail));
    let mut answer = match outcome {
        Ok(reply) => {
            let mut answer = Answer::of(&head.method, reply);
            clear(&mut answer.headers);
            SKIPPED.iter().for_each(|name| drop(answer.headers.remove(*name)));
            answer
        }
        Err(refusal) => error(head, &refusal),
    };
    let headers = &mut answer.headers;
    headers.insert(X_ROAD_ID, id.clone());
    let request_id = head.id.to_string();
    put(headers, X_ROAD_REQUEST_ID, &request_id);
    if let Some(client) = &trail.client {
        put(headers, X_ROAD_CLIENT, &encoded(client.as_str()));
    }
    // The caller is told what it asked for, not what it led to.
    if let Some(service) = &trail.service_asked {
        put(headers, X_ROAD_SERVICE, &encoded(service.as_str()));
    }
    headers.extend(super::alias(trail));
    if answer.refusal.is_none() {
        let added = if given.is_none() { id.to_str().ok() } else { None };
        let target = match &head.query {
            Some(query) => format!("{}?{query}", head.path),
            None => head.path.clone(),
        };
        let sent = head.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
        let made = [("x-road-request-id", request_id.as_bytes())];
        let made = made.into_iter().chain(added.map(|id| ("x-road-id", id.as_bytes())));
        let headers = sent.filter(|(name, _)| !SKIPPED.contains(name)).chain(made);
        let hash = request_hash(head.method.as_str(), &target, headers, trail.request_sha512.as_ref());
        put(&mut answer.headers, X_ROAD_REQUEST_HASH, &hash);
    }
    answer
}

/// X-Road's request hash: SHA-512 over the head of the request, and where it has a body over that digest and the body's,
/// base64 (PR-REST §4.3). `headers` are hashed in the order and the spelling in which they are given; ours are those of the
/// request in lower case. A caller cannot compute it, since it does not know the request id: it finds the request by it.
#[must_use]
pub fn request_hash<'a>(
    method: &str,
    target: &str,
    headers: impl Iterator<Item = (&'a str, &'a [u8])>,
    body_sha512: Option<&[u8; 64]>,
) -> String {
    let mut part = Context::new(&SHA512);
    for text in [method, "\r\n", target, "\r\n"] {
        part.update(text.as_bytes());
    }
    for (name, value) in headers {
        part.update(name.as_bytes());
        part.update(b":");
        part.update(value);
        part.update(b"\r\n");
    }
    let part = part.finish();
    match body_sha512 {
        None => STANDARD.encode(part.as_ref()),
        Some(body) => STANDARD.encode(digest(&SHA512, &[part.as_ref(), body.as_slice()].concat())),
    }
}

fn given_id(head: &Head) -> Option<HeaderValue> {
    let mut values = head.headers.get_all(X_ROAD_ID).iter();
    let id = values.next()?;
    (values.next().is_none() && !id.is_empty() && id.to_str().is_ok()).then(|| id.clone())
}

/// The id that was made for the caller, when it gave none.
fn made_id(head: &Head, trail: &Trail) -> HeaderValue {
    let made = trail.message_id.as_ref().and_then(|id| HeaderValue::try_from(id).ok());
    // The hexadecimal digits of the call's own id are a header value.
    made.or_else(|| HeaderValue::try_from(head.id.to_string()).ok()).unwrap_or_else(|| HeaderValue::from_static("-"))
}

fn put(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::try_from(value) {
        headers.insert(name, value);
    }
}

/// Each part percent-encoded on its own (PR-REST §4.2); of what identifiers may have only `?` cannot stand in a path.
fn encoded(id: &str) -> String {
    id.replace('?', "%3F")
}

#[derive(Serialize)]
struct ErrorBody<'a> {
    r#type: &'a str,
    message: &'a str,
    detail: &'a str,
}

/// PR-REST §4.6: 500 when the code says that a server failed, otherwise 400; XML only for who asks for it.
fn error(head: &Head, refusal: &Refusal) -> Answer {
    let code = refusal.code.x_road();
    let message = match &refusal.detail {
        Some(detail) => format!("{}: {detail}", refusal.code.title()),
        None => refusal.code.title().to_owned(),
    };
    let body = ErrorBody { r#type: code, message: &message, detail: &head.id.to_string() };
    let (body, content_type) = if wants_xml(&head.headers) {
        (xml(&body), "text/xml;charset=utf-8")
    } else {
        (serde_json::to_vec(&body).unwrap_or_default(), "application/json;charset=utf-8")
    };
    let mut headers = HeaderMap::with_capacity(8);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(X_ROAD_ERROR, HeaderValue::from_static(code));
    let failed = code.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("server."));
    let status = if failed { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::BAD_REQUEST };
    Answer::refused(&head.method, refusal.code, status, headers, body)
}

fn wants_xml(headers: &HeaderMap) -> bool {
    headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()).any(|value| {
        let mut types = value.split(',').map(|one| one.split(';').next().unwrap_or_default().trim());
        types.any(|one| ["text/xml", "application/xml", "text/*"].iter().any(|xml| one.eq_ignore_ascii_case(xml)))
    })
}

fn xml(body: &ErrorBody<'_>) -> Vec<u8> {
    let escaped = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<error><type>{}</type><message>{}</message><detail>{}</detail></error>\n",
        escaped(body.r#type),
        escaped(body.message),
        escaped(body.detail)
    )
    .into_bytes()
}
