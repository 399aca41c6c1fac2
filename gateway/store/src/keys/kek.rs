//! One key-encryption key.

use std::fmt;
use std::sync::Arc;

use data_encoding::HEXLOWER;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use stile_model::digest::Digest;
use stile_token::sealing::SealingKey;
use zeroize::Zeroizing;

use crate::error::StoreError;

/// Names an epoch key without telling anything of it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EpochId([u8; 8]);

impl EpochId {
    /// Its 8 bytes, as wrapped keys carry them.
    pub const fn as_bytes(&self) -> &[u8; 8] {
        &self.0
    }

    pub(crate) const fn from_bytes(bytes: [u8; 8]) -> Self {
        Self(bytes)
    }

    pub(super) fn of(domain: &str, bytes: &[u8]) -> Self {
        let digest = Digest::of_parts(&[domain.as_bytes(), b"\n", bytes]);
        let mut id = [0; 8];
        id.copy_from_slice(digest.as_bytes().first_chunk::<8>().unwrap_or(&[0; 8]));
        Self(id)
    }
}

impl fmt::Display for EpochId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for EpochId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EpochId({self})")
    }
}

/// An epoch key ready for use.
#[derive(Clone)]
pub(crate) struct Kek {
    id: EpochId,
    hold: Hold,
}

#[derive(Clone)]
enum Hold {
    Memory(Arc<LessSafeKey>),
    Token(SealingKey),
}

impl Kek {
    /// A key whose bytes this process holds.
    pub(crate) fn from_secret(secret: &[u8; 32]) -> Self {
        Self {
            id: EpochId::of("stile-epoch-key-v1", secret),
            hold: Hold::Memory(Arc::new(aes(secret))),
        }
    }

    /// A key that stays in its token.
    pub(super) const fn in_token(id: EpochId, key: SealingKey) -> Self {
        Self {
            id,
            hold: Hold::Token(key),
        }
    }

    pub(crate) const fn id(&self) -> EpochId {
        self.id
    }

    /// Wraps a data key; `nonce` must be random.
    pub(crate) fn wrap(
        &self,
        nonce: [u8; NONCE_LEN],
        aad: &[u8],
        secret: &[u8; 32],
    ) -> Result<Vec<u8>, StoreError> {
        let sealed = match &self.hold {
            Hold::Memory(key) => {
                let mut text = Zeroizing::new(*secret);
                let tag = key
                    .seal_in_place_separate_tag(
                        Nonce::assume_unique_for_key(nonce),
                        Aad::from(aad),
                        text.as_mut_slice(),
                    )
                    .map_err(|_| StoreError::Sealed)?;
                [text.as_slice(), tag.as_ref()].concat()
            }
            Hold::Token(key) => key.encrypt(nonce, aad, secret)?,
        };
        Ok([self.id.0.as_slice(), &nonce, &sealed].concat())
    }

    /// Opens what [`Kek::wrap`] gave.
    pub(crate) fn unwrap(
        &self,
        aad: &[u8],
        wrapped: &[u8],
    ) -> Result<Zeroizing<[u8; 32]>, StoreError> {
        let (id, rest) = epoch_of(wrapped)?;
        let (nonce, sealed) = rest
            .split_first_chunk::<NONCE_LEN>()
            .ok_or(StoreError::Sealed)?;
        if id != self.id {
            return Err(StoreError::Sealed);
        }
        let plain = match &self.hold {
            Hold::Memory(key) => {
                let mut text = Zeroizing::new(sealed.to_vec());
                let nonce = Nonce::assume_unique_for_key(*nonce);
                let length = key
                    .open_in_place(nonce, Aad::from(aad), &mut text)
                    .map_err(|_| StoreError::Sealed)?
                    .len();
                text.truncate(length);
                text
            }
            Hold::Token(key) => key
                .decrypt(*nonce, aad, sealed)
                .map(Zeroizing::new)
                .map_err(|_| StoreError::Sealed)?,
        };
        plain
            .as_slice()
            .try_into()
            .map(Zeroizing::new)
            .map_err(|_| StoreError::Sealed)
    }
}

/// Which epoch key wrapped these bytes, and the rest of them.
pub(crate) fn epoch_of(wrapped: &[u8]) -> Result<(EpochId, &[u8]), StoreError> {
    let (id, rest) = wrapped.split_first_chunk::<8>().ok_or(StoreError::Sealed)?;
    Ok((EpochId(*id), rest))
}

#[expect(
    clippy::expect_used,
    reason = "AES-256 takes any 32 bytes; the length is in the type"
)]
pub(crate) fn aes(secret: &[u8; 32]) -> LessSafeKey {
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, secret).expect("AES-256 takes any 32 bytes"))
}
