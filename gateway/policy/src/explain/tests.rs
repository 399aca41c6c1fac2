//! What is explained to the holder, and what never to the requester.

use stile_model::code::Priority;

use super::*;
use crate::sample::{Asked, RULES, file, set, today, vocabulary};

const SUMMARY: &str = "police.domestic_incident.summary";

fn trace_of(rules: &str, asked: &Asked) -> Trace {
    explain(&set(rules), vocabulary(), &asked.question(), today())
}

fn trace(asked: &Asked) -> Trace {
    trace_of(RULES, asked)
}

fn ids(applied: &[Applied], decides: bool) -> Vec<&str> {
    applied
        .iter()
        .filter(|applied| applied.decides == decides)
        .map(|applied| applied.rule.as_str())
        .collect()
}

#[test]
fn says_which_rules_apply_and_which_decide() {
    let mut asked = Asked::of(SUMMARY);
    asked.subject = Some(Code::new("victim").unwrap());

    let trace = trace(&asked);

    assert_eq!(ids(&trace.applied, true), ["A-2", "A-3", "C-3"]);
    let said: Vec<&str> = trace
        .applied
        .iter()
        .map(|a| a.contributes.as_str())
        .collect();
    assert_eq!(
        said,
        [
            "grants it as held (`detail`) once the duty safeguarding sergeant agrees",
            "grants a coded category (`headline`), held back to that something is held (`known`) by what follows",
            "holds it to that something is held (`known`) unless the detective inspector, public protection agrees",
        ]
    );
    assert_eq!((trace.auto, trace.approved), (Rung::Known, Rung::Detail));
}

#[test]
fn a_rule_that_applies_without_deciding_is_told_apart() {
    let trace = trace(&Asked::of("police.domestic_incident.date"));

    assert_eq!(ids(&trace.applied, true), ["A-1"]);
    assert_eq!(ids(&trace.applied, false), ["A-3"]);
    assert!(
        trace.applied[1]
            .contributes
            .starts_with("grants only the year")
    );
}

#[test]
fn says_which_grant_nearly_applied_and_why_not() {
    let mut asked = Asked::of(SUMMARY);
    asked.priority = Some(Priority::Green);

    let trace = trace(&asked);

    let near = trace
        .nearly
        .iter()
        .find(|near| near.rule.as_str() == "A-2")
        .unwrap();
    assert_eq!(near.missing, ["the case were rated amber or red"]);
    let cap = trace
        .nearly
        .iter()
        .find(|near| near.rule.as_str() == "C-3")
        .unwrap();
    assert_eq!(cap.missing, ["the person were in the role of victim"]);
    assert!(
        trace
            .plain_english()
            .contains("A-2 would apply if the case were rated amber or red.")
    );
}

#[test]
fn the_hub_is_told_only_where_some_rule_names_one() {
    let asked = Asked::of("police.domestic_incident.date");
    let nameless = RULES.replace("hub = [\"hub-northshire\"], ", "");

    let named = trace(&asked);
    let silent = trace_of(&nameless, &asked);

    assert!(
        named.asked.ends_with("for hub-northshire"),
        "{}",
        named.asked
    );
    assert!(!silent.asked.contains("hub that"), "{}", silent.asked);
    assert_eq!(silent.auto, named.auto);
}

#[test]
fn a_lapsed_grant_is_named_with_its_last_day() {
    let rules = RULES.replacen("why = ", "until = 2026-11-21\nwhy = ", 1);

    let trace = trace_of(&rules, &Asked::of("police.domestic_incident.date"));

    let near = trace
        .nearly
        .iter()
        .find(|near| near.rule.as_str() == "A-1")
        .unwrap();
    assert_eq!(near.missing, ["it had not ended on 2026-11-21"]);
}

#[test]
fn says_what_single_change_would_release_more_or_less() {
    let mut asked = Asked::of(SUMMARY);
    asked.priority = Some(Priority::Green);

    let trace = trace(&asked);

    let more = trace
        .changes
        .iter()
        .find(|change| change.effect == ExplainedEffect::More)
        .unwrap();
    assert_eq!(more.conditions, ["the case were rated amber or red"]);
    assert_eq!((more.auto, more.approved), (Rung::Headline, Rung::Detail));
    let less: Vec<&str> = trace
        .changes
        .iter()
        .filter(|change| change.effect == ExplainedEffect::Less)
        .flat_map(|change| change.conditions.iter().map(String::as_str))
        .collect();
    assert!(
        less.contains(&"the hub were one that no rule names, or the hub were not known"),
        "{less:?}"
    );
}

