//! The profile `lgsp-v1` from the caller's side: which components are signed, and the signature base of both directions
//! (RFC 9421 §2.5). Written from the published profile, apart from the gateway's own reading of it.

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, engine::general_purpose::STANDARD};
use http::HeaderMap;

/// The value of the parameter `tag`.
pub const TAG: &str = "lgsp-v1";

/// Headers of a message that are always signed, beside its derived components.
const REQUEST_HEADERS: [&str; 8] = [
    "content-digest",
    "content-type",
    "lgsp-client",
    "lgsp-service",
    "lgsp-id",
    "lgsp-purpose",
    "lgsp-legal-basis",
    "lgsp-actor",
];

/// What the gateway must have signed of an answer, and of the message it answers.
const REPLY: [&str; 9] = [
    r#""@status""#,
    r#""content-digest""#,
    r#""content-type""#,
    r#""lgsp-id""#,
    r#""lgsp-decision""#,
    r#""@method";req"#,
    r#""@path";req"#,
    r#""content-digest";req"#,
    r#""signature";req;key="lgsp""#,
];

/// What of a message its headers do not say.
pub struct Line<'a> {
    /// Method.
    pub method: &'a str,
    /// Host and port, in lower case.
    pub authority: &'a str,
    /// Path as it is sent.
    pub path: &'a str,
    /// Query as it is sent, without `?`.
    pub query: &'a str,
}

/// The parameters of our signature.
pub struct Parameters<'a> {
    /// When it was made, seconds since the epoch.
    pub created: i64,
    /// Until when it holds.
    pub expires: i64,
    /// At least 16 random bytes, as text.
    pub nonce: &'a str,
    /// The registered id of the key.
    pub key_id: &'a str,
}

/// `sha-256=:…:` of a body (RFC 9530 §2).
#[must_use]
pub fn content_digest(body: &[u8]) -> String {
    format!("sha-256=:{}:", STANDARD.encode(digest(&SHA256, body).as_ref()))
}

/// The covered components with their parameters, and the signature base that belongs to them.
#[must_use]
pub fn request_base(line: &Line<'_>, headers: &HeaderMap, parameters: &Parameters<'_>) -> (String, String) {
    let mut base = String::new();
    let mut covered = Vec::new();
    let mut cover = |name: &str, value: &str| {
        base.push_str(&format!("\"{name}\": {value}\n"));
        covered.push(format!("\"{name}\""));
    };
    cover("@method", line.method);
    cover("@authority", line.authority);
    cover("@path", line.path);
    cover("@query", &format!("?{}", line.query));
    let extra = headers.keys().map(http::HeaderName::as_str).filter(|name| {
        let of_ours = name.starts_with("lgsp-") || matches!(*name, "authorization" | "dpop");
        of_ours && !REQUEST_HEADERS.contains(name)
    });
    for name in REQUEST_HEADERS.into_iter().chain(extra) {
        if let Some(value) = headers.get(name).and_then(|value| value.to_str().ok()) {
            cover(name, value.trim());
        }
    }
    let Parameters { created, expires, nonce, key_id } = parameters;
    let input = format!(
        "({});created={created};expires={expires};nonce=\"{nonce}\";keyid=\"{key_id}\";tag=\"{TAG}\"",
        covered.join(" ")
    );
    base.push_str(&format!("\"@signature-params\": {input}"));
    (input, base)
}

/// What an answer's signature says of itself.
pub struct ReplySignature {
    /// `keyid`.
    pub key_id: String,
    /// The signature base.
    pub base: String,
    /// The signature.
    pub signature: Vec<u8>,
}

