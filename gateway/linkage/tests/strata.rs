//! Made-up families, stratum by stratum: people who look like the subject while the subject is not
//! held, and subjects who are held and written down badly.
//!
//! `cargo test -p stile-linkage --test strata -- --nocapture` prints the tables.

#![expect(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "made-up people, and counts of tests"
)]

#[path = "strata/names.rs"]
mod names;
#[path = "strata/near.rs"]
mod near;
#[path = "strata/world.rs"]
mod world;

use std::sync::LazyLock;

use stile_linkage::{Frequencies, Resolution, Thresholds, resolve};
use stile_model::subject::{Born, PersonRow, Sex, Subject};
use stile_model::time::Date;

use near::{NEAR_MISSES, elsewhere};
use world::{Dice, Human, family, frequencies, numbered};

/// Cases of each stratum.
const CASES: usize = 150;

/// People, and the rows of those whom the agency holds.
struct Base {
    humans: Vec<Human>,
    rows: Vec<(usize, PersonRow)>,
    counted: Frequencies,
    /// The same people as a sample of two hundred times as many.
    large: Frequencies,
}

fn base() -> &'static Base {
    static BASE: LazyLock<Base> = LazyLock::new(|| {
        let mut dice = Dice::new(1948);
        let humans: Vec<Human> = (0..3_500).flat_map(|_| family(&mut dice)).collect();
        let mut rows = Vec::new();
        for (i, human) in humans.iter().enumerate() {
            if dice.of_thousand(500) {
                let row = if dice.of_thousand(700) {
                    numbered(human.row(), &human.nhs)
                } else {
                    human.row()
                };
                rows.push((i, row));
                // Now and then one person is held twice.
                if dice.of_thousand(20) {
                    rows.push((i, human.row()));
                }
            }
        }
        let held: Vec<PersonRow> = rows.iter().map(|(_, row)| row.clone()).collect();
        Base {
            counted: frequencies(&held, 1),
            large: frequencies(&held, 200),
            humans,
            rows,
        }
    });
    &BASE
}

/// What an index would fetch: the home, the name and the birthday of the subject.
fn fetched(base: &Base, like: &Human, without: Option<usize>) -> Vec<(usize, PersonRow)> {
    let near = |row: &PersonRow| {
        let surname = *row.surname.reveal() == like.surname;
        let given = row.forenames.reveal().starts_with(&like.given);
        *row.postcode.reveal() == like.postcode || (surname && given) || row.born == Some(like.born)
    };
    let rows = base.rows.iter().filter(|(i, _)| Some(*i) != without);
    rows.filter(|(_, row)| near(row)).cloned().collect()
}

/// Does anybody else of the made-up people bear this name? Chance meets such names by itself.
fn is_common(base: &Base, human: &Human) -> bool {
    let alike = base.humans.iter();
    let alike = alike.filter(|other| other.given == human.given && other.surname == human.surname);
    alike.count() > 12
}

