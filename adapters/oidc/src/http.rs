//! The one HTTP client of a provider: no redirects, no proxy from the environment, limits on time and size.

use contract::ProviderError;
use oauth2::http::{Request, Response};
use serde_json::Value;
use url::Url;

use crate::{
    rejection::{Failure, Rejection},
    settings::{Limits, SettingsError},
};

/// Why no answer came that could be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum HttpError {
    #[error("no connection, or it broke, or the provider says that it is down")]
    Unreachable,
    #[error("no answer in time")]
    Timeout,
    #[error("the answer is too large")]
    TooLarge,
    #[error("the answer is of no kind that belongs here")]
    Unreadable,
    #[error("the provider refuses us")]
    Refused,
}

impl From<HttpError> for ProviderError {
    fn from(error: HttpError) -> Self {
        match error {
            HttpError::Unreachable => Self::Unreachable,
            HttpError::Timeout => Self::Timeout,
            HttpError::TooLarge | HttpError::Unreadable => Self::Message,
            HttpError::Refused => Self::Refused,
        }
    }
}

/// A client with its limits.
#[derive(Debug)]
pub(crate) struct Http {
    client: reqwest::Client,
    answer_bytes: usize,
}

impl Http {
    /// Trusts the root certificates of the machine. A machine that has none can still ask a provider on its own loopback,
    /// where that is allowed; every https address then fails.
    pub(crate) fn new(limits: &Limits, allow_http: bool) -> Result<Self, SettingsError> {
        let client = match builder(limits).build() {
            Err(_) if allow_http => builder(limits).tls_certs_only([]).build(),
            built => built,
        };
        Ok(Self { client: client.map_err(|_| SettingsError::HttpClient)?, answer_bytes: limits.answer_bytes })
    }

    /// Sends a request and reads the whole answer. A server error is a failure; everything else is an answer.
    pub(crate) async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, HttpError> {
        let request = reqwest::Request::try_from(request).map_err(|_| HttpError::Unreachable)?;
        let mut answer = self.client.execute(request).await.map_err(|error| broken(&error))?;
        if answer.status().is_server_error() || answer.status() == reqwest::StatusCode::TOO_MANY_REQUESTS {
            return Err(HttpError::Unreachable);
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| broken(&error))? {
            if body.len().saturating_add(chunk.len()) > self.answer_bytes {
                return Err(HttpError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        let mut response = Response::new(body);
        *response.status_mut() = answer.status();
        *response.headers_mut() = answer.headers().clone();
        Ok(response)
    }

    /// Fetches JSON. Anything but a 200 with JSON inside is `unreadable`.
    pub(crate) async fn get_json(
        &self,
        url: &Url,
        bearer: Option<&str>,
        unreadable: Rejection,
    ) -> Result<Value, Failure> {
        let mut request = Request::get(url.as_str()).header("accept", "application/json");
        if let Some(token) = bearer {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let request = request.body(Vec::new()).map_err(|_| unreadable)?;
        let answer = self.send(request).await.map_err(ProviderError::from)?;
        if answer.status() != reqwest::StatusCode::OK {
            return Err(unreadable.into());
        }
        Ok(serde_json::from_slice(answer.body()).map_err(|_| unreadable)?)
    }
}

fn builder(limits: &Limits) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .connect_timeout(limits.connect_timeout)
        .timeout(limits.request_timeout)
        .user_agent("lien-thong-broker")
}

fn broken(error: &reqwest::Error) -> HttpError {
    if error.is_timeout() { HttpError::Timeout } else { HttpError::Unreachable }
}
