//! The evidence entry: one leaf of the ledger, in one encoding only, without personal data.
//!
//! Every field is an identifier, a code, a digest or a count; there is no field for free text.
//! What must be kept but not shown goes into the sealed body, which the leaf only commits to.

mod kind;
mod pseudonym;
mod scan;
mod subject;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write as _};

use data_encoding::HEXLOWER;
use serde::Deserialize;
use stile_model::digest::Digest;
use stile_model::id::{Code, MemberId, RuleId, is_open_word};
use stile_model::time::Timestamp;

use crate::error::LedgerError;

pub use kind::{EntryKind, Operation};
pub use pseudonym::Pseudonym;
pub use subject::SubjectKey;

/// Longest leaf, in bytes: tlog-tiles bundles carry 16-bit lengths.
pub const MAX_LEAF: usize = 65_535;
/// Every key a leaf may have, in the order in which they are written.
pub const FIELDS: [&str; 17] = [
    "actor",
    "body",
    "case",
    "concerns",
    "counts",
    "digest",
    "gateway",
    "member",
    "nonce",
    "policy",
    "purpose",
    "reason",
    "recipients",
    "rules",
    "time",
    "type",
    "v",
];
/// Largest integer that RFC 8785 (and I-JSON, RFC 7493 §2.2) writes exactly: 2^53 − 1.
const MAX_INTEGER: u64 = (1 << 53) - 1;
const VERSION: u64 = 1;

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
    /// The case, as a keyed hash of its number.
    pub case: Option<Pseudonym>,
    /// Why, as a coded reason.
    pub reason: Option<Code>,
    /// The members who got, or are to get, what was disclosed.
    pub recipients: BTreeSet<MemberId>,
    /// Index of the earlier entry this one is about; at most 2^53 − 1.
    pub concerns: Option<u64>,
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
            case: None,
            reason: None,
            recipients: BTreeSet::new(),
            concerns: None,
        }
    }

    /// The leaf's bytes, with a random `nonce` and the commitment to the sealed body.
    ///
    /// # Errors
    ///
    /// When the leaf would be longer than [`MAX_LEAF`] bytes, `concerns` is over 2^53 − 1, or a code
    /// or rule could be a number that names a person.
    pub fn to_leaf_bytes(&self, nonce: &[u8; 32], body: &Digest) -> Result<Vec<u8>, LedgerError> {
        self.check()?;
        let bytes = self.canonical(nonce, body).map_err(|_| UNWRITABLE)?;
        if bytes.len() > MAX_LEAF {
            return Err(LedgerError::Entry(
                "it is longer than 65,535 bytes; record fewer rules",
            ));
        }
        Ok(bytes)
    }
}

impl Entry {
    /// Keys in the order of [`FIELDS`], written one by one: leaves are written and read again by the
    /// million. No value can hold a character that JSON escapes, for each is of a type that allows none.
    fn canonical(&self, nonce: &[u8; 32], body: &Digest) -> Result<Vec<u8>, fmt::Error> {
        let mut leaf = String::with_capacity(768);
        leaf.push('{');
        text(&mut leaf, "actor", self.actor.as_ref())?;
        text(&mut leaf, "body", Some(body))?;
        text(&mut leaf, "case", self.case.as_ref())?;
        if let Some(index) = self.concerns {
            write!(leaf, "\"concerns\":{index},")?;
        }
        if !self.counts.is_empty() {
            let counts = self.counts.iter();
            let counts: Vec<String> = counts.map(|(code, n)| format!("\"{code}\":{n}")).collect();
            write!(leaf, "\"counts\":{{{}}},", counts.join(","))?;
        }
        text(&mut leaf, "digest", self.digest.as_ref())?;
        text(&mut leaf, "gateway", self.gateway.as_ref())?;
        text(&mut leaf, "member", self.member.as_ref())?;
        write!(leaf, "\"nonce\":\"")?;
        HEXLOWER.encode_append(nonce, &mut leaf);
        leaf.push_str("\",");
        text(&mut leaf, "policy", self.policy.as_ref())?;
        text(&mut leaf, "purpose", self.purpose.as_ref())?;
        text(&mut leaf, "reason", self.reason.as_ref())?;
        texts(
            &mut leaf,
            "recipients",
            self.recipients.iter().map(MemberId::as_str),
        )?;
        texts(&mut leaf, "rules", self.rules.iter().map(RuleId::as_str))?;
        text(&mut leaf, "time", Some(&self.time))?;
        text(&mut leaf, "type", Some(&self.kind))?;
        write!(leaf, "\"v\":{VERSION}}}")?;
        Ok(leaf.into_bytes())
    }

    fn check(&self) -> Result<(), LedgerError> {
        if self.concerns.is_some_and(|index| index > MAX_INTEGER) {
            return Err(LedgerError::Entry("`concerns` is over 2^53 - 1"));
        }
        let one = [&self.gateway, &self.purpose, &self.reason];
        let codes = one.into_iter().flatten().chain(self.counts.keys());
        let rules = self.rules.iter().map(RuleId::as_str);
        if codes.map(Code::as_str).chain(rules).all(is_open_word) {
            Ok(())
        } else {
            Err(LedgerError::Entry(
                "a code or rule has no letter, or more than 4 digits in a row; rename it",
            ))
        }
    }
}

fn text(leaf: &mut String, key: &str, value: Option<&impl fmt::Display>) -> fmt::Result {
    value.map_or(Ok(()), |value| write!(leaf, "\"{key}\":\"{value}\","))
}

fn texts<'a>(
    leaf: &mut String,
    key: &str,
    values: impl ExactSizeIterator<Item = &'a str>,
) -> fmt::Result {
    if values.len() == 0 {
        return Ok(());
    }
    let values: Vec<String> = values.map(|value| format!("\"{value}\"")).collect();
    write!(leaf, "\"{key}\":[{}],", values.join(","))
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
    /// Would [`Leaf::parse`] read this? Faster than reading it.
    ///
    /// # Errors
    ///
    /// As [`Leaf::parse`].
    pub fn check(bytes: &[u8]) -> Result<(), LedgerError> {
        if scan::is_leaf(bytes) {
            Ok(())
        } else {
            Self::parse(bytes).map(drop)
        }
    }

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
    case: Option<Pseudonym>,
    concerns: Option<u64>,
    #[serde(default)]
    counts: BTreeMap<Code, u32>,
    digest: Option<Digest>,
    gateway: Option<Code>,
    member: Option<MemberId>,
    nonce: String,
    policy: Option<Digest>,
    purpose: Option<Code>,
    reason: Option<Code>,
    #[serde(default)]
    recipients: BTreeSet<MemberId>,
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
            case: self.case,
            reason: self.reason,
            recipients: self.recipients,
            concerns: self.concerns,
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
