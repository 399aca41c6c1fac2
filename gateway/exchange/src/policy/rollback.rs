//! Back to the texts of an earlier version, as a new version.
//!
//! One officer does it at once where nothing more leaves than now and no check is lost. Otherwise it is
//! a change like any other, and waits for the same approvals. Only then is it held against past
//! enquiries, for those who approve it.

use std::sync::Arc;

use stile_store::{Batch, Tree};

use super::base::Wanted;
use super::bundle::Origin;
use super::compare::Compared;
use super::kept::{self, ACTIVATED, BUNDLES, DRAFTS};
use super::proposal::{Draft, Proposed, Remark, RollBack, Verdict};
use super::propose::{overtaken, said};
use super::standing::Standing;
use crate::agency::Agency;
use crate::error::{ExchangeError, refuse};
use crate::people::Person;

impl Agency {
    /// Goes back to the texts of an earlier version.
    ///
    /// # Errors
    ///
    /// `role_missing`, `unknown_policy`, `reason_missing`, `policy_unchanged`, `policy_overtaken`, and
    /// why it may not serve. Then what was in force stays so.
    pub async fn roll_back_policy(
        self: &Arc<Self>,
        person: &Person,
        order: RollBack,
    ) -> Result<Proposed, ExchangeError> {
        person.must_change_policy()?;
        said(&order.reason)?;
        let base = self.base().await?;
        let activated = kept::key(ACTIVATED, order.to);
        if self.store.get(Tree::Policies, &activated)?.is_none() {
            let never = "no policy of this version was ever in force";
            return Err(refuse("unknown_policy", 404, never));
        }
        let (earlier, _) = self.governing.ground.signed(order.to)?;
        let wanted = Wanted {
            rules: earlier.rules,
            cases: earlier.cases,
            origin: Origin::Rollback(order.to),
            why: order.reason,
            active_from: None,
        };
        let compared = match self.compared(&base, &wanted).await? {
            Ok(compared) => compared,
            Err(remarks) => {
                return Ok(Proposed {
                    proposal: None,
                    remarks,
                });
            }
        };
        let waits = compared.effect.is_more() || compared.existence || compared.fewer_cases;
        // Who approves reads it; going back to less must not depend on it.
        let past = if waits {
            Some(self.looked_back(&base, &compared).await?)
        } else {
            None
        };
        let _turn = self.turn_on(&base).await?;
        let mut draft = self.draft(person, wanted, &compared, past)?;
        let mut remarks = compared.remarks.clone();
        if waits {
            remarks.push(waiting(order.to, &draft));
            self.keep_draft(&draft, Batch::default()).await?;
        } else {
            draft.verdict = Verdict::Approved;
            self.step_back(person, &draft, compared).await?;
        }
        Ok(Proposed {
            proposal: Some(self.shown(&draft)?),
            remarks,
        })
    }

    /// Signs what one officer may do alone and brings it into force; whoever does it has the turn.
    async fn step_back(
        &self,
        person: &Person,
        draft: &Draft,
        compared: Compared,
    ) -> Result<(), ExchangeError> {
        let bundle = self.bundle(draft, &compared);
        let (text, digest) = bundle.sign(&self.signing)?;
        let mut batch = self.activation(&bundle, (&text, digest), Some(&person.user))?;
        batch.puts.extend(kept::new_draft(draft)?);
        let at = kept::key(BUNDLES, draft.version);
        batch
            .puts
            .push(kept::bytes(at.clone(), Some(text.into_bytes())));
        batch.require_absent.push((Tree::Policies, at));
        // Nobody else's proposal under the same number, made through another gateway.
        let other = kept::key(DRAFTS, draft.version);
        batch.require_absent.push((Tree::Policies, other));
        let since = self.clock.now();
        self.store.commit(batch).await.map_err(overtaken)?;
        self.serve(Standing {
            policy: compared.policy,
            bundle,
            digest,
            since,
        });
        Ok(())
    }
}

/// Says that going back waits, and for whom.
fn waiting(to: u64, draft: &Draft) -> Remark {
    Remark {
        severity: "warning".to_owned(),
        code: "rollback_waits".to_owned(),
        message: format!(
            "going back to version {to} discloses more than now, opens or closes a category, or leaves \
             out cases in force: it is a proposal, and not in force before it is approved by {}",
            draft.needed().words()
        ),
    }
}
