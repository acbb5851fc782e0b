//! `Content-Digest` (RFC 9530): what digest a message states of its body, and whether the body has it.
//!
//! `sha-256` and `sha-512` count; where both are stated, both must hold. Every other algorithm is passed over (§2), and a
//! message with none of the two states nothing. The old `Digest` field (RFC 3230) is never read.

use aws_lc_rs::digest::{Context, SHA256, SHA512, digest};
use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderMap, HeaderName, HeaderValue};
use sfv::{BareItem, Dictionary, ListEntry, Parser};

/// The name of the field.
pub const CONTENT_DIGEST: HeaderName = HeaderName::from_static("content-digest");
/// The name of the field by which a digest is asked for (§4).
pub const WANT_CONTENT_DIGEST: HeaderName = HeaderName::from_static("want-content-digest");
/// What we ask for: `sha-256`, since processors help with it; `sha-512` is taken too.
pub const WANTED: HeaderValue = HeaderValue::from_static("sha-256=10, sha-512=3");

/// Why a body cannot be held against its digest, or does not have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DigestError {
    /// No digest is stated by an algorithm that counts.
    #[error("no digest of the body is stated")]
    Missing,
    /// The field is there twice, is no dictionary, repeats a key, or has a digest of another length.
    #[error("the stated digest is malformed")]
    Malformed,
    /// The body has another digest.
    #[error("the body does not have the stated digest")]
    Mismatch,
}

/// The digests a message states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stated {
    sha256: Option<[u8; 32]>,
    sha512: Option<[u8; 64]>,
}

impl Stated {
    /// Reads the field.
    ///
    /// # Errors
    /// [`DigestError::Missing`] or [`DigestError::Malformed`].
    pub fn of(headers: &HeaderMap) -> Result<Self, DigestError> {
        let mut lines = headers.get_all(CONTENT_DIGEST).iter();
        let line = lines.next().ok_or(DigestError::Missing)?;
        if lines.next().is_some() {
            return Err(DigestError::Malformed);
        }
        Self::parse(line.to_str().map_err(|_| DigestError::Malformed)?)
    }

    /// Reads the value of the field.
    ///
    /// # Errors
    /// As [`Self::of`].
    pub fn parse(value: &str) -> Result<Self, DigestError> {
        let dictionary = Parser::new(value).parse::<Dictionary>().map_err(|_| DigestError::Malformed)?;
        // Base64 has no comma: as many members as pieces means that no key came twice.
        if value.split(',').count() != dictionary.len() {
            return Err(DigestError::Malformed);
        }
        let bytes = |name: &str| match dictionary.get(name) {
            None => Ok(None),
            Some(ListEntry::Item(item)) => match &item.bare_item {
                BareItem::ByteSequence(bytes) => Ok(Some(bytes.as_slice())),
                _ => Err(DigestError::Malformed),
            },
            Some(ListEntry::InnerList(_)) => Err(DigestError::Malformed),
        };
        let stated = Self {
            sha256: bytes("sha-256")?.map(TryFrom::try_from).transpose().map_err(|_| DigestError::Malformed)?,
            sha512: bytes("sha-512")?.map(TryFrom::try_from).transpose().map_err(|_| DigestError::Malformed)?,
        };
        if stated.sha256.is_none() && stated.sha512.is_none() { Err(DigestError::Missing) } else { Ok(stated) }
    }

    /// SHA-256 of the body, where it is stated.
    #[must_use]
    pub const fn sha256(&self) -> Option<&[u8; 32]> {
        self.sha256.as_ref()
    }

    /// SHA-512 of the body, where it is stated.
    #[must_use]
    pub const fn sha512(&self) -> Option<&[u8; 64]> {
        self.sha512.as_ref()
    }

    /// Whether it is the digest of an empty body.
    #[must_use]
    pub fn is_of_nothing(&self) -> bool {
        self.check(b"").is_ok()
    }

    /// What hashes the body piece by piece as far as these digests need it.
    #[must_use]
    pub fn hasher(&self) -> Hasher {
        Hasher { sha256: Context::new(&SHA256), sha512: self.sha512.map(|_| Context::new(&SHA512)) }
    }

    /// Holds a whole body against them, and gives what was computed.
    ///
    /// # Errors
    /// [`DigestError::Mismatch`].
    pub fn check(&self, body: &[u8]) -> Result<Computed, DigestError> {
        let mut hasher = self.hasher();
        hasher.update(body);
        let computed = hasher.finish();
        if computed.agrees_with(self) { Ok(computed) } else { Err(DigestError::Mismatch) }
    }
}

/// Hashes a body that comes in pieces. SHA-256 is always computed, SHA-512 where it is stated.
#[derive(Clone)]
pub struct Hasher {
    sha256: Context,
    sha512: Option<Context>,
}

impl Hasher {
    /// Begins with SHA-256 alone.
    #[must_use]
    pub fn new() -> Self {
        Self { sha256: Context::new(&SHA256), sha512: None }
    }

    /// Takes the next piece.
    pub fn update(&mut self, piece: &[u8]) {
        self.sha256.update(piece);
        if let Some(sha512) = &mut self.sha512 {
            sha512.update(piece);
        }
    }

    /// The digests of all pieces.
    #[must_use]
    pub fn finish(self) -> Computed {
        let mut computed = Computed { sha256: [0; 32], sha512: None };
        copy(&mut computed.sha256, self.sha256.finish().as_ref());
        if let Some(sha512) = self.sha512 {
            copy(computed.sha512.insert([0; 64]), sha512.finish().as_ref());
        }
        computed
    }
}

impl Default for Hasher {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Hasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hasher")
    }
}

fn copy(to: &mut [u8], from: &[u8]) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
}

/// The digests of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Computed {
    sha256: [u8; 32],
    sha512: Option<[u8; 64]>,
}

