//! The sets as a hub fetches them: a signed statement, then the two sets.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use stile_ledger::{Entry, EntryKind};
use stile_linkage::NORMALISER_VERSION;
use stile_linkage::presence::{Published, RECIPE_VERSION};
use stile_model::digest::Digest;
use stile_model::id::{Code, MemberId};
use stile_model::presence::{PRESENCE_SET_TYP, PresenceSet, SetPart};
use stile_model::time::Timestamp;
use stile_store::{Batch, PendingEntry, Put, StoreError, Tree};
use stile_trust::jws;

use super::super::Agency;
use super::super::footing::Footing;
use super::epoch::Epoch;
use super::{not_offered, unavailable};
use crate::error::{ExchangeError, refuse};
use crate::evidence::reason;

/// Longest that sets are used after they were made, in seconds, where rounds are closer than that.
const VALID_S: i64 = 24 * 3_600;

/// What is published of one epoch.
#[derive(Debug)]
pub(super) struct PublishedSets {
    pub(super) epoch: u32,
    /// Of whom it might be known when they were made.
    pub(super) knowable: Digest,
    pub(super) built_at: Timestamp,
    pub(super) valid_until: Timestamp,
    pub(super) of: BTreeMap<Code, Arc<OneSet>>,
}

/// The two sets of one purpose, as bytes.
#[derive(Debug)]
pub(super) struct OneSet {
    pub(super) strong: Bytes,
    pub(super) weak: Bytes,
    strong_digest: Digest,
    weak_digest: Digest,
}

/// A statement with the sets that it is about.
pub(super) struct Handed {
    /// Compact JWS.
    pub(super) statement: String,
    /// Names the statement's payload.
    pub(super) digest: Digest,
    pub(super) set: Arc<OneSet>,
}

impl OneSet {
    pub(super) fn new(strong: Bytes, weak: Bytes) -> Self {
        Self {
            strong_digest: Digest::of(&strong),
            weak_digest: Digest::of(&weak),
            strong,
            weak,
        }
    }
}

impl PublishedSets {
    pub(super) fn new(
        epoch: &Epoch,
        knowable: Digest,
        built_at: Timestamp,
        refresh_s: i64,
        made: Vec<Published>,
    ) -> Self {
        let valid_s = refresh_s.saturating_mul(3).max(VALID_S);
        let one = |published: Published| {
            let strong = published.sets.strong.to_bytes().into();
            let weak = published.sets.weak.to_bytes().into();
            (published.purpose, Arc::new(OneSet::new(strong, weak)))
        };
        Self {
            epoch: epoch.number,
            knowable,
            built_at,
            valid_until: built_at.plus_s(valid_s).min(epoch.accepted_until()),
            of: made.into_iter().map(one).collect(),
        }
    }
}

impl Agency {
    /// The sets of a purpose for a hub, recorded before they are handed out.
    ///
    /// # Errors
    ///
    /// A coded refusal, or the ledger could not keep the entry; nothing has left.
    pub(super) async fn presence_set(
        self: &Arc<Self>,
        hub: &MemberId,
        purpose: &Code,
        epoch: u32,
        known: Option<&Digest>,
    ) -> Result<Option<Handed>, ExchangeError> {
        let now = self.clock.now();
        self.agreed(hub, purpose, now.date())?;
        self.witnessing.may_release()?;
        self.presence_settings()?;
        let footing = self.footing();
        let knowable = self.knowable_ahead(&footing, now.date()).await?;
        if !knowable.offers(purpose) {
            return Err(not_offered());
        }
        let sets = self.live.presence.sets.load_full();
        let sets = sets
            .filter(|sets| sets.knowable == knowable.digest() && now < sets.valid_until)
            .ok_or_else(unavailable)?;
        if sets.epoch != epoch {
            return Err(other_epoch(sets.epoch));
        }
        let set = sets.of.get(purpose).ok_or_else(unavailable)?;
        let statement = self.statement(hub, purpose, &sets, set);
        let payload =
            serde_json::to_vec(&statement).map_err(|_| ExchangeError::Stored("statement"))?;
        let digest = Digest::of(&payload);
        if known == Some(&digest) {
            return Ok(None);
        }
        self.record_set(&statement, digest, &payload, &footing, now)
            .await?;
        Ok(Some(Handed {
            statement: jws::sign(&self.signing, PRESENCE_SET_TYP, &payload)?,
            digest,
            set: Arc::clone(set),
        }))
    }

    fn statement(
        &self,
        hub: &MemberId,
        purpose: &Code,
        sets: &PublishedSets,
        set: &OneSet,
    ) -> PresenceSet {
        let part = |bytes: &Bytes, sha256| SetPart {
            bytes: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
            sha256,
        };
        PresenceSet {
            version: 1,
            agency: self.me.clone(),
            hub: hub.clone(),
            purpose: purpose.clone(),
            epoch: sets.epoch,
            recipe: RECIPE_VERSION,
            normaliser: NORMALISER_VERSION,
            built_at: sets.built_at,
            valid_until: sets.valid_until,
            strong: part(&set.strong, set.strong_digest),
            weak: part(&set.weak, set.weak_digest),
        }
    }

    /// One entry for each set that a hub is given, however often it fetches it.
    async fn record_set(
        &self,
        statement: &PresenceSet,
        digest: Digest,
        payload: &[u8],
        footing: &Footing,
        now: Timestamp,
    ) -> Result<(), ExchangeError> {
        let given = format!("presence/given/{digest}").into_bytes();
        let scribe = self.scribe();
        let entry = Entry {
            member: Some(statement.hub.clone()),
            recipients: [statement.hub.clone()].into(),
            digest: Some(digest),
            policy: Some(footing.policy.digest()),
            reason: reason("set_given"),
            ..scribe.of_purpose(EntryKind::Presence, &statement.purpose, now)
        };
        let mut require_absent = vec![(Tree::Replay, given.clone())];
        require_absent.extend(self.must_be_absent(footing)?);
        let batch = Batch {
            entries: vec![PendingEntry {
                entry,
                body: payload.to_vec(),
                case: None,
                subjects: Vec::new(),
            }],
            puts: vec![Put {
                tree: Tree::Replay,
                key: given,
                value: Some(Vec::new()),
                case: None,
            }],
            require_absent,
            refusal_only: false,
        };
        match self.store.commit(batch).await {
            Ok(_) | Err(StoreError::AlreadyThere(Tree::Replay)) => Ok(()),
            // The policy was replaced meanwhile: the sets are of another one.
            Err(StoreError::AlreadyThere(Tree::Policies)) => Err(unavailable()),
            Err(error) => Err(error.into()),
        }
    }
}

/// Another epoch is in force than the one that was named.
pub(super) fn other_epoch(current: u32) -> ExchangeError {
    refuse(
        "presence_epoch",
        409,
        format!("epoch `{current}` is in force; fetch its set"),
    )
}
