//! A browser: cookies, and the way of a person through the pages.

use std::{collections::BTreeMap, sync::Mutex};

use axum::body::Body;
use http::{Request, StatusCode, header};

use super::{Answer, Ask, Site};

/// A browser with a cookie jar of its own.
pub struct Browser<'s> {
    site: &'s Site,
    jar: Mutex<BTreeMap<String, String>>,
}

impl<'s> Browser<'s> {
    /// A browser that was never here.
    #[must_use]
    pub fn new(site: &'s Site) -> Self {
        Self { site, jar: Mutex::default() }
    }

    /// The same person's browser after the site was restarted.
    #[must_use]
    pub fn with_cookies(site: &'s Site, cookies: BTreeMap<String, String>) -> Self {
        Self { site, jar: Mutex::new(cookies) }
    }

    /// A copy of the jar.
    #[must_use]
    pub fn cookies(&self) -> BTreeMap<String, String> {
        self.jar.lock().unwrap().clone()
    }

    /// Plants a cookie.
    pub fn plant(&self, name: &str, value: &str) {
        self.jar.lock().unwrap().insert(name.to_owned(), value.to_owned());
    }

    /// The session cookie.
    #[must_use]
    pub fn session(&self) -> Option<String> {
        self.cookies().get("__Host-lt-session").cloned()
    }

    /// Follows a link.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path), Body::empty()).await
    }

    /// Sends a form.
    pub async fn post(&self, path: &str, pairs: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        self.post_encoded(path, body).await
    }

    /// Sends a form as it is.
    pub async fn post_encoded(&self, path: &str, body: String) -> Answer {
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request, Body::from(body)).await
    }

    async fn send(&self, mut request: http::request::Builder, body: Body) -> Answer {
        let cookies: Vec<String> = self.cookies().iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !cookies.is_empty() {
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        let answer = self.site.send(request.body(body).unwrap()).await;
        self.keep(&answer);
        answer
    }

    fn keep(&self, answer: &Answer) {
        let mut jar = self.jar.lock().unwrap();
        for line in answer.headers.get_all(header::SET_COOKIE) {
            let line = line.to_str().unwrap();
            let (name, value) = line.split(';').next().unwrap().split_once('=').unwrap();
            if line.contains("Max-Age=0") {
                jar.remove(name);
            } else {
                jar.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    /// Begins a login and, where there is a choice, chooses the provider; gives the `state` that the provider was sent.
    pub async fn begin(&self, ask: &Ask, provider: &str) -> String {
        let answer = self.get(&ask.path()).await;
        let sent = if answer.status == StatusCode::OK {
            let login = answer.hidden("login").unwrap();
            self.post("/choose", &[("login", &login), ("provider", provider)]).await
        } else {
            answer
        };
        assert_eq!(sent.location().host_str(), Some(format!("{provider}.test").as_str()), "{sent:?}");
        sent.param("state").unwrap()
    }

    /// Comes back from the provider.
    pub async fn callback(&self, provider: &str, state: &str, person: &str) -> Answer {
        self.get(&format!("/callback/{provider}?state={state}&code={person}")).await
    }

    /// The information page that an answer leads to.
    pub async fn read_page(&self, answer: &Answer) -> Answer {
        let page = answer.location();
        assert_eq!(page.path(), "/consent", "{answer:?}");
        self.get(&format!("/consent?{}", page.query().unwrap())).await
    }

    /// Decides on the information page that an answer leads to.
    pub async fn decide(&self, answer: &Answer, decision: &str) -> Answer {
        let page = self.read_page(answer).await;
        let login = page.hidden("login").unwrap();
        self.post("/consent", &[("login", &login), ("decision", decision)]).await
    }

    /// The whole way: through the provider, past the information page where there is one, to the application.
    pub async fn sign_in(&self, ask: &Ask, provider: &str, person: &str) -> Answer {
        let state = self.begin(ask, provider).await;
        let answer = self.callback(provider, &state, person).await;
        if answer.status == StatusCode::SEE_OTHER && answer.location().path() == "/consent" {
            self.decide(&answer, "approve").await
        } else {
            answer
        }
    }

    /// The whole way of a client's unchanged request through VNeID, to its tokens.
    pub async fn tokens(&self, client: &str, ask: &Ask, person: &str) -> Answer {
        let answer = self.sign_in(ask, "vneid", person).await;
        self.site.trade(client, &answer.code()).await
    }
}
