//! The OpenID Connect client of an application: sends a browser to the broker and believes only what proves itself.
//!
//! Nothing is fetched at start-up; the broker's metadata and keys come with the first login and again when a token
//! names a key that is not known yet.

pub mod assertion;
pub mod error;
mod http;
mod oidc;

use std::{collections::BTreeMap, sync::Arc};

use clock::{Clock, Entropy, Timestamp};
use openidconnect::{
    AccessTokenHash, AuthorizationCode, ClientId, ClientSecret, CsrfToken, IssuerUrl, LogoutRequest, Nonce,
    OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier, PostLogoutRedirectUrl, ProviderMetadataWithLogout,
    RedirectUrl, Scope, SubjectIdentifier, TokenResponse,
    core::{CoreAuthenticationFlow, CoreGenderClaim},
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use signing::SigningKey;
use tokio::sync::Mutex;
use url::Url;

use self::{
    assertion::ClientAssertion,
    http::Http,
    oidc::{Client, Released, Tokens},
};
pub use self::{error::LoginError, oidc::IdToken};

/// How the application proves itself at the token endpoint (OIDC Core §9).
pub enum Proof {
    /// `private_key_jwt`.
    PrivateKey(SigningKey),
    /// `client_secret_basic`, for the application that is marked legacy.
    Secret(SecretString),
}

/// What the application is registered as.
pub struct Registered {
    /// The broker's issuer, compared as text everywhere.
    pub issuer: String,
    /// `client_id`.
    pub client_id: String,
    /// Where answers come back.
    pub redirect_uri: Url,
    /// Where a person comes back after signing out.
    pub post_logout_redirect_uri: Url,
    /// Asked beside `openid`.
    pub scopes: Vec<String>,
    /// Key or secret.
    pub proof: Proof,
}

/// What one login must remember until its answer comes.
#[derive(Clone)]
pub struct Remembered {
    pub(super) nonce: String,
    pub(super) verifier: String,
}

/// A login on its way out.
pub struct Started {
    /// Where to send the browser.
    pub url: Url,
    /// `state`, which names this login in the answer.
    pub state: String,
    /// To be kept under that `state`.
    pub remembered: Remembered,
}

/// Somebody who logged in, as the broker vouches for them.
#[derive(Clone)]
pub struct SignedIn {
    /// The proven ID token, needed again as `id_token_hint`.
    pub id_token: IdToken,
    /// `sub`: pairwise, means something to this legal body only.
    pub subject: String,
    /// `acr`, when the token has one.
    pub acr: Option<String>,
    /// Every other claim about the person, from the ID token and from userinfo.
    pub claims: BTreeMap<String, Value>,
    /// What shows the bus that an officer acts; only for people who hold a post.
    pub officer_token: Option<OfficerToken>,
}

/// An access token that names an officer, for calls of the bus. It never leaves the server side of the application.
#[derive(Clone)]
pub struct OfficerToken {
    /// The token.
    pub token: SecretString,
    /// When it ends.
    pub expires: Timestamp,
}

/// The scope that turns an access token into one the bus takes; the broker grants it to people with a post.
pub const BUS_SCOPE: &str = "lgsp";

/// The client.
pub struct RelyingParty {
    registered: Registered,
    http: Http,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    metadata: Mutex<Option<ProviderMetadataWithLogout>>,
}

impl RelyingParty {
    /// Makes the client; it speaks to nobody yet.
    pub fn new(
        registered: Registered,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, reqwest::Error> {
        Ok(Self { registered, http: Http::new()?, clock, entropy, metadata: Mutex::new(None) })
    }

    /// The broker's issuer.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.registered.issuer
    }

    /// Begins a login: code flow with PKCE, `state` and `nonce` (OIDC Core §3.1.2.1).
    pub async fn start(&self) -> Result<Started, LoginError> {
        let client = self.client(&self.metadata().await?)?;
        let (state, nonce) = (self.random()?, self.random()?);
        let verifier = self.random()?;
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(verifier.clone()));
        let (given_state, given_nonce) = (state.clone(), nonce.clone());
        let request = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                move || CsrfToken::new(given_state),
                move || Nonce::new(given_nonce),
            )
            .add_scopes(self.registered.scopes.iter().cloned().map(Scope::new))
            .set_pkce_challenge(challenge);
        let (url, _, _) = request.url();
        Ok(Started { url, state, remembered: Remembered { nonce, verifier } })
    }

    /// Ends a login: trades the code and proves the ID token (OIDC Core §3.1.3.7), then asks userinfo. `iss` is what the
    /// answer said (RFC 9207 §2.4).
    pub async fn finish(
        &self,
        remembered: Remembered,
        iss: Option<&str>,
        code: String,
    ) -> Result<SignedIn, LoginError> {
        self.check_issuer(iss)?;
        let metadata = self.metadata().await?;
        let client = self.client(&metadata)?;
        let mut request =
            client.exchange_code(AuthorizationCode::new(code)).map_err(|_| LoginError::Metadata("token_endpoint"))?;
        if let Proof::PrivateKey(key) = &self.registered.proof {
            let assertion = ClientAssertion::new(self.clock.as_ref(), self.entropy.as_ref(), &self.registered)?;
            request = request
                .add_extra_param("client_assertion_type", assertion::TYPE)
                .add_extra_param("client_assertion", assertion.signed(key)?);
        }
        let tokens = request
            .set_pkce_verifier(PkceCodeVerifier::new(remembered.verifier.clone()))
            .request_async(&self.http)
            .await
            .map_err(LoginError::from_token_endpoint)?;
        self.believe(&metadata, &tokens, &remembered).await
    }

    /// Whether an answer comes from our broker; every answer of it says so, errors too (RFC 9207 §2.4).
    pub fn check_issuer(&self, iss: Option<&str>) -> Result<(), LoginError> {
        if iss == Some(self.registered.issuer.as_str()) { Ok(()) } else { Err(LoginError::ForeignAnswer) }
    }

    /// Where to send the browser so that the broker ends its session too (RP-Initiated Logout §2).
    pub async fn logout_url(&self, id_token: &IdToken) -> Result<Url, LoginError> {
        let metadata = self.metadata().await?;
        let endpoint = metadata.additional_metadata().end_session_endpoint.clone();
        let back = PostLogoutRedirectUrl::from_url(self.registered.post_logout_redirect_uri.clone());
        let request = LogoutRequest::from(endpoint.ok_or(LoginError::Metadata("end_session_endpoint"))?)
            .set_id_token_hint(id_token)
            .set_post_logout_redirect_uri(back)
            .set_state(CsrfToken::new(self.random()?));
        Ok(request.http_get_url())
    }

    async fn believe(
        &self,
        metadata: &ProviderMetadataWithLogout,
        tokens: &Tokens,
        remembered: &Remembered,
    ) -> Result<SignedIn, LoginError> {
        let id_token = tokens.id_token().ok_or(LoginError::NoIdToken)?;
        let nonce = Nonce::new(remembered.nonce.clone());
        let mut client = self.client(metadata)?;
        if oidc::names_unknown_key(&client, id_token, &nonce) {
            *self.metadata.lock().await = None;
            client = self.client(&self.metadata().await?)?;
        }
        let proven = Proven::check(&client, tokens, id_token, &nonce)?;
        // The subject must be that of the ID token, or userinfo speaks of somebody else (OIDC Core §5.3.2).
        let userinfo: openidconnect::UserInfoClaims<Released, CoreGenderClaim> = client
            .user_info(tokens.access_token().clone(), Some(proven.subject.clone()))
            .map_err(|_| LoginError::Metadata("userinfo_endpoint"))?
            .request_async(&self.http)
            .await
            .map_err(|_| LoginError::UserInfo)?;
        let mut claims = proven.claims;
        claims.extend(oidc::about_the_person(&userinfo));
        let subject = proven.subject.to_string();
        let officer_token = self.officer_token(tokens);
        Ok(SignedIn { id_token: id_token.clone(), subject, acr: proven.acr, claims, officer_token })
    }

    /// The access token, when the broker says that the bus may see it (`scope` of RFC 6749 §5.1).
    fn officer_token(&self, tokens: &Tokens) -> Option<OfficerToken> {
        let granted = tokens.scopes()?.iter().any(|scope| scope.as_str() == BUS_SCOPE);
        granted.then(|| OfficerToken {
            token: SecretString::from(tokens.access_token().secret().clone()),
            expires: self.clock.now().plus(tokens.expires_in().unwrap_or_default()),
        })
    }

    /// The broker's metadata and keys, fetched at first use.
    async fn metadata(&self) -> Result<ProviderMetadataWithLogout, LoginError> {
        let mut known = self.metadata.lock().await;
        if let Some(metadata) = known.as_ref() {
            return Ok(metadata.clone());
        }
        let issuer = IssuerUrl::new(self.registered.issuer.clone()).map_err(|_| LoginError::Metadata("issuer"))?;
        let metadata = ProviderMetadataWithLogout::discover_async(issuer, &self.http)
            .await
            .map_err(|_| LoginError::Unreachable)?;
        *known = Some(metadata.clone());
        Ok(metadata)
    }

    fn client(&self, metadata: &ProviderMetadataWithLogout) -> Result<Client, LoginError> {
        let client_id = ClientId::new(self.registered.client_id.clone());
        let secret = match &self.registered.proof {
            Proof::PrivateKey(_) => None,
            Proof::Secret(secret) => Some(ClientSecret::new(secret.expose_secret().to_owned())),
        };
        let redirect = RedirectUrl::from_url(self.registered.redirect_uri.clone());
        Ok(Client::from_provider_metadata(metadata.clone(), client_id, secret).set_redirect_uri(redirect))
    }

    fn random(&self) -> Result<String, LoginError> {
        random(self.entropy.as_ref())
    }
}

