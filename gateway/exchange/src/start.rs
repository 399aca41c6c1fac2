//! What a gateway records when it starts: that it did, and whatever changed while it was down.

mod behind;
mod lists;

use stile_ledger::{Entry, EntryKind};
use stile_linkage::WeightsFile;
use stile_model::digest::Digest;
use stile_model::time::Timestamp;
use stile_store::{Batch, PendingEntry, Put, Store, Tree};
use stile_trust::TrustError;
use stile_trust::directory::{Directory, DirectoryFault};

use crate::error::ExchangeError;
use crate::evidence::{counts, reason};

pub(crate) use behind::Behind;
pub use lists::{check_lists, record_lists};

const DIRECTORY: &[u8] = b"recorded/directory";
/// The version of the directory recorded last, 8 bytes, most significant first.
const VERSION: &[u8] = b"recorded/directory-version";
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

/// Is this directory the one recorded last, or a newer one? To be asked before anything is served or
/// recorded under it.
///
/// # Errors
///
/// [`DirectoryFault::Rollback`] when a higher version was in use on this store,
/// [`DirectoryFault::Reissued`] when the same version was with another content; or the record cannot
/// be read.
pub fn check_directory(store: &Store, directory: &Directory) -> Result<(), ExchangeError> {
    let Some(held) = recorded_version(store)? else {
        return Ok(());
    };
    if directory.version < held {
        let rollback = DirectoryFault::Rollback {
            found: directory.version,
            minimum: held,
        };
        return Err(TrustError::from(rollback).into());
    }
    let recorded = store.get(Tree::Meta, DIRECTORY)?;
    let digest = digest_of(directory)?;
    if directory.version == held && recorded.as_deref() != Some(digest.as_bytes()) {
        return Err(TrustError::from(DirectoryFault::Reissued(held)).into());
    }
    Ok(())
}

fn recorded_version(store: &Store) -> Result<Option<u64>, ExchangeError> {
    let Some(bytes) = store.get(Tree::Meta, VERSION)? else {
        return Ok(None);
    };
    let bytes = <[u8; 8]>::try_from(bytes).map_err(|_| ExchangeError::Stored("version"))?;
    Ok(Some(u64::from_be_bytes(bytes)))
}

fn digest_of(directory: &Directory) -> Result<Digest, ExchangeError> {
    let text = serde_json::to_vec(directory).map_err(|_| ExchangeError::Stored("directory"))?;
    Ok(Digest::of(&text))
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
    let mut batch = Batch::entry(
        Entry {
            policy,
            ..Entry::new(EntryKind::Start, now)
        },
        version.into(),
        None,
    );
    check_format(store)?;
    if recorded_format(store)? != Some(FORMAT) {
        batch.puts.push(Put {
            tree: Tree::Meta,
            key: FORMAT_KEPT.to_vec(),
            value: Some(FORMAT.to_be_bytes().to_vec()),
            case: None,
        });
    }
    note_directory(store, &mut batch, directory, now)?;
    if let Some(weights) = matching {
        let digest = weights.digest();
        let version = usize::try_from(weights.version).unwrap_or(usize::MAX);
        let entry = Entry {
            digest: Some(digest),
            counts: counts(&[("version", version)]),
            ..Entry::new(EntryKind::MatchingChange, now)
        };
        // The shipped rates need no word until others were in force.
        if version > 0 || store.get(Tree::Meta, MATCHING)?.is_some() {
            note_change(store, &mut batch, MATCHING, digest, entry)?;
        }
    }
    store.commit(batch).await?;
    Ok(())
}

/// Records the directory that comes into use while the gateway runs.
///
/// # Errors
///
/// When it is older than the one recorded last, or could not be recorded; then it must not come into
/// use.
pub(crate) async fn record_directory(
    store: &Store,
    directory: &Directory,
    now: Timestamp,
) -> Result<(), ExchangeError> {
    let mut batch = Batch::default();
    note_directory(store, &mut batch, directory, now)?;
    if !batch.puts.is_empty() {
        store.commit(batch).await?;
    }
    Ok(())
}

fn note_directory(
    store: &Store,
    batch: &mut Batch,
    directory: &Directory,
    now: Timestamp,
) -> Result<(), ExchangeError> {
    check_directory(store, directory)?;
    let digest = digest_of(directory)?;
    if recorded_version(store)? != Some(directory.version) {
        batch.puts.push(Put {
            tree: Tree::Meta,
            key: VERSION.to_vec(),
            value: Some(directory.version.to_be_bytes().to_vec()),
            case: None,
        });
    }
    let entry = Entry {
        digest: Some(digest),
        counts: counts(&[
            ("members", directory.members.len()),
            ("agreements", directory.agreements.len()),
        ]),
        ..Entry::new(EntryKind::DirectoryChange, now)
    };
    note_change(store, batch, DIRECTORY, digest, entry)
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
    batch.puts.push(Put {
        tree: Tree::Meta,
        key: key.to_vec(),
        value: Some(digest.as_bytes().to_vec()),
        case: None,
    });
    Ok(())
}

#[cfg(test)]
mod tests;
