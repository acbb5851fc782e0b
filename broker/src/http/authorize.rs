//! `GET` and `POST /authorize` (RFC 6749 §4.1.1, OIDC Core §3.1.2).

use axum::{
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use boot::telemetry::current_traceparent;
use tracing::Instrument;

use super::{
    error::{login_error, person_refusal},
    form::{WholeBody, is_form},
    page::{self, PageError},
    state::AppState,
};
use crate::{
    authorization::{
        self, Refusal,
        refusal::{AuthorizationErrorCode, PersonRefusal},
    },
    ids::Reference,
    login::{LoginError, Outcome, Step},
    pages::{ChooseProvider, ErrorKind, ProviderView, Unmet, UnmetPage},
    parameters::Parameters,
};

/// The request in the query.
pub async fn get(State(app): State<AppState>, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    let parameters = Parameters::parse(query.unwrap_or_default().as_bytes());
    answer(&app, &headers, &parameters).await
}

/// The request in a form body.
pub async fn post(State(app): State<AppState>, headers: HeaderMap, WholeBody(body): WholeBody) -> Response {
    if !is_form(&headers) {
        let kind = ErrorKind::BadRequest { parameter: "Content-Type" };
        let error = PageError::new(StatusCode::BAD_REQUEST, kind, "authorize.content_type");
        return error.respond(&app, page::locale(&[], &headers), app.reference());
    }
    answer(&app, &headers, &Parameters::parse(&body)).await
}

async fn answer(app: &AppState, headers: &HeaderMap, parameters: &Parameters) -> Response {
    let reference = app.reference();
    let span = tracing::info_span!("broker.authorize", login.id = %reference);
    async {
        match begin(app, headers, parameters, reference).await {
            Ok(response) => response,
            Err(error) => {
                let asked = parameters.get("ui_locales").ok().flatten().unwrap_or_default();
                let asked: Vec<String> = asked.split(' ').map(str::to_owned).collect();
                error.respond(app, page::locale(&asked, headers), reference)
            }
        }
    }
    .instrument(span)
    .await
}

async fn begin(
    app: &AppState,
    headers: &HeaderMap,
    parameters: &Parameters,
    reference: Reference,
) -> Result<Response, PageError> {
    let id = authorization::client_id(parameters).map_err(person_refusal)?;
    let found = app.login.clients.find(&id).await;
    let client = match found.map_err(LoginError::Store) {
        Ok(Some(client)) => client,
        Ok(None) => return Err(person_refusal(PersonRefusal::UnknownClient)),
        Err(error) => return login_error(app, error, reference),
    };
    let request = match authorization::accept(&client.client, parameters) {
        Ok(request) => request,
        Err(Refusal::ToPerson(refusal)) => return Err(person_refusal(refusal).about(Some(client), None, None)),
        Err(Refusal::ToClient(back, refusal)) => {
            return login_error(app, LoginError::ToClient(back, refusal), reference);
        }
    };
    let back = request.back().clone();
    let browser = app.cookies.read_session(headers);
    let started = app.login.start(&client, request, &browser, reference, current_traceparent()).await;
    match started {
        Ok(outcome) => Ok(respond(app, headers, outcome)),
        // The address is proven, so a fault of ours goes back too (RFC 6749 §4.1.2.1).
        Err(LoginError::Store(source)) => {
            tracing::error!(error = %source, "the store gave no answer");
            let code = AuthorizationErrorCode::TemporarilyUnavailable;
            login_error(app, LoginError::refuse(&back, code, "try again later"), reference)
        }
        Err(error) => login_error(app, error, reference),
    }
}

/// The response to any step of a login, with the cookies that go with it.
pub(super) fn respond(app: &AppState, headers: &HeaderMap, outcome: Outcome) -> Response {
    let locale = page::locale(&outcome.ui_locales, headers);
    let reference = outcome.reference.to_string();
    let mut response = match outcome.step {
        Step::ToProvider(url) | Step::Answer(url) => page::see_other(url.as_str()),
        Step::Release { login } => {
            page::see_other(&format!("{}/consent?login={login}", app.login.issuer.trim_end_matches('/')))
        }
        Step::Choose { client, providers, login, back } => {
            let known: Vec<_> = providers.iter().filter_map(|id| app.login.providers.enabled(id)).collect();
            let providers_targets = known.iter().map(|provider| provider.form_target.clone());
            let targets: Vec<String> = providers_targets.chain(page::form_target(back.redirect_uri())).collect();
            let providers = known
                .iter()
                .map(|provider| ProviderView {
                    id: provider.id.as_str(),
                    name: page::word(&provider.name, locale),
                    hint: Some(page::word(&provider.hint, locale)).filter(|hint| !hint.is_empty()),
                })
                .collect();
            let view = ChooseProvider {
                client: page::view(&client.client, locale),
                providers,
                login: &login,
                action: "/choose",
                reference: &reference,
            };
            page::html_response(StatusCode::OK, app.pages.choose_provider(locale, &view), &targets)
        }
        Step::Unmet { client, shortfall, back } => {
            use crate::login::step::Shortfall;
            let needs = match shortfall {
                Shortfall::Account { needed, has } => Unmet::AccountLevel { needed, has },
                Shortfall::Authentication { needed, has } => Unmet::AuthLevel { needed, has },
            };
            let view = UnmetPage {
                client: page::view(&client.client, locale),
                needs,
                return_url: back.as_str(),
                other_provider: None,
                reference: &reference,
            };
            page::html_response(StatusCode::FORBIDDEN, app.pages.unmet(locale, &view), &[])
        }
    }
    .into_response();
    let headers = response.headers_mut();
    if let Some(binding) = &outcome.bind {
        app.cookies.bind(headers, binding, app.login.lifetimes.attempt.as_secs());
    }
    if let Some(name) = &outcome.unbind {
        app.cookies.unbind(headers, name);
    }
    response
}
