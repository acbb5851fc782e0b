//! The two files of the journal, written in turn: one is written while what stands in the other moves into the database,
//! and a file is written from its beginning again once the database keeps everything in it past the loss of power.
//!
//! A file keeps its size, so that a flush seldom has more to write than the frames themselves.

use std::{
    fs::File,
    io,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use boot::private_file;

use super::frame::{self, Frames, Piece};

/// What a file has from its first day, in bytes.
const RESERVED: usize = 1 << 20;

/// The files of the journal of this database.
fn paths(database: &Path) -> [PathBuf; 2] {
    ["a", "b"].map(|letter| {
        let mut name = database.as_os_str().to_owned();
        name.push(".log-");
        name.push(letter);
        PathBuf::from(name)
    })
}

/// One file and how far it is written.
#[derive(Debug)]
struct Page {
    file: Arc<File>,
    /// Index after the last entry in it.
    end: u64,
}

/// What writes.
#[derive(Debug)]
pub(super) struct Pen {
    pages: [Page; 2],
    active: usize,
    offset: u64,
    generation: u64,
    /// To which index the database keeps the log past the loss of power.
    kept_to: u64,
    buffer: Vec<u8>,
}

/// What stands in both files.
#[derive(Debug, Default)]
pub(super) struct Left {
    /// By place in the log.
    pub(super) pieces: Vec<Piece>,
    /// To which index it had been flushed, as it tells itself.
    pub(super) flushed_to: u64,
    generation: u64,
}

/// Reads both files.
pub(super) fn read(database: &Path) -> io::Result<Left> {
    let mut left = Left::default();
    for path in paths(database) {
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        let mut frames = Frames::of(&bytes);
        left.pieces.extend(frames.by_ref());
        let traces = frames.traces();
        left.generation = left.generation.max(traces.generation);
        left.flushed_to = left.flushed_to.max(traces.flushed_to);
    }
    left.pieces.sort_by_key(|piece| piece.batch.first);
    Ok(left)
}

impl Pen {
    /// Opens both files, and gives what stands in them.
    pub(super) fn open(database: &Path) -> io::Result<(Self, Left)> {
        let left = read(database)?;
        let [first, second] = paths(database);
        let page = |path| Ok::<_, io::Error>(Page { file: Arc::new(reserved(path)?), end: 0 });
        let pages = [page(first)?, page(second)?];
        let (generation, buffer) = (left.generation + 1, Vec::with_capacity(8192));
        Ok((Self { pages, active: 0, offset: 0, generation, kept_to: 0, buffer }, left))
    }

    /// Writes a piece behind the last, and how far the journal is flushed. When this fails, the journal ends where it ended.
    pub(super) fn write(&mut self, piece: &Piece, flushed_to: u64) -> io::Result<()> {
        frame::write(&mut self.buffer, self.generation, flushed_to, piece).ok_or(io::ErrorKind::FileTooLarge)?;
        let page = self.pages.get_mut(self.active).ok_or(io::ErrorKind::NotFound)?;
        page.file.write_all_at(&self.buffer, self.offset)?;
        page.end = piece.end();
        self.offset = self.offset.saturating_add(u64::try_from(self.buffer.len()).unwrap_or(u64::MAX));
        // A body that was kept does not stay in memory.
        if self.buffer.capacity() > RESERVED {
            self.buffer = Vec::with_capacity(8192);
        }
        Ok(())
    }

    /// The file that is written now.
    pub(super) fn file(&self) -> Option<&Arc<File>> {
        self.pages.get(self.active).map(|page| &page.file)
    }

    /// How much of the file is written, in bytes.
    pub(super) const fn offset(&self) -> u64 {
        self.offset
    }

    /// The database keeps the log to this index, also past the loss of power.
    pub(super) fn kept(&mut self, to: u64) {
        self.kept_to = self.kept_to.max(to);
    }

    /// Goes on in the other file when the database keeps everything in it.
    pub(super) fn turn(&mut self) {
        let other = 1 - self.active.min(1);
        if self.offset > 0 && self.pages.get(other).is_some_and(|page| page.end <= self.kept_to) {
            self.active = other;
            self.offset = 0;
            self.generation += 1;
        }
    }
}

/// Opens a file that only we may read, with room in it.
fn reserved(path: PathBuf) -> io::Result<File> {
    let file = private_file(&path)?;
    let length = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
    if length < RESERVED {
        file.write_all_at(&vec![0; RESERVED - length], u64::try_from(length).unwrap_or_default())?;
        file.sync_all()?;
    }
    Ok(file)
}
