//! Bands of age and look-back, so that the space of policy questions stays finite.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::subject::Born;
use crate::time::{Date, age_on, months_between};

/// Age of a subject, in bands. Names cannot be mistaken for dates by a spreadsheet.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum AgeBand {
    /// Expected.
    Unborn,
    /// Birth to the fifth birthday.
    #[serde(rename = "age_0_to_4")]
    Age0To4,
    /// Five to nine.
    #[serde(rename = "age_5_to_9")]
    Age5To9,
    /// Ten to fifteen.
    #[serde(rename = "age_10_to_15")]
    Age10To15,
    /// Sixteen and seventeen.
    #[serde(rename = "age_16_to_17")]
    Age16To17,
    /// Eighteen and over.
    #[serde(rename = "age_18_plus")]
    Age18Plus,
    /// Not known well enough to say.
    Unknown,
}

impl AgeBand {
    /// Every band, youngest first.
    pub const ALL: &[Self] = &[
        Self::Unborn,
        Self::Age0To4,
        Self::Age5To9,
        Self::Age10To15,
        Self::Age16To17,
        Self::Age18Plus,
        Self::Unknown,
    ];

    /// The word as written in rules.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unborn => "unborn",
            Self::Age0To4 => "age_0_to_4",
            Self::Age5To9 => "age_5_to_9",
            Self::Age10To15 => "age_10_to_15",
            Self::Age16To17 => "age_16_to_17",
            Self::Age18Plus => "age_18_plus",
            Self::Unknown => "unknown",
        }
    }

    /// The band of a person on `on`; `Unknown` when the date could fall in two bands.
    pub fn of(born: Option<Born>, on: Date) -> Self {
        let (earliest, latest) = match born {
            Some(Born::Exact(date)) => (date, date),
            Some(Born::Expected(date)) if date >= on => return Self::Unborn,
            None | Some(Born::Expected(_)) => return Self::Unknown,
            Some(Born::Month { year, month }) => {
                match (Date::new(year, month, 1), Date::new(year, month, 1)) {
                    (Ok(first), Ok(start)) => (first, start.last_of_month()),
                    _ => return Self::Unknown,
                }
            }
            Some(Born::Year(year)) => match (Date::new(year, 1, 1), Date::new(year, 12, 31)) {
                (Ok(first), Ok(last)) => (first, last),
                _ => return Self::Unknown,
            },
            Some(Born::Approximate { date, years }) => {
                let spread = i16::from(years);
                match (
                    Date::new(date.year().saturating_sub(spread), date.month(), 1),
                    Date::new(date.year().saturating_add(spread), date.month(), 28),
                ) {
                    (Ok(first), Ok(last)) => (first, last),
                    _ => return Self::Unknown,
                }
            }
        };
        let (oldest, youngest) = (Self::of_age(earliest, on), Self::of_age(latest, on));
        if oldest == youngest {
            oldest
        } else {
            Self::Unknown
        }
    }

    fn of_age(born: Date, on: Date) -> Self {
        if born > on {
            return Self::Unborn;
        }
        match age_on(born, on) {
            0..=4 => Self::Age0To4,
            5..=9 => Self::Age5To9,
            10..=15 => Self::Age10To15,
            16..=17 => Self::Age16To17,
            _ => Self::Age18Plus,
        }
    }
}

/// How long ago a record's event was, in bands.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Recency {
    /// Within three months.
    #[serde(rename = "to_3m")]
    To3m,
    /// Three to six months.
    #[serde(rename = "to_6m")]
    To6m,
    /// Six to twelve months.
    #[serde(rename = "to_12m")]
    To12m,
    /// One to two years.
    #[serde(rename = "to_24m")]
    To24m,
    /// Two to five years.
    #[serde(rename = "to_60m")]
    To60m,
    /// Five to ten years.
    #[serde(rename = "to_120m")]
    To120m,
    /// Longer ago.
    Older,
    /// No usable date.
    Unknown,
}

impl Recency {
    /// Every band, newest first.
    pub const ALL: &[Self] = &[
        Self::To3m,
        Self::To6m,
        Self::To12m,
        Self::To24m,
        Self::To60m,
        Self::To120m,
        Self::Older,
        Self::Unknown,
    ];

    /// The word as written in rules.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::To3m => "to_3m",
            Self::To6m => "to_6m",
            Self::To12m => "to_12m",
            Self::To24m => "to_24m",
            Self::To60m => "to_60m",
            Self::To120m => "to_120m",
            Self::Older => "older",
            Self::Unknown => "unknown",
        }
    }

    /// Last month of the band; `None` for the open bands.
    pub const fn months(self) -> Option<u32> {
        match self {
            Self::To3m => Some(3),
            Self::To6m => Some(6),
            Self::To12m => Some(12),
            Self::To24m => Some(24),
            Self::To60m => Some(60),
            Self::To120m => Some(120),
            Self::Older | Self::Unknown => None,
        }
    }

    /// The band of an event on `event`, seen on `on`. A date in the future is not trusted.
    pub fn of(event: Option<Date>, on: Date) -> Self {
        let Some(event) = event.filter(|event| *event <= on) else {
            return Self::Unknown;
        };
        let months = months_between(event, on);
        // An event exactly three months ago is still within three months.
        let whole = event.day() == on.day();
        let months = if whole { months } else { months + 1 };
        Self::ALL
            .iter()
            .copied()
            .find(|band| band.months().is_some_and(|last| months <= last))
            .unwrap_or(Self::Older)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn an_event_exactly_on_the_edge_is_within_the_band() {
        let on = date(2026, 11, 22);

        assert_eq!(Recency::of(Some(date(2026, 8, 22)), on), Recency::To3m);
        assert_eq!(Recency::of(Some(date(2026, 8, 21)), on), Recency::To6m);
        assert_eq!(Recency::of(Some(date(2026, 11, 22)), on), Recency::To3m);
        assert_eq!(Recency::of(Some(date(2010, 1, 1)), on), Recency::Older);
    }

    #[test]
    fn a_missing_or_future_date_is_unknown() {
        let on = date(2026, 11, 22);

        assert_eq!(Recency::of(None, on), Recency::Unknown);
        assert_eq!(Recency::of(Some(date(2026, 11, 23)), on), Recency::Unknown);
    }

    #[test]
    fn age_that_could_be_two_bands_is_unknown() {
        let on = date(2026, 11, 22);

        assert_eq!(
            AgeBand::of(Some(Born::Exact(date(2018, 5, 9))), on),
            AgeBand::Age5To9
        );
        assert_eq!(AgeBand::of(Some(Born::Year(2018)), on), AgeBand::Age5To9);
        assert_eq!(AgeBand::of(Some(Born::Year(2016)), on), AgeBand::Unknown);
        assert_eq!(AgeBand::of(None, on), AgeBand::Unknown);
    }

    #[test]
    fn an_expected_child_is_unborn_until_the_date_passes() {
        let due = Some(Born::Expected(date(2026, 12, 1)));

        assert_eq!(AgeBand::of(due, date(2026, 11, 22)), AgeBand::Unborn);
        assert_eq!(AgeBand::of(due, date(2026, 12, 2)), AgeBand::Unknown);
    }
}
