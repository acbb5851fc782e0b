//! The stand-in for the national population database: its own dialect of SOAP, from its side.
//!
//! `question` checks a request as the real one does: credentials, the order of elements, and who asks for which procedure
//! from which agency; `answer` tells about the five people of the province; `wsdl` is its description, and `lie` what an
//! operator may make of an answer. See [`super::mood`] for the operator calls.

use std::{collections::HashSet, sync::Arc};

use axum::{
    Router,
    extract::{DefaultBodyLimit, RawQuery, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use bytes::Bytes;
use clock::Clock;
use secrecy::SecretString;

use super::mood::{self, Mood, Wanted};

mod answer;
mod lie;
mod question;
mod wsdl;

use question::{Fault, Question};

/// The namespace of questions.
pub const QUESTION: &str = "http://dancuquocgia.bca";
/// The namespace of answers.
pub const ANSWER: &str = "http://www.mic.gov.vn/dancu/1.0";
/// Its services.
pub const SERVICES: [&str; 2] = ["XacThucThongTinCongDan", "TraCuuThongTinCongDan"];

/// What the stand-in is made from: the bus as it was registered by contract.
pub struct PopulationStandIn {
    /// `X-Road-Client` of the bus.
    pub client: String,
    /// Its `ApiKey`.
    pub api_key: SecretString,
    /// Its user.
    pub user: String,
    /// Its secret.
    pub secret: SecretString,
    /// The address that goes into the digest of `Authorization`.
    pub auth_url: String,
    /// The officers who have a key there.
    pub officers: HashSet<String>,
    /// The procedures that may ask.
    pub procedures: HashSet<String>,
    /// The agencies that may ask.
    pub agencies: HashSet<String>,
    /// By which timestamps are judged.
    pub clock: Arc<dyn Clock>,
}

impl PopulationStandIn {
    /// `X-Road-Client` of the province's bus.
    pub const CLIENT: &str = "VN/GOV/000.00.00.H19/lgsp";
    /// `ApiKey` of the province's bus, as invented as everything here.
    pub const API_KEY: &str = "dong-nai-lgsp-khoa-thu";
    /// User of the province's bus.
    pub const USER: &str = "lgsp-h19";
    /// Secret of the province's bus.
    pub const SECRET: &str = "mat-khau-cua-tinh-mo-phong";

    /// The database as the province knows it, at this address.
    #[must_use]
    pub fn of_province(auth_url: impl Into<String>, clock: Arc<dyn Clock>) -> Self {
        let set = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect();
        Self {
            client: Self::CLIENT.to_owned(),
            api_key: SecretString::from(Self::API_KEY),
            user: Self::USER.to_owned(),
            secret: SecretString::from(Self::SECRET),
            auth_url: auth_url.into(),
            officers: set(&["H19.15.0001"]),
            procedures: set(&["2.000635", "1.001612", "1.004873"]),
            agencies: set(&["000.00.15.H19"]),
            clock,
        }
    }
}

struct Shared {
    config: PopulationStandIn,
    mood: Arc<Mood>,
}

/// The whole stand-in, to be served at the root of its own address.
pub fn router(config: PopulationStandIn) -> Router {
    let mood = Mood::new(&SERVICES);
    let shared = Arc::new(Shared { config, mood: Arc::clone(&mood) });
    Router::new()
        .route("/", get(describe).post(ask))
        .layer(DefaultBodyLimit::max(64 * 1024))
        .with_state(shared)
        .merge(mood::operator(mood))
}

const XML: HeaderValue = HeaderValue::from_static("text/xml; charset=utf-8");

async fn describe(State(shared): State<Arc<Shared>>, RawQuery(query): RawQuery) -> Response {
    match query.as_deref() {
        Some(query) if query.eq_ignore_ascii_case("wsdl") => {
            ([(header::CONTENT_TYPE, XML)], wsdl::at(&shared.config.auth_url)).into_response()
        }
        _ => "CSDL quốc gia về dân cư mô phỏng: ?wsdl\n".into_response(),
    }
}

async fn ask(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    if let Err(refused) = question::credentials(&shared.config, &headers) {
        return (refused.status(), refused.text()).into_response();
    }
    let question = match question::read(&shared.config, &body) {
        Ok(question) => question,
        Err(fault) => return fault_answer(&fault, StatusCode::INTERNAL_SERVER_ERROR),
    };
    match shared.mood.meet(question.service).await {
        Wanted::Good => xml(answer::to(&question)),
        Wanted::Failure(status) => (status, "the stand-in was told to fail").into_response(),
        Wanted::Lie(how) => lie::answer(how, &question),
    }
}

fn xml(text: Option<String>) -> Response {
    match text {
        Some(text) => ([(header::CONTENT_TYPE, XML)], text).into_response(),
        None => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// A fault, under this status (SOAP 1.1 §4.4).
fn fault_answer(fault: &Fault, status: StatusCode) -> Response {
    let Fault { code, text } = fault;
    let text = format!(
        r#"<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="{}"><s:Body><s:Fault><faultcode>s:Client.{code}</faultcode><faultstring>{text}</faultstring></s:Fault></s:Body></s:Envelope>"#,
        adapter_soap::ENVELOPE
    );
    (status, [(header::CONTENT_TYPE, XML)], text).into_response()
}

/// What a question asks about, as far as an answer needs it.
impl Question {
    fn response(&self) -> &'static str {
        if self.service == SERVICES[0] { "XacThucThongTinCongDanResponse" } else { "TraCuuThongTinCongDanResponse" }
    }
}
