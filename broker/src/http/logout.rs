//! `GET` and `POST /logout` (OIDC RP-Initiated Logout 1.0 §2).

use axum::{
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use secrecy::SecretString;

use super::{
    form::WholeBody,
    page::{self, PageError},
    state::AppState,
};
use crate::{
    clients::ClientHandle,
    ids::Reference,
    pages::{ErrorKind, SignOutPage, SignedOutPage, UpstreamLogout, WayOn, WayOnKind},
    parameters::Parameters,
    session::logout::{LogoutError, LogoutRequest, LogoutStep},
    storage::EndedSession,
};

/// The request in the query.
pub async fn get(State(app): State<AppState>, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    answer(&app, &headers, &Parameters::parse(query.unwrap_or_default().as_bytes()), false).await
}

/// The request in a form body: an application's, or our own confirmation.
pub async fn post(State(app): State<AppState>, headers: HeaderMap, WholeBody(body): WholeBody) -> Response {
    let parameters = Parameters::parse(&body);
    // Our own form says that it has asked; a browser sends the cookie along with it, if it has one.
    let ours = parameters.get("asked").ok().flatten().is_some();
    answer(&app, &headers, &parameters, !ours).await
}

async fn answer(app: &AppState, headers: &HeaderMap, parameters: &Parameters, blind: bool) -> Response {
    let reference = app.reference();
    let ui_locales: Vec<String> =
        parameters.get("ui_locales").ok().flatten().unwrap_or_default().split(' ').map(str::to_owned).collect();
    let locale = page::locale(&ui_locales, headers);
    if parameters.first_fault().is_some() {
        let kind = ErrorKind::BadRequest { parameter: "logout" };
        return PageError::new(StatusCode::BAD_REQUEST, kind, "logout.parameter").respond(app, locale, reference);
    }
    let text = |name: &str| parameters.get(name).ok().flatten().map(str::to_owned);
    let request = LogoutRequest {
        id_token_hint: text("id_token_hint"),
        client_id: text("client_id"),
        post_logout_redirect_uri: text("post_logout_redirect_uri"),
        state: text("state"),
        confirmation: text("csrf").map(SecretString::from),
        blind,
    };
    let key = app.cookies.read_session(headers).session;
    match app.login.log_out(&request, key.as_ref(), reference).await {
        Ok(LogoutStep::Ask { client, confirmation, redirect }) => {
            ask(app, locale, &request, client.as_ref(), &confirmation, redirect.as_deref(), reference)
        }
        Ok(LogoutStep::Done { client, redirect, ended }) => {
            let mut response = match redirect {
                Some(url) => page::see_other(&url),
                None => signed_out(app, locale, client.as_ref(), ended.as_ref(), reference),
            };
            app.cookies.clear_session(response.headers_mut());
            response
        }
        Err(error) => {
            let (status, kind) = match &error {
                LogoutError::Hint => (StatusCode::BAD_REQUEST, ErrorKind::BadRequest { parameter: "id_token_hint" }),
                LogoutError::Client => (StatusCode::BAD_REQUEST, ErrorKind::UnknownClient),
                LogoutError::RedirectUri => (StatusCode::BAD_REQUEST, ErrorKind::RedirectUri),
                LogoutError::Store(source) => {
                    tracing::error!(error = %source, "the store gave no answer");
                    (StatusCode::SERVICE_UNAVAILABLE, ErrorKind::Overloaded)
                }
            };
            PageError::new(status, kind, error.code()).respond(app, locale, reference)
        }
    }
}

fn ask(
    app: &AppState,
    locale: crate::pages::Locale,
    request: &LogoutRequest,
    client: Option<&ClientHandle>,
    confirmation: &str,
    redirect: Option<&str>,
    reference: Reference,
) -> Response {
    let hidden = [
        ("id_token_hint", &request.id_token_hint),
        ("client_id", &request.client_id),
        ("post_logout_redirect_uri", &request.post_logout_redirect_uri),
        ("state", &request.state),
    ];
    let reference = reference.to_string();
    let view = SignOutPage {
        client: client.map(|client| page::view(&client.client, locale)),
        csrf: confirmation,
        hidden: hidden
            .iter()
            .filter_map(|(name, value)| Some((*name, value.as_deref()?)))
            .chain([("asked", "yes")])
            .collect(),
        person_name: None,
        reference: &reference,
    };
    let targets: Vec<String> = redirect.and_then(page::form_target).into_iter().collect();
    page::html_response(StatusCode::OK, app.pages.sign_out(locale, &view), &targets)
}

fn signed_out(
    app: &AppState,
    locale: crate::pages::Locale,
    client: Option<&ClientHandle>,
    ended: Option<&EndedSession>,
    reference: Reference,
) -> Response {
    let provider = ended.and_then(|ended| app.login.providers.known(&ended.session.provider));
    let home = app.home_uri.as_deref().unwrap_or(&app.login.issuer);
    let return_to = url::Url::parse(home).ok();
    let upstream = provider.and_then(|provider| Some((provider, provider.adapter.logout_url(return_to.as_ref()?)?)));
    let client_uri = client.and_then(|client| client.client.client_uri.as_ref()).map(url::Url::as_str);
    let reference = reference.to_string();
    let view = SignedOutPage {
        client: client.map(|client| page::view(&client.client, locale)),
        way_on: client_uri.or(app.home_uri.as_deref()).map(|url| WayOn { url, kind: WayOnKind::Open }),
        upstream_logout: upstream.as_ref().map(|(provider, url)| UpstreamLogout {
            provider_name: page::word(&provider.name, locale),
            url: url.as_str(),
        }),
        reference: &reference,
    };
    page::html_response(StatusCode::OK, app.pages.signed_out(locale, &view), &[])
}
