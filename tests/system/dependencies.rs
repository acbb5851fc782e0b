//! What we link: licences, bans and sources. Reads the lists of deny.toml, so that `cargo deny` and this test, which needs
//! nothing installed, cannot disagree.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{
    architecture::{is_test, names, test_modules},
    workspace::{cargo, metadata, root, sources},
};

/// deny.toml, and the packages that are built for the first of its targets.
///
/// Which packages these are, `cargo tree` knows: `cargo metadata` also lists what a feature nobody switches on would bring.
fn graph() -> (toml::Table, Vec<Value>) {
    let text = std::fs::read_to_string(root().join("deny.toml")).expect("deny.toml is there");
    let rules: toml::Table = toml::from_str(&text).expect("deny.toml is TOML");
    let target = rules["graph"]["targets"][0].as_str().expect("a target");
    let tree =
        cargo(&["tree", "--workspace", "--edges", "all", "--prefix", "none", "--format", "{p}", "--target", target]);
    let built: BTreeSet<(&str, &str)> = tree
        .lines()
        .filter_map(|line| {
            let (name, rest) = line.split_once(" v")?;
            Some((name, rest.split(' ').next()?))
        })
        .collect();
    let Value::Array(mut packages) = metadata(&["--filter-platform", target])["packages"].take() else {
        panic!("packages")
    };
    packages.retain(|package| match (package["name"].as_str(), package["version"].as_str()) {
        (Some(name), Some(version)) => built.contains(&(name, version)),
        _ => false,
    });
    assert_eq!(packages.len(), built.len(), "every package cargo builds is described");
    (rules, packages)
}

fn strings(list: &toml::Value) -> Vec<String> {
    list.as_array().expect("a list").iter().map(|item| item.as_str().expect("a string").to_owned()).collect()
}

#[test]
fn every_licence_is_on_the_list() {
    let (rules, packages) = graph();
    let allowed = strings(&rules["licenses"]["allow"]);
    let refused: Vec<String> = packages
        .iter()
        .filter(|package| !package["license"].as_str().is_some_and(|expression| satisfied(expression, &allowed)))
        .map(|package| format!("{} {}: {}", package["name"], package["version"], package["license"]))
        .collect();
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}

#[test]
fn every_library_that_a_package_names_is_used_and_for_more_than_tests() {
    let metadata = metadata(&[]);
    let packages = metadata["packages"].as_array().expect("packages");
    let libraries: BTreeMap<&str, String> = packages.iter().filter_map(library).collect();
    let (sources, members) = (sources(), members(packages));
    let modules = test_modules(&sources);
    let mut faults = Vec::new();
    for (folder, package) in &members {
        let own: Vec<_> =
            sources.iter().filter(|(path, _)| innermost(path, &members) == Some(folder.as_str())).collect();
        let shipped: Vec<_> = own.iter().filter(|(path, _)| !is_test(path, &modules)).copied().collect();
        let named = |library: &str, texts: &[&(String, String)]| {
            texts.iter().any(|(_, text)| text.lines().any(|line| names(line, library)))
        };
        for dependency in package["dependencies"].as_array().expect("dependencies") {
            let name = dependency["name"].as_str().expect("a name");
            let library = match dependency["rename"].as_str() {
                Some(rename) => rename.replace('-', "_"),
                None => libraries.get(name).cloned().unwrap_or_else(|| name.replace('-', "_")),
            };
            // The package of the tests ships nothing.
            let ships = dependency["kind"].is_null() && folder != "tests";
            if !named(&library, if ships { &shipped } else { &own }) {
                let hint = if ships && named(&library, &own) { "only in its tests" } else { "nowhere" };
                faults.push(format!("{} names {name} and uses it {hint}", package["name"]));
            }
        }
    }
    assert!(members.len() > 10 && faults.is_empty(), "{}", faults.join("\n"));
}

/// The name under which the library of a package is used.
fn library(package: &Value) -> Option<(&str, String)> {
    const LIBRARIES: [&str; 4] = ["lib", "rlib", "proc-macro", "cdylib"];
    let targets = package["targets"].as_array()?;
    let is_library = |target: &&Value| {
        target["kind"].as_array().is_some_and(|kinds| kinds.iter().any(|kind| LIBRARIES.iter().any(|one| kind == one)))
    };
    let target = targets.iter().find(is_library)?;
    Some((package["name"].as_str()?, target["name"].as_str()?.replace('-', "_")))
}

/// The packages of this workspace by their folders from the root.
fn members(packages: &[Value]) -> BTreeMap<String, &Value> {
    let own = packages.iter().filter(|package| package["source"].is_null());
    own.filter_map(|package| {
        let manifest = std::path::Path::new(package["manifest_path"].as_str()?);
        let folder = manifest.parent()?.strip_prefix(root().canonicalize().ok()?).ok()?;
        Some((folder.to_string_lossy().into_owned(), package))
    })
    .collect()
}

