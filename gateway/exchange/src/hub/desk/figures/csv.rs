//! Figures as comma-separated values: one count a line, so that any tool can turn them round.
//!
//! ```text
//! table,row,column,value
//! timeliness,red,in_time,27
//! ```
//!
//! Every word is a code; a hidden count is the word `suppressed`. Nothing begins with a character that
//! a spreadsheet would take for a formula.

use std::fmt::Write as _;

use super::{Cell, Figures};

/// The word for a count that is not shown.
const SUPPRESSED: &str = "suppressed";

pub(super) fn text(figures: &Figures) -> String {
    let mut lines = Lines("table,row,column,value\r\n".to_owned());
    let period = figures.period;
    lines.word("period", "days", "from", &period.from().to_string());
    lines.word("period", "days", "until", &period.until().to_string());
    lines.count("received", "all", "cases", figures.received);
    lines.count("received", "decided", "cases", figures.decided);
    lines.count("received", "undecided", "cases", figures.undecided);
    for one in &figures.priorities {
        let row = one.priority.as_str();
        lines.count("timeliness", row, "in_time", one.in_time);
        lines.count("timeliness", row, "late", one.late);
        lines.count("timeliness", row, "running", one.running);
        lines.count("timeliness", row, "overdue", one.overdue);
    }
    for (outcome, cell) in &figures.outcomes {
        lines.count("outcome", outcome.as_str(), "cases", *cell);
    }
    for (kind, cell) in &figures.referrers {
        let row = kind.as_ref().map_or("not_said", |kind| kind.as_str());
        lines.count("referrer", row, "cases", *cell);
    }
    for (worker, cell) in &figures.workers {
        let row = worker.as_ref().map_or("nobody", |worker| worker.as_str());
        lines.count("open_now", row, "cases", *cell);
    }
    for one in &figures.agencies {
        let row = one.agency.as_str();
        lines.count("agency", row, "asked", one.asked);
        lines.count("agency", row, "in_time", one.in_time);
        lines.count("agency", row, "late", one.late);
        lines.count("agency", row, "waiting", one.waiting);
        if let Some(median) = one.median_s {
            lines.word("agency", row, "median_s", &median.to_string());
        }
    }
    lines.0
}

struct Lines(String);

impl Lines {
    fn count(&mut self, table: &str, row: &str, column: &str, cell: Cell) {
        match cell {
            Cell::Hidden => self.word(table, row, column, SUPPRESSED),
            Cell::Shown(count) => self.word(table, row, column, &count.to_string()),
        }
    }

    fn word(&mut self, table: &str, row: &str, column: &str, value: &str) {
        // Writing into a string does not fail.
        let _ = write!(self.0, "{table},{row},{column},{value}\r\n");
    }
}
