//! One connected source: every question it can be asked, each bounded.

mod found;
mod reading;

use std::sync::{Arc, Mutex};

use rustls::ClientConfig;
use stile_model::id::{CategoryId, Code};
use stile_model::redact::Redacted;
use stile_model::subject::{CandidateQuery, PersonCounts, PersonRow};
use stile_model::time::Date;
use stile_model::vocabulary::Vocabulary;
use tokio::sync::Semaphore;

use crate::backend::{Backend, ExtractState};
use crate::breaker::Breaker;
use crate::check::{self, CheckReport};
use crate::error::SourceError;
use crate::limits::{HOUSEHOLD_MAX, Limits};
use crate::mapping::{ColumnName, IndexMapping, SourceMapping};
use crate::pages::{self, KeyPage, PeoplePage, Watermark};
use crate::plan::{self, PlannedStatement};
use crate::propose::{self, Proposal};
use crate::query;
use crate::sample::{self, ColumnSample};
use crate::{counts, people, records};

pub use self::found::{Candidates, Records};
use self::reading::Trouble;

/// One connected system of the agency, shared cheaply by cloning.
#[derive(Clone)]
pub struct Source(Arc<Inner>);

struct Inner {
    mapping: SourceMapping,
    limits: Limits,
    backend: Backend,
    /// The bulkhead: as many operations at once as there are connections.
    gate: Semaphore,
    breaker: Mutex<Breaker>,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Source({})", self.0.mapping.name)
    }
}

impl Source {
    /// Connects and makes sure that the account cannot write.
    ///
    /// # Errors
    ///
    /// [`SourceError::Writable`] with the privilege found; [`SourceError::Mapping`] when the
    /// settings cannot be used; [`SourceError::Unreachable`] or [`SourceError::Deadline`].
    pub async fn connect(mapping: &SourceMapping, limits: Limits) -> Result<Self, SourceError> {
        Self::connect_over(mapping, limits, None).await
    }

    /// The same with settings of TLS, for a system that is reached over it: those whose place names
    /// [`roots`](crate::Place::roots).
    ///
    /// # Errors
    ///
    /// As [`Source::connect`].
    pub async fn connect_over(
        mapping: &SourceMapping,
        limits: Limits,
        tls: Option<Arc<ClientConfig>>,
    ) -> Result<Self, SourceError> {
        let limits = limits.clamped();
        let permits = usize::try_from(limits.pool).unwrap_or(1);
        let source = Self(Arc::new(Inner {
            backend: Backend::open(mapping, limits, tls)?,
            mapping: mapping.clone(),
            limits,
            gate: Semaphore::new(permits),
            breaker: Mutex::default(),
        }));
        source.ready().await?;
        source.refuse_writing().await?;
        Ok(source)
    }

    /// The mapping's name for it: `niche`.
    pub fn name(&self) -> &str {
        &self.0.mapping.name
    }

    /// The agency's name for it: `Niche RMS`.
    pub fn system(&self) -> &str {
        &self.0.mapping.system
    }

    /// How its people are held in memory; `None` when they are looked for in the database.
    pub fn index(&self) -> Option<&IndexMapping> {
        self.0.mapping.index.as_ref()
    }

    /// How its files stand, where it is a copy that another system puts there.
    pub fn extract(&self) -> Option<ExtractState> {
        self.0.backend.extract()
    }

    /// The bounds it keeps to.
    pub fn limits(&self) -> Limits {
        self.0.limits
    }

    /// The categories it holds.
    pub fn categories(&self) -> impl Iterator<Item = &CategoryId> {
        self.0
            .mapping
            .categories
            .iter()
            .map(|mapped| &mapped.category)
    }

    /// Proves the mapping against the database: columns, types, indexes, read-only account, one
    /// round trip. Gives counts only.
    ///
    /// # Errors
    ///
    /// When the database does not answer or the account can write; what is wrong with the mapping
    /// itself is in the report.
    pub async fn check(&self, vocabulary: &Vocabulary) -> Result<CheckReport, SourceError> {
        self.refuse_writing().await?;
        check::check(self, vocabulary).await
    }

