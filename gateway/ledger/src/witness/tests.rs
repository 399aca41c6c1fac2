//! Tests.

use proptest::prelude::*;

use super::*;
use crate::note::{KeyName, LedgerKey};
use crate::tree::{Tree, consistency_proof, leaf_hash};

/// The request printed in C2SP tlog-witness.
const SPEC: &str = "old 20852014
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=
";

fn origin() -> KeyName {
    KeyName::new("stile.example/police").unwrap()
}

fn key() -> LedgerKey {
    LedgerKey::from_seed(&[5; 32]).unwrap()
}

/// The tree of `size` leaves, each the eight bytes of its index and `salt`.
fn tree(size: u64, salt: u8) -> (Tree, std::collections::HashMap<(u8, u64), Digest>) {
    let (mut tree, mut nodes) = (Tree::new(), std::collections::HashMap::new());
    for n in 0..size {
        let leaf = [n.to_be_bytes().as_slice(), &[salt]].concat();
        tree.append_noting(leaf_hash(&leaf), |level, place, root| {
            nodes.insert((level, place), root);
        });
    }
    (tree, nodes)
}

fn head(size: u64, salt: u8) -> Checkpoint {
    Checkpoint {
        origin: origin(),
        size,
        root: tree(size, salt).0.root(),
    }
}

fn seen(size: u64) -> Seen {
    let root = head(size, 0).root;
    Seen { size, root }
}

/// An honest request from `old` to `size`.
fn request(old: u64, size: u64) -> AddCheckpoint {
    let (_, nodes) = tree(size, 0);
    let node = |level, place| nodes.get(&(level, place)).copied();
    AddCheckpoint {
        old,
        proof: consistency_proof(old, size, node).unwrap(),
        checkpoint: head(size, 0).sign(&key()).unwrap(),
    }
}

fn logs() -> Vec<Vkey> {
    vec![key().vkey(&origin())]
}

#[test]
fn reads_the_request_of_the_specification_and_prints_it_back() {
    let request = AddCheckpoint::parse(SPEC).unwrap();

    assert_eq!((request.old, request.proof.len()), (20_852_014, 4));
    assert_eq!(request.text(), SPEC);
}

#[test]
fn accepts_heads_that_extend_what_was_seen() {
    for (old, size) in [(0, 0), (0, 1), (0, 9), (1, 2), (4, 9), (7, 8), (9, 9)] {
        let before = (old > 0).then(|| seen(old));

        let verdict = decide(&request(old, size), &logs(), before.as_ref());

        assert_eq!(verdict, Verdict::Accept(head(size, 0)), "{old} to {size}");
        assert_eq!(verdict.status(), 200);
    }
}

#[test]
fn answers_with_its_own_size_when_the_old_size_is_another() {
    let verdict = decide(&request(4, 9), &logs(), Some(&seen(6)));

    assert_eq!(verdict, Verdict::Conflict { size: 6 });
    assert_eq!(verdict.status(), 409);
    assert_eq!(
        decide(&request(4, 9), &logs(), None),
        Verdict::Conflict { size: 0 }
    );
    assert_eq!(
        decide(&request(0, 9), &logs(), Some(&seen(9))),
        Verdict::Conflict { size: 9 }
    );
}

#[test]
fn refuses_a_fork_at_the_same_size_as_evidence() {
    let forked = AddCheckpoint {
        checkpoint: head(6, 1).sign(&key()).unwrap(),
        ..request(6, 6)
    };

    let verdict = decide(&forked, &logs(), Some(&seen(6)));

    assert_eq!(verdict, Verdict::Forked { size: 6 });
    assert_eq!(verdict.status(), 409);
    assert!(verdict.is_suspicious());
}

#[test]
fn refuses_a_rewritten_history_whatever_its_proof() {
    let (_, nodes) = tree(9, 1);
    let node = |level, place| nodes.get(&(level, place)).copied();
    let rewritten = AddCheckpoint {
        old: 4,
        proof: consistency_proof(4, 9, node).unwrap(),
        checkpoint: head(9, 1).sign(&key()).unwrap(),
    };
    let unproven = AddCheckpoint {
        proof: Vec::new(),
        ..request(4, 9)
    };
    let overproven = AddCheckpoint {
        proof: vec![empty_root()],
        ..request(0, 9)
    };

    for (bad, before) in [
        (&rewritten, Some(seen(4))),
        (&unproven, Some(seen(4))),
        (&overproven, None),
    ] {
        let verdict = decide(bad, &logs(), before.as_ref());
        assert_eq!(verdict, Verdict::Inconsistent);
        assert_eq!(verdict.status(), 422);
    }
}

