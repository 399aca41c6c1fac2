//! Block postings: by what the entries of a ledger are found again without reading all of them.
//!
//! The ledger is cut into blocks of 1,024 entries. For every finished block and every value that an
//! entry of it has, one row says which:
//!
//! ```text
//! p ‖ dimension u8 ‖ token ‖ block u32   offsets u16 each, or 128 bytes of bits when there are 64 or more
//! n                                      blocks that have their rows, u64
//! ```
//!
//! A token is 16 bytes of SHA-256 over the value, the pseudonym itself, or a person's token under the
//! index key; for a day it is its number. Two values may share a token: whoever asks looks at the
//! entry itself as well.

use std::collections::{BTreeMap, BTreeSet};

use stile_ledger::{EntryKind, Leaf, Pseudonym};
use stile_model::digest::Digest;
use stile_model::id::{Code, MemberId, RuleId};
use stile_model::time::Timestamp;

use crate::index::Row;

/// Entries in a block.
pub(crate) const BLOCK: u64 = 1_024;
/// The row that counts the blocks done.
pub(crate) const POSTED: &[u8] = b"n";

const ACTOR: u8 = 1;
const CASE: u8 = 2;
const DAY: u8 = 3;
const KIND: u8 = 4;
const MEMBER: u8 = 5;
const REASON: u8 = 6;
const RULE: u8 = 7;
const SUBJECT: u8 = 8;

const DAY_MS: i64 = 86_400_000;

/// One value of one dimension, as the keys of its rows start.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Term(Vec<u8>);

impl Term {
    pub(crate) fn actor(actor: &Pseudonym) -> Self {
        Self::of(ACTOR, actor.as_bytes())
    }

    pub(crate) fn case(case: &Pseudonym) -> Self {
        Self::of(CASE, case.as_bytes())
    }

    /// The UTC day.
    pub(crate) fn day(time: Timestamp) -> Self {
        let day = time.millis().div_euclid(DAY_MS);
        // Shifted, so that days before 1970 sort before those after.
        let day = u32::try_from(day.saturating_add(1 << 31)).unwrap_or(u32::MAX);
        Self([b"p".as_slice(), &[DAY], &day.to_be_bytes()].concat())
    }

    pub(crate) fn kind(kind: EntryKind) -> Self {
        Self::hashed(KIND, kind.word())
    }

    pub(crate) fn member(member: &MemberId) -> Self {
        Self::hashed(MEMBER, member.as_str())
    }

    pub(crate) fn reason(reason: &Code) -> Self {
        Self::hashed(REASON, reason.as_str())
    }

    pub(crate) fn rule(rule: &RuleId) -> Self {
        Self::hashed(RULE, rule.as_str())
    }

    /// By the person's token under the index key.
    pub(crate) fn subject(token: &[u8; 32]) -> Self {
        Self::of(SUBJECT, token)
    }

    fn hashed(dimension: u8, text: &str) -> Self {
        Self::of(dimension, Digest::of(text.as_bytes()).as_bytes())
    }

    fn of(dimension: u8, bytes: &[u8; 32]) -> Self {
        let token = bytes.get(..16).unwrap_or_default();
        Self([b"p".as_slice(), &[dimension], token].concat())
    }

    /// How the keys of its rows start.
    pub(crate) fn prefix(&self) -> &[u8] {
        &self.0
    }

    fn key(&self, block: u64) -> Vec<u8> {
        let block = u32::try_from(block).unwrap_or(u32::MAX);
        [self.0.as_slice(), &block.to_be_bytes()].concat()
    }
}

/// Everything a leaf is found by; whom it is about is not in it.
pub(crate) fn terms_of(leaf: &Leaf) -> Vec<Term> {
    let entry = &leaf.entry;
    let mut terms = vec![Term::day(entry.time), Term::kind(entry.kind)];
    terms.extend(entry.actor.as_ref().map(Term::actor));
    terms.extend(entry.case.as_ref().map(Term::case));
    terms.extend(entry.reason.as_ref().map(Term::reason));
    terms.extend(
        entry
            .member
            .iter()
            .chain(&entry.recipients)
            .map(Term::member),
    );
    terms.extend(entry.rules.iter().map(Term::rule));
    terms
}

/// Some of the 1,024 entries of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bits([u64; 16]);

impl Bits {
    /// None of them.
    pub(crate) const NONE: Self = Self([0; 16]);

