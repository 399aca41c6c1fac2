//! Looking back: what other rules would have answered, what each rule was needed for, why a past
//! enquiry was answered as it was, and the record of its decisions.
//!
//! Each reads what was asked in the past and so leaves an entry in the ledger before it is answered.

mod replay;
mod shape;
mod versions;

use std::sync::Arc;

use serde::Deserialize;
use stile_model::id::{CaseId, EnquiryId};
use stile_model::time::{Date, Timestamp};
use stile_policy::{DecisionRecord, Log, review, rulings};
use stile_store::StoreError;

use super::turns::in_turn;
use crate::agency::Agency;
use crate::audit::{Reading, Reason};
use crate::error::ExchangeError;
use crate::gateway::Gateway;
use crate::people::Person;
use versions::Earlier;

pub use shape::{
    Covered, DecisionRecords, LOG_MAX, LookAsked, PastExplained, ReplayAsked, Replayed,
    ReviewAsked, Reviewed, Span,
};

impl Agency {
    /// What each rule in force was needed for, after the reading is on record.
    ///
    /// # Errors
    ///
    /// `role_missing`, `out_of_bounds`, `unknown_reason`, or that it could not be recorded.
    pub async fn reviewed(
        self: &Arc<Self>,
        person: &Person,
        ask: ReviewAsked,
    ) -> Result<Reviewed, ExchangeError> {
        person.must_read_policy()?;
        let ReviewAsked { reason, span } = ask;
        reason.check()?;
        let limit = span.limit()?;
        let agency = Arc::clone(self);
        let since = span.since;
        let reviewed = in_turn(move || agency.review_of(since, limit)).await??;
        let entries = usize::try_from(reviewed.review.enquiries).unwrap_or(usize::MAX);
        self.record_look(person, ("reviewed", &reason, entries), &span)
            .await?;
        Ok(reviewed)
    }

    fn review_of(&self, since: Option<Date>, limit: usize) -> Result<Reviewed, ExchangeError> {
        let log = self.past_log(beginning(since), limit)?;
        let approvals = self.past_approvals(&log.past)?;
        let standing = self.governing.standing();
        let review = review(
            &standing.policy,
            &standing.bundle.rules,
            &self.vocabulary,
            self.clock.now().date(),
            Log {
                past: &log.past,
                released: &log.released,
                approvals: &approvals,
            },
        );
        Ok(Reviewed {
            review,
            covered: Covered {
                since,
                left_out: log.left_out,
                erased: log.erased,
                archived: log.archived,
            },
        })
    }

    /// Why a past enquiry was answered as it was, after the reading is on record.
    ///
    /// # Errors
    ///
    /// `role_missing`, `unknown_enquiry`, `unknown_reason`, or that it could not be recorded.
    pub async fn explained_past(
        self: &Arc<Self>,
        person: &Person,
        id: EnquiryId,
        ask: &LookAsked,
    ) -> Result<PastExplained, ExchangeError> {
        person.must_read_policy()?;
        ask.reason.check()?;
        let agency = Arc::clone(self);
        let (explained, case) = in_turn(move || agency.past_explained(id)).await??;
        let bodies = explained.decisions.len();
        self.record_one(person, ("explained", &ask.reason, bodies), (id, &case))
            .await?;
        Ok(explained)
    }

    fn past_explained(&self, id: EnquiryId) -> Result<(PastExplained, CaseId), ExchangeError> {
        let (past, case) = self.past_of(id)?;
        let decisions = self.decision_records(id)?;
        let in_force = self.policy.load_full();
        let old = self.rules_of(&past.policy, &in_force)?;
        let old = match &old {
            Earlier::InForce => Some(&*in_force),
            Earlier::Held(set) => Some(&**set),
            Earlier::NotHeld => None,
        };
        let rulings = old.map(|old| rulings(old, &past, &self.vocabulary));
        let version = match &rulings {
            Some(_) => self.version_of(&past.policy, past.ruled)?,
            None => None,
        };
        let explained = PastExplained {
            enquiry: id,
            ruled: past.ruled,
            policy: past.policy,
            version,
            rulings: rulings.unwrap_or_default(),
            decisions,
        };
        Ok((explained, case))
    }

    /// The decision records of one enquiry, after the reading is on record.
    ///
    /// # Errors
    ///
    /// `role_missing`, `unknown_enquiry`, `archived`, `unknown_reason`, or that it could not be recorded.
    pub async fn recorded_decisions(
        self: &Arc<Self>,
        person: &Person,
        id: EnquiryId,
        ask: &LookAsked,
    ) -> Result<DecisionRecords, ExchangeError> {
        person.must_read_policy()?;
        ask.reason.check()?;
        let (_, case) = self.past_of(id)?;
        let agency = Arc::clone(self);
        let records = in_turn(move || agency.decision_records(id)).await??;
        let bodies = records.len();
        self.record_one(person, ("shown", &ask.reason, bodies), (id, &case))
            .await?;
        Ok(DecisionRecords { records })
    }

    /// The record of each decision on an enquiry whose permit's body is held, in order.
    ///
    /// # Errors
    ///
    /// `role_missing`, `unknown_enquiry`, `archived`.
    pub(crate) fn decision_records(
        &self,
        id: EnquiryId,
    ) -> Result<Vec<DecisionRecord>, ExchangeError> {
        let mut records = Vec::new();
        for index in self.permits_of(id)? {
            let body = match self.store.opened(index) {
                Ok((_, body)) => body,
                Err(StoreError::Erased) => continue,
                Err(error) => return Err(error.into()),
            };
            let kept: Kept =
                serde_json::from_slice(&body).map_err(|_| ExchangeError::Stored("entry body"))?;
            records.extend(kept.record);
        }
        Ok(records)
    }

    async fn record_look(
        self: &Arc<Self>,
        person: &Person,
        (what, reason, entries): (&'static str, &Reason, usize),
        span: &Span,
    ) -> Result<(), ExchangeError> {
        let reading = Reading::of(what, reason, entries);
        let asked = format!("policy {what}");
        Gateway::Agency(Arc::clone(self))
            .record(person, reading, (asked, span))
            .await
    }
}

impl Agency {
    /// Records that what is kept of one enquiry was read.
    async fn record_one(
        self: &Arc<Self>,
        person: &Person,
        (what, reason, bodies): (&'static str, &Reason, usize),
        (id, case): (EnquiryId, &CaseId),
    ) -> Result<(), ExchangeError> {
        let reading = Reading {
            bodies,
            case: Some(case),
            concerns: self.permits_of(id)?.first().copied(),
            ..Reading::of(what, reason, bodies)
        };
        Gateway::Agency(Arc::clone(self))
            .record(person, reading, id)
            .await
    }
}

/// What a permit's body keeps, as far as it is needed here.
#[derive(Deserialize)]
struct Kept {
    record: Option<DecisionRecord>,
}

/// The first instant of the day.
fn beginning(since: Option<Date>) -> Option<Timestamp> {
    since.and_then(|day| format!("{day}T00:00:00Z").parse().ok())
}
