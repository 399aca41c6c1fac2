//! An officer proposes a policy: every check, the comparison with what is in force, and a record.
//!
//! Order of effects: the comparison and the look back run first and keep nobody from changing the
//! policy meanwhile; then, if what they were held against is still in force, the proposal is recorded.

use std::sync::Arc;

use serde::Serialize;
use stile_ledger::{Entry, EntryKind};
use stile_model::digest::Digest;
use stile_model::id::UserId;
use stile_model::redact::Redacted;
use stile_store::{Batch, Tree};

use super::base::Wanted;
use super::bundle::{Act, Origin};
use super::compare::Compared;
use super::kept::{self, BUNDLES, DRAFTS, LAST};
use super::proposal::{Draft, Looked, Propose, Proposed, Verdict};
use super::sketch::up_to_date;
use crate::agency::Agency;
use crate::error::{ExchangeError, refuse};
use crate::evidence::{counts, reason};
use crate::people::Person;

/// Longest text of rules or cases, in bytes.
pub(super) const LONGEST: usize = 1024 * 1024;
/// Longest time ahead for which a policy is approved, in seconds.
const AHEAD_S: i64 = 366 * 86_400;

/// The sealed body of the entry.
#[derive(Serialize)]
struct Body<'a> {
    version: u64,
    base: u64,
    rules: &'a str,
    cases: Option<&'a str>,
    user: &'a UserId,
    why: &'a str,
}

impl Agency {
    /// Proposes a policy; nothing changes yet.
    ///
    /// # Errors
    ///
    /// `role_missing`, `out_of_bounds`, `reason_missing`, `policy_unchanged`, `policy_overtaken`, and
    /// what the store refuses.
    pub async fn propose_policy(
        self: &Arc<Self>,
        person: &Person,
        order: Propose,
    ) -> Result<Proposed, ExchangeError> {
        self.propose_with(person, order, None, Batch::default())
            .await
    }

    /// The same, with what else is kept in the batch of the proposal, and what must not be there yet;
    /// of texts that know of the version `known` only if that is in force.
    pub(super) async fn propose_with(
        self: &Arc<Self>,
        person: &Person,
        order: Propose,
        known: Option<u64>,
        with: Batch,
    ) -> Result<Proposed, ExchangeError> {
        person.must_change_policy()?;
        let now = self.clock.now();
        if order.rules.len() > LONGEST || order.cases.len() > LONGEST {
            let much = "`rules` and `cases` are at most 1 MiB each";
            return Err(refuse("out_of_bounds", 422, much));
        }
        let from = order.active_from;
        if from.is_some_and(|from| from < now || from > now.plus_s(AHEAD_S)) {
            let moment = "`active_from` must be from now on, at most 366 days ahead";
            return Err(refuse("out_of_bounds", 422, moment));
        }
        said(&order.reason)?;
        let wanted = Wanted {
            rules: order.rules,
            cases: Some(order.cases),
            origin: Origin::Proposal,
            why: order.reason,
            active_from: from,
        };
        let base = self.base().await?;
        if let Some(known) = known {
            up_to_date(known, base.standing.bundle.version)?;
        }
        let compared = match self.compared(&base, &wanted).await? {
            Ok(compared) => compared,
            Err(remarks) => {
                return Ok(Proposed {
                    proposal: None,
                    remarks,
                });
            }
        };
        let past = self.looked_back(&base, &compared).await?;
        let _turn = self.turn_on(&base).await?;
        let draft = self.draft(person, wanted, &compared, Some(past))?;
        self.keep_draft(&draft, with).await?;
        Ok(Proposed {
            proposal: Some(self.shown(&draft)?),
            remarks: compared.remarks,
        })
    }

    /// The proposal in the making, under the next number; whoever asks for it has the turn.
    pub(super) fn draft(
        &self,
        person: &Person,
        wanted: Wanted,
        compared: &Compared,
        past: Option<Looked>,
    ) -> Result<Draft, ExchangeError> {
        Ok(Draft {
            version: self.next_version()?,
            base: self.governing.standing().bundle.version,
            effect: compared.effect,
            existence: compared.existence,
            fewer_cases: compared.fewer_cases,
            differences: compared.differences.clone(),
            past,
            remarks: compared.remarks.clone(),
            origin: wanted.origin,
            proposed: Act {
                by: person.user.clone(),
                at: self.clock.now(),
                why: wanted.why,
            },
            active_from: wanted.active_from,
            approvals: Vec::new(),
            verdict: Verdict::Open,
            steps: 0,
            rules: wanted.rules,
            cases: wanted.cases,
        })
    }

    /// Records a new proposal with its entry, and with it the puts and conditions of `with`.
    pub(super) async fn keep_draft(&self, draft: &Draft, with: Batch) -> Result<(), ExchangeError> {
        let mut batch = self.proposed_batch(draft)?;
        batch.puts = kept::new_draft(draft)?;
        batch.puts.extend(with.puts);
        batch.require_absent = vec![
            (Tree::Policies, kept::key(DRAFTS, draft.version)),
            (Tree::Policies, kept::key(BUNDLES, draft.version)),
        ];
        batch.require_absent.extend(with.require_absent);
        self.store.commit(batch).await.map_err(overtaken)?;
        Ok(())
    }

    /// The entry of a proposal.
    fn proposed_batch(&self, draft: &Draft) -> Result<Batch, ExchangeError> {
        let body = Body {
            version: draft.version,
            base: draft.base,
            rules: &draft.rules,
            cases: draft.cases.as_deref(),
            user: &draft.proposed.by,
            why: draft.proposed.why.reveal(),
        };
        let body = serde_json::to_vec(&body).map_err(|_| ExchangeError::Stored("entry body"))?;
        let entry = Entry {
            digest: Some(Digest::of(draft.rules.as_bytes())),
            policy: Some(self.policy.load().digest()),
            actor: Some(self.pseudonym(&draft.proposed.by)),
            reason: reason(draft.effect.as_str()),
            counts: counts(&[("version", usize::try_from(draft.version).unwrap_or(0))]),
            ..Entry::new(EntryKind::PolicyProposed, draft.proposed.at)
        };
        Ok(Batch::entry(entry, body, None))
    }

    fn next_version(&self) -> Result<u64, ExchangeError> {
        let last: Option<u64> = kept::read(&self.store, LAST)?;
        Ok(last
            .unwrap_or(0)
            .max(self.governing.standing().bundle.version)
            + 1)
    }
}

/// Refuses a reason that says too little or too much.
pub(super) fn said(why: &Redacted<String>) -> Result<(), ExchangeError> {
    if (10..=500).contains(&why.reveal().trim().chars().count()) {
        return Ok(());
    }
    Err(refuse(
        "reason_missing",
        422,
        "`reason` must say why in 10 to 500 characters",
    ))
}

/// Somebody else took the same step at the same moment, through another gateway on this store.
pub(super) fn overtaken(error: stile_store::StoreError) -> ExchangeError {
    match error {
        stile_store::StoreError::AlreadyThere(Tree::Policies) => look_again(),
        error => error.into(),
    }
}

/// Another step on the policy came first.
pub(super) fn look_again() -> ExchangeError {
    refuse(
        "policy_overtaken",
        409,
        "somebody changed the policy or this proposal at the same moment, or a day began; look again",
    )
}

/// Runs heavy work on a thread of its own.
pub(super) async fn apart<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ExchangeError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| ExchangeError::Stored("policy"))
}
