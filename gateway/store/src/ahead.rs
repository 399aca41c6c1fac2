//! Reading a journal as fast as the machine can: one thread reads, as many as there are processors look
//! at frames each by itself, and the caller takes them in order.
//!
//! Everything that needs no other frame is done beside the caller: checksums, hashes, leaves and
//! signatures. Memory is bounded by the longest frame (64 MiB) and what may wait.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use stile_ledger::frame::Frame;
use stile_ledger::verify::{Examined, looks_torn};
use stile_ledger::{LedgerError, Vkey};

use crate::error::StoreError;
use crate::journal::Journal;
use crate::segment::{Frames, Raw};

/// Bytes of frames handed on together, and such hand-overs that may wait before and behind each worker.
const TOGETHER: usize = 256 * 1024;
const WAITING: usize = 2;
/// Most workers; one thread reads for all of them and one takes what they found.
const WORKERS: usize = 8;

/// What stands in the journal, in its order.
pub(crate) enum Item {
    /// A segment begins.
    Begin {
        /// Its number, by its name.
        number: u64,
    },
    /// Whole frames and where each starts in the segment.
    Frames(Vec<(Examined, u64)>),
    /// The segment ends with unused space from `offset` on.
    End {
        offset: u64,
        /// Bytes of the file.
        capacity: u64,
    },
    /// At `offset` stands something that is no frame. Nothing more of the segment follows.
    Bad {
        offset: u64,
        capacity: u64,
        fault: LedgerError,
        /// It looks as a crash leaves it, and no whole frame follows in the segment.
        torn: bool,
        /// Bytes from `offset` on that are in use.
        used: u64,
    },
    /// After something bad: this later segment holds a whole frame.
    GoesOn,
    /// A file could not be read; nothing follows.
    Failed(StoreError),
}

/// What the reader hands to a worker.
enum Piece {
    /// Something that needs no looking at.
    Known(Item),
    /// Frames of a segment, by their headers: their bytes, and where each starts in the file.
    Frames {
        segment: u64,
        bytes: Vec<u8>,
        /// Where each starts in the file and ends in `bytes`.
        places: Vec<(u64, usize)>,
    },
}

/// Reads `segments` in other threads and lets `work` take what they find; it may stop early. Frames are
/// examined under `vkey`.
pub(crate) fn ahead<R>(
    journal: &Journal,
    segments: &[u64],
    vkey: &Vkey,
    work: impl FnOnce(&mut dyn Iterator<Item = Item>) -> R,
) -> R {
    let workers = thread::available_parallelism().map_or(1, |count| count.get().min(WORKERS));
    thread::scope(|scope| {
        let (mut inputs, mut outputs) = (Vec::new(), Vec::new());
        for _ in 0..workers {
            let (input, pieces) = sync_channel(WAITING);
            let (output, items) = sync_channel(WAITING);
            scope.spawn(move || examine(journal, vkey, &pieces, &output));
            inputs.push(input);
            outputs.push(items);
        }
        scope.spawn(move || read(journal, segments, &inputs));
        // When `work` stops early, what it holds goes, and each thread ends for want of a listener.
        work(&mut Ordered {
            journal,
            segments,
            outputs,
            turn: 0,
            held: None,
            segment: 0,
            rest: None,
        })
    })
}

/// Takes from the workers in turn, as the reader gives to them.
struct Ordered<'a> {
    journal: &'a Journal,
    segments: &'a [u64],
    outputs: Vec<Receiver<Found>>,
    turn: usize,
    /// Comes before anything else is taken.
    held: Option<Item>,
    segment: u64,
    /// After something bad: the segments that are only asked whether they go on.
    rest: Option<std::slice::Iter<'a, u64>>,
}

impl Iterator for Ordered<'_> {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        if let Some(rest) = &mut self.rest {
            let goes_on = |number: &u64| Frames::open(self.journal, *number)?.frame_follows(0);
            return rest.find_map(|number| match goes_on(number) {
                Ok(true) => Some(Item::GoesOn),
                Ok(false) => None,
                Err(error) => Some(Item::Failed(error)),
            });
        }
        let item = if let Some(held) = self.held.take() {
            held
        } else {
            let (item, held) = self.outputs.get(self.turn)?.recv().ok()?;
            self.turn = (self.turn + 1) % self.outputs.len();
            self.held = held;
            item
        };
        match &item {
            Item::Begin { number } => self.segment = *number,
            Item::Bad { .. } => {
                // Whatever the threads found after it is of no use.
                self.outputs.clear();
                let later = self
                    .segments
                    .partition_point(|number| *number <= self.segment);
                self.rest = Some(self.segments.get(later..).unwrap_or_default().iter());
            }
            Item::Frames(_) | Item::End { .. } | Item::GoesOn | Item::Failed(_) => {}
        }
        Some(item)
    }
}

