//! How far two dates of birth agree, and which dates are worth looking for.

use std::collections::BTreeMap;

use stile_model::subject::Born;
use stile_model::time::Date;

/// How far a date of birth agrees; best first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum BornLevel {
    /// The same day.
    Same,
    /// As far as the month is known.
    Month,
    /// As far as the year is known.
    Year,
    /// Within the years given either way, or about the expected date.
    Range,
    /// Day and month changed places.
    Swapped,
    /// One digit differs, or two neighbouring digits changed places.
    Digit,
    /// Two of day, month and year agree.
    TwoOfThree,
    /// None of these.
    Different,
}

impl BornLevel {
    /// The levels of two whole dates, best first.
    pub(crate) const WHOLE: [Self; 5] = [
        Self::Same,
        Self::Swapped,
        Self::Digit,
        Self::TwoOfThree,
        Self::Different,
    ];

    /// The word shown in a waterfall.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Different => "different",
            Self::Digit => "one digit apart",
            Self::Month => "same month",
            Self::Range => "within the range given",
            Self::Same => "same",
            Self::Swapped => "day and month swapped",
            Self::TwoOfThree => "two of three parts",
            Self::Year => "same year",
        }
    }
}

/// Years between a parent and a child, at least.
pub(crate) const GENERATION: u16 = 13;

/// Is the date a stand-in for "not known"?
pub(crate) fn is_filler(date: Date) -> bool {
    date.year() < 1860
        || date.year() > 2150
        || (date.month() == 1 && date.day() == 1 && matches!(date.year(), 1900 | 1901 | 1970))
}

/// Is the date one that clerks write when they know only the year?
pub(crate) fn is_weak(date: Date) -> bool {
    date.month() == 1 && date.day() == 1
}

/// How far `held` agrees with what is known; `None` when one of them stands for "not known".
pub(crate) fn level(known: Born, held: Date) -> Option<BornLevel> {
    if is_filler(held) {
        return None;
    }
    let within = |fits: bool, level| if fits { level } else { BornLevel::Different };
    Some(match known {
        Born::Exact(date) if is_filler(date) => return None,
        Born::Exact(date) => between(date, held),
        Born::Approximate { date, years } => {
            let apart = (i32::from(date.year()) - i32::from(held.year())).abs();
            within(apart <= i32::from(years.min(20)), BornLevel::Range)
        }
        Born::Expected(date) => within(days_apart(date, held) <= 42, BornLevel::Range),
        Born::Month { year, month } => within(
            held.year() == year && held.month() == month,
            BornLevel::Month,
        ),
        Born::Year(year) => within(held.year() == year, BornLevel::Year),
    })
}

/// How far two whole dates agree, whichever is asked first.
pub(crate) fn between(a: Date, b: Date) -> BornLevel {
    if a == b {
        return BornLevel::Same;
    }
    let (year, month, day) = (
        a.year() == b.year(),
        a.month() == b.month(),
        a.day() == b.day(),
    );
    if year && a.month() == b.day() && a.day() == b.month() {
        return BornLevel::Swapped;
    }
    if digits_slip(a, b) {
        return BornLevel::Digit;
    }
    // A son may be born on his father's birthday.
    let generation = a.year().abs_diff(b.year()) >= GENERATION;
    if !generation && u8::from(year) + u8::from(month) + u8::from(day) >= 2 {
        return BornLevel::TwoOfThree;
    }
    BornLevel::Different
}

/// The best-agreeing held dates with what is known, at most `limit`, nearest first within a level.
pub(crate) fn worth_trying(known: Born, held: &BTreeMap<Date, u64>, limit: usize) -> Vec<Date> {
    let apart = |date: Date| match known {
        Born::Approximate { date: centre, .. } | Born::Exact(centre) | Born::Expected(centre) => {
            days_apart(centre, date)
        }
        Born::Month { .. } | Born::Year(_) => 0,
    };
    let mut found: Vec<(BornLevel, u64, Date)> = reachable(known, held)
        .into_iter()
        .filter_map(|(date, _)| level(known, date).map(|level| (level, apart(date), date)))
        .filter(|(level, _, _)| *level != BornLevel::Different)
        .collect();
    found.sort_unstable();
    found
        .into_iter()
        .take(limit)
        .map(|(_, _, date)| date)
        .collect()
}