    /// Counts of distinct values over the whole person table, aliases included in the names.
    ///
    /// Takes up to thirty times the deadline. Values are exactly as held; of more than
    /// [`crate::DISTINCT_MAX`] values per column the rarest are left out.
    ///
    /// # Errors
    ///
    /// When the database does not answer, or a value is no valid text.
    pub async fn counts(&self) -> Result<PersonCounts, SourceError> {
        counts::counts(self).await
    }

    /// People who fit `query`, best pairs first, at most [`Limits::candidates`].
    ///
    /// A person qualifies when an identifier or the phone is equal, or two of surname, forename,
    /// date of birth and postcode; other names count as names. Of a FHIR or JSON server everybody
    /// qualifies whom its own searches for these bring.
    ///
    /// # Errors
    ///
    /// When the database does not answer, a column is missing, or a value is no valid text. An
    /// unreadable date of birth is no error: the person comes without one.
    /// [`SourceError::Unasked`] when nobody could qualify, whoever is held: that is no "nobody".
    pub async fn look_for(&self, query: &CandidateQuery) -> Result<Candidates, SourceError> {
        self.can_look_for(query)?;
        let most = self.limits().candidates;
        let person = &self.mapping().person;
        let statement = if self.0.backend.is_counted() {
            query::candidates(person, query, self.dialect(), most)
        } else {
            query::found(person, query, self.dialect(), most)
        };
        let Some(statement) = statement else {
            return Ok(Candidates::default());
        };
        let people = people::people(self, &statement).await?;
        Ok(Candidates::of(people, most))
    }

    /// As [`Source::look_for`], for whom it is no matter whether there are more.
    ///
    /// # Errors
    ///
    /// As [`Source::look_for`].
    pub async fn candidates(&self, query: &CandidateQuery) -> Result<Vec<PersonRow>, SourceError> {
        Ok(self.look_for(query).await?.people)
    }

    /// Makes sure that `query` could find somebody, by what is known and mapped.
    ///
    /// # Errors
    ///
    /// [`SourceError::Unasked`].
    pub fn can_look_for(&self, query: &CandidateQuery) -> Result<(), SourceError> {
        let counted = self.0.backend.is_counted();
        if query::can_find(&self.mapping().person, query, counted) {
            return Ok(());
        }
        Err(SourceError::Unasked {
            name: self.name().to_owned(),
        })
    }

    /// Everyone of one household, at most [`HOUSEHOLD_MAX`]; none when households are not mapped.
    ///
    /// # Errors
    ///
    /// As [`Source::candidates`].
    pub async fn household(
        &self,
        household: &Redacted<String>,
    ) -> Result<Vec<PersonRow>, SourceError> {
        let person = &self.mapping().person;
        match query::household(person, household.reveal(), self.dialect(), HOUSEHOLD_MAX) {
            Some(statement) => people::people(self, &statement).await,
            None => Ok(Vec::new()),
        }
    }

    /// Some of all the people, in the order of their keys, `most` (2 to [`PAGE_MAX`]) or a little
    /// fewer of them: for what must be built from everybody.
    ///
    /// Pass `None` first, then [`PeoplePage::next`] until it is `None`. Who arrives meanwhile may
    /// be left out. Takes up to thirty times the deadline.
    ///
    /// # Errors
    ///
    /// As [`Source::candidates`]; and when the key is no key, so that pages could not be told apart.
    ///
    /// [`PAGE_MAX`]: crate::PAGE_MAX
    pub async fn all_people(
        &self,
        after: Option<&Redacted<String>>,
        most: u32,
    ) -> Result<PeoplePage, SourceError> {
        pages::people(self, None, after, most).await
    }

    /// As [`Source::all_people`], of those whose `column` holds at least what `since` had reached.
    ///
    /// # Errors
    ///
    /// As [`Source::all_people`].
    pub async fn changed_people(
        &self,
        (column, since): (&ColumnName, &Watermark),
        after: Option<&Redacted<String>>,
        most: u32,
    ) -> Result<PeoplePage, SourceError> {
        pages::people(self, Some((column, since)), after, most).await
    }

