//! Which revocation lists this member has accepted, for good: with an older one, whom a newer one took
//! away would come back at the next start.
//!
//! One record for every gateway of a store. It says which list, not what was in it.

use stile_model::digest::Digest;
use stile_store::{Batch, Put, Store, Tree};
use stile_trust::TrustError;
use stile_trust::revocation::{Edition, RevocationSet};

use crate::error::ExchangeError;

const ACCEPTED: &str = "recorded/crl/";

/// Is each of these lists the newest of its issuer that was accepted on this store, or newer?
///
/// # Errors
///
/// [`TrustError::CrlOlder`] for the first that is older; or the record cannot be read.
pub fn check_lists(store: &Store, lists: &RevocationSet) -> Result<(), ExchangeError> {
    match first_older(store, lists)? {
        Some((held, found)) => Err(TrustError::CrlOlder { held, found }.into()),
        None => Ok(()),
    }
}

/// The one accepted before, and the older one of the same issuer here.
pub(super) fn first_older(
    store: &Store,
    lists: &RevocationSet,
) -> Result<Option<(Edition, Edition)>, ExchangeError> {
    let mut editions: Vec<_> = lists.editions().collect();
    // Always the same one first.
    editions.sort_unstable_by_key(|(issuer, _)| **issuer);
    for (issuer, found) in editions {
        if let Some(held) = accepted(store, issuer)?
            && found.is_before(&held)
        {
            return Ok(Some((held, found)));
        }
    }
    Ok(None)
}

/// Keeps which of these lists are newer than any that was accepted before.
///
/// # Errors
///
/// When the record cannot be read or written; it is tried again.
pub async fn record_lists(store: &Store, lists: &RevocationSet) -> Result<(), ExchangeError> {
    let mut batch = Batch::default();
    for (issuer, found) in lists.editions() {
        if accepted(store, issuer)?.is_none_or(|held| found.is_after(&held)) {
            let value = serde_json::to_vec(&found).map_err(|_| ExchangeError::Stored("list"))?;
            batch.puts.push(Put {
                tree: Tree::Meta,
                key: key(issuer),
                value: Some(value),
                case: None,
            });
        }
    }
    if !batch.puts.is_empty() {
        store.commit(batch).await?;
    }
    Ok(())
}

fn accepted(store: &Store, issuer: &Digest) -> Result<Option<Edition>, ExchangeError> {
    let bytes = store.get(Tree::Meta, &key(issuer))?;
    let read =
        |bytes: Vec<u8>| serde_json::from_slice(&bytes).map_err(|_| ExchangeError::Stored("list"));
    bytes.map(read).transpose()
}

fn key(issuer: &Digest) -> Vec<u8> {
    format!("{ACCEPTED}{issuer}").into_bytes()
}
