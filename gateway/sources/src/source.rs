//! One connected source: every question it can be asked, each bounded.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use stile_model::id::CategoryId;
use stile_model::redact::Redacted;
use stile_model::subject::{CandidateQuery, PersonCounts, PersonRow, Record};
use stile_model::time::Date;
use stile_model::vocabulary::Vocabulary;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};

use crate::backend::{Backend, Fault, Shape};
use crate::breaker::Breaker;
use crate::check::{self, CheckReport};
use crate::error::SourceError;
use crate::limits::{COUNTING_FACTOR, HOUSEHOLD_MAX, Limits};
use crate::mapping::{ColumnName, SourceMapping, TableName};
use crate::name::Dialect;
use crate::query::{self, Statement};
use crate::value::{Cell, Misfit};
use crate::{counts, people, records};

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

/// The records of one person in one category.
#[derive(Debug, Clone, PartialEq)]
pub struct Records {
    /// Oldest first; undated ones come before all others.
    pub records: Vec<Record>,
    /// There are more than the row cap let through; the oldest were left out.
    pub capped: bool,
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
        let limits = limits.clamped();
        let permits = usize::try_from(limits.pool).unwrap_or(1);
        let source = Self(Arc::new(Inner {
            backend: Backend::open(mapping, limits)?,
            mapping: mapping.clone(),
            limits,
            gate: Semaphore::new(permits),
            breaker: Mutex::default(),
        }));
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
    /// date of birth and postcode; other names count as names.
    ///
    /// # Errors
    ///
    /// When the database does not answer, a column is missing, or a value is no valid text. An
    /// unreadable date of birth is no error: the person comes without one.
    pub async fn candidates(&self, query: &CandidateQuery) -> Result<Vec<PersonRow>, SourceError> {
        let limit = self.limits().candidates;
        let person = &self.mapping().person;
        let statement = query::candidates(person, query, self.dialect(), limit);
        self.people(statement).await
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
        let statement = query::household(person, household.reveal(), self.dialect(), HOUSEHOLD_MAX);
        self.people(statement).await
    }

    /// One person's records of `category`.
    ///
    /// Reads the columns of `fields` (last words; those this source does not map are left out), the
    /// record's key and the mapped date, recorded, sealed and grading columns, and no other.
    /// Records before `not_before` are left out; undated ones are kept, since they may be within.
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

    async fn people(&self, statement: Option<Statement>) -> Result<Vec<PersonRow>, SourceError> {
        match statement {
            Some(statement) => people::people(self, &statement).await,
            None => Ok(Vec::new()),
        }
    }

