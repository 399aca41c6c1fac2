//! Budgets: how often a hub may ask of presence, in a minute, in a day, and for one case in a day.
//!
//! A day's requests are counted from what the store keeps of them, so that a restart forgives nothing,
//! and in memory, so that what is under way counts, too. Days are of UTC.

use std::collections::{HashMap, HashSet};

use stile_model::digest::Digest;
use stile_model::id::{EnquiryId, MemberId};
use stile_model::time::Timestamp;
use stile_store::{Batch, Put, Tree};

use super::super::Agency;
use super::PresenceSettings;
use crate::error::{ExchangeError, refuse};

const SPENT: &str = "presence/spent/";
const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;
/// Keys of days long past that are removed at once.
const FORGET: usize = 1_000;

/// What was asked, as far as this process knows.
#[derive(Debug, Default)]
pub(super) struct Spent {
    minute: i64,
    of_minute: HashMap<MemberId, u32>,
    /// Hubs whose day was counted from the store in this minute.
    recounted: HashSet<MemberId>,
    day: i64,
    of_day: HashMap<MemberId, u32>,
    of_case: HashMap<(MemberId, Digest), u32>,
    /// Days up to this one were forgotten.
    forgotten: i64,
}

impl Agency {
    /// Counts one request of a hub about a case.
    ///
    /// # Errors
    ///
    /// `presence_budget`, saying which share is used up.
    pub(super) fn spend_presence(
        &self,
        settings: &PresenceSettings,
        hub: &MemberId,
        case_tag: Digest,
        now: Timestamp,
    ) -> Result<(), ExchangeError> {
        let (minute, day) = (now.millis().div_euclid(MINUTE_MS), day_of(now));
        let kept = |prefix: String, most: u32| {
            let limit = usize::try_from(most).unwrap_or(usize::MAX);
            let rows = self
                .store
                .scan(Tree::Replay, prefix.as_bytes(), None, limit)?;
            Ok::<_, ExchangeError>(u32::try_from(rows.len()).unwrap_or(u32::MAX))
        };
        let of_case = kept(prefix(day, hub, Some(&case_tag)), settings.per_case_day)?;
        let recount = self.spent()?.must_recount(hub, minute, day);
        let of_day = recount
            .then(|| kept(prefix(day, hub, None), settings.per_hub_day))
            .transpose()?;
        let mut spent = self.spent()?;
        spent.turn(minute, day);
        spent.count(settings, (hub, case_tag), (of_day.unwrap_or(0), of_case))
    }

    fn spent(&self) -> Result<std::sync::MutexGuard<'_, Spent>, ExchangeError> {
        let spent = self.live.presence.spent.lock();
        spent.map_err(|_| refuse("internal", 500, "the budget cannot be read"))
    }

    /// Removes the counts of days before yesterday.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or written.
    pub(super) async fn forget_spent(&self, now: Timestamp) -> Result<(), ExchangeError> {
        let day = day_of(now);
        let forgotten = match self.live.presence.spent.lock() {
            Ok(spent) => spent.forgotten >= day,
            Err(_) => return Ok(()),
        };
        if forgotten {
            return Ok(());
        }
        let rows = self
            .store
            .scan(Tree::Replay, SPENT.as_bytes(), None, FORGET)?;
        let first_kept = format!("{SPENT}{:08}/", day - 1).into_bytes();
        let old = rows.into_iter().map(|(key, _)| key);
        let puts: Vec<_> = old
            .filter(|key| *key < first_kept)
            .map(|key| Put {
                tree: Tree::Replay,
                key,
                value: None,
                case: None,
            })
            .collect();
        let all = puts.len() < FORGET;
        if !puts.is_empty() {
            let batch = Batch {
                puts,
                ..Batch::default()
            };
            self.store.commit(batch).await?;
        }
        if let Ok(mut spent) = self.live.presence.spent.lock()
            && all
        {
            spent.forgotten = day;
        }
        Ok(())
    }
}

impl Spent {
    fn turn(&mut self, minute: i64, day: i64) {
        if self.minute != minute {
            self.minute = minute;
            self.of_minute.clear();
            self.recounted.clear();
        }
        if self.day != day {
            self.day = day;
            self.of_day.clear();
            self.of_case.clear();
            self.recounted.clear();
        }
    }

    /// Is the hub's day to be counted from the store? Once a minute: another gateway on it answers, too.
    fn must_recount(&mut self, hub: &MemberId, minute: i64, day: i64) -> bool {
        self.turn(minute, day);
        self.recounted.insert(hub.clone())
    }

    /// Counts one request, which the store may already have more of than this process knows. One that
    /// is refused counts nowhere, and leaves nothing behind.
    fn count(
        &mut self,
        settings: &PresenceSettings,
        (hub, case_tag): (&MemberId, Digest),
        (kept_of_day, kept_of_case): (u32, u32),
    ) -> Result<(), ExchangeError> {
        let case = (hub.clone(), case_tag);
        let known = |used: Option<&u32>| used.copied().unwrap_or(0);
        let of_case = known(self.of_case.get(&case)).max(kept_of_case);
        let of_day = known(self.of_day.get(hub)).max(kept_of_day);
        let of_minute = known(self.of_minute.get(hub));
        within(of_case, settings.per_case_day, "case today")?;
        within(of_day, settings.per_hub_day, "hub today")?;
        within(of_minute, settings.per_minute, "hub in this minute")?;
        self.of_case.insert(case, of_case + 1);
        self.of_day.insert(hub.clone(), of_day + 1);
        self.of_minute.insert(hub.clone(), of_minute + 1);
        Ok(())
    }
}

/// What keeps the count of one request; put with its entry.
pub(super) fn spent_put(hub: &MemberId, case_tag: &Digest, id: EnquiryId, now: Timestamp) -> Put {
    Put {
        tree: Tree::Replay,
        key: format!("{}{id}", prefix(day_of(now), hub, Some(case_tag))).into_bytes(),
        value: Some(Vec::new()),
        case: None,
    }
}

fn prefix(day: i64, hub: &MemberId, case_tag: Option<&Digest>) -> String {
    let case = case_tag.map_or_else(String::new, |tag| format!("{tag}/"));
    format!("{SPENT}{day:08}/{hub}/{case}")
}

const fn day_of(now: Timestamp) -> i64 {
    now.millis().div_euclid(DAY_MS)
}

fn within(used: u32, most: u32, of: &str) -> Result<(), ExchangeError> {
    if used < most {
        return Ok(());
    }
    Err(refuse(
        "presence_budget",
        429,
        format!("the `{most}` presence requests of this {of} are used up"),
    ))
}

#[cfg(test)]
mod tests;
