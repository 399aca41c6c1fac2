//! Epoch keys in a hardware token: wrapping and unwrapping happen inside it.
//!
//! Keys of successive epochs bear the same label and differ in `CKA_ID`, of which the epoch's id is made.

use stile_token::TokenPlace;
use stile_token::sealing::{SealingKey, SealingToken};

use super::{EpochId, Kek};
use crate::error::StoreError;

/// An open token.
#[derive(Debug, Clone)]
pub(super) struct Token(SealingToken);

impl Token {
    /// Opens the token and logs in.
    pub(super) fn open(place: &TokenPlace) -> Result<Self, StoreError> {
        Ok(Self(SealingToken::open(place)?))
    }

    /// Every key under the label, in the order of `CKA_ID`.
    pub(super) fn keys(&self) -> Result<Vec<Kek>, StoreError> {
        Ok(self.0.keys()?.into_iter().map(kek).collect())
    }

    /// Makes a key that cannot leave the token.
    pub(super) fn make(&self) -> Result<Kek, StoreError> {
        Ok(kek(self.0.make()?))
    }

    /// Destroys the key `old`, and looks that it is gone.
    pub(super) fn destroy(&self, old: EpochId) -> Result<(), StoreError> {
        if self.0.destroy(|id| epoch(id) == old)? {
            Ok(())
        } else {
            Err(StoreError::Config(
                "the token still holds the old epoch key after destroying it",
            ))
        }
    }
}

fn kek((id, key): (Vec<u8>, SealingKey)) -> Kek {
    Kek::in_token(epoch(&id), key)
}

fn epoch(id: &[u8]) -> EpochId {
    EpochId::of("stile-epoch-token-v1", id)
}
