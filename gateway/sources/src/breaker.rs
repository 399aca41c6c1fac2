//! Leaves a failing source alone for a while, so that it fails fast and can recover.
//!
//! ```text
//! closed --5 failures in a row--> open --5 s--> one trial --ok--> closed
//!                                  ^-------------- failed --'
//! ```
//!
//! A trial needs nobody's question: the source is tried by itself while it is left alone, where it can
//! be asked without asking for somebody. Elsewhere the next question is the trial.

use std::time::Duration;

use tokio::time::Instant;

/// Failures in a row after which a source is left alone.
pub const FAILURES_MAX: u32 = 5;
/// How long it is left alone before one trial.
pub const COOL_DOWN: Duration = Duration::from_secs(5);

/// The circuit of one source. Time is an argument.
#[derive(Debug, Default)]
pub(crate) struct Breaker {
    failures: u32,
    retry_at: Option<Instant>,
    /// How often it was opened: whoever tries it for an earlier opening ends.
    opening: u64,
}

impl Breaker {
    /// Lets one operation through, or says how long to wait.
    ///
    /// Each trial moves the next one a cool-down away, so a trial that never reports back cannot
    /// hold the circuit open or closed.
    pub(crate) fn admit(&mut self, now: Instant) -> Result<(), Duration> {
        match self.retry_at {
            Some(retry_at) if now < retry_at => Err(retry_at.duration_since(now)),
            Some(_) => {
                self.retry_at = Some(now + COOL_DOWN);
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Is the source left alone, until a trial succeeds?
    pub(crate) const fn is_open(&self) -> bool {
        self.retry_at.is_some()
    }

    /// Is it still left alone since it was opened for this time?
    pub(crate) const fn is_still(&self, opening: u64) -> bool {
        self.is_open() && self.opening == opening
    }

    /// The source answered.
    pub(crate) fn succeeded(&mut self) {
        self.failures = 0;
        self.retry_at = None;
    }

    /// What was let through was never sent, which tells nothing: the next may be the trial.
    pub(crate) fn unsent(&mut self, now: Instant) {
        if self.is_open() {
            self.retry_at = Some(now);
        }
    }

    /// The source did not answer. Gives which opening it is, where it is left alone from now on and
    /// was not before.
    pub(crate) fn failed(&mut self, now: Instant) -> Option<u64> {
        let was_open = self.is_open();
        self.failures = self.failures.saturating_add(1);
        if self.failures >= FAILURES_MAX {
            self.retry_at = Some(now + COOL_DOWN);
        }
        if was_open || !self.is_open() {
            return None;
        }
        self.opening = self.opening.wrapping_add(1);
        Some(self.opening)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(now: Instant) -> Breaker {
        let mut breaker = Breaker::default();
        for nth in 1..=FAILURES_MAX {
            let opening = breaker.failed(now);
            assert_eq!(opening.is_some(), nth == FAILURES_MAX, "said once");
        }
        breaker
    }

    #[test]
    fn stays_closed_below_the_limit_and_after_a_success() {
        let now = Instant::now();
        let mut breaker = Breaker::default();

        for _ in 1..FAILURES_MAX {
            breaker.failed(now);
        }
        assert_eq!(breaker.admit(now), Ok(()));
        breaker.succeeded();
        breaker.failed(now);

        assert_eq!(breaker.admit(now), Ok(()));
    }

    #[test]
    fn refuses_until_the_cool_down_then_lets_one_trial_through() {
        let now = Instant::now();
        let mut breaker = opened(now);

        assert_eq!(breaker.admit(now), Err(COOL_DOWN));
        assert_eq!(breaker.admit(now + COOL_DOWN), Ok(()));
        assert!(breaker.admit(now + COOL_DOWN).is_err());
    }

    #[test]
    fn what_was_never_sent_leaves_the_trial_to_the_next_and_closes_nothing() {
        let now = Instant::now();
        let mut breaker = opened(now);
        let later = now + COOL_DOWN;

        breaker.admit(later).unwrap();
        breaker.unsent(later);

        assert!(breaker.is_open());
        assert_eq!(breaker.admit(later), Ok(()));
        assert!(breaker.admit(later).is_err());
        breaker.succeeded();
        breaker.unsent(later);
        assert!(!breaker.is_open());
    }

    #[test]
    fn an_earlier_opening_is_over_once_it_closed_however_soon_it_opens_again() {
        let now = Instant::now();
        let mut breaker = Breaker::default();
        let mut openings = Vec::new();

        for _ in 0..2 {
            openings.extend((0..FAILURES_MAX).filter_map(|_| breaker.failed(now)));
            assert!(openings.last().is_some_and(|last| breaker.is_still(*last)));
            breaker.succeeded();
            assert!(openings.last().is_some_and(|last| !breaker.is_still(*last)));
        }
        for _ in 0..FAILURES_MAX {
            breaker.failed(now);
        }

        assert!(breaker.is_open());
        assert_eq!(openings.len(), 2);
        assert!(openings.iter().all(|opening| !breaker.is_still(*opening)));
    }

    #[test]
    fn a_failed_trial_refuses_again_and_a_good_one_closes() {
        let now = Instant::now();
        let mut breaker = opened(now);
        let later = now + COOL_DOWN;

        breaker.admit(later).unwrap();
        breaker.failed(later);
        assert!(breaker.is_open());
        assert!(breaker.admit(later).is_err());
        breaker.admit(later + COOL_DOWN).unwrap();
        breaker.succeeded();

        assert!(!breaker.is_open());

        assert_eq!(breaker.admit(later + COOL_DOWN), Ok(()));
        assert_eq!(breaker.admit(later + COOL_DOWN), Ok(()));
    }
}
