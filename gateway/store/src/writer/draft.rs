//! A group of batches on its way to becoming one frame.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use stile_ledger::entry::commitment;
use stile_ledger::frame::{Record, Sealed};
use stile_ledger::proof;
use stile_ledger::tree::{inclusion_proof, leaf_hash};
use stile_ledger::{Checkpoint, Tree};
use stile_model::digest::Digest;
use stile_model::id::CaseId;
use tokio::sync::oneshot;

use crate::batch::{Batch, Committed, PendingEntry, Receipt};
use crate::error::StoreError;
use crate::index::state_key;
use crate::seal::{DataKey, Keyring, Place, label};
use crate::store::Shared;

use super::Job;

/// The frame to be, built batch by batch. Nothing outside it changes until it is flushed.
pub(crate) struct Draft {
    pub(crate) tree: Tree,
    pub(crate) size_before: u64,
    pub(crate) records: Vec<Record>,
    /// Data keys made for this frame; remembered only once it is flushed.
    pub(crate) keys: HashMap<Vec<u8>, DataKey>,
    /// The old peaks and every subtree completed here: all that proofs of new entries need.
    pub(crate) nodes: HashMap<(u8, u64), Digest>,
    /// Keys set by earlier batches of this group.
    present: HashSet<Vec<u8>>,
    absent: HashSet<Vec<u8>>,
}

/// What can be made of an entry before its index is known.
pub(crate) struct Prepared {
    leaf: Vec<u8>,
    hash: Digest,
    /// What the entry names; for its receipt.
    digest: Option<Digest>,
    /// Salt and body.
    plain: Vec<u8>,
}

impl Prepared {
    pub(crate) fn new(pending: &PendingEntry, keyring: &Keyring) -> Result<Self, StoreError> {
        let (salt, nonce) = (keyring.random()?, keyring.random()?);
        let body = commitment(&salt, &pending.body);
        let leaf = pending.entry.to_leaf_bytes(&nonce, &body)?;
        Ok(Self {
            hash: leaf_hash(&leaf),
            leaf,
            digest: pending.entry.digest,
            plain: [salt.as_slice(), &pending.body].concat(),
        })
    }
}

/// A batch that is in the draft.
pub(crate) struct Pending {
    pub(crate) batch: Batch,
    own: Vec<Record>,
    leaves: Vec<Prepared>,
    /// Index of its first entry.
    first: u64,
    reply: oneshot::Sender<Result<Answer, StoreError>>,
}

/// The subtrees that prove a frame's entries, and the head they lead to.
pub(crate) struct Nodes {
    pub(crate) roots: HashMap<(u8, u64), Digest>,
    pub(crate) head: Checkpoint,
    pub(crate) note: String,
}

/// A flushed batch; receipts are worked out by the caller, not by the writer.
pub(crate) struct Answer {
    leaves: Vec<Prepared>,
    first: u64,
    nodes: Arc<Nodes>,
}

impl Answer {
    pub(crate) fn committed(self) -> Result<Committed, StoreError> {
        let Nodes { roots, head, note } = &*self.nodes;
        let receipt = |(index, leaf): (u64, Prepared)| {
            let inclusion = inclusion_proof(index, head.size, |level, at| {
                roots.get(&(level, at)).copied()
            })?;
            let proof = proof::Receipt {
                index,
                inclusion,
                checkpoint: note.clone(),
            };
            Ok(Receipt::of_known(leaf.leaf, leaf.digest, proof, head.size))
        };
        let receipts = (self.first..)
            .zip(self.leaves)
            .map(receipt)
            .collect::<Result<_, StoreError>>()?;
        Ok(Committed {
            receipts,
            head: head.clone(),
        })
    }
}

impl Pending {
    pub(crate) fn answer(self, nodes: &Arc<Nodes>) {
        // A caller that stopped waiting needs no answer.
        let _ = self.reply.send(Ok(Answer {
            leaves: self.leaves,
            first: self.first,
            nodes: Arc::clone(nodes),
        }));
    }

    pub(crate) fn fail(self, error: StoreError) {
        let _ = self.reply.send(Err(error));
    }

    pub(crate) fn into_job(self) -> Job {
        Job {
            batch: self.batch,
            own: self.own,
            leaves: self.leaves,
            reply: self.reply,
        }
    }
}

impl Draft {
    pub(crate) fn new(shared: &Shared) -> Self {
        let tree = shared.view().tree.clone();
        let nodes = tree
            .placed_peaks()
            .map(|(level, at, peak)| ((level, at), peak))
            .collect();
        Self {
            size_before: tree.size(),
            tree,
            nodes,
            records: Vec::new(),
            keys: HashMap::new(),
            present: HashSet::new(),
            absent: HashSet::new(),
        }
    }

