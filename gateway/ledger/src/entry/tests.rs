//! Tests.

mod personal;

use proptest::prelude::*;
use stile_model::id::{CaseId, UserId};

use serde_json::Value;

use super::*;

fn entry() -> Entry {
    Entry {
        purpose: Some(Code::new("s47_enquiry").unwrap()),
        gateway: Some(Code::new("ca1989_s47").unwrap()),
        member: Some(MemberId::new("exbury-hub").unwrap()),
        rules: vec![
            RuleId::new("S47-04").unwrap(),
            RuleId::new("S47-01").unwrap(),
        ],
        counts: BTreeMap::from([
            (Code::new("withheld").unwrap(), 2),
            (Code::new("shared").unwrap(), 5),
        ]),
        digest: Some(Digest::of(b"return")),
        policy: Some(Digest::of(b"policy")),
        actor: Some(Pseudonym::of(&[1; 32], &UserId::new("a.officer").unwrap())),
        case: Some(Pseudonym::of_case(
            &[1; 32],
            &CaseId::new("MASH-2026-00417").unwrap(),
        )),
        reason: Some(Code::new("unborn_at_risk").unwrap()),
        recipients: ["exbury-hub", "exbury-police"]
            .map(|member| MemberId::new(member).unwrap())
            .into(),
        concerns: Some(41),
        ..Entry::new(EntryKind::Permit, "2026-03-11T10:14:00Z".parse().unwrap())
    }
}

fn leaf() -> Vec<u8> {
    entry()
        .to_leaf_bytes(&[7; 32], &Digest::of(b"body"))
        .unwrap()
}

/// Also the guard against a `serde_json` built with `preserve_order`: the bytes are fixed.
#[test]
fn leaf_is_the_canonical_json_of_its_parts() {
    let minimal = Entry::new(EntryKind::Start, "2026-03-11T10:14:00Z".parse().unwrap());

    let bytes = minimal
        .to_leaf_bytes(&[0; 32], &Digest::from_bytes([0xff; 32]))
        .unwrap();

    let expected = format!(
        r#"{{"body":"{}","nonce":"{}","time":"2026-03-11T10:14:00.000Z","type":"start","v":1}}"#,
        "f".repeat(64),
        "0".repeat(64)
    );
    assert_eq!(String::from_utf8(bytes).unwrap(), expected);
}

#[test]
fn keys_of_a_full_leaf_are_sorted_at_every_level() {
    let text = String::from_utf8(leaf()).unwrap();
    let keys = [
        "\"actor\":",
        "\"body\":",
        "\"case\":",
        "\"concerns\":41,",
        "\"counts\":{\"shared\":5,\"withheld\":2}",
        "\"digest\":",
        "\"gateway\":",
        "\"member\":",
        "\"nonce\":",
        "\"policy\":",
        "\"purpose\":",
        "\"reason\":\"unborn_at_risk\"",
        "\"recipients\":[\"exbury-hub\",\"exbury-police\"]",
        "\"rules\":[\"S47-04\",\"S47-01\"]",
        "\"time\":",
        "\"type\":\"permit\"",
        "\"v\":1",
    ];

    let places: Vec<usize> = keys.iter().map(|key| text.find(key).unwrap()).collect();

    assert!(places.is_sorted(), "{text}");
}

