//! The sweep against every question asked one by one.

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use stile_model::code::{ConsentState, Priority};
use stile_model::id::{Code, MemberId};
use stile_model::time::Date;
use stile_model::vocabulary::{AgeBand, Recency};

use super::axes::{AXES, Axes, Cube, DAYS, bit};
use super::*;
use crate::sample::{Asked, set, today, vocabulary};
use crate::set::PolicySet;

/// Dated fields of two kinds and a third party's; `social_care` has the undated ones.
const FIELDS: &[&str] = &[
    "police.domestic_incident.date",
    "police.domestic_incident.summary",
    "police.domestic_incident.victim_name",
    "police.missing_episode.date",
];

const TARGETS: &[&str] = &[
    "police.domestic_incident.*",
    "police.domestic_incident.summary",
    "police.domestic_incident.victim_name",
    "police.missing_episode.*",
];

fn list(key: &'static str, words: &'static [&'static str]) -> impl Strategy<Value = String> {
    let some = subsequence(words, 1..=words.len());
    prop_oneof![
        2 => Just(String::new()),
        1 => some.prop_map(move |words| format!(", {key} = {words:?}")),
    ]
}

fn when() -> impl Strategy<Value = String> {
    (
        select(&["3 months", "12 months", "ever"][..]),
        list("purpose", &["s47_enquiry", "early_help"]),
        list("priority", &["red", "amber"]),
        list("consent", &["refused"]),
        list("subject", &["child", "victim"]),
        list("age", &["age_5_to_9"]),
        list("requester", &["researcher"]),
        list("hub", &["hub-northshire", "hub-southshire"]),
    )
        .prop_map(|(within, a, b, c, d, e, f, g)| {
            format!("when = {{ within = \"{within}\"{a}{b}{c}{d}{e}{f}{g} }}\n")
        })
}

/// A rule of any verb with the id `R-n`.
pub(super) fn rule(n: usize) -> BoxedStrategy<String> {
    let approvers = select(
        &[
            "approver = \"detective_inspector\"\n",
            "approver = \"ig_lead\"\n",
            "approvers = [\"detective_inspector\", \"ig_lead\"]\n",
            "approvers = [\"detective_inspector\", \"ig_lead\"]\nany_of = true\n",
        ][..],
    );
    let until = prop_oneof![
        3 => Just(""),
        1 => select(&["until = 2026-11-21\n", "until = 2026-12-31\n", "until = 2027-03-31\n"][..]),
    ];
    let code = prop_oneof![2 => Just(""), 1 => select(&["code = \"safe_address\"\n", "code = \"legal_privilege\"\n"][..])];
    (
        0..9_usize,
        select(TARGETS),
        select(&["known", "headline", "summary"][..]),
        when(),
        approvers,
        until,
        code,
    )
        .prop_map(move |(verb, target, rung, when, approvers, until, code)| {
            let (verb, rest) = match verb {
                0..3 => ("share", format!("as = \"{rung}\"\n{until}")),
                3..5 => ("ask", format!("as = \"{rung}\"\n{approvers}{until}")),
                5..7 => ("never_above", format!("as = \"{rung}\"\n{code}")),
                7 => ("ask_above", format!("as = \"{rung}\"\n{approvers}")),
                _ => ("seal", String::new()),
            };
            format!("[[rule]]\nid = \"R-{n}\"\n{verb} = \"{target}\"\n{rest}{when}why = \"x\"\n")
        })
        .boxed()
}

/// Two policies with rules in common.
fn pair() -> BoxedStrategy<(PolicySet, PolicySet)> {
    let some = || (rule(1), rule(2), rule(3), rule(4), rule(5));
    (some(), some(), any::<[u8; 5]>())
        .prop_map(|(a, b, mix)| {
            let (a, b) = ([a.0, a.1, a.2, a.3, a.4], [b.0, b.1, b.2, b.3, b.4]);
            let mut before = a.concat();
            let mut after = String::new();
            for ((old, new), how) in a.iter().zip(&b).zip(mix) {
                match how % 4 {
                    0 => after.push_str(new),
                    1 => {}
                    _ => after.push_str(old),
                }
            }
            if after.is_empty() {
                after.push_str(&a[0]);
            }
            if mix[0] % 5 == 0 {
                std::mem::swap(&mut before, &mut after);
            }
            (set(&before), set(&after))
        })
        .boxed()
}

const FIRSTS: [(i16, i8, i8); 3] = [(2026, 11, 22), (2027, 1, 1), (2027, 4, 1)];

fn days() -> Vec<Date> {
    FIRSTS
        .iter()
        .map(|(y, m, d)| Date::new(*y, *m, *d).unwrap())
        .collect()
}

/// A word of each class that the generated rules can tell apart, and one that they do not name.
fn asked() -> impl Strategy<Value = Asked> {
    let code = |words: &'static [&'static str]| {
        prop::option::of(select(words).prop_map(|word| Code::new(word).unwrap()))
    };
    (
        select(FIELDS),
        select(&["s47_enquiry", "early_help", "marac", "not_a_purpose"][..]),
        prop::option::of(select(Priority::ALL)),
        prop::option::of(select(ConsentState::ALL)),
        code(&["child", "victim", "sibling"]),
        select(AgeBand::ALL),
        select(Recency::ALL),
        code(&["researcher", "hub_manager"]),
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
                hub: hub.map(|hub| MemberId::new(hub).unwrap()),
            },
        )
}

