//! Any database with an ODBC driver, through unixODBC.
//!
//! ```text
//! PostgreSQL   sessions read-only                      tried with odbc-postgresql
//! MySQL        sessions read-only                      tried with odbc-mariadb
//! SQLite       query_only                              tried with libsqliteodbc
//! SQL Server   ApplicationIntent and grants alone      written from its manual, not tried
//! Oracle       SET TRANSACTION READ ONLY               written from its manual, not tried
//! ```
//!
//! A driver blocks its thread, so each operation has one of a few threads, with the driver's own time
//! limit where it keeps one. An operation that outlives its deadline holds its place until the driver
//! lets go of it. Every text goes in as a parameter in UTF-16 and comes out as such. Every
//! transaction is rolled back.

mod account;
mod cells;
mod session;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Semaphore;

use self::session::Session;
use super::settings::Settings;
use super::{Fault, Shape};
use crate::limits::Limits;
use crate::mapping::place::OdbcDialect;
use crate::name::Dialect;
use crate::query::Statement;
use crate::value::Cell;

/// One database behind a driver.
pub(crate) struct Odbc {
    shared: Arc<Shared>,
    limits: Limits,
}

struct Shared {
    settings: Settings,
    dialect: OdbcDialect,
    max_value_bytes: usize,
    /// As many threads as connections.
    threads: Arc<Semaphore>,
    idle: Mutex<Vec<Session>>,
}

impl Odbc {
    pub(super) fn open(settings: &str, dialect: OdbcDialect, limits: Limits) -> Self {
        let threads = usize::try_from(limits.pool).unwrap_or(1);
        Self {
            shared: Arc::new(Shared {
                settings: Settings::new(settings),
                dialect,
                max_value_bytes: limits.max_value_bytes,
                threads: Arc::new(Semaphore::new(threads)),
                idle: Mutex::default(),
            }),
            limits,
        }
    }

    pub(super) fn dialect(&self) -> Dialect {
        match self.shared.dialect {
            OdbcDialect::Mysql => Dialect::Mysql,
            OdbcDialect::Oracle => Dialect::Oracle,
            OdbcDialect::Postgres => Dialect::PostgresOdbc,
            OdbcDialect::Sqlite => Dialect::Sqlite,
            OdbcDialect::SqlServer => Dialect::SqlServer,
        }
    }

    pub(super) async fn rows(
        &self,
        statement: &Statement,
        deadline_ms: u64,
    ) -> Result<Vec<Vec<Cell>>, Fault> {
        let statement = statement.clone();
        let max_bytes = self.shared.max_value_bytes;
        self.with(deadline_ms, move |session| {
            session.rows(&statement, deadline_ms, max_bytes)
        })
        .await
    }

    pub(super) async fn shapes(&self, statement: &Statement) -> Result<Vec<Shape>, Fault> {
        let statement = statement.clone();
        let deadline_ms = self.limits.deadline_ms;
        self.with(deadline_ms, move |session| {
            session.shapes(&statement, deadline_ms)
        })
        .await
    }

    pub(super) async fn indexed(&self, statement: &Statement) -> Result<bool, Fault> {
        let statement = statement.clone();
        let deadline_ms = self.limits.deadline_ms;
        self.with(deadline_ms, move |session| {
            session.indexed(statement.clone(), deadline_ms)
        })
        .await
    }

    pub(super) async fn writable(&self) -> Result<Option<String>, Fault> {
        let deadline_ms = self.limits.deadline_ms;
        self.with(deadline_ms, move |session| {
            account::writing(session, deadline_ms)
        })
        .await
    }

    /// Runs `work` on one of the threads.
    async fn with<T: Send + 'static>(
        &self,
        deadline_ms: u64,
        work: impl Fn(&Session) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let permit = Arc::clone(&self.shared.threads).acquire_owned().await;
        let permit = permit.map_err(|_| Fault::Unreachable)?;
        let shared = Arc::clone(&self.shared);
        let done = tokio::task::spawn_blocking(move || {
            // Given back when the driver is done, not when the caller gave up.
            let _permit = permit;
            shared.run(deadline_ms, work)
        });
        done.await.unwrap_or(Err(Fault::Unreachable))
    }
}

impl Shared {
    fn run<T>(
        &self,
        deadline_ms: u64,
        work: impl Fn(&Session) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        while let Some(session) = self.take() {
            match work(&session) {
                // The server may have restarted since; one after another is dropped.
                Err(Fault::Unreachable) => {}
                answer => return self.kept(session, answer),
            }
        }
        let session = Session::connect(&self.settings, self.dialect, deadline_ms)?;
        let answer = work(&session);
        self.kept(session, answer)
    }

    /// A session that failed is not kept: its transaction is in doubt.
    fn kept<T>(&self, session: Session, answer: Result<T, Fault>) -> Result<T, Fault> {
        if answer.is_ok() {
            self.idle().push(session);
        }
        answer
    }

    fn take(&self) -> Option<Session> {
        self.idle().pop()
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Session>> {
        // The list is never left half-changed, so a panic elsewhere does not spoil it.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
