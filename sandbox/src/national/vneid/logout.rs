//! GET /logout: says goodbye, with a way back to a relying party that is registered here.

use std::sync::Arc;

use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use url::Url;

use super::{Shared, pages, parameters::Parameters};

/// The query parameter that holds the way back.
pub(super) const RETURN_PARAMETER: &str = "post_logout_redirect_uri";

pub(super) async fn get(State(shared): State<Arc<Shared>>, RawQuery(query): RawQuery) -> Response {
    let parameters = Parameters::read(query.unwrap_or_default().as_bytes());
    let asked = parameters.and_then(|parameters| Url::parse(parameters.get(RETURN_PARAMETER)).ok());
    // The path back differs from the callback's, so the origin is what can be checked.
    let registered = shared.config.clients.iter().flat_map(|client| &client.redirect_uris);
    let known = asked.filter(|asked| {
        asked.origin().is_tuple() && registered.into_iter().any(|registered| registered.origin() == asked.origin())
    });
    pages::signed_out(known.as_ref())
}
