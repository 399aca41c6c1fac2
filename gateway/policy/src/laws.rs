//! What holds for any rules: order, monotony, and what is not known.

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use stile_model::code::{ConsentState, Priority, Rung};
use stile_model::id::Code;
use stile_model::vocabulary::{AgeBand, Recency};

use crate::sample::{Asked, compile, set, today};
use crate::set::PolicySet;

const FIELDS: &[&str] = &[
    "police.domestic_incident.date",
    "police.domestic_incident.summary",
    "police.domestic_incident.victim_name",
    "police.missing_episode.date",
];

const GRANTED: &[&str] = &[
    "police.domestic_incident.*",
    "police.domestic_incident.date",
    "police.domestic_incident.summary",
    "police.domestic_incident.victim_name",
];
const CAPPED: &[&str] = &[
    "police.*",
    "police.domestic_incident.*",
    "police.domestic_incident.summary",
];

fn list(key: &'static str, words: &'static [&'static str]) -> impl Strategy<Value = String> {
    let some = subsequence(words, 1..words.len());
    prop_oneof![
        2 => Just(String::new()),
        1 => some.prop_map(move |words| format!(", {key} = {words:?}")),
    ]
}

fn when() -> impl Strategy<Value = String> {
    (
        select(&["6 months", "24 months", "ever"][..]),
        list("purpose", &["s47_enquiry", "threshold_enquiry", "marac"]),
        list("priority", &["red", "amber", "green"]),
        list("consent", &["given", "refused", "not_sought"]),
        list("subject", &["child", "victim", "parent_carer"]),
        list("age", &["age_5_to_9", "age_18_plus"]),
        list("requester", &["researcher", "hub_manager"]),
        list("hub", &["hub-northshire", "hub-southshire"]),
    )
        .prop_map(|(within, a, b, c, d, e, f, g)| {
            format!("when = {{ within = \"{within}\"{a}{b}{c}{d}{e}{f}{g} }}")
        })
}

/// A grant with the id `G-n`.
fn grant(n: usize) -> impl Strategy<Value = String> {
    let target = select(GRANTED);
    (any::<bool>(), target, select(&["known", "headline", "summary"][..]), when()).prop_map(
        move |(ask, target, rung, when)| {
            let (verb, who) =
                if ask { ("ask", "approver = \"detective_inspector\"\n") } else { ("share", "") };
            format!("[[rule]]\nid = \"G-{n}\"\n{verb} = \"{target}\"\nas = \"{rung}\"\n{who}{when}\nwhy = \"x\"\n")
        },
    )
}

/// A cap with the id `C-n`.
fn cap(n: usize) -> impl Strategy<Value = String> {
    let target = select(CAPPED);
    (
        0..3_usize,
        target,
        select(&["none", "known", "headline"][..]),
        when(),
    )
        .prop_map(move |(verb, target, rung, when)| {
            let rest = match verb {
                0 => format!("never_above = \"{target}\"\nas = \"{rung}\""),
                1 => format!("ask_above = \"{target}\"\nas = \"{rung}\"\napprover = \"ig_lead\""),
                _ => format!("seal = \"{target}\""),
            };
            format!("[[rule]]\nid = \"C-{n}\"\n{rest}\n{when}\nwhy = \"x\"\n")
        })
}

fn rules() -> impl Strategy<Value = Vec<String>> {
    (grant(1), grant(2), grant(3), cap(1), cap(2))
        .prop_map(|(a, b, c, d, e)| vec![a, b, c, d, e])
        .prop_flat_map(|rules| subsequence(rules, 1..=5))
        .prop_shuffle()
}

fn asked() -> impl Strategy<Value = Asked> {
    let code = |words: &'static [&'static str]| {
        prop::option::of(select(words).prop_map(|word| Code::new(word).unwrap()))
    };
    (
        select(FIELDS),
        select(
            &[
                "s47_enquiry",
                "threshold_enquiry",
                "marac",
                "early_help",
                "not_a_purpose",
            ][..],
        ),
        prop::option::of(select(Priority::ALL)),
        prop::option::of(select(ConsentState::ALL)),
        code(&["child", "victim", "parent_carer", "sibling"]),
        select(AgeBand::ALL),
        select(Recency::ALL),
        code(&["researcher", "hub_manager", "decision_maker"]),
        prop::option::of(select(
            &["hub-northshire", "hub-southshire", "hub-elsewhere"][..],
        )),
    )
        .prop_map(
            |(field, purpose, priority, consent, subject, age, recency, requester, hub)| Asked {
                field: field.parse().unwrap(),
                purpose: Code::new(purpose).unwrap(),
                priority,
                consent,
                subject,
                age,
                recency,
                requester,
                hub: hub.map(|hub| hub.parse().unwrap()),
            },
        )
}

