//! How a batch stands in a journal file: its length and checksum, of which use of the file it is, how far the journal was
//! flushed when it was written, and the batch with the state after it. Numbers are big-endian.
//!
//! A file ends with its first frame that is not whole. After a loss of power that is as it should be: what had not been flushed
//! may stand there in part, with whole frames behind it. But a frame behind the gap, or in the other file, that was written when
//! what is missing had been flushed tells that something was lost that was promised.

use crate::storage::Batch;

/// A batch, and the state of the log after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) batch: Batch,
    pub(super) head: Vec<u8>,
}

impl Piece {
    /// Index after its last entry.
    pub(super) fn end(&self) -> u64 {
        self.batch.first.saturating_add(u64::from(self.batch.count))
    }

    /// What it takes in memory, about.
    pub(super) fn bytes(&self) -> usize {
        self.batch.entries.len() + self.batch.evidence.len() + self.head.len() + 256
    }
}

/// Length and checksum.
const LEAD: usize = 8;

/// What the checksum of a frame is mixed with, so that frames of the first form, which did not say how far the journal was flushed,
/// are still read as what they are.
const MARK: u32 = 0x6c67_7370;

/// Writes a frame. `None` when a part is longer than its length can say.
pub(super) fn write(buffer: &mut Vec<u8>, generation: u64, flushed_to: u64, piece: &Piece) -> Option<()> {
    let Piece { batch, head } = piece;
    buffer.clear();
    buffer.extend_from_slice(&[0; LEAD]);
    for number in [generation, flushed_to, batch.first, batch.since, batch.until] {
        buffer.extend_from_slice(&number.to_be_bytes());
    }
    let lengths = [batch.count, u32::try_from(head.len()).ok()?, u32::try_from(batch.entries.len()).ok()?];
    for number in lengths {
        buffer.extend_from_slice(&number.to_be_bytes());
    }
    for part in [head, &batch.entries, &batch.evidence] {
        buffer.extend_from_slice(part);
    }
    let (lead, body) = buffer.split_first_chunk_mut::<LEAD>()?;
    let (length, checksum) = (u32::try_from(body.len()).ok()?, crc32fast::hash(body) ^ MARK);
    let numbers = length.to_be_bytes().into_iter().chain(checksum.to_be_bytes());
    lead.iter_mut().zip(numbers).for_each(|(to, from)| *to = from);
    Some(())
}

/// The frames of a file, in order: those of its latest use, up to the first that is not whole.
pub(super) struct Frames<'a> {
    rest: &'a [u8],
    generation: Option<u64>,
    flushed_to: u64,
}

impl<'a> Frames<'a> {
    pub(super) const fn of(file: &'a [u8]) -> Self {
        Self { rest: file, generation: None, flushed_to: 0 }
    }

    /// What the whole frames of the file tell, those behind its end among them. To be asked at its end.
    pub(super) fn traces(&self) -> Traces {
        let mut traces = Traces { generation: self.generation.unwrap_or_default(), flushed_to: self.flushed_to };
        let mut rest = self.rest;
        while let Some(at) = self.candidate(rest) {
            let frame = rest.get(at..).and_then(frame);
            let (generation, flushed_to) = frame.map_or((0, 0), |(read, _)| (read.generation, read.flushed_to));
            traces.generation = traces.generation.max(generation);
            traces.flushed_to = traces.flushed_to.max(flushed_to);
            rest = rest.get(at + 1..).unwrap_or_default();
        }
        traces
    }

    /// Where another frame may begin. Every frame of the same use has its number behind length and checksum; where not even
    /// the first frame is whole, the use is not known, and a frame may begin anywhere but among zeros.
    fn candidate(&self, rest: &[u8]) -> Option<usize> {
        if let Some(generation) = self.generation {
            return memchr::memmem::find(rest.get(LEAD..)?, &generation.to_be_bytes());
        }
        let mut at = 0;
        while rest.get(at..).is_some_and(|rest| rest.starts_with(&[0; 4096])) {
            at += 4096 - LEAD;
        }
        (at < rest.len()).then_some(at)
    }
}

/// What the frames of a file tell of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Traces {
    /// The latest use of the file; 0 when there is no frame in it.
    pub(super) generation: u64,
    /// To which index the journal was flushed.
    pub(super) flushed_to: u64,
}

impl Iterator for Frames<'_> {
    type Item = Piece;

    fn next(&mut self) -> Option<Piece> {
        let (read, rest) = frame(self.rest)?;
        if *self.generation.get_or_insert(read.generation) != read.generation {
            return None;
        }
        self.rest = rest;
        self.flushed_to = self.flushed_to.max(read.flushed_to);
        Some(read.piece)
    }
}

struct Read {
    generation: u64,
    flushed_to: u64,
    piece: Piece,
}

/// The frame with which these bytes begin, and what follows it.
fn frame(bytes: &[u8]) -> Option<(Read, &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let (checksum, rest) = rest.split_first_chunk::<4>()?;
    let (body, rest) = rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
    let difference = crc32fast::hash(body) ^ u32::from_be_bytes(*checksum);
    let of_first_form = match difference {
        MARK => false,
        0 => true,
        _ => return None,
    };
    Some((parse(body, of_first_form)?, rest))
}

