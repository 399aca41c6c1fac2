//! Where frames and index rows are kept: the only thing that differs between engines when reading.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use crate::error::StoreError;
use crate::index::{Index, KeyValue};
use crate::journal::{Journal, Locator};
use crate::pg::Pg;

/// The engine under the store.
pub(crate) enum Backing {
    /// Journal segments, and the sled index beside them.
    Files {
        journal: Arc<Journal>,
        index: Arc<Index>,
    },
    /// Tables in a database that replicas share.
    Postgres(Box<Pg>),
}

impl Backing {
    /// The value of one row of the index.
    pub(crate) fn row(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        match self {
            Self::Files { index, .. } => index.row(key),
            Self::Postgres(pg) => pg.row(key),
        }
    }

    /// Up to `limit` rows of the index from `range`, in order of key.
    pub(crate) fn rows(
        &self,
        range: Range<Vec<u8>>,
        limit: usize,
    ) -> Result<BTreeMap<Vec<u8>, Vec<u8>>, StoreError> {
        match self {
            Self::Files { index, .. } => index.rows(range, limit),
            Self::Postgres(pg) => pg.rows(range, limit),
        }
    }

    /// The last row of `range` in the index.
    pub(crate) fn last(&self, range: Range<Vec<u8>>) -> Result<Option<KeyValue>, StoreError> {
        match self {
            Self::Files { index, .. } => index.last(range),
            Self::Postgres(pg) => pg.last(range),
        }
    }

    /// Leaves a mark when `error` says that the index is broken; a database's rows are rebuilt by
    /// order only, for replicas share them.
    pub(crate) fn noticed(&self, error: StoreError) -> StoreError {
        match self {
            Self::Files { index, .. } => index.noticed(error),
            Self::Postgres(_) => error,
        }
    }

    /// The bytes of a record.
    pub(crate) fn read(&self, place: Locator) -> Result<Vec<u8>, StoreError> {
        match self {
            Self::Files { journal, .. } => journal.read(place).map_err(|error| self.noticed(error)),
            Self::Postgres(pg) => pg.read(place),
        }
    }
}
