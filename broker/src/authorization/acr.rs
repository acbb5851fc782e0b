//! Which authentication level the request needs.

use types::AuthLevel;

use super::{
    claims::ClaimsRequest,
    refusal::{AuthorizationErrorCode, ClientRefusal},
};
use crate::parameters::Parameters;

/// The lowest level that satisfies the request: of `acr_values` and of an `acr` claim with values (OIDC Core §5.5.1.1),
/// the higher demand. Names of other schemes state no demand we could judge and are left aside.
///
/// A level we are asked for and do not reach is an error later, never a weaker token.
pub fn needed(parameters: &Parameters, claims: &ClaimsRequest) -> Result<AuthLevel, ClientRefusal> {
    let known = |name: &String| AuthLevel::from_acr(name).is_some();
    if claims.acr_essential && !claims.acr_values.is_empty() && !claims.acr_values.iter().any(known) {
        // OIDC Core §5.5.1.1: an essential value that cannot be given is a failed attempt.
        let code = AuthorizationErrorCode::UnmetAuthenticationRequirements;
        return Err(ClientRefusal::new(code, "none of the essential acr values can be given"));
    }
    let listed = parameters.get("acr_values").ok().flatten().unwrap_or_default();
    let by_values = lowest(listed.split(' '));
    let by_claim = lowest(claims.acr_values.iter().map(String::as_str));
    Ok(by_values.max(by_claim))
}

fn lowest<'a>(names: impl Iterator<Item = &'a str>) -> AuthLevel {
    names.filter_map(AuthLevel::from_acr).min().unwrap_or(AuthLevel::UNKNOWN)
}
