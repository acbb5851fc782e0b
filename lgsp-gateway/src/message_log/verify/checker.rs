//! Goes through the entries once, in order.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use signing::{Sealer, content_digest};
use tlog::{
    Entries, Frontier, Hash, Kind, Line,
    bundle::{ClosedFacts, SEALED_COPY, Side},
    line,
    proof::Nodes,
    tile,
};
use types::TransactionId;

use super::{super::evidence::unseal, Fault, Report, What};
use crate::storage::{Batch, TileRow, evidence::Frames};

/// Where the log's own state says that it ends.
pub(super) struct End {
    pub(super) size: u64,
    pub(super) root: Hash,
    pub(super) last: Hash,
}

/// An entry whose `previous` is not the hash of the one before: which of the two was changed, the next one tells.
struct Suspect {
    index: u64,
    before: Option<TransactionId>,
    id: Option<TransactionId>,
    leaf: Hash,
}

pub(super) struct Checker {
    end: End,
    sealer: Option<Arc<Sealer>>,
    checkpoints: VecDeque<(u64, Hash)>,
    tree: Frontier,
    last: Hash,
    last_id: Option<TransactionId>,
    /// Of each level, the hashes since the last full tile.
    rows: Vec<Vec<Hash>>,
    /// An entry that is not the one in its tile.
    stray: Option<(u64, Option<TransactionId>)>,
    suspect: Option<Suspect>,
    open: HashMap<TransactionId, u64>,
    head: Vec<u8>,
    report: Report,
}

type Checked = Result<(), Fault>;

impl Checker {
    pub(super) fn new(end: End, checkpoints: Vec<(u64, Hash)>, sealer: Option<Arc<Sealer>>) -> Self {
        Self {
            end,
            sealer,
            checkpoints: checkpoints.into(),
            tree: Frontier::new(),
            last: Hash::ZERO,
            last_id: None,
            rows: Vec::new(),
            stray: None,
            suspect: None,
            open: HashMap::new(),
            head: Vec::with_capacity(96),
            report: Report::default(),
        }
    }

    /// Checks further batches, up to the end; whether it is worth to go on.
    pub(super) fn check(&mut self, batches: &[Batch], tiles: &[TileRow]) -> bool {
        let checked = batches.iter().try_for_each(|batch| self.batch(batch, tiles));
        self.report.fault = checked.err();
        self.report.fault.is_none()
    }

    fn batch(&mut self, batch: &Batch, tiles: &[TileRow]) -> Checked {
        let size = self.end.size;
        let expected = self.tree.size();
        if expected >= size {
            return Ok(());
        }
        if batch.first != expected {
            let found = (batch.first < expected).then_some(batch.first);
            return Err(Fault::at(expected, None, What::Missing { found }));
        }
        let mut frames = Frames::of(&batch.evidence).peekable();
        let mut count = 0_u32;
        for entry in Entries::of(&batch.entries) {
            let index = self.tree.size();
            if index >= size {
                return Ok(());
            }
            let entry = entry.map_err(|_| Fault::at(index, None, What::Unreadable))?;
            let line = self.entry(index, entry)?;
            let frame = frames.next_if(|frame| frame.is_ok_and(|(place, _)| place <= count));
            let sealed = match frame {
                Some(Ok((place, sealed))) if place == count => Some(sealed),
                Some(_) => return Err(Fault::at(index, Some(line.id), What::EvidenceUnknown)),
                None => None,
            };
            self.evidence(&line, entry, sealed)?;
            self.fill(0, self.last, tiles);
            self.grow()?;
            count += 1;
        }
        if count != batch.count {
            return Err(Fault::at(self.tree.size(), None, What::Missing { found: None }));
        }
        match frames.next() {
            None => Ok(()),
            Some(_) => Err(Fault::at(self.tree.size().saturating_sub(1), self.last_id, What::EvidenceUnknown)),
        }
    }

