//! What Casbin is asked beside the guard: live rulings, cases, and examples for other Casbins.

use stile_model::vocabulary::Recency;

use super::*;
use crate::sample::{Asked, RULES, compile, file, set, today, vocabulary};

const DATE: &str = "police.domestic_incident.date";

fn opinion(rules: &str) -> (Arc<PolicySet>, SecondOpinion) {
    let policy = Arc::new(set(rules));
    let opinion = SecondOpinion::of(Arc::clone(&policy), today()).unwrap();
    (policy, opinion)
}

#[test]
fn confirms_what_was_served() {
    let (policy, opinion) = opinion(RULES);
    for field in [
        DATE,
        "police.domestic_incident.summary",
        "police.live_investigation.date",
        "police.conviction.no_such_field",
    ] {
        let asked = Asked::of(field);
        let outcome = policy.outcome(&asked.question(), today());
        let spot = policy.spot(&asked.question(), &outcome, today());

        opinion.confirms(&spot).unwrap();
        assert_eq!(
            opinion.rungs(&asked.question()).unwrap(),
            (outcome.auto, outcome.approved)
        );
    }
}

#[test]
fn tells_a_ruling_that_is_wrong_in_either_direction() {
    let (policy, opinion) = opinion(RULES);
    let asked = Asked::of("police.domestic_incident.summary");
    let right = policy.outcome(&asked.question(), today());
    let rungs = |auto, approved| {
        let mut wrong = right;
        (wrong.auto, wrong.approved) = (auto, approved);
        policy.spot(&asked.question(), &wrong, today())
    };
    assert_eq!((right.auto, right.approved), (Rung::Headline, Rung::Detail));

    for (auto, approved) in [
        (Rung::Summary, Rung::Detail),
        (Rung::Detail, Rung::Detail),
        (Rung::Known, Rung::Detail),
        (Rung::Headline, Rung::Summary),
        (Rung::None, Rung::None),
    ] {
        let error = opinion.confirms(&rungs(auto, approved)).unwrap_err();

        assert!(matches!(error, PolicyError::Disagreement { .. }), "{error}");
    }
}

/// Of which Casbin's answers say nothing.
#[test]
fn tells_a_ruling_with_other_approvers_a_seal_or_another_reason() {
    let (policy, opinion) = opinion(RULES);
    let confirms = |field: &str, change: fn(&mut Outcome)| {
        let asked = Asked::of(field);
        let mut outcome = policy.outcome(&asked.question(), today());
        change(&mut outcome);
        opinion.confirms(&policy.spot(&asked.question(), &outcome, today()))
    };
    let (asks, sealed) = (
        "police.domestic_incident.summary",
        "police.live_investigation.date",
    );
    confirms(asks, |_| ()).unwrap();
    confirms(sealed, |_| ()).unwrap();

    assert!(confirms(asks, |outcome| outcome.roles = 0).is_err());
    assert!(confirms(asks, |outcome| outcome.any_of = true).is_err());
    assert!(confirms(asks, |outcome| outcome.granting = None).is_err());
    assert!(confirms(asks, |outcome| outcome.giving = outcome.granting).is_err());
    assert!(confirms(sealed, |outcome| outcome.sealed = false).is_err());
    assert!(confirms(sealed, |outcome| outcome.reason = u16::MAX).is_err());
}

#[test]
fn a_ruling_of_another_policy_is_told() {
    let (policy, _) = opinion(RULES);
    let (_, other) = opinion(&RULES.replace("as = \"exact\"", "as = \"year\""));
    let asked = Asked::of(DATE);
    let outcome = policy.outcome(&asked.question(), today());

    let spot = policy.spot(&asked.question(), &outcome, today());

    assert!(other.confirms(&spot).is_err());
    assert!(!other.is_of(&policy, today()));
}

#[test]
fn past_the_last_day_and_with_nothing_in_force_only_nothing_is_confirmed() {
    let text = format!("until = 2026-11-21\n{}", file(RULES));
    let expired = Arc::new(PolicySet::compile("rules.toml", &text, vocabulary()).unwrap());
    let asked = Asked::of(DATE);
    let mut outcome = expired.outcome(&asked.question(), today());
    let past = SecondOpinion::of(Arc::clone(&expired), today()).unwrap();
    let spot = |outcome: &Outcome| expired.spot(&asked.question(), outcome, today());
    past.confirms(&spot(&outcome)).unwrap();
    outcome.auto = Rung::Known;
    assert!(past.confirms(&spot(&outcome)).is_err());

    let lapsed = "[[rule]]\nid = \"L-1\"\nshare = \"police.domestic_incident.date\"\nas = \"exact\"\nwhen = { within = \"24 months\" }\nwhy = \"x\"\nuntil = 2026-11-21\n";
    let (policy, opinion) = opinion(lapsed);
    let mut outcome = policy.outcome(&asked.question(), today());
    let spot = |outcome: &Outcome| policy.spot(&asked.question(), outcome, today());

    opinion.confirms(&spot(&outcome)).unwrap();
    outcome.approved = Rung::Known;
    assert!(opinion.confirms(&spot(&outcome)).is_err());
}

#[test]
fn examples_hold_both_answers_and_are_thinned() {
    let policy = set(RULES);

    let all = policy.examples(today(), 1, usize::MAX);
    let some = policy.examples(today(), 1, 100);

    assert!(all.len() > 500, "{}", all.len());
    assert!((50..=100).contains(&some.len()), "{}", some.len());
    assert!(all.iter().all(|example| example.request.len() == 13));
    for answer in [true, false] {
        assert!(
            some.iter()
                .filter(|example| example.allowed == answer)
                .count()
                > 10
        );
    }
}

#[test]
fn expectations_of_cases_are_put_to_casbin_itself() {
    let policy = set(RULES);
    let case = |auto: &str| {
        let text = format!(
            "[given]\npurpose = \"s47_enquiry\"\nrecency = \"{}\"\n\n[[case]]\nname = \"a\"\nfield = \"{DATE}\"\nsubject = \"child\"\nauto = \"{auto}\"\n\n[[case]]\nname = \"b\"\nfield = \"police.intelligence.summary\"\notherwise = \"any\"\nat_most = \"none\"\n",
            Recency::To3m.as_str()
        );
        let cases = Cases::parse("cases.toml", &text, vocabulary()).unwrap();
        policy.agrees_with_cases(&cases, vocabulary(), today())
    };

    assert!(case("exact").unwrap() >= 2);
    assert!(matches!(
        case("year"),
        Err(PolicyError::Disagreement { .. })
    ));
}

#[test]
fn a_case_that_caps_too_low_is_told() {
    let policy = compile(RULES).unwrap();
    let text = format!(
        "[[case]]\nname = \"a\"\nfield = \"{DATE}\"\notherwise = \"any\"\nat_most = \"none\"\npurpose = \"s47_enquiry\"\nrecency = \"to_3m\"\nsubject = \"child\"\nconsent = \"given\"\n"
    );
    let cases = Cases::parse("cases.toml", &text, vocabulary()).unwrap();

    let said = policy.agrees_with_cases(&cases, vocabulary(), today());

    assert!(
        matches!(said, Err(PolicyError::Disagreement { .. })),
        "{said:?}"
    );
}
