//! The work queue: every open case, the most urgent first, a page at a time.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use stile_ledger::{Entry, EntryKind};
use stile_model::code::Priority;
use stile_model::id::{CaseId, Code, UserId};
use stile_model::redact::Redacted;
use stile_model::time::Timestamp;
use stile_store::{Batch, PendingEntry};

use super::board::{AgencyCounts, Line, number_part};
use super::need::{Need, Timing};
use super::person::{Age, age, display_name};
use crate::error::ExchangeError;
use crate::evidence::{counts, reason};
use crate::hub::Hub;
use crate::people::Person;

/// Most lines of one page.
pub const PAGE_MAX: u32 = 100;

/// Which cases are wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Which {
    /// Every open case.
    #[default]
    All,
    /// Overdue, or most of the time has gone.
    AtRisk,
    /// Allocated to whoever asks.
    Mine,
    /// Allocated to nobody.
    Unallocated,
}

/// What of the queue is wanted.
#[derive(Debug, Clone)]
pub struct QueueFilter {
    /// Which cases.
    pub which: Which,
    /// Of this rating only.
    pub priority: Option<Priority>,
    /// Of this kind only.
    pub kind: Option<Code>,
    /// With this in their number; empty for any.
    pub number: String,
    /// Which page, from 1; past the last it is the last.
    pub page: u32,
    /// Lines of a page, 1 to 100.
    pub per_page: u32,
}

impl Default for QueueFilter {
    fn default() -> Self {
        Self {
            which: Which::All,
            priority: None,
            kind: None,
            number: String::new(),
            page: 1,
            per_page: 25,
        }
    }
}

/// One open case of the queue.
#[derive(Debug, Clone)]
pub struct QueueLine {
    /// Its number.
    pub case: CaseId,
    /// Name of the first person, if one is known.
    pub subject: Option<Redacted<String>>,
    /// Their age, if it is known.
    pub age: Option<Age>,
    /// How many further people it is about.
    pub others: usize,
    /// Kind.
    pub kind: Code,
    /// Rating.
    pub priority: Priority,
    /// When the clock started.
    pub opened: Timestamp,
    /// When an answer is due.
    pub due: Option<Timestamp>,
    /// How the clock stands.
    pub timing: Timing,
    /// Is the deadline missed, or near?
    pub at_risk: bool,
    /// How many agencies stand where.
    pub agencies: AgencyCounts,
    /// Who works on it.
    pub allocated: Option<UserId>,
    /// Further contacts that nobody who works on it has read.
    pub unread: usize,
    /// A referral says that somebody is in danger.
    pub in_danger: bool,
    /// What it needs of whoever looks.
    pub needs: Vec<Need>,
}

/// How many open cases there are of each sort, whatever the filter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct QueueCounts {
    /// All.
    pub all: usize,
    /// At risk.
    pub at_risk: usize,
    /// Allocated to whoever asks.
    pub mine: usize,
    /// Allocated to nobody.
    pub unallocated: usize,
}

/// A page of the queue.
#[derive(Debug, Clone)]
pub struct Queue {
    /// The lines, most urgent first.
    pub lines: Vec<QueueLine>,
    /// How many cases fit the filter.
    pub total: usize,
    /// This page, from 1.
    pub page: u32,
    /// How many pages there are, at least 1.
    pub pages: u32,
    /// How many there are of each sort.
    pub counts: QueueCounts,
    /// When it was looked at.
    pub at: Timestamp,
}

/// What was picked for a page, before anybody's name is read.
struct Picked {
    cases: Vec<CaseId>,
    total: usize,
    page: u32,
    pages: u32,
    counts: QueueCounts,
}

impl Hub {
    /// A page of the open cases; that it was looked at is recorded before it is shown.
    ///
    /// # Errors
    ///
    /// `role_missing`, `out_of_bounds`, or that the reading could not be recorded.
    pub async fn queue(
        &self,
        person: &Person,
        filter: &QueueFilter,
    ) -> Result<Queue, ExchangeError> {
        person.must_work_on_cases()?;
        let part = number_part(&filter.number)?;
        let now = self.clock.now();
        let picked = self.with_board(|lines| pick(lines, person, filter, &part, now))?;
        let mut shown = Vec::with_capacity(picked.cases.len());
        for case in picked.cases {
            shown.extend(self.shown(person, case, now)?);
        }
        self.record_queue_read(person, shown.len(), now).await?;
        Ok(Queue {
            lines: shown,
            total: picked.total,
            page: picked.page,
            pages: picked.pages,
            counts: picked.counts,
            at: now,
        })
    }