    /// Reads the value of a row; `None` when it is neither a list nor bits.
    pub(crate) fn read(value: &[u8]) -> Option<Self> {
        let mut bits = Self::NONE;
        if value.len() == 128 {
            let (words, _) = value.as_chunks::<8>();
            for (to, from) in bits.0.iter_mut().zip(words) {
                *to = u64::from_be_bytes(*from);
            }
            return Some(bits);
        }
        let (offsets, rest) = value.as_chunks::<2>();
        for offset in offsets {
            bits.set(u16::from_be_bytes(*offset))?;
        }
        rest.is_empty().then_some(bits)
    }

    fn set(&mut self, offset: u16) -> Option<()> {
        let word = self.0.get_mut(usize::from(offset / 64))?;
        *word |= 1 << (offset % 64);
        Some(())
    }

    pub(crate) fn and(&mut self, other: &Self) {
        for (bits, other) in self.0.iter_mut().zip(&other.0) {
            *bits &= other;
        }
    }

    pub(crate) fn or(&mut self, other: &Self) {
        for (bits, other) in self.0.iter_mut().zip(&other.0) {
            *bits |= other;
        }
    }

    pub(crate) fn is_none(&self) -> bool {
        *self == Self::NONE
    }

    /// The offsets, highest first.
    pub(crate) fn descending(self) -> impl Iterator<Item = u64> {
        (0..BLOCK).rev().filter(move |offset| {
            let word = usize::try_from(offset / 64).ok();
            word.and_then(|word| self.0.get(word))
                .is_some_and(|word| word >> (offset % 64) & 1 == 1)
        })
    }
}

/// The postings of one block, gathered.
#[derive(Debug, Default)]
pub(crate) struct Block(BTreeMap<Term, BTreeSet<u16>>);

impl Block {
    /// The entry at `offset` in the block has these values.
    pub(crate) fn add(&mut self, offset: u16, terms: impl IntoIterator<Item = Term>) {
        for term in terms {
            self.0.entry(term).or_default().insert(offset);
        }
    }

    /// The rows of finished block `number`, in order of key, and the row that says it is done.
    pub(crate) fn rows(&self, number: u64) -> Vec<Row> {
        let rows = self.0.iter().map(|(term, offsets)| Row {
            key: term.key(number),
            value: Some(value(offsets)),
        });
        let done = Row {
            key: POSTED.to_vec(),
            value: Some((number + 1).to_be_bytes().to_vec()),
        };
        rows.chain([done]).collect()
    }
}

fn value(offsets: &BTreeSet<u16>) -> Vec<u8> {
    if offsets.len() < 64 {
        return offsets.iter().flat_map(|at| at.to_be_bytes()).collect();
    }
    let mut bits = Bits::NONE;
    for offset in offsets {
        let _ = bits.set(*offset);
    }
    bits.0.iter().flat_map(|word| word.to_be_bytes()).collect()
}

/// The block in the key of a row.
pub(crate) fn block_of(key: &[u8]) -> Option<u64> {
    let (_, block) = key.split_last_chunk::<4>()?;
    Some(u64::from(u32::from_be_bytes(*block)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn row_says_exactly_the_offsets_it_was_made_of(
            offsets in proptest::collection::btree_set(0_u16..1_024, 1..1_024)
        ) {
            let bits = Bits::read(&value(&offsets)).unwrap();

            let wanted: Vec<u64> = offsets.iter().rev().map(|at| u64::from(*at)).collect();
            prop_assert_eq!(bits.descending().collect::<Vec<_>>(), wanted);
        }

        #[test]
        fn garbled_row_is_refused_or_stays_inside_its_block(value: Vec<u8>) {
            if let Some(bits) = Bits::read(&value) {
                prop_assert!(bits.descending().all(|offset| offset < BLOCK));
            }
        }
    }

    #[test]
    fn days_sort_as_they_come() {
        let day = |text: &str| Term::day(text.parse().unwrap());

        assert!(day("1969-12-31T23:59:59Z") < day("1970-01-01T00:00:00Z"));
        assert_eq!(day("2026-03-11T00:00:00Z"), day("2026-03-11T23:59:59Z"));
        assert!(day("2026-03-11T23:59:59Z") < day("2026-03-12T00:00:00Z"));
    }

    #[test]
    fn refuses_an_offset_beyond_the_block() {
        assert_eq!(Bits::read(&1_024_u16.to_be_bytes()), None);
        assert_eq!(Bits::read(&[0]), None);
    }
}
