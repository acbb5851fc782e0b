//! RP-initiated logout: `OIDCCRpInitiatedLogoutTestPlan` (OIDC RP-Initiated Logout 1.0).

use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use url::Url;

use crate::{
    checks::answer::only,
    flow::{self, SignedIn},
    module::Verdict,
    op::{Op, now},
    person::{Visit, Visitor},
    request::{Request, random},
};

/// Somebody who is signed in and now signs out.
struct Leaving {
    op: Arc<Op>,
    visitor: Visitor,
    signed: SignedIn,
    registered: String,
    state: String,
}

impl Leaving {
    async fn new(op: Arc<Op>) -> Result<Self> {
        let client = &op.clients.first;
        let (visitor, signed) = flow::fresh_sign_in(&op, client, &Request::new(client)?).await?;
        let registered = client.post_logout_redirect_uri.clone().context("no post_logout_redirect_uri")?;
        Ok(Self { op, visitor, signed, registered, state: random()? })
    }

    fn hint(&self) -> (&'static str, String) {
        ("id_token_hint", self.signed.id_token.raw.clone())
    }

    fn address(&self) -> (&'static str, String) {
        ("post_logout_redirect_uri", self.registered.clone())
    }

    fn state(&self) -> (&'static str, String) {
        ("state", self.state.clone())
    }

    /// Sends the browser to the end session endpoint; the person agrees to whatever is asked.
    async fn leave(&mut self, parameters: &[(&str, String)]) -> Result<Visit> {
        let mut url: Url = self.op.endpoint("end_session_endpoint")?;
        if !parameters.is_empty() {
            url.query_pairs_mut().extend_pairs(parameters);
        }
        self.visitor.visit(&url, &self.registered).await
    }

    /// A silent request must fail from here on.
    async fn is_signed_out(&mut self) -> Result<()> {
        let client = &self.op.clients.first;
        let request = Request::new(client)?.with("prompt", "none");
        let expected = ["login_required", "interaction_required"];
        flow::refused(&self.op, client, &mut self.visitor, &request, &expected).await.context("after the logout")
    }

    /// The person ends on a page of success and is signed out.
    async fn ends_on_signed_out_page(mut self, parameters: &[(&str, String)]) -> Verdict {
        let page = self.leave(parameters).await?.page()?;
        ensure!(page.status.is_success(), "a page with {}", page.status);
        self.is_signed_out().await?;
        Ok(vec![])
    }

    /// The person ends on a page and is not sent to any application.
    async fn ends_on_page(mut self, parameters: &[(&str, String)]) -> Verdict {
        self.leave(parameters).await?.page()?;
        Ok(vec![])
    }
}

/// `OIDCCRpInitiatedLogoutDiscoveryEndpointVerification`: the end session endpoint is published.
pub async fn oidcc_rp_initiated_logout_discovery_endpoint_verification(op: Arc<Op>) -> Verdict {
    let endpoint = op.endpoint("end_session_endpoint")?;
    let differs = endpoint.scheme() != "https";
    Ok(differs.then(|| op.expects.plain_http.to_owned()).into_iter().collect())
}

/// `OIDCCRpInitiatedLogout`: back at the registered address with `state`, and signed out.
pub async fn oidcc_rp_initiated_logout(op: Arc<Op>) -> Verdict {
    let mut leaving = Leaving::new(op).await?;
    let parameters = [leaving.hint(), leaving.address(), leaving.state()];
    let back = leaving.leave(&parameters).await?.back()?;
    ensure!(only(&back, "state")?.as_deref() == Some(&*leaving.state), "state changed: {back}");
    ensure!(back.query_pairs().count() == 1, "unexpected parameters in {back}");
    leaving.is_signed_out().await?;
    Ok(vec![])
}

/// `OIDCCRpInitiatedLogoutBadLogoutRedirectUri`: an address that is not registered is never redirected to.
pub async fn oidcc_rp_initiated_logout_bad_logout_redirect_uri(op: Arc<Op>) -> Verdict {
    let leaving = Leaving::new(op).await?;
    let stranger = ("post_logout_redirect_uri", format!("{}/not-registered", leaving.registered));
    let parameters = [leaving.hint(), stranger, leaving.state()];
    leaving.ends_on_page(&parameters).await
}

