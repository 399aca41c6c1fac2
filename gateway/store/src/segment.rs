//! Reading segments one frame at a time, however long they are.
//!
//! Memory is bounded by the longest frame (64 MiB) and the window.

use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;

use stile_ledger::LedgerError;
use stile_ledger::frame::{Decoded, Frame, HEADER, MAGIC, whole_length};
use stile_ledger::verify::looks_torn;

use crate::error::StoreError;
use crate::journal::Journal;

/// Bytes read from the file at once.
const WINDOW: usize = 1024 * 1024;
/// Blocks by which the used part of a tail is measured.
const UNIT: u64 = 4_096;

/// One segment, read from front to back.
pub(crate) struct Frames {
    file: File,
    length: u64,
    at: u64,
    window: Vec<u8>,
    /// Where in the file the window starts.
    start: u64,
}

/// What stands at a place of a segment.
pub(crate) enum Next {
    /// Bytes that are not a whole frame.
    Bad(LedgerError),
    /// Only unused, zeroed space follows.
    Clean,
    /// A whole frame; boxed, for it is large.
    Frame(Box<Decoded>),
}

/// As [`Next`], of which only the header was looked at.
pub(crate) enum Raw {
    /// Bytes that are not a whole header.
    Bad(LedgerError),
    /// Only unused, zeroed space follows.
    Clean,
    /// The bytes of a frame.
    Frame,
}

impl Frames {
    pub(crate) fn open(journal: &Journal, number: u64) -> Result<Self, StoreError> {
        let file = journal.open_segment(number)?;
        let facts = file
            .metadata()
            .map_err(StoreError::io("look at a segment"))?;
        Ok(Self {
            length: facts.len(),
            file,
            at: 0,
            window: Vec::new(),
            start: 0,
        })
    }

    /// Bytes of the file, used or not.
    pub(crate) const fn length(&self) -> u64 {
        self.length
    }

    /// Where the next frame starts.
    pub(crate) const fn offset(&self) -> u64 {
        self.at
    }

    /// What stands at [`Frames::offset`], which a whole frame moves past its end.
    pub(crate) fn next(&mut self) -> Result<Next, StoreError> {
        let at = self.at;
        if self.is_clean()? {
            return Ok(Next::Clean);
        }
        Ok(match self.frame(at)? {
            Err(fault) => Next::Bad(fault),
            Ok(decoded) => {
                let length = u64::try_from(decoded.length).unwrap_or(u64::MAX);
                self.at = at.saturating_add(length);
                Next::Frame(Box::new(decoded))
            }
        })
    }

    /// As [`Frames::next`], going by the frame's header alone: its bytes, fewer where the file ends, are
    /// put behind `bytes`, for somebody else to look at.
    pub(crate) fn next_raw(&mut self, bytes: &mut Vec<u8>) -> Result<Raw, StoreError> {
        let at = self.at;
        if self.is_clean()? {
            return Ok(Raw::Clean);
        }
        let length = match whole_length(self.bytes(at, HEADER)?) {
            Ok(length) => length,
            Err(fault) => return Ok(Raw::Bad(fault)),
        };
        bytes.extend_from_slice(self.bytes(at, length)?);
        self.at = at.saturating_add(u64::try_from(length).unwrap_or(u64::MAX));
        Ok(Raw::Frame)
    }

    fn is_clean(&mut self) -> Result<bool, StoreError> {
        let at = self.at;
        let header = self.bytes(at, HEADER)?;
        Ok(header.iter().all(|byte| *byte == 0) && self.used(at)? == 0)
    }

    fn frame(&mut self, at: u64) -> Result<Result<Decoded, LedgerError>, StoreError> {
        let length = match whole_length(self.bytes(at, HEADER)?) {
            Ok(length) => length,
            Err(fault) => return Ok(Err(fault)),
        };
        Ok(Frame::decode(self.bytes(at, length)?))
    }

    /// Could a crash have left what stands at `offset`?
    pub(crate) fn is_unfinished(&mut self, offset: u64) -> Result<bool, StoreError> {
        let length = Frame::announced(self.bytes(offset, HEADER)?).unwrap_or(HEADER);
        Ok(looks_torn(self.bytes(offset, length)?, offset)
            && !self.frame_follows(offset.saturating_add(1))?)
    }

    /// The last two frames, as their headers say, and whatever follows them. Only headers are looked at.
    pub(crate) fn end(&mut self) -> Result<Range<u64>, StoreError> {
        let (mut before, mut last, mut at) = (0, 0, 0);
        while let Ok(length) = whole_length(self.bytes(at, HEADER)?) {
            (before, last) = (last, at);
            at = at.saturating_add(u64::try_from(length).unwrap_or(u64::MAX));
        }
        Ok(before
            ..at.max(last.saturating_add(self.used(last)?))
                .min(self.length))
    }

    /// Does a whole frame, whatever it says, start at or after `from`?
    pub(crate) fn frame_follows(&mut self, mut from: u64) -> Result<bool, StoreError> {
        loop {
            let bytes = self.bytes(from, WINDOW)?;
            let marks: Vec<usize> = bytes
                .windows(MAGIC.len())
                .enumerate()
                .filter_map(|(place, window)| (window == MAGIC).then_some(place))
                .collect();
            let (read, whole) = (bytes.len(), bytes.len() >= WINDOW);
            for mark in marks {
                let mark = u64::try_from(mark).unwrap_or(u64::MAX);
                if self.frame(from.saturating_add(mark))?.is_ok() {
                    return Ok(true);
                }
            }
            if !whole {
                return Ok(false);
            }
            // The mark may lie across the border of two windows.
            let read = u64::try_from(read.saturating_sub(MAGIC.len() - 1)).unwrap_or(u64::MAX);
            from = from.saturating_add(read);
        }
    }

    /// Bytes from `from` to the last that is not zero, rounded up to whole blocks.
    pub(crate) fn used(&mut self, from: u64) -> Result<u64, StoreError> {
        static ZEROS: [u8; WINDOW] = [0; WINDOW];
        let (mut used, mut at) = (0, from);
        loop {
            let bytes = self.bytes(at, WINDOW)?;
            let read = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            if read == 0 {
                return Ok(used.min(self.length.saturating_sub(from)));
            }
            if ZEROS.get(..bytes.len()) != Some(bytes) {
                let last = bytes.iter().rposition(|byte| *byte != 0).unwrap_or(0);
                let last = u64::try_from(last).unwrap_or(u64::MAX);
                used = (at - from).saturating_add(last + 1).next_multiple_of(UNIT);
            }
            at = at.saturating_add(read);
        }
    }

    /// Up to `count` bytes at `at`: fewer where the file ends.
    fn bytes(&mut self, at: u64, count: usize) -> Result<&[u8], StoreError> {
        let left = usize::try_from(self.length.saturating_sub(at)).unwrap_or(usize::MAX);
        let count = count.min(left);
        let inside = at
            .checked_sub(self.start)
            .and_then(|skip| usize::try_from(skip).ok())
            .filter(|skip| skip.saturating_add(count) <= self.window.len());
        let skip = if let Some(skip) = inside {
            skip
        } else {
            self.start = at;
            self.window.resize(count.max(WINDOW.min(left)), 0);
            self.file
                .read_exact_at(&mut self.window, at)
                .map_err(StoreError::io("read a journal segment"))?;
            0
        };
        Ok(self.window.get(skip..skip + count).unwrap_or_default())
    }
}
