//! Keeps the ledger and the gateway's state durably; a [`Receipt`] is issued only after the flush.
//!
//! **Does:** seals what is confidential, appends it to a journal with one `fdatasync` a group of
//! batches, answers reads through an index, and repairs itself at start.
//!
//! **Leaves to others:** what is recorded and when (`exchange`), the clock, the formats (`ledger`),
//! aborting the process when the disk has failed (the supervisor, on [`StoreError::Unwritable`]).
//!
//! **Format:**
//!
//! ```text
//! lock         held while open
//! ballast      space kept back so that refusals can still be recorded on a full disk
//! journal/     20-digit number of the first frame, `.seg`; frames as in stile_ledger::frame: the truth
//! index/       sled; offsets into the journal; may be deleted at any time
//! archived/    what is kept of segments that were moved to an archive, see `archive`
//! set-aside/   torn tails and broken indexes, kept for inspection
//! ```
//!
//! Bodies and values are sealed with AES-256-GCM under a key per case before they are written. State
//! keys, case numbers and leaves are not sealed: they are identifiers and must hold nothing personal.
//!
//! **Order of effects:** seal, write, `fdatasync`, show to readers, acknowledge. The index follows by
//! itself, after the flush.
//!
//! **Source:** RFC 9162 (tree), NIST SP 800-38D (sealing), `docs/decisions/0001-storage.md` (why sled
//! holds no truth).

mod ahead;
mod archive;
mod backing;
mod batch;
mod check;
mod config;
mod erase;
mod error;
mod exhibit;
mod find;
mod heads;
mod index;
mod journal;
mod keys;
mod lock;
mod open;
mod pg;
mod poster;
mod postings;
mod publish;
mod read;
mod seal;
pub mod security;
mod segment;
mod space;
mod store;
mod tiles;
mod verify;
mod writer;

#[cfg(test)]
mod tests;

pub use archive::{Archived, Archiving, archive};
pub use batch::{Batch, Committed, PendingEntry, Put, Receipt, Tree};
pub use check::Health;
pub use config::{IndexState, OpenReport, Progress, StoreConfig, Torn};
pub use erase::{Erased, Erasure};
pub use error::StoreError;
pub use find::{Page, Query};
pub use keys::{Destroyed, EpochId, EpochKey, EpochPlace};
pub use lock::FolderLock;
pub use pg::{PostgresConfig, migrate_postgres, rebuild_postgres, verify_postgres};
pub use publish::{Published, Publisher};
pub use store::Store;
pub use verify::{verify_dir, verify_dir_against, verify_dir_opened, verify_dir_with};
