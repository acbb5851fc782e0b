//! The pages that people see. They work without JavaScript, and say on each that this is not VNeID.

use askama::Template;
use axum::{
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use url::Url;

use crate::people::{PASSWORD, PEOPLE, Person};

/// What the login page shows and carries on.
#[derive(Template)]
#[template(path = "vneid/login.html")]
struct Login<'a> {
    fields: &'a Fields<'a>,
    people: &'a [Person],
    password: &'a str,
}

/// The login form: who asked, and what was typed before.
pub(super) struct Fields<'a> {
    pub(super) client_name: &'a str,
    pub(super) client_id: &'a str,
    pub(super) redirect_uri: &'a str,
    pub(super) state: &'a str,
    pub(super) number: &'a str,
    pub(super) is_wrong: bool,
}

#[derive(Template)]
#[template(path = "vneid/message.html")]
struct Message<'a> {
    title: &'a str,
    text: &'a str,
    english: &'a str,
    back: Option<&'a str>,
}

pub(super) async fn start() -> Response {
    let page = Message {
        title: "Bản mô phỏng VNeID",
        text: "Trang này thay cho VNeID khi chạy thử. Hãy bắt đầu đăng nhập từ một ứng dụng của tỉnh.",
        english: "This stands in for VNeID. Start a login from one of the province's applications.",
        back: None,
    };
    render(StatusCode::OK, &page)
}

pub(super) fn login(fields: &Fields<'_>) -> Response {
    render(StatusCode::OK, &Login { fields, people: &PEOPLE, password: PASSWORD })
}

/// For a request whose way back is not known: nobody is redirected.
pub(super) fn refused() -> Response {
    let page = Message {
        title: "Yêu cầu không hợp lệ",
        text: "Ứng dụng gửi bạn đến đây chưa được đăng ký, hoặc yêu cầu bị sai. Hãy quay lại ứng dụng và thử lại.",
        english: "The application that sent you here is not registered, or its request is malformed.",
        back: None,
    };
    render(StatusCode::BAD_REQUEST, &page)
}

pub(super) fn signed_out(back: Option<&Url>) -> Response {
    let page = Message {
        title: "Bạn đã đăng xuất khỏi VNeID",
        text: "Phiên đăng nhập tại bản mô phỏng VNeID đã kết thúc.",
        english: "You are signed out of the VNeID stand-in.",
        back: back.map(Url::as_str),
    };
    render(StatusCode::OK, &page)
}

/// `form-action` is left out on purpose: browsers apply it to every redirect after the form, and the last of them leads
/// to an application that is not known here.
const SECURITY: &str = "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'";

fn render(status: StatusCode, page: &impl Template) -> Response {
    let Ok(html) = page.render() else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let headers: [(HeaderName, HeaderValue); 4] = [
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(SECURITY)),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (status, headers, Html(html)).into_response()
}