    /// The entry has its own index, names the one before, and takes its place in the tree.
    fn entry<'e>(&mut self, index: u64, entry: &'e [u8]) -> Result<Line<'e>, Fault> {
        let leaf = Hash::leaf(entry);
        self.head.clear();
        line::head(&mut self.head, index, &self.last);
        let line = match entry.strip_prefix(self.head.as_slice()) {
            Some(body) => Line::after_head(index, self.last, body),
            None => Line::parse(entry),
        };
        if let Some(suspect) = self.suspect.take() {
            return Err(suspect.told_by(line.map(|line| line.previous)));
        }
        let line = line.ok_or(Fault::at(index, None, What::Unreadable))?;
        if line.index != index {
            return Err(Fault::at(index, None, What::Missing { found: Some(line.index) }));
        }
        if line.previous != self.last {
            self.suspect = Some(Suspect { index, before: self.last_id, id: Some(line.id), leaf });
        } else {
            self.calls(&line)?;
        }
        (self.last, self.last_id) = (leaf, Some(line.id));
        self.tree.append(leaf);
        self.report.entries += 1;
        Ok(line)
    }

    fn calls(&mut self, line: &Line<'_>) -> Checked {
        let fault = |what| Err(Fault::at(line.index, Some(line.id), what));
        match line.kind {
            Kind::Opened if self.open.insert(line.id, line.index).is_some() => fault(What::OpenedTwice),
            Kind::Closed if self.open.remove(&line.id).is_none() => fault(What::NotOpened),
            Kind::Opened | Kind::Closed => Ok(()),
        }
    }

    fn evidence(&mut self, line: &Line<'_>, entry: &[u8], sealed: Option<&[u8]>) -> Checked {
        if self.suspect.is_some() {
            return Ok(());
        }
        let fault = |what| Err(Fault::at(line.index, Some(line.id), what));
        let (digest, sealed) = match (line.evidence, sealed) {
            (None, None) => return Ok(()),
            (None, Some(_)) => return fault(What::EvidenceUnknown),
            (Some(_), None) => return fault(What::EvidenceMissing),
            (Some(digest), Some(sealed)) => (digest, sealed),
        };
        if Hash::of(sealed) != digest {
            return fault(What::EvidenceChanged);
        }
        if let Some(sealer) = &self.sealer
            && !opens(sealer, line.id, entry, sealed)
        {
            return fault(What::EvidenceUnopened);
        }
        self.report.evidence += 1;
        Ok(())
    }

    /// Puts a hash into the tile that is being filled on a level. A full one is held against the one that is kept, and its root
    /// goes into the tile above.
    fn fill(&mut self, level: u8, hash: Hash, tiles: &[TileRow]) {
        let place = usize::from(level);
        if self.rows.len() <= place {
            self.rows.push(Vec::with_capacity(256));
        }
        let Some(row) = self.rows.get_mut(place) else { return };
        row.push(hash);
        if row.len() < 256 {
            return;
        }
        let full = std::mem::replace(row, Vec::with_capacity(256));
        let number = (self.tree.size() >> (8 * (u32::from(level) + 1))).saturating_sub(1);
        if let Some(kept) = tiles.iter().find(|tile| (tile.level, tile.number) == (level, number)) {
            self.hold_tile(kept, &full);
        }
        if let Some(root) = full.as_slice().node(8, 0) {
            self.fill(level + 1, root, tiles);
        }
    }

    /// Holds the checkpoints of this size against the tree.
    fn grow(&mut self) -> Checked {
        let size = self.tree.size();
        if self.suspect.is_some() {
            // Something is wrong in any case; what, the next entry says better.
            return Ok(());
        }
        while let Some((at, root)) = self.checkpoints.pop_front_if(|(at, _)| *at == size) {
            if root != self.tree.root() {
                return Err(self.rewritten(at));
            }
            self.report.checkpoints += 1;
            self.report.signed = at;
        }
        Ok(())
    }

    /// The first entry beneath the first hash that differs.
    fn hold_tile(&mut self, kept: &TileRow, full: &[Hash]) {
        let hashes = tile::decode(&kept.hashes).unwrap_or_default();
        let stray = (kept.number * tile::WIDTH..)
            .zip(full)
            .zip(0..)
            .find(|((_, hash), place)| hashes.get(*place) != Some(*hash));
        self.stray = self.stray.or(stray.map(|((index, _), _)| (index << (8 * u32::from(kept.level)), None)));
    }

    /// A signed checkpoint is of another tree. The tiles may still know which entry was another.
    fn rewritten(&self, size: u64) -> Fault {
        let twice = self.report.checkpoints > 0 && self.report.signed == size;
        if twice || self.checkpoints.front().is_some_and(|(next, _)| *next == size) {
            return Fault::of(What::SplitView { size });
        }
        if self.stray.is_none() && size == self.end.size && self.end.last != self.last {
            return Fault::at(size.saturating_sub(1), self.last_id, What::Changed);
        }
        // Between the last checkpoint that agreed and this one.
        let index = self.stray.map_or(self.report.signed, |(index, _)| index);
        Fault { index: Some(index), id: None, what: What::Rewritten { size } }
    }

    pub(super) fn finish(mut self) -> Report {
        self.report.open = self.open.iter().map(|(id, index)| (*index, *id)).collect();
        self.report.open.sort_unstable();
        if self.report.fault.is_none() {
            self.report.fault = self.at_end().err();
        }
        self.report
    }

    fn at_end(&mut self) -> Checked {
        let end = &self.end;
        if let Some(suspect) = self.suspect.take() {
            return Err(suspect.told_by(Some(end.last)));
        }
        let size = self.tree.size();
        let signed = self.checkpoints.back().map_or(0, |(size, _)| *size);
        if size < end.size.max(signed) {
            return Err(Fault::at(size, None, What::Missing { found: None }));
        }
        // A tile tells which entry is another; without one, that the last is.
        if let Some((index, id)) = self.stray {
            return Err(Fault::at(index, id, What::Tile));
        }
        if end.last != self.last {
            return Err(Fault::at(size.saturating_sub(1), self.last_id, What::Changed));
        }
        if end.root != self.tree.root() {
            return Err(Fault::of(What::Head));
        }
        Ok(())
    }
}

