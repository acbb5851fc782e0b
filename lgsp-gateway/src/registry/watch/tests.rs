use std::{fs, os::unix::fs::MetadataExt, path::Path};

use clock::fixed::FixedClock;
use tracing::Level;

use super::*;
use crate::{
    logged::Logged,
    registry::tested::{adapters, change, changed, monday, policies},
};

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
fn what_is_no_file_is_a_fault_and_is_not_read() {
    let world = world();
    let before = world.version();
    let pipe = world.dir.path().join("agreements/ong.toml");
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, mode, 0).unwrap();
    std::os::unix::fs::symlink("/dev/zero", world.dir.path().join("services/khong.toml")).unwrap();
    assert_eq!(world.look_twice(), Looked::Kept);
    let faults = world.watch.status().faults;
    for name in ["agreements/ong.toml", "services/khong.toml"] {
        let told = |fault: &&String| fault.contains(name) && fault.contains("it is no regular file");
        assert!(faults.iter().any(|fault| told(&fault)), "{name}: {faults:?}");
    }
    assert_eq!((world.version(), faults.len()), (before, 2));
}

#[test]
fn a_link_to_nowhere_is_a_fault_only_where_it_would_be_read() {
    let world = world();
    let link = |name: &str| std::os::unix::fs::symlink("nowhere", world.dir.path().join(name)).unwrap();
    link("agreements/cu.bak");
    assert_eq!(world.look_twice(), Looked::Same);
    link("agreements/moi.toml");
    assert_eq!(world.look_twice(), Looked::Kept);
    let faults = world.watch.status().faults;
    assert!(faults.len() == 1 && faults[0].contains("agreements/moi.toml"), "{faults:?}");
    world.write("agreements/nowhere", "");
    assert_eq!(world.look_twice(), Looked::Swapped);
}

#[test]
fn how_it_stands_is_told_also_while_a_look_does_not_come_to_its_end() {
    let world = world();
    let _look = world.watch.looking.lock().unwrap();
    assert!(world.watch.ready().is_ok() && world.watch.unread().is_empty());
}

/// A registry whose contract, certificate and signature key lie in another folder.
fn world_with_files_elsewhere() -> (World, tempfile::TempDir) {
    const MEMBER: &str = "members/000.00.15.H19.toml";
    const SERVICES: &str = "services/dan-cu.toml";
    let elsewhere = tempfile::tempdir().unwrap();
    let at = |name: &str| elsewhere.path().join(name).display().to_string();
    let dir = changed(SERVICES, "openapi = \"xac-thuc", &format!("openapi = \"{}", at("xac-thuc")));
    fs::rename(dir.path().join("services/xac-thuc.openapi.json"), at("xac-thuc.openapi.json")).unwrap();
    let text = fs::read_to_string(dir.path().join(MEMBER)).unwrap();
    let (head, key) = text.split_once("pem = \"\"\"\n").unwrap();
    let (key, rest) = key.split_once("\"\"\"").unwrap();
    fs::write(at("mot-cua.pub"), key).unwrap();
    fs::write(dir.path().join(MEMBER), format!("{head}file = \"{}\"{rest}", at("mot-cua.pub"))).unwrap();
    fs::write(at("mot-cua.pem"), certificate("one")).unwrap();
    change(dir.path(), MEMBER, "# certificate_files = [\"certificates/", &format!("certificate_files = [\"{}", at("")));
    let clock = Arc::new(FixedClock::at(monday()));
    let shared = Arc::clone(&clock) as Arc<dyn Clock>;
    let watch = Watch::start(dir.path().to_owned(), DAY * 3, policies(), shared, adapters());
    (World { dir, clock, watch: watch.unwrap() }, elsewhere)
}

/// A certificate of a key of its own.
fn certificate(name: &str) -> String {
    use certs::authority::{Authority, KeyKind, Leaf, Usage};
    let (from, to) = (monday().minus(DAY), monday().plus(DAY * 365));
    let leaf = Leaf {
        name,
        organization: None,
        usages: &[Usage::Client],
        dns: &[],
        ips: &[],
        not_before: from,
        not_after: to,
    };
    Authority::create("authority", from, to).unwrap().issue(&leaf, KeyKind::Ed25519).unwrap().chain_pem
}

#[test]
fn a_file_that_is_not_read_is_told_once() {
    let world = world();
    assert_eq!(world.watch.unread(), [""; 0].map(std::path::PathBuf::from));
    Logged::listen(|logged| {
        world.write("agreements/x.tml", "");
        assert_eq!(world.look_twice(), Looked::Same);
        assert_eq!(logged.count(Level::WARN), 1);
        world.write("agencies.toml.orig", "");
        assert_eq!(world.look_twice(), Looked::Same);
        assert_eq!(logged.count(Level::WARN), 1);
        assert_eq!(world.watch.unread().len(), 2);
    });
}

