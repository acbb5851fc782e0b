//! Makes the published vectors. The signature base is written here a second time, by hand: an error in the one that is
//! tested does not hide in both.

mod accepted;
mod changed;
mod coverage;
mod fields;
mod parameters;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::{Value, json};

use crate::{content_digest, digest::Digest};

/// When all vectors are judged.
pub const NOW: i64 = 1_795_305_600;
const NONCE: &str = "AAECAwQFBgcICQoLDA0ODw==";
const BODY: &str = r#"{"SoDinhDanh":"001099000001"}"#;
const ALL: [&str; 12] = [
    "@method",
    "@authority",
    "@path",
    "@query",
    "content-digest",
    "content-type",
    "lgsp-client",
    "lgsp-service",
    "lgsp-id",
    "lgsp-purpose",
    "lgsp-legal-basis",
    "lgsp-actor",
];

fn pair(seed: u8) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap()
}

fn public_pem(seed: u8) -> String {
    let prefix = [0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0];
    let der = [&prefix[..], pair(seed).public_key().as_ref()].concat();
    format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(der))
}

fn thumbprint(seed: u8) -> String {
    let x = URL_SAFE_NO_PAD.encode(pair(seed).public_key().as_ref());
    Digest::of(format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#)).base64url()
}

fn sha512(body: &str) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA512, body.as_bytes());
    format!("sha-512=:{}:", STANDARD.encode(digest.as_ref()))
}

/// A request on its way to be signed and spoiled.
#[derive(Clone)]
struct Draft {
    method: String,
    host: String,
    target: String,
    headers: Vec<(String, String)>,
    body: String,
    covered: Vec<String>,
    params: Vec<(String, String)>,
    label: &'static str,
    seed: u8,
}

