//! What a witness does with a head it is asked to cosign (C2SP tlog-witness, `add-checkpoint`).
//!
//! ```text
//! old <size>
//! <base64 hash>          consistency proof, at most 63 lines
//!
//! <signed checkpoint>
//! ```
//!
//! [`decide`] only decides. A witness keeps the accepted head durably, in one step with the
//! comparison, before its cosignature leaves.

use data_encoding::BASE64;
use stile_model::digest::Digest;

use crate::base64;
use crate::checkpoint::{Checkpoint, decimal};
use crate::error::LedgerError;
use crate::note::{MAX_NOTE, SignedNote, Vkey};
use crate::tree::{empty_root, verify_consistency};

const MAX_PROOF: usize = 63;
/// Longest request that is read, in bytes: a note and 64 lines before it.
pub const MAX_REQUEST: usize = MAX_NOTE + 4 * 1024;

/// A request to cosign a head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddCheckpoint {
    /// Size of the head that the witness is believed to have cosigned last; 0 for none.
    pub old: u64,
    /// Consistency proof from `old` to the checkpoint's size; at most 63 hashes.
    pub proof: Vec<Digest>,
    /// The signed checkpoint.
    pub checkpoint: String,
}

impl AddCheckpoint {
    /// The request as text.
    pub fn text(&self) -> String {
        let hashes: String = self
            .proof
            .iter()
            .map(|hash| BASE64.encode(hash.as_bytes()) + "\n")
            .collect();
        format!("old {}\n{hashes}\n{}", self.old, self.checkpoint)
    }

    /// Reads a request; the checkpoint is a well-formed note of a well-formed head, and nothing is
    /// verified.
    ///
    /// # Errors
    ///
    /// Says which part is wrong. Answered with status 400.
    pub fn parse(text: &str) -> Result<Self, LedgerError> {
        if text.len() > MAX_REQUEST {
            return Err(LedgerError::Request("it is longer than 68 KiB"));
        }
        let (proof, checkpoint) = text
            .split_once("\n\n")
            .ok_or(LedgerError::Request("no blank line after the proof"))?;
        let mut lines = proof.split('\n');
        let old = lines
            .next()
            .and_then(|line| line.strip_prefix("old "))
            .and_then(decimal)
            .ok_or(LedgerError::Request(
                "the first line is not `old` and a number",
            ))?;
        let proof = lines.map(hash_line).collect::<Result<Vec<_>, _>>()?;
        if proof.len() > MAX_PROOF {
            return Err(LedgerError::Request("more than 63 hashes"));
        }
        Checkpoint::parse(SignedNote::parse(checkpoint)?.text)?;
        Ok(Self {
            old,
            proof,
            checkpoint: checkpoint.to_owned(),
        })
    }
}

/// The head of one ledger that a witness cosigned last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// Number of entries.
    pub size: u64,
    /// Their root.
    pub root: Digest,
}

/// What a witness answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The head extends what was seen: keep it, then cosign it.
    Accept(Checkpoint),
    /// The old size is above the checkpoint's size, or the request cannot be read.
    Bad,
    /// The witness last cosigned another size than the request says: this one.
    Conflict {
        /// Size of the head cosigned last.
        size: u64,
    },
    /// Two heads of the same size with different roots, both signed: the ledger is forked.
    Forked {
        /// Size of both heads.
        size: u64,
    },
    /// The proof does not lead from the head seen last to this one, which the ledger has signed.
    Inconsistent,
    /// The witness knows no ledger of this origin.
    UnknownLog,
    /// No known key of the ledger has signed.
    Unsigned,
}

impl Verdict {
    /// The HTTP status that the specification gives for it.
    pub const fn status(&self) -> u16 {
        match self {
            Self::Accept(_) => 200,
            Self::Bad => 400,
            Self::Unsigned => 403,
            Self::UnknownLog => 404,
            Self::Conflict { .. } | Self::Forked { .. } => 409,
            Self::Inconsistent => 422,
        }
    }

    /// May this be evidence that the ledger was rewritten? Then the request is worth keeping.
    pub const fn is_suspicious(&self) -> bool {
        match self {
            Self::Forked { .. } | Self::Inconsistent => true,
            Self::Accept(_)
            | Self::Bad
            | Self::Conflict { .. }
            | Self::UnknownLog
            | Self::Unsigned => false,
        }
    }
}

/// Decides on a request, given the keys of the ledgers this witness watches and the head of the
/// request's ledger that it cosigned last.
///
/// Several keys may have one origin; one good signature is enough, and a bad one by a known key
/// spoils the request. The checks come in the order of the specification.
pub fn decide(request: &AddCheckpoint, logs: &[Vkey], seen: Option<&Seen>) -> Verdict {
    let Ok(named) = SignedNote::parse(&request.checkpoint).and_then(|note| {
        let head = Checkpoint::parse(note.text)?;
        Ok((head, note))
    }) else {
        return Verdict::Bad;
    };
    let (head, note) = named;
    let keys: Vec<&Vkey> = logs
        .iter()
        .filter(|vkey| *vkey.name() == head.origin)
        .collect();
    if keys.is_empty() {
        return Verdict::UnknownLog;
    }
    if !is_signed(&note, &keys) {
        return Verdict::Unsigned;
    }
    if request.old > head.size {
        return Verdict::Bad;
    }
    extends(request, head, seen)
}

fn is_signed(note: &SignedNote<'_>, keys: &[&Vkey]) -> bool {
    let mut good = 0_usize;
    for vkey in keys {
        if let Some(line) = note.by_key(vkey.name(), vkey.key_hash()) {
            if vkey.verify(note.text.as_bytes(), &line.signature).is_err() {
                return false;
            }
            good += 1;
        }
    }
    good > 0
}

fn extends(request: &AddCheckpoint, head: Checkpoint, seen: Option<&Seen>) -> Verdict {
    let before = seen.copied().unwrap_or(Seen {
        size: 0,
        root: empty_root(),
    });
    if before.size != request.old {
        return Verdict::Conflict { size: before.size };
    }
    if before.size == head.size && before.root != head.root && before.size > 0 {
        return Verdict::Forked { size: before.size };
    }
    let empty = head.size == 0 && head.root != empty_root();
    let (size, root, proof) = (head.size, &head.root, &request.proof);
    if empty || verify_consistency(before.size, &before.root, size, root, proof).is_err() {
        return Verdict::Inconsistent;
    }
    Verdict::Accept(head)
}

fn hash_line(line: &str) -> Result<Digest, LedgerError> {
    base64::digest(line).ok_or(LedgerError::Request("a hash is not 32 bytes of base64"))
}

#[cfg(test)]
mod tests;
