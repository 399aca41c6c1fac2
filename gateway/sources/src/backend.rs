//! The kinds of system behind one set of operations.

mod allowance;
mod csv;
mod fhir;
mod given;
mod http;
mod memory;
mod mysql;
#[cfg(feature = "odbc")]
mod odbc;
mod postgres;
#[cfg(any(feature = "odbc", test))]
mod settings;
mod sqlite;
mod web;

use std::path::Path;
use std::sync::Arc;

use rustls::ClientConfig;

use crate::error::SourceError;
use crate::limits::Limits;
use crate::mapping::{Place, SourceMapping};
use crate::name::Dialect;
use crate::query::Statement;
use crate::value::Cell;

use self::csv::Csv;
use self::fhir::Fhir;
use self::http::Http;
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
    /// The files that were put there cannot be used; says why, by file and line.
    Extract(String),
    /// The account may read, but not see how it would be done.
    Hidden,
    /// Another error of the database, by its code.
    Refused(String),
    /// A table or column is missing, may not be read, or changed its type.
    Schema,
    /// What is held was written too many hours ago; the most allowed.
    Stale(u32),
    /// A server gave more than is read for one question; says how much that is.
    TooMuch(String),
    /// Too little is known of whom it should look for.
    Unasked,
    Unreachable,
    /// The connection settings cannot be used.
    Unusable(&'static str),
}

/// How the files of a source stand that is a copy, put there by another system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtractState {
    /// How many sets of files have come into force since the start; 0 while there is none.
    pub set: u64,
    /// Seconds since the oldest of the files in force was written.
    pub age_s: u64,
    /// Hours after which nothing is answered from them.
    pub age_max_h: u32,
    /// Why newer files are not in force, by file and line; `None` while all is well.
    pub problem: Option<String>,
}

impl ExtractState {
    /// May nothing be answered from them any more?
    pub fn is_too_old(&self) -> bool {
        self.age_s > u64::from(self.age_max_h) * 3_600
    }
}

/// One connected system.
pub(crate) enum Backend {
    Csv(Csv),
    Fhir(Box<Fhir>),
    Http(Box<Http>),
    Mysql(Mysql),
    #[cfg(feature = "odbc")]
    Odbc(odbc::Odbc),
    Postgres(Box<Postgres>),
    Sqlite(Sqlite),
}

impl Backend {
    /// Prepares a pool; no connection is made yet.
    pub(crate) fn open(
        mapping: &SourceMapping,
        limits: Limits,
        tls: Option<Arc<ClientConfig>>,
    ) -> Result<Self, SourceError> {
        let unusable = |problem: &str| SourceError::Mapping {
            name: mapping.name.clone(),
            problem: problem.to_owned(),
        };
        match &mapping.place {
            Place::Csv(place) => Ok(Self::Csv(Csv::open(mapping, place, limits))),
            Place::Fhir(place) => {
                let fhir = Fhir::open(place, limits, tls).map_err(unusable)?;
                Ok(Self::Fhir(Box::new(fhir)))
            }
            Place::Http(place) => {
                let http = Http::open(mapping, place, limits, tls).map_err(unusable)?;
                Ok(Self::Http(Box::new(http)))
            }
            Place::Mysql { url_file } => {
                let url = secret(url_file, true).map_err(unusable)?;
                Ok(Self::Mysql(Mysql::open(&url, limits).map_err(unusable)?))
            }
            #[cfg(feature = "odbc")]
            Place::Odbc(place) => {
                let settings = secret(&place.connection_file, false).map_err(unusable)?;
                Ok(Self::Odbc(odbc::Odbc::open(
                    &settings,
                    place.dialect,
                    limits,
                )))
            }
            #[cfg(not(feature = "odbc"))]
            Place::Odbc(_) => Err(unusable(NO_ODBC)),
            Place::Postgres { url_file } => {
                let url = secret(url_file, true).map_err(unusable)?;
                let postgres = Postgres::open(&url, limits).map_err(unusable)?;
                Ok(Self::Postgres(Box::new(postgres)))
            }
            Place::Sqlite { path } => Ok(Self::Sqlite(Sqlite::open(path, limits))),
        }
    }

