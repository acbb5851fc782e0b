//! Makes the published vectors. The signature base is written here a second time, by hand: an error in the one that is
//! tested does not hide in both.

use aws_lc_rs::{
    hmac,
    signature::{Ed25519KeyPair, KeyPair},
};
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

fn accepted() -> Vec<(&'static str, Draft)> {
    vec![
        ("accepted", Draft::new().signed()),
        (
            "accepted with the thumbprint as key id",
            made(|draft| draft.param("keyid", format!("\"{}\"", thumbprint(1)))),
        ),
        ("accepted with an algorithm that is the key's", made(|draft| draft.param("alg", "\"ed25519\""))),
        ("accepted with its components in another order", made(|draft| draft.covered.reverse())),
        ("accepted with a query", made(|draft| draft.target.push_str("?ngay=2026-11-22&x=%2F"))),
        (
            "accepted without a body and a type",
            made(|draft| {
                without_body(draft);
                draft.remove("Content-Type");
                draft.uncover("content-type");
            }),
        ),
        ("accepted without a body but with a type", made(without_body)),
        ("accepted with sha-512 alone", made(|draft| draft.set("Content-Digest", sha512(BODY)))),
        (
            "accepted with two digests that both hold",
            made(|draft| {
                draft.set("Content-Digest", format!("{}, {}", sha512(BODY), content_digest::value(BODY.as_bytes())));
            }),
        ),
        (
            "accepted with a procedure that is covered",
            made(|draft| {
                draft.set("Lgsp-Procedure", "\"1.004222\"");
                draft.cover("lgsp-procedure");
            }),
        ),
        (
            "accepted with an authorization that is covered",
            made(|draft| {
                draft.set("Authorization", "Bearer abc");
                draft.cover("authorization");
            }),
        ),
        (
            "accepted beside a signature with another label",
            spoiled(|draft| {
                for (name, more) in [("Signature-Input", ", other=()"), ("Signature", ", other=:AAAA:")] {
                    draft.headers.iter_mut().find(|(known, _)| known == name).unwrap().1.push_str(more);
                }
            }),
        ),
        (
            "accepted with white space around a value",
            spoiled(|draft| draft.set("Lgsp-Purpose", "   XAC-MINH-CU-TRU  ")),
        ),
        ("accepted with its host in capitals", spoiled(|draft| draft.host = "LocalHost:8450".to_owned())),
        (
            "accepted at the edge of the clocks",
            made(|draft| {
                draft.param("created", (NOW + 30).to_string());
                draft.param("expires", (NOW + 90).to_string());
            }),
        ),
    ]
}

