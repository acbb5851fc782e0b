//! A refusal in our own form: a problem document (RFC 9457), whose fault it is, and what would help.

use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{CONTENT_TYPE, WWW_AUTHENTICATE},
};
use serde::Serialize;
use signing::{
    content_digest::{WANT_CONTENT_DIGEST, WANTED},
    http_signature::lgsp_v1::{ACCEPT_SIGNATURE, LGSP_ERROR},
};

use super::Answer;
use crate::{
    call::Head,
    refusal::{Code, Refusal},
};

#[derive(Serialize)]
struct Document<'a> {
    r#type: String,
    title: &'static str,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
    instance: String,
    origin: &'static str,
    retry: bool,
}

/// The answer that says why.
pub(super) fn answer(head: &Head, refusal: &Refusal) -> Answer {
    let code = refusal.code;
    let document = Document {
        r#type: format!("urn:lienthong:problem:{}", code.name()),
        title: code.title(),
        status: code.status().as_u16(),
        detail: refusal.detail.as_deref(),
        instance: format!("urn:uuid:{}", head.id),
        origin: code.origin().as_str(),
        retry: refusal.retry,
    };
    let mut headers = HeaderMap::with_capacity(12);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    headers.insert(LGSP_ERROR, HeaderValue::from_static(code.name()));
    advice(code, &mut headers);
    // Texts, numbers and booleans always become JSON; were it otherwise, status and header still say enough.
    let body = serde_json::to_vec(&document).unwrap_or_default();
    Answer::refused(&head.method, code, code.status(), headers, body)
}

/// What the caller should send instead. A 401 names a challenge (RFC 9110 §15.5.2); for signatures none is registered, so
/// the profile's own name stands there.
fn advice(code: Code, headers: &mut HeaderMap) {
    match code {
        Code::DigestMismatch => {
            headers.insert(WANT_CONTENT_DIGEST, WANTED);
        }
        Code::ActorInvalid => {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer error=\"invalid_token\""));
        }
        _ if code.status() == StatusCode::UNAUTHORIZED => {
            headers.insert("accept-signature", ACCEPT_SIGNATURE);
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Signature tag=\"lgsp-v1\""));
        }
        _ => {}
    }
}
