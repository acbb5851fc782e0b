//! What a signed call through the gateway costs, beside nginx as a plain mutual-TLS proxy in front of the same register.

pub mod bare;
mod connection;
mod decision;
mod department;
mod load;
mod memory;
mod pki;
mod register;
mod registry;
mod reply;
mod settings;
mod signature;
mod table;
mod targets;

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, ensure};
use certs::authority::KeyKind;

use self::{
    load::Calls,
    table::Cell,
    targets::{Call, Place, Storage, Target},
};
use crate::cost::{Cost, Processes};

const HELP: &str = "\
bench gateway [--gateway PATH] [--nginx PATH] [--postgres URL --redis URL] [--calls N] [--seconds N] [--rounds N] [--only WORDS]
              [--records N] [--hold SECONDS [--lanes N] [--rate N]] [--out FILE]

  --gateway PATH       the release binary (default: target/release/lgsp-gateway)
  --nginx PATH         also measure nginx with the same certificates (default: /usr/sbin/nginx where it exists)
  --postgres, --redis  also measure a gateway on Postgres with Redis; their processes are found by their listening ports
  --calls N            least number of calls in a cell (default 2000)
  --seconds N          least time of a cell (default 3)
  --rounds N           rounds, each with every target in turn (default 3)
  --only WORDS         only these parts, by comma: load, open, log, decision, memory
  --records N          least number of records whose verification is timed (default 200000)
  --hold N             only load the first gateway for N seconds, to look at it with perf; prints its pid
  --lanes N            connections of that load (default 8)
  --rate N             begin its calls by the clock, as many in a second; also the rate of the part open, instead of the half of what
                       each gateway reached
  --out FILE           write the result there too";

struct Arguments {
    gateway: PathBuf,
    nginx: Option<PathBuf>,
    postgres: Option<String>,
    redis: Option<String>,
    calls: usize,
    time: Duration,
    rounds: usize,
    only: Option<String>,
    records: usize,
    hold: Option<u64>,
    lanes: usize,
    rate: Option<f64>,
    out: Option<PathBuf>,
}

impl Arguments {
    fn read(mut given: impl Iterator<Item = String>) -> anyhow::Result<Self> {
        let nginx = PathBuf::from("/usr/sbin/nginx");
        let mut parsed = Self {
            gateway: PathBuf::from("target/release/lgsp-gateway"),
            nginx: nginx.exists().then_some(nginx),
            postgres: None,
            redis: None,
            calls: 2000,
            time: Duration::from_secs(3),
            rounds: 3,
            only: None,
            records: 200_000,
            hold: None,
            lanes: 8,
            rate: None,
            out: None,
        };
        while let Some(name) = given.next() {
            if name == "--help" {
                println!("{HELP}");
                std::process::exit(0);
            }
            let value = given.next().with_context(|| format!("{name} needs a value\n{HELP}"))?;
            match name.as_str() {
                "--gateway" => parsed.gateway = value.into(),
                "--nginx" => parsed.nginx = Some(value.into()),
                "--postgres" => parsed.postgres = Some(value),
                "--redis" => parsed.redis = Some(value),
                "--calls" => parsed.calls = value.parse()?,
                "--seconds" => parsed.time = Duration::from_secs(value.parse()?),
                "--rounds" => parsed.rounds = value.parse()?,
                "--only" => parsed.only = Some(value),
                "--records" => parsed.records = value.parse()?,
                "--hold" => parsed.hold = Some(value.parse()?),
                "--lanes" => parsed.lanes = value.parse()?,
                "--rate" => parsed.rate = Some(value.parse()?),
                "--out" => parsed.out = Some(value.into()),
                _ => anyhow::bail!("{name} is unknown\n{HELP}"),
            }
        }
        Ok(parsed)
    }

    fn wants(&self, part: &str) -> bool {
        self.only.as_ref().is_none_or(|only| only.split(',').any(|word| word == part))
    }
}

/// Connections at once.
const LANES: [usize; 3] = [1, 8, 32];

