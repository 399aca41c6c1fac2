//! The evidence entry: one leaf of the ledger, in one encoding only, without personal data.
//!
//! Every field is an identifier, a code, a digest or a count; there is no field for free text.
//! What must be kept but not shown goes into the sealed body, which the leaf only commits to.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use stile_model::digest::Digest;
use stile_model::id::{Code, MemberId, RuleId, UserId};
use stile_model::time::Timestamp;

use crate::error::LedgerError;

/// Longest leaf, in bytes: tlog-tiles bundles carry 16-bit lengths.
pub const MAX_LEAF: usize = 65_535;
const VERSION: u64 = 1;

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// Somebody read the ledger or an opened body.
    AccessToLog,
    /// A named person decided something that policy had referred.
    Approval,
    /// A return reached the hub.
    Delivered,
    /// The signed list of members changed.
    DirectoryChange,
    /// The hub sent an enquiry.
    EnquirySent,
    /// A return did not reach the hub.
    Failed,
    /// A person decided whether a record is about a subject.
    MatchDecision,
    /// Leave to disclose a return, recorded before it goes out.
    Permit,
    /// A policy was activated or withdrawn.
    PolicyChange,
    /// An enquiry was not admitted.
    Refusal,
    /// The hub received a return.
    ReturnReceived,
    /// A sealed record was asked about and its named person was told.
    SealedAlert,
    /// A source system was checked.
    SourceCheck,
    /// The gateway started.
    Start,
}

/// A person of staff as the ledger shows them: a keyed hash, the same for the same person.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Pseudonym([u8; 32]);

impl Pseudonym {
    /// HMAC-SHA-256 of the user's name under `key`, which must be secret: names are guessable.
    pub fn of(key: &[u8; 32], user: &UserId) -> Self {
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, key);
        let mut bytes = [0; 32];
        bytes.copy_from_slice(ring::hmac::sign(&key, user.as_str().as_bytes()).as_ref());
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

/// What is to be recorded, before the store adds the nonce and the commitment to the body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What happened.
    pub kind: EntryKind,
    /// When, by the gateway's clock. Order comes from the index, never from this.
    pub time: Timestamp,
    /// The purpose of the enquiry.
    pub purpose: Option<Code>,
    /// The legal gateway relied on.
    pub gateway: Option<Code>,
    /// The counterpart: who asked, or who was asked.
    pub member: Option<MemberId>,
    /// The policy rules that decided.
    pub rules: Vec<RuleId>,
    /// How many items, per code.
    pub counts: BTreeMap<Code, u32>,
    /// Digest of the return or enquiry this entry is about.
    pub digest: Option<Digest>,
    /// Digest of the policy in force.
    pub policy: Option<Digest>,
    /// Who acted.
    pub actor: Option<Pseudonym>,
}

impl Entry {
    /// An entry that says only what happened and when.
    pub const fn new(kind: EntryKind, time: Timestamp) -> Self {
        Self {
            kind,
            time,
            purpose: None,
            gateway: None,
            member: None,
            rules: Vec::new(),
            counts: BTreeMap::new(),
            digest: None,
            policy: None,
            actor: None,
        }
    }

