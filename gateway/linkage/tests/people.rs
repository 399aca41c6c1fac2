//! Regression gates: matching on public person sets must not get worse.
//!
//! Every tenth to fiftieth query keeps this short in an unoptimised build; the whole sets are run by
//! the example `evaluate`. Floors stand a little below what was measured (`docs/matching.md`).

#[path = "people/sets.rs"]
mod sets;

use sets::Set;
use sets::outcome::{HEADING, Outcome};
use stile_linkage::Thresholds;

/// Floors of one set.
struct Floor {
    step: usize,
    confident: f64,
    recall: f64,
    candidates: f64,
}

fn measure(name: &str, floor: &Floor) -> Outcome {
    let outcome = Set::load(name).run(floor.step, &Thresholds::default());
    println!("{HEADING}\n{}\n", outcome.row(name));
    println!("{}\n{}", outcome.reasons(), outcome.reliability());
    for answer in outcome.answers.iter().filter(|answer| answer.is_false()) {
        println!("{} {}", answer.json(name), answer.waterfall);
    }
    assert_eq!(outcome.false_confident(), 0, "{name}");
    assert!(
        outcome.confident_recall() >= floor.confident,
        "{name}: {}",
        outcome.confident_recall()
    );
    assert!(
        outcome.recall() >= floor.recall,
        "{name}: {}",
        outcome.recall()
    );
    assert!(
        outcome.candidate_recall() >= floor.candidates,
        "{name}: {}",
        outcome.candidate_recall()
    );
    outcome
}

#[test]
fn corrupted_people_with_an_identifier_are_found() {
    measure(
        "febrl3",
        &Floor {
            step: 3,
            confident: 0.84,
            recall: 0.99,
            candidates: 0.99,
        },
    );
}

#[test]
fn corrupted_people_without_an_identifier_are_found() {
    measure(
        "febrl3_noid",
        &Floor {
            step: 3,
            confident: 0.77,
            recall: 0.985,
            candidates: 0.99,
        },
    );
}

#[test]
fn absent_people_are_not_found_among_the_corrupted() {
    let outcome = measure(
        "febrl3_noid_open",
        &Floor {
            step: 3,
            confident: 0.75,
            recall: 0.985,
            candidates: 0.99,
        },
    );

    assert!(
        outcome.idle_reviews() * 25 <= outcome.answers.len(),
        "{}",
        outcome.idle_reviews()
    );
}

#[test]
fn people_who_moved_married_and_aged_are_found_among_their_families() {
    measure(
        "pp10",
        &Floor {
            step: 20,
            confident: 0.90,
            recall: 0.985,
            candidates: 0.985,
        },
    );
}

#[test]
fn absent_people_are_not_found_among_their_families() {
    let outcome = measure(
        "pp10_open",
        &Floor {
            step: 20,
            confident: 0.90,
            recall: 0.985,
            candidates: 0.985,
        },
    );

    assert!(
        outcome.idle_reviews() * 25 <= outcome.answers.len(),
        "{}",
        outcome.idle_reviews()
    );
}
