//! May this authorization request go on? Pure: no I/O, no clock, no session.
//!
//! The order is the text of [`accept`]. Up to `redirect_uri` a refusal is shown to the person, because nothing proves
//! where it could be sent; from there on it goes to the client.

pub mod accepted;
pub mod acr;
pub mod claims;
pub mod max_age;
pub mod pkce;
pub mod prompt;
pub mod redirect_uri;
pub mod refusal;
pub mod response_type;
pub mod scope;

use accepted::{AcceptedRequest, ReturnAddress};
use refusal::{AuthorizationErrorCode, ClientRefusal, PersonRefusal};
use types::ClientId;

use crate::{clients::Client, parameters::Parameters};

/// Why a request does not go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Shown to the person.
    ToPerson(PersonRefusal),
    /// Sent to the client.
    ToClient(ReturnAddress, ClientRefusal),
}

/// The client that the request names; whether it exists is the store's to say.
pub fn client_id(parameters: &Parameters) -> Result<ClientId, PersonRefusal> {
    let named = parameters.get("client_id").ok().flatten().ok_or(PersonRefusal::UnknownClient)?;
    ClientId::parse(named).map_err(|_| PersonRefusal::UnknownClient)
}

/// Runs every check, in this order.
pub fn accept(client: &Client, parameters: &Parameters) -> Result<AcceptedRequest, Refusal> {
    // A disabled client is as good as unknown.
    if !client.enabled {
        return Err(Refusal::ToPerson(PersonRefusal::UnknownClient));
    }
    let redirect_uri = redirect_uri::check(client, parameters).map_err(Refusal::ToPerson)?;
    let state = parameters.get("state").ok().flatten().map(str::to_owned);
    let back = ReturnAddress { redirect_uri, state };
    checks(client, parameters, &back).map_err(|refusal| Refusal::ToClient(back, refusal))
}

fn checks(client: &Client, parameters: &Parameters, back: &ReturnAddress) -> Result<AcceptedRequest, ClientRefusal> {
    // Nothing below looks at a repeated or unreadable parameter, so this comes first.
    if parameters.first_fault().is_some() {
        return Err(ClientRefusal::invalid("a parameter is repeated or unreadable"));
    }
    // A request object could say something else than the parameters: refused by name, never ignored.
    by_reference(parameters)?;
    response_type::check(client, parameters)?;
    let scope = scope::check(client, parameters)?;
    let code_challenge = pkce::check(parameters)?;
    let prompt = prompt::check(parameters)?;
    let max_age = max_age::check(parameters)?;
    let claims = claims::check(parameters)?;
    let needed_level = acr::needed(parameters, &claims)?;
    let text = |name: &str| parameters.get(name).ok().flatten().map(str::to_owned);
    let ui_locales = text("ui_locales").unwrap_or_default();
    Ok(AcceptedRequest {
        client: client.client_id.clone(),
        back: back.clone(),
        scope,
        nonce: text("nonce"),
        code_challenge,
        prompt,
        max_age,
        needed_level,
        userinfo_claims: claims.userinfo,
        id_token_claims: claims.id_token,
        subject: claims.subject,
        id_token_hint: text("id_token_hint"),
        ui_locales: ui_locales.split(' ').filter(|tag| !tag.is_empty()).take(8).map(str::to_owned).collect(),
    })
}

fn by_reference(parameters: &Parameters) -> Result<(), ClientRefusal> {
    use AuthorizationErrorCode::{RegistrationNotSupported, RequestNotSupported, RequestUriNotSupported};
    for (name, code, description) in [
        ("request", RequestNotSupported, "request objects are not supported"),
        ("request_uri", RequestUriNotSupported, "request_uri is not supported"),
        ("registration", RegistrationNotSupported, "registration is not supported"),
    ] {
        if parameters.get(name).ok().flatten().is_some() {
            return Err(ClientRefusal::new(code, description));
        }
    }
    Ok(())
}
