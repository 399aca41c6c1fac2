//! A gateway that runs with an older directory, or revocation list, than another of its member, on the
//! same store, has accepted: whom the newer one took away is still believed here.

use std::sync::{Mutex, PoisonError};

use stile_model::time::Timestamp;
use stile_trust::TrustError;
use stile_trust::revocation::Edition;
use tokio::sync::Notify;

use super::directory::recorded_version;
use super::lists::first_older;
use super::record_lists;
use crate::error::ExchangeError;
use crate::gateway::Gateway;

/// How long it may go on so before it says that it is not ready, in seconds: the newer one is fetched
/// in a moment, or carried to each machine in turn.
const GRACE_S: i64 = 600;
/// How often the newer one is looked for meanwhile, in seconds.
const AGAIN_S: i64 = 60;

/// What one gateway knows of it; nothing here needs to survive it.
#[derive(Debug, Default)]
pub(crate) struct Behind {
    /// By the version.
    directory: Newer<u64>,
    lists: Newer<Edition>,
    /// Ends the wait of who asks the hub for directories.
    ask: Notify,
}

/// A newer one of something, as far as there is one elsewhere.
#[derive(Debug)]
struct Newer<T>(Mutex<Option<Seen<T>>>);

#[derive(Debug, Clone, Copy)]
struct Seen<T> {
    /// The newer one.
    which: T,
    /// Since when this gateway has been behind, whichever the newer one was.
    since: Timestamp,
    /// When it was last looked for.
    looked: Timestamp,
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Due {
    /// Nothing at the moment.
    Nothing,
    /// Look for it again.
    Look,
    /// Look for it, and tell: it was not seen before.
    Tell,
}

impl<T> Default for Newer<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<T: Copy + PartialEq> Newer<T> {
    fn note(&self, newer: Option<T>, now: Timestamp) -> Due {
        // It is replaced whole, right also when another thread stopped while it held it.
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(which) = newer else {
            *seen = None;
            return Due::Nothing;
        };
        let before = *seen;
        let due = match before {
            Some(before) if before.which == which => {
                if (0..AGAIN_S * 1_000).contains(&now.since_millis(before.looked)) {
                    return Due::Nothing;
                }
                Due::Look
            }
            Some(_) | None => Due::Tell,
        };
        *seen = Some(Seen {
            which,
            since: before.map_or(now, |before| before.since),
            looked: now,
        });
        due
    }

    fn is_too_long(&self, now: Timestamp) -> bool {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.is_some_and(|seen| now.since_millis(seen.since) >= GRACE_S * 1_000)
    }
}

impl Gateway {
    /// Notices when another gateway of this member has recorded a newer directory than the one in use
    /// here. Says whether the hub is asked for it now, where one is: at once, and every minute until it
    /// is here.
    ///
    /// # Errors
    ///
    /// When the record cannot be read; it is tried again.
    pub fn note_directory(&self) -> Result<bool, ExchangeError> {
        // One that is recorded here comes into use next.
        let Ok(_alone) = self.following().try_lock() else {
            return Ok(false);
        };
        let held = self.directory().version;
        let newer = recorded_version(self.store())?.filter(|recorded| *recorded > held);
        let due = self.behind().directory.note(newer, self.now());
        if due == Due::Tell
            && let Some(recorded) = newer
        {
            tracing::warn!(
                held,
                recorded,
                "another gateway of this member works from a newer directory"
            );
        }
        if due != Due::Nothing {
            self.behind().ask.notify_one();
        }
        Ok(due != Due::Nothing)
    }

    /// Ends when the hub is to be asked for a directory before its time.
    pub(crate) async fn asks_for_directory(&self) {
        self.behind().ask.notified().await;
    }

    /// Keeps which revocation lists are in use, and notices when another gateway of this member has
    /// accepted a newer one. Says whether to look for that one now: at once, and every minute until it
    /// is here.
    ///
    /// # Errors
    ///
    /// When the record cannot be read or written; it is tried again.
    pub async fn note_lists(&self) -> Result<bool, ExchangeError> {
        let (store, now) = (self.store(), self.now());
        let lists = self.witnessing().tls().revocations().load_full();
        let older = first_older(store, &lists)?;
        let due = self.behind().lists.note(older.map(|(held, _)| held), now);
        if due == Due::Tell
            && let Some((held, found)) = older
        {
            let error = TrustError::CrlOlder { held, found };
            tracing::warn!(%error, "another gateway of this member has a newer revocation list");
        }
        record_lists(store, &lists).await?;
        Ok(due != Due::Nothing)
    }

    /// Has this gateway gone on for too long with an older directory than another of its member?
    pub(crate) fn has_older_directory(&self) -> bool {
        self.behind().directory.is_too_long(self.now())
    }

    /// Has it with an older revocation list?
    pub(crate) fn has_older_list(&self) -> bool {
        self.behind().lists.is_too_long(self.now())
    }

    fn behind(&self) -> &Behind {
        match self {
            Self::Agency(agency) => agency.live.behind(),
            Self::Hub(hub) => hub.live.behind(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edition(seconds: i64) -> Edition {
        Edition {
            this_update: at(seconds),
            number: None,
        }
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(1_790_000_000_000).plus_s(seconds)
    }

    #[test]
    fn tells_of_each_newer_list_once_and_looks_for_it_every_minute() {
        let behind = Newer::default();

        assert_eq!(behind.note(None, at(0)), Due::Nothing);
        assert_eq!(behind.note(Some(edition(1)), at(1)), Due::Tell);
        assert_eq!(behind.note(Some(edition(1)), at(6)), Due::Nothing);
        assert_eq!(behind.note(Some(edition(1)), at(61)), Due::Look);
        assert_eq!(behind.note(Some(edition(1)), at(66)), Due::Nothing);
        assert_eq!(behind.note(Some(edition(2)), at(71)), Due::Tell);
        assert_eq!(behind.note(None, at(76)), Due::Nothing);
        assert_eq!(behind.note(Some(edition(3)), at(81)), Due::Tell);
    }

    #[test]
    fn is_behind_for_too_long_after_the_grace_whichever_lists_came_meanwhile() {
        let behind = Newer::default();
        behind.note(Some(edition(1)), at(0));
        behind.note(Some(edition(2)), at(300));

        assert!(!behind.is_too_long(at(GRACE_S - 1)));
        assert!(behind.is_too_long(at(GRACE_S)));
        behind.note(None, at(GRACE_S));
        assert!(!behind.is_too_long(at(GRACE_S)));
    }
}
