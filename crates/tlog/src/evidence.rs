//! What proves who said what in a call: the message signatures with all that is needed to check them, and, where the
//! agreement says so, the bodies. It is kept sealed; its record holds a digest of each signed part and of the sealed bytes.

use serde::{Deserialize, Serialize};

use crate::hash::Hash;

/// A message signature (RFC 9421) with all that is needed to check it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedPart {
    /// The key id of the wire.
    pub key_id: String,
    /// The algorithm, by its name in the HTTP signature registry.
    pub algorithm: String,
    /// The public key, SubjectPublicKeyInfo DER in base64.
    pub public_key: String,
    /// The signature base (RFC 9421 §2.5).
    pub base: String,
    /// The signature, base64.
    pub signature: String,
}

/// The digest of a signed part: SHA-256 over its five members in the order of [`SignedPart`], each preceded by its length as
/// four bytes, big-endian. It cannot be guessed from what a call may have been, because a signature is in it.
#[must_use]
pub fn part_digest(members: [&str; 5]) -> Hash {
    let lengths = members.map(|member| length(member.len()));
    Hash::of_parts(lengths.iter().zip(members).flat_map(|(length, member)| [length.as_slice(), member.as_bytes()]))
}

impl SignedPart {
    /// See [`part_digest`].
    #[must_use]
    pub fn digest(&self) -> Hash {
        part_digest([&self.key_id, &self.algorithm, &self.public_key, &self.base, &self.signature])
    }
}

impl std::fmt::Debug for SignedPart {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SignedPart({} {})", self.algorithm, self.key_id)
    }
}

/// The evidence of one call.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Evidence {
    /// The caller's signature.
    pub request: Option<SignedPart>,
    /// Ours over the answer.
    pub reply: Option<SignedPart>,
    /// The request body.
    pub request_copy: Option<Vec<u8>>,
    /// The body that was answered.
    pub reply_copy: Option<Vec<u8>>,
    /// The texts of the caller that a record must not show, as a JSON object: [`SEALED`] stands in their place.
    pub texts: Option<String>,
}

/// What stands in a record in the place of a text that is in its evidence.
pub const SEALED: &str = "(sealed)";

/// Whether a text may hold the number of a person: nine ASCII digits in a row or more, as an identity card or a phone has.
#[must_use]
pub fn may_be_personal(text: &str) -> bool {
    text.as_bytes().windows(9).any(|run| run.iter().all(u8::is_ascii_digit))
}

impl std::fmt::Debug for Evidence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Evidence(…)")
    }
}

/// One member of evidence, by its number in the encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Member {
    /// The caller's signature: five texts.
    Request,
    /// Our signature: five texts.
    Reply,
    /// The request body.
    RequestCopy,
    /// The body that was answered.
    ReplyCopy,
    /// Texts of the caller: a JSON object.
    Texts,
}

impl Member {
    const ALL: [Self; 5] = [Self::Request, Self::Reply, Self::RequestCopy, Self::ReplyCopy, Self::Texts];

    const fn number(self) -> u8 {
        match self {
            Self::Request => 1,
            Self::Reply => 2,
            Self::RequestCopy => 3,
            Self::ReplyCopy => 4,
            Self::Texts => 5,
        }
    }
}

/// Adds one member: its number, and each piece preceded by its length as four bytes, big-endian.
pub fn push<'a>(evidence: &mut Vec<u8>, member: Member, pieces: impl IntoIterator<Item = &'a [u8]>) {
    evidence.push(member.number());
    for piece in pieces {
        evidence.extend_from_slice(&length(piece.len()));
        evidence.extend_from_slice(piece);
    }
}