/// Measures all that is asked for and prints it.
pub async fn run(given: impl Iterator<Item = String>) -> anyhow::Result<()> {
    let arguments = Arguments::read(given)?;
    let folder = tempfile::tempdir()?;
    let pki = pki::Pki::issue(folder.path())?;
    let place = Place { folder: folder.path(), pki: &pki, register: register::start()? };
    let call = Call::get(registry::BUSINESS, register::BUSINESS);
    let targets = start(&place, &arguments).await?;
    if let Some(seconds) = arguments.hold {
        let target = targets.iter().find(|target| target.config.is_some()).context("no gateway")?;
        hold(target, &call, &arguments, Duration::from_secs(seconds)).await?;
        return Ok(());
    }
    let mut text = table::machine();
    let mut cells = Vec::new();
    if arguments.wants("load") {
        text += &table::signatures(&signature::measure(&pki)?);
        cells = rounds(&targets, &call, &arguments).await?;
        text += &table::load(&cells);
    }
    if arguments.wants("open") {
        text += &table::open(&half_load(&targets, &call, &cells, &arguments).await?);
    }
    if arguments.wants("log") {
        text += &verify_log(&targets, &call, &arguments).await?;
    }
    for target in targets {
        target.stop();
    }
    if arguments.wants("decision") {
        text += &table::decision(&decision::measure()?);
    }
    if arguments.wants("memory") {
        text += &memory::measure(&place, &arguments.gateway).await?;
    }
    println!("{text}");
    if let Some(out) = &arguments.out {
        std::fs::write(out, text)?;
    }
    Ok(())
}

const BARE_ED25519: &str = "bare proxy, Ed25519";
const BARE_P256: &str = "bare proxy, P-256";
const ED25519: &str = "gateway, Ed25519, SQLite";
const P256: &str = "gateway, P-256, SQLite";
const CLUSTER: &str = "gateway, Ed25519, Postgres + Redis";

/// Servers are started only for the parts that need them.
async fn start(place: &Place<'_>, arguments: &Arguments) -> anyhow::Result<Vec<Target>> {
    let gateway = &arguments.gateway;
    let mut targets = Vec::new();
    if !["load", "open", "log"].iter().any(|part| arguments.wants(part)) && arguments.hold.is_none() {
        return Ok(targets);
    }
    if let Some(nginx) = &arguments.nginx {
        targets.push(place.nginx(nginx).await?);
    }
    targets.push(place.bare(BARE_ED25519, KeyKind::Ed25519).await?);
    targets.push(place.bare(BARE_P256, KeyKind::P256).await?);
    targets.push(place.gateway(ED25519, gateway, KeyKind::Ed25519, Storage::Sqlite).await?);
    targets.push(place.gateway(P256, gateway, KeyKind::P256, Storage::Sqlite).await?);
    if let (Some(postgres), Some(redis)) = (&arguments.postgres, &arguments.redis) {
        targets.push(place.gateway(CLUSTER, gateway, KeyKind::Ed25519, Storage::Cluster { postgres, redis }).await?);
    }
    Ok(targets)
}

/// Only loads a gateway, so that somebody can look at it.
async fn hold(target: &Target, call: &Call, arguments: &Arguments, time: Duration) -> anyhow::Result<()> {
    let mut lanes = load::connect(target, arguments.lanes).await?;
    eprintln!("{} has the pid {}", target.name, target.pid());
    let before = target.processes.cost();
    let calls = match arguments.rate {
        Some(rate) => load::open(target, call, &mut lanes, rate, time).await?,
        None => load::closed(target, call, &mut lanes, time, 0).await?,
    };
    let cpu = target.processes.cost().cpu.saturating_sub(before.cpu);
    let each = cpu.as_secs_f64() * 1e6 / load::count(calls.each.len());
    let [p50, p99, p999] = [0.5, 0.99, 0.999].map(|share| calls.quantile(share));
    eprintln!("{:.0} calls/s, {each:.0} µs/call, p50 {p50:.2} ms, p99 {p99:.2} ms, p99.9 {p999:.2} ms", calls.rate());
    Ok(())
}

