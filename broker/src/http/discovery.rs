//! `GET /.well-known/openid-configuration` (OpenID Connect Discovery 1.0 §4, RFC 8414 §3).

use axum::{
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use serde_json::json;
use signing::Algorithm;
use types::AuthLevel;

use super::state::AppState;
use crate::{claims::catalogue, clients::client::GrantType, people::post, tokens::keys::JWKS_MAX_AGE};

/// The document, prepared at start.
pub async fn get(State(app): State<AppState>) -> Response {
    public_json(app.discovery.clone())
}

/// A public JSON document that may be cached as long as our keys, and read by any origin.
pub(super) fn public_json(body: Bytes) -> Response {
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Ok(cache) = HeaderValue::from_str(&format!("public, max-age={}", JWKS_MAX_AGE.as_secs())) {
        headers.insert(header::CACHE_CONTROL, cache);
    }
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// Builds the document for a broker of this issuer, beside a bus where there is one. It promises only what is there; levels above every provider's ceiling are not.
#[must_use]
pub fn document(issuer: &str, highest: AuthLevel, bus: Option<&str>) -> Bytes {
    let base = issuer.trim_end_matches('/');
    let at = |path: &str| format!("{base}{path}");
    let mut claims: Vec<&str> = vec!["sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "at_hash", "sid"];
    // What speaks of the bus is offered only where there is one.
    let offered = |name: &&str| bus.is_some() || (*name != post::SCOPE && !post::CLAIMS.contains(name));
    claims.extend(catalogue::CLAIMS.iter().filter(|name| offered(name)));
    let scopes: Vec<&str> = catalogue::SCOPES.iter().map(|(scope, _)| *scope).filter(|name| offered(name)).collect();
    let client_auth = ["private_key_jwt", "client_secret_basic", "client_secret_post", "none"];
    let confidential = ["private_key_jwt", "client_secret_basic", "client_secret_post"];
    let algorithms = Algorithm::ALL.map(Algorithm::name);
    let levels: Vec<String> =
        AuthLevel::ALL.into_iter().filter(|level| *level <= highest).map(AuthLevel::acr).collect();
    let document = json!({
        "issuer": issuer,
        "authorization_endpoint": at("/authorize"),
        "token_endpoint": at("/token"),
        "userinfo_endpoint": at("/userinfo"),
        "jwks_uri": at("/jwks"),
        "introspection_endpoint": at("/introspect"),
        "revocation_endpoint": at("/revoke"),
        "end_session_endpoint": at("/logout"),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": GrantType::ALL.map(GrantType::name),
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": algorithms,
        "token_endpoint_auth_methods_supported": client_auth,
        "token_endpoint_auth_signing_alg_values_supported": algorithms,
        "introspection_endpoint_auth_methods_supported": confidential,
        "introspection_endpoint_auth_signing_alg_values_supported": algorithms,
        "revocation_endpoint_auth_methods_supported": client_auth,
        "revocation_endpoint_auth_signing_alg_values_supported": algorithms,
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": scopes,
        "claims_supported": claims,
        "claim_types_supported": ["normal"],
        "acr_values_supported": levels,
        "ui_locales_supported": ["vi", "en"],
        "claims_parameter_supported": true,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
        "authorization_response_iss_parameter_supported": true,
    });
    Bytes::from(document.to_string())
}
