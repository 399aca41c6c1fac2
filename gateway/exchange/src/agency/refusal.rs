//! A refusal is evidence too: it is recorded before the hub hears of it.
//!
//! A peer that has used up its hour cannot fill the ledger: of what it sends beyond, the first is
//! recorded, and one entry at the hour's end counts the rest by code. Likewise one counts, by urgency,
//! what was told to come again because there was no room: nothing was decided about those.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;
use stile_ledger::{Entry, EntryKind};
use stile_model::digest::Digest;
use stile_model::enquiry::{Enquiry, Officer};
use stile_model::id::{Code, EnquiryId, MemberId};
use stile_model::problem::Problem;
use stile_model::time::Timestamp;
use stile_policy::DecisionRequest;
use stile_store::{Batch, PendingEntry};
use stile_trust::peer::Peer;

use super::Agency;
use super::room::{Urgency, busy};
use crate::error::ExchangeError;
use crate::evidence::{pending, reason};
use crate::form;
use crate::security::Happened;

/// What was refused.
#[derive(Clone, Copy)]
pub(super) enum Refused<'a> {
    /// The hub's own signed question.
    Question(&'a Enquiry, &'a str),
    /// Bytes that are not known to be anybody's question.
    Text(&'a str),
    /// A body too long, or too broken, to be read at all.
    Unread,
}

/// What the sealed body of a refusal keeps.
#[derive(Serialize)]
struct Body<'a> {
    problem: &'a Problem,
    #[serde(skip_serializing_if = "Option::is_none")]
    enquiry: Option<EnquiryId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    requester: Option<&'a Officer>,
    /// The request as a decision record has it, where the refusal left enough to fill it.
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<DecisionRequest>,
}

/// Refusals that are counted and not yet recorded: how many of each code.
#[derive(Debug, Default)]
pub(super) struct Uncounted(std::sync::Mutex<Counts>);

type Counts = HashMap<Of, BTreeMap<Code, u32>>;

/// What is counted together in one entry.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Of {
    member: MemberId,
    hour: i64,
    why: Why,
}

/// Why it is counted instead of recorded one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Why {
    /// The member's budget is used up; counted by code.
    Budget,
    /// There was no room; counted by urgency.
    Room,
}

impl Why {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Budget => "budget_exhausted",
            Self::Room => "busy",
        }
    }
}

impl Agency {
    /// Records that a peer's enquiry was not admitted, and gives the error back.
    ///
    /// A refusal that cannot be recorded is still a refusal; the failure is logged.
    pub(super) async fn record_refusal(
        &self,
        error: ExchangeError,
        peer: &Peer,
        refused: Refused<'_>,
        now: Timestamp,
    ) -> ExchangeError {
        let problem = error.problem();
        let member = &peer.identity.member;
        let beyond = self.spend(member, now).is_err();
        if beyond && !self.first_beyond(member, problem.code(), now) {
            return error;
        }
        let entry = self.refusal(&problem, member, refused, now);
        let batch = Batch {
            entries: vec![entry],
            refusal_only: true,
            ..Batch::default()
        };
        if let Err(unwritten) = self.store.commit(batch).await {
            tracing::error!(code = problem.code(), error = %unwritten, "a refusal was not recorded");
        }
        error
    }

    fn refusal(
        &self,
        problem: &Problem,
        member: &MemberId,
        refused: Refused<'_>,
        now: Timestamp,
    ) -> PendingEntry {
        let about = match refused {
            Refused::Question(enquiry, _) => {
                self.scribe().of_enquiry(EntryKind::Refusal, enquiry, now)
            }
            Refused::Text(_) | Refused::Unread => Entry::new(EntryKind::Refusal, now),
        };
        let entry = Entry {
            member: Some(member.clone()),
            digest: match refused {
                Refused::Question(_, jws) | Refused::Text(jws) => Some(Digest::of(jws.as_bytes())),
                Refused::Unread => None,
            },
            policy: Some(self.policy.load().digest()),
            reason: reason(problem.code()),
            ..about
        };
        let enquiry = match refused {
            Refused::Question(enquiry, _) => Some(enquiry),
            Refused::Text(_) | Refused::Unread => None,
        };
        let body = Body {
            problem,
            enquiry: enquiry.map(|enquiry| enquiry.id),
            requester: enquiry.map(|enquiry| &enquiry.requester),
            request: enquiry.and_then(|enquiry| {
                form::request(enquiry, &self.vocabulary, &self.directory.load()).ok()
            }),
        };
        let body = serde_json::to_vec(&body).unwrap_or_default();
        match enquiry {
            Some(enquiry) => pending(entry, body, enquiry),
            None => PendingEntry {
                entry,
                body,
                case: None,
                subjects: Vec::new(),
            },
        }
    }

