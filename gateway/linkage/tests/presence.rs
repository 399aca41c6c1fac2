//! Blind presence on the person sets: a floor under who is found, a ceiling over who falsely is.
//!
//! Floors lie a little under what was measured (`docs/presence.md`), so that a change of the
//! normaliser or of the recipe that loses people is seen.

#![expect(clippy::expect_used, reason = "a broken fixture must stop the test")]

#[path = "people/sets.rs"]
#[expect(dead_code, reason = "the sets are read here, and not matched")]
mod sets;

use std::collections::HashSet;

use stile_linkage::presence::{Context, Input, Keys, Tier, keys_of_row, keys_of_subject};
use stile_model::id::MemberId;

/// Of everyone asked about: found by a strong key, found by any, and found without being held.
struct Measured {
    known: f64,
    found: f64,
    false_known: usize,
    false_found: usize,
}

fn measure(name: &str) -> Measured {
    let context = Context {
        agency: MemberId::new("measured").expect("member"),
        epoch: 1,
    };
    let inputs = |keys: &Keys| keys.inputs(&context).collect::<Vec<(Tier, Input)>>();
    let set = sets::Set::load(name);
    let held: HashSet<&str> = set.people.iter().map(|(who, _)| who.as_str()).collect();
    let tokens: HashSet<(Tier, Input)> = set
        .people
        .iter()
        .flat_map(|(_, row)| inputs(&keys_of_row(row)))
        .collect();
    let (mut present, mut known, mut found) = (0_u32, 0_u32, 0_u32);
    let (mut false_known, mut false_found) = (0, 0);
    for asked in &set.queries {
        let hits: Vec<Tier> = inputs(&keys_of_subject(&asked.subject))
            .into_iter()
            .filter(|input| tokens.contains(input))
            .map(|(tier, _)| tier)
            .collect();
        let (strong, any) = (hits.contains(&Tier::Strong), !hits.is_empty());
        if held.contains(asked.truth.as_str()) {
            present += 1;
            known += u32::from(strong);
            found += u32::from(any);
        } else {
            false_known += usize::from(strong);
            false_found += usize::from(any);
        }
    }
    Measured {
        known: f64::from(known) / f64::from(present),
        found: f64::from(found) / f64::from(present),
        false_known,
        false_found,
    }
}

#[test]
fn finds_most_of_those_held_and_hardly_anybody_who_is_not() {
    for (name, known, found, false_known, false_found) in [
        ("febrl3_noid_open", 0.68, 0.73, 0, 1),
        ("pp10_open", 0.82, 0.85, 1, 5),
    ] {
        let measured = measure(name);

        assert!(measured.known >= known, "{name}: {}", measured.known);
        assert!(measured.found >= found, "{name}: {}", measured.found);
        assert!(
            measured.false_known <= false_known,
            "{name}: {}",
            measured.false_known
        );
        assert!(
            measured.false_found <= false_found,
            "{name}: {}",
            measured.false_found
        );
    }
}

#[test]
fn an_identifier_finds_those_whom_names_do_not() {
    let with = measure("febrl3").known;
    let without = measure("febrl3_noid").known;

    assert!(with > 0.96 && with > without + 0.2, "{with} {without}");
}
