//! More claims, if the provider has an endpoint for them: believed only about the subject of the `id_token`.

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use url::Url;

use crate::{
    http::Http,
    rejection::{Failure, Rejection},
};

/// Asks with the access token in the header (RFC 6750 §2.1) and checks the subject (OIDC Core §5.3.2).
pub(crate) async fn fetch(
    http: &Http,
    endpoint: &Url,
    access_token: &SecretString,
    subject: &str,
) -> Result<Map<String, Value>, Failure> {
    let answer = http.get_json(endpoint, Some(access_token.expose_secret()), Rejection::Userinfo).await?;
    let Value::Object(claims) = answer else {
        return Err(Rejection::Userinfo.into());
    };
    if claims.get("sub").and_then(Value::as_str) == Some(subject) {
        Ok(claims)
    } else {
        Err(Rejection::UserinfoSubject.into())
    }
}
