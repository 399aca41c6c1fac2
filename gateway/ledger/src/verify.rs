//! Verification of a whole journal from its bytes and a public key.
//!
//! A rewritten journal cannot be re-signed without the key. What bytes alone cannot show is that the
//! newest frames are missing: for that, compare with a checkpoint somebody else has kept.

mod chain;
mod examined;

use stile_model::digest::Digest;

pub use chain::{Chain, Step};
pub use examined::Examined;

use crate::archive::Statement;
use crate::checkpoint::Checkpoint;
use crate::error::LedgerError;
use crate::frame::{Decoded, Frame, HEADER, MAGIC};
use crate::note::Vkey;
use crate::tree::empty_root;

/// One journal segment: its number (that of its first frame) and its bytes.
#[derive(Debug, Clone)]
pub struct Segment {
    /// Number of its first frame; also its file name.
    pub number: u64,
    /// The whole file.
    pub bytes: Vec<u8>,
}

/// The first thing found wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("segment `{segment}`, offset `{offset}`, first entry concerned `{index}`: {fault}")]
pub struct Finding {
    /// Segment number.
    pub segment: u64,
    /// Offset in the segment, in bytes.
    pub offset: u64,
    /// Index of the first entry that is not vouched for.
    pub index: u64,
    /// What is wrong.
    pub fault: LedgerError,
    /// Nothing whole follows: as a crash in the middle of a write leaves it.
    pub unfinished: bool,
}

/// What verification found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Frames that hold.
    pub frames: u64,
    /// Entries that hold.
    pub entries: u64,
    /// Merkle tree hash over them.
    pub root: Digest,
    /// The last checkpoint that holds.
    pub head: Option<Checkpoint>,
    /// The first fault; `None` when everything holds.
    pub first_bad: Option<Finding>,
}

impl Report {
    /// Does everything hold?
    pub const fn is_sound(&self) -> bool {
        self.first_bad.is_none()
    }
}

/// Verifies a journal segment by segment.
#[derive(Debug)]
pub struct Verifier {
    chain: Chain,
    earlier: Vec<Checkpoint>,
    frames: u64,
    last_segment: u64,
    first_bad: Option<Finding>,
}

impl Verifier {
    /// Verifies under `vkey`, and against checkpoints kept from earlier, whose signatures the
    /// caller has verified.
    pub fn new(vkey: Vkey, earlier: Vec<Checkpoint>) -> Self {
        let chain = Chain::start(vkey);
        Self {
            chain,
            earlier,
            frames: 0,
            last_segment: 0,
            first_bad: None,
        }
    }

    /// Verifies what follows the archived part of a ledger, whose continuity statement the caller has
    /// opened.
    ///
    /// # Errors
    ///
    /// When a checkpoint kept from earlier is of a smaller size than the statement: only with the
    /// archive at hand can it be compared.
    pub fn behind(
        vkey: Vkey,
        statement: &Statement,
        earlier: Vec<Checkpoint>,
    ) -> Result<Self, LedgerError> {
        let cut = statement.head();
        if earlier.iter().any(|seen| seen.size < cut.size) {
            return Err(LedgerError::Archive(
                "an earlier checkpoint is of the archived part; give the archive too",
            ));
        }
        let forked = |seen: &&Checkpoint| seen.size == cut.size && seen.root != cut.root;
        if earlier.iter().any(|seen| forked(&seen)) {
            return Err(LedgerError::Fork { size: cut.size });
        }
        let (number, tree) = (statement.next_frame, statement.tree.clone());
        let chain = Chain::behind(vkey, number, statement.last_frame, tree);
        Ok(Self {
            chain,
            earlier,
            frames: 0,
            last_segment: 0,
            first_bad: None,
        })
    }

