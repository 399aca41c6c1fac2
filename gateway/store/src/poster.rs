//! Writing the postings of finished blocks, from the entries themselves.
//!
//! Not on the way of a commit: the indexer does it afterwards, and opening does it for what a rebuild
//! left. Until a block is done, whoever searches looks at its entries one by one.

use stile_ledger::{Leaf, SubjectKey};

use crate::batch::Tree;
use crate::error::StoreError;
use crate::index::{Index, state_key};
use crate::postings::{BLOCK, Block, POSTED, Term, terms_of};
use crate::read::Leaves;
use crate::store::Shared;

/// Blocks that have their postings in `index`.
pub(crate) fn posted(index: &Index) -> Result<u64, StoreError> {
    read_count(index.row(POSTED)?)
}

/// The number in the row that counts blocks.
pub(crate) fn read_count(row: Option<Vec<u8>>) -> Result<u64, StoreError> {
    let Some(bytes) = row else { return Ok(0) };
    bytes
        .try_into()
        .map(u64::from_be_bytes)
        .map_err(|_| StoreError::Index("the count of blocks is garbled"))
}

/// Writes the postings of block `number`, all of whose entries the index has.
pub(crate) fn post(shared: &Shared, index: &Index, number: u64) -> Result<(), StoreError> {
    index.apply(&block_of(shared, number)?.rows(number))
}

/// The postings of finished block `number`.
pub(crate) fn block_of(shared: &Shared, number: u64) -> Result<Block, StoreError> {
    let (mut block, mut leaves) = (Block::default(), Leaves::of(shared));
    let first = number.saturating_mul(BLOCK);
    let entries = (0_u16..).zip(first..first.saturating_add(BLOCK));
    // What was archived is not searched here.
    for (offset, entry) in entries.filter(|(_, entry)| *entry >= shared.archived()) {
        let leaf = Leaf::parse(&leaves.leaf(entry)?)?;
        block.add(offset, terms_of(&leaf));
        block.add(offset, subject_terms(shared, entry)?);
    }
    Ok(block)
}

/// Of whom the entry is about; of none once the case's key is erased.
fn subject_terms(shared: &Shared, entry: u64) -> Result<Vec<Term>, StoreError> {
    let (tree, key) = (Tree::Subjects.number(), entry.to_be_bytes());
    let Some(row) = shared.row(&state_key(tree, &key))? else {
        return Ok(Vec::new());
    };
    let Some(bytes) = shared.value(tree, &key, &row)? else {
        return Ok(Vec::new());
    };
    let subjects =
        SubjectKey::read_all(&bytes).ok_or_else(|| shared.broken("subjects are not whole keys"))?;
    subjects
        .iter()
        .map(|subject| {
            let token = shared.keyring.subject_token(subject.as_bytes())?;
            Ok(Term::subject(&token))
        })
        .collect()
}
