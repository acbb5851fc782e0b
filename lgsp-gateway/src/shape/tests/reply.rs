//! What of an answer goes out.

use std::sync::Arc;

use bytes::Bytes;
use contract::{Body, BodyError, ExchangeReply};
use futures::StreamExt;
use http::{HeaderMap, Method, StatusCode, header};
use signing::content_digest;

use crate::{
    refusal::{Code, Refusal},
    registry::Release,
    reply::{Reply, ReplyBody},
    shape::{Contract, Spools, reply::Rule},
    trail::Trail,
};

const HO: &str = r#"{"MaSo":"8001","Chu":{"Ten":"An","So":"075085000001"},"NganhNghe":[{"Ma":"A"},{"Ma":"B"}]}"#;

struct Case {
    contract: Option<Contract>,
    release: Release,
    method: Method,
    path: &'static str,
    most: u64,
}

impl Default for Case {
    fn default() -> Self {
        let contract = Some(super::contract::contract());
        Self { contract, release: fields(&["MaSo", "Chu.Ten"]), method: Method::GET, path: "/8001", most: 1_000_000 }
    }
}

fn fields(paths: &[&str]) -> Release {
    Release::Fields(paths.iter().map(|path| Arc::from(*path)).collect())
}

fn answer(status: u16, kind: &str, body: impl Into<Bytes>) -> ExchangeReply {
    let mut headers = HeaderMap::new();
    if !kind.is_empty() {
        headers.insert(header::CONTENT_TYPE, kind.parse().unwrap());
    }
    headers.insert(header::ETAG, "\"x\"".parse().unwrap());
    headers.insert(header::CONTENT_LANGUAGE, "075085000001".parse().unwrap());
    ExchangeReply { status: StatusCode::from_u16(status).unwrap(), headers, body: Body::Held(body.into()) }
}

fn streamed(answer: ExchangeReply, end: Option<BodyError>) -> ExchangeReply {
    let Body::Held(bytes) = answer.body else { panic!("held") };
    let pieces: Vec<_> = bytes.chunks(7).map(|piece| Ok(Bytes::copy_from_slice(piece))).chain(end.map(Err)).collect();
    ExchangeReply { body: Body::Streamed { stream: Box::pin(futures::stream::iter(pieces)), length: None }, ..answer }
}

impl Case {
    async fn shape(&self, answer: ExchangeReply) -> (Result<Reply, Refusal>, Trail) {
        let folder = tempfile::tempdir().unwrap();
        let rule = Rule {
            contract: self.contract.as_ref(),
            release: &self.release,
            most: self.most,
            method: &self.method,
            path: self.path,
        };
        let mut trail = Trail::default();
        let shaped = rule.shape(&Spools::new(folder.path()), answer, &mut trail).await;
        (shaped, trail)
    }

    async fn refused(&self, answer: ExchangeReply) -> Code {
        self.shape(answer).await.0.unwrap_err().code
    }
}

async fn text(reply: Reply) -> String {
    let bytes = match reply.body {
        ReplyBody::Held(bytes) => bytes,
        ReplyBody::Spooled(spool) => spool.into_stream().map(Result::unwrap).collect::<Vec<_>>().await.concat().into(),
    };
    String::from_utf8(bytes.into()).unwrap()
}

