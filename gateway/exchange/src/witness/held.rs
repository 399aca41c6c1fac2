//! What this gateway holds of other members' ledgers, and cosigns (C2SP tlog-witness).
//!
//! **Order of effects:** compare with the head held, keep the new one durably, cosign. The hub's
//! receipt of a return moves the same head on, so no ledger can show one history to it as a hub and
//! another to it as a witness.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use stile_ledger::Checkpoint;
use stile_ledger::note::SignedNote;
use stile_ledger::witness::{AddCheckpoint, Seen, Verdict, decide};
use stile_ledger::{KeyName, Vkey};
use stile_model::digest::Digest;
use stile_model::id::MemberId;
use stile_model::time::Timestamp;
use stile_store::{Batch, Put, Store, StoreError, Tree};
use tokio::sync::OwnedMutexGuard;

use super::{Witnessing, locked, unknown_log};
use crate::error::{ExchangeError, refuse};

/// The newest head of another member's ledger that this gateway has seen to extend the one before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Held {
    /// Number of entries.
    pub(crate) size: u64,
    /// Their root.
    pub(crate) root: Digest,
    /// The head as its ledger signed it, with no other signature.
    pub(crate) note: String,
    /// When it was taken.
    pub(crate) at: Timestamp,
}

/// Moving on the head held of a member's ledger. No size is moved on from twice, whoever else
/// writes to the same store: two heads that both extend the one held are never both held.
#[derive(Clone)]
pub(crate) struct Step {
    puts: [Put; 2],
    taken: Vec<u8>,
}

impl Step {
    fn new(member: &MemberId, from: u64, held: &Held) -> Result<Self, ExchangeError> {
        let put = |key: &[u8], value| Put {
            tree: Tree::Witness,
            key: key.to_vec(),
            value: Some(value),
            case: None,
        };
        let value = serde_json::to_vec(held).map_err(|_| ExchangeError::Stored("checkpoint"))?;
        let taken = format!("{member}/from/{from:020}").into_bytes();
        Ok(Self {
            puts: [put(key(member), value), put(&taken, vec![1])],
            taken,
        })
    }

    /// Commits `batch` with the step; without it when another gateway on the same store has taken
    /// it. Says whether it was taken here.
    ///
    /// # Errors
    ///
    /// When `batch` is not committed.
    pub(crate) async fn commit(
        store: &Store,
        batch: Batch,
        step: Option<Self>,
    ) -> Result<bool, StoreError> {
        let Some(step) = step else {
            store.commit(batch).await?;
            return Ok(false);
        };
        let mut both = batch.clone();
        both.puts.extend(step.puts);
        both.require_absent.push((Tree::Witness, step.taken));
        match store.commit(both).await {
            Err(StoreError::AlreadyThere(Tree::Witness)) => {}
            done => return done.map(|_| true),
        }
        if !batch.entries.is_empty() || !batch.puts.is_empty() {
            store.commit(batch).await?;
        }
        Ok(false)
    }
}

/// What a witness answers to a head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Witnessed {
    /// The cosignature line.
    Cosigned(String),
    /// The size of the head held, which is not the one the request starts from.
    Held(u64),
}

impl Witnessing {
    /// The head held of a member's ledger.
    pub(crate) fn held(&self, member: &MemberId) -> Result<Option<Held>, ExchangeError> {
        let bytes = self.parts().store.get(Tree::Witness, key(member))?;
        bytes
            .map(|bytes| {
                serde_json::from_slice(&bytes).map_err(|_| ExchangeError::Stored("checkpoint"))
            })
            .transpose()
    }

    /// Waits for the turn to move on the head held of a member's ledger.
    pub(crate) async fn turn(&self, member: &MemberId) -> OwnedMutexGuard<()> {
        let turn = {
            let mut turns = locked(&self.0.turns);
            Arc::clone(turns.entry(member.clone()).or_default())
        };
        turn.lock_owned().await
    }

    /// The step that moves on the head held, of `from` entries; the caller has the turn and has
    /// proved that `head` extends the one held, and that `note` carries the ledger's signature.
    pub(crate) fn hold(
        &self,
        member: &MemberId,
        from: u64,
        (head, note): (&Checkpoint, &str),
        vkey: &Vkey,
    ) -> Result<Step, ExchangeError> {
        let kept = Held {
            size: head.size,
            root: head.root,
            note: own_line_only(note, vkey)?,
            at: self.parts().clock.now(),
        };
        Step::new(member, from, &kept)
    }

