//! The example registry for tests of the rooms that read one.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, LazyLock},
};

use clock::{Timestamp, fixed::FixedClock};
use policies::CallPolicies;

use super::{Snapshot, load, moment};

pub(crate) const CLIENT: &str = "VN/GOV/000.00.15.H19/mot-cua";
pub(crate) const POPULATION: &str = "VN/GOV/000.00.00.G01/dancu/XacThucThongTinCongDan";
pub(crate) const CATALOGUE: &str = "VN/GOV/000.00.00.H19/danh-muc/DanhMuc";
pub(crate) const KEY: &str = "3b6c1f0e2a9d48c75b1e0f64d2a87c935e410fb67d8c29a1e3f5b0d4c6728190";

/// A key of nobody.
pub(crate) const OTHER_KEY: &str = "-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
-----END PUBLIC KEY-----";

static POLICIES: LazyLock<Arc<CallPolicies>> = LazyLock::new(|| Arc::new(CallPolicies::load().unwrap()));

pub(crate) fn policies() -> Arc<CallPolicies> {
    Arc::clone(&POLICIES)
}

/// A Monday morning in Vietnam.
pub(crate) fn monday() -> Timestamp {
    moment("2026-11-23T09:00:00+07:00").unwrap()
}

pub(crate) fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("registry.example")
}

pub(crate) fn adapters() -> BTreeSet<String> {
    ["dan-cu", "danh-muc"].map(str::to_owned).into()
}

/// A copy of the example with some text replaced in one file; where there is nothing to replace, it is added at the end.
pub(crate) fn changed(file: &str, from: &str, to: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    copy(&example(), dir.path());
    change(dir.path(), file, from, to);
    dir
}

pub(crate) fn change(dir: &Path, file: &str, from: &str, to: &str) {
    let path = dir.join(file);
    let text = fs::read_to_string(&path).unwrap_or_default();
    assert!(text.contains(from), "{file} does not hold {from:?}");
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, if from.is_empty() { format!("{text}\n{to}") } else { text.replacen(from, to, 1) }).unwrap();
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

/// The example with changes of its files.
pub(crate) fn snapshot(changes: &[(&str, &str, &str)]) -> Arc<Snapshot> {
    let dir = tempfile::tempdir().unwrap();
    copy(&example(), dir.path());
    for (file, from, to) in changes {
        change(dir.path(), file, from, to);
    }
    let found = load::read(dir.path(), &policies(), &FixedClock::at(monday()), &adapters());
    Arc::new(found.outcome.unwrap_or_else(|faults| panic!("{faults:#?}")))
}
