//! The lean ruling is the full one, for any rules.

use stile_model::code::Rung;

use super::*;
use crate::decide::Decision;
use crate::sample::{Asked, RULES, set, today};
use crate::set::PolicySet;

/// Everything that the lean ruling says, in the words of the full one.
fn same(set: &PolicySet, asked: &Asked) {
    let outcome = set.outcome(&asked.question(), today());
    let decision = asked.of_set(set);

    alike(set, &outcome, &decision);
}

pub fn alike(set: &PolicySet, outcome: &Outcome, decision: &Decision) {
    assert_eq!(outcome.auto, decision.auto);
    assert_eq!(outcome.approved, decision.approved);
    assert_eq!(outcome.sealed, decision.sealed);
    assert_eq!(set.approvers(outcome), decision.approvers);
    assert_eq!(set.reason(outcome), &decision.withhold);
    assert_eq!(set.granting(outcome), decision.granting.as_ref());
    assert_eq!(set.giving(outcome), decision.giving.as_ref());
    assert_eq!(set.asking(outcome), decision.asking.first());
    assert_eq!(outcome.is_referred(), decision.is_referred());
}

#[test]
fn says_what_the_full_ruling_says() {
    let set = set(RULES);
    for field in [
        "police.domestic_incident.date",
        "police.domestic_incident.summary",
        "police.domestic_incident.victim_name",
        "police.live_investigation.date",
        "police.conviction.date",
        "police.conviction.no_such_field",
        "health.maternity.date",
    ] {
        let mut victim = Asked::of(field);
        victim.subject = Some("victim".parse().unwrap());
        same(&set, &Asked::of(field));
        same(&set, &victim);
    }
}

/// A policy past the 64 rules of one machine word, and past those kept on the stack.
#[test]
fn withholds_and_grants_alike_however_many_rules_there_are() {
    for count in [63, 64, 65, 5_000] {
        let rule = |n: usize| {
            let rung = ["known", "headline", "summary"][n % 3];
            let priority = ["red", "amber", "green"][n % 3];
            format!(
                "[[rule]]\nid = \"M-{n}\"\nshare = \"police.domestic_incident.date\"\nas = \"{rung}\"\nwhen = {{ within = \"24 months\", priority = [\"{priority}\"] }}\nwhy = \"x\"\n"
            )
        };
        let rules = (0..count).map(rule).collect::<Vec<_>>().concat();
        let set = set(&rules);
        let asked = Asked::of("police.domestic_incident.date");
        let mut old = asked.clone();
        old.recency = stile_model::vocabulary::Recency::Older;

        assert_eq!(set.outcome(&asked.question(), today()).auto, Rung::Known);
        same(&set, &asked);
        same(&set, &old);
    }
}

#[test]
fn bits_are_those_of_the_span_and_of_both_rows() {
    let (one, other) = ([u64::MAX, 0b1011, 1 << 63], [u64::MAX, 0b1110, u64::MAX]);
    let of = |span: Range<usize>| set_bits(&one, &other, &span).collect::<Vec<_>>();

    assert_eq!(of(62..68), [62, 63, 65, 67]);
    assert_eq!(of(63..64), [63]);
    assert_eq!(of(64..65), [0_usize; 0]);
    assert_eq!(of(128..192), [191]);
    assert_eq!(of(5..5), [0_usize; 0]);
    assert_eq!(set_bits(&one, &[], &(0..64)).count(), 0);
}
