//! Which revocation lists this member has accepted, for good: with an older one, whom a newer one took
//! away would come back at the next start.
//!
//! One record for every gateway of a store. It says which lists, not what was in them, and the newest
//! counts: of two gateways that record at once neither can put its own over a newer one.
//!
//! ```text
//! recorded/crl/<issuer>/<edition>   each list that was the newest when it was recorded
//! recorded/crl/<issuer>             the one recorded last, all that older stores have and older programs read
//! ```

use stile_model::digest::Digest;
use stile_store::{Batch, Store, Tree};
use stile_trust::TrustError;
use stile_trust::revocation::{Edition, RevocationSet};

use super::put;
use crate::error::ExchangeError;
use crate::stored::every;

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
        if let Some(held) = newest(&accepted(store, issuer)?)
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
        note_list(store, &mut batch, issuer, found)?;
    }
    if !batch.puts.is_empty() {
        store.commit(batch).await?;
    }
    Ok(())
}

/// Adds to `batch` what keeps this edition, where it is newer than any; those it is newer than go.
fn note_list(
    store: &Store,
    batch: &mut Batch,
    issuer: &Digest,
    found: Edition,
) -> Result<(), ExchangeError> {
    let before = accepted(store, issuer)?;
    if newest(&before).is_some_and(|held| !found.is_after(&held)) {
        return Ok(());
    }
    let value = serde_json::to_vec(&found).map_err(|_| ExchangeError::Stored("list"))?;
    let last = key(issuer);
    let older = before.into_iter().filter(|(_, one)| found.is_after(one));
    let older = older.map(|(key, _)| key).filter(|key| *key != last);
    batch.puts.extend(older.map(|key| put(key, None)));
    batch
        .puts
        .push(put(own_key(issuer, &found), Some(value.clone())));
    batch.puts.push(put(last, Some(value)));
    Ok(())
}

/// What is on record of an issuer: more than one list, where gateways recorded at once.
fn accepted(store: &Store, issuer: &Digest) -> Result<Vec<(Vec<u8>, Edition)>, ExchangeError> {
    let rows = every(store, Tree::Meta, &key(issuer))?;
    let read = |(key, bytes): (Vec<u8>, Vec<u8>)| match serde_json::from_slice::<Edition>(&bytes) {
        Ok(edition) => Ok((key, edition)),
        Err(_) => Err(ExchangeError::Stored("list")),
    };
    rows.into_iter().map(read).collect()
}

fn newest(accepted: &[(Vec<u8>, Edition)]) -> Option<Edition> {
    let editions = accepted.iter().map(|(_, edition)| *edition);
    editions.reduce(
        |newest, next| {
            if next.is_after(&newest) { next } else { newest }
        },
    )
}

fn key(issuer: &Digest) -> Vec<u8> {
    format!("{ACCEPTED}{issuer}").into_bytes()
}

fn own_key(issuer: &Digest, edition: &Edition) -> Vec<u8> {
    let number = edition.number.map(|number| number.to_string());
    let number = number.unwrap_or_default();
    format!("{ACCEPTED}{issuer}/{}/{number}", edition.this_update).into_bytes()
}

#[cfg(test)]
mod tests;
