//! What whoever asks may be told: the purpose, and a reason in the vocabulary's own words.

use serde::Serialize;
use stile_model::code::{Existence, Rung};
use stile_model::id::{CategoryId, Code};
use stile_model::vocabulary::Recency;
use utoipa::ToSchema;

use super::Asking;
use crate::decide::{Decision, Question};
use crate::space::{Point, RECENCY};

/// What the requester may be told. The same to the letter whether no rule speaks, the field is
/// sealed, or its existence is closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ForRequester {
    /// The purpose as the vocabulary names it.
    pub purpose: String,
    /// Why no more is said; `None` where policy lets it out in full.
    pub reason: Option<Code>,
    /// The reason in the vocabulary's words.
    pub name: String,
    /// What would change it, in the vocabulary's words.
    pub note: String,
}

impl ForRequester {
    /// The text to show.
    pub fn plain_english(&self) -> String {
        match &self.reason {
            Some(reason) => format!(
                "  Purpose: {}.\n  Reason:  {} (`{reason}`).\n  What would change it: {}\n",
                self.purpose, self.name, self.note
            ),
            None => format!(
                "  Purpose: {}.\n  Policy lets this out in full.\n",
                self.purpose
            ),
        }
    }
}

impl Asking<'_> {
    pub(super) fn requester(&self, question: &Question<'_>) -> ForRequester {
        let purpose = self.vocabulary.purpose(question.purpose);
        let reason = self.told(&question.field.category());
        let mut terms = self.vocabulary.withhold_codes.iter();
        let term = reason
            .as_ref()
            .and_then(|reason| terms.find(|term| &term.code == reason));
        ForRequester {
            purpose: purpose.map_or(String::new(), |purpose| purpose.name.clone()),
            name: term.map_or(String::new(), |term| term.name.clone()),
            note: term.map_or(String::new(), |term| term.note.clone()),
            reason,
        }
    }

    /// The reason that may be told. A category that must look like one without a record gives the
    /// reason of a field that no rule speaks of.
    fn told(&self, category: &CategoryId) -> Option<Code> {
        let evaluator = self.policy.evaluator();
        let decision = evaluator.decide(&self.point, self.on);
        if self.hides(category) {
            let mut nowhere = self.point;
            nowhere.field = None;
            return Some(evaluator.decide(&nowhere, self.on).withhold);
        }
        (decision.auto < Rung::Detail).then_some(decision.withhold)
    }

    /// Must the category look the same with and without a record? As in the answers of a gateway: a
    /// field of it is sealed at whatever time, or its existence is closed and nothing of it is
    /// released at once at the time asked about.
    fn hides(&self, category: &CategoryId) -> bool {
        let mut sealed = false;
        let mut known = false;
        let space = self.policy.space();
        for (place, field) in space.fields.iter().enumerate() {
            if &field.category != category {
                continue;
            }
            sealed |= self.at_any_time(place).any(|decision| decision.sealed);
            let mut point = self.point;
            point.field = Some(place);
            let now = self.policy.evaluator().decide(&point, self.on);
            known |= now.auto >= Rung::Known;
        }
        sealed || (!known && self.policy.existence(category) == Existence::Closed)
    }

    fn at_any_time(&self, field: usize) -> impl Iterator<Item = Decision> {
        (0..Recency::ALL.len()).map(move |recency| {
            let mut point: Point = self.point;
            point.field = Some(field);
            if let Some(word) = point.words.get_mut(RECENCY) {
                *word = recency;
            }
            self.policy.evaluator().decide(&point, self.on)
        })
    }
}
