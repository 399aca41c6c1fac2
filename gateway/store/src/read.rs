//! Reading: state, entries, bodies. Works on a poisoned store too.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::{Bound, Range};
use std::rc::Rc;

use stile_ledger::SubjectKey;
use stile_ledger::entry::{Leaf, commitment};
use stile_ledger::frame::Record;
use stile_ledger::tile::{self, WIDTH};
use stile_ledger::tree::leaf_hash;
use stile_model::digest::Digest;

use crate::backing::Backing;
use crate::batch::Tree;
use crate::error::StoreError;
use crate::index::{
    EntryPlace, KeyValue, entry_place, erased_key, frames_up_to, label_key, state_key, tile_hashes,
    tile_key, wrapped_key,
};
use crate::journal::Locator;
use crate::seal::{DataKey, Place};
use crate::store::{Shared, Store, View};

/// Most rows one scan or range gives.
const MOST: usize = 10_000;

impl Shared {
    /// A row, from the frames not yet indexed or from the index.
    pub(crate) fn row(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        if let Backing::Postgres(pg) = &self.backing {
            // Rows there are written with their frame; none waits in the view.
            return pg.row(key);
        }
        // Held while sled is read: the indexer takes rows away only after sled has them.
        let view = self.view();
        self.row_in(&view, key)
    }

    /// The error for an index that is broken in this way, once that is marked for the next start.
    pub(crate) fn broken(&self, what: &'static str) -> StoreError {
        self.backing.noticed(StoreError::Index(what))
    }

    fn row_in(&self, view: &View, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        match view.overlay.get(key) {
            Some((_, value)) => Ok(value.clone()),
            None => self.backing.row(key),
        }
    }

    pub(crate) fn record(&self, row: &[u8]) -> Result<Record, StoreError> {
        let place = Locator::from_bytes(row).ok_or_else(|| self.broken("a row is garbled"))?;
        let bytes = self.backing.read(place)?;
        Record::decode(&bytes).map_err(|_| self.broken("a row points beside its record"))
    }

    /// The data key `id`, unwrapped.
    fn data_key(&self, id: &[u8; 16]) -> Result<DataKey, StoreError> {
        if let Some(key) = self.keyring.cached(id) {
            return Ok(key);
        }
        let Some(row) = self.row(&wrapped_key(id))? else {
            let erased = self.row(&erased_key(id))?.is_some();
            return Err(if erased {
                StoreError::Erased
            } else {
                StoreError::Sealed
            });
        };
        let record = self.record(&row)?;
        let key = self.keyring.unwrap_record(&record)?;
        let Record::WrappedKey { label, .. } = &record else {
            return Err(StoreError::Sealed);
        };
        if key.id != *id {
            return Err(self.broken("a row points beside its record"));
        }
        self.keyring.remember(label, &key);
        Ok(key)
    }

    /// The data key for `label`, if one is durable.
    pub(crate) fn labelled_key(&self, label: &[u8]) -> Result<Option<DataKey>, StoreError> {
        if let Some(key) = self.keyring.cached_label(label) {
            return Ok(Some(key));
        }
        let Some(row) = self.row(&label_key(label))? else {
            return Ok(None);
        };
        let id = row
            .try_into()
            .map_err(|_| self.broken("a row is garbled"))?;
        self.data_key(&id).map(Some)
    }

    /// The opened value; `None` when its key was erased and the row is on its way out.
    pub(crate) fn value(
        &self,
        tree: u8,
        key: &[u8],
        row: &[u8],
    ) -> Result<Option<Vec<u8>>, StoreError> {
        match self.record(row)? {
            Record::State {
                tree: at,
                key: found,
                value: Some(sealed),
            } if at == tree && found == key => {
                let data_key = match self.data_key(&sealed.key) {
                    Err(StoreError::Erased) => return Ok(None),
                    other => other?,
                };
                let place = Place::State { tree, key };
                self.keyring.open(&data_key, &place, &sealed).map(Some)
            }
            _ => Err(self.broken("a row points beside its record")),
        }
    }

    /// Where entry `index` and its body lie.
    fn place(&self, view: &View, index: u64) -> Result<EntryPlace, StoreError> {
        let frame = self.frame_with(view, index)?;
        entry_place(&frame, index).ok_or_else(|| self.broken("it lacks the place of an entry"))
    }

    /// The row of the frame that holds entry `index`.
    fn frame_with(&self, view: &View, index: u64) -> Result<KeyValue, StoreError> {
        if index < self.archived() {
            return Err(StoreError::Archived(index));
        }
        let frames = frames_up_to(index);
        let holds = |row: &KeyValue| entry_place(row, index).is_some();
        let newer = view.overlay.range(frames.clone()).next_back();
        let newer = newer.and_then(|(key, (_, value))| Some((key.clone(), value.clone()?)));
        if let Some(row) = newer.filter(holds) {
            return Ok(row);
        }
        let found = self.backing.last(frames)?;
        found.filter(holds).ok_or_else(|| {
            // The signed head says that there is one.
            if index < view.head.size {
                self.broken("it lacks the place of an entry")
            } else {
                StoreError::NoEntry(index)
            }
        })
    }

    pub(crate) fn leaf(&self, index: u64) -> Result<Vec<u8>, StoreError> {
        if index >= self.view().head.size {
            self.refresh()?;
        }
        Leaves::of(self).leaf(index)
    }

