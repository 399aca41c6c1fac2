//! Looking back: what other rules would have answered, what each rule was needed for, why a past
//! enquiry was answered as it was, and the record of its decisions.
//!
//! Each reads what was asked in the past and so leaves an entry in the ledger before it is answered.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use stile_model::digest::Digest;
use stile_model::id::{CaseId, EnquiryId};
use stile_model::time::{Date, Timestamp};
use stile_policy::{
    DecisionRecord, Log, PastEnquiry, PastRuling, PolicySet, Replay, Review, replay, review,
    rulings,
};
use stile_store::StoreError;
use utoipa::ToSchema;

use super::guards::RULES;
use super::kept;
use super::log::PastLog;
use super::turns::in_turn;
use crate::agency::Agency;
use crate::audit::{Reading, Reason};
use crate::error::{ExchangeError, refuse};
use crate::gateway::Gateway;
use crate::people::Person;

/// Most past enquiries looked at, and the number where none is given.
pub const LOG_MAX: u32 = 100_000;
const LOG_USUAL: u32 = 10_000;
/// Most changed enquiries that are listed one by one; all are counted.
const LISTED: usize = 200;

/// How far back to look.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Span {
    /// From this day on; from the beginning when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Date>,
    /// At most this many enquiries, the newest: 1 to 100,000; 10,000 when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 100_000)]
    pub limit: Option<u32>,
}

/// A request to replay past enquiries with other rules.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplayAsked {
    /// Why the log is read: `audit`, `review`, ….
    pub reason: Reason,
    /// The text of the other `rules.toml`.
    pub rules: String,
    /// How far back.
    #[serde(default)]
    pub span: Span,
}

/// A request for an access review.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewAsked {
    /// Why the log is read.
    pub reason: Reason,
    /// How far back.
    #[serde(default)]
    pub span: Span,
}

/// A request about one past enquiry.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LookAsked {
    /// Why the log is read.
    pub reason: Reason,
}

/// Which part of the log was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Covered {
    /// From this day on; from the beginning when none was given.
    pub since: Option<Date>,
    /// Older enquiries of that time, left out by the limit.
    pub left_out: u64,
    /// Enquiries of that time whose details were erased, so that nothing can be said of them.
    pub erased: u64,
    /// Older entries lie in an archive; what was erased before is not counted.
    pub archived: bool,
}

/// What a replay found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Replayed {
    /// What would be different.
    pub replay: Replay,
    /// Enquiries ruled on by a version other than the one in force; each is held against the version
    /// that ruled it.
    pub by_earlier_versions: u64,
    /// Enquiries ruled on by rules whose text is not held, or not for this vocabulary: these are held
    /// against the rules in force.
    pub by_unknown_versions: u64,
    /// Which part of the log.
    pub covered: Covered,
}

/// What an access review found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Reviewed {
    /// What each rule did.
    pub review: Review,
    /// Which part of the log.
    pub covered: Covered,
}

/// Why a past enquiry was answered as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PastExplained {
    /// The enquiry.
    pub enquiry: EnquiryId,
    /// When it was ruled on.
    pub ruled: Timestamp,
    /// The rules that ruled, by the digest of their text.
    pub policy: Digest,
    /// The version they are; none where their text is not held, or not for this vocabulary. Then
    /// nothing is explained.
    pub version: Option<u64>,
    /// Field by field.
    pub rulings: Vec<PastRuling>,
    /// The record of each decision, with who took it.
    pub decisions: Vec<DecisionRecord>,
}

/// The record of each decision on one enquiry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DecisionRecords {
    /// One for each return, in order.
    pub records: Vec<DecisionRecord>,
}

/// The rules of an earlier time.
enum Earlier {
    InForce,
    Held(Box<PolicySet>),
    NotHeld,
}

impl Agency {
    /// Replays past enquiries with the rules of `ask`, after the reading is on record.
    ///
    /// # Errors
    ///
    /// `policy_refused` with every mistake of the rules, `out_of_bounds`, `unknown_reason`, or that it
    /// could not be recorded.
    pub async fn replayed(
        self: &Arc<Self>,
        person: &Person,
        ask: ReplayAsked,
    ) -> Result<Replayed, ExchangeError> {
        let ReplayAsked {
            reason,
            rules,
            span,
        } = ask;
        reason.check()?;
        let limit = span.limit()?;
        let agency = Arc::clone(self);
        let since = span.since;
        let replayed = in_turn(move || {
            let new = agency.compiled(&rules)?;
            agency.replay_with(&new, since, limit)
        })
        .await??;
        let entries = usize::try_from(replayed.replay.enquiries).unwrap_or(usize::MAX);
        self.record_look(person, ("replayed", &reason, entries), &span)
            .await?;
        Ok(replayed)
    }

