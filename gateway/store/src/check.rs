//! The check after the start: the whole journal is read and hashed again, and every row of the index is
//! held against it. Low priority, and it ends with the store.
//!
//! Opening verifies what was written since the index last moved; this finds what changed before that: a
//! flipped bit in an old segment, which is evidence, or a row that was lost or bent to an older record,
//! which the next start mends by building the index anew.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use stile_ledger::frame::{Decoded, Record};
use stile_ledger::tile::Edge;
use stile_ledger::verify::Chain;
use stile_model::digest::Digest;

use crate::error::StoreError;
use crate::index::{Index, Row, erased_key, rows_of, state_key};
use crate::journal::{Journal, Locator};
use crate::poster::{block_of, posted};
use crate::postings::Bits;
use crate::read::Tiles;
use crate::segment::{Frames, Next};
use crate::store::Shared;

/// Missing rows that are remembered until a later record explains them.
const MOST_UNEXPLAINED: usize = 1_000_000;

/// What is known of the store's files since it was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Health {
    /// The journal is being read; so many entries hold so far.
    Checking {
        /// Entries.
        entries: u64,
    },
    /// The journal does not hold. Recording goes on, for stopping it would lose evidence; nothing may
    /// be released, and every file is kept.
    Damaged {
        /// What, and where.
        finding: String,
    },
    /// A row of the index is lost or wrong. It is marked, and the next start builds the index anew.
    IndexDamaged {
        /// What, and where.
        finding: String,
    },
    /// Everything that was there at the start holds.
    Sound {
        /// Entries.
        entries: u64,
    },
    /// The engine checks its own files, or the check could not go on.
    Unchecked,
}

/// Runs the check until it ends or `stop` is set.
///
/// `frames` were in the journal when the store was opened.
pub(crate) fn run(
    shared: &Arc<Shared>,
    journal: &Journal,
    index: &Index,
    frames: u64,
    stop: &AtomicBool,
) {
    // Best effort: without it the check runs at the usual priority.
    let _ = rustix::process::setpriority_process(Some(rustix::thread::gettid()), 19);
    let mut check = Check {
        index,
        chain: None,
        edge: Edge::new(),
        missing: HashMap::new(),
    };
    let health = match check.walk(shared, journal, frames, stop) {
        Ok(true) => match check.finish(shared, (journal, frames), stop) {
            Ok(true) => Health::Sound {
                entries: check.chain.as_ref().map_or(0, |chain| chain.tree().size()),
            },
            Ok(false) => return,
            Err(fault) => fault.told(index),
        },
        Ok(false) => return,
        Err(fault) => fault.told(index),
    };
    shared.say_health(health);
}

/// Why the check ended early.
enum Fault {
    Journal(String),
    Index(String),
    /// Neither is known to be wrong: the system or the key module did not serve.
    Unserved(StoreError),
}

impl Fault {
    /// What the error of a read says of the journal.
    fn of_journal(error: StoreError) -> Self {
        use std::io::ErrorKind::{Interrupted, OutOfMemory};
        match error {
            StoreError::Io { ref source, .. }
                if matches!(source.kind(), Interrupted | OutOfMemory) || is_of_limits(source) =>
            {
                Self::Unserved(error)
            }
            StoreError::Index(_) => Self::Index(error.to_string()),
            StoreError::DiskFull | StoreError::Token(_) => Self::Unserved(error),
            _ => Self::Journal(error.to_string()),
        }
    }

    /// The same once the journal has been read whole and holds: what leads astray then is a row.
    fn of_index(error: StoreError) -> Self {
        match Self::of_journal(error) {
            Self::Journal(finding) => Self::Index(finding),
            other => other,
        }
    }

    fn told(self, index: &Index) -> Health {
        match self {
            Self::Journal(finding) => {
                tracing::error!(
                    finding,
                    "the journal does not hold; keep all files and compare with the witnesses"
                );
                Health::Damaged { finding }
            }
            Self::Index(finding) => {
                tracing::error!(finding, "the index does not hold");
                index.noticed(StoreError::Index(
                    "the check after the start found it wrong",
                ));
                Health::IndexDamaged { finding }
            }
            Self::Unserved(error) => {
                tracing::error!(%error, "the check after the start could not go on");
                Health::Unchecked
            }
        }
    }
}

