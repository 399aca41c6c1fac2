//! An officer proposes a policy: every check, the comparison with what is in force, and a record.

use std::sync::Arc;

use serde::Serialize;
use stile_ledger::{Entry, EntryKind};
use stile_model::digest::Digest;
use stile_model::id::UserId;
use stile_model::redact::Redacted;
use stile_model::time::Timestamp;
use stile_policy::PolicySet;
use stile_store::{Batch, Tree};

use super::bundle::{Act, Origin};
use super::compare::{Compared, compare};
use super::guards::{RULES, Texts};
use super::kept::{self, BUNDLES, DRAFTS, LAST};
use super::proposal::{Draft, Looked, Propose, Proposed, Remark, Verdict};
use crate::agency::Agency;
use crate::error::{ExchangeError, refuse};
use crate::evidence::{counts, reason};
use crate::people::Person;

/// Longest text of rules or cases, in bytes.
const LONGEST: usize = 1024 * 1024;
/// Most past enquiries that a proposal is held against.
const LOOKED: usize = 10_000;
/// Longest time ahead for which a policy is approved, in seconds.
const AHEAD_S: i64 = 366 * 86_400;

/// A text that somebody wants in force.
pub(super) struct Wanted {
    pub(super) rules: String,
    pub(super) cases: Option<String>,
    pub(super) origin: Origin,
    pub(super) why: Redacted<String>,
    pub(super) active_from: Option<Timestamp>,
}

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
    /// `out_of_bounds`, `reason_missing`, `policy_unchanged`, and what the store refuses.
    pub(super) async fn propose_policy(
        self: &Arc<Self>,
        person: &Person,
        order: Propose,
    ) -> Result<Proposed, ExchangeError> {
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
        let _turn = self.governing.turn.lock().await;
        self.follow_locked().await?;
        let wanted = Wanted {
            rules: order.rules,
            cases: Some(order.cases),
            origin: Origin::Proposal,
            why: order.reason,
            active_from: from,
        };
        match self.compared(&wanted).await? {
            Err(remarks) => Ok(Proposed {
                proposal: None,
                remarks,
            }),
            Ok(compared) => {
                let remarks = compared.remarks.clone();
                let draft = self.draft(person, wanted, &compared).await?;
                self.keep_draft(&draft).await?;
                Ok(Proposed {
                    proposal: Some(self.shown(&draft)?),
                    remarks,
                })
            }
        }
    }

    /// Compares texts with the policy in force, away from the threads that answer.
    pub(super) async fn compared(
        &self,
        wanted: &Wanted,
    ) -> Result<Result<Compared, Vec<Remark>>, ExchangeError> {
        let (ground, before) = (self.governing.ground.clone(), self.policy.load_full());
        let today = self.clock.now().date();
        let (rules, cases) = (wanted.rules.clone(), wanted.cases.clone());
        let kept = self.cases_before()?;
        let work = move || {
            let texts = Texts {
                name: RULES,
                rules: &rules,
                cases: cases.as_deref(),
            };
            compare(&ground, (&before, kept.as_deref()), texts, today)
        };
        apart(work).await?
    }

    /// The cases in force; while everything is withheld under a new vocabulary, those of the policy
    /// before that.
    fn cases_before(&self) -> Result<Option<String>, ExchangeError> {
        let standing = self.governing.standing();
        if standing.bundle.origin != Origin::NewVocabulary {
            return Ok(standing.bundle.cases.clone());
        }
        let mut before = standing.bundle.previous.clone();
        while let Some(previous) = before {
            let (bundle, _) = self.governing.ground.signed(previous.version)?;
            if bundle.origin != Origin::NewVocabulary {
                return Ok(bundle.cases);
            }
            before = bundle.previous;
        }
        Ok(None)
    }

    /// The proposal in the making, under the next number.
    pub(super) async fn draft(
        self: &Arc<Self>,
        person: &Person,
        wanted: Wanted,
        compared: &Compared,
    ) -> Result<Draft, ExchangeError> {
        let standing = self.governing.standing();
        let bundle = &standing.bundle;
        if bundle.rules == wanted.rules && bundle.cases == wanted.cases {
            let same = "these rules and cases are in force already";
            return Err(refuse("policy_unchanged", 409, same));
        }
        Ok(Draft {
            version: self.next_version()?,
            base: bundle.version,
            effect: compared.effect,
            existence: compared.existence,
            fewer_cases: compared.fewer_cases,
            differences: compared.differences.clone(),
            past: self.looked_back(compared.policy.clone()).await?,
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

    /// What the policy would have answered to past enquiries. Only counts leave this; the entry of
    /// the proposal is on record with them.
    async fn looked_back(self: &Arc<Self>, policy: PolicySet) -> Result<Looked, ExchangeError> {
        let agency = Arc::clone(self);
        let replayed = apart(move || agency.replay_with(&policy, None, LOOKED)).await??;
        let (told, covered) = (replayed.replay, replayed.covered);
        Ok(Looked {
            enquiries: told.enquiries,
            more: told.more,
            less: told.less,
            both: told.both,
            left_out: covered.left_out,
            erased: covered.erased,
        })
    }

    /// Records a new proposal with its entry.
    pub(super) async fn keep_draft(&self, draft: &Draft) -> Result<(), ExchangeError> {
        let mut batch = self.proposed_batch(draft)?;
        batch.puts = kept::new_draft(draft)?;
        batch.require_absent = vec![
            (Tree::Policies, kept::key(DRAFTS, draft.version)),
            (Tree::Policies, kept::key(BUNDLES, draft.version)),
        ];
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
        stile_store::StoreError::AlreadyThere(Tree::Policies) => refuse(
            "policy_overtaken",
            409,
            "somebody changed the policy or this proposal at the same moment; look again",
        ),
        error => error.into(),
    }
}

/// Runs heavy work on a thread of its own.
pub(super) async fn apart<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ExchangeError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| ExchangeError::Stored("policy"))
}
