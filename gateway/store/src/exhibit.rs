//! For somebody outside: one head under which many entries are proved, and the ledger's word on a pack.

use stile_ledger::{Checkpoint, pack};
use stile_model::time::Timestamp;

use crate::error::StoreError;
use crate::store::Store;

impl Store {
    /// The newest head and its signed note, read at one moment.
    pub fn head_and_note(&self) -> (Checkpoint, String) {
        self.look_again();
        let view = self.shared.view();
        (view.head.clone(), view.note.clone())
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
