//! An erasure under way, as the store keeps it: enough to go on after a crash.

use data_encoding::{BASE64, HEXLOWER};
use serde::{Deserialize, Serialize};
use stile_ledger::{Entry, EntryKind, Leaf, base64};
use stile_model::digest::Digest;
use stile_model::time::Timestamp;

use super::Erasure;
use crate::batch::{PendingEntry, Put, Tree};
use crate::error::StoreError;
use crate::keys::EpochId;

/// Where the run is kept in [`Tree::Erasures`].
pub(super) const KEY: &[u8] = b"run";

/// How far the run is.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Phase {
    /// Survivors are wrapped again.
    Wrap,
    /// The entry is in the ledger; the old epoch key is to be destroyed.
    Destroy {
        /// The entry's index, once known.
        index: Option<u64>,
    },
}

/// An erasure under way.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) old: EpochId,
    pub(super) new: EpochId,
    /// The keys that are wrapped no more, with their labels.
    pub(super) keys: Vec<([u8; 16], Vec<u8>)>,
    pub(super) phase: Phase,
    pub(super) kept_keys: u32,
    pub(super) removed_values: u32,
    leaf: Vec<u8>,
    body: Vec<u8>,
}

/// The run as written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    old: String,
    new: String,
    keys: Vec<(String, String)>,
    phase: Phase,
    kept_keys: u32,
    removed_values: u32,
    leaf: String,
    body: String,
}

impl Run {
    pub(super) fn new(
        old: EpochId,
        new: EpochId,
        keys: &[([u8; 16], Vec<u8>)],
        erasure: &Erasure,
    ) -> Result<Self, StoreError> {
        // The one encoding of an entry there is; nonce and commitment are made when it is recorded.
        let leaf = erasure.entry.to_leaf_bytes(&[0; 32], &Digest::of(b""))?;
        Ok(Self {
            old,
            new,
            keys: keys.to_vec(),
            phase: Phase::Wrap,
            kept_keys: 0,
            removed_values: 0,
            leaf,
            body: erasure.body.clone(),
        })
    }

    pub(super) fn read(bytes: &[u8]) -> Result<Self, StoreError> {
        Self::try_read(bytes).ok_or(StoreError::Index("the erasure under way is garbled"))
    }

    fn try_read(bytes: &[u8]) -> Option<Self> {
        let raw: Raw = serde_json::from_slice(bytes).ok()?;
        let hex = |text: &str| HEXLOWER.decode(text.as_bytes()).ok();
        let base = |text: &str| base64::bytes(text);
        let key = |(id, label): (String, String)| Some((hex(&id)?.try_into().ok()?, base(&label)?));
        Some(Self {
            old: EpochId::from_bytes(hex(&raw.old)?.try_into().ok()?),
            new: EpochId::from_bytes(hex(&raw.new)?.try_into().ok()?),
            keys: raw.keys.into_iter().map(key).collect::<Option<_>>()?,
            phase: raw.phase,
            kept_keys: raw.kept_keys,
            removed_values: raw.removed_values,
            leaf: base(&raw.leaf)?,
            body: base(&raw.body)?,
        })
    }

    /// The run as it stands, to be kept.
    pub(super) fn put(&self) -> Result<Put, StoreError> {
        let keys = self.keys.iter();
        let raw = Raw {
            old: self.old.to_string(),
            new: self.new.to_string(),
            keys: keys
                .map(|(id, label)| (HEXLOWER.encode(id), BASE64.encode(label)))
                .collect(),
            phase: self.phase,
            kept_keys: self.kept_keys,
            removed_values: self.removed_values,
            leaf: BASE64.encode(&self.leaf),
            body: BASE64.encode(&self.body),
        };
        let value = serde_json::to_vec(&raw)
            .map_err(|_| StoreError::Batch("the erasure cannot be written as JSON"))?;
        Ok(Put {
            value: Some(value),
            ..Self::over()
        })
    }

    /// The run is over.
    pub(super) fn over() -> Put {
        Put {
            tree: Tree::Erasures,
            key: KEY.to_vec(),
            value: None,
            case: None,
        }
    }

    pub(super) fn entry(&self) -> Result<Entry, StoreError> {
        Ok(Leaf::parse(&self.leaf)?.entry)
    }

    /// The entry that says that the old epoch key is gone; its body names both keys' ids.
    pub(super) fn epoch_entry(
        &self,
        index: Option<u64>,
        now: Timestamp,
    ) -> Result<PendingEntry, StoreError> {
        let order = self.entry()?;
        Ok(PendingEntry {
            entry: Entry {
                actor: order.actor,
                concerns: index,
                reason: order.reason,
                ..Entry::new(EntryKind::KeyEpoch, now)
            },
            body: format!(r#"{{"destroyed":"{}","in_use":"{}"}}"#, self.old, self.new).into_bytes(),
            case: None,
            subjects: Vec::new(),
        })
    }

    pub(super) fn body(&self) -> Vec<u8> {
        self.body.clone()
    }
}
