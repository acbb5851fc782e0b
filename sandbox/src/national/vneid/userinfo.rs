//! GET /userinfo: who the bearer of a token logged in as.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::{
    Shared,
    behaviour::Endpoint,
    envelope::{self, CannotSeal},
};
use crate::people::Person;

pub(super) async fn get(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    let behaviour = shared.behaviour();
    if let Some(failure) = behaviour.before(Endpoint::Userinfo).await {
        return failure;
    }
    let token = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let grant = token.and_then(|token| shared.pending.token(token, shared.config.clock.now()));
    let known = grant.and_then(|grant| Some((shared.client(&grant.client_id)?, grant.person)));
    let Some((client, person)) = known else {
        let challenge = [(header::WWW_AUTHENTICATE, r#"Bearer error="invalid_token""#)];
        return (StatusCode::UNAUTHORIZED, challenge, Json(json!({ "error": "invalid_token" }))).into_response();
    };
    let answer = envelope::body(&shared, client, &behaviour, Endpoint::Userinfo, claims(person));
    answer.map_or_else(CannotSeal::into_response, |body| {
        ([(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
    })
}

/// The person by the dialect's own names, the birth date as it is written in the country.
fn claims(person: &Person) -> Value {
    let written: Vec<_> = person.birth_date.rsplit('-').collect();
    json!({
        "citizenPid": person.number,
        "fullName": person.name,
        "birthDate": written.join("/"),
        "accountType": "1",
        "accountLevel": person.account_level.to_string(),
    })
}
