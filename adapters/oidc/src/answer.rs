//! Is the callback an answer to this attempt, and of this issuer?

use contract::{Attempt, Callback};
use secrecy::SecretString;
use signing::Digest;

use crate::rejection::Rejection;

/// The longest code that is worth a request, in bytes. Codes that are themselves tokens stay well below.
const LONGEST_CODE: usize = 8 * 1024;

/// Checks `state` alone, before anybody is asked anything.
pub(crate) fn check_state(attempt: &Attempt, callback: &Callback) -> Result<(), Rejection> {
    let state = once(callback, "state")?.ok_or(Rejection::State)?;
    if Digest::of(&state).matches(&Digest::of(&attempt.state)) && !attempt.state.is_empty() {
        Ok(())
    } else {
        Err(Rejection::State)
    }
}

/// Reads the code. `iss` is judged first, so that not even an error of another issuer is believed (RFC 9207 §2.4).
pub(crate) fn code(callback: &Callback, issuer: &str, iss_is_required: bool) -> Result<SecretString, Rejection> {
    match once(callback, "iss")? {
        Some(stated) if stated == issuer => {}
        None if !iss_is_required => {}
        _ => return Err(Rejection::CallbackIssuer),
    }
    match (once(callback, "code")?, once(callback, "error")?) {
        (Some(code), None) if (1..=LONGEST_CODE).contains(&code.len()) => Ok(SecretString::from(code)),
        (None, Some(error)) if error == "access_denied" => Err(Rejection::Declined),
        (None, Some(_)) => Err(Rejection::Reported),
        _ => Err(Rejection::Shape),
    }
}

/// A parameter that may be there once. Twice, or not UTF-8, is a refusal, and not the same as absent.
fn once(callback: &Callback, name: &str) -> Result<Option<String>, Rejection> {
    match form_urlencoded::parse(callback.raw().as_bytes()).filter(|(key, _)| key == name).count() {
        0 => Ok(None),
        1 => callback.form_parameter(name).map(Some).ok_or(Rejection::Shape),
        _ => Err(Rejection::Shape),
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;
    use url::Url;

    use super::*;

    const ISSUER: &str = "https://op.example";

    fn read(query: &str, iss_is_required: bool) -> Result<String, Rejection> {
        code(&Callback::new(query), ISSUER, iss_is_required).map(|code| code.expose_secret().to_owned())
    }

    #[test]
    fn only_the_state_of_this_attempt_is_answered() {
        let attempt = Attempt {
            state: "s1".to_owned(),
            nonce: String::new(),
            code_verifier: String::new(),
            redirect_uri: Url::parse("https://us.example/callback/op").unwrap(),
            ui_locales: Vec::new(),
            fresh: false,
        };
        assert_eq!(check_state(&attempt, &Callback::new("state=s1&code=c")), Ok(()));
        for query in ["state=s2", "code=c", "state=", "state=s1&state=s1", "State=s1", ""] {
            assert!(check_state(&attempt, &Callback::new(query)).is_err(), "{query}");
        }
    }

    #[test]
    fn a_code_is_read_once_and_alone() {
        assert_eq!(read("code=a%2Bb&state=s", false), Ok("a+b".to_owned()));
        for query in ["", "code=", "code=a&code=b", "code=a&error=access_denied", "code=%ff", "code=a&error=x&error=y"]
        {
            assert_eq!(read(query, false), Err(Rejection::Shape), "{query}");
        }
    }

    #[test]
    fn a_code_that_no_provider_makes_is_refused() {
        assert!(read(&format!("code={}", "A".repeat(LONGEST_CODE)), false).is_ok());
        assert_eq!(read(&format!("code={}", "A".repeat(LONGEST_CODE + 1)), false), Err(Rejection::Shape));
    }

    #[test]
    fn a_refusal_of_the_person_is_told_from_other_errors() {
        assert_eq!(read("error=access_denied", false), Err(Rejection::Declined));
        assert_eq!(read("error=server_error", false), Err(Rejection::Reported));
    }

    #[test]
    fn another_issuer_is_refused_whatever_it_says() {
        let ours = "iss=https%3A%2F%2Fop.example";
        assert!(read(&format!("code=a&{ours}"), true).is_ok());
        assert!(read("code=a", false).is_ok());
        assert_eq!(read("code=a", true), Err(Rejection::CallbackIssuer));
        assert_eq!(read("error=access_denied&iss=https%3A%2F%2Fevil.example", false), Err(Rejection::CallbackIssuer));
        assert_eq!(read("code=a&iss=https%3A%2F%2Fop.example%2F", false), Err(Rejection::CallbackIssuer));
        assert_eq!(read(&format!("code=a&{ours}&{ours}"), false), Err(Rejection::Shape));
    }
}
