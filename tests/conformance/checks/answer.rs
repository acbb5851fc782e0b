//! The answer of the authorization endpoint (RFC 6749 §4.1.2, RFC 9207).

use anyhow::{Context, Result, ensure};
use url::Url;

use super::{LEAST_BITS, entropy_bits};
use crate::{
    op::{Op, equal},
    request::Request,
};

/// The code of a successful answer that is all it must be.
pub fn code(op: &Op, request: &Request, back: &Url) -> Result<String> {
    common(op, request, back)?;
    for (name, _) in back.query_pairs() {
        ensure!(matches!(&*name, "code" | "state" | "iss" | "session_state"), "unexpected parameter {name} in {back}");
    }
    let code = only(back, "code")?.with_context(|| format!("no code in {back}"))?;
    ensure!(entropy_bits(&code) >= LEAST_BITS, "the code can be guessed: {} bits", entropy_bits(&code));
    Ok(code)
}

/// An error answer that is all it must be, with one of these codes.
pub fn error(op: &Op, request: &Request, back: &Url, allowed: &[&str]) -> Result<()> {
    common(op, request, back)?;
    for (name, _) in back.query_pairs() {
        let known = matches!(&*name, "error" | "error_description" | "error_uri" | "state" | "iss");
        ensure!(known, "unexpected parameter {name} in {back}");
    }
    let error = only(back, "error")?.with_context(|| format!("no error in {back}"))?;
    ensure!(allowed.contains(&error.as_str()), "the error is {error}, not one of {allowed:?}");
    texts(&error, only(back, "error_description")?.as_deref(), only(back, "error_uri")?.as_deref())
}

/// The texts of an error, wherever it stands (RFC 6749 §4.1.2.1, §5.2).
pub fn texts(error: &str, description: Option<&str>, uri: Option<&str>) -> Result<()> {
    let allowed = |byte: u8| matches!(byte, 0x20 | 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    for text in [Some(error), description].into_iter().flatten() {
        ensure!(!text.is_empty() && text.bytes().all(allowed), "a character that is not allowed in {text:?}");
    }
    if let Some(uri) = uri {
        Url::parse(uri).with_context(|| format!("error_uri is {uri:?}"))?;
    }
    Ok(())
}

fn common(op: &Op, request: &Request, back: &Url) -> Result<()> {
    ensure!(back.fragment().is_none(), "the answer is in the fragment");
    let state = only(back, "state")?;
    ensure!(state.as_deref() == request.get("state"), "state is {state:?}, not {:?}", request.get("state"));
    match only(back, "iss")? {
        Some(iss) => equal("iss of the answer", &op.issuer, Some(&iss)),
        None => {
            ensure!(!op.names_itself(), "no iss, although the metadata promise it");
            Ok(())
        }
    }
}

/// The one value of a parameter.
pub fn only(url: &Url, name: &str) -> Result<Option<String>> {
    let mut found = url.query_pairs().filter(|(known, _)| known == name);
    let value = found.next().map(|(_, value)| value.into_owned());
    ensure!(found.next().is_none(), "{name} is repeated");
    Ok(value)
}
