//! What comes next in the journal, if everything on its way arrives: the tree, the place, the jobs.
//!
//! Nothing of it is shown to anybody. When a frame on its way fails, the store is poisoned and no plan
//! counts any more.

use std::collections::VecDeque;
use std::fs::File;
use std::sync::Arc;

use stile_ledger::frame::{Encoded, Frame, Head, Record};
use stile_ledger::tile::Edge;
use stile_ledger::tree::leaf_hash;
use stile_ledger::{Checkpoint, LedgerKey, Tree, Vkey};
use stile_model::digest::Digest;
use tokio::sync::mpsc;

use super::draft::{Draft, Nodes, Pending, Refused};
use super::effects::Effects;
use super::group::{erased_in, group_length, signed_head};
use super::{GROUP, Job};
use crate::error::StoreError;
use crate::index::{Applied, Row, index_origin, rows_with};

/// Where the next frame goes.
pub(crate) struct Tail {
    pub(crate) file: Option<Arc<File>>,
    pub(crate) segment: u64,
    pub(crate) offset: u64,
    pub(crate) capacity: u64,
    pub(crate) number: u64,
    pub(crate) previous: Digest,
}

/// The state after every frame on its way.
pub(super) struct Plan {
    queue: mpsc::Receiver<Job>,
    /// Taken from the queue, and not in a group yet.
    waiting: Vec<Job>,
    pub(super) tail: Tail,
    tree: Tree,
    edge: Edge,
    /// The signed head of `tree`.
    head: Head,
    /// Effects of the frames that readers may not see yet, with their numbers, oldest first.
    flying: VecDeque<(u64, Arc<Effects>)>,
}

/// A frame ready for the disk, and all that is to be done once it is there.
pub(super) struct Ready {
    pub(super) file: Arc<File>,
    pub(super) offset: u64,
    pub(super) number: u64,
    pub(super) encoded: Encoded,
    pub(super) rows: Vec<Row>,
    /// Hashes of the new leaves.
    pub(super) leaves: Vec<Digest>,
    pub(super) tree: Tree,
    pub(super) effects: Arc<Effects>,
    pub(super) erased: Vec<([u8; 16], Vec<u8>)>,
    pub(super) nodes: Arc<Nodes>,
}

/// One group of batches.
pub(super) struct Group {
    /// `None` when all were refused.
    pub(super) frame: Option<Ready>,
    pub(super) pending: Vec<Pending>,
    /// Told only after the frames that the refusal may rest on.
    pub(super) refused: Vec<Refused>,
}

impl Plan {
    /// `head` is the signed head of `tree`.
    pub(super) fn new(
        queue: mpsc::Receiver<Job>,
        tail: Tail,
        state: (Tree, Edge),
        head: Head,
    ) -> Self {
        let (tree, edge) = state;
        Self {
            queue,
            waiting: Vec::with_capacity(GROUP),
            tail,
            tree,
            edge,
            head,
            flying: VecDeque::new(),
        }
    }

    /// Waits for a job; `None` when there will be none.
    pub(super) fn wait(&mut self) -> Option<()> {
        if self.waiting.is_empty() {
            let got = self.queue.blocking_recv_many(&mut self.waiting, GROUP);
            return (got > 0).then_some(());
        }
        Some(())
    }

    /// As many of the waiting jobs as one frame holds.
    pub(super) fn group(&mut self) -> Vec<Job> {
        while self.waiting.len() < GROUP
            && let Ok(job) = self.queue.try_recv()
        {
            self.waiting.push(job);
        }
        let rest = self.waiting.split_off(group_length(&self.waiting));
        std::mem::replace(&mut self.waiting, rest)
    }

    /// A draft after all frames on their way, of which those before `shown` have arrived.
    pub(super) fn draft(&mut self, shown: u64) -> Draft {
        while self
            .flying
            .front()
            .is_some_and(|(number, _)| *number < shown)
        {
            self.flying.pop_front();
        }
        let before = self
            .flying
            .iter()
            .rev()
            .map(|(_, effects)| Arc::clone(effects));
        Draft::after(self.tree.clone(), before.collect())
    }

