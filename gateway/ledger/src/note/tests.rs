//! Tests.

use proptest::prelude::*;

use super::*;

/// Key and note of the Go reference implementation's tests (golang.org/x/mod/sumdb/note).
const GO_VKEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const GO_SECRET: &str = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const GO_TEXT: &str = "If you think cryptography is the answer to your problem,\n\
                       then you don't know what your problem is.\n";
const GO_SIGNATURE: &str = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

fn key() -> (LedgerKey, KeyName) {
    (
        LedgerKey::from_seed(&[3; 32]).unwrap(),
        KeyName::new("stile.example/police").unwrap(),
    )
}

#[test]
fn opens_the_note_of_the_go_reference_implementation() {
    let vkey: Vkey = GO_VKEY.parse().unwrap();

    assert_eq!(
        vkey.open_note(&format!("{GO_TEXT}\n{GO_SIGNATURE}"))
            .unwrap(),
        GO_TEXT
    );
    assert_eq!(vkey.to_string(), GO_VKEY);
}

#[test]
fn signs_the_same_bytes_as_the_go_reference_implementation() {
    let typed = BASE64.decode(GO_SECRET.as_bytes()).unwrap();
    let key = LedgerKey::from_seed(typed[1..].try_into().unwrap()).unwrap();
    let name = KeyName::new("PeterNeumann").unwrap();

    assert_eq!(key.vkey(&name).to_string(), GO_VKEY);
    assert_eq!(
        key.sign_note(&name, GO_TEXT).unwrap(),
        format!("{GO_TEXT}\n{GO_SIGNATURE}")
    );
}

#[test]
fn pkcs8_document_gives_the_same_key_as_its_seed() {
    let (key, name) = key();

    let read = LedgerKey::from_pkcs8(&LedgerKey::pkcs8_of_seed(&[3; 32])).unwrap();

    assert_eq!(read.vkey(&name), key.vkey(&name));
    assert!(LedgerKey::from_pkcs8(&LedgerKey::pkcs8_of_seed(&[3; 32])[1..]).is_err());
}

#[test]
fn debug_of_a_private_key_shows_nothing() {
    assert_eq!(format!("{:?}", key().0), "LedgerKey(‹redacted›)");
}

#[test]
fn ignores_signatures_by_others_and_refuses_a_note_with_only_those() {
    let (key, name) = key();
    let (other, other_name) = (
        LedgerKey::from_seed(&[4; 32]).unwrap(),
        KeyName::new("witness").unwrap(),
    );
    let mine = key.sign_note(&name, "text\n").unwrap();
    let theirs = other.sign_note(&other_name, "text\n").unwrap();
    let line = theirs.lines().last().unwrap();

    assert_eq!(
        key.vkey(&name)
            .open_note(&format!("{mine}{line}\n"))
            .unwrap(),
        "text\n"
    );
    assert_eq!(
        key.vkey(&name).open_note(&theirs).unwrap_err(),
        LedgerError::Signature
    );
}

#[test]
fn refuses_a_second_line_by_the_same_key() {
    let (key, name) = key();
    let good = key.sign_note(&name, "text\n").unwrap();
    let bad = key.sign_note(&name, "other\n").unwrap();
    let line = bad.lines().last().unwrap();

    let error = key
        .vkey(&name)
        .open_note(&format!("{good}{line}\n"))
        .unwrap_err();

    assert_eq!(error, LedgerError::Note("two lines by the same key"));
}

#[test]
fn a_note_signed_by_two_keys_opens_under_each() {
    let (key, name) = key();
    let (next, next_name) = (LedgerKey::from_seed(&[4; 32]).unwrap(), name.clone());
    let note = key.sign_note(&name, "text\n").unwrap();

    let line = next.signature_line(&next_name, "text\n").unwrap();
    let both = attach(&note, &line).unwrap();

    for vkey in [key.vkey(&name), next.vkey(&next_name)] {
        assert_eq!(vkey.open_note(&both).unwrap(), "text\n");
    }
    assert_eq!(SignedNote::parse(&both).unwrap().to_string(), both);
}

#[test]
fn a_newer_line_takes_the_place_of_the_older_one_by_the_same_key() {
    let (key, name) = key();
    let old = key.sign_note(&name, "other\n").unwrap();
    let line = old.lines().last().unwrap();
    let note = format!("text\n\n{line}\n");

    let renewed = attach(&note, &key.signature_line(&name, "text\n").unwrap()).unwrap();

    assert_eq!(renewed, key.sign_note(&name, "text\n").unwrap());
}

#[test]
fn keeps_lines_of_unknown_types_and_lengths() {
    let (key, name) = key();
    let note = key.sign_note(&name, "text\n").unwrap();
    let long = BASE64.encode(&[6; 2432]);

    let both = attach(&note, &format!("— pq.example {long}\n")).unwrap();

    assert_eq!(key.vkey(&name).open_note(&both).unwrap(), "text\n");
    assert_eq!(SignedNote::parse(&both).unwrap().signatures.len(), 2);
}

#[test]
fn refuses_to_attach_what_is_not_signature_lines() {
    let (key, name) = key();
    let note = key.sign_note(&name, "text\n").unwrap();

    for line in [
        "",
        "\n",
        "— a b\n",
        "— n AAAAAAA=",
        "text\n",
        "— n AAAAAAA=\n\n",
    ] {
        assert!(attach(&note, line).is_err(), "{line:?}");
    }
}

#[test]
fn refuses_every_single_character_change_of_a_note() {
    let (key, name) = key();
    let vkey = key.vkey(&name);
    let note = key.sign_note(&name, "a ledger\n7\nroot\n").unwrap();

    for place in 0..note.len() {
        let mut bytes = note.clone().into_bytes();
        bytes[place] ^= 1;
        if let Ok(changed) = String::from_utf8(bytes) {
            assert!(vkey.open_note(&changed).is_err(), "byte {place}");
        }
    }
}

#[test]
fn refuses_notes_out_of_shape() {
    for note in [
        "",
        "text\n",
        "text\n\n",
        "text\n\n— a b\n",
        "text\n\nx\n",
        "a\tb\n\n— n AAAAAAA=\n",
        "text\n\n— n AA==AAAA\n",
        "text\n\n— 攔 3a4=4as3\n",
    ] {
        assert!(SignedNote::parse(note).is_err(), "{note:?}");
    }
    assert!(SignedNote::parse(&"x".repeat(MAX_NOTE + 1)).is_err());
    assert!(key().0.sign_note(&key().1, "no line feed").is_err());
}

#[test]
fn refuses_verifier_keys_of_other_types_or_with_a_wrong_hash() {
    let typed = [[4_u8].as_slice(), &[9; 32]].concat();
    for text in [
        format!("name+00000000+{}", BASE64.encode(&typed)),
        GO_VKEY.replace("c74f20a3", "c74f20a4"),
        GO_VKEY.replace("PeterNeumann", "Peter Neumann"),
        "name".to_owned(),
    ] {
        assert!(text.parse::<Vkey>().is_err(), "{text}");
    }
}

#[test]
fn refuses_names_that_would_break_a_line() {
    for name in ["", "a b", "a+b", "a\nb", "a\u{a0}b", "a\u{0}"] {
        assert!(KeyName::new(name).is_err(), "{name:?}");
    }
}

proptest! {
    #[test]
    fn parsers_take_any_text_without_panic(text in "(?s).{0,200}") {
        let _ = text.parse::<Vkey>();
        prop_assert!(key().0.vkey(&key().1).open_note(&text).is_err());
    }
}