fn uncovered() -> Vec<(String, Draft, &'static str)> {
    let mut list: Vec<(String, Draft, &'static str)> = ALL
        .iter()
        .map(|name| (format!("component {name} is not covered"), made(|draft| draft.uncover(name)), "components"))
        .collect();
    for name in
        ["Content-Digest", "Lgsp-Client", "Lgsp-Service", "Lgsp-Id", "Lgsp-Purpose", "Lgsp-Legal-Basis", "Lgsp-Actor"]
    {
        let draft = made(|draft| {
            draft.remove(name);
            draft.uncover(&name.to_ascii_lowercase());
        });
        list.push((format!("field {name} is neither sent nor covered"), draft, "missing-field"));
        let draft = spoiled(|draft| {
            let value = draft.headers.iter().find(|(known, _)| known == name).unwrap().1.clone();
            draft.headers.push((name.to_owned(), value));
        });
        list.push((format!("field {name} is sent twice"), draft, "repeated-field"));
    }
    for (name, value) in [("Lgsp-Procedure", "\"1.004222\""), ("Authorization", "Bearer abc"), ("DPoP", "abc")] {
        list.push((format!("{name} is sent and not covered"), spoiled(|draft| draft.set(name, value)), "components"));
    }
    let replace = |from: &'static str, to: &'static str| {
        made(move |draft| {
            let place = draft.covered.iter().position(|covered| *covered == format!("\"{from}\"")).unwrap();
            to.clone_into(&mut draft.covered[place]);
        })
    };
    let more = |name: &'static str| made(move |draft| draft.covered.push(name.to_owned()));
    for (name, draft, reason) in [
        ("component is covered twice", more("\"@method\""), "malformed"),
        ("component is taken from a request where there is none", replace("@method", "\"@method\";req"), "components"),
        ("component is covered with and without a parameter", more("\"content-type\";bs"), "components"),
        ("component is wrapped as bytes", replace("content-type", "\"content-type\";bs"), "components"),
        ("component is written in the strict form", replace("content-digest", "\"content-digest\";sf"), "components"),
        (
            "only a member of a dictionary is covered",
            replace("content-digest", "\"content-digest\";key=\"sha-256\""),
            "components",
        ),
        ("component is taken from a trailer", replace("content-digest", "\"content-digest\";tr"), "components"),
        ("component has a name in capitals", replace("content-type", "\"Content-Type\""), "components"),
        ("component has a parameter that is not known", replace("content-type", "\"content-type\";x"), "components"),
        ("the target is covered in place of its parts", replace("@path", "\"@target-uri\""), "components"),
        ("more is covered than belongs to the profile", more("\"host\""), "components"),
        ("nothing is covered", made(|draft| draft.covered.clear()), "components"),
        (
            "a body has no type",
            made(|draft| {
                draft.remove("Content-Type");
                draft.uncover("content-type");
            }),
            "missing-field",
        ),
        (
            "the type is sent twice",
            spoiled(|draft| draft.headers.push(("content-type".into(), "text/xml".into()))),
            "repeated-field",
        ),
    ] {
        list.push((name.to_owned(), draft, reason));
    }
    list
}

fn parameters() -> Vec<(&'static str, Draft, &'static str)> {
    let without = |name: &'static str| made(move |draft| draft.params.retain(|(known, _)| known != name));
    let param = |name: &'static str, value: String| made(move |draft| draft.param(name, value));
    let text = |value: &str| format!("\"{value}\"");
    vec![
        ("created is missing", without("created"), "parameters"),
        ("expires is missing", without("expires"), "parameters"),
        ("nonce is missing", without("nonce"), "parameters"),
        ("keyid is missing", without("keyid"), "parameters"),
        ("tag is missing", without("tag"), "tag"),
        ("tag is another", param("tag", text("lgsp-v2")), "tag"),
        ("tag is a token", param("tag", "lgsp-v1".to_owned()), "tag"),
        ("nonce is too short", param("nonce", text("AAECAwQFBgc=")), "parameters"),
        ("nonce is too long", param("nonce", text(&"A".repeat(129))), "parameters"),
        ("created is a text", param("created", text(&NOW.to_string())), "parameters"),
        ("created has a fraction", param("created", format!("{NOW}.5")), "parameters"),
        ("a parameter is not known", param("x", "1".to_owned()), "parameters"),
        ("expires is not after created", param("expires", NOW.to_string()), "parameters"),
        ("the window is too long", param("expires", (NOW + 61).to_string()), "window"),
        (
            "it has expired",
            made(|draft| {
                draft.param("created", (NOW - 91).to_string());
                draft.param("expires", (NOW - 31).to_string());
            }),
            "stale",
        ),
        (
            "it was made in the future",
            made(|draft| {
                draft.param("created", (NOW + 31).to_string());
                draft.param("expires", (NOW + 60).to_string());
            }),
            "future",
        ),
        ("the algorithm is another", param("alg", text("ecdsa-p256-sha256")), "algorithm"),
        ("the algorithm is one that is refused", param("alg", text("rsa-v1_5-sha256")), "algorithm"),
        ("the algorithm is none", param("alg", text("none")), "algorithm"),
        ("the algorithm is a token", param("alg", "ed25519".to_owned()), "algorithm"),
        ("the algorithm is in capitals", param("alg", text("Ed25519")), "algorithm"),
        (
            "the public key is used as a shared secret",
            {
                let draft = Draft::new().with(|draft| draft.param("alg", text("hmac-sha256")));
                let secret = hmac::Key::new(hmac::HMAC_SHA256, public_pem(1).as_bytes());
                let signature = hmac::sign(&secret, draft.base().as_bytes());
                draft.signed_by(signature.as_ref())
            },
            "algorithm",
        ),
        ("the key is not known", param("keyid", text("nobody")), "unknown-key"),
        (
            "the key has expired",
            made(|draft| {
                draft.param("keyid", text("mot-cua-2025"));
                draft.seed = 3;
            }),
            "unknown-key",
        ),
        (
            "the key is another member's",
            made(|draft| {
                draft.param("keyid", text("khong-quyen"));
                draft.seed = 2;
            }),
            "unknown-key",
        ),
        ("another member's key signs under this member's id", made(|draft| draft.seed = 2), "signature"),
        ("the key is of another algorithm than the signature", param("keyid", text("mot-cua-p256")), "signature"),
    ]
}

fn fields() -> Vec<(&'static str, Draft, &'static str)> {
    let input = |change: &'static dyn Fn(&str) -> String| {
        spoiled(|draft| {
            let value = &mut draft.headers.iter_mut().find(|(known, _)| known == "Signature-Input").unwrap().1;
            *value = change(value);
        })
    };
    let signature = |change: &'static dyn Fn(&str) -> String| {
        spoiled(|draft| {
            let value = &mut draft.headers.iter_mut().find(|(known, _)| known == "Signature").unwrap().1;
            *value = change(value);
        })
    };
    let twice = |name: &'static str| {
        spoiled(|draft| {
            let value = draft.headers.iter().find(|(known, _)| known == name).unwrap().1.clone();
            draft.headers.push((name.to_owned(), value));
        })
    };
    vec![
        ("there is no signature", Draft::new(), "missing"),
        ("there is no Signature-Input", spoiled(|draft| draft.remove("Signature-Input")), "missing"),
        ("there is no Signature", spoiled(|draft| draft.remove("Signature")), "missing"),
        ("Signature-Input is sent twice", twice("Signature-Input"), "repeated-field"),
        ("Signature is sent twice", twice("Signature"), "repeated-field"),
        ("the label is another", Draft::new().with(|draft| draft.label = "sig1").signed(), "label"),
        ("the label is the gateway's", Draft::new().with(|draft| draft.label = "gw").signed(), "label"),
        ("the labels of the two fields differ", input(&|value| value.replacen("lgsp=", "lgsq=", 1)), "label"),
        ("a label has no signature", input(&|value| format!("{value}, other=()")), "label"),
        ("a signature has no label", signature(&|value| format!("{value}, other=:AAAA:")), "label"),
        ("a label is repeated in Signature-Input", input(&|value| format!("{value}, {value}")), "malformed"),
        ("a label is repeated in Signature", signature(&|value| format!("lgsp=:AAAA:, {value}")), "malformed"),
        ("a parameter is repeated", input(&|value| format!("{value};created={NOW}")), "malformed"),
        ("a quote is not closed", input(&|value| value.replacen("\"@method\"", "\"@method", 1)), "malformed"),
        ("Signature-Input has something after its end", input(&|value| format!("{value} x")), "malformed"),
        ("the signature is a text", signature(&|value| value.replace(':', "\"")), "malformed"),
        ("the signature is not base64", signature(&|value| value.replacen("=:", "=:!", 1)), "malformed"),
        ("the signature is cut", signature(&|value| format!("{}:", &value[..value.len() - 9])), "signature"),
        ("the signature is longer", signature(&|value| value.replacen("=:", "=:AAAA", 1)), "signature"),
        ("the signature is empty", signature(&|_| "lgsp=::".to_owned()), "signature"),
        ("the signature is of zeros", signature(&|_| format!("lgsp=:{}:", STANDARD.encode([0; 64]))), "signature"),
        ("the nonce was changed", input(&|value| value.replace(NONCE, "BAECAwQFBgcICQoLDA0ODw==")), "signature"),
        (
            "the window was moved",
            input(&|value| value.replace(&format!("={}", NOW + 60), &format!("={}", NOW + 59))),
            "signature",
        ),
        (
            "parameters have another order",
            input(&|value| {
                value.replace(
                    &format!(";created={NOW};expires={}", NOW + 60),
                    &format!(";expires={};created={NOW}", NOW + 60),
                )
            }),
            "signature",
        ),
        (
            "components have another order",
            input(&|value| value.replace("\"@method\" \"@authority\"", "\"@authority\" \"@method\"")),
            "signature",
        ),
        (
            "the key id was exchanged for the thumbprint",
            input(&|value| value.replace("\"mot-cua\"", &format!("\"{}\"", thumbprint(1)))),
            "signature",
        ),
        ("the algorithm was added afterwards", input(&|value| format!("{value};alg=\"ed25519\"")), "signature"),
    ]
}

