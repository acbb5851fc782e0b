//! `lgsp-gateway --config gateway.toml`: reads the settings, runs, drains on a signal; `log …` checks and shows the message
//! log.

use std::{io::Write, path::PathBuf, process::ExitCode, sync::Arc};

use anyhow::Context;
use boot::{settings::Environment, write_private};
use clap::{Parser, Subcommand};
use clock::{Clock, SystemClock};
use lgsp_gateway::{
    app::World,
    checked,
    message_log::{
        Audit, Keys,
        cli::{self, Copies},
    },
    settings::Settings,
    storage,
};
use types::TransactionId;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The data-exchange gateway of a province.
#[derive(Parser)]
#[command(name = "lgsp-gateway", version)]
struct Arguments {
    /// The settings file; `gateway.example.toml` documents every key.
    #[arg(long, default_value = "gateway.toml")]
    config: PathBuf,
    /// Only check settings, registry, contracts, certificates and policies; report every fault and exit.
    #[arg(long)]
    check_config: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// The message log.
    #[command(subcommand)]
    Log(LogCommand),
}

#[derive(Subcommand)]
enum LogCommand {
    /// Check every record, the chain, the tree and the checkpoints; name the first that is broken or missing.
    Verify {
        /// A checkpoint kept by the auditor, as a file: finds a log that was cut short. May be given several times.
        #[arg(long)]
        checkpoint: Vec<PathBuf>,
        /// Also open the sealed evidence and check what is in it.
        #[arg(long)]
        evidence: bool,
    },
    /// Sign a log whose end was left without a checkpoint for more than a minute, once all else in it holds.
    Sign,
    /// Show what is recorded of one call.
    Show {
        /// The number of the record, as in the header `Lgsp-Record`.
        id: String,
        /// Also show the copies of the bodies, where the agreement wants some.
        #[arg(long)]
        bodies: bool,
    },
    /// Write a bundle that `lgsp-verify` checks without us.
    Prove {
        /// The number of the record.
        id: String,
        /// Where to write it; the terminal unless set.
        #[arg(long)]
        out: Option<PathBuf>,
    },
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(code) => code,
        Err(error) => {
            complain(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    lgsp_gateway::install_crypto();
    let (file, environment) = (&arguments.config, Environment::from_process());
    if arguments.check_config {
        let findings = checked::check_file(file, &environment, &World::real());
        findings.warnings.iter().for_each(|warning| complain(&format!("warning: {warning}")));
        findings.outcome?;
        return Ok(ExitCode::SUCCESS);
    }
    let settings = match Settings::read(file, &environment) {
        Ok(settings) => settings,
        // Whoever starts a gateway wants all faults at once; the log is read without the rest.
        Err(faults) if arguments.command.is_none() => {
            return Err(checked::check_file(file, &environment, &World::real()).outcome.err().unwrap_or(faults).into());
        }
        Err(faults) => return Err(faults.into()),
    };
    let done = boot::block_on(async {
        match arguments.command {
            None => serve(settings).await.map(|()| ExitCode::SUCCESS),
            Some(Command::Log(command)) => log(&settings, command).await,
        }
    });
    done.context("the runtime cannot start")?
}

async fn serve(settings: Settings) -> anyhow::Result<()> {
    let telemetry = boot::telemetry::start(&settings.telemetry)?;
    let stop = boot::shutdown::on_signal()?;
    let running = lgsp_gateway::start(settings).await?;
    stop.cancelled().await;
    running.stop().await;
    telemetry.shutdown().await;
    Ok(())
}

/// Reads the log beside the gateway that writes it, or signs it while none does. `false` is an answer too, and the exit code says it.
async fn log(settings: &Settings, command: LogCommand) -> anyhow::Result<ExitCode> {
    let (signer, sealer) = checked::log_keys(settings)?;
    let store = match command {
        LogCommand::Sign => storage::open_log(&settings.storage).await?,
        _ => storage::open_to_read(&settings.storage).await?,
    };
    let (verifier, sealer) = (signer.verifier().clone(), Arc::new(sealer));
    let keys = Keys { log: &verifier, evidence: Some(&sealer) };
    let mut out = std::io::stdout();
    let good = match command {
        LogCommand::Verify { checkpoint, evidence } => {
            let kept = checkpoint.iter().map(std::fs::read_to_string).collect::<Result<_, _>>();
            let kept = kept.context("a kept checkpoint cannot be read")?;
            let audit = Audit { log: verifier.clone(), kept, evidence: evidence.then(|| Arc::clone(&sealer)) };
            cli::verify(store.as_ref(), &audit, SystemClock.now(), &mut out).await?
        }
        LogCommand::Sign => cli::sign(&store, signer, &mut out).await?,
        LogCommand::Show { id, bodies } => {
            let copies = if bodies { Copies::Shown } else { Copies::Named };
            cli::show(store.as_ref(), keys, parse(&id)?, copies, &mut out).await?
        }
        LogCommand::Prove { id, out: to } => {
            let mut bundle = Vec::new();
            let warning = cli::prove(store.as_ref(), keys, parse(&id)?, SystemClock.now(), &mut bundle).await?;
            match to {
                None => out.write_all(&bundle).context("the bundle cannot be written")?,
                Some(path) => {
                    write_private(&path, &bundle).with_context(|| format!("{} cannot be written", path.display()))?
                }
            }
            warning.iter().for_each(|warning| complain(warning));
            true
        }
    };
    store.close().await;
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn parse(id: &str) -> anyhow::Result<TransactionId> {
    TransactionId::parse(id).context("this is no number of a record: it is a UUID in lower case")
}

#[expect(clippy::print_stderr, reason = "faults at start are for the operator's terminal, before or without a log")]
fn complain(text: &str) {
    eprintln!("{text}");
}
