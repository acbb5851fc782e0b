//! Modules about parameters that must not break anything.

use std::sync::Arc;

use anyhow::ensure;

use crate::{flow, module::Verdict, op::Op, request::Request};

/// `OIDCCDisplayPage`: `display=page`.
pub async fn oidcc_display_page(op: Arc<Op>) -> Verdict {
    works_with(&op, "display", "page").await
}

/// `OIDCCDisplayPopup`: `display=popup`.
pub async fn oidcc_display_popup(op: Arc<Op>) -> Verdict {
    works_with(&op, "display", "popup").await
}

/// `OIDCCEnsureRequestWithUnknownParameterSucceeds`: an unknown parameter is ignored (OIDC Core §3.1.2.1).
pub async fn oidcc_ensure_request_with_unknown_parameter_succeeds(op: Arc<Op>) -> Verdict {
    works_with(&op, "extra", "foobar").await
}

/// `OIDCCLoginHint`: `login_hint` does not break.
pub async fn oidcc_login_hint(op: Arc<Op>) -> Verdict {
    works_with(&op, "login_hint", "buffy@example.com").await
}

/// `OIDCCUiLocales`: `ui_locales` is honoured or ignored.
pub async fn oidcc_ui_locales(op: Arc<Op>) -> Verdict {
    works_with(&op, "ui_locales", "se en").await
}

/// `OIDCCClaimsLocales`: `claims_locales` is honoured or ignored.
pub async fn oidcc_claims_locales(op: Arc<Op>) -> Verdict {
    works_with(&op, "claims_locales", "se").await
}

async fn works_with(op: &Op, name: &str, value: &str) -> Verdict {
    let client = &op.clients.first;
    flow::fresh_sign_in(op, client, &Request::new(client)?.with(name, value)).await?;
    Ok(vec![])
}

/// `OIDCCEnsureRequestWithAcrValuesSucceeds`: the level asked for comes back in `acr`; a missing one is a warning.
pub async fn oidcc_ensure_request_with_acr_values_succeeds(op: Arc<Op>) -> Verdict {
    let client = &op.clients.first;
    let (asked, missing) = op.expects.acr;
    let request = Request::new(client)?.with("acr_values", asked);
    let (_, signed) = flow::fresh_sign_in(&op, client, &request).await?;
    match (signed.id_token.acr(), missing) {
        (Some(acr), _) => {
            ensure!(acr == asked, "acr is {acr}, not {asked}");
            Ok(vec![])
        }
        (None, Some(reason)) => Ok(vec![reason.to_owned()]),
        (None, None) => anyhow::bail!("no acr"),
    }
}
