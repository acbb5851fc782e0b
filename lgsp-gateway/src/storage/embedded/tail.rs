//! What stands in the journal and not yet in the database, in memory too: whoever reads the log finds it here.

use std::{collections::VecDeque, sync::Arc};

use super::{frame::Piece, pen::Left};

/// The end of the log.
#[derive(Debug, Default)]
pub(super) struct Tail {
    pieces: VecDeque<Arc<Piece>>,
    bytes: usize,
    /// To which index the database reaches.
    moved_to: u64,
}

impl Tail {
    /// The end of a log whose database reaches to `moved_to`: of what was left in the journal, what is behind it. `None` when a
    /// piece is missing between them, or was flushed once and is not there.
    pub(super) fn of(left: Left, moved_to: u64) -> Option<Self> {
        let mut tail = Self { moved_to, ..Self::default() };
        for piece in left.pieces {
            if piece.end() > tail.end() {
                if piece.batch.first != tail.end() {
                    return None;
                }
                tail.push(Arc::new(piece));
            }
        }
        (tail.end() >= left.flushed_to).then_some(tail)
    }

    /// Index after the last entry of the log.
    pub(super) fn end(&self) -> u64 {
        self.pieces.back().map_or(self.moved_to, |piece| piece.end())
    }

    /// To which index the database reaches.
    pub(super) const fn moved_to(&self) -> u64 {
        self.moved_to
    }

    /// How much it takes, in bytes.
    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// The state after the last piece.
    pub(super) fn head(&self) -> Option<&[u8]> {
        self.pieces.back().map(|piece| piece.head.as_slice())
    }

    pub(super) fn push(&mut self, piece: Arc<Piece>) {
        self.bytes = self.bytes.saturating_add(piece.bytes());
        self.pieces.push_back(piece);
    }

    /// The first pieces, of at least `most` bytes together when there are as many.
    pub(super) fn first(&self, most: usize) -> Vec<Arc<Piece>> {
        let mut bytes = 0;
        let taken = self.pieces.iter().take_while(|piece| {
            let before = bytes;
            bytes += piece.bytes();
            before < most
        });
        taken.cloned().collect()
    }

    /// Lets go of what has moved into the database, which reaches to `moved_to` now.
    pub(super) fn moved(&mut self, moved_to: u64) {
        self.moved_to = self.moved_to.max(moved_to);
        while let Some(piece) = self.pieces.pop_front_if(|piece| piece.end() <= moved_to) {
            self.bytes = self.bytes.saturating_sub(piece.bytes());
        }
    }

    /// Pieces from the one that holds entry `index` on, until there are `most_bytes` of entries.
    pub(super) fn read(&self, index: u64, most_bytes: usize) -> Vec<Arc<Piece>> {
        let mut bytes = 0;
        let wanted = self.pieces.iter().skip_while(|piece| piece.end() <= index).take_while(|piece| {
            let before = bytes;
            bytes += piece.batch.entries.len();
            before < most_bytes
        });
        wanted.cloned().collect()
    }

    /// Index of the first entry of the first batch whose latest entry is not before this time.
    pub(super) fn first_at(&self, millis: u64) -> Option<u64> {
        self.pieces.iter().find(|piece| piece.batch.until >= millis).map(|piece| piece.batch.first)
    }
}
