use proptest::prelude::*;
use stile_model::code::{ConsentState, Priority, Rung};
use stile_model::id::Code;
use stile_model::vocabulary::{AgeBand, Recency};

use super::{Said, replay};
use crate::analyse::Effect;
use crate::decide::Decision;
use crate::past::PastEnquiry;
use crate::sample::{RULES, past, set, vocabulary};
use crate::set::PolicySet;

fn many() -> Vec<PastEnquiry> {
    vec![
        past(1, |_| ()),
        past(2, |past| past.priority = Priority::Green),
        past(3, |past| {
            past.purpose = Code::new("threshold_enquiry").unwrap();
        }),
        past(4, |past| {
            past.categories = vec!["police.conviction".parse().unwrap()];
        }),
    ]
}

fn changed(from: &str, to: &str) -> PolicySet {
    let text = RULES.replace(from, to);
    assert_ne!(text, RULES);
    set(&text)
}

#[test]
fn the_same_rules_change_nothing() {
    let (old, past) = (set(RULES), many());

    let same = replay(&old, &old, &past, vocabulary(), 10);

    assert_eq!((same.enquiries, same.different()), (4, 0));
    assert!(same.decisions > 100, "{}", same.decisions);
    assert_eq!(
        same.lines(),
        ["None of 4 past enquiries would be answered differently."]
    );
}

#[test]
fn says_exactly_which_enquiries_a_grant_taken_away_would_change() {
    let new = changed(
        "purpose = [\"s47_enquiry\"], priority = [\"red\", \"amber\"]",
        "purpose = [\"s47_enquiry\"], priority = [\"amber\"]",
    );

    let replay = replay(&set(RULES), &new, &many(), vocabulary(), 10);

    assert_eq!((replay.different(), replay.less, replay.more), (1, 1, 0));
    let one = &replay.changed[0];
    assert_eq!(one.enquiry, many()[0].id);
    assert_eq!(one.effect, Effect::Less);
    let fields: Vec<String> = one.fields.iter().map(ToString::to_string).collect();
    let ages = "(to_3m, to_6m, to_12m, to_24m)";
    let now = "headline at once";
    let then = "detail if duty_safeguarding_sergeant agree (no_rule)";
    assert_eq!(
        fields,
        ["s1", "s2"].map(|subject| format!(
            "police.domestic_incident.summary of {subject} {ages}: {now} (no_rule), not {now}, {then}"
        ))
    );
    assert!(
        replay.lines()[0]
            .starts_with("1 of 4 past enquiries would be answered differently: in 1 less."),
        "{:?}",
        replay.lines()
    );
}

#[test]
fn a_seal_is_less_and_lifting_it_is_not_told_as_less() {
    let sealed = format!(
        "{RULES}\n[[rule]]\nid = \"X-9\"\nseal = \"police.domestic_incident.*\"\nwhy = \"Safety\"\n"
    );
    let (open, sealed) = (set(RULES), set(&sealed));

    let shut = replay(&open, &sealed, &many(), vocabulary(), 10);
    let lifted = replay(&sealed, &open, &many(), vocabulary(), 10);

    assert_eq!((shut.less, shut.more, shut.both), (3, 0, 0));
    assert_eq!((lifted.less, lifted.more, lifted.both), (0, 3, 0));
    assert!(shut.changed[0].fields[0].to.sealed);
}

#[test]
fn other_approvers_are_told_as_both_and_one_fewer_as_more() {
    let others = changed(
        "approver = \"duty_safeguarding_sergeant\"",
        "approver = \"ig_lead\"",
    );
    let two = changed(
        "approver = \"duty_safeguarding_sergeant\"",
        "approvers = [\"duty_safeguarding_sergeant\", \"ig_lead\"]",
    );
    let old = set(RULES);

    assert_eq!(replay(&old, &others, &many(), vocabulary(), 10).both, 1);
    assert_eq!(replay(&old, &two, &many(), vocabulary(), 10).less, 1);
    assert_eq!(replay(&two, &old, &many(), vocabulary(), 10).more, 1);
}

/// Whoever is asked: where others are asked for what once came by itself, and nothing for what once
/// needed agreement, there is only less. The comparison of the rules must judge alike.
#[test]
fn asking_others_for_what_came_by_itself_is_less_here_and_in_the_comparison() {
    let rules = |at_once: &str, asked: &str, approver: &str| {
        let field = "police.domestic_incident.summary";
        let when = "when = { within = \"24 months\" }\nwhy = \"Safety\"";
        set(&format!(
            "[[rule]]\nid = \"A-1\"\nshare = \"{field}\"\nas = \"{at_once}\"\n{when}\n\
             [[rule]]\nid = \"A-2\"\nask = \"{field}\"\nas = \"{asked}\"\napprover = \"{approver}\"\n{when}\n"
        ))
    };
    let old = rules("summary", "detail", "duty_safeguarding_sergeant");
    let new = rules("known", "summary", "ig_lead");

    let fewer = replay(&old, &new, &many(), vocabulary(), 10);
    let compared = crate::analyse::diff(&old, &new, vocabulary(), crate::sample::today());

    assert_eq!((fewer.less, fewer.more, fewer.both), (3, 0, 0));
    assert_eq!(compared.effect(), Effect::Less);
}

#[test]
fn a_category_closed_by_the_agency_is_told_as_less() {
    let closed = crate::sample::file(RULES).replace(
        "sealed_contact",
        "closed = [\"police.domestic_incident\"]\nsealed_contact",
    );
    let closed = PolicySet::compile("rules.toml", &closed, vocabulary()).unwrap();

    let replay = replay(&set(RULES), &closed, &many(), vocabulary(), 10);

    assert_eq!((replay.less, replay.more), (3, 0));
    assert_eq!(replay.changed[0].existence.len(), 1);
}

