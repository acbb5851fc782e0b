//! What the browser brought back: is it an answer to this attempt, and what does it hold?

use contract::{Attempt, Callback, ProviderError};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::settings::Encryption;

/// Far longer than a few identifiers under AES in base64.
const LONGEST_CODE: usize = 4096;
/// A key under RSA with 8192 bits, in base64.
const LONGEST_KEY: usize = 1368;

/// A code as it came, under its key when it is encrypted.
pub(crate) struct CodeResponse {
    pub(crate) code: Zeroizing<String>,
    pub(crate) encrypt_key: Option<String>,
}

/// Reads the callback (RFC 6749 §4.1.2). Base64 stands in it with its `+` as it is, so the raw reading counts.
pub(crate) fn read(
    attempt: &Attempt,
    callback: &Callback,
    encryption: Encryption,
) -> Result<CodeResponse, ProviderError> {
    let state = single(callback, "state")?.ok_or(ProviderError::Response)?;
    if !bool::from(state.as_bytes().ct_eq(attempt.state.as_bytes())) {
        return Err(ProviderError::Response);
    }
    let code = single(callback, "code")?.filter(|code| (1..=LONGEST_CODE).contains(&code.len()));
    if let Some(error) = single(callback, "error")? {
        let declined = code.is_none() && error == "access_denied";
        return Err(if declined { ProviderError::Declined } else { ProviderError::Response });
    }
    let code = Zeroizing::new(code.ok_or(ProviderError::Response)?);
    let encrypt_key = single(callback, "encrypt_key")?;
    match &encrypt_key {
        Some(key) if !(1..=LONGEST_KEY).contains(&key.len()) => Err(ProviderError::Response),
        None if encryption == Encryption::Required => Err(ProviderError::Response),
        _ => Ok(CodeResponse { code, encrypt_key }),
    }
}

/// The parameter, `None` when it is missing, an error when it is repeated or not UTF-8.
fn single(callback: &Callback, name: &str) -> Result<Option<String>, ProviderError> {
    let is_there = form_urlencoded::parse(callback.raw().as_bytes()).any(|(key, _)| key == name);
    match callback.raw_parameter(name) {
        None if is_there => Err(ProviderError::Response),
        found => Ok(found),
    }
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;

    fn outcome(query: &str, encryption: Encryption) -> Result<CodeResponse, ProviderError> {
        let attempt = Attempt {
            state: "s1".to_owned(),
            nonce: String::new(),
            code_verifier: String::new(),
            redirect_uri: Url::parse("https://broker.example/callback/vneid").unwrap(),
            ui_locales: Vec::new(),
            fresh: false,
        };
        read(&attempt, &Callback::new(query), encryption)
    }

    #[test]
    fn the_plus_of_base64_survives() {
        let response = outcome("state=s1&code=a+b%2Bc/d=&encrypt_key=e+f%3D", Encryption::Required).unwrap();
        assert_eq!(response.code.as_str(), "a+b+c/d=");
        assert_eq!(response.encrypt_key.as_deref(), Some("e+f="));
    }

    #[test]
    fn a_plain_code_is_taken_only_by_setting() {
        assert!(outcome("state=s1&code=a", Encryption::Accepted).is_ok_and(|found| found.encrypt_key.is_none()));
        assert!(matches!(outcome("state=s1&code=a", Encryption::Required), Err(ProviderError::Response)));
    }

    #[test]
    fn a_repeated_or_empty_key_is_no_plain_code() {
        for query in [
            "state=s1&code=a&encrypt_key=",
            "state=s1&code=a&encrypt_key=b&encrypt_key=c",
            "state=s1&code=a&encrypt_key=%FF",
            "state=s1&code=a&encrypt%5Fkey=b&encrypt_key=c",
        ] {
            assert!(matches!(outcome(query, Encryption::Accepted), Err(ProviderError::Response)), "{query}");
        }
    }

    #[test]
    fn only_a_clean_refusal_counts_as_declined() {
        let check = |query, expected| assert_eq!(outcome(query, Encryption::Accepted).err(), Some(expected), "{query}");
        check("state=s1&error=access_denied", ProviderError::Declined);
        check("state=s1&error=access_denied&code=a", ProviderError::Response);
        check("state=s1&error=access_denied&error=access_denied", ProviderError::Response);
        check("state=s1&error=server_error", ProviderError::Response);
        check("state=s2&error=access_denied", ProviderError::Response);
        check("error=access_denied", ProviderError::Response);
    }
}
