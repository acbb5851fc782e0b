//! Which scopes the request asks for.

use std::collections::BTreeSet;

use super::refusal::{AuthorizationErrorCode, ClientRefusal};
use crate::{claims::catalogue, clients::Client, parameters::Parameters};

/// The scopes, in any order: `openid` must be there, what we do not know is ignored (OIDC Core §3.1.2.1), what the client
/// did not register is refused.
pub fn check(client: &Client, parameters: &Parameters) -> Result<BTreeSet<String>, ClientRefusal> {
    let asked = parameters.get("scope").ok().flatten().unwrap_or_default();
    let known: BTreeSet<&str> = asked.split(' ').filter(|scope| catalogue::is_scope(scope)).collect();
    let invalid = |description| Err(ClientRefusal::new(AuthorizationErrorCode::InvalidScope, description));
    if !known.contains("openid") {
        return invalid("scope must contain openid");
    }
    if known.iter().any(|scope| !client.scopes.contains(*scope)) {
        return invalid("a scope is not registered for this client");
    }
    Ok(known.into_iter().map(str::to_owned).collect())
}
