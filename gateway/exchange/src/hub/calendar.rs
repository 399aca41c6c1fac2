//! Deadlines: hours that run on, and hours that stop when the partnership's offices are closed.

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::{Span, tz::Offset};
use stile_model::time::Timestamp;
use stile_model::vocabulary::Clock;

/// When a partnership works, in UK civil time.
#[derive(Debug, Clone)]
pub struct Calendar {
    /// First minute of the working day.
    pub opens: Time,
    /// Last minute of the working day; later than `opens`.
    pub closes: Time,
    /// Days on which nobody works, besides Saturdays and Sundays.
    pub holidays: Vec<Date>,
}

impl Calendar {
    /// When a clock that starts at `start` runs out.
    ///
    /// A red clock is normally set to run on past closing; that is the vocabulary's choice.
    pub fn due(&self, start: Timestamp, clock: Clock) -> Timestamp {
        self.after(start, clock, 100)
    }

    /// When `percent` of the time of a clock that starts at `start` has gone, to the minute.
    pub fn after(&self, start: Timestamp, clock: Clock, percent: u8) -> Timestamp {
        let minutes = i64::from(clock.hours) * 60 * i64::from(percent) / 100;
        if !clock.working_hours {
            return start.plus_s(minutes * 60);
        }
        let mut left = minutes;
        let mut at = uk_civil(start);
        while left > 0 {
            let open = self.opens_on(at.date());
            let now = at.time().max(self.opens);
            let minutes = if open {
                minutes_between(now, self.closes)
            } else {
                0
            };
            if minutes >= left {
                let due = at
                    .date()
                    .to_datetime(now)
                    .saturating_add(Span::new().minutes(left));
                return uk_instant(due);
            }
            left -= minutes;
            at = at
                .date()
                .saturating_add(Span::new().days(1))
                .to_datetime(Time::midnight());
        }
        uk_instant(at)
    }

    /// How much of the time of a clock that started at `start` has gone at `now`, in percent, 0 to 100.
    pub fn gone_percent(&self, start: Timestamp, clock: Clock, now: Timestamp) -> u8 {
        let whole = (i64::from(clock.hours) * 60).max(1);
        let gone = if clock.working_hours {
            self.worked_minutes(start, now, whole)
        } else {
            now.since_millis(start) / 60_000
        };
        let percent = gone.clamp(0, whole).saturating_mul(100) / whole;
        u8::try_from(percent).unwrap_or(100)
    }

    /// Working minutes between two instants; stops counting at `most`.
    fn worked_minutes(&self, from: Timestamp, to: Timestamp, most: i64) -> i64 {
        let (mut at, end) = (uk_civil(from), uk_civil(to));
        let mut worked = 0;
        while at < end && worked < most {
            let last = if at.date() == end.date() {
                end.time().min(self.closes)
            } else {
                self.closes
            };
            if self.opens_on(at.date()) {
                worked += minutes_between(at.time().max(self.opens), last);
            }
            at = at
                .date()
                .saturating_add(Span::new().days(1))
                .to_datetime(Time::midnight());
        }
        worked.min(most)
    }

    fn opens_on(&self, day: Date) -> bool {
        !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
            && !self.holidays.contains(&day)
    }
}

fn minutes_between(from: Time, to: Time) -> i64 {
    if from >= to {
        return 0;
    }
    let minutes = |time: Time| i64::from(time.hour()) * 60 + i64::from(time.minute());
    minutes(to) - minutes(from)
}

/// The day that people in the UK call it at this instant.
pub(super) fn uk_date(at: Timestamp) -> Date {
    uk_civil(at).date()
}

/// UK civil time: UTC, or one hour ahead from 01:00 UTC on the last Sunday of March to 01:00 UTC on
/// the last Sunday of October (Summer Time Act 1972 s.1 as amended).
pub fn uk_civil(at: Timestamp) -> DateTime {
    let utc = utc_civil(at);
    if is_summer(utc) {
        utc.saturating_add(Span::new().hours(1))
    } else {
        utc
    }
}

/// The instant at which UK clocks show this; the earlier of two in the hour that comes twice.
pub fn uk_instant(civil: DateTime) -> Timestamp {
    let winter = to_millis(civil);
    let summer = winter.plus_s(-3_600);
    if is_summer(utc_civil(summer)) {
        summer
    } else {
        winter
    }
}

