//! Một cửa điện tử, cổng dịch vụ công: a citizen hands in a case and follows it. Its front page is also where a newcomer
//! to the province begins.

pub mod guide;
pub mod verification;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use askama::Template;
use axum::{
    Form, Router,
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;

use self::{guide::Guide, verification::Verification};
use super::{
    Application, Face,
    pages::{self, Frame, Identity, local_time, render},
    routes,
};

/// How it presents itself.
pub static FACE: Face = Face {
    client_id: "mot-cua",
    name: "Một cửa điện tử",
    body: "Trung tâm Phục vụ hành chính công tỉnh",
    colours: "xanh",
    reasons: &[
        ("name", "Ghi tên người nộp hồ sơ."),
        ("birthdate", "Phân biệt những người trùng họ tên."),
        ("vn_citizen_id", "Đối chiếu hồ sơ với căn cước; trang này chỉ hiện ba số cuối."),
        ("vn_account_level", "Nộp hồ sơ cần tài khoản định danh mức độ 2."),
        ("vn_agency", "Cán bộ: xác minh công dân dưới tên đơn vị này."),
        ("vn_officer", "Cán bộ: ghi ai đã hỏi cơ sở dữ liệu dân cư."),
    ],
    level_advice: "Nộp hồ sơ cần tài khoản VNeID mức độ 2. Nếu bạn đang ở mức độ 1, hãy đến công an cấp xã để nâng mức, \
                   hoặc đăng nhập bằng tài khoản khác.",
    returns: &["/xac-minh"],
};

/// What can be handed in.
const PROCEDURES: [&str; 3] =
    ["Cấp bản sao trích lục hộ tịch", "Đăng ký thành lập hộ kinh doanh", "Xác nhận tình trạng hôn nhân"];

/// More than this per person is not a trial any more.
const MOST_CASES: usize = 20;

#[derive(Clone)]
struct Case {
    number: String,
    procedure: &'static str,
    handed_in: String,
}

struct MotCua {
    app: Arc<Application>,
    guide: Guide,
    /// By `sub`: the application knows its people by nothing else.
    cases: Mutex<HashMap<String, Vec<Case>>>,
}

#[derive(Template)]
#[template(path = "apps/mot_cua.html")]
struct FrontPage<'a> {
    frame: Frame<'a>,
    identity: Option<Identity<'a>>,
    cases: Vec<Case>,
    officer: bool,
    procedures: &'a [&'static str],
    guide: &'a Guide,
}

/// The whole application.
pub fn router(app: Arc<Application>, guide: Guide, verification: Verification) -> Router {
    let state = Arc::new(MotCua { app: app.clone(), guide, cases: Mutex::default() });
    let own = Router::new().route("/", get(front)).route("/ho-so", post(hand_in)).with_state(state);
    let own = own.merge(verification::router(verification));
    pages::protected(own.merge(routes::router(app.clone())), app.party.issuer())
}

async fn front(State(state): State<Arc<MotCua>>, headers: HeaderMap) -> Response {
    let session = state.app.session(&headers);
    let cases = session.as_ref().map(|session| state.cases_of(&session.person.subject)).unwrap_or_default();
    let page = FrontPage {
        frame: Frame::new(&state.app, session.as_ref()),
        identity: session.as_ref().map(|session| Identity::of(session, &FACE)),
        cases,
        officer: session.as_ref().is_some_and(verification::is_officer),
        procedures: &PROCEDURES,
        guide: &state.guide,
    };
    render(StatusCode::OK, &page)
}

#[derive(Deserialize)]
struct HandIn {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    thu_tuc: usize,
}

async fn hand_in(State(state): State<Arc<MotCua>>, headers: HeaderMap, Form(form): Form<HandIn>) -> Response {
    let Some(session) = state.app.session(&headers) else { return Redirect::to("/login").into_response() };
    if !session.sent(&form.csrf) {
        return pages::stale_form(&state.app, &session);
    }
    if let Some(procedure) = PROCEDURES.get(form.thu_tuc) {
        state.keep(&session.person.subject, procedure);
    }
    Redirect::to("/#ho-so").into_response()
}

impl MotCua {
    fn cases_of(&self, subject: &str) -> Vec<Case> {
        self.cases.lock().unwrap_or_else(PoisonError::into_inner).get(subject).cloned().unwrap_or_default()
    }

    fn keep(&self, subject: &str, procedure: &'static str) {
        let mut all = self.cases.lock().unwrap_or_else(PoisonError::into_inner);
        let count = all.values().map(Vec::len).sum::<usize>();
        let cases = all.entry(subject.to_owned()).or_default();
        if cases.len() < MOST_CASES {
            let now = self.app.clock.now();
            let number = format!("000.00.15.H19-{:04}", count.saturating_add(1));
            cases.push(Case { number, procedure, handed_in: local_time(now) });
        }
    }
}
