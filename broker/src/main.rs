//! `broker --config broker.toml`: reads the settings, runs, drains on a signal.

use std::{path::PathBuf, process::ExitCode};

use anyhow::Context;
use boot::settings::Environment;
use broker::{
    app::World,
    keys_command::{self, KeysCommand},
    settings::Settings,
};
use clap::{Parser, Subcommand};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The identity broker of a province.
#[derive(Parser)]
#[command(name = "broker", version)]
struct Arguments {
    /// The settings file; `broker.example.toml` documents every key.
    #[arg(long, global = true, default_value = "broker.toml")]
    config: PathBuf,
    /// Only check settings, clients, providers and policies; report every fault and exit.
    #[arg(long)]
    check_config: bool,
    /// Do something else than run.
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Look at the signing keys, or change one for another, while brokers run.
    Keys {
        #[command(subcommand)]
        command: KeysCommand,
    },
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<()> {
    broker::install_crypto();
    let mut settings = Settings::read(&arguments.config, &Environment::from_process())?;
    if arguments.check_config {
        broker::app::check(&mut settings, &World::real())?;
        return Ok(());
    }
    let done = boot::block_on(async {
        match &arguments.command {
            Some(Command::Keys { command }) => {
                tell(&keys_command::run(command, &settings, &World::real()).await?);
                Ok(())
            }
            None => serve(settings).await,
        }
    });
    done.context("the runtime cannot start")?
}

async fn serve(settings: Settings) -> anyhow::Result<()> {
    let telemetry = boot::telemetry::start(&settings.telemetry)?;
    let stop = boot::shutdown::on_signal()?;
    let running = broker::start(settings).await?;
    stop.cancelled().await;
    running.stop().await;
    telemetry.shutdown().await;
    Ok(())
}

#[expect(clippy::print_stdout, reason = "what a subcommand found is for the operator's terminal or script")]
fn tell(text: &str) {
    print!("{text}");
}

#[expect(clippy::print_stderr, reason = "faults at start are for the operator's terminal, before or without a log")]
fn complain(error: &anyhow::Error) {
    eprintln!("{error:#}");
}