/// Where a question lies in the space.
fn point(asked: &Asked, on: Date, axes: &Axes) -> [usize; AXES] {
    let word = |text: Option<String>| text.unwrap_or("unknown".to_owned());
    let words = [
        asked.purpose.to_string(),
        word(asked.priority.map(|own| own.to_string())),
        word(asked.consent.map(|own| own.to_string())),
        word(asked.subject.as_ref().map(ToString::to_string)),
        asked.age.as_str().to_owned(),
        asked.recency.as_str().to_owned(),
        word(asked.requester.as_ref().map(ToString::to_string)),
        word(asked.hub.as_ref().map(ToString::to_string)),
    ];
    let mut point = [0; AXES];
    for ((n, (place, word)), known) in point.iter_mut().zip(&words).enumerate().zip(&axes.words) {
        let other = if n == 7 { "another_hub" } else { "unknown" };
        *place = known
            .iter()
            .position(|own| own == word)
            .or(known.iter().position(|own| own == other))
            .unwrap();
    }
    point[DAYS] = axes
        .periods
        .iter()
        .position(|period| period.first <= on && period.last.is_none_or(|last| on <= last))
        .unwrap();
    point
}

/// The word of a dimension at a point.
fn word_at(axes: &Axes, point: &[usize; AXES], dimension: &str) -> String {
    let place = crate::space::NAMES
        .iter()
        .position(|name| *name == dimension)
        .unwrap();
    axes.words[place][point[place]].clone()
}

fn within(cube: &Cube, point: &[usize; AXES]) -> bool {
    cube.iter()
        .zip(point)
        .all(|(mask, place)| mask & bit(*place) != 0)
}

fn answer(policy: &PolicySet, asked: &Asked, on: Date) -> Answer {
    Answer::from(&policy.rule(&asked.question(), on))
}

