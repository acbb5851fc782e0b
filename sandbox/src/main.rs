//! `cargo run`: a whole province on this machine. Ctrl-C drains and stops it.

mod terminal;

use std::{path::PathBuf, process::ExitCode};

use anyhow::Context;
use boot::settings::Environment;
use clap::{Parser, Subcommand};
use sandbox::{
    check,
    province::{LOG, Log, Ports, Province, ProvinceOptions, Storage},
};
use secrecy::SecretString;

/// Cả một tỉnh trên máy này: cổng đăng nhập, bản mô phỏng các hệ thống quốc gia, ứng dụng mẫu. A whole province on this
/// machine: broker, stand-ins, sample applications.
#[derive(Parser)]
#[command(name = "sandbox", version)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// The first port; each part has its place above it.
    #[arg(long, default_value_t = 8400)]
    port_base: u16,
    /// Remove what an earlier province left in the folder: keys, secrets, people, sessions. Postgres and Redis are not
    /// touched.
    #[arg(long)]
    fresh: bool,
    /// The folder for all of that.
    #[arg(long, default_value = ".province")]
    state: PathBuf,
    /// A file with more `[[client]]` tables for the broker.
    #[arg(long)]
    clients: Option<PathBuf>,
    /// Keep things in Postgres and Redis instead of SQLite: `postgres://…`
    #[arg(long, requires = "storage_redis")]
    storage_postgres: Option<String>,
    /// The Redis that goes with it: `redis://…`
    #[arg(long, requires = "storage_postgres")]
    storage_redis: Option<String>,
}

#[derive(Subcommand)]
enum Command {
    /// Start a throw-away province on free ports, log in once as a browser would, and say how each step went.
    Check,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let ran = boot::block_on(async {
        match arguments.command {
            Some(Command::Check) => check().await,
            None => run(arguments).await,
        }
    });
    let ran = ran.context("the runtime cannot start").and_then(|ran| ran);
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            terminal::complain(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let stop = boot::shutdown::on_signal().context("no signal handler could be set")?;
    let province = Province::start(options(arguments)).await?;
    terminal::say(&terminal::welcome(&province));
    stop.cancelled().await;
    terminal::say("Đang dừng… stopping");
    province.stop().await;
    Ok(())
}

/// A province of its own, so that it disturbs no other; its folder stays only when something failed.
async fn check() -> anyhow::Result<()> {
    let folder = tempfile::Builder::new().prefix("lien-thong-").tempdir().context("no temporary folder")?;
    let begun = tokio::time::Instant::now();
    let options = ProvinceOptions { log: Log::Kept, ..ProvinceOptions::new(folder.path()) };
    let province = Province::start(options).await?;
    terminal::say(&terminal::step("tỉnh đã sẵn sàng (province ready)", begun.elapsed()));
    let walked = check::walk(&province, |done| terminal::say(&terminal::step(done.step, done.took))).await;
    province.stop().await;
    match walked {
        Ok(()) => {
            terminal::say(&terminal::step("tất cả (all)", begun.elapsed()));
            Ok(())
        }
        Err(failed) => {
            let kept = folder.keep().join(LOG);
            Err(failed).with_context(|| format!("không qua (failed); nhật ký (log): {}", kept.display()))
        }
    }
}

fn options(arguments: Arguments) -> ProvinceOptions {
    let storage = match (arguments.storage_postgres, arguments.storage_redis) {
        (Some(postgres), Some(redis)) => Storage::Cluster {
            postgres: SecretString::from(postgres),
            redis: SecretString::from(redis),
            redis_prefix: "lienthong:".to_owned(),
        },
        _ => Storage::Embedded,
    };
    ProvinceOptions {
        state: arguments.state,
        fresh: arguments.fresh,
        ports: Ports::From(arguments.port_base),
        storage,
        extra_clients: arguments.clients,
        environment: Environment::from_process(),
        log: Log::Kept,
    }
}
