//! Reading: state, entries, bodies. Works on a poisoned store too.

mod neighbours;
mod store;

use stile_ledger::frame::Record;
use stile_model::digest::Digest;

use crate::backing::Backing;
use crate::error::StoreError;
use crate::index::{
    EntryPlace, KeyValue, entry_place, erased_key, frames_up_to, label_key, tile_hashes, tile_key,
    wrapped_key,
};
use crate::journal::Locator;
use crate::seal::{DataKey, Place};
use crate::store::{Shared, View};

pub(crate) use neighbours::{Leaves, Tiles};

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
        // Another replica may just have written it: its row is there, and its hash is not seen yet.
        if index >= view.head.size {
            return Err(StoreError::NoEntry(index));
        }
        let frames = frames_up_to(index);
        let holds = |row: &KeyValue| entry_place(row, index).is_some();
        let newer = view.overlay.range(frames.clone()).next_back();
        let newer = newer.and_then(|(key, (_, value))| Some((key.clone(), value.clone()?)));
        if let Some(row) = newer.filter(holds) {
            return Ok(row);
        }
        let found = self.backing.last(frames)?;
        // The signed head says that there is one.
        let holding = found.filter(holds);
        holding.ok_or_else(|| self.broken("it lacks the place of an entry"))
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
