//! A database of made-up people, and the floor that fetching candidates is measured against: the
//! same rows by their keys, which no search can undercut.

use std::path::Path;

use rusqlite::{Connection, params_from_iter};
use stile_model::id::Code;
use stile_model::subject::PersonRow;
use stile_model::vocabulary::Vocabulary;
use stile_sources::{Limits, Mapping, Source};

use crate::demo::partnership::VOCABULARY;
use crate::demo::{Filling, Made, make_postgres};
use crate::run::Failure;

/// As an agency's administrator would index the table: no index for anything but equality.
const INDEXES: [&str; 6] = [
    "CREATE INDEX people_name ON people (surname, forename)",
    "CREATE INDEX people_forename ON people (forename)",
    "CREATE INDEX people_dob ON people (dob)",
    "CREATE INDEX people_postcode ON people (postcode)",
    "CREATE INDEX people_phone ON people (phone)",
    "CREATE INDEX people_case_number ON people (case_number)",
];

const COLUMNS: &str =
    "id, forename, surname, dob, sex, address, postcode, phone, case_number, household";

const PERSON: &str = "person = { table = \"people\", key = \"id\", forename = \"forename\", \
    surname = \"surname\", dob = \"dob\", sex = \"sex\", address = \"address\", \
    postcode = \"postcode\", phone = \"phone\", household = \"household\", \
    identifiers = { case_number = \"case_number\" } }";

/// One database while it is filled, and then its floor.
pub(super) enum Database {
    /// On somebody's server.
    Postgres(Box<Filling>),
    /// A file.
    Sqlite(Connection),
}

impl Database {
    /// An empty database on the server at `admin`; `made` says what to drop again.
    pub(super) async fn postgres(admin: &str, made: &mut Vec<Made>) -> Result<Self, Failure> {
        let filling = make_postgres(admin, made).await?;
        let dates = "CREATE TABLE people (id text PRIMARY KEY, forename text, surname text, \
                     dob date, sex text, address text, postcode text, phone text, \
                     case_number text, household text)";
        filling.client.batch_execute(dates).await?;
        Ok(Self::Postgres(Box::new(filling)))
    }

    /// An empty database in a file.
    pub(super) fn sqlite(path: &Path) -> Result<Self, Failure> {
        let connection = Connection::open(path)?;
        connection.execute_batch(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; \
             CREATE TABLE people (id TEXT PRIMARY KEY, forename TEXT, surname TEXT, dob TEXT, \
             sex TEXT, address TEXT, postcode TEXT, phone TEXT, case_number TEXT, household TEXT)",
        )?;
        Ok(Self::Sqlite(connection))
    }

    /// Adds rows.
    pub(super) async fn add(&mut self, rows: &[PersonRow]) -> Result<(), Failure> {
        match self {
            Self::Postgres(filling) => {
                let columns: Vec<Vec<Option<String>>> = (0..10)
                    .map(|at| rows.iter().map(|row| cell(row, at)).collect())
                    .collect();
                let columns: Vec<_> = columns
                    .iter()
                    .map(|column| -> &(dyn tokio_postgres::types::ToSql + Sync) { column })
                    .collect();
                let insert = "INSERT INTO people SELECT a, b, c, d::date, e, f, g, h, i, j FROM \
                    unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], \
                    $6::text[], $7::text[], $8::text[], $9::text[], $10::text[]) \
                    AS t (a, b, c, d, e, f, g, h, i, j)";
                filling.client.execute(insert, &columns).await?;
            }
            Self::Sqlite(connection) => {
                let transaction = connection.transaction()?;
                let marks = "?, ?, ?, ?, ?, ?, ?, ?, ?, ?";
                let mut insert =
                    transaction.prepare_cached(&format!("INSERT INTO people VALUES ({marks})"))?;
                for row in rows {
                    insert.execute(params_from_iter((0..10).map(|at| cell(row, at))))?;
                }
                drop(insert);
                transaction.commit()?;
            }
        }
        Ok(())
    }

    /// Makes the indexes and connects to it as a gateway does.
    pub(super) async fn source(&self, folder: &Path) -> Result<Source, Failure> {
        let place = match self {
            Self::Postgres(filling) => {
                for index in INDEXES {
                    filling.client.batch_execute(index).await?;
                }
                let file = filling.readable(folder).await?;
                format!("kind = \"postgres\"\nurl_file = '{}'", file.display())
            }
            Self::Sqlite(connection) => {
                for index in INDEXES {
                    connection.execute_batch(index)?;
                }
                connection.execute_batch("ANALYZE")?;
                let path = connection.path().unwrap_or_default();
                format!("kind = \"sqlite\"\npath = {path:?}")
            }
        };
        let text = format!("[source.people]\n{place}\nsystem = \"Made up\"\n{PERSON}\n");
        let vocabulary = Vocabulary::parse("policies/vocabulary.toml", VOCABULARY)?;
        let kind = Code::new("police")?;
        let mapping = Mapping::parse("bench.toml", &text, &vocabulary, &kind)?;
        let mapping = mapping.sources.first().ok_or("the mapping has no source")?;
        Ok(Source::connect(mapping, Limits::default()).await?)
    }

    /// Reads the rows with these keys and gives how many there were.
    pub(super) async fn by_key(&self, keys: &[String]) -> Result<usize, Failure> {
        match self {
            Self::Postgres(filling) => {
                let client = &filling.client;
                let sql = format!("SELECT {COLUMNS} FROM people WHERE id = ANY($1)");
                let prepared = client.prepare(&sql).await?;
                Ok(client.query(&prepared, &[&keys]).await?.len())
            }
            Self::Sqlite(connection) => {
                let marks = vec!["?"; keys.len()].join(", ");
                let sql = format!("SELECT {COLUMNS} FROM people WHERE id IN ({marks})");
                let mut statement = connection.prepare(&sql)?;
                let rows = statement.query_map(params_from_iter(keys), |row| {
                    (0..10)
                        .map(|at| row.get::<_, Option<String>>(at))
                        .collect::<Result<Vec<_>, _>>()
                })?;
                Ok(rows.collect::<Result<Vec<_>, _>>()?.len())
            }
        }
    }
}

/// The value of one of [`COLUMNS`].
fn cell(row: &PersonRow, at: usize) -> Option<String> {
    let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    match at {
        0 => text(row.key.reveal()),
        1 => text(row.forenames.reveal()),
        2 => text(row.surname.reveal()),
        3 => row.born.map(|date| date.to_string()),
        4 => row.sex.as_ref().and_then(|sex| text(sex.reveal())),
        5 => text(row.address.reveal()),
        6 => text(row.postcode.reveal()),
        7 => text(row.phone.reveal()),
        8 => row
            .identifiers
            .first()
            .and_then(|(_, id)| text(id.reveal())),
        _ => row.household.as_ref().and_then(|id| text(id.reveal())),
    }
}
