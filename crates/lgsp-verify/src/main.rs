//! `lgsp-verify BUNDLE [--log-key VKEY]`: exit code 0 when everything holds, 1 when anything does not.

use std::{io::Write, path::PathBuf, process::ExitCode};

use anyhow::Context;
use clap::Parser;
use tlog::Verifier;

/// Checks a bundle of the message log offline. / Kiểm tra ngoại tuyến một gói bằng chứng của nhật ký thông điệp.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// The bundle that `lgsp-gateway log prove` wrote.
    bundle: PathBuf,
    /// The log's key as you know it, `name+id+key`. Without it the bundle's own is taken, which proves less.
    #[arg(long)]
    log_key: Option<String>,
    /// Also accept a bundle without the signatures that its records name: then only the records are proven.
    #[arg(long)]
    records_only: bool,
}

fn main() -> ExitCode {
    let mut text = String::new();
    let (code, printed) = match run(&Arguments::parse(), &mut text) {
        Ok(()) => (ExitCode::SUCCESS, std::io::stdout().write_all(text.as_bytes())),
        Err(error) => {
            let refused = format!("✗ Không hợp lệ / Refused: {error:#}\n");
            (ExitCode::FAILURE, std::io::stderr().write_all(refused.as_bytes()))
        }
    };
    if printed.is_ok() { code } else { ExitCode::FAILURE }
}

fn run(arguments: &Arguments, out: &mut String) -> anyhow::Result<()> {
    let log = arguments.log_key.as_deref().map(Verifier::parse).transpose().context("--log-key")?;
    let bytes = std::fs::read(&arguments.bundle).context("the bundle cannot be read")?;
    let text = String::from_utf8(bytes).context("the bundle is not text")?;
    let verified = lgsp_verify::check(&text, log.as_ref())?;
    if let Some(whose) = verified.undisclosed.first().filter(|_| !arguments.records_only) {
        anyhow::bail!(
            "the record names a signature of the {whose} that is not in the bundle (--records-only accepts that)"
        );
    }
    lgsp_verify::describe(&verified, out)?;
    Ok(())
}
