//! Which policy a gateway serves when it starts.
//!
//! The files named in the configuration are taken once, when the store has never held a policy.
//! From then on only signed bundles count: the one in force is verified from its stored bytes,
//! compiled again and proved again, and a gateway whose bundle does not hold does not start.

use std::sync::Arc;

use stile_ledger::{Entry, EntryKind};
use stile_model::digest::Digest;
use stile_model::id::{Code, MemberId, PartnershipId};
use stile_model::time::{Date, Timestamp};
use stile_model::vocabulary::Vocabulary;
use stile_policy::{Effect, Finding, PolicySet};
use stile_store::{Batch, Store, StoreError, Tree};
use stile_trust::signing::{SigningKey, VerifyingKey};

use super::bundle::{Bundle, Digests, Origin};
use super::guards::{self, Bench, RULES, Texts};
use super::kept::{self, ACTIVATED, Activated, BUNDLES, IN_FORCE};
use super::standing::{Governing, Standing};
use crate::error::ExchangeError;
use crate::evidence::{counts, reason};
use crate::random;

/// What a policy is verified, compiled and kept with.
#[derive(Debug, Clone)]
pub struct Ground {
    /// Where policies are kept.
    pub store: Store,
    /// This gateway's key for documents, which has signed every bundle that counts.
    pub key: VerifyingKey,
    /// The shared words.
    pub vocabulary: Arc<Vocabulary>,
    /// The partnership.
    pub partnership: PartnershipId,
    /// This agency.
    pub member: MemberId,
    /// Its kind.
    pub kind: Code,
}

/// The texts of the files named in the configuration.
#[derive(Debug, Clone, Copy)]
pub struct Founding<'a> {
    /// The file of the rules, for messages.
    pub name: &'a str,
    /// Its text.
    pub rules: &'a str,
    /// The text of the cases, where the configuration names a file.
    pub cases: Option<&'a str>,
    /// Where the policy in force is for another vocabulary, begin with one that withholds
    /// everything instead of refusing.
    pub withhold_until_approved: bool,
}

impl Founding<'_> {
    /// Do the files hold other texts than `bundle`? Cases count where the configuration names a file
    /// of them.
    fn differs_from(&self, bundle: &Bundle) -> bool {
        let other_cases = |cases: &str| bundle.cases.as_deref() != Some(cases);
        bundle.rules != self.rules || self.cases.is_some_and(other_cases)
    }
}

/// The policy in force, or the founding one where there has never been any; recorded before it
/// is given.
///
/// # Errors
///
/// Every mistake of the founding files; or why the bundle in force may not serve, and what to do.
/// Then the gateway must not start.
pub async fn begin(
    ground: Ground,
    signing: &SigningKey,
    founding: &Founding<'_>,
    now: Timestamp,
) -> Result<(Arc<PolicySet>, Governing), ExchangeError> {
    if kept::in_force(&ground.store)?.is_none() {
        match found(&ground, signing, founding, now).await {
            // Another gateway on the same store was first.
            Err(ExchangeError::Unrecorded(StoreError::AlreadyThere(Tree::Policies))) | Ok(()) => {}
            Err(error) => return Err(error),
        }
    }
    if founding.withhold_until_approved && ground.has_new_vocabulary()? {
        ground.withhold_all(signing, now).await?;
        tracing::warn!(
            "the vocabulary is a new one: nothing leaves until rules for it are approved"
        );
    }
    let standing = ground.load(now.date())?;
    let differs = founding.differs_from(&standing.bundle);
    if differs {
        tracing::warn!(
            file = founding.name,
            version = standing.bundle.version,
            "this file, or the one of the cases, is not what is in force and is not used; propose \
             them with `stile policy propose`"
        );
    }
    let policy = Arc::clone(&standing.policy);
    Ok((policy, Governing::new(ground, standing, differs)))
}

/// Signs and records the founding policy as version 1.
async fn found(
    ground: &Ground,
    signing: &SigningKey,
    founding: &Founding<'_>,
    now: Timestamp,
) -> Result<(), ExchangeError> {
    let texts = Texts {
        name: founding.name,
        rules: founding.rules,
        cases: founding.cases,
    };
    let (policy, _) = ground.pass(texts, now.date())?;
    let bundle = Bundle {
        v: Bundle::V,
        partnership: ground.partnership.clone(),
        member: ground.member.clone(),
        kind: ground.kind.clone(),
        version: 1,
        rules: founding.rules.to_owned(),
        cases: founding.cases.map(ToOwned::to_owned),
        digests: Digests::of(&policy, founding.cases, ground.vocabulary.digest),
        effect: Effect::More,
        existence: false,
        origin: Origin::Founding,
        proposed: None,
        approvals: Vec::new(),
        active_from: now,
        until: policy.until(),
        previous: None,
    };
    let (signed, digest) = bundle.sign(signing)?;
    let entry = Entry {
        digest: Some(digest),
        policy: Some(bundle.digests.rules),
        reason: reason("founded"),
        counts: counts(&[("version", 1)]),
        ..Entry::new(EntryKind::PolicyChange, now)
    };
    let activated = Activated {
        since: now,
        by: None,
    };
    let mut batch = Batch::entry(entry, signed.clone().into_bytes(), None);
    batch.puts = vec![
        kept::bytes(kept::key(BUNDLES, 1), Some(signed.into_bytes())),
        kept::put(kept::key(ACTIVATED, 1), &activated)?,
        kept::put(IN_FORCE.to_vec(), &1_u64)?,
    ];
    batch.require_absent = vec![(Tree::Policies, kept::key(ACTIVATED, 1))];
    ground.store.commit(batch).await?;
    Ok(())
}

