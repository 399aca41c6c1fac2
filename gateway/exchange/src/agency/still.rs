//! Do the rules in force still let out what an approver was asked about?
//!
//! A task shows exactly what leaves if they agree, and was made under the policy of its day. Another
//! policy, a rule past its last day or a birthday may allow less by the time they decide: then
//! agreeing gives no more than the rules of now, and what left at once is not said again where it
//! would not leave now. Nor is it where the directory or the agreement has ended.

use stile_model::code::CategoryStatus;
use stile_model::returns::{Finding, Withheld};
use stile_model::time::Timestamp;
use stile_policy::Outcome;

use super::Agency;
use super::footing::Footing;
use super::minimise::withheld_code;
use super::rule::{Face, Ruling};
use super::stored::StoredEnquiry;
use super::task::{Allowed, Approval};

/// How much of what was ruled when the task was made still stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Still {
    /// All of it.
    AsAsked,
    /// What left at once may still leave; what was to be approved may not.
    AtOnce,
    /// Not even that.
    Nothing,
}

impl Still {
    /// The finding without what may not be said any more.
    pub(super) fn reduced(self, finding: Finding, fields: &[String]) -> Finding {
        match self {
            Self::AsAsked | Self::AtOnce => finding,
            Self::Nothing => {
                let code = withheld_code("approval_lapsed");
                let withheld = fields.iter().map(|field| Withheld {
                    field: field.clone(),
                    code: code.clone(),
                });
                Finding {
                    status: CategoryStatus::Withheld,
                    items: Vec::new(),
                    withheld: withheld.collect(),
                    referred: None,
                    ..finding
                }
            }
        }
    }
}

impl Agency {
    /// Rules again on what the task is about, on this footing, as of today. Where this hub may be told
    /// nothing more for the purpose, nothing stands, whatever the rules say.
    pub(super) fn still(
        &self,
        stored: &StoredEnquiry,
        approval: &Approval,
        (footing, now): (&Footing, Timestamp),
    ) -> Still {
        if !self.may_be_told(stored, now) {
            return Still::Nothing;
        }
        let finding = &approval.if_agreed;
        let mut subjects = stored.enquiry.subjects.iter().enumerate();
        let ruling = subjects
            .find(|(_, subject)| subject.id == finding.subject)
            .and_then(|(at, subject)| {
                let (asked, of) = (&stored.enquiry, &finding.category);
                self.rule_one(footing, asked, at, subject, of)
            });
        // A word that the vocabulary lost: nothing of it may be said.
        let Some(ruling) = ruling else {
            return Still::Nothing;
        };
        // A category closed or sealed since: today nobody would be asked, and everybody is told alike.
        if ruling.face == Face::Sealed {
            return Still::Nothing;
        }
        if !approval
            .allowed
            .iter()
            .all(|then| ruling.still_at_once(then))
        {
            return Still::Nothing;
        }
        let as_asked = |then: &Allowed| ruling.still_approved(then, approval);
        if approval.allowed.iter().all(as_asked) {
            Still::AsAsked
        } else {
            Still::AtOnce
        }
    }
}

impl Ruling {
    /// What the rules let out, to be held against the rules of another day.
    pub(super) fn allowed(&self) -> Vec<Allowed> {
        let fields = self.fields.iter();
        let all = fields.flat_map(|(field, decisions)| {
            decisions.iter().map(move |(recency, decision)| Allowed {
                field: field.clone(),
                recency: *recency,
                auto: decision.auto,
                approved: decision.approved,
            })
        });
        all.collect()
    }

    fn now(&self, then: &Allowed) -> Option<&Outcome> {
        let decision = self.decision(&then.field, then.recency)?;
        (!decision.sealed).then_some(decision)
    }

    fn still_at_once(&self, then: &Allowed) -> bool {
        let nothing = then.auto == stile_model::code::Rung::None;
        nothing || self.now(then).is_some_and(|now| now.auto >= then.auto)
    }

    /// With nobody else to ask than those who were.
    fn still_approved(&self, then: &Allowed, approval: &Approval) -> bool {
        if then.approved == stile_model::code::Rung::None {
            return true;
        }
        self.now(then).is_some_and(|now| {
            let asked = self.asked(now);
            let the_same = !now.is_referred()
                || (asked.roles.iter().all(|role| approval.roles.contains(role))
                    && (asked.any_of || !approval.any_of || asked.roles.len() < 2));
            now.approved >= then.approved && the_same
        })
    }
}
