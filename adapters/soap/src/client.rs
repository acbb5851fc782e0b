//! One question to a SOAP system, and what its answer is.

use std::time::Duration;

use adapter_rest::{Answer, Outgoing, RestSettings, SettingsError, Upstream};
use contract::{Body, ExchangeError};
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
    header::{ACCEPT, CONTENT_TYPE},
};

use crate::{Element, Node, envelope, read};

/// The largest answer that is read, in bytes, whatever the settings say: it is held as a tree.
const MAX_ANSWER: u64 = 4 * 1024 * 1024;

/// A question.
pub struct Question {
    /// The element of the body.
    pub element: Element,
    /// The namespace it is in.
    pub namespace: &'static str,
    /// Headers of the dialect, beside those of SOAP.
    pub headers: HeaderMap,
    /// The time for all of it.
    pub time_left: Duration,
}

/// A SOAP system at one address.
#[derive(Debug)]
pub struct SoapClient {
    upstream: Upstream,
}

impl SoapClient {
    /// Prepares a client. Nothing is sent.
    ///
    /// # Errors
    /// What is wrong with the settings.
    pub fn new(settings: &RestSettings) -> Result<Self, SettingsError> {
        let most = settings.max_answer_bytes.min(MAX_ANSWER);
        let settings = RestSettings { hold_bytes: most, max_answer_bytes: most, ..settings.clone() };
        Ok(Self { upstream: Upstream::new(&settings)? })
    }

    /// Asks, once; the element that the answer's body holds.
    ///
    /// # Errors
    /// [`ExchangeError::Reported`] for a fault, and for an error status that says no more; everything else by its name.
    pub async fn ask(&self, question: Question) -> Result<Node, ExchangeError> {
        let Question { element, namespace, mut headers, time_left } = question;
        let text = element.envelope(namespace).map_err(|error| ExchangeError::Input { field: error.element.into() })?;
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/xml; charset=utf-8"));
        headers.insert(ACCEPT, HeaderValue::from_static("text/xml"));
        // Empty in quotes: the address alone says what is meant (SOAP 1.1 §6.1.1).
        headers.insert(HeaderName::from_static("soapaction"), HeaderValue::from_static("\"\""));
        let body = Body::Held(text.into());
        let outgoing = Outgoing { method: Method::POST, path: String::new(), query: None, headers, body, time_left };
        judge(self.upstream.send(outgoing).await?).await
    }
}

async fn judge(answer: Answer) -> Result<Node, ExchangeError> {
    let status = answer.status;
    match status.as_u16() {
        200 | 500 => {}
        401 | 403 | 407 => return Err(ExchangeError::Refused),
        429 | 502..=504 => return Err(ExchangeError::Unavailable),
        400..=599 => return Err(ExchangeError::Reported { code: None }),
        _ => return Err(ExchangeError::Malformed),
    }
    let typed = is_xml(&answer.headers);
    let bytes = answer.whole(MAX_ANSWER).await?;
    let node = match typed {
        true => read::read(&bytes).and_then(envelope::open).map_err(|_| ExchangeError::Malformed),
        false => Err(ExchangeError::MediaType),
    };
    match node {
        Ok(node) => match envelope::fault(&node) {
            Some(code) => Err(ExchangeError::Reported { code }),
            None if status == StatusCode::OK => Ok(node),
            None => Err(ExchangeError::Reported { code: None }),
        },
        // 500 is the status of faults (SOAP 1.1 §6.2); without one it is an error that says no more.
        Err(_) if status != StatusCode::OK => Err(ExchangeError::Reported { code: None }),
        Err(error) => Err(error),
    }
}

fn is_xml(headers: &HeaderMap) -> bool {
    let Some(kind) = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()) else { return false };
    let kind = kind.split(';').next().unwrap_or_default().trim();
    ["text/xml", "application/xml"].iter().any(|known| kind.eq_ignore_ascii_case(known))
}