    async fn refuse_writing(&self) -> Result<(), SourceError> {
        let table = &self.mapping().person.table;
        let found = self
            .guarded(self.limits().deadline_ms, self.0.backend.writable())
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

    pub(crate) fn mapping(&self) -> &SourceMapping {
        &self.0.mapping
    }

    pub(crate) fn limits(&self) -> Limits {
        self.0.limits
    }

    pub(crate) fn dialect(&self) -> Dialect {
        self.0.backend.dialect()
    }

    /// Runs one statement over `table`; if the schema has changed, says which of `columns` did.
    pub(crate) async fn rows(
        &self,
        statement: &Statement,
        table: &TableName,
        columns: &[&ColumnName],
    ) -> Result<Vec<Vec<Cell>>, SourceError> {
        self.rows_within(self.limits().deadline_ms, statement, table, columns)
            .await
    }

    /// As [`Source::rows`], for the whole table.
    pub(crate) async fn whole(
        &self,
        statement: &Statement,
        table: &TableName,
        columns: &[&ColumnName],
    ) -> Result<Vec<Vec<Cell>>, SourceError> {
        let deadline_ms = self.limits().deadline_ms;
        let deadline_ms = deadline_ms.saturating_mul(u64::from(COUNTING_FACTOR));
        self.rows_within(deadline_ms, statement, table, columns)
            .await
    }

    async fn rows_within(
        &self,
        deadline_ms: u64,
        statement: &Statement,
        table: &TableName,
        columns: &[&ColumnName],
    ) -> Result<Vec<Vec<Cell>>, SourceError> {
        let asked = self.0.backend.rows(statement, deadline_ms);
        match self.guarded(deadline_ms, asked).await {
            Ok(rows) => Ok(rows),
            Err(Trouble::Fault(Fault::Schema)) => {
                Err(self.changed(table, columns, deadline_ms).await)
            }
            Err(trouble) => Err(self.error(trouble, table, "*")),
        }
    }

    /// The shapes of `columns`.
    pub(crate) async fn shapes(
        &self,
        table: &TableName,
        columns: &[&ColumnName],
    ) -> Result<Vec<Shape>, SourceError> {
        let statement = query::shape(table, columns, self.dialect());
        let asked = self.0.backend.shapes(&statement);
        let column = columns.first().map_or("*", |column| column.as_str());
        self.guarded(self.limits().deadline_ms, asked)
            .await
            .map_err(|trouble| self.error(trouble, table, column))
    }

    /// Does an index serve `statement`? `None` when the account may not know.
    pub(crate) async fn indexed(
        &self,
        statement: &Statement,
        table: &TableName,
    ) -> Result<Option<bool>, SourceError> {
        let asked = self.0.backend.indexed(statement);
        match self.guarded(self.limits().deadline_ms, asked).await {
            Ok(indexed) => Ok(Some(indexed)),
            Err(Trouble::Fault(Fault::Hidden)) => Ok(None),
            Err(trouble) => Err(self.error(trouble, table, "*")),
        }
    }

    /// The error that names the first column which can no longer be read.
    async fn changed(
        &self,
        table: &TableName,
        columns: &[&ColumnName],
        deadline_ms: u64,
    ) -> SourceError {
        let mut missing = Vec::new();
        for column in columns {
            match self.shapes(table, &[column]).await {
                Err(SourceError::SchemaChanged { .. }) => missing.push(*column),
                Err(other) => return other,
                Ok(_) => {}
            }
        }
        tracing::warn!(source = self.name(), %table, deadline_ms, "a mapped column cannot be read");
        match missing.as_slice() {
            [column] => self.schema_changed(table, column.as_str()),
            [column, ..] if missing.len() < columns.len() => {
                self.schema_changed(table, column.as_str())
            }
            // All or none: the table itself.
            _ => self.schema_changed(table, "*"),
        }
    }

    fn schema_changed(&self, table: &TableName, column: &str) -> SourceError {
        SourceError::SchemaChanged {
            name: self.name().to_owned(),
            table: table.to_string(),
            column: column.to_owned(),
        }
    }

    /// The error for a value of `table.column` that does not fit.
    pub(crate) fn misfit(
        &self,
        misfit: Misfit,
        table: &TableName,
        column: &ColumnName,
    ) -> SourceError {
        let (name, table, column) = (
            self.name().to_owned(),
            table.to_string(),
            column.to_string(),
        );
        match misfit {
            Misfit::Bad => SourceError::BadValue {
                name,
                table,
                column,
            },
            Misfit::TooLong => SourceError::TooLong {
                name,
                table,
                column,
                max_bytes: self.limits().max_value_bytes,
            },
        }
    }

    /// Passes one operation through circuit breaker, bulkhead and deadline, in that order.
    async fn guarded<T>(
        &self,
        deadline_ms: u64,
        work: impl Future<Output = Result<T, Fault>>,
    ) -> Result<T, Trouble> {
        let start = Instant::now();
        self.breaker().admit(start).map_err(Trouble::Open)?;
        let until = start + Duration::from_millis(deadline_ms);
        let overdue = Trouble::Overdue(deadline_ms);
        // Waiting for others is not the database's failure, so the breaker is not told.
        let Ok(Ok(_permit)) = timeout_at(until, self.0.gate.acquire()).await else {
            return Err(overdue);
        };
        let answer = timeout_at(until, work)
            .await
            .unwrap_or(Err(Fault::Deadline));
        match answer {
            Ok(answer) => {
                self.breaker().succeeded();
                Ok(answer)
            }
            Err(Fault::Deadline) => {
                self.breaker().failed(Instant::now());
                Err(overdue)
            }
            Err(Fault::Unreachable) => {
                self.breaker().failed(Instant::now());
                Err(Trouble::Fault(Fault::Unreachable))
            }
            // The database answered, if only to refuse.
            Err(fault) => {
                self.breaker().succeeded();
                Err(Trouble::Fault(fault))
            }
        }
    }

    fn breaker(&self) -> MutexGuard<'_, Breaker> {
        // Never held across a wait or a call that could panic half-way.
        self.0
            .breaker
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn error(&self, trouble: Trouble, table: &TableName, column: &str) -> SourceError {
        let name = self.name().to_owned();
        let fault = match trouble {
            Trouble::Open(wait) => {
                let retry_after_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
                return SourceError::CircuitOpen {
                    name,
                    retry_after_ms,
                };
            }
            Trouble::Overdue(deadline_ms) => return SourceError::Deadline { name, deadline_ms },
            Trouble::Fault(fault) => fault,
        };
        match fault {
            Fault::Deadline => SourceError::Deadline {
                name,
                deadline_ms: self.limits().deadline_ms,
            },
            Fault::Hidden => SourceError::Refused {
                name,
                code: "plan hidden".to_owned(),
            },
            Fault::Refused(code) => SourceError::Refused { name, code },
            Fault::Schema => self.schema_changed(table, column),
            Fault::Unreachable => SourceError::Unreachable { name },
            Fault::Unusable(problem) => SourceError::Mapping {
                name,
                problem: problem.to_owned(),
            },
        }
    }
}

/// Why an operation gave no answer, before it is put into words.
enum Trouble {
    Fault(Fault),
    /// The circuit is open for this long.
    Open(Duration),
    /// Past this many milliseconds.
    Overdue(u64),
}
