//! Is the program alive, can it work, and what has it done? The listener for operators, never for the public.
//!
//! `/live` says that the process answers, `/ready` that every check passes, `/metrics` what was measured.

mod check;

pub use check::{Checks, Finding};

use crate::metrics::{MEDIA_TYPE, Metrics};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};
use problem::{Kind, Problem};
use serde::Serialize;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

const NO_STORE: (http::HeaderName, HeaderValue) = (CACHE_CONTROL, HeaderValue::from_static("no-store"));

struct Admin {
    checks: Checks,
    metrics: Metrics,
    stop: CancellationToken,
}

/// The operator's routes. Once `stop` is cancelled the program is no longer ready, whatever the checks say, so that a
/// load balancer sends nobody here any more.
pub fn router(checks: Checks, metrics: Metrics, stop: CancellationToken) -> Router {
    Router::new()
        .route("/live", get(live))
        .route("/ready", get(ready))
        .route("/metrics", get(measured))
        .fallback(async || Problem::new(Kind::NotFound))
        .method_not_allowed_fallback(async || Problem::new(Kind::MethodNotAllowed))
        .with_state(Arc::new(Admin { checks, metrics, stop }))
}

#[derive(Serialize)]
struct Live {
    live: bool,
}

async fn live() -> Response {
    ([NO_STORE], Json(Live { live: true })).into_response()
}

#[derive(Serialize)]
struct Ready {
    ready: bool,
    stopping: bool,
    checks: Vec<Finding>,
}

async fn ready(State(admin): State<Arc<Admin>>) -> Response {
    let checks = admin.checks.run().await;
    let stopping = admin.stop.is_cancelled();
    let ready = !stopping && checks.iter().all(Finding::passed);
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, [NO_STORE], Json(Ready { ready, stopping, checks })).into_response()
}

async fn measured(State(admin): State<Arc<Admin>>) -> Response {
    match admin.metrics.render() {
        Ok(text) => ([NO_STORE, (CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE))], text).into_response(),
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "metrics cannot be shown");
            Problem::new(Kind::Internal).into_response()
        }
    }
}

#[cfg(test)]
mod tests;
