//! Tests.

use std::collections::BTreeMap;

use super::*;
use crate::entry::{Entry, EntryKind};
use crate::frame::{Head, Record, Sealed};
use crate::note::{KeyName, LedgerKey};
use crate::tree::{Tree, leaf_hash};

const UNUSED: usize = 100;

fn key() -> LedgerKey {
    LedgerKey::from_seed(&[9; 32]).unwrap()
}

fn vkey() -> Vkey {
    key().vkey(&KeyName::new("stile.example/probation").unwrap())
}

/// Builds journals by hand, so that dishonest ones can be built too.
struct Author {
    key: LedgerKey,
    number: u64,
    previous: Digest,
    tree: Tree,
    bytes: Vec<u8>,
}

impl Author {
    fn new() -> Self {
        let previous = Digest::from_bytes([0; 32]);
        Self {
            key: key(),
            number: 0,
            previous,
            tree: Tree::new(),
            bytes: Vec::new(),
        }
    }

    fn leaf(nonce: u8) -> Vec<u8> {
        let entry = Entry::new(EntryKind::Permit, "2026-03-11T10:14:00Z".parse().unwrap());
        let counts = BTreeMap::from([("shared".parse().unwrap(), u32::from(nonce))]);
        Entry { counts, ..entry }
            .to_leaf_bytes(&[nonce; 32], &Digest::of(&[nonce]))
            .unwrap()
    }

    /// Appends a frame of entries, each with a body and some state.
    fn frame(&mut self, nonces: &[u8]) -> &mut Self {
        let mut records = Vec::new();
        for nonce in nonces {
            let leaf = Self::leaf(*nonce);
            self.tree.append(leaf_hash(&leaf));
            let sealed = Sealed {
                key: [0; 16],
                bytes: vec![*nonce; 40],
            };
            records.push(Record::Entry(leaf));
            records.push(Record::Body {
                index: self.tree.size() - 1,
                sealed: sealed.clone(),
            });
            records.push(Record::State {
                tree: 1,
                key: vec![*nonce],
                value: Some(sealed),
            });
        }
        self.records(records)
    }

    fn records(&mut self, records: Vec<Record>) -> &mut Self {
        let (size, root) = (self.tree.size(), self.tree.root());
        let checkpoint = Checkpoint {
            origin: vkey().name().clone(),
            size,
            root,
        };
        let checkpoint = checkpoint.sign(&self.key).unwrap();
        let head = Head {
            size,
            root,
            peaks: self.tree.peaks().to_vec(),
            checkpoint,
        };
        let frame = Frame {
            number: self.number,
            previous: self.previous,
            records,
            head,
        };
        let encoded = frame.encode(&self.key).unwrap();
        self.number += 1;
        self.previous = encoded.hash();
        self.bytes.extend_from_slice(&encoded.bytes);
        self
    }

    fn head(&self) -> Checkpoint {
        let origin = vkey().name().clone();
        Checkpoint {
            origin,
            size: self.tree.size(),
            root: self.tree.root(),
        }
    }

    fn segment(&self) -> Segment {
        let mut bytes = self.bytes.clone();
        // Unused space at the end, as a preallocated segment has.
        bytes.resize(bytes.len() + UNUSED, 0);
        Segment { number: 0, bytes }
    }
}

fn honest() -> Author {
    let mut author = Author::new();
    author.frame(&[1]).frame(&[2, 3]).frame(&[4]);
    author
}

fn check(bytes: Vec<u8>) -> Report {
    verify([Segment { number: 0, bytes }], vkey(), Vec::new())
}

/// Where each frame starts, and the end of the last.
fn starts(bytes: &[u8]) -> Vec<usize> {
    let mut starts = Vec::new();
    let End::Clean { offset } = walk(bytes, 0, |_, offset| {
        starts.push(offset);
        Ok(())
    }) else {
        panic!("the journal is not clean");
    };
    starts.push(offset);
    starts
}

#[test]
fn honest_journal_is_sound() {
    let author = honest();

    let report = check(author.segment().bytes);

    assert_eq!((report.frames, report.entries), (3, 4));
    assert_eq!(report.head, Some(author.head()));
    assert!(report.is_sound());
}

