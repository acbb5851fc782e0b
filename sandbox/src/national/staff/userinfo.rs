//! `/userinfo`: what the scopes allow (OIDC Core §5.3, §5.4).

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value, json};

use super::{Shared, behavior::Lie, memory::Grant};

pub(super) async fn get(State(staff): State<Shared>, headers: HeaderMap) -> Response {
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    match bearer.and_then(|token| staff.memory.access_token(token, staff.clock.now())) {
        Some(grant) => {
            let mut claims = claims(&grant);
            if staff.behavior().tells(Lie::Sub) {
                claims.insert("sub".to_owned(), json!("nguoi-khac"));
            }
            ([(header::CACHE_CONTROL, "no-store")], Json(claims)).into_response()
        }
        None => {
            let challenge = [(header::WWW_AUTHENTICATE, "Bearer error=\"invalid_token\"")];
            (StatusCode::UNAUTHORIZED, challenge).into_response()
        }
    }
}

fn claims(grant: &Grant) -> Map<String, Value> {
    let (person, account) = (grant.person, grant.person.staff);
    let by_scope = [
        ("openid", vec![("sub", json!(account.map(|account| account.subject)))]),
        (
            "profile",
            vec![
                ("name", json!(person.name)),
                ("preferred_username", json!(account.map(|account| account.username))),
                ("gender", json!(person.gender)),
                ("birthdate", json!(person.birth_date)),
            ],
        ),
        ("email", vec![("email", json!(account.map(|account| account.email))), ("email_verified", json!(true))]),
        ("phone", vec![("phone_number", json!(phone_number(person.number)))]),
        ("so_dinh_danh", vec![("so_dinh_danh", json!(person.number))]),
    ];
    by_scope
        .into_iter()
        .filter(|(scope, _)| grant.has_scope(scope))
        .flat_map(|(_, claims)| claims)
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// A number that no operator can have given out: no Vietnamese number continues with 0.
fn phone_number(personal_number: &str) -> String {
    format!("+84000000{}", personal_number.get(9..).unwrap_or_default())
}
