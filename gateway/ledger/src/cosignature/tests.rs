//! Tests.

use data_encoding::BASE64;
use proptest::prelude::*;
use stile_model::digest::Digest;

use super::*;
use crate::note::{LedgerKey, attach};

/// The checkpoint and cosignature printed in C2SP tlog-cosignature; its public key is not printed,
/// so only the line's shape can be checked against it.
const SPEC_LINE: &str = "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n";

fn witness(seed: u8) -> CosignerKey {
    CosignerKey::from_seed(KeyName::new("witness.example/w1").unwrap(), &[seed; 32]).unwrap()
}

fn checkpoint() -> Checkpoint {
    Checkpoint {
        origin: KeyName::new("stile.example/police").unwrap(),
        size: 7,
        root: Digest::of(b"root"),
    }
}

fn note() -> String {
    checkpoint()
        .sign(&LedgerKey::from_seed(&[7; 32]).unwrap())
        .unwrap()
}

fn now() -> Timestamp {
    Timestamp::from_millis(1_679_315_147_987)
}

fn cosigned() -> String {
    attach(&note(), &witness(1).cosign(&checkpoint(), now()).unwrap()).unwrap()
}

#[test]
fn cosignature_verifies_and_tells_its_second() {
    let at = witness(1).vkey().cosigned(&cosigned()).unwrap();

    assert_eq!(at, Some(Timestamp::from_millis(1_679_315_147_000)));
}

#[test]
fn signs_the_message_and_the_bytes_of_the_specification() {
    let spec = SignatureLine::parse_all(SPEC_LINE).unwrap();
    let line = witness(1).cosign(&checkpoint(), now()).unwrap();
    let line = SignatureLine::parse_all(&line).unwrap();

    assert_eq!(line[0].signature.len(), spec[0].signature.len());
    assert_eq!(line[0].signature[..8], spec[0].signature[..8]);
    assert_eq!(
        message(
            1_679_315_147,
            "example.com/behind-the-sofa\n20852163\nroot\n"
        ),
        "cosignature/v1\ntime 1679315147\nexample.com/behind-the-sofa\n20852163\nroot\n"
    );
}

#[test]
fn verifier_key_prints_back_and_is_not_a_ledger_key() {
    let text = witness(1).vkey().to_string();

    assert_eq!(text.parse::<CosignerVkey>().unwrap(), witness(1).vkey());
    assert!(text.parse::<crate::Vkey>().is_err());
    let ledger = LedgerKey::from_seed(&[1; 32]).unwrap();
    let ledger = ledger.vkey(&KeyName::new("witness.example/w1").unwrap());
    assert!(ledger.to_string().parse::<CosignerVkey>().is_err());
    assert_ne!(ledger.key_hash(), witness(1).vkey().key_hash());
}

#[test]
fn another_witness_has_not_cosigned() {
    assert_eq!(witness(2).vkey().cosigned(&cosigned()).unwrap(), None);
    assert_eq!(witness(1).vkey().cosigned(&note()).unwrap(), None);
}

#[test]
fn pkcs8_document_gives_the_same_key_as_its_seed() {
    let name = KeyName::new("witness.example/w1").unwrap();
    let der = LedgerKey::pkcs8_of_seed(&[1; 32]);

    let key = CosignerKey::from_pkcs8(name.clone(), &der).unwrap();

    assert_eq!(key.vkey(), witness(1).vkey());
    assert!(CosignerKey::from_pkcs8(name, &der[1..]).is_err());
}

#[test]
fn refuses_a_cosignature_over_another_head_or_of_another_time() {
    let mut other = checkpoint();
    other.size = 8;
    let line = witness(1).cosign(&other, now()).unwrap();
    let moved = attach(&note(), &line).unwrap();
    let later = {
        let line = SignatureLine::parse_all(&line).unwrap().remove(0);
        let mut signature = line.signature.clone();
        signature[7] ^= 1;
        SignatureLine { signature, ..line }.to_string() + "\n"
    };

    let vkey = witness(1).vkey();

    assert_eq!(vkey.cosigned(&moved).unwrap_err(), LedgerError::Signature);
    assert!(vkey.cosigned(&attach(&note(), &later).unwrap()).is_err());
}

#[test]
fn refuses_a_plain_signature_by_the_witness_key_and_one_cut_short() {
    let vkey = witness(1).vkey();
    let line = |signature: &[u8]| {
        let blob = [vkey.key_hash().as_slice(), signature].concat();
        format!("{}— {} {}\n", note(), vkey.name(), BASE64.encode(&blob))
    };
    let plain = LedgerKey::from_seed(&[1; 32]).unwrap();
    let plain = plain.sign(checkpoint().text().as_bytes());

    assert!(vkey.cosigned(&line(&plain)).is_err());
    assert!(vkey.cosigned(&line(&plain[..8])).is_err());
    assert!(vkey.cosigned(&line(&[0; 73])).is_err());
}

#[test]
fn refuses_every_single_character_change_or_sees_no_cosignature() {
    let vkey = witness(1).vkey();
    let note = cosigned();

    for place in 0..note.len() {
        let mut bytes = note.clone().into_bytes();
        bytes[place] ^= 1;
        let Ok(changed) = String::from_utf8(bytes) else {
            continue;
        };
        // The line of the ledger's own key is not this verifier's to judge.
        let of_ledger = note.find("— stile").unwrap()..note.find("— witness").unwrap();
        let verified = matches!(vkey.cosigned(&changed), Ok(Some(_)));
        assert!(!verified || of_ledger.contains(&place), "byte {place}");
    }
}

#[test]
fn refuses_to_date_a_cosignature_before_1970() {
    assert!(
        witness(1)
            .cosign(&checkpoint(), Timestamp::from_millis(-1))
            .is_err()
    );
}

#[test]
fn debug_of_a_cosigner_key_shows_its_name_only() {
    assert_eq!(
        format!("{:?}", witness(1)),
        "CosignerKey(witness.example/w1, ‹redacted›)"
    );
}

proptest! {
    #[test]
    fn parsers_take_any_text_without_panic(text in "(?s).{0,200}", blob in prop::collection::vec(any::<u8>(), 0..100)) {
        let vkey = witness(1).vkey();
        let _ = text.parse::<CosignerVkey>();
        let _ = vkey.cosigned(&text);
        let _ = vkey.verify(&text, &blob);
        let known = [vkey.key_hash().as_slice(), &blob].concat();
        let hostile = format!("{}— {} {}\n", note(), vkey.name(), BASE64.encode(&known));
        prop_assert!(!matches!(vkey.cosigned(&hostile), Ok(Some(_))));
    }
}
