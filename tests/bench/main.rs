//! Drives whole flows over loopback and prints what they cost the server.
//!
//! `cargo run --release -p system-tests --bin bench -- --help`
//!
//! What counts is processor time of the server per flow, read from `/proc` with all its children: it holds on a noisy
//! machine, where wall time does not.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::indexing_slicing,
    reason = "a measuring program prints, and stops at an answer that is cut short"
)]

mod client;
mod cost;
mod flows;
mod gateway;
mod report;
mod server;
mod target;

use std::{path::PathBuf, time::Duration};

use anyhow::Context;

/// What to measure.
struct Arguments {
    broker: PathBuf,
    node_modules: Option<PathBuf>,
    postgres: Option<String>,
    redis: Option<String>,
    connections: usize,
    flows: usize,
    only: Option<String>,
    out: Option<PathBuf>,
}

const HELP: &str = "\
bench [--broker PATH] [--postgres URL --redis URL] [--node-modules DIR] [--connections N] [--flows N] [--only WORD] [--out FILE]

  --broker PATH        the release binary (default: target/release/broker)
  --postgres, --redis  also measure on Postgres with Redis; their processes are found by their listening ports
  --node-modules DIR   also measure oidc-provider from this node_modules folder
  --connections N      connections at once (default 8)
  --flows N            flows of each kind (default 4000)
  --only WORD          only flows or targets whose name contains WORD
  --out FILE           write the table there too

bench gateway --help   the same for calls through the gateway";

fn arguments() -> anyhow::Result<Arguments> {
    let mut parsed = Arguments {
        broker: PathBuf::from("target/release/broker"),
        node_modules: None,
        postgres: None,
        redis: None,
        connections: 8,
        flows: 4000,
        only: None,
        out: None,
    };
    let mut given = std::env::args().skip(1);
    while let Some(name) = given.next() {
        if name == "--help" {
            println!("{HELP}");
            std::process::exit(0);
        }
        let value = given.next().with_context(|| format!("{name} needs a value\n{HELP}"))?;
        match name.as_str() {
            "--broker" => parsed.broker = value.into(),
            "--node-modules" => parsed.node_modules = Some(value.into()),
            "--postgres" => parsed.postgres = Some(value),
            "--redis" => parsed.redis = Some(value),
            "--connections" => parsed.connections = value.parse()?,
            "--flows" => parsed.flows = value.parse()?,
            "--only" => parsed.only = Some(value),
            "--out" => parsed.out = Some(value.into()),
            _ => anyhow::bail!("{name} is unknown\n{HELP}"),
        }
    }
    Ok(parsed)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    broker::install_crypto();
    let mut given = std::env::args().skip(1);
    match given.next().as_deref() {
        Some("gateway") => return gateway::run(given).await,
        Some("bare") => return gateway::bare::run(given).await,
        _ => {}
    }
    let arguments = arguments()?;
    let mut rows = Vec::new();
    let mut targets = vec![target::Kind::Sqlite];
    if let (Some(postgres), Some(redis)) = (&arguments.postgres, &arguments.redis) {
        targets.push(target::Kind::Cluster { postgres: postgres.clone(), redis: redis.clone() });
    }
    if let Some(modules) = &arguments.node_modules {
        targets.push(target::Kind::Peer { node_modules: modules.clone() });
    }
    for kind in targets {
        let server = server::Server::start(&arguments.broker, &kind).await?;
        for flow in flows::Flow::ALL {
            let name = format!("{} {}", kind.name(), flow.name());
            if arguments.only.as_ref().is_some_and(|word| !name.contains(word)) {
                continue;
            }
            eprintln!("{name} …");
            let row = flows::measure(&server, flow, arguments.connections, arguments.flows).await;
            rows.push(row.with_context(|| name.clone())?);
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        server.stop();
    }
    let table = report::table(&rows);
    println!("{table}");
    if let Some(out) = &arguments.out {
        std::fs::write(out, table)?;
    }
    Ok(())
}
