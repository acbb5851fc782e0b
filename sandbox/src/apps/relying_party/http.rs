//! The HTTP client under `openidconnect`, which brings none.

use std::{future::Future, pin::Pin, time::Duration};

use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};

/// Anything slower than this is down, for a person who waits.
const LONGEST_CALL: Duration = Duration::from_secs(10);

/// A client without redirects: one from a token endpoint would carry the code elsewhere (RFC 9700 §4.12).
pub(super) struct Http(reqwest::Client);

impl Http {
    pub(super) fn new() -> Result<Self, reqwest::Error> {
        let none = reqwest::redirect::Policy::none();
        reqwest::Client::builder().redirect(none).timeout(LONGEST_CALL).no_proxy().build().map(Self)
    }
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = reqwest::Error;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, reqwest::Error>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let answer = self.0.execute(request.try_into()?).await?;
            let (status, headers) = (answer.status(), answer.headers().clone());
            let mut response = HttpResponse::new(answer.bytes().await?.to_vec());
            *response.status_mut() = status;
            *response.headers_mut() = headers;
            Ok(response)
        })
    }
}
