//! The lean form of a ruling: what serving needs, as numbers, with the words left in the policy.

use stile_model::code::Rung;

/// What policy says about one field, without its grounds.
///
/// Copied freely and holds no text: the policy that gave it tells the words
/// ([`PolicySet::reason`](crate::PolicySet::reason), [`PolicySet::approvers`](crate::PolicySet::approvers)),
/// so keep the two together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// Released at once.
    pub auto: Rung,
    /// Released once the approvers agree; never below `auto`.
    pub approved: Rung,
    /// Not even the existence of a record may be shown.
    pub sealed: bool,
    /// One of the approvers is enough; otherwise all must agree.
    pub any_of: bool,
    /// The approvers, one bit a role of the policy.
    pub(crate) roles: u64,
    /// Place of the withhold code in the policy.
    pub(crate) reason: u16,
    /// Place of the rule that gives `auto`.
    pub(crate) granting: Option<u32>,
    /// Place of the grant that permits `approved`.
    pub(crate) giving: Option<u32>,
    /// Place of the first rule, by its id, whose approvers are asked.
    pub(crate) asking: Option<u32>,
}

impl Outcome {
    /// Is there something to ask an approver?
    pub fn is_referred(&self) -> bool {
        self.approved > self.auto
    }

    /// The ruling where nothing may leave.
    pub(crate) const fn nothing(sealed: bool, reason: u16) -> Self {
        Self {
            auto: Rung::None,
            approved: Rung::None,
            sealed,
            any_of: false,
            roles: 0,
            reason,
            granting: None,
            giving: None,
            asking: None,
        }
    }
}
