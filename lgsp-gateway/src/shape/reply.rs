//! The register's answer against the contract, and what of it goes out.

use bytes::Bytes;
use contract::{Body, BodyError, ExchangeReply};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header::CONTENT_TYPE};
use serde_json::Value;
use signing::content_digest;

use super::{
    MAX_JSON_BYTES, Shaped, collect,
    contract::{Content, Contract},
    fields, json, media,
    spool::{SpoolError, Spools},
};
use crate::{
    refusal::{Code, Refusal},
    registry::Release,
    reply::{Reply, ReplyBody},
    trail::Trail,
};

/// Holds the answer to a call against the contract and cuts it down to what the agreement releases. The
/// digest of the whole answer and the names of what was withheld stay in `trail`.
///
/// # Errors
/// [`Code::ReplyContract`] when the answer does not fit; nothing of it goes out then. What is wrong with the body itself is
/// the register's fault, by its own code.
pub async fn reply(
    spools: &Spools,
    shaped: &Shaped,
    answer: ExchangeReply,
    trail: &mut Trail,
) -> Result<Reply, Refusal> {
    let permitted = shaped.permitted();
    let (service, routed) = (permitted.routed().service(), permitted.routed());
    let rule = Rule {
        contract: service.contract.as_deref(),
        release: &permitted.agreement().release,
        most: service.max_reply_bytes,
        method: &shaped.method,
        path: routed.path(),
    };
    rule.shape(spools, answer, trail).await
}

/// What one answer is held against.
pub(super) struct Rule<'a> {
    pub(super) contract: Option<&'a Contract>,
    pub(super) release: &'a Release,
    pub(super) most: u64,
    pub(super) method: &'a Method,
    pub(super) path: &'a str,
}

