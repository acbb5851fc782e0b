//! Counts requests by route and status, for operators.

use axum::{
    Router,
    extract::{MatchedPath, Request, State},
    middleware::{self, Next},
    response::Response,
};
use boot::metrics::Metrics;
use opentelemetry::{KeyValue, metrics::Counter};

/// The routes with a counter around each.
pub fn counted(routes: Router, metrics: &Metrics) -> Router {
    let counter = metrics.meter().u64_counter("broker.http.requests");
    let requests = counter.with_description("Requests answered, by route and status").build();
    routes.layer(middleware::from_fn_with_state(requests, count))
}

/// Counts the answer. The route is the table's, never the caller's path, so that nobody can make new labels.
async fn count(State(requests): State<Counter<u64>>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let response = next.run(request).await;
    let route = route.map_or_else(|| "(none)".to_owned(), |path| path.as_str().to_owned());
    let labels = [KeyValue::new("route", route), KeyValue::new("status", i64::from(response.status().as_u16()))];
    requests.add(1, &labels);
    response
}
