//! Which fields are never recorded, whoever tries? The last fence, not the first: code should not name them at all.

use opentelemetry::KeyValue;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use std::time::Duration;

/// Stands where the value of such a field would be.
pub(super) const REDACTED: &str = "[redacted]";

/// Names that are redacted, also as the last part of a dotted name (`client.secret`): credentials and personal data.
pub const NEVER_RECORDED: &[&str] = &[
    "access_token",
    "address",
    "assertion",
    "authorization",
    "birthdate",
    "client_assertion",
    "client_secret",
    "code_verifier",
    "cookie",
    "email",
    "encrypt_key",
    "family_name",
    "full_name",
    "given_name",
    "ho_ten",
    "id_token",
    "id_token_hint",
    "jwt",
    "mat_khau",
    "password",
    "personal_id",
    "phone_number",
    "plaintext",
    "private_key",
    "refresh_token",
    "secret",
    "set_cookie",
    "so_dinh_danh",
    "token",
    "userinfo",
    "vn_citizen_id",
];

/// Names that are redacted only when they stand alone: `code` is a credential, `refusal.code` is not.
pub const NEVER_RECORDED_ALONE: &[&str] = &["body", "code", "key", "nonce", "query", "state"];

/// Whether a field of this name must not be recorded. `-` and `_`, upper and lower case are the same.
pub(super) fn is_redacted(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name);
    NEVER_RECORDED.iter().any(|word| same(word, last)) || NEVER_RECORDED_ALONE.iter().any(|word| same(word, name))
}

fn same(word: &str, name: &str) -> bool {
    let letter = |byte: u8| if byte == b'-' { b'_' } else { byte.to_ascii_lowercase() };
    word.len() == name.len() && word.bytes().zip(name.bytes()).all(|(one, other)| one == letter(other))
}

/// An exporter that takes these fields out of spans and their events before anything leaves the process.
#[derive(Debug)]
pub(super) struct Redacting<E>(pub(super) E);

impl<E: SpanExporter> SpanExporter for Redacting<E> {
    async fn export(&self, mut batch: Vec<SpanData>) -> OTelSdkResult {
        for span in &mut batch {
            redact(&mut span.attributes);
            for event in &mut span.events.events {
                redact(&mut event.attributes);
            }
        }
        self.0.export(batch).await
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.0.set_resource(resource);
    }
}

fn redact(attributes: &mut [KeyValue]) {
    for attribute in attributes {
        if is_redacted(attribute.key.as_str()) {
            attribute.value = REDACTED.into();
        }
    }
}
