//! `GET` and `POST /consent`: the information page and the decision on it.

use axum::{
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};

use super::{
    authorize::respond,
    choose::binding,
    error::login_error,
    form::WholeBody,
    page::{self, PageError},
    state::AppState,
};
use crate::{
    clients::client::ReleasePage,
    ids::Reference,
    login::{LoginError, ReleaseView, approve::Decision, attempt::ProvenBinding},
    pages::{ClaimView, ConsentKind, ConsentPage},
    parameters::Parameters,
};

/// Shows the page; it can be loaded again.
pub async fn get(State(app): State<AppState>, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    let reference = app.reference();
    let parameters = Parameters::parse(query.unwrap_or_default().as_bytes());
    let view = async {
        let binding = waiting(&app, &headers, &parameters, reference).await?;
        let view = app.login.release_view(&binding, &app.cookies.read_session(&headers)).await?;
        Ok((binding.binding.name, view))
    };
    match view.await {
        Ok((login, view)) => show(&app, &headers, &login, &view),
        Err(error) => refuse(&app, &headers, login_error(&app, error, reference), reference),
    }
}

/// Carries the decision out.
pub async fn post(State(app): State<AppState>, headers: HeaderMap, WholeBody(body): WholeBody) -> Response {
    let reference = app.reference();
    let parameters = Parameters::parse(&body);
    let decided = async {
        let decision = match parameters.get("decision") {
            Ok(Some("approve")) => Decision::Approve,
            Ok(Some("deny")) => Decision::Deny,
            _ => return Err(LoginError::UnknownAttempt),
        };
        let binding = waiting(&app, &headers, &parameters, reference).await?;
        app.login.approve(&binding, decision, &app.cookies.read_session(&headers)).await
    };
    match decided.await {
        Ok(outcome) => respond(&app, &headers, outcome),
        Err(error) => refuse(&app, &headers, login_error(&app, error, reference), reference),
    }
}

/// The binding of the attempt that waits for a decision. The cookie goes with the decision, so who comes back to the page
/// with the Back button has none: the attempt is over, and nobody need be warned of another browser.
async fn waiting(
    app: &AppState,
    headers: &HeaderMap,
    parameters: &Parameters,
    reference: Reference,
) -> Result<ProvenBinding, LoginError> {
    match binding(app, headers, parameters) {
        Ok(binding) => Ok(binding),
        Err(error) => {
            app.login.answer_refused("consent", &error, reference).await?;
            Err(LoginError::UnknownAttempt)
        }
    }
}

fn refuse(app: &AppState, headers: &HeaderMap, answer: Result<Response, PageError>, reference: Reference) -> Response {
    answer.unwrap_or_else(|error| error.respond(app, page::locale(&[], headers), reference))
}

fn show(app: &AppState, headers: &HeaderMap, login: &str, view: &ReleaseView) -> Response {
    let locale = page::locale(&view.ui_locales, headers);
    let client = &view.client.client;
    let reference = view.reference.to_string();
    let provider = app.login.providers.known(&view.provider);
    let page = ConsentPage {
        client: page::view(client, locale),
        purpose: page::word(&client.purpose, locale),
        legal_basis: &client.legal_basis,
        kind: match client.release_page {
            ReleasePage::Information => ConsentKind::Information,
            ReleasePage::Consent => ConsentKind::Consent,
        },
        claims: view.claims.iter().map(|name| ClaimView { name, value: None }).collect(),
        person_name: view.person_name.as_deref(),
        provider_name: provider.map_or("", |provider| page::word(&provider.name, locale)),
        login,
        reference: &reference,
    };
    let targets: Vec<String> = page::form_target(view.back.redirect_uri()).into_iter().collect();
    page::html_response(StatusCode::OK, app.pages.consent(locale, &page), &targets)
}
