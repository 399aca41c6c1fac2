//! An agency that is ready to be asked: by push-down to its database, or from its people in memory.

use std::path::Path;
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};
use stile_linkage::{Frequencies, Index, IndexBuilder, Sought, Thresholds};
use stile_model::subject::{CandidateQuery, PersonRow};
use stile_sources::{Limits, Source, SourceError};

use super::asked::Asked;
use super::database::Database;
use super::tally::Tally;
use crate::run::Failure;

/// Memory that the index may take: more than ten million people need.
const MOST_BYTES: usize = 8 << 30;

/// Where the people go, while they come.
pub(super) enum Filling {
    /// Into an index; the time is that of adding alone.
    Index(Box<IndexBuilder>, Duration),
    /// Into a database.
    Pushed(Database),
}

impl Filling {
    /// An empty index.
    pub(super) fn index() -> Self {
        Self::Index(
            Box::new(Index::builder("people", MOST_BYTES)),
            Duration::ZERO,
        )
    }

    /// Adds rows.
    pub(super) async fn add(&mut self, rows: &[PersonRow]) -> Result<(), Failure> {
        match self {
            Self::Index(builder, took) => {
                let began = Instant::now();
                rows.iter().try_for_each(|row| builder.push(row))?;
                *took += began.elapsed();
                Ok(())
            }
            Self::Pushed(database) => database.add(rows).await,
        }
    }

    /// Gets ready to be asked: indexes made, names counted.
    pub(super) async fn ready(self, folder: &Path) -> Result<Held, Failure> {
        match self {
            Self::Index(builder, adding) => {
                let began = Instant::now();
                let index = builder.finish()?;
                let built = adding + began.elapsed();
                let began = Instant::now();
                let frequencies = Frequencies::new(&[index.counts()]);
                Ok(Held {
                    people: People::Index(Box::new(index)),
                    frequencies,
                    built: Some(built),
                    counted: began.elapsed(),
                })
            }
            Self::Pushed(database) => {
                let source = database.source(folder).await?;
                let began = Instant::now();
                let frequencies = Frequencies::new(&[source.counts().await?]);
                Ok(Held {
                    people: People::Pushed(source, database),
                    frequencies,
                    built: None,
                    counted: began.elapsed(),
                })
            }
        }
    }
}

/// An agency's people and how common their names are.
pub(super) struct Held {
    people: People,
    frequencies: Frequencies,
    /// What building the index took.
    pub(super) built: Option<Duration>,
    /// What counting names took.
    pub(super) counted: Duration,
}

enum People {
    Index(Box<Index>),
    Pushed(Source, Database),
}

impl Held {
    /// Bytes that the index says it takes.
    pub(super) fn bytes(&self) -> Option<usize> {
        match &self.people {
            People::Index(index) => Some(index.bytes()),
            People::Pushed(..) => None,
        }
    }

    /// Asks about one person, and times it.
    pub(super) async fn ask(&self, asked: &Asked, tally: &mut Tally) -> Result<(), Failure> {
        let (began, cpu) = (Instant::now(), on_processor());
        let sought = Sought::new(&asked.subject, &self.frequencies);
        let query = sought.lists();
        let expanded = began.elapsed();
        let rows = self.candidates(&query).await?;
        let fetched = began.elapsed();
        let resolution = sought.resolve(&rows, &Thresholds::default());
        let whole = began.elapsed();
        tally.processor.add(on_processor().saturating_sub(cpu));
        tally.expand.add(expanded);
        tally.fetch.add(fetched.saturating_sub(expanded));
        tally.resolve.add(whole.saturating_sub(fetched));
        tally.whole.add(whole);
        tally.score(asked, &rows, &resolution);
        if let People::Pushed(_, database) = &self.people {
            let keys: Vec<String> = rows.iter().map(|row| row.key.reveal().clone()).collect();
            let began = Instant::now();
            if database.by_key(&keys).await? != keys.len() {
                return Err("the floor did not read the rows that were fetched".into());
            }
            tally.floor.add(began.elapsed());
        }
        Ok(())
    }

    async fn candidates(&self, query: &CandidateQuery) -> Result<Vec<PersonRow>, Failure> {
        match &self.people {
            People::Index(index) => {
                let most = usize::try_from(Limits::default().candidates)?;
                Ok(index.candidates(query, most))
            }
            People::Pushed(source, _) => match source.candidates(query).await {
                // An index finds nobody then.
                Err(SourceError::Unasked { .. }) => Ok(Vec::new()),
                found => Ok(found?),
            },
        }
    }

    /// For an index: reading as many bytes as it has, once over, several times.
    pub(super) fn scan(&self, tally: &mut Tally) {
        let Some(bytes) = self.bytes() else {
            return;
        };
        let words = vec![1_u64; bytes / 8];
        for _ in 0..11 {
            let began = Instant::now();
            let sum = words
                .iter()
                .fold(0_u64, |sum, word| sum.wrapping_add(*word));
            std::hint::black_box(sum);
            tally.floor.add(began.elapsed());
        }
    }
}

/// Processor time of this thread so far: it hardly changes with what else the machine is doing.
fn on_processor() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    let nanos = u32::try_from(time.tv_nsec).unwrap_or_default();
    Duration::new(seconds, nanos)
}
