//! Is there room for the log? At 70 and 85 percent of the disk a warning, from a set share on no new call.

use std::{
    fmt,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU8, Ordering},
    },
};

/// The shares, in percent, at which a warning is given.
const WARN: [u8; 2] = [70, 85];

/// The disk of an embedded log.
#[derive(Clone)]
pub struct Disk {
    /// How full it is, in percent; `None` when that cannot be known now.
    gauge: Arc<dyn Fn() -> Option<u8> + Send + Sync>,
    /// The share, in percent, from which no new call is taken.
    full: u8,
}

impl fmt::Debug for Disk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Disk(full at {} %)", self.full)
    }
}

impl Disk {
    /// The disk on which this folder lies; full from this share on, in percent.
    #[must_use]
    pub fn of(folder: PathBuf, full: u8) -> Self {
        let gauge = move || {
            let disk = rustix::fs::statvfs(&folder).ok()?;
            let used = u128::from(disk.f_blocks).checked_sub(u128::from(disk.f_bfree))?;
            // As `df` tells it: what only the administrator may use counts neither as used nor as room.
            let ours = used.checked_add(u128::from(disk.f_bavail))?;
            u8::try_from(used.checked_mul(100)?.div_ceil(ours.max(1))).ok()
        };
        Self { gauge: Arc::new(gauge), full }
    }

    /// How full it is now, in percent.
    #[must_use]
    pub fn used(&self) -> Option<u8> {
        (self.gauge)()
    }

    /// A disk that is as full as `gauge` says, in percent.
    #[must_use]
    pub fn with(gauge: impl Fn() -> Option<u8> + Send + Sync + 'static, full: u8) -> Self {
        Self { gauge: Arc::new(gauge), full }
    }
}

/// The disk as it was when it was last looked at.
#[derive(Clone)]
pub(super) struct Watch {
    disk: Option<Disk>,
    used: Arc<AtomicU8>,
    /// Whether it was said that it cannot be told.
    unknown: Arc<AtomicBool>,
}

impl Watch {
    pub(super) fn of(disk: Option<Disk>) -> Self {
        let watch = Self { disk, used: Arc::default(), unknown: Arc::default() };
        watch.look();
        watch
    }

    /// Looks again, and warns when a share was passed since. What cannot be told changes nothing.
    pub(super) fn look(&self) {
        let Some(disk) = &self.disk else { return };
        let Some(used) = disk.used() else {
            if !self.unknown.swap(true, Ordering::Relaxed) {
                tracing::warn!("it cannot be told how full the disk of the message log is");
            }
            return;
        };
        self.unknown.store(false, Ordering::Relaxed);
        let before = self.used.swap(used, Ordering::Relaxed);
        let passed = |share: u8| before < share && used >= share;
        if passed(disk.full) {
            tracing::error!(used_percent = used, "the disk of the message log is full: no new call is taken");
        } else if WARN.into_iter().any(passed) {
            tracing::warn!(used_percent = used, "the disk of the message log is filling up");
        }
    }

    /// Whether new calls must be refused.
    pub(super) fn full(&self) -> bool {
        self.disk.as_ref().is_some_and(|disk| self.used.load(Ordering::Relaxed) >= disk.full)
    }
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;
    use crate::logged::Logged;

    #[test]
    fn at_70_and_85_percent_there_is_one_warning_and_from_95_on_no_new_call() {
        /// What the gauge says when it does not know.
        const UNKNOWN: u8 = u8::MAX;
        let gauge = Arc::new(AtomicU8::new(69));
        let read = Arc::clone(&gauge);
        let disk = Disk::with(move || Some(read.load(Ordering::SeqCst)).filter(|used| *used != UNKNOWN), 95);
        Logged::listen(|logged| {
            let watch = Watch::of(Some(disk));
            for (used, said, full) in [
                (69, None, false),
                (70, Some(Level::WARN), false),
                (70, None, false),
                (84, None, false),
                (85, Some(Level::WARN), false),
                (94, None, false),
                (UNKNOWN, Some(Level::WARN), false),
                (UNKNOWN, None, false),
                (95, Some(Level::ERROR), true),
                (100, None, true),
                (UNKNOWN, Some(Level::WARN), true),
                (94, None, false),
                (95, Some(Level::ERROR), true),
                (60, None, false),
                (90, Some(Level::WARN), false),
            ] {
                gauge.store(used, Ordering::SeqCst);
                watch.look();
                assert_eq!((logged.take(), watch.full()), (said.into_iter().collect(), full), "{used} %");
            }
        });
    }

    #[test]
    fn a_disk_that_is_full_at_the_start_takes_no_call_at_once() {
        assert!(Watch::of(Some(Disk::with(|| Some(95), 95))).full());
        assert!(!Watch::of(None).full());
    }
}
