use std::{fs, path::Path};

use clock::fixed::FixedClock;

use super::*;
use crate::registry::tested::{adapters, change, changed, monday, policies};

const DAY: Duration = Duration::from_secs(86_400);

struct World {
    dir: tempfile::TempDir,
    clock: Arc<FixedClock>,
    watch: Watch,
}

fn world() -> World {
    let dir = changed("agencies.toml", "", "");
    let clock = Arc::new(FixedClock::at(monday()));
    let shared = Arc::clone(&clock) as Arc<dyn Clock>;
    let watch = Watch::start(dir.path().to_owned(), DAY * 3, policies(), shared, adapters()).unwrap();
    World { dir, clock, watch }
}

impl World {
    fn write(&self, file: &str, text: &str) {
        fs::write(self.dir.path().join(file), text).unwrap();
    }

    fn version(&self) -> Arc<str> {
        Arc::clone(&self.watch.live().get().version)
    }

    /// A change is seen at one look and read at the next.
    fn look_twice(&self) -> Looked {
        assert_eq!(self.watch.look(), Looked::Settling);
        self.watch.look()
    }
}

#[test]
fn an_unchanged_folder_stays_in_use_and_stays_fresh() {
    let world = world();
    let before = world.version();
    world.clock.advance(DAY);
    assert_eq!(world.watch.status().age, DAY);
    assert_eq!(world.watch.look(), Looked::Unchanged);
    assert_eq!((world.version(), world.watch.status().age), (before, Duration::ZERO));
}

#[test]
fn a_change_is_in_use_after_two_looks() {
    let world = world();
    let before = world.watch.live().get();
    change(world.dir.path(), "agencies.toml", "Bộ Công an", "Bộ Công an Việt Nam");
    assert_eq!(world.look_twice(), Looked::Swapped);
    let after = world.watch.live().get();
    assert_ne!(before.version, after.version);
    assert!(before.agencies.values().any(|agency| agency.name == "Bộ Công an"), "a call under way keeps its own");
    assert_eq!(world.watch.status().loads, 2);
}

#[test]
fn what_is_still_being_written_is_not_read() {
    let world = world();
    for number in 0..5 {
        world.write("mappings/more.toml", &"# half\n".repeat(number + 1));
        assert_eq!(world.watch.look(), Looked::Settling);
    }
    assert_eq!(world.watch.look(), Looked::Swapped);
}

#[test]
fn a_wrong_folder_changes_nothing_and_is_reported_once() {
    let world = world();
    let before = world.version();
    world.write("mappings/bad.toml", "[[mapping]]\nnope = 1\n");
    assert_eq!(world.look_twice(), Looked::Kept);
    let faults = world.watch.status().faults;
    assert!(faults.iter().any(|fault| fault.contains("bad.toml:2") && fault.contains("nope")), "{faults:?}");
    assert_eq!(world.watch.look(), Looked::Unchanged, "the same wrong files are not read again");
    assert_eq!((world.version(), world.watch.status().failures), (before.clone(), 2));
    assert!(world.watch.ready().is_ok(), "the last good state is in use");
    fs::remove_file(world.dir.path().join("mappings/bad.toml")).unwrap();
    assert_eq!(world.look_twice(), Looked::Same);
    assert_eq!((world.version(), world.watch.status().faults), (before, Vec::new()));
}

#[test]
fn a_fault_is_one_line_of_the_log_however_often_it_is_seen() {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let subscriber = Lines(Arc::clone(&lines));
    tracing::subscriber::with_default(subscriber, || {
        let world = world();
        world.write("mappings/bad.toml", "[[mapping]]\nnope = 1\n");
        world.look_twice();
        let first = lines.lock().unwrap().len();
        assert!(first > 0);
        for _ in 0..5 {
            world.watch.look();
        }
        assert_eq!(lines.lock().unwrap().len(), first);
        world.write("mappings/bad.toml", "[[mapping]]\nnope = 1\nmore = 2\n");
        world.look_twice();
        assert_eq!(lines.lock().unwrap().len(), first + 1, "only the new fault");
    });
}

/// Keeps the errors that are logged.
struct Lines(Arc<Mutex<Vec<()>>>);

impl tracing::Subscriber for Lines {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        *metadata.level() == tracing::Level::ERROR && metadata.target().contains("registry")
    }
    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }
    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}
    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}
    fn event(&self, _: &tracing::Event<'_>) {
        self.0.lock().unwrap().push(());
    }
    fn enter(&self, _: &tracing::span::Id) {}
    fn exit(&self, _: &tracing::span::Id) {}
}

#[test]
fn a_folder_that_is_gone_is_borne_until_the_last_good_state_is_too_old() {
    let world = world();
    let registry = world.watch.live().get();
    let moved = world.dir.path().with_extension("moved");
    fs::rename(world.dir.path(), &moved).unwrap();
    assert_eq!(world.watch.look(), Looked::Kept);
    world.clock.advance(DAY * 3);
    assert_eq!(world.watch.look(), Looked::Kept);
    assert!(!registry.freshness.expired(world.clock.now()) && world.watch.ready().is_ok());
    world.clock.advance(Duration::from_secs(1));
    assert!(registry.freshness.expired(world.clock.now()), "also when nobody looks any more");
    let fault = world.watch.ready().unwrap_err();
    assert!(fault.contains("cannot be read"), "{fault}");
    fs::rename(&moved, world.dir.path()).unwrap();
    assert_eq!(world.look_twice(), Looked::Same);
    assert!(world.watch.ready().is_ok() && !registry.freshness.expired(world.clock.now()));
}

#[test]
fn a_wrong_folder_ages_too() {
    let world = world();
    world.write("mappings/bad.toml", "[[mapping]\n");
    world.look_twice();
    world.clock.advance(DAY * 3 + Duration::from_secs(1));
    world.watch.look();
    assert!(world.watch.status().expired, "what the folder says has not been known for too long");
}

#[test]
fn a_gateway_does_not_start_without_a_registry() {
    let start = |dir: &Path| {
        let clock: Arc<dyn Clock> = Arc::new(FixedClock::at(monday()));
        Watch::start(dir.to_owned(), DAY, policies(), clock, adapters())
    };
    let dir = tempfile::tempdir().unwrap();
    assert!(start(&dir.path().join("nope")).is_err());
    let bad = changed("agencies.toml", "name = \"Bộ Công an\"", "");
    assert!(start(bad.path()).is_err());
}

#[tokio::test]
async fn the_loop_swaps_by_itself() {
    let world = world();
    let before = world.version();
    let watch = Arc::new(world.watch);
    let live = watch.live().clone();
    let running = tokio::spawn(Arc::clone(&watch).run(Duration::from_millis(2)));
    change(world.dir.path(), "agencies.toml", "Bộ Công an", "Bộ Công an Việt Nam");
    let swapped = async {
        while live.get().version == before {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), swapped).await.unwrap();
    running.abort();
}
