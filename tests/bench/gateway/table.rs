//! The result, as Markdown.

use std::{fmt::Write as _, fs, time::Duration};

use super::{
    decision::Decisions,
    load::{Calls, count},
    memory::Streamed,
    signature::Signatures,
};

/// One target at one number of connections in one round.
pub struct Cell {
    /// Which target.
    pub target: &'static str,
    /// Connections at once.
    pub lanes: usize,
    /// Processor time of the server.
    pub server: Duration,
    /// Processor time of its databases.
    pub stores: Duration,
    /// Resident memory of the server afterwards, KiB.
    pub resident_kib: u64,
    /// The calls.
    pub calls: Calls,
}

impl Cell {
    fn micros(&self, cost: Duration) -> f64 {
        cost.as_secs_f64() * 1e6 / count(self.calls.each.len().max(1))
    }
}

/// Which machine this is.
pub fn machine() -> String {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let cpuinfo = read("/proc/cpuinfo");
    let model = cpuinfo
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(':'))
        .map_or("?", |(_, name)| name.trim());
    let cores = cpuinfo.lines().filter(|line| line.starts_with("processor")).count();
    let kernel = read("/proc/sys/kernel/osrelease");
    let load = read("/proc/loadavg");
    format!(
        "{cores} cores, {model}, Linux {}, load before: {}\n\n",
        kernel.trim(),
        load.split(' ').next().unwrap_or_default()
    )
}

fn best_and_median(mut values: Vec<f64>) -> (f64, f64) {
    values.sort_by(f64::total_cmp);
    let best = values.first().copied().unwrap_or_default();
    (best, values.get(values.len() / 2).copied().unwrap_or_default())
}

/// Names in the order of their first cell.
fn names(cells: &[Cell]) -> Vec<&'static str> {
    let mut names = Vec::new();
    for cell in cells {
        if !names.contains(&cell.target) {
            names.push(cell.target);
        }
    }
    names
}

/// The load table: best and median of the rounds, and the ratio to nginx.
pub fn load(cells: &[Cell]) -> String {
    let mut text = String::from(
        "| server | connections | CPU µs/call, best | median | ratio to nginx, best | median | stores CPU µs/call | calls/s, best | p50 ms | p99 ms | memory MiB |\n\
         |---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n",
    );
    for lanes in super::LANES {
        let of = |name: &str| -> Vec<&Cell> {
            cells.iter().filter(|cell| cell.lanes == lanes && cell.target == name).collect()
        };
        let costs = |name: &str| best_and_median(of(name).iter().map(|cell| cell.micros(cell.server)).collect());
        let (base_best, base_median) = costs(super::targets::NGINX);
        for name in names(cells) {
            let found = of(name);
            let (best, median) = costs(name);
            let middle = |value: fn(&Cell) -> f64| best_and_median(found.iter().map(|cell| value(cell)).collect()).1;
            let stores = middle(|cell| cell.micros(cell.stores));
            let rate = found.iter().map(|cell| cell.calls.rate()).fold(0.0, f64::max);
            let (p50, p99) = (middle(|cell| cell.calls.quantile(0.5)), middle(|cell| cell.calls.quantile(0.99)));
            let memory = found.iter().map(|cell| cell.resident_kib).max().unwrap_or_default() / 1024;
            let _infallible = writeln!(
                text,
                "| {name} | {lanes} | {best:.0} | {median:.0} | {:.2} | {:.2} | {stores:.0} | {rate:.0} | {p50:.2} | {p99:.2} | {memory} |",
                best / base_best,
                median / base_median
            );
        }
    }
    text + "\n"
}

/// The open-loop table.
pub fn open(cells: &[Cell]) -> String {
    let mut text = String::from(
        "| server | calls/s | CPU µs/call, best | median | ratio to nginx, best | median | p50 ms, best | median | p99 ms, best | median |\n\
         |---|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n",
    );
    let all = |name: &str, value: &dyn Fn(&Cell) -> f64| {
        best_and_median(cells.iter().filter(|cell| cell.target == name).map(value).collect())
    };
    let cost = |name: &str| all(name, &|cell| cell.micros(cell.server));
    let (base_best, base_median) = cost(super::targets::NGINX);
    for name in names(cells) {
        let ((best, median), (_, rate)) = (cost(name), all(name, &|cell| cell.calls.rate()));
        let quantile = |share: f64| all(name, &|cell| cell.calls.quantile(share));
        let ((p50, p50_median), (p99, p99_median)) = (quantile(0.5), quantile(0.99));
        let _infallible = writeln!(
            text,
            "| {name} | {rate:.0} | {best:.0} | {median:.0} | {:.2} | {:.2} | {p50:.2} | {p50_median:.2} | {p99:.2} | {p99_median:.2} |",
            best / base_best,
            median / base_median
        );
    }
    text + "\n"
}

/// What `log verify` took.
pub fn log(seconds: f64, records: usize, said: &str) -> String {
    let rate = count(records) / seconds;
    format!("`log verify`: {records} records in {seconds:.2} s, {rate:.0} records/s; it says: {}\n\n", said.trim())
}

/// What streaming took.
pub fn memory(idle: f64, rows: &[Streamed]) -> String {
    let mut text = format!("100 bodies of 100 MiB at once; before them the most resident was {idle:.1} MiB\n\n");
    text += "| direction | seconds | peak resident MiB | body files left |\n|---|---:|---:|---:|\n";
    for Streamed { direction, seconds, peak_mib, left } in rows {
        let _infallible = writeln!(text, "| {direction} | {seconds:.1} | {peak_mib:.1} | {left} |");
    }
    text + "\n"
}

/// What the signatures of a call take.
pub fn signatures(signatures: &Signatures) -> String {
    let Signatures { ed25519, p256 } = signatures;
    format!("One verification and one signature by themselves: Ed25519 {ed25519:.0} µs, P-256 {p256:.0} µs\n\n")
}

/// What a policy decision takes.
pub fn decision(decisions: &Decisions) -> String {
    let Decisions { permits, refuses, anew } = decisions;
    format!(
        "A policy decision with 1000 agreements on the service: {anew:.1} µs when it is made; when the same was made in this \
         minute, {permits:.1} µs where it permits and {refuses:.1} µs where it refuses\n\n"
    )
}