    /// Is this the first of the member beyond its budget in this hour? Others are only counted.
    fn first_beyond(&self, member: &MemberId, code: &str, now: Timestamp) -> bool {
        let Ok(mut all) = self.live.uncounted.0.lock() else {
            // Better an entry too many than one too few.
            return true;
        };
        let of = Of {
            member: member.clone(),
            hour: hour_of(now),
            why: Why::Budget,
        };
        let Some(counts) = all.get_mut(&of) else {
            all.insert(of, BTreeMap::new());
            return true;
        };
        count(counts, code);
        false
    }

    /// Tells an enquiry to come again, and counts it.
    pub(super) fn turned_away(&self, question: &Enquiry, now: Timestamp) -> ExchangeError {
        let urgency = question.priority.into();
        self.count_turned_away(&question.from, urgency, now);
        busy(urgency)
    }

    /// Counts an enquiry that was told to come again.
    pub(super) fn count_turned_away(&self, member: &MemberId, urgency: Urgency, now: Timestamp) {
        let of = Of {
            member: member.clone(),
            hour: hour_of(now),
            why: Why::Room,
        };
        let Ok(mut all) = self.live.uncounted.0.lock() else {
            return;
        };
        let counts = all.entry(of).or_default();
        let first = counts.is_empty();
        count(counts, urgency.as_str());
        drop(all);
        if first {
            Happened::TurnedAway.tell(urgency.as_str(), Some(member), None);
        }
    }

    /// Records what members sent beyond their budgets, or when there was no room, in hours that are
    /// over, or, when the gateway is `ending`, in any: one entry for each member, hour and reason.
    ///
    /// # Errors
    ///
    /// When it could not be written; it is tried again at the next call.
    pub async fn record_counted(&self, ending: bool) -> Result<usize, ExchangeError> {
        let now = self.clock.now();
        let hour = hour_of(now);
        let mut due = HashMap::new();
        if let Ok(mut all) = self.live.uncounted.0.lock() {
            let (over, current) = std::mem::take(&mut *all)
                .into_iter()
                .partition(|(of, _)| ending || of.hour != hour);
            (due, *all) = (over, current);
        }
        due.retain(|_, counts: &mut BTreeMap<Code, u32>| !counts.is_empty());
        let many = due.len();
        let entries = due.iter().map(|(of, counts)| PendingEntry {
            entry: Entry {
                member: Some(of.member.clone()),
                policy: Some(self.policy.load().digest()),
                reason: reason(of.why.as_str()),
                counts: counts.clone(),
                ..Entry::new(EntryKind::Refusal, now)
            },
            body: Vec::new(),
            case: None,
            subjects: Vec::new(),
        });
        let batch = Batch {
            entries: entries.collect(),
            refusal_only: true,
            ..Batch::default()
        };
        if many > 0
            && let Err(error) = self.store.commit(batch).await
        {
            self.count_again(due);
            return Err(error.into());
        }
        Ok(many)
    }

    /// Puts counts back that could not be recorded.
    fn count_again(&self, lost: Counts) {
        let Ok(mut all) = self.live.uncounted.0.lock() else {
            return;
        };
        for (of, counts) in lost {
            let kept = all.entry(of).or_default();
            for (code, count) in counts {
                let sum = kept.entry(code).or_insert(0);
                *sum = sum.saturating_add(count);
            }
        }
    }
}

fn count(counts: &mut BTreeMap<Code, u32>, code: &str) {
    if let Some(code) = reason(code) {
        let count = counts.entry(code).or_insert(0);
        *count = count.saturating_add(1);
    }
}

fn hour_of(now: Timestamp) -> i64 {
    now.millis().div_euclid(3_600_000)
}
