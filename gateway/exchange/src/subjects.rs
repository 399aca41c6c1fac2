//! By what entries about a person are found again: an NHS number, or name and date of birth.
//!
//! ```text
//! nhs_number   the ten digits, when their check digit holds
//! name_born    first forename, surname run together, date of birth: `mali|smithjones|2018-05-09`
//! ```
//!
//! Every name of a person counts, former and assumed ones too. Who is known by neither a valid
//! number nor an exact date of birth is found by case only.

use std::collections::BTreeSet;

use stile_ledger::SubjectKey;
use stile_linkage::identifier::nhs_number;
use stile_linkage::normalise::name::{forenames, surname};
use stile_model::subject::{Born, Subject};

const NHS_NUMBER: &str = "nhs_number";
const NAME_BORN: &str = "name_born";

/// The keys of one person.
pub fn keys(subject: &Subject) -> Vec<SubjectKey> {
    let mut keys = BTreeSet::new();
    for identifier in &subject.identifiers {
        if identifier.scheme.as_str() == NHS_NUMBER
            && let Some(number) = nhs_number(identifier.value.reveal())
        {
            keys.insert(SubjectKey::of(NHS_NUMBER, number.reveal()));
        }
    }
    if let Some(Born::Exact(born)) = subject.born {
        for name in &subject.names {
            let family = surname(name.surname.reveal());
            let given = forenames(name.forenames.reveal());
            if let (Some(first), false) = (given.first(), family.is_empty()) {
                let value = format!("{first}|{}|{born}", family.whole());
                keys.insert(SubjectKey::of(NAME_BORN, &value));
            }
        }
    }
    keys.into_iter().collect()
}

/// The keys of several people, without repeats.
pub fn keys_of_all(subjects: &[Subject]) -> Vec<SubjectKey> {
    let all: BTreeSet<_> = subjects.iter().flat_map(keys).collect();
    all.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn person(names: &[(&str, &str)], born: Option<&str>, nhs: Option<&str>) -> Subject {
        let names: Vec<_> = names
            .iter()
            .map(|(forenames, surname)| {
                json!({"forenames": forenames, "surname": surname, "kind": "current"})
            })
            .collect();
        let identifiers: Vec<_> = nhs
            .iter()
            .map(|value| json!({"scheme": "nhs_number", "value": value}))
            .collect();
        let mut subject = json!({
            "id": "s1", "role": "child", "names": names, "identifiers": identifiers
        });
        if let Some(born) = born {
            subject["born"] = json!({"exact": born});
        }
        serde_json::from_value(subject).unwrap()
    }

    #[test]
    fn spelling_spaces_and_middle_names_do_not_hide_a_person() {
        let one = person(
            &[("Mali Ann", "Test-Wood")],
            Some("2018-05-09"),
            Some("943 476 5919"),
        );
        let same = person(
            &[("MALI", "testwood")],
            Some("2018-05-09"),
            Some("9434765919"),
        );

        assert_eq!(keys(&one).len(), 2);
        assert_eq!(keys(&one), keys(&same));
    }

    #[test]
    fn another_date_name_or_number_is_another_person() {
        let one = keys(&person(
            &[("Mali", "Testwood")],
            Some("2018-05-09"),
            Some("9434765919"),
        ));
        for other in [
            person(&[("Mali", "Testwood")], Some("2018-05-10"), None),
            person(&[("Mila", "Testwood")], Some("2018-05-09"), None),
            person(&[("Mali", "Testwould")], Some("2018-05-09"), None),
            person(&[], None, Some("9434765870")),
        ] {
            assert!(keys(&other).iter().all(|key| !one.contains(key)));
        }
    }

    #[test]
    fn former_names_are_keys_too_and_half_a_name_is_none() {
        let both = person(
            &[("Mali", "Testwood"), ("Mali", "Before")],
            Some("2018-05-09"),
            None,
        );

        assert_eq!(keys(&both).len(), 2);
        for half in [
            person(&[("Mali", "Testwood")], None, None),
            person(&[("", "Testwood")], Some("2018-05-09"), None),
            person(&[("Mali", "")], Some("2018-05-09"), None),
            person(&[], None, Some("943 476 5918")),
        ] {
            assert!(keys(&half).is_empty());
        }
    }
}
