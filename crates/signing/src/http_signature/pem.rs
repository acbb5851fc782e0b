//! The textual encoding of keys (RFC 7468): one object with the label that is expected.

use base64::{Engine, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

/// The bytes of the first object with this label.
pub(super) fn read(label: &str, text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let (_, after) = text.split_once(&format!("-----BEGIN {label}-----"))?;
    let (inside, _) = after.split_once(&format!("-----END {label}-----"))?;
    let digits = Zeroizing::new(inside.split_ascii_whitespace().collect::<String>());
    STANDARD.decode(digits.as_bytes()).ok().map(Zeroizing::new)
}
