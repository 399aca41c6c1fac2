//! Reading the journal from where the index stands, with the same checks as verification and the
//! same rows as the writer.

use std::fs::File;
use std::sync::Arc;

use stile_ledger::frame::{Decoded, Record};
use stile_ledger::tile::{self, Edge};
use stile_ledger::tree::leaf_hash;
use stile_ledger::verify::{Chain, End, Finding, is_unfinished, used, walk};
use stile_ledger::{LedgerError, Vkey};

use crate::config::{Progress, Torn};
use crate::error::StoreError;
use crate::index::{
    Applied, Index, entry_place, frames_up_to, index_origin, rows_of, tile_hashes, tile_key,
};
use crate::journal::Journal;

/// Why replay ended early.
pub(crate) enum Fault {
    /// Start no further; evidence may be at stake.
    Refuse(StoreError),
    /// Only the index is wrong.
    Rebuild(&'static str),
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Index(reason) => Self::Rebuild(reason),
            other => Self::Refuse(other),
        }
    }
}

/// What replay found.
pub(crate) struct Replayed {
    pub(crate) chain: Chain,
    pub(crate) edge: Edge,
    /// The last signed note.
    pub(crate) note: String,
    /// The segment to go on writing; none in a new journal.
    pub(crate) file: Option<Arc<File>>,
    pub(crate) segment: u64,
    pub(crate) offset: u64,
    pub(crate) capacity: u64,
    /// Frames the index had not applied.
    pub(crate) applied: u64,
    /// The torn tail and its bytes, not cut yet.
    pub(crate) torn: Option<(Torn, Vec<u8>)>,
}

/// Replays from the segment of the last frame the index has applied, or from the first.
pub(crate) fn replay(
    journal: &Journal,
    index: &Index,
    applied: Option<Applied>,
    vkey: &Vkey,
    progress: &mut impl FnMut(Progress),
) -> Result<Replayed, Fault> {
    let segments = journal.segments()?;
    check_foreign(vkey, applied.as_ref())?;
    let ahead = |journal| {
        let index = applied.map_or(0, |applied| applied.number);
        Fault::Refuse(StoreError::IndexAhead { index, journal })
    };
    let from = applied.map_or(0, |applied| applied.segment);
    let segments: Vec<u64> = segments
        .into_iter()
        .filter(|number| *number >= from)
        .collect();
    if applied.is_some() && segments.first() != Some(&from) {
        // The segment that the index has seen is gone; nothing newer may stand in for it.
        return Err(ahead(segments.first().copied().unwrap_or(from)));
    }
    let edge = load_edge(journal, index, applied.map_or(0, |applied| applied.size))?;
    let mut replay = Replay {
        index,
        applied,
        done: Replayed::new(vkey, from, edge),
        met: false,
    };
    let total = u64::try_from(segments.len()).unwrap_or(u64::MAX);
    for (done, number) in (1..).zip(&segments) {
        replay.segment(journal, *number, done == total)?;
        progress(Progress { done, total });
    }
    let next = replay.done.chain.next_number();
    if applied.is_some() && !replay.met {
        return Err(ahead(next));
    }
    check_edge(index, &replay.done)?;
    Ok(replay.done)
}

struct Replay<'a> {
    index: &'a Index,
    applied: Option<Applied>,
    done: Replayed,
    /// Has the frame that the index applied last been seen?
    met: bool,
}

