//! Messages as VNeID sends them: data under a fresh AES key, and that key under the relying party's RSA key.

use aws_lc_rs::{
    cipher::{AES_256, PaddedBlockEncryptingKey, UnboundCipherKey},
    error::Unspecified,
    rsa::{KeySize, Pkcs1PublicEncryptingKey, PrivateDecryptingKey, PublicEncryptingKey},
};
use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use clock::{Entropy, entropy::EntropyError};
use serde_json::{Value, json};

use super::{
    RegisteredClient, Shared,
    behaviour::{Behaviour, Cipher, Endpoint, LieHow},
};

const OVERSIZE_BYTES: usize = 2 * 1024 * 1024;

/// The registered key is none, or there are no random bytes.
pub(super) struct CannotSeal;

impl From<Unspecified> for CannotSeal {
    fn from(_: Unspecified) -> Self {
        Self
    }
}

impl From<EntropyError> for CannotSeal {
    fn from(_: EntropyError) -> Self {
        Self
    }
}

impl IntoResponse for CannotSeal {
    fn into_response(self) -> Response {
        (StatusCode::INTERNAL_SERVER_ERROR, Json(json!({ "error": "server_error" }))).into_response()
    }
}

/// A message in two parts, both base64.
pub(super) struct Sealed {
    pub(super) data: String,
    pub(super) key: String,
}

/// Seals `plain` for the client, as well as the behaviour allows.
pub(super) fn seal(
    shared: &Shared,
    client: &RegisteredClient,
    behaviour: &Behaviour,
    lie: Option<LieHow>,
    plain: &[u8],
) -> Result<Sealed, CannotSeal> {
    let entropy = shared.config.entropy.as_ref();
    let mut key = [0; 32];
    entropy.fill(&mut key)?;
    let mut data = encrypt(behaviour.cipher, &key, plain)?;
    match lie {
        Some(LieHow::Garbage) => entropy.fill(&mut data)?,
        Some(LieHow::WrongKey) => entropy.fill(&mut key)?,
        _ => {}
    }
    let wrapped = if behaviour.rotate_keys {
        wrap(PrivateDecryptingKey::generate(KeySize::Rsa2048)?.public_key(), &key)?
    } else {
        wrap(PublicEncryptingKey::from_der(&client.public_key).map_err(|_| CannotSeal)?, &key)?
    };
    Ok(Sealed { data: STANDARD.encode(data), key: STANDARD.encode(wrapped) })
}

/// The body of a token or userinfo answer.
pub(super) fn body(
    shared: &Shared,
    client: &RegisteredClient,
    behaviour: &Behaviour,
    endpoint: Endpoint,
    mut claims: Value,
) -> Result<Value, CannotSeal> {
    let lie = behaviour.lie_at(endpoint);
    distort(lie, &mut claims);
    if !behaviour.encrypt || lie == Some(LieHow::Plain) {
        return Ok(claims);
    }
    let plain =
        if lie == Some(LieHow::WrongPlaintext) { "đây không phải JSON".to_owned() } else { claims.to_string() };
    let sealed = seal(shared, client, behaviour, lie, plain.as_bytes())?;
    Ok(json!({ "data": sealed.data, "key": sealed.key }))
}

fn distort(lie: Option<LieHow>, claims: &mut Value) {
    let Some(claims) = claims.as_object_mut() else { return };
    match lie {
        Some(LieHow::MissingClaim) => {
            claims.remove("access_token");
            claims.remove("citizenPid");
        }
        Some(LieHow::MalformedNumber) => {
            claims.insert("citizenPid".to_owned(), "07508500000".into());
        }
        Some(LieHow::Oversize) => {
            claims.insert("padding".to_owned(), "a".repeat(OVERSIZE_BYTES).into());
        }
        _ => {}
    }
}

fn encrypt(cipher: Cipher, key: &[u8; 32], plain: &[u8]) -> Result<Vec<u8>, Unspecified> {
    let key = UnboundCipherKey::new(&AES_256, key)?;
    let mut data = plain.to_vec();
    match cipher {
        Cipher::AesEcb => {
            PaddedBlockEncryptingKey::ecb_pkcs7(key)?.encrypt(&mut data)?;
            Ok(data)
        }
        Cipher::AesCbc => {
            let context = PaddedBlockEncryptingKey::cbc_pkcs7(key)?.encrypt(&mut data)?;
            let vector: &[u8] = (&context).try_into()?;
            Ok([vector, &data].concat())
        }
    }
}

fn wrap(public: PublicEncryptingKey, key: &[u8]) -> Result<Vec<u8>, Unspecified> {
    let public = Pkcs1PublicEncryptingKey::new(public)?;
    let mut room = vec![0; public.ciphertext_size()];
    Ok(public.encrypt(key, &mut room)?.to_vec())
}

/// An identifier as VNeID gives them out: 128 random bits in the form of a GUID.
pub(super) fn guid(entropy: &dyn Entropy) -> Result<String, EntropyError> {
    let mut bytes = [0; 16];
    entropy.fill(&mut bytes)?;
    let hex = format!("{:032x}", u128::from_be_bytes(bytes));
    let mut rest = hex.as_str();
    let groups = [8, 4, 4, 4, 12].map(|length| {
        let (group, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
        rest = after;
        group.to_owned()
    });
    Ok(groups.join("-"))
}
