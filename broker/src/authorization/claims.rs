//! The `claims` parameter: single claims, asked for by name (OIDC Core §5.5).

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::refusal::ClientRefusal;
use crate::{claims::catalogue, parameters::Parameters};

/// What the parameter asks for, reduced to what we know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClaimsRequest {
    /// Claims for the UserInfo answer.
    pub userinfo: BTreeSet<String>,
    /// Claims for the ID token.
    pub id_token: BTreeSet<String>,
    /// Acceptable values of `acr`.
    pub acr_values: Vec<String>,
    /// Whether one of them must be reached.
    pub acr_essential: bool,
    /// The `sub` the client insists on.
    pub subject: Option<String>,
}

#[derive(Deserialize)]
struct Wire {
    #[serde(default)]
    userinfo: Option<Map<String, Value>>,
    #[serde(default)]
    id_token: Option<Map<String, Value>>,
}

/// Reads the parameter. Unknown claims are left out, malformed JSON is refused.
pub fn check(parameters: &Parameters) -> Result<ClaimsRequest, ClientRefusal> {
    let Some(text) = parameters.get("claims").ok().flatten() else { return Ok(ClaimsRequest::default()) };
    // A JSON array would read as the members in order.
    let object = text.trim_start().starts_with('{').then(|| serde_json::from_str(text).ok()).flatten();
    let wire: Wire = object.ok_or(ClientRefusal::invalid("claims is not the JSON object it must be"))?;
    let (userinfo, id_token) = (wire.userinfo.unwrap_or_default(), wire.id_token.unwrap_or_default());
    let known = |asked: &Map<String, Value>| -> BTreeSet<String> {
        asked.keys().filter(|name| catalogue::is_claim(name)).cloned().collect()
    };
    let acr = id_token.get("acr");
    let acr_values = acr.map(values).unwrap_or_default();
    let acr_essential = acr.and_then(|acr| acr.get("essential")).and_then(Value::as_bool).unwrap_or(false);
    let subject = [&id_token, &userinfo].into_iter().find_map(|asked| values(asked.get("sub")?).into_iter().next());
    Ok(ClaimsRequest { userinfo: known(&userinfo), id_token: known(&id_token), acr_values, acr_essential, subject })
}

fn values(member: &Value) -> Vec<String> {
    let one = member.get("value").into_iter();
    let many = member.get("values").and_then(Value::as_array).into_iter().flatten();
    one.chain(many).filter_map(Value::as_str).map(str::to_owned).collect()
}
