//! The evidence ledger as bytes: what an entry, a head, a proof and a journal frame look like, and
//! how each is verified by somebody who has nothing but the bytes and a public key.
//!
//! **Does:** hashes entries into an append-only Merkle tree, signs, cosigns and reads checkpoints,
//! decides what a witness answers and whether a quorum has cosigned, makes and checks inclusion and
//! consistency proofs, encodes entries, tiles and journal frames strictly, and verifies a whole
//! journal.
//!
//! **Leaves to others:** files, keys on disk, clocks, randomness and sealing (`store`); deciding what is
//! recorded (`exchange`).
//!
//! **Format:**
//!
//! ```text
//! leaf hash    SHA-256(0x00 ‖ leaf)            node hash   SHA-256(0x01 ‖ left ‖ right)
//! checkpoint   origin \n size \n base64(root) \n \n — name base64(key hash ‖ Ed25519)
//! leaf         restricted RFC 8785 JSON: sorted ASCII keys, no floats, at most 65,535 bytes
//! frame        header ‖ records ‖ head ‖ Ed25519 ‖ CRC-32, see [`frame`]
//! ```
//!
//! **Source:** RFC 6962 §2.1, RFC 9162 §2.1, RFC 8785, RFC 8032; C2SP signed-note,
//! tlog-checkpoint, tlog-cosignature, tlog-witness, tlog-policy, tlog-tiles and tlog-proof@v1.

pub mod archive;
pub mod checkpoint;
pub mod cosignature;
pub mod entry;
pub mod frame;
pub mod note;
pub mod pack;
pub mod proof;
pub mod quorum;
pub mod tile;
pub mod tree;
pub mod verify;
pub mod witness;

pub mod base64;
mod error;

pub use checkpoint::Checkpoint;
pub use cosignature::{CosignerKey, CosignerVkey};
pub use entry::{Entry, EntryKind, Leaf, Operation, Pseudonym, SubjectKey};
pub use error::LedgerError;
pub use note::{KeyName, LedgerKey, Vkey};
pub use quorum::Policy;
pub use tree::Tree;
