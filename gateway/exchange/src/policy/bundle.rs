//! A policy as signed: its texts, their digests, and who answers for it.
//!
//! A bundle is a compact JWS of type [`TYP`], signed with the gateway's key for documents; the digest
//! that names it is that of its payload.

use serde::{Deserialize, Serialize};
use stile_model::digest::Digest;
use stile_model::id::{Code, MemberId, PartnershipId, UserId};
use stile_model::redact::Redacted;
use stile_model::time::{Date, Timestamp};
use stile_policy::{Effect, PolicySet};
use stile_trust::jws;
use stile_trust::signing::{SigningKey, VerifyingKey};
use utoipa::ToSchema;

use crate::error::ExchangeError;

/// The type in the header of a signed bundle.
pub(super) const TYP: &str = "stile-policy+jws";
/// Longest compact form, in bytes; both texts are at most 1 MiB.
const LONGEST: usize = 4 * 1024 * 1024;
const VERSION: u32 = 1;

/// Where a version comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Origin {
    /// The files of the configuration, when the store had never held a policy.
    Founding,
    /// The vocabulary is another one: everything is withheld until rules for it are approved.
    NewVocabulary,
    /// An officer's proposal.
    Proposal,
    /// The texts of this earlier version again.
    Rollback(u64),
}

/// What somebody did, when and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Act {
    /// Who.
    pub by: UserId,
    /// When.
    pub at: Timestamp,
    /// Why, in words.
    pub why: Redacted<String>,
}

/// An approval, and the role it counts for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Approved {
    /// `information_governance` or `ig_lead`.
    pub role: Code,
    /// Who, when and why.
    pub act: Act,
}

/// SHA-256 of everything that makes up a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Digests {
    /// Of `rules.toml`; entries and returns name a policy by it.
    pub rules: Digest,
    /// Of `cases.toml`; none where the founding policy had no cases.
    pub cases: Option<Digest>,
    /// Of the vocabulary.
    pub vocabulary: Digest,
    /// Of the published `model.conf`.
    pub model: Digest,
    /// Of the published `policy.csv`.
    pub published: Digest,
}

impl Digests {
    /// Of a compiled policy and the texts it was made from.
    pub(super) fn of(policy: &PolicySet, cases: Option<&str>, vocabulary: Digest) -> Self {
        Self {
            rules: policy.digest(),
            cases: cases.map(|text| Digest::of(text.as_bytes())),
            vocabulary,
            model: Digest::of(policy.casbin_model().as_bytes()),
            published: Digest::of(policy.casbin_csv().as_bytes()),
        }
    }
}

/// The version before, by number and by the digest of its bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Previous {
    /// Its number.
    pub version: u64,
    /// SHA-256 of its payload.
    pub digest: Digest,
}

/// What is signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bundle {
    /// Version of this format.
    pub v: u32,
    /// The partnership.
    pub partnership: PartnershipId,
    /// The agency whose policy it is.
    pub member: MemberId,
    /// Its kind.
    pub kind: Code,
    /// From 1, without repeats.
    pub version: u64,
    /// The text of `rules.toml`.
    pub rules: String,
    /// The text of `cases.toml`.
    pub cases: Option<String>,
    /// Of the texts, the vocabulary, and what is published.
    pub digests: Digests,
    /// What it does compared with `previous`; to the founding policy everything is more.
    pub effect: Effect,
    /// It closes or opens a category.
    pub existence: bool,
    /// Where it comes from.
    pub origin: Origin,
    /// Who proposed it; none for the founding policy.
    pub proposed: Option<Act>,
    /// Who approved it; none for the founding policy.
    pub approvals: Vec<Approved>,
    /// Not in force before.
    pub active_from: Timestamp,
    /// Last day of the whole file.
    pub until: Option<Date>,
    /// What it follows.
    pub previous: Option<Previous>,
}

impl Bundle {
    /// The one version of the format.
    pub(super) const V: u32 = VERSION;

    /// Signs it; gives the compact form and the digest that names it.
    pub(super) fn sign(&self, key: &SigningKey) -> Result<(String, Digest), ExchangeError> {
        let payload = serde_json::to_vec(self).map_err(|_| ExchangeError::Stored("policy"))?;
        Ok((jws::sign(key, TYP, &payload)?, Digest::of(&payload)))
    }

    /// Reads a signed bundle; every digest of it is computed again by who compiles it.
    pub(super) fn open(text: &str, key: &VerifyingKey) -> Result<(Self, Digest), ExchangeError> {
        let payload = jws::verify(text, TYP, key, LONGEST)?;
        let bundle: Self =
            serde_json::from_slice(&payload).map_err(|_| ExchangeError::Stored("policy"))?;
        if bundle.v == VERSION {
            Ok((bundle, Digest::of(&payload)))
        } else {
            Err(ExchangeError::Stored("policy"))
        }
    }
}
