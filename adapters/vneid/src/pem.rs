//! The private key out of its PEM text.

use base64::{Engine, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

const BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const END: &str = "-----END PRIVATE KEY-----";

/// The DER of the one PKCS#8 block (RFC 7468 §10). `None` when there is none, or more than one.
pub(crate) fn private_key(pem: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let text = std::str::from_utf8(pem).ok()?;
    let (_, after) = text.split_once(BEGIN)?;
    let (body, rest) = after.split_once(END)?;
    if rest.contains(BEGIN) {
        return None;
    }
    let mut packed = Zeroizing::new(String::with_capacity(body.len()));
    packed.extend(body.chars().filter(|character| !character.is_ascii_whitespace()));
    STANDARD.decode(packed.as_bytes()).ok().map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_pkcs8_block_is_a_key() {
        let block = "-----BEGIN PRIVATE KEY-----\nAAEC\r\nAw==\n-----END PRIVATE KEY-----\n";
        assert_eq!(private_key(block.as_bytes()).as_deref(), Some(&vec![0, 1, 2, 3]));
        for bad in [
            "",
            "AAECAw==",
            &block.replace("PRIVATE KEY", "RSA PRIVATE KEY"),
            &format!("{block}{block}"),
            &block.replace("Aw==", "*"),
            block.trim_end().trim_end_matches('-'),
        ] {
            assert!(private_key(bad.as_bytes()).is_none(), "{bad}");
        }
    }
}
