//! A group of batches on its way to becoming one frame.

use std::collections::HashMap;
use std::sync::Arc;

use stile_ledger::entry::commitment;
use stile_ledger::frame::{Record, Sealed};
use stile_ledger::proof;
use stile_ledger::tree::{inclusion_proof, leaf_hash};
use stile_ledger::{Checkpoint, Tree};
use stile_model::digest::Digest;
use stile_model::id::CaseId;
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use crate::batch::{Batch, Committed, PendingEntry, Receipt};
use crate::error::StoreError;
use crate::index::state_key;
use crate::seal::{DataKey, Keyring, Place, label};
use crate::security;
use crate::store::Shared;

use super::Job;
use super::effects::{Effects, Known};

/// The frame to be, built batch by batch. Nothing outside it changes until it is flushed.
pub(crate) struct Draft {
    pub(crate) tree: Tree,
    pub(crate) size_before: u64,
    pub(crate) records: Vec<Record>,
    pub(crate) effects: Effects,
    /// Of the frames before that readers may not see yet, the newest first.
    before: Vec<Arc<Effects>>,
    /// The old peaks and every subtree completed here: all that proofs of new entries need.
    pub(crate) nodes: HashMap<(u8, u64), Digest>,
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
    held: OwnedSemaphorePermit,
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

/// A batch that is not recorded, and why.
pub(crate) struct Refused {
    job: Job,
    error: StoreError,
}

impl Refused {
    pub(crate) fn answer(self) {
        let _ = self.job.reply.send(Err(self.error));
    }

    pub(crate) fn into_job(self) -> Job {
        self.job
    }
}

impl Pending {
    fn new(job: Job, first: u64) -> Self {
        Self {
            batch: job.batch,
            own: job.own,
            leaves: job.leaves,
            first,
            reply: job.reply,
            held: job.held,
        }
    }

    pub(crate) fn answer(self, nodes: &Arc<Nodes>) {
        // A caller that stopped waiting needs no answer.
        let _ = self.reply.send(Ok(Answer {
            leaves: self.leaves,
            first: self.first,
            nodes: Arc::clone(nodes),
        }));
        // Only then: nobody waits for whoever watches.
        security::tell(&self.batch.entries, self.first);
    }

    pub(crate) fn into_job(self) -> Job {
        Job {
            batch: self.batch,
            own: self.own,
            leaves: self.leaves,
            reply: self.reply,
            held: self.held,
        }
    }
}

impl Draft {
    /// A draft after everything that readers see.
    pub(crate) fn new(shared: &Shared) -> Self {
        Self::after(shared.view().tree.clone(), Vec::new())
    }

    /// A draft after `tree`, on the way to which the frames `before`, the newest first, may still be.
    pub(crate) fn after(tree: Tree, before: Vec<Arc<Effects>>) -> Self {
        let nodes = tree
            .placed_peaks()
            .map(|(level, at, peak)| ((level, at), peak))
            .collect();
        Self {
            size_before: tree.size(),
            tree,
            nodes,
            records: Vec::new(),
            effects: Effects::default(),
            before,
        }
    }

    /// Adds whole batches; gives back those that cannot be, with the reason why not.
    pub(crate) fn take(&mut self, jobs: Vec<Job>, shared: &Shared) -> (Vec<Pending>, Vec<Refused>) {
        let (mut pending, mut refused) = (Vec::with_capacity(jobs.len()), Vec::new());
        for job in jobs {
            match self.add(&job, shared) {
                Ok(first) => pending.push(Pending::new(job, first)),
                Err(error) => refused.push(Refused { job, error }),
            }
        }
        (pending, refused)
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
            self.effects.add(record);
        }
        self.records.extend(records);
    }

    /// This group's effects, then those of the groups before, newest first.
    fn effects(&self) -> impl Iterator<Item = &Effects> {
        std::iter::once(&self.effects).chain(self.before.iter().map(AsRef::as_ref))
    }

    fn is_present(&self, key: &[u8], shared: &Shared) -> Result<bool, StoreError> {
        match self.effects().find_map(|effects| effects.is_present(key)) {
            Some(present) => Ok(present),
            None => Ok(shared.row(key)?.is_some()),
        }
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
        let known = match self.effects().find_map(|effects| effects.key(&label)) {
            Some(Known::Key(key)) => Some(key.clone()),
            Some(Known::Erased) => None,
            None => shared.labelled_key(&label)?,
        };
        if let Some(key) = known {
            return Ok(key);
        }
        let (key, record) = shared.keyring.make(&label)?;
        self.records.push(record);
        self.effects.keys.insert(label, key.clone());
        Ok(key)
    }
}
