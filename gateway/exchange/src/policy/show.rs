//! What an officer is shown of the policy in force.

use serde::{Deserialize, Serialize};
use stile_model::digest::Digest;
use stile_model::id::UserId;
use stile_model::time::{Date, Timestamp};
use stile_policy::Effect;
use stile_store::Tree;
use utoipa::ToSchema;

use super::bundle::{Act, Approved, Digests, Origin};
use super::kept::{self, ACTIVATED, Activated, DRAFTS, DUE, FAILED, Failed, SUCCEEDED, Succeeded};
use super::notices::Notice;
use super::proposal::{Draft, Proposal, ProposalState, Proposals, Verdict};
use super::standing::Standing;
use crate::agency::Agency;
use crate::error::ExchangeError;
use crate::people::Person;
use crate::stored::every;

/// The policy in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InForce {
    /// Its version.
    pub version: u64,
    /// Since when.
    pub since: Timestamp,
    /// Last day of the whole file; past it everything is withheld.
    pub until: Option<Date>,
    /// SHA-256 of the signed bundle's payload.
    pub bundle: Digest,
    /// Of everything that makes it up.
    pub digests: Digests,
    /// Number of the vocabulary it is written for.
    pub vocabulary: u32,
    /// What it did compared with the version before.
    pub effect: Effect,
    /// Where it comes from.
    pub origin: Origin,
    /// Who proposed it.
    pub proposed: Option<Act>,
    /// Who approved it.
    pub approvals: Vec<Approved>,
    /// What an officer should know or do.
    pub notices: Vec<Notice>,
}

/// The texts of one version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PolicyText {
    /// The version.
    pub version: u64,
    /// The text of `rules.toml`.
    pub rules: String,
    /// The text of `cases.toml`.
    pub cases: Option<String>,
}

/// One version that is or was in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Past {
    /// The version.
    pub version: u64,
    /// Since when.
    pub since: Timestamp,
    /// Until when; none for the one in force.
    pub until: Option<Timestamp>,
    /// SHA-256 of the rules; entries and returns name the policy by it.
    pub rules: Digest,
    /// What it did compared with the version before.
    pub effect: Effect,
    /// Where it comes from.
    pub origin: Origin,
    /// Who proposed it.
    pub proposed: Option<Act>,
    /// Who approved it.
    pub approvals: Vec<Approved>,
    /// Who brought it into force before its moment, or by a rollback.
    pub activated_by: Option<UserId>,
}

/// Every version that is or was in force, newest first.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct History {
    /// The versions.
    pub versions: Vec<Past>,
}

impl Agency {
    /// The policy in force, as an officer is shown it.
    ///
    /// # Errors
    ///
    /// `role_missing`, or when the store cannot be read.
    pub fn policy_in_force(&self, person: &Person) -> Result<InForce, ExchangeError> {
        person.must_read_policy()?;
        let standing = self.governing.standing();
        let Standing {
            bundle,
            digest,
            since,
            ..
        } = &*standing;
        Ok(InForce {
            version: bundle.version,
            since: *since,
            until: bundle.until,
            bundle: *digest,
            digests: bundle.digests.clone(),
            vocabulary: self.vocabulary.version,
            effect: bundle.effect,
            origin: bundle.origin,
            proposed: bundle.proposed.clone(),
            approvals: bundle.approvals.clone(),
            notices: self.policy_notices()?,
        })
    }

    /// Every version that was ever in force; with `at`, the one that was in force then.
    ///
    /// # Errors
    ///
    /// `role_missing`, or when the store cannot be read or a bundle in it does not hold.
    pub fn policy_history(
        &self,
        person: &Person,
        at: Option<Timestamp>,
    ) -> Result<History, ExchangeError> {
        person.must_read_policy()?;
        let mut versions = Vec::new();
        for (key, value) in every(&self.store, Tree::Policies, ACTIVATED.as_bytes())? {
            let version = kept::version(ACTIVATED, &key);
            let version = version.ok_or(ExchangeError::Stored("policy record"))?;
            let activated: Activated = serde_json::from_slice(&value)
                .map_err(|_| ExchangeError::Stored("policy record"))?;
            let next: Option<Succeeded> = kept::read(&self.store, &kept::key(SUCCEEDED, version))?;
            let until = next.map(|next| next.at);
            let covers = |at: Timestamp| activated.since <= at && until.is_none_or(|end| at < end);
            if at.is_none_or(covers) {
                versions.push(self.past(version, activated, until)?);
            }
        }
        versions.reverse();
        Ok(History { versions })
    }