#[tokio::test]
async fn only_released_fields_go_out_and_the_rest_is_named() {
    for streams in [false, true] {
        let answer = answer(200, "application/json; charset=utf-8", HO);
        let (reply, trail) = Case::default().shape(if streams { streamed(answer, None) } else { answer }).await;
        let reply = reply.unwrap();
        assert_eq!(reply.headers[header::CONTENT_TYPE], "application/json");
        assert_eq!(reply.headers.len(), 1, "another header is of the whole answer, or says what is withheld");
        assert_eq!(text(reply).await, r#"{"MaSo":"8001","Chu":{"Ten":"An"}}"#);
        assert_eq!(trail.withheld.names(), ["Chu.So", "NganhNghe"]);
        assert_eq!(trail.provider_digest, Some(content_digest::value(HO.as_bytes())));
    }
}

#[tokio::test]
async fn of_many_withheld_fields_the_first_are_named_and_all_are_counted() {
    let mut description = super::contract::description();
    let mut body: serde_json::Value = serde_json::from_str(HO).unwrap();
    for number in 0..300 {
        let name = format!("Truong{number}");
        description["components"]["schemas"]["Ho"]["properties"][&name] = serde_json::json!({"type": "integer"});
        body[name] = number.into();
    }
    let case = Case { contract: Some(Contract::parse(description.to_string()).unwrap()), ..Case::default() };
    let (reply, trail) = case.shape(answer(200, "application/json", body.to_string())).await;
    assert_eq!(text(reply.unwrap()).await.len(), r#"{"MaSo":"8001","Chu":{"Ten":"An"}}"#.len());
    // 300 more than there are without them.
    assert_eq!((trail.withheld.names().len(), trail.withheld.len(), trail.withheld.more()), (200, 302, 102));
}

#[tokio::test]
async fn a_whole_answer_goes_out_byte_for_byte() {
    let case = Case { release: Release::Whole, ..Case::default() };
    let spaced = HO.replace(',', " ,\n");
    let (reply, trail) = case.shape(answer(200, "application/json", spaced.clone())).await;
    let reply = reply.unwrap();
    assert!(reply.headers.contains_key(header::ETAG));
    assert_eq!(text(reply).await, spaced);
    assert!(trail.withheld.is_empty());
}

#[tokio::test]
async fn an_answer_that_does_not_fit_the_contract_does_not_go_out() {
    for release in [Release::Whole, fields(&["MaSo"])] {
        let case = Case { release, ..Case::default() };
        for (status, kind, body) in [
            (200, "application/json", r#"{"Chu":{"Ten":"An"}}"#),
            (200, "application/json", r#"{"MaSo":8001}"#),
            (200, "application/json", r#"{"MaSo":"8001","SoDinhDanh":"075085000001"}"#),
            (200, "application/json", r#"{"MaSo":"8001","MaSo":"8002"}"#),
            (200, "application/json", "<html>"),
            (200, "application/json", ""),
            (200, "text/html", HO),
            (200, "", HO),
            (201, "application/json", HO),
            (302, "application/json", HO),
            (204, "application/json", HO),
        ] {
            assert_eq!(case.refused(answer(status, kind, body)).await, Code::ReplyContract, "{status} {kind} {body}");
        }
        let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
        assert_eq!(case.refused(answer(200, "application/json", deep)).await, Code::ReplyContract);
    }
}

#[tokio::test]
async fn an_error_of_the_register_goes_out_without_its_body_unless_everything_may() {
    let body = r#"{"loi":"075085000001"}"#;
    let (reply, trail) = Case::default().shape(answer(404, "application/json", body)).await;
    let reply = reply.unwrap();
    assert_eq!((reply.status, reply.headers.len()), (StatusCode::NOT_FOUND, 0));
    assert_eq!(text(reply).await, "");
    assert_eq!(
        (trail.withheld, trail.provider_digest),
        (["*"].into_iter().collect(), Some(content_digest::value(body.as_bytes())))
    );
    let whole = Case { release: Release::Whole, ..Case::default() };
    assert_eq!(text(whole.shape(answer(404, "application/json", body)).await.0.unwrap()).await, body);
}

#[tokio::test]
async fn without_a_contract_fields_are_still_cut_and_names_are_not_told() {
    let case = Case { contract: None, ..Case::default() };
    let (reply, trail) = case.shape(answer(200, "application/json", HO)).await;
    assert_eq!(text(reply.unwrap()).await, r#"{"MaSo":"8001","Chu":{"Ten":"An"}}"#);
    assert_eq!(trail.withheld.names(), ["Chu.*", "*"]);
    for (kind, body) in [("text/plain", HO), ("", HO), ("application/json", "MaSo=8001"), ("application/json", "{} {}")]
    {
        assert_eq!(case.refused(answer(200, kind, body)).await, Code::ReplyContract, "{kind} {body}");
    }
}

#[tokio::test]
async fn a_head_and_an_empty_answer_need_no_body() {
    let head = Case { method: Method::HEAD, ..Case::default() };
    assert_eq!(text(head.shape(answer(200, "application/json", "")).await.0.unwrap()).await, "");
    assert_eq!(text(Case::default().shape(answer(204, "", "")).await.0.unwrap()).await, "");
}

#[tokio::test]
async fn a_streamed_answer_waits_in_a_file_and_its_faults_have_names() {
    let case = Case { release: Release::Whole, path: "/tep", ..Case::default() };
    let file = || answer(200, "application/octet-stream", vec![b'x'; 300_000]);
    let (reply, trail) = case.shape(streamed(file(), None)).await;
    let reply = reply.unwrap();
    let ReplyBody::Spooled(spool) = &reply.body else { panic!("it was streamed") };
    assert_eq!((spool.bytes(), Some(spool.digest())), (300_000, trail.provider_digest.as_deref()));
    assert_eq!(text(reply).await.len(), 300_000);
    assert_eq!(case.refused(streamed(file(), Some(BodyError::Cut))).await, Code::ProviderCut);
    assert_eq!(case.refused(streamed(file(), Some(BodyError::Timeout))).await, Code::ProviderTimeout);
    let small = Case { most: 299_999, ..case };
    assert_eq!(small.refused(streamed(file(), None)).await, Code::ProviderTooLarge);
    assert_eq!(small.refused(file()).await, Code::ProviderTooLarge);
}
