//! Tests.

use proptest::prelude::*;

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
        "\"counts\":{\"shared\":5,\"withheld\":2}",
        "\"digest\":",
        "\"gateway\":",
        "\"member\":",
        "\"nonce\":",
        "\"policy\":",
        "\"purpose\":",
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
    ] {
        assert_ne!(other, text);
        assert!(Leaf::parse(other.as_bytes()).is_err(), "{other}");
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
        text.replace("\"shared\":5", "\"shared\":4294967296"),
        text.replace(&"07".repeat(32), &"07".repeat(31)),
    ] {
        assert_ne!(other, text);
        assert!(Leaf::parse(other.as_bytes()).is_err(), "{other}");
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

proptest! {
    #[test]
    fn parser_takes_any_bytes_without_panic(bytes: Vec<u8>) {
        prop_assert!(Leaf::parse(&bytes).is_err());
    }

    #[test]
    fn every_entry_reads_back(millis: i64, counts in prop::collection::btree_map("[a-z0-9][a-z0-9_]{0,12}", any::<u32>(), 0..8), nonce: [u8; 32]) {
        let counts = counts.into_iter().map(|(code, n)| (Code::new(code).unwrap(), n)).collect();
        let entry = Entry { counts, ..Entry::new(EntryKind::Refusal, Timestamp::from_millis(millis)) };

        let leaf = Leaf::parse(&entry.to_leaf_bytes(&nonce, &Digest::of(&nonce)).unwrap());

        prop_assert_eq!(leaf.unwrap().entry, entry);
    }
}
