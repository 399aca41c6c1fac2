//! A proof shown, and checked on the spot when the ledger's public key is given.

use stile_exchange::audit::Proof;
use stile_ledger::tree::verify_consistency;
use stile_ledger::{Checkpoint, Vkey, base64, proof::Receipt};

use crate::args::Connect;
use crate::output::{self, line};
use crate::run::Failure;

/// What a proof is to be checked against.
pub struct Check {
    vkey: Option<Vkey>,
    earlier: Option<Checkpoint>,
}

impl Check {
    /// Reads the key, and the head kept from earlier, which that key must have signed.
    ///
    /// # Errors
    ///
    /// When either is not what it should be.
    pub fn new(vkey: Option<&str>, earlier: Option<String>) -> Result<Self, Failure> {
        let vkey: Option<Vkey> = vkey.map(str::parse).transpose()?;
        let earlier = match (&vkey, earlier) {
            (Some(vkey), Some(note)) => Some(Checkpoint::open(&note, vkey)?),
            _ => None,
        };
        Ok(Self { vkey, earlier })
    }

    /// The size of the earlier head.
    pub fn earlier_size(&self) -> Option<u64> {
        self.earlier.as_ref().map(|head| head.size)
    }

    /// Prints the proof, and that it holds if there is a key to tell.
    ///
    /// # Errors
    ///
    /// When it does not hold.
    pub fn tell(&self, connect: &Connect, proof: &Proof) -> Result<(), Failure> {
        let held = match &self.vkey {
            Some(vkey) => Some(self.check(proof, vkey)?),
            None => None,
        };
        if connect.json {
            output::json(proof);
            return Ok(());
        }
        line(proof.receipt.trim_end());
        if let Some(head) = held {
            line(format_args!(
                "\nverified: entry {} is in the ledger `{}` of {} entries",
                proof.index, head.origin, head.size
            ));
        }
        if let Some(earlier) = self.earlier.as_ref().filter(|_| self.vkey.is_some()) {
            line(format_args!(
                "verified: it only grew since it had {} entries",
                earlier.size
            ));
        }
        Ok(())
    }

    fn check(&self, proof: &Proof, vkey: &Vkey) -> Result<Checkpoint, Failure> {
        let receipt = Receipt::parse(&proof.receipt)?;
        if receipt.index != proof.index {
            return Err("NOT VERIFIED: the receipt is of another entry".into());
        }
        let leaf = base64::bytes(&proof.leaf).ok_or("NOT VERIFIED: the leaf is not base64")?;
        let head = receipt.verify(&leaf, vkey)?;
        if let Some(earlier) = &self.earlier {
            let hashes = proof.consistency.iter().map(|text| base64::digest(text));
            let hashes: Option<Vec<_>> = hashes.collect();
            let hashes = hashes.ok_or("NOT VERIFIED: a hash is not 32 bytes of base64")?;
            verify_consistency(earlier.size, &earlier.root, head.size, &head.root, &hashes)?;
        }
        Ok(head)
    }
}
