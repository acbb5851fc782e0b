//! The types of `openidconnect`, fixed to what our broker speaks, and what we read out of them.

use std::collections::BTreeMap;

use openidconnect::{
    AdditionalClaims, ClaimsVerificationError, EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet, EndpointSet,
    IdTokenFields, Nonce, SignatureVerificationError, StandardErrorResponse, StandardTokenResponse,
    core::{
        CoreAuthDisplay, CoreAuthPrompt, CoreErrorResponseType, CoreGenderClaim, CoreJsonWebKey,
        CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreRevocableToken, CoreRevocationErrorResponse,
        CoreTokenIntrospectionResponse, CoreTokenType,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The claims that no standard names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Released {
    #[serde(flatten)]
    claims: BTreeMap<String, Value>,
}

impl AdditionalClaims for Released {}

/// An ID token whose claims may hold ours.
pub type IdToken =
    openidconnect::IdToken<Released, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>;

pub(super) type Tokens = StandardTokenResponse<
    IdTokenFields<
        Released,
        EmptyExtraTokenFields,
        CoreGenderClaim,
        CoreJweContentEncryptionAlgorithm,
        CoreJwsSigningAlgorithm,
    >,
    CoreTokenType,
>;

pub(super) type Client = openidconnect::Client<
    Released,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Tokens,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// The algorithms that an ID token may be signed with here; never what its header says (RFC 8725 §3.1).
pub(super) const ALLOWED: [CoreJwsSigningAlgorithm; 2] =
    [CoreJwsSigningAlgorithm::EcdsaP256Sha256, CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256];

/// Claims that are about the token, not about the person.
const OF_THE_TOKEN: [&str; 14] =
    ["iss", "sub", "aud", "exp", "iat", "nbf", "jti", "nonce", "azp", "acr", "amr", "auth_time", "at_hash", "sid"];

/// Whether the token's key is not among those we know, so that fetching again may help.
pub(super) fn names_unknown_key(client: &Client, id_token: &IdToken, nonce: &Nonce) -> bool {
    let verifier = client.id_token_verifier().set_allowed_algs(ALLOWED);
    matches!(
        id_token.claims(&verifier, nonce),
        Err(ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey))
    )
}

/// The claims about the person, by their names on the wire.
pub(super) fn about_the_person(claims: &impl Serialize) -> BTreeMap<String, Value> {
    let Ok(Value::Object(all)) = serde_json::to_value(claims) else { return BTreeMap::new() };
    all.into_iter().filter(|(name, value)| !OF_THE_TOKEN.contains(&name.as_str()) && !value.is_null()).collect()
}
