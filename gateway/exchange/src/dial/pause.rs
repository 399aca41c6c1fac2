//! How long to wait before dialling, or asking, again: doubling, and never the same for two gateways.

use std::time::Duration;

/// Pauses between tries that failed.
#[derive(Debug)]
pub(crate) struct Pause {
    first: Duration,
    longest: Duration,
    next: Duration,
}

impl Pause {
    /// The first is at most `first`; each doubles the bound, up to `longest`.
    pub(crate) const fn new(first: Duration, longest: Duration) -> Self {
        Self {
            first,
            longest,
            next: first,
        }
    }

    /// The next pause: from half its bound to all of it, as `random` says, so that agencies that lost
    /// a hub together do not come back together.
    pub(crate) fn after(&mut self, random: u32) -> Duration {
        let bound = self.next.min(self.longest);
        self.next = bound.saturating_mul(2).min(self.longest);
        let half = bound / 2;
        half + half.mul_f64(f64::from(random) / f64::from(u32::MAX))
    }

    /// A connection held: the next pause is a first one again.
    pub(crate) const fn start_over(&mut self) {
        self.next = self.first;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn doubles_up_to_the_longest_and_starts_over_after_a_connection_that_held() {
        let (first, longest) = (Duration::from_millis(100), Duration::from_millis(500));
        let mut pause = Pause::new(first, longest);

        let bounds: Vec<_> = (0..5).map(|_| pause.after(u32::MAX).as_millis()).collect();
        pause.start_over();

        assert_eq!(bounds, [100, 200, 400, 500, 500]);
        assert_eq!(pause.after(0), first / 2);
    }

    proptest! {
        #[test]
        fn every_pause_is_between_half_its_bound_and_its_bound(
            first in 1_u64..60_000, times in 1_u64..1_000, tries in 1_u32..40, random: u32,
        ) {
            let (first, longest) = (Duration::from_millis(first), Duration::from_millis(first * times));
            let mut pause = Pause::new(first, longest);
            for n in 0..tries {
                let bound = first.saturating_mul(2_u32.saturating_pow(n)).min(longest);

                let found = pause.after(random);

                prop_assert!(found >= bound / 2 && found <= bound, "{found:?} of {bound:?}");
            }
        }
    }
}
