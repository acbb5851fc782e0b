//! The call against the contract.

use bytes::Bytes;
use contract::{Body, BodyError};
use tokio::time::timeout_at;

use super::{
    MAX_JSON_BYTES, Shaped, collect,
    contract::{Content, Contract, Operation},
    json::{self, JsonError},
    media,
};
use crate::{
    authorize::Permitted,
    call::{Call, Head},
    refusal::{Code, Refusal},
};

/// Holds a permitted call against its service's limits and contract. Its body goes on as it came, byte for byte; that of a
/// service without a contract is not looked at.
///
/// # Errors
/// [`Code::RequestContract`] names the part of the contract that does not fit; the body's own faults have their own codes.
pub async fn request(call: Call<Permitted>) -> Result<Call<Shaped>, Refusal> {
    let Call { head, body, stage } = call;
    let service = stage.routed().service();
    let body = collect::bounded(body, service.max_request_bytes).map_err(body_fault)?;
    let body = match &service.contract {
        Some(contract) => fitting(contract, &head, stage.routed().path(), body, service.max_request_bytes).await?,
        None => body,
    };
    let method = head.method.clone();
    Ok(Call { head, body, stage: Shaped { permitted: stage, method } })
}

pub(super) async fn fitting(
    contract: &Contract,
    head: &Head,
    path: &str,
    body: Body,
    most: u64,
) -> Result<Body, Refusal> {
    let (operation, values) = contract.find(&head.method, path).ok_or(Code::UnknownEndpoint)?;
    operation.parameters.hold(&values, head.query.as_deref(), &head.headers).map_err(misfit)?;
    let Some(content) = operation.body.as_ref().filter(|content| !content.is_empty()) else {
        return without_body(body);
    };
    if matches!(&body, Body::Held(bytes) if bytes.is_empty()) && media::of(&head.headers).is_none() {
        return absent(operation, body);
    }
    let essence = media::of(&head.headers).ok_or_else(|| misfit("content-type"))?;
    match content.of_type(essence) {
        None => Err(misfit("content-type")),
        Some(None) if !media::is_json(essence) => Ok(body),
        Some(_) => {
            let whole = timeout_at(head.deadline, collect::whole(body, most.min(MAX_JSON_BYTES))).await;
            let bytes = whole.map_err(|_| Refusal::new(Code::BodyTimeout))?.map_err(body_fault)?;
            check(content, essence, &bytes)?;
            Ok(Body::Held(bytes))
        }
    }
}

/// The contract knows no body for this operation. It is refused rather than dropped: what is logged is what is sent.
fn without_body(body: Body) -> Result<Body, Refusal> {
    match body {
        Body::Held(bytes) if bytes.is_empty() => Ok(Body::Held(bytes)),
        _ => Err(misfit("requestBody")),
    }
}

fn absent(operation: &Operation, body: Body) -> Result<Body, Refusal> {
    if operation.body_required { Err(misfit("requestBody")) } else { Ok(body) }
}

fn check(content: &Content, essence: &str, bytes: &Bytes) -> Result<(), Refusal> {
    let value = json::parse(bytes).map_err(|error| match error {
        JsonError::Syntax => misfit("the body is not JSON"),
        JsonError::Depth => misfit("the body is nested too deeply"),
        JsonError::Repeated => misfit("the body has a name twice"),
    })?;
    match content.of_type(essence).flatten() {
        Some(check) => check.hold(&value).map_err(misfit),
        None => Ok(()),
    }
}

fn misfit(what: impl Into<std::borrow::Cow<'static, str>>) -> Refusal {
    Refusal::new(Code::RequestContract).detail(what)
}

fn body_fault(error: BodyError) -> Refusal {
    contract::ExchangeError::Body(error).into()
}
