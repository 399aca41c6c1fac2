//! Reads people into memory and keeps them up to date.

use std::sync::Arc;

use stile_linkage::{Changes, Index, IndexError, Sweep};
use stile_model::redact::Redacted;
use stile_model::subject::PersonRow;
use stile_model::time::Timestamp;
use stile_sources::{ColumnName, IndexMapping, Source, Watermark};

use super::{Current, HeldError, HeldPeople};

/// People of one page.
const PAGE: u32 = 2_000;
/// Keys of one page.
const KEYS: u32 = 10_000;
const MINUTE_MS: i64 = 60_000;
/// Minutes after which everybody is read again, whatever the watermark said: a row may change
/// without it.
const READ_ALL_MIN: u32 = 24 * 60;
/// Of a hundred people whom the database counts, so many must have been read: some come and go
/// meanwhile.
const LEAST_OF_100: u64 = 99;

/// How far people have been brought up to date.
#[derive(Debug, Clone)]
pub(super) struct Reach {
    mark: Option<Watermark>,
    /// The set of files, where people are in files.
    set: Option<u64>,
    tried: Timestamp,
    failed: bool,
    swept: Timestamp,
    read_all: Timestamp,
}

impl Reach {
    pub(super) const fn new(mark: Option<Watermark>, set: Option<u64>, now: Timestamp) -> Self {
        Self {
            mark,
            set,
            tried: now,
            failed: false,
            swept: now,
            read_all: now,
        }
    }

    /// Is it time for a refresh? After one that failed, in a minute; at once where `set` is another
    /// set of files than was read.
    fn is_due(&self, now: Timestamp, refresh_min: u32, set: Option<u64>) -> bool {
        let wait = if self.failed { 1 } else { refresh_min };
        passed(now, self.tried, wait) || (!self.failed && self.set != set)
    }
}

impl HeldPeople {
    /// Brings the people up to date, if it is time to.
    pub(super) async fn refresh_if_due(&self) -> Result<(), HeldError> {
        let (now, set) = (self.clock.now(), set(&self.source));
        let due = self.reach().is_due(now, self.how.refresh_min, set);
        if due { self.refresh().await } else { Ok(()) }
    }

    /// Brings the people up to date.
    ///
    /// # Errors
    ///
    /// When they cannot be read, or do not fit; then those read before stay in use until they are
    /// stale.
    pub async fn refresh(&self) -> Result<(), HeldError> {
        let now = self.clock.now();
        let mut reach = self.reach().clone();
        reach.tried = now;
        reach.failed = true;
        *self.reach() = reach.clone();
        let index = self.newer(&mut reach, now).await?;
        self.current.store(Arc::new(Current {
            index,
            read_at: now,
        }));
        reach.failed = false;
        *self.reach() = reach;
        Ok(())
    }

    async fn newer(&self, reach: &mut Reach, now: Timestamp) -> Result<Arc<Index>, HeldError> {
        let (source, how) = (&self.source, &self.how);
        if set(source).is_some() {
            // Looks at the folder, and fails where its files are too old.
            source.held().await?;
            let set = set(source);
            // Files are put there whole: while they are the same, so are their people.
            if reach.set == set {
                return Ok(Arc::clone(&self.current.load().index));
            }
            reach.set = set;
            return Ok(Arc::new(everybody(source, how, |_, _| {}).await?));
        }
        // Before anything is read, so that what changes meanwhile is read again.
        let mark = mark(source, how, now).await?;
        let since = how.watermark.as_ref().zip(reach.mark.as_ref());
        let old = Arc::clone(&self.current.load().index);
        let index = match since {
            Some(since) if !passed(now, reach.read_all, READ_ALL_MIN) => {
                let mut changes = Changes {
                    current: changed(source, &old, since).await?,
                    gone: Vec::new(),
                };
                if passed(now, reach.swept, how.sweep_min) {
                    sweep(source, &old, &mut changes).await?;
                    reach.swept = now;
                }
                let applied = aside(source, move || old.apply(&changes)).await?;
                applied.map_err(|reason| full(source, reason))?
            }
            _ => {
                reach.swept = now;
                reach.read_all = now;
                everybody(source, how, |_, _| {}).await?
            }
        };
        reach.mark = mark;
        Ok(Arc::new(index))
    }
}

/// The set of files in force; `None` where the system itself is asked.
pub(super) fn set(source: &Source) -> Option<u64> {
    source.extract().map(|files| files.set)
}

/// Are these minutes over? Where the clock was set back nobody knows, so they are.
fn passed(now: Timestamp, since: Timestamp, minutes: u32) -> bool {
    let millis = now.since_millis(since);
    millis < 0 || millis >= i64::from(minutes) * MINUTE_MS
}

