//! Code flow only, answered in the query.

use super::refusal::{AuthorizationErrorCode, ClientRefusal};
use crate::{
    clients::{Client, client::GrantType},
    parameters::Parameters,
};

/// `response_type=code`, allowed to this client, with a `response_mode` that fits it.
pub fn check(client: &Client, parameters: &Parameters) -> Result<(), ClientRefusal> {
    match parameters.get("response_type").ok().flatten() {
        None => return Err(ClientRefusal::invalid("response_type is missing")),
        Some("code") => {}
        Some(_) => {
            let code = AuthorizationErrorCode::UnsupportedResponseType;
            return Err(ClientRefusal::new(code, "response_type must be code"));
        }
    }
    if !matches!(parameters.get("response_mode").ok().flatten(), None | Some("query")) {
        return Err(ClientRefusal::invalid("response_mode must be query"));
    }
    if client.grant_types.contains(&GrantType::AuthorizationCode) {
        Ok(())
    } else {
        let code = AuthorizationErrorCode::UnauthorizedClient;
        Err(ClientRefusal::new(code, "this client may not use the authorization code grant"))
    }
}
