use std::collections::BTreeSet;

use proptest::prelude::*;
use stile_model::id::Code;
use stile_model::redact::Redacted;
use stile_model::subject::{CandidateQuery, Known, Own, PersonRow};
use stile_model::time::Date;

use super::wiped::number;
use super::{Changes, Index, IndexError, Sweep};

const ROOM: usize = 64_000_000;

fn code(name: &str) -> Code {
    Code::new(name).unwrap()
}

fn index(rows: &[PersonRow]) -> Index {
    let mut builder = Index::builder("niche", ROOM);
    for row in rows {
        builder.push(row).unwrap();
    }
    builder.finish().unwrap()
}

fn words(words: &[&str]) -> Vec<Redacted<String>> {
    words.iter().map(|word| (*word).into()).collect()
}

fn person(key: &str, given: &str, family: &str) -> PersonRow {
    PersonRow {
        source: "niche".into(),
        key: key.into(),
        forenames: given.into(),
        surname: family.into(),
        ..PersonRow::default()
    }
}

fn full() -> PersonRow {
    PersonRow {
        aliases: words(&["Dee|Formerly", "|Onlysurname", "Maiden Née|Ó Dálaigh"]),
        born: Some(jiff::civil::date(1850, 2, 28)),
        sex: Some("F".into()),
        address: "4 Elm Row, Merton".into(),
        postcode: "SW19 1AA".into(),
        phone: "020 7946 0001".into(),
        school: "Elm Primary".into(),
        identifiers: vec![
            (code("nhs_number"), "9434765919".into()),
            (code("upn"), "A123".into()),
            (code("nhs_number"), "9434765918".into()),
        ],
        household: Some("H1".into()),
        protected: true,
        sealed: true,
        ..person("N1", "Mali Ann", "Testwood")
    }
}

fn keys(people: &[PersonRow]) -> Vec<String> {
    people.iter().map(|row| row.key.reveal().clone()).collect()
}

fn by_key(key: &str) -> CandidateQuery {
    CandidateQuery {
        phones: words(&[key]),
        ..CandidateQuery::default()
    }
}

#[test]
fn gives_a_person_back_as_held() {
    let bare = PersonRow {
        phone: "1".into(),
        ..person("N2", "", "")
    };
    let blank = PersonRow {
        phone: "1".into(),
        sex: Some("".into()),
        household: Some("".into()),
        ..person("N3", "", "")
    };
    let index = index(&[full(), bare.clone(), blank.clone()]);

    let found = index.candidates(&by_key("020 7946 0001"), 10);
    let others = index.candidates(&by_key("1"), 10);

    assert!(found == [full()]);
    assert!(others == [bare, blank]);
}

#[test]
fn debug_withholds_everybody() {
    let index = index(&[full()]);
    let shown = format!(
        "{index:?} {:?} {:?}",
        Index::builder("niche", 1),
        Sweep::new(&index)
    );

    assert!(shown.contains("people: 1"), "{shown}");
    for word in ["Mali", "Testwood", "Elm", "943476", "N1", "1850"] {
        assert!(!shown.contains(word), "{word}");
    }
}

#[test]
fn refuses_people_before_the_memory_allowed_is_exceeded() {
    let most = 200_000;
    let mut builder = Index::builder("niche", most);
    let mut refused = None;
    for n in 0..100_000 {
        let row = PersonRow {
            address: format!("{n} Elm Row").into(),
            ..person(&format!("N{n}"), "Mali", &format!("Testwood{n}"))
        };
        if let Err(error) = builder.push(&row) {
            refused = Some(error);
            break;
        }
    }

    let Some(IndexError::Full { most_mb, people }) = refused else {
        panic!("it was taken in");
    };
    assert_eq!(most_mb, 0);
    assert_eq!(usize::try_from(people).unwrap(), builder.people());
    assert!(people > 500, "{people}");
    assert!(!refused.unwrap().to_string().contains("Testwood"));
}

