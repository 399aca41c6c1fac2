//! Who acted and in which case, as keyed hashes: RFC 2104 HMAC with SHA-256.

use std::fmt;
use std::str::FromStr;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use stile_model::id::{CaseId, UserId};

use super::hex_32;
use crate::error::LedgerError;

/// Before the number of a case: no user name has a zero byte, so no case is taken for a person.
const CASE: &[u8] = b"case\0";

/// A person of staff, or a case, as the ledger shows them: a keyed hash, the same for the same one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Pseudonym([u8; 32]);

impl Pseudonym {
    /// HMAC-SHA-256 of the user's name under `key`, which must be secret: names are guessable.
    pub fn of(key: &[u8; 32], user: &UserId) -> Self {
        Self::keyed(key, &[user.as_str().as_bytes()])
    }

    /// HMAC-SHA-256 of `case`, a zero byte and the case's number under `key`: numbers are guessable too.
    pub fn of_case(key: &[u8; 32], case: &CaseId) -> Self {
        Self::keyed(key, &[CASE, case.as_str().as_bytes()])
    }

    fn keyed(key: &[u8; 32], parts: &[&[u8]]) -> Self {
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, key);
        let mut context = ring::hmac::Context::with_key(&key);
        for part in parts {
            context.update(part);
        }
        let mut bytes = [0; 32];
        bytes.copy_from_slice(context.sign().as_ref());
        Self(bytes)
    }

    /// Takes 32 bytes that are already a keyed hash.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Pseudonym {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for Pseudonym {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pseudonym({self})")
    }
}

impl FromStr for Pseudonym {
    type Err = LedgerError;

    fn from_str(text: &str) -> Result<Self, LedgerError> {
        Ok(Self(hex_32(text)?))
    }
}

impl TryFrom<String> for Pseudonym {
    type Error = LedgerError;

    fn try_from(text: String) -> Result<Self, LedgerError> {
        text.parse()
    }
}

impl From<Pseudonym> for String {
    fn from(pseudonym: Pseudonym) -> Self {
        pseudonym.to_string()
    }
}