fn parse(mut body: &[u8], of_first_form: bool) -> Option<Read> {
    let generation = long(&mut body)?;
    let flushed_to = if of_first_form { 0 } else { long(&mut body)? };
    let (first, since, until) = (long(&mut body)?, long(&mut body)?, long(&mut body)?);
    let (count, head, entries) = (short(&mut body)?, short(&mut body)?, short(&mut body)?);
    let (head, rest) = body.split_at_checked(usize::try_from(head).ok()?)?;
    let (entries, evidence) = rest.split_at_checked(usize::try_from(entries).ok()?)?;
    let batch = Batch { first, count, since, until, entries: entries.to_vec(), evidence: evidence.to_vec() };
    Some(Read { generation, flushed_to, piece: Piece { batch, head: head.to_vec() } })
}

fn long(bytes: &mut &[u8]) -> Option<u64> {
    let (number, rest) = bytes.split_first_chunk::<8>()?;
    *bytes = rest;
    Some(u64::from_be_bytes(*number))
}

fn short(bytes: &mut &[u8]) -> Option<u32> {
    let (number, rest) = bytes.split_first_chunk::<4>()?;
    *bytes = rest;
    Some(u32::from_be_bytes(*number))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(first: u64) -> Piece {
        let batch = Batch { first, count: 2, since: 5, until: 9, entries: vec![1; 70], evidence: vec![2; 30] };
        Piece { batch, head: vec![3; 49] }
    }

    fn file(pieces: &[(u64, u64)]) -> Vec<u8> {
        let (mut file, mut frame) = (Vec::new(), Vec::new());
        for (generation, first) in pieces {
            write(&mut frame, *generation, *first, &piece(*first)).unwrap();
            file.extend_from_slice(&frame);
        }
        file
    }

    #[test]
    fn frames_read_back_up_to_the_end_of_the_latest_use() {
        let mut frames = Frames::of(&[]);
        assert_eq!((frames.next(), frames.traces()), (None, Traces::default()));
        let bytes = [file(&[(7, 0), (7, 2), (6, 1)]), vec![0; 100]].concat();
        let mut frames = Frames::of(&bytes);
        assert_eq!(frames.by_ref().collect::<Vec<_>>(), [piece(0), piece(2)]);
        assert_eq!(frames.traces().generation, 7);
    }

    #[test]
    fn a_frame_that_is_cut_or_changed_ends_the_file() {
        let whole = file(&[(1, 0), (1, 2)]);
        let one = file(&[(1, 0)]).len();
        for end in one..whole.len() {
            assert_eq!(Frames::of(&whole[..end]).count(), 1, "{end}");
        }
        for at in one..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            assert_eq!(Frames::of(&changed).count(), 1, "{at}");
        }
    }

    /// The frame as it was before it said how far the journal was flushed.
    fn of_first_form(frame: &[u8]) -> Vec<u8> {
        let body = [&frame[LEAD..LEAD + 8], &frame[LEAD + 16..]].concat();
        let length = u32::try_from(body.len()).unwrap();
        [&length.to_be_bytes(), &crc32fast::hash(&body).to_be_bytes(), body.as_slice()].concat()
    }

    #[test]
    fn frames_of_the_first_form_are_still_read() {
        let old = |first| of_first_form(&file(&[(4, first)]));
        let mut bytes = [old(0), old(2), vec![0; 40]].concat();
        let mut frames = Frames::of(&bytes);
        assert_eq!(frames.by_ref().collect::<Vec<_>>(), [piece(0), piece(2)]);
        assert_eq!(frames.traces(), Traces { generation: 4, flushed_to: 0 });
        bytes[20] ^= 1;
        assert_eq!(Frames::of(&bytes).count(), 0);
    }

    #[test]
    fn a_whole_frame_behind_the_end_tells_how_far_it_was_flushed() {
        let whole = file(&[(1, 0), (1, 2), (1, 4), (1, 6)]);
        let one = file(&[(1, 0)]).len();
        for at in one..2 * one {
            let mut changed = [whole.clone(), file(&[(2, 8)]), vec![0; 50]].concat();
            changed[at] ^= 1;
            let mut frames = Frames::of(&changed);
            assert_eq!(frames.by_ref().count(), 1, "{at}");
            assert_eq!(frames.traces(), Traces { generation: 1, flushed_to: 6 }, "{at}");
        }
        for at in 0..one {
            let mut changed = [whole.clone(), file(&[(2, 8)]), vec![0; 9000]].concat();
            changed[at] ^= 1;
            let mut frames = Frames::of(&changed);
            assert_eq!(frames.by_ref().count(), 0, "{at}");
            // Of which use the first frame was cannot be known.
            assert_eq!(frames.traces(), Traces { generation: 2, flushed_to: 8 }, "{at}");
        }
        let late = [vec![0; 5000], file(&[(3, 1)])].concat();
        assert_eq!(Frames::of(&late).traces(), Traces { generation: 3, flushed_to: 1 });
        let mut frames = Frames::of(&whole[..2 * one]);
        assert_eq!(frames.by_ref().count(), 2);
        assert_eq!(frames.traces().flushed_to, 2);
    }
}