/// Years between the youngest and the oldest twentieth of people of whom parents and children, and
/// their parents, are held.
const GENERATIONS: i16 = 40;

/// Are people of several generations held, and not only children, or young parents with theirs?
pub(crate) fn span_generations(held: &BTreeMap<Date, u64>) -> bool {
    let known = || held.iter().filter(|(date, _)| !is_filler(**date));
    let all = known().fold(0_u64, |sum, (_, people)| sum.saturating_add(*people));
    let year_after = |share: u64| {
        let mut before = 0_u64;
        known()
            .find(|(_, people)| {
                before = before.saturating_add(**people);
                before > share
            })
            .map(|(date, _)| date.year())
    };
    let twentieth = all / 20;
    let ends = year_after(twentieth).zip(year_after(all.saturating_sub(twentieth + 1)));
    ends.is_some_and(|(first, last)| last - first >= GENERATIONS)
}

/// People at each level of agreement with `known`, all but [`BornLevel::Different`].
pub(crate) fn tally(known: Born, held: &BTreeMap<Date, u64>) -> BTreeMap<BornLevel, u64> {
    let mut tally = BTreeMap::new();
    for (date, people) in reachable(known, held) {
        if let Some(level) = level(known, date).filter(|level| *level != BornLevel::Different) {
            *tally.entry(level).or_default() += people;
        }
    }
    tally
}

/// The held dates that can agree with `known`, without walking through all of them.
///
/// A slip across the border of two parts of a date is not reached; it is rare and only means that
/// the other fields must bring the row in.
fn reachable(known: Born, held: &BTreeMap<Date, u64>) -> Vec<(Date, u64)> {
    let around = |year: i16, either: i16| {
        years(held, year, either)
            .map(|(date, people)| (*date, *people))
            .collect()
    };
    match known {
        Born::Exact(date) => {
            let mut dates: Vec<Date> = variants(date, held).collect();
            dates.sort_unstable();
            dates.dedup();
            dates
                .into_iter()
                .filter_map(|date| held.get(&date).map(|people| (date, *people)))
                .collect()
        }
        Born::Approximate { date, years } => around(date.year(), i16::from(years.min(20))),
        Born::Expected(date) => around(date.year(), 1),
        Born::Month { year, .. } | Born::Year(year) => around(year, 0),
    }
}

fn variants(date: Date, held: &BTreeMap<Date, u64>) -> impl Iterator<Item = Date> {
    let (year, month, day) = (date.year(), date.month(), date.day());
    let first = held.keys().next().map_or(year, |date| date.year());
    let last = held.keys().next_back().map_or(year, |date| date.year());
    let days = (1..=31).map(move |day| (year, month, day));
    let months = (1..=12).map(move |month| (year, month, day));
    let years = (first..=last).map(move |year| (year, month, day));
    days.chain(months)
        .chain(years)
        .chain([(year, day, month)])
        .filter_map(|(year, month, day)| Date::new(year, month, day).ok())
}

fn years(
    held: &BTreeMap<Date, u64>,
    year: i16,
    either: i16,
) -> impl Iterator<Item = (&Date, &u64)> {
    let first =
        Date::new(year.saturating_sub(either).clamp(-9999, 9999), 1, 1).unwrap_or(Date::MIN);
    let last =
        Date::new(year.saturating_add(either).clamp(-9999, 9999), 12, 31).unwrap_or(Date::MAX);
    let last = last.max(first);
    held.range(first..=last)
}

fn days_apart(a: Date, b: Date) -> u64 {
    let days = |date: Date| i64::from(date.year()) * 366 + i64::from(date.day_of_year());
    days(a).abs_diff(days(b))
}

fn digits_slip(a: Date, b: Date) -> bool {
    let (a, b) = (digits(a), digits(b));
    let wrong: Vec<(usize, (u8, u8))> = a
        .into_iter()
        .zip(b)
        .enumerate()
        .filter(|(_, (x, y))| x != y)
        .collect();
    match wrong.as_slice() {
        [_] => true,
        [(i, (a1, b1)), (j, (a2, b2))] => i + 1 == *j && a1 == b2 && a2 == b1,
        _ => false,
    }
}

