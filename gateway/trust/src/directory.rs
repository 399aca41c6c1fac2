//! The signed list of members and agreements of a partnership.
//!
//! ```text
//! directory.toml ─from_toml─► Directory ─sign─► JWS (typ stile-directory+jws) ─verify─► Directory
//! ```
//!
//! Every gateway keeps the last good copy and works from it within `valid_until`. A lower version
//! than the one held is refused, so an old copy cannot bring back a removed member.

mod authoring;
mod check;
mod ending;
mod endpoint;
mod published;
mod reach;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use stile_model::digest::Digest;
use stile_model::id::{Code, MemberId, PartnershipId};
use stile_model::time::{Date, Timestamp};

pub(crate) use authoring::at_place;
pub use check::DirectoryFault;
pub use endpoint::{Endpoint, EndpointError};
pub use published::Published;
pub use reach::{Reach, ReachError};

use crate::TrustError;
use crate::identity::Role;
use crate::jws;
use crate::peer::Peer;
use crate::signing::{SigningKey, VerifyingKey};

/// The document type of a signed directory.
pub const TYPE: &str = "stile-directory+jws";
/// Longest signed directory, in bytes: room for several thousand members.
pub const LONGEST: usize = 4 << 20;

/// The members of a partnership and what each pair agreed, at one version.
///
/// Built freely, but only [`Directory::verify`] and [`Directory::from_toml`] give one that keeps
/// its rules, and [`Directory::sign`] signs no other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Directory {
    /// Whose directory it is.
    pub partnership: PartnershipId,
    /// Grows with every change.
    pub version: u64,
    /// When it was made.
    pub issued: Timestamp,
    /// The last instant it may be worked from.
    pub valid_until: Timestamp,
    /// Hubs and agencies.
    pub members: Vec<Member>,
    /// Which hub may ask which agency, for what, and when.
    pub agreements: Vec<Agreement>,
    /// Which cosignatures make a head of any member's ledger good: the `group` and `quorum` lines
    /// of a C2SP tlog-policy whose witnesses are the members by their ids; opaque here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quorum: Option<String>,
}

/// One hub or agency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// Its identifier.
    pub id: MemberId,
    /// [`Role::Hub`] or [`Role::Agency`].
    pub role: Role,
    /// The kind of agency (`police`); none for a hub.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Code>,
    /// The organisation's name, 1 to 200 characters.
    pub name: String,
    /// Where its gateway listens, or that it dials its hubs.
    pub endpoint: Reach,
    /// Digests of the public keys (`SubjectPublicKeyInfo`) its TLS certificates may carry.
    pub tls_pins: Vec<Digest>,
    /// The key that signs its documents, as a JWK.
    pub signing_key: VerifyingKey,
    /// The C2SP verifier key of its ledger, opaque here.
    pub ledger_key: String,
    /// The C2SP verifier key under which it cosigns others' ledgers, opaque here; without one it is
    /// no witness.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub witness_key: Option<String>,
    /// The team to call, as shown on products; never a named person.
    pub contact: String,
}

/// What one agency agreed with one hub.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agreement {
    /// Its identifier.
    pub id: Code,
    /// Who may ask.
    pub hub: MemberId,
    /// Who answers.
    pub agency: MemberId,
    /// What may be asked for; at least one.
    pub purposes: Vec<Code>,
    /// First day.
    pub from: Date,
    /// Last day, included.
    pub until: Date,
    /// Where the signed paper is, such as `ISA 2026/4`.
    pub reference: String,
}

/// Why no agreement lets a hub ask an agency. Nothing may be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AgreementError {
    /// The last one has ended.
    #[error("the agreement has expired")]
    Expired,
    /// There is none between the two.
    #[error("there is no agreement between this hub and this agency")]
    None,
    /// The first one has not begun.
    #[error("the agreement is not in force yet")]
    NotYet,
    /// One is in force, but not for this purpose.
    #[error("the agreement does not open this purpose")]
    PurposeNotOpen,
}

impl Directory {
    /// Signs the directory with the partnership operator's key.
    ///
    /// # Errors
    ///
    /// When it breaks its own rules ([`DirectoryFault`]) or would be too long; nothing is signed.
    pub fn sign(&self, operator: &SigningKey) -> Result<String, TrustError> {
        self.check().map_err(|finding| finding.fault)?;
        let payload =
            serde_json::to_vec(self).map_err(|error| DirectoryFault::malformed(&error))?;
        let compact = jws::sign(operator, TYPE, &payload)?;
        if compact.len() > LONGEST {
            return Err(jws::JwsRefusal::TooLong(LONGEST).into());
        }
        Ok(compact)
    }

