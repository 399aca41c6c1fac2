//! Whether the database answers this process, as far as readers see: it may answer others meanwhile.

use std::time::{Duration, Instant};

use crate::error::StoreError;

/// What is being done when a connection is made.
pub(super) const REACH: &str = "be reached";
/// The code where the database said nothing itself.
pub(super) const NO_CONNECTION: &str = "no connection";
/// From how long a silence on the database counts as away: a restart takes less.
const AWAY: Duration = Duration::from_secs(15);

/// When the database was heard last, and since when it is silent.
#[derive(Debug, Default)]
pub(super) struct Hearing {
    heard: Option<Instant>,
    silent: Option<Instant>,
}

impl Hearing {
    /// What was asked at `asked` came to this at `now`; to what was asked, where there is no error.
    pub(super) fn note(&mut self, error: Option<&StoreError>, asked: Instant, now: Instant) {
        if error.is_some_and(is_unreached) {
            // A question that waited long must not count what others heard meanwhile.
            let since = self.heard.map_or(asked, |heard| heard.max(asked));
            self.silent = self.silent.or(Some(since));
        } else {
            *self = Self {
                heard: Some(now),
                silent: None,
            };
        }
    }

    /// Has it been silent for too long?
    pub(super) fn is_away(&self, now: Instant) -> bool {
        self.silent
            .is_some_and(|since| now.duration_since(since) > AWAY)
    }
}

/// Was the database not there to be asked? Whatever else it says, it is.
fn is_unreached(error: &StoreError) -> bool {
    matches!(
        error,
        StoreError::Database { doing, code } if *doing == REACH || code == NO_CONNECTION
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(doing: &'static str, code: &str) -> StoreError {
        StoreError::Database {
            doing,
            code: code.to_owned(),
        }
    }

    fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    #[test]
    fn a_database_that_says_nothing_is_away_after_a_quarter_of_a_minute_and_back_once_it_answers() {
        let (mut hearing, start) = (Hearing::default(), Instant::now());
        let silence = said("read a row", NO_CONNECTION);
        hearing.note(None, start, start);
        assert!(!hearing.is_away(start + seconds(60)), "nobody asked");

        for second in [1, 6, 11] {
            let at = start + seconds(second);
            hearing.note(Some(&silence), at, at);
        }

        assert!(!hearing.is_away(start + seconds(16)));
        assert!(hearing.is_away(start + seconds(17)));
        let back = start + seconds(20);
        hearing.note(None, back, back);
        assert!(!hearing.is_away(back));
        assert!(!hearing.is_away(back + seconds(60)));
    }

    #[test]
    fn a_question_that_waited_in_vain_counts_from_when_it_was_asked_or_another_was_answered() {
        let (mut hearing, start) = (Hearing::default(), Instant::now());
        let silence = said("answer in time", NO_CONNECTION);
        let given_up = start + seconds(16);

        hearing.note(Some(&silence), start, given_up);
        assert!(hearing.is_away(given_up));

        let answered = start + seconds(10);
        hearing.note(None, answered, answered);
        hearing.note(Some(&silence), start, given_up);
        assert!(!hearing.is_away(given_up));
        assert!(hearing.is_away(answered + seconds(16)));
    }

    #[test]
    fn a_server_that_takes_no_connection_is_away_and_one_that_refuses_a_question_is_not() {
        let (mut hearing, start) = (Hearing::default(), Instant::now());
        let late = start + seconds(16);

        hearing.note(Some(&said(REACH, "57P03")), start, start);
        assert!(hearing.is_away(late));

        hearing.note(Some(&said("read rows", "57014")), late, late);
        assert!(!hearing.is_away(late + seconds(16)));
        hearing.note(Some(&StoreError::Sealed), late, late);
        assert!(!hearing.is_away(late + seconds(16)));
    }
}