    /// Takes in which of the keys `asked` have a row, so that each need not be asked for.
    pub(crate) fn know(&mut self, asked: &[Vec<u8>], present: Vec<Vec<u8>>) {
        self.present.extend(present);
        let absent = asked.iter().filter(|key| !self.present.contains(*key));
        self.absent.extend(absent.cloned());
    }

    /// Adds a whole batch, or answers it with the reason why not.
    pub(crate) fn take(&mut self, job: Job, shared: &Shared) -> Option<Pending> {
        match self.add(&job, shared) {
            Ok(first) => Some(Pending {
                batch: job.batch,
                own: job.own,
                leaves: job.leaves,
                first,
                reply: job.reply,
            }),
            Err(error) => {
                let _ = job.reply.send(Err(error));
                None
            }
        }
    }

    /// Adds the batch and gives the index of its first entry.
    fn add(&mut self, job: &Job, shared: &Shared) -> Result<u64, StoreError> {
        let batch = &job.batch;
        for (tree, key) in &batch.require_absent {
            if self.is_present(&state_key(tree.number(), key), shared)? {
                return Err(StoreError::AlreadyThere(*tree));
            }
        }
        // All that can fail comes first; a key made for a batch that then fails is only unused.
        let (first, mut records) = (self.tree.size(), job.own.clone());
        records.reserve(batch.entries.len() * 2 + batch.puts.len());
        for (index, (pending, prepared)) in (first..).zip(batch.entries.iter().zip(&job.leaves)) {
            let place = Place::Body(index);
            let sealed = self.seal(pending.case.as_ref(), &place, &prepared.plain, shared)?;
            records.push(Record::Entry(prepared.leaf.clone()));
            records.push(Record::Body { index, sealed });
            records.extend(self.subjects(pending, index, shared)?);
        }
        for put in &batch.puts {
            let (tree, key) = (put.tree.number(), put.key.clone());
            let place = Place::State {
                tree,
                key: &put.key,
            };
            let value = match &put.value {
                Some(value) => Some(self.seal(put.case.as_ref(), &place, value, shared)?),
                None => None,
            };
            records.push(Record::State { tree, key, value });
        }
        self.accept(records, &job.leaves);
        Ok(first)
    }

    /// Whom the entry is about, sealed as its body is.
    fn subjects(
        &mut self,
        pending: &PendingEntry,
        index: u64,
        shared: &Shared,
    ) -> Result<Option<Record>, StoreError> {
        let Some(plain) = pending.subject_bytes() else {
            return Ok(None);
        };
        let (tree, key) = (crate::Tree::Subjects.number(), index.to_be_bytes().to_vec());
        let place = Place::State { tree, key: &key };
        let value = Some(self.seal(pending.case.as_ref(), &place, &plain, shared)?);
        Ok(Some(Record::State { tree, key, value }))
    }

    fn accept(&mut self, records: Vec<Record>, leaves: &[Prepared]) {
        for leaf in leaves {
            let Self { tree, nodes, .. } = self;
            tree.append_noting(leaf.hash, |level, at, hash| {
                nodes.insert((level, at), hash);
            });
        }
        for record in &records {
            match record {
                Record::State { tree, key, value } => {
                    let key = state_key(*tree, key);
                    let (now, was) = if value.is_some() {
                        (&mut self.present, &mut self.absent)
                    } else {
                        (&mut self.absent, &mut self.present)
                    };
                    was.remove(&key);
                    now.insert(key);
                }
                Record::Body { .. }
                | Record::Entry(_)
                | Record::KeyErased { .. }
                | Record::WrappedKey { .. } => {}
            }
        }
        self.records.extend(records);
    }

    fn is_present(&self, key: &[u8], shared: &Shared) -> Result<bool, StoreError> {
        if self.present.contains(key) {
            return Ok(true);
        }
        Ok(!self.absent.contains(key) && shared.row(key)?.is_some())
    }

    fn seal(
        &mut self,
        case: Option<&CaseId>,
        place: &Place<'_>,
        plain: &[u8],
        shared: &Shared,
    ) -> Result<Sealed, StoreError> {
        let key = self.data_key(label(case), shared)?;
        shared.keyring.seal(&key, place, plain)
    }

    fn data_key(&mut self, label: Vec<u8>, shared: &Shared) -> Result<DataKey, StoreError> {
        if let Some(key) = self.keys.get(&label) {
            return Ok(key.clone());
        }
        if let Some(key) = shared.labelled_key(&label)? {
            return Ok(key);
        }
        let (key, record) = shared.keyring.make(&label)?;
        self.records.push(record);
        self.keys.insert(label, key.clone());
        Ok(key)
    }
}