#[test]
fn sorted_people_take_no_more_than_was_reckoned_while_they_came() {
    let mut builder = Index::builder("niche", ROOM);
    for n in 0..3_000_u32 {
        let row = PersonRow {
            aliases: words(&[&format!("Given{n}|Family{n}"), &format!("Other{n}|Name{n}")]),
            phone: format!("{n}").as_str().into(),
            postcode: format!("P{n}").as_str().into(),
            ..person(
                &format!("N{n}"),
                &format!("Mali{n}"),
                &format!("Testwood{n}"),
            )
        };
        builder.push(&row).unwrap();
        if n % 97 == 0 {
            let reckoned = builder.people.bytes();
            let mut again = Index::builder("niche", ROOM);
            for row in 0..number(builder.people()) {
                again.push(&builder.people.person(row, "niche")).unwrap();
            }
            let taken = again.finish().unwrap().bytes();
            assert!(taken <= reckoned, "{n}: {taken} of {reckoned}");
        }
    }
}

#[test]
fn refuses_changes_that_do_not_fit_and_keeps_what_it_had() {
    let row = |n: u32| person(&format!("N{n}"), "Mali", &format!("Testwood{n}"));
    let rows: Vec<PersonRow> = (0..100).map(row).collect();
    let room = index(&rows).bytes() + 8_000;
    let mut builder = Index::builder("niche", room);
    for row in &rows {
        builder.push(row).unwrap();
    }
    let index = builder.finish().unwrap();

    let changes = Changes {
        current: (100..3_000).map(row).collect(),
        gone: Vec::new(),
    };

    assert!(matches!(
        index.apply(&changes),
        Err(IndexError::Full { .. })
    ));
    assert_eq!(index.people(), 100);
}

#[test]
fn refuses_to_find_who_is_gone_or_has_changed() {
    let before = index(&[full(), person("N2", "Rhys", "Testwood")]);
    let moved = PersonRow {
        phone: "9".into(),
        ..full()
    };

    let after = before
        .apply(&Changes {
            current: vec![moved.clone()],
            gone: words(&["N2", "N7"]),
        })
        .unwrap();

    assert!(after.candidates(&by_key("020 7946 0001"), 10).is_empty());
    assert!(after.candidates(&by_key("9"), 10) == [moved]);
    assert!(!after.holds(&"N2".into()));
    assert_eq!(after.people(), 1);
    assert_eq!(before.people(), 2);
    assert_eq!(before.candidates(&by_key("020 7946 0001"), 10).len(), 1);
}

#[test]
fn what_was_read_again_without_a_change_takes_no_room() {
    let before = index(&[full(), person("N2", "Rhys", "Testwood")]);

    let after = before
        .apply(&Changes {
            current: vec![full()],
            gone: Vec::new(),
        })
        .unwrap();

    assert_eq!(after.delta.len(), 0);
    assert_eq!(after.people(), 2);
}

#[test]
fn a_household_is_those_who_share_its_key_and_at_most_so_many() {
    let of = |n: u32, home: &str| PersonRow {
        household: Some(home.into()),
        ..person(&format!("N{n}"), "Mali", "Testwood")
    };
    let index = index(&[
        of(1, "H1"),
        of(2, "H2"),
        of(3, "H1"),
        of(4, "h1"),
        of(5, ""),
    ]);

    assert_eq!(keys(&index.household(&"H1".into(), 50)), ["N1", "N3"]);
    assert_eq!(keys(&index.household(&"H1".into(), 1)), ["N1"]);
    assert!(index.household(&"".into(), 50).is_empty());
    assert!(index.household(&"H9".into(), 50).is_empty());
}

#[test]
fn a_sweep_tells_who_was_not_seen_and_what_is_not_held() {
    let rows: Vec<PersonRow> = (0..200)
        .map(|n| person(&format!("N{n}"), "Mali", "Testwood"))
        .collect();
    let index = index(&rows)
        .apply(&Changes {
            current: vec![person("X1", "Rhys", "New"), person("X2", "Rhys", "New")],
            gone: words(&["N7"]),
        })
        .unwrap();
    let mut sweep = Sweep::new(&index);

    for n in (0..200).filter(|n| n % 10 != 3) {
        assert_eq!(sweep.see(&index, &format!("N{n}").as_str().into()), n != 7);
    }
    assert!(sweep.see(&index, &"X2".into()));
    assert!(!sweep.see(&index, &"X3".into()));

    let unseen: BTreeSet<String> = sweep
        .unseen(&index)
        .iter()
        .map(|key| key.reveal().clone())
        .collect();
    let mut expected: BTreeSet<String> = (0..20).map(|n| format!("N{}", n * 10 + 3)).collect();
    expected.insert("X1".into());
    assert_eq!(unseen, expected);
}

