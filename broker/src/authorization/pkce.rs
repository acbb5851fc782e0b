//! Proof Key for Code Exchange: S256, always (RFC 7636, RFC 9700 §2.1.1).

use signing::Digest;

use super::refusal::ClientRefusal;
use crate::parameters::Parameters;

/// The `code_challenge`, which must be there with method S256.
pub fn check(parameters: &Parameters) -> Result<String, ClientRefusal> {
    let challenge = parameters.get("code_challenge").ok().flatten();
    let challenge = challenge.ok_or(ClientRefusal::invalid("code_challenge is missing"))?;
    if parameters.get("code_challenge_method").ok().flatten() != Some("S256") {
        return Err(ClientRefusal::invalid("code_challenge_method must be S256"));
    }
    // A challenge that is no SHA-256 could never be met: say so now, not at the token endpoint.
    if challenge.len() != 43 || Digest::from_base64url(challenge).is_none() {
        return Err(ClientRefusal::invalid("code_challenge must be 43 characters of base64url"));
    }
    Ok(challenge.to_owned())
}

/// Whether the verifier belongs to the challenge (RFC 7636 §4.6). A verifier is 43 to 128 unreserved characters (§4.1).
#[must_use]
pub fn verifies(verifier: &str, challenge: &str) -> bool {
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    let well_formed = (43..=128).contains(&verifier.len()) && verifier.bytes().all(unreserved);
    let challenge = Digest::from_base64url(challenge);
    well_formed && challenge.is_some_and(|challenge| Digest::of(verifier).matches(&challenge))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_rfc_7636_appendix_b_verifies() {
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert!(verifies(verifier, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"));
        assert!(!verifies(
            "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXl",
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        ));
        assert!(!verifies("short", &Digest::of("short").base64url()));
        assert!(!verifies(&"é".repeat(43), &Digest::of("é".repeat(43)).base64url()));
    }

    #[test]
    fn cve_41_nothing_but_s256_is_accepted() {
        let good = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        let check = |query: String| check(&Parameters::parse(query.as_bytes()));
        assert!(check(format!("code_challenge={good}&code_challenge_method=S256")).is_ok());
        for bad in [
            String::new(),
            "code_challenge_method=S256".to_owned(),
            format!("code_challenge={good}"),
            format!("code_challenge={good}&code_challenge_method=plain"),
            format!("code_challenge={good}&code_challenge_method=s256"),
            "code_challenge=abc&code_challenge_method=S256".to_owned(),
            format!("code_challenge={good}=&code_challenge_method=S256"),
        ] {
            assert!(check(bad.clone()).is_err(), "{bad}");
        }
    }
}
