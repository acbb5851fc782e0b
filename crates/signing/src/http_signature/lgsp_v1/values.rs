//! Values of the profile's fields.

use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderMap, HeaderName, HeaderValue};
use sfv::{BareItem, Item, Parser};

use super::{ProfileError, Signed};
use crate::http_signature::SigningKey;

/// The text of a field that is an sf-string or an sf-token (RFC 9651 §3.3.3, §3.3.4); `None` when it is absent, there more
/// than once, or something else. Parameters are passed over.
#[must_use]
pub fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let value = only(headers, name).ok()?.to_str().ok()?;
    match Parser::new(value).parse::<Item>().ok()?.bare_item {
        BareItem::String(text) => Some(text.into()),
        BareItem::Token(token) => Some(token.into()),
        _ => None,
    }
}

/// The one value of a field.
pub(super) fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<&'a HeaderValue, ProfileError> {
    let mut lines = headers.get_all(name).iter();
    let value = lines.next().ok_or(ProfileError::MissingField)?;
    if lines.next().is_some() { Err(ProfileError::RepeatedField) } else { Ok(value) }
}

/// A text as it stands between the quotes of an sf-string.
pub(super) fn plain(text: &str) -> Result<&str, ProfileError> {
    let plain = text.bytes().all(|byte| (0x20..=0x7e).contains(&byte) && byte != b'"' && byte != b'\\');
    if plain { Ok(text) } else { Err(ProfileError::Sign) }
}

/// Signs a base and writes both fields.
pub(super) fn seal(key: &SigningKey, label: &str, params: &str, base: String) -> Result<Signed, ProfileError> {
    let signature = key.sign(base.as_bytes())?;
    let signature_base64 = STANDARD.encode(signature.as_ref());
    let input = HeaderValue::try_from(format!("{label}={params}")).map_err(|_| ProfileError::Sign)?;
    let signature = HeaderValue::try_from(format!("{label}=:{signature_base64}:")).map_err(|_| ProfileError::Sign)?;
    Ok(Signed { input, signature, base, signature_base64 })
}