#[test]
fn counts_values_as_held_with_other_names() {
    let index = index(&[
        full(),
        person("N2", "Mali Ann", ""),
        person("N3", "", "Formerly"),
    ]);

    let counts = index.counts();

    let count = |list: &[(Redacted<String>, u64)], word: &str| {
        let found = list.iter().find(|(value, _)| value.reveal() == word);
        found.map(|(_, count)| *count)
    };
    assert_eq!(counts.people, 3);
    assert_eq!(count(&counts.surnames, "Formerly"), Some(2));
    assert_eq!(count(&counts.forenames, "Mali Ann"), Some(2));
    assert_eq!(count(&counts.forenames, ""), None);
    assert_eq!(counts.postcodes, [("SW19 1AA".into(), 1)]);
    assert_eq!(counts.born, [(jiff::civil::date(1850, 2, 28), 1)]);
    assert_eq!(counts.kin.people, 1);
}

#[test]
fn the_very_person_goes_before_any_number_of_near_ones() {
    let date = jiff::civil::date;
    let near = (0..50).map(|n| PersonRow {
        born: Some(date(2018, 9, 5)),
        ..person(&format!("A{n:02}"), "Molly", "Testwould")
    });
    let very = PersonRow {
        born: Some(date(2018, 5, 9)),
        ..person("Z9", "MALI", "TESTWOOD")
    };
    let rows: Vec<_> = near.chain([very]).collect();
    let query = CandidateQuery {
        surnames: words(&["Testwood", "TESTWOOD", "Testwould"]),
        forenames: words(&["Mali", "MALI", "Molly"]),
        born: vec![date(2018, 5, 9), date(2018, 9, 5)],
        own: Own {
            born: 1,
            forenames: 2,
            surnames: 2,
        },
        ..CandidateQuery::default()
    };

    assert_eq!(keys(&index(&rows).candidates(&query, 2)), ["Z9", "A00"]);
}

/// What the candidate statement of a source would find, from its own words.
fn reference(rows: &[PersonRow], query: &CandidateQuery, most: usize) -> Vec<PersonRow> {
    let within =
        |list: &[Redacted<String>], value: &str| !value.is_empty() && list.contains(&value.into());
    let rank = |row: &PersonRow| {
        let born = row.born.is_some_and(|date| query.born.contains(&date));
        let surname = within(&query.surnames, row.surname.reveal());
        let forename = within(&query.forenames, row.forenames.reveal());
        let own_born = row
            .born
            .is_some_and(|date| query.own_born().contains(&date));
        let own_surname = within(query.own_surnames(), row.surname.reveal());
        let own_forename = within(query.own_forenames(), row.forenames.reveal());
        let own_others: Vec<(bool, bool)> = row
            .aliases
            .iter()
            .filter_map(|alias| alias.reveal().split_once('|'))
            .map(|(given, family)| {
                (
                    within(query.own_forenames(), given),
                    within(query.own_surnames(), family),
                )
            })
            .collect();
        let own_whole = (own_surname && own_forename)
            || own_others
                .iter()
                .any(|(given, family)| *family && (*given || own_forename));
        let own_name = own_surname
            || own_forename
            || own_others.iter().any(|(given, family)| *given || *family);
        let postcode = within(&query.postcodes, row.postcode.reveal());
        let others: Vec<(bool, bool)> = row
            .aliases
            .iter()
            .filter_map(|alias| alias.reveal().split_once('|'))
            .map(|(given, family)| {
                (
                    within(&query.forenames, given),
                    within(&query.surnames, family),
                )
            })
            .collect();
        let other_given = others.iter().any(|(given, _)| *given);
        let other_family = others.iter().any(|(_, family)| *family);
        let identified = query.identifiers.iter().any(|(scheme, values)| {
            let held = row.identifiers.iter().filter(|(held, _)| held == scheme);
            held.into_iter()
                .any(|(_, value)| within(values, value.reveal()))
        });
        let ranks = [
            (identified, 1),
            (within(&query.phones, row.phone.reveal()), 2),
            (own_born && own_whole, 0),
            (own_born && own_name, 3),
            (
                born && (surname || forename || other_family || other_given),
                4,
            ),
            (born && postcode, 5),
            (postcode && (surname || other_family), 5),
            (postcode && (forename || other_given), 6),
            (surname && forename, 7),
            (others.iter().any(|(given, family)| *given && *family), 7),
            (other_family && forename, 7),
        ];
        let fitting = ranks.into_iter().filter(|(fits, _)| *fits);
        fitting.map(|(_, rank)| rank).min()
    };
    let mut found: Vec<(u8, &PersonRow)> = rows
        .iter()
        .filter_map(|row| Some((rank(row)?, row)))
        .collect();
    found.sort_by_key(|(rank, _)| *rank);
    found
        .into_iter()
        .take(most)
        .map(|(_, row)| row.clone())
        .collect()
}

