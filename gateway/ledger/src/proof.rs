//! The receipt an entry leaves with: C2SP tlog-proof@v1 text.

use data_encoding::BASE64;
use stile_model::digest::Digest;

use crate::base64;
use crate::checkpoint::{Checkpoint, decimal};
use crate::error::LedgerError;
use crate::note::{MAX_NOTE, Vkey};
use crate::quorum::{Policy, Vouched};
use crate::tree::{leaf_hash, verify_inclusion};

const HEADER: &str = "c2sp.org/tlog-proof@v1";

/// Proof that one entry is in a ledger, verifiable with the ledger's public key alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The entry's place in the ledger, from zero.
    pub index: u64,
    /// Inclusion proof, from the leaf upwards; at most 63 hashes.
    pub inclusion: Vec<Digest>,
    /// The signed checkpoint the proof leads to.
    pub checkpoint: String,
}

impl Receipt {
    /// The receipt as text.
    pub fn text(&self) -> String {
        let hashes: String = self
            .inclusion
            .iter()
            .map(|hash| BASE64.encode(hash.as_bytes()) + "\n")
            .collect();
        format!(
            "{HEADER}\nindex {}\n{hashes}\n{}",
            self.index, self.checkpoint
        )
    }

    /// Reads a receipt; nothing is verified yet. An `extra` line is refused: we never write one.
    ///
    /// # Errors
    ///
    /// Says which line is wrong.
    pub fn parse(text: &str) -> Result<Self, LedgerError> {
        if text.len() > MAX_NOTE {
            return Err(LedgerError::Proof("it is longer than 64 KiB"));
        }
        let (proof, checkpoint) = text
            .split_once("\n\n")
            .ok_or(LedgerError::Proof("no blank line after the hashes"))?;
        let mut lines = proof.split('\n');
        if lines.next() != Some(HEADER) {
            return Err(LedgerError::Proof(
                "it does not start with `c2sp.org/tlog-proof@v1`",
            ));
        }
        let index = lines
            .next()
            .and_then(|line| line.strip_prefix("index "))
            .and_then(decimal)
            .ok_or(LedgerError::Proof(
                "the second line is not `index` and a number",
            ))?;
        let inclusion = lines.map(hash_line).collect::<Result<Vec<_>, _>>()?;
        if inclusion.len() > 63 {
            return Err(LedgerError::Proof("more than 63 hashes"));
        }
        Ok(Self {
            index,
            inclusion,
            checkpoint: checkpoint.to_owned(),
        })
    }

    /// Verifies that `leaf` is in the ledger of `vkey`, and returns the checkpoint that proves it.
    ///
    /// # Errors
    ///
    /// When the checkpoint's signature or the inclusion proof does not hold.
    pub fn verify(&self, leaf: &[u8], vkey: &Vkey) -> Result<Checkpoint, LedgerError> {
        let head = Checkpoint::open(&self.checkpoint, vkey)?;
        self.leads_to(&head, leaf)?;
        Ok(head)
    }

    /// Verifies that `leaf` is in a ledger of `policy`, under a head that the policy's quorum has
    /// cosigned.
    ///
    /// # Errors
    ///
    /// When a signature, the quorum or the inclusion proof does not hold.
    pub fn verify_witnessed(&self, leaf: &[u8], policy: &Policy) -> Result<Vouched, LedgerError> {
        let vouched = policy.open(&self.checkpoint)?;
        self.leads_to(&vouched.checkpoint, leaf)?;
        Ok(vouched)
    }

    fn leads_to(&self, head: &Checkpoint, leaf: &[u8]) -> Result<(), LedgerError> {
        verify_inclusion(
            &leaf_hash(leaf),
            self.index,
            head.size,
            &self.inclusion,
            &head.root,
        )
    }
}

fn hash_line(line: &str) -> Result<Digest, LedgerError> {
    base64::digest(line).ok_or(LedgerError::Proof("a hash is not 32 bytes of base64"))
}

#[cfg(test)]
mod tests;
