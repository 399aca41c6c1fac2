//! Filling the sets: everybody the agency holds is read page by page, twice, away from the answers.
//!
//! The first time through finds the sealed and the protected people, the second makes tokens of all who
//! are not sealed. Tokens of an epoch are kept in memory, so that the next round evaluates only keys that
//! are new.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::try_join_all;
use stile_linkage::presence::{Builder, Context, Done, PresenceError, Published};
use stile_model::id::Code;
use stile_model::redact::Redacted;
use stile_model::subject::PersonRow;
use stile_model::time::Date;
use stile_sources::{PeoplePage, Source};
use tokio::task::spawn_blocking;

use super::super::Agency;
use super::epoch::Key;
use super::knowable::Knowable;
use super::members::{Marked, members};
use super::set::PublishedSets;
use super::{PresenceWay, unavailable};
use crate::error::ExchangeError;
use crate::random;

/// How often it is looked whether something is to be done.
pub(super) const STEP: Duration = Duration::from_secs(1);
/// Longest pause after a round that failed, so that a system that is down is not asked without end.
const AFTER_FAILURE: Duration = Duration::from_secs(10);
/// Pauses before a page is asked for again.
const PAUSES: [Duration; 3] = [
    Duration::from_millis(250),
    Duration::from_secs(1),
    Duration::from_secs(4),
];
/// People read at once.
const PAGE: u32 = 500;
/// Most pages worked on at once.
const WORKERS_MAX: usize = 4;

/// The tokens of one epoch.
#[derive(Debug)]
pub(super) struct Filling {
    epoch: u32,
    builder: Arc<Builder>,
}

/// What a round rests on.
struct Round {
    knowable: Arc<Knowable>,
    marked: Arc<Marked>,
    today: Date,
    workers: usize,
}

impl Agency {
    /// Turns the epochs, withdraws sets that may not be used any more, and makes new ones where due.
    ///
    /// # Errors
    ///
    /// When people could not be read or something could not be kept; what is published stays so.
    pub(super) async fn presence_step(self: &Arc<Self>) -> Result<(), ExchangeError> {
        let settings = self.presence_settings()?;
        let now = self.clock.now();
        self.forget_spent(now).await?;
        if settings.form == PresenceWay::Asked {
            return Ok(());
        }
        let knowable = self.knowable_ahead(&self.footing(), now.date()).await?;
        let ruled = knowable.digest();
        let keys = self.turn_epochs(ruled, settings.epoch_days, now).await?;
        let live = &self.live.presence;
        let published = live.sets.load_full();
        let current = keys.current.epoch.number;
        if let Some(sets) = &published
            && (sets.knowable != ruled || keys.accepted(sets.epoch, now).is_none())
        {
            live.sets.store(None);
        }
        let refresh_s = i64::from(settings.refresh_min) * 60;
        let due = published.is_none_or(|sets| {
            sets.knowable != ruled
                || sets.epoch != current
                || now >= sets.built_at.plus_s(refresh_s)
                // Made while the clock was ahead: they would never be old.
                || now < sets.built_at
        });
        if !due {
            return Ok(());
        }
        let made = match self.fill(&keys.current, &knowable, now.date()).await {
            Ok(made) => made,
            Err(error) => {
                tokio::time::sleep(AFTER_FAILURE).await;
                return Err(error);
            }
        };
        let sets = PublishedSets::new(&keys.current.epoch, ruled, now, refresh_s, made);
        self.publish_sets(sets, &keys.current).await;
        Ok(())
    }

    /// Publishes sets, unless another policy has come into force while they were made.
    async fn publish_sets(&self, sets: PublishedSets, key: &Key) {
        let ruled = self.knowable(&self.footing(), self.clock.now().date());
        if ruled.digest() != sets.knowable {
            return;
        }
        let sets = Arc::new(sets);
        self.live.presence.sets.store(Some(Arc::clone(&sets)));
        self.cache_sets(&sets, key).await;
    }

    /// Goes through everybody and makes the sets of every purpose.
    async fn fill(
        &self,
        key: &Key,
        knowable: &Arc<Knowable>,
        today: Date,
    ) -> Result<Vec<Published>, ExchangeError> {
        let mut held = self.live.presence.builder.lock().await;
        let builder = match held.take() {
            Some(filling) if filling.epoch == key.epoch.number => filling.builder,
            _ => Arc::new(self.builder(key)?),
        };
        let filling = held.insert(Filling {
            epoch: key.epoch.number,
            builder,
        });
        let purposes: Vec<Code> = knowable.purposes().cloned().collect();
        own(&mut filling.builder)?
            .offer(purposes)
            .map_err(|error| broken(&error))?;
        let round = Round {
            knowable: Arc::clone(knowable),
            marked: Arc::new(self.marked_people(filling.builder.context()).await?),
            today,
            workers: workers(),
        };
        for source in &self.sources {
            fill_from(source, &mut filling.builder, &round).await?;
        }
        let (builder, made) = finish(held.take()).await?;
        let progress = builder.progress();
        tracing::info!(
            epoch = key.epoch.number,
            people = progress.people,
            keys = progress.keys,
            evaluated = progress.evaluated,
            "presence sets were made"
        );
        *held = Some(Filling {
            epoch: key.epoch.number,
            builder,
        });
        Ok(made)
    }

