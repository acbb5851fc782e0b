//! `GET /callback/{provider}`: the provider's answer.

use axum::{
    extract::{Path, RawQuery, State, rejection::PathRejection},
    http::HeaderMap,
    response::Response,
};
use contract::Callback;
use tracing::Instrument;

use super::{authorize::respond, error::login_error, page, state::AppState};

/// Finishes the sign-in. The raw query goes on untouched: some dialects break when a parser is clever.
pub async fn get(
    State(app): State<AppState>,
    provider: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let reference = app.reference();
    // A name that is not UTF-8 is no provider's either.
    let provider = provider.map(|Path(name)| name).unwrap_or_default();
    let callback = Callback::new(&query.unwrap_or_default());
    let browser = app.cookies.read_session(&headers);
    let span = tracing::info_span!("broker.callback", login.id = tracing::field::Empty);
    async {
        let cookie = |name: &str| app.cookies.read_attempt(&headers, name);
        let finished = app.login.finish(&provider, &callback, &browser, cookie, reference).await;
        let answered = match finished.result {
            Ok(outcome) => Ok(respond(&app, &headers, outcome)),
            Err(error) => login_error(&app, error, reference),
        };
        let mut response = answered.unwrap_or_else(|error| error.respond(&app, page::locale(&[], &headers), reference));
        if let Some(session) = &finished.session {
            app.cookies.set_session(response.headers_mut(), session);
        }
        response
    }
    .instrument(span)
    .await
}
