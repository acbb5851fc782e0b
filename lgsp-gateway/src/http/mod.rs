//! What operators and auditors fetch beside health and metrics: the message log, in the paths of C2SP tlog-tiles.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, State},
    response::{IntoResponse, Response},
    routing::get,
};
use http::{HeaderValue, header};
use problem::{Kind, Problem};

use crate::{app::App, message_log::published};

/// The routes; they are mounted on the operator listener only.
pub fn routes(app: Arc<App>) -> Router {
    Router::new().route("/log/{*path}", get(log)).with_state(app)
}

async fn log(State(app): State<Arc<App>>, Path(path): Path<String>) -> Response {
    match published(app.stores.message_log.as_ref(), &path).await {
        Ok(Some(found)) => {
            let cache = if found.immutable { "public, max-age=31536000, immutable" } else { "no-store" };
            let headers = [
                (header::CONTENT_TYPE, HeaderValue::from_static(found.content_type)),
                (header::CACHE_CONTROL, HeaderValue::from_static(cache)),
            ];
            (headers, found.bytes).into_response()
        }
        Ok(None) => Problem::new(Kind::NotFound).into_response(),
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "the message log cannot be read");
            Problem::new(Kind::Unavailable).into_response()
        }
    }
}
