//! Looks for people as the gateway does, in the systems that its configuration names.

use std::collections::BTreeMap;

use stile_exchange::clock::Clock;
use stile_linkage::{Frequencies, Match, Resolution, Sought, Thresholds, Weights};
use stile_model::id::Code;
use stile_model::subject::{CandidateQuery, PersonRow, Subject};
use stile_sources::{Source as Connected, SourceError};

use crate::config::AgencyConfig;
use crate::policy::read_vocabulary;
use crate::run::Failure;
use crate::source::read_mapping;

/// Candidates shown of those that are too unlikely, so that a miss can be understood.
const NEAREST: usize = 3;

/// The agency's systems, counted once.
pub(super) struct Finder {
    sources: Vec<Connected>,
    frequencies: Frequencies,
    thresholds: Thresholds,
}

/// What was found for one person.
pub(super) struct Looked {
    pub(super) query: CandidateQuery,
    /// Rows fetched, by source.
    pub(super) fetched: BTreeMap<String, usize>,
    /// Sources in which nobody can be looked for by what is known.
    pub(super) unasked: Vec<String>,
    /// Sources in which more people come near than are looked at.
    pub(super) capped: Vec<String>,
    pub(super) rows: Vec<PersonRow>,
    pub(super) outcome: Outcome,
    /// Best first, without sealed people. Where the outcome is none, the nearest that were too
    /// unlikely.
    pub(super) candidates: Vec<Match>,
}

/// What the gateway would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    Confident,
    Possible,
    None { weak: Option<Code> },
}

impl Finder {
    pub(super) async fn open(config: &AgencyConfig) -> Result<Self, Failure> {
        let vocabulary = read_vocabulary(&config.parts.vocabulary)?;
        let mapping = read_mapping(&config.sources, &vocabulary, &config.kind)?;
        let mut sources = Vec::new();
        let mut counts = Vec::new();
        for mapped in &mapping.sources {
            let source = crate::source::connect(mapped, &Clock::system()).await?;
            counts.push(source.counts().await?);
            sources.push(source);
        }
        Ok(Self {
            sources,
            frequencies: Frequencies::new(&counts).with_weights(config.weights.weights),
            thresholds: config.settings.thresholds,
        })
    }

    /// The same under other rates.
    pub(super) fn under(self, weights: &Weights) -> Self {
        Self {
            frequencies: self.frequencies.with_weights(*weights),
            ..self
        }
    }

    /// Names of the systems.
    pub(super) fn connected(&self) -> Vec<&str> {
        self.sources.iter().map(Connected::name).collect()
    }

    pub(super) fn people(&self) -> u64 {
        self.frequencies.people()
    }

    /// Looks for one person in every system.
    ///
    /// # Errors
    ///
    /// When a system does not answer.
    pub(super) async fn look(&self, subject: &Subject) -> Result<Looked, Failure> {
        let sought = Sought::new(subject, &self.frequencies);
        let query = sought.lists();
        let mut rows = Vec::new();
        let mut fetched = BTreeMap::new();
        let (mut unasked, mut capped) = (Vec::new(), Vec::new());
        for source in &self.sources {
            let found = match source.look_for(&query).await {
                Err(SourceError::Unasked { name }) => {
                    unasked.push(name);
                    continue;
                }
                found => found?,
            };
            fetched.insert(source.name().to_owned(), found.people.len());
            capped.extend(found.capped.then(|| source.name().to_owned()));
            rows.extend(found.people);
        }
        let (outcome, candidates) = self.weigh(&sought, &rows);
        Ok(Looked {
            query,
            fetched,
            unasked,
            capped,
            rows,
            outcome,
            candidates,
        })
    }

    /// What the gateway would say, and everybody who competes; a sealed person looks like nobody.
    fn weigh(&self, sought: &Sought<'_>, rows: &[PersonRow]) -> (Outcome, Vec<Match>) {
        let is_open = |found: &Match| {
            let mut own = found.rows.iter().filter_map(|place| rows.get(*place));
            !own.any(|row| row.sealed)
        };
        let competing = |possible, shown| {
            let asked = Thresholds {
                possible,
                shown,
                always_human: true,
                ..self.thresholds
            };
            match sought.resolve(rows, &asked) {
                Resolution::Possible(found) => found.into_iter().filter(is_open).collect(),
                Resolution::Confident(_) | Resolution::None { .. } => Vec::new(),
            }
        };
        let Thresholds {
            possible, shown, ..
        } = self.thresholds;
        match sought.resolve(rows, &self.thresholds) {
            Resolution::Confident(found) if is_open(&found) => {
                (Outcome::Confident, competing(possible, shown))
            }
            Resolution::Possible(found) if found.iter().any(is_open) => {
                (Outcome::Possible, competing(possible, shown))
            }
            _ => {
                let alone = sought.resolve(&[], &self.thresholds);
                let weak = match alone {
                    Resolution::None { weak } => weak,
                    Resolution::Confident(_) | Resolution::Possible(_) => None,
                };
                let unlikely = competing(0.0, NEAREST).into_iter();
                let nearest = unlikely.filter(|found| found.probability < possible);
                (Outcome::None { weak }, nearest.collect())
            }
        }
    }
}
