//! What a person sees: pages without script, in Vietnamese, that say what they are.

use askama::Template;
use axum::{
    http::{StatusCode, header},
    response::{Html, IntoResponse, Response},
};

use crate::people::{PASSWORD, PEOPLE, Person};

#[derive(Template)]
#[template(path = "staff/login.html")]
struct Login<'a> {
    action: String,
    fault: Option<&'a str>,
    people: Vec<&'static Person>,
    password: &'static str,
}

#[derive(Template)]
#[template(path = "staff/message.html")]
struct Message<'a> {
    title: &'a str,
    text: &'a str,
}

/// The sign-in form. The question travels in the form's address, so nothing is kept for those who never answer.
pub(super) fn login(query: &str, fault: Option<&str>, status: StatusCode) -> Response {
    let people = PEOPLE.iter().filter(|person| person.staff.is_some()).collect();
    answer(status, &Login { action: format!("/authorize?{query}"), fault, people, password: PASSWORD })
}

/// A refusal that leads nowhere, because nobody can say where it should.
pub(super) fn failure(text: &str) -> Response {
    answer(StatusCode::BAD_REQUEST, &Message { title: "Không thể tiếp tục", text })
}

/// The end.
pub(super) fn signed_out() -> Response {
    let text = "Hệ thống tài khoản cán bộ không giữ phiên đăng nhập nào của bạn.";
    answer(StatusCode::OK, &Message { title: "Bạn đã đăng xuất", text })
}

/// What is here.
pub(super) async fn front() -> Response {
    let text = "Người dùng đến đây từ trang đăng nhập của Liên Thông khi chọn “Tài khoản cán bộ”.";
    answer(StatusCode::OK, &Message { title: "Tài khoản cán bộ", text })
}

/// The style sheet.
pub(super) async fn style() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("../../../templates/staff/trang.css"))
        .into_response()
}

fn answer(status: StatusCode, page: &impl Template) -> Response {
    let headers = [
        (header::CACHE_CONTROL, "no-store"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'",
        ),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    match page.render() {
        Ok(html) => (status, headers, Html(html)).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
