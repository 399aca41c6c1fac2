//! One connection through a driver; everything here blocks.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use odbc_api::parameter::VarWCharBox;
use odbc_api::{Connection, ConnectionOptions, Cursor, Error, ResultSetMetadata, environment};

use super::cells::{Buffer, shape};
use crate::backend::settings::Settings;
use crate::backend::{Fault, Shape, mysql, postgres, sqlite};
use crate::mapping::place::OdbcDialect;
use crate::query::{About, Param, Statement};
use crate::value::Cell;

/// Held while a connection is made or closed: drivers are loaded with the first and unloaded with the
/// last one.
static CONNECTING: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    CONNECTING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One connection.
pub(super) struct Session {
    /// There until the session is dropped.
    connection: Option<Connection<'static>>,
    pub(super) dialect: OdbcDialect,
    mariadb: bool,
}

impl Session {
    pub(super) fn connect(
        settings: &Settings,
        dialect: OdbcDialect,
        deadline_ms: u64,
    ) -> Result<Self, Fault> {
        let environment = environment()
            .map_err(|_| Fault::Unusable("ODBC cannot be started; install unixODBC"))?;
        let options = ConnectionOptions {
            login_timeout_sec: Some(u32::try_from(seconds(deadline_ms)).unwrap_or(u32::MAX)),
            packet_size: None,
        };
        let connection = {
            let _alone = alone();
            environment
                .connect_with_connection_string(settings.as_str(), options)
                .map_err(|error| at_connecting(&error))?
        };
        let name = connection.database_management_system_name();
        let name = name.map_err(|error| fault(&error))?.to_ascii_lowercase();
        if !speaks(dialect, &name) {
            return Err(Fault::Unusable(
                "the database behind the driver does not speak the `dialect` of the mapping",
            ));
        }
        let mut session = Self {
            mariadb: false,
            connection: Some(connection),
            dialect,
        };
        if dialect == OdbcDialect::Mysql {
            session.mariadb = name.contains("mariadb") || session.is_mariadb(deadline_ms)?;
        }
        session.prepare_session()?;
        Ok(session)
    }

    /// Does the server say so? Drivers of `MySQL` call it by their own name, and each of the two knows
    /// the time limit of its own alone.
    fn is_mariadb(&self, deadline_ms: u64) -> Result<bool, Fault> {
        let statement = Statement {
            sql: "SELECT VERSION()".to_owned(),
            params: Vec::new(),
            about: About::Columns,
        };
        let until = Instant::now() + Duration::from_millis(deadline_ms);
        let rows = self.read(&statement, deadline_ms, until, PLAN_MAX_BYTES)?;
        let mut cells = rows.iter().flatten();
        Ok(cells.any(|cell| matches!(cell, Cell::Text(text) if text.contains("MariaDB"))))
    }