    /// Reads a directory that `operator` signed, in force at `now` and of at least `min_version`.
    ///
    /// # Errors
    ///
    /// When the signature, a rule, the version or the validity does not hold; keep the old one.
    pub fn verify(
        compact: &str,
        operator: &VerifyingKey,
        min_version: u64,
        now: Timestamp,
    ) -> Result<Self, TrustError> {
        let payload = jws::verify(compact, TYPE, operator, LONGEST)?;
        let directory: Self =
            serde_json::from_slice(&payload).map_err(|error| DirectoryFault::malformed(&error))?;
        directory.check().map_err(|finding| finding.fault)?;
        if directory.version < min_version {
            let found = directory.version;
            return Err(DirectoryFault::Rollback {
                found,
                minimum: min_version,
            }
            .into());
        }
        directory.check_in_force(now)?;
        Ok(directory)
    }

    /// Reads the form people write, `directory.toml`; `file` is its name for errors.
    ///
    /// # Errors
    ///
    /// [`TrustError::Authoring`] with line and column.
    pub fn from_toml(text: &str, file: &str) -> Result<Self, TrustError> {
        authoring::from_toml(text, file)
    }

    /// May the directory be worked from at `now`? For a copy held since an earlier check.
    ///
    /// # Errors
    ///
    /// [`DirectoryFault::Expired`] or [`DirectoryFault::NotYet`].
    pub fn check_in_force(&self, now: Timestamp) -> Result<(), DirectoryFault> {
        if now > self.valid_until {
            return Err(DirectoryFault::Expired(self.valid_until));
        }
        if now.plus_s(CLOCK_SKEW_S) < self.issued {
            return Err(DirectoryFault::NotYet(self.issued));
        }
        Ok(())
    }

    /// The member with this identifier.
    pub fn member(&self, id: &MemberId) -> Option<&Member> {
        self.members.iter().find(|member| member.id == *id)
    }

    /// The agreement under which `hub` may ask `agency` for `purpose` on `on`.
    ///
    /// # Errors
    ///
    /// Why there is none; with several between the two, the reason nearest to one that would do.
    pub fn agreement(
        &self,
        hub: &MemberId,
        agency: &MemberId,
        purpose: &Code,
        on: Date,
    ) -> Result<&Agreement, AgreementError> {
        let mut nearest = AgreementError::None;
        let between = self
            .agreements
            .iter()
            .filter(|a| a.hub == *hub && a.agency == *agency);
        for agreement in between {
            match agreement.opens(purpose, on) {
                Ok(()) => return Ok(agreement),
                Err(reason) if reason.nearness() > nearest.nearness() => nearest = reason,
                Err(_) => {}
            }
        }
        Err(nearest)
    }

    /// The member that `peer` is: same partnership and role, and its key pinned.
    ///
    /// # Errors
    ///
    /// When the peer is a person, of another partnership, no longer a member, in another role, or
    /// presents a key without a pin.
    pub fn admits(&self, peer: &Peer) -> Result<&Member, TrustError> {
        let identity = &peer.identity;
        if identity.partnership != self.partnership {
            return Err(TrustError::WrongPartnership {
                expected: self.partnership.clone(),
                found: identity.partnership.clone(),
            });
        }
        let member = self
            .member(&identity.member)
            .ok_or_else(|| DirectoryFault::NotAMember(identity.member.clone()))?;
        if member.role != identity.role {
            return Err(TrustError::WrongRole(identity.role));
        }
        if !member.tls_pins.contains(&peer.spki_digest) {
            return Err(TrustError::WrongPin(member.id.clone()));
        }
        Ok(member)
    }
}

impl Agreement {
    fn opens(&self, purpose: &Code, on: Date) -> Result<(), AgreementError> {
        if on > self.until {
            Err(AgreementError::Expired)
        } else if on < self.from {
            Err(AgreementError::NotYet)
        } else if self.purposes.contains(purpose) {
            Ok(())
        } else {
            Err(AgreementError::PurposeNotOpen)
        }
    }
}

impl AgreementError {
    const fn nearness(self) -> u8 {
        match self {
            Self::None => 0,
            Self::Expired => 1,
            Self::NotYet => 2,
            Self::PurposeNotOpen => 3,
        }
    }
}

/// How far our clock may lag behind the operator's, in seconds.
const CLOCK_SKEW_S: i64 = 300;