/// Every target in turn, at each number of connections, some rounds long.
async fn rounds(targets: &[Target], call: &Call, arguments: &Arguments) -> anyhow::Result<Vec<Cell>> {
    let mut cells = Vec::new();
    for round in 1..=arguments.rounds {
        for lanes in LANES {
            for target in targets {
                eprintln!("round {round}: {} at {lanes} …", target.name);
                let mut connections = load::connect(target, lanes).await?;
                load::closed(target, call, &mut connections, Duration::from_millis(300), lanes * 10).await?;
                let before = [&target.processes, &target.stores].map(Processes::cost);
                let calls = load::closed(target, call, &mut connections, arguments.time, arguments.calls).await?;
                cells.push(cell(target, lanes, calls, before));
            }
        }
    }
    Ok(cells)
}

/// Every gateway at half of what it can do at most, and nginx at half of what the first gateway can, the calls begun by the clock.
async fn half_load(
    targets: &[Target],
    call: &Call,
    cells: &[Cell],
    arguments: &Arguments,
) -> anyhow::Result<Vec<Cell>> {
    let most =
        |name: &str| cells.iter().filter(|cell| cell.target == name).map(|cell| cell.calls.rate()).fold(0.0, f64::max);
    let lanes = 32;
    let mut measured = Vec::new();
    for _ in 0..arguments.rounds {
        for target in targets {
            let half = most(if target.config.is_some() { target.name } else { ED25519 }) / 2.0;
            let rate = arguments.rate.unwrap_or(if half > 0.0 { half } else { 1000.0 });
            eprintln!("open loop: {} at {rate:.0}/s …", target.name);
            let mut connections = load::connect(target, lanes).await?;
            load::open(target, call, &mut connections, rate, Duration::from_millis(500)).await?;
            let before = [&target.processes, &target.stores].map(Processes::cost);
            let calls = load::open(target, call, &mut connections, rate, arguments.time * 2).await?;
            measured.push(cell(target, lanes, calls, before));
        }
    }
    Ok(measured)
}

/// What the calls of a target cost since `before`, and how long they took.
fn cell(target: &Target, lanes: usize, calls: Calls, [server_before, stores_before]: [Cost; 2]) -> Cell {
    let [server, stores] = [&target.processes, &target.stores].map(Processes::cost);
    Cell {
        target: target.name,
        lanes,
        server: server.cpu.saturating_sub(server_before.cpu),
        stores: stores.cpu.saturating_sub(stores_before.cpu),
        resident_kib: server.resident_kib,
        calls,
    }
}

/// Lets the program verify the log that the load has left.
async fn verify_log(targets: &[Target], call: &Call, arguments: &Arguments) -> anyhow::Result<String> {
    let target = targets.iter().find(|target| target.name == ED25519).context("no gateway")?;
    let config = target.config.as_ref().context("no settings")?;
    // Two records a call.
    let mut connections = load::connect(target, 32).await?;
    let missing = (arguments.records / 2).saturating_sub(target.calls.get());
    if missing > 0 {
        eprintln!("{missing} more calls for the log …");
        load::closed(target, call, &mut connections, Duration::ZERO, missing).await?;
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    eprintln!("log verify …");
    let mut best: Option<(f64, String)> = None;
    for _ in 0..arguments.rounds {
        let began = tokio::time::Instant::now();
        let mut command = tokio::process::Command::new(arguments.gateway.canonicalize()?);
        let home = config.parent().context("no folder")?;
        let output = command.arg("--config").arg(config).args(["log", "verify"]).current_dir(home).output().await?;
        let seconds = began.elapsed().as_secs_f64();
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "log verify: {said}");
        if best.as_ref().is_none_or(|(least, _)| seconds < *least) {
            best = Some((seconds, said));
        }
    }
    let (seconds, said) = best.context("no round")?;
    Ok(table::log(seconds, 2 * target.calls.get(), &said))
}

/// Writes a file below `folder` that only we may read, and gives its path.
fn write(folder: &Path, name: &str, text: &str) -> anyhow::Result<PathBuf> {
    use std::os::unix::fs::OpenOptionsExt;
    let path = folder.join(name);
    let mut options = std::fs::OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&path)?;
    std::io::Write::write_all(&mut file, text.as_bytes())?;
    Ok(path)
}