    /// The draft's frame, as it would stand at the tail.
    pub(super) fn frame(
        &self,
        draft: &mut Draft,
        (vkey, key): (&Vkey, &LedgerKey),
    ) -> Result<(Head, Encoded), StoreError> {
        // The same head is signed with the same bytes.
        let head = if draft.tree.size() == self.tree.size() {
            self.head.clone()
        } else {
            signed_head(vkey, key, &draft.tree)?
        };
        self.encode(&mut draft.records, head, key)
    }

    /// The frame that restates the head before the draft.
    pub(super) fn opening(&self, key: &LedgerKey) -> Result<Encoded, StoreError> {
        let (_, encoded) = self.encode(&mut Vec::new(), self.head.clone(), key)?;
        Ok(encoded)
    }

    fn encode(
        &self,
        records: &mut Vec<Record>,
        head: Head,
        key: &LedgerKey,
    ) -> Result<(Head, Encoded), StoreError> {
        let frame = Frame {
            number: self.tail.number,
            previous: self.tail.previous,
            records: std::mem::take(records),
            head,
        };
        let encoded = frame.encode(key);
        *records = frame.records;
        Ok((frame.head, encoded?))
    }

    /// Is there room at the tail for a frame of so many bytes?
    pub(super) fn has_room(&self, bytes: u64) -> bool {
        let room = self.tail.capacity.saturating_sub(self.tail.offset);
        self.tail.file.is_some() && self.tail.offset > 0 && bytes <= room
    }

    /// The frame is on its way; what is planned from here on comes after it.
    pub(super) fn send(
        &mut self,
        draft: Draft,
        (head, encoded): (Head, Encoded),
        vkey: &Vkey,
    ) -> Result<Ready, StoreError> {
        let file = self.tail.file.clone().ok_or(StoreError::Unwritable)?;
        let (number, at) = (self.tail.number, (self.tail.segment, self.tail.offset));
        let Draft {
            tree,
            size_before,
            records,
            effects,
            nodes,
            ..
        } = draft;
        let checkpoint = Checkpoint {
            origin: vkey.name().clone(),
            size: tree.size(),
            root: head.root,
        };
        // The tree of the draft has hashed every leaf.
        let known = |index| nodes.get(&(0, index)).copied();
        let hash = |index, leaf: &[u8]| known(index).unwrap_or_else(|| leaf_hash(leaf));
        let (spans, edge) = (&encoded.spans, &mut self.edge);
        let mut rows = rows_with(&records, spans, at, size_before, edge, hash);
        rows.push(applied(number, at.0, &encoded, &checkpoint));
        let leaves = (size_before..tree.size()).filter_map(known).collect();
        let effects = Arc::new(effects);
        self.flying.push_back((number, Arc::clone(&effects)));
        self.advance(&encoded);
        self.tree.clone_from(&tree);
        self.head.clone_from(&head);
        Ok(Ready {
            file,
            offset: at.1,
            number,
            encoded,
            rows,
            leaves,
            tree,
            effects,
            erased: erased_in(&records),
            nodes: Arc::new(Nodes {
                roots: nodes,
                head: checkpoint,
                note: head.checkpoint,
            }),
        })
    }

    /// The tail moves behind a frame.
    pub(super) fn advance(&mut self, frame: &Encoded) {
        self.tail.offset = self.tail.offset.saturating_add(length(&frame.bytes));
        self.tail.number += 1;
        self.tail.previous = frame.hash();
    }
}

fn applied(number: u64, segment: u64, frame: &Encoded, head: &Checkpoint) -> Row {
    Applied {
        number,
        segment,
        hash: frame.hash(),
        size: head.size,
        origin: index_origin(&head.origin),
    }
    .row()
}

pub(super) fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}
