//! Signed notes (C2SP signed-note) with Ed25519 keys, type 0x01.
//!
//! A note may carry signatures by several keys and of several types. Lines by keys that a reader does
//! not know are kept and ignored; what a reader knows must verify.

mod lines;

use std::fmt;
use std::str::FromStr;

use data_encoding::{BASE64, HEXLOWER};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use stile_model::digest::Digest;

use crate::base64;
use crate::error::LedgerError;

pub use lines::{SignatureLine, SignedNote, attach};

/// Longest note that is read, in bytes.
pub const MAX_NOTE: usize = 64 * 1024;
const ED25519_TYPE: u8 = 0x01;
/// RFC 8410 §7: everything of a PKCS#8 v1 Ed25519 key before its 32 seed bytes.
const PKCS8_PREFIX: [u8; 16] = [
    0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20,
];

/// The name of a key, which for a ledger is its origin: no spaces, no control characters, no `+`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyName(String);

impl KeyName {
    /// Checks that `text` may name a key.
    ///
    /// # Errors
    ///
    /// When it is empty, over 200 bytes, or holds a space, control character or `+`.
    pub fn new(text: impl Into<String>) -> Result<Self, LedgerError> {
        let text = text.into();
        let fits = (1..=200).contains(&text.len())
            && !text
                .chars()
                .any(|c| c.is_whitespace() || c.is_control() || c == '+');
        if fits {
            Ok(Self(text))
        } else {
            Err(LedgerError::Key(
                "a key name is 1 to 200 bytes without spaces, control characters or `+`",
            ))
        }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The private key that signs a ledger's heads and frames.
pub struct LedgerKey(Ed25519KeyPair);

impl LedgerKey {
    /// The key made from 32 secret random bytes.
    ///
    /// # Errors
    ///
    /// When ring refuses the seed.
    pub fn from_seed(seed: &[u8; 32]) -> Result<Self, LedgerError> {
        Ed25519KeyPair::from_seed_unchecked(seed)
            .map(Self)
            .map_err(|_| LedgerError::Key("the seed was refused"))
    }

    /// Reads a PKCS#8 key, with or without its public half.
    ///
    /// # Errors
    ///
    /// When the bytes are not a PKCS#8 Ed25519 key.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, LedgerError> {
        Ed25519KeyPair::from_pkcs8_maybe_unchecked(der)
            .map(Self)
            .map_err(|_| LedgerError::Key("the file is not a PKCS#8 Ed25519 key"))
    }

    /// The PKCS#8 document of the key made from `seed` (RFC 8410 §7). Secret.
    pub fn pkcs8_of_seed(seed: &[u8; 32]) -> Vec<u8> {
        [PKCS8_PREFIX.as_slice(), seed.as_slice()].concat()
    }

    /// The public half under `name`.
    pub fn vkey(&self, name: &KeyName) -> Vkey {
        let mut key = [0; 32];
        key.copy_from_slice(self.0.public_key().as_ref());
        Vkey {
            name: name.clone(),
            key,
        }
    }

    /// Signs `message` as it is.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        let mut signature = [0; 64];
        signature.copy_from_slice(self.0.sign(message).as_ref());
        signature
    }

    /// The signed note of `text` under `name`.
    ///
    /// # Errors
    ///
    /// When the text does not end in a line feed or holds control characters.
    pub fn sign_note(&self, name: &KeyName, text: &str) -> Result<String, LedgerError> {
        Ok(format!("{text}\n{}", self.signature_line(name, text)?))
    }

    /// The signature line over `text` under `name`, with its line feed, to be put under a note that
    /// other keys have signed.
    ///
    /// # Errors
    ///
    /// When the text does not end in a line feed or holds control characters.
    pub fn signature_line(&self, name: &KeyName, text: &str) -> Result<String, LedgerError> {
        lines::check_text(text)?;
        let line = SignatureLine {
            name: name.as_str(),
            key_hash: self.vkey(name).key_hash(),
            signature: self.sign(text.as_bytes()).to_vec(),
        };
        Ok(format!("{line}\n"))
    }
}

