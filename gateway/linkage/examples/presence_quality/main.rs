//! Measures blind presence as a hub would meet it: who of those held is found, and who of those not
//! held is said to be.
//!
//! ```text
//! cargo run --release -p stile-linkage --example presence_quality [people … | sets]
//! ```
//!
//! Without arguments: the person sets of `tests/fixtures/people`, then 100,000 and 1,000,000 made-up
//! people. Keys are compared as the OPRF's inputs, which agree exactly when the tokens do.

#[path = "../../tests/people/sets.rs"]
#[expect(dead_code, reason = "the sets are read here, and not matched")]
mod sets;

#[expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a wrong place in a table must stop the measuring"
)]
mod people;

use std::collections::HashSet;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

use stile_linkage::presence::{Context, Found, Keys, Tier, keys_of_row, keys_of_subject};
use stile_model::id::MemberId;
use stile_model::subject::{PersonRow, Subject};

/// Queries about made-up people; half are about somebody whom the agency does not hold.
const QUERIES: usize = 20_000;
const SEED: u64 = 20_260_311;

const SETS: [&str; 5] = [
    "febrl3",
    "febrl3_noid",
    "febrl3_noid_open",
    "pp10",
    "pp10_open",
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let context = Context {
        agency: MemberId::new("measured")?,
        epoch: 1,
    };
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let everything = wanted.is_empty();
    println!(
        "| set | people | queries / present | known: recall | with possibly | false known | \
         false in all | strong and weak keys a person | keys a subject p50 / p99 / most |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    if everything || wanted.iter().any(|word| word == "sets") {
        for name in SETS {
            let set = sets::Set::load(name);
            let held: HashSet<&str> = set.people.iter().map(|(who, _)| who.as_str()).collect();
            let tally = Agency::of(&context, set.people.iter().map(|(_, row)| row)).tally(
                set.queries
                    .iter()
                    .map(|asked| (&asked.subject, held.contains(asked.truth.as_str()))),
            );
            println!("{}", tally.row(name));
        }
    }
    let sizes: Vec<usize> = if everything {
        vec![100_000, 1_000_000]
    } else {
        wanted.iter().filter_map(|word| word.parse().ok()).collect()
    };
    for size in sizes {
        let (rows, queries) = people::agency(SEED, size, QUERIES);
        let tally = Agency::of(&context, rows.iter())
            .tally(queries.iter().map(|(subject, held)| (subject, *held)));
        println!("{}", tally.row("made-up people"));
    }
    Ok(())
}

/// The keys of everyone an agency holds.
struct Agency<'a> {
    context: &'a Context,
    people: usize,
    strong: HashSet<u64>,
    weak: HashSet<u64>,
    strong_keys: usize,
    weak_keys: usize,
}

/// What came out.
#[derive(Default)]
struct Tally {
    people: usize,
    strong_keys: usize,
    weak_keys: usize,
    queries: usize,
    present: usize,
    known: usize,
    possibly: usize,
    false_known: usize,
    false_possibly: usize,
    subject_keys: Vec<usize>,
}

impl<'a> Agency<'a> {
    fn of<'r>(context: &'a Context, rows: impl Iterator<Item = &'r PersonRow>) -> Self {
        let mut agency = Self {
            context,
            people: 0,
            strong: HashSet::new(),
            weak: HashSet::new(),
            strong_keys: 0,
            weak_keys: 0,
        };
        for row in rows {
            let keys = keys_of_row(row);
            agency.people += 1;
            agency.strong_keys += keys.count(Tier::Strong);
            agency.weak_keys += keys.count(Tier::Weak);
            for (tier, mark) in agency.marks(&keys) {
                match tier {
                    Tier::Strong => agency.strong.insert(mark),
                    Tier::Weak => agency.weak.insert(mark),
                };
            }
        }
        agency
    }

    fn marks(&self, keys: &Keys) -> Vec<(Tier, u64)> {
        let hasher = BuildHasherDefault::<DefaultHasher>::default();
        keys.inputs(self.context)
            .map(|(tier, input)| (tier, hasher.hash_one(input)))
            .collect()
    }

    fn find(&self, keys: &Keys) -> Found {
        let mut found = Found::Nothing;
        for (tier, mark) in self.marks(keys) {
            found = found.min(match tier {
                Tier::Strong if self.strong.contains(&mark) => Found::Known,
                Tier::Weak if self.weak.contains(&mark) => Found::Possibly,
                Tier::Strong | Tier::Weak => Found::Nothing,
            });
        }
        found
    }

    fn tally<'q>(&self, queries: impl Iterator<Item = (&'q Subject, bool)>) -> Tally {
        let mut tally = Tally {
            people: self.people,
            strong_keys: self.strong_keys,
            weak_keys: self.weak_keys,
            ..Tally::default()
        };
        for (subject, held) in queries {
            let keys = keys_of_subject(subject);
            tally.queries += 1;
            tally.present += usize::from(held);
            let count = keys.count(Tier::Strong) + keys.count(Tier::Weak);
            tally.subject_keys.push(count);
            match (self.find(&keys), held) {
                (Found::Known, true) => tally.known += 1,
                (Found::Known, false) => tally.false_known += 1,
                (Found::Possibly, true) => tally.possibly += 1,
                (Found::Possibly, false) => tally.false_possibly += 1,
                (Found::Nothing, _) => {}
            }
        }
        tally
    }
}

impl Tally {
    fn row(mut self, name: &str) -> String {
        self.subject_keys.sort_unstable();
        let at = |percent: usize| {
            let place = self.subject_keys.len().saturating_sub(1) * percent / 100;
            self.subject_keys.get(place).copied().unwrap_or(0)
        };
        let absent = self.queries - self.present;
        format!(
            "| {name} | {} | {} / {} | {:.3} | {:.3} | {} | {} | {:.1} + {:.1} | {} / {} / {} |",
            self.people,
            self.queries,
            self.present,
            share(self.known, self.present),
            share(self.known + self.possibly, self.present),
            rate(self.false_known, absent),
            rate(self.false_known + self.false_possibly, absent),
            share(self.strong_keys, self.people),
            share(self.weak_keys, self.people),
            at(50),
            at(99),
            at(100),
        )
    }
}

/// A rate of errors, or a dash when no query could have erred.
fn rate(part: usize, of: usize) -> String {
    if of == 0 {
        "–".to_owned()
    } else {
        format!("{:.4}", share(part, of))
    }
}

#[expect(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "counts far below 2^52"
)]
fn share(part: usize, of: usize) -> f64 {
    part as f64 / of.max(1) as f64
}
