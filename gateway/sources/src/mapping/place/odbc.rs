//! A database behind an ODBC driver.
//!
//! ```text
//! connection_file = "…"      # holds the connection string: `Driver=…;Server=…;UID=…;PWD=…`
//! dialect = "sql_server"     # mysql, oracle, postgres, sqlite
//! ```

use std::path::PathBuf;

use super::super::file::table::{Keys, Reader};

/// A database behind an ODBC driver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OdbcPlace {
    /// File holding the connection string.
    pub connection_file: PathBuf,
    /// The SQL that the database speaks.
    pub dialect: OdbcDialect,
}

/// The SQL that a database behind ODBC speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OdbcDialect {
    /// `MySQL` or `MariaDB`.
    Mysql,
    /// Oracle Database 12c or later.
    Oracle,
    /// `PostgreSQL`.
    Postgres,
    /// `SQLite`.
    Sqlite,
    /// Microsoft SQL Server 2017 or later, and Azure SQL.
    SqlServer,
}

impl OdbcDialect {
    const ALL: [(&'static str, Self); 5] = [
        ("mysql", Self::Mysql),
        ("oracle", Self::Oracle),
        ("postgres", Self::Postgres),
        ("sqlite", Self::Sqlite),
        ("sql_server", Self::SqlServer),
    ];
}

pub(super) fn place(reader: &mut Reader<'_>, keys: &Keys<'_>) -> Option<OdbcPlace> {
    let connection_file = super::path(reader, keys, "connection_file");
    let words: Vec<_> = OdbcDialect::ALL.iter().map(|(word, _)| *word).collect();
    let word = keys.word(reader, "dialect", true, &words)?;
    let (_, dialect) = OdbcDialect::ALL.iter().find(|(known, _)| *known == word)?;
    Some(OdbcPlace {
        connection_file: connection_file?,
        dialect: *dialect,
    })
}
