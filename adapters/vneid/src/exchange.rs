//! From a code to the facts about a person, in two exchanges.

use contract::{Attempt, ProviderError};
use form_urlencoded::Serializer;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use secrecy::ExposeSecret;
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::{
    envelope::{Opener, Unopened},
    http::{Answer, Http},
    person::Facts,
    response::CodeResponse,
    settings::{Encryption, VneidSettings},
};

/// The longest access token that is believed to be one, in bytes.
const LONGEST_TOKEN: usize = 8192;
/// Likewise for a code: several identifiers joined by dots.
const LONGEST_CODE: usize = 1024;
/// Stands in for a code that could not be read. No provider ever gave it out.
const NO_CODE: &str = "00000000-0000-0000-0000-000000000000";

/// Where a login failed. For the operator; the person sees no difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) step: &'static str,
    pub(crate) error: ProviderError,
}

fn at(step: &'static str) -> impl Fn(ProviderError) -> Failure {
    move |error| Failure { step, error }
}

impl From<Unopened> for ProviderError {
    fn from(_: Unopened) -> Self {
        Self::Message
    }
}

/// One login on its way through the provider.
pub(crate) struct Exchange<'a> {
    pub(crate) settings: &'a VneidSettings,
    pub(crate) opener: &'a Opener,
    pub(crate) http: &'a Http,
}

#[derive(Deserialize)]
struct Envelope {
    data: Option<String>,
    key: Option<String>,
}

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: String,
    token_type: Option<String>,
}

#[derive(Deserialize)]
struct ErrorAnswer {
    error: String,
}

impl Exchange<'_> {
    /// Opens the code, trades it and fetches the person.
    ///
    /// A code that does not open is traded all the same, as [`NO_CODE`]: otherwise the time until our answer would tell
    /// whoever holds the browser which of its forged codes had good padding. For the same reason a refusal of an
    /// encrypted code is called what an unreadable one is called.
    pub(crate) async fn run(&self, attempt: &Attempt, response: &CodeResponse) -> Result<Facts, Failure> {
        let code = self.code(response).map_err(at("callback"))?;
        let traded = self.trade(attempt, response, code.as_ref().map_or(NO_CODE, |code| code)).await;
        let token = match code {
            Some(_) => traded?,
            None => return Err(traded.err().unwrap_or(Failure { step: "callback", error: ProviderError::Message })),
        };
        self.fetch(&token).await
    }

    /// The code in clear, or `None` for one that our key does not open.
    fn code(&self, response: &CodeResponse) -> Result<Option<Zeroizing<String>>, ProviderError> {
        let is_code = |text: &Zeroizing<String>| {
            (1..=LONGEST_CODE).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
        };
        let Some(key) = &response.encrypt_key else {
            return Some(response.code.clone()).filter(is_code).map(Some).ok_or(ProviderError::Response);
        };
        let opened = self.opener.open(key, &response.code)?.verdict();
        let text = opened.ok().and_then(|plain| std::str::from_utf8(&plain).ok().map(str::to_owned));
        Ok(text.map(Zeroizing::new).filter(is_code))
    }

    /// The token request (RFC 6749 §4.1.3): a form, because the provider answers JSON with 415, whatever its paper says.
    async fn trade(
        &self,
        attempt: &Attempt,
        response: &CodeResponse,
        code: &str,
    ) -> Result<Zeroizing<String>, Failure> {
        let at = at("token");
        let request = self
            .http
            .client
            .post(self.settings.token_url.clone())
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(ACCEPT, "application/json")
            .body(self.token_form(attempt, response, code));
        let refused = if response.encrypt_key.is_some() { ProviderError::Message } else { ProviderError::Code };
        let body = match self.http.send(request).await.map_err(&at)? {
            Answer::Good(body) => body,
            Answer::BadRequest(body) => return Err(at(refusal(&body, refused))),
        };
        let plain = self.plain(body).map_err(&at)?;
        access_token(&plain).ok_or_else(|| at(ProviderError::Message))
    }

    fn token_form(&self, attempt: &Attempt, response: &CodeResponse, code: &str) -> String {
        let mut form = Serializer::new(String::new());
        form.append_pair("grant_type", "authorization_code")
            .append_pair("code", code)
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("client_secret", self.settings.client_secret.expose_secret())
            .append_pair("redirect_uri", attempt.redirect_uri.as_str());
        if let Some(key) = &response.encrypt_key {
            form.append_pair("encrypt_key", key);
        }
        form.finish()
    }

    /// The userinfo request: GET with the token as bearer (RFC 6750 §2.1).
    async fn fetch(&self, token: &str) -> Result<Facts, Failure> {
        let at = at("userinfo");
        let url = self.settings.userinfo_url.clone();
        let request = self.http.client.get(url).bearer_auth(token).header(ACCEPT, "application/json");
        let body = match self.http.send(request).await.map_err(&at)? {
            Answer::Good(body) => body,
            Answer::BadRequest(_) => return Err(at(ProviderError::Message)),
        };
        let plain = self.plain(body).map_err(&at)?;
        serde_json::from_slice(&plain).map_err(|_| at(ProviderError::Message))
    }

    /// The body in clear. Whatever claims to be encrypted, by `data` or by `key`, must open.
    fn plain(&self, body: Zeroizing<Vec<u8>>) -> Result<Zeroizing<Vec<u8>>, ProviderError> {
        let envelope: Envelope = serde_json::from_slice(&body).map_err(|_| ProviderError::Message)?;
        match (envelope.data, envelope.key, self.settings.encryption) {
            (Some(data), Some(key), _) => Ok(self.opener.open(&key, &data)?.verdict()?),
            (None, None, Encryption::Accepted) => Ok(body),
            _ => Err(ProviderError::Message),
        }
    }
}

fn refusal(body: &[u8], of_the_code: ProviderError) -> ProviderError {
    match serde_json::from_slice::<ErrorAnswer>(body) {
        Ok(answer) if matches!(answer.error.as_str(), "invalid_client" | "unauthorized_client") => {
            ProviderError::Refused
        }
        _ => of_the_code,
    }
}

fn access_token(plain: &[u8]) -> Option<Zeroizing<String>> {
    let answer: TokenAnswer = serde_json::from_slice(plain).ok()?;
    let is_bearer = answer.token_type.is_none_or(|name| name.eq_ignore_ascii_case("bearer"));
    let token = Zeroizing::new(answer.access_token);
    let is_token = (1..=LONGEST_TOKEN).contains(&token.len()) && token.bytes().all(|byte| byte.is_ascii_graphic());
    (is_bearer && is_token).then_some(token)
}
