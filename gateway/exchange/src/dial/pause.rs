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

    /// The next pause where the other end says how long it is to be: no shorter than that, nor than the
    /// bound of [`Pause::after`], which doubles all the same, and by chance up to half as long again;
    /// never longer than the longest. So no word of the other end makes the tries follow on each other.
    pub(crate) fn no_sooner(&mut self, said: Duration, random: u32) -> Duration {
        let bound = self.next.min(self.longest);
        self.next = bound.saturating_mul(2).min(self.longest);
        let least = said.clamp(bound, self.longest);
        let more = (least / 2).mul_f64(f64::from(random) / f64::from(u32::MAX));
        (least + more).min(self.longest)
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

    #[test]
    fn waits_as_long_as_is_said_and_at_most_half_as_long_again() {
        let (first, longest) = (Duration::from_secs(2), Duration::from_mins(5));
        for said in [2, 15, 200].map(Duration::from_secs) {
            let pause = || Pause::new(first, longest);

            assert_eq!(pause().no_sooner(said, 0), said);
            let most = pause().no_sooner(said, u32::MAX);
            assert_eq!(most, (said * 3 / 2).min(longest));
        }
    }

    #[test]
    fn who_says_at_once_again_and_again_is_asked_ever_less_often() {
        for said in [Duration::ZERO, Duration::from_secs(1)] {
            let mut pause = Pause::new(Duration::from_secs(2), Duration::from_secs(20));

            let waits: Vec<_> = (0..6).map(|_| pause.no_sooner(said, 0).as_secs()).collect();

            assert_eq!(waits, [2, 4, 8, 16, 20, 20], "{said:?}");
        }
    }

    proptest! {
        #[test]
        fn nobody_makes_a_gateway_wait_longer_than_the_longest_pause_or_not_at_all(
            said: u64, random: u32, first in 1_u64..60_000, longest in 1_u64..60_000,
        ) {
            let (first, longest) = (Duration::from_millis(first), Duration::from_millis(longest));
            let mut pause = Pause::new(first, longest);

            let found = pause.no_sooner(Duration::from_secs(said), random);

            prop_assert!(found >= first.min(longest) && found <= longest, "{found:?}");
        }

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
