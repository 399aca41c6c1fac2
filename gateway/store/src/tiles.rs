//! Reading the tree itself: tiles, roots of earlier heads, bundles of entries (C2SP tlog-tiles).

use stile_ledger::tile::WIDTH;
use stile_ledger::tree::{inclusion_proof, root_at};
use stile_ledger::{Checkpoint, LedgerError, proof};
use stile_model::digest::Digest;

use crate::error::StoreError;
use crate::read::Tiles;
use crate::store::Store;

impl Store {
    /// The first `width` hashes of tile `place` of tile level `level`; `None` when the ledger is not
    /// that long. A full tile has 256; a narrower one is a prefix of it.
    ///
    /// # Errors
    ///
    /// When the index does not hold a tile that it should.
    pub fn tile(
        &self,
        level: u8,
        place: u64,
        width: u16,
    ) -> Result<Option<Vec<Digest>>, StoreError> {
        self.shared.refresh()?;
        let view = self.shared.reading();
        let width = u64::from(width);
        let end = place
            .checked_mul(WIDTH)
            .and_then(|start| start.checked_add(width));
        let there = hashes_at(view.head.size, level);
        if !(1..=WIDTH).contains(&width) || end.is_none_or(|end| end > there) {
            return Ok(None);
        }
        let hashes = self.shared.tile(&view, level, place);
        let wanted = usize::try_from(width).unwrap_or(usize::MAX);
        hashes
            .and_then(|hashes| Some(hashes.get(..wanted)?.to_vec()))
            .map(Some)
            .ok_or_else(|| self.shared.broken("a tile of the tree is missing"))
    }

    /// The root that this ledger had at `size` entries.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Rollback`] when the ledger is shorter than `size`.
    pub fn root_at(&self, size: u64) -> Result<Digest, StoreError> {
        self.shared.refresh_to(size)?;
        let view = self.shared.reading();
        if size > view.head.size {
            return Err(LedgerError::Rollback {
                had: size,
                now: view.head.size,
            }
            .into());
        }
        let tiles = Tiles::under(&self.shared, &view);
        let node = |level, place| tiles.node(level, place);
        Ok(root_at(size, node)?)
    }

    /// Can this head, which carries this ledger's own signature, not be true beside the ledger?
    ///
    /// It cannot when it is longer than the ledger, or when the ledger had another root at its size:
    /// then an older copy was put back, or two ledgers sign with one key.
    ///
    /// # Errors
    ///
    /// When the tree cannot be read.
    pub fn contradicts(&self, head: &Checkpoint) -> Result<bool, StoreError> {
        match self.root_at(head.size) {
            Ok(root) => Ok(root != head.root),
            Err(StoreError::Ledger(LedgerError::Rollback { .. })) => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// The proof that entry `index` is under the earlier head of `size` entries whose signed note
    /// is `note`, which may carry cosignatures.
    ///
    /// # Errors
    ///
    /// When `index` is not below `size`, or the ledger is shorter than `size`.
    pub fn proof_under(
        &self,
        index: u64,
        size: u64,
        note: &str,
    ) -> Result<proof::Receipt, StoreError> {
        self.shared.refresh_to(size)?;
        let view = self.shared.reading();
        if size > view.head.size {
            return Err(LedgerError::Rollback {
                had: size,
                now: view.head.size,
            }
            .into());
        }
        let tiles = Tiles::under(&self.shared, &view);
        let subtree = |level, place| tiles.node(level, place);
        Ok(proof::Receipt {
            index,
            inclusion: inclusion_proof(index, size, subtree)?,
            checkpoint: note.to_owned(),
        })
    }
}

/// How many hashes tile level `level` has under a head of `size` entries.
pub(crate) fn hashes_at(size: u64, level: u8) -> u64 {
    size.checked_shr(u32::from(level).saturating_mul(8))
        .unwrap_or(0)
}