#[test]
fn every_single_byte_change_anywhere_in_a_journal_is_found() {
    let good = honest().segment().bytes;

    for place in 0..good.len() {
        let mut bytes = good.clone();
        bytes[place] ^= 1 << (place % 8);

        assert!(!check(bytes).is_sound(), "byte {place}");
    }
}

#[test]
fn finding_names_segment_offset_and_entry() {
    let mut bytes = honest().segment().bytes;
    let second = starts(&bytes)[1];
    bytes[second + 100] ^= 1;

    let bad = check(bytes).first_bad.unwrap();

    assert_eq!(
        (bad.segment, bad.offset, bad.index),
        (0, u64::try_from(second).unwrap(), 1)
    );
    assert!(!bad.unfinished, "a whole frame follows");
}

#[test]
fn cut_last_frame_is_found_and_named_unfinished() {
    let good = honest().bytes;
    let last = starts(&good)[2];

    for end in [last + 1, last + 54, last + 60, good.len() - 4] {
        let mut bytes = good[..end].to_vec();
        bytes.resize(good.len() + UNUSED, 0);

        assert!(check(bytes).first_bad.unwrap().unfinished, "cut at {end}");
    }
}

#[test]
fn last_frame_with_a_sector_missing_is_unfinished_and_with_a_byte_changed_is_not() {
    let good = honest().segment().bytes;
    let last = starts(&good)[2];
    let end = honest().bytes.len();
    let border = (last / 512 + 1) * 512;
    assert!(
        border + 512 < end,
        "the frame is too short to lose a sector"
    );

    for lost in [last..border, border..border + 512] {
        let mut bytes = good.clone();
        bytes[lost.clone()].fill(0);
        assert!(check(bytes).first_bad.unwrap().unfinished, "lost {lost:?}");
    }
    for place in last..end {
        let mut bytes = good.clone();
        bytes[place] ^= 0x20;
        let bad = check(bytes).first_bad.unwrap();
        assert!(!bad.unfinished, "byte {place}: {bad}");
    }
}

#[test]
fn last_frame_that_runs_beyond_its_file_is_not_unfinished() {
    let good = honest().bytes;
    let last = starts(&good)[2];

    for end in last + 1..good.len() {
        let bad = check(good[..end].to_vec()).first_bad.unwrap();
        assert!(!bad.unfinished, "cut at {end}: {bad}");
    }
}

#[test]
fn truncated_middle_removed_and_reordered_frames_are_found() {
    let good = honest().bytes;
    let at = starts(&good);
    let part = |from: usize, to: usize| good[at[from]..at[to]].to_vec();
    let hole = [&good[..at[1] + 50], &good[at[2]..]].concat();

    for bytes in [
        hole,
        [part(0, 1), part(2, 3)].concat(),
        [part(1, 3)].concat(),
        [part(0, 1), part(2, 3), part(1, 2)].concat(),
        [part(0, 2), part(1, 3)].concat(),
    ] {
        let bad = check(bytes).first_bad.unwrap();

        assert!(!bad.unfinished, "{bad}");
    }
}

#[test]
fn frame_re_made_without_the_key_is_found() {
    let mut forger = Author {
        key: LedgerKey::from_seed(&[10; 32]).unwrap(),
        ..Author::new()
    };
    forger.frame(&[1]);

    assert_eq!(
        check(forger.bytes).first_bad.unwrap().fault,
        LedgerError::Signature
    );
}

#[test]
fn signed_frame_with_a_wrong_tree_is_found() {
    for spoil in 0..3 {
        let mut author = honest();
        match spoil {
            0 => author.tree = Tree::new(),
            1 => author
                .tree
                .append(Digest::of(b"an entry that is not there")),
            _ => {
                let index = author.tree.size() + 7;
                let sealed = Sealed {
                    key: [0; 16],
                    bytes: vec![0; 40],
                };
                author.records(vec![Record::Body { index, sealed }]);
            }
        }
        author.frame(&[5]);

        let bad = check(author.segment().bytes).first_bad.unwrap();

        assert!(matches!(bad.fault, LedgerError::Chain(_)), "{bad}");
    }
}

