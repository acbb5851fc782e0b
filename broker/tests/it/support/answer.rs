//! What came back.

use axum::response::Response;
use http::{HeaderMap, StatusCode, header};
use http_body_util::BodyExt;
use serde_json::Value;
use url::Url;

/// An answer of the broker, read whole.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: String,
}

impl Answer {
    /// Reads a response to its end.
    pub async fn read(response: Response) -> Self {
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Self { status: parts.status, headers: parts.headers, body: String::from_utf8_lossy(&bytes).into_owned() }
    }

    /// A header as text, empty when it is missing.
    #[must_use]
    pub fn header(&self, name: impl header::AsHeaderName) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    /// Where a redirect leads.
    #[must_use]
    #[track_caller]
    pub fn location(&self) -> Url {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "not a redirect: {self:?}");
        self.header(header::LOCATION).parse().unwrap()
    }

    /// A parameter of the address that a redirect leads to.
    #[must_use]
    #[track_caller]
    pub fn param(&self, name: &str) -> Option<String> {
        self.location().query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    /// The `code` of a successful authorization answer.
    #[must_use]
    #[track_caller]
    pub fn code(&self) -> String {
        self.param("code").unwrap_or_else(|| panic!("no code: {self:?}"))
    }

    /// The body as JSON.
    #[must_use]
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// A text member of the JSON body.
    #[must_use]
    #[track_caller]
    pub fn text(&self, name: &str) -> String {
        self.json()[name].as_str().unwrap_or_else(|| panic!("no {name}: {self:?}")).to_owned()
    }

    /// Whether it is a page for a person.
    #[must_use]
    pub fn is_page(&self) -> bool {
        self.header(header::CONTENT_TYPE).starts_with("text/html")
    }

    /// The reference number, from JSON or from the page.
    #[must_use]
    pub fn reference(&self) -> Option<String> {
        let known = |text: &&str| broker::ids::Reference::parse(text).is_some() && text.matches('-').count() == 3;
        let letter = |letter: char| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '-';
        self.body.split(|found| !letter(found)).find(known).map(str::to_owned)
    }

    /// The value of a hidden field of the page.
    #[must_use]
    pub fn hidden(&self, name: &str) -> Option<String> {
        let (_, rest) = self.body.split_once(&format!("name=\"{name}\" value=\""))?;
        rest.split_once('"').map(|(value, _)| value.to_owned())
    }
}

/// The claims of a JWT, unproven: what a test looks at after the broker made it.
#[must_use]
#[track_caller]
pub fn claims(token: &str) -> Value {
    signing::jws::unverified_claims(token).unwrap()
}
