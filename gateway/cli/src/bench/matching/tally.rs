//! What came out for the people asked about: times, rows, and whether it is true.

use std::collections::HashSet;

use stile_linkage::Resolution;
use stile_model::subject::PersonRow;

use super::super::figures::{Laps, head, millis, row};
use super::asked::{Asked, Flaw};
use super::town::person_of;
use crate::output::line;

/// Everything measured in one run.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) expand: Laps,
    pub(super) fetch: Laps,
    pub(super) resolve: Laps,
    pub(super) whole: Laps,
    /// Processor time of this program's thread over one query.
    pub(super) processor: Laps,
    pub(super) floor: Laps,
    rows: Vec<usize>,
    outcomes: Vec<Outcome>,
}

struct Outcome {
    flaw: Flaw,
    held: bool,
    fetched: bool,
    said: Said,
}

/// How a query came out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Said {
    /// Answered, and every row is theirs.
    Answered,
    /// Answered about somebody else.
    Wrong,
    /// A person is asked, and the subject is among those shown.
    Shown,
    /// A person is asked, and the subject is not among those shown.
    InVain,
    /// Nobody.
    Nobody,
}

impl Tally {
    /// Scores one resolution.
    pub(super) fn score(&mut self, asked: &Asked, found: &[PersonRow], resolution: &Resolution) {
        let mut theirs = HashSet::new();
        for (at, row) in found.iter().enumerate() {
            if person_of(row.key.reveal()) == Some(asked.person) {
                theirs.insert(at);
            }
        }
        let said = match resolution {
            Resolution::Confident(one) if one.rows.iter().all(|row| theirs.contains(row)) => {
                Said::Answered
            }
            Resolution::Confident(_) => Said::Wrong,
            Resolution::Possible(some) => {
                let mut rows = some.iter().flat_map(|one| &one.rows);
                if rows.any(|row| theirs.contains(row)) {
                    Said::Shown
                } else {
                    Said::InVain
                }
            }
            Resolution::None { .. } => Said::Nobody,
        };
        self.rows.push(found.len());
        self.outcomes.push(Outcome {
            flaw: asked.flaw,
            held: asked.held,
            fetched: !theirs.is_empty(),
            said,
        });
    }

    /// Cells of the table of times.
    pub(super) fn times(&self) -> Vec<String> {
        let mut rows = self.rows.clone();
        rows.sort_unstable();
        let at = |percent: usize| {
            let rank = (rows.len() * percent).div_ceil(100).max(1);
            rows.get(rank - 1).copied().unwrap_or_default().to_string()
        };
        let mut cells = vec![self.outcomes.len().to_string()];
        for laps in [
            &self.expand,
            &self.fetch,
            &self.resolve,
            &self.whole,
            &self.processor,
        ] {
            cells.push(millis(laps.percentile(50)));
            cells.push(millis(laps.percentile(99)));
        }
        let (floor, fetch) = (self.floor.percentile(50), self.fetch.percentile(50));
        cells.push(millis(floor));
        let ratio = floor.as_secs_f64() / fetch.as_secs_f64().max(1e-9);
        cells.push(format!("{ratio:.3}"));
        cells.extend([at(50), at(99)]);
        cells
    }

    /// Prints how true the outcomes are, for each flaw and for all.
    pub(super) fn show_truth(&self) {
        line("");
        head(&[
            "what the hub knows",
            "held",
            "fetched",
            "confident",
            "confident or possible",
            "not held",
            "a person asked in vain",
            "false confident",
        ]);
        for (flaw, _) in Flaw::ALL {
            self.truth_row(flaw.word(), |outcome| outcome.flaw == flaw);
        }
        self.truth_row("all", |_| true);
    }

    fn truth_row(&self, word: &str, of: impl Fn(&Outcome) -> bool) {
        let all: Vec<&Outcome> = self.outcomes.iter().filter(|each| of(each)).collect();
        let held: Vec<&&Outcome> = all.iter().filter(|each| each.held).collect();
        let share = |part: usize| ratio(part, held.len());
        row(&[
            word.to_owned(),
            held.len().to_string(),
            share(held.iter().filter(|each| each.fetched).count()),
            share(
                held.iter()
                    .filter(|each| each.said == Said::Answered)
                    .count(),
            ),
            share(
                held.iter()
                    .filter(|each| matches!(each.said, Said::Answered | Said::Shown))
                    .count(),
            ),
            (all.len() - held.len()).to_string(),
            all.iter()
                .filter(|each| each.said == Said::InVain)
                .count()
                .to_string(),
            all.iter()
                .filter(|each| each.said == Said::Wrong)
                .count()
                .to_string(),
        ]);
    }
}

/// A share with four decimals.
fn ratio(part: usize, of: usize) -> String {
    let number = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    if of == 0 {
        return "–".to_owned();
    }
    format!("{:.4}", number(part) / number(of))
}
