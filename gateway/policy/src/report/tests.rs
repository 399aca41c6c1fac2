//! What cases prove: coverage, mutations noticed, and suggestions that work when pasted.

use super::*;
use crate::mutate::{Reach, mutants};
use crate::sample::{RULES, set, today, vocabulary};
use crate::space::{DIMENSIONS, Point};

const CASES: &str = r#"
[given]
purpose = "s47_enquiry"
priority = "red"
consent = "not_sought"
subject = "child"
age = "age_5_to_9"
recency = "to_24m"
requester = "researcher"
hub = "hub-northshire"

[[case]]
name = "the date comes at once"
field = "police.domestic_incident.date"
auto = "exact"

[[case]]
name = "the account waits for the sergeant"
field = "police.domestic_incident.summary"
auto = "headline"
approved = "full"
approver = "duty_safeguarding_sergeant"

[[case]]
name = "no third party by name"
field = "police.domestic_incident.victim_name"
otherwise = "any"
at_most = "known"
"#;

fn report(text: &str, depth: Depth) -> TestReport {
    let cases = Cases::parse("cases.toml", text, vocabulary()).unwrap();
    TestReport::of(
        &set(RULES),
        vocabulary(),
        &cases,
        today(),
        depth,
        &mut |_, _| (),
    )
}

fn ids(rules: &[stile_model::id::RuleId]) -> Vec<&str> {
    rules.iter().map(stile_model::id::RuleId::as_str).collect()
}

#[test]
fn a_rule_is_exercised_when_without_it_a_case_fails() {
    let coverage = report(CASES, Depth::Cases).coverage;

    assert_eq!(ids(&coverage.exercised), ["A-1", "A-2", "A-3", "C-1"]);
    assert_eq!(ids(&coverage.applied_only), ["C-2", "C-3"]);
    assert_eq!(ids(&coverage.untouched), ["X-1"]);
}

#[test]
fn a_case_that_fails_exercises_nothing() {
    let wrong = CASES.replace("auto = \"exact\"", "auto = \"month\"");

    let report = report(&wrong, Depth::Cases);

    assert_eq!(report.failed(), 1);
    assert_eq!(ids(&report.coverage.untouched), ["A-1", "X-1"]);
}

#[test]
fn fields_and_reasons_that_no_case_names_are_listed() {
    let coverage = report(CASES, Depth::Cases).coverage;

    let fields: Vec<String> = coverage
        .fields_without_case
        .iter()
        .map(ToString::to_string)
        .collect();
    assert!(fields.contains(&"police.domestic_incident.risk".to_owned()));
    assert!(!fields.contains(&"police.domestic_incident.date".to_owned()));
    assert!(!fields.contains(&"police.intelligence.date".to_owned()));
    let reasons: Vec<&str> = coverage
        .reasons_without_case
        .iter()
        .map(stile_model::id::Code::as_str)
        .collect();
    assert_eq!(
        reasons,
        [
            "capped",
            "consent_refused",
            "no_rule",
            "outside_window",
            "third_party"
        ]
    );
}

#[test]
fn a_failing_case_is_told_what_would_mend_it() {
    let wrong = CASES.replace("auto = \"exact\"", "auto = \"month\"");

    let report = report(&wrong, Depth::Cases);

    let case = report.cases.first().unwrap();
    assert!(!case.passed);
    assert_eq!(case.fixes, ["A-1 is lowered to `summary`"]);
    assert!(
        report
            .plain_english()
            .contains("it would pass, and no other case fail, if A-1 is lowered")
    );
}

#[test]
fn changes_that_no_case_notices_are_listed_with_a_case_that_would() {
    let before = report(CASES, Depth::Mutations).mutation.unwrap();
    assert!(before.noticed_by_cases < before.changes, "{before:?}");
    let mut changes = before.unnoticed.iter().flat_map(|gap| &gap.changes);
    assert!(
        changes.any(|survivor| survivor.rule.as_str() == "X-1" && survivor.change == "is dropped")
    );

    // Every suggestion pasted: each must parse, pass, and notice its change.
    let mut text = CASES.to_owned();
    assert!(before.unnoticed.len() < before.changes - before.noticed_by_cases);
    text.push('\n');
    text.push_str(&before.suggested());
    let after = report(&text, Depth::Mutations);

    assert_eq!(after.failed(), 0, "{}", after.plain_english());
    let mutation = after.mutation.unwrap();
    assert_eq!(
        mutation.noticed_by_cases,
        mutation.changes,
        "{}",
        mutation.plain_english()
    );
    assert_eq!(mutation.changes, before.changes);
    assert!(after.coverage.untouched.is_empty());
}

#[test]
fn boundary_questions_notice_nearly_every_change() {
    let mutation = report(CASES, Depth::Mutations).mutation.unwrap();

    assert!(
        mutation.noticed_at_boundaries * 100 >= mutation.changes * 98,
        "{} of {}",
        mutation.noticed_at_boundaries,
        mutation.changes
    );
    assert!(mutation.noticed_by_either >= mutation.noticed_at_boundaries);
}

#[test]
fn progress_is_told_rule_by_rule() {
    let cases = Cases::parse("cases.toml", CASES, vocabulary()).unwrap();
    let mut told = Vec::new();

    let _ = TestReport::of(
        &set(RULES),
        vocabulary(),
        &cases,
        today(),
        Depth::Mutations,
        &mut |done, all| told.push((done, all)),
    );

    assert_eq!(told.first(), Some(&(1, 7)));
    assert_eq!(told.last(), Some(&(7, 7)));
}

/// A change that is not counted because it makes no difference makes none on any question drawn.
#[test]
fn a_change_that_is_not_counted_makes_no_difference() {
    let text = include_str!("../../../../policies/youth_justice/rules.toml");
    let policy = PolicySet::compile("rules.toml", text, vocabulary()).unwrap();
    let cases = include_str!("../../../../policies/youth_justice/cases.toml");
    let cases = Cases::parse("cases.toml", cases, vocabulary()).unwrap();
    let judge = Judge::new(&policy, vocabulary(), today());
    let results = cases.run(&policy, vocabulary(), today());
    let bench = Bench::new(&judge, &cases, &results);
    let space = policy.space();
    let mut seed = 0x9e37_79b9_u64;
    let mut draw = |bound: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(seed >> 33).unwrap() % bound
    };
    let (mut counted, mut alike) = (0, 0);
    for place in 0..policy.rules().rules.len() {
        for mutant in mutants(policy.rules(), place, vocabulary(), Reach::Every) {
            let trial = bench.trial(&mutant);
            if let Some((point, now, then)) = bench.difference(&trial, &[0; DIMENSIONS]) {
                counted += 1;
                assert_eq!(policy.evaluator().decide(&point, today()), now);
                assert_ne!(now, then, "{} {}", mutant.id, mutant.words);
                continue;
            }
            alike += 1;
            let reached: Vec<usize> = (0..space.fields.len())
                .filter(|field| trial.reaches(*field))
                .collect();
            for _ in 0..300 {
                let mut point = Point {
                    field: reached.get(draw(reached.len())).copied(),
                    words: [0; DIMENSIONS],
                };
                for (word, dimension) in point.words.iter_mut().zip(&space.dimensions) {
                    *word = draw(dimension.len());
                }
                let differs = bench.differs(&trial, &point);
                assert!(
                    differs.is_none(),
                    "{} {}: {point:?}",
                    mutant.id,
                    mutant.words
                );
            }
        }
    }
    assert!(counted > 100 && alike > 0, "{counted} {alike}");
}