    /// What `new` would have answered to the newest `limit` enquiries since `since`. Nothing is
    /// recorded of it here.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub(super) fn replay_with(
        &self,
        new: &PolicySet,
        since: Option<Date>,
        limit: usize,
    ) -> Result<Replayed, ExchangeError> {
        let PastLog {
            past,
            left_out,
            erased,
            archived,
            ..
        } = self.past_log(beginning(since), limit)?;
        let mut versions: BTreeMap<Digest, Vec<&PastEnquiry>> = BTreeMap::new();
        for one in &past {
            versions.entry(one.policy).or_default().push(one);
        }
        let in_force = self.policy.load_full();
        let (mut earlier, mut unknown) = (0_u64, 0_u64);
        let mut told = Replay::default();
        for (digest, past) in versions {
            let count = u64::try_from(past.len()).unwrap_or(u64::MAX);
            let old = self.rules_of(&digest)?;
            let old = match &old {
                Earlier::InForce => &in_force,
                Earlier::Held(set) => {
                    earlier = earlier.saturating_add(count);
                    &**set
                }
                Earlier::NotHeld => {
                    unknown = unknown.saturating_add(count);
                    &in_force
                }
            };
            let part = replay(old, new, past, &self.vocabulary, LISTED);
            told.add(part, usize::MAX);
        }
        told.changed.sort_by_key(|one| Reverse(one.ruled));
        told.changed.truncate(LISTED);
        Ok(Replayed {
            replay: told,
            by_earlier_versions: earlier,
            by_unknown_versions: unknown,
            covered: Covered {
                since,
                left_out,
                erased,
                archived,
            },
        })
    }

    /// What each rule in force was needed for, after the reading is on record.
    ///
    /// # Errors
    ///
    /// `out_of_bounds`, `unknown_reason`, or that it could not be recorded.
    pub async fn reviewed(
        self: &Arc<Self>,
        person: &Person,
        ask: ReviewAsked,
    ) -> Result<Reviewed, ExchangeError> {
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
        let (policy, text) = self.with_text();
        let review = review(
            &policy,
            &text,
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

    /// The rules in force and their text, which belong together.
    fn with_text(&self) -> (Arc<PolicySet>, String) {
        let (policy, standing) = (self.policy.load_full(), self.governing.standing());
        (policy, standing.bundle.rules.clone())
    }

    /// Why a past enquiry was answered as it was, after the reading is on record.
    ///
    /// # Errors
    ///
    /// `unknown_enquiry`, `unknown_reason`, or that it could not be recorded.
    pub async fn explained_past(
        self: &Arc<Self>,
        person: &Person,
        id: EnquiryId,
        ask: &LookAsked,
    ) -> Result<PastExplained, ExchangeError> {
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
        let old = self.rules_of(&past.policy)?;
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
    /// `unknown_enquiry`, `archived`, `unknown_reason`, or that it could not be recorded.
    pub async fn recorded_decisions(
        self: &Arc<Self>,
        person: &Person,
        id: EnquiryId,
        ask: &LookAsked,
    ) -> Result<DecisionRecords, ExchangeError> {
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
    /// `unknown_enquiry`, `archived`.
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

    /// Parses and compiles rules that are not in force, proving that Casbin reads them alike.
    fn compiled(&self, rules: &str) -> Result<PolicySet, ExchangeError> {
        let today = self.clock.now().date();
        let seed = crate::random::seed()?;
        Ok(PolicySet::activate_for(
            Some(&self.me),
            RULES,
            rules,
            &self.vocabulary,
            &self.kind,
            today,
            seed,
        )?)
    }

    /// The rules of this digest, if their text is held and written for this vocabulary.
    fn rules_of(&self, digest: &Digest) -> Result<Earlier, ExchangeError> {
        if self.policy.load().digest() == *digest {
            return Ok(Earlier::InForce);
        }
        let Some(version) = self.version_of(digest, self.clock.now())? else {
            return Ok(Earlier::NotHeld);
        };
        let (bundle, _) = self.governing.ground.signed(version)?;
        if bundle.digests.vocabulary != self.vocabulary.digest {
            return Ok(Earlier::NotHeld);
        }
        // What was once served and is not read as a policy any more must not stop a look at the rest.
        match self.compiled(&bundle.rules) {
            Ok(set) => Ok(Earlier::Held(Box::new(set))),
            Err(ExchangeError::Policy(_)) => Ok(Earlier::NotHeld),
            Err(error) => Err(error),
        }
    }

    /// The version with the rules of this digest that was in force at an instant: the same rules may
    /// have come into force again since.
    fn version_of(&self, digest: &Digest, at: Timestamp) -> Result<Option<u64>, ExchangeError> {
        let newest = self.governing.standing().bundle.version;
        let mut found = None;
        for version in (1..=newest).rev() {
            // What was only proposed or approved never ruled on anything.
            let key = kept::key(kept::ACTIVATED, version);
            let Some(activated) = kept::read::<kept::Activated>(&self.store, &key)? else {
                continue;
            };
            let (bundle, _) = self.governing.ground.signed(version)?;
            if bundle.digests.rules == *digest {
                found = Some(version);
                if activated.since <= at {
                    break;
                }
            }
        }
        Ok(found)
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

impl Span {
    fn limit(&self) -> Result<usize, ExchangeError> {
        let limit = self.limit.unwrap_or(LOG_USUAL);
        if !(1..=LOG_MAX).contains(&limit) {
            return Err(refuse(
                "out_of_bounds",
                422,
                "`span.limit` must be 1 to 100000",
            ));
        }
        Ok(usize::try_from(limit).unwrap_or(usize::MAX))
    }
}

/// The first instant of the day.
fn beginning(since: Option<Date>) -> Option<Timestamp> {
    since.and_then(|day| format!("{day}T00:00:00Z").parse().ok())
}
