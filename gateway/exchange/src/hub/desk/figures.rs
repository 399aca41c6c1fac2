//! Figures about the work of a hub: how timely, how much, from whom, with what end.
//!
//! About cases and agencies, never about a person; small numbers are hidden, and so is everything from
//! which one could be worked out. Tables that count the same cases know of one another: a table is
//! shown only where its total may be known.
//!
//! ```text
//! received ─┬─ decided     by priority: in time, late;     by outcome
//!           └─ undecided   by priority: running, overdue
//! received     by kind of referrer
//! open now     by worker
//! asked        of each agency: in time, late, waiting
//! ```

mod csv;
mod facts;
mod linked;
mod period;
mod suppress;

use std::collections::BTreeMap;
use std::sync::Arc;

use stile_model::code::Priority;
use stile_model::id::{Code, MemberId, UserId};
use stile_model::time::Timestamp;

pub(in crate::hub::desk) use facts::opened_mark;
pub use period::{Every, Period};
pub use suppress::{Cell, Suppressed, Total, suppress};

use self::facts::Facts;
use self::linked::{Counted, is_large, may_be_known, shown_if};
use super::referral::REFERRERS;
use crate::error::{ExchangeError, refuse};
use crate::hub::Hub;
use crate::people::{Duty, Person};

/// Fewest answers of which a median is told.
const ANSWERS_MIN: usize = 5;

/// Cases of one rating.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriorityFigures {
    /// The rating.
    pub priority: Priority,
    /// Decided before they were due, or without a clock.
    pub in_time: Cell,
    /// Decided after they were due.
    pub late: Cell,
    /// Not decided and not due yet.
    pub running: Cell,
    /// Not decided and overdue.
    pub overdue: Cell,
}

/// What one agency was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgencyFigures {
    /// The agency.
    pub agency: MemberId,
    /// Enquiries.
    pub asked: Cell,
    /// First answered before the case was due.
    pub in_time: Cell,
    /// First answered later, or still awaited although the case is overdue.
    pub late: Cell,
    /// Awaited, and the case is not overdue.
    pub waiting: Cell,
    /// Half of the first answers came within this many seconds; told of five answers and more.
    pub median_s: Option<i64>,
    /// Share in time of those in time or late, in percent, where both are shown.
    pub in_time_percent: Option<u32>,
}

/// Figures of a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    /// The period.
    pub period: Period,
    /// As of when they are counted, the open cases apart, which are those of this moment.
    pub at: Timestamp,
    /// Cases received.
    pub received: Cell,
    /// Of these, decided.
    pub decided: Cell,
    /// Of these, not decided.
    pub undecided: Cell,
    /// By rating, the most urgent first.
    pub priorities: Vec<PriorityFigures>,
    /// Decided ones by outcome, in the vocabulary's order.
    pub outcomes: Vec<(Code, Cell)>,
    /// Received ones by kind of referrer; the last is those of whom it was not said.
    pub referrers: Vec<(Option<Code>, Cell)>,
    /// Open now, by worker; the last is those of nobody.
    pub workers: Vec<(Option<UserId>, Cell)>,
    /// By agency.
    pub agencies: Vec<AgencyFigures>,
}

impl Hub {
    /// The periods that can be counted, the newest first.
    ///
    /// # Errors
    ///
    /// `role_missing`.
    pub fn periods(&self, person: &Person) -> Result<Vec<Period>, ExchangeError> {
        person.must_be_one_of(&[Duty::HubManager, Duty::DecisionMaker])?;
        let every = self.settings.desk.figures;
        Ok(Period::offered(every, self.clock.now()))
    }

