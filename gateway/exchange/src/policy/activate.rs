//! A signed bundle comes into force.
//!
//! Order of effects: verify the stored bytes, pass every guard again with today's date, compare
//! again with what is in force; one batch makes the entry, the new link of the chain and the mark
//! that keeps answers under the old rules from being recorded; only then does it serve. On any
//! failure the old policy stays, the failure is recorded, and officers see it.

use std::sync::Arc;

use serde::Serialize;
use stile_ledger::{Entry, EntryKind};
use stile_model::digest::Digest;
use stile_model::id::UserId;
use stile_model::time::Timestamp;
use stile_store::{Batch, StoreError, Tree};

use super::bundle::{Bundle, Digests, Origin};
use super::compare;
use super::decide::stale;
use super::founding::Must;
use super::kept::{
    self, ACTIVATED, Activated, DUE, FAILED, Failed, IN_FORCE, SUCCEEDED, Succeeded,
};
use super::proposal::{Proposal, Verdict};
use super::propose::{apart, overtaken};
use super::quorum::Role;
use super::standing::Standing;
use crate::agency::Agency;
use crate::error::{ExchangeError, refuse};
use crate::evidence::{counts, reason};
use crate::people::Person;
use crate::stored::every;

/// The sealed body of the entry of a failure.
#[derive(Serialize)]
struct Body<'a> {
    version: u64,
    why: &'a str,
}

impl Agency {
    /// Serves whatever policy the store says is in force, and brings approved ones into force whose
    /// moment has come. Called at start, before serving, and every few seconds.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or written, or what is in force there may not serve.
    pub async fn policy_tick(&self) -> Result<(), ExchangeError> {
        let _turn = self.governing.turn.lock().await;
        self.follow_locked().await?;
        self.bring_due_locked().await
    }

    /// Serves whatever policy the store says is in force, and heeds which are suspended: another
    /// gateway on the same store may have activated it, or found a ruling wrong.
    pub(crate) async fn follow_policy(&self) -> Result<(), ExchangeError> {
        self.shadow.heed()?;
        let _turn = self.governing.turn.lock().await;
        self.follow_locked().await
    }

    pub(super) async fn follow_locked(&self) -> Result<(), ExchangeError> {
        let version = kept::in_force(&self.store)?;
        if version == Some(self.governing.standing().bundle.version) {
            return Ok(());
        }
        let (ground, today) = (self.governing.ground.clone(), self.clock.now().date());
        let standing = apart(move || ground.load(today)).await??;
        self.serve(standing);
        Ok(())
    }

    /// Brings an approved version into force now, before its moment; what discloses more, only as `ig_lead`.
    ///
    /// # Errors
    ///
    /// `role_missing`, `unknown_policy`, `not_approved`, `not_due`, `own_proposal`, `policy_stale`,
    /// `policy_overtaken`, and why it may not serve.
    pub async fn activate_policy(
        &self,
        person: &Person,
        version: u64,
    ) -> Result<Proposal, ExchangeError> {
        person.must_change_policy()?;
        let _turn = self.governing.turn.lock().await;
        self.follow_locked().await?;
        let draft = kept::draft(&self.store, version)?;
        if draft.verdict != Verdict::Approved {
            return Err(not_approved());
        }
        // The moment is part of what the others approved.
        let now = self.clock.now();
        let early = draft.active_from.is_some_and(|from| from > now);
        let lead = Role::of(&person.user, &self.people).contains(&Role::Lead);
        if early && !lead && (draft.effect.is_more() || draft.existence) {
            let later = "it was approved to disclose more from a later moment; only an `ig_lead` who \
                         did not propose it brings it forward";
            return Err(refuse("not_due", 409, later));
        }
        if early && draft.proposed.by == person.user {
            let other = "nobody brings their own proposal forward; another officer must";
            return Err(refuse("own_proposal", 403, other));
        }
        self.activate_locked(version, Some(&person.user)).await?;
        self.shown(&draft)
    }

