//! Measures matching on the person sets:
//! `cargo run --release -p stile-linkage --example evaluate -- [--json] [--wrong] [--step N] [SET…]`.
//!
//! Prints one table row per set, then why persons were asked and how well probabilities hold.
//! `--json` prints one line per query instead, `--wrong` also lists who was not found with
//! confidence and for whom a person was asked in vain, by the set's own record ids.

#[path = "../tests/people/sets.rs"]
mod sets;

use sets::Set;
use sets::outcome::{HEADING, Kind, Outcome};
use stile_linkage::Thresholds;

const SETS: [&str; 5] = [
    "febrl3",
    "febrl3_noid",
    "febrl3_noid_open",
    "pp10",
    "pp10_open",
];

/// What was asked for on the command line.
struct Wanted {
    json: bool,
    wrong: bool,
    step: usize,
    sets: Vec<&'static str>,
}

fn wanted() -> Result<Wanted, String> {
    let mut wanted = Wanted {
        json: false,
        wrong: false,
        step: 1,
        sets: Vec::new(),
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--json" => wanted.json = true,
            "--wrong" => wanted.wrong = true,
            "--step" => {
                let step = words.next().and_then(|text| text.parse().ok());
                wanted.step = step
                    .filter(|step| *step > 0)
                    .ok_or("`--step` needs a number from 1")?;
            }
            other => match SETS.iter().find(|name| **name == other) {
                Some(name) => wanted.sets.push(name),
                None => return Err(format!("`{other}` is none of {}", SETS.join(", "))),
            },
        }
    }
    if wanted.sets.is_empty() {
        wanted.sets = SETS.to_vec();
    }
    Ok(wanted)
}

fn main() -> Result<(), String> {
    let wanted = wanted()?;
    if !wanted.json {
        println!("{HEADING}");
    }
    let mut outcomes: Vec<(&str, Outcome)> = Vec::new();
    for name in &wanted.sets {
        let outcome = Set::load(name).run(wanted.step, &Thresholds::default());
        if wanted.json {
            outcome
                .answers
                .iter()
                .for_each(|answer| println!("{}", answer.json(name)));
        } else {
            println!("{}", outcome.row(name));
        }
        outcomes.push((name, outcome));
    }
    if wanted.json {
        return Ok(());
    }
    for (name, outcome) in &outcomes {
        println!(
            "\n## {name}\n\n{}\n{}",
            outcome.reasons(),
            outcome.reliability()
        );
        if wanted.wrong {
            list(outcome);
        }
    }
    Ok(())
}

fn list(outcome: &Outcome) {
    for answer in &outcome.answers {
        let settled = answer.kind == Kind::Confident && answer.top_right();
        if answer.is_false() || answer.is_idle() || (answer.present() && !settled) {
            let word = if answer.is_false() {
                "FALSE"
            } else if answer.is_idle() {
                "in vain"
            } else {
                answer.reason()
            };
            println!(
                "{} {word} {:.4} right {}: {}",
                answer.rec_id,
                answer.probability,
                answer.top_right(),
                answer.waterfall
            );
        }
    }
}
