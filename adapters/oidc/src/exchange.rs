//! The code for tokens (RFC 6749 §4.1.3), with the verifier of the attempt and our client authentication.

use std::{borrow::Cow, fmt, pin::Pin};

use clock::{Clock, Entropy};
use contract::{Attempt, ProviderError};
use oauth2::{
    AsyncHttpClient, AuthType, AuthorizationCode, Client, ClientId, ClientSecret, ExtraTokenFields, HttpRequest,
    HttpResponse, PkceCodeVerifier, RedirectUrl, RequestTokenError, StandardRevocableToken, StandardTokenResponse,
    TokenResponse, TokenUrl,
    basic::{
        BasicErrorResponse, BasicErrorResponseType, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse,
        BasicTokenType,
    },
    http::StatusCode,
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use signing::{Digest, SigningKey, jws};
use url::Url;

use crate::{
    http::{Http, HttpError},
    rejection::{Failure, Rejection},
    settings::{ClientAuth, OidcSettings},
};

/// The `id_token`, kept as text: it is judged in its own room.
#[derive(Clone, Serialize, Deserialize)]
struct IdTokenField {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
}

impl fmt::Debug for IdTokenField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdTokenField(…)")
    }
}

impl ExtraTokenFields for IdTokenField {}

type TokenClient<HasToken = oauth2::EndpointNotSet> = Client<
    BasicErrorResponse,
    StandardTokenResponse<IdTokenField, BasicTokenType>,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    oauth2::EndpointNotSet,
    oauth2::EndpointNotSet,
    oauth2::EndpointNotSet,
    oauth2::EndpointNotSet,
    HasToken,
>;

/// What a code was worth. Neither part prints.
#[derive(Debug)]
pub(crate) struct Tokens {
    pub(crate) id_token: SecretString,
    pub(crate) access_token: SecretString,
}

/// Where time and chance of a client assertion come from.
#[derive(Clone, Copy)]
pub(crate) struct Sources<'a> {
    pub(crate) clock: &'a dyn Clock,
    pub(crate) entropy: &'a dyn Entropy,
}

/// Exchanges the code at the token endpoint.
pub(crate) async fn exchange(
    http: &Http,
    settings: &OidcSettings,
    token_endpoint: &Url,
    sources: Sources<'_>,
    attempt: &Attempt,
    code: &SecretString,
) -> Result<Tokens, Failure> {
    let (client, assertion) = authenticated(settings, token_endpoint, sources)?;
    let mut request = client
        .exchange_code(AuthorizationCode::new(code.expose_secret().to_owned()))
        .set_pkce_verifier(PkceCodeVerifier::new(attempt.code_verifier.clone()))
        .set_redirect_uri(Cow::Owned(RedirectUrl::from_url(attempt.redirect_uri.clone())));
    if let Some(assertion) = assertion {
        request = request
            .add_extra_param("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
            .add_extra_param("client_assertion", assertion);
    }
    let answer = request.request_async(&Poster(http)).await.map_err(judge)?;
    let id_token = answer.extra_fields().id_token.clone().ok_or(Rejection::NoIdToken)?;
    if *answer.token_type() != BasicTokenType::Bearer {
        return Err(Rejection::TokenAnswer.into());
    }
    Ok(Tokens {
        id_token: SecretString::from(id_token),
        access_token: SecretString::from(answer.access_token().secret().clone()),
    })
}

/// Our HTTP client as `oauth2` wants it. A type with a boxed future, because the future of a closure is not provably
/// `Send` inside another.
struct Poster<'h>(&'h Http);

impl<'c> AsyncHttpClient<'c> for Poster<'_> {
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(post(self.0, request))
    }
}

/// Sends the token request. Only 200 and 400 carry an OAuth answer; 401 and 403 are about us or our network address,
/// whatever the body says (RFC 6749 §5.2).
async fn post(http: &Http, request: HttpRequest) -> Result<HttpResponse, HttpError> {
    let answer = http.send(request).await?;
    match answer.status() {
        StatusCode::OK | StatusCode::BAD_REQUEST => Ok(answer),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(HttpError::Refused),
        _ => Err(HttpError::Unreadable),
    }
}

/// A client that authenticates as set, and the assertion that goes with the request when it is one by key.
fn authenticated(
    settings: &OidcSettings,
    token_endpoint: &Url,
    sources: Sources<'_>,
) -> Result<(TokenClient<oauth2::EndpointSet>, Option<String>), ProviderError> {
    let client = TokenClient::new(ClientId::new(settings.client_id.clone()))
        .set_token_uri(TokenUrl::from_url(token_endpoint.clone()));
    let secret = |secret: &SecretString| ClientSecret::new(secret.expose_secret().to_owned());
    Ok(match &settings.client_auth {
        ClientAuth::SecretBasic(value) => {
            (client.set_auth_type(AuthType::BasicAuth).set_client_secret(secret(value)), None)
        }
        ClientAuth::SecretPost(value) => {
            (client.set_auth_type(AuthType::RequestBody).set_client_secret(secret(value)), None)
        }
        ClientAuth::PrivateKeyJwt(key) => {
            (client.set_auth_type(AuthType::RequestBody), Some(assertion(settings, key, sources)?))
        }
    })
}

#[derive(Serialize)]
struct Assertion<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    jti: String,
    iat: i64,
    exp: i64,
}

/// A client assertion (RFC 7523 §3); the audience is the issuer alone, as one string (RFC 10070).
fn assertion(settings: &OidcSettings, key: &SigningKey, sources: Sources<'_>) -> Result<String, ProviderError> {
    let mut random = [0; 32];
    sources.entropy.fill(&mut random).map_err(|_| ProviderError::Settings)?;
    let now = sources.clock.now().seconds();
    let claims = Assertion {
        iss: &settings.client_id,
        sub: &settings.client_id,
        aud: &settings.issuer,
        jti: Digest::of(random).base64url(),
        iat: now,
        exp: now.saturating_add(60),
    };
    jws::sign(key, "client-authentication+jwt", &claims).map_err(|_| ProviderError::Settings)
}

fn judge(error: RequestTokenError<HttpError, BasicErrorResponse>) -> Failure {
    match error {
        RequestTokenError::ServerResponse(answer) => match answer.error() {
            BasicErrorResponseType::InvalidGrant => ProviderError::Code.into(),
            BasicErrorResponseType::InvalidClient | BasicErrorResponseType::UnauthorizedClient => {
                ProviderError::Refused.into()
            }
            _ => Rejection::TokenAnswer.into(),
        },
        RequestTokenError::Request(error) => ProviderError::from(error).into(),
        // The variant holds the body, which must go no further.
        RequestTokenError::Parse(..) | RequestTokenError::Other(_) => Rejection::TokenAnswer.into(),
    }
}