impl Suspect {
    /// If the next entry names this one as it is, this one stands, and the one before was changed.
    fn told_by(self, next: Option<Hash>) -> Fault {
        match next {
            Some(next) if next == self.leaf && self.index > 0 => Fault::at(self.index - 1, self.before, What::Changed),
            Some(_) => Fault::at(self.index, self.id, What::Changed),
            None => Fault::at(self.index, self.id, What::Unchained),
        }
    }
}

/// The evidence opens, and its signatures and copies of bodies are those that the record names by their digests.
fn opens(sealer: &Sealer, id: TransactionId, entry: &[u8], sealed: &[u8]) -> bool {
    let (Some(evidence), Ok(facts)) = (unseal(sealer, id, sealed), serde_json::from_slice::<ClosedFacts>(entry)) else {
        return false;
    };
    let digest = |part: Option<&tlog::SignedPart>| part.map(|part| part.digest().base64());
    digest(evidence.request.as_ref()) == facts.request.signed
        && digest(evidence.reply.as_ref()) == facts.reply.signed
        && is_copy(evidence.request_copy.as_deref(), &facts.request)
        && is_copy(evidence.reply_copy.as_deref(), &facts.reply)
}

/// The copy is of the recorded body, and is there exactly when the record says so.
fn is_copy(copy: Option<&[u8]>, side: &Side) -> bool {
    let said = side.copy.as_deref() == Some(SEALED_COPY);
    said == copy.is_some() && copy.is_none_or(|body| side.digest == Some(content_digest::value(body)))
}