    /// The figures of a period, as they stood seven days after its end: the same whenever they are
    /// asked for, until cases of it are erased.
    ///
    /// # Errors
    ///
    /// `role_missing`, `out_of_bounds` for a period that is not one of [`Hub::periods`].
    pub async fn figures(
        self: &Arc<Self>,
        person: &Person,
        period: Period,
    ) -> Result<Figures, ExchangeError> {
        if !self.periods(person)?.contains(&period) {
            let every = self.settings.desk.figures.word();
            return Err(refuse(
                "out_of_bounds",
                422,
                format!("figures are told of a whole {every} that ended at least 7 days ago"),
            ));
        }
        // Thousands of cases are opened and read: not on a thread that serves others.
        let hub = Arc::clone(self);
        let counted = tokio::task::spawn_blocking(move || {
            let facts = hub.facts(period)?;
            hub.counted(period, &facts)
        });
        counted.await.map_err(|_| ExchangeError::Stored("figure"))?
    }

    /// The figures of a period as comma-separated values (RFC 4180): codes and numbers only.
    ///
    /// # Errors
    ///
    /// As [`Hub::figures`].
    pub async fn figures_csv(
        self: &Arc<Self>,
        person: &Person,
        period: Period,
    ) -> Result<String, ExchangeError> {
        Ok(csv::text(&self.figures(person, period).await?))
    }

    fn counted(&self, period: Period, facts: &[Facts]) -> Result<Figures, ExchangeError> {
        let now = period.counted_at();
        let decided: Vec<_> = facts.iter().filter(|one| one.decided.is_some()).collect();
        let open: Vec<_> = facts.iter().filter(|one| one.decided.is_none()).collect();
        let (outcomes, referrers) = (self.outcomes(&decided), referrers(facts));
        let [in_time, late, running, overdue] = ratings(&decided, &open, now);
        let shown = Counted {
            ended: [in_time, late].concat(),
            standing: [running, overdue].concat(),
            outcomes: values(&outcomes),
            referrers: values(&referrers),
        }
        .shown();
        let cell = |cells: &[Cell], place: usize| cells.get(place).copied().unwrap_or(Cell::Hidden);
        let rows = RATINGS.len();
        let priorities = RATINGS.into_iter().enumerate();
        Ok(Figures {
            period,
            at: now,
            received: shown.received,
            decided: shown.decided,
            undecided: shown.undecided,
            priorities: priorities
                .map(|(place, priority)| PriorityFigures {
                    priority,
                    in_time: cell(&shown.ended, place),
                    late: cell(&shown.ended, place + rows),
                    running: cell(&shown.standing, place),
                    overdue: cell(&shown.standing, place + rows),
                })
                .collect(),
            outcomes: named(outcomes, shown.outcomes),
            referrers: named(referrers, shown.referrers),
            workers: self.workers()?,
            agencies: agencies(facts, now),
        })
    }

    fn outcomes(&self, decided: &[&Facts]) -> Vec<(Code, u32)> {
        let terms = self.vocabulary.outcomes.iter();
        let counted = terms.map(|term| {
            let with = decided
                .iter()
                .filter(|one| one.outcome.as_ref() == Some(&term.code));
            (term.code.clone(), many(with.count()))
        });
        counted.collect()
    }

    /// Open cases by worker, in order of their names, and last those of nobody.
    fn workers(&self) -> Result<Vec<(Option<UserId>, Cell)>, ExchangeError> {
        let counted = self.with_board(|lines| {
            let mut counted: BTreeMap<Option<UserId>, u32> = BTreeMap::from([(None, 0)]);
            for line in lines.values() {
                *counted.entry(line.allocated.clone()).or_default() += 1;
            }
            counted
        })?;
        let mut counted: Vec<_> = counted.into_iter().collect();
        counted.sort_by_key(|(worker, _)| worker.is_none());
        let counts = values(&counted);
        let known = is_large(counts.iter().sum()) && may_be_known(&counts);
        Ok(named(counted, shown_if(known, &counts)))
    }
}

/// Ratings, the most urgent first.
const RATINGS: [Priority; 4] = [
    Priority::Red,
    Priority::Amber,
    Priority::Green,
    Priority::Blue,
];

