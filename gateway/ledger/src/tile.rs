//! Tiles: the tree's hashes in rows of 256 (C2SP tlog-tiles), so proofs need no full tree in memory.
//!
//! A full tile never changes. The unfinished tiles of the right edge stay in memory.

mod bundle;
mod path;

use stile_model::digest::Digest;

pub use bundle::{bundle_bytes, read_bundle, read_tile, tile_bytes};
pub use path::{Holds, TilePath, published};

use crate::tree::node_hash;

/// Hashes in a full tile.
pub const WIDTH: u64 = 256;

/// A full tile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tile {
    /// Tile level: its hashes are subtrees of `256^level` leaves.
    pub level: u8,
    /// Place in the level, from zero.
    pub place: u64,
    /// 256 hashes.
    pub hashes: Vec<Digest>,
}

/// The unfinished tiles at the right edge, one a level.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edge {
    levels: Vec<Level>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Level {
    full: u64,
    hashes: Vec<Digest>,
}

impl Edge {
    /// The edge of an empty tree.
    pub fn new() -> Self {
        Self::default()
    }

    /// The edge of a tree of `size` leaves; `entry` gives the hash at a tile level and place.
    ///
    /// `None` when `entry` does not know one that is needed.
    pub fn load(size: u64, entry: impl Fn(u8, u64) -> Option<Digest>) -> Option<Self> {
        let (mut levels, mut count, mut level) = (Vec::new(), size, 0_u8);
        while count > 0 {
            let full = count / WIDTH;
            let hashes: Option<Vec<Digest>> = (full * WIDTH..count)
                .map(|place| entry(level, place))
                .collect();
            levels.push(Level {
                full,
                hashes: hashes?,
            });
            count = full;
            level = level.checked_add(1)?;
        }
        Some(Self { levels })
    }

    /// Adds a leaf hash and returns the tiles it completes.
    pub fn append(&mut self, leaf: Digest) -> Vec<Tile> {
        let (mut done, mut carry, mut level) = (Vec::new(), Some(leaf), 0_usize);
        while let Some(hash) = carry.take() {
            if self.levels.len() == level {
                self.levels.push(Level::default());
            }
            let Some(row) = self.levels.get_mut(level) else {
                break;
            };
            row.hashes.push(hash);
            if row.hashes.len() == 256 {
                let hashes = std::mem::take(&mut row.hashes);
                carry = subtree_root(&hashes);
                let level = u8::try_from(level).unwrap_or(u8::MAX);
                done.push(Tile {
                    level,
                    place: row.full,
                    hashes,
                });
                row.full += 1;
            }
            level += 1;
        }
        done
    }

    /// The unfinished tile `place` of `level`, if that is where the edge is.
    pub fn tile(&self, level: u8, place: u64) -> Option<&[Digest]> {
        self.levels
            .get(usize::from(level))
            .filter(|row| row.full == place)
            .map(|row| row.hashes.as_slice())
    }
}

/// The root of a complete subtree by binary level and place, read from tiles.
///
/// `tile` gives a tile, full or partial, by tile level and place.
pub fn node<Hashes: AsRef<[Digest]>>(
    level: u8,
    place: u64,
    tile: impl Fn(u8, u64) -> Option<Hashes>,
) -> Option<Digest> {
    let height = level % 8;
    let first = place.checked_shl(u32::from(height))?;
    let hashes = tile(level / 8, first / WIDTH)?;
    let start = usize::try_from(first % WIDTH).ok()?;
    subtree_root(
        hashes
            .as_ref()
            .get(start..start.checked_add(1 << height)?)?,
    )
}

/// The root over `hashes`, whose number is a power of two.
pub fn subtree_root(hashes: &[Digest]) -> Option<Digest> {
    let mut row = hashes.to_vec();
    while row.len() > 1 {
        row = row
            .chunks(2)
            .map(|pair| match pair {
                [left, right] => Some(node_hash(left, right)),
                _ => None,
            })
            .collect::<Option<_>>()?;
    }
    row.pop()
}

#[cfg(test)]
mod tests;
