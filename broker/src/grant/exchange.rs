//! The use case behind `/token`: which grant, for whom.

use std::sync::Arc;

use clock::{Clock, Entropy};
use policies::Policies;
use secrecy::SecretString;
use serde::Serialize;
use signing::Sealer;

use super::{GrantError, authorization_code, client_credentials, refresh_token};
use crate::{
    clients::{ClientHandle, client::GrantType},
    ids::Reference,
    people::post::Posts,
    storage::Stores,
    tokens::Mint,
};

/// Everything the grants need.
#[derive(Clone)]
pub struct Exchange {
    /// What is kept.
    pub stores: Stores,
    /// Makes tokens.
    pub mint: Arc<Mint>,
    /// Decides.
    pub policies: Arc<Policies>,
    /// Opens people's records.
    pub sealer: Arc<Sealer>,
    /// The posts that people hold.
    pub posts: Posts,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Gives chance.
    pub entropy: Arc<dyn Entropy>,
}

/// A token request after its parameters were read. It holds secrets, so it never prints.
pub enum TokenRequest {
    /// RFC 6749 §4.1.3 with RFC 7636 §4.5.
    AuthorizationCode {
        /// `code`
        code: SecretString,
        /// `redirect_uri`
        redirect_uri: String,
        /// `code_verifier`
        code_verifier: SecretString,
    },
    /// RFC 6749 §6.
    RefreshToken {
        /// `refresh_token`
        refresh_token: SecretString,
        /// `scope`
        scope: Option<String>,
    },
    /// RFC 6749 §4.4.2.
    ClientCredentials {
        /// `scope`
        scope: Option<String>,
    },
}

impl TokenRequest {
    /// Which grant type it is.
    #[must_use]
    pub const fn grant_type(&self) -> GrantType {
        match self {
            Self::AuthorizationCode { .. } => GrantType::AuthorizationCode,
            Self::RefreshToken { .. } => GrantType::RefreshToken,
            Self::ClientCredentials { .. } => GrantType::ClientCredentials,
        }
    }
}

/// A successful answer (RFC 6749 §5.1, OIDC Core §3.1.3.3).
#[derive(Serialize)]
pub struct TokenResponse {
    /// `access_token`
    pub access_token: String,
    /// Always `Bearer`.
    pub token_type: &'static str,
    /// Seconds the access token lives.
    pub expires_in: u64,
    /// `refresh_token`, when one was issued or rotated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    /// `id_token`, for grants of a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token: Option<String>,
    /// The scopes.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub scope: String,
}

impl Exchange {
    /// Exchanges one grant of a proven client.
    pub async fn run(
        &self,
        client: &ClientHandle,
        request: TokenRequest,
        reference: Reference,
    ) -> Result<TokenResponse, GrantError> {
        if !client.client.grant_types.contains(&request.grant_type()) {
            return Err(GrantError::Unauthorized);
        }
        match request {
            TokenRequest::AuthorizationCode { code, redirect_uri, code_verifier } => {
                authorization_code::exchange(self, client, &code, &redirect_uri, &code_verifier, reference).await
            }
            TokenRequest::RefreshToken { refresh_token, scope } => {
                refresh_token::exchange(self, client, &refresh_token, scope.as_deref(), reference).await
            }
            TokenRequest::ClientCredentials { scope } => {
                client_credentials::exchange(self, client, scope.as_deref(), reference).await
            }
        }
    }
}
