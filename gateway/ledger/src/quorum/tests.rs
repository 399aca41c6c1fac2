//! Tests.

use proptest::prelude::*;
use stile_model::digest::Digest;

use super::*;
use crate::cosignature::CosignerKey;
use crate::note::{KeyName, LedgerKey, attach};

fn origin() -> KeyName {
    KeyName::new("stile.example/police").unwrap()
}

fn ledger() -> LedgerKey {
    LedgerKey::from_seed(&[100; 32]).unwrap()
}

fn witness(seed: u8) -> CosignerKey {
    CosignerKey::from_seed(
        KeyName::new(format!("witness.example/{seed}")).unwrap(),
        &[seed; 32],
    )
    .unwrap()
}

fn checkpoint() -> Checkpoint {
    Checkpoint {
        origin: origin(),
        size: 7,
        root: Digest::of(b"root"),
    }
}

/// A checkpoint cosigned by the witnesses of these seeds.
fn cosigned_by(seeds: &[u8]) -> String {
    let mut note = checkpoint().sign(&ledger()).unwrap();
    for seed in seeds {
        let at = Timestamp::from_millis(1_000 * i64::from(*seed));
        note = attach(&note, &witness(*seed).cosign(&checkpoint(), at).unwrap()).unwrap();
    }
    note
}

/// The example of C2SP tlog-policy, with keys.
fn example() -> String {
    let v = |seed| witness(seed).vkey();
    format!(
        "log {}\n\n# Two organisations.\nwitness X1 {}\nwitness X2 {}\nwitness X3 {} https://w.example/x3\n\
         group X-witnesses 2 X1 X2 X3\n\n\twitness  Y1\t{}\nwitness Y2 {}\nwitness Y3 {}\n\
         group Y-witnesses any Y1 Y2 Y3 \n\ngroup X-and-Y all X-witnesses Y-witnesses\nquorum X-and-Y\n",
        ledger().vkey(&origin()),
        v(1),
        v(2),
        v(3),
        v(4),
        v(5),
        v(6)
    )
}

fn fault(text: &str) -> (usize, &'static str) {
    match Policy::parse(text) {
        Err(LedgerError::Policy { line, fault }) => (line, fault),
        other => panic!("{text:?} gave {other:?}"),
    }
}

#[test]
fn example_of_the_specification_accepts_what_it_says() {
    let policy = Policy::parse(&example()).unwrap();

    for seeds in [&[1, 2, 4][..], &[1, 3, 5], &[2, 3, 6], &[1, 2, 3, 4, 5, 6]] {
        let vouched = policy.open(&cosigned_by(seeds)).unwrap();
        assert_eq!(vouched.checkpoint, checkpoint());
        assert_eq!(vouched.cosigned.len(), seeds.len(), "{seeds:?}");
    }
    let vouched = policy.open(&cosigned_by(&[6, 3, 2])).unwrap();
    assert_eq!(
        vouched.cosigned[0],
        Cosigned {
            witness: "X2".to_owned(),
            at: Timestamp::from_millis(2_000)
        }
    );
}

#[test]
fn example_of_the_specification_refuses_too_few() {
    let policy = Policy::parse(&example()).unwrap();

    for seeds in [&[][..], &[1, 2, 3], &[4, 5, 6], &[1, 4, 5, 6], &[9, 10, 4]] {
        let error = policy.open(&cosigned_by(seeds)).unwrap_err();
        assert!(matches!(error, LedgerError::Quorum { .. }), "{seeds:?}");
    }
    let error = policy.open(&cosigned_by(&[1, 2, 3])).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the checkpoint lacks the quorum; not cosigned by `Y1`, `Y2`, `Y3`"
    );
}

#[test]
fn refuses_a_bad_cosignature_by_a_known_witness_even_beyond_the_quorum() {
    let policy = Policy::parse(&example()).unwrap();
    let mut other = checkpoint();
    other.size = 8;
    let line = witness(3)
        .cosign(&other, Timestamp::from_millis(0))
        .unwrap();
    let note = attach(&cosigned_by(&[1, 2, 4]), &line).unwrap();

    assert_eq!(policy.open(&note).unwrap_err(), LedgerError::Signature);
}

#[test]
fn refuses_a_checkpoint_of_a_ledger_that_is_not_listed() {
    let policy = Policy::parse(&example()).unwrap();
    let other = LedgerKey::from_seed(&[101; 32]).unwrap();
    let note = checkpoint().sign(&other).unwrap();

    assert_eq!(policy.open(&note).unwrap_err(), LedgerError::Signature);
    assert!(
        policy
            .open_of(&cosigned_by(&[1, 2, 4]), &other.vkey(&origin()))
            .is_err()
    );
}

#[test]
fn quorum_none_asks_for_nothing_but_the_ledgers_signature() {
    let text = format!("log {}\nquorum none\n", ledger().vkey(&origin()));
    let policy = Policy::parse(&text).unwrap();

    assert!(policy.open(&cosigned_by(&[])).unwrap().cosigned.is_empty());
    assert!(policy.open("o\n1\nAAAA\n").is_err());
}