#[test]
fn leaf_outside_the_one_encoding_is_found() {
    let mut author = honest();
    let leaf = b"{}".to_vec();
    author.tree.append(leaf_hash(&leaf));
    author.records(vec![Record::Entry(leaf)]);

    let bad = check(author.segment().bytes).first_bad.unwrap();

    assert!(matches!(bad.fault, LedgerError::Entry(_)), "{bad}");
}

#[test]
fn older_copy_is_found_against_an_earlier_checkpoint() {
    let newest = honest().head();
    let mut older = Author::new();
    older.frame(&[1]).frame(&[2, 3]);

    let report = verify([older.segment()], vkey(), vec![newest]);

    let bad = report.first_bad.unwrap();
    assert_eq!(bad.fault, LedgerError::Rollback { had: 4, now: 3 });
}

#[test]
fn end_cut_off_on_purpose_is_told_from_a_crash_by_an_earlier_checkpoint() {
    let good = honest();
    let last = starts(&good.bytes)[2];
    let mut cut = good.bytes[..last + 60].to_vec();
    cut.resize(good.bytes.len() + UNUSED, 0);
    let mut before = Author::new();
    before.frame(&[1]).frame(&[2, 3]);
    let against = |seen: Checkpoint| {
        let bytes = cut.clone();
        let report = verify([Segment { number: 0, bytes }], vkey(), vec![seen]);
        report.first_bad.unwrap()
    };

    assert!(against(before.head()).unfinished);
    let bad = against(good.head());
    assert_eq!(bad.fault, LedgerError::Rollback { had: 4, now: 3 });
    assert!(!bad.unfinished);
}

#[test]
fn rewritten_history_is_found_against_an_earlier_checkpoint_inside_a_frame() {
    let mut seen = Author::new();
    seen.frame(&[1]).frame(&[2]);
    let mut rewritten = Author::new();
    rewritten.frame(&[1]).frame(&[9, 3]).frame(&[4]);

    let report = verify([rewritten.segment()], vkey(), vec![seen.head()]);

    assert_eq!(
        report.first_bad.unwrap().fault,
        LedgerError::Fork { size: 2 }
    );
}

#[test]
fn earlier_checkpoints_that_hold_change_nothing() {
    let mut seen = Author::new();
    seen.frame(&[1]).frame(&[2]);
    let empty = Checkpoint {
        size: 0,
        root: empty_root(),
        ..seen.head()
    };

    let report = verify(
        [honest().segment()],
        vkey(),
        vec![seen.head(), empty, honest().head()],
    );

    assert!(report.is_sound(), "{report:?}");
}

#[test]
fn checkpoint_of_another_ledger_is_refused() {
    let origin = KeyName::new("elsewhere").unwrap();

    let report = verify(
        [honest().segment()],
        vkey(),
        vec![Checkpoint {
            origin,
            ..honest().head()
        }],
    );

    assert!(matches!(
        report.first_bad.unwrap().fault,
        LedgerError::Origin { .. }
    ));
}

#[test]
fn missing_and_renamed_segments_are_found() {
    let mut first = honest();
    let one = first.segment();
    first.bytes.clear();
    let two = Segment {
        number: 3,
        ..first.records(Vec::new()).frame(&[5]).segment()
    };
    let sound = verify([one.clone(), two.clone()], vkey(), Vec::new());
    assert!(sound.is_sound(), "{sound:?}");

    let missing = verify([two.clone()], vkey(), Vec::new());
    let renamed = verify([one, Segment { number: 4, ..two }], vkey(), Vec::new());

    assert!(!missing.is_sound());
    assert!(!renamed.is_sound());
}

#[test]
fn chain_resumes_only_where_a_segment_restates_the_head() {
    let mut author = honest();
    author.bytes.clear();
    author.records(Vec::new()).frame(&[5]);
    let opening = Frame::decode(&author.bytes).unwrap();
    let next = Frame::decode(&author.bytes[opening.length..]).unwrap();

    let mut chain = Chain::resume(vkey(), 3);
    chain.step(&opening).unwrap();
    chain.step(&next).unwrap();
    assert_eq!(chain.head(), Some(&author.head()));

    assert!(Chain::resume(vkey(), 4).step(&next).is_err());
}
