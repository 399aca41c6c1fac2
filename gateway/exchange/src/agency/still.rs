//! Do the rules in force still let out what an approver was asked about?
//!
//! A task shows exactly what leaves if they agree, and was made under the policy of its day. Another
//! policy, a rule past its last day, a birthday or a record that grew older may allow less by the
//! time they decide: then agreeing gives no more than the rules of now, and what left at once is not
//! said again where it would not leave now. Nor is it where the directory or the agreement has ended.
//!
//! What leaves names its rules, and its record gives their grounds. So each of them must still be a
//! grant that speaks of the field, on the same ground.

use std::collections::BTreeSet;

use stile_model::code::CategoryStatus;
use stile_model::returns::{Finding, Withheld};
use stile_model::subject::Shown;
use stile_model::time::{Date, Timestamp};
use stile_model::vocabulary::Recency;
use stile_policy::{Outcome, RuleGround};

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
        let allowed = approval.allowed_on(now.date());
        let at_once = allowed.iter().all(|then| ruling.still_at_once(then));
        // What is said again if nobody agrees had left at once.
        if !at_once || !ruling.still_grounded(&approval.if_lapsed, approval) {
            return Still::Nothing;
        }
        let as_asked = |then: &Allowed| ruling.still_approved(then, approval);
        if allowed.iter().all(as_asked) && ruling.still_grounded(finding, approval) {
            Still::AsAsked
        } else {
            Still::AtOnce
        }
    }
}

impl Approval {
    /// What was allowed when this was asked, also of the ages that records shown have come to since.
    fn allowed_on(&self, today: Date) -> Vec<Allowed> {
        let aged = self.oldest.iter().flat_map(|(then, event)| {
            let bands = passed(*then, Recency::of(Some(*event), today));
            bands.flat_map(|band| {
                let of_then = self.allowed.iter().filter(|one| one.recency == *then);
                of_then.map(move |one| Allowed {
                    recency: band,
                    ..one.clone()
                })
            })
        });
        self.allowed.iter().cloned().chain(aged).collect()
    }
}

/// The ages that an event came to since it was of one, up to the one it is of now. An event that was
/// still to come begins with the newest.
fn passed(then: Recency, now: Recency) -> impl Iterator<Item = Recency> {
    let since = move |band: &Recency| match then {
        Recency::Unknown => now != Recency::Unknown,
        dated => *band > dated,
    };
    let all = Recency::ALL.iter().copied();
    all.filter(since).filter(move |band| *band <= now)
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

    /// The rules that these findings name, with their grounds, each once.
    pub(super) fn grounds(&self, findings: [&Finding; 2]) -> Vec<RuleGround> {
        let shown = findings.into_iter().flat_map(shown);
        let named: BTreeSet<_> = shown.map(|shown| &shown.rule).collect();
        let rules = named
            .into_iter()
            .filter_map(|id| self.policy.rules().rule(id));
        rules.map(RuleGround::of).collect()
    }

    /// Does every rule that a finding names still let the field out, on the ground it had?
    fn still_grounded(&self, finding: &Finding, approval: &Approval) -> bool {
        shown(finding).all(|shown| {
            let then = approval
                .grounds
                .iter()
                .find(|ground| ground.rule == shown.rule);
            let now = self.policy.rules().rule(&shown.rule);
            now.zip(then).is_some_and(|(now, then)| {
                let speaks = self
                    .category
                    .field(&shown.field)
                    .is_ok_and(|field| now.target.covers(&field));
                speaks && now.verb.grants() && RuleGround::of(now) == *then
            })
        })
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

fn shown(finding: &Finding) -> impl Iterator<Item = &Shown> {
    finding.items.iter().flat_map(|item| &item.fields)
}

#[cfg(test)]
mod tests;
