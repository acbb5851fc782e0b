//! The headers by which the database knows us.

use base64::{Engine, engine::general_purpose::STANDARD};
use clock::Timestamp;
use contract::ExchangeError;
use http::{HeaderMap, HeaderName, HeaderValue, header::AUTHORIZATION};
use secrecy::{ExposeSecret, zeroize::Zeroizing};
use signing::Digest;

use crate::PopulationSettings;

/// The headers of one question.
///
/// # Errors
/// [`ExchangeError::Settings`] when one of the settings cannot be a header.
pub(crate) fn headers(settings: &PopulationSettings, now: Timestamp) -> Result<HeaderMap, ExchangeError> {
    let timestamp = now.micros().div_euclid(1000).to_string();
    let mut headers = HeaderMap::with_capacity(8);
    let mut set = |name: HeaderName, value: &str| {
        let mut value = HeaderValue::from_str(value).map_err(|_| ExchangeError::Settings)?;
        value.set_sensitive(true);
        headers.insert(name, value);
        Ok(())
    };
    set(HeaderName::from_static("x-road-client"), &settings.client)?;
    set(HeaderName::from_static("apikey"), settings.api_key.expose_secret())?;
    set(HeaderName::from_static("timestamp"), &timestamp)?;
    set(AUTHORIZATION, &authorization(settings, &timestamp))?;
    Ok(headers)
}

/// `Basic base64(user:sha256hex(authURL + user + timestamp + secret))`.
fn authorization(settings: &PopulationSettings, timestamp: &str) -> Zeroizing<String> {
    let PopulationSettings { auth_url, user, secret, .. } = settings;
    let stated = Zeroizing::new(format!("{auth_url}{user}{timestamp}{}", secret.expose_secret()));
    let digest = Digest::of(stated.as_bytes());
    let hex: String = digest.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    Zeroizing::new(format!("Basic {}", STANDARD.encode(format!("{user}:{hex}"))))
}
