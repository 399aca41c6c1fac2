//! Signed notes (C2SP signed-note) with Ed25519 keys, type 0x01.

use std::fmt;
use std::str::FromStr;

use data_encoding::{BASE64, HEXLOWER};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use stile_model::digest::Digest;

use crate::error::LedgerError;

/// Longest note that is read, in bytes.
pub const MAX_NOTE: usize = 64 * 1024;
const MAX_SIGNATURES: usize = 64;
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
        check_text(text)?;
        let mut blob = self.vkey(name).key_hash().to_vec();
        blob.extend_from_slice(&self.sign(text.as_bytes()));
        Ok(format!("{text}\n— {name} {}\n", BASE64.encode(&blob)))
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

    /// The first four bytes of SHA-256(name ‖ LF ‖ type ‖ key).
    pub fn key_hash(&self) -> [u8; 4] {
        let name = self.name.as_str().as_bytes();
        let digest = Digest::of_parts(&[name, b"\n", &[ED25519_TYPE], &self.key]);
        let [a, b, c, d, ..] = *digest.as_bytes();
        [a, b, c, d]
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
    /// Lines by other keys are ignored; every line by this key must verify.
    ///
    /// # Errors
    ///
    /// When the note is not well formed or has no good signature by this key.
    pub fn open_note<'a>(&self, note: &'a str) -> Result<&'a str, LedgerError> {
        let note = SignedNote::parse(note)?;
        let mut seen = false;
        for line in &note.signatures {
            if line.name == self.name.as_str() && line.key_hash == self.key_hash() {
                self.verify(note.text.as_bytes(), &line.signature)?;
                seen = true;
            }
        }
        if seen {
            Ok(note.text)
        } else {
            Err(LedgerError::Signature)
        }
    }
}

impl fmt::Display for Vkey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut typed = vec![ED25519_TYPE];
        typed.extend_from_slice(&self.key);
        write!(
            f,
            "{}+{}+{}",
            self.name,
            HEXLOWER.encode(&self.key_hash()),
            BASE64.encode(&typed)
        )
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
        let shape = LedgerError::Key("a verifier key is `name+8 hex digits+base64`");
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(hash), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(shape);
        };
        let typed = BASE64.decode(key.as_bytes()).map_err(|_| shape.clone())?;
        let Some((&ED25519_TYPE, key)) = typed.split_first() else {
            return Err(LedgerError::Key(
                "only Ed25519 verifier keys (type 1) are accepted",
            ));
        };
        let key = key.try_into().map_err(|_| shape.clone())?;
        let vkey = Self {
            name: KeyName::new(name)?,
            key,
        };
        if HEXLOWER.encode(&vkey.key_hash()) == hash {
            Ok(vkey)
        } else {
            Err(LedgerError::Key(
                "the hash in the verifier key does not fit its name and key",
            ))
        }
    }
}

/// A note taken apart; nothing is verified yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedNote<'a> {
    /// The signed text, with its final line feed.
    pub text: &'a str,
    /// The signature lines.
    pub signatures: Vec<SignatureLine<'a>>,
}

/// One signature line of a note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureLine<'a> {
    /// Name of the key that is said to have signed.
    pub name: &'a str,
    /// Its key hash.
    pub key_hash: [u8; 4],
    /// The signature, 64 bytes for Ed25519.
    pub signature: Vec<u8>,
}

impl<'a> SignedNote<'a> {
    /// Takes a note apart.
    ///
    /// # Errors
    ///
    /// When it is too long, has no signature, or a line is not a signature line.
    pub fn parse(note: &'a str) -> Result<Self, LedgerError> {
        if note.len() > MAX_NOTE {
            return Err(LedgerError::Note("it is longer than 64 KiB"));
        }
        let cut = note
            .rfind("\n\n")
            .ok_or(LedgerError::Note("no blank line before signatures"))?;
        let (text, lines) = note.split_at(cut + 1);
        check_text(text)?;
        let lines = lines
            .strip_prefix('\n')
            .and_then(|lines| lines.strip_suffix('\n'))
            .filter(|lines| !lines.is_empty())
            .ok_or(LedgerError::Note("no signature line"))?;
        let signatures = lines
            .split('\n')
            .map(signature_line)
            .collect::<Result<Vec<_>, _>>()?;
        if signatures.len() > MAX_SIGNATURES {
            return Err(LedgerError::Note("more than 64 signature lines"));
        }
        Ok(Self { text, signatures })
    }
}

fn signature_line(line: &str) -> Result<SignatureLine<'_>, LedgerError> {
    let shape = LedgerError::Note("a signature line is `— name base64`");
    let (name, blob) = line
        .strip_prefix("— ")
        .and_then(|rest| rest.split_once(' '))
        .ok_or_else(|| shape.clone())?;
    KeyName::new(name)?;
    let blob = BASE64.decode(blob.as_bytes()).map_err(|_| shape.clone())?;
    let (hash, signature) = blob.split_at_checked(4).ok_or_else(|| shape.clone())?;
    let key_hash = hash.try_into().map_err(|_| shape.clone())?;
    if signature.is_empty() {
        return Err(shape);
    }
    Ok(SignatureLine {
        name,
        key_hash,
        signature: signature.to_vec(),
    })
}

fn check_text(text: &str) -> Result<(), LedgerError> {
    if !text.ends_with('\n') {
        return Err(LedgerError::Note("the text does not end in a line feed"));
    }
    if text.chars().any(|c| c.is_control() && c != '\n') {
        return Err(LedgerError::Note("the text holds control characters"));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
