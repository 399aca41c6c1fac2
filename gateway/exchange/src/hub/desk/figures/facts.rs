//! What is counted of one case: codes and times, and nobody.

use stile_model::code::Priority;
use stile_model::id::{CaseId, Code, MemberId};
use stile_model::time::{Date, Timestamp};
use stile_store::{Put, Tree};

use super::Period;
use crate::error::ExchangeError;
use crate::hub::calendar::uk_date;
use crate::hub::progress::State;
use crate::hub::{Case, Hub};
use crate::retention::outcome_of;
use crate::stored::every;

/// One case, counted.
pub(super) struct Facts {
    pub(super) priority: Priority,
    pub(super) due: Option<Timestamp>,
    /// When it was decided, or closed without a decision.
    pub(super) decided: Option<Timestamp>,
    /// What became of it, once it is decided.
    pub(super) outcome: Option<Code>,
    /// Kind of the first referrer.
    pub(super) referrer: Option<Code>,
    pub(super) asked: Vec<Asked>,
}

/// One agency that was asked in a case.
pub(super) struct Asked {
    pub(super) agency: MemberId,
    pub(super) issued: Timestamp,
    /// When its first answer was kept, a refusal included.
    pub(super) answered: Option<Timestamp>,
}

/// The mark by which a case is found again by the month in which its clock started.
pub(in crate::hub::desk) fn opened_mark(case: &Case) -> Put {
    let id = &case.matter.id;
    Put {
        tree: Tree::Desk,
        key: [month(uk_date(case.opened)), id.as_str().as_bytes().to_vec()].concat(),
        value: Some(b"opened".to_vec()),
        case: Some(id.clone()),
    }
}

fn month(day: Date) -> Vec<u8> {
    format!("opened/{}/", day.strftime("%Y-%m")).into_bytes()
}

impl Hub {
    /// The facts of every case that was received in a period, as they stood when it is counted.
    pub(super) fn facts(&self, period: Period) -> Result<Vec<Facts>, ExchangeError> {
        let mut all = Vec::new();
        let mut first = period.from().first_of_month();
        while first <= period.until() {
            let prefix = month(first);
            for (key, _) in every(&self.store, Tree::Desk, &prefix)? {
                let id = key.get(prefix.len()..).unwrap_or_default();
                let id = std::str::from_utf8(id).ok();
                let id = id.and_then(|id| CaseId::new(id).ok());
                let id = id.ok_or(ExchangeError::Stored("mark of a case"))?;
                all.extend(self.facts_of(&id, period)?);
            }
            first = first.saturating_add(jiff::Span::new().months(1));
        }
        Ok(all)
    }

    fn facts_of(&self, id: &CaseId, period: Period) -> Result<Option<Facts>, ExchangeError> {
        let case = match self.case(id) {
            Ok(case) => case,
            // Erased since its mark was read.
            Err(ExchangeError::Refused(_)) => return Ok(None),
            Err(error) => return Err(error),
        };
        if !(period.from()..=period.until()).contains(&uk_date(case.opened)) {
            return Ok(None);
        }
        let at = period.counted_at();
        let work = self.work(id)?;
        let priority = work.priority_at(at).unwrap_or(case.matter.priority);
        let work = work.until(at);
        let closed = match work.closed() {
            Some((outcome, closed)) => Some((outcome.clone(), closed)),
            // Advice that closed the case as it was opened.
            None => outcome_of(&self.store, id)?
                .map(|closed| (closed.outcome, closed.closed))
                .filter(|(_, closed)| *closed <= at),
        };
        let decision = work.decision().map(|(decision, ..)| &decision.outcome);
        let outcome = closed.as_ref().map(|(outcome, _)| outcome).or(decision);
        let referrals = self.referrals_of(id)?;
        let first = referrals.into_iter().next();
        let clock = self.vocabulary.clock(priority);
        Ok(Some(Facts {
            priority,
            due: clock.map(|clock| self.settings.calendar.due(case.opened, clock)),
            outcome: outcome.cloned(),
            decided: work.first_decided().or(closed.map(|(_, closed)| closed)),
            referrer: first.and_then(|kept| kept.referral.referrer.kind),
            asked: self.asked(id, at)?,
        }))
    }

    fn asked(&self, id: &CaseId, at: Timestamp) -> Result<Vec<Asked>, ExchangeError> {
        let sent = self.sent_of(id)?.into_iter();
        let asked = sent.filter(|sent| sent.state != State::Superseded);
        let asked = asked.filter(|sent| sent.enquiry.issued <= at);
        let asked = asked.map(|sent| {
            let answered = match sent.state {
                State::Refused { .. } => sent.first.or(Some(sent.since)),
                _ => sent.first,
            };
            Asked {
                issued: sent.enquiry.issued,
                answered: answered.filter(|answered| *answered <= at),
                agency: sent.enquiry.to,
            }
        });
        Ok(asked.collect())
    }
}
