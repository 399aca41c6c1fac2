//! A proof checked step by step from its bytes, for people who look at a page instead of running a
//! verifier.
//!
//! The page is made by the very gateway whose ledger is checked, so it shows what holds and convinces
//! nobody who does not trust that gateway: the proof itself can be taken away and checked elsewhere.

use data_encoding::HEXLOWER;
use stile_ledger::proof::Receipt;
use stile_ledger::tree::{leaf_hash, verify_inclusion};
use stile_ledger::{Checkpoint, CosignerVkey, Vkey, base64};
use stile_model::id::MemberId;
use stile_model::time::Timestamp;

use super::{Gateway, Proof, Prove, Reason};
use crate::error::ExchangeError;
use crate::people::Person;

/// A proof, and which of its steps hold.
#[derive(Debug, Clone)]
pub struct Checked {
    /// The proof, to be taken away.
    pub proof: Proof,
    /// Hash of the entry's bytes, lower-case hexadecimal: SHA-256(0 ‖ leaf), RFC 9162 §2.1.1.
    pub leaf_hash: String,
    /// Hashes on the way from the entry to the head.
    pub path: usize,
    /// Is the head signed by the ledger's key?
    pub signed: bool,
    /// Does the way lead from the entry to the signed head?
    pub included: bool,
    /// Entries under the head; 0 where it cannot be read.
    pub size: u64,
    /// Root of the head, base64 as the checkpoint writes it; empty where it cannot be read.
    pub root: String,
    /// Every other member with a witness key, and when it cosigned this head, if it has.
    pub cosigned: Vec<(MemberId, Option<Timestamp>)>,
}

impl Gateway {
    /// The proof of one entry, taken apart and checked; the reading is recorded first.
    ///
    /// # Errors
    ///
    /// As [`Gateway::prove`].
    pub async fn checked_proof(
        &self,
        person: &Person,
        index: u64,
        reason: &Reason,
    ) -> Result<Checked, ExchangeError> {
        let ask = Prove {
            reason: reason.clone(),
            earlier: None,
        };
        let proof = self.prove(person, index, &ask).await?;
        let unreadable = |_| ExchangeError::Stored("proof");
        let receipt = Receipt::parse(&proof.receipt).map_err(unreadable)?;
        let leaf = base64::bytes(&proof.leaf).ok_or(ExchangeError::Stored("proof"))?;
        let vkey: Vkey = proof.vkey.parse().map_err(unreadable)?;
        let hash = leaf_hash(&leaf);
        let head = Checkpoint::open(&receipt.checkpoint, &vkey).ok();
        let leads_to = |head: &Checkpoint| {
            let way = &receipt.inclusion;
            let led = verify_inclusion(&hash, receipt.index, head.size, way, &head.root);
            receipt.index == index && led.is_ok()
        };
        Ok(Checked {
            leaf_hash: HEXLOWER.encode(hash.as_bytes()),
            path: receipt.inclusion.len(),
            signed: head.is_some(),
            included: head.as_ref().is_some_and(leads_to),
            size: head.as_ref().map_or(0, |head| head.size),
            root: head.map_or_else(String::new, |head| {
                data_encoding::BASE64.encode(head.root.as_bytes())
            }),
            cosigned: self.cosigners_of(&receipt.checkpoint),
            proof,
        })
    }

    /// Who cosigned a head. A cosignature that does not verify is none.
    fn cosigners_of(&self, note: &str) -> Vec<(MemberId, Option<Timestamp>)> {
        let directory = self.directory();
        let others = directory.members.iter().filter(|one| one.id != *self.me());
        let keys = others.filter_map(|member| {
            let key: CosignerVkey = member.witness_key.as_ref()?.parse().ok()?;
            Some((member.id.clone(), key.cosigned(note).ok().flatten()))
        });
        keys.collect()
    }
}
