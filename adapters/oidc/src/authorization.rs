//! The address of the provider's login page for one attempt.

use contract::{Attempt, ProviderError};
use openidconnect::{
    ClientId, CsrfToken, IssuerUrl, JsonWebKeySet, LanguageTag, Nonce, PkceCodeChallenge, PkceCodeVerifier,
    RedirectUrl, Scope,
    core::{CoreAuthPrompt, CoreAuthenticationFlow, CoreClient},
};
use url::Url;

use crate::{metadata::Metadata, settings::OidcSettings};

/// An authentication request (OIDC Core §3.1.2.1) with PKCE S256 (RFC 7636 §4.3).
pub(crate) fn url(settings: &OidcSettings, metadata: &Metadata, attempt: &Attempt) -> Result<Url, ProviderError> {
    // RFC 7636 §4.1; openidconnect would panic on a verifier of another length.
    let verifier_fits = (43..=128).contains(&attempt.code_verifier.len())
        && attempt.code_verifier.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte));
    if !verifier_fits || attempt.state.is_empty() || attempt.nonce.is_empty() {
        return Err(ProviderError::Settings);
    }
    let challenge = PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(attempt.code_verifier.clone()));
    let issuer = IssuerUrl::new(settings.issuer.clone()).map_err(|_| ProviderError::Settings)?;
    let client = CoreClient::new(ClientId::new(settings.client_id.clone()), issuer, JsonWebKeySet::default())
        .set_auth_uri(openidconnect::AuthUrl::from_url(metadata.authorization.clone()))
        .set_redirect_uri(RedirectUrl::from_url(attempt.redirect_uri.clone()));
    let (state, nonce) = (attempt.state.clone(), attempt.nonce.clone());
    let mut request = client
        .authorize_url(
            CoreAuthenticationFlow::AuthorizationCode,
            move || CsrfToken::new(state),
            move || Nonce::new(nonce),
        )
        .set_pkce_challenge(challenge);
    // openidconnect adds `openid` itself.
    for scope in settings.scopes.iter().filter(|scope| *scope != "openid") {
        request = request.add_scope(Scope::new(scope.clone()));
    }
    for locale in &attempt.ui_locales {
        request = request.add_ui_locale(LanguageTag::new(locale.clone()));
    }
    if attempt.fresh {
        request = request.add_prompt(CoreAuthPrompt::Login);
        if settings.checks.proves_fresh_sign_in {
            request = request.set_max_age(std::time::Duration::ZERO);
        }
    }
    Ok(request.url().0)
}

/// Where the session there ends (OpenID Connect RP-Initiated Logout 1.0 §2).
pub(crate) fn logout_url(settings: &OidcSettings, end_session: &Url, return_to: &Url) -> Url {
    let mut url = end_session.clone();
    url.query_pairs_mut()
        .append_pair("client_id", &settings.client_id)
        .append_pair("post_logout_redirect_uri", return_to.as_str());
    url
}