fn some_word() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        prop::sample::select(vec!["A", "B", "C", "D", "É"]).prop_map(String::from),
    ]
}

fn some_date() -> impl Strategy<Value = Date> {
    (2000_i16..2003, 1_i8..3).prop_map(|(year, day)| jiff::civil::date(year, 1, day))
}

fn some_scheme() -> impl Strategy<Value = Code> {
    prop::sample::select(vec!["nhs_number", "upn"]).prop_map(code)
}

prop_compose! {
    fn some_row()(
        (key, forenames, surname) in (0_u32..40, some_word(), some_word()),
        (postcode, phone, born) in (some_word(), some_word(), prop::option::of(some_date())),
        household in prop::option::of(some_word()),
        identifiers in prop::collection::vec((some_scheme(), some_word()), 0..3),
        aliases in prop::collection::vec((some_word(), some_word()), 0..3),
        (protected, sealed) in any::<(bool, bool)>(),
    ) -> PersonRow {
        PersonRow {
            postcode: postcode.into(),
            phone: phone.into(),
            born,
            household: household.map(Redacted::new),
            identifiers: identifiers.into_iter().map(|(scheme, value)| (scheme, value.into())).collect(),
            aliases: aliases.into_iter().map(|(a, b)| format!("{a}|{b}").into()).collect(),
            protected,
            sealed,
            ..person(&format!("{key}"), &forenames, &surname)
        }
    }
}

fn some_list() -> impl Strategy<Value = Vec<Redacted<String>>> {
    prop::collection::vec(some_word().prop_map(Redacted::new), 0..3)
}

prop_compose! {
    fn some_query()(
        identifiers in prop::collection::vec((some_scheme(), some_list()), 0..2),
        (surnames, forenames, postcodes, phones) in (some_list(), some_list(), some_list(), some_list()),
        born in prop::collection::vec(some_date(), 0..3),
        (own_born, own_forenames, own_surnames) in (0_usize..3, 0_usize..3, 0_usize..3),
    ) -> CandidateQuery {
        let own = Own { born: own_born, forenames: own_forenames, surnames: own_surnames };
        CandidateQuery { identifiers, surnames, forenames, born, born_in_part: false, postcodes, phones, own, known: Known::default() }
    }
}

/// The rows as they are after the changes, in the order that an index keeps.
fn changed(mut rows: Vec<PersonRow>, changes: &Changes) -> Vec<PersonRow> {
    rows.retain(|row| !changes.gone.contains(&row.key));
    for current in &changes.current {
        match rows.iter_mut().find(|row| row.key == current.key) {
            Some(row) => *row = current.clone(),
            None => rows.push(current.clone()),
        }
    }
    rows
}

fn one_each(rows: Vec<PersonRow>) -> Vec<PersonRow> {
    let mut seen = BTreeSet::new();
    let fresh = rows.into_iter();
    fresh.filter(|row| seen.insert(row.key.clone())).collect()
}

