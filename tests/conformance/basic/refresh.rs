//! The refresh token.

use std::sync::Arc;

use anyhow::{Context, ensure};
use http::StatusCode;

use crate::{
    checks::{
        id_token::{self, Expected},
        token,
        userinfo::{self, Sent},
    },
    flow,
    module::Verdict,
    op::Op,
    request::Request,
};

/// `OIDCCRefreshToken`: refresh works, is bound to its client, and the new ID token tells the same story (OIDC Core
/// §12.2).
pub async fn oidcc_refresh_token(op: Arc<Op>) -> Verdict {
    let client = &op.clients.first;
    let request = Request::new(client)?;
    let (_, signed) = flow::fresh_sign_in(&op, client, &request).await?;
    let refresh = signed.tokens.refresh_token.as_deref().context("no refresh_token")?;
    let parameters = [("grant_type", "refresh_token"), ("refresh_token", refresh)];

    let stranger = token::request(&op, &op.clients.second, &parameters).await?;
    stranger.error(StatusCode::BAD_REQUEST, "invalid_grant")?;

    let tokens = token::request(&op, client, &parameters).await?.tokens()?;
    ensure!(tokens.access_token != signed.tokens.access_token, "the access token is the old one");
    let first = &signed.id_token;
    userinfo::claims(&op, &tokens.access_token, Sent::GetHeader, first.subject()).await?;
    let raw = tokens.id_token.as_deref().context("no id_token on refresh")?;
    let nonce = serde_json::from_slice::<serde_json::Value>(&payload(raw)?)?.get("nonce").is_some();
    // A refreshed ID token need not repeat the nonce; if it does, it is the first one's.
    let nonce = request.get("nonce").filter(|_| nonce);
    let second =
        id_token::verify(&op, raw, &Expected { client: &client.id, nonce, access_token: &tokens.access_token })?;
    for claim in ["iss", "sub", "aud", "auth_time", "azp"] {
        ensure!(second.claims.get(claim) == first.claims.get(claim), "{claim} changed on refresh");
    }
    Ok(vec![])
}

fn payload(jws: &str) -> anyhow::Result<Vec<u8>> {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    Ok(URL_SAFE_NO_PAD.decode(jws.split('.').nth(1).context("no payload")?)?)
}
