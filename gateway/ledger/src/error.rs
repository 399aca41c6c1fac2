//! Why bytes of the ledger were refused.

/// Why bytes of the ledger were refused. Names positions and shapes, never content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// The statement that ties a ledger to its archived part is not well formed.
    #[error("the continuity statement is not well formed: {0}")]
    Archive(&'static str),
    /// The checkpoint's text is not origin, size and root.
    #[error("the checkpoint is not well formed: {0}")]
    Checkpoint(&'static str),
    /// The checkpoint is about another ledger.
    #[error("the checkpoint is of another ledger; expected origin `{expected}`")]
    Origin {
        /// The origin that was expected.
        expected: String,
    },
    /// The entry is not in the one accepted encoding. It was not recorded.
    #[error("the entry is not well formed: {0}")]
    Entry(&'static str),
    /// Two signed heads cannot both be true: the ledger was rewritten.
    #[error("the ledger differs from the earlier checkpoint of size `{size}`; treat it as forked")]
    Fork {
        /// Size of the earlier checkpoint.
        size: u64,
    },
    /// The frame's bytes are damaged or not a frame.
    #[error("the frame is damaged: {0}")]
    Frame(&'static str),
    /// The frame is whole but does not follow the one before it.
    #[error("the frame does not follow the one before it: {0}")]
    Chain(&'static str),
    /// The key's text or bytes are not an Ed25519 key.
    #[error("the ledger key is not well formed: {0}")]
    Key(&'static str),
    /// The note is not a signed note.
    #[error("the signed note is not well formed: {0}")]
    Note(&'static str),
    /// A file of an inspection pack is not what the ledger's key signed for.
    #[error("the pack does not hold at `{file}`: {fault}")]
    Pack {
        /// The file's name.
        file: String,
        /// What is wrong.
        fault: &'static str,
    },
    /// The policy's text is refused; the line counts from one.
    #[error("the quorum policy is not well formed: line `{line}`: {fault}")]
    Policy {
        /// The line, counted from one.
        line: usize,
        /// What is wrong with it.
        fault: &'static str,
    },
    /// The proof does not lead from the entry to the signed root.
    #[error("the proof does not hold: {0}")]
    Proof(&'static str),
    /// Too few of the witnesses that the policy names have cosigned.
    #[error("the checkpoint lacks the quorum; not cosigned by {}", listed(.missing))]
    Quorum {
        /// The policy's names of the witnesses that have not cosigned.
        missing: Vec<String>,
    },
    /// The request to a witness is not in the one accepted form.
    #[error("the request to cosign is not well formed: {0}")]
    Request(&'static str),
    /// The ledger is shorter than a checkpoint seen before: an older copy was put back.
    #[error(
        "the ledger holds `{now}` entries but `{had}` were once signed; an older copy was put back"
    )]
    Rollback {
        /// Entries in the earlier checkpoint.
        had: u64,
        /// Entries found now.
        now: u64,
    },
    /// No signature by the expected key, or one that does not verify.
    #[error("the signature does not verify under the ledger key")]
    Signature,
    /// The bytes are not a tile or entry bundle, or the path does not name one.
    #[error("the tile is not well formed: {0}")]
    Tile(&'static str),
}

/// Names between backticks, or a word for none.
fn listed(names: &[String]) -> String {
    if names.is_empty() {
        return "anybody".to_owned();
    }
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}