    fn past(
        &self,
        version: u64,
        activated: Activated,
        until: Option<Timestamp>,
    ) -> Result<Past, ExchangeError> {
        let (bundle, _) = self.governing.ground.signed(version)?;
        Ok(Past {
            version,
            since: activated.since,
            until,
            rules: bundle.digests.rules,
            effect: bundle.effect,
            origin: bundle.origin,
            proposed: bundle.proposed,
            approvals: bundle.approvals,
            activated_by: activated.by,
        })
    }

    /// The texts of a version, signed or only proposed; of the one in force without `version`.
    ///
    /// # Errors
    ///
    /// `role_missing`, `unknown_policy`, or a bundle that does not hold.
    pub fn policy_text(
        &self,
        person: &Person,
        version: Option<u64>,
    ) -> Result<PolicyText, ExchangeError> {
        person.must_read_policy()?;
        self.text_of(version)
    }

    /// The same, for what this gateway does itself.
    pub(super) fn text_of(&self, version: Option<u64>) -> Result<PolicyText, ExchangeError> {
        let version = version.unwrap_or(self.governing.standing().bundle.version);
        let (rules, cases) = if kept::bundle(&self.store, version)?.is_some() {
            let (bundle, _) = self.governing.ground.signed(version)?;
            (bundle.rules, bundle.cases)
        } else {
            let draft = kept::draft(&self.store, version)?;
            (draft.rules, draft.cases)
        };
        Ok(PolicyText {
            version,
            rules,
            cases,
        })
    }

    /// Every proposal, newest first.
    ///
    /// # Errors
    ///
    /// `role_missing`, or when the store cannot be read.
    pub fn policy_proposals(&self, person: &Person) -> Result<Proposals, ExchangeError> {
        person.must_read_policy()?;
        let rows = every(&self.store, Tree::Policies, DRAFTS.as_bytes())?;
        let proposals = rows.iter().rev().map(|(_, value)| {
            let draft = serde_json::from_slice(value);
            self.shown(&draft.map_err(|_| ExchangeError::Stored("policy record"))?)
        });
        Ok(Proposals {
            proposals: proposals.collect::<Result<_, _>>()?,
        })
    }

    /// One proposal.
    ///
    /// # Errors
    ///
    /// `role_missing`, `unknown_policy`.
    pub fn policy_proposal(
        &self,
        person: &Person,
        version: u64,
    ) -> Result<Proposal, ExchangeError> {
        person.must_read_policy()?;
        self.shown(&kept::draft(&self.store, version)?)
    }

    /// A proposal as it stands now.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub(super) fn shown(&self, draft: &Draft) -> Result<Proposal, ExchangeError> {
        let version = draft.version;
        let activated: Option<Activated> = kept::read(&self.store, &kept::key(ACTIVATED, version))?;
        if let Some(Activated { since, .. }) = activated {
            let next: Option<Succeeded> = kept::read(&self.store, &kept::key(SUCCEEDED, version))?;
            let state = match next {
                Some(next) => ProposalState::Superseded {
                    since,
                    until: next.at,
                },
                None => ProposalState::InForce { since },
            };
            return Ok(draft.shown(state));
        }
        if let Verdict::Rejected(act) = &draft.verdict {
            return Ok(draft.shown(ProposalState::Rejected { act: act.clone() }));
        }
        let failed: Option<Failed> = kept::read(&self.store, &kept::key(FAILED, version))?;
        let due: Option<Timestamp> = kept::read(&self.store, &kept::key(DUE, version))?;
        let state = match (failed, due) {
            (Some(Failed { at, why }), _) => ProposalState::Failed { at, why },
            (None, _) if draft.base != self.governing.standing().bundle.version => {
                ProposalState::Stale
            }
            (None, Some(active_from)) => ProposalState::Approved { active_from },
            (None, None) => ProposalState::Waiting {
                needs: draft.needed().words().to_owned(),
            },
        };
        Ok(draft.shown(state))
    }
}