#[test]
fn witness_alone_may_be_the_quorum() {
    let policy = Policy::parse(&format!("witness w {}\nquorum w\n", witness(1).vkey())).unwrap();

    assert!(policy.satisfied(&cosigned_by(&[1])).is_ok());
    assert!(policy.satisfied(&cosigned_by(&[2])).is_err());
    assert!(
        policy.open(&cosigned_by(&[1])).is_err(),
        "no ledger is listed"
    );
}

#[test]
fn policy_prints_back_what_it_says() {
    let policy = Policy::parse(&example()).unwrap();

    let text = policy.to_string();

    assert_eq!(Policy::parse(&text).unwrap(), policy);
    assert_eq!(policy.witnesses().count(), 6);
    assert_eq!(
        policy.witnesses().nth(2).unwrap().url.as_deref(),
        Some("https://w.example/x3")
    );
    assert_eq!(policy.logs()[0].vkey, ledger().vkey(&origin()));
}

#[test]
fn refuses_policies_out_of_shape_and_says_the_line() {
    let (w1, w2) = (witness(1).vkey(), witness(2).vkey());
    let a = format!("witness a {w1}\n");
    let b = format!("witness b {w2}\n");
    let log = format!("log {}\n", ledger().vkey(&origin()));
    for (text, line, part) in [
        (String::new(), 0, "no `quorum`"),
        ("\n\n".to_owned(), 2, "no `quorum`"),
        ("quorum none".to_owned(), 1, "cut short"),
        (
            "quorum none\nquorum none\n".to_owned(),
            2,
            "second `quorum`",
        ),
        ("quorum a\n".to_owned(), 1, "not defined"),
        (format!("quorum a\n{a}"), 1, "not defined"),
        (format!("{a}quorum A\n"), 2, "not defined"),
        ("quorum\n".to_owned(), 1, "too few"),
        ("quorum a b\n".to_owned(), 1, "too many"),
        ("Quorum none\n".to_owned(), 1, "none of"),
        ("quorum none\r\n".to_owned(), 1, "control"),
        ("quorum none\u{c}\n".to_owned(), 1, "control"),
        ("quorum none # why\n".to_owned(), 1, "too many"),
        (format!("{a}{a}"), 2, "witness key"),
        (format!("{a}witness a {w2}\n"), 2, "earlier line"),
        (format!("witness none {w1}\n"), 1, "taken"),
        (format!("{a}witness b {w1}\n"), 2, "witness key"),
        (format!("{log}{log}"), 2, "ledger key"),
        (format!("log {w1}\n"), 1, "type 1"),
        (
            format!("witness a {}\n", ledger().vkey(&origin())),
            1,
            "type 4",
        ),
        (format!("{a}group g 0 a\n"), 2, "from 1"),
        (format!("{a}group g 2 a\n"), 2, "from 1"),
        (format!("{a}group g 01 a\n"), 2, "`any`"),
        (format!("{a}group g most a\n"), 2, "`any`"),
        (format!("{a}group g all\n"), 2, "no member"),
        (format!("{a}group g all a a\n"), 2, "in a group already"),
        (format!("{a}group g all g\n"), 2, "not defined"),
        (format!("{a}group g all none\n"), 2, "not defined"),
        (
            format!("{a}{b}group g all a\ngroup h all a b\n"),
            4,
            "in a group already",
        ),
        (format!("{a}group a all a\n"), 2, "earlier line"),
        ("x".repeat(300 * 1024), 1, "longer"),
    ] {
        let found = fault(&text);
        assert!(
            found.0 == line && found.1.contains(part),
            "{text:?} gave {found:?}"
        );
    }
}

proptest! {
    #[test]
    fn parser_takes_any_text_without_panic(text in "(?s)((log|witness|group|quorum|none|all|any|1|a|b|#|\\PC{0,3})[ \t\n]){0,40}") {
        if let Ok(policy) = Policy::parse(&text) {
            prop_assert_eq!(Policy::parse(&policy.to_string()).unwrap(), policy);
        }
    }

    #[test]
    fn group_of_k_is_met_by_exactly_k_or_more(k in 1_usize..=5, mask in 0_u8..32) {
        let mut lines: Vec<String> = (1..=5)
            .map(|seed| format!("witness w{seed} {}\n", witness(seed).vkey()))
            .collect();
        lines.push(format!("group g {k} w1 w2 w3 w4 w5\nquorum g\n"));
        let text = lines.concat();
        let policy = Policy::parse(&text).unwrap();
        let seeds: Vec<u8> = (1..=5).filter(|seed| mask & (1 << (seed - 1)) != 0).collect();

        let met = policy.satisfied(&cosigned_by(&seeds)).is_ok();

        prop_assert_eq!(met, seeds.len() >= k);
    }
}
