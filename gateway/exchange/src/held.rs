//! Where a source's people are looked for: in its database, or in memory where the mapping says so.
//!
//! ```text
//! start    read everybody, page by page                      ─┐
//! refresh  read what changed since the watermark, or everybody ├─► a new index in place of the old
//! sweep    read all keys: drop who is gone, fetch who is new  ─┘
//! ```
//!
//! Files that another system puts there are read again, whole, as soon as others are in force.
//!
//! People in memory that were not brought up to date for too long answer nothing: their source is
//! "not checked". Nothing here is ever written anywhere.

mod refresh;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use stile_linkage::{Index, IndexError};
use stile_model::redact::Redacted;
use stile_model::subject::{CandidateQuery, PersonCounts, PersonRow};
use stile_model::time::Timestamp;
use stile_sources::{Candidates, ExtractState, HOUSEHOLD_MAX, IndexMapping, Source, SourceError};
use tokio::sync::watch;

use self::refresh::Reach;
use crate::clock::Clock;

/// Why people held in memory gave no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeldError {
    /// They do not fit. What was held before still answers, until it is stale.
    #[error("source `{name}`: {reason}")]
    Full {
        /// The source.
        name: String,
        /// How many people it was, and what to do.
        reason: IndexError,
    },
    /// Not everybody could be read by key. What was held before still answers, until it is stale.
    #[error(
        "source `{name}`: by their keys only {read} of {held} people could be read; map a key that \
         is one person's alone and that the database can put in order"
    )]
    Short {
        /// The source.
        name: String,
        /// People or keys read.
        read: u64,
        /// People that the database counts.
        held: u64,
    },
    /// The database did not answer, or not so that a person can be read from it.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// They were not brought up to date for too long, so they answer nothing.
    #[error(
        "source `{name}`: its people in memory are {minutes} minutes old; see why their refresh fails"
    )]
    Stale {
        /// The source.
        name: String,
        /// Minutes since the last refresh that succeeded.
        minutes: i64,
    },
    /// The gateway is stopping.
    #[error("source `{name}`: the gateway is stopping")]
    Stopped {
        /// The source.
        name: String,
    },
}

/// The people of one source, held in memory and brought up to date.
#[derive(Debug)]
pub struct HeldPeople {
    source: Source,
    how: IndexMapping,
    clock: Clock,
    current: ArcSwap<Current>,
    /// Changed by whoever refreshes, of whom there is one.
    reach: Mutex<Reach>,
}

#[derive(Debug)]
struct Current {
    index: Arc<Index>,
    /// When reading began: nothing that was done before is missing.
    read_at: Timestamp,
}

impl HeldPeople {
    /// Reads everybody of `source`, telling `progress` how many people of how many are read;
    /// `None` where the mapping leaves the people in their database.
    ///
    /// # Errors
    ///
    /// When they cannot be read, or do not fit.
    pub async fn read(
        source: &Source,
        clock: Clock,
        progress: impl FnMut(u64, u64) + Send,
    ) -> Result<Option<Self>, HeldError> {
        let Some(how) = source.index().cloned() else {
            return Ok(None);
        };
        let now = clock.now();
        let mark = refresh::mark(source, &how, now).await?;
        let set = refresh::set(source);
        let index = refresh::everybody(source, &how, progress).await?;
        Ok(Some(Self {
            source: source.clone(),
            how,
            current: ArcSwap::from_pointee(Current {
                index: Arc::new(index),
                read_at: now,
            }),
            reach: Mutex::new(Reach::new(mark, set, now)),
            clock,
        }))
    }

    /// The source whose people these are.
    pub fn source(&self) -> &str {
        self.source.name()
    }

    /// The index in use.
    ///
    /// # Errors
    ///
    /// [`HeldError::Stale`] when it may not be used; [`SourceError::Stale`] when the files are too old
    /// that it was read from.
    pub fn index(&self) -> Result<Arc<Index>, HeldError> {
        let current = self.current.load();
        let age = self.clock.now().since_millis(current.read_at);
        let minutes = age / 60_000;
        // Read in what is now the future: the clock was set back, and the age is not known.
        if minutes < 0 || minutes >= i64::from(self.how.stale_after_min) {
            return Err(HeldError::Stale {
                name: self.source.name().to_owned(),
                minutes: minutes.saturating_abs(),
            });
        }
        // However lately they were read: what they were read from may be too old itself.
        if let Some(files) = self.source.extract().filter(ExtractState::is_too_old) {
            return Err(HeldError::Source(SourceError::Stale {
                name: self.source.name().to_owned(),
                age_max_h: files.age_max_h,
            }));
        }
        Ok(Arc::clone(&current.index))
    }

    async fn candidates(&self, query: &CandidateQuery) -> Result<Candidates, HeldError> {
        let (index, query) = (self.index()?, query.clone());
        self.source.can_look_for(&query)?;
        let limit = self.source.limits().candidates;
        // One more than wanted tells that there are more.
        let most = usize::try_from(limit).unwrap_or(usize::MAX);
        let most = most.saturating_add(1);
        let found = self.aside(move || index.candidates(&query, most)).await?;
        let mut candidates = Candidates::of(found, limit);
        candidates.people = self.confirmed(candidates.people).await?;
        Ok(candidates)
    }

