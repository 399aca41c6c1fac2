//! Local accounts: how people sign in to the pages where no identity provider does it for them.
//!
//! Only people of the configuration may have one. IT invites; whoever holds the invitation's code
//! chooses a password and sets up an app that shows one-time codes. From then on both are asked for.
//! Every change of an account is in the ledger with who made it; no secret ever is.
//!
//! Nothing here tells anybody whether a user exists: a wrong name costs the same work, waits the same
//! and is answered alike as a wrong password.
//!
//! **Source:** OWASP Password Storage Cheat Sheet (argon2id); RFC 6238 (one-time codes); NCSC,
//! "Password policy: updating your approach" (length, no composition rules, slowing instead of
//! locking).

mod change;
mod code;
mod device;
mod enrol;
mod guesses;
mod kept;
mod password;
mod routes;
mod sign_in;
mod slow;
#[cfg(test)]
mod tests;
mod totp;

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use stile_model::id::UserId;
use stile_model::time::Timestamp;
use stile_store::Store;
use tokio::sync::{Mutex, Semaphore};
use utoipa::ToSchema;

pub use code::{InvitationCode, RECOVERY_CODES};
pub use device::Origin;
pub use enrol::{Enrolled, Enrolling};
pub(crate) use guesses::Guesses;
pub(crate) use password::same;
pub use password::{PASSWORD_LEAST, PASSWORD_MOST, Password, PasswordFault};
pub(crate) use routes::with_accounts;
pub use sign_in::{PasswordRight, SignedIn};
pub use slow::Source;
pub use totp::{Digits, Seed};

use crate::clock::Clock;
use crate::evidence::Scribe;
use crate::gateway::Gateway;
use crate::people::People;
use slow::{Attempt, Secret, Slow};

/// How long an invitation may be used, in seconds: three days.
pub const INVITATION_S: i64 = 3 * 86_400;

/// Passwords computed at once: each takes 19 MiB.
const HASHES_AT_ONCE: usize = 4;
/// Passwords that may wait for their turn; more are told to come again.
const HASHES_WAITING: usize = 32;

/// What a secret that somebody gave came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict<T> {
    /// It is right.
    Right(T),
    /// Not looked at: too many were wrong. To be tried again after this many seconds.
    Wait(u32),
    /// It is wrong, or there is nothing that it could be right for; which of them is not said.
    Wrong,
}

/// What this process remembers about accounts; nothing here needs to survive it.
#[derive(Debug)]
pub(crate) struct Gate {
    /// Held while an account is read and changed.
    turn: Mutex<()>,
    /// Who guesses too often.
    slow: std::sync::Mutex<Slow>,
    /// Places to compute a password in.
    hashing: Semaphore,
    /// Places to wait for that.
    waiting: Semaphore,
}

impl Default for Gate {
    fn default() -> Self {
        Self {
            turn: Mutex::default(),
            slow: std::sync::Mutex::default(),
            hashing: Semaphore::new(HASHES_AT_ONCE),
            waiting: Semaphore::new(HASHES_WAITING),
        }
    }
}

/// The accounts of one gateway.
#[derive(Clone, Copy)]
pub struct Accounts<'a> {
    store: &'a Store,
    people: &'a People,
    scribe: Scribe<'a>,
    clock: &'a Clock,
    gate: &'a Gate,
}

impl Gateway {
    /// The accounts of this gateway's people.
    pub fn accounts(&self) -> Accounts<'_> {
        let (clock, gate) = match self {
            Self::Agency(agency) => (&agency.clock, agency.live.gate()),
            Self::Hub(hub) => (&hub.clock, hub.live.gate()),
        };
        Accounts {
            store: self.store(),
            people: self.people(),
            scribe: self.scribe(),
            clock,
            gate,
        }
    }
}

/// An account as people who look after accounts see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountLine {
    /// Whose.
    pub user: UserId,
    /// When it was set up with password and codes, if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// Until when an invitation may be used, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invited_until: Option<Timestamp>,
    /// Recovery codes that are left.
    pub recovery_codes: u32,
    /// Is the user among the people of the configuration? Otherwise nobody can sign in with it.
    pub listed: bool,
}

/// Every account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountList {
    /// By user.
    pub accounts: Vec<AccountLine>,
}

/// An invitation to set up an account. Shown once, to whoever made it; kept as a hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Invitation {
    /// Who is invited.
    pub user: UserId,
    /// What they type on the page "Set up your account", once.
    pub code: InvitationCode,
    /// Until when.
    pub expires: Timestamp,
}

impl Accounts<'_> {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Counts an attempt before it is looked at, so that many at once are no way around it; gives the
    /// seconds to wait when there were too many.
    fn attempt(&self, attempt: Attempt<'_>) -> Result<(), u32> {
        locked(&self.gate.slow).attempt(attempt, self.now())
    }

    /// What was given was right: it was no guess.
    fn take_back(&self, attempt: Attempt<'_>) {
        locked(&self.gate.slow).take_back(attempt, self.now());
    }

    /// Forgets a user's wrong attempts, after a whole sign-in.
    fn forgive(&self, attempt: Attempt<'_>) {
        locked(&self.gate.slow).forgive(attempt);
    }
}

/// The attempts, also when another thread stopped while it held them: they are counts.
fn locked(slow: &std::sync::Mutex<Slow>) -> std::sync::MutexGuard<'_, Slow> {
    slow.lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl From<IpAddr> for Source {
    fn from(address: IpAddr) -> Self {
        Self::of(address)
    }
}
