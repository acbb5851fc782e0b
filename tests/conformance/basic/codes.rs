//! Modules about codes that come back.

use std::{sync::Arc, time::Duration};

use anyhow::ensure;
use http::StatusCode;

use crate::{checks::userinfo, flow, module::Verdict, op::Op, request::Request};

/// `OIDCCAuthCodeReuse`: a code used twice at once is `invalid_grant` the second time.
pub async fn oidcc_auth_code_reuse(op: Arc<Op>) -> Verdict {
    reused_after(&op, Duration::ZERO).await
}

/// `OIDCCAuthCodeReuseAfter30Seconds`: the same after more than 30 s, really waited.
pub async fn oidcc_auth_code_reuse_after_30_seconds(op: Arc<Op>) -> Verdict {
    reused_after(&op, Duration::from_secs(31)).await
}

/// The second use is refused, and the tokens of the first die (RFC 6749 §4.1.2 SHOULD; both providers do it).
async fn reused_after(op: &Op, pause: Duration) -> Verdict {
    let client = &op.clients.first;
    let request = Request::new(client)?;
    let (_, signed) = flow::fresh_sign_in(op, client, &request).await?;
    tokio::time::sleep(pause).await;
    ensure!(!userinfo::is_dead(op, &signed.tokens.access_token).await?, "the token died before the code was reused");
    let second = flow::redeem(op, client, &request, &signed.code).await?;
    second.error(StatusCode::BAD_REQUEST, "invalid_grant")?;
    ensure!(userinfo::is_dead(op, &signed.tokens.access_token).await?, "the token of the first use lives on");
    Ok(vec![])
}
