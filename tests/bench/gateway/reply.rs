//! Does an answer hold? Checked by hand against the profile, as a department's engineer would.

use anyhow::{Context, bail, ensure};
use base64::{Engine, engine::general_purpose::STANDARD};
use signing::http_signature::VerifyingKey;

use super::{
    connection::{Answer, header},
    department::content_digest,
    targets::Call,
};

/// Checks digest and signature of an answer, and that it is bound to this request.
pub fn check(key: &VerifyingKey, call: &Call, request: &[u8], answer: &Answer<'_>) -> anyhow::Result<()> {
    let asked = std::str::from_utf8(request)?;
    let digest = answer.header("content-digest").context("no digest")?;
    ensure!(digest == content_digest(answer.body), "another digest");
    let input = answer.header("signature-input").and_then(|input| input.strip_prefix("gw=")).context("no gw")?;
    let signature = answer.header("signature").and_then(|field| field.strip_prefix("gw=:")?.strip_suffix(':'));
    let (components, _) = input.strip_prefix('(').and_then(|rest| rest.split_once(')')).context("no list")?;
    let mut base = String::new();
    for component in components.split(' ') {
        let value = match component {
            "\"@status\"" => answer.status.to_string(),
            "\"@method\";req" => call.method.to_owned(),
            "\"@path\";req" => format!("/r1/{}{}", call.service, call.path),
            "\"content-digest\";req" => call.digest.clone(),
            "\"signature\";req;key=\"lgsp\"" => {
                header(asked, "signature").and_then(|field| field.strip_prefix("lgsp=")).context("unsigned")?.to_owned()
            }
            name => match name.strip_prefix('"').and_then(|name| name.strip_suffix('"')) {
                Some(name) => answer.header(name).with_context(|| format!("no {name}"))?.to_owned(),
                None => bail!("an unknown component {name}"),
            },
        };
        base += &format!("{component}: {value}\n");
    }
    for needed in ["\"@status\"", "\"content-digest\"", "\"signature\";req;key=\"lgsp\""] {
        ensure!(components.split(' ').any(|component| component == needed), "{needed} is not covered");
    }
    base += &format!("\"@signature-params\": {input}");
    let signature = STANDARD.decode(signature.context("no signature")?)?;
    ensure!(key.verify(base.as_bytes(), &signature), "the signature does not hold");
    Ok(())
}
