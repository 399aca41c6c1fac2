//! Times as people say them: `24 February 2026, 22:40` by the clocks of the United Kingdom, and how
//! long something takes.

use fluent_bundle::FluentValue;
use jiff::civil::Date;
use stile_exchange::hub::uk_civil;
use stile_model::time::Timestamp;

use crate::words::Words;

impl Words {
    /// `24 February 2026`.
    pub fn day(&self, date: Date) -> String {
        let month = self.say(&format!("time-month-{}", date.month()));
        self.with(
            "time-day",
            [
                ("day", FluentValue::from(date.day().to_string())),
                ("month", FluentValue::from(month)),
                ("year", FluentValue::from(date.year().to_string())),
            ],
        )
    }

    /// `24 February 2026, 22:40`.
    pub fn moment(&self, at: Timestamp) -> String {
        let day = self.day(uk_civil(at).date());
        self.with(
            "time-moment",
            [
                ("day", FluentValue::from(day)),
                ("time", FluentValue::from(clock(at))),
            ],
        )
    }

    /// `22:40` where it is the day of `now`, and otherwise with the day.
    pub fn near(&self, at: Timestamp, now: Timestamp) -> String {
        if uk_civil(at).date() == uk_civil(now).date() {
            clock(at)
        } else {
            self.moment(at)
        }
    }

    /// `1 hr 42 min`, `3 days 4 hr`, `less than a minute`: the two largest parts, rounded down.
    pub fn span(&self, seconds: i64) -> String {
        let minutes = seconds.max(0) / 60;
        let (days, hours, minutes) = (minutes / 1_440, minutes / 60 % 24, minutes % 60);
        let part = |key: &str, number: i64| {
            (number > 0).then(|| self.with(key, [("number", FluentValue::from(number))]))
        };
        let parts = if days > 0 {
            [part("time-days", days), part("time-hours", hours)]
        } else {
            [part("time-hours", hours), part("time-minutes", minutes)]
        };
        let said: Vec<_> = parts.into_iter().flatten().collect();
        if said.is_empty() {
            self.say("time-under-a-minute")
        } else {
            said.join(" ")
        }
    }
}

/// `22:40`.
pub fn clock(at: Timestamp) -> String {
    let civil = uk_civil(at);
    format!("{:02}:{:02}", civil.hour(), civil.minute())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::{Catalogue, Language};

    fn words(language: Language) -> Words {
        Catalogue::built_in().unwrap().words(language)
    }

    #[test]
    fn an_instant_is_said_by_british_clocks_in_summer_and_winter() {
        let english = words(Language::English);

        let winter = english.moment("2026-02-24T22:40:00Z".parse().unwrap());
        let summer = english.moment("2026-07-31T23:05:00Z".parse().unwrap());

        assert_eq!(winter, "24 February 2026, 22:40");
        assert_eq!(summer, "1 August 2026, 00:05");
    }

    #[test]
    fn a_span_names_its_two_largest_parts() {
        let english = words(Language::English);

        assert_eq!(english.span(6_120), "1 hr 42 min");
        assert_eq!(english.span(3 * 86_400 + 4 * 3_600 + 59), "3 days 4 hr");
        assert_eq!(english.span(86_400), "1 day");
        assert_eq!(english.span(59), "less than a minute");
        assert_eq!(english.span(-5), "less than a minute");
    }

    #[test]
    fn welsh_has_its_own_months() {
        let day = words(Language::Cymraeg).day(jiff::civil::date(2026, 2, 24));

        assert_eq!(day, "24 Chwefror 2026");
    }
}
