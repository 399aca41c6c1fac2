//! Tests.

use proptest::prelude::*;

use super::*;

fn key() -> (LedgerKey, Vkey) {
    let key = LedgerKey::from_seed(&[5; 32]).unwrap();
    let vkey = key.vkey(&KeyName::new("stile.example/health").unwrap());
    (key, vkey)
}

fn statement(size: u64) -> Statement {
    let mut tree = Tree::new();
    for n in 0..size {
        tree.append(Digest::of(&n.to_be_bytes()));
    }
    Statement {
        origin: key().1.name().clone(),
        first_frame: 0,
        next_frame: 9,
        first_entry: size / 2,
        tree,
        last_frame: Digest::of(b"frame"),
        edge: Digest::of(b"edge"),
        rows: Digest::of(b"rows"),
        made: "2026-03-11T10:14:00Z".parse().unwrap(),
    }
}

#[test]
fn signed_statement_opens_under_the_ledgers_key() {
    for size in [0, 1, 7, 256, 300] {
        let note = statement(size).sign(&key().0).unwrap();

        let read = Statement::open(&note, &key().1).unwrap();

        assert_eq!(read, statement(size));
        assert_eq!(
            (read.head().size, read.head().root),
            (size, read.tree.root())
        );
    }
}

#[test]
fn is_never_taken_for_a_checkpoint() {
    let note = statement(7).sign(&key().0).unwrap();

    assert!(Checkpoint::open(&note, &key().1).is_err());
    let head = statement(7).head().sign(&key().0).unwrap();
    assert!(Statement::open(&head, &key().1).is_err());
}

#[test]
fn refuses_every_single_byte_change() {
    let note = statement(7).sign(&key().0).unwrap();

    for place in 0..note.len() {
        let mut bytes = note.clone().into_bytes();
        bytes[place] ^= 1;
        if let Ok(changed) = String::from_utf8(bytes) {
            assert!(Statement::open(&changed, &key().1).is_err(), "byte {place}");
        }
    }
}

#[test]
fn refuses_statements_that_do_not_add_up() {
    let text = statement(7).text();
    for changed in [
        text.replace("/v1", "/v2"),
        text.replace("frames 0 9", "frames 9 9"),
        text.replace("frames 0 9", "frames 00 9"),
        text.replace("entries 3 7", "entries 8 7"),
        text.replace("entries 3 7", "entries 3 6"),
        text.replacen("peak ", "peak  ", 1),
        text.replace("made 2026-03-11T10:14:00.000Z", "made 2026-03-11T10:14:00Z"),
        format!("{text}\n"),
        format!("{text}more\n"),
        statement(6).text().replace("entries 3 6", "entries 3 7"),
        String::new(),
    ] {
        assert!(Statement::parse(&changed).is_err(), "{changed}");
    }
    assert!(Statement::parse(&text).is_ok());
}

#[test]
fn refuses_a_statement_of_another_ledger() {
    let (key, vkey) = key();
    let other = KeyName::new("stile.example/other").unwrap();
    let note = key.sign_note(
        vkey.name(),
        &Statement {
            origin: other,
            ..statement(7)
        }
        .text(),
    );

    let error = Statement::open(&note.unwrap(), &vkey).unwrap_err();

    assert!(matches!(error, LedgerError::Origin { .. }));
}

proptest! {
    #[test]
    fn parser_takes_any_text_without_panic(text in "(?s).{0,300}", cut in any::<prop::sample::Index>()) {
        prop_assert!(Statement::parse(&text).is_err());
        let whole = statement(300).text();
        prop_assert!(Statement::parse(&whole[..cut.index(whole.len())]).is_err());
    }
}
