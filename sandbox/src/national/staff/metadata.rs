//! The discovery document and the keys.

use axum::{Json, extract::State};
use serde_json::{Value, json};

use super::{Shared, behavior::Lie};

pub(super) async fn discovery(State(staff): State<Shared>) -> Json<Value> {
    let issuer = &staff.issuer;
    let stated = if staff.behavior().tells(Lie::Discovery) { "https://ke-gian.example" } else { issuer };
    Json(json!({
        "issuer": stated,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "userinfo_endpoint": format!("{issuer}/userinfo"),
        "jwks_uri": format!("{issuer}/jwks"),
        "end_session_endpoint": format!("{issuer}/logout"),
        "scopes_supported": ["openid", "profile", "email", "phone", "so_dinh_danh"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        "code_challenge_methods_supported": ["S256"],
        "acr_values_supported": [super::ACR_PASSWORD],
        "claims_supported": ["sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "at_hash", "name",
            "gender", "birthdate", "email", "email_verified", "phone_number", "so_dinh_danh"],
        "ui_locales_supported": ["vi"],
        "authorization_response_iss_parameter_supported": true,
    }))
}

pub(super) async fn jwks(State(staff): State<Shared>) -> Json<Value> {
    Json(json!({ "keys": [staff.key().public_jwk()] }))
}
