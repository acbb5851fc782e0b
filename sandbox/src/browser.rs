//! A small browser without scripts: cookies, forms, redirects followed by hand. The walk of `check` and the system
//! tests use it, because they need to stop between two redirects, which a real browser does not let them.

pub mod cookies;
pub mod form;
pub mod html;

use std::time::Duration;

use http::{HeaderMap, Method, StatusCode, header};
use url::Url;

pub use self::form::Form;
use self::{cookies::CookieJar, html::Tag};

/// A real browser gives up at about this number of redirects.
const MOST_REDIRECTS: usize = 20;

/// Why a page could not be reached.
#[derive(Debug, thiserror::Error)]
pub enum BrowserError {
    /// The server did not answer as HTTP.
    #[error("{url} did not answer")]
    Unreachable {
        /// Where the request went, without its query.
        url: String,
        /// What the client library says.
        source: reqwest::Error,
    },
    /// Redirects that do not end.
    #[error("more than {MOST_REDIRECTS} redirects, the last one to {0}")]
    RedirectLoop(String),
    /// A `Location` or an `action` that is no address.
    #[error("{0:?} is not an address")]
    Address(String),
    /// The page has no such form, field or button.
    #[error("the page {url} has no {what}")]
    Missing {
        /// The page, without its query.
        url: String,
        /// What was looked for.
        what: String,
    },
    /// The HTTP client could not be built.
    #[error("no HTTP client could be built")]
    Client(#[source] reqwest::Error),
}

/// One answer, with everything that a test may want to look at.
#[derive(Clone, Debug)]
pub struct Page {
    /// Where it came from.
    pub url: Url,
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, with what is not UTF-8 replaced.
    pub body: String,
    /// The addresses that were redirected through on the way here, in order.
    pub way: Vec<Url>,
}

impl Page {
    /// Where the answer sends the browser, when it is a redirect.
    pub fn location(&self) -> Result<Option<Url>, BrowserError> {
        if !self.status.is_redirection() {
            return Ok(None);
        }
        let Some(location) = self.headers.get(header::LOCATION) else { return Ok(None) };
        let text = String::from_utf8_lossy(location.as_bytes()).into_owned();
        self.url.join(&text).map(Some).map_err(|_| BrowserError::Address(text))
    }

    /// Every form of the page, in order.
    #[must_use]
    pub fn forms(&self) -> Vec<Form> {
        form::read(&self.url, &self.body)
    }

    /// The first form that has a field or button of this name.
    pub fn form_with(&self, name: &str) -> Result<Form, BrowserError> {
        let found = self.forms().into_iter().find(|form| form.has(name));
        found.ok_or_else(|| self.missing(format!("form with {name:?}")))
    }

    /// The first form whose action ends in `path`.
    pub fn form_to(&self, path: &str) -> Result<Form, BrowserError> {
        let found = self.forms().into_iter().find(|form| form.action.path() == path);
        found.ok_or_else(|| self.missing(format!("form to {path:?}")))
    }

    /// The address of the first link whose text contains `text`.
    pub fn link(&self, text: &str) -> Result<Url, BrowserError> {
        let mut tags = html::tags(&self.body).peekable();
        while let Some(tag) = tags.next() {
            let Tag::Open { name, attributes } = tag else { continue };
            if name != "a" {
                continue;
            }
            let mut label = String::new();
            while let Some(inner) = tags.next_if(|next| !matches!(next, Tag::Close { name } if name == "a")) {
                if let Tag::Text(words) = inner {
                    label.push_str(&words);
                }
            }
            if let (true, Some(href)) = (label.contains(text), attributes.get("href")) {
                return self.url.join(href).map_err(|_| BrowserError::Address(href.clone()));
            }
        }
        Err(self.missing(format!("link {text:?}")))
    }

    /// What a person reads: the text without tags, white space folded.
    #[must_use]
    pub fn text(&self) -> String {
        html::text(&self.body)
    }

    fn missing(&self, what: String) -> BrowserError {
        BrowserError::Missing { url: without_query(&self.url), what }
    }
}

/// One person's browser: a cookie jar and the manners of a browser.
#[derive(Debug)]
pub struct Browser {
    http: reqwest::Client,
    jar: CookieJar,
    language: String,
}

impl Browser {
    /// A browser with an empty jar that prefers Vietnamese.
    pub fn new() -> Result<Self, BrowserError> {
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(20))
            .no_proxy()
            .build()
            .map_err(BrowserError::Client)?;
        Ok(Self { http, jar: CookieJar::default(), language: "vi,en;q=0.8".to_owned() })
    }

