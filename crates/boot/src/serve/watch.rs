//! What is a connection doing just now? Noted by its stream and its service, read by the timer that ends it.

use super::framing::Ambiguity;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicUsize, Ordering::Relaxed};

/// As many bytes taken by the peer are progress. Fewer within the time to rest are not: who takes an answer drop by drop
/// holds a place and the answer's memory.
const PROGRESS: usize = 64 * 1024;

/// What a connection is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Nothing of a next request has come.
    Idle,
    /// A request head has begun and is not complete.
    Head,
    /// A request is being answered, or its answer is being made.
    Busy,
}

const IDLE: u8 = 0;
const HEAD: u8 = 1;
const BUSY: u8 = 2;

const LINE_FEED: u8 = 1;
const TWO_FRAMINGS: u8 = 2;
const FRAGMENT: u8 = 3;
const LENGTH: u8 = 4;

/// The phase of one connection. All of it happens in one task, so no ordering between the fields is needed; they are
/// atomics because a task may move between threads.
#[derive(Debug, Default)]
pub(super) struct Watch {
    phase: AtomicU8,
    changes: AtomicU32,
    draining: AtomicBool,
    peer_finished: AtomicBool,
    more: AtomicBool,
    unsent: AtomicBool,
    written: AtomicUsize,
    ambiguity: AtomicU8,
    holds_back: AtomicBool,
}

impl Watch {
    pub(super) fn phase(&self) -> Phase {
        match self.phase.load(Relaxed) {
            IDLE => Phase::Idle,
            HEAD => Phase::Head,
            _ => Phase::Busy,
        }
    }

    /// A number that differs after every change of phase, and when the peer took much of an answer, or all of it.
    pub(super) fn changes(&self) -> u32 {
        self.changes.load(Relaxed)
    }

    /// Whether the next answer is the last one.
    pub(super) fn draining(&self) -> bool {
        self.draining.load(Relaxed)
    }

    pub(super) fn drain_began(&self) {
        self.draining.store(true, Relaxed);
    }

    /// Something of a body is still to come, or of what follows it has come already.
    pub(super) fn more_is_under_way(&self) {
        self.more.store(true, Relaxed);
    }

    /// All that has come was given to hyper, to the end of a message or of a piece of its head.
    pub(super) fn nothing_is_under_way(&self) {
        self.more.store(false, Relaxed);
    }

    /// Whether the peer may still be sending what nobody will read.
    pub(super) fn more_may_come(&self) -> bool {
        self.more.load(Relaxed) && !self.peer_finished.load(Relaxed)
    }

    /// Something of a head has come.
    pub(super) fn head_began(&self) {
        if self.phase.load(Relaxed) == IDLE {
            self.enter(HEAD);
        }
    }

    /// Why a head was not given to hyper; the connection must end.
    pub(super) fn ambiguity(&self) -> Option<Ambiguity> {
        match self.ambiguity.load(Relaxed) {
            LINE_FEED => Some(Ambiguity::LineFeed),
            TWO_FRAMINGS => Some(Ambiguity::TwoFramings),
            FRAGMENT => Some(Ambiguity::Fragment),
            LENGTH => Some(Ambiguity::Length),
            _ => None,
        }
    }

    pub(super) fn found_ambiguous(&self, ambiguity: Ambiguity) {
        let found = match ambiguity {
            Ambiguity::LineFeed => LINE_FEED,
            Ambiguity::TwoFramings => TWO_FRAMINGS,
            Ambiguity::Fragment => FRAGMENT,
            Ambiguity::Length => LENGTH,
        };
        self.ambiguity.store(found, Relaxed);
    }

    /// The stream has something of the next message, and gave nothing because of the present one.
    pub(super) fn holds_back(&self) {
        self.holds_back.store(true, Relaxed);
    }

    /// Whether the next message may begin: the one before is answered, and its answer is on its way.
    pub(super) fn may_begin(&self) -> bool {
        self.phase() == Phase::Idle && !self.unsent()
    }

    /// Whether the stream is to be asked again: it held something back, and the next message may begin. Said once.
    pub(super) fn may_go_on(&self) -> bool {
        let may = self.may_begin() && self.holds_back.load(Relaxed);
        if may {
            self.holds_back.store(false, Relaxed);
        }
        may
    }

    pub(super) fn peer_finished(&self) {
        self.peer_finished.store(true, Relaxed);
    }

    pub(super) fn request_began(&self) {
        self.enter(BUSY);
    }

    /// Whether bytes of an answer wait for the peer to take them.
    pub(super) fn unsent(&self) -> bool {
        self.unsent.load(Relaxed)
    }

    pub(super) fn writing(&self) {
        self.unsent.store(true, Relaxed);
    }

    pub(super) fn wrote(&self, bytes: usize) {
        let written = self.written.load(Relaxed).saturating_add(bytes);
        if written < PROGRESS {
            self.written.store(written, Relaxed);
        } else {
            self.written.store(0, Relaxed);
            self.changed();
        }
    }

    pub(super) fn flushed(&self) {
        if self.unsent() {
            self.unsent.store(false, Relaxed);
            self.changed();
        }
    }

    /// The body of the answer was made to its end, or dropped.
    pub(super) fn request_answered(&self) {
        self.enter(IDLE);
    }

    fn enter(&self, phase: u8) {
        self.phase.store(phase, Relaxed);
        self.changed();
    }

    fn changed(&self) {
        // A plain add of one task's own counter: cheaper than an atomic increment, and nobody else writes.
        self.changes.store(self.changes.load(Relaxed).wrapping_add(1), Relaxed);
    }
}
