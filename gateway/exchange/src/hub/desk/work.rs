//! How a case is worked on: one step after the other, each kept, none rewritten.
//!
//! ```text
//! work/<case>\0<number, 4 bytes big-endian>    a step, sealed under the case's key
//! open/<case>                                  present until the case is closed
//! ```
//!
//! A step is written only where no other has its number, together with what it changes and its entry
//! in the ledger: of two people who change a case at once, one is refused and looks again.

mod keep;

use serde::{Deserialize, Serialize};
use stile_model::code::Priority;
use stile_model::enquiry::Consent;
use stile_model::id::{Code, MemberId, UserId};
use stile_model::redact::Redacted;
use stile_model::time::Timestamp;

use super::referral::Said;
use crate::error::ExchangeError;
pub(in crate::hub::desk) use keep::Next;
use keep::changed_meanwhile;
pub(in crate::hub) use keep::open_key;
pub(crate) use keep::{closing, open_mark};

/// One step of the work on a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// When.
    pub at: Timestamp,
    /// Who did it.
    pub by: UserId,
    /// What.
    #[serde(flatten)]
    pub done: Done,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "done")]
pub enum Done {
    /// Somebody is to work on it.
    Allocated {
        /// Who.
        to: UserId,
        /// Who did before.
        from: Option<UserId>,
    },
    /// It was closed, or its outcome put right.
    Closed {
        /// What became of it.
        outcome: Code,
    },
    /// What is known of consent changed; enquiries sent before keep what they were signed with.
    ConsentChanged {
        /// Before.
        from: Consent,
        /// Since.
        to: Consent,
        /// Why, in words.
        why: Redacted<String>,
    },
    /// A further contact was added to it.
    ContactAdded {
        /// Its number among the referrals of the case, from 0.
        referral: u32,
        /// Where a reply goes.
        feedback: FeedbackWanted,
        /// Is somebody in danger at this moment?
        danger: Option<Said>,
        /// With the case, or later.
        came: Came,
    },
    /// Whoever works on it has read a further contact.
    ContactRead {
        /// Its number among the referrals of the case.
        referral: u32,
    },
    /// The decision maker decided.
    Decided(Decision),
    /// Somebody above was asked to help before a deadline is missed.
    Escalated(Escalated),
    /// The referrer was told.
    FeedbackSent {
        /// The referral that was answered.
        referral: u32,
        /// What they were told, in full.
        text: Redacted<String>,
    },
    /// The rating changed, and with it the deadline.
    PriorityChanged {
        /// Before.
        from: Priority,
        /// Since.
        to: Priority,
        /// Coded reason: one of [`super::PRIORITY_REASONS`].
        reason: Code,
        /// Why, in words.
        why: Redacted<String>,
        /// When an answer is due since.
        due: Option<Timestamp>,
    },
}

/// When a referral came to its case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Came {
    /// Once it was open: whoever works on it has to read it.
    Later,
    /// The case was opened with it.
    WithCase,
}

/// May the person who referred be told what became of it?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeedbackWanted {
    /// They may not, or it was not said.
    No,
    /// They may.
    Yes,
}

/// What the decision maker decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Outcome, from the vocabulary.
    pub outcome: Code,
    /// Which threshold is met, or not, and why.
    pub reasoning: Redacted<String>,
    /// What is to be done, each by whom.
    pub actions: Vec<Redacted<String>>,
}

/// Who was asked to help.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Escalated {
    /// The agency whose answer is awaited, if it is about one.
    pub agency: Option<MemberId>,
    /// To whom: name or office.
    pub to: Redacted<String>,
    /// Coded reason: one of [`super::ESCALATION_REASONS`].
    pub reason: Code,
    /// What was asked, in words.
    pub note: Redacted<String>,
}

/// How much of a case somebody had seen when they decided to act on it: the number of its steps.
///
/// Whoever acts says it, so that nobody overwrites what another did since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen(pub u32);

/// Everything done on a case so far.
#[derive(Debug, Clone, Default)]
pub struct Work {
    /// The steps, oldest first.
    pub steps: Vec<Step>,
}

impl Work {
    /// How much there is to see.
    pub fn seen(&self) -> Seen {
        Seen(u32::try_from(self.steps.len()).unwrap_or(u32::MAX))
    }

