//! The open cases in memory: numbers, codes and times, and nobody's name.
//!
//! Read once from the marks of open cases, then case by case as each changes. What a page shows of
//! people is read and opened for the few cases of that page only.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use stile_model::code::Priority;
use stile_model::id::{CaseId, Code, UserId};
use stile_model::time::Timestamp;
use stile_store::Tree;

use super::work::open_key;
use crate::error::{ExchangeError, refuse};
use crate::hub::progress::State;
use crate::hub::{Case, Hub};
use crate::stored::every;

/// What is held in memory of one open case; no personal data.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) kind: Code,
    pub(super) priority: Priority,
    pub(super) opened: Timestamp,
    pub(super) due: Option<Timestamp>,
    pub(super) allocated: Option<UserId>,
    pub(super) agencies: AgencyCounts,
    /// When it was first decided.
    pub(super) decided: Option<Timestamp>,
    /// From when on it is at risk.
    pub(super) risk_from: Option<Timestamp>,
    /// A referrer who may be told was not told yet.
    pub(super) feedback_due: bool,
    /// Further contacts that were not read.
    pub(super) unread: usize,
    /// A referral says that somebody is in danger.
    pub(super) in_danger: bool,
}

impl Line {
    /// Is the deadline missed, or near, and the case not decided?
    pub(super) fn is_at_risk(&self, now: Timestamp) -> bool {
        self.decided.is_none() && self.risk_from.is_some_and(|from| from <= now)
    }
}

/// How many agencies stand where.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AgencyCounts {
    /// Asked.
    pub asked: u32,
    /// Answered all they will, refusals included.
    pub answered: u32,
    /// Answered in part: a person there must still decide.
    pub to_confirm: u32,
    /// Cannot be reached now.
    pub offline: u32,
    /// Refused, or gave an answer that could not be believed; also among `answered`.
    pub refused: u32,
}

/// The open cases of this process's memory.
#[derive(Debug, Default)]
pub(in crate::hub) struct Board(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    /// None before the first reading.
    lines: Option<BTreeMap<CaseId, Line>>,
    changed: BTreeSet<CaseId>,
}

impl Board {
    /// Remembers that a case must be read again.
    pub(in crate::hub) fn touch(&self, case: &CaseId) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Before the first reading everything is still to be read.
        if inner.lines.is_some() {
            inner.changed.insert(case.clone());
        }
    }
}

impl Hub {
    /// Works on the lines of all open cases, brought up to date first.
    pub(super) fn with_board<T>(
        &self,
        work: impl FnOnce(&BTreeMap<CaseId, Line>) -> T,
    ) -> Result<T, ExchangeError> {
        self.follow()?;
        let mut inner = self
            .live
            .board
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let Inner { lines, changed } = &mut *inner;
        let lines = if let Some(lines) = lines {
            for case in changed.iter() {
                match self.line(case)? {
                    Some(line) => lines.insert(case.clone(), line),
                    None => lines.remove(case),
                };
            }
            // Only now: what could not be read is read the next time.
            changed.clear();
            lines
        } else {
            let all = self.all_lines()?;
            self.follow_cases(all.keys());
            lines.insert(all)
        };
        Ok(work(lines))
    }

    fn all_lines(&self) -> Result<BTreeMap<CaseId, Line>, ExchangeError> {
        let mut lines = BTreeMap::new();
        for (key, _) in every(&self.store, Tree::Desk, b"open/")? {
            let case = case_of(&key)?;
            if let Some(line) = self.line(&case)? {
                lines.insert(case, line);
            }
        }
        Ok(lines)
    }

    /// The line of a case; none where it is closed or erased.
    fn line(&self, id: &CaseId) -> Result<Option<Line>, ExchangeError> {
        let Some(bytes) = self.store.get(Tree::Cases, id.as_str().as_bytes())? else {
            return Ok(None);
        };
        let case: Case =
            serde_json::from_slice(&bytes).map_err(|_| ExchangeError::Stored("case"))?;
        self.line_of(&case)
    }

    /// The line of a case as it stands; none where it is closed.
    pub(super) fn line_of(&self, case: &Case) -> Result<Option<Line>, ExchangeError> {
        let id = &case.matter.id;
        if self.store.get(Tree::Desk, &open_key(id))?.is_none() {
            return Ok(None);
        }
        let work = self.work(id)?;
        let clock = self.vocabulary.clock(case.matter.priority);
        let percent = self.settings.desk.at_risk_percent;
        let risk = clock.map(|clock| self.settings.calendar.after(case.opened, clock, percent));
        Ok(Some(Line {
            kind: case.matter.kind.clone(),
            risk_from: risk.filter(|_| case.due.is_some()),
            priority: case.matter.priority,
            opened: case.opened,
            due: case.due,
            allocated: work.allocated().map(|(user, _)| user.clone()),
            agencies: self.agency_counts(id)?,
            decided: work.first_decided(),
            feedback_due: !work.feedback_due().is_empty(),
            unread: work.unread().len(),
            in_danger: work.danger().is_some(),
        }))
    }

    pub(super) fn agency_counts(&self, id: &CaseId) -> Result<AgencyCounts, ExchangeError> {
        let mut counts = AgencyCounts::default();
        let all = self.sent_of(id)?;
        for sent in all.iter().filter(|sent| sent.state != State::Superseded) {
            counts.asked += 1;
            match sent.state {
                State::Answered => counts.answered += 1,
                State::InPart => counts.to_confirm += 1,
                State::Refused { .. } => {
                    counts.answered += 1;
                    counts.refused += 1;
                }
                State::Unreachable { .. } => counts.offline += 1,
                State::Busy { .. } | State::Superseded | State::Waiting => {}
            }
        }
        Ok(counts)
    }
}

fn case_of(key: &[u8]) -> Result<CaseId, ExchangeError> {
    key.strip_prefix(b"open/")
        .and_then(|number| std::str::from_utf8(number).ok())
        .and_then(|number| CaseId::new(number).ok())
        .ok_or(ExchangeError::Stored("mark of an open case"))
}

/// Refuses text that could not be part of a case number.
pub(super) fn number_part(text: &str) -> Result<String, ExchangeError> {
    let part = text.trim().to_ascii_uppercase();
    let fits = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-';
    if part.len() <= 40 && part.chars().all(fits) {
        Ok(part)
    } else {
        Err(refuse(
            "out_of_bounds",
            422,
            "a part of a case number is at most 40 of A-Z, 0-9 and -",
        ))
    }
}
