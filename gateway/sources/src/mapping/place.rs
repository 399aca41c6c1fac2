//! Where a source is, and how it is reached: `kind` and the keys that belong to it.
//!
//! ```text
//! kind = "mysql" | "postgres"   url_file = "…"
//! kind = "sqlite"               path = "…"
//! kind = "fhir"                 base = "…", roots = "…", token_file = "…", identifier_systems = { … }
//! kind = "http_json"            base = "…", roots = "…", header_file = "…", [answer.<table>]
//! kind = "odbc"                 connection_file = "…", dialect = "…"
//! kind = "csv"                  folder = "…", [format], [file.<table>]
//! ```

pub mod csv;
pub mod fhir;
pub mod http;
pub mod odbc;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

pub use self::csv::{Checksum, CsvFormat, CsvPlace, CsvTable, Encoding};
pub use self::fhir::FhirPlace;
pub use self::http::HttpPlace;
pub use self::odbc::{OdbcDialect, OdbcPlace};

use super::file::table::{Keys, Reader};

/// Where a source is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A folder into which another system puts files.
    Csv(CsvPlace),
    /// A FHIR R4 server.
    Fhir(FhirPlace),
    /// A server of JSON over HTTP.
    Http(HttpPlace),
    /// `MySQL` or `MariaDB`.
    Mysql {
        /// File holding `mysql://user:password@host:port/database`.
        url_file: PathBuf,
    },
    /// A database behind an ODBC driver.
    Odbc(OdbcPlace),
    /// `PostgreSQL`.
    Postgres {
        /// File holding `postgres://user:password@host:port/database`.
        url_file: PathBuf,
    },
    /// A `SQLite` file.
    Sqlite {
        /// The database file.
        path: PathBuf,
    },
}

impl Place {
    /// Every path it names, to be taken relative to the mapping's own folder.
    pub fn paths_mut(&mut self) -> Vec<&mut PathBuf> {
        match self {
            Self::Csv(place) => vec![&mut place.folder],
            Self::Fhir(place) => {
                let files = [&mut place.roots, &mut place.token_file];
                files.into_iter().flatten().collect()
            }
            Self::Http(place) => {
                let files = [&mut place.roots, &mut place.header_file];
                files.into_iter().flatten().collect()
            }
            Self::Odbc(place) => vec![&mut place.connection_file],
            Self::Mysql { url_file: path }
            | Self::Postgres { url_file: path }
            | Self::Sqlite { path } => vec![path],
        }
    }

    /// The PEM file of the roots by which the system's certificate is judged, where it has one.
    pub fn roots(&self) -> Option<&std::path::Path> {
        match self {
            Self::Fhir(place) => place.roots.as_deref(),
            Self::Http(place) => place.roots.as_deref(),
            Self::Csv(_)
            | Self::Mysql { .. }
            | Self::Odbc(_)
            | Self::Postgres { .. }
            | Self::Sqlite { .. } => None,
        }
    }

    /// The tables with their columns, where the mapping itself declares them.
    pub(crate) fn tables(&self) -> Option<Vec<(String, Vec<String>)>> {
        match self {
            Self::Csv(place) => Some(place.tables.iter().map(CsvTable::declared).collect()),
            Self::Fhir(place) => Some(place.tables()),
            Self::Http(place) => Some(place.tables()),
            Self::Mysql { .. } | Self::Odbc(_) | Self::Postgres { .. } | Self::Sqlite { .. } => {
                None
            }
        }
    }
}

/// The keys of every source, whatever its kind.
const COMMON: &[&str] = &[
    "category",
    "deadline_ms",
    "index",
    "kind",
    "person",
    "system",
];

/// Each kind with the keys that belong to it.
const KINDS: &[(&str, &[&str])] = &[
    ("csv", &["file", "folder", "format"]),
    (
        "fhir",
        &["base", "identifier_systems", "roots", "token_file"],
    ),
    ("http_json", &["answer", "base", "header_file", "roots"]),
    ("mysql", &["url_file"]),
    ("odbc", &["connection_file", "dialect"]),
    ("postgres", &["url_file"]),
    ("sqlite", &["path"]),
];

pub(super) fn place(reader: &mut Reader<'_>, keys: &Keys<'_>) -> Option<Place> {
    let kinds: Vec<_> = KINDS.iter().map(|(kind, _)| *kind).collect();
    let all: Vec<_> = COMMON
        .iter()
        .chain(KINDS.iter().flat_map(|(_, own)| *own))
        .copied()
        .collect();
    keys.only(reader, &sorted(all));
    let kind = keys.word(reader, "kind", true, &kinds)?;
    let (_, own) = KINDS.iter().find(|(known, _)| *known == kind)?;
    foreign(reader, keys, kind, own);
    match kind {
        "csv" => csv::place(reader, keys).map(Place::Csv),
        "fhir" => fhir::place(reader, keys).map(Place::Fhir),
        "http_json" => http::place(reader, keys).map(Place::Http),
        "odbc" => odbc::place(reader, keys).map(Place::Odbc),
        "mysql" => path(reader, keys, "url_file").map(|url_file| Place::Mysql { url_file }),
        "postgres" => path(reader, keys, "url_file").map(|url_file| Place::Postgres { url_file }),
        _ => path(reader, keys, "path").map(|path| Place::Sqlite { path }),
    }
}

fn sorted(mut words: Vec<&str>) -> Vec<&str> {
    words.sort_unstable();
    words.dedup();
    words
}

/// Notes keys that belong to another kind.
fn foreign(reader: &mut Reader<'_>, keys: &Keys<'_>, kind: &str, own: &[&str]) {
    let others = KINDS.iter().flat_map(|(_, keys)| *keys).copied().collect();
    for key in sorted(others) {
        if own.contains(&key) {
            continue;
        }
        if let Some(at) = keys.position(key) {
            let own = own.join("`, `");
            let problem = format!("`{key}` does not belong to kind `{kind}`; use `{own}`");
            reader.report(at, &problem);
        }
    }
}

/// The path of a file or folder, and not a URL.
fn path(reader: &mut Reader<'_>, keys: &Keys<'_>, key: &str) -> Option<PathBuf> {
    let file = keys.text(reader, key, true)?;
    // A URL here would put a password into a file that is not kept secret.
    if file.contains("://") {
        let at = keys.position(key).unwrap_or(keys.at);
        let problem = format!("`{key}` must be the path of a file, not a URL");
        reader.report(at, &problem);
        return None;
    }
    Some(PathBuf::from(file))
}
