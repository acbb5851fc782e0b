//! `/authorize`: the question, the page, and the answer (RFC 6749 §4.1.1, OIDC Core §3.1.2).

use std::collections::HashMap;

use axum::{
    extract::{RawQuery, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use url::{Url, form_urlencoded};

use super::{Shared, Staff, StaffClient, behavior::Lie, memory::Grant, page};
use crate::people::{self, PASSWORD, Person};

/// A question that deserves an answer at its redirect URI.
struct Question<'a> {
    client: &'a StaffClient,
    redirect_uri: Url,
    state: Option<String>,
    nonce: Option<String>,
    scope: String,
    code_challenge: String,
}

/// Why a question gets none, or another one.
enum Refusal {
    /// Nobody may be sent anywhere.
    Page(&'static str),
    /// The client is told (RFC 6749 §4.1.2.1).
    Redirect(Box<Url>, Option<String>, &'static str),
}

pub(super) async fn get(State(staff): State<Shared>, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    match read(&staff, &query) {
        Ok(_) => page::login(&query, None, StatusCode::OK),
        Err(refusal) => refuse(&staff, refusal),
    }
}

pub(super) async fn post(State(staff): State<Shared>, RawQuery(query): RawQuery, body: String) -> Response {
    let query = query.unwrap_or_default();
    let question = match read(&staff, &query) {
        Ok(question) => question,
        Err(refusal) => return refuse(&staff, refusal),
    };
    let Some(form) = parameters(&body) else {
        return page::failure("Biểu mẫu có trường bị lặp lại.");
    };
    if form.contains_key("tu_choi") {
        return refuse(&staff, Refusal::Redirect(Box::new(question.redirect_uri), question.state, "access_denied"));
    }
    let text = |name: &str| form.get(name).map(|text| text.trim()).unwrap_or_default();
    match sign_in(text("so_dinh_danh"), text("mat_khau")) {
        Some(person) => grant(&staff, question, person),
        None => page::login(
            &query,
            Some("Số định danh hoặc mật khẩu không đúng, hoặc người này không có tài khoản cán bộ."),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
    }
}

/// Those who work for the province, by number or by user name.
fn sign_in(name: &str, password: &str) -> Option<&'static Person> {
    let person = people::by_number(name).or_else(|| people::by_username(name))?;
    (person.staff.is_some() && password == PASSWORD).then_some(person)
}

fn grant(staff: &Staff, question: Question<'_>, person: &'static Person) -> Response {
    let Some(code) = staff.random() else {
        return refuse(staff, Refusal::Redirect(Box::new(question.redirect_uri), question.state, "server_error"));
    };
    let now = staff.clock.now();
    let grant = Grant {
        client_id: question.client.id.clone(),
        redirect_uri: question.redirect_uri.to_string(),
        code_challenge: question.code_challenge,
        nonce: question.nonce,
        scope: question.scope,
        person,
        auth_time: now,
    };
    staff.memory.keep_code(&code, grant, now);
    answer(staff, question.redirect_uri, question.state, ("code", &code))
}

fn read<'a>(staff: &'a Staff, query: &str) -> Result<Question<'a>, Refusal> {
    let asked = parameters(query).ok_or(Refusal::Page("Yêu cầu có tham số bị lặp lại."))?;
    let text = |name: &str| asked.get(name).map(String::as_str);
    let client =
        text("client_id").and_then(|id| staff.client(id)).ok_or(Refusal::Page("Ứng dụng không được đăng ký."))?;
    let redirect_uri = text("redirect_uri")
        .filter(|asked| client.redirect_uris.iter().any(|registered| registered == asked))
        .and_then(|asked| Url::parse(asked).ok())
        .ok_or(Refusal::Page("Địa chỉ quay về không được đăng ký."))?;
    let state = text("state").map(str::to_owned);
    let scope = text("scope").unwrap_or_default();
    let challenge = text("code_challenge").filter(|challenge| signing::Digest::from_base64url(challenge).is_some());
    let error = match (text("response_type"), text("code_challenge_method"), challenge) {
        (Some("code"), Some("S256"), Some(_)) if text("prompt") == Some("none") => Some("login_required"),
        (Some("code"), Some("S256"), Some(_)) if !scope.split(' ').any(|scope| scope == "openid") => {
            Some("invalid_scope")
        }
        (Some("code"), Some("S256"), Some(_)) => None,
        (Some("code"), ..) => Some("invalid_request"),
        _ => Some("unsupported_response_type"),
    };
    match error {
        Some(error) => Err(Refusal::Redirect(Box::new(redirect_uri), state, error)),
        None => Ok(Question {
            client,
            redirect_uri,
            state,
            nonce: text("nonce").map(str::to_owned),
            scope: scope.to_owned(),
            code_challenge: challenge.unwrap_or_default().to_owned(),
        }),
    }
}

fn refuse(staff: &Staff, refusal: Refusal) -> Response {
    match refusal {
        Refusal::Page(reason) => page::failure(reason),
        Refusal::Redirect(redirect_uri, state, error) => answer(staff, *redirect_uri, state, ("error", error)),
    }
}

fn answer(staff: &Staff, redirect_uri: Url, state: Option<String>, (name, value): (&str, &str)) -> Response {
    let issuer = if staff.behavior().tells(Lie::CallbackIss) { "https://ke-gian.example" } else { &staff.issuer };
    let mut address = redirect_uri;
    address.query_pairs_mut().append_pair(name, value).append_pair("iss", issuer);
    if let Some(state) = state {
        address.query_pairs_mut().append_pair("state", &state);
    }
    let headers = [
        (header::LOCATION, String::from(address)),
        (header::CACHE_CONTROL, "no-store".to_owned()),
        (header::REFERRER_POLICY, "no-referrer".to_owned()),
    ];
    (StatusCode::SEE_OTHER, headers).into_response()
}

/// The parameters of a query or form, unless one is repeated (RFC 6749 §3.1).
pub(super) fn parameters(encoded: &str) -> Option<HashMap<String, String>> {
    let mut found = HashMap::new();
    for (name, value) in form_urlencoded::parse(encoded.as_bytes()) {
        if found.insert(name.into_owned(), value.into_owned()).is_some() {
            return None;
        }
    }
    Some(found)
}
