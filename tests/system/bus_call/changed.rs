//! The registry is data: a change of its files is in force within seconds, and a wrong file changes nothing.

use std::{fs, time::Duration};

use sandbox::province::Part;
use serde_json::Value;
use tokio::time::Instant;

use super::world::{Question, TRA_CUU, World, an, http};

/// Within this time a change must be in force.
const WITHIN: Duration = Duration::from_secs(5);

const AGREEMENTS: &str = "registry/agreements/mot-cua.toml";

impl World {
    /// Replaces a text of a file of the registry, as an operator would: by a finished copy.
    pub fn change(&self, file: &str, from: &str, to: &str) -> Instant {
        let path = self.folder().join(file);
        let text = fs::read_to_string(&path).expect("a file of the registry");
        assert!(text.contains(from), "{file} does not hold {from:?}");
        let copy = path.with_extension("toml.new");
        fs::write(&copy, text.replacen(from, to, 1)).expect("a copy");
        fs::rename(copy, path).expect("a changed file");
        Instant::now()
    }

    /// Calls until `seen` holds, which must be soon after `changed`.
    pub async fn soon(&self, changed: Instant, what: &str, seen: impl AsyncFn() -> bool) {
        while !seen().await {
            assert!(changed.elapsed() < WITHIN, "{what} is not in force after {WITHIN:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn operator(&self, path: &str) -> (u16, String) {
        let address = self.province.addresses().at(Part::GatewayOperator, path);
        let answer = http().get(address).send().await.expect("an answer");
        let status = answer.status().as_u16();
        (status, String::from_utf8_lossy(&answer.bytes().await.expect("a body")).into_owned())
    }

    /// The version and the number of faults that the metrics show.
    async fn registry(&self) -> (String, f64) {
        let (_, metrics) = self.operator("/metrics").await;
        let line = |name: &str| metrics.lines().find(|line| line.starts_with(name)).expect("a metric").to_owned();
        let version = line("gateway_registry_info").split('"').nth(1).expect("a version").to_owned();
        (version, line("gateway_registry_faults").rsplit(' ').next().expect("a value").parse().expect("a number"))
    }
}

#[tokio::test]
async fn what_an_agreement_no_longer_releases_is_withheld_within_five_seconds() {
    let world = World::start().await;
    let question = Question { service: TRA_CUU, ..world.question(an()) };
    let shows = async |field: &str| {
        let answer = world.answered(&question).await.to_string();
        answer.contains(&format!("\"{field}\""))
    };
    assert!(shows("GioiTinh").await);
    let (before, _) = world.registry().await;
    let changed = world.change(AGREEMENTS, "\"CongDan.GioiTinh\", ", "");
    world.soon(changed, "the agreement without a field", async || !shows("GioiTinh").await).await;
    assert!(shows("HoVaTen").await, "the rest stays");
    let (after, faults) = world.registry().await;
    assert!(before != after && faults == 0.0, "{before} {after} {faults}");

    let changed =
        world.change(AGREEMENTS, "id = \"mot-cua-tra-cuu\"", "id = \"mot-cua-tra-cuu\"\nvalid_to = \"2026-01-02\"");
    world.soon(changed, "the end of the agreement", async || world.ask(&question).await.is_err()).await;
    assert_eq!(world.refused(&question).await.code, "access-denied");
    world.answered(&world.question(an())).await;
}

#[tokio::test]
async fn a_wrong_file_changes_nothing_and_is_seen_by_operators() {
    let world = World::start().await;
    let question = world.question(an());
    world.answered(&question).await;
    let (before, _) = world.registry().await;
    let good = "release = [\"KetQua\"]";
    let changed = world.change(AGREEMENTS, good, "release = [\"KetQua\", \"KhongCo\"]");
    world.soon(changed, "the fault of the folder", async || world.registry().await.1 > 0.0).await;
    assert_eq!(world.registry().await.0, before, "the last good one is in use");
    world.answered(&question).await;
    let (status, ready) = world.operator("/ready").await;
    let ready: Value = serde_json::from_str(&ready).expect("JSON");
    let checks = ready["checks"].as_array().expect("checks").iter();
    let note = checks.clone().find(|check| check["name"] == "registry").expect("the registry")["note"].as_str();
    let note = note.expect("a note").to_owned();
    assert_eq!(status, 200, "{ready}");
    assert!(ready["checks"].as_array().expect("checks").iter().any(|check| check["name"] == "replay_store"), "{ready}");
    assert!(note.contains(&before) && note.contains("last confirmed") && note.contains("KhongCo"), "{note}");

    let changed = world.change(AGREEMENTS, "release = [\"KetQua\", \"KhongCo\"]", good);
    world.soon(changed, "the mended file", async || world.registry().await.1 == 0.0).await;
    assert_eq!(world.registry().await.0, before);
    world.answered(&question).await;
}

#[tokio::test]
async fn a_secret_towards_a_register_is_renewed_while_the_gateway_runs() {
    let world = World::start().await;
    let question = world.question(an());
    world.answered(&question).await;
    let path = world.folder().join("secrets/dan-cu-api.secret");
    let good = fs::read_to_string(&path).unwrap();
    // Written in place: the file stays one that only its owner may read.
    fs::write(&path, "another-key").unwrap();
    let refused = async || world.ask(&question).await.is_err();
    world.soon(Instant::now(), "the new secret", refused).await;
    let refusal = world.refused(&question).await;
    assert_eq!((refusal.code.as_str(), refusal.origin.as_str()), ("provider-refused", "gateway"));
    fs::write(&path, good).unwrap();
    world.soon(Instant::now(), "the old secret", async || !refused().await).await;
}