/// How far changes reach now, where the mapping names what tells of them; never into the future.
pub(super) async fn mark(
    source: &Source,
    how: &IndexMapping,
    now: Timestamp,
) -> Result<Option<Watermark>, HeldError> {
    let Some(column) = &how.watermark else {
        return Ok(None);
    };
    let mark = source.watermark(column).await?;
    Ok(mark.map(|mark| mark.not_after(now.date())))
}

/// Reads everybody.
pub(super) async fn everybody(
    source: &Source,
    how: &IndexMapping,
    mut progress: impl FnMut(u64, u64) + Send,
) -> Result<Index, HeldError> {
    let held = source.held().await?;
    let most_mb = usize::try_from(how.memory_max_mb).unwrap_or(usize::MAX);
    let mut builder = Index::builder(source.name(), most_mb.saturating_mul(1_000_000));
    let mut after: Option<Redacted<String>> = None;
    loop {
        let page = source.all_people(after.as_ref(), PAGE).await?;
        for row in &page.people {
            builder.push(row).map_err(|reason| full(source, reason))?;
        }
        progress(count(builder.people()), held);
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    enough(source, builder.people(), held).await?;
    let finished = aside(source, move || builder.finish()).await?;
    finished.map_err(|reason| full(source, reason))
}

/// Everybody of whom a row is not held as it is now, with all their rows: a view may hold a key
/// twice and only one of the rows may have changed.
async fn changed(
    source: &Source,
    old: &Index,
    since: (&ColumnName, &Watermark),
) -> Result<Vec<PersonRow>, HeldError> {
    let mut keys = Vec::new();
    let mut after: Option<Redacted<String>> = None;
    loop {
        let page = source.changed_people(since, after.as_ref(), PAGE).await?;
        let other = page.people.into_iter().filter(|row| !old.holds_as(row));
        keys.extend(other.map(|row| row.key));
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    keys.dedup();
    Ok(source.people_of(&keys).await?)
}

/// Finds who is gone and who is new, from the keys alone.
async fn sweep(source: &Source, index: &Index, changes: &mut Changes) -> Result<(), HeldError> {
    let held = source.held().await?;
    let mut sweep = Sweep::new(index);
    let mut new = Vec::new();
    let mut read = 0;
    let mut after: Option<Redacted<String>> = None;
    loop {
        let page = source.all_keys(after.as_ref(), KEYS).await?;
        read += page.keys.len();
        new.extend(page.keys.into_iter().filter(|key| !sweep.see(index, key)));
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    enough(source, read, held).await?;
    let known: std::collections::HashSet<_> =
        changes.current.iter().map(|row| row.key.clone()).collect();
    new.retain(|key| !known.contains(key));
    changes.current.extend(source.people_of(&new).await?);
    changes.gone = sweep.unseen(index);
    changes.gone.retain(|key| !known.contains(key));
    Ok(())
}

/// Refuses a reading that left people out, as happens where keys are not in one order.
async fn enough(source: &Source, read: usize, before: u64) -> Result<(), HeldError> {
    let held = before.min(source.held().await?);
    let read = count(read);
    if read.saturating_mul(100) < held.saturating_mul(LEAST_OF_100) {
        return Err(HeldError::Short {
            name: source.name().to_owned(),
            read,
            held,
        });
    }
    Ok(())
}

/// Runs `work` where it keeps nobody waiting.
pub(super) async fn aside<T: Send + 'static>(
    source: &Source,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, HeldError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| HeldError::Stopped {
        name: source.name().to_owned(),
    })
}

fn full(source: &Source, reason: IndexError) -> HeldError {
    HeldError::Full {
        name: source.name().to_owned(),
        reason,
    }
}

fn count(people: usize) -> u64 {
    u64::try_from(people).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refresh_is_due_after_its_minutes_and_sooner_after_a_failure() {
        let at = |minutes: i64| Timestamp::from_millis(minutes * MINUTE_MS);
        let reach = Reach::new(None, None, at(100));
        let failed = Reach {
            failed: true,
            ..reach.clone()
        };

        assert!(!reach.is_due(at(114), 15, None));
        assert!(reach.is_due(at(115), 15, None));
        assert!(!failed.is_due(at(100), 15, None));
        assert!(failed.is_due(at(101), 15, None));
    }

    #[test]
    fn a_refresh_is_due_at_once_when_other_files_are_in_force() {
        let at = |minutes: i64| Timestamp::from_millis(minutes * MINUTE_MS);
        let reach = Reach::new(None, Some(1), at(100));
        let failed = Reach {
            failed: true,
            ..reach.clone()
        };

        assert!(!reach.is_due(at(100), 15, Some(1)));
        assert!(reach.is_due(at(100), 15, Some(2)));
        assert!(!failed.is_due(at(100), 15, Some(2)));
    }

    #[test]
    fn a_refresh_is_due_at_once_when_the_clock_was_set_back() {
        let at = |minutes: i64| Timestamp::from_millis(minutes * MINUTE_MS);

        assert!(Reach::new(None, None, at(100)).is_due(at(99), 15, None));
    }
}
