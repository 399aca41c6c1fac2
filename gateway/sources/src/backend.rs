//! The three kinds of database behind one set of operations.

mod mysql;
mod postgres;
mod sqlite;

use std::path::Path;

use crate::error::SourceError;
use crate::limits::Limits;
use crate::mapping::{Place, SourceMapping};
use crate::name::Dialect;
use crate::query::Statement;
use crate::value::Cell;

use self::mysql::Mysql;
use self::postgres::Postgres;
use self::sqlite::Sqlite;

/// What a column can hold, as far as the database says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Date,
    Flag,
    Number,
    /// A type that no field can carry.
    Other,
    Text,
    /// The database does not say (`SQLite` expressions and untyped columns).
    Untyped,
}

/// Why a driver gave no rows; holds no text from the database, which could repeat a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    Deadline,
    /// The account may read, but not see how it would be done.
    Hidden,
    /// Another error of the database, by its code.
    Refused(String),
    /// A table or column is missing, may not be read, or changed its type.
    Schema,
    Unreachable,
    /// The connection settings cannot be used.
    Unusable(&'static str),
}

/// One connected database.
pub(crate) enum Backend {
    Mysql(Mysql),
    Postgres(Box<Postgres>),
    Sqlite(Sqlite),
}

impl Backend {
    /// Prepares a pool; no connection is made yet.
    pub(crate) fn open(mapping: &SourceMapping, limits: Limits) -> Result<Self, SourceError> {
        let unusable = |problem: &str| SourceError::Mapping {
            name: mapping.name.clone(),
            problem: problem.to_owned(),
        };
        match &mapping.place {
            Place::Mysql { url_file } => {
                let url = secret(url_file).map_err(unusable)?;
                Ok(Self::Mysql(Mysql::open(&url, limits).map_err(unusable)?))
            }
            Place::Postgres { url_file } => {
                let url = secret(url_file).map_err(unusable)?;
                let postgres = Postgres::open(&url, limits).map_err(unusable)?;
                Ok(Self::Postgres(Box::new(postgres)))
            }
            Place::Sqlite { path } => Ok(Self::Sqlite(Sqlite::open(path, limits))),
        }
    }

    pub(crate) const fn dialect(&self) -> Dialect {
        match self {
            Self::Mysql(_) => Dialect::Mysql,
            Self::Postgres(_) => Dialect::Postgres,
            Self::Sqlite(_) => Dialect::Sqlite,
        }
    }

    /// Runs one statement in a read-only transaction of at most `deadline_ms`.
    pub(crate) async fn rows(
        &self,
        statement: &Statement,
        deadline_ms: u64,
    ) -> Result<Vec<Vec<Cell>>, Fault> {
        match self {
            Self::Mysql(mysql) => mysql.rows(statement, deadline_ms).await,
            Self::Postgres(postgres) => postgres.rows(statement, deadline_ms).await,
            Self::Sqlite(sqlite) => sqlite.rows(statement, deadline_ms).await,
        }
    }

    /// The shapes of the columns a statement selects.
    pub(crate) async fn shapes(&self, statement: &Statement) -> Result<Vec<Shape>, Fault> {
        match self {
            Self::Mysql(mysql) => mysql.shapes(statement).await,
            Self::Postgres(postgres) => postgres.shapes(statement).await,
            Self::Sqlite(sqlite) => sqlite.shapes(statement).await,
        }
    }

    /// Does an index serve the statement?
    pub(crate) async fn indexed(&self, statement: &Statement) -> Result<bool, Fault> {
        match self {
            Self::Mysql(mysql) => mysql.indexed(statement).await,
            Self::Postgres(postgres) => postgres.indexed(statement).await,
            Self::Sqlite(sqlite) => sqlite.indexed(statement).await,
        }
    }

    /// The first way found in which the account could change something, if any.
    pub(crate) async fn writable(&self) -> Result<Option<String>, Fault> {
        match self {
            Self::Mysql(mysql) => mysql.writable().await,
            Self::Postgres(postgres) => postgres.writable().await,
            Self::Sqlite(sqlite) => sqlite.writable().await,
        }
    }
}

/// Reads a connection URL from its file; problems never repeat it.
fn secret(file: &Path) -> Result<String, &'static str> {
    const LONGEST: u64 = 8 * 1024;
    let size = std::fs::metadata(file).map(|file| file.len());
    match size {
        Ok(1..=LONGEST) => {}
        Ok(_) => return Err("`url_file` must hold one URL of at most 8192 bytes"),
        Err(_) => return Err("`url_file` cannot be read; check its path and permissions"),
    }
    let text = std::fs::read_to_string(file)
        .map_err(|_| "`url_file` cannot be read; check its path and permissions")?;
    let url = text.trim();
    if url.is_empty() || url.contains(char::is_whitespace) {
        return Err("`url_file` must hold one URL and nothing else");
    }
    Ok(url.to_owned())
}

const NO_TLS: &str = "TLS to a database is not in this version, but the URL requires it; connect over a \
                      Unix socket, the loopback address or a local encrypted tunnel";