fn changed() -> Vec<(&'static str, Draft, &'static str)> {
    let target = |text: &'static str| spoiled(move |draft| text.clone_into(&mut draft.target));
    let field = |name: &'static str, value: &'static str| spoiled(move |draft| draft.set(name, value));
    let digest = |value: String| made(move |draft| draft.set("Content-Digest", value));
    let sha256 = content_digest::value(BODY.as_bytes());
    vec![
        ("the method was changed", spoiled(|draft| draft.method = "PUT".to_owned()), "signature"),
        ("the method is in small letters", spoiled(|draft| draft.method = "post".to_owned()), "signature"),
        ("the host was changed", spoiled(|draft| draft.host = "localhost:8451".to_owned()), "signature"),
        ("the port was left out", spoiled(|draft| draft.host = "localhost".to_owned()), "signature"),
        ("the path was changed", target("/r1/VN/GOV/000.00.00.G01/dancu/TraCuuThongTinCongDan"), "signature"),
        (
            "the path has a slash at its end",
            target("/r1/VN/GOV/000.00.00.G01/dancu/XacThucThongTinCongDan/"),
            "signature",
        ),
        (
            "a slash of the path is written %2F",
            target("/r1/VN/GOV/000.00.00.G01/dancu%2FXacThucThongTinCongDan"),
            "signature",
        ),
        (
            "a letter of the path is percent-encoded",
            target("/r1/VN/GOV/000.00.00.G01/%64ancu/XacThucThongTinCongDan"),
            "signature",
        ),
        ("the path takes a detour", target("/r1/VN/GOV/000.00.00.G01/dancu/x/../XacThucThongTinCongDan"), "signature"),
        (
            "a percent-encoded octet has its letters in another case",
            made(|draft| draft.target.push_str("/a%2Fb"))
                .with(|draft| draft.target = draft.target.replace("%2F", "%2f")),
            "signature",
        ),
        (
            "a percent-encoded slash was decoded",
            made(|draft| draft.target.push_str("/a%2Fb")).with(|draft| draft.target = draft.target.replace("%2F", "/")),
            "signature",
        ),
        ("a query was added", target("/r1/VN/GOV/000.00.00.G01/dancu/XacThucThongTinCongDan?a=1"), "signature"),
        (
            "a query was taken away",
            made(|draft| draft.target.push_str("?a=1")).with(|draft| draft.target = draft.target.replace("?a=1", "")),
            "signature",
        ),
        ("a value has its letters in another case", field("Lgsp-Purpose", "xac-minh-cu-tru"), "signature"),
        ("a value has white space inside", field("Lgsp-Legal-Basis", "\"Luat Can cuoc 2023,  Dieu 10\""), "signature"),
        ("a value is written in another form", field("Lgsp-Purpose", "\"XAC-MINH-CU-TRU\""), "signature"),
        ("the type was changed", field("Content-Type", "application/json; charset=utf-8"), "signature"),
        ("the client was changed", field("Lgsp-Client", "\"VN/GOV/000.00.16.H19/khong-quyen\""), "signature"),
        ("the officer was changed", field("Lgsp-Actor", "e30.e30.AA"), "signature"),
        ("the number was changed", field("Lgsp-Id", "\"5d1f0f2e-3b1c-4c55-9d3c-000000000002\""), "signature"),
        (
            "a value has an octet beyond ASCII",
            made(|draft| draft.set("Lgsp-Legal-Basis", "\"Luật Căn cước\"")),
            "malformed",
        ),
        ("the body was changed", spoiled(|draft| draft.body = BODY.replace("01\"", "02\"")), "digest"),
        ("the body was cut", spoiled(|draft| draft.body = BODY[..BODY.len() - 1].to_owned()), "digest"),
        ("the body was taken away", spoiled(|draft| draft.body = String::new()), "digest"),
        ("a body was added", made(without_body).with(|draft| draft.body = "x".to_owned()), "digest"),
        ("of two digests the first is wrong", digest(format!("{}, {sha256}", sha512("other"))), "digest"),
        (
            "of two digests the second is wrong",
            digest(format!("{}, {}", sha512(BODY), content_digest::value(b"other"))),
            "digest",
        ),
        ("the sha-512 is wrong", digest(sha512("other")), "digest"),
        ("the only digest is md5", digest("md5=:XrY7u+Ae7tCTyyK7j1rNww==:".to_owned()), "digest"),
        ("the digest is cut", digest("sha-256=:XrY7u+Ae7tCTyyK7j1rNww==:".to_owned()), "digest"),
        ("an algorithm of the digest is repeated", digest(format!("{sha256}, {sha256}")), "digest"),
        ("the digest is of the text, in hexadecimal", digest(format!("sha-256=\"{}\"", "ab".repeat(32))), "digest"),
        (
            "the digest is in the old field",
            made(|draft| {
                draft.remove("Content-Digest");
                draft.uncover("content-digest");
                draft.set("Digest", sha256.replacen("sha-256=:", "SHA-256=", 1).trim_end_matches(':'));
            }),
            "missing-field",
        ),
    ]
}

/// The whole file.
pub fn file() -> Value {
    let mut vectors: Vec<Value> = accepted().iter().map(|(name, draft)| vector(name, draft, "")).collect();
    vectors.extend(uncovered().iter().map(|(name, draft, reason)| vector(name, draft, reason)));
    for group in [parameters(), fields(), changed()] {
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