fn digits(date: Date) -> [u8; 8] {
    let part = |value: i16, unit: i16| u8::try_from((value / unit) % 10).unwrap_or(0);
    let (year, month, day) = (date.year(), i16::from(date.month()), i16::from(date.day()));
    [
        part(year, 1000),
        part(year, 100),
        part(year, 10),
        part(year, 1),
        part(month, 10),
        part(month, 1),
        part(day, 10),
        part(day, 1),
    ]
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tells_swaps_and_slips_from_another_person() {
        let known = date(2012, 3, 7);
        for (held, expected) in [
            (date(2012, 3, 7), BornLevel::Same),
            (date(2012, 7, 3), BornLevel::Swapped),
            (date(2013, 3, 7), BornLevel::Digit),
            (date(2021, 3, 7), BornLevel::Digit),
            (date(2012, 3, 28), BornLevel::TwoOfThree),
            (date(1984, 11, 30), BornLevel::Different),
        ] {
            assert_eq!(between(known, held), expected, "{held}");
        }
    }

    #[test]
    fn filler_dates_are_missing_and_never_different() {
        assert_eq!(level(Born::Exact(date(2012, 3, 7)), date(1900, 1, 1)), None);
        assert_eq!(
            level(Born::Exact(date(9999, 12, 31)), date(2012, 3, 7)),
            None
        );
    }

    #[test]
    fn nearest_dates_are_tried_first_when_not_all_can_be() {
        let held: BTreeMap<Date, u64> = (0..4_000_i64)
            .map(|day| {
                (
                    date(2005, 1, 1).saturating_add(jiff::Span::new().days(day)),
                    1,
                )
            })
            .collect();

        let tried = worth_trying(
            Born::Approximate {
                date: date(2010, 6, 1),
                years: 5,
            },
            &held,
            400,
        );

        assert_eq!(tried.len(), 400);
        assert!(
            tried
                .iter()
                .all(|day| days_apart(*day, date(2010, 6, 1)) <= 210)
        );
    }

    #[test]
    fn partial_dates_agree_as_far_as_they_go() {
        let held = date(2012, 3, 7);

        assert_eq!(level(Born::Year(2012), held), Some(BornLevel::Year));
        assert_eq!(
            level(
                Born::Month {
                    year: 2012,
                    month: 4
                },
                held
            ),
            Some(BornLevel::Different)
        );
        assert_eq!(
            level(
                Born::Approximate {
                    date: date(2010, 1, 1),
                    years: 2
                },
                held
            ),
            Some(BornLevel::Range)
        );
        assert_eq!(
            level(
                Born::Approximate {
                    date: date(2009, 1, 1),
                    years: 2
                },
                held
            ),
            Some(BornLevel::Different)
        );
        assert_eq!(
            level(Born::Expected(date(2012, 4, 1)), held),
            Some(BornLevel::Range)
        );
    }

    proptest! {
        #[test]
        fn agreement_is_the_same_from_either_side(a in 0_i64..40_000, b in 0_i64..40_000) {
            let day = |days: i64| date(1900, 2, 1).saturating_add(jiff::Span::new().days(days));
            prop_assert_eq!(between(day(a), day(b)), between(day(b), day(a)));
        }

        #[test]
        fn counting_and_comparing_agree(a in 0_i64..40_000, near in -400_i64..400) {
            let day = |days: i64| date(1900, 2, 1).saturating_add(jiff::Span::new().days(days));
            let (known, held) = (day(a), day(a + near));
            let counted = tally(Born::Exact(known), &BTreeMap::from([(held, 3)]));
            let level = between(known, held);
            // A slip across the border of two parts is the one thing counting does not reach.
            if !(level == BornLevel::Digit && counted.is_empty()) {
                prop_assert_eq!(counted.get(&level).copied().unwrap_or(0), if level == BornLevel::Different { 0 } else { 3 });
            }
        }

        #[test]
        fn any_partial_date_is_answered_without_panic(year in i16::MIN..i16::MAX, month in i8::MIN..i8::MAX, years in 0_u8..255) {
            let held = BTreeMap::from([(date(2012, 3, 7), 1), (Date::MIN, 1), (Date::MAX, 1)]);
            for known in [Born::Year(year), Born::Month { year, month }, Born::Approximate { date: Date::MAX, years }, Born::Approximate { date: Date::MIN, years }, Born::Expected(Date::MIN)] {
                let _ = (tally(known, &held), worth_trying(known, &held, 10));
            }
        }
    }
}
