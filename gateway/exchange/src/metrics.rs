//! What a gateway tells of itself in numbers: to Prometheus, to a load balancer, to `stile doctor`.
//!
//! ```text
//! stile_<what>_<unit>{<label>="<value>"} <number>       counters end in `_total`
//! ```
//!
//! No personal data: labels are doors, status codes, outcomes, members, sources of the mapping and
//! codes, each of a set that the configuration or the program bounds; never a case, a person or text
//! that somebody sent.
//!
//! **Source:** Prometheus text format 0.0.4; names by its "Metric and label naming".

mod doors;
mod state;
mod text;

#[cfg(test)]
mod tests;

pub use doors::{Door, Meters};
pub use text::{Kind, Text};

use stile_store::Health;
use stile_trust::TrustError;

use crate::gateway::Gateway;

/// Why a gateway should be asked nothing at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NotReady {
    /// Its own certificate has ended or is revoked: no peer believes it.
    Certificate,
    /// The database with the ledger has not answered for some time: nothing can be read or recorded
    /// here, though another gateway of this member may well reach it.
    Database,
    /// The directory is not in force.
    Directory,
    /// The journal under the ledger does not hold.
    Journal,
    /// Another gateway of this member has worked from a newer directory for some time: here somebody may
    /// be believed whom that one took away.
    OlderDirectory,
    /// Another gateway of this member has accepted a newer revocation list, some time ago: here somebody
    /// may be believed who was revoked.
    OlderList,
    /// The revocation list of its own issuer is not in date: no peer is believed.
    RevocationList,
    /// Nothing can be recorded any more.
    Unwritable,
}

impl NotReady {
    /// The stable code.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Certificate => "certificate_not_in_force",
            Self::Database => "database_unreachable",
            Self::Directory => "directory_not_in_force",
            Self::Journal => "journal_damaged",
            Self::OlderDirectory => "directory_older",
            Self::OlderList => "revocation_list_older",
            Self::RevocationList => "revocation_list_not_in_date",
            Self::Unwritable => "journal_unwritable",
        }
    }
}

impl Gateway {
    /// What keeps this gateway from answering, if anything. A halt does not: refusals are recorded.
    pub fn not_ready(&self) -> Vec<NotReady> {
        let now = self.now();
        // An issuer that is replaced lets its last list end: only ours is asked about.
        let tls = self.witnessing().tls();
        let own = tls.revocations().load().check(&tls.own(), now);
        let ended = matches!(own, Err(TrustError::Expired(_) | TrustError::Revoked(_)));
        let reasons = [
            (NotReady::Certificate, ended),
            (NotReady::Database, self.store().is_away()),
            (
                NotReady::Directory,
                self.directory().check_in_force(now).is_err(),
            ),
            (
                NotReady::Journal,
                matches!(self.store().health(), Health::Damaged { .. }),
            ),
            (NotReady::OlderDirectory, self.has_older_directory()),
            (NotReady::OlderList, self.has_older_list()),
            (NotReady::RevocationList, own.is_err() && !ended),
            (NotReady::Unwritable, self.store().is_poisoned()),
        ];
        let held = reasons.into_iter().filter(|(_, holds)| *holds);
        held.map(|(reason, _)| reason).collect()
    }
}