impl Replay<'_> {
    fn segment(&mut self, journal: &Journal, number: u64, last: bool) -> Result<(), Fault> {
        let bytes = journal.read_segment(number)?;
        if number != self.done.chain.next_number() {
            let fault = LedgerError::Chain("a segment is missing, or its name is not its number");
            return Err(self.damaged(number, 0, fault));
        }
        if last {
            settle(journal, number, &bytes)?;
        }
        let mut stopped = None;
        let end = walk(&bytes, 0, |decoded, offset| {
            let before = self.done.chain.tree().size();
            self.done.chain.step(decoded)?;
            self.done.note.clone_from(&decoded.frame.head.checkpoint);
            self.frame(decoded, (number, offset), before)
                .map_err(|fault| {
                    stopped = Some(fault);
                    LedgerError::Chain("stopped")
                })
        });
        if let Some(fault) = stopped {
            return Err(fault);
        }
        let offset = match end {
            End::Clean { offset } => offset,
            End::Bad { offset, fault } => {
                let unfinished =
                    last && matches!(fault, LedgerError::Frame(_)) && is_unfinished(&bytes, offset);
                if !unfinished {
                    return Err(self.damaged(number, offset, fault));
                }
                let tail = bytes.get(offset..).unwrap_or_default();
                let tail = tail.get(..used(tail)).unwrap_or_default().to_vec();
                let (at, length) = (wide(offset), wide(tail.len()));
                let torn = Torn {
                    segment: number,
                    offset: at,
                    bytes: length,
                };
                self.done.torn = Some((torn, tail));
                offset
            }
        };
        if last {
            self.done.file = Some(journal.reopen(number)?);
        }
        self.done.segment = number;
        self.done.offset = wide(offset);
        self.done.capacity = wide(bytes.len());
        Ok(())
    }

    /// Applies one good frame, unless the index has it.
    fn frame(&mut self, decoded: &Decoded, at: (u64, usize), before: u64) -> Result<(), Fault> {
        if let Some(applied) = &self.applied {
            if decoded.frame.number == applied.number {
                self.met = true;
                let same = applied.hash == decoded.hash
                    && applied.size == decoded.frame.head.size
                    && applied.segment == at.0;
                return if same {
                    Ok(())
                } else {
                    Err(Fault::Rebuild("it is of another journal"))
                };
            }
            if decoded.frame.number < applied.number {
                return Ok(());
            }
        }
        let place = (at.0, wide(at.1));
        let (records, spans) = (&decoded.frame.records, &decoded.spans);
        let mut rows = rows_of(records, spans, place, before, &mut self.done.edge);
        rows.push(Applied::of(self.done.chain.vkey(), decoded, at.0).row());
        self.index.apply(&rows)?;
        self.done.applied += 1;
        Ok(())
    }

    fn damaged(&self, segment: u64, offset: usize, fault: LedgerError) -> Fault {
        let first = self.done.chain.head().is_none();
        if first && matches!(fault, LedgerError::Signature | LedgerError::Origin { .. }) {
            return Fault::Refuse(StoreError::WrongLedgerKey);
        }
        let (offset, index) = (wide(offset), self.done.chain.tree().size());
        let finding = Finding {
            segment,
            offset,
            index,
            fault,
            unfinished: false,
        };
        Fault::Refuse(StoreError::Damaged(finding))
    }
}

/// Flushes the last frame once more, and what follows it, before anything relies on it.
fn settle(journal: &Journal, number: u64, bytes: &[u8]) -> Result<(), StoreError> {
    let mut from = 0;
    walk(bytes, 0, |_, offset| {
        from = offset;
        Ok(())
    });
    let end = bytes.get(from..).unwrap_or_default();
    let end = end.get(..used(end)).unwrap_or_default();
    journal.settle(number, end, wide(from))
}

impl Replayed {
    fn new(vkey: &Vkey, from: u64, edge: Edge) -> Self {
        Self {
            chain: Chain::resume(vkey.clone(), from),
            edge,
            note: String::new(),
            file: None,
            segment: 0,
            offset: 0,
            capacity: 0,
            applied: 0,
            torn: None,
        }
    }
}

impl Applied {
    /// The position after `decoded`, which starts in `segment`.
    pub(crate) fn of(vkey: &Vkey, decoded: &Decoded, segment: u64) -> Self {
        Self {
            number: decoded.frame.number,
            segment,
            hash: decoded.hash,
            size: decoded.frame.head.size,
            origin: index_origin(vkey.name()),
        }
    }
}

fn check_foreign(vkey: &Vkey, applied: Option<&Applied>) -> Result<(), Fault> {
    match applied {
        Some(applied) if applied.origin != index_origin(vkey.name()) => {
            Err(Fault::Rebuild("it is of another ledger or format"))
        }
        _ => Ok(()),
    }
}

/// The right edge of the tree of `size` entries, from the rows of the index.
fn load_edge(journal: &Journal, index: &Index, size: u64) -> Result<Edge, Fault> {
    let hash = |entry| {
        let row = index.last(frames_up_to(entry)).ok()??;
        let bytes = journal.read(entry_place(&row, entry)?.leaf).ok()?;
        match Record::decode(&bytes).ok()? {
            Record::Entry(leaf) => Some(leaf_hash(&leaf)),
            _ => None,
        }
    };
    Edge::load(size, |level, place| match level.checked_sub(1) {
        None => hash(place),
        Some(below) => {
            tile::subtree_root(&tile_hashes(&index.row(&tile_key(below, place)).ok()??)?)
        }
    })
    .ok_or(Fault::Rebuild("it lacks hashes of the tree"))
}

/// Does the index know the same tree as the verified journal?
fn check_edge(index: &Index, done: &Replayed) -> Result<(), Fault> {
    let node = |level, place| {
        tile::node(level, place, |level, place| {
            match done.edge.tile(level, place) {
                Some(hashes) => Some(hashes.to_vec()),
                None => tile_hashes(&index.row(&tile_key(level, place)).ok()??),
            }
        })
    };
    let mut peaks = done.chain.tree().placed_peaks();
    if peaks.all(|(level, place, peak)| node(level, place) == Some(peak)) {
        Ok(())
    } else {
        Err(Fault::Rebuild("its tree is not the journal's"))
    }
}

fn wide(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
