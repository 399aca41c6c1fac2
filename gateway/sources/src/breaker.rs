//! Leaves a failing source alone for a while, so that it fails fast and can recover.
//!
//! ```text
//! closed --5 failures in a row--> open --5 s--> one trial --ok--> closed
//!                                  ^-------------- failed --'
//! ```
//!
//! A trial needs nobody's question: the source is tried by itself while it is left alone.

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

    /// The source answered.
    pub(crate) fn succeeded(&mut self) {
        *self = Self::default();
    }

    /// The source did not answer. Says whether it is left alone from now on, and was not before.
    pub(crate) fn failed(&mut self, now: Instant) -> bool {
        let was_open = self.is_open();
        self.failures = self.failures.saturating_add(1);
        if self.failures >= FAILURES_MAX {
            self.retry_at = Some(now + COOL_DOWN);
        }
        self.is_open() && !was_open
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(now: Instant) -> Breaker {
        let mut breaker = Breaker::default();
        for nth in 1..=FAILURES_MAX {
            assert_eq!(breaker.failed(now), nth == FAILURES_MAX, "said once");
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
