//! Modules that are one good flow after another.

use std::sync::Arc;

use anyhow::ensure;

use crate::{
    flow::{self, Method},
    module::Verdict,
    op::Op,
    person::Visitor,
    request::Request,
};

/// `OIDCCServerTest`: the whole code flow, every answer well formed.
pub async fn oidcc_server(op: Arc<Op>) -> Verdict {
    let client = &op.clients.first;
    flow::fresh_sign_in(&op, client, &Request::new(client)?).await?;
    Ok(vec![])
}

/// `OIDCCIdTokenSignature`: the ID token is signed with RS256, the algorithm every client must know (OIDC Core §15.1).
pub async fn oidcc_id_token_signature(op: Arc<Op>) -> Verdict {
    let client = &op.clients.rs256;
    let (_, signed) = flow::fresh_sign_in(&op, client, &Request::new(client)?).await?;
    ensure!(signed.id_token.algorithm == "RS256", "signed with {}", signed.id_token.algorithm);
    let differs = op.expects.default_algorithm;
    Ok(differs.iter().map(ToString::to_string).collect())
}

/// `OIDCCEnsureRequestWithoutNonceSucceedsForCodeFlow`: `nonce` is not needed, and none comes back.
pub async fn oidcc_ensure_request_without_nonce_succeeds_for_code_flow(op: Arc<Op>) -> Verdict {
    let client = &op.clients.first;
    flow::fresh_sign_in(&op, client, &Request::new(client)?.without("nonce")).await?;
    Ok(vec![])
}

/// `OIDCCAlternateHappyFlow`: the order of scopes and of parameters does not matter.
pub async fn oidcc_alternate_happy_flow(op: Arc<Op>) -> Verdict {
    let client = &op.clients.first;
    let request = Request::new(client)?.with("scope", "email profile openid").reversed();
    flow::fresh_sign_in(&op, client, &request).await?;
    Ok(vec![])
}

/// `OIDCCEnsurePostRequestSucceeds`: the authorization endpoint takes a form, with the same outcome.
pub async fn oidcc_ensure_post_request_succeeds(op: Arc<Op>) -> Verdict {
    let client = &op.clients.first;
    let mut visitor = Visitor::new(op.person)?;
    flow::sign_in_by(&op, client, &mut visitor, &Request::new(client)?, Method::Post).await?;
    Ok(vec![])
}

/// `OIDCCServerTestClientSecretPost`: the whole flow with the secret in the token request's form.
pub async fn oidcc_server_client_secret_post(op: Arc<Op>) -> Verdict {
    let client = &op.clients.post;
    ensure!(op.lists("token_endpoint_auth_methods_supported", "client_secret_post"), "not in the metadata");
    flow::fresh_sign_in(&op, client, &Request::new(client)?).await?;
    Ok(vec![])
}

/// `OIDCCEnsureRequestWithValidPkceSucceeds`: PKCE with S256 is accepted, and a wrong verifier is not.
pub async fn oidcc_ensure_request_with_valid_pkce_succeeds(op: Arc<Op>) -> Verdict {
    let client = &op.clients.first;
    ensure!(op.lists("code_challenge_methods_supported", "S256"), "S256 is not in the metadata");
    let (mut visitor, _) = flow::fresh_sign_in(&op, client, &Request::new(client)?).await?;
    // Not of the official module, which only looks at the good way: without it PKCE could be decoration.
    let request = Request::new(client)?;
    let code = flow::code(&op, client, &mut visitor, &request).await?;
    let other = Request { verifier: crate::request::random()?, ..request };
    flow::redeem(&op, client, &other, &code).await?.error(http::StatusCode::BAD_REQUEST, "invalid_grant")?;
    Ok(vec![])
}
