//! Another officer approves or rejects a proposal; the last approval signs the bundle.
//!
//! Order of effects: the proposal is compared again with what is in force; decision, entry and, with
//! the last approval, the signed bundle are one batch; then, if its moment has come, it is activated.
//! A gateway that stops in between activates it at its next start.

use serde::Serialize;
use stile_ledger::{Entry, EntryKind};
use stile_model::id::UserId;
use stile_model::redact::Redacted;
use stile_store::{Batch, Tree};

use super::base::Wanted;
use super::bundle::{Act, Approved, Bundle, Digests, Previous};
use super::compare::Compared;
use super::kept::{self, ACTIVATED, BUNDLES, DRAFTS, DUE};
use super::proposal::{Because, Draft, Proposal, Verdict};
use super::propose::{apart, overtaken, said};
use super::quorum::Role;
use crate::agency::Agency;
use crate::error::{ExchangeError, refuse};
use crate::evidence::{counts, reason};
use crate::people::Person;

/// The sealed body of the entry.
#[derive(Serialize)]
struct Body<'a> {
    version: u64,
    user: &'a UserId,
    why: &'a str,
}

impl Agency {
    /// Approves another officer's proposal. The last approval that is needed signs the bundle, and
    /// brings it into force if its moment has come.
    ///
    /// # Errors
    ///
    /// `unknown_policy`, `already_decided`, `policy_stale`, `own_proposal`, `role_missing`,
    /// `reason_missing`, `policy_refused`, `policy_overtaken`. Then nothing was recorded.
    pub async fn approve_policy(
        &self,
        person: &Person,
        version: u64,
        because: &Because,
    ) -> Result<Proposal, ExchangeError> {
        person.must_change_policy()?;
        said(&because.reason)?;
        let _turn = self.governing.turn.lock().await;
        self.follow_locked().await?;
        let mut draft = self.open_draft(version)?;
        not_their_own(&draft, person)?;
        let compared = self.compared_again(&draft).await?;
        let step = draft.next_step();
        draft.approvals.push(Approved {
            role: role_code(Role::Officer)?,
            act: self.act(person, &because.reason),
        });
        let signed = self.settle(&mut draft)?.then(|| {
            draft.verdict = Verdict::Approved;
            self.bundle(&draft, &compared)
        });
        let mut batch = self.decided("approved", person, &draft, &because.reason)?;
        batch.puts.push(kept::put(step.clone(), &())?);
        batch.require_absent = vec![(Tree::Policies, step)];
        if let Some(bundle) = &signed {
            let (text, _) = bundle.sign(&self.signing)?;
            let at = kept::key(BUNDLES, version);
            batch.require_absent.push((Tree::Policies, at.clone()));
            batch.puts.push(kept::bytes(at, Some(text.into_bytes())));
            batch
                .puts
                .push(kept::put(kept::key(DUE, version), &bundle.active_from)?);
        }
        self.store.commit(batch).await.map_err(overtaken)?;
        // The approval stands whatever comes now; what is due is tried again every few seconds.
        if signed.is_some()
            && let Err(error) = self.bring_due_locked().await
        {
            tracing::error!(version, %error, "approved; a version that is due is not in force yet");
        }
        self.shown(&draft)
    }

    /// Says no to a proposal, or takes an approval back that is not in force yet; whoever proposed
    /// it may, too.
    ///
    /// # Errors
    ///
    /// `role_missing`, `unknown_policy`, `already_decided`, `reason_missing`, `policy_overtaken`.
    pub async fn reject_policy(
        &self,
        person: &Person,
        version: u64,
        because: &Because,
    ) -> Result<Proposal, ExchangeError> {
        person.must_change_policy()?;
        said(&because.reason)?;
        let _turn = self.governing.turn.lock().await;
        let mut draft = kept::draft(&self.store, version)?;
        let activated = kept::key(ACTIVATED, version);
        let in_force = self.store.get(Tree::Policies, &activated)?.is_some();
        if in_force || matches!(draft.verdict, Verdict::Rejected(_)) {
            return Err(decided_already());
        }
        let step = draft.next_step();
        draft.verdict = Verdict::Rejected(self.act(person, &because.reason));
        let mut batch = self.decided("rejected", person, &draft, &because.reason)?;
        batch.puts.push(kept::put(step.clone(), &())?);
        batch.puts.push(kept::bytes(kept::key(DUE, version), None));
        batch.require_absent = vec![(Tree::Policies, step), (Tree::Policies, activated)];
        self.store.commit(batch).await.map_err(overtaken)?;
        self.shown(&draft)
    }

    /// A proposal that waits and is still about what is in force.
    fn open_draft(&self, version: u64) -> Result<Draft, ExchangeError> {
        let draft = self.undecided(version)?;
        if draft.base == self.governing.standing().bundle.version {
            return Ok(draft);
        }
        Err(stale())
    }

    fn undecided(&self, version: u64) -> Result<Draft, ExchangeError> {
        let draft = kept::draft(&self.store, version)?;
        if draft.verdict == Verdict::Open {
            return Ok(draft);
        }
        Err(decided_already())
    }

