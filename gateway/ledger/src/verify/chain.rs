//! What each frame must be, given the frames before it. Recovery and verification both use it.

use stile_model::digest::Digest;

use super::examined::{Examined, Marks};
use crate::checkpoint::Checkpoint;
use crate::error::LedgerError;
use crate::frame::{Decoded, Record};
use crate::note::Vkey;
use crate::tree::Tree;

/// The state after the frames taken so far.
#[derive(Debug, Clone)]
pub struct Chain {
    vkey: Vkey,
    number: u64,
    previous: Digest,
    tree: Tree,
    head: Option<Checkpoint>,
    /// The first frame's own word for what came before is taken, once.
    resuming: bool,
}

/// What one frame added.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Step {
    /// The roots at the sizes that were asked for, as far as this frame reaches them.
    pub roots: Vec<(u64, Digest)>,
    /// Leaf hashes of the entries, in order.
    pub leaves: Vec<Digest>,
}

impl Chain {
    /// Starts before the first frame of a journal.
    pub fn start(vkey: Vkey) -> Self {
        let previous = Digest::from_bytes([0; 32]);
        Self {
            vkey,
            number: 0,
            previous,
            tree: Tree::new(),
            head: None,
            resuming: false,
        }
    }

    /// Starts at a segment whose first frame restates the head before it and holds no records.
    ///
    /// Everything after that frame is verified; what came before rests on its signature.
    pub fn resume(vkey: Vkey, number: u64) -> Self {
        Self {
            number,
            resuming: number != 0,
            ..Self::start(vkey)
        }
    }

    /// Starts after `decoded`, on the word of its own signature for everything up to it.
    ///
    /// # Errors
    ///
    /// When its signature, root or checkpoint do not hold.
    pub fn after(vkey: Vkey, decoded: &Decoded) -> Result<Self, LedgerError> {
        decoded.verify_signature(&vkey)?;
        let (number, head) = (decoded.frame.number, &decoded.frame.head);
        let tree = Tree::from_peaks(head.size, head.peaks.clone())
            .ok_or(LedgerError::Chain("its peaks do not fit its size"))?;
        let number = number
            .checked_add(1)
            .ok_or(LedgerError::Chain("its number is the last there is"))?;
        let mut chain = Self {
            number,
            previous: decoded.hash,
            ..Self::start(vkey)
        };
        let opened = Checkpoint::open(&head.checkpoint, &chain.vkey);
        chain.head = Some(check_head(decoded, &tree, &opened)?);
        chain.tree = tree;
        Ok(chain)
    }

    /// Starts after frame `number - 1` of a journal whose frames up to there lie elsewhere: `previous`
    /// is the hash of that frame and `tree` holds the entries so far, both from a source that the
    /// caller trusts.
    pub fn behind(vkey: Vkey, number: u64, previous: Digest, tree: Tree) -> Self {
        Self {
            number,
            previous,
            tree,
            ..Self::start(vkey)
        }
    }

    /// The number the next frame must have.
    pub const fn next_number(&self) -> u64 {
        self.number
    }

    /// The hash the next frame must name.
    pub const fn previous(&self) -> &Digest {
        &self.previous
    }

    /// The tree after the frames so far.
    pub const fn tree(&self) -> &Tree {
        &self.tree
    }

    /// The last checkpoint that held.
    pub const fn head(&self) -> Option<&Checkpoint> {
        self.head.as_ref()
    }

    /// The key everything is verified under.
    pub const fn vkey(&self) -> &Vkey {
        &self.vkey
    }

    /// Checks that `decoded` comes next, and takes it. On error nothing is taken.
    ///
    /// # Errors
    ///
    /// When number, chain, signature, entries, root or checkpoint do not hold.
    pub fn step(&mut self, decoded: &Decoded) -> Result<Step, LedgerError> {
        self.take(decoded, &Marks::of(decoded, &self.vkey), &[])
    }

    /// As [`Chain::step`] for a frame that was examined before, perhaps in another thread, telling the
    /// roots at those of `sizes` that it passes.
    ///
    /// # Errors
    ///
    /// As [`Chain::step`]; also when it was examined under another key.
    pub fn step_past(&mut self, examined: &Examined, sizes: &[u64]) -> Result<Step, LedgerError> {
        if examined.vkey != self.vkey {
            return Err(LedgerError::Signature);
        }
        self.take(&examined.decoded, &examined.marks, sizes)
    }

    fn take(
        &mut self,
        decoded: &Decoded,
        marks: &Marks,
        sizes: &[u64],
    ) -> Result<Step, LedgerError> {
        let frame = &decoded.frame;
        marks.signature.clone()?;
        if frame.number != self.number {
            return Err(LedgerError::Chain("its number is not the next"));
        }
        let mut tree = self.tree.clone();
        if self.resuming {
            if !frame.records.is_empty() {
                return Err(LedgerError::Chain(
                    "the segment does not start by restating the head",
                ));
            }
            tree = Tree::from_peaks(frame.head.size, frame.head.peaks.clone())
                .ok_or(LedgerError::Chain("its peaks do not fit its size"))?;
        } else if frame.previous != self.previous {
            return Err(LedgerError::Chain(
                "it names another frame as the one before",
            ));
        }
        let roots = append(&mut tree, &frame.records, marks, sizes)?;
        let head = check_head(decoded, &tree, &marks.checkpoint)?;
        self.number += 1;
        self.previous = decoded.hash;
        self.tree = tree;
        self.head = Some(head);
        self.resuming = false;
        Ok(Step {
            roots,
            leaves: marks.leaves.clone(),
        })
    }
}

fn check_head(
    decoded: &Decoded,
    tree: &Tree,
    checkpoint: &Result<Checkpoint, LedgerError>,
) -> Result<Checkpoint, LedgerError> {
    let stated = &decoded.frame.head;
    if stated.size != tree.size() {
        return Err(LedgerError::Chain("its size is not the number of entries"));
    }
    if stated.root != tree.root() || stated.peaks != tree.peaks() {
        return Err(LedgerError::Chain(
            "its root is not the root of the entries",
        ));
    }
    let head = checkpoint.clone()?;
    if head.size == tree.size() && head.root == stated.root {
        Ok(head)
    } else {
        Err(LedgerError::Chain("its checkpoint signs another head"))
    }
}

/// Adds the entries among `records`, and gives the roots at those of `sizes` that it passes; a body must
/// follow its entry in the same frame.
fn append(
    tree: &mut Tree,
    records: &[Record],
    marks: &Marks,
    sizes: &[u64],
) -> Result<Vec<(u64, Digest)>, LedgerError> {
    let (mut roots, mut leaves) = (Vec::new(), marks.leaves.iter());
    let mut any = false;
    for record in records {
        match record {
            Record::Entry(_) => {
                let unread = || marks.unread.clone().unwrap_or(LedgerError::Signature);
                tree.append(*leaves.next().ok_or_else(unread)?);
                any = true;
                if sizes.contains(&tree.size()) {
                    roots.push((tree.size(), tree.root()));
                }
            }
            Record::Body { index, .. } => {
                if !any || index.checked_add(1) != Some(tree.size()) {
                    return Err(LedgerError::Chain("a body does not follow its entry"));
                }
            }
            Record::KeyErased { .. } | Record::State { .. } | Record::WrappedKey { .. } => {}
        }
    }
    Ok(roots)
}
