//! How many small changes of rules the questions on their edges notice.

use std::collections::HashSet;

use stile_model::code::Rung;
use stile_model::id::Code;

use super::*;
use crate::bitset::Bitset;
use crate::mask::Reasons;
use crate::read::parse_rules;
use crate::rules::Verb;
use crate::sample::{RULES, file, set, today, vocabulary};

const SMALL: &str = include_str!("../../../../policies/youth_justice/rules.toml");

/// Rules ready to be asked, over a space that may be another's.
struct Bench {
    rules: Rules,
    evaluator: Evaluator,
    bitset: Bitset,
}

impl Bench {
    fn new(rules: Rules, space: &Space) -> Self {
        let codes: Vec<Code> = vocabulary()
            .withhold_codes
            .iter()
            .map(|term| term.code.clone())
            .collect();
        let evaluator = Evaluator::new(&rules, space, Reasons::among(&codes).unwrap());
        Self {
            bitset: Bitset::new(&rules, space, &evaluator).unwrap(),
            evaluator,
            rules,
        }
    }

    fn rungs(&self, point: &Point) -> (Rung, Rung) {
        let outcome = self.bitset.outcome(point, today());
        (outcome.auto, outcome.approved)
    }
}

#[expect(clippy::too_many_lines, reason = "one list of every kind of change")]
/// Every small change of one rule: a rung more or less, gone, another verb, a word more or fewer in
/// a condition, a condition gone, a wider or narrower target.
fn mutants(rules: &Rules, place: usize, space: &Space) -> Vec<(String, Rules)> {
    let rule = &rules.rules[place];
    let mut changed: Vec<(String, Option<Rule>)> = vec![("gone".to_owned(), None)];
    let mut change = |what: String, alter: &dyn Fn(&mut Rule)| {
        let mut mutant = rule.clone();
        alter(&mut mutant);
        if mutant != *rule {
            changed.push((what, Some(mutant)));
        }
    };
    for rung in Rung::ALL.iter().copied() {
        let (new, old) = (rung, rule.rung);
        let next = Rung::ALL
            .iter()
            .position(|r| *r == new)
            .unwrap()
            .abs_diff(Rung::ALL.iter().position(|r| *r == old).unwrap());
        if next == 1 && rule.verb != Verb::Seal {
            change(format!("rung {new}"), &|rule| rule.rung = new);
        }
    }
    match rule.verb {
        Verb::Ask => change("share".to_owned(), &|rule| rule.verb = Verb::Share),
        Verb::AskAbove => change("never_above".to_owned(), &|rule| {
            rule.verb = Verb::NeverAbove;
        }),
        Verb::NeverAbove => change("ask_above".to_owned(), &|rule| rule.verb = Verb::AskAbove),
        Verb::Share => change("ask".to_owned(), &|rule| rule.verb = Verb::Ask),
        Verb::Seal => {}
    }
    macro_rules! words {
        ($key:ident, $all:expr) => {
            for word in &rule.when.$key {
                change(format!("without {word}"), &|rule| {
                    rule.when.$key.retain(|known| known != word);
                });
            }
            if !rule.when.$key.is_empty() {
                change(format!("any {}", stringify!($key)), &|rule| {
                    rule.when.$key.clear()
                });
                for word in $all {
                    if !rule.when.$key.contains(word) {
                        change(format!("with {word}"), &|rule| {
                            rule.when.$key.push(word.clone())
                        });
                    }
                }
            }
        };
    }
    let codes = |dimension: usize| -> Vec<Code> {
        let words = &space.dimensions[dimension];
        words[..words.len() - 1]
            .iter()
            .map(|word| word.parse().unwrap())
            .collect()
    };
    words!(purpose, &codes(0));
    words!(priority, stile_model::code::Priority::ALL);
    words!(consent, stile_model::code::ConsentState::ALL);
    words!(subject, &codes(3));
    words!(requester, &codes(6));
    if let Some(within) = rule.when.within {
        for band in stile_model::vocabulary::Recency::ALL.iter().copied() {
            if band != within && band != stile_model::vocabulary::Recency::Unknown {
                change(format!("within {}", band.as_str()), &|rule| {
                    rule.when.within = Some(band);
                });
            }
        }
    }
    match &rule.target {
        Target::Agency(_) => {}
        Target::Category(category) => {
            let kind: Code = category.agency_kind().parse().unwrap();
            change("whole agency".to_owned(), &|rule| {
                rule.target = Target::Agency(kind.clone());
            });
        }
        Target::Field(field) => {
            change("whole category".to_owned(), &|rule| {
                rule.target = Target::Category(field.category());
            });
        }
    }
    if !rule.abouts.is_empty() {
        change("about anybody".to_owned(), &|rule| rule.abouts.clear());
    }
    if !rule.kinds.is_empty() {
        change("of any kind".to_owned(), &|rule| rule.kinds.clear());
    }
    changed
        .into_iter()
        .map(|(what, mutant)| {
            let mut other = rules.clone();
            match mutant {
                Some(mutant) => other.rules[place] = mutant,
                None => {
                    other.rules.remove(place);
                }
            }
            (format!("{}: {what}", rule.id), other)
        })
        .collect()
}