    fn connection(&self) -> Result<&Connection<'static>, Fault> {
        self.connection.as_ref().ok_or(Fault::Unreachable)
    }

    /// Nothing can be changed from here on, as far as the database lets a session say so.
    fn prepare_session(&self) -> Result<(), Fault> {
        let settings: &[&str] = match self.dialect {
            OdbcDialect::Mysql => &[
                "SET SESSION TRANSACTION READ ONLY",
                "SET SESSION time_zone = '+00:00'",
            ],
            OdbcDialect::Oracle => &[
                "ALTER SESSION SET NLS_DATE_FORMAT = 'YYYY-MM-DD'",
                "ALTER SESSION SET NLS_TIMESTAMP_FORMAT = 'YYYY-MM-DD HH24:MI:SS'",
                "ALTER SESSION SET NLS_NUMERIC_CHARACTERS = '.,'",
            ],
            OdbcDialect::Postgres => &[
                "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
                "SET DateStyle = 'ISO, YMD'",
                "SET TimeZone = 'UTC'",
            ],
            OdbcDialect::Sqlite => &["PRAGMA query_only = ON", "PRAGMA trusted_schema = OFF"],
            OdbcDialect::SqlServer => &["SET DATEFORMAT ymd", "SET LOCK_TIMEOUT 5000"],
        };
        for setting in settings {
            self.set(setting)?;
        }
        if self.dialect != OdbcDialect::Sqlite {
            let off = self.connection()?.set_autocommit(false);
            off.map_err(|error| fault(&error))?;
        }
        Ok(())
    }

    /// Runs a statement of our own that gives no rows anybody wants.
    fn set(&self, sql: &str) -> Result<(), Fault> {
        let done = self.connection()?.execute(sql, (), None).map(drop);
        done.map_err(|error| fault(&error))
    }

    /// Runs one statement in a transaction that is rolled back.
    pub(super) fn rows(
        &self,
        statement: &Statement,
        deadline_ms: u64,
        max_bytes: usize,
    ) -> Result<Vec<Vec<Cell>>, Fault> {
        self.begin(deadline_ms)?;
        let until = Instant::now() + Duration::from_millis(deadline_ms);
        let rows = self.read(statement, deadline_ms, until, max_bytes);
        self.end();
        rows
    }

    fn begin(&self, deadline_ms: u64) -> Result<(), Fault> {
        let (s, ms) = (deadline_ms / 1_000, deadline_ms % 1_000);
        match self.dialect {
            OdbcDialect::Mysql if self.mariadb => {
                self.set(&format!("SET SESSION max_statement_time = {s}.{ms:03}"))
            }
            OdbcDialect::Mysql => {
                self.set(&format!("SET SESSION max_execution_time = {deadline_ms}"))
            }
            OdbcDialect::Oracle => self.set("SET TRANSACTION READ ONLY"),
            OdbcDialect::Postgres => self.set(&format!("SET statement_timeout = {deadline_ms}")),
            OdbcDialect::Sqlite | OdbcDialect::SqlServer => Ok(()),
        }
    }

    fn end(&self) {
        // A connection that cannot do even this fails at its next statement and is dropped then.
        let _ = self.connection.as_ref().map(Connection::rollback);
    }

    fn read(
        &self,
        statement: &Statement,
        deadline_ms: u64,
        until: Instant,
        max_bytes: usize,
    ) -> Result<Vec<Vec<Cell>>, Fault> {
        let failed = |error: Error| fault(&error);
        let params = parameters(&statement.params);
        let limit = self.time_limit(deadline_ms);
        let connection = self.connection()?;
        let cursor = if params.is_empty() {
            connection.execute(&statement.sql, (), limit)
        } else {
            connection.execute(&statement.sql, params.as_slice(), limit)
        };
        let Some(mut cursor) = cursor.map_err(failed)? else {
            return Ok(Vec::new());
        };
        let columns = u16::try_from(cursor.num_result_cols().map_err(failed)?).unwrap_or(0);
        let shapes = (1..=columns)
            .map(|column| cursor.col_data_type(column).map(|kind| shape(&kind)))
            .collect::<Result<Vec<_>, _>>()
            .map_err(failed)?;
        let mut buffer = Buffer::new(max_bytes);
        let mut rows = Vec::new();
        while let Some(mut row) = cursor.next_row().map_err(failed)? {
            // Not every driver keeps the time limit of a statement.
            if Instant::now() >= until {
                return Err(Fault::Deadline);
            }
            let cells = (1..=columns)
                .zip(&shapes)
                .map(|(column, shape)| buffer.cell(&mut row, column, *shape))
                .collect::<Result<Vec<_>, _>>()
                .map_err(failed)?;
            rows.push(cells);
        }
        Ok(rows)
    }

    /// The driver's own time limit; `SQLite`'s takes it for an error.
    fn time_limit(&self, deadline_ms: u64) -> Option<usize> {
        (self.dialect != OdbcDialect::Sqlite)
            .then(|| usize::try_from(seconds(deadline_ms)).unwrap_or(usize::MAX))
    }

    pub(super) fn shapes(
        &self,
        statement: &Statement,
        deadline_ms: u64,
    ) -> Result<Vec<Shape>, Fault> {
        self.begin(deadline_ms)?;
        let shapes = self.described(statement, deadline_ms);
        self.end();
        shapes
    }

    fn described(&self, statement: &Statement, deadline_ms: u64) -> Result<Vec<Shape>, Fault> {
        let failed = |error: Error| fault(&error);
        let limit = self.time_limit(deadline_ms);
        let cursor = self.connection()?.execute(&statement.sql, (), limit);
        let Some(mut cursor) = cursor.map_err(failed)? else {
            return Ok(Vec::new());
        };
        let columns = u16::try_from(cursor.num_result_cols().map_err(failed)?).unwrap_or(0);
        (1..=columns)
            .map(|column| cursor.col_data_type(column).map(|kind| shape(&kind)))
            .collect::<Result<Vec<_>, _>>()
            .map_err(failed)
    }

    pub(super) fn indexed(
        &self,
        mut statement: Statement,
        deadline_ms: u64,
    ) -> Result<bool, Fault> {
        let (words, serves): (_, Judge) = match self.dialect {
            OdbcDialect::Mysql => ("EXPLAIN ", mysql::is_indexed),
            OdbcDialect::Postgres => ("EXPLAIN ", postgres::is_indexed),
            OdbcDialect::Sqlite => ("EXPLAIN QUERY PLAN ", sqlite::is_indexed),
            // Their plans are read with rights that a reading account should not have.
            OdbcDialect::Oracle | OdbcDialect::SqlServer => return Err(Fault::Hidden),
        };
        if self.dialect == OdbcDialect::Postgres {
            // On a small table the planner prefers to scan even where an index would serve. It holds
            // until the transaction is rolled back.
            self.set("SET LOCAL enable_seqscan = off")?;
        }
        statement.sql.insert_str(0, words);
        let plan = self.rows(&statement, deadline_ms, PLAN_MAX_BYTES)?;
        Ok(serves(&plan))
    }
}

