//! The way of a question through the dialect.

use std::{fmt, sync::Arc};

use adapter_soap::{Question, SettingsError, SoapClient};
use async_trait::async_trait;
use bytes::Bytes;
use clock::Clock;
use contract::{Body, Exchange, ExchangeError, ExchangeReply, ExchangeRequest};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header::CONTENT_TYPE};

use crate::{
    PopulationSettings, QUESTION, answer, credentials, input,
    question::{self, Asker, Operation},
};

/// The population database.
pub struct PopulationExchange {
    client: SoapClient,
    settings: PopulationSettings,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for PopulationExchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PopulationExchange").field("client", &self.client).finish_non_exhaustive()
    }
}

impl PopulationExchange {
    /// Prepares the adapter. Nothing is sent.
    ///
    /// # Errors
    /// What is wrong with the settings.
    pub fn new(settings: PopulationSettings, clock: Arc<dyn Clock>) -> Result<Self, SettingsError> {
        let client = SoapClient::new(&settings.upstream)?;
        Ok(Self { client, settings, clock })
    }
}

#[async_trait]
impl Exchange for PopulationExchange {
    async fn call(&self, request: ExchangeRequest) -> Result<ExchangeReply, ExchangeError> {
        let operation = Operation::of(request.service.code()).ok_or(ExchangeError::Operation)?;
        let plain = matches!(request.path.as_str(), "" | "/") && request.query.is_none();
        if request.method != Method::POST || !plain {
            return Err(ExchangeError::Operation);
        }
        let asker = Asker::new(&request.foreign)?;
        // A question is small; one that is streamed was larger than what is held.
        let Body::Held(body) = request.body else { return Err(ExchangeError::Input { field: "body".into() }) };
        let input = input::read(&body)?;
        let number = request.transaction.to_string();
        let question = Question {
            element: question::element(operation, &number, asker, &self.settings, &input),
            namespace: QUESTION,
            headers: credentials::headers(&self.settings, self.clock.now())?,
            time_left: request.time_left,
        };
        let node = self.client.ask(question).await?;
        let value = answer::read(operation, &number, &input, &node)?;
        let body = serde_json::to_vec(&value).map_err(|_| ExchangeError::Malformed)?;
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
        Ok(ExchangeReply { status: StatusCode::OK, headers, body: Body::Held(Bytes::from(body)) })
    }
}
