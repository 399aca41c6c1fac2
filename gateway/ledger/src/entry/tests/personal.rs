//! No leaf holds personal data, whatever a caller puts wherever the types let it put anything.

use proptest::prelude::*;
use stile_model::id::{CaseId, UserId};

use super::super::*;

/// What must not be found in a leaf, as people and systems write it.
#[derive(Debug, Clone)]
struct Personal {
    name: String,
    nhs_number: String,
    postcode: String,
    born: String,
    case: CaseId,
    user: UserId,
}

impl Personal {
    /// Every spelling that somebody may try, or that a leaf might show.
    fn spellings(&self) -> Vec<String> {
        let solid = |text: &str| text.replace([' ', '-', '/'], "");
        let mut all = vec![
            self.name.clone(),
            self.name.replace(' ', ", "),
            self.nhs_number.clone(),
            solid(&self.nhs_number),
            self.nhs_number.replace(' ', "-"),
            self.postcode.clone(),
            self.born.clone(),
            solid(&self.born),
            self.born.replace('-', "/"),
            self.case.to_string(),
        ];
        all.retain(|text| !text.is_empty());
        all
    }
}

fn personal() -> impl Strategy<Value = Personal> {
    let words = ("[A-Z][a-z]{3,9}", "[A-Z][a-z]{3,9}(-[A-Z][a-z]{3,9})?");
    let numbers = (
        "[0-9]{3} [0-9]{3} [0-9]{4}",
        "[A-Z]{2}[0-9]{1,2} [0-9][A-Z]{2}",
        "(19|20)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|2[0-8])",
        "[A-Z]{3,6}-20[0-9]{2}-[0-9]{5,7}",
        "[a-z]\\.[a-z]{5,12}",
    );
    (words, numbers).prop_map(
        |((forename, surname), (nhs_number, postcode, born, case, user))| Personal {
            name: format!("{forename} {surname}"),
            nhs_number,
            postcode,
            born,
            case: CaseId::new(case).unwrap(),
            user: UserId::new(user).unwrap(),
        },
    )
}

/// Fills every place of `kind`'s entry that accepts `text`, or what can be made of it.
fn filled(kind: EntryKind, text: &str, person: &Personal, key: &[u8; 32]) -> Entry {
    let code = Code::new(text).ok();
    Entry {
        purpose: code.clone(),
        gateway: code.clone(),
        member: None,
        rules: RuleId::new(text).ok().into_iter().collect(),
        counts: code.clone().map(|code| (code, 1)).into_iter().collect(),
        digest: Some(Digest::of(text.as_bytes())),
        policy: Some(Digest::of(text.as_bytes())),
        actor: Some(Pseudonym::of(key, &person.user)),
        case: Some(Pseudonym::of_case(key, &person.case)),
        reason: code,
        recipients: BTreeSet::new(),
        concerns: text.parse().ok(),
        ..Entry::new(kind, Timestamp::from_millis(1_772_000_000_000))
    }
}

proptest! {
    /// Members are the organisations of the signed directory; they, and the fixed instant, are left
    /// out here. `concerns` is a number of up to 16 digits and so the one place that a number fits.
    #[test]
    fn no_leaf_of_any_kind_holds_what_names_a_person(
        person in personal(),
        key: [u8; 32],
        nonce: [u8; 32],
        salt: [u8; 32],
    ) {
        for kind in EntryKind::ALL {
            for text in person.spellings() {
                let entry = Entry { concerns: None, ..filled(kind, &text, &person, &key) };
                let body = commitment(&salt, text.as_bytes());
                let Ok(leaf) = entry.to_leaf_bytes(&nonce, &body) else {
                    continue;
                };
                let leaf = String::from_utf8(leaf).unwrap();
                for text in person.spellings().iter().chain([&person.user.to_string()]) {
                    prop_assert!(!leaf.contains(text.as_str()), "{kind} shows `{text}`: {leaf}");
                }
            }
        }
    }

    #[test]
    fn refuses_every_code_and_rule_that_could_be_a_number_of_a_person(person in personal()) {
        let start = Entry::new(EntryKind::Permit, Timestamp::from_millis(0));
        for text in person.spellings() {
            let code = Code::new(&text).ok();
            let rules: Vec<_> = RuleId::new(&text).ok().into_iter().collect();
            let tries = [
                code.is_some().then(|| Entry { purpose: code.clone(), ..start.clone() }),
                code.is_some().then(|| Entry { gateway: code.clone(), ..start.clone() }),
                code.is_some().then(|| Entry { reason: code.clone(), ..start.clone() }),
                code.clone().map(|code| Entry { counts: [(code, 1)].into(), ..start.clone() }),
                (!rules.is_empty()).then(|| Entry { rules, ..start.clone() }),
            ];
            for entry in tries.into_iter().flatten() {
                prop_assert!(entry.to_leaf_bytes(&[0; 32], &Digest::of(b"")).is_err(), "{text}");
            }
        }
    }

    #[test]
    fn no_type_of_a_field_takes_free_text(person in personal()) {
        for text in [&person.name, &person.nhs_number, &person.postcode] {
            prop_assert!(Code::new(text.as_str()).is_err());
            prop_assert!(RuleId::new(text.as_str()).is_err());
            prop_assert!(MemberId::new(text.as_str()).is_err());
            prop_assert!(text.parse::<Digest>().is_err());
            prop_assert!(text.parse::<Pseudonym>().is_err());
            prop_assert!(text.parse::<Timestamp>().is_err());
            prop_assert!(text.parse::<u64>().is_err());
        }
    }
}

/// The guard is for long numbers: the words that policies and laws really use must pass.
#[test]
fn accepts_the_words_that_policies_use() {
    for word in ["ca1989_s47", "children_act_1989_s_47_9_11", "to_3m", "s115"] {
        let entry = Entry {
            gateway: Some(Code::new(word).unwrap()),
            rules: vec![RuleId::new("S47-04").unwrap()],
            ..Entry::new(EntryKind::Permit, Timestamp::from_millis(0))
        };

        assert!(entry.to_leaf_bytes(&[0; 32], &Digest::of(b"")).is_ok());
    }
}
