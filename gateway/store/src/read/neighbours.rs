//! Neighbours read together: the tiles of one proof and the leaves of one run, so that what they share
//! is read once.

use std::cell::RefCell;
use std::rc::Rc;

use stile_ledger::frame::Record;
use stile_ledger::tile::{self, WIDTH};
use stile_ledger::tree::leaf_hash;
use stile_model::digest::Digest;

use crate::error::StoreError;
use crate::index::{KeyValue, entry_place};
use crate::store::{Shared, View};

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
        let view = self.shared.reading();
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
