//! How long a case is kept after it closed, by what became of it.

use std::collections::BTreeMap;

use jiff::Span;
use stile_model::id::Code;
use stile_model::time::Date;
use stile_model::vocabulary::Vocabulary;

/// Months each outcome is kept after closing; the longest for every other, and where none is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    longest: u32,
    by_outcome: BTreeMap<Code, u32>,
}

/// The schedule in a configuration file is not one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// The longest period is out of range.
    #[error("`longest_months` must be 1 to 1200")]
    Longest,
    /// A period is out of range.
    #[error("`months.{0}` must be 1 to `longest_months`")]
    Months(Code),
    /// The outcome is not one of the partnership's.
    #[error("`months.{0}` is not an outcome of the vocabulary")]
    Outcome(Code),
}

impl Schedule {
    /// 35 years: the period upheld in C v Northumberland County Council \[2015\] EWHC 2134 (Admin).
    pub const USUAL_LONGEST: u32 = 420;

    /// Takes the periods in months.
    ///
    /// # Errors
    ///
    /// Names the key that is out of range.
    pub fn new(longest: u32, by_outcome: BTreeMap<Code, u32>) -> Result<Self, ScheduleError> {
        if !(1..=1_200).contains(&longest) {
            return Err(ScheduleError::Longest);
        }
        for (outcome, months) in &by_outcome {
            if !(1..=longest).contains(months) {
                return Err(ScheduleError::Months(outcome.clone()));
            }
        }
        Ok(Self {
            longest,
            by_outcome,
        })
    }

    /// Refuses a period for an outcome that the partnership does not know: it would never apply.
    ///
    /// # Errors
    ///
    /// Names the outcome.
    pub fn check(&self, vocabulary: &Vocabulary) -> Result<(), ScheduleError> {
        let unknown = self
            .by_outcome
            .keys()
            .find(|outcome| !Vocabulary::has(&vocabulary.outcomes, outcome));
        unknown.map_or(Ok(()), |outcome| {
            Err(ScheduleError::Outcome(outcome.clone()))
        })
    }

    /// Months a case with this outcome is kept.
    pub fn months(&self, outcome: Option<&Code>) -> u32 {
        outcome
            .and_then(|outcome| self.by_outcome.get(outcome))
            .copied()
            .unwrap_or(self.longest)
    }

    /// The first day on which a case that closed on `from` may be erased; `None` beyond the year 9999.
    pub fn due(&self, from: Date, outcome: Option<&Code>) -> Option<Date> {
        let months = i64::from(self.months(outcome));
        from.checked_add(Span::new().months(months))
            .and_then(Date::tomorrow)
            .ok()
    }
}

impl Default for Schedule {
    fn default() -> Self {
        Self {
            longest: Self::USUAL_LONGEST,
            by_outcome: BTreeMap::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(word: &str) -> Code {
        Code::new(word).unwrap()
    }

    fn schedule() -> Schedule {
        Schedule::new(420, BTreeMap::from([(outcome("advice"), 12)])).unwrap()
    }

    #[test]
    fn case_is_due_the_day_after_its_period() {
        let from = "2026-02-28".parse().unwrap();

        let due = schedule().due(from, Some(&outcome("advice")));

        assert_eq!(due, Some("2027-03-01".parse().unwrap()));
    }

    #[test]
    fn unknown_or_missing_outcome_is_kept_longest() {
        let from = "2026-01-31".parse().unwrap();

        for known in [None, Some(outcome("marac"))] {
            let due = schedule().due(from, known.as_ref());
            assert_eq!(due, Some("2061-02-01".parse().unwrap()));
        }
        assert_eq!(Schedule::default().months(Some(&outcome("advice"))), 420);
    }

    #[test]
    fn refuses_periods_out_of_range() {
        let of =
            |longest, months| Schedule::new(longest, BTreeMap::from([(outcome("advice"), months)]));

        assert_eq!(of(0, 1), Err(ScheduleError::Longest));
        assert_eq!(of(1_201, 1), Err(ScheduleError::Longest));
        assert_eq!(of(24, 0), Err(ScheduleError::Months(outcome("advice"))));
        assert_eq!(of(24, 25), Err(ScheduleError::Months(outcome("advice"))));
        assert!(of(24, 24).is_ok());
    }

    #[test]
    fn day_beyond_the_calendar_is_never_due() {
        assert_eq!(schedule().due("9990-01-01".parse().unwrap(), None), None);
    }
}
