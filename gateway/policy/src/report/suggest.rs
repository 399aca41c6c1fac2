//! A case to paste: one question with the ruling policy gives today.

use stile_model::code::Rung;

use super::trial::Bench;
use crate::cases::Choice;
use crate::decide::Decision;
use crate::mutate::Mutant;
use crate::space::{ANOTHER_HUB, NAMES, Point};

/// A hub that no rule names, where the cases name none themselves.
const ELSEWHERE: &str = "hub-elsewhere";

/// The text of a `[[case]]` that would notice the mutant; what `[given]` says already is left out.
pub(super) fn case(bench: &Bench<'_>, mutant: &Mutant, point: &Point, now: &Decision) -> String {
    let space = bench.judge.ground.space();
    let field = point.field.and_then(|place| space.fields.get(place));
    let field = field.map_or(String::new(), |field| field.id.to_string());
    let name: String = format!("{} {}: not so", mutant.id, mutant.words)
        .chars()
        .filter(|c| *c != '`')
        .collect();
    let mut lines = vec![
        "[[case]]".to_owned(),
        format!("name = \"{name}\""),
        format!("field = \"{field}\""),
    ];
    for (n, key) in NAMES.iter().enumerate() {
        let place = point.words.get(n).copied().unwrap_or_default();
        let word = space.dimensions.get(n).and_then(|words| words.get(place));
        let given = match bench.given.get(n) {
            Some(Some(Choice::Words(words))) if words.len() == 1 => words.first(),
            _ => None,
        };
        match word {
            Some(_) if given.is_some_and(|given| space.word(n, given) == place) => {}
            Some(word) if word == ANOTHER_HUB => lines.push(format!("{key} = \"{ELSEWHERE}\"")),
            Some(word) => lines.push(format!("{key} = \"{word}\"")),
            None => {}
        }
    }
    ruling(now, &mut lines);
    lines.push(String::new());
    lines.join("\n")
}

fn ruling(now: &Decision, lines: &mut Vec<String>) {
    lines.push(format!("auto = \"{}\"", now.auto));
    if now.approved > now.auto {
        let roles: Vec<String> = now
            .approvers
            .roles
            .iter()
            .map(|role| format!("\"{role}\""))
            .collect();
        lines.push(format!("approved = \"{}\"", now.approved));
        lines.push(format!("approvers = [{}]", roles.join(", ")));
        if now.approvers.any_of {
            lines.push("any_of = true".to_owned());
        }
    }
    if now.sealed {
        lines.push("sealed = true".to_owned());
    }
    if now.auto < Rung::Detail {
        lines.push(format!("withhold = \"{}\"", now.withhold));
    }
}
