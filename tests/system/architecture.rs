//! Who may import whom, and where a library may be named: the table of the blueprint, held against the sources.

use crate::workspace::{metadata, root, sources};

/// What a package may import from this workspace. A package without a row fails the test: it needs a place first.
const IMPORTS: &[(&str, &[&str])] = &[
    ("types", &[]),
    ("clock", &[]),
    ("problem", &[]),
    ("signing", &["types", "clock"]),
    ("certs", &["types", "clock"]),
    // The formats of the message log and the program that checks them know nothing of the gateway.
    ("tlog", &["types", "clock", "signing"]),
    ("lgsp-verify", &["tlog", "types", "signing"]),
    ("boot", &["problem"]),
    ("policies", &["types"]),
    // The contract hands adapters a clock: a provider's answer carries the time at which it was verified.
    ("contract", &["types", "clock"]),
    ("adapter-oidc", &["contract", "types", "clock", "signing"]),
    ("adapter-vneid", &["contract", "types", "clock", "signing"]),
    ("adapter-rest", &["contract", "types", "clock", "signing"]),
    ("adapter-soap", &["contract", "types", "clock", "signing", "adapter-rest"]),
    ("adapter-population", &["contract", "types", "clock", "signing", "adapter-soap"]),
    (
        "lgsp-gateway",
        &[
            "types",
            "clock",
            "problem",
            "signing",
            "boot",
            "policies",
            "certs",
            "tlog",
            "contract",
            "adapter-rest",
            "adapter-soap",
            "adapter-population",
        ],
    ),
    (
        "broker",
        &[
            "types",
            "clock",
            "problem",
            "signing",
            "boot",
            "policies",
            "certs",
            "contract",
            "adapter-oidc",
            "adapter-vneid",
        ],
    ),
    (
        "sandbox",
        &[
            "types",
            "clock",
            "problem",
            "signing",
            "boot",
            "policies",
            "certs",
            "contract",
            "adapter-oidc",
            "adapter-vneid",
            "broker",
            "tlog",
            "adapter-rest",
            "adapter-soap",
            "adapter-population",
            "lgsp-gateway",
        ],
    ),
];

/// The package of this test: it may import everything, and nobody imports it.
const TESTS: &str = "system-tests";

/// Where a library may be named in code that ships. A place is a folder (ends in `/`), a file, or a folder of any package
/// (starts with `*/`).
const ROOMS: &[(&str, &[&str])] = &[
    ("axum", &["*/src/http/", "crates/boot/", "crates/problem/", "sandbox/"]),
    ("sqlx", &["*/src/storage/"]),
    ("rusqlite", &["broker/src/storage/sqlite/"]),
    ("redis", &["*/src/storage/"]),
    ("cedar_policy", &["policies/"]),
    ("openidconnect", &["adapters/", "broker/src/tokens/", "sandbox/src/apps/"]),
    ("oauth2", &["adapters/", "broker/src/tokens/", "sandbox/src/apps/"]),
    ("std::env", &["crates/boot/"]),
    // Listeners, and the start of a process, which chooses the one cryptography provider.
    (
        "rustls",
        &[
            "certs/",
            "crates/boot/",
            "*/src/main.rs",
            "broker/src/lib.rs",
            "lgsp-gateway/src/lib.rs",
            "*/src/listener/",
            "adapters/rest/",
        ],
    ),
];