    /// Reads what must be there before anything can be asked.
    pub(crate) async fn ready(&self) -> Result<(), Fault> {
        match self {
            Self::Csv(csv) => csv.ready().await,
            #[cfg(feature = "odbc")]
            Self::Odbc(_) => Ok(()),
            Self::Fhir(_)
            | Self::Http(_)
            | Self::Mysql(_)
            | Self::Postgres(_)
            | Self::Sqlite(_) => Ok(()),
        }
    }

    /// How the files stand; `None` where the system itself is asked.
    pub(crate) fn extract(&self) -> Option<ExtractState> {
        match self {
            Self::Csv(csv) => Some(csv.state()),
            #[cfg(feature = "odbc")]
            Self::Odbc(_) => None,
            Self::Fhir(_)
            | Self::Http(_)
            | Self::Mysql(_)
            | Self::Postgres(_)
            | Self::Sqlite(_) => None,
        }
    }

    pub(crate) fn dialect(&self) -> Dialect {
        match self {
            Self::Mysql(_) => Dialect::Mysql,
            #[cfg(feature = "odbc")]
            Self::Odbc(odbc) => odbc.dialect(),
            Self::Postgres(_) => Dialect::Postgres,
            Self::Csv(_) | Self::Fhir(_) | Self::Http(_) | Self::Sqlite(_) => Dialect::Sqlite,
        }
    }

    /// Can names and dates be counted there, so that those of `born` which fit are known?
    pub(crate) const fn is_counted(&self) -> bool {
        !matches!(self, Self::Fhir(_) | Self::Http(_))
    }

    /// Can it be asked whether it answers, without asking for somebody?
    pub(crate) fn can_be_tried(&self) -> bool {
        match self {
            Self::Http(http) => http.can_be_tried(),
            #[cfg(feature = "odbc")]
            Self::Odbc(_) => true,
            Self::Csv(_) | Self::Fhir(_) | Self::Mysql(_) | Self::Postgres(_) | Self::Sqlite(_) => {
                true
            }
        }
    }

    /// Runs one statement in a read-only transaction of at most `deadline_ms`.
    pub(crate) async fn rows(
        &self,
        statement: &Statement,
        deadline_ms: u64,
    ) -> Result<Vec<Vec<Cell>>, Fault> {
        match self {
            Self::Csv(csv) => csv.tables().await?.rows(statement, deadline_ms).await,
            Self::Fhir(fhir) => fhir.rows(statement, deadline_ms).await,
            Self::Http(http) => http.rows(statement, deadline_ms).await,
            Self::Mysql(mysql) => mysql.rows(statement, deadline_ms).await,
            #[cfg(feature = "odbc")]
            Self::Odbc(odbc) => odbc.rows(statement, deadline_ms).await,
            Self::Postgres(postgres) => postgres.rows(statement, deadline_ms).await,
            Self::Sqlite(sqlite) => sqlite.rows(statement, deadline_ms).await,
        }
    }

    /// The shapes of the columns a statement selects.
    pub(crate) async fn shapes(&self, statement: &Statement) -> Result<Vec<Shape>, Fault> {
        match self {
            Self::Csv(csv) => csv.tables().await?.shapes(statement).await,
            Self::Fhir(fhir) => fhir.shapes(statement).await,
            Self::Http(http) => http.shapes(statement).await,
            Self::Mysql(mysql) => mysql.shapes(statement).await,
            #[cfg(feature = "odbc")]
            Self::Odbc(odbc) => odbc.shapes(statement).await,
            Self::Postgres(postgres) => postgres.shapes(statement).await,
            Self::Sqlite(sqlite) => sqlite.shapes(statement).await,
        }
    }

    /// Does an index serve the statement?
    pub(crate) async fn indexed(&self, statement: &Statement) -> Result<bool, Fault> {
        match self {
            Self::Csv(csv) => csv.tables().await?.indexed(statement).await,
            // How it searches is the server's own affair.
            Self::Fhir(_) | Self::Http(_) => Ok(true),
            Self::Mysql(mysql) => mysql.indexed(statement).await,
            #[cfg(feature = "odbc")]
            Self::Odbc(odbc) => odbc.indexed(statement).await,
            Self::Postgres(postgres) => postgres.indexed(statement).await,
            Self::Sqlite(sqlite) => sqlite.indexed(statement).await,
        }
    }

