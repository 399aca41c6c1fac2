//! Heads, and proofs under them. Where replicas share a database, what they wrote is taken in first.

use stile_ledger::tree::{consistency_proof, inclusion_proof};
use stile_ledger::{Checkpoint, LedgerError, Vkey, proof};
use stile_model::digest::Digest;

use crate::batch::Receipt;
use crate::error::StoreError;
use crate::index::permit_key;
use crate::read::Tiles;
use crate::store::Store;

impl Store {
    /// The newest durable head; where replicas share a database that does not answer, the newest seen.
    pub fn head(&self) -> Checkpoint {
        self.look_again();
        self.shared.view().head.clone()
    }

    /// The newest durable head that was seen: where replicas share a database, without asking it.
    pub fn head_seen(&self) -> Checkpoint {
        self.shared.view().head.clone()
    }

    /// The newest durable head as the signed note that is published.
    pub fn signed_head(&self) -> String {
        self.look_again();
        self.shared.view().note.clone()
    }

    /// Takes in what other replicas wrote; where their database does not answer, what was seen stays.
    pub fn look_again(&self) {
        if let Err(error) = self.shared.refresh() {
            tracing::warn!(%error, "the head is the newest seen, not the newest there may be");
        }
    }

    /// The public key receipts and heads verify under.
    pub fn vkey(&self) -> &Vkey {
        &self.shared.vkey
    }

    /// A receipt for a recorded entry against the newest head.
    ///
    /// # Errors
    ///
    /// [`StoreError::NoEntry`] when the ledger is not that long.
    pub fn receipt_for(&self, index: u64) -> Result<Receipt, StoreError> {
        let leaf = self.entry(index)?;
        self.shared.refresh()?;
        let view = self.shared.reading();
        let tiles = Tiles::under(&self.shared, &view);
        let node = |level, place| tiles.node(level, place);
        let inclusion = inclusion_proof(index, view.head.size, node)?;
        let proof = proof::Receipt {
            index,
            inclusion,
            checkpoint: view.note.clone(),
        };
        Ok(Receipt::of_durable(leaf, proof, view.head.size)?)
    }

    /// A receipt for the entry that let out the return, or the presence answer, with this digest, if one
    /// was recorded.
    ///
    /// # Errors
    ///
    /// When the index or the journal cannot be read; [`StoreError::Archived`] when the permit was moved
    /// to an archive.
    pub fn permit_for(&self, digest: &Digest) -> Result<Option<Receipt>, StoreError> {
        match self.permit_index(digest)? {
            Some(index) => self.receipt_for(index).map(Some),
            None => Ok(None),
        }
    }

    /// Index of the permit of the return with this digest, if one was recorded; also when it lies in
    /// an archive.
    ///
    /// # Errors
    ///
    /// When the index cannot be read.
    pub fn permit_index(&self, digest: &Digest) -> Result<Option<u64>, StoreError> {
        let row = self.shared.row(&permit_key(digest))?;
        row.map(|row| {
            let index = row.try_into().map(u64::from_be_bytes);
            index.map_err(|_| self.shared.broken("the row of a permit is out of shape"))
        })
        .transpose()
    }

    /// The newest head and the proof that it extends the head of `old_size` entries.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Rollback`] when the ledger is shorter than `old_size`.
    pub fn consistency(&self, old_size: u64) -> Result<(Vec<Digest>, Checkpoint), StoreError> {
        let head = self.head();
        Ok((self.consistency_to(old_size, head.size)?, head))
    }

    /// The proof that the head of `new_size` entries extends the head of `old_size`.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Rollback`] when `new_size`, or the ledger, is shorter than `old_size`.
    pub fn consistency_to(&self, old_size: u64, new_size: u64) -> Result<Vec<Digest>, StoreError> {
        self.shared.refresh_to(old_size.max(new_size))?;
        let view = self.shared.reading();
        if old_size > new_size || new_size > view.head.size {
            return Err(LedgerError::Rollback {
                had: old_size,
                now: new_size.min(view.head.size),
            }
            .into());
        }
        let tiles = Tiles::under(&self.shared, &view);
        let node = |level, place| tiles.node(level, place);
        Ok(consistency_proof(old_size, new_size, node)?)
    }
}
