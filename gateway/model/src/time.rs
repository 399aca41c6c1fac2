//! Instants and civil dates.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A civil date without a time zone (ISO 8601, `2026-03-11`).
pub type Date = jiff::civil::Date;

/// An instant in UTC, to the millisecond.
///
/// Printed and read as RFC 3339 (`2026-03-11T10:14:00.000Z`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Timestamp(i64);

impl Timestamp {
    /// The instant `millis` milliseconds after 1970-01-01T00:00:00Z.
    ///
    /// Values outside the years 1 to 9999 are moved to the nearest end.
    pub fn from_millis(millis: i64) -> Self {
        Self(millis.clamp(-62_135_596_800_000, 253_402_300_799_999 - 93_600_000))
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// This instant plus `seconds` (negative for earlier).
    pub fn plus_s(self, seconds: i64) -> Self {
        Self::from_millis(self.0.saturating_add(seconds.saturating_mul(1_000)))
    }

    /// Milliseconds from `earlier` to this instant; negative when `earlier` is later.
    pub const fn since_millis(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The UTC date of this instant.
    pub fn date(self) -> Date {
        self.jiff().to_zoned(jiff::tz::TimeZone::UTC).date()
    }

    fn jiff(self) -> jiff::Timestamp {
        jiff::Timestamp::from_millisecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.jiff())
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// The text is not an RFC 3339 instant.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not an RFC 3339 instant such as `2026-03-11T10:14:00Z`")]
pub struct TimestampError(String);

impl FromStr for Timestamp {
    type Err = TimestampError;

    fn from_str(text: &str) -> Result<Self, TimestampError> {
        let instant: jiff::Timestamp = text
            .parse()
            .map_err(|_| TimestampError(text.chars().take(40).collect()))?;
        Ok(Self::from_millis(instant.as_millisecond()))
    }
}

impl TryFrom<String> for Timestamp {
    type Error = TimestampError;

    fn try_from(text: String) -> Result<Self, TimestampError> {
        text.parse()
    }
}

impl From<Timestamp> for String {
    fn from(instant: Timestamp) -> Self {
        instant.to_string()
    }
}

/// Whole months from `from` to `to`; zero when `to` is earlier.
pub fn months_between(from: Date, to: Date) -> u32 {
    let months = i32::from(to.year()) * 12 + i32::from(to.month())
        - i32::from(from.year()) * 12
        - i32::from(from.month());
    let months = if to.day() < from.day() {
        months - 1
    } else {
        months
    };
    u32::try_from(months).unwrap_or(0)
}

/// Whole years of age on `on` of a person born on `born`; zero when `on` is earlier.
pub fn age_on(born: Date, on: Date) -> u32 {
    months_between(born, on) / 12
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instant_prints_back_as_it_was_read() {
        let text = "2026-03-11T10:14:00.250Z";

        let instant: Timestamp = text.parse().unwrap();

        assert_eq!(instant.to_string(), text);
        assert_eq!(instant.date(), jiff::civil::date(2026, 3, 11));
    }

    #[test]
    fn extremes_do_not_panic_when_printed() {
        assert!(!Timestamp::from_millis(i64::MAX).to_string().is_empty());
        assert!(!Timestamp::from_millis(i64::MIN).to_string().is_empty());
    }

    #[test]
    fn rejects_a_date_without_time() {
        assert!("2026-03-11".parse::<Timestamp>().is_err());
    }

    #[test]
    fn age_changes_on_the_birthday() {
        let born = jiff::civil::date(2018, 5, 9);

        assert_eq!(age_on(born, jiff::civil::date(2026, 5, 8)), 7);
        assert_eq!(age_on(born, jiff::civil::date(2026, 5, 9)), 8);
    }
}