#[test]
fn lists_no_more_than_wanted_and_counts_the_rest() {
    let none = set(
        "[[rule]]\nid = \"N-1\"\nshare = \"police.missing_episode.risk\"\nas = \"code\"\nwhen = { within = \"3 months\" }\nwhy = \"x\"\n",
    );

    let replay = replay(&set(RULES), &none, &many(), vocabulary(), 2);

    assert_eq!((replay.different(), replay.changed.len()), (3, 2));
    assert_eq!(
        replay.lines().last().unwrap(),
        "and 1 more that are not listed"
    );
}

/// What is withheld by one cap rather than another stays withheld, and the reason told is another.
#[test]
fn another_reason_for_the_same_is_told_and_counted_apart() {
    let capped = |code: &str| {
        set(&format!(
            "{RULES}\n[[rule]]\nid = \"N-1\"\nnever_above = \"police.conviction.*\"\nas = \"none\"\n\
             code = \"{code}\"\nwhy = \"Safety\"\n"
        ))
    };
    let (old, new) = (capped("third_party"), capped("statutory_bar"));

    let told = replay(&old, &new, &many(), vocabulary(), 10);

    assert_eq!((told.different(), told.same), (1, 1));
    assert_eq!((told.more, told.less, told.both), (0, 0, 0));
    let lines = told.lines();
    assert_eq!(
        lines[0],
        "1 of 4 past enquiries would be answered differently: in 1 only the reason told."
    );
    assert!(lines[1].ends_with(": only the reason told"), "{lines:?}");
    assert!(
        lines[2].ends_with(": withheld (statutory_bar), not withheld (third_party)"),
        "{lines:?}"
    );
    let fields = &told.changed[0].fields;
    assert!(fields.iter().all(|field| field.effect == Effect::Same));
}

/// More and less as a person may see them: by who may have agreed, what is released then.
fn effect_of(before: &Decision, after: &Decision) -> Effect {
    let mut roles = before.approvers.roles.clone();
    roles.extend(after.approvers.roles.iter().cloned());
    let released = |decision: &Decision, agreed: usize| {
        let has = |role: &Code| {
            let mut places = roles.iter().enumerate();
            places.any(|(n, known)| known == role && agreed & (1 << n) != 0)
        };
        let mut asked = decision.approvers.roles.iter();
        let enough = if decision.approvers.any_of {
            asked.any(has)
        } else {
            decision.is_referred() && asked.all(has)
        };
        if enough {
            decision.approved
        } else {
            decision.auto
        }
    };
    let both =
        || (0..1 << roles.len()).map(|agreed| (released(before, agreed), released(after, agreed)));
    Effect::of(
        both().any(|(was, is)| is > was) || (before.sealed && !after.sealed),
        both().any(|(was, is)| is < was) || (after.sealed && !before.sealed),
    )
}

proptest! {
    /// What the fast way says is what two rulings asked for one by one say.
    #[test]
    fn agrees_with_ruling_on_every_question_again(
        purpose in prop::sample::select(vec!["s47_enquiry", "threshold_enquiry", "early_help"]),
        priority in prop::sample::select(Priority::ALL.to_vec()),
        consent in prop::sample::select(ConsentState::ALL.to_vec()),
        age in prop::sample::select(AgeBand::ALL.to_vec()),
        role in prop::sample::select(vec!["child", "victim"]),
        months in 1_u16..240,
        drop in 0_usize..7,
    ) {
        let blocks: Vec<&str> = RULES.split("[[rule]]").skip(1).collect();
        let kept = blocks.iter().enumerate().filter(|(n, _)| *n != drop);
        let fewer = kept.fold(String::new(), |text, (_, block)| text + "[[rule]]" + *block);
        let (old, new) = (set(RULES), set(&fewer));
        let one = past(1, |past| {
            past.purpose = Code::new(purpose).unwrap();
            past.priority = priority;
            past.consent = consent;
            past.look_back_months = months;
            past.subjects.truncate(1);
            past.subjects[0].age = age;
            past.subjects[0].role = Code::new(role).unwrap();
        });

        let told = replay(&old, &new, [&one], vocabulary(), 1);

        let on = one.ruled.date();
        let mut expected: Vec<_> = Vec::new();
        for (_, question) in one.questions(vocabulary()) {
            let (before, after) = (old.rule(&question, on), new.rule(&question, on));
            let effect = effect_of(&before, &after);
            let told = after.auto < Rung::Detail && !after.sealed;
            if effect != Effect::Same || (told && before.withhold != after.withhold) {
                let of = |decision: Decision| {
                    (decision.auto, decision.approved, decision.sealed, decision.withhold)
                };
                expected.push((
                    (question.field.to_string(), question.recency, effect.as_str()),
                    of(before),
                    of(after),
                ));
            }
        }
        let of = |said: &Said| (said.auto, said.approved, said.sealed, said.withhold.clone());
        let mut found: Vec<_> = told
            .changed
            .iter()
            .flat_map(|changed| &changed.fields)
            .flat_map(|field| {
                let one = |recency: &Recency| {
                    (
                        (field.field.to_string(), *recency, field.effect.as_str()),
                        of(&field.from),
                        of(&field.to),
                    )
                };
                field.recencies.iter().map(one).collect::<Vec<_>>()
            })
            .collect();
        expected.sort();
        found.sort();
        prop_assert_eq!(found, expected);
        let changed = told.changed.first();
        let together = changed.map(|one| one.fields.iter().map(|field| field.effect).reduce(Effect::and));
        prop_assert_eq!(together.flatten(), changed.map(|one| one.effect));
    }
}
