//! SHA-256 of bodies in the form of RFC 9530 §2.

use aws_lc_rs::digest::{Context, Digest, SHA256, digest};
use base64::{Engine, engine::general_purpose::STANDARD};

/// `sha-256=:…:` of the bytes.
pub(super) fn of(bytes: &[u8]) -> String {
    stated(digest(&SHA256, bytes))
}

/// A digest that grows with its body.
pub(super) struct Growing(Context);

impl Growing {
    pub(super) fn new() -> Self {
        Self(Context::new(&SHA256))
    }

    pub(super) fn add(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub(super) fn finish(self) -> String {
        stated(self.0.finish())
    }
}

fn stated(digest: Digest) -> String {
    let mut text = String::with_capacity(54);
    text.push_str("sha-256=:");
    STANDARD.encode_string(digest, &mut text);
    text.push(':');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_of_the_specification_comes_out() {
        // RFC 9530 appendix B.1: the JSON body with its line feed.
        let text = b"{\"hello\": \"world\"}\n";
        assert_eq!(of(text), "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:");
        let mut growing = Growing::new();
        text.chunks(5).for_each(|piece| growing.add(piece));
        assert_eq!(growing.finish(), of(text));
    }
}