impl fmt::Debug for LedgerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LedgerKey(‹redacted›)")
    }
}

/// A public key with its name, printed as `name+hash+key` (C2SP signed-note, "verifier key").
#[derive(Clone, PartialEq, Eq)]
pub struct Vkey {
    name: KeyName,
    key: [u8; 32],
}

impl Vkey {
    /// The key's name.
    pub const fn name(&self) -> &KeyName {
        &self.name
    }

    /// The 32 bytes of the public key.
    pub const fn key(&self) -> &[u8; 32] {
        &self.key
    }

    /// The first four bytes of SHA-256(name ‖ LF ‖ type ‖ key).
    pub fn key_hash(&self) -> [u8; 4] {
        key_hash(&self.name, ED25519_TYPE, &self.key)
    }

    /// Checks a bare Ed25519 signature over `message`.
    ///
    /// # Errors
    ///
    /// When it does not verify.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), LedgerError> {
        UnparsedPublicKey::new(&ED25519, &self.key)
            .verify(message, signature)
            .map_err(|_| LedgerError::Signature)
    }

    /// Checks a signed note and returns its text.
    ///
    /// Lines by other keys are ignored; the line by this key must verify.
    ///
    /// # Errors
    ///
    /// When the note is not well formed or has no good signature by this key.
    pub fn open_note<'a>(&self, note: &'a str) -> Result<&'a str, LedgerError> {
        let note = SignedNote::parse(note)?;
        let line = note
            .by_key(&self.name, self.key_hash())
            .ok_or(LedgerError::Signature)?;
        self.verify(note.text.as_bytes(), &line.signature)?;
        Ok(note.text)
    }
}

impl fmt::Display for Vkey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&vkey_text(&self.name, ED25519_TYPE, &self.key))
    }
}

impl fmt::Debug for Vkey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FromStr for Vkey {
    type Err = LedgerError;

    fn from_str(text: &str) -> Result<Self, LedgerError> {
        let (name, key) = read_vkey(
            text,
            ED25519_TYPE,
            "only Ed25519 verifier keys of ledgers (type 1) are accepted here",
        )?;
        Ok(Self { name, key })
    }
}

/// The first four bytes of SHA-256(name ‖ LF ‖ type ‖ key).
pub(crate) fn key_hash(name: &KeyName, key_type: u8, key: &[u8; 32]) -> [u8; 4] {
    let digest = Digest::of_parts(&[name.as_str().as_bytes(), b"\n", &[key_type], key]);
    let [a, b, c, d, ..] = *digest.as_bytes();
    [a, b, c, d]
}

/// A verifier key as text.
pub(crate) fn vkey_text(name: &KeyName, key_type: u8, key: &[u8; 32]) -> String {
    format!(
        "{name}+{}+{}",
        HEXLOWER.encode(&key_hash(name, key_type, key)),
        BASE64.encode(&[[key_type].as_slice(), key].concat())
    )
}

/// Reads a verifier key of `key_type`; `other` is said of any other type.
pub(crate) fn read_vkey(
    text: &str,
    key_type: u8,
    other: &'static str,
) -> Result<(KeyName, [u8; 32]), LedgerError> {
    let shape = LedgerError::Key("a verifier key is `name+8 hex digits+base64`");
    let mut parts = text.splitn(3, '+');
    let (Some(name), Some(hash), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(shape);
    };
    let typed = base64::bytes(key).ok_or_else(|| shape.clone())?;
    let Some((found, key)) = typed.split_first() else {
        return Err(shape);
    };
    if *found != key_type {
        return Err(LedgerError::Key(other));
    }
    let key = key.try_into().map_err(|_| shape)?;
    let name = KeyName::new(name)?;
    if HEXLOWER.encode(&key_hash(&name, key_type, &key)) == hash {
        Ok((name, key))
    } else {
        Err(LedgerError::Key(
            "the hash in the verifier key does not fit its name and key",
        ))
    }
}

#[cfg(test)]
mod tests;
