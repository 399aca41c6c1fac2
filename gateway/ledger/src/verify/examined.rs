//! What can be said of one frame without those before it, so that several are examined at once.

use stile_model::digest::Digest;

use crate::checkpoint::Checkpoint;
use crate::entry::Leaf;
use crate::error::LedgerError;
use crate::frame::{Decoded, Record};
use crate::note::Vkey;
use crate::tree::leaf_hash;

/// A frame whose signatures and leaves have been looked at. Whether it holds is for the
/// [`Chain`](super::Chain) to say, which takes frames in order.
#[derive(Debug, Clone)]
pub struct Examined {
    pub(super) decoded: Decoded,
    pub(super) marks: Marks,
    pub(super) vkey: Vkey,
}

impl Examined {
    /// Examines `decoded` under `vkey`: both signatures, every leaf and its hash.
    pub fn new(decoded: Decoded, vkey: &Vkey) -> Self {
        Self {
            marks: Marks::of(&decoded, vkey),
            decoded,
            vkey: vkey.clone(),
        }
    }

    /// The frame.
    pub const fn decoded(&self) -> &Decoded {
        &self.decoded
    }
}

/// What was found; the chain says it in the order of its own checks.
#[derive(Debug, Clone)]
pub(super) struct Marks {
    pub(super) signature: Result<(), LedgerError>,
    /// Hashes of the leaves, in order, up to the first that cannot be read.
    pub(super) leaves: Vec<Digest>,
    /// Why that one cannot be read.
    pub(super) unread: Option<LedgerError>,
    pub(super) checkpoint: Result<Checkpoint, LedgerError>,
}

impl Marks {
    /// A frame that its own signature does not cover is looked at no further.
    pub(super) fn of(decoded: &Decoded, vkey: &Vkey) -> Self {
        let signature = decoded.verify_signature(vkey);
        let mut marks = Self {
            signature,
            leaves: Vec::new(),
            unread: None,
            checkpoint: Err(LedgerError::Signature),
        };
        if marks.signature.is_ok() {
            marks.checkpoint = Checkpoint::open(&decoded.frame.head.checkpoint, vkey);
            marks.read(&decoded.frame.records);
        }
        marks
    }

    fn read(&mut self, records: &[Record]) {
        for record in records {
            if let Record::Entry(leaf) = record {
                if let Err(fault) = Leaf::check(leaf) {
                    self.unread = Some(fault);
                    return;
                }
                self.leaves.push(leaf_hash(leaf));
            }
        }
    }
}