/// Reads the gateway's signature of an answer; an error says what is missing.
pub fn reply_signature(
    request: (&Line<'_>, &HeaderMap),
    status: u16,
    headers: &HeaderMap,
) -> Result<ReplySignature, &'static str> {
    let one = |headers: &HeaderMap, name: &str| {
        let mut values = headers.get_all(name).into_iter();
        let value = values.next().and_then(|value| value.to_str().ok()).map(|value| value.trim().to_owned());
        if values.next().is_some() { None } else { value }
    };
    let input = one(headers, "signature-input").ok_or("no signature-input")?;
    let input = input.strip_prefix("gw=").ok_or("no signature with the label gw")?;
    let (list, parameters) =
        input.strip_prefix('(').and_then(|rest| rest.split_once(')')).ok_or("no component list")?;
    let covered: Vec<&str> = list.split(' ').collect();
    // With an empty body there may be no content-type, and only then may it be uncovered.
    let mut wanted: Vec<String> = REPLY
        .iter()
        .filter(|name| **name != r#""content-type""# || headers.contains_key("content-type"))
        .map(|name| (*name).to_owned())
        .collect();
    // Whatever else the bus says in its own name is signed too: the record's number, the code of a refusal.
    for name in headers.keys().filter(|name| name.as_str().starts_with("lgsp-")) {
        let name = format!("\"{name}\"");
        if !wanted.contains(&name) {
            wanted.push(name);
        }
    }
    if covered.len() != wanted.len() || !wanted.iter().all(|name| covered.contains(&name.as_str())) {
        return Err("other components are covered than the profile demands");
    }
    let (line, sent) = request;
    let mut base = String::new();
    for name in covered {
        let value = match name {
            r#""@status""# => status.to_string(),
            r#""@method";req"# => line.method.to_owned(),
            r#""@path";req"# => line.path.to_owned(),
            r#""content-digest";req"# => one(sent, "content-digest").ok_or("the message has no digest")?,
            r#""signature";req;key="lgsp""# => one(sent, "signature")
                .and_then(|value| value.strip_prefix("lgsp=").map(str::to_owned))
                .ok_or("the message has no signature")?,
            header => one(headers, header.trim_matches('"')).ok_or("a covered header is missing or repeated")?,
        };
        base.push_str(&format!("{name}: {value}\n"));
    }
    base.push_str(&format!("\"@signature-params\": {input}"));
    if parameter(parameters, "tag") != Some(TAG) {
        return Err("another tag");
    }
    let key_id = parameter(parameters, "keyid").ok_or("no keyid")?.to_owned();
    let signature = one(headers, "signature").ok_or("no signature")?;
    let signature = signature.strip_prefix("gw=:").and_then(|rest| rest.strip_suffix(':')).ok_or("no signature gw")?;
    let signature = STANDARD.decode(signature).map_err(|_| "the signature is not base64")?;
    Ok(ReplySignature { key_id, base, signature })
}

/// A text parameter of a signature.
fn parameter<'a>(parameters: &'a str, name: &str) -> Option<&'a str> {
    parameters.split(';').find_map(|one| one.strip_prefix(name)?.strip_prefix("=\"")?.strip_suffix('"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_of_nothing_is_that_of_rfc_9530_appendix_b() {
        assert_eq!(content_digest(b""), "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:");
    }

    #[test]
    fn every_header_of_the_bus_is_covered_even_one_that_is_not_known_here() {
        let mut headers = HeaderMap::new();
        for name in ["content-digest", "lgsp-client", "lgsp-procedure", "authorization", "accept"] {
            headers.insert(name, "x".parse().unwrap());
        }
        let line = Line { method: "GET", authority: "localhost:8450", path: "/r1/a", query: "" };
        let parameters = Parameters { created: 1, expires: 2, nonce: "n", key_id: "k" };
        let (input, base) = request_base(&line, &headers, &parameters);
        for covered in ["\"@query\"", "\"lgsp-client\"", "\"lgsp-procedure\"", "\"authorization\""] {
            assert!(input.contains(covered), "{covered}");
        }
        assert!(!input.contains("accept") && base.contains("\"@query\": ?\n") && base.ends_with(&input));
    }
}