/// `OIDCCRpInitiatedLogoutModifiedIdTokenHint`: a hint turned into `alg: none` leads to no redirect.
pub async fn oidcc_rp_initiated_logout_modified_id_token_hint(op: Arc<Op>) -> Verdict {
    let leaving = Leaving::new(op).await?;
    let payload = leaving.signed.id_token.raw.split('.').nth(1).context("no payload")?.to_owned();
    let unsigned = format!("{}.{payload}.", URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#));
    let parameters = [("id_token_hint", unsigned), leaving.address(), leaving.state()];
    leaving.ends_on_page(&parameters).await
}

/// `OIDCCRpInitiatedLogoutBadIdTokenHint`: a hint that a stranger signed leads to no redirect.
pub async fn oidcc_rp_initiated_logout_bad_id_token_hint(op: Arc<Op>) -> Verdict {
    let leaving = Leaving::new(op).await?;
    let client = &leaving.op.clients.first;
    let claims: Value = json!({
        "iss": leaving.op.issuer, "sub": leaving.signed.id_token.subject(), "aud": client.id,
        "iat": now(), "exp": now() + 300,
    });
    let key = EncodingKey::from_secret(client.secret.as_bytes());
    let forged = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key)?;
    let parameters = [("id_token_hint", forged), leaving.address(), leaving.state()];
    leaving.ends_on_page(&parameters).await
}

/// `OIDCCRpInitiatedLogoutNoIdTokenHint`: an address without a hint proves nothing; the person is asked, or sees an error.
pub async fn oidcc_rp_initiated_logout_no_id_token_hint(op: Arc<Op>) -> Verdict {
    let mut leaving = Leaving::new(op).await?;
    let parameters = [leaving.address(), leaving.state()];
    let visit = leaving.leave(&parameters).await?;
    let asked = visit.sign_outs;
    let page = visit.page()?;
    ensure!(asked == 1 || page.status.is_client_error(), "signed out without a question");
    Ok(vec![])
}

/// `OIDCCRpInitiatedLogoutNoParams`: without parameters the person is signed out and told so.
pub async fn oidcc_rp_initiated_logout_no_params(op: Arc<Op>) -> Verdict {
    Leaving::new(op).await?.ends_on_signed_out_page(&[]).await
}

/// `OIDCCRpInitiatedLogoutNoPostLogoutRedirectUri`: a hint alone ends on the provider's page.
pub async fn oidcc_rp_initiated_logout_no_post_logout_redirect_uri(op: Arc<Op>) -> Verdict {
    let leaving = Leaving::new(op).await?;
    let parameters = [leaving.hint(), leaving.state()];
    leaving.ends_on_signed_out_page(&parameters).await
}

/// `OIDCCRpInitiatedLogoutNoState`: without `state` none comes back.
pub async fn oidcc_rp_initiated_logout_no_state(op: Arc<Op>) -> Verdict {
    let mut leaving = Leaving::new(op).await?;
    let parameters = [leaving.hint(), leaving.address()];
    let back = leaving.leave(&parameters).await?.back()?;
    ensure!(back.query().is_none_or(str::is_empty), "unexpected parameters in {back}");
    leaving.is_signed_out().await?;
    Ok(vec![])
}

/// `OIDCCRpInitiatedLogoutOnlyState`: `state` alone ends on the provider's page.
pub async fn oidcc_rp_initiated_logout_only_state(op: Arc<Op>) -> Verdict {
    let leaving = Leaving::new(op).await?;
    let parameters = [leaving.state()];
    leaving.ends_on_signed_out_page(&parameters).await
}

/// `OIDCCRpInitiatedLogoutQueryAddedToLogoutRedirectUri`: a registered address with a query added is another address.
pub async fn oidcc_rp_initiated_logout_query_added_to_logout_redirect_uri(op: Arc<Op>) -> Verdict {
    let leaving = Leaving::new(op).await?;
    let added = ("post_logout_redirect_uri", format!("{}?foo=bar", leaving.registered));
    let parameters = [leaving.hint(), added, leaving.state()];
    leaving.ends_on_page(&parameters).await
}
