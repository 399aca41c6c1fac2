//! What both engines' writers do with a group of batches.

use stile_ledger::frame::{Head, Record};
use stile_ledger::{Checkpoint, LedgerKey, Tree, Vkey};

use super::draft::{Pending, Refused};
use super::{GROUP, GROUP_RECORDS, Job};
use crate::batch::MAX_WEIGHT;
use crate::error::StoreError;

/// The head of `tree`, signed.
pub(crate) fn signed_head(vkey: &Vkey, key: &LedgerKey, tree: &Tree) -> Result<Head, StoreError> {
    let (origin, root) = (vkey.name().clone(), tree.root());
    let checkpoint = Checkpoint {
        origin,
        size: tree.size(),
        root,
    }
    .sign(key)?;
    Ok(Head {
        size: tree.size(),
        root,
        peaks: tree.peaks().to_vec(),
        checkpoint,
    })
}

/// The keys that these records erase.
pub(crate) fn erased_in(records: &[Record]) -> Vec<([u8; 16], Vec<u8>)> {
    let erased = records.iter().filter_map(|record| match record {
        Record::KeyErased { id, label } => Some((*id, label.clone())),
        Record::Body { .. }
        | Record::Entry(_)
        | Record::State { .. }
        | Record::WrappedKey { .. } => None,
    });
    erased.collect()
}

/// How many of `jobs` fit one frame; at least one.
pub(crate) fn group_length(jobs: &[Job]) -> usize {
    let (mut weight, mut records) = (0_usize, 0_usize);
    let over = jobs.iter().position(|job| {
        weight = weight.saturating_add(job.batch.weight());
        records += job.batch.entries.len() * 3 + job.batch.puts.len() * 2 + job.own.len();
        weight > MAX_WEIGHT || records > GROUP_RECORDS
    });
    over.unwrap_or(jobs.len()).clamp(1, GROUP).min(jobs.len())
}

pub(crate) fn refuse(jobs: Vec<Job>, error: impl Fn() -> StoreError) {
    for job in jobs {
        // A caller that stopped waiting needs no answer.
        let _ = job.reply.send(Err(error()));
    }
}

/// The jobs as they came, to be tried or refused once more.
pub(crate) fn again(pending: Vec<Pending>, refused: Vec<Refused>) -> Vec<Job> {
    let refused = refused.into_iter().map(Refused::into_job);
    pending
        .into_iter()
        .map(Pending::into_job)
        .chain(refused)
        .collect()
}
