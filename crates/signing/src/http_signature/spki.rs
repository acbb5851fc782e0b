//! What kind of key is inside a SubjectPublicKeyInfo (RFC 5280 §4.1.2.7)? Read strictly, so that one key has one encoding.

use super::Algorithm;

const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
const EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const PRIME256V1: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const RSA_ENCRYPTION: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const RSASSA_PSS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a];

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OBJECT_IDENTIFIER: u8 = 0x06;

/// The algorithm of a key and the bytes of the key itself: 32 bytes, an uncompressed point, or an `RSAPublicKey`.
pub(super) struct Inside<'a> {
    pub(super) algorithm: Algorithm,
    pub(super) key: &'a [u8],
}

/// Reads it; `None` for anything that is not one of our kinds or has bytes left over.
pub(super) fn read(der: &[u8]) -> Option<Inside<'_>> {
    let (outer, rest) = element(SEQUENCE, der)?;
    let (identifier, after) = element(SEQUENCE, outer)?;
    let (bits, end) = element(BIT_STRING, after)?;
    let (unused_bits, key) = bits.split_first()?;
    if !rest.is_empty() || !end.is_empty() || *unused_bits != 0 {
        return None;
    }
    let (oid, parameters) = element(OBJECT_IDENTIFIER, identifier)?;
    let algorithm = match oid {
        ED25519 if parameters.is_empty() && key.len() == 32 => Algorithm::Ed25519,
        EC_PUBLIC_KEY => {
            let (curve, none) = element(OBJECT_IDENTIFIER, parameters)?;
            // One form only: a compressed point would give the same key a second thumbprint.
            let plain_point = key.len() == 65 && key.first() == Some(&4);
            (curve == PRIME256V1 && none.is_empty() && plain_point).then_some(Algorithm::EcdsaP256Sha256)?
        }
        RSA_ENCRYPTION | RSASSA_PSS => Algorithm::RsaPssSha512,
        _ => return None,
    };
    Some(Inside { algorithm, key })
}

/// The inside of the first element, which must have this tag, and what follows it. Lengths as DER has them (X.690 §10.1).
fn element(tag: u8, der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (found, rest) = der.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(*first), rest),
        0x81 => {
            let (length, rest) = rest.split_first()?;
            (usize::from(*length), rest)
        }
        0x82 => {
            let (high, rest) = rest.split_first()?;
            let (low, rest) = rest.split_first()?;
            (usize::from(u16::from_be_bytes([*high, *low])), rest)
        }
        _ => return None,
    };
    let shortest = match first {
        0..=0x7f => true,
        0x81 => length > 0x7f,
        _ => length > 0xff,
    };
    (*found == tag && shortest).then(|| rest.split_at_checked(length))?
}

/// The `SubjectPublicKeyInfo` of a key that was given in another form.
pub(super) fn write(algorithm: Algorithm, key: &[u8]) -> Vec<u8> {
    let identifier = match algorithm {
        Algorithm::Ed25519 => wrap(OBJECT_IDENTIFIER, &[ED25519]),
        Algorithm::EcdsaP256Sha256 => {
            [wrap(OBJECT_IDENTIFIER, &[EC_PUBLIC_KEY]), wrap(OBJECT_IDENTIFIER, &[PRIME256V1])].concat()
        }
        Algorithm::RsaPssSha512 => [wrap(OBJECT_IDENTIFIER, &[RSA_ENCRYPTION]), vec![0x05, 0x00]].concat(),
    };
    wrap(SEQUENCE, &[&wrap(SEQUENCE, &[&identifier]), &wrap(BIT_STRING, &[&[0], key])])
}

/// An `RSAPublicKey` (RFC 8017 §A.1.1) from modulus and exponent.
pub(super) fn rsa_public_key(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
    wrap(SEQUENCE, &[&integer(modulus), &integer(exponent)])
}

/// Modulus and exponent of an `RSAPublicKey`, without leading zeros.
pub(super) fn rsa_parts(key: &[u8]) -> Option<(&[u8], &[u8])> {
    let (inside, rest) = element(SEQUENCE, key)?;
    let (modulus, after) = element(INTEGER, inside)?;
    let (exponent, end) = element(INTEGER, after)?;
    let plain = |number: &'_ [u8]| number.iter().position(|byte| *byte != 0).unwrap_or(number.len());
    (rest.is_empty() && end.is_empty())
        .then(|| Some((modulus.get(plain(modulus)..)?, exponent.get(plain(exponent)..)?)))?
}

fn integer(number: &[u8]) -> Vec<u8> {
    let start = number.iter().position(|byte| *byte != 0).unwrap_or(number.len());
    let number = number.get(start..).unwrap_or_default();
    // A number is positive: a first bit of 1 needs a zero before it.
    let sign: &[u8] = if number.first().is_none_or(|byte| *byte > 0x7f) { &[0] } else { &[] };
    wrap(INTEGER, &[sign, number])
}

fn wrap(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let inside = parts.concat();
    let mut der = vec![tag];
    match u16::try_from(inside.len()).map(u16::to_be_bytes) {
        Ok([0, low @ 0..=0x7f]) => der.push(low),
        Ok([0, low]) => der.extend([0x81, low]),
        Ok([high, low]) => der.extend([0x82, high, low]),
        // No key is that long: what comes out is read by nobody.
        Err(_) => return Vec::new(),
    }
    der.extend(inside);
    der
}