    /// Tile `place` of tile level `level` as far as the head of `view` fills it.
    pub(crate) fn tile(&self, view: &View, level: u8, place: u64) -> Option<Vec<Digest>> {
        match view.edge.tile(level, place) {
            Some(hashes) => Some(hashes.to_vec()),
            None => tile_hashes(&self.row_in(view, &tile_key(level, place)).ok()??),
        }
    }

    /// The root of a complete subtree under the head of `view`.
    pub(crate) fn node(&self, view: &View, level: u8, place: u64) -> Option<Digest> {
        tile::node(level, place, |level, place| self.tile(view, level, place))
    }
}

/// The tree under the head of a view, for one proof: neighbours share tiles, and each is read once.
pub(crate) struct Tiles<'a> {
    shared: &'a Shared,
    view: &'a View,
    /// A proof needs two or three of a level.
    read: RefCell<Vec<ReadTile>>,
}

struct ReadTile {
    level: u8,
    place: u64,
    hashes: Rc<[Digest]>,
}

impl<'a> Tiles<'a> {
    pub(crate) fn under(shared: &'a Shared, view: &'a View) -> Self {
        Self {
            shared,
            view,
            read: RefCell::default(),
        }
    }

    /// The root of a complete subtree.
    pub(crate) fn node(&self, level: u8, place: u64) -> Option<Digest> {
        tile::node(level, place, |level, place| self.tile(level, place))
    }

    fn tile(&self, level: u8, place: u64) -> Option<Rc<[Digest]>> {
        let is_it = |read: &&ReadTile| (read.level, read.place) == (level, place);
        if let Some(read) = self.read.borrow().iter().find(is_it) {
            return Some(Rc::clone(&read.hashes));
        }
        let hashes: Rc<[Digest]> = self.shared.tile(self.view, level, place)?.into();
        let read = ReadTile {
            level,
            place,
            hashes: Rc::clone(&hashes),
        };
        self.read.borrow_mut().push(read);
        Some(hashes)
    }
}

/// Leaves one after another: neighbours share the row of a frame and a tile, and each is read once.
pub(crate) struct Leaves<'a> {
    shared: &'a Shared,
    frame: Option<KeyValue>,
    /// Its place in the lowest level, and its hashes.
    tile: Option<(u64, Vec<Digest>)>,
}

impl<'a> Leaves<'a> {
    pub(crate) const fn of(shared: &'a Shared) -> Self {
        Self {
            shared,
            frame: None,
            tile: None,
        }
    }

    /// The recorded bytes of entry `index`, which the tree vouches for.
    pub(crate) fn leaf(&mut self, index: u64) -> Result<Vec<u8>, StoreError> {
        // Held while sled is read: the indexer takes rows away only after sled has them.
        let view = self.shared.view();
        let known = self.frame.as_ref().and_then(|row| entry_place(row, index));
        let place = if let Some(place) = known.filter(|_| index >= self.shared.archived()) {
            place
        } else {
            let row = self.shared.frame_with(&view, index)?;
            let place = entry_place(&row, index);
            self.frame = Some(row);
            place.ok_or(StoreError::NoEntry(index))?
        };
        let hash = self.hash(&view, index);
        drop(view);
        match self.shared.record(&place.leaf.to_bytes())? {
            Record::Entry(leaf) if Some(leaf_hash(&leaf)) == hash => Ok(leaf),
            _ => Err(self.shared.broken("a row points beside its record")),
        }
    }

    fn hash(&mut self, view: &View, index: u64) -> Option<Digest> {
        let (place, nth) = (index / WIDTH, usize::try_from(index % WIDTH).ok()?);
        if let Some((known, hashes)) = &self.tile
            && *known == place
            && let Some(hash) = hashes.get(nth)
        {
            return Some(*hash);
        }
        let hashes = self.shared.tile(view, 0, place)?;
        let hash = hashes.get(nth).copied();
        self.tile = Some((place, hashes));
        hash
    }
}

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
        let first = state_key(tree, prefix);
        let end = past_prefix(&first);
        let after = after.map(|key| self::after(&state_key(tree, key)));
        let start = after.map_or(first.clone(), |after| after.max(first));
        if start >= end {
            return Ok(Vec::new());
        }
        let (mut start, limit) = (start, limit.min(MOST));
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
                let key = key.get(2..).unwrap_or_default().to_vec();
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

    /// Rows of `range` from the index and, over them, from the frames not yet indexed.
    pub(crate) fn merged(
        &self,
        range: Range<Vec<u8>>,
        limit: usize,
    ) -> Result<BTreeMap<Vec<u8>, Vec<u8>>, StoreError> {
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
        let place = self.shared.place(&self.shared.view(), index)?;
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

/// Where the row after `key` may start: the smallest key after another is that key and a zero byte.
pub(crate) fn after(key: &[u8]) -> Vec<u8> {
    [key, &[0]].concat()
}

/// The first key after all that start with `prefix`; a prefix here never is all 0xff.
pub(crate) fn past_prefix(prefix: &[u8]) -> Vec<u8> {
    let mut end = prefix.to_vec();
    while let Some(last) = end.pop() {
        if last < u8::MAX {
            end.push(last + 1);
            break;
        }
    }
    end
}