    /// As [`Source::all_people`], the keys alone.
    ///
    /// # Errors
    ///
    /// As [`Source::all_people`].
    pub async fn all_keys(
        &self,
        after: Option<&Redacted<String>>,
        most: u32,
    ) -> Result<KeyPage, SourceError> {
        pages::keys(self, after, most).await
    }

    /// The people of `keys` as they are held now; who is gone is left out.
    ///
    /// # Errors
    ///
    /// As [`Source::candidates`].
    pub async fn people_of(
        &self,
        keys: &[Redacted<String>],
    ) -> Result<Vec<PersonRow>, SourceError> {
        pages::of_keys(self, keys).await
    }

    /// How many people with a key there are.
    ///
    /// # Errors
    ///
    /// When the database does not answer.
    pub async fn held(&self) -> Result<u64, SourceError> {
        pages::held(self).await
    }

    /// How far changes reach now by `column`, a date or a number that grows; `None` while no row
    /// tells.
    ///
    /// # Errors
    ///
    /// When the database does not answer, or the column holds neither.
    pub async fn watermark(&self, column: &ColumnName) -> Result<Option<Watermark>, SourceError> {
        pages::newest(self, column).await
    }

    /// One person's records of `category`.
    ///
    /// Reads the columns of `fields` (last words; those this source does not map are left out), the
    /// record's key and the mapped date, recorded, sealed and grading columns, and no other.
    /// Records before `not_before` are left out, of what is true now those that ended before it;
    /// undated ones are kept, since they may be within, or stand still.
    ///
    /// # Errors
    ///
    /// [`SourceError::BadValue`] or [`SourceError::TooLong`] when a wanted value cannot be carried:
    /// then the category counts as not checked. [`SourceError::Mapping`] when this source does not
    /// hold the category.
    pub async fn records(
        &self,
        person_key: &Redacted<String>,
        category: &CategoryId,
        fields: &[String],
        not_before: Option<Date>,
    ) -> Result<Records, SourceError> {
        let mapped = self.mapping().category(category);
        let mapped = mapped.ok_or_else(|| SourceError::Mapping {
            name: self.name().to_owned(),
            problem: format!("the mapping does not hold `{category}`"),
        })?;
        records::records(self, mapped, person_key, fields, not_before).await
    }

    /// The statements that an enquiry would run for these fields of categories, from `not_before` on,
    /// with what the database says of how it would run them. Nobody is asked about.
    ///
    /// # Errors
    ///
    /// When the database does not answer, or a table or column is missing.
    pub async fn plan(
        &self,
        wanted: &[(CategoryId, Vec<String>)],
        not_before: Option<Date>,
    ) -> Result<Vec<PlannedStatement>, SourceError> {
        plan::plan(self, wanted, not_before).await
    }

    /// What some rows of each mapped column look like: counts and shapes, never a value.
    ///
    /// # Errors
    ///
    /// When the database does not answer, or a table or column is missing.
    pub async fn sample(&self) -> Result<Vec<ColumnSample>, SourceError> {
        sample::sample(self).await
    }

    /// A mapping for a database of which nothing is mapped yet, from its tables and columns and, where
    /// dates are kept as text, from how they are written.
    ///
    /// # Errors
    ///
    /// When the database does not answer, its kind keeps no list of tables that is read here, or no
    /// table looks like people.
    pub async fn propose(
        &self,
        vocabulary: &Vocabulary,
        agency_kind: &Code,
    ) -> Result<Proposal, SourceError> {
        propose::propose(self, vocabulary, agency_kind).await
    }

    async fn ready(&self) -> Result<(), SourceError> {
        let table = &self.mapping().person.table;
        let ready = Box::pin(self.0.backend.ready()).await;
        ready.map_err(|fault| self.error(Trouble::Fault(fault), table, "*"))
    }

    async fn refuse_writing(&self) -> Result<(), SourceError> {
        let table = &self.mapping().person.table;
        let found = self
            .guarded(
                self.limits().deadline_ms,
                Box::pin(self.0.backend.writable()),
            )
            .await;
        match found {
            Ok(None) => Ok(()),
            Ok(Some(what)) => Err(SourceError::Writable {
                name: self.name().to_owned(),
                what,
            }),
            Err(trouble) => Err(self.error(trouble, table, "*")),
        }
    }
}
