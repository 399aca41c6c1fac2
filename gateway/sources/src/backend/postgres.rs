//! `PostgreSQL`, over a small pool of connections.
//!
//! Every operation is one `BEGIN READ ONLY` transaction with its own `statement_timeout`. Instants
//! with a time zone become their date in UTC; map a view that says `AT TIME ZONE 'Europe/London'`
//! where the local date matters. Numbers are exact; a `NaN` or infinity does not fit any field.

mod decode;
mod encode;
pub(super) mod grants;

use std::collections::HashMap;
use std::error::Error as _;
use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::TryStreamExt;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Config, Error, NoTls};

use super::{Fault, NO_TLS, Shape};
use crate::limits::Limits;
use crate::query::{About, Param, Statement};
use crate::value::Cell;

/// One database of a server.
pub(crate) struct Postgres {
    config: Config,
    limits: Limits,
    /// Connections not in use; the source's gate bounds how many exist.
    idle: Mutex<Vec<Session>>,
}

struct Session {
    client: Client,
    /// By their SQL, which comes from the mapping, so there are few.
    prepared: HashMap<String, tokio_postgres::Statement>,
}

/// Most statements kept prepared on one connection.
const PREPARED_MAX: usize = 256;

impl Postgres {
    pub(super) fn open(url: &str, limits: Limits) -> Result<Self, &'static str> {
        const SHAPE: &str = "`url_file` must hold a URL such as \
                             postgres://user:password@127.0.0.1:5432/database";
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Err(SHAPE);
        }
        let mut config: Config = url.parse().map_err(|_| SHAPE)?;
        if !matches!(config.get_ssl_mode(), SslMode::Disable | SslMode::Prefer) {
            return Err(NO_TLS);
        }
        config
            .ssl_mode(SslMode::Disable)
            .application_name("stile")
            .connect_timeout(Duration::from_millis(limits.deadline_ms));
        if config.get_hosts().iter().any(is_remote) {
            tracing::warn!("a PostgreSQL source is read over an unencrypted network connection");
        }
        Ok(Self {
            config,
            limits,
            idle: Mutex::default(),
        })
    }

    pub(super) async fn rows(
        &self,
        statement: &Statement,
        deadline_ms: u64,
    ) -> Result<Vec<Vec<Cell>>, Fault> {
        while let Some(session) = self.take() {
            match self.attempt(session, statement, deadline_ms, "").await {
                // The server may have restarted since; one after another is dropped.
                Err(Fault::Unreachable) => {}
                answer => return answer,
            }
        }
        let session = self.connect().await?;
        self.attempt(session, statement, deadline_ms, "").await
    }

    pub(super) async fn shapes(&self, statement: &Statement) -> Result<Vec<Shape>, Fault> {
        let session = self.session().await?;
        let prepared = session.client.prepare(&statement.sql).await;
        let prepared = prepared.map_err(|error| fault(&error))?;
        let shapes = prepared.columns().iter();
        let shapes = shapes.map(|column| decode::shape(column.type_())).collect();
        self.put(session);
        Ok(shapes)
    }

    pub(super) async fn indexed(&self, statement: &Statement) -> Result<bool, Fault> {
        let mut statement = statement.clone();
        statement.sql.insert_str(0, "EXPLAIN ");
        let session = self.session().await?;
        // On a small table the planner prefers to scan even where an index would serve.
        let prefer_index = "SET LOCAL enable_seqscan = off;";
        let deadline_ms = self.limits.deadline_ms;
        let plan = self
            .attempt(session, &statement, deadline_ms, prefer_index)
            .await?;
        Ok(is_indexed(&plan))
    }

    pub(super) async fn writable(&self) -> Result<Option<String>, Fault> {
        for (sql, what) in grants::QUESTIONS {
            let statement = Statement {
                sql: (*sql).to_owned(),
                params: Vec::new(),
                about: About::Columns,
            };
            let rows = self.rows(&statement, self.limits.deadline_ms).await?;
            if let Some(row) = rows.into_iter().next() {
                let names: Vec<_> = row
                    .into_iter()
                    .filter_map(|cell| cell.exact().ok().flatten())
                    .collect();
                return Ok(Some(
                    format!("{what} {}", names.join(" ")).trim().to_owned(),
                ));
            }
        }
        Ok(None)
    }

    async fn attempt(
        &self,
        mut session: Session,
        statement: &Statement,
        deadline_ms: u64,
        setting: &str,
    ) -> Result<Vec<Vec<Cell>>, Fault> {
        let max_bytes = self.limits.max_value_bytes;
        let rows = session
            .read(statement, deadline_ms, setting, max_bytes)
            .await
            .map_err(|error| fault(&error))?;
        // A session that failed is not kept: its transaction and statements are in doubt.
        self.put(session);
        Ok(rows)
    }

    /// An idle connection, or a new one.
    async fn session(&self) -> Result<Session, Fault> {
        match self.take() {
            Some(session) => Ok(session),
            None => self.connect().await,
        }
    }

    async fn connect(&self) -> Result<Session, Fault> {
        let connected = self.config.connect(NoTls).await;
        let (client, connection) = connected.map_err(|error| fault(&error))?;
        // Ends by itself when the client is dropped or the server goes away.
        tokio::spawn(connection);
        Ok(Session {
            client,
            prepared: HashMap::new(),
        })
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Session>> {
        // The list is never left half-changed, so a panic elsewhere does not spoil it.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> Option<Session> {
        let mut idle = self.idle();
        idle.retain(|session| !session.client.is_closed());
        idle.pop()
    }

    fn put(&self, session: Session) {
        let mut idle = self.idle();
        if idle.len() < usize::try_from(self.limits.pool).unwrap_or(1) {
            idle.push(session);
        }
    }
}

