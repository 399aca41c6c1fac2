//! Sessions: who is at which browser, kept in this process only.
//!
//! ```text
//! browser: __Host-stile=<256 random bits>     here: SHA-256 of it ─► user, means, began, seen, fresh,
//!                                                                    nonces
//! ```
//!
//! A session ends after a time without use, at the latest a working day after it began, at sign-out, or
//! when its user's account changes. A copy of this memory opens no session: it holds digests of tokens.
//! Ended sessions are remembered for half an hour by user alone. A form that somebody sends too late is
//! kept for them and for nobody else, by `exchange`.

mod nonce;
mod table;
#[cfg(test)]
mod tests;
mod token;

use std::sync::{Mutex, MutexGuard, PoisonError};

use stile_model::id::UserId;
use stile_model::time::Timestamp;

pub use nonce::{Nonce, Nonces, Spent};
use table::Table;
pub use token::Token;

/// Name of the cookie; `__Host-` keeps it to this host and to TLS.
pub const COOKIE: &str = "__Host-stile";

/// How long sessions live, and how many there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Seconds without use after which a session is over: 60 to 3,600.
    pub idle_s: i64,
    /// Seconds after which it is over whatever its use: 600 to 86,400.
    pub absolute_s: i64,
    /// Seconds for which a sign-in is fresh enough for what matters most: 30 to 3,600.
    pub fresh_s: i64,
    /// Sessions of one person; a further one ends the one used longest ago.
    pub per_person: usize,
    /// Sessions in all; a further one ends the one used longest ago.
    pub in_all: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            idle_s: 900,
            absolute_s: 43_200,
            fresh_s: 300,
            per_person: 8,
            in_all: 5_000,
        }
    }
}

/// How somebody showed who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Means {
    /// A local account, on this footing.
    Account(u64),
    /// A client certificate: shown again with every request, so always fresh.
    Certificate,
    /// The identity provider.
    Provider,
}

/// A session that is going on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Whose.
    pub user: UserId,
    /// How they signed in.
    pub means: Means,
    /// When.
    pub began: Timestamp,
    /// When they last asked for something.
    pub seen: Timestamp,
    /// When they last showed who they are.
    pub fresh: Timestamp,
}

/// What a token stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Look {
    /// A session that is going on.
    Here(Session),
    /// One of this user that has ended.
    Over(UserId),
    /// None that is known.
    Unknown,
}

/// One of a person's own sessions, for their list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Names it on the page; opens nothing.
    pub handle: String,
    /// The session.
    pub session: Session,
    /// Is it the one that asks?
    pub own: bool,
}

/// Every session of this gateway.
#[derive(Debug, Default)]
pub struct Sessions {
    limits: Limits,
    table: Mutex<Table>,
}

impl Sessions {
    /// None yet.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            table: Mutex::default(),
        }
    }

    /// The limits.
    pub const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Begins a session under a new token. The one that this browser had before ends; where it was the
    /// same user's, its open forms go over to the new one.
    pub fn begin(
        &self,
        before: Option<&Token>,
        token: &Token,
        user: UserId,
        means: Means,
        now: Timestamp,
    ) {
        let session = Session {
            user,
            means,
            began: now,
            seen: now,
            fresh: now,
        };
        let before = before.map(Token::digest);
        let mut table = self.table();
        table.begin(before.as_ref(), token.digest(), session, &self.limits);
    }

    /// What a token stands for; using it keeps the session alive.
    pub fn look(&self, token: &Token, now: Timestamp) -> Look {
        self.table().look(&token.digest(), &self.limits, now, true)
    }

    /// The same for what a page asks for by itself: nobody is at the keyboard for that.
    pub fn look_quietly(&self, token: &Token, now: Timestamp) -> Look {
        self.table().look(&token.digest(), &self.limits, now, false)
    }

    /// Whoever is at this browser has shown again who they are.
    pub fn refresh(&self, token: &Token, means: Means, now: Timestamp) {
        self.table().refresh(&token.digest(), means, now);
    }

    /// Is this session's sign-in fresh?
    pub fn is_fresh(&self, session: &Session, now: Timestamp) -> bool {
        let age_ms = now.since_millis(session.fresh);
        session.means == Means::Certificate || age_ms < self.limits.fresh_s * 1_000
    }

    /// Ends a session for good: nothing is remembered of it.
    pub fn end(&self, token: &Token) {
        self.table().forget(&token.digest());
    }

    /// Ends every session of a user but that of `but`.
    pub fn end_all(&self, user: &UserId, but: Option<&Token>) {
        self.table().end_all(user, but.map(Token::digest).as_ref());
    }

    /// Ends one of a user's sessions by its handle; does nothing for another user's.
    pub fn end_one(&self, user: &UserId, handle: &str) {
        self.table().end_one(user, handle);
    }

    /// A user's sessions, the newest first.
    pub fn list(&self, user: &UserId, own: &Token, now: Timestamp) -> Vec<Listed> {
        self.table().list(user, &own.digest(), &self.limits, now)
    }

    /// Issues a nonce for one form of a session; none when the session is over.
    pub fn issue(&self, token: &Token, nonce: Nonce) -> Option<Nonce> {
        self.table()
            .nonces(&token.digest())
            .map(|nonces| nonces.issue(nonce))
    }

    /// Spends a nonce: the first time it is `First`, never again.
    pub fn spend(&self, token: &Token, nonce: &str) -> Spent {
        self.table()
            .nonces(&token.digest())
            .map_or(Spent::Unknown, |nonces| nonces.spend(nonce))
    }

    /// Makes a nonce good again whose form was refused.
    pub fn give_back(&self, token: &Token, nonce: &str) {
        if let Some(nonces) = self.table().nonces(&token.digest()) {
            nonces.give_back(nonce);
        }
    }

    /// Remembers where the answer to a spent nonce is, for whoever sends the form again.
    pub fn answered(&self, token: &Token, nonce: &str, location: &str) {
        if let Some(nonces) = self.table().nonces(&token.digest()) {
            nonces.answered(nonce, location);
        }
    }

    /// The table, also when another thread stopped while it held it: every change of it is whole.
    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