#[test]
fn refuses_an_empty_head_with_a_root_that_is_not_the_empty_one() {
    let mut empty = head(0, 0);
    empty.root = Digest::of(b"something");
    let request = AddCheckpoint {
        checkpoint: empty.sign(&key()).unwrap(),
        ..request(0, 0)
    };

    assert_eq!(decide(&request, &logs(), None), Verdict::Inconsistent);
}

#[test]
fn refuses_ledgers_it_does_not_know_and_keys_they_do_not_have() {
    let other = LedgerKey::from_seed(&[6; 32]).unwrap();
    let stranger = other.vkey(&KeyName::new("stile.example/other").unwrap());

    let unknown = decide(&request(0, 3), &[stranger], None);
    let unsigned = decide(&request(0, 3), &[other.vkey(&origin())], None);

    assert_eq!((unknown.status(), unsigned.status()), (404, 403));
}

#[test]
fn one_of_two_known_keys_is_enough_but_a_bad_line_by_the_other_spoils_it() {
    let next = LedgerKey::from_seed(&[6; 32]).unwrap();
    let keys = [key().vkey(&origin()), next.vkey(&origin())];
    let bad = next.signature_line(&origin(), "another text\n").unwrap();
    let spoiled = AddCheckpoint {
        checkpoint: crate::note::attach(&request(0, 3).checkpoint, &bad).unwrap(),
        ..request(0, 3)
    };

    assert_eq!(decide(&request(0, 3), &keys, None).status(), 200);
    assert_eq!(decide(&spoiled, &keys, None), Verdict::Unsigned);
}

#[test]
fn refuses_an_old_size_above_the_head_before_it_looks_at_what_was_seen() {
    let request = AddCheckpoint {
        old: 4,
        proof: Vec::new(),
        checkpoint: head(3, 0).sign(&key()).unwrap(),
    };

    let verdict = decide(&request, &logs(), Some(&seen(4)));

    assert_eq!((verdict.status(), verdict), (400, Verdict::Bad));
}

#[test]
fn refuses_requests_out_of_shape() {
    let hash = "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n";
    for text in [
        String::new(),
        SPEC.replace("old 20852014", "old 020852014"),
        SPEC.replace("old 20852014", "Old 20852014"),
        SPEC.replace("old 20852014", "old -1"),
        SPEC.replace("old 20852014", "old 18446744073709551616"),
        SPEC.replacen("PlRN", "Pl\u{a0}", 1),
        SPEC.replacen("kaw=\n", "kaw=\r\n", 1),
        SPEC.replacen("PlRNCrwH", "PlRN", 1),
        SPEC.replacen("\n\n", "\n", 1),
        SPEC.replacen("20852163", "x", 1),
        SPEC.trim_end().to_owned(),
        SPEC.replacen(hash, &hash.repeat(61), 1),
        "x".repeat(MAX_REQUEST + 1),
    ] {
        assert!(AddCheckpoint::parse(&text).is_err(), "{text:?}");
    }
}

proptest! {
    #[test]
    fn parser_takes_any_text_without_panic(text in "(?s)(old [0-9]{1,20}\\PC{0,50}\n\n)?.{0,300}") {
        if let Ok(read) = AddCheckpoint::parse(&text) {
            prop_assert_eq!(read.text(), text);
        }
    }

    #[test]
    fn only_the_honest_extension_of_what_was_seen_is_accepted(
        old in 0_u64..20, more in 0_u64..20, at in 0_u64..20, flip in any::<prop::sample::Index>(), bit in 0_u8..8,
    ) {
        let size = old + more;
        let honest = request(old, size);
        let before = (at > 0).then(|| seen(at));
        let verdict = decide(&honest, &logs(), before.as_ref());
        prop_assert_eq!(matches!(verdict, Verdict::Accept(_)), at == old);

        let mut bytes = honest.text().into_bytes();
        let place = flip.index(bytes.len());
        bytes[place] ^= 1 << bit;
        let changed = String::from_utf8(bytes).ok().and_then(|text| AddCheckpoint::parse(&text).ok());
        if let Some(changed) = changed {
            let before = (old > 0).then(|| seen(old));
            let verdict = decide(&changed, &logs(), before.as_ref());
            prop_assert!(!matches!(verdict, Verdict::Accept(_)), "byte {place}");
        }
    }
}
