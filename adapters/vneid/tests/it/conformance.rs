//! The promises of every identity adapter, in each mood of the dialect.

use std::sync::Arc;

use adapter_vneid::{Cipher, Encryption};
use contract::conformance::identity_provider;

use crate::dialect::Vneid;

#[tokio::test]
async fn promises_are_kept_under_ecb() {
    assert_eq!(identity_provider(Arc::new(Vneid::STRICT)).await, []);
}

#[tokio::test]
async fn promises_are_kept_under_cbc() {
    assert_eq!(identity_provider(Arc::new(Vneid { cipher: Cipher::AesCbc, ..Vneid::STRICT })).await, []);
}

#[tokio::test]
async fn promises_are_kept_where_plain_messages_are_accepted() {
    let plain = Vneid { encryption: Encryption::Accepted, encrypts: false, ..Vneid::STRICT };
    assert_eq!(identity_provider(Arc::new(plain)).await, []);
}

#[tokio::test]
async fn promises_are_kept_where_plain_would_be_accepted_but_all_is_encrypted() {
    assert_eq!(identity_provider(Arc::new(Vneid { encryption: Encryption::Accepted, ..Vneid::STRICT })).await, []);
}