    /// The same browser with another `Accept-Language`.
    #[must_use]
    pub fn speaking(mut self, language: &str) -> Self {
        self.language = language.to_owned();
        self
    }

    /// Its cookies.
    #[must_use]
    pub fn cookies(&self) -> &CookieJar {
        &self.jar
    }

    /// Its cookies, to be changed: a test loses or steals some.
    pub fn cookies_mut(&mut self) -> &mut CookieJar {
        &mut self.jar
    }

    /// Opens an address and follows redirects to the page.
    pub async fn open(&mut self, url: &Url) -> Result<Page, BrowserError> {
        let page = self.send(Method::GET, url, None, None).await?;
        self.follow(page).await
    }

    /// Opens an address and stops at the first answer, redirect or not.
    pub async fn open_once(&mut self, url: &Url) -> Result<Page, BrowserError> {
        self.send(Method::GET, url, None, None).await
    }

    /// Sends a form of `page` and follows redirects to the next page.
    pub async fn submit(&mut self, page: &Page, form: &Form) -> Result<Page, BrowserError> {
        let answer = self.submit_once(page, form).await?;
        self.follow(answer).await
    }

    /// Sends a form of `page` and stops at the first answer.
    pub async fn submit_once(&mut self, page: &Page, form: &Form) -> Result<Page, BrowserError> {
        let fields = form.encoded();
        if form.method == Method::POST {
            return self.send(Method::POST, &form.action, Some(fields), Some(page)).await;
        }
        let mut url = form.action.clone();
        url.set_query(Some(&fields));
        self.send(Method::GET, &url, None, Some(page)).await
    }

    /// Follows the redirects of an answer to a page.
    pub async fn follow(&mut self, mut page: Page) -> Result<Page, BrowserError> {
        let mut way = std::mem::take(&mut page.way);
        while let Some(next) = page.location()? {
            if way.len() >= MOST_REDIRECTS {
                return Err(BrowserError::RedirectLoop(without_query(&next)));
            }
            way.push(page.url.clone());
            // Every redirect here is met with GET, as browsers do for 302 and 303; nobody here answers 307 or 308.
            page = self.send(Method::GET, &next, None, None).await?;
        }
        page.way = way;
        Ok(page)
    }

    async fn send(
        &mut self,
        method: Method,
        url: &Url,
        body: Option<String>,
        from: Option<&Page>,
    ) -> Result<Page, BrowserError> {
        let unreachable = |source| BrowserError::Unreachable { url: without_query(url), source };
        let mut request = self
            .http
            .request(method.clone(), url.clone())
            .header(header::ACCEPT, "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8")
            .header(header::ACCEPT_LANGUAGE, &self.language)
            .header("sec-fetch-mode", "navigate")
            .header("sec-fetch-dest", "document")
            .header("sec-fetch-site", fetch_site(from.map(|page| &page.url), url));
        if let Some(cookies) = self.jar.header_for(url) {
            request = request.header(header::COOKIE, cookies);
        }
        if let (true, Some(page)) = (method == Method::POST, from) {
            request = request.header(header::ORIGIN, origin_of(page));
        }
        if let Some(body) = body {
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(body);
        }
        let answer = request.send().await.map_err(unreachable)?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        self.jar.take_from(url, &headers);
        let body = String::from_utf8_lossy(&answer.bytes().await.map_err(unreachable)?).into_owned();
        Ok(Page { url: url.clone(), status, headers, body, way: Vec::new() })
    }
}

/// The `Origin` of a form's request; a page without referrers hides it (Fetch §3.2, "append a request Origin header").
fn origin_of(page: &Page) -> String {
    let hides = page.headers.get(header::REFERRER_POLICY).is_some_and(|policy| policy == "no-referrer");
    if hides { "null".to_owned() } else { page.url.origin().ascii_serialization() }
}

/// `Sec-Fetch-Site` (Fetch Metadata §2.3); a site is a scheme and a host here, ports do not count.
fn fetch_site(from: Option<&Url>, to: &Url) -> &'static str {
    match from {
        None => "none",
        Some(from) if from.origin() == to.origin() => "same-origin",
        Some(from) if from.scheme() == to.scheme() && from.host() == to.host() => "same-site",
        Some(_) => "cross-site",
    }
}

/// An address fit for an error: codes and tokens stand in queries.
fn without_query(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    url.to_string()
}
