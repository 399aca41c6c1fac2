//! How long a certificate still lasts, when it is renewed, and when somebody must be told.
//!
//! ```text
//! from ──────────────── two thirds: renewed by itself ──── 30 ──── 14 ──── 7 days left ──── until
//!                                                          notice  warning  alarm           refused
//! ```
//!
//! Before renewal is due there is nothing to tell: a certificate of 20 days is not in trouble on its
//! first day.

use std::fmt;

use stile_model::time::Timestamp;

const DAY_MS: i64 = 86_400_000;

/// From when until when a certificate is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetime {
    /// First instant.
    pub from: Timestamp,
    /// Last instant.
    pub until: Timestamp,
}

/// How urgent it is that a certificate is renewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// At most 30 days are left, and it should have been renewed.
    Notice,
    /// At most 14 days.
    Warning,
    /// At most 7 days.
    Alarm,
    /// Its last instant is past: nobody accepts it.
    Ended,
}

impl Lifetime {
    /// When two thirds of it are over: from then on it is renewed.
    pub fn renewed_from(&self) -> Timestamp {
        let whole = self.until.since_millis(self.from);
        Timestamp::from_millis(self.until.millis() - whole / 3)
    }

    /// Whole days that are left; negative when it is past.
    pub const fn days_left(&self, now: Timestamp) -> i64 {
        self.until.since_millis(now).div_euclid(DAY_MS)
    }

    /// How urgent renewal is; none while nothing need be done.
    pub fn urgency(&self, now: Timestamp) -> Option<Urgency> {
        if now > self.until {
            return Some(Urgency::Ended);
        }
        if now < self.renewed_from() {
            return None;
        }
        let left = self.until.since_millis(now);
        [
            (7, Urgency::Alarm),
            (14, Urgency::Warning),
            (30, Urgency::Notice),
        ]
        .into_iter()
        .find_map(|(days, urgency)| (left <= days * DAY_MS).then_some(urgency))
    }
}

impl Urgency {
    /// Its word: `notice`, `warning`, `alarm` or `ended`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Alarm => "alarm",
            Self::Ended => "ended",
            Self::Notice => "notice",
            Self::Warning => "warning",
        }
    }
}

impl fmt::Display for Urgency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::{DAY_S, start};

    fn lasting(days: i64) -> Lifetime {
        Lifetime {
            from: start(),
            until: start().plus_s(days * DAY_S),
        }
    }

    #[test]
    fn tells_at_thirty_fourteen_and_seven_days_and_when_it_is_over() {
        let year = lasting(365);
        let at =
            |left: i64, more_s: i64| year.urgency(start().plus_s((365 - left) * DAY_S + more_s));

        assert_eq!(at(100, 0), None);
        assert_eq!(at(30, -1), None);
        assert_eq!(at(30, 0), Some(Urgency::Notice));
        assert_eq!(at(14, -1), Some(Urgency::Notice));
        assert_eq!(at(14, 0), Some(Urgency::Warning));
        assert_eq!(at(7, 0), Some(Urgency::Alarm));
        assert_eq!(at(0, 0), Some(Urgency::Alarm));
        assert_eq!(at(0, 1), Some(Urgency::Ended));
    }

    #[test]
    fn a_short_certificate_is_in_no_trouble_before_it_is_due() {
        let short = lasting(9);

        assert_eq!(short.urgency(start()), None);
        assert_eq!(short.urgency(start().plus_s(6 * DAY_S - 1)), None);
        assert_eq!(
            short.urgency(start().plus_s(6 * DAY_S)),
            Some(Urgency::Alarm)
        );
    }

    #[test]
    fn ninety_days_are_renewed_on_the_sixtieth_with_thirty_left() {
        let usual = lasting(90);

        assert_eq!(usual.renewed_from(), start().plus_s(60 * DAY_S));
        assert_eq!(usual.days_left(usual.renewed_from()), 30);
        assert_eq!(usual.days_left(start().plus_s(91 * DAY_S)), -1);
    }

    proptest! {
        #[test]
        fn it_never_becomes_less_urgent(days in 1_i64..400, one in 0_i64..500, more in 0_i64..500) {
            let lifetime = lasting(days);
            let early = lifetime.urgency(start().plus_s(one * DAY_S));
            let late = lifetime.urgency(start().plus_s((one + more) * DAY_S));

            prop_assert!(late >= early, "{early:?} {late:?}");
        }
    }
}