mod brute;
mod large;
mod matrix;
mod told;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn a_diff_holds_exactly_the_questions_whose_answer_differs(
        (old, new) in pair(),
        questions in prop::collection::vec((asked(), select(days())), 150),
    ) {
        let axes = Axes::spanning(&[&old, &new], today());
        prop_assert_eq!(axes.len(), 1);
        let spots = rows::spots(&[&old, &new]);
        let (table, found) = diff::found(&old, &new, &spots, &axes[0]);

        for (asked, on) in &questions {
            let place = point(asked, *on, &axes[0]);
            let holding: Vec<_> = found
                .parts
                .iter()
                .filter(|found| found.fields.contains(&asked.field) && within(&found.part.cube, &place))
                .collect();
            let (before, after) = (answer(&old, asked, *on), answer(&new, asked, *on));
            if before == after {
                prop_assert!(holding.is_empty(), "{asked:?} on {on}: {before:?}, but {holding:?}");
            } else {
                prop_assert_eq!(holding.len(), 1, "{:?} on {}: {:?} {:?}", asked, on, before, after);
                let (was, is) = &holding[0].part.label;
                prop_assert_eq!(was.answer(&table), before);
                prop_assert_eq!(is.answer(&table), after);
                prop_assert!(!holding[0].in_part && !holding[0].rules.is_empty(), "{:?}", holding);
            }
        }
    }

    #[test]
    fn looking_only_where_changed_rules_reach_finds_what_looking_everywhere_finds((old, new) in pair()) {
        let near = diff(&old, &new, vocabulary(), today());

        let axes = Axes::spanning(&[&old, &new], today()).remove(0);
        let spots = rows::spots(&[&old, &new]);
        let table = rows::Table::new(&old, Some(&new), &spots, &axes);
        let mut everywhere = 0;
        for group in table.groups(&spots) {
            let ground = sweep::Ground::new(&table, &group, &axes);
            let (one, other) = (table.of_policy(&group.rows, 0), table.of_policy(&group.rows, 1));
            let parts = ground.parts(usize::MAX, &|_| false, &mut |newer, now| {
                let before = answer::Sum::of(&table, &group.rows, &now.and(&one))
                    .cell(&table, &group.rows, &newer.and(&one));
                let after = answer::Sum::of(&table, &group.rows, &now.and(&other))
                    .cell(&table, &group.rows, &newer.and(&other));
                (before != after).then_some((before, after))
            });
            let fields = u64::try_from(group.fields.len()).unwrap();
            everywhere += parts.unwrap().iter().map(|part| sweep::size(&part.cube) * fields).sum::<u64>();
        }
        prop_assert_eq!(near.changes.iter().map(|change| change.questions).sum::<u64>(), everywhere);
    }

    #[test]
    fn every_question_lies_in_one_part_with_the_answer_it_gets(
        (policy, _) in pair(),
        questions in prop::collection::vec((asked(), select(days())), 100),
    ) {
        let axes = Axes::spanning(&[&policy], today()).remove(0);
        let spots = rows::spots(&[&policy]);
        let table = rows::Table::new(&policy, None, &spots, &axes);
        for group in table.groups(&spots) {
            let ground = sweep::Ground::new(&table, &group, &axes);
            let parts = ground
                .parts(usize::MAX, &|_| false, &mut |newer, now| {
                    Some(answer::Sum::of(&table, &group.rows, now).cell(&table, &group.rows, newer))
                })
                .unwrap();
            let mut cell = |newer: &bits::Bits, now: &bits::Bits| {
                Some(answer::Sum::of(&table, &group.rows, now).cell(&table, &group.rows, newer))
            };
            // Where the parts are too many to list, the labels told instead are all there are.
            let told = ground.labels(&|_| false, &mut cell);
            let listed: std::collections::BTreeSet<_> = parts.iter().map(|part| &part.label).collect();
            prop_assert_eq!(told.len(), listed.len());
            prop_assert!(told.iter().all(|part| listed.contains(&part.label)));
            prop_assert!(parts.len() < 2 || ground.parts(1, &|_| false, &mut cell).is_none());
            let sizes: u64 = parts.iter().map(|part| sweep::size(&part.cube)).sum();
            prop_assert_eq!(sizes, sweep::size(ground.whole()));
            for (asked, on) in questions.iter().filter(|(asked, _)| group.fields.contains(&asked.field)) {
                let place = point(asked, *on, &axes);
                let part = parts.iter().find(|part| within(&part.cube, &place)).unwrap();
                prop_assert_eq!(part.label.answer(&table), answer(&policy, asked, *on));
            }
        }
    }

    #[test]
    fn a_diff_and_its_reverse_are_opposite((old, new) in pair()) {
        let there = diff(&old, &new, vocabulary(), today());
        let back = diff(&new, &old, vocabulary(), today());

        prop_assert_eq!(there.effect.is_more(), back.effect.is_less());
        prop_assert_eq!(there.effect.is_less(), back.effect.is_more());
        prop_assert_eq!(there.changes.len(), back.changes.len());
    }

    #[test]
    fn a_rule_matters_exactly_where_its_removal_changes_an_answer(rules in (rule(1), rule(2), rule(3), rule(4))) {
        let rules = [rules.0, rules.1, rules.2, rules.3];
        let policy = set(&rules.concat());
        let study = study::Study::of(&policy, today()).unwrap();

        for (n, own) in rules.iter().enumerate() {
            let others: String = rules.iter().filter(|other| *other != own).cloned().collect();
            let removal = diff(&policy, &set(&others), vocabulary(), today());

            let id = format!("R-{}", n + 1);
            let row = study.table.rows.iter().position(|row| row.id.as_str() == id).unwrap();
            let differs = removal.changes.iter().any(|change| change.effect != Effect::Same);
            let colours = removal.changes.iter().any(|change| change.effect == Effect::Same);
            prop_assert_eq!(study.deeds[row].matters, differs, "{}: {:?}", own, study.deeds[row]);
            prop_assert!(differs || study.deeds[row].colours == colours, "{}: {:?}", own, study.deeds[row]);
        }
    }

    #[test]
    fn who_can_see_a_field_is_exactly_who_is_let_in(
        (policy, _) in pair(),
        at_least in select(&[stile_model::code::Rung::Known, stile_model::code::Rung::Headline][..]),
        questions in prop::collection::vec(asked(), 100),
    ) {
        let axes = Axes::on_day(&policy, today());
        for field in FIELDS {
            let id = field.parse().unwrap();
            let who = who_can(&policy, vocabulary(), &id, at_least, today()).unwrap();
            for asked in questions.iter().filter(|asked| asked.field == id) {
                let decision = asked.of_set(&policy);
                let place = point(asked, today(), &axes);
                let holds = |access: &&Access| access.when.iter().all(|own| own.words.contains(&word_at(&axes, &place, own.dimension)));
                let found: Vec<_> = who.access.iter().filter(holds).collect();
                prop_assert_eq!(found.len(), usize::from(decision.approved >= at_least), "{:?} {:?}", asked, who.access);
                if let [access] = found.as_slice() {
                    prop_assert_eq!((access.auto, access.approved, &access.approvers), (decision.auto, decision.approved, &decision.approvers));
                }
            }
        }
    }

    #[test]
    fn a_policy_differs_in_nothing_from_itself((policy, _) in pair()) {
        let same = diff(&policy, &policy, vocabulary(), today());

        prop_assert!(same.is_empty() && same.rules.is_empty());
        prop_assert_eq!(same.effect(), Effect::Same);
    }
}
