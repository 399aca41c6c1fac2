//! What the store keeps of policies, and under which keys.
//!
//! ```text
//! in-force              the version in force
//! bundle/<version>      the signed bundle
//! activated/<version>   since when, how and by whom it is or was in force
//! succeeded/<version>   the version that followed it: written once, so the chain never forks
//! superseded/<digest>/<vocabulary>  rules, with their words, that were in force and are not; an
//!                       answer under them is not recorded
//! suspended/<program>/<rows>  what Casbin did not confirm, by this version of the program; an
//!                       answer that rests on it is not recorded
//! draft/<version>       a proposal, and what people have said of it
//! sketch/<user>         texts that an officer is still writing
//! followed/<user>/<ms>  the texts saved at that moment were saved over, so that two at once do not
//!                       undo each other
//! step/<version>/<n>    the n-th thing said of it, so that two at once do not undo each other
//! last                  the highest version given to a proposal
//! due/<version>         an approved version that waits for its moment
//! failed/<version>      why an approved version did not come into force
//! ```

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use stile_model::digest::Digest;
use stile_model::id::UserId;
use stile_model::time::Timestamp;
use stile_store::{Put, Store, Tree};

use super::proposal::Draft;
use crate::error::{ExchangeError, refuse};

pub(super) const IN_FORCE: &[u8] = b"in-force";
pub(super) const BUNDLES: &str = "bundle/";
pub(super) const ACTIVATED: &str = "activated/";
pub(super) const SUCCEEDED: &str = "succeeded/";
pub(super) const DRAFTS: &str = "draft/";
pub(super) const DUE: &str = "due/";
pub(super) const FAILED: &str = "failed/";
pub(super) const SUSPENDED: &str = concat!("suspended/", env!("CARGO_PKG_VERSION"), "/");
pub(super) const LAST: &[u8] = b"last";

/// The record of an activation.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Activated {
    /// Since when.
    pub(super) since: Timestamp,
    /// Who brought it into force before its moment, or by a rollback; none when its moment came.
    pub(super) by: Option<UserId>,
}

/// The record that another version followed.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Succeeded {
    /// The version that followed.
    pub(super) version: u64,
    /// When.
    pub(super) at: Timestamp,
}

/// The record that an approved version did not come into force.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Failed {
    /// When it was tried.
    pub(super) at: Timestamp,
    /// Why, in words.
    pub(super) why: String,
}

/// The key of a record of one version; in order of the versions.
pub(super) fn key(space: &str, version: u64) -> Vec<u8> {
    format!("{space}{version:020}").into_bytes()
}

/// The version in a key of this space.
pub(super) fn version(space: &str, key: &[u8]) -> Option<u64> {
    std::str::from_utf8(key)
        .ok()?
        .strip_prefix(space)?
        .parse()
        .ok()
}

/// The key of what an officer is still writing.
pub(super) fn sketch(user: &UserId) -> Vec<u8> {
    format!("sketch/{user}").into_bytes()
}

/// The key that is there once what an officer saved at this moment was saved over.
pub(super) fn followed(user: &UserId, saved: Timestamp) -> Vec<u8> {
    format!("followed/{user}/{:020}", saved.millis()).into_bytes()
}

/// What all those keys of an officer begin with.
pub(super) fn all_followed(user: &UserId) -> Vec<u8> {
    format!("followed/{user}/").into_bytes()
}

/// The key that is there once the `n`-th thing was said of a proposal.
pub(super) fn step(version: u64, n: usize) -> Vec<u8> {
    format!("step/{version:020}/{n:04}").into_bytes()
}

/// What is put for a proposal that is new.
pub(super) fn new_draft(draft: &Draft) -> Result<Vec<Put>, ExchangeError> {
    Ok(vec![
        put(key(DRAFTS, draft.version), draft)?,
        put(LAST.to_vec(), &draft.version)?,
    ])
}

/// The proposal of this version.
///
/// # Errors
///
/// `unknown_policy`.
pub(super) fn draft(store: &Store, version: u64) -> Result<Draft, ExchangeError> {
    read(store, &key(DRAFTS, version))?.ok_or_else(|| {
        refuse(
            "unknown_policy",
            404,
            "there is no proposal of this version",
        )
    })
}

/// The key that is there while these rules, read with this vocabulary, are not in force any more.
pub(crate) fn superseded(rules: &Digest, vocabulary: &Digest) -> Vec<u8> {
    format!("superseded/{rules}/{vocabulary}").into_bytes()
}

/// The key that is there once Casbin did not confirm a ruling of rules that say this. It is of one
/// version of the program: another may have mended what was wrong.
pub(crate) fn suspended(rows: &Digest) -> Vec<u8> {
    format!("{SUSPENDED}{rows}").into_bytes()
}

pub(super) fn put(key: Vec<u8>, value: &impl Serialize) -> Result<Put, ExchangeError> {
    let value = serde_json::to_vec(value).map_err(|_| ExchangeError::Stored("policy record"))?;
    Ok(bytes(key, Some(value)))
}

pub(super) const fn bytes(key: Vec<u8>, value: Option<Vec<u8>>) -> Put {
    Put {
        tree: Tree::Policies,
        key,
        value,
        case: None,
    }
}

pub(super) fn read<T: DeserializeOwned>(
    store: &Store,
    key: &[u8],
) -> Result<Option<T>, ExchangeError> {
    let bytes = store.get(Tree::Policies, key)?;
    bytes
        .map(|bytes| serde_json::from_slice(&bytes))
        .transpose()
        .map_err(|_| ExchangeError::Stored("policy record"))
}

/// The version in force; none where the store has never held a policy.
pub(super) fn in_force(store: &Store) -> Result<Option<u64>, ExchangeError> {
    read(store, IN_FORCE)
}

/// The signed bundle of a version, as stored.
pub(super) fn bundle(store: &Store, version: u64) -> Result<Option<String>, ExchangeError> {
    let bytes = store.get(Tree::Policies, &key(BUNDLES, version))?;
    bytes
        .map(String::from_utf8)
        .transpose()
        .map_err(|_| ExchangeError::Stored("policy"))
}
