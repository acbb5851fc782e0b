//! What cargo and the file system say about this workspace. Shared by the tests that hold it to its own rules.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// The root of the workspace.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ lies in the root").to_path_buf()
}

/// What cargo prints when asked with `arguments` about the committed lock file.
pub fn cargo(arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO"));
    let output = command.args(arguments).arg("--locked").current_dir(root()).output().expect("cargo runs");
    assert!(output.status.success(), "cargo {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("cargo prints UTF-8")
}

/// `cargo metadata`, with `extra` arguments.
pub fn metadata(extra: &[&str]) -> Value {
    let text = cargo(&[&["metadata", "--format-version", "1"], extra].concat());
    serde_json::from_str(&text).expect("cargo metadata is JSON")
}

/// Every Rust source of the workspace, by its path from the root, in order.
pub fn sources() -> Vec<(String, String)> {
    let root = root();
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder is readable") {
            let path = entry.expect("a folder entry is readable").path();
            let name = path.file_name().expect("an entry has a name").to_string_lossy().into_owned();
            if path.is_dir() {
                if !name.starts_with('.') && name != "target" && name != "node_modules" {
                    folders.push(path);
                }
            } else if name.ends_with(".rs") {
                let relative = path.strip_prefix(&root).expect("below the root").to_string_lossy().replace('\\', "/");
                found.push((relative, std::fs::read_to_string(&path).expect("a source is readable")));
            }
        }
    }
    found.sort();
    found
}
