//! The `id_token` (OIDC Core §2), honest or not.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use signing::{Digest, KeyError, jws};

use super::{
    Staff,
    behavior::{Behavior, Lie},
    memory::Grant,
    new_key,
};

/// The `acr` of every login here: a password. What that amounts to is for the broker's settings to say.
pub const ACR_PASSWORD: &str = "urn:tinh:can-bo:mat-khau";

const LIFETIME_SECONDS: i64 = 300;

/// Makes the token for a grant, with whatever lie is being told.
pub(super) fn make(staff: &Staff, grant: &Grant, access_token: &str) -> Result<String, KeyError> {
    let behavior = staff.behavior();
    let claims = claims(staff, &behavior, grant, access_token);
    let key = staff.key();
    match behavior.lie {
        Some(Lie::AlgNone) => Ok(format!("{}.{}.", part(&json!({ "alg": "none", "typ": "JWT" })), part(&claims))),
        Some(Lie::Signature) => {
            let signed =
                format!("{}.{}", part(&json!({ "alg": "ES256", "typ": "JWT", "kid": key.kid() })), part(&claims));
            let signature = new_key()?.sign(signed.as_bytes())?;
            Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
        }
        _ => jws::sign(&key, "JWT", &claims).map_err(|_| KeyError::Sign),
    }
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn claims(staff: &Staff, behavior: &Behavior, grant: &Grant, access_token: &str) -> Value {
    let honest = |lie: Lie, truth: &str, untruth: &str| {
        if behavior.tells(lie) { untruth.to_owned() } else { truth.to_owned() }
    };
    let now = staff.clock.now().seconds();
    let issued_at = if behavior.tells(Lie::Expired) { now.saturating_sub(3600) } else { now };
    let hash = Digest::of(honest(Lie::AtHash, access_token, "another"));
    let (left, _) = hash.as_bytes().split_at(16);
    json!({
        "iss": honest(Lie::Iss, &staff.issuer, "https://ke-gian.example"),
        "sub": grant.person.staff.map(|account| account.subject),
        "aud": honest(Lie::Aud, &grant.client_id, "ung-dung-khac"),
        "nonce": grant.nonce.as_deref().map(|nonce| honest(Lie::Nonce, nonce, "another")),
        "iat": issued_at,
        "exp": issued_at.saturating_add(LIFETIME_SECONDS),
        "auth_time": grant.auth_time.seconds(),
        "acr": ACR_PASSWORD,
        "amr": ["pwd"],
        "at_hash": URL_SAFE_NO_PAD.encode(left),
    })
}
