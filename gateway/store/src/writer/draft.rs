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
use crate::seal::{DataKey, Place, label};
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

/// A batch that is in the draft.
pub(crate) struct Pending {
    pub(crate) batch: Batch,
    own: Vec<Record>,
    leaves: Vec<(u64, Vec<u8>)>,
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
    leaves: Vec<(u64, Vec<u8>)>,
    nodes: Arc<Nodes>,
}

impl Answer {
    pub(crate) fn committed(self) -> Result<Committed, StoreError> {
        let Nodes { roots, head, note } = &*self.nodes;
        let receipt = |(index, leaf)| {
            let inclusion = inclusion_proof(index, head.size, |level, at| {
                roots.get(&(level, at)).copied()
            })?;
            let proof = proof::Receipt {
                index,
                inclusion,
                checkpoint: note.clone(),
            };
            Receipt::of_durable(leaf, proof, head.size)
        };
        let receipts = self
            .leaves
            .into_iter()
            .map(receipt)
            .collect::<Result<_, _>>()?;
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
            Ok(leaves) => Some(Pending {
                batch: job.batch,
                own: job.own,
                leaves,
                reply: job.reply,
            }),
            Err(error) => {
                let _ = job.reply.send(Err(error));
                None
            }
        }
    }

    fn add(&mut self, job: &Job, shared: &Shared) -> Result<Vec<(u64, Vec<u8>)>, StoreError> {
        let batch = &job.batch;
        for (tree, key) in &batch.require_absent {
            if self.is_present(&state_key(tree.number(), key), shared)? {
                return Err(StoreError::AlreadyThere(*tree));
            }
        }
        // All that can fail comes first; a key made for a batch that then fails is only unused.
        let (mut records, mut leaves, mut index) = (job.own.clone(), Vec::new(), self.tree.size());
        for pending in &batch.entries {
            let (salt, nonce) = (shared.keyring.random()?, shared.keyring.random()?);
            let leaf = pending
                .entry
                .to_leaf_bytes(&nonce, &commitment(&salt, &pending.body))?;
            let plain = [salt.as_slice(), &pending.body].concat();
            let place = Place::Body(index);
            let sealed = self.seal(pending.case.as_ref(), &place, &plain, shared)?;
            records.push(Record::Entry(leaf.clone()));
            records.push(Record::Body { index, sealed });
            records.extend(self.subjects(pending, index, shared)?);
            leaves.push((index, leaf));
            index += 1;
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
        self.accept(records);
        Ok(leaves)
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

    fn accept(&mut self, records: Vec<Record>) {
        for record in &records {
            match record {
                Record::Entry(leaf) => {
                    let Self { tree, nodes, .. } = self;
                    tree.append_noting(leaf_hash(leaf), |level, at, hash| {
                        nodes.insert((level, at), hash);
                    });
                }
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
                Record::Body { .. } | Record::KeyErased { .. } | Record::WrappedKey { .. } => {}
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