    /// The line with the name of its first person; none where the case was closed or erased meanwhile.
    /// It is read anew: another gateway on the same store may have changed it.
    fn shown(
        &self,
        person: &Person,
        id: CaseId,
        now: Timestamp,
    ) -> Result<Option<QueueLine>, ExchangeError> {
        let case = match self.case(&id) {
            Ok(case) => case,
            Err(ExchangeError::Refused(_)) => {
                self.live.board.touch(&id);
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let Some(line) = self.line_of(&case)? else {
            self.live.board.touch(&id);
            return Ok(None);
        };
        let subjects = &case.matter.subjects;
        let first = subjects.first();
        Ok(Some(QueueLine {
            case: id,
            subject: first.and_then(display_name),
            age: first.and_then(|subject| age(subject, now.date())),
            others: subjects.len().saturating_sub(1),
            timing: self.timing(&case, line.decided, now),
            at_risk: line.is_at_risk(now),
            needs: Self::needs(person, &line, now),
            kind: line.kind,
            priority: line.priority,
            opened: line.opened,
            due: line.due,
            agencies: line.agencies,
            allocated: line.allocated,
            unread: line.unread,
            in_danger: line.in_danger,
        }))
    }

    async fn record_queue_read(
        &self,
        person: &Person,
        shown: usize,
        now: Timestamp,
    ) -> Result<(), ExchangeError> {
        let entry = Entry {
            actor: Some(self.pseudonym(&person.user)),
            reason: reason("queue"),
            counts: counts(&[("cases", shown)]),
            ..Entry::new(EntryKind::Consultation, now)
        };
        let body =
            serde_json::to_vec(&person.user).map_err(|_| ExchangeError::Stored("reading"))?;
        let pending = PendingEntry {
            entry,
            body,
            case: None,
            subjects: Vec::new(),
        };
        let batch = Batch {
            entries: vec![pending],
            ..Batch::default()
        };
        self.store.commit(batch).await?;
        Ok(())
    }
}

/// The cases that fit a filter, and those of them that stand on its page.
fn pick(
    lines: &BTreeMap<CaseId, Line>,
    person: &Person,
    filter: &QueueFilter,
    part: &str,
    now: Timestamp,
) -> Picked {
    let mut counts = QueueCounts::default();
    let mut fitting: Vec<(&CaseId, &Line)> = Vec::new();
    for (case, line) in lines {
        let at_risk = line.is_at_risk(now);
        let mine = line.allocated.as_ref() == Some(&person.user);
        let free = line.allocated.is_none();
        counts.all += 1;
        counts.at_risk += usize::from(at_risk);
        counts.mine += usize::from(mine);
        counts.unallocated += usize::from(free);
        let which = match filter.which {
            Which::All => true,
            Which::AtRisk => at_risk,
            Which::Mine => mine,
            Which::Unallocated => free,
        };
        let fits = which
            && filter.priority.is_none_or(|wanted| wanted == line.priority)
            && filter.kind.as_ref().is_none_or(|kind| *kind == line.kind)
            && (part.is_empty() || case.as_str().contains(part));
        if fits {
            fitting.push((case, line));
        }
    }
    // Stable: what is equally urgent stays in the order of the numbers.
    fitting.sort_by_cached_key(|(_, line)| urgency(line));
    let per_page = filter.per_page.clamp(1, PAGE_MAX);
    let total = fitting.len();
    let whole = u32::try_from(total).unwrap_or(u32::MAX);
    let pages = whole.div_ceil(per_page).max(1);
    let page = filter.page.clamp(1, pages);
    let skip = usize::try_from((page - 1).saturating_mul(per_page)).unwrap_or(usize::MAX);
    let take = usize::try_from(per_page).unwrap_or(usize::MAX);
    let own = |(case, _): (&CaseId, &Line)| case.clone();
    Picked {
        cases: fitting.into_iter().skip(skip).take(take).map(own).collect(),
        total,
        page,
        pages,
        counts,
    }
}

/// Decided cases come last, unless there is a contact that nobody read; of the others, what is due first,
/// and then the highest rating.
fn urgency(line: &Line) -> (bool, i64, Reverse<Priority>) {
    let due = line.due.map_or(i64::MAX, Timestamp::millis);
    let rests = line.decided.is_some() && line.unread == 0;
    (rests, due, Reverse(line.priority))
}
