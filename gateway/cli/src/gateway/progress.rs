//! How far reading at start has come: a bar on a terminal, log lines elsewhere.

use std::io::{IsTerminal, Write, stderr};
use std::time::{Duration, Instant};

/// Nothing is shown of what takes no longer than this.
const PATIENCE: Duration = Duration::from_secs(1);
/// Between two log lines.
const LOG_EVERY: Duration = Duration::from_secs(5);
const CELLS: u64 = 40;

/// Shows progress on the standard error.
pub(super) struct Bar {
    /// What is being read.
    what: String,
    /// What of it is counted.
    unit: &'static str,
    started: Instant,
    shown: Option<Instant>,
    terminal: bool,
}

impl Bar {
    /// Starts the clock.
    pub(super) fn new(what: String, unit: &'static str) -> Self {
        Self {
            what,
            unit,
            started: Instant::now(),
            shown: None,
            terminal: stderr().is_terminal(),
        }
    }

    /// Shows that `done` of `total` are read, if it is time to.
    pub(super) fn show(&mut self, done: u64, total: u64) {
        if self.started.elapsed() < PATIENCE {
            return;
        }
        if self.terminal {
            // A terminal that is gone is no reason to stop.
            let _ = write!(stderr(), "\r{}", self.drawn(done, total));
        } else if self.shown.is_none_or(|at| at.elapsed() >= LOG_EVERY) {
            tracing::info!(done, total, unit = self.unit, "reading {}", self.what);
        } else {
            return;
        }
        self.shown = Some(Instant::now());
    }

    fn drawn(&self, done: u64, total: u64) -> String {
        let full = done.min(total).saturating_mul(CELLS) / total.max(1);
        let cells: String = (0..CELLS)
            .map(|cell| if cell < full { '#' } else { '.' })
            .collect();
        let (what, unit) = (&self.what, self.unit);
        format!("reading {what} [{cells}] {done} of {total} {unit}")
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if self.terminal && self.shown.is_some() {
            let _ = writeln!(stderr());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bar_is_empty_at_first_and_full_at_last() {
        let bar = Bar::new("the journal".to_owned(), "segments");
        let at = |done| bar.drawn(done, 8);

        assert_eq!(at(0).matches('#').count(), 0);
        assert_eq!(at(4).matches('#').count(), 20);
        assert_eq!(at(8).matches('.').count(), 0);
        assert!(at(8).ends_with("8 of 8 segments"));
    }

    #[test]
    fn bar_of_nothing_is_drawn_too() {
        let bar = Bar::new("people of `niche`".to_owned(), "people");

        let drawn = bar.drawn(0, 0);

        assert!(drawn.starts_with("reading people of `niche` ["));
        assert!(drawn.ends_with("0 of 0 people"));
    }
}
