//! The provider's side of the dialect, as far as the tests need it.

use std::{collections::BTreeMap, sync::Arc};

use adapter_vneid::{BirthDateFormat, Cipher, ClaimNames, Encryption, UserId, VneidProvider, VneidSettings};
use aws_lc_rs::{
    cipher::{AES_256, PaddedBlockEncryptingKey, UnboundCipherKey},
    rsa::{Pkcs1PublicEncryptingKey, PrivateDecryptingKey, PublicEncryptingKey},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use clock::SeededEntropy;
use contract::{
    Attempt, IdentityProvider, ProviderError,
    conformance::{Dialect, Lie, Limits, Purpose, Reply, Request, Step},
};
use serde_json::{Value, json};
use types::{AuthLevel, ProviderId};
use url::Url;

pub const PRIVATE_KEY: &str = include_str!("../fixtures/relying_party_key.pem");
pub const CODE: &str = "canary-c0de-8b86-d011-b42d-00c04fc964ff.canary-c0de-2";
pub const TOKEN: &str = "canary-access-token";
const SECRET: &str = "canary client secret & more";
const NAME: &str = "Canary Văn An";
const NUMBER: &str = "999085000001";
/// What every message here is encrypted with.
const AES_KEY: &[u8; 32] = b"canary-aes-key-of-32-bytes-0000!";

/// VNeID with one cipher, strict or not.
#[derive(Clone, Copy)]
pub struct Vneid {
    pub cipher: Cipher,
    pub encryption: Encryption,
    /// Whether the provider encrypts.
    pub encrypts: bool,
}

impl Vneid {
    pub const STRICT: Self = Self { cipher: Cipher::AesEcb, encryption: Encryption::Required, encrypts: true };

    pub fn settings(self, base: &Url, limits: Limits) -> VneidSettings {
        VneidSettings {
            id: ProviderId::parse("vneid").unwrap(),
            issuer: "https://vneid.example".to_owned(),
            authorize_url: base.join("authorize").unwrap(),
            token_url: base.join("token").unwrap(),
            userinfo_url: base.join("userinfo").unwrap(),
            logout_url: Some(base.join("logout").unwrap()),
            logout_return_parameter: None,
            client_id: "lien-thong".to_owned(),
            client_secret: SECRET.to_owned().into(),
            scope: VneidSettings::DEFAULT_SCOPE.to_owned(),
            private_key: PRIVATE_KEY.as_bytes().to_vec().into(),
            cipher: self.cipher,
            encryption: self.encryption,
            user_id: UserId::default(),
            claims: ClaimNames::default(),
            account_levels: VneidSettings::default_account_levels(),
            account_types: VneidSettings::default_account_types(),
            birth_date_formats: BirthDateFormat::ALL.to_vec(),
            asserted_level: AuthLevel::ONE,
            timeout: limits.timeout,
            max_answer_bytes: limits.max_answer_bytes,
        }
    }

    pub fn data(self, plain: &[u8]) -> String {
        let key = UnboundCipherKey::new(&AES_256, AES_KEY).unwrap();
        let mut data = plain.to_vec();
        let sealed = match self.cipher {
            Cipher::AesEcb => {
                PaddedBlockEncryptingKey::ecb_pkcs7(key).unwrap().encrypt(&mut data).unwrap();
                data
            }
            Cipher::AesCbc => {
                let context = PaddedBlockEncryptingKey::cbc_pkcs7(key).unwrap().encrypt(&mut data).unwrap();
                let vector: &[u8] = (&context).try_into().unwrap();
                [vector, &data].concat()
            }
        };
        STANDARD.encode(sealed)
    }

    /// The message as this provider sends it.
    fn message(self, plain: &Value) -> Reply {
        if !self.encrypts {
            return Reply::json(plain.to_string());
        }
        Reply::json(json!({ "data": self.data(plain.to_string().as_bytes()), "key": wrapped_key() }).to_string())
    }

    fn trade(self, request: &Request) -> Reply {
        if request.method != "POST" || request.header("content-type") != Some("application/x-www-form-urlencoded") {
            return Reply::json(r#"{"error":"unsupported_media_type"}"#).with_status(415);
        }
        let form = form(request);
        let fixed = [
            ("grant_type", "authorization_code"),
            ("client_id", "lien-thong"),
            ("client_secret", SECRET),
            ("redirect_uri", "https://broker.example/callback/under-test"),
            ("code", CODE),
        ];
        let right = fixed.iter().all(|(name, value)| form.get(*name).is_some_and(|found| found == value));
        // The wrapped key differs each time it is made, so only its presence can be known here.
        if !right || form.contains_key("encrypt_key") != self.encrypts || form.len() != 5 + usize::from(self.encrypts) {
            return Reply::json(r#"{"error":"invalid_grant"}"#).with_status(400);
        }
        self.message(&json!({ "access_token": TOKEN, "expires_in": 300, "token_type": "Bearer", "scope": "openid" }))
    }

    fn tell(self, request: &Request) -> Reply {
        if request.method != "GET" || request.header("authorization") != Some(&format!("Bearer {TOKEN}")) {
            return Reply::json("{}").with_status(401);
        }
        self.message(&person())
    }
}

pub fn person() -> Value {
    json!({ "citizenPid": NUMBER, "fullName": NAME, "birthDate": "14/03/1985", "accountType": "1", "accountLevel": "2" })
}

pub fn form(request: &Request) -> BTreeMap<String, String> {
    form_urlencoded::parse(request.body.as_bytes()).into_owned().collect()
}

fn our_public_key() -> PublicEncryptingKey {
    let body: String = PRIVATE_KEY.lines().filter(|line| !line.starts_with('-')).collect();
    PrivateDecryptingKey::from_pkcs8(&STANDARD.decode(body).unwrap()).unwrap().public_key()
}

fn wrap(key: &[u8], under: PublicEncryptingKey) -> String {
    let public = Pkcs1PublicEncryptingKey::new(under).unwrap();
    let mut room = vec![0; public.ciphertext_size()];
    STANDARD.encode(public.encrypt(key, &mut room).unwrap())
}

pub fn wrapped_key() -> String {
    wrap(AES_KEY, our_public_key())
}

impl Dialect for Vneid {
    fn provider(&self, base: &Url, limits: Limits) -> Arc<dyn IdentityProvider> {
        Arc::new(VneidProvider::new(self.settings(base, limits), Arc::new(SeededEntropy::new(1))).unwrap())
    }

    fn steps(&self) -> Vec<Step> {
        vec![Step { path: "/token", purpose: Purpose::Token }, Step { path: "/userinfo", purpose: Purpose::Person }]
    }

    fn answer(&self, _: &Url, _: &Attempt, request: &Request) -> Reply {
        match request.path.as_str() {
            "/token" => self.trade(request),
            "/userinfo" => self.tell(request),
            _ => Reply::json("{}").with_status(404),
        }
    }

    fn callback(&self, _: &Url, attempt: &Attempt) -> String {
        // The `+` of base64 goes out as it is.
        match self.encrypts {
            true => {
                format!("state={}&code={}&encrypt_key={}", attempt.state, self.data(CODE.as_bytes()), wrapped_key())
            }
            false => format!("state={}&code={CODE}", attempt.state),
        }
    }

    fn lies(&self, _: &Url, _: &Attempt) -> Vec<Lie> {
        let lie = |name, path, reply, expected| Lie { name, path, reply, expected };
        let message = |name, path, body: Value| lie(name, path, Reply::json(body.to_string()), ProviderError::Message);
        let inside = |name, plain: Value| lie(name, "/token", self.message(&plain), ProviderError::Message);
        let mut lies = vec![
            inside("no token", json!({ "token_type": "Bearer", "id_token": "x.y.z" })),
            inside("an empty token", json!({ "access_token": "" })),
            inside("a token that is a number", json!({ "access_token": 7 })),
            inside("a token that breaks headers", json!({ "access_token": "a\r\nX-Evil: 1" })),
            inside("a token of 100 kB", json!({ "access_token": "a".repeat(10_000) })),
            inside("a token of another type", json!({ "access_token": TOKEN, "token_type": "MAC" })),
            lie("nobody", "/userinfo", self.message(&json!({ "fullName": NAME })), ProviderError::Identity),
            lie(
                "half a number",
                "/userinfo",
                self.message(&json!({ "citizenPid": "99908500" })),
                ProviderError::Identity,
            ),
            lie("a list of people", "/userinfo", self.message(&json!([person()])), ProviderError::Message),
            message("only data", "/userinfo", json!({ "data": self.data(person().to_string().as_bytes()) })),
            message("only a key", "/userinfo", json!({ "key": wrapped_key(), "citizenPid": NUMBER })),
            message(
                "raw text as data",
                "/token",
                json!({ "data": json!({ "access_token": TOKEN }).to_string(), "key": wrapped_key() }),
            ),
            message(
                "raw text as data about a person",
                "/userinfo",
                json!({ "data": person().to_string(), "key": wrapped_key() }),
            ),
            message(
                "the key in clear",
                "/userinfo",
                json!({ "data": self.data(b"{}"), "key": STANDARD.encode(AES_KEY) }),
            ),
            message(
                "garbage under a good key",
                "/token",
                json!({ "data": STANDARD.encode([7; 64]), "key": wrapped_key() }),
            ),
            message(
                "another key of ours",
                "/token",
                json!({ "data": self.data(b"{}"), "key": wrap(&[9; 32], our_public_key()) }),
            ),
            message(
                "a key for somebody else",
                "/userinfo",
                json!({
                    "data": self.data(person().to_string().as_bytes()),
                    "key": wrap(AES_KEY, strangers_public_key()),
                }),
            ),
            message("no JSON inside", "/userinfo", json!({ "data": self.data(b"<html>"), "key": wrapped_key() })),
            message(
                "half of the JSON inside",
                "/token",
                json!({ "data": self.data(br#"{"access_token":"a"#), "key": wrapped_key() }),
            ),
        ];
        if self.encryption == Encryption::Required {
            lies.push(message("a token in clear", "/token", json!({ "access_token": TOKEN, "token_type": "Bearer" })));
            lies.push(message("a person in clear", "/userinfo", person()));
        }
        lies
    }

    fn canaries(&self) -> Vec<String> {
        let texts = [CODE, TOKEN, SECRET, NAME, NUMBER, "14/03/1985", "1985-03-14"].map(str::to_owned);
        let code = self.data(CODE.as_bytes());
        let key = std::str::from_utf8(AES_KEY).unwrap().to_owned();
        // The code in CBC differs each time; its text, its key and the private key's lines do not.
        texts.into_iter().chain([code, key]).chain(PRIVATE_KEY.lines().skip(1).take(3).map(str::to_owned)).collect()
    }
}

fn strangers_public_key() -> PublicEncryptingKey {
    use std::sync::OnceLock;
    static KEY: OnceLock<PublicEncryptingKey> = OnceLock::new();
    KEY.get_or_init(|| PrivateDecryptingKey::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap().public_key()).clone()
}
