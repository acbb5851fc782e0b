//! Runs modules and prints as libtest does. Not libtest itself, because both providers are started once and shared, the
//! control may be missing, which must read as ignored, and a table is written at the end.

use std::{
    collections::BTreeSet,
    io::{Write, stdout},
    sync::Arc,
    time::Duration,
};

use anyhow::{Result, anyhow};
use futures::{StreamExt, stream};
use tokio::time::{Instant, timeout};

use crate::{
    control,
    faults::{self, FAULTS, Fault},
    module::{Module, Verdict},
    op::{Op, Side},
    table::Results,
};

/// The arguments of a test program that are understood here: filters, `--skip`, `--exact`, `--ignored` and
/// `--list`.
#[derive(Debug, Default)]
pub struct Arguments {
    filters: Vec<String>,
    skip: Vec<String>,
    exact: bool,
    ignored_only: bool,
    /// Only names are wanted.
    pub list: bool,
}

impl Arguments {
    /// Reads them; options that change nothing here are passed over.
    pub fn read(given: impl Iterator<Item = String>) -> Self {
        let mut read = Self::default();
        let mut given = given.peekable();
        while let Some(argument) = given.next() {
            match argument.as_str() {
                "--list" => read.list = true,
                "--ignored" => read.ignored_only = true,
                "--exact" => read.exact = true,
                "--skip" => read.skip.extend(given.next()),
                "--test-threads" | "--color" | "--format" | "--logfile" => drop(given.next()),
                _ if argument.starts_with('-') => {}
                _ => read.filters.push(argument),
            }
        }
        read
    }

    /// Whether a test is asked for.
    pub fn want(&self, name: &str) -> bool {
        let fits = |filter: &String| if self.exact { name == filter } else { name.contains(filter.as_str()) };
        // Nothing is ignored before it was tried.
        let asked = self.filters.is_empty() || self.filters.iter().any(fits);
        asked && !self.ignored_only && !self.skip.iter().any(fits)
    }

    /// Whether everything is asked for.
    pub fn everything(&self) -> bool {
        self.filters.is_empty() && self.skip.is_empty() && !self.ignored_only
    }
}

/// Counts and what failed.
#[derive(Default)]
pub struct Report {
    passed: usize,
    ignored: usize,
    filtered: usize,
    failures: Vec<(String, String)>,
}

/// At once: more would only make every step slower on two cores, and the long waits overlap as it is.
const AT_ONCE: usize = 8;

/// No module needs longer.
const LIMIT: Duration = Duration::from_secs(120);

impl Report {
    /// Runs the wanted modules against a provider, and gives their verdicts too.
    pub async fn of(modules: &[Module], op: &Arc<Op>, arguments: &Arguments) -> (Self, Results) {
        let (mut report, mut results) = (Self::default(), Results::new());
        let mut wanted: Vec<&Module> =
            modules.iter().filter(|module| arguments.want(&full_name(op.side, module))).collect();
        report.filtered += modules.len() - wanted.len();
        // The one that waits for half a minute begins first.
        wanted.sort_by_key(|module| !module.name.contains("30_seconds"));
        let mut running = stream::iter(wanted.into_iter().map(|module| {
            let op = Arc::clone(op);
            async move { (module, guarded(module, op).await) }
        }))
        .buffer_unordered(AT_ONCE);
        while let Some((module, verdict)) = running.next().await {
            report.note(&full_name(op.side, module), &verdict);
            results.insert((op.side.name(), module.name), verdict);
        }
        (report, results)
    }

    /// Reports the wanted modules of a side that cannot run.
    pub fn ignore(&mut self, modules: &[Module], side: Side, why: &str, arguments: &Arguments) {
        for module in modules {
            self.ignore_one(&full_name(side, module), why, arguments);
        }
    }

    /// Counts tests that nobody asked for.
    pub fn pass_over(&mut self, count: usize) {
        self.filtered += count;
    }

    fn ignore_one(&mut self, name: &str, why: &str, arguments: &Arguments) {
        if arguments.want(name) {
            say(&format!("test {name} ... ignored, {why}"));
            self.ignored += 1;
        } else {
            self.filtered += 1;
        }
    }

    /// Runs the wanted faults against their controls, one of which is started for each.
    pub async fn of_faults(modules: &[Module], arguments: &Arguments) -> Result<Self> {
        let mut report = Self::default();
        let (wanted, others): (Vec<Fault>, Vec<Fault>) =
            FAULTS.into_iter().partition(|fault| arguments.want(&faults::full_name(fault)));
        report.filtered += others.len();
        if wanted.is_empty() {
            return Ok(report);
        }
        if let Some(why) = control::missing() {
            wanted.iter().for_each(|fault| report.ignore_one(&faults::full_name(fault), &why, arguments));
            return Ok(report);
        }
        let names: Vec<&str> = wanted.iter().map(|(name, _)| *name).collect();
        let controls = control::start(&names).await?;
        for (fault, op) in wanted.into_iter().zip(&controls.ops) {
            let verdict = faults::is_noticed(fault, modules, Arc::clone(op)).await;
            report.note(&faults::full_name(&fault), &verdict);
        }
        Ok(report)
    }

    /// Reports one check that is no module.
    pub fn check(&mut self, name: &str, arguments: &Arguments, check: impl FnOnce() -> Result<()>) {
        if arguments.want(name) {
            self.note(name, &check().map(|()| Vec::new()));
        } else {
            self.filtered += 1;
        }
    }

    fn note(&mut self, name: &str, verdict: &Verdict) {
        match verdict {
            Ok(_) => {
                say(&format!("test {name} ... ok"));
                self.passed += 1;
            }
            Err(error) => {
                say(&format!("test {name} ... FAILED"));
                self.failures.push((name.to_owned(), format!("{error:#}")));
            }
        }
    }

    /// Takes over what another report counted.
    pub fn merge(&mut self, other: Self) {
        self.passed += other.passed;
        self.ignored += other.ignored;
        self.filtered += other.filtered;
        self.failures.extend(other.failures);
    }

    /// Prints failures and the result line; whether all is well.
    pub fn end(&self, started: Instant) -> bool {
        let failed: BTreeSet<_> = self.failures.iter().collect();
        for (name, error) in &failed {
            say(&format!("\n---- {name} ----\n{error}"));
        }
        let word = if failed.is_empty() { "ok" } else { "FAILED" };
        say(&format!(
            "\ntest result: {word}. {} passed; {} failed; {} ignored; 0 measured; {} filtered out; finished in {:.2}s\n",
            self.passed,
            failed.len(),
            self.ignored,
            self.filtered,
            started.elapsed().as_secs_f64()
        ));
        failed.is_empty()
    }
}

/// The name by which a test is chosen.
pub fn full_name(side: Side, module: &Module) -> String {
    format!("{}::{}", side.name(), module.name)
}

/// A module that hangs fails like any other.
pub async fn guarded(module: &Module, op: Arc<Op>) -> Verdict {
    timeout(LIMIT, module.run(op)).await.unwrap_or_else(|_| Err(anyhow!("no end after {} s", LIMIT.as_secs())))
}

/// One line on standard output.
pub fn say(line: &str) {
    // Nobody can be told that standard output is gone.
    let _ = writeln!(stdout().lock(), "{line}");
}