impl Session {
    async fn read(
        &mut self,
        statement: &Statement,
        deadline_ms: u64,
        setting: &str,
        max_bytes: usize,
    ) -> Result<Vec<Vec<Cell>>, Error> {
        self.client
            .batch_execute(&format!(
                "BEGIN READ ONLY; SET LOCAL statement_timeout = {deadline_ms}; \
                 SET LOCAL TimeZone = 'UTC'; {setting}"
            ))
            .await?;
        let prepared = self.prepare(&statement.sql).await?;
        let rows = {
            let params = statement.params.iter().map(|param: &Param| {
                let param: &(dyn ToSql + Sync) = param;
                param
            });
            let mut stream = pin!(self.client.query_raw(&prepared, params).await?);
            let mut rows = Vec::new();
            while let Some(row) = stream.try_next().await? {
                rows.push(decode::row(&row, max_bytes));
            }
            rows
        };
        self.client.batch_execute("COMMIT").await?;
        Ok(rows)
    }

    async fn prepare(&mut self, sql: &str) -> Result<tokio_postgres::Statement, Error> {
        if let Some(prepared) = self.prepared.get(sql) {
            return Ok(prepared.clone());
        }
        let prepared = self.client.prepare(sql).await?;
        if self.prepared.len() >= PREPARED_MAX {
            self.prepared.clear();
        }
        self.prepared.insert(sql.to_owned(), prepared.clone());
        Ok(prepared)
    }
}

/// Does the plan use an index wherever it reads?
pub(super) fn is_indexed(plan: &[Vec<Cell>]) -> bool {
    !plan.iter().flatten().any(|step| match step {
        Cell::Text(step) => step.contains("Seq Scan"),
        _ => true,
    })
}

fn is_remote(host: &Host) -> bool {
    match host {
        Host::Tcp(host) => host != "localhost" && host != "::1" && !host.starts_with("127."),
        Host::Unix(_) => false,
    }
}

fn fault(error: &Error) -> Fault {
    let Some(state) = error.code() else {
        let cause = error.source();
        let io = cause.is_some_and(<dyn std::error::Error>::is::<std::io::Error>);
        return if io || error.is_closed() || cause.is_none() {
            Fault::Unreachable
        } else {
            Fault::Refused("client".to_owned())
        };
    };
    let schema = [
        SqlState::UNDEFINED_COLUMN,
        SqlState::UNDEFINED_TABLE,
        SqlState::UNDEFINED_FUNCTION,
        SqlState::INVALID_SCHEMA_NAME,
        SqlState::DATATYPE_MISMATCH,
        SqlState::FEATURE_NOT_SUPPORTED,
        SqlState::INSUFFICIENT_PRIVILEGE,
    ];
    if *state == SqlState::QUERY_CANCELED {
        Fault::Deadline
    } else if schema.contains(state) {
        Fault::Schema
    } else if state.code().starts_with("57P") || state.code().starts_with("08") {
        // Shutting down, starting up, or the connection was lost.
        Fault::Unreachable
    } else {
        Fault::Refused(state.code().to_owned())
    }
}