impl Evidence {
    /// Reads what [`push`] made; `None` when anything is cut, unknown, repeated or out of order.
    #[must_use]
    pub fn decode(mut bytes: &[u8]) -> Option<Self> {
        let mut evidence = Self::default();
        let mut before = 0;
        while let Some((number, rest)) = bytes.split_first() {
            let member = Member::ALL.into_iter().find(|member| member.number() == *number)?;
            if *number <= before {
                return None;
            }
            before = *number;
            bytes = rest;
            match member {
                Member::Request => evidence.request = Some(signed(&mut bytes)?),
                Member::Reply => evidence.reply = Some(signed(&mut bytes)?),
                Member::RequestCopy => evidence.request_copy = Some(piece(&mut bytes)?.to_vec()),
                Member::ReplyCopy => evidence.reply_copy = Some(piece(&mut bytes)?.to_vec()),
                Member::Texts => evidence.texts = Some(text(&mut bytes)?),
            }
        }
        Some(evidence)
    }
}

fn signed(bytes: &mut &[u8]) -> Option<SignedPart> {
    let mut text = || text(bytes);
    Some(SignedPart { key_id: text()?, algorithm: text()?, public_key: text()?, base: text()?, signature: text()? })
}

fn text(bytes: &mut &[u8]) -> Option<String> {
    String::from_utf8(piece(bytes)?.to_vec()).ok()
}

fn piece<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let (piece, rest) = rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
    *bytes = rest;
    Some(piece)
}

/// Four gigabytes are never held; a longer piece would not decode, which is found.
fn length(bytes: usize) -> [u8; 4] {
    u32::try_from(bytes).unwrap_or(u32::MAX).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(name: &str) -> SignedPart {
        let text = |what: &str| format!("{name} {what}");
        SignedPart {
            key_id: text("key"),
            algorithm: text("algorithm"),
            public_key: text("public"),
            base: text("base"),
            signature: text("signature"),
        }
    }

    fn encoded(evidence: &Evidence) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (member, part) in [(Member::Request, &evidence.request), (Member::Reply, &evidence.reply)] {
            if let Some(part) = part {
                let texts = [&part.key_id, &part.algorithm, &part.public_key, &part.base, &part.signature];
                push(&mut bytes, member, texts.map(|text| text.as_bytes()));
            }
        }
        for (member, copy) in [(Member::RequestCopy, &evidence.request_copy), (Member::ReplyCopy, &evidence.reply_copy)]
        {
            if let Some(copy) = copy {
                push(&mut bytes, member, [copy.as_slice()]);
            }
        }
        if let Some(texts) = &evidence.texts {
            push(&mut bytes, Member::Texts, [texts.as_bytes()]);
        }
        bytes
    }

    #[test]
    fn evidence_reads_back_whatever_of_it_there_is() {
        let whole = Evidence {
            request: Some(part("a")),
            reply: Some(part("b")),
            request_copy: Some(vec![0, 1]),
            reply_copy: Some(Vec::new()),
            texts: Some("{}".to_owned()),
        };
        for evidence in [whole.clone(), Evidence::default(), Evidence { request: None, ..whole }] {
            assert_eq!(Evidence::decode(&encoded(&evidence)), Some(evidence));
        }
    }

    #[test]
    fn cut_repeated_and_unknown_members_are_refused() {
        let bytes = encoded(&Evidence { request: Some(part("a")), ..Evidence::default() });
        for end in 1..bytes.len() {
            assert_eq!(Evidence::decode(&bytes[..end]), None, "{end}");
        }
        assert_eq!(Evidence::decode(&[bytes.clone(), bytes].concat()), None);
        assert_eq!(Evidence::decode(&[9, 0, 0, 0, 0]), None);
    }

    #[test]
    fn nine_digits_in_a_row_may_be_a_person_s_number() {
        for text in ["075085000001", "ho-so-123456789", "2026/1234567890/A"] {
            assert!(may_be_personal(text), "{text}");
        }
        for text in ["", "12345678", "118/2025/ND-CP", "1.001612.000.00.00.H19", "12345678.9", "１２３４５６７８９"]
        {
            assert!(!may_be_personal(text), "{text}");
        }
    }

    #[test]
    fn text_cannot_move_from_one_member_to_the_next() {
        assert_ne!(part_digest(["ab", "c", "", "", ""]), part_digest(["a", "bc", "", "", ""]));
        assert_eq!(part("a").digest(), part_digest(["a key", "a algorithm", "a public", "a base", "a signature"]));
    }
}
