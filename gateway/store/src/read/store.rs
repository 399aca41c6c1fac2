//! What the store gives its callers: values, runs of keys, entries and their opened bodies.

use std::collections::BTreeMap;
use std::ops::{Bound, Range};

use stile_ledger::SubjectKey;
use stile_ledger::entry::{Leaf, commitment};
use stile_ledger::frame::Record;

use super::{Leaves, after, past_prefix};
use crate::backing::Backing;
use crate::batch::Tree;
use crate::error::StoreError;
use crate::index::state_key;
use crate::seal::Place;
use crate::store::Store;

/// Most rows one scan or range gives.
const MOST: usize = 10_000;

impl Store {
    /// The value of `key`, opened; `None` when it is absent.
    ///
    /// # Errors
    ///
    /// When the value cannot be read or does not open.
    pub fn get(&self, tree: Tree, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let tree = tree.number();
        let row = self.shared.row(&state_key(tree, key))?;
        row.map_or(Ok(None), |row| self.shared.value(tree, key, &row))
    }

    /// Up to `limit` keys (at most 10,000) that start with `prefix` and follow `after`, in order,
    /// with their values.
    ///
    /// # Errors
    ///
    /// When a value cannot be read or does not open.
    #[expect(
        clippy::type_complexity,
        reason = "a key and its value need no name of their own"
    )]
    pub fn scan(
        &self,
        tree: Tree,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<(Vec<u8>, Vec<u8>)>, StoreError> {
        let tree = tree.number();
        let Some(Range { mut start, end }) = span(tree, prefix, after) else {
            return Ok(Vec::new());
        };
        let limit = limit.min(MOST);
        let mut found = Vec::new();
        // Erased values are passed over, and a page is full all the same.
        while found.len() < limit {
            let wanted = limit - found.len();
            let rows = self.merged(start..end.clone(), wanted)?;
            let Some((last, _)) = rows.last_key_value() else {
                break;
            };
            start = self::after(last);
            let ended = rows.len() < wanted;
            for (key, row) in rows {
                let key = own_key(&key);
                if let Some(value) = self.shared.value(tree, &key, &row)? {
                    found.push((key, value));
                }
            }
            if ended {
                break;
            }
        }
        Ok(found)
    }

    /// As [`Store::scan`], the keys alone: no value is read or opened, and one that was erased a moment
    /// ago may still have its key.
    ///
    /// # Errors
    ///
    /// When the index cannot be read.
    pub fn keys(
        &self,
        tree: Tree,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        let Some(range) = span(tree.number(), prefix, after) else {
            return Ok(Vec::new());
        };
        let rows = self.merged(range, limit.min(MOST))?;
        Ok(rows.keys().map(|key| own_key(key)).collect())
    }

    /// Rows of `range` from the index and, over them, from the frames not yet indexed.
    pub(crate) fn merged(
        &self,
        range: Range<Vec<u8>>,
        limit: usize,
    ) -> Result<BTreeMap<Vec<u8>, Vec<u8>>, StoreError> {
        // Nothing stands there; a map of the standard library stops the thread that asks it for that.
        if range.start >= range.end {
            return Ok(BTreeMap::new());
        }
        if let Backing::Postgres(pg) = &self.shared.backing {
            // Rows there are written with their frame; none waits in the view.
            return pg.rows(range, limit);
        }
        // Held while sled is read: the indexer takes rows away only after sled has them.
        let view = self.shared.view();
        let bounds = (
            Bound::Included(range.start.clone()),
            Bound::Excluded(range.end.clone()),
        );
        let newer: Vec<_> = view.overlay.range(bounds).collect();
        // Each newer row can hide at most one row of the index.
        let mut rows = self
            .shared
            .backing
            .rows(range, limit.saturating_add(newer.len()))?;
        for (key, (_, value)) in newer {
            match value {
                Some(value) => rows.insert(key.clone(), value.clone()),
                None => rows.remove(key),
            };
        }
        Ok(rows.into_iter().take(limit).collect())
    }

    /// The recorded bytes of entry `index`.
    ///
    /// # Errors
    ///
    /// [`StoreError::NoEntry`] when the ledger is not that long.
    pub fn entry(&self, index: u64) -> Result<Vec<u8>, StoreError> {
        self.shared.leaf(index)
    }

    /// The recorded bytes of the entries in `range`, at most 10,000, as far as there are any.
    ///
    /// # Errors
    ///
    /// When one cannot be read.
    pub fn entries(&self, range: Range<u64>) -> Result<Vec<Vec<u8>>, StoreError> {
        let end = range.end.min(self.head().size);
        let mut leaves = Leaves::of(&self.shared);
        (range.start..end)
            .take(MOST)
            .map(|index| leaves.leaf(index))
            .collect()
    }

    /// The opened body of entry `index`, checked against the commitment in the leaf.
    ///
    /// # Errors
    ///
    /// When there is no such entry, or the body does not open or is not the committed one.
    pub fn body(&self, index: u64) -> Result<Vec<u8>, StoreError> {
        self.opened(index).map(|(_, body)| body)
    }

    /// The salt and the opened body of entry `index`, checked against the commitment in the leaf:
    /// what somebody outside needs to check it, too.
    ///
    /// # Errors
    ///
    /// As [`Store::body`].
    pub fn opened(&self, index: u64) -> Result<([u8; 32], Vec<u8>), StoreError> {
        let leaf = Leaf::parse(&self.entry(index)?)?;
        let place = self.shared.place(&self.shared.reading(), index)?;
        let place = place.body.ok_or(StoreError::NoEntry(index))?;
        let Record::Body {
            index: found,
            sealed,
        } = self.shared.record(&place.to_bytes())?
        else {
            return Err(self.shared.broken("a row points beside its record"));
        };
        let key = self.shared.data_key(&sealed.key)?;
        let plain = self
            .shared
            .keyring
            .open(&key, &Place::Body(index), &sealed)?;
        let (salt, body) = plain.split_first_chunk::<32>().ok_or(StoreError::Sealed)?;
        if found == index && commitment(salt, body) == leaf.body {
            Ok((*salt, body.to_vec()))
        } else {
            Err(StoreError::Sealed)
        }
    }

    /// Whom entry `index` is about, as far as it was said; empty when it was not.
    ///
    /// # Errors
    ///
    /// When the record cannot be read or does not open.
    pub fn subjects(&self, index: u64) -> Result<Vec<SubjectKey>, StoreError> {
        let Some(bytes) = self.get(Tree::Subjects, &index.to_be_bytes())? else {
            return Ok(Vec::new());
        };
        SubjectKey::read_all(&bytes)
            .ok_or_else(|| self.shared.broken("subjects are not whole keys"))
    }
}

/// Where the rows of `tree` stand whose keys start with `prefix` and follow `after`, if there is room.
fn span(tree: u8, prefix: &[u8], after: Option<&[u8]>) -> Option<Range<Vec<u8>>> {
    let first = state_key(tree, prefix);
    let end = past_prefix(&first);
    let after = after.map(|key| self::after(&state_key(tree, key)));
    let start = after.map_or(first.clone(), |after| after.max(first));
    (start < end).then_some(start..end)
}

/// The caller's key of a row.
fn own_key(row: &[u8]) -> Vec<u8> {
    row.get(2..).unwrap_or_default().to_vec()
}