/// What is asked of a signed bundle before it serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Must {
    /// It is in force: Casbin and the gateway agree on it today.
    BeProved,
    /// It is to come into force: every guard.
    PassAll,
}

impl Ground {
    /// Every guard, on `today`, with a fresh seed; with the doubts that stop nothing.
    ///
    /// # Errors
    ///
    /// Every mistake, with its place.
    pub(super) fn pass(
        &self,
        texts: Texts<'_>,
        today: Date,
    ) -> Result<(PolicySet, Vec<Finding>), ExchangeError> {
        Ok(guards::pass(texts, self.bench(today)?)?)
    }

    /// A policy to ask questions of, which is not to come into force.
    ///
    /// # Errors
    ///
    /// Every mistake, with its place.
    pub(super) fn prove(&self, texts: Texts<'_>, today: Date) -> Result<PolicySet, ExchangeError> {
        Ok(guards::prove(texts, self.bench(today)?)?)
    }

    fn bench(&self, today: Date) -> Result<Bench<'_>, ExchangeError> {
        Ok(Bench {
            vocabulary: &self.vocabulary,
            kind: &self.kind,
            member: &self.member,
            today,
            seed: random::seed()?,
        })
    }

    /// The policy in force as stored, verified and proved again.
    ///
    /// # Errors
    ///
    /// What does not hold, and what to do about it.
    pub(super) fn load(&self, today: Date) -> Result<Standing, ExchangeError> {
        let version =
            kept::in_force(&self.store)?.ok_or(ExchangeError::Stored("policy in force"))?;
        let activated: Activated = kept::read(&self.store, &kept::key(ACTIVATED, version))?
            .ok_or(ExchangeError::Stored("policy in force"))?;
        let (policy, bundle, digest) = self.verified(version, today, Must::BeProved)?;
        Ok(Standing {
            policy: Arc::new(policy),
            bundle,
            digest,
            since: activated.since,
        })
    }

    /// The bundle of a version from its stored bytes: signed by us and for us. Its rules are not
    /// looked at.
    ///
    /// # Errors
    ///
    /// What does not hold, and what to do about it.
    pub(super) fn signed(&self, version: u64) -> Result<(Bundle, Digest), ExchangeError> {
        let unusable = |reason: String| ExchangeError::PolicyUnusable { version, reason };
        let signed = kept::bundle(&self.store, version)?
            .ok_or_else(|| unusable(format!("its bundle is missing from the store; {RESTORE}")))?;
        let (bundle, digest) = Bundle::open(&signed, &self.key)
            .map_err(|error| unusable(format!("its bundle does not hold ({error}); {RESTORE}")))?;
        if bundle.version == version
            && bundle.member == self.member
            && bundle.partnership == self.partnership
        {
            return Ok((bundle, digest));
        }
        Err(unusable(format!(
            "its bundle is version {} of `{}`; {RESTORE}",
            bundle.version, bundle.member
        )))
    }

    /// Version `version`: signed, written for this vocabulary, past the guards on `today`, and
    /// publishing the very bytes that were signed.
    ///
    /// # Errors
    ///
    /// What does not hold, and what to do about it.
    pub(super) fn verified(
        &self,
        version: u64,
        today: Date,
        must: Must,
    ) -> Result<(PolicySet, Bundle, Digest), ExchangeError> {
        let unusable = |reason: String| ExchangeError::PolicyUnusable { version, reason };
        let (bundle, digest) = self.signed(version)?;
        if bundle.digests.vocabulary != self.vocabulary.digest {
            return Err(unusable(OTHER_VOCABULARY.to_owned()));
        }
        let texts = Texts {
            name: RULES,
            rules: &bundle.rules,
            cases: bundle.cases.as_deref(),
        };
        let bench = self.bench(today)?;
        let passed = match must {
            Must::BeProved => guards::prove(texts, bench),
            Must::PassAll => guards::pass(texts, bench).map(|(policy, _)| policy),
        };
        let policy =
            passed.map_err(|error| unusable(format!("it does not pass the guards: {error}")))?;
        let made = Digests::of(&policy, bundle.cases.as_deref(), self.vocabulary.digest);
        if made == bundle.digests {
            return Ok((policy, bundle, digest));
        }
        Err(unusable(
            "this program publishes other bytes for its rules than were signed; start the program \
             that signed it, or propose the rules again with that one"
                .to_owned(),
        ))
    }
}

const RESTORE: &str = "the store was changed by another hand: restore it from a copy that verifies";
const OTHER_VOCABULARY: &str = "it was approved for another vocabulary than the file named by \
    `vocabulary`; start with the vocabulary it was approved for, or with \
    `--withhold-until-approved`: then nothing leaves until officers have proposed and approved its \
    rules for the new one";