proptest! {
    #[test]
    fn finds_whom_the_statement_of_a_source_would_find(
        rows in prop::collection::vec(some_row(), 0..60),
        query in some_query(),
        most in 0_usize..20,
    ) {
        let index = index(&rows);

        prop_assert_eq!(index.candidates(&query, most), reference(&rows, &query, most));
        for home in ["A", "B", ""] {
            let of = |row: &&PersonRow| !home.is_empty() && row.household == Some(home.into());
            let expected: Vec<PersonRow> = rows.iter().filter(of).take(most).cloned().collect();
            prop_assert_eq!(index.household(&home.into(), most), expected);
        }
    }

    #[test]
    fn an_index_brought_up_to_date_equals_one_made_anew(
        rows in prop::collection::vec(some_row(), 0..40),
        steps in prop::collection::vec(
            (prop::collection::vec(some_row(), 0..10), prop::collection::vec(0_u32..40, 0..4)), 1..5),
        query in some_query(),
    ) {
        let mut rows = one_each(rows);
        let mut index = index(&rows);
        for (current, gone) in steps {
            let current = one_each(current);
            let gone: Vec<Redacted<String>> = gone
                .into_iter()
                .map(|key| Redacted::new(key.to_string()))
                .filter(|key| current.iter().all(|row| row.key != *key))
                .collect();
            let changes = Changes { current, gone };
            index = index.apply(&changes).unwrap();
            rows = changed(rows, &changes);
            prop_assert_eq!(index.people(), rows.len());
            let sorted = |mut rows: Vec<PersonRow>| {
                rows.sort_by(|a, b| a.key.cmp(&b.key));
                rows
            };
            prop_assert_eq!(
                sorted(index.candidates(&query, 1_000)),
                sorted(reference(&rows, &query, 1_000))
            );
        }
    }
}

#[test]
fn a_first_part_made_anew_keeps_everybody_in_their_order() {
    let rows: Vec<PersonRow> = (0..3_000)
        .map(|n| person(&format!("N{n:05}"), "Mali", "Testwood"))
        .collect();
    let before = index(&rows);
    let changes = Changes {
        current: (1_000..2_500)
            .map(|n| person(&format!("N{n:05}"), "Rhys", "Testwood"))
            .chain([person("A1", "Mali", "Testwood")])
            .collect(),
        gone: words(&["N00004"]),
    };

    let after = before.apply(&changes).unwrap();

    assert_eq!(after.delta.len(), 0, "it was made anew");
    let query = CandidateQuery {
        surnames: words(&["Testwood"]),
        forenames: words(&["Mali", "Rhys"]),
        ..CandidateQuery::default()
    };
    let expected = changed(rows, &changes);
    assert_eq!(keys(&after.candidates(&query, 10_000)), keys(&expected));
}

#[test]
fn a_person_with_everything_recorded_takes_at_most_230_bytes() {
    let people = 20_000;
    let rows: Vec<PersonRow> = (0..people)
        .map(|n| PersonRow {
            born: jiff::civil::date(1940, 1, 1)
                .checked_add(jiff::Span::new().days(n * 7 % 30_000))
                .ok(),
            sex: Some(if n % 2 == 0 { "F" } else { "M" }.into()),
            address: format!("{} Elm Tree Gardens, Flat {}, Merton", n % 97, n % 13).into(),
            postcode: format!("SW{} {}AA", n / 3 % 40, n / 3 % 200).into(),
            phone: format!("07700 9{n:05}").into(),
            school: format!("Primary School of Parish {}", n % 80).into(),
            identifiers: vec![
                (code("nhs_number"), format!("94347{n:05}").into()),
                (code("upn"), format!("H801200{n:06}").into()),
            ],
            household: Some(format!("A{}", n / 3).into()),
            aliases: if n % 10 == 0 {
                words(&["Dilys|Formerly"])
            } else {
                Vec::new()
            },
            ..person(
                &format!("P{n:07}"),
                &format!("Given{} Middle{}", n % 900, n % 7),
                &format!("Family{}", n % 4_000),
            )
        })
        .collect();

    let index = index(&rows);

    let each = index.bytes() / rows.len();
    assert!(each <= 230, "{each} bytes a person");
}