/// A text of no characters that Unicode ever gives a meaning to.
const HELD_NOWHERE: &str = "\u{10ffff}\u{10ffff}";

impl Drop for Session {
    fn drop(&mut self) {
        let _alone = alone();
        drop(self.connection.take());
    }
}

/// Says whether a plan uses an index wherever it reads.
type Judge = fn(&[Vec<Cell>]) -> bool;

/// Longest line of a plan.
const PLAN_MAX_BYTES: usize = 64 * 1_024;

/// Does the database of this name speak the dialect?
fn speaks(dialect: OdbcDialect, name: &str) -> bool {
    let words: &[&str] = match dialect {
        OdbcDialect::Mysql => &["mysql", "mariadb"],
        OdbcDialect::Oracle => &["oracle"],
        OdbcDialect::Postgres => &["postgres"],
        OdbcDialect::Sqlite => &["sqlite"],
        OdbcDialect::SqlServer => &["sql server"],
    };
    words.iter().any(|word| name.contains(word))
}

fn seconds(deadline_ms: u64) -> u64 {
    deadline_ms.div_ceil(1_000).max(1)
}

fn parameters(params: &[Param]) -> Vec<VarWCharBox> {
    params
        .iter()
        .flat_map(|param| match param {
            Param::List(values) => values.as_slice(),
            Param::Text(value) => std::slice::from_ref(value),
        })
        .map(|value| {
            // Drivers cut a text at a null character, and would find what was not asked for.
            let value = if value.contains('\0') {
                HELD_NOWHERE
            } else {
                value
            };
            VarWCharBox::from_str_slice(value)
        })
        .collect()
}

/// Whoever cannot log in is told apart from a driver that is not there.
fn at_connecting(error: &Error) -> Fault {
    match state(error).as_deref() {
        Some("IM002" | "IM003" | "01000") => Fault::Unusable(
            "the driver of the connection string is not installed, or is not in odbcinst.ini",
        ),
        _ => Fault::Unreachable,
    }
}

fn state(error: &Error) -> Option<String> {
    match error {
        Error::Diagnostics { record, .. } => Some(record.state.as_str().to_owned()),
        _ => None,
    }
}

/// By `SQLSTATE` and vendor number alone: the text of an error may repeat a value.
pub(super) fn fault(error: &Error) -> Fault {
    let Error::Diagnostics { record, .. } = error else {
        return Fault::Refused("client".to_owned());
    };
    let state = record.state.as_str();
    match (state, record.native_error) {
        // Timed out, cancelled; MariaDB's and MySQL's own numbers for it; Oracle's; SQL Server's lock.
        ("HYT00" | "HYT01" | "HY008" | "57014" | "70100", _)
        | (_, 1969 | 3024 | 1317 | 1205 | 1013 | 1222) => Fault::Deadline,
        // No such table or column, or not for this account.
        ("42S02" | "42S22" | "42P01" | "42703" | "42501" | "42000" | "3F000" | "42804", _)
        | (_, 1054 | 1142 | 1143 | 1146 | 1356 | 207 | 208 | 229 | 904 | 942 | 1031) => {
            Fault::Schema
        }
        // SQLite's driver has one state and one number for all that is wrong with a statement.
        ("HY000", 1) => Fault::Schema,
        (state, _) if state.starts_with("08") || state.starts_with("57P") => Fault::Unreachable,
        // MySQL has gone away; the connection was lost.
        (_, 2006 | 2013) => Fault::Unreachable,
        (state, native) => Fault::Refused(format!("{state}/{native}")),
    }
}
