//! Cosignatures (C2SP tlog-cosignature): a witness's word that a ledger's head extends every head of
//! that ledger it has seen, and when. Ed25519, key type 0x04.
//!
//! ```text
//! signed       cosignature/v1 \n time <Unix seconds> \n <checkpoint text>
//! signature    8 bytes of Unix seconds, big-endian ‖ 64 bytes of Ed25519
//! ```

use std::fmt;
use std::str::FromStr;

use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use stile_model::time::Timestamp;

use crate::checkpoint::Checkpoint;
use crate::error::LedgerError;
use crate::note::{KeyName, SignatureLine, SignedNote, key_hash, read_vkey, vkey_text};

const COSIGNATURE_TYPE: u8 = 0x04;
/// The last second that [`Timestamp`] can hold with certainty: 9999-12-30T00:00:00Z.
const LAST_SECOND: u64 = 253_402_128_000;

/// The private key with which a witness cosigns heads of other ledgers.
///
/// What is signed does not name the cosigner, so one key serves one name and nothing else.
pub struct CosignerKey {
    name: KeyName,
    key: Ed25519KeyPair,
}

impl CosignerKey {
    /// The key made from 32 secret random bytes, to be used under `name` alone.
    ///
    /// # Errors
    ///
    /// When ring refuses the seed.
    pub fn from_seed(name: KeyName, seed: &[u8; 32]) -> Result<Self, LedgerError> {
        Ed25519KeyPair::from_seed_unchecked(seed)
            .map(|key| Self { name, key })
            .map_err(|_| LedgerError::Key("the seed was refused"))
    }

    /// Reads a PKCS#8 key, with or without its public half, to be used under `name` alone.
    ///
    /// # Errors
    ///
    /// When the bytes are not a PKCS#8 Ed25519 key.
    pub fn from_pkcs8(name: KeyName, der: &[u8]) -> Result<Self, LedgerError> {
        Ed25519KeyPair::from_pkcs8_maybe_unchecked(der)
            .map(|key| Self { name, key })
            .map_err(|_| LedgerError::Key("the file is not a PKCS#8 Ed25519 key"))
    }

    /// The public half.
    pub fn vkey(&self) -> CosignerVkey {
        let mut key = [0; 32];
        key.copy_from_slice(self.key.public_key().as_ref());
        CosignerVkey {
            name: self.name.clone(),
            key,
        }
    }

    /// The signature line, with its line feed, that cosigns `checkpoint` as of `now`.
    ///
    /// The caller has verified the checkpoint's own signature and that it extends what was
    /// cosigned before ([`crate::witness::decide`]), and has kept it durably.
    ///
    /// # Errors
    ///
    /// When `now` is before 1970.
    pub fn cosign(&self, checkpoint: &Checkpoint, now: Timestamp) -> Result<String, LedgerError> {
        let seconds = u64::try_from(now.millis().div_euclid(1_000))
            .map_err(|_| LedgerError::Note("a cosignature cannot be dated before 1970"))?;
        let signed = self
            .key
            .sign(message(seconds, &checkpoint.text()).as_bytes());
        let line = SignatureLine {
            name: self.name.as_str(),
            key_hash: self.vkey().key_hash(),
            signature: [seconds.to_be_bytes().as_slice(), signed.as_ref()].concat(),
        };
        Ok(format!("{line}\n"))
    }
}

impl fmt::Debug for CosignerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CosignerKey({}, ‹redacted›)", self.name)
    }
}

/// A witness's public key with its name, printed as `name+hash+key` with key type 4.
#[derive(Clone, PartialEq, Eq)]
pub struct CosignerVkey {
    name: KeyName,
    key: [u8; 32],
}

impl CosignerVkey {
    /// The witness's name.
    pub const fn name(&self) -> &KeyName {
        &self.name
    }

    /// The 32 bytes of the public key.
    pub const fn key(&self) -> &[u8; 32] {
        &self.key
    }

    /// The first four bytes of SHA-256(name ‖ LF ‖ 4 ‖ key).
    pub fn key_hash(&self) -> [u8; 4] {
        key_hash(&self.name, COSIGNATURE_TYPE, &self.key)
    }

    /// When this witness cosigned `note`, to the second; `None` when it did not.
    ///
    /// Lines by other keys are ignored. Whether the time is plausible is the caller's to judge.
    ///
    /// # Errors
    ///
    /// When the note is not well formed, or the line by this key does not verify.
    pub fn cosigned(&self, note: &str) -> Result<Option<Timestamp>, LedgerError> {
        self.find(&SignedNote::parse(note)?)
    }

    /// As [`Self::cosigned`], of a note already taken apart.
    pub(crate) fn find(&self, note: &SignedNote<'_>) -> Result<Option<Timestamp>, LedgerError> {
        note.by_key(&self.name, self.key_hash())
            .map(|line| self.verify(note.text, &line.signature))
            .transpose()
    }

    fn verify(&self, text: &str, signature: &[u8]) -> Result<Timestamp, LedgerError> {
        let (seconds, signature) = signature
            .split_first_chunk::<8>()
            .filter(|(_, signature)| signature.len() == 64)
            .ok_or(LedgerError::Note("a cosignature is 72 bytes"))?;
        let seconds = u64::from_be_bytes(*seconds);
        UnparsedPublicKey::new(&ED25519, &self.key)
            .verify(message(seconds, text).as_bytes(), signature)
            .map_err(|_| LedgerError::Signature)?;
        let seconds = i64::try_from(seconds.min(LAST_SECOND)).unwrap_or(i64::MAX);
        Ok(Timestamp::from_millis(seconds.saturating_mul(1_000)))
    }
}

impl fmt::Display for CosignerVkey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&vkey_text(&self.name, COSIGNATURE_TYPE, &self.key))
    }
}

impl fmt::Debug for CosignerVkey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FromStr for CosignerVkey {
    type Err = LedgerError;

    fn from_str(text: &str) -> Result<Self, LedgerError> {
        let (name, key) = read_vkey(
            text,
            COSIGNATURE_TYPE,
            "only Ed25519 cosigner keys (type 4) are accepted here",
        )?;
        Ok(Self { name, key })
    }
}

fn message(seconds: u64, text: &str) -> String {
    format!("cosignature/v1\ntime {seconds}\n{text}")
}

#[cfg(test)]
mod tests;