impl Computed {
    /// Whether every digest that is stated was computed and is the same. Digests of bodies are no secrets, so time does not
    /// matter.
    #[must_use]
    pub fn agrees_with(&self, stated: &Stated) -> bool {
        stated.sha256.is_none_or(|digest| digest == self.sha256)
            && stated.sha512.is_none_or(|digest| self.sha512 == Some(digest))
    }

    /// SHA-256 of the body.
    #[must_use]
    pub const fn sha256(&self) -> &[u8; 32] {
        &self.sha256
    }

    /// `sha-256=:…:`, as the field and the record state it.
    #[must_use]
    pub fn value(&self) -> String {
        write(&self.sha256)
    }
}

/// `sha-256=:…:` of a whole body.
#[must_use]
pub fn value(body: &[u8]) -> String {
    write(digest(&SHA256, body).as_ref())
}

/// Sets the field to the digest of this body.
pub fn set(headers: &mut HeaderMap, body: &[u8]) {
    // Base64 always is a header value.
    if let Ok(value) = HeaderValue::try_from(value(body)) {
        headers.insert(CONTENT_DIGEST, value);
    }
}

/// Whether a message's body has the digest that its headers state.
///
/// # Errors
/// [`DigestError`].
pub fn check(headers: &HeaderMap, body: &[u8]) -> Result<Computed, DigestError> {
    Stated::of(headers)?.check(body)
}

fn write(digest: &[u8]) -> String {
    let mut text = String::with_capacity(54);
    text.push_str("sha-256=:");
    STANDARD.encode_string(digest, &mut text);
    text.push(':');
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    // RFC 9530 appendix D: the content `{"hello": "world"}` and a line feed.
    const BODY: &[u8] = b"{\"hello\": \"world\"}\n";
    const SHA_256: &str = "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:";
    const SHA_512: &str =
        "sha-512=:YMAam51Jz/jOATT6/zvHrLVgOYTGFy1d6GJiOHTohq4yP+pgk4vf2aCsyRZOtw8MjkM7iw7yZ/WkppmM44T3qg==:";

    #[test]
    fn the_examples_of_rfc_9530_hold() {
        assert_eq!(value(BODY), SHA_256);
        for stated in [SHA_256, SHA_512, &format!("{SHA_256},{SHA_512}"), &format!("{SHA_512} , {SHA_256}")] {
            assert_eq!(Stated::parse(stated).unwrap().check(BODY).unwrap().value(), SHA_256, "{stated}");
            assert_eq!(Stated::parse(stated).unwrap().check(b"").unwrap_err(), DigestError::Mismatch, "{stated}");
        }
    }

    #[test]
    fn of_two_digests_both_must_hold() {
        let other = value(b"other");
        let wrong_first = Stated::parse(&format!("{other}, {SHA_512}")).unwrap();
        assert_eq!(wrong_first.check(BODY).unwrap_err(), DigestError::Mismatch);
        let wrong_second = SHA_512.replace("YMAa", "YMAb");
        let wrong_second = Stated::parse(&format!("{SHA_256}, {wrong_second}")).unwrap();
        assert_eq!(wrong_second.check(BODY).unwrap_err(), DigestError::Mismatch);
        // A digest that was not computed is not one that holds.
        let mut plain = Hasher::new();
        plain.update(BODY);
        assert!(!plain.finish().agrees_with(&Stated::parse(SHA_512).unwrap()));
    }

    #[test]
    fn what_is_no_digest_that_counts_is_refused() {
        for (value, error) in [
            ("md5=:Sd/dVLAcvNLSq16eXua5uQ==:", DigestError::Missing),
            ("unixsum=:GQU=:", DigestError::Missing),
            ("", DigestError::Malformed),
            ("sha-256=:AAAA:", DigestError::Malformed),
            ("sha-256=\"RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=\"", DigestError::Malformed),
            ("sha-256=(:RK/0:)", DigestError::Malformed),
            ("SHA-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:", DigestError::Malformed),
            ("sha-256", DigestError::Malformed),
            (&format!("{SHA_256}, {SHA_256}"), DigestError::Malformed),
            (&format!("{SHA_256},"), DigestError::Malformed),
        ] {
            assert_eq!(Stated::parse(value).unwrap_err(), error, "{value}");
        }
        let unknown_beside = format!("md5=:Sd/dVLAcvNLSq16eXua5uQ==:, {SHA_256}");
        assert!(Stated::parse(&unknown_beside).unwrap().check(BODY).is_ok());
        let mut headers = HeaderMap::new();
        headers.append("digest", HeaderValue::from_static("SHA-256=RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg="));
        assert_eq!(check(&headers, BODY).unwrap_err(), DigestError::Missing);
        set(&mut headers, BODY);
        assert!(check(&headers, BODY).is_ok());
        headers.append(CONTENT_DIGEST, SHA_512.parse().unwrap());
        assert_eq!(check(&headers, BODY).unwrap_err(), DigestError::Malformed);
    }

    #[test]
    fn the_digest_of_nothing_is_known() {
        assert!(Stated::parse(&value(b"")).unwrap().is_of_nothing());
        assert!(!Stated::parse(SHA_256).unwrap().is_of_nothing());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in ".{0,120}") {
            let _ = Stated::parse(&text);
        }

        #[test]
        fn pieces_have_the_digest_of_the_whole(body in prop::collection::vec(any::<u8>(), 0..300), cut in 0usize..300) {
            let stated = Stated::parse(&value(&body)).unwrap();
            let mut hasher = stated.hasher();
            let (first, second) = body.split_at(cut.min(body.len()));
            hasher.update(first);
            hasher.update(second);
            prop_assert!(hasher.finish().agrees_with(&stated));
        }
    }
}
