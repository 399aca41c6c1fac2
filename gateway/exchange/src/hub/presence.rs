//! Presence: which agencies know a person, found out before any of them is asked for anything.
//!
//! ```text
//! on a timer        offers and signed sets of every agency and purpose of an agreement   `ahead`
//! a person asks     keys ─blind─► one request for each agency                            `prepare`
//!                   recorded ─► sent, all on one step of a time grid                     `check`
//!                   answers proved, recorded ─► tokens looked up                         `answer`
//!                   outcome recorded ─► shown                                            `outcome`
//! ```
//!
//! Nothing is fetched because of a person, and what is sent and when depends on the subject only
//! in that the asked form names them.
//!
//! **Source:** RFC 9497; `docs/presence.md`.

mod ahead;
mod answer;
mod check;
mod opening;
mod outcome;
mod prepare;
mod set;

use std::time::Duration;

pub use ahead::Ahead;
pub use check::CheckPresence;
pub use opening::{Opening, OpeningAsked, OpeningFault, Verified};
pub use outcome::{AgencyPresence, CasePresence, PresenceStatus};

/// Version of every message of presence.
const VERSION: u8 = 1;

/// Numbers of presence at a hub; every one is bounded when the configuration is read.
#[derive(Debug, Clone)]
pub struct PresenceSettings {
    /// Time between two looks at every agency's offer and set.
    pub refresh: Duration,
    /// Most memory that all sets together take, in bytes.
    pub sets_bytes: usize,
}
