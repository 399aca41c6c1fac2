//! Small numbers are not shown, nor what they could be worked out from.
//!
//! A table is a row of counts whose total the reader is taken to know, and who is taken to know these
//! very rules:
//!
//! ```text
//! 1  every count of 1 to 4 is hidden
//! 2  while only one is hidden, or the hidden ones are all 1 or all 4 (their sum would say so), the
//!    smallest count that is shown and not 0 is hidden too, with every other of its size
//! 3  where nothing is left to hide, the noughts are hidden too; where there are none of these, the
//!    total itself must not be known
//! ```
//!
//! After that every hidden count has at least two values that fit all that is shown: the hidden ones
//! can change places, or one can be more and another less. Noughts are shown: that nobody is counted
//! says nothing about anybody.
//!
//! **Source:** Office for National Statistics, disclosure control for tables from administrative
//! sources (primary and secondary suppression, small counts under 5).

/// Counts below this, noughts apart, are hidden.
const SMALL: u32 = 5;

/// One count as it may be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cell {
    /// Not shown: small, or a small one could be worked out from it.
    Hidden,
    /// As counted.
    Shown(u32),
}

impl Cell {
    /// The count, where it is shown.
    pub const fn count(self) -> Option<u32> {
        match self {
            Self::Hidden => None,
            Self::Shown(count) => Some(count),
        }
    }
}

/// A row of counts as it may be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppressed {
    /// The counts, in their order.
    pub cells: Vec<Cell>,
    /// May the total be known?
    pub total: Total,
}

/// May the total of a row be known?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Total {
    /// No: from it the hidden counts could be worked out.
    Hidden,
    /// Yes.
    Known,
}

/// Hides what must not be shown of a row whose total is known.
pub fn suppress(counts: &[u32]) -> Suppressed {
    let mut hidden: Vec<bool> = counts
        .iter()
        .map(|&count| (1..SMALL).contains(&count))
        .collect();
    let mut total = Total::Known;
    while is_telling(counts, &hidden) {
        let shown = counts.iter().zip(&hidden);
        let shown = shown.filter(|(count, hidden)| !**hidden && **count > 0);
        if let Some(smallest) = shown.map(|(count, _)| *count).min() {
            for (count, hidden) in counts.iter().zip(&mut hidden) {
                *hidden |= *count == smallest;
            }
            continue;
        }
        if !counts.contains(&0) {
            total = Total::Hidden;
        }
        hidden.fill(true);
        break;
    }
    let cells = counts.iter().zip(hidden);
    let cells = cells.map(|(&count, hidden)| {
        if hidden {
            Cell::Hidden
        } else {
            Cell::Shown(count)
        }
    });
    Suppressed {
        cells: cells.collect(),
        total,
    }
}

/// A row of which nothing may be shown, noughts included: its total must not be known.
pub fn withhold(counts: &[u32]) -> Vec<Cell> {
    vec![Cell::Hidden; counts.len()]
}

/// Could a reader who knows the total work out a hidden count?
fn is_telling(counts: &[u32], hidden: &[bool]) -> bool {
    let all: Vec<u32> = counts
        .iter()
        .zip(hidden)
        .filter(|(_, hidden)| **hidden)
        .map(|(count, _)| *count)
        .collect();
    let Some(first) = all.first() else {
        return false;
    };
    // Small ones that are neither all 1 nor all 4 leave room both ways, whatever their sum.
    let is_level = |wanted: u32| all.iter().all(|count| *count == wanted);
    let small = all.iter().all(|count| *count < SMALL);
    if small {
        all.len() < 2 || is_level(1) || is_level(SMALL - 1)
    } else {
        // With a bigger one among them they can change places; were all alike they could not.
        all.len() < 2 || is_level(*first)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(counts: &[u32]) -> Vec<Option<u32>> {
        suppress(counts)
            .cells
            .iter()
            .map(|cell| cell.count())
            .collect()
    }

    /// Every row of this length and total.
    fn rows(length: usize, total: u32) -> Vec<Vec<u32>> {
        if length == 1 {
            return vec![vec![total]];
        }
        let heads = 0..=total;
        heads
            .flat_map(|head| {
                rows(length - 1, total - head)
                    .into_iter()
                    .map(move |mut row| {
                        row.insert(0, head);
                        row
                    })
            })
            .collect()
    }

    /// Values that each place can have, for a reader who knows the total and the rules.
    fn fitting(counts: &[u32]) -> Vec<std::collections::BTreeSet<u32>> {
        let published = suppress(counts);
        let mut fitting = vec![std::collections::BTreeSet::new(); counts.len()];
        for row in rows(counts.len(), counts.iter().sum()) {
            if suppress(&row) == published {
                for (values, value) in fitting.iter_mut().zip(row) {
                    values.insert(value);
                }
            }
        }
        fitting
    }

    #[test]
    fn small_counts_are_hidden_and_noughts_and_larger_ones_shown() {
        assert_eq!(shown(&[0, 5, 90]), [Some(0), Some(5), Some(90)]);
        assert_eq!(shown(&[2, 3, 90]), [None, None, Some(90)]);
    }

    #[test]
    fn a_single_small_count_takes_the_next_smallest_with_it() {
        assert_eq!(shown(&[3, 7, 20]), [None, None, Some(20)]);
        assert_eq!(shown(&[3, 0, 20]), [None, Some(0), None]);
        assert_eq!(shown(&[3, 9, 9, 20]), [None, None, None, Some(20)]);
    }

    #[test]
    fn counts_that_their_sum_would_tell_take_another_with_them() {
        assert_eq!(shown(&[1, 1, 20, 30]), [None, None, None, Some(30)]);
        assert_eq!(shown(&[4, 4, 20, 30]), [None, None, None, Some(30)]);
    }

    #[test]
    fn where_nothing_is_left_the_noughts_or_the_total_are_hidden() {
        assert_eq!(shown(&[3, 0, 0]), [None, None, None]);
        assert_eq!(suppress(&[3, 0, 0]).total, Total::Known);
        assert_eq!(suppress(&[1, 1, 1, 1, 1]).total, Total::Hidden);
        assert_eq!(suppress(&[3]).total, Total::Hidden);
        assert_eq!(suppress(&[]).total, Total::Known);
    }

    proptest! {
        /// The reader knows the total, what is shown, that hidden counts may be anything, and how
        /// they are chosen: every hidden one still has two values or more.
        #[test]
        fn no_hidden_count_can_be_worked_out_from_the_rest(
            counts in prop::collection::vec(prop_oneof![0u32..6, 0u32..12], 1..5)
        ) {
            let published = suppress(&counts);
            if published.total == Total::Known {
                for (cell, values) in published.cells.iter().zip(fitting(&counts)) {
                    match cell {
                        Cell::Hidden => prop_assert!(values.len() > 1, "{counts:?}: {values:?}"),
                        Cell::Shown(count) => prop_assert!(!(1..SMALL).contains(count)),
                    }
                }
            } else {
                prop_assert!(published.cells.iter().all(|cell| *cell == Cell::Hidden));
            }
        }
    }
}
