//! A case to paste: one question with the ruling policy gives today.

use stile_model::code::Rung;

use super::trial::Bench;
use crate::decide::Decision;
use crate::mutate::Mutant;
use crate::space::{ANOTHER_HUB, DIMENSIONS, NAMES, Point};

/// The text of a `[[case]]` that would notice the mutant.
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
    for n in 0..DIMENSIONS {
        let place = point.words.get(n).copied().unwrap_or_default();
        let word = space.dimensions.get(n).and_then(|words| words.get(place));
        if let (Some(key), Some(word)) = (NAMES.get(n), word) {
            // Another hub is any that the rules do not name.
            let word = if word == ANOTHER_HUB {
                "hub-elsewhere"
            } else {
                word
            };
            lines.push(format!("{key} = \"{word}\""));
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
