//! What tests of several parts begin with.

use stile_ledger::LedgerKey;
use stile_store::{EpochKey, Store, StoreConfig};
use tempfile::TempDir;

/// The store of this folder, which a first opening makes.
pub(crate) fn opened(folder: &TempDir) -> Store {
    let config = StoreConfig {
        dir: folder.path().join("store"),
        origin: "north.example/police".to_owned(),
        ledger_key: LedgerKey::from_seed(&[7; 32]).unwrap(),
        epoch_key: EpochKey::from_bytes([8; 32]),
        segment_bytes: 1 << 20,
        low_space_bytes: 0,
    };
    Store::open(config).unwrap().0
}