/// Do the two differ anywhere? Exact: every cell of the space, one for each class of words that no
/// rule of either tells apart.
fn differ(one: &Bench, other: &Bench, space: &Space) -> bool {
    let mut seen: HashSet<Vec<usize>> = HashSet::new();
    let all: Vec<&Rule> = one.rules.rules.iter().chain(&other.rules.rules).collect();
    for (place, field) in space.fields.iter().enumerate() {
        let fitting: Vec<usize> = (0..all.len()).filter(|n| fits(all[*n], field)).collect();
        if !seen.insert(fitting.clone()) {
            continue;
        }
        let classes: Vec<Vec<usize>> = (0..DIMENSIONS)
            .map(|n| {
                let mut signatures = HashSet::new();
                let masks: Vec<u64> = fitting.iter().map(|r| space.masks(all[*r])[n]).collect();
                (0..space.dimensions[n].len())
                    .filter(|word| {
                        signatures.insert(
                            masks
                                .iter()
                                .map(|mask| mask & bit_of(*word) != 0)
                                .collect::<Vec<_>>(),
                        )
                    })
                    .collect()
            })
            .collect();
        let mut counter = [0; DIMENSIONS];
        loop {
            let mut point = Point {
                field: Some(place),
                words: [0; DIMENSIONS],
            };
            for n in 0..DIMENSIONS {
                point.words[n] = classes[n][counter[n]];
            }
            if one.rungs(&point) != other.rungs(&point) {
                return true;
            }
            let Some(n) = (0..DIMENSIONS).find(|n| counter[*n] + 1 < classes[*n].len()) else {
                break;
            };
            counter[n] += 1;
            counter[..n].fill(0);
        }
    }
    false
}

/// `(noticed, real, questions)` of every mutant of these rules.
fn score(text: &str) -> (usize, usize, usize, Vec<String>) {
    let rules = parse_rules("rules.toml", text, vocabulary()).unwrap();
    let space = Space::new(&rules, vocabulary());
    let bench = Bench::new(rules.clone(), &space);
    let edges = Edges {
        rules: &rules,
        space: &space,
        evaluator: &bench.evaluator,
        on: today(),
    };
    let points = edges.all();
    let now: Vec<(Rung, Rung)> = points.iter().map(|point| bench.rungs(point)).collect();
    let (mut noticed, mut real, mut missed) = (0, 0, Vec::new());
    for place in 0..rules.rules.len() {
        for (what, mutant) in mutants(&rules, place, &space) {
            let mutant = Bench::new(mutant, &space);
            if points
                .iter()
                .zip(&now)
                .any(|(point, now)| mutant.rungs(point) != *now)
            {
                noticed += 1;
                real += 1;
            } else if differ(&bench, &mutant, &space) {
                real += 1;
                missed.push(what);
            }
        }
    }
    (noticed, real, points.len(), missed)
}

#[test]
fn notices_nearly_every_small_change_of_a_rule() {
    for text in [&file(RULES), SMALL] {
        let (noticed, real, questions, missed) = score(text);

        assert!(real > 50, "{real}");
        assert!(
            noticed * 100 >= real * 98,
            "{noticed} of {real} noticed with {questions} questions; not {missed:?}"
        );
    }
}

#[test]
fn steps_over_every_word_of_every_condition() {
    let set = set(RULES);
    let edges = set.edges(today());
    for (place, rule) in set.rules().rules.iter().enumerate() {
        let points = edges.of(place);
        for (n, mask) in edges.space.masks(rule).into_iter().enumerate() {
            let words: HashSet<usize> = points.iter().map(|point| point.words[n]).collect();
            assert!(
                mask == u64::MAX || words.len() == edges.space.dimensions[n].len(),
                "{} {n}",
                rule.id
            );
        }
    }
}

#[test]
fn a_base_is_one_that_the_rule_speaks_of() {
    let set = set(RULES);
    let edges = set.edges(today());
    for (place, rule) in set.rules().rules.iter().enumerate() {
        let bases = edges.bases(place);
        assert!(!bases.is_empty(), "{}", rule.id);
        for base in bases {
            assert!(fits(rule, &edges.space.fields[base.field.unwrap()]));
            for (mask, word) in edges.space.masks(rule).into_iter().zip(base.words) {
                assert!(mask & bit_of(word) != 0, "{}", rule.id);
            }
        }
    }
}

#[test]
fn no_question_of_a_rule_that_is_not_there() {
    let set = set(RULES);

    assert!(set.edges(today()).of(99).is_empty());
    assert!(set.edges(today()).bases(99).is_empty());
}

#[test]
fn the_same_seed_draws_the_same_questions() {
    let set = set(RULES);
    let draw = |seed| set.edges(today()).random(seed, 50).collect::<Vec<_>>();

    assert_eq!(draw(7), draw(7));
    assert_ne!(draw(7), draw(8));
    assert_eq!(Dice::new(1).below(0), 0);
}
