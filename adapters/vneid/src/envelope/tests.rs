use aws_lc_rs::{
    cipher::{EncryptingKey, EncryptionContext},
    rsa::Pkcs1PublicEncryptingKey,
};
use clock::SeededEntropy;
use proptest::prelude::*;
use serde::Deserialize;

use super::*;

const KEY: &[u8] = include_bytes!("../../tests/fixtures/relying_party_key.pem");

#[derive(Deserialize)]
struct Vector {
    name: String,
    cipher: Cipher,
    key: String,
    data: String,
    plain: String,
}

/// Made by the OpenSSL command line; see `tests/fixtures/make`.
fn vectors() -> Vec<Vector> {
    serde_json::from_str(include_str!("../../tests/fixtures/vectors.json")).unwrap()
}

fn opener(cipher: Cipher) -> Opener {
    Opener::new(KEY, cipher, Arc::new(SeededEntropy::new(7))).unwrap()
}

fn open(cipher: Cipher, key: &str, data: &str) -> Result<Vec<u8>, Unopened> {
    opener(cipher).open(key, data)?.verdict().map(|plain| plain.to_vec())
}

fn wrap(key: &[u8]) -> Vec<u8> {
    let private = PrivateDecryptingKey::from_pkcs8(&pem::private_key(KEY).unwrap()).unwrap();
    let public = Pkcs1PublicEncryptingKey::new(private.public_key()).unwrap();
    let mut room = vec![0; public.ciphertext_size()];
    public.encrypt(key, &mut room).unwrap().to_vec()
}

/// Encrypts whole blocks as they are, so that a test can choose the padding.
fn blocks(key: &[u8; 16], blocks: &[u8]) -> Vec<u8> {
    let mut data = blocks.to_vec();
    let key = EncryptingKey::ecb(UnboundCipherKey::new(&AES_128, key).unwrap()).unwrap();
    key.less_safe_encrypt(&mut data, EncryptionContext::None).unwrap();
    data
}

fn base64(bytes: &[u8]) -> String {
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

#[test]
fn what_openssl_encrypts_opens() {
    for vector in vectors() {
        let plain = open(vector.cipher, &vector.key, &vector.data);
        assert_eq!(plain.map(|plain| base64(&plain)).as_ref(), Ok(&vector.plain), "{}", vector.name);
    }
}

#[test]
fn base64_opens_without_its_equals_signs_too() {
    let vector = &vectors()[0];
    assert!(open(vector.cipher, vector.key.trim_end_matches('='), vector.data.trim_end_matches('=')).is_ok());
}

#[test]
fn a_changed_wrapped_key_does_not_open() {
    let vector = &vectors()[0];
    let wrapped = BASE64.decode(&vector.key).unwrap();
    for at in (0..wrapped.len()).step_by(31) {
        let mut wrapped = wrapped.clone();
        wrapped[at] ^= 1;
        assert_eq!(open(vector.cipher, &base64(&wrapped), &vector.data), Err(Unopened), "byte {at}");
    }
}

#[test]
fn a_well_wrapped_key_of_no_aes_length_does_not_open() {
    let data = base64(&blocks(&[1; 16], &[16; 16]));
    assert!(open(Cipher::AesEcb, &base64(&wrap(&[1; 16])), &data).is_ok());
    for length in [0, 1, 15, 17, 31, 33, 64, 245] {
        assert_eq!(open(Cipher::AesEcb, &base64(&wrap(&vec![1; length])), &data), Err(Unopened), "{length} bytes");
    }
}

#[test]
fn malformed_padding_does_not_open() {
    let key = base64(&wrap(&[1; 16]));
    let mut ends = vec![[0; 16], [17; 16], [0xff; 16]];
    ends.push([2; 16]);
    ends[3][14] = 3;
    for end in ends {
        assert_eq!(open(Cipher::AesEcb, &key, &base64(&blocks(&[1; 16], &end))), Err(Unopened), "{end:?}");
    }
}

#[test]
fn one_mode_does_not_open_what_the_other_made() {
    for vector in vectors().iter().filter(|vector| vector.name.contains("code")) {
        let other = if vector.cipher == Cipher::AesEcb { Cipher::AesCbc } else { Cipher::AesEcb };
        let plain = BASE64.decode(&vector.plain).unwrap();
        assert_ne!(open(other, &vector.key, &vector.data), Ok(plain), "{}", vector.name);
    }
}

#[test]
fn a_message_of_impossible_size_ends_at_once() {
    let vector = &vectors()[0];
    let block = base64(&[0; 16]);
    for (cipher, key, data) in [
        (Cipher::AesEcb, vector.key.as_str(), ""),
        (Cipher::AesEcb, &vector.key, &base64(&[0; 15])),
        (Cipher::AesCbc, &vector.key, &block),
        (Cipher::AesEcb, &base64(&[1; 255]), &block),
        (Cipher::AesEcb, &base64(&[1; 257]), &block),
        (Cipher::AesEcb, "", &block),
        (Cipher::AesEcb, "not base64!", &block),
        (Cipher::AesEcb, &vector.key, "-_-_"),
    ] {
        assert!(opener(cipher).open(key, data).is_err());
    }
}

#[test]
fn without_random_bytes_nothing_opens() {
    struct Dry;
    impl Entropy for Dry {
        fn fill(&self, _: &mut [u8]) -> Result<(), clock::entropy::EntropyError> {
            Err(clock::entropy::EntropyError)
        }
    }
    let opener = Opener::new(KEY, Cipher::AesEcb, Arc::new(Dry)).unwrap();
    let vector = &vectors()[0];
    assert!(opener.open(&vector.key, &vector.data).is_err());
}

#[test]
fn a_key_that_is_not_rsa_is_refused() {
    let text = String::from_utf8(KEY.to_vec()).unwrap();
    for bad in [String::new(), text.replace("MII", "MIJ"), text.replace("PRIVATE", "PUBLIC")] {
        assert!(Opener::new(bad.as_bytes(), Cipher::AesEcb, Arc::new(SeededEntropy::new(1))).is_err());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_in_either_place_is_answered(key in "\\PC{0,400}", data in "\\PC{0,200}") {
        for cipher in [Cipher::AesEcb, Cipher::AesCbc] {
            prop_assert!(opener(cipher).open(&key, &data).is_err());
        }
    }

    #[test]
    fn any_blocks_under_a_good_key_are_answered(count in 1..8_usize, seed: u64) {
        let mut data = vec![0; count * 16];
        SeededEntropy::new(seed).fill(&mut data).unwrap();
        let opened = opener(Cipher::AesEcb).open(&vectors()[0].key, &base64(&data)).unwrap();
        if let Ok(plain) = opened.verdict() {
            prop_assert!(plain.len() < data.len());
        }
    }

    #[test]
    fn any_plain_text_comes_back(plain in proptest::collection::vec(any::<u8>(), 0..100)) {
        let padding = 16 - plain.len() % 16;
        let mut padded = plain.clone();
        padded.resize(plain.len() + padding, u8::try_from(padding).unwrap());
        let opened = open(Cipher::AesEcb, &base64(&wrap(&[9; 16])), &base64(&blocks(&[9; 16], &padded)));
        prop_assert_eq!(opened, Ok(plain));
    }
}
