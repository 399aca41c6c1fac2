//! Which cosignatures make a head one to rely on (C2SP tlog-policy).
//!
//! ```text
//! log <vkey> [<url>]
//! witness <name> <vkey> [<url>]
//! group <name> any|all|<k> <member>…
//! quorum <name>|none
//! ```
//!
//! Items stand between spaces or tabs; a line that starts with `#` is a comment. What a line names
//! is defined on a line before it, and a name is a member of one group at most, so that no witness
//! counts twice.

mod read;

use std::fmt;

use stile_model::time::Timestamp;

use crate::checkpoint::Checkpoint;
use crate::cosignature::CosignerVkey;
use crate::error::LedgerError;
use crate::note::{SignedNote, Vkey};

/// A policy: the ledgers it is about, the witnesses, and how many of them are needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    logs: Vec<Log>,
    /// Witnesses and groups in the order of their lines.
    voters: Vec<Voter>,
    quorum: Quorum,
}

/// A ledger whose heads the policy is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// Its key, whose name is the ledger's origin.
    pub vkey: Vkey,
    /// Where it may be reached.
    pub url: Option<String>,
}

/// A witness as the policy names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witness {
    /// Its name within the policy.
    pub name: String,
    /// Its key.
    pub vkey: CosignerVkey,
    /// Where it may be asked to cosign.
    pub url: Option<String>,
}

/// A cosignature that verifies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cosigned {
    /// The policy's name of the witness.
    pub witness: String,
    /// When it cosigned, to the second.
    pub at: Timestamp,
}

/// A head that its ledger has signed and that the quorum has cosigned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vouched {
    /// The head.
    pub checkpoint: Checkpoint,
    /// Every good cosignature by a witness of the policy, in the policy's order.
    pub cosigned: Vec<Cosigned>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Voter {
    Group {
        name: String,
        needed: Needed,
        members: Vec<usize>,
    },
    Witness(Witness),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quorum {
    /// `quorum none`: no cosignature is asked for.
    Nobody,
    /// The voter at this place.
    Voter(usize),
}

/// How many members of a group must have cosigned, as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Needed {
    All,
    Any,
    AtLeast(usize),
}

impl Policy {
    /// Reads a policy.
    ///
    /// # Errors
    ///
    /// Says which line is wrong, and why.
    pub fn parse(text: &str) -> Result<Self, LedgerError> {
        read::policy(text)
    }

    /// The ledgers, in the order of their lines.
    pub fn logs(&self) -> &[Log] {
        &self.logs
    }

    /// The witnesses, in the order of their lines.
    pub fn witnesses(&self) -> impl Iterator<Item = &Witness> {
        self.voters.iter().filter_map(|voter| match voter {
            Voter::Group { .. } => None,
            Voter::Witness(witness) => Some(witness),
        })
    }

    /// Opens a checkpoint by a ledger of this policy that the quorum has cosigned.
    ///
    /// # Errors
    ///
    /// When no listed ledger has signed it, a signature by a known key does not verify, or the
    /// quorum is not reached.
    pub fn open(&self, note: &str) -> Result<Vouched, LedgerError> {
        let parsed = SignedNote::parse(note)?;
        let signer = self
            .logs
            .iter()
            .find(|log| {
                parsed
                    .by_key(log.vkey.name(), log.vkey.key_hash())
                    .is_some()
            })
            .ok_or(LedgerError::Signature)?;
        self.open_of(note, &signer.vkey)
    }

    /// As [`Self::open`], for the one ledger of `vkey`, whatever ledgers the policy lists.
    ///
    /// # Errors
    ///
    /// As [`Self::open`].
    pub fn open_of(&self, note: &str, vkey: &Vkey) -> Result<Vouched, LedgerError> {
        Ok(Vouched {
            checkpoint: Checkpoint::open(note, vkey)?,
            cosigned: self.satisfied(note)?,
        })
    }

    /// The good cosignatures under `note`, when they reach the quorum. The ledger's own signature
    /// is not looked at.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Quorum`] with those that have not cosigned, or when the note is not well
    /// formed or a cosignature by a witness of the policy does not verify.
    pub fn satisfied(&self, note: &str) -> Result<Vec<Cosigned>, LedgerError> {
        let note = SignedNote::parse(note)?;
        Checkpoint::parse(note.text)?;
        let (mut cosigned, mut missing) = (Vec::new(), Vec::new());
        let mut holds: Vec<bool> = Vec::with_capacity(self.voters.len());
        for voter in &self.voters {
            holds.push(match voter {
                Voter::Group {
                    needed, members, ..
                } => needed.is_met(members, &holds),
                Voter::Witness(witness) => {
                    let name = witness.name.clone();
                    let at = witness.vkey.find(&note)?;
                    match at {
                        Some(at) => cosigned.push(Cosigned { witness: name, at }),
                        None => missing.push(name),
                    }
                    at.is_some()
                }
            });
        }
        match self.quorum {
            Quorum::Voter(place) if holds.get(place) != Some(&true) => {
                Err(LedgerError::Quorum { missing })
            }
            Quorum::Nobody | Quorum::Voter(_) => Ok(cosigned),
        }
    }
}

impl Needed {
    fn is_met(self, members: &[usize], holds: &[bool]) -> bool {
        let met = members
            .iter()
            .filter(|place| holds.get(**place) == Some(&true))
            .count();
        met >= match self {
            Self::All => members.len(),
            Self::Any => 1,
            Self::AtLeast(count) => count,
        }
    }
}

impl Voter {
    fn name(&self) -> &str {
        match self {
            Self::Group { name, .. } => name,
            Self::Witness(witness) => &witness.name,
        }
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |place: usize| self.voters.get(place).map_or("", Voter::name);
        let url =
            |url: &Option<String>| url.as_ref().map_or(String::new(), |url| format!(" {url}"));
        for log in &self.logs {
            writeln!(f, "log {}{}", log.vkey, url(&log.url))?;
        }
        for voter in &self.voters {
            match voter {
                Voter::Group {
                    name: group,
                    needed,
                    members,
                } => {
                    write!(f, "group {group} ")?;
                    match needed {
                        Needed::All => write!(f, "all")?,
                        Needed::Any => write!(f, "any")?,
                        Needed::AtLeast(count) => write!(f, "{count}")?,
                    }
                    members
                        .iter()
                        .try_for_each(|member| write!(f, " {}", name(*member)))?;
                    writeln!(f)?;
                }
                Voter::Witness(Witness {
                    name,
                    vkey,
                    url: at,
                }) => writeln!(f, "witness {name} {vkey}{}", url(at))?,
            }
        }
        match self.quorum {
            Quorum::Nobody => writeln!(f, "quorum none"),
            Quorum::Voter(place) => writeln!(f, "quorum {}", name(place)),
        }
    }
}

#[cfg(test)]
mod tests;
