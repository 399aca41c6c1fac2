//! A proposed policy: as kept, and as its officers are shown it.

use serde::{Deserialize, Serialize};
use stile_model::digest::Digest;
use stile_model::redact::Redacted;
use stile_model::time::Timestamp;
use stile_policy::Effect;
use utoipa::ToSchema;

use super::bundle::{Act, Approved, Origin};
use super::kept;
use super::quorum::Needed;

/// What an officer proposes.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ProposePolicy)]
pub struct Propose {
    /// The text of `rules.toml`, at most 1 MiB.
    pub rules: String,
    /// The text of `cases.toml`, at most 1 MiB.
    pub cases: String,
    /// Why, 10 to 500 characters; kept sealed.
    pub reason: Redacted<String>,
    /// Not in force before this moment; once approved, at once when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active_from: Option<Timestamp>,
}

/// Why somebody approves, rejects or activates.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Because {
    /// Why, 10 to 500 characters; kept sealed.
    pub reason: Redacted<String>,
}

/// An order to go back to an earlier version.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RollBack {
    /// The version whose texts come into force again.
    pub to: u64,
    /// Why, 10 to 500 characters; kept sealed.
    pub reason: Redacted<String>,
}

/// What the checks have to say; an `error` stops a proposal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Remark {
    /// `error`, `warning` or `note`.
    pub severity: String,
    /// A stable word for programs.
    pub code: String,
    /// In words, with the place where there is one.
    pub message: String,
}

/// How many past enquiries would be answered otherwise, each held against the policy that ruled it.
/// Which ones is told by `stile policy replay`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Looked {
    /// The newest enquiries looked at, at most 10,000.
    pub enquiries: u64,
    /// Of those, answered with more.
    pub more: u64,
    /// Answered with less.
    pub less: u64,
    /// Answered with more of some things and less of others.
    pub both: u64,
    /// Older ones, not looked at.
    pub left_out: u64,
    /// Erased, so that nothing can be said of them.
    pub erased: u64,
}

/// Where a proposal stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "state")]
#[schema(as = PolicyProposalState)]
pub enum ProposalState {
    /// Approved and signed; in force from its moment.
    Approved {
        /// When.
        active_from: Timestamp,
    },
    /// Approved, but it did not come into force.
    Failed {
        /// When it was tried.
        at: Timestamp,
        /// Why.
        why: String,
    },
    /// In force.
    InForce {
        /// Since when.
        since: Timestamp,
    },
    /// Another officer said no.
    Rejected {
        /// Who, when and why.
        act: Act,
    },
    /// Another policy came into force since it was proposed; propose it again.
    Stale,
    /// It was in force.
    Superseded {
        /// Since when.
        since: Timestamp,
        /// Until when.
        until: Timestamp,
    },
    /// It waits for approvals.
    Waiting {
        /// Whose, in words.
        needs: String,
    },
}

/// A proposed policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = PolicyProposal)]
pub struct Proposal {
    /// The version it is to become.
    pub version: u64,
    /// The version it was compared with; it must still be in force.
    pub base: u64,
    /// SHA-256 of the rules.
    pub rules: Digest,
    /// What it does to what is disclosed.
    pub effect: Effect,
    /// A category is closed or opened.
    pub existence: bool,
    /// What changes, in words.
    pub differences: Vec<String>,
    /// What it would have done to past enquiries; none where it was in force at once, and nobody had
    /// to approve it.
    pub past: Option<Looked>,
    /// What the checks have to say; nothing of it stops the proposal.
    pub remarks: Vec<Remark>,
    /// Where it comes from.
    pub origin: Origin,
    /// Who proposed it, when and why.
    pub proposed: Act,
    /// The moment it was proposed for.
    pub wanted_from: Option<Timestamp>,
    /// Approvals so far.
    pub approvals: Vec<Approved>,
    /// Where it stands.
    #[serde(flatten)]
    pub state: ProposalState,
}

/// What became of an attempt to propose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Proposed {
    /// The proposal; none where an error stops it, and then nothing was kept.
    pub proposal: Option<Proposal>,
    /// What the checks have to say.
    pub remarks: Vec<Remark>,
}

/// Proposals, newest first.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Proposals {
    /// Every proposal.
    pub proposals: Vec<Proposal>,
}

/// What people have said of a proposal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Verdict {
    Approved,
    Open,
    Rejected(Act),
}

/// A proposal as kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Draft {
    pub(super) version: u64,
    pub(super) base: u64,
    pub(super) rules: String,
    pub(super) cases: Option<String>,
    pub(super) effect: Effect,
    pub(super) existence: bool,
    /// Cases of the policy in force are left out.
    pub(super) fewer_cases: bool,
    pub(super) differences: Vec<String>,
    pub(super) past: Option<Looked>,
    pub(super) remarks: Vec<Remark>,
    pub(super) origin: Origin,
    pub(super) proposed: Act,
    pub(super) active_from: Option<Timestamp>,
    pub(super) approvals: Vec<Approved>,
    pub(super) verdict: Verdict,
    /// How often people have said something of it.
    pub(super) steps: usize,
}

impl Draft {
    pub(super) const fn needed(&self) -> Needed {
        Needed {
            effect: self.effect,
            existence: self.existence,
            fewer_cases: self.fewer_cases,
        }
    }

    /// The key of what is said next, so that two people at once do not undo each other.
    pub(super) fn next_step(&mut self) -> Vec<u8> {
        self.steps += 1;
        kept::step(self.version, self.steps)
    }

    pub(super) fn shown(&self, state: ProposalState) -> Proposal {
        Proposal {
            version: self.version,
            base: self.base,
            rules: Digest::of(self.rules.as_bytes()),
            effect: self.effect,
            existence: self.existence,
            differences: self.differences.clone(),
            remarks: self.remarks.clone(),
            origin: self.origin,
            proposed: self.proposed.clone(),
            wanted_from: self.active_from,
            past: self.past,
            approvals: self.approvals.clone(),
            state,
        }
    }
}