/// Are too many files open, here or on the whole machine?
fn is_of_limits(error: &std::io::Error) -> bool {
    use rustix::io::Errno;
    let of_limits = [Errno::MFILE, Errno::NFILE].map(Errno::raw_os_error);
    error
        .raw_os_error()
        .is_some_and(|code| of_limits.contains(&code))
}

struct Check<'a> {
    index: &'a Index,
    chain: Option<Chain>,
    edge: Edge,
    /// State that the index lacks although a record set it, by a digest of its key; a later removal
    /// explains it.
    missing: HashMap<[u8; 16], (u64, u64)>,
}

impl Check<'_> {
    /// `false` when stopped.
    fn walk(
        &mut self,
        shared: &Shared,
        journal: &Journal,
        frames: u64,
        stop: &AtomicBool,
    ) -> Result<bool, Fault> {
        for number in journal.segments().map_err(Fault::of_journal)? {
            if number >= frames {
                break;
            }
            let mut segment = Frames::open(journal, number).map_err(Fault::of_journal)?;
            loop {
                if stop.load(Ordering::Relaxed) {
                    return Ok(false);
                }
                let offset = segment.offset();
                let decoded = match segment.next().map_err(Fault::of_journal)? {
                    Next::Frame(decoded) if decoded.frame.number < frames => decoded,
                    Next::Bad(fault) if self.next_number() < frames => {
                        return Err(Fault::Journal(place(number, offset, fault)));
                    }
                    Next::Bad(_) | Next::Clean | Next::Frame(_) => break,
                };
                self.frame(shared, &decoded, (number, offset))?;
            }
        }
        if self.next_number() < frames {
            return Err(Fault::Journal(format!(
                "the journal ends at frame `{}` of `{frames}`",
                self.next_number()
            )));
        }
        Ok(true)
    }

    fn next_number(&self) -> u64 {
        self.chain.as_ref().map_or(0, Chain::next_number)
    }

    fn frame(&mut self, shared: &Shared, decoded: &Decoded, at: (u64, u64)) -> Result<(), Fault> {
        let vkey = &shared.vkey;
        let first = decoded.frame.number;
        let resumed = self.chain.is_none() && first > 0;
        let chain = self
            .chain
            .get_or_insert_with(|| Chain::resume(vkey.clone(), first));
        let before = chain.tree().size();
        chain
            .step(decoded)
            .map_err(|fault| Fault::Journal(place(at.0, at.1, fault)))?;
        let entries = chain.tree().size();
        if resumed {
            // What came before lies in the archive; its tiles are the tree's own.
            let view = shared.view();
            let tiles = Tiles::under(shared, &view);
            self.edge = Edge::load(entries, |level, place| tiles.node(level * 8, place))
                .ok_or_else(|| Fault::Index("the index lacks hashes of the tree".to_owned()))?;
            return Ok(());
        }
        let (records, spans) = (&decoded.frame.records, &decoded.spans);
        for row in rows_of(records, spans, at, before, &mut self.edge) {
            let found = self.index.row(&row.key).map_err(Fault::of_index)?;
            self.row(&row, found)
                .map_err(|what| Fault::Index(place(at.0, at.1, what)))?;
        }
        for record in records {
            self.removal(record, at)?;
        }
        shared.say_health(Health::Checking { entries });
        Ok(())
    }

    /// Does the index say this, or something that a later record said?
    fn row(&mut self, row: &Row, found: Option<Vec<u8>>) -> Result<(), String> {
        let (kind, Some(value)) = (row.key.first(), &row.value) else {
            return Ok(());
        };
        match (kind, found) {
            (Some(b'f' | b't'), found) if found.as_ref() == Some(value) => Ok(()),
            (Some(b'd'), Some(found)) if found >= *value => Ok(()),
            // Another key for the same case, or none after an erasure.
            (Some(b'l'), _) => Ok(()),
            (Some(b's' | b'k' | b'x'), Some(found)) if order(&found) >= order(value) => Ok(()),
            (Some(b's'), None) => self.miss(&row.key, value),
            (Some(b'k'), None) => {
                let id = row.key.get(1..).and_then(|id| id.try_into().ok());
                let erased = id.map(|id| self.index.row(&erased_key(&id)));
                match erased {
                    Some(Ok(Some(_))) => Ok(()),
                    _ => Err("the index lacks a wrapped key".to_owned()),
                }
            }
            (Some(b'f'), _) => Err("the index has another place for these entries".to_owned()),
            (Some(b't'), _) => Err("the index has another tile of the tree".to_owned()),
            (Some(b'd'), _) => Err("the index does not find a permit".to_owned()),
            _ => Err("the index points at an older record than the newest".to_owned()),
        }
    }

    fn miss(&mut self, key: &[u8], value: &[u8]) -> Result<(), String> {
        if self.missing.len() >= MOST_UNEXPLAINED {
            return Err("the index lacks more state than can be looked into".to_owned());
        }
        if let Some(at) = order(value) {
            self.missing.insert(short(key), at);
        }
        Ok(())
    }

    /// A removed key must be gone, or set again later.
    fn removal(&mut self, record: &Record, at: (u64, u64)) -> Result<(), Fault> {
        let Record::State {
            tree,
            key,
            value: None,
        } = record
        else {
            return Ok(());
        };
        let key = state_key(*tree, key);
        self.missing.remove(&short(&key));
        match self.index.row(&key).map_err(Fault::of_index)? {
            Some(found) if order(&found) < Some(at) => Err(Fault::Index(place(
                at.0,
                at.1,
                "the index shows state that was removed",
            ))),
            _ => Ok(()),
        }
    }

    /// Takes what was removed since the store was opened out of what is missing. The index shows a
    /// removal only after the journal has it, so every one that was met is there to be read by now.
    fn explain(&mut self, journal: &Journal, frames: u64) -> Result<(), Fault> {
        let segments = journal.segments().map_err(Fault::of_journal)?;
        let first = segments.partition_point(|number| *number < frames);
        for number in segments.iter().skip(first.saturating_sub(1)) {
            let mut segment = Frames::open(journal, *number).map_err(Fault::of_journal)?;
            // What cannot be read here is being written; the next start checks it.
            while let Next::Frame(decoded) = segment.next().map_err(Fault::of_journal)? {
                let later = decoded.frame.number >= frames;
                for record in decoded.frame.records.iter().filter(|_| later) {
                    if let Record::State { tree, key, value } = record
                        && value.is_none()
                    {
                        self.missing.remove(&short(&state_key(*tree, key)));
                    }
                }
            }
        }
        Ok(())
    }

    /// After the walk: whatever is missing is explained, and no entry is hidden from searches.
    fn finish(
        &mut self,
        shared: &Shared,
        (journal, frames): (&Journal, u64),
        stop: &AtomicBool,
    ) -> Result<bool, Fault> {
        if !self.missing.is_empty() {
            self.explain(journal, frames)?;
        }
        if let Some((segment, offset)) = self.missing.values().min() {
            let what = "the index lacks state that was never removed";
            return Err(Fault::Index(place(*segment, *offset, what)));
        }
        for block in 0..posted(self.index).map_err(Fault::of_index)? {
            if stop.load(Ordering::Relaxed) {
                return Ok(false);
            }
            for row in block_of(shared, block)
                .map_err(Fault::of_index)?
                .rows(block)
            {
                let found = self.index.row(&row.key).map_err(Fault::of_index)?;
                if row.key.first() == Some(&b'p') && !holds(found.as_ref(), row.value.as_ref()) {
                    let finding = format!("the index hides entries of block `{block}`");
                    return Err(Fault::Index(finding));
                }
            }
        }
        Ok(true)
    }
}

/// Does the row found say all that it should? It may say more: an erased person's entries.
fn holds(found: Option<&Vec<u8>>, wanted: Option<&Vec<u8>>) -> bool {
    let (Some(found), Some(wanted)) = (found, wanted) else {
        return false;
    };
    match (Bits::read(found), Bits::read(wanted)) {
        (Some(found), Some(wanted)) => {
            let mut both = wanted;
            both.and(&found);
            both == wanted
        }
        _ => false,
    }
}

fn order(value: &[u8]) -> Option<(u64, u64)> {
    Locator::from_bytes(value).map(|place| (place.segment, place.offset))
}

fn short(key: &[u8]) -> [u8; 16] {
    let digest = Digest::of(key);
    let (short, _) = digest.as_bytes().split_at(16);
    short.try_into().unwrap_or_default()
}

fn place(segment: u64, offset: u64, what: impl std::fmt::Display) -> String {
    format!("segment `{segment}`, offset `{offset}`: {what}")
}