/// Every single change is tried: whatever the trace says is what policy says.
#[test]
fn every_change_told_is_exact() {
    let set = set(RULES);
    let asked = Asked::of(SUMMARY);
    let trace = explain(&set, vocabulary(), &asked.question(), today());
    let mut expected = 0;
    for (n, dimension) in set.space().dimensions.iter().enumerate() {
        let mut outcomes = Vec::new();
        for word in 0..dimension.len() {
            let mut point = set.space().point(&asked.question());
            point.words[n] = word;
            let then = set.evaluator().decide(&point, today());
            let outcome = (then.auto, then.approved, then.approvers);
            if (then.auto, then.approved) != (trace.auto, trace.approved)
                && !outcomes.contains(&outcome)
            {
                outcomes.push(outcome);
            }
        }
        expected += outcomes.len();
    }

    let singles = trace
        .changes
        .iter()
        .filter(|change| change.conditions.len() == 1)
        .count();
    assert_eq!(singles, expected);
    assert!(expected > 3);
}

#[test]
fn pairs_are_told_where_no_single_change_releases_more() {
    let mut asked = Asked::of("police.domestic_incident.risk");
    asked.hub = None;
    asked.purpose = Code::new("marac").unwrap();

    let trace = trace(&asked);

    let more: Vec<&ExplainedChange> = trace
        .changes
        .iter()
        .filter(|change| change.effect == ExplainedEffect::More)
        .collect();
    assert!(
        !more.is_empty() && more.iter().all(|change| change.conditions.len() == 2),
        "{more:?}"
    );
    assert!(more[0].conditions[1].contains("hub-northshire"), "{more:?}");
}

#[test]
fn says_plainly_that_only_other_rules_would_release_more() {
    let trace = trace(&Asked::of("police.intelligence.summary"));

    assert!(trace.applied.is_empty() && trace.changes.is_empty());
    assert!(
        trace
            .plain_english()
            .contains("that takes a change of the rules")
    );
}

