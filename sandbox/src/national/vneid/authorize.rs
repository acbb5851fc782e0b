//! GET, POST /authorize: the form, and the way back to the relying party.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{RawQuery, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::{
    RegisteredClient, Shared,
    behaviour::{Behaviour, Endpoint, LieHow},
    envelope::{CannotSeal, guid, seal},
    pages::{self, Fields},
    parameters::Parameters,
    pending::Grant,
};
use crate::people::{self, Person};

/// Who asks, and where the answer goes. Only a registered pair makes one.
struct Asking<'a> {
    client: &'a RegisteredClient,
    redirect_uri: &'a str,
    state: &'a str,
}

fn asking<'a>(shared: &'a Shared, parameters: &'a Parameters) -> Option<Asking<'a>> {
    let client = shared.client(parameters.get("client_id"))?;
    let redirect_uri = parameters.get("redirect_uri");
    let is_registered = client.redirect_uris.iter().any(|registered| registered.as_str() == redirect_uri);
    let is_code = parameters.get("response_type") == "code";
    (is_registered && is_code).then_some(Asking { client, redirect_uri, state: parameters.get("state") })
}

pub(super) async fn get(State(shared): State<Arc<Shared>>, RawQuery(query): RawQuery) -> Response {
    let behaviour = shared.behaviour();
    if let Some(failure) = behaviour.before(Endpoint::Authorize).await {
        return failure;
    }
    let parameters = Parameters::read(query.unwrap_or_default().as_bytes());
    match parameters.as_ref().and_then(|parameters| asking(&shared, parameters)) {
        Some(asking) => form(&asking, "", false),
        None => pages::refused(),
    }
}

pub(super) async fn post(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    let behaviour = shared.behaviour();
    if let Some(failure) = behaviour.before(Endpoint::Authorize).await {
        return failure;
    }
    let Some(parameters) = Parameters::read(&body) else { return pages::refused() };
    let Some(asking) = asking(&shared, &parameters) else { return pages::refused() };
    if parameters.get("hanh_dong") == "huy" {
        return back(&asking, "error=access_denied");
    }
    let number = parameters.get("so_dinh_danh").trim();
    match people::by_number(number).filter(|_| parameters.get("mat_khau") == people::PASSWORD) {
        Some(person) => logged_in(&shared, &behaviour, &asking, person).unwrap_or_else(CannotSeal::into_response),
        None => form(&asking, number, true),
    }
}

fn form(asking: &Asking<'_>, number: &str, is_wrong: bool) -> Response {
    pages::login(&Fields {
        client_name: &asking.client.name,
        client_id: &asking.client.client_id,
        redirect_uri: asking.redirect_uri,
        state: asking.state,
        number,
        is_wrong,
    })
}

/// Gives out a code and sends the browser back with it.
fn logged_in(
    shared: &Shared,
    behaviour: &Behaviour,
    asking: &Asking<'_>,
    person: &'static Person,
) -> Result<Response, CannotSeal> {
    let entropy = shared.config.entropy.as_ref();
    let code = format!("{}.{}", guid(entropy)?, guid(entropy)?);
    let lie = behaviour.lie_at(Endpoint::Authorize);
    let told = match lie {
        Some(LieHow::WrongPlaintext | LieHow::MissingClaim | LieHow::MalformedNumber) => guid(entropy)?,
        Some(LieHow::Oversize) => code.repeat(1000),
        _ => code.clone(),
    };
    let (answer, encrypt_key) = if !behaviour.encrypt || lie == Some(LieHow::Plain) {
        (format!("code={told}"), None)
    } else {
        let sealed = seal(shared, asking.client, behaviour, lie, told.as_bytes())?;
        // The dialect's quirk: base64 goes out as it is, with every `+` unescaped.
        (format!("code={}&encrypt_key={}", sealed.data, sealed.key), Some(sealed.key))
    };
    let now = shared.config.clock.now();
    let grant = Grant {
        person,
        client_id: asking.client.client_id.clone(),
        redirect_uri: asking.redirect_uri.to_owned(),
        encrypt_key,
        expires_at: now.plus(shared.config.code_lifetime),
    };
    shared.pending.keep_code(&code, grant, now);
    Ok(back(asking, &answer))
}

/// 303, so that the password is not posted on (RFC 9700 §4.12).
fn back(asking: &Asking<'_>, answer: &str) -> Response {
    let joint = if asking.redirect_uri.contains('?') { '&' } else { '?' };
    let state: String = form_urlencoded::byte_serialize(asking.state.as_bytes()).collect();
    let location = format!("{}{joint}state={state}&{answer}", asking.redirect_uri);
    match HeaderValue::from_str(&location) {
        Ok(location) => {
            let headers = [(header::LOCATION, location), (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
            (StatusCode::SEE_OTHER, headers).into_response()
        }
        Err(_) => pages::refused(),
    }
}
