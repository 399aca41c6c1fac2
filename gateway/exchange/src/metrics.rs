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

use crate::gateway::Gateway;

/// Why a gateway should be asked nothing at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NotReady {
    /// The directory is not in force.
    Directory,
    /// The journal under the ledger does not hold.
    Journal,
    /// The revocation list is not in date: no peer is believed.
    RevocationList,
    /// Nothing can be recorded any more.
    Unwritable,
}

impl NotReady {
    /// The stable code.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Directory => "directory_not_in_force",
            Self::Journal => "journal_damaged",
            Self::RevocationList => "revocation_list_not_in_date",
            Self::Unwritable => "journal_unwritable",
        }
    }
}

impl Gateway {
    /// What keeps this gateway from answering, if anything. A halt does not: refusals are recorded.
    pub fn not_ready(&self) -> Vec<NotReady> {
        let now = self.now();
        let revocations = self.witnessing().tls().revocations().load();
        let reasons = [
            (
                NotReady::Directory,
                self.directory().check_in_force(now).is_err(),
            ),
            (
                NotReady::Journal,
                matches!(self.store().health(), Health::Damaged { .. }),
            ),
            (
                NotReady::RevocationList,
                now < revocations.issued() || now >= revocations.expires(),
            ),
            (NotReady::Unwritable, self.store().is_poisoned()),
        ];
        let held = reasons.into_iter().filter(|(_, holds)| *holds);
        held.map(|(reason, _)| reason).collect()
    }
}
