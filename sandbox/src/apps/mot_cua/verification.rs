//! Xác minh công dân: an officer asks the population database through the bus, with the application's certificate and key
//! and the officer's own token.
//!
//! The person's number travels in the bodies of requests alone, never in an address and never into a log.

pub mod answer;
pub mod drafts;
pub mod form;
pub mod words;

use std::sync::Arc;

use askama::Template;
use axum::{
    Form, Router,
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use http::{HeaderMap, StatusCode};

use self::{
    answer::{Outcome, Shown},
    drafts::Drafts,
    form::{Choice, Faults, Inquiry, PROCEDURES, PURPOSES, Question, Typed},
};
use crate::{
    apps::{
        Application,
        pages::{self, Frame, render},
        relying_party::OfficerToken,
        sessions::Session,
    },
    bus::{Caller, Message},
};

/// Where the page is.
pub const PAGE: &str = "/xac-minh";

/// The legal basis of both agreements of this application.
const LEGAL_BASIS: &str = "118/2025/ND-CP";

/// What the page needs.
pub struct Verification {
    app: Arc<Application>,
    caller: Caller,
    drafts: Drafts,
}

#[derive(Template)]
#[template(path = "apps/xac_minh.html")]
struct Page<'a> {
    frame: Frame<'a>,
    typed: &'a Typed,
    faults: Faults,
    shown: Option<Shown>,
    purposes: &'a [Choice],
    procedures: &'a [Choice],
}

#[derive(Template)]
#[template(path = "apps/khong_co_chuc_vu.html")]
struct NoPost<'a> {
    frame: Frame<'a>,
}

impl Verification {
    /// The page of an application that calls the bus by this caller.
    #[must_use]
    pub fn new(app: Arc<Application>, caller: Caller) -> Self {
        Self { app, caller, drafts: Drafts::default() }
    }
}

/// The routes of the page.
pub fn router(verification: Verification) -> Router {
    Router::new().route(PAGE, get(blank).post(ask)).with_state(Arc::new(verification))
}

/// Whether this person may verify citizens: the broker has said so with the officer's token.
#[must_use]
pub fn is_officer(session: &Session) -> bool {
    session.person.officer_token.is_some()
}

async fn blank(State(page): State<Arc<Verification>>, headers: HeaderMap) -> Response {
    let Some(session) = page.app.session(&headers) else { return log_in() };
    if !is_officer(&session) {
        return page.no_post(&session);
    }
    let kept = page.drafts.take(&session.person.subject, page.app.clock.now());
    page.form(&session, StatusCode::OK, &kept.unwrap_or_else(Typed::blank), Faults::default(), None)
}

async fn ask(State(page): State<Arc<Verification>>, headers: HeaderMap, Form(typed): Form<Typed>) -> Response {
    let Some(session) = page.app.session(&headers) else { return log_in() };
    let Some(officer) = &session.person.officer_token else { return page.no_post(&session) };
    if !session.sent(&typed.csrf) {
        return pages::stale_form(&page.app, &session);
    }
    let inquiry = match typed.read() {
        Ok(inquiry) => inquiry,
        Err(faults) => return page.form(&session, StatusCode::UNPROCESSABLE_ENTITY, &typed, faults, None),
    };
    let shown = page.outcome(&inquiry, officer).await;
    if shown.needs_login() {
        // Back from the login the form is as it was.
        page.drafts.keep(&session.person.subject, typed.clone(), page.app.clock.now());
    }
    page.form(&session, shown.status(), &typed, Faults::default(), Some(shown))
}

impl Verification {
    async fn outcome(&self, inquiry: &Inquiry, officer: &OfficerToken) -> Shown {
        if officer.expires <= self.app.clock.now() {
            return Shown::of(inquiry.question, Outcome::LoginEnded);
        }
        let message = Message {
            procedure: Some(inquiry.procedure),
            actor: Some(&officer.token),
            ..Message::post(inquiry.question.service(), inquiry.purpose, LEGAL_BASIS, &inquiry.body)
        };
        let outcome = match self.caller.call(&message).await {
            Ok(answer) => Outcome::Answered(answer),
            Err(error) => Outcome::Failed(error),
        };
        Shown::of(inquiry.question, outcome)
    }

    fn form(
        &self,
        session: &Session,
        status: StatusCode,
        typed: &Typed,
        faults: Faults,
        shown: Option<Shown>,
    ) -> Response {
        let frame = Frame::new(&self.app, Some(session));
        render(status, &Page { frame, typed, faults, shown, purposes: &PURPOSES, procedures: &PROCEDURES })
    }

    fn no_post(&self, session: &Session) -> Response {
        render(StatusCode::FORBIDDEN, &NoPost { frame: Frame::new(&self.app, Some(session)) })
    }
}

fn log_in() -> Response {
    Redirect::to("/login?ve=xac-minh").into_response()
}