    /// Takes the next segment; segments come in the order of their numbers.
    pub fn segment(&mut self, segment: &Segment) {
        if !self.begin(segment.number) {
            if next_frame(&segment.bytes, 0).is_some() {
                self.goes_on();
            }
            return;
        }
        let end = walk(&segment.bytes, 0, |decoded, offset| {
            let examined = Examined::new(decoded, self.chain.vkey());
            if self.frame(&examined, wide(offset)) {
                Ok(())
            } else {
                Err(LedgerError::Chain("stopped"))
            }
        });
        if let End::Bad { offset, fault } = end {
            let torn =
                matches!(fault, LedgerError::Frame(_)) && is_unfinished(&segment.bytes, offset);
            self.bad(wide(offset), fault, torn);
        }
    }

    /// Begins the next segment, whose frames then come by [`Verifier::frame`]. `false` when something
    /// was wrong before: then only [`Verifier::goes_on`] matters any more.
    pub fn begin(&mut self, number: u64) -> bool {
        if self.first_bad.is_some() {
            return false;
        }
        self.last_segment = number;
        if number != self.chain.next_number() {
            let fault = LedgerError::Chain("a segment is missing, or its name is not its number");
            self.bad(0, fault, false);
        }
        self.first_bad.is_none()
    }

    /// Takes the segment's next frame, which was found at `offset`. `false` when it does not hold.
    pub fn frame(&mut self, examined: &Examined, offset: u64) -> bool {
        if self.first_bad.is_some() {
            return false;
        }
        match self.step(examined) {
            Ok(()) => true,
            Err(fault) => {
                self.bad(offset, fault, false);
                false
            }
        }
    }

    fn step(&mut self, examined: &Examined) -> Result<(), LedgerError> {
        let sizes: Vec<u64> = self.earlier.iter().map(|seen| seen.size).collect();
        let step = self.chain.step_past(examined, &sizes)?;
        self.frames += 1;
        for (size, root) in step.roots {
            let differs = |seen: &&Checkpoint| seen.size == size && seen.root != root;
            if let Some(seen) = self.earlier.iter().find(differs) {
                return Err(LedgerError::Fork { size: seen.size });
            }
        }
        Ok(())
    }

    /// What stands at `offset` of the segment is not a whole frame; `torn` when it [`looks_torn`] and no
    /// whole frame follows in the segment.
    pub fn bad(&mut self, offset: u64, fault: LedgerError, torn: bool) {
        if self.first_bad.is_none() {
            let unfinished = torn && matches!(fault, LedgerError::Frame(_));
            self.first_bad = Some(self.finding(self.last_segment, offset, fault, unfinished));
        }
    }

    /// A whole frame stands in a segment after what was wrong: so that was no crash.
    pub const fn goes_on(&mut self) {
        if let Some(bad) = &mut self.first_bad {
            bad.unfinished = false;
        }
    }

    /// Ends verification and compares with the earlier checkpoints. One that is longer than what holds
    /// comes before an unfinished end: no crash takes away what somebody was shown.
    pub fn finish(mut self) -> Report {
        let now = self.chain.tree().size();
        if self.first_bad.as_ref().is_none_or(|bad| bad.unfinished)
            && let Some(bad) = self.against_earlier(now)
        {
            self.first_bad = Some(bad);
        }
        Report {
            frames: self.frames,
            entries: now,
            root: self.chain.tree().root(),
            head: self.chain.head().cloned(),
            first_bad: self.first_bad,
        }
    }

    fn against_earlier(&self, now: u64) -> Option<Finding> {
        let fault = self.earlier.iter().find_map(|seen| {
            let other = seen.origin != *self.chain.vkey().name();
            let empty = seen.size == 0 && seen.root != empty_root();
            if other {
                Some(LedgerError::Origin {
                    expected: self.chain.vkey().name().to_string(),
                })
            } else if seen.size > now {
                Some(LedgerError::Rollback {
                    had: seen.size,
                    now,
                })
            } else if empty {
                Some(LedgerError::Fork { size: 0 })
            } else {
                None
            }
        })?;
        Some(self.finding(self.last_segment, 0, fault, false))
    }

    fn finding(&self, segment: u64, offset: u64, fault: LedgerError, unfinished: bool) -> Finding {
        Finding {
            segment,
            offset,
            index: self.chain.tree().size(),
            fault,
            unfinished,
        }
    }
}

