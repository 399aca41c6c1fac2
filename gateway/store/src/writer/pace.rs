//! When to close a group: as late as its frame is still ready when the disk is.
//!
//! Closed earlier, callers that are just being answered would miss it and wait for a whole flush more;
//! closed later, the disk would wait. Both times are learnt from the groups before. Nobody waits here
//! while the disk has nothing to do, so a lone caller is never delayed.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Tells the thread that collects when it is time.
pub(crate) struct Pace {
    state: Mutex<State>,
    moved: Condvar,
}

#[derive(Default)]
struct State {
    /// When the flush under way began.
    under_way: Option<Instant>,
    flush: Usual,
    prepare: Usual,
}

/// A time as it usually is: running mean and mean deviation (as RFC 6298 §2 has them).
#[derive(Debug, Default, Clone, Copy)]
struct Usual {
    mean: Duration,
    deviation: Duration,
}

impl Usual {
    fn add(&mut self, time: Duration) {
        if self.mean.is_zero() {
            (self.mean, self.deviation) = (time, time / 2);
            return;
        }
        self.deviation = (self.deviation * 3 + time.abs_diff(self.mean)) / 4;
        self.mean = (self.mean * 7 + time) / 8;
    }

    const fn short(&self) -> Duration {
        self.mean.saturating_sub(self.deviation)
    }

    const fn long(&self) -> Duration {
        self.mean.saturating_add(self.deviation)
    }
}

impl Pace {
    pub(crate) fn new() -> Self {
        Self {
            state: Mutex::default(),
            moved: Condvar::new(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until a group closed now is ready when the flush under way ends; gives the moment from
    /// which preparing it counts. Does not wait when no flush is under way.
    pub(crate) fn due(&self) -> Instant {
        let (mut state, mut slept) = (self.state(), None);
        loop {
            let now = Instant::now();
            let Some(begun) = state.under_way else {
                return now;
            };
            let due = begun + state.flush.short().saturating_sub(state.prepare.long());
            let left = due.saturating_duration_since(now);
            if left.is_zero() {
                // What a sleep took too long is time that preparing needs the next time.
                return slept.unwrap_or(now);
            }
            slept = Some(due);
            let waited = self.moved.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// A group that was due at that moment is ready for the disk.
    pub(crate) fn ready(&self, due: Instant) {
        self.state().prepare.add(due.elapsed());
    }

    /// A flush begins.
    pub(crate) fn begin(&self) {
        self.state().under_way = Some(Instant::now());
    }

    /// The flush under way has ended.
    pub(crate) fn end(&self) {
        let mut state = self.state();
        if let Some(begun) = state.under_way.take() {
            state.flush.add(begun.elapsed());
        }
        drop(state);
        self.moved.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::thread;

    use super::*;

    const HOUR: Duration = Duration::from_hours(1);

    fn pace(flush: Duration, prepare: Duration) -> Pace {
        let usual = |mean| Usual {
            mean,
            deviation: Duration::ZERO,
        };
        Pace {
            state: Mutex::new(State {
                under_way: None,
                flush: usual(flush),
                prepare: usual(prepare),
            }),
            moved: Condvar::new(),
        }
    }

    #[test]
    fn nobody_waits_while_the_disk_is_free() {
        let pace = pace(HOUR, Duration::ZERO);

        pace.due();
        pace.begin();
        pace.end();
        pace.due();
    }

    #[test]
    fn nobody_waits_where_preparing_takes_longer_than_flushing() {
        let pace = pace(HOUR, 2 * HOUR);
        pace.begin();

        pace.due();
    }

    #[test]
    fn group_is_closed_when_the_flush_ends_sooner_than_usual() {
        let pace = Arc::new(pace(HOUR, Duration::ZERO));
        pace.begin();
        let collecting = Arc::clone(&pace);
        let collector = thread::spawn(move || collecting.due());
        thread::sleep(Duration::from_millis(20));
        assert!(
            !collector.is_finished(),
            "closed long before the disk is free"
        );

        pace.end();

        collector.join().unwrap();
    }

    #[test]
    fn group_is_closed_before_a_flush_of_usual_length_ends() {
        let pace = pace(HOUR, HOUR.saturating_sub(Duration::from_millis(30)));
        pace.begin();
        let begun = Instant::now();

        let due = pace.due();

        assert!(begun.elapsed() >= Duration::from_millis(29));
        assert!(due.duration_since(begun) < Duration::from_mins(1));
    }

    #[test]
    fn usual_time_follows_and_widens_when_times_vary() {
        let mut usual = Usual::default();
        for _ in 0..50 {
            usual.add(Duration::from_millis(10));
        }
        assert_eq!(usual.mean, Duration::from_millis(10));
        assert!(usual.deviation < Duration::from_millis(1));

        usual.add(Duration::from_millis(50));

        assert!(usual.short() < Duration::from_millis(10));
        assert!(usual.long() > Duration::from_millis(20));
    }
}
