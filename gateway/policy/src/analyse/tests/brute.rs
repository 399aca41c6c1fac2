//! The analyses against a plain reading of the same rules: no masks, no classes, no parser. Every
//! question that the generated rules can tell apart is asked, one by one, on every day that matters.

mod plain;

use std::collections::BTreeSet;

use plain::{DAYS, File, Numbers, Question, Ruled, grid, on};

use super::*;

/// Pairs of policies compared.
const PAIRS: u64 = 12;

/// The first days of the periods: on each of them some grant of either file is no longer in force.
fn firsts(files: &[&File]) -> BTreeSet<Date> {
    let grants = files.iter().flat_map(|file| &file.rules);
    let ended = grants
        .filter(|rule| rule.serves() && rule.verb.grants())
        .filter_map(|rule| Some(on(rule.until?).tomorrow().unwrap()));
    ended
        .filter(|day| *day > today())
        .chain([today()])
        .collect()
}

/// Does the box hold the question?
fn holds(change: &Change, question: &Question, first: &str) -> bool {
    let words = |dimension: &str| match dimension {
        "purpose" => question.purpose.to_owned(),
        "consent" => question.consent.to_owned(),
        "subject" => question.subject.to_owned(),
        "recency" => question.recency.as_str().to_owned(),
        "hub" => question.hub.to_owned(),
        "days" => first.to_owned(),
        other => panic!("no rule conditions on `{other}`"),
    };
    let fields = &change.fields;
    fields
        .iter()
        .any(|field| field.as_str() == question.field.id)
        && change.when.iter().all(|own| {
            let word = words(own.dimension);
            own.words.contains(&word)
        })
}

fn compared(seed: u64) {
    let mut numbers = Numbers(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let old = File::made(&mut numbers);
    let new = old.altered(&mut numbers);
    let (before, after) = (old.set(), new.set());
    let found = diff(&before, &after, vocabulary(), today());
    let told = || {
        format!(
            "seed {seed}\n{}\n--- becomes ---\n{}\n{}",
            old.text(),
            new.text(),
            found.plain_english()
        )
    };

    let firsts = firsts(&[&old, &new]);
    let named: BTreeSet<&str> = [&old, &new].iter().flat_map(|file| file.hubs()).collect();
    let days = DAYS.iter().map(|day| on(*day));
    let days: Vec<(Date, String)> = days
        .map(|day| (day, firsts.range(..=day).next_back().unwrap().to_string()))
        .collect();
    let (mut more, mut less) = (false, false);
    for question in grid(&named) {
        for (day, first) in &days {
            let day = *day;
            // As it is in truth, each file's own last day counted.
            let (was, is) = (old.rule(&question, day), new.rule(&question, day));
            more |= was.is_exceeded_by(&is);
            less |= is.is_exceeded_by(&was);
            // Boxes hold what differs while both last.
            let live = |file: &File| file.until.is_none_or(|until| day <= on(until));
            if !live(&old) || !live(&new) {
                continue;
            }
            let held: Vec<&Change> = found
                .changes
                .iter()
                .filter(|change| holds(change, &question, first))
                .collect();
            assert_eq!(
                held.len(),
                usize::from(was != is),
                "{question:?} on {day}: {was:?} {is:?} {held:#?}\n{}",
                told()
            );
            if let [change] = held.as_slice() {
                assert_eq!(
                    (Ruled::of(&change.before), Ruled::of(&change.after)),
                    (was.clone(), is.clone()),
                    "{}",
                    told()
                );
                assert_eq!(
                    (change.effect.is_more(), change.effect.is_less()),
                    (was.is_exceeded_by(&is), is.is_exceeded_by(&was)),
                    "{change:#?}\n{}",
                    told()
                );
                assert!(!change.rules.is_empty(), "{}", told());
            }
        }
    }
    more |= old.closed && !new.closed;
    less |= new.closed && !old.closed;
    let label = found.effect();
    // Never fewer approvers than the truth asks for.
    assert!(label.is_more() || !more, "said {label}\n{}", told());
    assert!(label.is_less() || !less, "said {label}\n{}", told());
    // Files past their last day are compared as if they were renewed.
    let lasts = old.until.is_none_or(|until| on(until) >= today());
    if old.until == new.until && lasts {
        assert_eq!(
            (label.is_more(), label.is_less()),
            (more, less),
            "said {label}\n{}",
            told()
        );
    }
}

#[test]
fn the_label_and_the_boxes_of_a_diff_are_those_of_asking_everything() {
    for seed in 0..PAIRS {
        compared(seed);
    }
}

#[test]
fn what_rules_do_and_who_can_see_are_those_of_asking_everything() {
    for seed in 0..PAIRS {
        studied(seed);
    }
}

fn studied(seed: u64) {
    let mut numbers = Numbers(seed.wrapping_mul(0xD134_2543_DE82_EF95) | 1);
    let mut file = File::made(&mut numbers);
    // A file past its last day is studied as if it were renewed.
    file.until = file.until.filter(|until| on(*until) >= today());
    let policy = file.set();
    let study = study::Study::of(&policy, today()).unwrap();
    let lasts = |day: &Date| file.until.is_none_or(|until| *day <= on(until));
    let days: Vec<Date> = DAYS.iter().map(|day| on(*day)).filter(lasts).collect();
    let questions = grid(&file.hubs().collect());
    let told = || format!("seed {seed}\n{}", file.text());

    for rule in file.rules.iter().filter(|rule| rule.serves()) {
        let without = file.without(&rule.id);
        let (mut matters, mut colours, mut gives) = (false, false, None);
        for question in &questions {
            for day in &days {
                let (with, less) = (file.rule(question, *day), without.rule(question, *day));
                matters |= !with.discloses_as(&less);
                colours |= with.code != less.code;
                if rule.applies(question, *day) {
                    gives = gives.max(Some(rule.rung.min(file.hard(question, *day))));
                }
            }
        }
        let row = study
            .table
            .rows
            .iter()
            .position(|row| row.id.as_str() == rule.id)
            .unwrap();
        let deeds = &study.deeds[row];
        assert_eq!(deeds.matters, matters, "{} {deeds:?}\n{}", rule.id, told());
        assert!(
            matters || deeds.colours == colours,
            "{} {deeds:?}\n{}",
            rule.id,
            told()
        );
        if rule.verb.grants() && !days.is_empty() {
            assert_eq!(deeds.gives, gives, "{} {deeds:?}\n{}", rule.id, told());
        }
    }
    for field in plain::FIELDS.iter() {
        let id = field.id.parse().unwrap();
        let at_least = stile_model::code::Rung::Headline;
        for day in &days {
            let who = who_can(&policy, vocabulary(), &id, at_least, *day).unwrap();
            for question in questions.iter().filter(|question| question.field == *field) {
                let ruled = file.rule(question, *day);
                let held = who.access.iter().filter(|access| {
                    let change = Change {
                        effect: Effect::Same,
                        fields: vec![id.clone()],
                        when: access.when.clone(),
                        in_part: false,
                        before: ruled.answer(),
                        after: ruled.answer(),
                        rules: Vec::new(),
                        questions: 0,
                        text: String::new(),
                    };
                    holds(&change, question, "")
                        && (access.auto, access.approved) == (ruled.auto, ruled.approved)
                });
                assert_eq!(
                    held.count(),
                    usize::from(ruled.approved >= at_least),
                    "{question:?} {day}\n{}\n{}",
                    who.plain_english(),
                    told()
                );
            }
        }
    }
}
