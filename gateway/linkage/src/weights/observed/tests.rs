use proptest::prelude::*;

use super::*;

fn levels(lines: &[(&str, &str)]) -> Vec<(String, String)> {
    let own = |(part, level): &(&str, &str)| ((*part).to_owned(), (*level).to_owned());
    lines.iter().map(own).collect()
}

fn seen(observed: &Observed, part: &str, level: &str) -> u64 {
    let part = observed.seen.get(part);
    part.and_then(|levels| levels.get(level))
        .copied()
        .unwrap_or(0)
}

#[test]
fn ignores_pairs_that_nobody_decided_and_no_identifier_shows() {
    let mut observed = Observed::default();
    let lines = levels(&[("forename", "identical"), ("identifier", "same")]);

    let counted = observed.add(Pair {
        levels: &lines,
        guard: None,
        decided: false,
    });

    assert!(!counted);
    assert_eq!(observed, Observed::default());
}

#[test]
fn ignores_the_part_for_which_a_person_was_asked() {
    let mut observed = Observed::default();
    let lines = levels(&[("forename", "different"), ("surname", "identical")]);

    observed.add(Pair {
        levels: &lines,
        guard: Some("forenames differ (twin or sibling)"),
        decided: true,
    });

    assert_eq!(observed.by_person, 1);
    assert_eq!(seen(&observed, "forename", "different"), 0);
    assert_eq!(seen(&observed, "surname", "identical"), 1);
}

#[test]
fn ignores_what_a_guard_depends_on_without_naming_it() {
    for (guard, part, level) in [
        (
            "somebody of the same surname and date of birth is held too",
            "forename",
            "different",
        ),
        (
            "protected record without an exact fit",
            "forename",
            "different",
        ),
        (
            "protected record without an exact fit",
            "surname",
            "different",
        ),
        (
            "protected record without an exact fit",
            "date of birth",
            "different",
        ),
        (
            "names differ in which of two generations is meant",
            "date of birth",
            "different",
        ),
        (
            "surnames differ without address or identifier",
            "telephone",
            "different",
        ),
        (
            "1 January without address or identifier",
            "telephone",
            "different",
        ),
    ] {
        let mut observed = Observed::default();
        let lines = levels(&[(part, level), ("sex", "same")]);

        observed.add(Pair {
            levels: &lines,
            guard: Some(guard),
            decided: true,
        });

        assert_eq!(seen(&observed, part, level), 0, "{guard}: {part}");
        assert_eq!(seen(&observed, "sex", "same"), 1, "{guard}");
    }
}

#[test]
fn counts_every_part_where_an_identifier_shows_who_it_is() {
    let mut observed = Observed::default();
    let lines = levels(&[
        ("forename", "different"),
        ("middle name", "initial agrees"),
        ("NHS number", "same"),
    ]);

    observed.add(Pair {
        levels: &lines,
        guard: Some("forenames differ (twin or sibling)"),
        decided: true,
    });

    assert_eq!((observed.by_identifier, observed.by_person), (1, 0));
    assert_eq!(seen(&observed, "forename", "different"), 1);
    assert_eq!(seen(&observed, "middle initial", "initial agrees"), 1);
    assert_eq!(seen(&observed, "NHS number", "same"), 0);
}

#[test]
fn an_identifier_beside_one_that_differs_shows_nothing() {
    let mut observed = Observed::default();
    let lines = levels(&[("NHS number", "same"), ("unique pupil number", "different")]);

    assert!(!observed.add(Pair {
        levels: &lines,
        guard: None,
        decided: false,
    }));
}

#[test]
fn the_best_of_several_names_is_no_sample_of_one() {
    let mut observed = Observed::default();
    let lines = levels(&[
        ("forename", "identical"),
        ("which name", "another than the first"),
        ("sex", "same"),
    ]);

    observed.add(Pair {
        levels: &lines,
        guard: None,
        decided: true,
    });

    assert_eq!(seen(&observed, "forename", "identical"), 0);
    assert_eq!(seen(&observed, "sex", "same"), 1);
}

#[test]
fn few_pairs_hardly_move_a_rate_and_many_do() {
    let of = |count| {
        let counts = BTreeMap::from([
            ("identical".to_owned(), count),
            ("different".to_owned(), count),
        ]);
        let observed = Observed {
            seen: BTreeMap::from([("middle name".to_owned(), counts)]),
            ..Observed::default()
        };
        observed.weights().middle_name(true).m
    };

    assert!((of(0) - 0.90).abs() < 1e-9);
    assert!((of(5) - 0.90).abs() < 0.03, "{}", of(5));
    assert!(of(5_000) < 0.70, "{}", of(5_000));
}

proptest! {
    #[test]
    fn whatever_was_seen_gives_rates_that_may_take_effect(
        counts in proptest::collection::vec(0_u64..100_000, 40)
    ) {
        let mut counts = counts.into_iter();
        let mut observed = Observed::default();
        for part in Part::ALL {
            for level in part.levels() {
                let levels = observed.seen.entry(part.word().to_owned()).or_default();
                levels.insert(level.to_owned(), counts.next().unwrap_or(0));
            }
        }

        prop_assert_eq!(observed.weights().check(), Ok(()));
    }
}