    /// Activates every approved version whose moment has come; a failure of one is recorded and
    /// does not keep another back.
    pub(super) async fn bring_due_locked(&self) -> Result<(), ExchangeError> {
        let now = self.clock.now();
        for (key, value) in every(&self.store, Tree::Policies, DUE.as_bytes())? {
            let from: Timestamp = serde_json::from_slice(&value)
                .map_err(|_| ExchangeError::Stored("policy record"))?;
            let Some(version) = kept::version(DUE, &key) else {
                return Err(ExchangeError::Stored("policy record"));
            };
            if from > now || self.was_activated(version)? {
                continue;
            }
            match self.activate_locked(version, None).await {
                Ok(()) => {}
                // Another gateway on the same store took the step.
                Err(_) if self.was_activated(version)? => self.follow_locked().await?,
                // An officer took the approval back through another gateway.
                Err(_) if self.store.get(Tree::Policies, &key)?.is_none() => {}
                // Nothing was recorded; it is tried again.
                Err(error @ (ExchangeError::Unrecorded(_) | ExchangeError::NoRandomness)) => {
                    return Err(error);
                }
                Err(error) => self.record_failure(version, &error).await?,
            }
        }
        Ok(())
    }

    fn was_activated(&self, version: u64) -> Result<bool, ExchangeError> {
        let key = kept::key(ACTIVATED, version);
        Ok(self.store.get(Tree::Policies, &key)?.is_some())
    }

    async fn activate_locked(
        &self,
        version: u64,
        by: Option<&UserId>,
    ) -> Result<(), ExchangeError> {
        let draft = kept::draft(&self.store, version)?;
        if draft.verdict != Verdict::Approved {
            return Err(not_approved());
        }
        let (ground, standing) = (self.governing.ground.clone(), self.governing.standing());
        let today = self.clock.now().date();
        let checked = apart(move || {
            let (policy, bundle, digest) = ground.verified(version, today, Must::PassAll)?;
            follows(&bundle, &standing)?;
            let effect = compare::effect(&ground, &standing.policy, &policy, today);
            if effect != (bundle.effect, bundle.existence) {
                return Err(stale());
            }
            Ok((policy, bundle, digest))
        });
        let (policy, bundle, digest) = checked.await??;
        let signed = kept::bundle(&self.store, version)?.unwrap_or_default();
        let mut batch = self.activation(&bundle, (&signed, digest), by)?;
        // An officer may take the approval back at this moment, through another gateway.
        let taken_back = kept::step(version, draft.steps + 1);
        batch.require_absent.push((Tree::Policies, taken_back));
        let since = self.clock.now();
        self.store.commit(batch).await.map_err(overtaken)?;
        self.serve(Standing {
            policy: Arc::new(policy),
            bundle,
            digest,
            since,
        });
        Ok(())
    }

    /// The entry and the records that make `bundle` the policy in force.
    pub(super) fn activation(
        &self,
        bundle: &Bundle,
        (signed, digest): (&str, Digest),
        by: Option<&UserId>,
    ) -> Result<Batch, ExchangeError> {
        let standing = self.governing.standing();
        let before = (standing.bundle.version, &standing.bundle.digests);
        let mut batch = link(before, bundle, (signed, digest), self.clock.now())?;
        for pending in &mut batch.entries {
            pending.entry.actor = by.map(|user| self.pseudonym(user));
        }
        let activated = Activated {
            since: self.clock.now(),
            by: by.cloned(),
        };
        let key = kept::key(ACTIVATED, bundle.version);
        batch.puts.push(kept::put(key, &activated)?);
        Ok(batch)
    }

    /// What is durably in force serves from here on.
    pub(super) fn serve(&self, standing: Standing) {
        let version = standing.bundle.version;
        self.policy.store(Arc::clone(&standing.policy));
        self.governing.standing.store(Arc::new(standing));
        tracing::info!(version, "a policy came into force");
    }