#[test]
fn packages_import_only_what_the_table_allows() {
    let metadata = metadata(&["--no-deps"]);
    let packages = metadata["packages"].as_array().expect("packages");
    let names: Vec<&str> = packages.iter().map(|package| package["name"].as_str().expect("name")).collect();
    let mut faults = Vec::new();
    for package in packages {
        let name = package["name"].as_str().expect("name");
        let imported = package["dependencies"].as_array().expect("dependencies").iter();
        let imported = imported.map(|dependency| dependency["name"].as_str().expect("name"));
        // A package may name itself among its dev-dependencies to switch a feature on for its tests.
        let imported: Vec<&str> = imported.filter(|other| names.contains(other) && *other != name).collect();
        if imported.contains(&TESTS) {
            faults.push(format!("{name} imports {TESTS}, which nobody may"));
        }
        if name == TESTS {
            continue;
        }
        match IMPORTS.iter().find(|(row, _)| *row == name) {
            None => faults.push(format!("{name} has no row in the table")),
            Some((_, allowed)) => faults.extend(
                imported
                    .iter()
                    .filter(|other| !allowed.contains(other))
                    .map(|other| format!("{name} imports {other}, which its row does not name")),
            ),
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn libraries_are_named_only_in_their_rooms() {
    let mut faults = Vec::new();
    let sources = sources();
    let modules = test_modules(&sources);
    for (path, text) in &sources {
        if is_test(path, &modules) {
            continue;
        }
        for (number, line) in text.lines().enumerate() {
            for (library, rooms) in ROOMS {
                if names(line, library) && !rooms.iter().any(|room| lies_in(path, room)) {
                    faults.push(format!("{path}:{}: {library} is named outside {}", number + 1, rooms.join(", ")));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_package_folder_belongs_to_the_workspace() {
    let metadata = metadata(&["--no-deps"]);
    let members = metadata["packages"].as_array().expect("packages").iter();
    let members: Vec<String> =
        members.map(|package| package["manifest_path"].as_str().expect("path").to_owned()).collect();
    let mut outside = Vec::new();
    for folder in ["", "crates", "adapters"] {
        for entry in std::fs::read_dir(root().join(folder)).expect("a folder is readable") {
            let manifest = entry.expect("a folder entry is readable").path().join("Cargo.toml");
            if manifest.exists() && !members.iter().any(|member| *member == manifest.to_string_lossy()) {
                outside.push(manifest);
            }
        }
    }
    assert!(outside.is_empty(), "not members of the workspace: {outside:?}");
}

#[test]
fn a_module_is_a_test_only_where_it_is_declared_as_one() {
    let file = |path: &str, text: &str| (path.to_owned(), text.to_owned());
    let modules = test_modules(&[
        file("broker/src/lib.rs", "pub mod shipped;\n#[cfg(test)]\nmod tests;\n"),
        file("broker/src/storage/sqlite.rs", "#[cfg(test)]\npub(crate) mod killed;\nmod codes;\n"),
    ]);
    let check = |path: &str, expected: bool| assert_eq!(is_test(path, &modules), expected, "{path}");
    check("broker/src/tests.rs", true);
    check("broker/src/storage/sqlite/killed.rs", true);
    check("broker/src/storage/sqlite/killed/child.rs", true);
    check("broker/tests/it/main.rs", true);
    check("broker/src/shipped.rs", false);
    check("broker/src/storage/sqlite/codes.rs", false);
    check("broker/src/contests.rs", false);
}

#[test]
fn a_library_is_recognized_where_it_is_named_and_nowhere_else() {
    let check = |line: &str, library: &str, expected: bool| assert_eq!(names(line, library), expected, "{line}");
    check("use axum::Router;", "axum", true);
    check("pub use axum;", "axum", true);
    check("use ::axum::Router;", "axum", true);
    check("fn f(state: axum::extract::State<App>) {}", "axum", true);
    check("let home = std::env::temp_dir();", "std::env", true);
    check("use std::env;", "std::env", true);
    check("use std::{env, fs};", "std::env", true);
    check("use axum_extra::Form;", "axum", false);
    check("// axum::Router is built elsewhere", "axum", false);
    check("/// See axum::Router.", "axum", false);
    check("let filter = \"sqlx=warn\";", "sqlx", false);
    check("let path = std::environment::of();", "std::env", false);
}

/// Tests may name what they need to play the other side; examples ship nowhere.
pub(crate) fn is_test(path: &str, modules: &[String]) -> bool {
    path.starts_with("tests/")
        || path.contains("/tests/")
        || path.contains("/examples/")
        || modules.iter().any(|module| path == format!("{module}.rs") || path.starts_with(&format!("{module}/")))
}

/// Modules that exist only in tests, as paths without ending: those declared under `#[cfg(test)]`.
pub(crate) fn test_modules(sources: &[(String, String)]) -> Vec<String> {
    let mut found = Vec::new();
    for (path, text) in sources {
        let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
        let own = match file {
            "mod.rs" | "lib.rs" | "main.rs" => folder.to_owned(),
            file => format!("{folder}/{}", file.trim_end_matches(".rs")),
        };
        let mut lines = text.lines().map(str::trim).filter(|line| !line.starts_with("//"));
        while let Some(line) = lines.next() {
            if line == "#[cfg(test)]"
                && let Some(name) = lines.next().and_then(|next| next.split("mod ").nth(1)?.strip_suffix(';'))
            {
                found.push(format!("{own}/{name}"));
            }
        }
    }
    found
}

fn lies_in(path: &str, room: &str) -> bool {
    match room.strip_prefix('*') {
        Some(rest) if rest.ends_with('/') => path.contains(rest),
        Some(rest) => path.ends_with(rest),
        None => path.starts_with(room),
    }
}

/// Whether a line of code names `library`: as the head of a path, or imported whole. Comments do not count.
pub(crate) fn names(line: &str, library: &str) -> bool {
    let code = line.split("//").next().unwrap_or_default();
    if library == "std::env" && code.contains("std::{") && code.split(['{', ',', '}', ' ']).any(|word| word == "env") {
        return true;
    }
    let word = |letter: char| letter.is_alphanumeric() || letter == '_';
    code.match_indices(library).any(|(start, _)| {
        let before = &code[..start];
        let after = code[start + library.len()..].trim_start();
        // A path goes on with `::`; a whole import ends, or is renamed.
        let imported = before.trim_end().ends_with("use") && (after.starts_with(';') || after.starts_with("as "));
        !before.ends_with(word) && (after.starts_with("::") || imported)
    })
}
