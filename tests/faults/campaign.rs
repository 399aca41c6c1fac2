//! What every fault has in common: lives of stores, rounds, and what is counted.

use std::fmt::Write as _;
use std::path::PathBuf;

use crate::book::{Book, Broken};
use crate::dice::Dice;
use crate::scene::{Ran, Scene};
use crate::shim::Shim;

/// How a campaign was asked for.
pub struct Campaign {
    /// The compiled shim.
    pub shim: Shim,
    /// Where the numbers come from.
    pub seed: u64,
    /// The first life to run; every life draws its numbers from the seed and its own number.
    pub first: u64,
    /// Look at a part of the places only.
    pub slice: bool,
}

/// One row of the result.
#[derive(Debug, Clone, Default)]
pub struct Row {
    /// What was done.
    pub fault: &'static str,
    /// How often.
    pub rounds: u64,
    /// Entries acknowledged in all.
    pub acknowledged: u64,
    /// Acknowledged entries that were not there afterwards.
    pub lost: u64,
    /// Changes by another hand that verification named.
    pub caught: u64,
    /// Openings or commits that were refused, as they should be.
    pub refused: u64,
    /// Torn tails cut and indexes rebuilt.
    pub repaired: u64,
    /// What was left out, and why.
    pub skipped: Option<String>,
}

impl Row {
    /// A row without rounds.
    pub fn of(fault: &'static str) -> Self {
        Self {
            fault,
            ..Self::default()
        }
    }
}

/// A promise that did not hold.
#[derive(Debug)]
pub struct Violation {
    /// In which life.
    pub life: u64,
    /// What is broken.
    pub words: String,
    /// The folder as it was found.
    pub folder: Option<PathBuf>,
}

impl Campaign {
    /// The numbers of one life.
    pub fn dice(&self, fault: &str, life: u64) -> Dice {
        Dice::of(self.seed, fault, life)
    }

    /// Runs `each` with a fresh store again and again until the row has its rounds.
    ///
    /// # Errors
    ///
    /// The first promise that does not hold; the store's folder is kept.
    pub fn lives(
        &self,
        mut row: Row,
        rounds: u64,
        mut each: impl FnMut(&mut Scene<'_>, &mut Book, &mut Dice, &mut Row) -> Result<(), Broken>,
    ) -> Result<Row, Violation> {
        let mut life = self.first;
        let mut told = 0;
        while row.rounds < rounds {
            let mut dice = self.dice(row.fault, life);
            let (mut scene, mut book) = (Scene::new(&self.shim), Book::default());
            let lived = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                each(&mut scene, &mut book, &mut dice, &mut row)
            }));
            let words = match lived {
                Ok(Ok(())) => {
                    row.acknowledged += book.acknowledged();
                    life += 1;
                    if row.rounds >= told + rounds.div_ceil(10) {
                        told = row.rounds;
                        println!("  {}: {told} of {rounds} rounds", row.fault);
                    }
                    continue;
                }
                Ok(Err(words)) => words,
                Err(panic) => words_of(&*panic),
            };
            let folder = Some(scene.keep());
            return Err(Violation {
                life,
                words,
                folder,
            });
        }
        Ok(row)
    }
}

fn words_of(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    format!("panic: {}", text.unwrap_or("without words"))
}

/// Checks the folder of `scene` and counts what opening repaired.
///
/// # Errors
///
/// The promise that does not hold.
pub fn check(scene: &Scene<'_>, book: &Book, row: &mut Row) -> Result<(), Broken> {
    let kept = book.check(&scene.store())?;
    row.repaired += u64::from(kept.torn) + u64::from(kept.rebuilt);
    Ok(())
}

/// A worker may be killed, end its work, or stop because its store failed; nothing else.
///
/// # Errors
///
/// When it ended in any other way.
pub fn ended_well(ran: &Ran, faulty: bool) -> Result<(), Broken> {
    let said =
        || String::from_utf8_lossy(&ran.said[ran.said.len().saturating_sub(300)..]).into_owned();
    match ran.code {
        None | Some(0) => Ok(()),
        Some(4 | 5) if faulty => Ok(()),
        Some(code) => Err(format!("a worker ended with {code}: {}", said())),
    }
}

/// The rows as a table: for people, or in Markdown.
pub fn table(rows: &[Row], markdown: bool) -> String {
    let heads = [
        "fault",
        "rounds",
        "acknowledged",
        "lost",
        "caught",
        "refused",
        "repaired",
    ];
    let mut lines: Vec<Vec<String>> = vec![heads.map(str::to_owned).to_vec()];
    for row in rows {
        let numbers = [
            row.rounds,
            row.acknowledged,
            row.lost,
            row.caught,
            row.refused,
            row.repaired,
        ];
        let mut line = vec![row.fault.to_owned()];
        line.extend(numbers.map(|number| number.to_string()));
        lines.push(line);
    }
    let widths: Vec<_> = (0..heads.len())
        .map(|column| {
            lines
                .iter()
                .map(|line| line[column].len())
                .max()
                .unwrap_or(0)
        })
        .collect();
    let mut text = String::new();
    for (number, line) in lines.iter().enumerate() {
        let cells = line
            .iter()
            .zip(&widths)
            .enumerate()
            .map(|(column, (cell, width))| {
                if column == 0 {
                    format!("{cell:<width$}")
                } else {
                    format!("{cell:>width$}")
                }
            });
        let cells: Vec<_> = cells.collect();
        if markdown {
            let _ = writeln!(text, "| {} |", cells.join(" | "));
            if number == 0 {
                let rule = widths.iter().enumerate().map(|(column, width)| {
                    let end = if column == 0 { "-" } else { ":" };
                    format!("{}{end}", "-".repeat(width - 1))
                });
                let _ = writeln!(text, "| {} |", rule.collect::<Vec<_>>().join(" | "));
            }
        } else {
            let _ = writeln!(text, "{}", cells.join("  "));
        }
    }
    text
}