impl Rule<'_> {
    pub(super) async fn shape(
        &self,
        spools: &Spools,
        answer: ExchangeReply,
        trail: &mut Trail,
    ) -> Result<Reply, Refusal> {
        let ExchangeReply { status, headers, body } = answer;
        let error = status.is_client_error() || status.is_server_error();
        match self.release {
            Release::Fields(_) if error => return withheld(status, body, trail),
            Release::Whole if error => {}
            _ => match self.checked(status, &headers, body).await? {
                Checked::Text(bytes) => return self.cut(status, headers, bytes, trail),
                Checked::Opaque(body) => return self.opaque(spools, status, headers, body, trail).await,
            },
        }
        self.whole(spools, status, headers, body, trail).await
    }

    /// The answer, held and checked where it is JSON or has a contract that says so.
    async fn checked(&self, status: StatusCode, headers: &HeaderMap, body: Body) -> Result<Checked, Refusal> {
        let content = match self.contract {
            Some(contract) => Some(self.content(contract, status)?),
            None => None,
        };
        let empty = matches!(&body, Body::Held(bytes) if bytes.is_empty());
        // RFC 9110 §6.4.1: these have no body, whatever their headers say about one.
        let bodiless =
            *self.method == Method::HEAD || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
        if empty && (bodiless || content.is_none_or(Content::is_empty)) {
            return Ok(Checked::Opaque(body));
        }
        let essence = media::of(headers);
        let check = match (content, essence) {
            (Some(content), Some(essence)) => content.of_type(essence).ok_or_else(|| misfit("content-type"))?,
            (Some(_), None) => return Err(misfit("content-type")),
            (None, _) => None,
        };
        let filtered = matches!(self.release, Release::Fields(_));
        if !filtered && check.is_none() {
            return Ok(Checked::Opaque(body));
        }
        if !essence.is_some_and(media::is_json) {
            return Err(misfit("what is not JSON cannot be cut down to fields"));
        }
        let bytes = collect::whole(body, self.most.min(MAX_JSON_BYTES)).await.map_err(body_fault)?;
        let value: Value = json::parse(&bytes).map_err(|error| {
            tracing::warn!(error = %error, "a register's answer is not JSON");
            Refusal::new(Code::ReplyContract)
        })?;
        if let Some(check) = check {
            check.hold(&value).map_err(misfit)?;
        }
        Ok(Checked::Text(bytes))
    }

    fn content<'c>(&self, contract: &'c Contract, status: StatusCode) -> Result<&'c Content, Refusal> {
        let (operation, _) = contract.find(self.method, self.path).ok_or(Code::UnknownEndpoint)?;
        operation.reply(status).ok_or_else(|| misfit("status"))
    }

    /// JSON that was read and checked.
    fn cut(&self, status: StatusCode, headers: HeaderMap, bytes: Bytes, trail: &mut Trail) -> Result<Reply, Refusal> {
        trail.provider_digest = Some(content_digest::value(&bytes));
        let Release::Fields(released) = self.release else {
            return Ok(Reply { status, headers, body: ReplyBody::Held(bytes) });
        };
        let known = |path: &str| self.contract.is_some_and(|contract| contract.has_field(path));
        let cut = fields::filter(&bytes, released, known, &mut trail.withheld);
        let cut = cut.map_err(|_| Refusal::new(Code::ReplyContract))?;
        // No other header passes: a register could say in it what is withheld.
        let left = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
        Ok(Reply { status, headers: left, body: ReplyBody::Held(cut.into()) })
    }

    async fn opaque(
        &self,
        spools: &Spools,
        status: StatusCode,
        headers: HeaderMap,
        body: Body,
        trail: &mut Trail,
    ) -> Result<Reply, Refusal> {
        match self.release {
            // Only an empty answer comes here: there is nothing to cut, and its headers may speak of what is withheld.
            Release::Fields(_) => withheld(status, body, trail),
            Release::Whole => self.whole(spools, status, headers, body, trail).await,
        }
    }

    /// An answer that goes out as it is. What is streamed is larger than what is held.
    async fn whole(
        &self,
        spools: &Spools,
        status: StatusCode,
        headers: HeaderMap,
        body: Body,
        trail: &mut Trail,
    ) -> Result<Reply, Refusal> {
        let body = match collect::bounded(body, self.most).map_err(body_fault)? {
            Body::Held(bytes) => {
                trail.provider_digest = Some(content_digest::value(&bytes));
                ReplyBody::Held(bytes)
            }
            Body::Streamed { stream, .. } => {
                let spool = spools.keep(stream, self.most).await.map_err(spool_fault)?;
                trail.provider_digest = Some(spool.digest().to_owned());
                ReplyBody::Spooled(spool)
            }
        };
        Ok(Reply { status, headers, body })
    }
}

enum Checked {
    /// JSON, read without objection.
    Text(Bytes),
    /// Nothing that could be read.
    Opaque(Body),
}

/// An answer whose status alone goes out.
fn withheld(status: StatusCode, body: Body, trail: &mut Trail) -> Result<Reply, Refusal> {
    if let Body::Held(bytes) = &body {
        trail.provider_digest = Some(content_digest::value(bytes));
    }
    if !matches!(&body, Body::Held(bytes) if bytes.is_empty()) {
        trail.withheld.add("*");
    }
    Ok(Reply { status, headers: HeaderMap::new(), body: ReplyBody::Held(Bytes::new()) })
}

fn misfit(place: impl Into<std::borrow::Cow<'static, str>>) -> Refusal {
    let place = place.into();
    tracing::warn!(contract.place = %place, "a register's answer does not fit its contract");
    Refusal::new(Code::ReplyContract).detail(place)
}

fn body_fault(error: BodyError) -> Refusal {
    Refusal::new(match error {
        BodyError::Cut => Code::ProviderCut,
        BodyError::TooLong => Code::ProviderTooLarge,
        BodyError::Timeout => Code::ProviderTimeout,
        BodyError::Digest => Code::ProviderMalformed,
    })
}

fn spool_fault(error: SpoolError) -> Refusal {
    match error {
        SpoolError::Body(error) => body_fault(error),
        SpoolError::File(error) => {
            tracing::error!(error = %error, "a large reply cannot be kept");
            Refusal::new(Code::Internal)
        }
    }
}
