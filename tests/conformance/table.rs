//! The table: each module with its result on both sides, and each difference with its reason.

use std::{collections::BTreeMap, fmt::Write, path::Path};

use anyhow::{Context, Result, ensure};

use crate::{
    module::{Module, NOT_RUN, Plan, Verdict},
    op::Side,
    relying_party,
};

/// The results of a run, by side and function.
pub type Results = BTreeMap<(&'static str, &'static str), Verdict>;

/// The committed table, below the root.
pub const COMMITTED: &str = "docs/conformance.md";

const HEAD: &str = "\
# OpenID conformance

`cargo test -p system-tests --test conformance` runs the modules of the OpenID Foundation's conformance suite that concern
us, rewritten under their official names, against the broker in a whole province, on SQLite and on Postgres with Redis, and
against `oidc-provider` from npm as a control: a wrong test would show there. A module that could not fail would show too:
each runs against controls that are wrong on purpose (`faults::…`) and must notice. Without node or the servers, which
`tests/run` brings, their parts report themselves as ignored.

A whole run writes this table to `tests/.work/conformance.md`; the committed copy in `docs/conformance.md` must equal it.

`pass` is a pass. `pass (n)` passes with the difference of that number, which the specifications leave open. Every request
carries PKCE with S256, which both providers demand and the official Basic modules leave out: the official suite must be
configured for it.
";

/// Writes the whole document.
pub fn render(modules: &[Module], results: &Results) -> String {
    let mut text = HEAD.to_owned();
    let mut reasons: Vec<String> = Vec::new();
    for plan in Plan::ALL {
        let _ = write!(
            text,
            "\n## {}\n\n| module | function | SQLite | Postgres, Redis | control |\n|---|---|---|---|---|\n",
            plan.title()
        );
        for module in modules.iter().filter(|module| module.plan == plan) {
            let [ours, cluster, control] =
                Side::ALL.map(|side| word(results.get(&(side.name(), module.name)), side, &mut reasons));
            let _ = writeln!(text, "| {} | `{}` | {ours} | {cluster} | {control} |", module.class, module.name);
        }
    }
    text.push_str("\nNot run:\n\n");
    for (class, reason) in NOT_RUN {
        let _ = writeln!(text, "- {class}: {reason}.");
    }
    text.push_str("\n## Differences\n\n");
    for (at, reason) in reasons.iter().enumerate() {
        let _ = writeln!(text, "{}. {reason}.", at + 1);
    }
    let _ = write!(
        text,
        "\n## Relying party\n\nThe modules of `OIDCCClientBasicTestPlan` and `OIDCCClientConfigTestPlan` are tests of \
         `adapters/oidc`, in\n`{}`, and run there.\n\n| function | plan |\n|---|---|\n",
        relying_party::FILE
    );
    for (name, plan) in relying_party::MODULES {
        let _ = writeln!(text, "| `{name}` | {plan} |");
    }
    text
}

fn word(result: Option<&Verdict>, side: Side, reasons: &mut Vec<String>) -> String {
    match result {
        None => "not run".to_owned(),
        Some(Err(_)) => "**fail**".to_owned(),
        Some(Ok(differences)) if differences.is_empty() => "pass".to_owned(),
        Some(Ok(differences)) => {
            let mut numbers = Vec::new();
            for difference in differences {
                let whose = if side == Side::Control { "control" } else { "broker" };
                let reason = format!("{whose}: {difference}");
                let at = reasons.iter().position(|known| *known == reason).unwrap_or_else(|| {
                    reasons.push(reason);
                    reasons.len() - 1
                });
                if !numbers.contains(&(at + 1)) {
                    numbers.push(at + 1);
                }
            }
            let numbers: Vec<String> = numbers.iter().map(usize::to_string).collect();
            format!("pass ({})", numbers.join(", "))
        }
    }
}

/// The committed table names exactly the modules that are implemented, in the same order.
pub fn names_every_module(root: &Path, modules: &[Module]) -> Result<()> {
    let committed = committed(root)?;
    let rows = |text: &str| -> Vec<String> {
        let cells = text.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").nth(1).map(str::to_owned));
        cells.filter(|name| name.starts_with("`oidcc")).collect()
    };
    let implemented: Vec<String> = modules.iter().map(|module| format!("`{}`", module.name)).collect();
    ensure!(rows(&committed) == implemented, "{COMMITTED} and the implemented modules are not the same list");
    Ok(())
}

/// The committed table is what a whole run writes.
pub fn is_committed(root: &Path, rendered: &str) -> Result<()> {
    ensure!(
        committed(root)? == rendered,
        "{COMMITTED} is not what this run found; look at the differences, then copy tests/.work/conformance.md there"
    );
    Ok(())
}

fn committed(root: &Path) -> Result<String> {
    std::fs::read_to_string(root.join(COMMITTED)).with_context(|| format!("{COMMITTED} is not there"))
}
