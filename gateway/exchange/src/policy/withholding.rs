//! Under a new vocabulary nothing leaves until officers have approved rules for it.
//!
//! Rules written for one vocabulary never serve another. So that a gateway can start, and its
//! officers propose, an operator may order it to begin with rules that withhold everything and hide
//! what the rules before hid. They are a version like any other: signed, proved, on the ledger, and
//! replaced by approval.

use stile_model::time::Timestamp;
use stile_policy::{Effect, withholding};
use stile_store::{StoreError, Tree};
use stile_trust::signing::SigningKey;

use super::activate::link;
use super::bundle::{Bundle, Digests, Origin, Previous};
use super::founding::Ground;
use super::guards::{RULES, Texts};
use super::kept::{self, BUNDLES, DRAFTS, LAST};
use crate::error::ExchangeError;

impl Ground {
    /// Is the policy in force written for another vocabulary than this gateway has?
    pub(super) fn has_new_vocabulary(&self) -> Result<bool, ExchangeError> {
        let Some(version) = kept::in_force(&self.store)? else {
            return Ok(false);
        };
        let (bundle, _) = self.signed(version)?;
        Ok(bundle.digests.vocabulary != self.vocabulary.digest)
    }

    /// Brings rules that withhold everything into force.
    pub(super) async fn withhold_all(
        &self,
        signing: &SigningKey,
        now: Timestamp,
    ) -> Result<(), ExchangeError> {
        let version =
            kept::in_force(&self.store)?.ok_or(ExchangeError::Stored("policy in force"))?;
        let (before, digest) = self.signed(version)?;
        let rules = withholding(&before.rules, &self.vocabulary, &self.kind);
        let texts = Texts {
            name: RULES,
            rules: &rules,
            cases: None,
        };
        let (policy, _) = self.pass(texts, now.date())?;
        let last: Option<u64> = kept::read(&self.store, LAST)?;
        let bundle = Bundle {
            v: Bundle::V,
            partnership: self.partnership.clone(),
            member: self.member.clone(),
            kind: self.kind.clone(),
            version: last.unwrap_or(0).max(version) + 1,
            digests: Digests::of(&policy, None, self.vocabulary.digest),
            rules,
            cases: None,
            effect: Effect::Less,
            existence: false,
            origin: Origin::NewVocabulary,
            proposed: None,
            approvals: Vec::new(),
            active_from: now,
            until: None,
            previous: Some(Previous { version, digest }),
        };
        let (text, digest) = bundle.sign(signing)?;
        let old = (version, &before.digests);
        let mut batch = link(old, &bundle, (&text, digest), now)?;
        let key = kept::key(BUNDLES, bundle.version);
        batch.puts.push(kept::bytes(key, Some(text.into_bytes())));
        // An officer may have been given the number at the same moment, through another gateway.
        let draft = kept::key(DRAFTS, bundle.version);
        batch.require_absent.push((Tree::Policies, draft));
        batch.puts.push(kept::put(LAST.to_vec(), &bundle.version)?);
        match self.store.commit(batch).await {
            // Another gateway on the same store was first.
            Err(StoreError::AlreadyThere(Tree::Policies)) | Ok(_) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