    /// What was done since somebody looked, oldest first.
    pub fn since(&self, seen: Seen) -> &[Step] {
        let from = usize::try_from(seen.0).unwrap_or(usize::MAX);
        self.steps.get(from..).unwrap_or_default()
    }

    /// Refuses to go on where the case is not as it was when somebody looked.
    pub(super) fn must_be_as(&self, seen: Seen) -> Result<(), ExchangeError> {
        if self.seen() == seen {
            Ok(())
        } else {
            Err(changed_meanwhile())
        }
    }

    /// Further contacts that nobody who works on the case has said to have read, by number.
    pub fn unread(&self) -> Vec<u32> {
        let is_read = |number: u32| {
            self.steps.iter().any(
                |step| matches!(&step.done, Done::ContactRead { referral } if *referral == number),
            )
        };
        let added = self.steps.iter().filter_map(|step| match &step.done {
            Done::ContactAdded {
                referral,
                came: Came::Later,
                ..
            } => Some(*referral),
            _ => None,
        });
        added.filter(|number| !is_read(*number)).collect()
    }

    /// Does a referral say that somebody is in danger, and since when was that known?
    pub fn danger(&self) -> Option<Timestamp> {
        let mut steps = self.steps.iter().rev();
        steps.find_map(|step| match &step.done {
            Done::ContactAdded {
                danger: Some(Said::Yes),
                ..
            } => Some(step.at),
            _ => None,
        })
    }

    /// Who works on it now, and since when.
    pub fn allocated(&self) -> Option<(&UserId, Timestamp)> {
        self.steps.iter().rev().find_map(|step| match &step.done {
            Done::Allocated { to, .. } => Some((to, step.at)),
            _ => None,
        })
    }

    /// The newest decision, by whom and when.
    pub fn decision(&self) -> Option<(&Decision, &UserId, Timestamp)> {
        self.steps.iter().rev().find_map(|step| match &step.done {
            Done::Decided(decision) => Some((decision, &step.by, step.at)),
            _ => None,
        })
    }

    /// When it was first decided: against this the clock is held.
    pub fn first_decided(&self) -> Option<Timestamp> {
        self.steps.iter().find_map(|step| match &step.done {
            Done::Decided(_) => Some(step.at),
            _ => None,
        })
    }

    /// What it was closed with, and when it was first.
    pub fn closed(&self) -> Option<(&Code, Timestamp)> {
        fn of(step: &Step) -> Option<(&Code, Timestamp)> {
            match &step.done {
                Done::Closed { outcome } => Some((outcome, step.at)),
                _ => None,
            }
        }
        let (outcome, _) = self.steps.iter().rev().find_map(of)?;
        let (_, first) = self.steps.iter().find_map(of)?;
        Some((outcome, first))
    }

    /// What had been done by then.
    pub(super) fn until(mut self, at: Timestamp) -> Self {
        self.steps.retain(|step| step.at <= at);
        self
    }

    /// The rating at that moment; none where it did not change since.
    pub(super) fn priority_at(&self, at: Timestamp) -> Option<Priority> {
        let mut later = self.steps.iter().filter(|step| step.at > at);
        later.find_map(|step| match &step.done {
            Done::PriorityChanged { from, .. } => Some(*from),
            _ => None,
        })
    }

    /// Referrals whose referrer may be told and was not yet.
    pub fn feedback_due(&self) -> Vec<u32> {
        let is_sent = |number: u32| {
            self.steps.iter().any(|step| {
                matches!(&step.done, Done::FeedbackSent { referral, .. } if *referral == number)
            })
        };
        let wanted = self.steps.iter().filter_map(|step| match &step.done {
            Done::ContactAdded {
                referral,
                feedback: FeedbackWanted::Yes,
                ..
            } => Some(*referral),
            _ => None,
        });
        wanted.filter(|number| !is_sent(*number)).collect()
    }

    /// How many referrals the case has.
    pub fn referrals(&self) -> u32 {
        let added = self
            .steps
            .iter()
            .filter(|step| matches!(step.done, Done::ContactAdded { .. }));
        u32::try_from(added.count()).unwrap_or(u32::MAX)
    }
}
