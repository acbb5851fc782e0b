//! The OpenID conformance modules, one function each under its official name, against the broker and against a control.
//!
//! `cargo test -p system-tests --test conformance [-- FILTER]`; a test's name is `ours::oidcc_server`,
//! `cluster::oidcc_server` (the broker on Postgres and Redis) or `control::oidcc_server`. The reference is the source of the OpenID Foundation's conformance suite; nothing of it is
//! copied, each check is written anew.

mod basic;
mod checks;
mod cluster;
mod config;
mod control;
mod faults;
mod flow;
mod harness;
mod logout;
mod module;
mod op;
mod ours;
mod person;
mod relying_party;
mod request;
mod stage;
mod table;

use std::{path::Path, process::ExitCode};

use anyhow::{Context, Result, ensure};
use checks::proof;
use futures::future::join_all;
use harness::{Arguments, Report, full_name, say};
use module::{Module, function_name};
use op::Side;
use stage::Stage;
use table::Results;
use tokio::time::Instant;

/// Checks that are no modules.
type Proof = (&'static str, fn() -> Result<()>);
const PROOFS: [Proof; 3] = [
    ("checks::a_wrong_id_token_is_refused", proof::a_wrong_id_token_is_refused),
    ("checks::a_wrong_answer_is_refused", proof::a_wrong_answer_is_refused),
    ("checks::a_wrong_key_or_claim_is_refused", proof::a_wrong_key_or_claim_is_refused),
];
const NAMES: &str = "list::every_function_bears_its_official_name";
const DOCUMENTED: &str = "list::docs_name_every_module";
const RELYING_PARTY: &str = "list::the_relying_party_modules_exist";
const COVERED: &str = "list::every_module_is_shown_a_fault";
const COMMITTED: &str = "list::docs_hold_what_this_run_found";

fn main() -> Result<ExitCode> {
    let arguments = Arguments::read(std::env::args().skip(1));
    let modules = module::all();
    if arguments.list {
        let modules = Side::ALL.into_iter().flat_map(|side| modules.iter().map(move |module| full_name(side, module)));
        let own =
            [NAMES, DOCUMENTED, RELYING_PARTY, COVERED, COMMITTED].into_iter().chain(PROOFS.map(|(name, _)| name));
        let faults = faults::FAULTS.iter().map(faults::full_name);
        let all = modules.chain(faults).chain(own.map(str::to_owned));
        all.filter(|name| arguments.want(name)).for_each(|name| say(&format!("{name}: test")));
        return Ok(ExitCode::SUCCESS);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let good = runtime.block_on(run(&arguments, &modules))?;
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn run(arguments: &Arguments, modules: &[Module]) -> Result<bool> {
    let started = Instant::now();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("tests/ lies in the root")?;
    let mut report = Report::default();
    for (name, proof) in PROOFS {
        report.check(name, arguments, proof);
    }
    report.check(NAMES, arguments, || named(modules));
    report.check(DOCUMENTED, arguments, || table::names_every_module(root, modules));
    report.check(RELYING_PARTY, arguments, || relying_party::exist(root));
    report.check(COVERED, arguments, || faults::cover_every_module(modules));

    let stage = Stage::set(modules, arguments, &mut report).await?;
    let (sides, faulty) = tokio::join!(
        join_all(stage.ops().into_iter().map(|op| Report::of(modules, op, arguments))),
        Report::of_faults(modules, arguments)
    );
    stage.strike().await;
    report.merge(faulty.context("the faulty controls")?);
    let mut results = Results::new();
    for (side, mut found) in sides {
        report.merge(side);
        results.append(&mut found);
    }
    if arguments.everything() {
        let rendered = table::render(modules, &results);
        std::fs::create_dir_all(root.join("tests/.work"))?;
        std::fs::write(root.join("tests/.work/conformance.md"), &rendered)?;
        say("the table: tests/.work/conformance.md");
        if control::missing().or_else(cluster::missing).is_none() {
            report.check(COMMITTED, arguments, || table::is_committed(root, &rendered));
        }
    }
    Ok(report.end(started))
}

/// Every function is called as its class says.
fn named(modules: &[Module]) -> Result<()> {
    for module in modules {
        let name = function_name(module.class);
        ensure!(module.name == name, "{} is implemented by {}, not {name}", module.class, module.name);
    }
    Ok(())
}