    /// The leaf's bytes, with a random `nonce` and the commitment to the sealed body.
    ///
    /// # Errors
    ///
    /// When the leaf would be longer than [`MAX_LEAF`] bytes.
    pub fn to_leaf_bytes(&self, nonce: &[u8; 32], body: &Digest) -> Result<Vec<u8>, LedgerError> {
        let kind = serde_json::to_value(self.kind).map_err(|_| UNWRITABLE)?;
        // A sorted map of our own: the order never depends on how serde_json was built.
        let mut leaf: BTreeMap<&str, Value> = BTreeMap::from([
            ("body", Value::from(body.to_string())),
            ("nonce", Value::from(HEXLOWER.encode(nonce))),
            ("time", Value::from(self.time.to_string())),
            ("type", kind),
            ("v", Value::from(VERSION)),
        ]);
        let texts = [
            ("actor", self.actor.as_ref().map(ToString::to_string)),
            ("digest", self.digest.as_ref().map(ToString::to_string)),
            ("gateway", self.gateway.as_ref().map(ToString::to_string)),
            ("member", self.member.as_ref().map(ToString::to_string)),
            ("policy", self.policy.as_ref().map(ToString::to_string)),
            ("purpose", self.purpose.as_ref().map(ToString::to_string)),
        ];
        for (key, text) in texts {
            if let Some(text) = text {
                leaf.insert(key, Value::from(text));
            }
        }
        if !self.rules.is_empty() {
            leaf.insert("rules", self.rules.iter().map(RuleId::as_str).collect());
        }
        if !self.counts.is_empty() {
            leaf.insert(
                "counts",
                self.counts
                    .iter()
                    .map(|(code, n)| (code.to_string(), Value::from(*n)))
                    .collect(),
            );
        }
        let bytes = serde_json::to_vec(&leaf).map_err(|_| UNWRITABLE)?;
        if bytes.len() > MAX_LEAF {
            return Err(LedgerError::Entry(
                "it is longer than 65,535 bytes; record fewer rules",
            ));
        }
        Ok(bytes)
    }
}

const UNWRITABLE: LedgerError = LedgerError::Entry("it cannot be written as JSON");

/// The commitment a leaf holds to its body: SHA-256(salt ‖ body).
pub fn commitment(salt: &[u8; 32], body: &[u8]) -> Digest {
    Digest::of_parts(&[salt, body])
}

/// A leaf as read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf {
    /// What was recorded.
    pub entry: Entry,
    /// The random nonce that keeps a guessed leaf from being confirmed.
    pub nonce: [u8; 32],
    /// Commitment to the sealed body.
    pub body: Digest,
}

impl Leaf {
    /// Reads a leaf; only the exact encoding that [`Entry::to_leaf_bytes`] writes is accepted.
    ///
    /// # Errors
    ///
    /// When a key is unknown, missing or repeated, a value is out of shape, or the bytes are not
    /// the one encoding of what they say.
    pub fn parse(bytes: &[u8]) -> Result<Self, LedgerError> {
        if bytes.len() > MAX_LEAF {
            return Err(LedgerError::Entry("it is longer than 65,535 bytes"));
        }
        let raw: RawLeaf = serde_json::from_slice(bytes)
            .map_err(|_| LedgerError::Entry("a key is unknown or missing, or a value is wrong"))?;
        if raw.v != VERSION {
            return Err(LedgerError::Entry("only version 1 is known"));
        }
        let leaf = Self {
            nonce: hex_32(&raw.nonce)?,
            body: raw.body,
            entry: raw.into_entry(),
        };
        if leaf.entry.to_leaf_bytes(&leaf.nonce, &leaf.body)? == bytes {
            Ok(leaf)
        } else {
            Err(LedgerError::Entry(
                "it is not in its one canonical encoding",
            ))
        }
    }
}

/// The leaf as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLeaf {
    actor: Option<Pseudonym>,
    body: Digest,
    #[serde(default)]
    counts: BTreeMap<Code, u32>,
    digest: Option<Digest>,
    gateway: Option<Code>,
    member: Option<MemberId>,
    nonce: String,
    policy: Option<Digest>,
    purpose: Option<Code>,
    #[serde(default)]
    rules: Vec<RuleId>,
    time: Timestamp,
    r#type: EntryKind,
    v: u64,
}

impl RawLeaf {
    fn into_entry(self) -> Entry {
        Entry {
            kind: self.r#type,
            time: self.time,
            purpose: self.purpose,
            gateway: self.gateway,
            member: self.member,
            rules: self.rules,
            counts: self.counts,
            digest: self.digest,
            policy: self.policy,
            actor: self.actor,
        }
    }
}

fn hex_32(text: &str) -> Result<[u8; 32], LedgerError> {
    HEXLOWER
        .decode(text.as_bytes())
        .ok()
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or(LedgerError::Entry(
            "expected 64 lower-case hexadecimal digits",
        ))
}

#[cfg(test)]
mod tests;
