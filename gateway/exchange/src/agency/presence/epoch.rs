//! Epochs: the life of one secret key. The seeds are sealed in the store, so that every gateway on
//! it evaluates alike; the one before is accepted for a day, so that a hub can finish, and then removed
//! from the store's state. The journal keeps what was sealed into it.
//!
//! A change of those who may be known ends the epoch at once: sets made before find nothing any more.

use std::fmt;
use std::sync::Arc;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use stile_linkage::presence::SecretKey;
use stile_model::digest::Digest;
use stile_model::id::MemberId;
use stile_model::time::Timestamp;
use stile_store::{Batch, Put, Tree};
use zeroize::Zeroizing;

use super::super::Agency;
use crate::error::ExchangeError;
use crate::random;

/// Seconds for which the key before the current one is still accepted.
pub(super) const OVERLAP_S: i64 = 24 * 3_600;

const EPOCHS: &[u8] = b"presence/epochs";
const DAY_S: i64 = 24 * 3_600;

/// The secret from which the keys of an epoch come.
#[derive(Clone, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub(super) struct Seed(Zeroizing<[u8; 32]>);

/// One epoch as kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Epoch {
    pub(super) number: u32,
    pub(super) seed: Seed,
    /// When another follows it.
    pub(super) until: Timestamp,
    /// Of whom it might be known when it began.
    pub(super) knowable: Digest,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Epochs {
    current: Epoch,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    previous: Option<Epoch>,
}

/// The keys that are accepted now.
#[derive(Debug)]
pub(super) struct Keys {
    pub(super) current: Key,
    previous: Option<Key>,
}

/// The key of one epoch.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) epoch: Epoch,
    pub(super) secret: Arc<SecretKey>,
}

impl Seed {
    fn draw() -> Result<Self, ExchangeError> {
        Ok(Self(Zeroizing::new(random::bytes()?)))
    }

    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed(‹redacted›)")
    }
}

impl From<Seed> for String {
    fn from(seed: Seed) -> Self {
        HEXLOWER.encode(seed.bytes())
    }
}

impl TryFrom<String> for Seed {
    type Error = ExchangeError;

    fn try_from(text: String) -> Result<Self, ExchangeError> {
        let text = Zeroizing::new(text);
        let mut bytes = Zeroizing::new([0; 32]);
        // The decoder takes only what fits its output exactly.
        if text.len() != 64
            || HEXLOWER
                .decode_mut(text.as_bytes(), bytes.as_mut_slice())
                .is_err()
        {
            return Err(ExchangeError::Stored("epoch"));
        }
        Ok(Self(bytes))
    }
}

impl Epoch {
    /// The secret key that comes of the seed.
    pub(super) fn secret(&self, me: &MemberId) -> Result<SecretKey, ExchangeError> {
        let info = format!("stile presence {me} {}", self.number);
        SecretKey::derive(self.seed.bytes(), info.as_bytes())
            .map_err(|_| ExchangeError::Stored("epoch"))
    }

    fn key(&self, me: &MemberId) -> Result<Key, ExchangeError> {
        Ok(Key {
            epoch: self.clone(),
            secret: Arc::new(self.secret(me)?),
        })
    }

    /// Until when requests of this epoch are answered.
    pub(super) fn accepted_until(&self) -> Timestamp {
        self.until.plus_s(OVERLAP_S)
    }
}

impl Epochs {
    fn read(bytes: &[u8]) -> Result<Self, ExchangeError> {
        serde_json::from_slice(bytes).map_err(|_| ExchangeError::Stored("epoch"))
    }

    /// What should stand now: none where nothing is to change.
    fn next(
        held: Option<&Self>,
        knowable: Digest,
        days: u32,
        now: Timestamp,
    ) -> Result<Option<Self>, ExchangeError> {
        let begin = |previous: Option<Epoch>| {
            let before = held.map_or(0, |held| held.current.number);
            // Never the number of an epoch before it, not even after the store was lost.
            let minutes = u32::try_from(now.millis().div_euclid(60_000)).unwrap_or(0);
            Ok(Some(Self {
                current: Epoch {
                    number: minutes.max(before.saturating_add(1)),
                    seed: Seed::draw()?,
                    until: now.plus_s(i64::from(days) * DAY_S),
                    knowable,
                },
                previous,
            }))
        };
        let Some(held) = held else {
            return begin(None);
        };
        if held.current.knowable != knowable {
            return begin(None);
        }
        // Begun while the clock was ahead, or when epochs were longer: it would outlive its days.
        if held.current.until > now.plus_s(i64::from(days) * DAY_S + OVERLAP_S) {
            return begin(None);
        }
        if now >= held.current.until {
            let over = now >= held.current.accepted_until();
            return begin((!over).then(|| held.current.clone()));
        }
        let over = |epoch: &Epoch| now >= epoch.accepted_until();
        if held.previous.as_ref().is_some_and(over) {
            return Ok(Some(Self {
                current: held.current.clone(),
                previous: None,
            }));
        }
        Ok(None)
    }
}

impl Keys {
    /// The key of an epoch that is accepted now.
    pub(super) fn accepted(&self, epoch: u32, now: Timestamp) -> Option<&Key> {
        std::iter::once(&self.current)
            .chain(&self.previous)
            .find(|key| key.epoch.number == epoch && now < key.epoch.accepted_until())
    }
}

impl Agency {
    /// Brings the epochs in the store and the keys in memory to where they should stand. Says whether
    /// the sets published before may not be used any more.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or written.
    pub(super) async fn turn_epochs(
        &self,
        knowable: Digest,
        days: u32,
        now: Timestamp,
    ) -> Result<Arc<Keys>, ExchangeError> {
        let held = self.store.get(Tree::Meta, EPOCHS)?;
        let held = held.as_deref().map(Epochs::read).transpose()?;
        let epochs = match Epochs::next(held.as_ref(), knowable, days, now)? {
            Some(next) => {
                self.keep_epochs(&next).await?;
                next
            }
            None => held.ok_or(ExchangeError::Stored("epoch"))?,
        };
        let keys = Keys {
            current: epochs.current.key(&self.me)?,
            previous: epochs
                .previous
                .as_ref()
                .map(|epoch| epoch.key(&self.me))
                .transpose()?,
        };
        let keys = Arc::new(keys);
        self.live.presence.keys.store(Some(Arc::clone(&keys)));
        Ok(keys)
    }

    /// Keeps the epochs. Another gateway on the store may have begun the same one: then nothing is
    /// kept, and the next step reads what the other has.
    async fn keep_epochs(&self, epochs: &Epochs) -> Result<(), ExchangeError> {
        let value = serde_json::to_vec(epochs).map_err(|_| ExchangeError::Stored("epoch"))?;
        let begun = format!(
            "presence/epoch/{}/{}",
            epochs.current.number,
            if epochs.previous.is_some() {
                "with"
            } else {
                "alone"
            }
        )
        .into_bytes();
        let put = |tree, key: &[u8], value| Put {
            tree,
            key: key.to_vec(),
            value: Some(value),
            case: None,
        };
        let batch = Batch {
            puts: vec![
                put(Tree::Meta, EPOCHS, value),
                put(Tree::Replay, &begun, Vec::new()),
            ],
            require_absent: vec![(Tree::Replay, begun)],
            ..Batch::default()
        };
        self.store.commit(batch).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