/// The package in whose folder a source lies.
fn innermost<'m>(path: &str, members: &'m BTreeMap<String, &Value>) -> Option<&'m str> {
    let within = |folder: &&String| path.strip_prefix(folder.as_str()).is_some_and(|rest| rest.starts_with('/'));
    members.keys().filter(within).max_by_key(|folder| folder.len()).map(String::as_str)
}

#[test]
fn no_banned_library_is_linked() {
    let (rules, packages) = graph();
    let banned = rules["bans"]["deny"].as_array().expect("a list");
    assert!(!banned.is_empty());
    for ban in banned {
        let name = ban["crate"].as_str().expect("a name");
        assert!(!packages.iter().any(|package| package["name"] == name), "{name}: {:?}", ban["reason"]);
    }
}

#[test]
fn every_package_comes_from_here_or_from_an_allowed_registry() {
    let (rules, packages) = graph();
    let allowed = strings(&rules["sources"]["allow-registry"]);
    for package in &packages {
        if let Some(source) = package["source"].as_str() {
            let known = source.strip_prefix("registry+").is_some_and(|url| allowed.iter().any(|one| one == url));
            assert!(known, "{} comes from {source}", package["name"]);
        }
    }
}

#[test]
fn the_lock_files_of_the_tests_pin_every_package_by_hash_and_name_no_host() {
    let read = |name: &str| std::fs::read_to_string(root().join("tests").join(name)).expect("a lock file");
    let lock: Value = serde_json::from_str(&read("package-lock.json")).expect("JSON");
    for (name, package) in lock["packages"].as_object().expect("packages") {
        assert!(name.is_empty() || package["integrity"].is_string(), "{name} has no hash");
        assert!(package["resolved"].is_null(), "{name} names the host it came from");
    }
    for file in ["requirements.txt", "requirements-node.txt"] {
        let text = read(file);
        let text = text.replace("\\\n", " ");
        for line in text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()) {
            assert!(line.contains("==") && line.contains("--hash=sha256:") && !line.contains("://"), "{file}: {line}");
        }
    }
}

#[test]
fn licence_expressions_are_read_as_spdx_means_them() {
    let allowed = ["MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception"].map(str::to_owned);
    let check =
        |expression: &str, expected: bool| assert_eq!(satisfied(expression, &allowed), expected, "{expression}");
    check("MIT", true);
    check("GPL-3.0", false);
    check("MIT OR GPL-3.0", true);
    check("GPL-3.0 OR MIT", true);
    check("MIT/GPL-3.0", true);
    check("MIT AND GPL-3.0", false);
    check("MIT AND (GPL-3.0 OR Apache-2.0)", true);
    check("(MIT OR Apache-2.0) AND GPL-3.0", false);
    check("MIT OR Apache-2.0 AND GPL-3.0", true);
    check("GPL-3.0 AND MIT OR GPL-2.0", false);
    check("Apache-2.0 WITH LLVM-exception", true);
    check("GPL-2.0 WITH Classpath-exception-2.0", false);
    check("", false);
    check("MIT Apache-2.0", false);
    check("(MIT", false);
}

/// Whether the SPDX `expression` can be met with the `allowed` licences alone (SPDX 2.3, annex D; `/` is an old `OR`).
fn satisfied(expression: &str, allowed: &[String]) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    any_of(&mut rest, allowed) == Some(true) && rest.is_empty()
}

fn any_of(words: &mut &[&str], allowed: &[String]) -> Option<bool> {
    let mut met = all_of(words, allowed)?;
    while take(words, "OR") {
        met |= all_of(words, allowed)?;
    }
    Some(met)
}

fn all_of(words: &mut &[&str], allowed: &[String]) -> Option<bool> {
    let mut met = one(words, allowed)?;
    while take(words, "AND") {
        met &= one(words, allowed)?;
    }
    Some(met)
}

fn one(words: &mut &[&str], allowed: &[String]) -> Option<bool> {
    if take(words, "(") {
        let met = any_of(words, allowed)?;
        return take(words, ")").then_some(met);
    }
    let (license, rest) = words.split_first()?;
    *words = rest;
    let mut name = (*license).to_owned();
    if take(words, "WITH") {
        let (exception, rest) = words.split_first()?;
        *words = rest;
        name = format!("{name} WITH {exception}");
    }
    Some(allowed.contains(&name))
}

fn take(words: &mut &[&str], expected: &str) -> bool {
    match words.split_first() {
        Some((first, rest)) if *first == expected => {
            *words = rest;
            true
        }
        _ => false,
    }
}
