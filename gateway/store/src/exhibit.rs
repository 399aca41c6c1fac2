//! Proofs for somebody outside: many entries under one head, and the ledger's word on a pack.

use stile_ledger::proof::Receipt;
use stile_ledger::tree::inclusion_proof;
use stile_ledger::{Checkpoint, LedgerError, pack};
use stile_model::time::Timestamp;

use crate::error::StoreError;
use crate::store::Store;

impl Store {
    /// The newest head and its signed note, read at one moment.
    pub fn head_and_note(&self) -> (Checkpoint, String) {
        let view = self.shared.view();
        (view.head.clone(), view.note.clone())
    }

    /// Proofs that each of these entries is under `head`, a head of this ledger with its signed `note`.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Rollback`] when the ledger is shorter than `head`; [`LedgerError::Proof`] when
    /// an index is not under it.
    pub fn receipts_under(
        &self,
        head: &Checkpoint,
        note: &str,
        indexes: &[u64],
    ) -> Result<Vec<Receipt>, StoreError> {
        let view = self.shared.view();
        if head.size > view.head.size {
            return Err(LedgerError::Rollback {
                had: head.size,
                now: view.head.size,
            }
            .into());
        }
        let node = |level, place| self.shared.node(&view, level, place);
        let receipt = |index: &u64| {
            Ok(Receipt {
                index: *index,
                inclusion: inclusion_proof(*index, head.size, node)?,
                checkpoint: note.to_owned(),
            })
        };
        indexes.iter().map(receipt).collect()
    }

    /// Signs an inspection pack's manifest with the ledger's key, and nothing else: see
    /// [`pack::statement`].
    ///
    /// # Errors
    ///
    /// When this store was opened without the key.
    pub fn sign_pack(&self, manifest: &[u8], made: Timestamp) -> Result<String, StoreError> {
        let key = self
            .shared
            .signer()
            .ok_or(StoreError::Config("the store holds no ledger key"))?;
        Ok(pack::sign(key, self.vkey().name(), manifest, made)?)
    }
}
