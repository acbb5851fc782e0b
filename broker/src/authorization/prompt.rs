//! What the client wants shown (OIDC Core §3.1.2.1).

use serde::{Deserialize, Serialize};

use super::refusal::ClientRefusal;
use crate::parameters::Parameters;

/// The wishes of `prompt`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prompt {
    /// Show nothing; answer with an error instead.
    pub none: bool,
    /// Sign in again, whatever session there is.
    pub login: bool,
    /// Show the information page again.
    pub consent: bool,
    /// Let the person choose the provider again.
    pub select_account: bool,
}

/// Reads `prompt`; `none` beside another value contradicts itself.
pub fn check(parameters: &Parameters) -> Result<Prompt, ClientRefusal> {
    let mut prompt = Prompt::default();
    let values = parameters.get("prompt").ok().flatten().unwrap_or_default();
    for value in values.split(' ').filter(|value| !value.is_empty()) {
        match value {
            "none" => prompt.none = true,
            "login" => prompt.login = true,
            "consent" => prompt.consent = true,
            "select_account" => prompt.select_account = true,
            _ => return Err(ClientRefusal::invalid("prompt holds an unknown value")),
        }
    }
    if prompt.none && (prompt.login || prompt.consent || prompt.select_account) {
        return Err(ClientRefusal::invalid("prompt none stands alone"));
    }
    Ok(prompt)
}
