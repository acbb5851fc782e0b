//! `POST /choose`: the person picked a provider, or none.

use axum::{extract::State, http::HeaderMap, response::Response};
use types::ProviderId;

use super::{
    authorize::respond,
    error::login_error,
    form::WholeBody,
    page::{self, PageError},
    state::AppState,
};
use crate::{
    ids::Reference,
    login::{
        LoginError,
        attempt::{Binding, ProvenBinding},
    },
    parameters::Parameters,
};

/// Sends the browser to the chosen provider, or back to the application.
pub async fn post(State(app): State<AppState>, headers: HeaderMap, WholeBody(body): WholeBody) -> Response {
    let reference = app.reference();
    let parameters = Parameters::parse(&body);
    match choose(&app, &headers, &parameters, reference).await {
        Ok(response) => response,
        Err(error) => error.respond(&app, page::locale(&[], &headers), reference),
    }
}

async fn choose(
    app: &AppState,
    headers: &HeaderMap,
    parameters: &Parameters,
    reference: Reference,
) -> Result<Response, PageError> {
    let chosen = async {
        let binding = match binding(app, headers, parameters) {
            Ok(binding) => binding,
            Err(error) => {
                app.login.answer_refused("choose", &error, reference).await?;
                return Err(error);
            }
        };
        if parameters.get("decision") == Ok(Some("cancel")) {
            return app.login.cancel(&binding).await;
        }
        let provider = parameters.get("provider").ok().flatten().and_then(|name| ProviderId::parse(name).ok());
        app.login.choose(&binding, &provider.ok_or(LoginError::ProviderNotAllowed)?).await
    };
    match chosen.await {
        Ok(outcome) => Ok(respond(app, headers, outcome)),
        Err(error) => login_error(app, error, reference),
    }
}

/// The attempt that a form or address names, with the cookie that proves it is this browser's.
pub(super) fn binding(
    app: &AppState,
    headers: &HeaderMap,
    parameters: &Parameters,
) -> Result<ProvenBinding, LoginError> {
    let name = parameters.get("login").ok().flatten().ok_or(LoginError::UnknownAttempt)?;
    let value = app.cookies.read_attempt(headers, name).ok_or(LoginError::OtherBrowser)?;
    Binding::brought(name, value).ok_or(LoginError::OtherBrowser)
}