/// The same question with one thing fewer known.
fn forgetful(asked: &Asked, what: usize) -> Asked {
    let mut less = asked.clone();
    match what {
        0 => less.purpose = Code::new("not_a_purpose").unwrap(),
        1 => less.priority = None,
        2 => less.consent = None,
        3 => less.subject = None,
        4 => less.age = AgeBand::Unknown,
        5 => less.recency = Recency::Unknown,
        6 => less.requester = None,
        _ => less.hub = None,
    }
    less
}

fn rungs(set: &PolicySet, asked: &Asked) -> (Rung, Rung) {
    let decision = asked.of_set(set);
    (decision.auto, decision.approved)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn order_never_matters(rules in rules(), asked in asked()) {
        let mut turned = rules.clone();
        turned.reverse();

        let (one, other) = (set(&rules.concat()), set(&turned.concat()));

        prop_assert_eq!(asked.of_set(&one), asked.of_set(&other));
    }

    #[test]
    fn a_grant_never_reduces(rules in rules(), more in grant(9), asked in asked()) {
        let before = rungs(&set(&rules.concat()), &asked);

        let after = rungs(&set(&format!("{}{more}", rules.concat())), &asked);

        prop_assert!(after.0 >= before.0 && after.1 >= before.1, "{before:?} {after:?}");
    }

    #[test]
    fn a_cap_never_increases(rules in rules(), more in cap(9), asked in asked()) {
        let before = rungs(&set(&rules.concat()), &asked);

        let after = rungs(&set(&format!("{}{more}", rules.concat())), &asked);

        prop_assert!(after.0 <= before.0 && after.1 <= before.1, "{before:?} {after:?}");
    }

    #[test]
    fn what_is_not_known_never_widens(rules in rules(), asked in asked(), what in 0..8_usize) {
        let set = set(&rules.concat());
        let known = asked.of_set(&set);

        let less = forgetful(&asked, what).of_set(&set);

        prop_assert!(less.auto <= known.auto && less.approved <= known.approved);
        prop_assert!(less.sealed || !known.sealed);
    }

    #[test]
    fn the_ruling_served_is_the_one_with_grounds(rules in rules(), asked in asked(), dated in 0..5_usize) {
        let mut rules = rules;
        if let Some(rule) = rules.get_mut(dated) {
            rule.push_str("until = 2026-11-21\n");
        }
        let set = set(&rules.concat());

        let outcome = set.outcome(&asked.question(), today());

        crate::bitset::alike(&set, &outcome, &asked.of_set(&set));
    }

    #[test]
    fn a_decision_is_consistent(rules in rules(), asked in asked()) {
        let decision = asked.of_set(&set(&rules.concat()));

        prop_assert!(decision.auto <= decision.approved);
        prop_assert_eq!(decision.granting.is_some(), decision.auto > Rung::None);
        prop_assert_eq!(decision.giving.is_some(), decision.approved > Rung::None);
        if !decision.is_referred() {
            prop_assert_eq!(&decision.giving, &decision.granting);
        }
        prop_assert!(decision.giving.iter().all(|rule| decision.rules.contains(rule)));
        prop_assert_eq!(decision.is_referred(), !decision.approvers.roles.is_empty());
        prop_assert_eq!(decision.is_referred(), !decision.asking.is_empty());
        if decision.sealed {
            prop_assert_eq!(decision.approved, Rung::None);
            prop_assert_eq!(decision.withhold.as_str(), "no_rule");
        }
    }

    #[test]
    fn time_never_discloses_more(rules in rules(), asked in asked(), dated in 0..5_usize) {
        let mut ending = rules.clone();
        if let Some(rule) = ending.get_mut(dated) {
            rule.push_str("until = 2026-11-21\n");
        }
        let endless = rungs(&set(&rules.concat()), &asked);

        let ended = rungs(&set(&ending.concat()), &asked);

        prop_assert!(ended.0 <= endless.0 && ended.1 <= endless.1);
    }

    #[test]
    fn any_text_is_read_or_refused_with_a_place(text in ".{0,200}") {
        if let Err(error) = compile(&text) {
            prop_assert!(error.to_string().lines().all(|line| line.starts_with("rules.toml:")), "{error}");
        }
    }
}

proptest! {
    // Each case asks Casbin thousands of questions.
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn casbin_agrees_on_any_rules(rules in rules(), seed in any::<u64>()) {
        let text = crate::sample::file(&rules.concat());
        let police = Code::new("police").unwrap();

        let activated = PolicySet::activate("rules.toml", &text, crate::sample::vocabulary(), &police, today(), seed);

        prop_assert!(activated.is_ok(), "{:?}", activated.err());
    }
}
