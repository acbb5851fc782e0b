//! How old a sign-in may be (OIDC Core §3.1.2.1).

use super::refusal::ClientRefusal;
use crate::parameters::Parameters;

/// `max_age` in seconds, when given.
pub fn check(parameters: &Parameters) -> Result<Option<u32>, ClientRefusal> {
    let Some(text) = parameters.get("max_age").ok().flatten() else { return Ok(None) };
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse() {
        Ok(seconds) if digits => Ok(Some(seconds)),
        _ => Err(ClientRefusal::invalid("max_age must be a whole number of seconds")),
    }
}
