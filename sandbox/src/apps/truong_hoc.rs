//! Trường học: the notice board of a school. The school needs to know who somebody is, and nothing more than that.

use std::sync::Arc;

use askama::Template;
use axum::{Router, extract::State, response::Response, routing::get};
use http::{HeaderMap, StatusCode};

use super::{
    Application, Face,
    pages::{self, Frame, Identity, render},
    routes,
};

/// How it presents itself.
pub static FACE: Face = Face {
    client_id: "truong-hoc",
    name: "Trường học số",
    body: "Trường THPT Bình Minh",
    colours: "luc",
    reasons: &[
        ("name", "Tìm người trong danh sách của trường."),
        ("birthdate", "Phân biệt những học sinh trùng họ tên."),
    ],
    level_advice: "Trường học cần một tài khoản VNeID, mức độ 1 là đủ.",
    returns: &[],
};

/// A notice on the board.
struct Notice {
    title: &'static str,
    text: &'static str,
}

const NOTICES: [Notice; 3] = [
    Notice {
        title: "Lịch thi học kỳ I", text: "Từ 14/12 đến 19/12/2026. Phòng thi niêm yết trước hai ngày."
    },
    Notice { title: "Họp phụ huynh khối 12", text: "8 giờ thứ Bảy 28/11/2026, hội trường A." },
    Notice {
        title: "Thời khóa biểu tuần 13", text: "Lớp 12A1: thứ Hai Toán, Văn; thứ Ba Lý, Anh; thứ Tư Hóa, Sử."
    },
];

#[derive(Template)]
#[template(path = "apps/truong_hoc.html")]
struct Board<'a> {
    frame: Frame<'a>,
    identity: Option<Identity<'a>>,
    notices: &'a [Notice],
}

/// The whole application.
pub fn router(app: Arc<Application>) -> Router {
    let own = Router::new().route("/", get(board)).with_state(app.clone());
    pages::protected(own.merge(routes::router(app.clone())), app.party.issuer())
}

async fn board(State(app): State<Arc<Application>>, headers: HeaderMap) -> Response {
    let session = app.session(&headers);
    let page = Board {
        frame: Frame::new(&app, session.as_ref()),
        identity: session.as_ref().map(|session| Identity::of(session, &FACE)),
        notices: &NOTICES,
    };
    render(StatusCode::OK, &page)
}
