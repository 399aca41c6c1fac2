//! Which directory this member works from, for good: with an older one, whom a newer one took away would
//! come back at the next start.
//!
//! One record for every gateway of a store, which never says less than it did:
//!
//! ```text
//! recorded/directory-after/<version>   what came after that version, or first of all: its version, 8 bytes,
//!                                      most significant first, and its digest; the highest one counts
//! recorded/directory-version           the same version, and
//! recorded/directory                   the same digest, all that older stores have and older programs read
//! ```
//!
//! After one version another comes once, whoever else writes to the same store: of two gateways that
//! have both looked before either has recorded, the later to do so is refused and looks again.

use stile_ledger::{Entry, EntryKind};
use stile_model::digest::Digest;
use stile_model::time::Timestamp;
use stile_store::{Batch, Store, StoreError, Tree};
use stile_trust::TrustError;
use stile_trust::directory::{Directory, DirectoryFault};

use super::{note_change, put};
use crate::error::ExchangeError;
use crate::evidence::counts;
use crate::stored::every;

const AFTER: &str = "recorded/directory-after/";
const DIGEST: &[u8] = b"recorded/directory";
const VERSION: &[u8] = b"recorded/directory-version";
/// How often a record is made anew, each time after another directory was recorded.
const AGAIN: u32 = 8;

/// A directory that was in use.
struct Recorded {
    version: u64,
    digest: Vec<u8>,
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
    checked(store, directory).map(|_| ())
}

/// The version recorded last, by whichever gateway of this member.
pub(super) fn recorded_version(store: &Store) -> Result<Option<u64>, ExchangeError> {
    Ok(recorded(store)?.map(|held| held.version))
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
    commit(store, || {
        let mut batch = Batch::default();
        note_directory(store, &mut batch, directory, now)?;
        Ok(batch)
    })
    .await
}

/// Commits what `make` made with [`note_directory`]; made anew when another gateway has recorded a
/// directory in the meantime, which may be a newer one.
pub(super) async fn commit(
    store: &Store,
    make: impl Fn() -> Result<Batch, ExchangeError>,
) -> Result<(), ExchangeError> {
    let mut again = AGAIN;
    loop {
        let batch = make()?;
        if batch.entries.is_empty() && batch.puts.is_empty() {
            return Ok(());
        }
        match store.commit(batch).await {
            Err(StoreError::AlreadyThere(_)) if again > 0 => again -= 1,
            Err(error) => return Err(error.into()),
            Ok(_) => return Ok(()),
        }
    }
}

/// Adds to `batch` what records this directory, where it is not the one recorded last.
pub(super) fn note_directory(
    store: &Store,
    batch: &mut Batch,
    directory: &Directory,
    now: Timestamp,
) -> Result<(), ExchangeError> {
    let held = checked(store, directory)?.map(|held| held.version);
    if held == Some(directory.version) {
        return Ok(());
    }
    let digest = digest_of(directory)?;
    succeed(store, batch, held, (directory.version, &digest))?;
    let entry = Entry {
        digest: Some(digest),
        counts: counts(&[
            ("members", directory.members.len()),
            ("agreements", directory.agreements.len()),
        ]),
        ..Entry::new(EntryKind::DirectoryChange, now)
    };
    note_change(store, batch, DIGEST, digest, entry)
}

/// The one recorded last, which this directory is or may take the place of.
fn checked(store: &Store, directory: &Directory) -> Result<Option<Recorded>, ExchangeError> {
    let Some(held) = recorded(store)? else {
        return Ok(None);
    };
    let fault = if directory.version < held.version {
        DirectoryFault::Rollback {
            found: directory.version,
            minimum: held.version,
        }
    } else if directory.version == held.version && held.digest != digest_of(directory)?.as_bytes() {
        DirectoryFault::Reissued(held.version)
    } else {
        return Ok(Some(held));
    };
    Err(TrustError::from(fault).into())
}

/// The highest version on record: an older program leaves the last one it saw under the keys it knows,
/// which may be a lower one.
fn recorded(store: &Store) -> Result<Option<Recorded>, ExchangeError> {
    let rows = every(store, Tree::Meta, AFTER.as_bytes())?;
    let rows: Vec<_> = rows
        .iter()
        .map(|(_, value)| read(value))
        .collect::<Result<_, _>>()?;
    let newest = rows.into_iter().max_by_key(|row| row.version);
    let Some(bytes) = store.get(Tree::Meta, VERSION)? else {
        return Ok(newest);
    };
    let version = <[u8; 8]>::try_from(bytes).map_err(|_| ExchangeError::Stored("version"))?;
    let version = u64::from_be_bytes(version);
    if newest.as_ref().is_some_and(|row| row.version >= version) {
        return Ok(newest);
    }
    let digest = store.get(Tree::Meta, DIGEST)?.unwrap_or_default();
    Ok(Some(Recorded { version, digest }))
}

fn read(value: &[u8]) -> Result<Recorded, ExchangeError> {
    let (version, digest) = value
        .split_first_chunk::<8>()
        .ok_or(ExchangeError::Stored("version"))?;
    Ok(Recorded {
        version: u64::from_be_bytes(*version),
        digest: digest.to_vec(),
    })
}

/// Lets a version take the place of `held`, if nothing else does.
fn succeed(
    store: &Store,
    batch: &mut Batch,
    held: Option<u64>,
    (version, digest): (u64, &Digest),
) -> Result<(), ExchangeError> {
    let held = held.map_or_else(String::new, |held| format!("{held:020}"));
    let key = format!("{AFTER}{held}").into_bytes();
    let version = version.to_be_bytes();
    let row = [version.as_slice(), digest.as_bytes().as_slice()].concat();
    batch.require_absent.push((Tree::Meta, key.clone()));
    batch.puts.push(put(key, Some(row)));
    batch
        .puts
        .push(put(VERSION.to_vec(), Some(version.to_vec())));
    let mut spent = every(store, Tree::Meta, AFTER.as_bytes())?;
    // The last one stays: somebody may still be about to put another in its place.
    spent.pop();
    let spent = spent.into_iter().map(|(key, _)| put(key, None));
    batch.puts.extend(spent);
    Ok(())
}

fn digest_of(directory: &Directory) -> Result<Digest, ExchangeError> {
    let text = serde_json::to_vec(directory).map_err(|_| ExchangeError::Stored("directory"))?;
    Ok(Digest::of(&text))
}
