//! The Merkle tree of RFC 6962 §2.1 (the same tree as RFC 9162 §2.1): append, root, proofs.
//!
//! Nothing here recurses, so hostile sizes and proofs cost at most 64 steps.

use stile_model::digest::Digest;

use crate::error::LedgerError;

/// The hash of a leaf's bytes.
pub fn leaf_hash(leaf: &[u8]) -> Digest {
    Digest::of_parts(&[&[0x00], leaf])
}

/// The hash of two subtrees.
pub fn node_hash(left: &Digest, right: &Digest) -> Digest {
    Digest::of_parts(&[&[0x01], left.as_bytes(), right.as_bytes()])
}

/// The root of a tree without leaves.
pub fn empty_root() -> Digest {
    Digest::of(b"")
}

/// A tree reduced to what appending needs: its size and the roots of its complete subtrees.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree {
    size: u64,
    /// Largest subtree first; one for every one-bit of `size`.
    peaks: Vec<Digest>,
}

impl Tree {
    /// A tree without leaves.
    pub fn new() -> Self {
        Self::default()
    }

    /// The tree of `size` leaves whose complete subtrees have the roots `peaks`, largest first.
    ///
    /// `None` when their number does not fit the size.
    pub fn from_peaks(size: u64, peaks: Vec<Digest>) -> Option<Self> {
        (u32::try_from(peaks.len()) == Ok(size.count_ones())).then_some(Self { size, peaks })
    }

    /// Number of leaves.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Roots of the complete subtrees, largest first.
    pub fn peaks(&self) -> &[Digest] {
        &self.peaks
    }

    /// Adds a leaf by its [`leaf_hash`].
    pub fn append(&mut self, leaf: Digest) {
        self.append_noting(leaf, |_, _, _| ());
    }

    /// Adds a leaf and tells `each` every subtree it completes: level, place in the level, root.
    pub fn append_noting(&mut self, leaf: Digest, mut each: impl FnMut(u8, u64, Digest)) {
        let (mut root, mut place, mut level) = (leaf, self.size, 0_u8);
        each(level, place, root);
        while place & 1 == 1 {
            let Some(left) = self.peaks.pop() else { break };
            root = node_hash(&left, &root);
            place >>= 1;
            level = level.saturating_add(1);
            each(level, place, root);
        }
        self.peaks.push(root);
        self.size = self.size.saturating_add(1);
    }

    /// The Merkle tree hash of all leaves.
    pub fn root(&self) -> Digest {
        fold_right(&self.peaks).unwrap_or_else(empty_root)
    }

    /// The peaks with their level and place, largest first.
    pub fn placed_peaks(&self) -> impl Iterator<Item = (u8, u64, Digest)> + '_ {
        complete_nodes(0, self.size)
            .into_iter()
            .zip(&self.peaks)
            .map(|((level, place), peak)| (level, place, *peak))
    }
}

/// The inclusion proof of leaf `index` in the tree of `size` leaves (RFC 6962 §2.1.1).
///
/// `node` gives the root of a complete subtree by level and place.
///
/// # Errors
///
/// When `index` is not below `size`, or `node` does not know a subtree that is needed.
pub fn inclusion_proof(
    index: u64,
    size: u64,
    node: impl Fn(u8, u64) -> Option<Digest>,
) -> Result<Vec<Digest>, LedgerError> {
    if index >= size {
        return Err(LedgerError::Proof("the index is not below the size"));
    }
    let (mut low, mut high, mut path) = (0, size, Vec::new());
    while high - low > 1 {
        let middle = low + split(high - low);
        if index < middle {
            path.push(range_root(middle, high, &node)?);
            high = middle;
        } else {
            path.push(range_root(low, middle, &node)?);
            low = middle;
        }
    }
    path.reverse();
    Ok(path)
}

/// The proof that the tree of `size` leaves extends the tree of `old` leaves (RFC 6962 §2.1.2).
///
/// # Errors
///
/// When `old` is above `size`, or `node` does not know a subtree that is needed.
pub fn consistency_proof(
    old: u64,
    size: u64,
    node: impl Fn(u8, u64) -> Option<Digest>,
) -> Result<Vec<Digest>, LedgerError> {
    if old > size {
        return Err(LedgerError::Proof("the old size is above the size"));
    }
    let (mut low, mut high, mut path) = (0, size, Vec::new());
    if old == 0 || old == size {
        return Ok(path);
    }
    let mut whole = true;
    while old != high {
        let middle = low + split(high - low);
        if old <= middle {
            path.push(range_root(middle, high, &node)?);
            high = middle;
        } else {
            path.push(range_root(low, middle, &node)?);
            low = middle;
            whole = false;
        }
    }
    if !whole {
        path.push(range_root(low, high, &node)?);
    }
    path.reverse();
    Ok(path)
}