#[test]
fn a_file_that_an_entry_names_is_watched_wherever_it_lies() {
    let (world, elsewhere) = world_with_files_elsewhere();
    assert_eq!(world.watch.look(), Looked::Unchanged);
    let contract = fs::read_to_string(elsewhere.path().join("xac-thuc.openapi.json")).unwrap();
    for (name, text) in [
        ("xac-thuc.openapi.json", contract.replacen("Kết quả", "Kết quả đối chiếu", 1)),
        ("mot-cua.pub", format!("{}\n", crate::registry::tested::OTHER_KEY)),
        ("mot-cua.pem", certificate("two")),
    ] {
        let (path, before) = (elsewhere.path().join(name), world.version());
        let kept = fs::read(&path).unwrap();
        fs::write(&path, &text).unwrap();
        assert_eq!((world.look_twice(), world.version() != before), (Looked::Swapped, true), "{name}");
        assert_eq!(world.watch.look(), Looked::Unchanged, "{name}");
        // One that is gone, or wrong, keeps the last good state; one that comes back is seen.
        fs::remove_file(&path).unwrap();
        assert_eq!(world.look_twice(), Looked::Kept, "{name}");
        fs::write(&path, "wrong").unwrap();
        assert_eq!(world.look_twice(), Looked::Kept, "{name}");
        fs::write(&path, kept).unwrap();
        assert_eq!((world.look_twice(), world.version() == before), (Looked::Swapped, true), "{name}");
    }
}

#[test]
fn a_change_that_keeps_size_and_time_of_a_file_is_seen() {
    let world = world();
    let path = world.dir.path().join("agencies.toml");
    let (text, modified) = (fs::read_to_string(&path).unwrap(), fs::metadata(&path).unwrap().modified().unwrap());
    let changed = || fs::metadata(&path).map(|file| (file.ctime(), file.ctime_nsec())).unwrap();
    let before = changed();
    // The system's own time goes in steps of a few milliseconds.
    while changed() == before {
        fs::write(&path, text.replacen("Bộ Công an", "Bộ Công ab", 1)).unwrap();
        fs::File::options().write(true).open(&path).unwrap().set_modified(modified).unwrap();
    }
    assert_eq!(world.look_twice(), Looked::Swapped);
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
    Logged::listen(|logged| {
        let world = world();
        world.write("mappings/bad.toml", "[[mapping]]\nnope = 1\n");
        world.look_twice();
        assert!(logged.count(Level::ERROR) > 0);
        for _ in 0..5 {
            world.watch.look();
        }
        assert_eq!(logged.count(Level::ERROR), 0);
        world.write("mappings/bad.toml", "[[mapping]]\nnope = 1\nmore = 2\n");
        world.look_twice();
        assert_eq!(logged.count(Level::ERROR), 1, "only the new fault");
    });
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
fn a_fault_of_the_moment_does_not_outlive_it() {
    let world = world();
    let before = world.version();
    let file = world.dir.path().join("agencies.toml");
    let good = fs::read_to_string(&file).unwrap();
    // Something reads as wrong once, and nothing in the folder changes afterwards that anybody could see.
    change(world.dir.path(), "agencies.toml", "[[agency]]", "[[agencx]]");
    assert_eq!(world.look_twice(), Looked::Kept);
    {
        let mut looking = world.watch.looking.lock().unwrap();
        fs::write(&file, good).unwrap();
        looking.read = load::fingerprint(world.dir.path()).ok().map(|folder| folder.and_now(&looking.files));
        looking.seen = looking.read.clone();
    }
    assert_eq!(world.watch.look(), Looked::Unchanged);
    assert!(!world.watch.status().faults.is_empty());
    world.clock.advance(AGAIN);
    assert_eq!(world.watch.look(), Looked::Same);
    assert_eq!(
        (world.version(), world.watch.status().faults.len(), world.watch.status().age),
        (before, 0, Duration::ZERO)
    );
}

#[test]
fn a_clock_that_was_set_back_makes_no_state_young() {
    let world = world();
    world.clock.advance(DAY);
    assert_eq!(world.watch.look(), Looked::Unchanged);
    let day = monday();
    world.clock.set(day);
    assert!(world.watch.status().expired);
    assert_eq!(world.watch.look(), Looked::Unchanged);
    assert!(!world.watch.status().expired);
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
