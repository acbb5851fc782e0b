//! `GET /jwks`: the public keys (RFC 7517 §5).

use std::sync::Arc;

use axum::{extract::State, response::Response};

use super::discovery::public_json;
use crate::tokens::Mint;

/// The key set, prepared when the keys were.
pub async fn get(State(mint): State<Arc<Mint>>) -> Response {
    public_json(mint.ring().jwks())
}
