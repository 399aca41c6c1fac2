//! What a gateway records when it starts: that it did, and whatever changed while it was down.

use stile_ledger::{Entry, EntryKind};
use stile_linkage::WeightsFile;
use stile_model::digest::Digest;
use stile_model::time::Timestamp;
use stile_store::{Batch, PendingEntry, Put, Store, Tree};
use stile_trust::directory::Directory;

use crate::error::ExchangeError;
use crate::evidence::{counts, reason};

const DIRECTORY: &[u8] = b"recorded/directory";
const MATCHING: &[u8] = b"recorded/matching";

/// Records the start of a gateway of this `version` under this policy, and the directory and the
/// rates of matching in force where they are not the ones last recorded. Policies record themselves
/// when they come into force.
///
/// # Errors
///
/// When it could not be recorded; then the gateway must not serve.
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
    let text = serde_json::to_vec(directory).map_err(|_| ExchangeError::Stored("directory"))?;
    let digest = Digest::of(&text);
    let entry = Entry {
        digest: Some(digest),
        counts: counts(&[
            ("members", directory.members.len()),
            ("agreements", directory.agreements.len()),
        ]),
        ..Entry::new(EntryKind::DirectoryChange, now)
    };
    note_change(store, &mut batch, DIRECTORY, digest, entry)?;
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
