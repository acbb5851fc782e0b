//! What an operator asks of the log on the command line: verify it, show a call, prove a call. The program opens the store
//! and the keys; what is found is written for people, and the answer is whether all is well.

use std::{
    io::{self, Write},
    time::Duration,
};

use clock::Timestamp;

use types::TransactionId;

use super::{
    evidence::unseal,
    find::{Found, find},
    proof::{Keys, ProveError},
    verify::{self, Audit, Fault, Report, What},
};
use crate::storage::{MessageLogStore, StoreError};

/// How long the newest entry may go without any checkpoint in the log; one is signed every second.
const UNSIGNED: Duration = Duration::from_secs(60);

/// How many open calls are named.
const NAMED: usize = 20;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The store does not answer.
    #[error("the message log cannot be read")]
    Store(#[from] StoreError),
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
    if report.fault.is_none() && is_unsigned(&report, now) {
        report.fault = Some(Fault::of(What::Unsigned));
    }
    describe(&report, out)?;
    Ok(report.fault.is_none())
}

/// Whether no checkpoint covers anything although there was time to sign one: they were taken away, or never made.
fn is_unsigned(report: &Report, now: Timestamp) -> bool {
    report.signed == 0 && report.until.is_some_and(|until| now.since(until) > UNSIGNED)
}

fn describe(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let Report { entries, checkpoints, signed, evidence, open, until, fault } = report;
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
            writeln!(out, "  …")?;
        }
    }
    match fault {
        None => writeln!(out, "the log holds"),
        Some(fault) => writeln!(out, "THE LOG DOES NOT HOLD: {fault}"),
    }
}

/// `log show ID`: the records of a call; with the key of the evidence also what was signed.
///
/// # Errors
/// When there is no answer; an unknown call is the answer `false`.
pub async fn show(
    store: &dyn MessageLogStore,
    keys: Keys<'_>,
    id: TransactionId,
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
        for (whose, part) in [("request", evidence.request), ("reply", evidence.reply)] {
            if let Some(part) = part {
                writeln!(out, "--- {whose}: signed by {} with {}", part.key_id, part.algorithm)?;
                writeln!(out, "{}\n--- signature: {}", part.base, part.signature)?;
            }
        }
    }
    match (known, closed) {
        (false, _) => writeln!(out, "the log has no record of this call")?,
        (true, None) => writeln!(out, "the call is not closed: its outcome is unknown, or it is still under way")?,
        (true, Some(_)) => {}
    }
    Ok(known)
}

/// `log prove ID`: writes the bundle of a call, which `lgsp-verify` checks offline.
///
/// # Errors
/// When there is none.
pub async fn prove(
    store: &dyn MessageLogStore,
    keys: Keys<'_>,
    id: TransactionId,
    out: &mut (dyn Write + Send),
) -> Result<bool, CliError> {
    let bundle = super::proof::prove(store, keys, id).await?;
    out.write_all(bundle.encode().as_bytes())?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_without_any_checkpoint_do_not_hold_once_there_was_time_for_one() {
        let until = Timestamp::from_seconds(1_795_219_200);
        let report = |signed| Report { entries: 2, signed, until: Some(until), ..Report::default() };
        let after = |seconds| until.plus(Duration::from_secs(seconds));
        assert!(!is_unsigned(&report(0), after(60)));
        assert!(is_unsigned(&report(0), after(61)));
        assert!(!is_unsigned(&report(1), after(3600)));
        assert!(!is_unsigned(&Report::default(), after(3600)));
    }
}
