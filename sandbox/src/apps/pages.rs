//! The pages of the applications: their frame, and what all of them show alike.

use std::{sync::Arc, time::Duration};

use askama::Template;
use axum::{
    Router,
    body::Body,
    middleware,
    response::{Html, IntoResponse, Response},
};
use clock::Timestamp;
use http::{HeaderValue, Request, StatusCode, header};
use types::AuthLevel;

use super::{
    Application,
    explain::explain,
    face::{Face, label, shown},
    relying_party::LoginError,
    sessions::Session,
};

/// What stands around every page.
pub struct Frame<'a> {
    /// Whose page it is.
    pub face: &'static Face,
    /// Where the province begins.
    pub home: &'a str,
    /// Who is logged in.
    pub session: Option<&'a Session>,
}

impl<'a> Frame<'a> {
    /// The frame of an application's page.
    #[must_use]
    pub fn new(app: &'a Application, session: Option<&'a Session>) -> Self {
        Self { face: app.face, home: &app.home, session }
    }
}

/// One released claim on the page.
pub struct ClaimRow {
    /// Its Vietnamese name.
    pub label: String,
    /// Its name on the wire.
    pub claim: String,
    /// Its value, masked where it must be.
    pub value: String,
    /// What it is for.
    pub reason: &'static str,
}

/// What the broker said about the person, for the page.
pub struct Identity<'a> {
    /// `sub`.
    pub subject: &'a str,
    /// `acr` as it stands in the token.
    pub acr: &'a str,
    /// What that level means.
    pub level: &'static str,
    /// `vn_account_level`, or that it was not sent.
    pub account_level: String,
    /// Every claim.
    pub claims: Vec<ClaimRow>,
}

impl<'a> Identity<'a> {
    /// Reads a session.
    #[must_use]
    pub fn of(session: &'a Session, face: &'static Face) -> Self {
        let person = session.person.as_ref();
        let acr = person.acr.as_deref().unwrap_or("(không có)");
        let level = match person.acr.as_deref().and_then(AuthLevel::from_acr).map(AuthLevel::get) {
            Some(1) => "mức 1: một yếu tố",
            Some(2) => "mức 2: hai yếu tố khác loại",
            Some(3) => "mức 3: hai yếu tố trở lên, có sinh trắc học",
            Some(4) => "mức 4: sinh trắc học, vật sở hữu và điều ghi nhớ",
            _ => "không rõ mức",
        };
        let account_level = person
            .claims
            .get("vn_account_level")
            .map_or_else(|| "không gửi cho ứng dụng này".to_owned(), ToString::to_string);
        let row = |(claim, value): (&String, &serde_json::Value)| ClaimRow {
            label: label(claim).to_owned(),
            claim: claim.clone(),
            value: shown(claim, value),
            reason: face.reason(claim),
        };
        let mut claims: Vec<_> = person.claims.iter().map(row).collect();
        claims.sort_by_key(|row| face.rank(&row.claim));
        Self { subject: &person.subject, acr, level, account_level, claims }
    }
}

#[derive(Template)]
#[template(path = "apps/error.html")]
struct ErrorPage<'a> {
    frame: Frame<'a>,
    title: &'a str,
    what: &'a str,
    advice: &'a str,
    code: &'a str,
    detail: Option<&'a str>,
    way_on: (&'a str, &'a str),
}

#[derive(Template)]
#[template(path = "apps/signed_out.html")]
struct SignedOutPage<'a> {
    frame: Frame<'a>,
}

/// The page for a login that did not work.
pub fn error(app: &Application, session: Option<&Session>, error: &LoginError) -> Response {
    let words = explain(error, app.face);
    let page = ErrorPage {
        frame: Frame::new(app, session),
        title: words.title,
        what: words.what,
        advice: words.advice,
        code: &words.code,
        detail: words.detail.as_deref(),
        way_on: ("/login", "Đăng nhập lại"),
    };
    render(words.status, &page)
}

/// The page for a form that was not sent from a page of this session.
pub fn stale_form(app: &Application, session: &Session) -> Response {
    let page = ErrorPage {
        frame: Frame::new(app, Some(session)),
        title: "Biểu mẫu đã cũ",
        what: "Trang bạn vừa gửi thuộc về một phiên đăng nhập trước. Chưa có gì thay đổi.",
        advice: "Hãy về trang đầu và làm lại.",
        code: "form_of_another_session",
        detail: None,
        way_on: ("/", "Về trang đầu"),
    };
    render(StatusCode::FORBIDDEN, &page)
}

/// The page after signing out.
pub fn signed_out(app: &Application, session: Option<&Session>) -> Response {
    render(StatusCode::OK, &SignedOutPage { frame: Frame::new(app, session) })
}

/// A template as an answer.
pub fn render(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => {
            tracing::error!(error = %error, "page.not_rendered");
            (StatusCode::INTERNAL_SERVER_ERROR, "Trang này không hiện được.").into_response()
        }
    }
}

/// The one stylesheet of the applications.
pub async fn stylesheet() -> Response {
    let css = include_str!("../../templates/apps/ung-dung.css");
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], css).into_response()
}

/// The headers of every answer: no script, no frame, no referrer, nothing kept. The broker stands in `form-action`
/// because signing out is a form that ends there, and browsers hold redirects of a form to that list.
pub fn protected(router: Router, issuer: &str) -> Router {
    let origin = issuer.trim_end_matches('/');
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self' {origin}; base-uri 'none'; \
         frame-ancestors 'none'"
    );
    let policy = HeaderValue::from_str(&policy).ok();
    let policy = Arc::new(policy.unwrap_or_else(|| HeaderValue::from_static("default-src 'none'")));
    router.layer(middleware::from_fn(move |request: Request<Body>, next: middleware::Next| {
        let policy = Arc::clone(&policy);
        async move {
            let mut response = next.run(request).await;
            let headers = response.headers_mut();
            headers.insert(header::CONTENT_SECURITY_POLICY, policy.as_ref().clone());
            headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
            headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            response
        }
    }))
}

/// A moment as people in Viet Nam write it; the country keeps UTC+7 the whole year.
#[must_use]
pub fn local_time(moment: Timestamp) -> String {
    let text = moment.plus(Duration::from_secs(7 * 3600)).rfc3339();
    let written = text.split_once('T').and_then(|(date, time)| {
        let mut parts = date.splitn(3, '-');
        let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
        Some(format!("{} {day}/{month}/{year}", time.get(..5)?))
    });
    written.unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_shown_in_the_time_of_viet_nam() {
        assert_eq!(local_time(Timestamp::from_seconds(1_795_219_200)), "07:00 21/11/2026");
    }
}
