//! A registration to start from, and a policy folder to spoil.

use std::{fs, path::Path};

use policies::ClientFacts;
use serde_json::{Map, Value};
use tempfile::TempDir;

/// The folder of this package.
pub fn package() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub fn json(path: &Path) -> Value {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// `cases/client.json` with some fields replaced.
pub fn client(changes: &Map<String, Value>) -> ClientFacts {
    let mut facts = json(&package().join("cases/client.json"));
    facts.as_object_mut().unwrap().extend(changes.clone());
    serde_json::from_value(facts).unwrap()
}

/// A copy of the committed set that a test may change.
pub fn copy() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("broker")).unwrap();
    fs::copy(package().join("schema.cedarschema"), dir.path().join("schema.cedarschema")).unwrap();
    for entry in fs::read_dir(package().join("broker")).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, dir.path().join("broker").join(path.file_name().unwrap())).unwrap();
    }
    dir
}

/// The committed set with one more policy at the end of `broker/<file>`.
pub fn with(file: &str, policy: &str) -> TempDir {
    let dir = copy();
    let path = dir.path().join("broker").join(file);
    let text = fs::read_to_string(&path).unwrap_or_default();
    fs::write(path, format!("{text}\n{policy}\n")).unwrap();
    dir
}
