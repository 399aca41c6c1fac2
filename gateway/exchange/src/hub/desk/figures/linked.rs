//! Tables that count the same cases, hidden together.
//!
//! ```text
//! received = decided + undecided = all referrers
//! decided  = in time + late      = all outcomes
//! undecided = running + overdue
//! ```
//!
//! Every table whose cells add up to a number tells that number, and the number tells a cell that a
//! table hides. So a table is shown only while its total may be known, and a total only while no table
//! forbids it.

use super::suppress::{Cell, Total, suppress, withhold};

/// What was counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Counted {
    /// Decided cases, by rating and whether in time.
    pub(super) ended: Vec<u32>,
    /// Undecided cases, by rating and whether overdue.
    pub(super) standing: Vec<u32>,
    /// Decided cases, by outcome.
    pub(super) outcomes: Vec<u32>,
    /// All cases, by kind of referrer.
    pub(super) referrers: Vec<u32>,
}

/// What may be shown of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Shown {
    pub(super) received: Cell,
    pub(super) decided: Cell,
    pub(super) undecided: Cell,
    pub(super) ended: Vec<Cell>,
    pub(super) standing: Vec<Cell>,
    pub(super) outcomes: Vec<Cell>,
    pub(super) referrers: Vec<Cell>,
}

impl Counted {
    /// Hides what must not be shown.
    pub(super) fn shown(&self) -> Shown {
        let halves = [&self.ended, &self.standing].map(|table| table.iter().sum::<u32>());
        let received = halves.iter().sum();
        let received_known =
            is_large(received) && may_be_known(&halves) && may_be_known(&self.referrers);
        let split = shown_if(received_known, &halves);
        let [decided, undecided] = [0, 1].map(|half| split.get(half).copied());
        // Where one half must not be known, the other would tell it.
        let halves_known = received_known
            && split.iter().all(|cell| *cell != Cell::Hidden)
            && [&self.ended, &self.standing, &self.outcomes]
                .into_iter()
                .all(|table| may_be_known(table));
        let half = |cell: Option<Cell>| cell.filter(|_| halves_known).unwrap_or(Cell::Hidden);
        Shown {
            received: if received_known {
                Cell::Shown(received)
            } else {
                Cell::Hidden
            },
            decided: half(decided),
            undecided: half(undecided),
            ended: shown_if(halves_known, &self.ended),
            standing: shown_if(halves_known, &self.standing),
            outcomes: shown_if(halves_known, &self.outcomes),
            referrers: shown_if(received_known, &self.referrers),
        }
    }
}

/// The row, where its total may be known; otherwise nothing of it.
pub(super) fn shown_if(is_known: bool, counts: &[u32]) -> Vec<Cell> {
    if is_known {
        suppress(counts).cells
    } else {
        withhold(counts)
    }
}

pub(super) fn may_be_known(counts: &[u32]) -> bool {
    suppress(counts).total == Total::Known
}

/// Is a total none or large enough to be shown by itself?
pub(super) fn is_large(total: u32) -> bool {
    total == 0 || total >= 5
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, HashMap};

    use super::*;

    /// Most cases that a reader guesses at.
    const MOST: u32 = 12;

    fn pairs(total: u32) -> impl Iterator<Item = Vec<u32>> {
        (0..=total).map(move |one| vec![one, total - one])
    }

    /// Everything that could have been counted.
    fn possible() -> impl Iterator<Item = Counted> {
        let halves = (0..=MOST).flat_map(|all| (0..=all).map(move |done| (all, done)));
        halves.flat_map(|(all, done)| {
            pairs(done).flat_map(move |ended| {
                pairs(all - done).flat_map(move |standing| {
                    let ended = ended.clone();
                    pairs(done).flat_map(move |outcomes| {
                        let (ended, standing) = (ended.clone(), standing.clone());
                        pairs(all).map(move |referrers| Counted {
                            ended: ended.clone(),
                            standing: standing.clone(),
                            outcomes: outcomes.clone(),
                            referrers,
                        })
                    })
                })
            })
        })
    }

    /// Each count with its cell, totals included.
    fn cells(counted: &Counted, shown: &Shown) -> Vec<(u32, Cell)> {
        let done = counted.ended.iter().sum();
        let left = counted.standing.iter().sum();
        let totals = [
            (done + left, shown.received),
            (done, shown.decided),
            (left, shown.undecided),
        ];
        let tables = [
            (&counted.ended, &shown.ended),
            (&counted.standing, &shown.standing),
            (&counted.outcomes, &shown.outcomes),
            (&counted.referrers, &shown.referrers),
        ];
        let rows = tables
            .into_iter()
            .flat_map(|(counts, cells)| counts.iter().copied().zip(cells.iter().copied()));
        totals.into_iter().chain(rows).collect()
    }

    /// The reader sees every table, knows which add up to what and how counts are hidden: every
    /// hidden one still has two values or more, and no small one is shown.
    #[test]
    fn no_hidden_count_can_be_worked_out_from_all_tables_together() {
        let mut fitting: HashMap<Shown, Vec<BTreeSet<u32>>> = HashMap::new();
        for counted in possible() {
            let shown = counted.shown();
            let counts = cells(&counted, &shown);
            let values = fitting
                .entry(shown)
                .or_insert_with(|| vec![BTreeSet::new(); counts.len()]);
            for (values, (count, _)) in values.iter_mut().zip(counts) {
                values.insert(count);
            }
        }

        // Of the largest guesses the reader would have to think further than was listed here.
        for counted in possible().filter(|one| one.referrers.iter().sum::<u32>() < MOST - 1) {
            let shown = counted.shown();
            for ((_, cell), values) in cells(&counted, &shown).into_iter().zip(&fitting[&shown]) {
                match cell {
                    Cell::Hidden => assert!(values.len() > 1, "{counted:?} {shown:?}"),
                    Cell::Shown(count) => assert!(!(1..5).contains(&count)),
                }
            }
        }
    }

    #[test]
    fn a_handful_shows_nothing_and_many_show_everything() {
        let of = |count: u32| Counted {
            ended: vec![count, count],
            standing: vec![count, count],
            outcomes: vec![count, count],
            referrers: vec![count, 3 * count],
        };

        let (few, many) = (of(1).shown(), of(9).shown());

        assert!(
            cells(&of(1), &few)
                .iter()
                .all(|(_, cell)| *cell == Cell::Hidden)
        );
        let shown = |(count, cell): &(u32, Cell)| *cell == Cell::Shown(*count);
        assert!(cells(&of(9), &many).iter().all(shown));
    }
}