/// The rules of a force that closes intelligence.
fn closing(rules: &str) -> PolicySet {
    let text = format!("closed = [\"police.intelligence\"]\n{}", file(rules));
    PolicySet::compile("rules.toml", &text, vocabulary()).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn tells_the_requester_the_same_of_what_is_sealed_silent_or_closed() {
    let set = closing(RULES);
    let told = |field: &str| {
        let asked = Asked::of(field);
        let trace = explain(&set, vocabulary(), &asked.question(), today());
        (trace.requester.plain_english(), trace)
    };
    let (sealed, sealed_trace) = told("police.live_investigation.summary");
    let (silent, silent_trace) = told("police.conviction.date");
    let (closed, closed_trace) = told("police.intelligence.date");

    assert!(sealed_trace.sealed && !silent_trace.sealed && !closed_trace.sealed);
    assert!(closed_trace.closed && !silent_trace.closed);
    assert_eq!(sealed, silent);
    assert_eq!(sealed, closed);
    assert_eq!(sealed_trace.requester, closed_trace.requester);
}

#[test]
fn withholds_from_the_requester_why_a_closed_category_gives_nothing() {
    // A cap would give `capped` and an old event `outside_window`: either tells that a rule exists.
    let rules = format!(
        "{RULES}\n[[rule]]\nid = \"I-1\"\nask = \"police.intelligence.*\"\nas = \"summary\"\napprover = \"intelligence_manager\"\nwhen = {{ purpose = [\"s47_enquiry\"], within = \"24 months\" }}\nwhy = \"x\"\n[[rule]]\nid = \"I-2\"\nnever_above = \"police.intelligence.*\"\nas = \"none\"\nwhen = {{ priority = [\"green\"] }}\nwhy = \"x\"\n"
    );
    let silent = trace(&Asked::of("police.conviction.date")).requester;
    let mut green = Asked::of("police.intelligence.date");
    green.priority = Some(Priority::Green);
    let mut old = Asked::of("police.intelligence.date");
    old.recency = stile_model::vocabulary::Recency::Older;
    let asked = Asked::of("police.intelligence.date");

    for asked in [green, old, asked] {
        let trace = explain(&closing(&rules), vocabulary(), &asked.question(), today());

        assert_eq!(trace.requester, silent, "{}", trace.plain_english());
    }
}

#[test]
fn withholds_from_the_requester_that_one_field_of_an_open_category_is_sealed() {
    let rules = format!(
        "{RULES}\n[[rule]]\nid = \"X-2\"\nseal = \"police.domestic_incident.location\"\nwhy = \"x\"\n"
    );
    let silent = trace(&Asked::of("police.conviction.date")).requester;
    let third = Asked::of("police.domestic_incident.victim_name");

    // The gateway answers `no_record` for the whole category, so no field of it may say otherwise.
    assert_eq!(trace_of(&rules, &third).requester, silent);
    assert_ne!(trace(&third).requester, silent);
}

#[test]
fn tells_the_requester_nothing_of_rules_approvers_or_rungs() {
    for field in [
        SUMMARY,
        "police.domestic_incident.victim_name",
        "police.domestic_incident.date",
        "police.live_investigation.date",
    ] {
        let trace = trace(&Asked::of(field));
        let text = trace.requester.plain_english();

        for rule in [
            "A-1",
            "A-2",
            "A-3",
            "C-1",
            "C-2",
            "C-3",
            "X-1",
            "sergeant",
            "inspector",
            "seal",
            "closed",
            "rule A",
            "headline",
            "summary",
        ] {
            assert!(!text.contains(rule), "{rule} in {text}");
        }
        assert!(trace.plain_english().ends_with(&text));
    }
}

#[test]
fn an_expired_policy_is_explained_without_its_rules_counting() {
    let text = format!("until = 2026-11-21\n{}", file(RULES));
    let set = PolicySet::compile("rules.toml", &text, vocabulary()).unwrap();
    let asked = Asked::of(SUMMARY);
    let hidden = Asked::of("police.live_investigation.date");

    let trace = explain(&set, vocabulary(), &asked.question(), today());
    let sealed = explain(&set, vocabulary(), &hidden.question(), today());

    assert_eq!(trace.withhold.as_str(), "policy_expired");
    assert!(
        trace
            .applied
            .iter()
            .all(|applied| applied.contributes.starts_with("counts no more"))
    );
    assert_eq!(trace.requester, sealed.requester);
}

#[test]
fn a_field_of_another_agency_is_explained_as_one_no_rule_speaks_of() {
    let trace = trace(&Asked::of("health.maternity.date"));

    assert!(trace.applied.is_empty() && trace.nearly.is_empty() && trace.changes.is_empty());
    assert_eq!(trace.withhold.as_str(), "no_rule");
}

#[test]
fn an_imagined_question_is_put_in_the_words_of_the_vocabulary() {
    let imagined = Imagined {
        field: SUMMARY.to_owned(),
        purpose: "s47_enquiry".to_owned(),
        priority: Some("red".to_owned()),
        consent: Some("unknown".to_owned()),
        subject: Some("child".to_owned()),
        age: Some("age_5_to_9".to_owned()),
        recency: Some("to_3m".to_owned()),
        requester: None,
        hub: Some("hub-northshire".to_owned()),
    };

    let known = imagined.read(vocabulary()).unwrap();
    let decision = set(RULES).rule(&known.question(), today());

    assert_eq!(
        (decision.auto, decision.approved),
        (Rung::Headline, Rung::Detail)
    );
}

#[test]
fn rejects_an_imagined_question_in_other_words_and_says_all_that_is_wrong() {
    let imagined = Imagined {
        field: "police.domestic_incident.sumary".to_owned(),
        purpose: "s47".to_owned(),
        priority: Some("reed".to_owned()),
        age: Some("7".to_owned()),
        hub: Some("Hub North".to_owned()),
        ..Imagined::default()
    };

    let error = imagined.read(vocabulary()).unwrap_err().to_string();

    assert_eq!(error.lines().count(), 5, "{error}");
    assert!(
        error.contains("did you mean `police.domestic_incident.summary`?"),
        "{error}"
    );
    assert!(
        error.contains("`reed` is not a priority; did you mean `red`?"),
        "{error}"
    );
    let none = Imagined {
        field: SUMMARY.to_owned(),
        purpose: "unknown".to_owned(),
        ..Imagined::default()
    };
    assert_eq!(
        none.read(vocabulary()).unwrap_err().to_string(),
        "`purpose` is missing; every question has one"
    );
}