    /// What is sent to the system for a statement, line by line.
    pub(crate) fn sent(&self, statement: &Statement) -> Result<Vec<String>, Fault> {
        match self {
            Self::Fhir(fhir) => fhir.sent(&statement.about),
            Self::Http(http) => http.sent_for(&statement.about),
            #[cfg(feature = "odbc")]
            Self::Odbc(_) => Ok(vec![statement.sql.clone()]),
            Self::Csv(_) | Self::Mysql(_) | Self::Postgres(_) | Self::Sqlite(_) => {
                Ok(vec![statement.sql.clone()])
            }
        }
    }

    /// How the database would run a statement; `None` where it cannot be asked that.
    pub(crate) async fn explained(
        &self,
        statement: &Statement,
    ) -> Result<Option<Vec<String>>, Fault> {
        let words = match self.dialect() {
            Dialect::Mysql | Dialect::Postgres | Dialect::PostgresOdbc => "EXPLAIN ",
            Dialect::Sqlite => "EXPLAIN QUERY PLAN ",
            // Their plans are read with rights that a reading account should not have.
            Dialect::Oracle | Dialect::SqlServer => return Ok(None),
        };
        if matches!(self, Self::Fhir(_) | Self::Http(_)) {
            return Ok(None);
        }
        let mut statement = statement.clone();
        statement.sql.insert_str(0, words);
        let plan = self.rows(&statement, EXPLAIN_MS).await?;
        Ok(Some(plan.into_iter().map(step).collect()))
    }

    /// The first way found in which the account could change something, if any.
    pub(crate) async fn writable(&self) -> Result<Option<String>, Fault> {
        match self {
            Self::Csv(csv) => csv.tables().await?.writable().await,
            Self::Fhir(fhir) => fhir.writable().await,
            Self::Http(http) => http.writable().await,
            Self::Mysql(mysql) => mysql.writable().await,
            #[cfg(feature = "odbc")]
            Self::Odbc(odbc) => odbc.writable().await,
            Self::Postgres(postgres) => postgres.writable().await,
            Self::Sqlite(sqlite) => sqlite.writable().await,
        }
    }
}

/// Longest that a database may take to say how it would run a statement.
const EXPLAIN_MS: u64 = 10_000;

/// One line of a plan: its cells, those that say something.
fn step(row: Vec<Cell>) -> String {
    let cells = row
        .into_iter()
        .filter_map(|cell| cell.exact().ok().flatten());
    cells.collect::<Vec<_>>().join(" | ")
}

/// Reads a connection URL, or another text where `one_url` is false, from its file; problems never repeat
/// it.
fn secret(file: &Path, one_url: bool) -> Result<String, &'static str> {
    const LONGEST: u64 = 8 * 1024;
    let size = std::fs::metadata(file).map(|file| file.len());
    match size {
        Ok(1..=LONGEST) => {}
        Ok(_) => return Err("the file of the connection must hold one line of at most 8192 bytes"),
        Err(_) => {
            return Err(
                "the file of the connection cannot be read; check its path and permissions",
            );
        }
    }
    let text = std::fs::read_to_string(file)
        .map_err(|_| "the file of the connection cannot be read; check its path and permissions")?;
    let url = text.trim();
    if one_url && (url.is_empty() || url.contains(char::is_whitespace)) {
        return Err("`url_file` must hold one URL and nothing else");
    }
    if !one_url && (url.is_empty() || url.contains(['\n', '\r', '\0'])) {
        return Err("the file must hold one line and nothing else");
    }
    Ok(url.to_owned())
}

#[cfg(not(feature = "odbc"))]
const NO_ODBC: &str = "this build has no ODBC; build with `--features odbc`, which needs unixODBC \
                       (Debian: unixodbc-dev), or use the kind of the database itself";

const NO_TLS: &str = "TLS to a database is not in this version, but the URL requires it; connect over a \
                      Unix socket, the loopback address or a local encrypted tunnel";
