//! What every application answers alike: login, the broker's answer, logout, looks and health.

use std::{collections::HashMap, sync::Arc};

use axum::{
    Form, Router,
    extract::{RawQuery, State},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use http::{HeaderMap, StatusCode, header};
use serde::Deserialize;

use super::{
    Application, pages,
    relying_party::{LoginError, SignedIn, random},
    sessions::{Session, cookie, set_cookie},
};

/// Where the broker's answers arrive.
pub const CALLBACK: &str = "/callback";
/// Where a person arrives who signed out.
pub const SIGNED_OUT: &str = "/da-dang-xuat";

/// The routes of every application.
pub fn router(app: Arc<Application>) -> Router {
    Router::new()
        .route("/login", get(login))
        .route(CALLBACK, get(callback))
        .route("/logout", post(logout))
        .route(SIGNED_OUT, get(signed_out))
        .route("/ung-dung.css", get(pages::stylesheet))
        .route("/live", get(StatusCode::NO_CONTENT))
        .with_state(app)
}

impl Application {
    /// The session of a request.
    #[must_use]
    pub fn session(&self, headers: &HeaderMap) -> Option<Session> {
        self.sessions.find(cookie(headers, &self.session_cookie())?, self.clock.now())
    }

    /// The page at which a login ends that was asked for with `?ve=`: one of the application's own, or the front page.
    fn back(&self, query: &str) -> &'static str {
        let asked = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "ve");
        let known =
            asked.and_then(|(_, asked)| self.face.returns.iter().find(|page| page.strip_prefix('/') == Some(&*asked)));
        known.copied().unwrap_or("/")
    }

    fn session_cookie(&self) -> String {
        format!("{}_phien", self.face.client_id)
    }

    /// Names the browser from its first login on, so that an answer can be kept to it.
    fn browser_cookie(&self) -> String {
        format!("{}_trinh_duyet", self.face.client_id)
    }
}

async fn login(State(app): State<Arc<Application>>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    match begin(&app, &headers, app.back(query.as_deref().unwrap_or_default())).await {
        Ok(response) => response,
        Err(error) => pages::error(&app, None, &error),
    }
}

async fn begin(app: &Application, headers: &HeaderMap, back: &'static str) -> Result<Response, LoginError> {
    let known = cookie(headers, &app.browser_cookie()).filter(|value| value.len() == 43);
    let browser = known.map_or_else(|| random(app.entropy.as_ref()), |value| Ok(value.to_owned()))?;
    let started = app.party.start().await?;
    app.attempts.begin(started.state, &browser, started.remembered, back, app.clock.now());
    let mut response = Redirect::to(started.url.as_str()).into_response();
    if let Some(line) = set_cookie(&app.browser_cookie(), Some(&browser)) {
        response.headers_mut().append(header::SET_COOKIE, line);
    }
    Ok(response)
}

async fn callback(State(app): State<Arc<Application>>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let session = app.session(&headers);
    match end(&app, query.as_deref().unwrap_or_default(), &headers).await {
        Ok((person, back)) => enter(&app, person, back).unwrap_or_else(|error| pages::error(&app, None, &error)),
        // Back button or a second press of Enter: the person is in already, so there is nothing to complain about.
        Err(LoginError::UnknownAttempt) if session.is_some() => Redirect::to("/").into_response(),
        Err(error) => {
            tracing::warn!(client.id = app.face.client_id, refusal.code = %error, "login.refused");
            pages::error(&app, session.as_ref(), &error)
        }
    }
}

async fn end(app: &Application, query: &str, headers: &HeaderMap) -> Result<(SignedIn, &'static str), LoginError> {
    let mut answer = HashMap::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        // Two values for one parameter: somebody hopes that two readers choose differently (RFC 6749 §3.1).
        if answer.insert(name.into_owned(), value.into_owned()).is_some() {
            return Err(LoginError::EmptyAnswer);
        }
    }
    let browser = cookie(headers, &app.browser_cookie()).ok_or(LoginError::UnknownAttempt)?;
    let state = answer.get("state").ok_or(LoginError::UnknownAttempt)?;
    let (remembered, back) = app.attempts.end(state, browser, app.clock.now())?;
    let iss = answer.get("iss").map(String::as_str);
    if let Some(code) = answer.get("error") {
        app.party.check_issuer(iss)?;
        let description = answer.get("error_description").cloned();
        return Err(LoginError::Refused { code: code.clone(), description });
    }
    let code = answer.remove("code").ok_or(LoginError::EmptyAnswer)?;
    let person = app.party.finish(remembered, answer.get("iss").map(String::as_str), code).await?;
    Ok((person, back))
}

/// A new cookie value for every login, so that nobody can be given a session in advance.
fn enter(app: &Application, person: SignedIn, back: &'static str) -> Result<Response, LoginError> {
    let (key, csrf) = (random(app.entropy.as_ref())?, random(app.entropy.as_ref())?);
    tracing::info!(client.id = app.face.client_id, acr = person.acr.as_deref().unwrap_or(""), "login.done");
    app.sessions.begin(&key, person, csrf, app.clock.now());
    let mut response = Redirect::to(back).into_response();
    if let Some(line) = set_cookie(&app.session_cookie(), Some(&key)) {
        response.headers_mut().append(header::SET_COOKIE, line);
    }
    Ok(response)
}

/// A form that only carries its proof of origin.
#[derive(Deserialize)]
struct Proven {
    #[serde(default)]
    csrf: String,
}

async fn logout(State(app): State<Arc<Application>>, headers: HeaderMap, Form(form): Form<Proven>) -> Response {
    let Some(session) = app.session(&headers) else { return Redirect::to(SIGNED_OUT).into_response() };
    if !session.sent(&form.csrf) {
        return pages::stale_form(&app, &session);
    }
    cookie(&headers, &app.session_cookie()).and_then(|key| app.sessions.end(key));
    // Signed out here in any case; when the broker is away the person learns that it did not hear of it.
    let mut response = match app.party.logout_url(&session.person.id_token).await {
        Ok(url) => Redirect::to(url.as_str()).into_response(),
        Err(error) => pages::error(&app, None, &error),
    };
    if let Some(line) = set_cookie(&app.session_cookie(), None) {
        response.headers_mut().append(header::SET_COOKIE, line);
    }
    response
}

async fn signed_out(State(app): State<Arc<Application>>, headers: HeaderMap) -> Response {
    pages::signed_out(&app, app.session(&headers).as_ref())
}
