//! A question to policy, and the decision.

use serde::Serialize;
use stile_model::code::{ConsentState, Priority, Rung};
use stile_model::id::{Code, FieldId, MemberId, RuleId};
use stile_model::vocabulary::{AgeBand, Recency};
use utoipa::ToSchema;

/// One field, asked for one person under one purpose. `None` and `Unknown` mean not known.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// What is asked for.
    pub field: &'a FieldId,
    /// The legal gateway.
    pub purpose: &'a Code,
    /// The hub's rating of the case.
    pub priority: Option<Priority>,
    /// What was said about consent.
    pub consent: Option<ConsentState>,
    /// The person's role in the case.
    pub subject_role: Option<&'a Code>,
    /// The person's age.
    pub age: AgeBand,
    /// How long ago the event was.
    pub recency: Recency,
    /// The role of the officer who asks.
    pub requester: Option<&'a Code>,
    /// The hub that asks.
    pub hub: Option<&'a MemberId>,
}

/// Who must agree before more is said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, ToSchema)]
pub struct Approvers {
    /// Roles from the vocabulary, in alphabetical order.
    pub roles: Vec<Code>,
    /// One of them is enough; otherwise all must agree.
    pub any_of: bool,
}

/// What policy says about one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Released at once.
    pub auto: Rung,
    /// Released once the approvers agree; never below `auto`.
    pub approved: Rung,
    /// Who must agree; empty when nothing is to be asked.
    pub approvers: Approvers,
    /// Not even the existence of a record may be shown.
    pub sealed: bool,
    /// The rule that gives `auto`; `None` when nothing is released at once.
    pub granting: Option<RuleId>,
    /// The grant that permits `approved`, never a cap; `None` when nothing is released even then.
    pub giving: Option<RuleId>,
    /// The rules by which the approvers are asked.
    pub asking: Vec<RuleId>,
    /// Why no more than `auto` is said; for a sealed field the same as where no rule speaks.
    pub withhold: Code,
    /// Every rule that applied and decided, in alphabetical order.
    pub rules: Vec<RuleId>,
}

impl Decision {
    /// Is there something to ask an approver?
    pub fn is_referred(&self) -> bool {
        self.approved > self.auto
    }
}
