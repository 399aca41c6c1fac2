//! The published list of problem codes is the list the program uses, both ways.

use std::collections::BTreeSet;

use crate::tree;

const REFERENCE: &str = "docs/reference/problems.md";

/// The code in each `refuse("…"` and `Problem::new("…"` of a source text.
fn codes_made(text: &str) -> BTreeSet<String> {
    let production = tree::production(text);
    ["refuse(", "Problem::new("]
        .iter()
        .flat_map(|call| production.split(call).skip(1))
        .filter_map(|rest| rest.trim_start().strip_prefix('"')?.split_once('"'))
        .map(|(code, _)| code.to_owned())
        .collect()
}

/// The code at the head of each row of the reference's tables.
fn codes_listed(text: &str) -> BTreeSet<String> {
    text.lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
        .map(|(code, _)| code.to_owned())
        .collect()
}

fn exchange_sources() -> Vec<String> {
    tree::files()
        .into_iter()
        .filter(|file| file.path.starts_with("gateway/exchange/src/"))
        .filter(|file| file.path.ends_with(".rs") && !tree::is_test_file(&file.path))
        .filter_map(|file| file.text)
        .collect()
}

#[test]
fn every_problem_the_program_makes_is_in_the_reference() {
    let listed = codes_listed(&tree::read(REFERENCE));
    let made: BTreeSet<_> = exchange_sources()
        .iter()
        .flat_map(|text| codes_made(text))
        .collect();

    let missing: Vec<_> = made.difference(&listed).collect();
    assert!(missing.is_empty(), "not in {REFERENCE}: {missing:?}");
    assert!(
        made.len() > 10,
        "only {made:?} were found: has the way of refusing changed?"
    );
}

#[test]
fn every_problem_in_the_reference_is_one_the_program_makes() {
    let sources = exchange_sources();
    for code in codes_listed(&tree::read(REFERENCE)) {
        let literal = format!("\"{code}\"");

        let made = sources
            .iter()
            .any(|text| tree::production(text).contains(&literal));

        assert!(made, "{REFERENCE} lists `{code}`, which no source makes");
    }
}

#[test]
fn reads_a_code_across_a_line_break_and_not_from_tests() {
    let text = "refuse(\n    \"stale\", 403)\n#[cfg(test)]\nrefuse(\"made_up\"";

    assert_eq!(codes_made(text), BTreeSet::from(["stale".to_owned()]));
    assert_eq!(
        codes_listed("| `a` | 1 |\n| b |\n"),
        BTreeSet::from(["a".to_owned()])
    );
}
