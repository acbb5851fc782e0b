//! Modules about how UserInfo is asked.

use std::sync::Arc;

use crate::{
    checks::userinfo::{self, Sent},
    flow,
    module::Verdict,
    op::Op,
    request::Request,
};

/// `OIDCCUserInfoGet`: GET with the token in the header.
pub async fn oidcc_user_info_get(op: Arc<Op>) -> Verdict {
    asked(&op, Sent::GetHeader).await
}

/// `OIDCCUserInfoPostHeader`: POST with the token in the header.
pub async fn oidcc_user_info_post_header(op: Arc<Op>) -> Verdict {
    asked(&op, Sent::PostHeader).await
}

/// `OIDCCUserInfoPostBody`: POST with the token in the form.
pub async fn oidcc_user_info_post_body(op: Arc<Op>) -> Verdict {
    asked(&op, Sent::PostBody).await
}

async fn asked(op: &Op, sent: Sent) -> Verdict {
    let client = &op.clients.first;
    let (_, signed) = flow::fresh_sign_in(op, client, &Request::new(client)?).await?;
    userinfo::claims(op, &signed.tokens.access_token, sent, signed.id_token.subject()).await?;
    Ok(vec![])
}
