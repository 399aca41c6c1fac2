//! Which policy a gateway serves when it starts.
//!
//! The files named in the configuration are taken once, when the store has never held a policy.
//! From then on only signed bundles count: the one in force is verified from its stored bytes,
//! compiled again and proved again, and a gateway whose bundle does not hold does not start.

use stile_ledger::{Entry, EntryKind};
use stile_model::digest::Digest;
use stile_model::id::{Code, MemberId, PartnershipId};
use stile_model::time::Timestamp;
use stile_model::vocabulary::Vocabulary;
use stile_policy::PolicySet;
use stile_store::{Batch, Store, StoreError, Tree};
use stile_trust::signing::SigningKey;

use super::bundle::{Bundle, Digests, Effect, Origin};
use super::guards::{self, RULES, Texts};
use super::kept::{self, ACTIVATED, Activated, BUNDLES, IN_FORCE};
use super::standing::{Governing, Standing};
use crate::error::ExchangeError;
use crate::evidence::{counts, reason};
use crate::random;

/// What a policy is verified, compiled and kept with.
#[derive(Debug, Clone, Copy)]
pub struct Ground<'a> {
    /// Where policies are kept.
    pub store: &'a Store,
    /// Signs bundles, and has signed every one that counts.
    pub signing: &'a SigningKey,
    /// The shared words.
    pub vocabulary: &'a Vocabulary,
    /// The partnership.
    pub partnership: &'a PartnershipId,
    /// This agency.
    pub member: &'a MemberId,
    /// Its kind.
    pub kind: &'a Code,
    /// The instant.
    pub now: Timestamp,
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
}

/// The policy in force, or the founding one where there has never been any; recorded before it
/// is given.
///
/// # Errors
///
/// Every mistake of the founding files; or why the bundle in force may not serve, and what to do.
/// Then the gateway must not start.
pub async fn begin(
    ground: &Ground<'_>,
    founding: &Founding<'_>,
) -> Result<(PolicySet, Governing), ExchangeError> {
    if kept::in_force(ground.store)?.is_none() {
        match found(ground, founding).await {
            // Another gateway on the same store was first.
            Err(ExchangeError::Unrecorded(StoreError::AlreadyThere(Tree::Policies))) | Ok(()) => {}
            Err(error) => return Err(error),
        }
    }
    let (policy, standing) = ground.load()?;
    let differs = policy.digest() != Digest::of(founding.rules.as_bytes());
    if differs {
        tracing::warn!(
            file = founding.name,
            version = standing.bundle.version,
            "the rules in this file are not those in force and are not used; propose them with \
             `stile policy propose`"
        );
    }
    Ok((policy, Governing::new(standing, differs)))
}

/// Signs and records the founding policy as version 1.
async fn found(ground: &Ground<'_>, founding: &Founding<'_>) -> Result<(), ExchangeError> {
    let texts = Texts {
        name: founding.name,
        rules: founding.rules,
        cases: founding.cases,
    };
    let policy = guards::pass(
        texts,
        ground.vocabulary,
        ground.kind,
        ground.now.date(),
        random::seed()?,
    )?;
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
        origin: Origin::Founding,
        proposed: None,
        approvals: Vec::new(),
        active_from: ground.now,
        until: policy.until(),
        previous: None,
    };
    let (signed, digest) = bundle.sign(ground.signing)?;
    let entry = Entry {
        digest: Some(digest),
        policy: Some(bundle.digests.rules),
        reason: reason("founded"),
        counts: counts(&[("version", 1)]),
        ..Entry::new(EntryKind::PolicyChange, ground.now)
    };
    let activated = Activated {
        since: ground.now,
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

impl Ground<'_> {
    /// The policy in force as stored, verified and proved again.
    ///
    /// # Errors
    ///
    /// What does not hold, and what to do about it.
    pub(super) fn load(&self) -> Result<(PolicySet, Standing), ExchangeError> {
        let version =
            kept::in_force(self.store)?.ok_or(ExchangeError::Stored("policy in force"))?;
        let activated: Activated = kept::read(self.store, &kept::key(ACTIVATED, version))?
            .ok_or(ExchangeError::Stored("policy in force"))?;
        let (policy, bundle, digest) = self.verified(version)?;
        let standing = Standing {
            bundle,
            digest,
            since: activated.since,
        };
        Ok((policy, standing))
    }

    /// Version `version` from its stored bytes: signed by us, for us, in this vocabulary, with every
    /// digest as signed, and past every guard once more.
    pub(super) fn verified(
        &self,
        version: u64,
    ) -> Result<(PolicySet, Bundle, Digest), ExchangeError> {
        let unusable = |reason: String| ExchangeError::PolicyUnusable { version, reason };
        let signed = kept::bundle(self.store, version)?
            .ok_or_else(|| unusable(format!("its bundle is missing from the store; {RESTORE}")))?;
        let (bundle, digest) = Bundle::open(&signed, self.signing.verifying_key())
            .map_err(|error| unusable(format!("its bundle does not hold ({error}); {RESTORE}")))?;
        if bundle.version != version
            || bundle.member != *self.member
            || bundle.partnership != *self.partnership
        {
            return Err(unusable(format!(
                "its bundle is version {} of `{}`; {RESTORE}",
                bundle.version, bundle.member
            )));
        }
        if bundle.digests.vocabulary != self.vocabulary.digest {
            return Err(unusable(
                "it was approved for another vocabulary than the file names; start with the old \
                 vocabulary, or begin with rules proposed for the new one"
                    .to_owned(),
            ));
        }
        let texts = Texts {
            name: RULES,
            rules: &bundle.rules,
            cases: bundle.cases.as_deref(),
        };
        let policy = guards::pass(
            texts,
            self.vocabulary,
            self.kind,
            self.now.date(),
            random::seed()?,
        )
        .map_err(|error| unusable(format!("its rules do not pass the guards: {error}")))?;
        let made = Digests::of(&policy, bundle.cases.as_deref(), self.vocabulary.digest);
        if made != bundle.digests {
            return Err(unusable(
                "this program publishes other bytes for its rules than were signed; start the \
                 program that signed it, and propose the rules again with this one"
                    .to_owned(),
            ));
        }
        Ok((policy, bundle, digest))
    }
}

const RESTORE: &str = "the store was changed by another hand: restore it from a copy that verifies";
