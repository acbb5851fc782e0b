//! Quản lý văn bản: incoming documents of the provincial office, for officers.

use std::{
    collections::BTreeSet,
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

use super::{
    Application, Face,
    pages::{self, Frame, Identity, render},
    routes,
    sessions::Session,
};

/// How it presents itself.
pub static FACE: Face = Face {
    client_id: "qlvb",
    name: "Quản lý văn bản và điều hành",
    body: "Văn phòng Ủy ban nhân dân tỉnh",
    colours: "nau",
    reasons: &[
        ("name", "Ghi tên người xử lý trên phiếu trình."),
        ("email", "Báo khi có văn bản đến; chỉ tài khoản cán bộ có."),
        ("email_verified", "Đi cùng địa chỉ thư."),
    ],
    level_advice: "Hệ thống văn bản cần một lần đăng nhập đã rõ mức độ xác thực. Hãy dùng tài khoản cán bộ của tỉnh, hoặc \
                   VNeID.",
    returns: &[],
};

/// An incoming document.
#[derive(Debug)]
struct Document {
    sign: &'static str,
    summary: &'static str,
    from: &'static str,
    due: &'static str,
}

static DOCUMENTS: [Document; 3] = [
    Document {
        sign: "1204/SNV-CCVC",
        summary: "V/v rà soát vị trí việc làm năm 2026",
        from: "Sở Nội vụ",
        due: "27/11/2026",
    },
    Document {
        sign: "87/GM-UBND",
        summary: "Giấy mời họp giao ban tháng 11",
        from: "Ủy ban nhân dân tỉnh",
        due: "24/11/2026",
    },
    Document {
        sign: "356/BC-TTPVHCC",
        summary: "Báo cáo kết quả tiếp nhận hồ sơ quý III",
        from: "Trung tâm Phục vụ hành chính công tỉnh",
        due: "30/11/2026",
    },
];

struct Qlvb {
    app: Arc<Application>,
    /// Signs of the documents that somebody has dealt with, and who.
    handled: Mutex<BTreeSet<(usize, String)>>,
}

/// Whether somebody is an officer here. To know who a person is says nothing of a post: the office knows its people by
/// their work address, which comes with a staff account alone.
fn is_officer(session: &Session) -> bool {
    session.person.claims.contains_key("email")
}

struct Row {
    index: usize,
    document: &'static Document,
    handled_by: Option<String>,
}

#[derive(Template)]
#[template(path = "apps/qlvb.html")]
struct Inbox<'a> {
    frame: Frame<'a>,
    identity: Option<Identity<'a>>,
    officer: bool,
    rows: Vec<Row>,
}

/// The whole application.
pub fn router(app: Arc<Application>) -> Router {
    let state = Arc::new(Qlvb { app: app.clone(), handled: Mutex::default() });
    let own = Router::new().route("/", get(inbox)).route("/xu-ly", post(handle)).with_state(state);
    pages::protected(own.merge(routes::router(app.clone())), app.party.issuer())
}

async fn inbox(State(state): State<Arc<Qlvb>>, headers: HeaderMap) -> Response {
    let session = state.app.session(&headers);
    let handled = state.handled.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let rows = DOCUMENTS.iter().enumerate().map(|(index, document)| Row {
        index,
        document,
        handled_by: handled.iter().find(|(done, _)| *done == index).map(|(_, name)| name.clone()),
    });
    let page = Inbox {
        frame: Frame::new(&state.app, session.as_ref()),
        identity: session.as_ref().map(|session| Identity::of(session, &FACE)),
        officer: session.as_ref().is_some_and(is_officer),
        rows: rows.collect(),
    };
    render(StatusCode::OK, &page)
}

#[derive(Deserialize)]
struct Handle {
    #[serde(default)]
    csrf: String,
    van_ban: usize,
}

async fn handle(State(state): State<Arc<Qlvb>>, headers: HeaderMap, Form(form): Form<Handle>) -> Response {
    let Some(session) = state.app.session(&headers) else { return Redirect::to("/login").into_response() };
    if !session.sent(&form.csrf) {
        return pages::stale_form(&state.app, &session);
    }
    if is_officer(&session) && form.van_ban < DOCUMENTS.len() {
        let mut handled = state.handled.lock().unwrap_or_else(PoisonError::into_inner);
        if !handled.iter().any(|(index, _)| *index == form.van_ban) {
            handled.insert((form.van_ban, session.name().to_owned()));
        }
    }
    Redirect::to("/").into_response()
}