/// Ends early when nobody listens any more.
fn read(journal: &Journal, segments: &[u64], inputs: &[SyncSender<Piece>]) {
    let mut turns = inputs.iter().cycle();
    let mut send = |piece| turns.next().is_some_and(|input| input.send(piece).is_ok());
    for number in segments {
        match read_segment(journal, *number, &mut send) {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => {
                send(Piece::Known(Item::Failed(error)));
                return;
            }
        }
    }
}

/// `false` when nothing of a later segment is to be read.
fn read_segment(
    journal: &Journal,
    number: u64,
    send: &mut impl FnMut(Piece) -> bool,
) -> Result<bool, StoreError> {
    let mut frames = Frames::open(journal, number)?;
    if !send(Piece::Known(Item::Begin { number })) {
        return Ok(false);
    }
    let (mut bytes, mut places) = (Vec::new(), Vec::new());
    loop {
        let offset = frames.offset();
        let found = frames.next_raw(&mut bytes)?;
        if matches!(found, Raw::Frame) {
            places.push((offset, bytes.len()));
            if bytes.len() < TOGETHER {
                continue;
            }
        }
        let some = Piece::Frames {
            segment: number,
            bytes: std::mem::take(&mut bytes),
            places: std::mem::take(&mut places),
        };
        if !send(some) {
            return Ok(false);
        }
        let capacity = frames.length();
        match found {
            Raw::Frame => {}
            Raw::Clean => return Ok(send(Piece::Known(Item::End { offset, capacity }))),
            Raw::Bad(fault) => {
                let torn = frames.is_unfinished(offset)?;
                send(Piece::Known(bad(&mut frames, offset, fault, torn)?));
                return Ok(false);
            }
        }
    }
}

fn bad(
    frames: &mut Frames,
    offset: u64,
    fault: LedgerError,
    torn: bool,
) -> Result<Item, StoreError> {
    Ok(Item::Bad {
        offset,
        capacity: frames.length(),
        fault,
        torn,
        used: frames.used(offset)?,
    })
}

/// What a worker made of one piece; the second is something bad after some frames.
type Found = (Item, Option<Item>);

/// Ends when the reader does, or when nobody listens any more.
fn examine(journal: &Journal, vkey: &Vkey, pieces: &Receiver<Piece>, output: &SyncSender<Found>) {
    for piece in pieces {
        let found = match piece {
            Piece::Known(item) => (item, None),
            Piece::Frames {
                segment,
                bytes,
                places,
            } => {
                let (some, broken) = decode(&bytes, &places, vkey);
                let broken = broken.map(|(offset, fault, bytes)| {
                    let found = broken_frame(journal, segment, offset, fault, bytes);
                    found.unwrap_or_else(Item::Failed)
                });
                (Item::Frames(some), broken)
            }
        };
        if output.send(found).is_err() {
            return;
        }
    }
}

/// Where a frame is broken, what is wrong with it, and its bytes.
type Broken<'a> = (u64, LedgerError, &'a [u8]);

fn decode<'a>(
    bytes: &'a [u8],
    places: &[(u64, usize)],
    vkey: &Vkey,
) -> (Vec<(Examined, u64)>, Option<Broken<'a>>) {
    let (mut some, mut start) = (Vec::with_capacity(places.len()), 0);
    for (offset, end) in places {
        let frame = bytes.get(start..*end).unwrap_or_default();
        start = *end;
        match Frame::decode(frame) {
            Ok(decoded) => some.push((Examined::new(decoded, vkey), *offset)),
            Err(fault) => return (some, Some((*offset, fault, frame))),
        }
    }
    (some, None)
}

fn broken_frame(
    journal: &Journal,
    segment: u64,
    offset: u64,
    fault: LedgerError,
    bytes: &[u8],
) -> Result<Item, StoreError> {
    let mut frames = Frames::open(journal, segment)?;
    // Of the bytes that were read, for a writer may have finished the frame since.
    let torn = looks_torn(bytes, offset) && !frames.frame_follows(offset.saturating_add(1))?;
    bad(&mut frames, offset, fault, torn)
}
