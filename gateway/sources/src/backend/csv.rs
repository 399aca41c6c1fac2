//! A folder of CSV files: read whole and checked before they are asked, and swapped whole.
//!
//! ```text
//! files changed? -> settled? -> read, checked -> tables in memory -> in force
//!                      no: the old stay            no: the old stay, and it is said why
//! ```
//!
//! Before each question the folder is looked at; newer files that are good are in force before it is
//! answered, because what they leave out may no longer be disclosed. Files older than `age_max_h`
//! answer nothing.

mod decode;
mod load;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use self::load::{Loaded, Refusal, Signature, Wanted};
use super::sqlite::Sqlite;
use super::{ExtractState, Fault};
use crate::limits::Limits;
use crate::mapping::SourceMapping;
use crate::mapping::place::CsvPlace;

/// How often the folder is looked at while nobody asks.
const LOOK: Duration = Duration::from_secs(15);

/// How long a start waits for files that may still be written to.
const SETTLE_AT_START: Duration = Duration::from_secs(10);

/// One folder.
pub(crate) struct Csv(Arc<Shared>);

struct Shared {
    name: String,
    wanted: Wanted,
    /// Held while the folder is looked at, so that files are read once.
    looking: Arc<tokio::sync::Mutex<()>>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    current: Option<Arc<Loaded>>,
    /// How many sets of files have come into force.
    set: u64,
    /// The files that were last refused: they are not read again until they change.
    refused: Option<Signature>,
    problem: Option<String>,
    /// Newer files are there that may still be written to.
    unsettled: bool,
}

impl Csv {
    pub(super) fn open(mapping: &SourceMapping, place: &CsvPlace, limits: Limits) -> Self {
        Self(Arc::new(Shared {
            name: mapping.name.clone(),
            wanted: Wanted::new(mapping, place.clone(), limits),
            looking: Arc::default(),
            state: Mutex::default(),
        }))
    }

    /// Reads the files for the first time, and has the folder looked at from then on.
    pub(super) async fn ready(&self) -> Result<(), Fault> {
        let settle = Duration::from_secs(self.0.wanted.place.format.settle_s.into());
        let until = Instant::now() + settle.min(SETTLE_AT_START);
        loop {
            self.look().await?;
            let (ready, unsettled, problem) = {
                let state = self.0.state();
                (
                    state.current.is_some(),
                    state.unsettled,
                    state.problem.clone(),
                )
            };
            if ready {
                break;
            }
            if !unsettled || Instant::now() >= until {
                return Err(Fault::Extract(problem.unwrap_or_default()));
            }
            sleep(Duration::from_millis(250)).await;
        }
        tokio::spawn(watch(Arc::downgrade(&self.0)));
        Ok(())
    }

    /// The tables in force.
    pub(super) async fn tables(&self) -> Result<InForce, Fault> {
        self.look().await?;
        let state = self.0.state();
        let Some(loaded) = &state.current else {
            return Err(Fault::Extract(state.problem.clone().unwrap_or_default()));
        };
        let age_max_h = self.0.wanted.place.format.age_max_h;
        if loaded.age_s() > u64::from(age_max_h) * 3_600 {
            return Err(Fault::Stale(age_max_h));
        }
        Ok(InForce(Arc::clone(loaded)))
    }

    pub(super) fn state(&self) -> ExtractState {
        let state = self.0.state();
        ExtractState {
            set: state.set,
            age_s: state.current.as_ref().map_or(0, |loaded| loaded.age_s()),
            age_max_h: self.0.wanted.place.format.age_max_h,
            problem: state.problem.clone(),
        }
    }

    async fn look(&self) -> Result<(), Fault> {
        let guard = Arc::clone(&self.0.looking).lock_owned().await;
        let shared = Arc::clone(&self.0);
        // A task of its own: when whoever asked gives up waiting, the files are still read and kept.
        let looked = tokio::task::spawn_blocking(move || {
            shared.look();
            drop(guard);
        });
        looked.await.map_err(|_| Fault::Unreachable)
    }
}

/// The tables of one set of files; they stay while somebody reads them.
pub(crate) struct InForce(Arc<Loaded>);

impl std::ops::Deref for InForce {
    type Target = Sqlite;

    fn deref(&self) -> &Sqlite {
        &self.0.tables
    }
}

/// Looks at the folder from time to time, for as long as the source is used.
async fn watch(shared: Weak<Shared>) {
    loop {
        sleep(LOOK).await;
        let Some(shared) = shared.upgrade() else {
            return;
        };
        // What is wrong is kept with the state, and said there.
        let _ = Csv(shared).look().await;
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // Never left half-changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the files if they are new; blocks.
    fn look(&self) {
        let (old, refused) = {
            let state = self.state();
            (state.current.clone(), state.refused.clone())
        };
        let signature = match self.wanted.signature() {
            Ok(signature) => signature,
            Err(problem) => return self.keep_old(problem, None, false),
        };
        if old.as_ref().is_some_and(|old| old.signature == signature) {
            let mut state = self.state();
            (state.problem, state.refused, state.unsettled) = (None, None, false);
            return;
        }
        if refused.as_ref() == Some(&signature) {
            return;
        }
        match self.wanted.load(&signature, old.as_deref()) {
            Ok(loaded) => {
                tracing::info!(source = self.name, rows = ?loaded.rows, "new files are in force");
                let mut state = self.state();
                *state = State {
                    current: Some(Arc::new(loaded)),
                    set: state.set.saturating_add(1),
                    ..State::default()
                };
            }
            Err(Refusal::Unsettled(problem)) => self.keep_old(problem, None, true),
            Err(Refusal::Bad(problem)) => self.keep_old(problem, Some(signature), false),
        }
    }

    fn keep_old(&self, problem: String, refused: Option<Signature>, unsettled: bool) {
        let mut state = self.state();
        if state.problem.as_ref() != Some(&problem) {
            tracing::warn!(source = self.name, problem, "newer files are not in force");
        }
        (state.problem, state.refused, state.unsettled) = (Some(problem), refused, unsettled);
    }
}
