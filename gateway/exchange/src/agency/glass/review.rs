//! The compulsory review of a use, and the alarm where nobody reviewed it in time.
//!
//! A list of uses shows nobody's data. Opening one shows why it was made and exactly what was released,
//! from the ledger's own record, and so it is recorded before it is shown (DPA 2018 s.62(1)(c)).

use serde::{Deserialize, Serialize};
use stile_ledger::EntryKind;
use stile_model::id::{CaseId, Code, EnquiryId, UserId};
use stile_model::redact::Redacted;
use stile_model::returns::{Finding, Return};
use stile_model::time::Timestamp;
use stile_policy::{Decider, DecisionRecord};
use stile_store::{StoreError, Tree};

use super::{GlassUse, check_words, kept, known};
use crate::agency::Agency;
use crate::agency::opened::Opening;
use crate::error::{ExchangeError, refuse};
use crate::people::{Duty, Person};

/// What a review may find: code and meaning.
pub const GLASS_FINDINGS: [(&str, &str); 3] = [
    ("justified", "it was right, and there was no other way"),
    (
        "justified_with_lessons",
        "it was right, and something must change so that it is not needed again",
    ),
    (
        "not_justified",
        "it was wrong; the disclosure is to be treated as an incident",
    ),
];

/// What a reviewer orders.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GlassFinding {
    /// A code of [`GLASS_FINDINGS`].
    pub finding: Code,
    /// Why, and what follows: 10 to 500 characters; kept sealed.
    pub reason: Redacted<String>,
}

/// A review, as kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GlassReview {
    /// Who.
    pub by: UserId,
    /// When.
    pub at: Timestamp,
    /// What was found.
    pub finding: Code,
    /// Why, in their words.
    pub reason: Redacted<String>,
}

/// One use in a list: nothing of it names or describes whom the case is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GlassLine {
    /// The approval.
    pub task: EnquiryId,
    /// The hub's case number.
    pub case: CaseId,
    /// Who.
    pub by: UserId,
    /// When.
    pub opened: Timestamp,
    /// By when another person must review it.
    pub review_by: Timestamp,
    /// What the review found, once there is one.
    pub finding: Option<Code>,
}

/// A use, and what came of it.
#[derive(Debug, Clone)]
pub struct OpenedUse {
    /// The use.
    pub of: GlassUse,
    /// What was released by it; none where whoever made it only looked.
    pub released: Option<GlassReleased>,
}

/// What was released in place of the role that was asked.
#[derive(Debug, Clone)]
pub struct GlassReleased {
    /// Number of the return.
    pub n: u32,
    /// When it was made.
    pub at: Timestamp,
    /// Index of its permit in the ledger.
    pub permit: u64,
    /// Exactly what left, as the permit's sealed body has it.
    pub findings: Vec<Finding>,
    /// Why it was released, in the words of whoever did.
    pub why: Option<Redacted<String>>,
}

/// What a permit's body keeps, as far as it is needed here.
#[derive(Deserialize)]
struct Permitted {
    answer: Return,
    record: Option<DecisionRecord>,
}

/// Who sees uses and their reviews.
const SEES: [Duty; 3] = [Duty::IgLead, Duty::InformationGovernance, Duty::Auditor];

impl Agency {
    /// Every use, those that wait for a review first, soonest due first, without anybody's data.
    ///
    /// # Errors
    ///
    /// `role_missing`: for `ig_lead`, `information_governance` and `auditor`.
    pub fn glass_uses(&self, person: &Person) -> Result<Vec<GlassLine>, ExchangeError> {
        person.must_be_one_of(&SEES)?;
        let mut uses = self.glass_uses_kept()?;
        uses.sort_by_key(|one| (one.review.is_some(), one.review_by, one.task));
        Ok(uses.into_iter().map(GlassLine::of).collect())
    }

    /// One use: why it was made, and exactly what was released by it. The reading is recorded first.
    ///
    /// # Errors
    ///
    /// `role_missing`: for `ig_lead`, `information_governance` and `auditor`; `unknown_task`, or that
    /// the reading could not be recorded.
    pub async fn open_use(
        &self,
        person: &Person,
        id: EnquiryId,
    ) -> Result<OpenedUse, ExchangeError> {
        person.must_be_one_of(&SEES)?;
        let of = self.glass_use(id)?;
        let of = of.ok_or_else(no_such_use)?;
        let released = self.released_by(&of)?;
        let items = released.iter().flat_map(|released| &released.findings);
        let opening = Opening {
            task: of.task,
            why: "break_glass_use",
            shown: ("items", items.map(|finding| finding.items.len()).sum()),
        };
        let enquiry = self.enquiry(of.enquiry)?;
        self.record_opening(person, &opening, &enquiry, self.clock.now())
            .await?;
        Ok(OpenedUse { of, released })
    }

