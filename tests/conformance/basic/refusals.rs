//! Modules about requests that must not go on.

use std::sync::Arc;

use anyhow::ensure;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

use crate::{
    checks::answer,
    flow::{self, Method},
    module::Verdict,
    op::Op,
    person::{Arrival, Visitor},
    request::Request,
};

/// `OIDCCResponseTypeMissing`: without `response_type` the client is told, or the person.
pub async fn oidcc_response_type_missing(op: Arc<Op>) -> Verdict {
    let client = &op.clients.first;
    let request = Request::new(client)?.without("response_type");
    let mut visitor = Visitor::new(op.person)?;
    match flow::authorize(&op, client, &mut visitor, &request, Method::Get).await?.arrival {
        Arrival::Back(url) => {
            answer::error(&op, &request, &url, &["invalid_request", "unsupported_response_type"])?;
        }
        Arrival::Page(page) => ensure!(page.status.is_client_error(), "a page with {}", page.status),
    }
    Ok(vec![])
}

/// `OIDCCEnsureRegisteredRedirectUri`: an unknown redirect URI ends on a page, never in a redirect.
pub async fn oidcc_ensure_registered_redirect_uri(op: Arc<Op>) -> Verdict {
    let client = &op.clients.first;
    let unknown = format!("{}/unregistered", client.redirect_uri);
    let request = Request::new(client)?.with("redirect_uri", &unknown);
    let mut visitor = Visitor::new(op.person)?;
    let visit = flow::authorize(&op, client, &mut visitor, &request, Method::Get).await?;
    ensure!(visit.sign_ins == 0, "the person was asked to sign in first");
    let page = visit.page()?;
    ensure!(page.status.is_client_error(), "a page with {}", page.status);
    Ok(vec![])
}

/// `OIDCCRequestUriUnsignedSupportedCorrectlyOrRejectedAsUnsupported`: a request object by address is processed or refused
/// by name, never ignored.
pub async fn oidcc_request_uri_unsigned_supported_correctly_or_rejected_as_unsupported(op: Arc<Op>) -> Verdict {
    let client = &op.clients.first;
    let request = Request::new(client)?.with("request_uri", "https://127.0.0.1:9/request.jwt");
    ensure!(
        op.flag("request_uri_parameter_supported") == Some(false),
        "the metadata say that request_uri is supported"
    );
    let mut visitor = Visitor::new(op.person)?;
    flow::refused(&op, client, &mut visitor, &request, &["request_uri_not_supported"]).await?;
    Ok(vec![])
}

/// `OIDCCUnsignedRequestObjectSupportedCorrectlyOrRejectedAsUnsupported`: an unsigned request object by value is
/// processed or refused by name, never ignored.
pub async fn oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported(op: Arc<Op>) -> Verdict {
    let client = &op.clients.first;
    let request = Request::new(client)?;
    // What stands inside differs from what stands outside: a provider that ignored the object would show it.
    let mut inside: Map<String, Value> =
        request.parameters.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str()))).collect();
    inside.insert("nonce".to_owned(), Value::from("inside"));
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let object = format!("{}.{}.", part(&serde_json::json!({ "alg": "none" })), part(&Value::from(inside)));
    let request = request.with("request", &object);
    ensure!(op.flag("request_parameter_supported") != Some(true), "the metadata say that request is supported");
    let mut visitor = Visitor::new(op.person)?;
    flow::refused(&op, client, &mut visitor, &request, &["request_not_supported"]).await?;
    Ok(vec![])
}