    fn builder(&self, key: &Key) -> Result<Builder, ExchangeError> {
        let context = Context {
            agency: self.me.clone(),
            epoch: key.epoch.number,
        };
        Builder::new(context, key.epoch.secret(&self.me)?, []).map_err(|error| broken(&error))
    }

    async fn marked_people(&self, context: &Context) -> Result<Marked, ExchangeError> {
        let mut marked = Marked::default();
        for source in &self.sources {
            let mut pages = Pages::of(source);
            while let Some(page) = pages.next().await? {
                marked.take(&page, context);
            }
        }
        Ok(marked)
    }
}

/// Reads one source to its end, as many pages at once as there are workers.
async fn fill_from(
    source: &Source,
    builder: &mut Arc<Builder>,
    round: &Round,
) -> Result<(), ExchangeError> {
    let mut pages = Pages::of(source);
    loop {
        let mut working = Vec::new();
        while working.len() < round.workers
            && let Some(page) = pages.next().await?
        {
            working.push(work(page, Arc::clone(builder), round));
        }
        if working.is_empty() {
            return Ok(());
        }
        let done = try_join_all(working).await?;
        let builder = own(builder)?;
        for done in &done {
            builder.take(done);
        }
    }
}

async fn work(
    page: Vec<PersonRow>,
    builder: Arc<Builder>,
    round: &Round,
) -> Result<Done, ExchangeError> {
    let (marked, knowable) = (Arc::clone(&round.marked), Arc::clone(&round.knowable));
    let today = round.today;
    let worked = spawn_blocking(move || {
        let people = members(page, &marked, &knowable, &builder, today);
        builder.work(people.iter().map(|(row, purposes)| (row, *purposes)))
    });
    worked
        .await
        .map_err(|_| ExchangeError::Stored("presence set"))?
        .map_err(|error| broken(&error))
}

/// Ends the round; building filters over millions of members takes seconds.
async fn finish(filling: Option<Filling>) -> Result<(Arc<Builder>, Vec<Published>), ExchangeError> {
    let mut builder = filling
        .ok_or(ExchangeError::Stored("presence set"))?
        .builder;
    let random = random::bytes()?;
    let finished = spawn_blocking(move || -> Result<_, ExchangeError> {
        let made = own(&mut builder)?
            .finish(&random)
            .map_err(|error| broken(&error))?;
        Ok((builder, made))
    });
    finished
        .await
        .map_err(|_| ExchangeError::Stored("presence set"))?
}

/// The builder while nobody else works with it.
fn own(builder: &mut Arc<Builder>) -> Result<&mut Builder, ExchangeError> {
    Arc::get_mut(builder).ok_or(ExchangeError::Stored("presence set"))
}

fn broken(error: &PresenceError) -> ExchangeError {
    tracing::error!(%error, "a presence set could not be made");
    ExchangeError::Stored("presence set")
}

/// Half of the machine's cores: the other half answers.
fn workers() -> usize {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    (cores / 2).clamp(1, WORKERS_MAX)
}

/// Everybody of one source, page by page.
struct Pages<'a> {
    source: &'a Source,
    /// The key to read on from; none at the beginning.
    after: Option<Redacted<String>>,
    ended: bool,
}

impl<'a> Pages<'a> {
    const fn of(source: &'a Source) -> Self {
        Self {
            source,
            after: None,
            ended: false,
        }
    }

    async fn next(&mut self) -> Result<Option<Vec<PersonRow>>, ExchangeError> {
        if self.ended {
            return Ok(None);
        }
        let PeoplePage { people, next } = self.read().await?;
        self.ended = next.is_none();
        self.after = next;
        Ok(Some(people))
    }

    /// Reads a page, again after a pause where a busy system did not answer: one slow page of
    /// thousands must not undo a round.
    async fn read(&self) -> Result<PeoplePage, ExchangeError> {
        let mut pauses = PAUSES.iter();
        loop {
            let error = match self.source.all_people(self.after.as_ref(), PAGE).await {
                Ok(page) => return Ok(page),
                Err(error) => error,
            };
            let Some(pause) = pauses.next() else {
                tracing::warn!(source = self.source.name(), %error, "people were not read for presence");
                return Err(unavailable());
            };
            tokio::time::sleep(*pause).await;
        }
    }
}