/// What a proven ID token says.
struct Proven {
    subject: SubjectIdentifier,
    acr: Option<String>,
    claims: BTreeMap<String, Value>,
}

impl Proven {
    /// Signature, issuer, audience, times, nonce, and the access token that belongs to it (OIDC Core §3.1.3.7).
    fn check(client: &Client, tokens: &Tokens, id_token: &IdToken, nonce: &Nonce) -> Result<Self, LoginError> {
        let verifier = client.id_token_verifier().set_allowed_algs(oidc::ALLOWED);
        let claims = id_token.claims(&verifier, nonce)?;
        if let Some(expected) = claims.access_token_hash() {
            let algorithm = id_token.signing_alg().map_err(|_| LoginError::NotBelieved)?;
            let key = id_token.signing_key(&verifier).map_err(|_| LoginError::NotBelieved)?;
            let actual = AccessTokenHash::from_token(tokens.access_token(), algorithm, key);
            if actual.ok().as_ref() != Some(expected) {
                return Err(LoginError::NotBelieved);
            }
        }
        Ok(Self {
            subject: claims.subject().clone(),
            acr: claims.auth_context_ref().map(|acr| acr.to_string()),
            claims: oidc::about_the_person(claims),
        })
    }
}

/// 256 unguessable bits in base64url: 43 characters, which also fits a `code_verifier` (RFC 7636 §4.1).
pub fn random(entropy: &dyn Entropy) -> Result<String, LoginError> {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let mut bytes = [0; 32];
    entropy.fill(&mut bytes).map_err(|_| LoginError::Entropy)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}
