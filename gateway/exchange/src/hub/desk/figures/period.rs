//! The periods of figures: whole, of one length, one after the other.
//!
//! ```text
//! | January | February | March |      a hub counts months, or quarters, or years
//!                              └ 7 days ┘ counted as it stood here, and never otherwise
//! ```
//!
//! Whoever may choose any two days takes one count from another and has the cases of a single day. Whole
//! periods of one length have no case in common, so nothing can be taken from anything; and because a
//! period is counted as it stood at one moment, nor can yesterday's figures from today's.

use jiff::Span;
use jiff::civil::Date;
use stile_model::time::Timestamp;

use crate::hub::calendar::{uk_date, uk_instant};

/// Days after its end at which a period is counted.
const SETTLES_AFTER_DAYS: i64 = 7;

/// How long the periods of a hub are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Every {
    /// A month of the calendar.
    #[default]
    Month,
    /// January to March, and so on.
    Quarter,
    /// A year of the calendar.
    Year,
}

impl Every {
    /// Its word in the configuration: `month`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
        }
    }

    /// The length of this word.
    pub fn of_word(word: &str) -> Option<Self> {
        let all = [Self::Month, Self::Quarter, Self::Year];
        all.into_iter().find(|one| one.word() == word)
    }

    const fn months(self) -> i8 {
        match self {
            Self::Month => 1,
            Self::Quarter => 3,
            Self::Year => 12,
        }
    }

    /// How many periods are offered: about two years of them, and four whole years.
    const fn offered(self) -> usize {
        match self {
            Self::Month => 24,
            Self::Quarter => 8,
            Self::Year => 4,
        }
    }
}

/// A whole period: a case counts on the day on which it reached the hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    from: Date,
    until: Date,
}

impl Period {
    /// The period in which this day lies.
    pub fn of(every: Every, day: Date) -> Self {
        let months = every.months();
        let first = (day.month() - 1) / months * months + 1;
        let from = Date::new(day.year(), first, 1).unwrap_or(day);
        let next = from.saturating_add(Span::new().months(months));
        Self {
            from,
            until: next.saturating_sub(Span::new().days(1)),
        }
    }

    /// Its first day.
    pub const fn from(self) -> Date {
        self.from
    }

    /// Its last day.
    pub const fn until(self) -> Date {
        self.until
    }

    /// The moment as of which it is counted.
    pub fn counted_at(self) -> Timestamp {
        let after = Span::new().days(SETTLES_AFTER_DAYS + 1);
        let day = self.until.saturating_add(after);
        uk_instant(day.to_datetime(jiff::civil::Time::midnight()))
    }

    /// Those that can be counted now, the newest first.
    pub fn offered(every: Every, now: Timestamp) -> Vec<Self> {
        let running = Self::of(every, uk_date(now));
        let before = std::iter::successors(Some(running), |one| {
            let eve = one.from.saturating_sub(Span::new().days(1));
            Some(Self::of(every, eve))
        });
        let over = before.filter(|one| one.counted_at() <= now);
        over.take(every.offered()).collect()
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    const ALL: [Every; 3] = [Every::Month, Every::Quarter, Every::Year];

    #[test]
    fn periods_are_whole_months_quarters_and_years_of_the_calendar() {
        let day = date(2024, 2, 29);
        let of = |every| {
            let one = Period::of(every, day);
            (one.from, one.until)
        };

        assert_eq!(of(Every::Month), (date(2024, 2, 1), date(2024, 2, 29)));
        assert_eq!(of(Every::Quarter), (date(2024, 1, 1), date(2024, 3, 31)));
        assert_eq!(of(Every::Year), (date(2024, 1, 1), date(2024, 12, 31)));
    }

    #[test]
    fn a_period_is_not_offered_before_seven_whole_days_have_gone_since() {
        let early: Timestamp = "2026-04-07T22:59:59Z".parse().unwrap();
        let first = |now| Period::offered(Every::Month, now).remove(0).from;

        assert_eq!(first(early), date(2026, 2, 1));
        assert_eq!(first(early.plus_s(1)), date(2026, 3, 1));
    }

    proptest! {
        /// No two periods of a hub have a day in common: none can be taken from another.
        #[test]
        fn two_periods_are_the_same_or_have_no_day_in_common(
            one in 0i32..20_000, other in 0i32..20_000, every in 0usize..3
        ) {
            let every = ALL[every];
            let day = |days: i32| date(2000, 1, 1).saturating_add(Span::new().days(days));
            let (one, other) = (Period::of(every, day(one)), Period::of(every, day(other)));

            let apart = one.until < other.from || other.until < one.from;
            prop_assert!(one == other || apart);
        }

        #[test]
        fn what_is_offered_is_one_after_the_other_and_over(days in 0i64..10_000, every in 0usize..3) {
            let start: Timestamp = "2000-01-01T00:00:00Z".parse().unwrap();
            let now = start.plus_s(days * 86_400);

            let offered = Period::offered(ALL[every], now);

            prop_assert!(!offered.is_empty());
            for pair in offered.windows(2) {
                prop_assert_eq!(pair[1].until.tomorrow().unwrap(), pair[0].from);
            }
            prop_assert!(offered.iter().all(|one| one.counted_at() <= now));
        }
    }
}
