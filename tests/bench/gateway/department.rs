//! The caller: writes and signs a call by hand, as the profile `lgsp-v1` describes it.

use std::fmt::Write as _;

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, engine::general_purpose::STANDARD};
use clock::{Clock, Entropy, SystemClock, SystemEntropy};
use signing::http_signature::SigningKey;

/// What is called.
#[derive(Clone, Copy)]
pub struct What<'a> {
    /// The method.
    pub method: &'a str,
    /// The service, five parts.
    pub service: &'a str,
    /// What follows it in the path.
    pub path: &'a str,
    /// The media type of the body; none without a body.
    pub content_type: Option<&'a str>,
    /// `sha-256=:…:` of the body.
    pub digest: &'a str,
    /// How long the body is.
    pub length: usize,
}

/// A department's system.
pub struct Department {
    /// `instance/class/member/subsystem`.
    pub subsystem: &'static str,
    /// The key of its messages.
    pub key: SigningKey,
    /// How it is called in the registry.
    pub key_id: &'static str,
    /// The host and port of the gateway.
    pub authority: String,
    clock: SystemClock,
    entropy: SystemEntropy,
}

/// Why it calls.
pub const PURPOSE: &str = "giai-quyet-thu-tuc-hanh-chinh";
/// By which law.
pub const LEGAL_BASIS: &str = "nd-107-2021";

impl Department {
    /// A department that calls the gateway at `authority`.
    pub fn new(
        subsystem: &'static str,
        key_id: &'static str,
        key_pem: &str,
        authority: String,
    ) -> anyhow::Result<Self> {
        let key = SigningKey::from_pkcs8_pem(key_pem)?;
        Ok(Self { subsystem, key, key_id, authority, clock: SystemClock, entropy: SystemEntropy::new() })
    }

    /// Writes the head of a call, signed now, with a nonce of its own.
    pub fn head(&self, what: &What<'_>, into: &mut Vec<u8>) -> anyhow::Result<()> {
        let mut random = [0; 32];
        self.entropy.fill(&mut random)?;
        let (id, nonce) = (STANDARD.encode(&random[..15]), STANDARD.encode(&random[16..]));
        let created = self.clock.now().seconds();
        let Self { subsystem, key_id, authority, .. } = self;
        let What { method, service, path, content_type, digest, length } = what;
        let mut base = String::with_capacity(1024);
        write!(
            base,
            "\"@method\": {method}\n\"@authority\": {authority}\n\"@path\": /r1/{service}{path}\n\"@query\": ?\n\
             \"content-digest\": {digest}\n\"lgsp-client\": \"{subsystem}\"\n\"lgsp-service\": \"{service}\"\n\
             \"lgsp-id\": \"{id}\"\n\"lgsp-purpose\": \"{PURPOSE}\"\n\"lgsp-legal-basis\": \"{LEGAL_BASIS}\"\n\
             \"lgsp-actor\": ?0\n"
        )?;
        let mut covered = String::from(
            "\"@method\" \"@authority\" \"@path\" \"@query\" \"content-digest\" \"lgsp-client\" \"lgsp-service\" \
             \"lgsp-id\" \"lgsp-purpose\" \"lgsp-legal-basis\" \"lgsp-actor\"",
        );
        let mut typed = String::new();
        if let Some(content_type) = content_type {
            writeln!(base, "\"content-type\": {content_type}")?;
            covered += " \"content-type\"";
            typed = format!("content-type: {content_type}\r\ncontent-length: {length}\r\n");
        }
        let params = format!(
            "({covered});created={created};expires={};nonce=\"{nonce}\";keyid=\"{key_id}\";tag=\"lgsp-v1\"",
            created + 60
        );
        write!(base, "\"@signature-params\": {params}")?;
        let signature = STANDARD.encode(self.key.sign(base.as_bytes())?);
        let head = format!(
            "{method} /r1/{service}{path} HTTP/1.1\r\nhost: {authority}\r\n{typed}content-digest: {digest}\r\n\
             lgsp-client: \"{subsystem}\"\r\nlgsp-service: \"{service}\"\r\nlgsp-id: \"{id}\"\r\n\
             lgsp-purpose: \"{PURPOSE}\"\r\nlgsp-legal-basis: \"{LEGAL_BASIS}\"\r\nlgsp-actor: ?0\r\n\
             signature-input: lgsp={params}\r\nsignature: lgsp=:{signature}:\r\n\r\n"
        );
        into.clear();
        into.extend_from_slice(head.as_bytes());
        Ok(())
    }
}

/// The field `Content-Digest` of a body (RFC 9530).
pub fn content_digest(body: &[u8]) -> String {
    format!("sha-256=:{}:", STANDARD.encode(digest(&SHA256, body)))
}