    async fn household(&self, household: &Redacted<String>) -> Result<Vec<PersonRow>, HeldError> {
        let most = usize::try_from(HOUSEHOLD_MAX).unwrap_or(usize::MAX);
        let found = self.index()?.household(household, most);
        let mut people = self.confirmed(found).await?;
        people.retain(|row| row.household.as_ref() == Some(household));
        Ok(people)
    }

    /// The people found as their database holds them now, in the same order: flags may have been
    /// set since they were read. It is asked even where nobody was found, so that neither its work
    /// nor the time taken tells of anybody.
    async fn confirmed(&self, found: Vec<PersonRow>) -> Result<Vec<PersonRow>, HeldError> {
        if !self.how.confirm {
            return Ok(found);
        }
        let mut keys: Vec<_> = found.into_iter().map(|row| row.key).collect();
        keys.dedup();
        let nobody = [Redacted::<String>::from("")];
        let asked = if keys.is_empty() {
            &nobody
        } else {
            keys.as_slice()
        };
        let mut now: HashMap<Redacted<String>, Vec<PersonRow>> = HashMap::new();
        for row in self.source.people_of(asked).await? {
            now.entry(row.key.clone()).or_default().push(row);
        }
        let each = keys.iter().filter_map(|key| now.remove(key));
        Ok(each.flatten().collect())
    }

    async fn counts(&self) -> Result<PersonCounts, HeldError> {
        let index = self.index()?;
        self.aside(move || index.counts()).await
    }

    /// Runs `work` where it keeps nobody waiting.
    async fn aside<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, HeldError> {
        refresh::aside(&self.source, work).await
    }

    fn reach(&self) -> MutexGuard<'_, Reach> {
        // Replaced whole, so a panic elsewhere does not spoil it.
        self.reach.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The people of every source of an agency that holds them in memory.
#[derive(Debug, Clone, Default)]
pub struct AllHeld(Arc<Vec<HeldPeople>>);

impl AllHeld {
    /// These and no others.
    pub fn new(held: Vec<HeldPeople>) -> Self {
        Self(Arc::new(held))
    }

    /// Where the people of `source` are looked for.
    pub fn of<'a>(&'a self, source: &'a Source) -> Lookup<'a> {
        let held = self.0.iter().find(|held| held.source() == source.name());
        held.map_or(Lookup::Database(source), Lookup::Memory)
    }

    /// When the people of this source were last read, and how many they are; `None` where they are
    /// looked for in their database.
    pub fn state_of(&self, source: &Source) -> Option<(Timestamp, usize)> {
        let held = self.0.iter().find(|held| held.source() == source.name())?;
        let current = held.current.load();
        Some((current.read_at, current.index.people()))
    }

    /// Brings everybody up to date, whenever it is time to, until `stop` turns true. A failure
    /// leaves the old people in place until they are stale, and is tried again within a minute.
    pub async fn run(&self, mut stop: watch::Receiver<bool>) {
        if self.0.is_empty() {
            return;
        }
        let stopping = async |stop: &mut watch::Receiver<bool>| {
            tokio::time::timeout(LOOK_EVERY, stop.wait_for(|stop| *stop))
                .await
                .is_ok()
        };
        while !stopping(&mut stop).await {
            for held in self.0.iter() {
                let refreshed = tokio::select! {
                    refreshed = held.refresh_if_due() => refreshed,
                    _ = stop.wait_for(|stop| *stop) => return,
                };
                if let Err(error) = refreshed {
                    tracing::warn!(source = held.source(), %error, "people in memory were not brought up to date");
                }
            }
        }
    }
}

/// How often it is looked whether a refresh is due.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Where the people of one source are looked for.
#[derive(Debug, Clone, Copy)]
pub enum Lookup<'a> {
    /// In its database.
    Database(&'a Source),
    /// In memory.
    Memory(&'a HeldPeople),
}

impl Lookup<'_> {
    /// People who fit `query`; see [`Source::look_for`].
    ///
    /// # Errors
    ///
    /// When the source does not answer, or its people in memory are stale.
    pub async fn candidates(&self, query: &CandidateQuery) -> Result<Candidates, HeldError> {
        match self {
            Self::Database(source) => Ok(source.look_for(query).await?),
            Self::Memory(held) => held.candidates(query).await,
        }
    }

    /// Everyone of one household; see [`Source::household`].
    ///
    /// # Errors
    ///
    /// As [`Lookup::candidates`].
    pub async fn household(
        &self,
        household: &Redacted<String>,
    ) -> Result<Vec<PersonRow>, HeldError> {
        match self {
            Self::Database(source) => Ok(source.household(household).await?),
            Self::Memory(held) => held.household(household).await,
        }
    }

    /// Counts of distinct values; see [`Source::counts`].
    ///
    /// # Errors
    ///
    /// As [`Lookup::candidates`].
    pub async fn counts(&self) -> Result<PersonCounts, HeldError> {
        match self {
            Self::Database(source) => Ok(source.counts().await?),
            Self::Memory(held) => held.counts().await,
        }
    }
}
