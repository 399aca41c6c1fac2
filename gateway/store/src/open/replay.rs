//! Reading the journal from where the index stands, with the same checks as verification and the
//! same rows as the writer.

use std::collections::BTreeMap;
use std::fs::File;
use std::sync::Arc;

use stile_ledger::frame::{Decoded, Record};
use stile_ledger::tile::{self, Edge};
use stile_ledger::tree::leaf_hash;
use stile_ledger::verify::{Chain, Finding};
use stile_ledger::{LedgerError, Vkey};
use stile_model::digest::Digest;

use crate::ahead::{Item, ahead};
use crate::archive::Base;
use crate::config::{Progress, Torn};
use crate::error::StoreError;
use crate::index::{
    Applied, Index, Row, entry_place, frames_up_to, index_origin, rows_with, tile_hashes, tile_key,
};
use crate::journal::Journal;
use crate::segment::Frames;

/// Bytes of rows applied at once.
const TOGETHER: usize = 4 * 1024 * 1024;

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
    /// The torn tail, not cut yet.
    pub(crate) torn: Option<Torn>,
}

/// Replays from the segment of the last frame the index has applied, or from the first.
pub(crate) fn replay(
    journal: &Journal,
    index: &Index,
    applied: Option<Applied>,
    vkey: &Vkey,
    base: Option<&Base>,
    progress: &mut impl FnMut(Progress),
) -> Result<Replayed, Fault> {
    let segments = journal.segments()?;
    check_foreign(vkey, applied.as_ref())?;
    let is_ahead = |journal| {
        let index = applied.map_or(0, |applied| applied.number);
        Fault::Refuse(StoreError::IndexAhead { index, journal })
    };
    let kept_from = base.map_or(0, |base| base.statement.next_frame);
    let from = applied.map_or(kept_from, |applied| applied.segment);
    if from < kept_from {
        return Err(Fault::Rebuild("it is older than what was archived"));
    }
    let segments: Vec<u64> = segments
        .into_iter()
        .filter(|number| *number >= from)
        .collect();
    if applied.is_some() && segments.first() != Some(&from) {
        // The segment that the index has seen is gone; nothing newer may stand in for it.
        return Err(is_ahead(segments.first().copied().unwrap_or(from)));
    }
    // Without its edge the index must be rebuilt; but first the journal must hold what it has seen.
    let mut broken = index
        .is_marked()
        .then_some(Fault::Rebuild("it was found damaged"));
    let done = match (applied, base) {
        (None, Some(base)) => {
            base.load(index)?;
            Replayed::behind(vkey, base)
        }
        (applied, base) => {
            let size = applied.map_or(0, |applied| applied.size);
            let edge = load_edge(journal, index, base, size).unwrap_or_else(|fault| {
                broken = Some(fault);
                Edge::new()
            });
            Replayed::new(vkey, from, edge)
        }
    };
    let mut replay = Replay {
        index,
        applied,
        done,
        met: false,
        only_looks: broken.is_some(),
        rows: BTreeMap::new(),
        bytes: 0,
    };
    let total = u64::try_from(segments.len()).unwrap_or(u64::MAX);
    let mut begun = 0;
    ahead(journal, &segments, vkey, |items| {
        for item in items {
            if matches!(item, Item::Begin { .. }) {
                begun += 1;
            }
            let ends = matches!(item, Item::End { .. });
            replay.item(journal, item, begun == total)?;
            if ends {
                progress(Progress { done: begun, total });
            }
        }
        Ok::<_, Fault>(())
    })?;
    replay.flush()?;
    let next = replay.done.chain.next_number();
    if applied.is_some() && !replay.met {
        return Err(is_ahead(next));
    }
    if let Some(fault) = broken {
        return Err(fault);
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
    /// Is the journal verified without bringing the index up to date?
    only_looks: bool,
    /// Rows not yet in the index, of several frames, in the order in which sled takes them fastest.
    rows: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    bytes: usize,
}

impl Replay<'_> {
    fn item(&mut self, journal: &Journal, item: Item, last: bool) -> Result<(), Fault> {
        match item {
            Item::Begin { number } => {
                self.done.segment = number;
                if number != self.done.chain.next_number() {
                    let fault =
                        LedgerError::Chain("a segment is missing, or its name is not its number");
                    return Err(self.damaged(0, fault));
                }
                if last {
                    // Before anything relies on its last frames.
                    let end = Frames::open(journal, number)?.end()?;
                    journal.settle(number, end)?;
                }
            }
            Item::Frames(frames) => {
                for (examined, offset) in &frames {
                    let before = self.done.chain.tree().size();
                    let decoded = examined.decoded();
                    match self.done.chain.step_past(examined, &[]) {
                        Ok(step) => self.frame(decoded, *offset, before, &step.leaves)?,
                        Err(fault) => return Err(self.damaged(*offset, fault)),
                    }
                    self.done.note.clone_from(&decoded.frame.head.checkpoint);
                }
            }
            Item::End { offset, capacity } => self.end(journal, offset, capacity, last)?,
            Item::Bad {
                offset,
                capacity,
                fault,
                torn,
                used,
            } => {
                if !(last && torn && matches!(fault, LedgerError::Frame(_))) {
                    return Err(self.damaged(offset, fault));
                }
                self.done.torn = Some(Torn {
                    segment: self.done.segment,
                    offset,
                    bytes: used,
                });
                self.end(journal, offset, capacity, last)?;
            }
            // Only after something bad in a segment that is not the last, which was refused.
            Item::GoesOn => {}
            Item::Failed(error) => return Err(error.into()),
        }
        Ok(())
    }

    fn end(
        &mut self,
        journal: &Journal,
        offset: u64,
        capacity: u64,
        last: bool,
    ) -> Result<(), Fault> {
        if last {
            self.done.file = Some(journal.reopen(self.done.segment)?);
        }
        self.done.offset = offset;
        self.done.capacity = capacity;
        Ok(())
    }

    /// Applies one good frame, unless the index has it.
    fn frame(
        &mut self,
        decoded: &Decoded,
        offset: u64,
        before: u64,
        leaves: &[Digest],
    ) -> Result<(), Fault> {
        let segment = self.done.segment;
        if let Some(applied) = &self.applied {
            if decoded.frame.number == applied.number {
                self.met = true;
                let same = applied.hash == decoded.hash
                    && applied.size == decoded.frame.head.size
                    && applied.segment == segment;
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
        if self.only_looks {
            return Ok(());
        }
        let place = (segment, offset);
        let (records, spans) = (&decoded.frame.records, &decoded.spans);
        let hash = |index: u64, leaf: &[u8]| {
            let nth = usize::try_from(index.saturating_sub(before)).unwrap_or(usize::MAX);
            leaves.get(nth).copied().unwrap_or_else(|| leaf_hash(leaf))
        };
        let mut rows = rows_with(records, spans, place, before, &mut self.done.edge, hash);
        rows.push(Applied::of(self.done.chain.vkey(), decoded, segment).row());
        for Row { key, value } in rows {
            self.bytes += key.len() + value.as_ref().map_or(0, Vec::len) + 64;
            self.rows.insert(key, value);
        }
        self.done.applied += 1;
        if self.bytes > TOGETHER {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Fault> {
        self.bytes = 0;
        let rows = std::mem::take(&mut self.rows).into_iter();
        let rows: Vec<Row> = rows.map(|(key, value)| Row { key, value }).collect();
        Ok(self.index.apply(&rows)?)
    }

    fn damaged(&self, offset: u64, fault: LedgerError) -> Fault {
        let first = self.done.chain.head().is_none();
        if first && matches!(fault, LedgerError::Signature | LedgerError::Origin { .. }) {
            return Fault::Refuse(StoreError::WrongLedgerKey);
        }
        let index = self.done.chain.tree().size();
        let finding = Finding {
            segment: self.done.segment,
            offset,
            index,
            fault,
            unfinished: false,
        };
        Fault::Refuse(StoreError::Damaged(finding))
    }
}

impl Replayed {
    /// Before the first segment that was not archived.
    fn behind(vkey: &Vkey, base: &Base) -> Self {
        let cut = &base.statement;
        let (number, tree) = (cut.next_frame, cut.tree.clone());
        Self {
            chain: Chain::behind(vkey.clone(), number, cut.last_frame, tree),
            ..Self::new(vkey, 0, base.edge.clone())
        }
    }

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
fn load_edge(
    journal: &Journal,
    index: &Index,
    base: Option<&Base>,
    size: u64,
) -> Result<Edge, Fault> {
    let hash = |entry| {
        if let Some(base) = base.filter(|base| entry < base.size()) {
            return base.leaf_hash(entry);
        }
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