/// By rating: decided in time, decided late, running, overdue.
fn ratings(decided: &[&Facts], open: &[&Facts], now: Timestamp) -> [Vec<u32>; 4] {
    let by_rating = |cases: &[&Facts], is: &dyn Fn(&Facts) -> bool| -> Vec<u32> {
        let counted = RATINGS.map(|priority| {
            let some = cases
                .iter()
                .filter(|one| one.priority == priority && is(one));
            many(some.count())
        });
        counted.to_vec()
    };
    let was_late =
        |one: &Facts| matches!((one.decided, one.due), (Some(at), Some(due)) if at > due);
    let is_over = |one: &Facts| one.due.is_some_and(|due| due < now);
    [
        by_rating(decided, &|one| !was_late(one)),
        by_rating(decided, &was_late),
        by_rating(open, &|one| !is_over(one)),
        by_rating(open, &is_over),
    ]
}

fn referrers(facts: &[Facts]) -> Vec<(Option<Code>, u32)> {
    let kinds = REFERRERS.iter().filter_map(|kind| Code::new(*kind).ok());
    let kinds = kinds.map(Some).chain([None]);
    let counted = kinds.map(|kind| {
        let of_kind = facts.iter().filter(|one| one.referrer == kind);
        let count = of_kind.count();
        (kind, many(count))
    });
    counted.collect()
}

fn agencies(facts: &[Facts], now: Timestamp) -> Vec<AgencyFigures> {
    let mut all: BTreeMap<&MemberId, Vec<(&Facts, &facts::Asked)>> = BTreeMap::new();
    for one in facts {
        for asked in &one.asked {
            all.entry(&asked.agency).or_default().push((one, asked));
        }
    }
    let figures = all.into_iter().map(|(agency, asked)| {
        let count = |is: &dyn Fn(Option<Timestamp>, Option<Timestamp>) -> bool| {
            let some = asked
                .iter()
                .filter(|(one, asked)| is(asked.answered, one.due));
            many(some.count())
        };
        let late = |answered: Option<Timestamp>, due: Option<Timestamp>| {
            due.is_some_and(|due| answered.unwrap_or(now) > due)
        };
        let counts = [
            count(&|answered, due| answered.is_some() && !late(answered, due)),
            count(&late),
            count(&|answered, due| answered.is_none() && !late(answered, due)),
        ];
        let whole = many(asked.len());
        let known = is_large(whole) && may_be_known(&counts);
        let cells = shown_if(known, &counts);
        let cell = |place: usize| cells.get(place).copied().unwrap_or(Cell::Hidden);
        let (in_time, late) = (cell(0), cell(1));
        AgencyFigures {
            agency: agency.clone(),
            asked: if known {
                Cell::Shown(whole)
            } else {
                Cell::Hidden
            },
            in_time,
            late,
            waiting: cell(2),
            median_s: median_s(&asked),
            in_time_percent: match (in_time, late) {
                (Cell::Shown(met), Cell::Shown(missed)) if met + missed > 0 => {
                    Some(met.saturating_mul(100) / (met + missed))
                }
                _ => None,
            },
        }
    });
    figures.collect()
}

fn median_s(asked: &[(&Facts, &facts::Asked)]) -> Option<i64> {
    let mut took: Vec<i64> = asked
        .iter()
        .filter_map(|(_, asked)| Some(asked.answered?.since_millis(asked.issued) / 1_000))
        .collect();
    took.sort_unstable();
    (took.len() >= ANSWERS_MIN)
        .then(|| took.get(took.len() / 2).copied())
        .flatten()
}

fn values<T>(counted: &[(T, u32)]) -> Vec<u32> {
    counted.iter().map(|(_, count)| *count).collect()
}

/// The rows with their cells in the place of their counts.
fn named<T>(counted: Vec<(T, u32)>, cells: Vec<Cell>) -> Vec<(T, Cell)> {
    let rows = counted.into_iter().map(|(row, _)| row);
    rows.zip(cells).collect()
}

fn many(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
