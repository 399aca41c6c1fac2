//! What a gateway records when it starts: that it did, and whatever changed while it was down.

mod behind;
mod directory;
mod lists;

use stile_ledger::{Entry, EntryKind};
use stile_linkage::WeightsFile;
use stile_model::digest::Digest;
use stile_model::time::Timestamp;
use stile_store::{Batch, PendingEntry, Put, Store, Tree};
use stile_trust::directory::Directory;

use crate::error::ExchangeError;
use crate::evidence::{counts, reason};

pub(crate) use behind::Behind;
pub use directory::check_directory;
pub(crate) use directory::record_directory;
use directory::{commit, note_directory};
pub use lists::{check_lists, record_lists};

const MATCHING: &[u8] = b"recorded/matching";
/// The format recorded last, 4 bytes, most significant first.
const FORMAT_KEPT: &[u8] = b"recorded/format";
/// The format of what gateways of this program keep in a store beside its ledger: cases, enquiries,
/// returns, tasks. One higher with every change that the program before could not read.
const FORMAT: u32 = 1;

/// Can this program read what the store holds? To be asked before anything else is read of it, and
/// again while others may write to it.
///
/// # Errors
///
/// [`ExchangeError::Newer`] when a newer program has written to it; or the record cannot be read.
pub fn check_format(store: &Store) -> Result<(), ExchangeError> {
    match recorded_format(store)? {
        Some(found) if found > FORMAT => Err(ExchangeError::Newer {
            found,
            known: FORMAT,
        }),
        Some(_) | None => Ok(()),
    }
}

fn recorded_format(store: &Store) -> Result<Option<u32>, ExchangeError> {
    let Some(bytes) = store.get(Tree::Meta, FORMAT_KEPT)? else {
        return Ok(None);
    };
    let bytes = <[u8; 4]>::try_from(bytes).map_err(|_| ExchangeError::Stored("format"))?;
    Ok(Some(u32::from_be_bytes(bytes)))
}

/// Records the start of a gateway of this `version` under this policy, the format it writes, and the
/// directory and the rates of matching in force where they are not the ones last recorded. Policies record themselves
/// when they come into force.
///
/// # Errors
///
/// When the directory is older than the one recorded last, a newer program has written to the store,
/// or the start could not be recorded; then the gateway must not serve.
pub async fn record_start(
    store: &Store,
    version: &str,
    policy: Option<Digest>,
    matching: Option<&WeightsFile>,
    directory: &Directory,
    now: Timestamp,
) -> Result<(), ExchangeError> {
    commit(store, || {
        let mut batch = started(store, version, policy, now)?;
        note_directory(store, &mut batch, directory, now)?;
        if let Some(weights) = matching {
            note_matching(store, &mut batch, weights, now)?;
        }
        Ok(batch)
    })
    .await
}

/// The start itself, with the format that is written from now on.
fn started(
    store: &Store,
    version: &str,
    policy: Option<Digest>,
    now: Timestamp,
) -> Result<Batch, ExchangeError> {
    let entry = Entry {
        policy,
        ..Entry::new(EntryKind::Start, now)
    };
    let mut batch = Batch::entry(entry, version.into(), None);
    check_format(store)?;
    if recorded_format(store)? != Some(FORMAT) {
        let format = FORMAT.to_be_bytes().to_vec();
        batch.puts.push(put(FORMAT_KEPT.to_vec(), Some(format)));
    }
    Ok(batch)
}

fn note_matching(
    store: &Store,
    batch: &mut Batch,
    weights: &WeightsFile,
    now: Timestamp,
) -> Result<(), ExchangeError> {
    let digest = weights.digest();
    let version = usize::try_from(weights.version).unwrap_or(usize::MAX);
    // The shipped rates need no word until others were in force.
    if version == 0 && store.get(Tree::Meta, MATCHING)?.is_none() {
        return Ok(());
    }
    let entry = Entry {
        digest: Some(digest),
        counts: counts(&[("version", version)]),
        ..Entry::new(EntryKind::MatchingChange, now)
    };
    note_change(store, batch, MATCHING, digest, entry)
}

fn note_change(
    store: &Store,
    batch: &mut Batch,
    key: &[u8],
    digest: Digest,
    entry: Entry,
) -> Result<(), ExchangeError> {
    let before = store.get(Tree::Meta, key)?;
    if before.as_deref() == Some(digest.as_bytes()) {
        return Ok(());
    }
    let word = if before.is_some() { "changed" } else { "first" };
    batch.entries.push(PendingEntry {
        entry: Entry {
            reason: reason(word),
            ..entry
        },
        // The digest of what was in force before, if anything was.
        body: before.unwrap_or_default(),
        case: None,
        subjects: Vec::new(),
    });
    let digest = digest.as_bytes().to_vec();
    batch.puts.push(put(key.to_vec(), Some(digest)));
    Ok(())
}

/// A row of what is recorded of a gateway itself.
fn put(key: Vec<u8>, value: Option<Vec<u8>>) -> Put {
    Put {
        tree: Tree::Meta,
        key,
        value,
        case: None,
    }
}

#[cfg(test)]
mod tests;