    /// What whoever made this use released by it, as the ledger has it.
    fn released_by(&self, of: &GlassUse) -> Result<Option<GlassReleased>, ExchangeError> {
        let ended = self.any_task(of.task)?.ended;
        let ended = ended.filter(|ended| ended.by.as_ref() == Some(&of.by));
        let Some(n) = ended.and_then(|ended| ended.told) else {
            return Ok(None);
        };
        let Some(permit) = self.permit_of(of.enquiry, n)? else {
            return Ok(None);
        };
        let (_, body) = self.store.opened(permit)?;
        let kept: Permitted =
            serde_json::from_slice(&body).map_err(|_| ExchangeError::Stored("entry body"))?;
        let why = kept.record.and_then(|record| match record.by {
            Decider::Person { why, .. } => Some(why),
            Decider::Policy(_) | Decider::Time => None,
        });
        Ok(Some(GlassReleased {
            n,
            at: kept.answer.issued,
            permit,
            findings: kept.answer.findings,
            why,
        }))
    }

    /// Reviews a use, durably. By another person than the one who made it.
    ///
    /// # Errors
    ///
    /// `role_missing`, `unknown_task`, `glass_own_use`, `already_decided`, `unknown_ground`,
    /// `reason_missing`.
    pub async fn review_glass(
        &self,
        person: &Person,
        id: EnquiryId,
        order: &GlassFinding,
    ) -> Result<GlassUse, ExchangeError> {
        person.must_be_one_of(&[Duty::IgLead, Duty::InformationGovernance])?;
        check_words(&order.reason)?;
        known(&order.finding, &GLASS_FINDINGS)?;
        let _turn = self.live.glass().lock().await;
        let of = self.glass_use(id)?;
        let of = of.ok_or_else(no_such_use)?;
        if of.by == person.user {
            return Err(refuse(
                "glass_own_use",
                403,
                "another person must review what this person did",
            ));
        }
        if of.review.is_some() {
            return Err(reviewed_before());
        }
        let review = GlassReview {
            by: person.user.clone(),
            at: self.clock.now(),
            finding: order.finding.clone(),
            reason: order.reason.clone(),
        };
        let step = kept::reviewed(&of, &review)?;
        let of = GlassUse {
            review: Some(review),
            ..of
        };
        let enquiry = self.enquiry(of.enquiry)?;
        let kind = EntryKind::BreakGlassReview;
        let batch = self.glass_batch((&of, step), &enquiry, kind, &order.finding)?;
        match self.store.commit(batch).await {
            // Somebody reviewed it at another gateway on this store.
            Err(StoreError::AlreadyThere(Tree::Meta)) => Err(reviewed_before()),
            other => {
                other?;
                Ok(of)
            }
        }
    }

    /// Puts on record, once each, that uses were not reviewed in time, and says so in the log.
    ///
    /// # Errors
    ///
    /// When it cannot be recorded; then it is tried again.
    pub async fn alarm_of_glass(&self) -> Result<usize, ExchangeError> {
        let _turn = self.live.glass().lock().await;
        let now = self.clock.now();
        let mut overdue = self.glass_uses_kept()?;
        overdue.retain(|one| one.is_overdue(now) && !one.alarmed);
        let mut many = 0;
        for of in overdue {
            let step = kept::late(&of)?;
            let of = GlassUse {
                alarmed: true,
                ..of
            };
            let word = Code::new("break_glass_unreviewed");
            let word = word.map_err(|_| ExchangeError::Stored("break-glass"))?;
            let enquiry = self.enquiry(of.enquiry)?;
            let batch = self.glass_batch((&of, step), &enquiry, EntryKind::Lapse, &word)?;
            match self.store.commit(batch).await {
                // Another gateway on this store has said so, or it was reviewed this moment.
                Err(StoreError::AlreadyThere(Tree::Meta)) => continue,
                other => other?,
            };
            many += 1;
            tracing::error!(case = %of.case, task = %of.task,
                "a broken glass was not reviewed in time; nobody may break it until it is");
        }
        Ok(many)
    }
}

impl GlassLine {
    fn of(of: GlassUse) -> Self {
        Self {
            task: of.task,
            case: of.case,
            by: of.by,
            opened: of.opened,
            review_by: of.review_by,
            finding: of.review.map(|review| review.finding),
        }
    }
}

fn no_such_use() -> ExchangeError {
    refuse("unknown_task", 404, "there is no such use")
}

fn reviewed_before() -> ExchangeError {
    refuse("already_decided", 409, "this use has been reviewed")
}