    /// Answers a request to cosign a head of another member's ledger.
    ///
    /// # Errors
    ///
    /// A coded refusal; the head held stays.
    pub(super) async fn add_checkpoint(&self, text: &str) -> Result<Witnessed, ExchangeError> {
        let request = AddCheckpoint::parse(text)
            .map_err(|error| refuse("malformed", 400, error.to_string()))?;
        let (member, vkey) = self.log_of(&request.checkpoint)?;
        let _turn = self.turn(&member).await;
        let before = self.held(&member)?;
        let seen = before.as_ref().map(|held| Seen {
            size: held.size,
            root: held.root,
        });
        let verdict = decide(&request, std::slice::from_ref(&vkey), seen.as_ref());
        if verdict.is_suspicious()
            && let Some(before) = &before
        {
            self.suspect(&member, before, &request.checkpoint).await;
        }
        match verdict {
            Verdict::Accept(head) => {
                if seen.is_none_or(|seen| seen.size < head.size) {
                    let from = seen.map_or(0, |seen| seen.size);
                    let shown = (&head, request.checkpoint.as_str());
                    let step = self.hold(&member, from, shown, &vkey)?;
                    let store = &self.parts().store;
                    if !Step::commit(store, Batch::default(), Some(step)).await? {
                        let now_held = self.held(&member)?.map_or(0, |held| held.size);
                        return Ok(Witnessed::Held(now_held));
                    }
                }
                let now = self.parts().clock.now();
                let line = self.parts().key.cosign(&head, now);
                Ok(Witnessed::Cosigned(line.map_err(unwritable)?))
            }
            Verdict::Conflict { size } | Verdict::Forked { size } => Ok(Witnessed::Held(size)),
            Verdict::Bad => Err(refuse(
                "malformed",
                400,
                "the old size is above the size of the checkpoint",
            )),
            Verdict::Inconsistent => Err(refuse(
                "checkpoint_inconsistent",
                422,
                "the proof does not lead from the head this witness holds to the checkpoint",
            )),
            Verdict::UnknownLog => Err(unknown_log()),
            Verdict::Unsigned => Err(refuse(
                "checkpoint_unsigned",
                403,
                "the checkpoint is not signed by the ledger's key in the directory",
            )),
        }
    }

    /// The head held of the ledger of this origin, as its ledger signed it, with our cosignature.
    ///
    /// # Errors
    ///
    /// `unknown_log`, or `no_checkpoint` when none is held.
    pub(super) fn held_of(&self, origin: &KeyName) -> Result<String, ExchangeError> {
        let (member, _) = self.keeper_of(origin)?.ok_or_else(unknown_log)?;
        let held = self.held(&member.id)?.ok_or_else(|| {
            refuse(
                "no_checkpoint",
                404,
                "this witness has seen no head of that ledger yet",
            )
        })?;
        Ok(held.note)
    }

    fn log_of(&self, note: &str) -> Result<(MemberId, Vkey), ExchangeError> {
        let head = SignedNote::parse(note).and_then(|note| Checkpoint::parse(note.text));
        let head = head.map_err(|error| refuse("malformed", 400, error.to_string()))?;
        let (member, vkey) = self.keeper_of(&head.origin)?.ok_or_else(unknown_log)?;
        Ok((member.id, vkey))
    }
}

fn key(member: &MemberId) -> &[u8] {
    member.as_str().as_bytes()
}

fn unwritable(_: stile_ledger::LedgerError) -> ExchangeError {
    refuse(
        "internal",
        500,
        "the cosignature cannot be made; check the clock",
    )
}

/// The note with the signature of its own ledger alone: others' lines are not ours to keep.
fn own_line_only(note: &str, vkey: &Vkey) -> Result<String, ExchangeError> {
    let parsed = SignedNote::parse(note).map_err(|_| ExchangeError::Stored("checkpoint"))?;
    let line = parsed
        .by_key(vkey.name(), vkey.key_hash())
        .ok_or(ExchangeError::Stored("checkpoint"))?;
    Ok(SignedNote {
        text: parsed.text,
        signatures: vec![line.clone()],
    }
    .to_string())
}

#[cfg(test)]
mod tests {
    use stile_ledger::LedgerKey;
    use stile_store::{EpochKey, StoreConfig};

    use super::*;

    fn held(what: &str, size: u64) -> Held {
        Held {
            size,
            root: Digest::of(what.as_bytes()),
            note: what.to_owned(),
            at: "2026-03-11T10:14:00Z".parse().unwrap(),
        }
    }

    fn kept(store: &Store, member: &MemberId) -> Held {
        let bytes = store.get(Tree::Witness, key(member)).unwrap().unwrap();
        serde_json::from_slice(&bytes).unwrap()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn of_two_heads_that_extend_the_same_one_only_the_first_is_held() {
        let dir = tempfile::tempdir().unwrap();
        let config = StoreConfig {
            dir: dir.path().to_owned(),
            origin: "north.example/mash".to_owned(),
            ledger_key: LedgerKey::from_seed(&[1; 32]).unwrap(),
            epoch_key: EpochKey::from_bytes([2; 32]),
            segment_bytes: 64 * 1024,
            low_space_bytes: 0,
        };
        let (store, _) = Store::open(config).unwrap();
        let police = MemberId::new("north-police").unwrap();
        let step = |from, held| Some(Step::new(&police, from, &held).unwrap());
        let (one, other) = (held("one", 5), held("other", 6));
        let nothing = Batch::default;
        let mark = || Batch::put(Tree::Meta, "mark", Some(vec![7]));

        // Both were read from the same head held, as by two gateways on one store.
        let (first, second) = (step(0, one.clone()), step(0, other));
        assert!(Step::commit(&store, nothing(), first).await.unwrap());
        assert!(
            !Step::commit(&store, nothing(), second.clone())
                .await
                .unwrap()
        );
        // What else the batch records is recorded all the same.
        assert!(!Step::commit(&store, mark(), second).await.unwrap());

        assert_eq!(kept(&store, &police), one);
        assert_eq!(store.get(Tree::Meta, b"mark").unwrap(), Some(vec![7]));
        let next = held("next", 9);
        assert!(
            Step::commit(&store, nothing(), step(5, next.clone()))
                .await
                .unwrap()
        );
        assert!(
            !Step::commit(&store, nothing(), step(5, held("late", 8)))
                .await
                .unwrap()
        );
        assert_eq!(kept(&store, &police), next);
    }
}