impl Draft {
    fn new() -> Self {
        let headers = [
            ("Content-Type", "application/json"),
            ("Content-Digest", &content_digest::value(BODY.as_bytes())),
            ("Lgsp-Client", r#""VN/GOV/000.00.15.H19/mot-cua""#),
            ("Lgsp-Service", r#""VN/GOV/000.00.00.G01/dancu/XacThucThongTinCongDan""#),
            ("Lgsp-Id", r#""5d1f0f2e-3b1c-4c55-9d3c-000000000001""#),
            ("Lgsp-Purpose", "XAC-MINH-CU-TRU"),
            ("Lgsp-Legal-Basis", r#""Luat Can cuoc 2023, Dieu 10""#),
            ("Lgsp-Actor", "?0"),
        ];
        Self {
            method: "POST".to_owned(),
            host: "localhost:8450".to_owned(),
            target: "/r1/VN/GOV/000.00.00.G01/dancu/XacThucThongTinCongDan".to_owned(),
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            body: BODY.to_owned(),
            covered: ALL.iter().map(|name| format!("\"{name}\"")).collect(),
            params: [
                ("created", NOW.to_string()),
                ("expires", (NOW + 60).to_string()),
                ("nonce", format!("\"{NONCE}\"")),
                ("keyid", "\"mot-cua\"".to_owned()),
                ("tag", "\"lgsp-v1\"".to_owned()),
            ]
            .map(|(name, value)| (name.to_owned(), value))
            .to_vec(),
            label: "lgsp",
            seed: 1,
        }
    }

    fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    fn set(&mut self, name: &str, value: impl Into<String>) {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.into()));
    }

    fn remove(&mut self, name: &str) {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
    }

    fn param(&mut self, name: &str, value: impl Into<String>) {
        let value = value.into();
        match self.params.iter_mut().find(|(known, _)| known == name) {
            Some(param) => param.1 = value,
            None => self.params.push((name.to_owned(), value)),
        }
    }

    fn cover(&mut self, name: &str) {
        self.covered.push(format!("\"{name}\""));
    }

    fn uncover(&mut self, name: &str) {
        self.covered.retain(|covered| *covered != format!("\"{name}\""));
    }

    fn signature_params(&self) -> String {
        let params: Vec<String> = self.params.iter().map(|(name, value)| format!(";{name}={value}")).collect();
        format!("({}){}", self.covered.join(" "), params.concat())
    }

    fn base(&self) -> String {
        let (path, query) = self.target.split_once('?').unwrap_or((&self.target, ""));
        let mut base = String::new();
        for identifier in &self.covered {
            let name = identifier.split('"').nth(1).unwrap().to_ascii_lowercase();
            let value = match name.as_str() {
                "@method" => self.method.clone(),
                "@authority" => self.host.to_ascii_lowercase(),
                "@path" => path.to_owned(),
                "@query" => format!("?{query}"),
                "@target-uri" => format!("https://{}{}", self.host, self.target),
                field => {
                    let of = |(known, _): &&(String, String)| known.eq_ignore_ascii_case(field);
                    let lines: Vec<&str> = self.headers.iter().filter(of).map(|(_, value)| value.trim()).collect();
                    lines.join(", ")
                }
            };
            base.push_str(&format!("{identifier}: {value}\n"));
        }
        base + "\"@signature-params\": " + &self.signature_params()
    }

    fn signed(self) -> Self {
        let signature = pair(self.seed).sign(self.base().as_bytes()).as_ref().to_vec();
        self.signed_by(&signature)
    }

    fn signed_by(mut self, signature: &[u8]) -> Self {
        let input = format!("{}={}", self.label, self.signature_params());
        let signature = format!("{}=:{}:", self.label, STANDARD.encode(signature));
        self.set("Signature-Input", input);
        self.set("Signature", signature);
        self
    }

    fn raw(&self) -> String {
        let lines: Vec<String> = self.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let length =
            if self.body.is_empty() { String::new() } else { format!("Content-Length: {}\r\n", self.body.len()) };
        format!(
            "{} {} HTTP/1.1\r\nHost: {}\r\n{}{length}\r\n{}",
            self.method,
            self.target,
            self.host,
            lines.concat(),
            self.body
        )
    }
}

/// What becomes of it: by the profile, by the digest, and by the gateway.
fn vector(name: &str, draft: &Draft, reason: &str) -> Value {
    let refusal = match reason {
        "" => Value::Null,
        "repeated-field" => "repeated-header".into(),
        "stale" | "future" => "signature-stale".into(),
        "digest" => "digest-mismatch".into(),
        "replayed" => "replayed".into(),
        _ => "signature-invalid".into(),
    };
    let reason = if reason.is_empty() { Value::Null } else { reason.into() };
    json!({ "name": name, "request": draft.raw(), "reason": reason, "refusal": refusal })
}

/// Signed whole, then spoiled.
fn spoiled(change: impl FnOnce(&mut Draft)) -> Draft {
    Draft::new().signed().with(change)
}

/// Made otherwise, then signed as it is.
fn made(change: impl FnOnce(&mut Draft)) -> Draft {
    Draft::new().with(change).signed()
}

fn without_body(draft: &mut Draft) {
    draft.method = "GET".to_owned();
    draft.body = String::new();
    draft.set("Content-Digest", content_digest::value(b""));
}

/// The whole file.
pub fn file() -> Value {
    let mut vectors: Vec<Value> = accepted::all().iter().map(|(name, draft)| vector(name, draft, "")).collect();
    vectors.extend(coverage::all().iter().map(|(name, draft, reason)| vector(name, draft, reason)));
    for group in [parameters::all(), fields::all(), changed::all()] {
        vectors.extend(group.iter().map(|(name, draft, reason)| vector(name, draft, reason)));
    }
    let mut replayed = vector("it was received before", &Draft::new().signed(), "replayed");
    replayed["sent"] = 2.into();
    vectors.push(replayed);
    let key = |id: &str, subsystem: &str, seed: u8, valid: bool| json!({ "id": id, "subsystem": subsystem, "algorithm": "ed25519", "public": public_pem(seed), "valid": valid });
    let mot_cua = "VN/GOV/000.00.15.H19/mot-cua";
    json!({
        "about": "Requests of the profile lgsp-v1 (RFC 9421, RFC 9530), each judged at `now`, whose client certificate is of \
            `caller`. `reason` is what is wrong by the profile (`digest`: the body; `replayed`: sent twice), `refusal` the \
            code of the gateway's answer; null where the request is accepted. A key may be called by its `id` or its RFC 7638 \
            thumbprint, by its own subsystem alone, and only while it is `valid`. The keys were made for this file.",
        "now": NOW,
        "window_seconds": 60,
        "skew_seconds": 30,
        "caller": mot_cua,
        "keys": [
            key("mot-cua", mot_cua, 1, true),
            key("mot-cua-2025", mot_cua, 3, false),
            key("khong-quyen", "VN/GOV/000.00.16.H19/khong-quyen", 2, true),
            {
                // The key of RFC 9421 appendix B.1.3.
                "id": "mot-cua-p256", "subsystem": mot_cua, "algorithm": "ecdsa-p256-sha256", "valid": true,
                "public": "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEqIVYZVLCrPZHGHjP17CTW0/+D9Lf\n\
                    w0EkjqF7xB4FivAxzic30tMM4GF+hR6Dxh71Z50VGGdldkkDXZCnTNnoXQ==\n-----END PUBLIC KEY-----\n",
            },
        ],
        "vectors": vectors,
    })
}