fn wide(offset: usize) -> u64 {
    u64::try_from(offset).unwrap_or(u64::MAX)
}

/// Verifies all segments, in the order of their numbers.
pub fn verify(
    segments: impl IntoIterator<Item = Segment>,
    vkey: Vkey,
    earlier: Vec<Checkpoint>,
) -> Report {
    let mut verifier = Verifier::new(vkey, earlier);
    for segment in segments {
        verifier.segment(&segment);
    }
    verifier.finish()
}

/// Where a walk over a segment ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// The bytes at `offset` are not a frame that may stand there.
    Bad {
        /// Offset in the segment.
        offset: usize,
        /// What is wrong.
        fault: LedgerError,
    },
    /// Only unused, zeroed space follows `offset`.
    Clean {
        /// Offset in the segment.
        offset: usize,
    },
}

/// Hands every frame from `offset` on to `each`, with its offset, until one is bad or space is unused.
pub fn walk(
    bytes: &[u8],
    mut offset: usize,
    mut each: impl FnMut(Decoded, usize) -> Result<(), LedgerError>,
) -> End {
    loop {
        let rest = bytes.get(offset..).unwrap_or_default();
        if used(rest) == 0 {
            return End::Clean { offset };
        }
        let decoded = match Frame::decode(rest) {
            Ok(decoded) => decoded,
            Err(fault) => return End::Bad { offset, fault },
        };
        let length = decoded.length;
        if let Err(fault) = each(decoded, offset) {
            return End::Bad { offset, fault };
        }
        offset += length;
    }
}

/// Could a crash in the middle of a write have left what stands at `offset`, where a frame should, when
/// nothing whole follows it?
pub fn is_unfinished(bytes: &[u8], offset: usize) -> bool {
    let rest = bytes.get(offset..).unwrap_or_default();
    looks_torn(rest, wide(offset)) && next_frame(bytes, offset.saturating_add(1)).is_none()
}

/// Is some of the frame that starts `rest`, at `offset` of its segment, missing as after a crash?
///
/// Segments are laid out as zeros before they are written, and a disk writes sectors of 512 bytes: of a
/// write that was cut off, the end or some sector is still zeros. A frame of which nothing is missing
/// was once whole, and one that runs beyond the end of its file had room when it was written: both were
/// changed by another hand.
pub fn looks_torn(rest: &[u8], offset: u64) -> bool {
    let length = Frame::announced(rest).unwrap_or(HEADER);
    let Some(frame) = rest.get(..length) else {
        return false;
    };
    let into = usize::try_from(offset % SECTOR_WIDE).unwrap_or(0);
    let (first, others) = frame.split_at((SECTOR - into).min(length));
    let missing = |sector: &[u8]| sector.iter().all(|byte| *byte == 0);
    // Header and frame both end in a checksum.
    frame.ends_with(&[0; 4]) || missing(first) || others.chunks(SECTOR).any(missing)
}

/// What a disk writes wholly or not at all, in bytes.
const SECTOR: usize = 512;
const SECTOR_WIDE: u64 = 512;

/// The offset of the first whole frame at or after `from`, whatever it says.
pub fn next_frame(bytes: &[u8], from: usize) -> Option<usize> {
    let rest = bytes.get(from..)?;
    let rest = rest.get(..used(rest))?;
    rest.windows(MAGIC.len())
        .enumerate()
        .filter(|(_, window)| window == MAGIC)
        .find(|(place, _)| {
            rest.get(*place..)
                .is_some_and(|bytes| Frame::decode(bytes).is_ok())
        })
        .map(|(place, _)| from + place)
}

/// Length of `bytes` without the zeros at its end, rounded up to whole blocks.
pub fn used(bytes: &[u8]) -> usize {
    // Compared block by block: a preallocated segment is mostly zeros.
    static ZEROS: [u8; 4096] = [0; 4096];
    let last = bytes
        .chunks(ZEROS.len())
        .rposition(|block| ZEROS.get(..block.len()) != Some(block));
    last.map_or(0, |block| bytes.len().min((block + 1) * ZEROS.len()))
}

#[cfg(test)]
mod tests;
