//! One entry as text: a JSON object whose first members are at fixed places, so that a whole log can be checked without
//! reading JSON.
//!
//! `{"index":7,"previous":"<base64 of the leaf hash of entry 6>","kind":"closed","id":"<36 characters>",…}`; a closed record
//! goes on with `"evidence":"<base64>"` when it has sealed evidence.

use std::io::Write;

use base64::{Engine, engine::general_purpose::STANDARD};
use types::TransactionId;

use crate::hash::Hash;

/// Which of its two records an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The call came.
    Opened,
    /// The call ended.
    Closed,
}

impl Kind {
    /// Its name in the entry.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Closed => "closed",
        }
    }
}

/// Adds the head of an entry: everything before its own members.
pub fn head(entry: &mut Vec<u8>, index: u64, previous: &Hash) {
    let mut encoded = [0; 44];
    let written = STANDARD.encode_slice(previous.as_bytes(), &mut encoded).unwrap_or(0);
    entry.extend_from_slice(br#"{"index":"#);
    // Writing to memory does not fail.
    let _ = write!(entry, "{index}");
    entry.extend_from_slice(br#","previous":""#);
    entry.extend_from_slice(encoded.get(..written).unwrap_or(&encoded));
    entry.extend_from_slice(br#"","#);
}

/// The members of an entry that stand at fixed places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// Its place in the log, from 0.
    pub index: u64,
    /// The leaf hash of the entry before it; [`Hash::ZERO`] for the first.
    pub previous: Hash,
    /// Which record it is.
    pub kind: Kind,
    /// The call's id.
    pub id: TransactionId,
    /// SHA-256 of its sealed evidence.
    pub evidence: Option<Hash>,
    /// Everything after the head.
    pub body: &'a [u8],
}

impl<'a> Line<'a> {
    /// Reads the fixed places of an entry; `None` when they do not hold what they must.
    #[must_use]
    pub fn parse(entry: &'a [u8]) -> Option<Self> {
        let rest = entry.strip_prefix(br#"{"index":"#)?;
        let digits = rest.iter().position(|byte| !byte.is_ascii_digit())?;
        let (index, rest) = rest.split_at_checked(digits)?;
        let index = decimal(index)?;
        let (previous, body) = rest.strip_prefix(br#","previous":""#)?.split_at_checked(44)?;
        let body = body.strip_prefix(br#"","#)?;
        let (kind, id, evidence) = fixed(body)?;
        Some(Self { index, previous: Hash::from_base64(previous)?, kind, id, evidence, body })
    }

    /// Reads the members after the head, when the head is already known to be right.
    #[must_use]
    pub fn after_head(index: u64, previous: Hash, body: &'a [u8]) -> Option<Self> {
        let (kind, id, evidence) = fixed(body)?;
        Some(Self { index, previous, kind, id, evidence, body })
    }
}

/// Digits without leading zeroes.
fn decimal(digits: &[u8]) -> Option<u64> {
    let canonical = digits == b"0" || !digits.starts_with(b"0");
    str::from_utf8(digits).ok().filter(|_| canonical)?.parse().ok()
}

fn fixed(body: &[u8]) -> Option<(Kind, TransactionId, Option<Hash>)> {
    let rest = body.strip_prefix(br#""kind":""#)?;
    let (kind, rest) = rest.split_at_checked(6)?;
    let kind = match kind {
        b"opened" => Kind::Opened,
        b"closed" => Kind::Closed,
        _ => return None,
    };
    let (id, rest) = rest.strip_prefix(br#"","id":""#)?.split_at_checked(36)?;
    let id = TransactionId::parse(str::from_utf8(id).ok()?)?;
    let rest = rest.strip_prefix(b"\"")?;
    let evidence = match rest.strip_prefix(br#","evidence":""#) {
        Some(rest) => Some(Hash::from_base64(rest.split_at_checked(44)?.0)?),
        None => None,
    };
    Some((kind, id, evidence))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "01a9ff00-0000-7000-8000-000000000000";

    fn entry(body: &str) -> Vec<u8> {
        let mut entry = Vec::new();
        head(&mut entry, 7, &Hash::of(b"before"));
        entry.extend_from_slice(body.as_bytes());
        entry
    }

    #[test]
    fn the_fixed_places_read_back_and_the_entry_is_json() {
        let evidence = Hash::of(b"sealed");
        let closed = entry(&format!(r#""kind":"closed","id":"{ID}","evidence":"{evidence}","at":1}}"#));
        let line = Line::parse(&closed).unwrap();
        assert_eq!((line.index, line.previous, line.kind), (7, Hash::of(b"before"), Kind::Closed));
        assert_eq!((line.id.to_string().as_str(), line.evidence), (ID, Some(evidence)));
        assert_eq!(Line::after_head(7, line.previous, line.body), Some(line));
        let json: serde_json::Value = serde_json::from_slice(&closed).unwrap();
        assert_eq!(json["previous"], Hash::of(b"before").base64());
        let opened = entry(&format!(r#""kind":"opened","id":"{ID}","at":1}}"#));
        assert_eq!(Line::parse(&opened).unwrap().evidence, None);
    }

    #[test]
    fn what_is_not_at_its_place_is_no_line() {
        let good = String::from_utf8(entry(&format!(r#""kind":"opened","id":"{ID}"}}"#))).unwrap();
        assert!(Line::parse(good.as_bytes()).is_some());
        for (from, to) in
            [(":7", ":07"), (":7", ":-7"), ("opened", "opener"), ("-7000-", "-4000-"), ("\"kind\"", "\"Kind\"")]
        {
            assert_eq!(Line::parse(good.replacen(from, to, 1).as_bytes()), None, "{to}");
        }
        for end in 0..good.len() - 1 {
            assert_eq!(Line::parse(&good.as_bytes()[..end]), None, "{end}");
        }
    }
}
