//! What an operator asks of the log on the command line: verify it, show a call, prove a call. The program opens the store
//! and the keys; what is found is written for people, and the answer is whether all is well.

use std::{
    borrow::Cow,
    io::{self, Write},
    sync::Arc,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use clock::Timestamp;
use tlog::{Evidence, Signer, Verifier};
use types::TransactionId;

use super::{
    checkpoint,
    credentials::{Usable, masked, usable},
    evidence::unseal,
    find::{Found, find},
    millis,
    proof::{Keys, ProveError},
    state::StartError,
    unsigned::{UNSIGNED, first_left},
    verify::{self, Audit, Fault, Report, What},
};
use crate::storage::{MessageLogStore, StoreError};

/// How many open calls are named.
const NAMED: usize = 20;

/// What `log show` does with copies of bodies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Copies {
    /// It says that they are there.
    Named,
    /// It shows them.
    Shown,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The store does not answer.
    #[error("the message log cannot be read")]
    Store(#[from] StoreError),
    /// It cannot be signed.
    #[error(transparent)]
    Sign(#[from] StartError),
    /// There is no bundle.
    #[error(transparent)]
    Prove(#[from] ProveError),
    /// What was found cannot be written.
    #[error("the answer cannot be written")]
    Output(#[from] io::Error),
}

/// `log verify`: checks everything, and names the first broken or missing record.
///
/// # Errors
/// When there is no answer; a log that does not hold is the answer `false`.
pub async fn verify(
    store: &dyn MessageLogStore,
    audit: &Audit,
    now: Timestamp,
    out: &mut (dyn Write + Send),
) -> Result<bool, CliError> {
    let mut report = verify::verify(store, audit).await?;
    if report.fault.is_none() {
        report.fault = left(store, &report, now).await?.map(|index| Fault::at(index, None, What::Unsigned));
    }
    describe(&report, &audit.log, out)?;
    Ok(report.fault.is_none())
}

/// The first entry that no checkpoint covers although there was time to sign one: checkpoints were taken away, or never made.
async fn left(store: &dyn MessageLogStore, report: &Report, now: Timestamp) -> Result<Option<u64>, StoreError> {
    let Some(until) = report.until else { return Ok(None) };
    if report.signed == 0 && now.since(until) > UNSIGNED {
        return Ok(Some(0));
    }
    first_left(store, report.signed, report.entries, millis(until)).await
}

/// `log sign`: signs a log whose end was left without a checkpoint for long, once everything else in it holds. For an operator
/// who knows why it was left; until then the gateway does not start.
///
/// # Errors
/// When there is no answer; a log that does not hold is the answer `false`, and is not signed.
pub async fn sign(
    store: &Arc<dyn MessageLogStore>,
    signer: Signer,
    out: &mut (dyn Write + Send),
) -> Result<bool, CliError> {
    let audit = Audit { log: signer.verifier().clone(), kept: Vec::new(), evidence: None };
    let report = verify::verify(store.as_ref(), &audit).await?;
    describe(&report, &audit.log, out)?;
    if report.fault.is_some() {
        return Ok(false);
    }
    let size = checkpoint::sign(store, signer).await?;
    writeln!(out, "signed: {size} entries, {} of them new under a checkpoint", size.saturating_sub(report.signed))?;
    Ok(true)
}

fn describe(report: &Report, log: &Verifier, out: &mut dyn Write) -> io::Result<()> {
    let Report { entries, checkpoints, signed, evidence, open, until, fault } = report;
    writeln!(out, "log: {log}")?;
    writeln!(out, "entries: {entries}{}", until.map(|until| format!(", the newest of {until}")).unwrap_or_default())?;
    writeln!(out, "checkpoints: {checkpoints}, the newest of size {signed}")?;
    if signed < entries {
        writeln!(out, "not covered by a checkpoint yet: {} entries", entries.saturating_sub(*signed))?;
    }
    writeln!(out, "evidence: {evidence} pieces")?;
    if !open.is_empty() {
        writeln!(out, "outcome unknown or still under way: {} calls", open.len())?;
        for (index, id) in open.iter().take(NAMED) {
            writeln!(out, "  entry {index} (call {id})")?;
        }
        if open.len() > NAMED {
            writeln!(out, "  … and {} more", open.len().saturating_sub(NAMED))?;
        }
    }
    match fault {
        None => writeln!(out, "the log holds"),
        Some(fault) => writeln!(out, "THE LOG DOES NOT HOLD: {fault}"),
    }
}

/// `log show ID`: the records of a call; with the key of the evidence also what was signed, and copies of the bodies.
///
/// # Errors
/// When there is no answer; an unknown call is the answer `false`.
pub async fn show(
    store: &dyn MessageLogStore,
    keys: Keys<'_>,
    id: TransactionId,
    copies: Copies,
    out: &mut (dyn Write + Send),
) -> Result<bool, CliError> {
    let Found { opened, closed } = find(store, id).await?;
    let known = opened.is_some();
    for found in opened.iter().chain(&closed) {
        out.write_all(&found.entry)?;
        writeln!(out)?;
        let Some(sealed) = &found.sealed else { continue };
        let Some(sealer) = keys.evidence else {
            writeln!(out, "(evidence: {} bytes, sealed)", sealed.len())?;
            continue;
        };
        let Some(evidence) = unseal(sealer, id, sealed) else {
            writeln!(out, "(evidence: {} bytes; it does not open with this key)", sealed.len())?;
            continue;
        };
        open(&evidence, copies, out)?;
    }
    match (known, closed) {
        (false, _) => writeln!(out, "the log has no record of this call")?,
        (true, None) => writeln!(out, "the call is not closed: its outcome is unknown, or it is still under way")?,
        (true, Some(_)) => {}
    }
    Ok(known)
}

fn open(evidence: &Evidence, copies: Copies, out: &mut dyn Write) -> io::Result<()> {
    for (whose, part) in [("request", &evidence.request), ("reply", &evidence.reply)] {
        if let Some(part) = part {
            writeln!(out, "--- {whose}: signed by {} with {}", part.key_id, part.algorithm)?;
            writeln!(out, "{}\n--- signature: {}", masked(&part.base), part.signature)?;
        }
    }
    if let Some(texts) = &evidence.texts {
        writeln!(out, "--- stated by the caller: {texts}")?;
    }
    for (whose, copy) in [("request", &evidence.request_copy), ("reply", &evidence.reply_copy)] {
        let Some(copy) = copy else { continue };
        match copies {
            Copies::Named => writeln!(out, "--- {whose}: copy of the body, {} bytes; --bodies shows it", copy.len())?,
            Copies::Shown => writeln!(out, "--- {whose}: copy of the body, {} bytes\n{}", copy.len(), shown(copy))?,
        }
    }
    Ok(())
}

/// A body as text, or, where it is none that a terminal could show, in base64.
fn shown(body: &[u8]) -> Cow<'_, str> {
    let plain = |text: &&str| text.chars().all(|char| matches!(char, '\n' | '\t' | '\r') || !char.is_control());
    match str::from_utf8(body).ok().filter(plain) {
        Some(text) => text.into(),
        None => format!("base64: {}", STANDARD.encode(body)).into(),
    }
}

/// `log prove ID`: writes the bundle of a call, which `lgsp-verify` checks offline. It holds what the caller signed, to the
/// byte, and so the officer's token; when that could still be used at this moment, a line for the operator is given.
///
/// # Errors
/// When there is none.
pub async fn prove(
    store: &dyn MessageLogStore,
    keys: Keys<'_>,
    id: TransactionId,
    now: Timestamp,
    out: &mut (dyn Write + Send),
) -> Result<Option<String>, CliError> {
    let bundle = super::proof::prove(store, keys, id).await?;
    out.write_all(bundle.encode().as_bytes())?;
    let usable = bundle.request.as_ref().and_then(|part| usable(&part.base, now));
    Ok(usable.map(|usable| match usable {
        Usable::Until(end) => {
            format!("the bundle holds the officer's token, which can be used until {end}: give it away after that")
        }
        Usable::Unknown => {
            "the bundle holds a credential that may still be usable: mind to whom you give it".to_owned()
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_that_could_steer_a_terminal_is_shown_in_base64() {
        assert_eq!(shown("{\"HoVaTen\":\n\t\"AN\"}".as_bytes()), "{\"HoVaTen\":\n\t\"AN\"}");
        assert_eq!(shown(b"\x1b[2J"), "base64: G1sySg==");
        assert_eq!(shown(b"\xff"), "base64: /w==");
    }
}
