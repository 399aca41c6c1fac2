//! What an officer is shown of the policy in force.

use serde::{Deserialize, Serialize};
use stile_model::digest::Digest;
use stile_model::time::{Date, Timestamp};
use utoipa::ToSchema;

use super::bundle::{Act, Approved, Digests, Effect, Origin};
use super::standing::Standing;
use crate::agency::Agency;
use crate::error::ExchangeError;

/// What an officer should know or do about the policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Notice {
    /// `file_differs`.
    pub code: String,
    /// In words.
    pub message: String,
}

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

impl Agency {
    /// The policy in force, as an officer is shown it.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub(super) fn policy_in_force(&self) -> Result<InForce, ExchangeError> {
        let standing = self.governing.standing();
        let Standing {
            bundle,
            digest,
            since,
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
            notices: self.notices(),
        })
    }

    fn notices(&self) -> Vec<Notice> {
        let mut notices = Vec::new();
        if self.governing.file_differs {
            notices.push(Notice {
                code: "file_differs".to_owned(),
                message: "the file named by `rules` in the configuration holds other rules; it is \
                          not used: propose it, or put back the text in force"
                    .to_owned(),
            });
        }
        notices
    }

    /// The texts in force.
    pub(super) fn policy_text(&self) -> PolicyText {
        let standing = self.governing.standing();
        PolicyText {
            version: standing.bundle.version,
            rules: standing.bundle.rules.clone(),
            cases: standing.bundle.cases.clone(),
        }
    }
}