    /// Guards and comparison once more: the day, the program or the policy in force may be others.
    pub(super) async fn compared_again(&self, draft: &Draft) -> Result<Compared, ExchangeError> {
        let wanted = Wanted {
            rules: draft.rules.clone(),
            cases: draft.cases.clone(),
            origin: draft.origin,
            why: draft.proposed.why.clone(),
            active_from: draft.active_from,
        };
        // Whoever approves has the turn, and waits for nobody's long work.
        let work = self.comparison(&self.base_locked(), &wanted)?;
        let compared = apart(work).await??.map_err(|remarks| {
            let all: Vec<_> = remarks.into_iter().map(|remark| remark.message).collect();
            refuse("policy_refused", 422, all.join("; "))
        })?;
        if compared.effect == draft.effect && compared.existence == draft.existence {
            return Ok(compared);
        }
        Err(stale())
    }

    /// Gives each approval the role it counts for; says whether they are enough.
    fn settle(&self, draft: &mut Draft) -> Result<bool, ExchangeError> {
        let held = |approved: &Approved| Role::of(&approved.act.by, &self.people);
        draft
            .approvals
            .retain(|approved| !held(approved).is_empty());
        let people: Vec<_> = draft.approvals.iter().map(held).collect();
        let needed = draft.needed();
        if !needed.takes(&people) {
            let wanted = format!("this approval does not help: it needs {}", needed.words());
            return Err(refuse("role_missing", 403, wanted));
        }
        let roles = needed.assign(&people);
        let enough = roles.is_some();
        let one_each = people.iter().map(|roles| roles.iter().next_back().copied());
        let roles = roles.unwrap_or_else(|| one_each.flatten().collect());
        for (approved, role) in draft.approvals.iter_mut().zip(roles) {
            approved.role = role_code(role)?;
        }
        Ok(enough)
    }

    /// What is signed once a proposal has its approvals.
    pub(super) fn bundle(&self, draft: &Draft, compared: &Compared) -> Bundle {
        let standing = self.governing.standing();
        let now = self.clock.now();
        let vocabulary = self.vocabulary.digest;
        Bundle {
            v: Bundle::V,
            partnership: self.partnership.clone(),
            member: self.me.clone(),
            kind: self.kind.clone(),
            version: draft.version,
            digests: Digests::of(&compared.policy, draft.cases.as_deref(), vocabulary),
            rules: draft.rules.clone(),
            cases: draft.cases.clone(),
            effect: draft.effect,
            existence: draft.existence,
            origin: draft.origin,
            proposed: Some(draft.proposed.clone()),
            approvals: draft.approvals.clone(),
            active_from: draft.active_from.map_or(now, |from| from.max(now)),
            until: compared.policy.until(),
            previous: Some(Previous {
                version: standing.bundle.version,
                digest: standing.digest,
            }),
        }
    }

    pub(super) fn act(&self, person: &Person, why: &Redacted<String>) -> Act {
        Act {
            by: person.user.clone(),
            at: self.clock.now(),
            why: why.clone(),
        }
    }

    fn decided(
        &self,
        word: &str,
        person: &Person,
        draft: &Draft,
        why: &Redacted<String>,
    ) -> Result<Batch, ExchangeError> {
        let body = Body {
            version: draft.version,
            user: &person.user,
            why: why.reveal(),
        };
        let body = serde_json::to_vec(&body).map_err(|_| ExchangeError::Stored("entry body"))?;
        let entry = Entry {
            digest: Some(stile_model::digest::Digest::of(draft.rules.as_bytes())),
            policy: Some(self.policy.load().digest()),
            actor: Some(self.pseudonym(&person.user)),
            reason: reason(word),
            counts: counts(&[("version", usize::try_from(draft.version).unwrap_or(0))]),
            ..Entry::new(EntryKind::PolicyDecision, self.clock.now())
        };
        let mut batch = Batch::entry(entry, body, None);
        batch.puts = vec![kept::put(kept::key(DRAFTS, draft.version), draft)?];
        Ok(batch)
    }
}

fn not_their_own(draft: &Draft, person: &Person) -> Result<(), ExchangeError> {
    if draft.proposed.by == person.user {
        return Err(refuse(
            "own_proposal",
            403,
            "nobody approves their own proposal; another officer must",
        ));
    }
    if draft.approvals.iter().any(|one| one.act.by == person.user) {
        return Err(refuse(
            "already_decided",
            409,
            "this person has approved it; another must, in the other role",
        ));
    }
    Ok(())
}

fn decided_already() -> ExchangeError {
    refuse(
        "already_decided",
        409,
        "this proposal was approved or rejected",
    )
}

pub(super) fn stale() -> ExchangeError {
    refuse(
        "policy_stale",
        409,
        "what it was compared with is not in force any more, or it does something else by now: \
         propose it again",
    )
}

fn role_code(role: Role) -> Result<stile_model::id::Code, ExchangeError> {
    role.code().ok_or(ExchangeError::Stored("role"))
}