#[test]
fn nobody_alike_is_taken_for_a_subject_who_is_not_held() {
    let base = base();
    let mut dice = Dice::new(7);
    let mut wrong = Vec::new();
    println!(
        "| somebody alike, the subject not held | cases | false confident | to a person | none |"
    );
    println!("|---|---|---|---|---|");
    for stratum in NEAR_MISSES {
        let [mut confident, mut possible, mut none] = [0; 3];
        while confident + possible + none < CASES {
            let who = dice.below(base.humans.len());
            let human = &base.humans[who];
            if stratum.large && !is_common(base, human) {
                continue;
            }
            let (asked, alike) = (stratum.make)(&mut dice, human);
            let mut rows = fetched(base, human, Some(who));
            rows.insert(dice.below(rows.len() + 1), (usize::MAX, alike));
            let rows: Vec<PersonRow> = rows.into_iter().map(|(_, row)| row).collect();
            let f = if stratum.large {
                &base.large
            } else {
                &base.counted
            };
            match resolve(&asked, &rows, f, &Thresholds::default()) {
                Resolution::Confident(one) => {
                    confident += 1;
                    let sum: Vec<String> = one
                        .waterfall
                        .iter()
                        .map(|weight| {
                            format!("{} {} {:.1}", weight.part, weight.level, weight.bits)
                        })
                        .collect();
                    wrong.push(format!("{}: {}", stratum.name, sum.join("; ")));
                }
                Resolution::Possible(_) => possible += 1,
                Resolution::None { .. } => none += 1,
            }
        }
        let name = stratum.name;
        println!("| {name} | {CASES} | {confident} | {possible} | {none} |");
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// A stratum in which the subject is held, and what an enquiry says is not what is held.
struct Written {
    name: &'static str,
    /// Least share that is confident.
    confident: f64,
    /// Least share that is confident or shown.
    found: f64,
    change: fn(&mut Dice, &Human, &mut Subject),
}

fn slip(dice: &mut Dice, text: &str) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    let place = 1 + dice.below(letters.len() - 2);
    letters.swap(place, place + 1);
    letters.into_iter().collect()
}

fn named(asked: &mut Subject, forenames: &str, surname: &str) {
    asked.names[0].forenames = forenames.into();
    asked.names[0].surname = surname.into();
}

const WRITTEN: &[Written] = &[
    Written {
        name: "as held",
        confident: 0.98,
        found: 1.0,
        change: |_, _, _| {},
    },
    Written {
        name: "slip in the surname",
        confident: 0.9,
        found: 0.99,
        change: |dice, human, asked| {
            let surname = slip(dice, &human.surname);
            named(asked, &human.forenames(), &surname);
        },
    },
    Written {
        name: "slip in the forename",
        confident: 0.5,
        found: 0.97,
        change: |dice, human, asked| {
            let given = slip(dice, &human.given);
            named(asked, &given, &human.surname);
        },
    },
    Written {
        name: "forename and surname swapped",
        confident: 0.5,
        found: 0.97,
        change: |_, human, asked| named(asked, &human.surname, &human.given),
    },
    Written {
        name: "moved",
        confident: 0.9,
        found: 0.99,
        change: |dice, human, asked| asked.addresses = elsewhere(dice, human).subject().addresses,
    },
    Written {
        name: "another surname, same address",
        confident: 0.8,
        found: 0.99,
        change: |dice, human, asked| {
            let surname = family(dice).remove(0).surname;
            named(asked, &human.forenames(), &surname);
        },
    },
    Written {
        name: "moved and another surname",
        confident: 0.0,
        found: 0.6,
        change: |dice, human, asked| {
            let other = family(dice).remove(0);
            asked.addresses = other.subject().addresses;
            named(asked, &human.forenames(), &other.surname);
        },
    },
    Written {
        name: "day and month swapped",
        confident: 0.8,
        found: 0.99,
        change: |_, human, asked| {
            let born = human.born;
            let swapped = Date::new(born.year(), born.day(), born.month()).unwrap_or(born);
            asked.born = Some(Born::Exact(swapped));
        },
    },
    Written {
        name: "year of birth only",
        confident: 0.0,
        found: 0.97,
        change: |_, human, asked| asked.born = Some(Born::Year(human.born.year())),
    },
    Written {
        name: "no date of birth",
        confident: 0.0,
        found: 0.97,
        change: |_, _, asked| asked.born = None,
    },
    Written {
        name: "no forename",
        confident: 0.0,
        found: 0.97,
        change: |_, human, asked| named(asked, "", &human.surname),
    },
    Written {
        name: "no address",
        confident: 0.9,
        found: 0.99,
        change: |_, _, asked| asked.addresses.clear(),
    },
    Written {
        name: "another sex recorded",
        confident: 0.9,
        found: 0.99,
        change: |_, human, asked| {
            asked.sex = Some(if human.sex == Sex::Female {
                Sex::Male
            } else {
                Sex::Female
            });
        },
    },
];

#[test]
fn who_is_held_is_found_however_the_enquiry_is_written() {
    let base = base();
    let mut dice = Dice::new(11);
    let mut weak = Vec::new();
    println!(
        "| the subject is held, enquiry with | cases | confident | to a person | not shown | false confident |"
    );
    println!("|---|---|---|---|---|---|");
    for stratum in WRITTEN {
        let [mut confident, mut possible, mut missed, mut wrong] = [0_usize; 4];
        for _ in 0..CASES {
            let who = base.rows[dice.below(base.rows.len())].0;
            let human = &base.humans[who];
            let mut asked = human.subject();
            (stratum.change)(&mut dice, human, &mut asked);
            let rows = fetched(base, human, None);
            let held: Vec<PersonRow> = rows.iter().map(|(_, row)| row.clone()).collect();
            let is_right = |found: &[usize]| found.iter().all(|row| rows[*row].0 == who);
            match resolve(&asked, &held, &base.counted, &Thresholds::default()) {
                Resolution::Confident(one) if is_right(&one.rows) => confident += 1,
                Resolution::Confident(_) => wrong += 1,
                Resolution::Possible(some) if some.iter().any(|one| is_right(&one.rows)) => {
                    possible += 1;
                }
                Resolution::Possible(_) | Resolution::None { .. } => missed += 1,
            }
        }
        let name = stratum.name;
        println!("| {name} | {CASES} | {confident} | {possible} | {missed} | {wrong} |");
        let share = |part: usize| part as f64 / CASES as f64;
        let low = share(confident) < stratum.confident;
        if wrong > 0 || low || share(confident + possible) < stratum.found {
            weak.push(name);
        }
    }
    assert!(weak.is_empty(), "{weak:?}");
}