fn utc_civil(at: Timestamp) -> DateTime {
    let instant =
        jiff::Timestamp::from_millisecond(at.millis()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    Offset::UTC.to_datetime(instant)
}

fn to_millis(civil: DateTime) -> Timestamp {
    let instant = Offset::UTC
        .to_timestamp(civil)
        .unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    Timestamp::from_millis(instant.as_millisecond())
}

fn is_summer(utc: DateTime) -> bool {
    let turn = |month: i8| last_sunday(utc.year(), month).to_datetime(Time::constant(1, 0, 0, 0));
    utc >= turn(3) && utc < turn(10)
}

fn last_sunday(year: i16, month: i8) -> Date {
    let last = Date::new(year, month, 31).unwrap_or(Date::MIN);
    let back = i64::from(last.weekday().to_sunday_zero_offset());
    last.saturating_sub(Span::new().days(back))
}

#[cfg(test)]
mod tests {
    use super::*;
    use stile_model::code::Priority;

    fn calendar() -> Calendar {
        Calendar {
            opens: Time::constant(9, 0, 0, 0),
            closes: Time::constant(17, 0, 0, 0),
            holidays: vec![Date::constant(2026, 12, 25)],
        }
    }

    fn due(start: &str, hours: u32, working_hours: bool) -> String {
        let clock = Clock {
            priority: Priority::Amber,
            hours,
            working_hours,
        };
        calendar().due(start.parse().unwrap(), clock).to_string()
    }

    #[test]
    fn a_clock_that_runs_on_ignores_closing_time() {
        assert_eq!(
            due("2026-11-20T16:30:00Z", 4, false),
            "2026-11-20T20:30:00.000Z"
        );
    }

    #[test]
    fn working_hours_stop_at_night_and_at_weekends() {
        assert_eq!(
            due("2026-11-20T16:00:00Z", 4, true),
            "2026-11-23T12:00:00.000Z"
        );
        assert_eq!(
            due("2026-11-22T03:00:00Z", 1, true),
            "2026-11-23T10:00:00.000Z"
        );
    }

    #[test]
    fn working_hours_skip_holidays() {
        assert_eq!(
            due("2026-12-24T16:00:00Z", 2, true),
            "2026-12-28T10:00:00.000Z"
        );
    }

    fn gone(start: &str, now: &str, hours: u32, working_hours: bool) -> u8 {
        let clock = Clock {
            priority: Priority::Amber,
            hours,
            working_hours,
        };
        calendar().gone_percent(start.parse().unwrap(), clock, now.parse().unwrap())
    }

    #[test]
    fn no_working_time_goes_by_at_night_or_at_the_weekend() {
        let friday = "2026-11-20T15:00:00Z";

        assert_eq!(gone(friday, "2026-11-20T16:00:00Z", 4, true), 25);
        assert_eq!(gone(friday, "2026-11-22T12:00:00Z", 4, true), 50);
        assert_eq!(gone(friday, "2026-11-23T10:00:00Z", 4, true), 75);
        assert_eq!(gone(friday, "2026-11-30T10:00:00Z", 4, true), 100);
        assert_eq!(gone(friday, "2026-11-20T14:00:00Z", 4, true), 0);
        assert_eq!(gone(friday, "2026-11-20T18:00:00Z", 4, false), 75);
    }

    proptest::proptest! {
        /// The two ways of counting agree: at the instant when a share has gone, that share has gone.
        #[test]
        fn a_share_of_the_time_has_gone_when_it_is_said_to(
            hour in 0i64..400, hours in 1u32..80, percent in 10u8..100, working_hours: bool
        ) {
            let start: Timestamp = "2026-11-16T00:30:00Z".parse().unwrap();
            let start = start.plus_s(hour * 3_600);
            let clock = Clock { priority: Priority::Amber, hours, working_hours };
            let at = calendar().after(start, clock, percent);

            let gone = calendar().gone_percent(start, clock, at);
            proptest::prop_assert!((percent - 1..=percent).contains(&gone) || hours < 2);
            proptest::prop_assert!(at <= calendar().due(start, clock));
        }
    }

    #[test]
    fn working_hours_follow_summer_time() {
        assert_eq!(
            due("2026-07-01T08:00:00Z", 1, true),
            "2026-07-01T09:00:00.000Z"
        );
    }
}