    /// Records once that an approved version did not come into force.
    async fn record_failure(
        &self,
        version: u64,
        error: &ExchangeError,
    ) -> Result<(), ExchangeError> {
        let why = match error {
            ExchangeError::Refused(problem) => problem.title.clone(),
            error => error.to_string(),
        };
        let code = match error {
            ExchangeError::Refused(_) => "stale",
            _ => "guards",
        };
        tracing::error!(version, %error, "an approved policy did not come into force; the old one stays");
        let body = Body { version, why: &why };
        let body = serde_json::to_vec(&body).map_err(|_| ExchangeError::Stored("entry body"))?;
        let entry = Entry {
            policy: Some(self.policy.load().digest()),
            reason: reason(code),
            counts: counts(&[("version", usize::try_from(version).unwrap_or(0))]),
            ..Entry::new(EntryKind::PolicyFailed, self.clock.now())
        };
        let at = self.clock.now();
        let key = kept::key(FAILED, version);
        let mut batch = Batch::entry(entry, body, None);
        batch.puts = vec![
            kept::put(key.clone(), &Failed { at, why })?,
            kept::bytes(kept::key(DUE, version), None),
        ];
        let activated = kept::key(ACTIVATED, version);
        batch.require_absent = vec![(Tree::Policies, key), (Tree::Policies, activated)];
        match self.store.commit(batch).await {
            // Another gateway on the same store said so first, or brought it into force.
            Err(StoreError::AlreadyThere(_)) | Ok(_) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// The entry and the records that make `bundle` follow the version and the rules before it.
pub(super) fn link(
    (before, old): (u64, &Digests),
    bundle: &Bundle,
    (signed, digest): (&str, Digest),
    now: Timestamp,
) -> Result<Batch, ExchangeError> {
    let version = bundle.version;
    let word = match bundle.origin {
        Origin::Founding => "founded",
        Origin::NewVocabulary => "new_vocabulary",
        Origin::Proposal => "approved",
        Origin::Rollback(_) => "rolled_back",
    };
    let entry = Entry {
        digest: Some(digest),
        policy: Some(bundle.digests.rules),
        reason: reason(word),
        counts: counts(&[("version", usize::try_from(version).unwrap_or(0))]),
        ..Entry::new(EntryKind::PolicyChange, now)
    };
    let mut batch = Batch::entry(entry, signed.as_bytes().to_vec(), None);
    let (activated, succeeded) = (
        Activated {
            since: now,
            by: None,
        },
        Succeeded { version, at: now },
    );
    batch.puts = vec![
        kept::put(kept::key(ACTIVATED, version), &activated)?,
        kept::put(kept::key(SUCCEEDED, before), &succeeded)?,
        kept::put(IN_FORCE.to_vec(), &version)?,
        kept::bytes(kept::key(DUE, version), None),
        kept::bytes(kept::key(FAILED, version), None),
    ];
    let mark = |of: &Digests| kept::superseded(&of.rules, &of.vocabulary);
    let (replaced, new) = (mark(old), mark(&bundle.digests));
    if replaced != new {
        let marked = kept::bytes(replaced, Some(vec![1]));
        batch.puts.extend([marked, kept::bytes(new, None)]);
    }
    batch.require_absent = vec![
        (Tree::Policies, kept::key(ACTIVATED, version)),
        (Tree::Policies, kept::key(SUCCEEDED, before)),
    ];
    Ok(batch)
}

fn not_approved() -> ExchangeError {
    let waits = "this proposal has not all the approvals it needs, or was rejected";
    refuse("not_approved", 409, waits)
}

/// Does the bundle follow the very policy that is in force?
fn follows(bundle: &Bundle, standing: &Standing) -> Result<(), ExchangeError> {
    let previous = bundle.previous.as_ref();
    let same = previous.is_some_and(|previous| {
        previous.version == standing.bundle.version && previous.digest == standing.digest
    });
    if same && bundle.version > standing.bundle.version {
        Ok(())
    } else {
        Err(stale())
    }
}
