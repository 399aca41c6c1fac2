//! How far reading the journal at start has come: a bar on a terminal, log lines elsewhere.

use std::io::{IsTerminal, Write, stderr};
use std::time::{Duration, Instant};

use stile_store::Progress;

/// Nothing is shown of what takes no longer than this.
const PATIENCE: Duration = Duration::from_secs(1);
/// Between two log lines.
const LOG_EVERY: Duration = Duration::from_secs(5);
const CELLS: u64 = 40;

/// Shows progress on the standard error.
pub(super) struct Bar {
    started: Instant,
    shown: Option<Instant>,
    terminal: bool,
}

impl Bar {
    /// Starts the clock.
    pub(super) fn new() -> Self {
        Self {
            started: Instant::now(),
            shown: None,
            terminal: stderr().is_terminal(),
        }
    }

    /// Shows it, if it is time to.
    pub(super) fn show(&mut self, progress: Progress) {
        if self.started.elapsed() < PATIENCE {
            return;
        }
        if self.terminal {
            // A terminal that is gone is no reason to stop.
            let _ = write!(stderr(), "\r{}", bar(progress));
        } else if self.shown.is_none_or(|at| at.elapsed() >= LOG_EVERY) {
            let Progress { done, total } = progress;
            tracing::info!(done, total, "reading the journal's segments");
        } else {
            return;
        }
        self.shown = Some(Instant::now());
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if self.terminal && self.shown.is_some() {
            let _ = writeln!(stderr());
        }
    }
}

fn bar(Progress { done, total }: Progress) -> String {
    let full = done.min(total).saturating_mul(CELLS) / total.max(1);
    let cells: String = (0..CELLS)
        .map(|cell| if cell < full { '#' } else { '.' })
        .collect();
    format!("reading the journal [{cells}] {done} of {total} segments")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bar_is_empty_at_first_and_full_at_last() {
        let at = |done| bar(Progress { done, total: 8 });

        assert_eq!(at(0).matches('#').count(), 0);
        assert_eq!(at(4).matches('#').count(), 20);
        assert_eq!(at(8).matches('.').count(), 0);
        assert!(at(8).ends_with("8 of 8 segments"));
    }

    #[test]
    fn bar_of_no_segments_is_drawn_too() {
        assert!(bar(Progress { done: 0, total: 0 }).ends_with("0 of 0 segments"));
    }
}
