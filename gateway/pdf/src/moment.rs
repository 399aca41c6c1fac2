//! Instants and dates as people read them, in UK civil time.

use jiff::civil::{Date, DateTime, Weekday, time};
use jiff::{ToSpan, tz::TimeZone};
use stile_model::time::Timestamp;
use stile_product::Language;

const ENGLISH: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const CYMRAEG: [&str; 12] = [
    "Ionawr",
    "Chwefror",
    "Mawrth",
    "Ebrill",
    "Mai",
    "Mehefin",
    "Gorffennaf",
    "Awst",
    "Medi",
    "Hydref",
    "Tachwedd",
    "Rhagfyr",
];

/// The instant in UTC.
pub(crate) fn utc(at: Timestamp) -> DateTime {
    jiff::Timestamp::from_millisecond(at.millis())
        .unwrap_or(jiff::Timestamp::UNIX_EPOCH)
        .to_zoned(TimeZone::UTC)
        .datetime()
}

/// `24 February 2026, 22:40`, by the clock on a British wall.
pub(crate) fn instant(at: Timestamp, language: Language) -> String {
    let at = wall(utc(at));
    let date = date(at.date(), language);
    format!("{date}, {:02}:{:02}", at.hour(), at.minute())
}

/// `24 February 2026`.
fn date(date: Date, language: Language) -> String {
    format!(
        "{} {} {}",
        date.day(),
        month(date.month(), language),
        date.year()
    )
}

/// `2026-02-24`, `2026-02` or `2026` in words; anything else as it is.
pub(crate) fn as_finely(when: &str, language: Language) -> String {
    if let Ok(whole) = when.parse::<Date>() {
        return date(whole, language);
    }
    let parts = when.split_once('-');
    let named = parts.and_then(|(year, number)| {
        let number = number
            .parse()
            .ok()
            .filter(|number| (1..=12).contains(number))?;
        Some(format!("{} {year}", month(number, language)))
    });
    named.unwrap_or_else(|| when.to_owned())
}

fn month(number: i8, language: Language) -> &'static str {
    let names = match language {
        Language::Cymraeg => &CYMRAEG,
        Language::English => &ENGLISH,
    };
    let place = usize::try_from(number.saturating_sub(1)).unwrap_or(0);
    names.get(place).copied().unwrap_or_default()
}

/// UK civil time: an hour ahead from the last Sunday of March to that of October, both at 01:00 UTC
/// (Summer Time Act 1972, Directive 2000/84/EC as retained).
fn wall(utc: DateTime) -> DateTime {
    let change = |month: i8| {
        Date::new(utc.year(), month, 1)
            .and_then(|first| first.nth_weekday_of_month(-1, Weekday::Sunday))
            .map(|sunday| sunday.to_datetime(time(1, 0, 0, 0)))
    };
    match (change(3), change(10)) {
        (Ok(spring), Ok(autumn)) if utc >= spring && utc < autumn => {
            utc.checked_add(1.hour()).unwrap_or(utc)
        }
        _ => utc,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> String {
        instant(text.parse().unwrap(), Language::English)
    }

    #[test]
    fn tells_the_time_on_a_british_wall() {
        assert_eq!(at("2026-02-24T22:40:00.000Z"), "24 February 2026, 22:40");
        assert_eq!(at("2026-07-01T23:30:00.000Z"), "2 July 2026, 00:30");
        assert_eq!(at("2026-03-29T00:59:59.000Z"), "29 March 2026, 00:59");
        assert_eq!(at("2026-03-29T01:00:00.000Z"), "29 March 2026, 02:00");
        assert_eq!(at("2026-10-25T00:59:59.000Z"), "25 October 2026, 01:59");
        assert_eq!(at("2026-10-25T01:00:00.000Z"), "25 October 2026, 01:00");
    }

    #[test]
    fn names_months_in_welsh() {
        let at = "2026-02-24T22:40:00.000Z".parse().unwrap();

        assert_eq!(instant(at, Language::Cymraeg), "24 Chwefror 2026, 22:40");
    }

    #[test]
    fn dates_an_event_as_finely_as_it_was_shared() {
        let words = |when| as_finely(when, Language::English);

        assert_eq!(words("2026-02-24"), "24 February 2026");
        assert_eq!(words("2026-02"), "February 2026");
        assert_eq!(words("2026"), "2026");
        assert_eq!(words("2026-13"), "2026-13");
        assert_eq!(words("spring"), "spring");
    }
}