/// `serde_json`'s own map must stay sorted too: other crates rely on it for stable documents.
#[test]
fn serde_json_is_built_without_preserve_order() {
    let map: serde_json::Map<String, Value> =
        [("b".to_owned(), Value::Null), ("a".to_owned(), Value::Null)]
            .into_iter()
            .collect();

    assert_eq!(Value::Object(map).to_string(), r#"{"a":null,"b":null}"#);
}

#[test]
fn leaf_reads_back_as_it_was_written() {
    let leaf = Leaf::parse(&leaf()).unwrap();

    assert_eq!(
        leaf,
        Leaf {
            entry: entry(),
            nonce: [7; 32],
            body: Digest::of(b"body")
        }
    );
}

#[test]
fn scan_knows_every_leaf_of_today_without_the_parser() {
    for kind in EntryKind::ALL {
        let full = Entry { kind, ..entry() };
        let minimal = Entry::new(kind, "2028-02-29T23:59:59.999Z".parse().unwrap());
        for entry in [full, minimal] {
            let leaf = entry.to_leaf_bytes(&[7; 32], &Digest::of(b"body")).unwrap();
            assert!(scan::is_leaf(&leaf), "{kind:?}");
        }
    }
}

#[test]
fn scan_leaves_what_it_does_not_know_to_the_parser() {
    let ancient = Entry::new(EntryKind::Start, "1969-12-31T23:59:59Z".parse().unwrap());
    let ancient = ancient.to_leaf_bytes(&[7; 32], &Digest::of(b"")).unwrap();
    let wrong = String::from_utf8(leaf())
        .unwrap()
        .replace("2026-03-11", "2026-02-29");

    assert!(!scan::is_leaf(&ancient));
    assert_eq!(Leaf::check(&ancient), Ok(()));
    assert!(Leaf::check(wrong.as_bytes()).is_err());
}

#[test]
fn refuses_leaves_that_say_the_same_in_other_bytes() {
    let text = String::from_utf8(leaf()).unwrap();
    for other in [
        text.replace(":1}", ": 1}"),
        format!("{text}\n"),
        text.replace(".000Z", "Z"),
        text.replace("\"withheld\":2", "\"withheld\":2,\"withheld\":2"),
        text.replace("permit", "\\u0070ermit"),
        text.replace("\"v\":1", "\"v\":1.0"),
        text.replace("{\"actor\"", "{\"digest\":null,\"actor\""),
        text.replace(
            "[\"exbury-hub\",\"exbury-police\"]",
            "[\"exbury-police\",\"exbury-hub\"]",
        ),
        text.replace("\"exbury-hub\",", "\"exbury-hub\",\"exbury-hub\","),
        text.replace(":41,", ":41.0,"),
    ] {
        assert_ne!(other, text);
        assert!(Leaf::parse(other.as_bytes()).is_err(), "{other}");
        assert!(Leaf::check(other.as_bytes()).is_err(), "{other}");
    }
}

#[test]
fn refuses_unknown_keys_kinds_versions_and_free_text() {
    let text = String::from_utf8(leaf()).unwrap();
    for other in [
        text.replace("\"v\":1", "\"v\":2"),
        text.replace("\"v\":1", "\"v\":1,\"w\":1"),
        text.replace("permit", "gossip"),
        text.replace("s47_enquiry", "Seen at 4 Elm Row"),
        text.replace("\"shared\":5", "\"shared\":-5"),
        text.replace("unborn_at_risk", "Her mother rang"),
        text.replace("exbury-police", "PC Testwood"),
        text.replace("S47-04", "4 Elm Row"),
        text.replace(":41,", ":-41,"),
        text.replace(":41,", ":\"41\","),
        text.replace(":41,", ":9007199254740992,"),
        text.replace("2026-03-11T10:14:00.000Z", "Wednesday"),
        text.replace("\"shared\":5", "\"shared\":4294967296"),
        text.replace(&"07".repeat(32), &"07".repeat(31)),
    ] {
        assert_ne!(other, text);
        assert!(Leaf::parse(other.as_bytes()).is_err(), "{other}");
        assert!(Leaf::check(other.as_bytes()).is_err(), "{other}");
    }
}

#[test]
fn error_never_repeats_what_the_leaf_said() {
    let text = String::from_utf8(leaf())
        .unwrap()
        .replace("s47_enquiry", "Mali Testwood");

    let error = Leaf::parse(text.as_bytes()).unwrap_err();

    assert!(!error.to_string().contains("Mali"));
}

#[test]
fn refuses_a_leaf_that_would_not_fit_a_tile_bundle() {
    let rules = vec![RuleId::new("R".repeat(40)).unwrap(); 2_000];

    let written = Entry { rules, ..entry() }.to_leaf_bytes(&[0; 32], &Digest::of(b""));

    assert!(written.is_err());
    assert!(Leaf::parse(&vec![b' '; MAX_LEAF + 1]).is_err());
}

#[test]
fn pseudonym_differs_by_person_and_by_key() {
    let (one, two) = (
        UserId::new("a.officer").unwrap(),
        UserId::new("b.officer").unwrap(),
    );

    assert_eq!(Pseudonym::of(&[1; 32], &one), Pseudonym::of(&[1; 32], &one));
    assert_ne!(Pseudonym::of(&[1; 32], &one), Pseudonym::of(&[1; 32], &two));
    assert_ne!(Pseudonym::of(&[1; 32], &one), Pseudonym::of(&[2; 32], &one));
}

#[test]
fn case_is_never_taken_for_a_person_of_the_same_letters() {
    let (case, user) = (CaseId::new("417").unwrap(), UserId::new("417").unwrap());

    assert_ne!(
        Pseudonym::of_case(&[1; 32], &case),
        Pseudonym::of(&[1; 32], &user)
    );
    assert_ne!(
        Pseudonym::of_case(&[1; 32], &case),
        Pseudonym::of_case(&[2; 32], &case)
    );
}

#[test]
fn kinds_are_sorted_and_every_operation_of_the_act_has_one() {
    let words: Vec<_> = EntryKind::ALL.iter().map(|kind| kind.word()).collect();

    assert!(words.is_sorted_by(|one, next| one < next), "{words:?}");
    for operation in Operation::ALL {
        assert!(
            EntryKind::ALL
                .iter()
                .any(|kind| kind.operation() == Some(operation)),
            "nothing records {operation}"
        );
    }
    for kind in EntryKind::ALL {
        assert_eq!(
            serde_json::to_value(kind).unwrap(),
            Value::from(kind.word())
        );
    }
}

#[test]
fn listed_fields_are_those_of_a_full_leaf() {
    let leaf: BTreeMap<String, Value> = serde_json::from_slice(&leaf()).unwrap();

    assert!(leaf.keys().eq(FIELDS.iter()));
}

#[test]
fn subject_keys_differ_by_kind_and_value_and_show_nothing() {
    let key = SubjectKey::of("nhs_number", "9434765919");

    assert_eq!(key, SubjectKey::of("nhs_number", "9434765919"));
    assert_ne!(key, SubjectKey::of("nhs_number", "9434765870"));
    assert_ne!(SubjectKey::of("a", "bc"), SubjectKey::of("ab", "c"));
    assert_eq!(format!("{key:?}"), "SubjectKey");
    assert_eq!(
        SubjectKey::read_all(&[*key.as_bytes(), *key.as_bytes()].concat()),
        Some(vec![key, key])
    );
    assert_eq!(SubjectKey::read_all(&[0; 33]), None);
}

/// Bytes that a leaf could hold somewhere, so that changes often give another leaf.
const LIKELY: &[u8] = b"0123456789abcdefgz_-.:,\"[]{}TZASR +";

proptest! {
    /// The scan may say yes only where the parser does, whatever was changed, left out or put in.
    #[test]
    fn scan_never_takes_what_the_parser_refuses(
        edits in prop::collection::vec(
            (any::<prop::sample::Index>(), prop::sample::select(LIKELY), 0..3_u8), 1..4,
        ),
    ) {
        let mut leaf = leaf();
        for (at, byte, what) in edits {
            let at = at.index(leaf.len());
            match what {
                0 => leaf[at] = byte,
                1 => leaf.insert(at, byte),
                _ => { leaf.remove(at); }
            }
        }

        prop_assert_eq!(Leaf::check(&leaf).is_ok(), Leaf::parse(&leaf).is_ok());
        prop_assert!(!scan::is_leaf(&leaf) || Leaf::parse(&leaf).is_ok());
    }

    #[test]
    fn parser_takes_any_bytes_without_panic(bytes: Vec<u8>) {
        prop_assert!(Leaf::parse(&bytes).is_err());
    }

    #[test]
    fn every_entry_reads_back(millis: i64, counts in prop::collection::btree_map("[a-z][a-z_]{0,12}", any::<u32>(), 0..8), concerns in prop::option::of(0..1_u64 << 53), nonce: [u8; 32]) {
        let counts = counts.into_iter().map(|(code, n)| (Code::new(code).unwrap(), n)).collect();
        let entry = Entry { counts, concerns, ..Entry::new(EntryKind::Refusal, Timestamp::from_millis(millis)) };

        let leaf = Leaf::parse(&entry.to_leaf_bytes(&nonce, &Digest::of(&nonce)).unwrap());

        prop_assert_eq!(leaf.unwrap().entry, entry);
    }
}
