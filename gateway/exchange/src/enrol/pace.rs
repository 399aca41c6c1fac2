//! How often a member's gateways may ask of their own certificates, and for lists and directories.
//!
//! Each question has the hub read a request's signature and every request it holds, or a signed file of
//! megabytes. A gateway asks every
//! ten minutes, or as often as once a second where it is told to; a member may have several.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use stile_model::id::MemberId;
use stile_model::time::Timestamp;

use crate::error::{ExchangeError, refuse};

/// Questions of one member in a minute.
const MOST: u32 = 600;
const MINUTE_MS: i64 = 60_000;

/// Counts of the members that the directory admits, so as few as it lists.
#[derive(Debug, Default)]
pub(super) struct Pace(Mutex<HashMap<MemberId, (Timestamp, u32)>>);

impl Pace {
    /// Counts one question.
    ///
    /// # Errors
    ///
    /// `too_many_attempts` once the minute's share is used up.
    pub(super) fn step(&self, member: &MemberId, now: Timestamp) -> Result<(), ExchangeError> {
        // They are counts, right also when another thread stopped while it held them.
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, asked) = counts.entry(member.clone()).or_insert((now, 0));
        // A clock that was set back begins a new minute, too.
        if !(0..MINUTE_MS).contains(&now.since_millis(*since)) {
            (*since, *asked) = (now, 0);
        }
        if *asked >= MOST {
            let left = MINUTE_MS.saturating_sub(now.since_millis(*since));
            let seconds = left.saturating_add(999).div_euclid(1_000);
            return Err(refuse(
                "too_many_attempts",
                429,
                format!(
                    "too many questions about certificates, lists and directories; try again in {seconds} s"
                ),
            ));
        }
        *asked = asked.saturating_add(1);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_that_asks_without_end_waits_for_the_next_minute_and_no_other_does() {
        let (one, two) = (MemberId::new("one").unwrap(), MemberId::new("two").unwrap());
        let (pace, begun) = (Pace::default(), Timestamp::from_millis(1_000_000_000));
        let code = |error: ExchangeError| error.problem().code().to_owned();
        for _ in 0..MOST {
            pace.step(&one, begun).unwrap();
        }

        let late = begun.plus_s(59);
        assert_eq!(
            pace.step(&one, late).map_err(code),
            Err("too_many_attempts".to_owned())
        );
        assert!(pace.step(&two, late).is_ok());
        assert!(pace.step(&one, begun.plus_s(60)).is_ok());
    }

    #[test]
    fn a_clock_that_went_back_locks_nobody_out() {
        let member = MemberId::new("one").unwrap();
        let (pace, begun) = (Pace::default(), Timestamp::from_millis(1_000_000_000));
        for _ in 0..MOST {
            pace.step(&member, begun).unwrap();
        }

        assert!(pace.step(&member, begun.plus_s(-3_600)).is_ok());
    }
}
