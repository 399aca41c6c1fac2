//! Tests.

use proptest::prelude::*;
use stile_model::time::Timestamp;

use super::*;
use crate::cosignature::CosignerKey;
use crate::note::{KeyName, LedgerKey, attach};
use crate::tree::{Tree, inclusion_proof};

fn key() -> (LedgerKey, KeyName) {
    (
        LedgerKey::from_seed(&[5; 32]).unwrap(),
        KeyName::new("stile.example/health").unwrap(),
    )
}

/// A receipt for leaf `index` of `size` leaves, each the eight bytes of its index.
fn receipt(index: u64, size: u64) -> Receipt {
    let (mut tree, mut nodes) = (Tree::new(), std::collections::HashMap::new());
    for n in 0..size {
        tree.append_noting(leaf_hash(&n.to_be_bytes()), |level, place, root| {
            nodes.insert((level, place), root);
        });
    }
    let (key, origin) = key();
    let checkpoint = Checkpoint {
        origin,
        size,
        root: tree.root(),
    }
    .sign(&key)
    .unwrap();
    let node = |level, place| nodes.get(&(level, place)).copied();
    Receipt {
        index,
        inclusion: inclusion_proof(index, size, node).unwrap(),
        checkpoint,
    }
}

#[test]
fn receipt_verifies_with_the_public_key_alone_after_a_round_trip() {
    let (key, name) = key();

    let read = Receipt::parse(&receipt(5, 9).text()).unwrap();

    assert_eq!(read, receipt(5, 9));
    assert_eq!(
        read.verify(&5_u64.to_be_bytes(), &key.vkey(&name))
            .unwrap()
            .size,
        9
    );
}

#[test]
fn receipt_text_is_a_tlog_proof() {
    let text = receipt(0, 2).text();

    assert!(text.starts_with("c2sp.org/tlog-proof@v1\nindex 0\n"));
    assert!(text.contains("\n\nstile.example/health\n2\n"));
    assert!(text.ends_with("=\n"));
}

#[test]
fn refuses_another_leaf_another_index_and_another_key() {
    let (key, name) = key();
    let vkey = key.vkey(&name);
    let stranger = LedgerKey::from_seed(&[6; 32]).unwrap().vkey(&name);
    let good = receipt(5, 9);
    let moved = Receipt {
        index: 4,
        ..good.clone()
    };

    assert!(good.verify(&4_u64.to_be_bytes(), &vkey).is_err());
    assert!(moved.verify(&5_u64.to_be_bytes(), &vkey).is_err());
    assert_eq!(
        good.verify(&5_u64.to_be_bytes(), &stranger),
        Err(LedgerError::Signature)
    );
}

#[test]
fn refuses_every_single_byte_change_of_a_receipt() {
    let (key, name) = key();
    let vkey = key.vkey(&name);
    let text = receipt(5, 9).text();

    for place in 0..text.len() {
        let mut bytes = text.clone().into_bytes();
        bytes[place] ^= 1;
        let Ok(changed) = String::from_utf8(bytes) else {
            continue;
        };
        let verified =
            Receipt::parse(&changed).and_then(|read| read.verify(&5_u64.to_be_bytes(), &vkey));
        assert!(verified.is_err(), "byte {place}");
    }
}

#[test]
fn refuses_receipts_out_of_shape() {
    let good = receipt(0, 2).text();
    for text in [
        good.replace("@v1", "@v2"),
        good.replace("index 0", "index 00"),
        good.replace("index 0", "index -1"),
        good.replace("index 0", "extra AAAA\nindex 0"),
        good.replacen("\n\n", "\n", 2),
        String::new(),
    ] {
        assert!(Receipt::parse(&text).is_err(), "{text:?}");
    }
}

#[test]
fn receipt_is_verified_against_a_quorum_and_refused_without_it() {
    let (key, name) = key();
    let witness = |seed| {
        let name = KeyName::new(format!("witness.example/{seed}")).unwrap();
        CosignerKey::from_seed(name, &[seed; 32]).unwrap()
    };
    let policy = Policy::parse(&format!(
        "log {}\nwitness a {}\nwitness b {}\ngroup both all a b\nquorum both\n",
        key.vkey(&name),
        witness(1).vkey(),
        witness(2).vkey()
    ))
    .unwrap();
    let leaf = 5_u64.to_be_bytes();
    let mut receipt = receipt(5, 9);
    let head = receipt.verify(&leaf, &key.vkey(&name)).unwrap();
    let now = Timestamp::from_millis(1_000);

    receipt.checkpoint =
        attach(&receipt.checkpoint, &witness(1).cosign(&head, now).unwrap()).unwrap();
    let missing = vec!["b".to_owned()];
    assert_eq!(
        receipt.verify_witnessed(&leaf, &policy).unwrap_err(),
        LedgerError::Quorum { missing }
    );
    receipt.checkpoint =
        attach(&receipt.checkpoint, &witness(2).cosign(&head, now).unwrap()).unwrap();
    let read = Receipt::parse(&receipt.text()).unwrap();
    let vouched = read.verify_witnessed(&leaf, &policy).unwrap();
    assert_eq!((vouched.checkpoint, vouched.cosigned.len()), (head, 2));
    assert!(read.verify_witnessed(b"another leaf", &policy).is_err());
}

proptest! {
    #[test]
    fn parser_takes_any_text_without_panic(text in "(?s).{0,300}") {
        prop_assert!(Receipt::parse(&text).is_err() || text.starts_with("c2sp.org/tlog-proof@v1\n"));
    }
}
