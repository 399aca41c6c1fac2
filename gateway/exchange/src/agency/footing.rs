//! What an answer rests on: one policy from first to last, suspended or not.
//!
//! Read once, before the first ruling. Where either changes before the answer is recorded, nothing
//! is recorded, and all of it is done again.

use std::sync::Arc;

use stile_model::id::Code;
use stile_policy::PolicySet;
use stile_store::{StoreError, Tree};

use super::Agency;
use crate::policy::superseded;

/// The role of the lead for information governance in the vocabulary.
const LEAD: &str = "ig_lead";

/// The policy an answer rests on. Only [`Agency::footing`] makes one.
#[derive(Debug, Clone)]
pub(super) struct Footing {
    pub(super) policy: Arc<PolicySet>,
    /// Does nothing leave under it by itself?
    suspended: bool,
}

impl Footing {
    pub(super) const fn is_suspended(&self) -> bool {
        self.suspended
    }
}

impl Agency {
    /// The policy in force, as it stands now.
    pub(super) fn footing(&self) -> Footing {
        let policy = self.policy.load_full();
        let suspended = self.shadow.is_suspended(&policy);
        Footing { policy, suspended }
    }

    /// Who must agree to everything while Casbin does not confirm the policy: the lead for
    /// information governance, or the agency's named person where its vocabulary has no such role.
    pub(super) fn also_asked(&self, footing: &Footing) -> Option<Code> {
        footing.is_suspended().then(|| {
            let mut roles = self.vocabulary.approvers.iter().map(|term| &term.code);
            let lead = roles.find(|role| role.as_str() == LEAD);
            lead.unwrap_or(&self.settings.sealed_contact).clone()
        })
    }

    /// What must not be in the store when an answer is recorded: that its policy is not in force any
    /// more, or was suspended after it ruled.
    ///
    /// # Errors
    ///
    /// Where this process has suspended it since.
    pub(super) fn must_be_absent(
        &self,
        footing: &Footing,
    ) -> Result<Vec<(Tree, Vec<u8>)>, StoreError> {
        let Footing { policy, suspended } = footing;
        let replaced = superseded(&policy.digest(), &policy.vocabulary_digest());
        let mark = self.shadow.must_be_absent(policy, *suspended)?;
        Ok(mark
            .into_iter()
            .chain([(Tree::Policies, replaced)])
            .collect())
    }
}