/// The Merkle tree hash of the first `size` leaves.
///
/// # Errors
///
/// When `node` does not know a subtree that is needed.
pub fn root_at(size: u64, node: impl Fn(u8, u64) -> Option<Digest>) -> Result<Digest, LedgerError> {
    if size == 0 {
        return Ok(empty_root());
    }
    range_root(0, size, node)
}

/// Checks that `leaf` is at `index` in the tree of `size` leaves with `root` (RFC 9162 §2.1.3.2).
///
/// # Errors
///
/// When the proof does not lead to the root.
pub fn verify_inclusion(
    leaf: &Digest,
    index: u64,
    size: u64,
    proof: &[Digest],
    root: &Digest,
) -> Result<(), LedgerError> {
    if index >= size {
        return Err(LedgerError::Proof("the index is not below the size"));
    }
    let (mut place, mut last, mut node) = (index, size - 1, *leaf);
    for sibling in proof {
        if last == 0 {
            return Err(LedgerError::Proof("the inclusion proof is too long"));
        }
        if place & 1 == 1 || place == last {
            node = node_hash(sibling, &node);
            while place & 1 == 0 && place != 0 {
                place >>= 1;
                last >>= 1;
            }
        } else {
            node = node_hash(&node, sibling);
        }
        place >>= 1;
        last >>= 1;
    }
    if last == 0 && node == *root {
        Ok(())
    } else {
        Err(LedgerError::Proof(
            "the inclusion proof does not lead to the root",
        ))
    }
}

/// Checks that the tree `(size, root)` extends the tree `(old, old_root)` (RFC 9162 §2.1.4.2).
///
/// From the empty tree only its own root and an empty proof are accepted.
///
/// # Errors
///
/// When the proof does not lead to both roots.
pub fn verify_consistency(
    old: u64,
    old_root: &Digest,
    size: u64,
    root: &Digest,
    proof: &[Digest],
) -> Result<(), LedgerError> {
    let wrong = LedgerError::Proof("the consistency proof does not lead to both roots");
    if old > size {
        return Err(LedgerError::Rollback {
            had: old,
            now: size,
        });
    }
    if old == 0 {
        let fits = proof.is_empty() && *old_root == empty_root();
        return if fits { Ok(()) } else { Err(wrong) };
    }
    if old == size {
        let fits = proof.is_empty() && old_root == root;
        return if fits { Ok(()) } else { Err(wrong) };
    }
    let mut rest = proof.iter();
    let first = if old.is_power_of_two() {
        Some(old_root)
    } else {
        rest.next()
    };
    let Some(first) = first else {
        return Err(wrong);
    };
    let (mut place, mut last) = (old - 1, size - 1);
    while place & 1 == 1 {
        place >>= 1;
        last >>= 1;
    }
    let (mut old_node, mut node) = (*first, *first);
    for sibling in rest {
        if last == 0 {
            return Err(wrong);
        }
        if place & 1 == 1 || place == last {
            old_node = node_hash(sibling, &old_node);
            node = node_hash(sibling, &node);
            while place & 1 == 0 && place != 0 {
                place >>= 1;
                last >>= 1;
            }
        } else {
            node = node_hash(&node, sibling);
        }
        place >>= 1;
        last >>= 1;
    }
    if last == 0 && old_node == *old_root && node == *root {
        Ok(())
    } else {
        Err(wrong)
    }
}

/// The largest power of two below `count`, which is at least two.
fn split(count: u64) -> u64 {
    1 << (count - 1).ilog2()
}

/// The complete subtrees that cover the leaves from `low` to `high`, left to right.
fn complete_nodes(mut low: u64, high: u64) -> Vec<(u8, u64)> {
    let mut nodes = Vec::new();
    while low < high {
        let level = (high - low).ilog2();
        nodes.push((u8::try_from(level).unwrap_or(63), low >> level));
        low += 1 << level;
    }
    nodes
}

/// The Merkle tree hash of the leaves from `low` to `high`; `low` starts a subtree of that width.
fn range_root(
    low: u64,
    high: u64,
    node: impl Fn(u8, u64) -> Option<Digest>,
) -> Result<Digest, LedgerError> {
    let missing = LedgerError::Proof("a part of the tree is not at hand");
    let nodes: Option<Vec<Digest>> = complete_nodes(low, high)
        .into_iter()
        .map(|(level, place)| node(level, place))
        .collect();
    fold_right(&nodes.ok_or_else(|| missing.clone())?).ok_or(missing)
}

/// Joins subtrees from the right, as the ragged edge of the tree is hashed.
fn fold_right(nodes: &[Digest]) -> Option<Digest> {
    nodes
        .iter()
        .rev()
        .copied()
        .reduce(|right, left| node_hash(&left, &right))
}

#[cfg(test)]
mod tests;
