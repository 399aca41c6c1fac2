//! How every question reaches the database: through the bulkhead, the breaker and a deadline.

use std::sync::{Arc, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::time::{Instant, timeout, timeout_at};

use super::{Inner, Source};
use crate::backend::{Fault, Shape};
use crate::breaker::{Breaker, COOL_DOWN};
use crate::error::SourceError;
use crate::limits::COUNTING_FACTOR;
use crate::mapping::{ColumnName, SourceMapping, TableName};
use crate::name::Dialect;
use crate::query::{self, Statement};
use crate::value::{Cell, Misfit};

impl Source {
    /// Is it left alone until it answers again, because it failed several times in a row?
    pub fn is_resting(&self) -> bool {
        self.breaker().is_open()
    }

    pub(crate) fn mapping(&self) -> &SourceMapping {
        &self.0.mapping
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

    pub(super) async fn rows_within(
        &self,
        deadline_ms: u64,
        statement: &Statement,
        table: &TableName,
        columns: &[&ColumnName],
    ) -> Result<Vec<Vec<Cell>>, SourceError> {
        // On the heap: some systems need much room for what they wait for.
        let asked = Box::pin(self.0.backend.rows(statement, deadline_ms));
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
        let asked = Box::pin(self.0.backend.shapes(&statement));
        let column = columns.first().map_or("*", |column| column.as_str());
        self.guarded(self.limits().deadline_ms, asked)
            .await
            .map_err(|trouble| self.error(trouble, table, column))
    }

    /// What `statement` sends to its system, line by line.
    pub(crate) fn sent(
        &self,
        statement: &Statement,
        table: &TableName,
    ) -> Result<Vec<String>, SourceError> {
        let sent = self.0.backend.sent(statement);
        sent.map_err(|fault| self.error(Trouble::Fault(fault), table, "*"))
    }

    /// How the database would run `statement`; `None` where it does not say, or not to this account.
    pub(crate) async fn explained(
        &self,
        statement: &Statement,
        table: &TableName,
    ) -> Result<Option<Vec<String>>, SourceError> {
        let asked = Box::pin(self.0.backend.explained(statement));
        match self.guarded(self.limits().deadline_ms, asked).await {
            Ok(explained) => Ok(explained),
            Err(Trouble::Fault(Fault::Hidden)) => Ok(None),
            Err(trouble) => Err(self.error(trouble, table, "*")),
        }
    }

    /// Does an index serve `statement`? `None` when the account may not know.
    pub(crate) async fn indexed(
        &self,
        statement: &Statement,
        table: &TableName,
    ) -> Result<Option<bool>, SourceError> {
        let asked = Box::pin(self.0.backend.indexed(statement));
        match self.guarded(self.limits().deadline_ms, asked).await {
            Ok(indexed) => Ok(Some(indexed)),
            Err(Trouble::Fault(Fault::Hidden)) => Ok(None),
            Err(trouble) => Err(self.error(trouble, table, "*")),
        }
    }

    /// The error that names the first column which can no longer be read.
    pub(super) async fn changed(
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

    pub(super) fn schema_changed(&self, table: &TableName, column: &str) -> SourceError {
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
    pub(super) async fn guarded<T>(
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
                self.failed();
                Err(overdue)
            }
            Err(Fault::Unreachable) => {
                self.failed();
                Err(Trouble::Fault(Fault::Unreachable))
            }
            // Nothing was sent, so nothing is known of whether it answers.
            Err(fault @ (Fault::Unasked | Fault::Unusable(_))) => {
                self.breaker().unsent(Instant::now());
                Err(Trouble::Fault(fault))
            }
            // The database answered, if only to refuse.
            Err(fault) => {
                self.breaker().succeeded();
                Err(Trouble::Fault(fault))
            }
        }
    }

    fn failed(&self) {
        // Its own statement: the lock is let go before anything is begun.
        let opening = self.breaker().failed(Instant::now());
        let Some(opening) = opening else {
            return;
        };
        tracing::warn!(
            source = self.name(),
            "a source is left alone until it answers again"
        );
        // Where it can be asked of nobody in particular; else the next question is the trial.
        if self.0.backend.can_be_tried() {
            tokio::spawn(until_it_answers(Arc::downgrade(&self.0), opening));
        }
    }

    /// Does it answer, and still not let itself be written?
    async fn answers(&self) -> bool {
        let patience = Duration::from_millis(self.limits().deadline_ms);
        let tried = timeout(patience, self.tried()).await;
        match tried.unwrap_or(Err(Fault::Deadline)) {
            Ok(Some(what)) => {
                tracing::error!(source = self.name(), what, "the account can write");
                false
            }
            Err(Fault::Deadline | Fault::Unreachable) => false,
            // A refusal is an answer, too; the next question hears why.
            Ok(None)
            | Err(
                Fault::Extract(_)
                | Fault::Hidden
                | Fault::Refused(_)
                | Fault::Schema
                | Fault::Stale(_)
                | Fault::TooMuch(_)
                | Fault::Unasked
                | Fault::Unusable(_),
            ) => true,
        }
    }

    /// How the account could write, if at all. A catalogue, or a server's own page, may answer where
    /// nobody can be looked for, so somebody is read, too.
    async fn tried(&self) -> Result<Option<String>, Fault> {
        let _permit = self.0.gate.acquire().await.map_err(|_| Fault::Deadline)?;
        let can_write = Box::pin(self.0.backend.writable()).await?;
        if can_write.is_none() {
            let person = &self.mapping().person;
            let anybody = query::sample(&person.table, &person.key, self.dialect());
            let deadline_ms = self.limits().deadline_ms;
            Box::pin(self.0.backend.rows(&anybody, deadline_ms)).await?;
        }
        Ok(can_write)
    }

    /// Takes what a trial of this opening found; says whether another is needed.
    fn goes_on(&self, opening: u64, answers: bool) -> bool {
        let mut breaker = self.breaker();
        if !breaker.is_still(opening) {
            // A question was faster.
            return false;
        }
        if answers {
            breaker.succeeded();
        } else {
            breaker.failed(Instant::now());
        }
        drop(breaker);
        if answers {
            tracing::info!(source = self.name(), "a source answers again");
        }
        !answers
    }

    pub(super) fn breaker(&self) -> MutexGuard<'_, Breaker> {
        // Never held across a wait or a call that could panic half-way.
        self.0
            .breaker
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn error(&self, trouble: Trouble, table: &TableName, column: &str) -> SourceError {
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
            Fault::Extract(problem) => SourceError::Mapping { name, problem },
            Fault::Hidden => SourceError::Refused {
                name,
                code: "plan hidden".to_owned(),
            },
            Fault::Refused(code) => SourceError::Refused { name, code },
            Fault::Schema => self.schema_changed(table, column),
            Fault::Stale(age_max_h) => SourceError::Stale { name, age_max_h },
            Fault::TooMuch(what) => SourceError::TooMuch { name, what },
            Fault::Unasked => SourceError::Unasked { name },
            Fault::Unreachable => SourceError::Unreachable { name },
            Fault::Unusable(problem) => SourceError::Mapping {
                name,
                problem: problem.to_owned(),
            },
        }
    }
}

/// Tries a source that is left alone, so that no question has to wait to find out whether it is back,
/// and none is told "not checked" because it is the first one after an outage.
async fn until_it_answers(source: Weak<Inner>, opening: u64) {
    loop {
        tokio::time::sleep(COOL_DOWN).await;
        let Some(source) = source.upgrade().map(Source) else {
            return;
        };
        if !source.breaker().is_still(opening) {
            return;
        }
        let answers = source.answers().await;
        if !source.goes_on(opening, answers) {
            return;
        }
    }
}

/// Why an operation gave no answer, before it is put into words.
pub(super) enum Trouble {
    Fault(Fault),
    /// The circuit is open for this long.
    Open(Duration),
    /// Past this many milliseconds.
    Overdue(u64),
}
