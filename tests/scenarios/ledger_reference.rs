//! The published reference of the ledger holds every field, kind and code that the program knows.

use std::collections::{BTreeMap, BTreeSet};

use stile_exchange::audit::{GROUNDS, REASONS};
use stile_exchange::evidence::{CORRECTIONS, PEER_REFUSALS, VERBAL_GROUNDS};
use stile_exchange::reconcile::{Lack, Outcome};
use stile_ledger::EntryKind;
use stile_ledger::entry::FIELDS;

use crate::tree;

const REFERENCE: &str = "docs/reference/ledger.md";

/// The rows of the tables of section `number`, each as its cells.
fn rows(number: u32) -> Vec<Vec<String>> {
    let text = tree::read(REFERENCE);
    let head = format!("\n## {number}. ");
    let section = text.split(&head).nth(1).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let cells = |line: &str| {
        let cells = line.trim_matches('|').split(" | ");
        cells.map(|cell| cell.trim().to_owned()).collect()
    };
    let rows = section.lines().filter(|line| line.starts_with("| "));
    rows.map(cells).skip(1).collect()
}

/// The words of a cell that stand in code quotes.
fn words(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

#[test]
fn every_field_of_a_leaf_has_its_row_and_no_other() {
    let listed: Vec<_> = rows(1)
        .iter()
        .map(|row| words(&row[0]).next().unwrap().to_owned())
        .collect();

    assert_eq!(listed, FIELDS);
}

#[test]
fn every_kind_has_its_row_with_its_operation_and_no_other() {
    let listed: BTreeMap<_, _> = rows(2)
        .iter()
        .map(|row| {
            let kind = words(&row[0]).next().unwrap().to_owned();
            (kind, row[1].clone())
        })
        .collect();

    let known: BTreeMap<_, _> = EntryKind::ALL
        .iter()
        .map(|kind| {
            let operation = kind.operation();
            let operation = operation.map_or("–".to_owned(), |operation| operation.to_string());
            (kind.word().to_owned(), operation)
        })
        .collect();
    assert_eq!(listed, known);
}

#[test]
fn every_coded_reason_has_its_row_and_only_kinds_have_reasons() {
    let listed: BTreeSet<_> = rows(4)
        .iter()
        .flat_map(|row| words(&row[1]).map(ToOwned::to_owned).collect::<Vec<_>>())
        .collect();
    let codes = CORRECTIONS.iter().chain(&VERBAL_GROUNDS).copied();
    let reading = REASONS.iter().chain(&GROUNDS).map(|(code, _)| *code);
    let outcomes = [
        Outcome::Agrees,
        Outcome::Differs,
        Outcome::LedgerInconsistent,
        Outcome::LedgerRolledBack,
        Outcome::Unreachable,
    ];

    for code in codes.chain(reading).chain(outcomes.map(Outcome::word)) {
        assert!(listed.contains(code), "{REFERENCE} has no row for `{code}`");
    }
    let kinds: BTreeSet<_> = EntryKind::ALL.iter().map(|kind| kind.word()).collect();
    for row in rows(3).iter().chain(&rows(4)).chain(&rows(5)) {
        for kind in words(&row[0]) {
            assert!(kinds.contains(kind), "`{kind}` is no kind");
        }
    }
}

#[test]
fn every_difference_has_its_row_and_no_other() {
    let listed: Vec<_> = rows(8)
        .iter()
        .map(|row| words(&row[0]).next().unwrap().to_owned())
        .collect();

    assert_eq!(listed, Lack::ALL.map(Lack::word));
}

#[test]
fn every_refusal_of_a_peer_is_a_known_problem() {
    let problems = tree::read("docs/reference/problems.md");

    for code in PEER_REFUSALS {
        assert!(problems.contains(&format!("| `{code}` |")), "{code}");
    }
}
