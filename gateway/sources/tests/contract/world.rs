//! A police system with a few people, on any of the engines.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
#[cfg(feature = "odbc")]
use std::sync::{Mutex, PoisonError, Weak};

use stile_model::id::{CategoryId, Code};
use stile_model::redact::Redacted;
use stile_model::subject::{CandidateQuery, Known};
use stile_model::vocabulary::Vocabulary;
use stile_sources::{Limits, Mapping, Source, SourceError, SourceMapping};
use tempfile::TempDir;

use crate::databases::{Kind, Server};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Mariadb,
    Postgres,
    Sqlite,
}

/// The question of somebody of whom what stands in its lists is known, and nothing else.
pub fn known(query: &CandidateQuery) -> CandidateQuery {
    let words =
        |list: &[Redacted<String>]| list.iter().any(|word| !word.reveal().trim().is_empty());
    CandidateQuery {
        known: Known {
            born: query.born_in_part || !query.born.is_empty(),
            forename: words(&query.forenames),
            postcode: words(&query.postcodes),
            surname: words(&query.surnames),
        },
        ..query.clone()
    }
}

/// One database of its own.
pub struct World {
    pub engine: Engine,
    pub server: Option<Arc<Server>>,
    pub database: String,
    folder: TempDir,
    odbc: bool,
}

impl World {
    pub fn new(engine: Engine) -> Self {
        let server = match engine {
            Engine::Mariadb => Some(Server::shared(Kind::Mariadb)),
            Engine::Postgres => Some(Server::shared(Kind::Postgres)),
            Engine::Sqlite => None,
        };
        Self::on(engine, server, false)
    }

    /// The same, read through the engine's ODBC driver.
    #[cfg(feature = "odbc")]
    pub fn behind_odbc(engine: Engine) -> Self {
        // Another test's grants must not change who may connect here.
        static OWN: Mutex<Weak<Server>> = Mutex::new(Weak::new());
        let server = match engine {
            Engine::Mariadb => {
                let mut own = OWN.lock().unwrap_or_else(PoisonError::into_inner);
                let server = own
                    .upgrade()
                    .unwrap_or_else(|| Arc::new(Server::start(Kind::Mariadb)));
                *own = Arc::downgrade(&server);
                Some(server)
            }
            Engine::Postgres => Some(Server::shared(Kind::Postgres)),
            Engine::Sqlite => None,
        };
        Self::on(engine, server, true)
    }

    /// On a server that no other test uses.
    pub fn alone(engine: Engine) -> Self {
        let kind = match engine {
            Engine::Mariadb => Kind::Mariadb,
            Engine::Postgres => Kind::Postgres,
            Engine::Sqlite => panic!("SQLite has no server"),
        };
        Self::on(engine, Some(Arc::new(Server::start(kind))), false)
    }

    fn on(engine: Engine, server: Option<Arc<Server>>, odbc: bool) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let world = Self {
            engine,
            server,
            database: format!("police_{number}"),
            folder: tempfile::tempdir().unwrap(),
            odbc,
        };
        world.create();
        world.sql(&world.schema());
        world.sql(PEOPLE);
        world.grant();
        world
    }

    fn create(&self) {
        let (Some(server), name) = (&self.server, &self.database) else {
            return;
        };
        if self.engine == Engine::Mariadb {
            server.sql("", &format!("CREATE DATABASE {name} CHARACTER SET utf8mb4"));
        } else {
            server.sql("postgres", &format!("CREATE DATABASE {name}"));
        }
    }

    fn grant(&self) {
        let name = &self.database;
        match self.engine {
            Engine::Mariadb => self.sql(&format!(
                "CREATE USER r_{name}@'%' IDENTIFIED BY 'pw'; GRANT SELECT, SHOW VIEW ON {name}.* TO r_{name}@'%';"
            )),
            Engine::Postgres => self.sql(&format!(
                "CREATE ROLE r_{name} LOGIN PASSWORD 'pw'; \
                 GRANT SELECT ON ALL TABLES IN SCHEMA public TO r_{name};"
            )),
            Engine::Sqlite => {}
        }
    }

    /// Runs SQL with every right.
    pub fn sql(&self, sql: &str) {
        match &self.server {
            Some(server) => {
                server.sql(&self.database, sql);
            }
            None => rusqlite::Connection::open(self.file())
                .unwrap()
                .execute_batch(sql)
                .unwrap(),
        }
    }

    pub fn file(&self) -> PathBuf {
        self.folder.path().join("police.db")
    }

    pub fn reader(&self) -> String {
        format!("r_{}", self.database)
    }

    /// A SQL expression that raises an error when it is evaluated for a row of `incident`.
    fn trap(&self) -> &'static str {
        match self.engine {
            Engine::Mariadb => "(SELECT nominal_id FROM person)",
            Engine::Postgres => "CAST(1 / (incident_id - incident_id) AS text)",
            Engine::Sqlite => "abs(-9223372036854775807 - incident_id / incident_id)",
        }
    }

    /// A SQL expression that takes a minute.
    fn slow(&self) -> &'static str {
        match self.engine {
            Engine::Mariadb => "SLEEP(60)",
            Engine::Postgres => "CAST(pg_sleep(60) AS text)",
            Engine::Sqlite => {
                "(WITH RECURSIVE c(n) AS (SELECT incident_id UNION ALL SELECT n + 1 FROM c \
                 WHERE n < 20000000000) SELECT count(*) FROM c)"
            }
        }
    }

    fn schema(&self) -> String {
        let instant = if self.engine == Engine::Mariadb {
            "DATETIME"
        } else {
            "TIMESTAMP"
        };
        let binary = if self.engine == Engine::Postgres {
            "BYTEA"
        } else {
            "BLOB"
        };
        SCHEMA
            .replace("{instant}", instant)
            .replace("{binary}", binary)
            .replace("{trap}", self.trap())
            .replace("{slow}", self.slow())
    }

    /// The mapping, with `url` in place of the reading account's own where given.
    pub fn mapping_with(
        &self,
        change: impl Fn(String) -> String,
        url: Option<&str>,
    ) -> SourceMapping {
        let place = match (&self.server, self.engine) {
            _ if self.odbc => self.odbc_place(),
            (Some(server), engine) => {
                let own = server.url(&self.reader(), "pw", &self.database);
                let file = self.folder.path().join("url");
                std::fs::write(&file, format!("{}\n", url.unwrap_or(&own))).unwrap();
                let kind = if engine == Engine::Mariadb {
                    "mysql"
                } else {
                    "postgres"
                };
                format!("kind = '{kind}'\nurl_file = '{}'", file.display())
            }
            (None, _) => format!("kind = 'sqlite'\npath = '{}'", self.file().display()),
        };
        let text = change(MAPPING.replace("{place}", &place));
        let police = Code::new("police").unwrap();
        let mapping = Mapping::parse("niche.toml", &text, &vocabulary(), &police);
        mapping.unwrap_or_else(|e| panic!("{e}")).sources.remove(0)
    }

    fn odbc_place(&self) -> String {
        let (dialect, settings) = match &self.server {
            None => {
                let file = self.file();
                (
                    "sqlite",
                    format!("Driver=SQLite3;Database={}", file.display()),
                )
            }
            Some(server) => {
                let url = server.url("", "", "");
                let port = url
                    .trim_end_matches('/')
                    .rsplit(':')
                    .next()
                    .unwrap()
                    .to_owned();
                let (dialect, driver) = match self.engine {
                    Engine::Mariadb => ("mysql", "MariaDB Unicode"),
                    Engine::Postgres | Engine::Sqlite => ("postgres", "PostgreSQL Unicode"),
                };
                let (name, reader) = (&self.database, self.reader());
                let settings = format!(
                    "Driver={{{driver}}};Server=127.0.0.1;Port={port};Database={name};UID={reader};PWD=pw"
                );
                (dialect, settings)
            }
        };
        let file = self.folder.path().join("odbc");
        std::fs::write(&file, settings).unwrap();
        format!(
            "kind = 'odbc'\ndialect = '{dialect}'\nconnection_file = '{}'",
            file.display()
        )
    }

    pub fn mapping(&self) -> SourceMapping {
        self.mapping_with(|text| text, None)
    }

    pub async fn source(&self) -> Source {
        self.limited(patient()).await
    }

    pub async fn limited(&self, limits: Limits) -> Source {
        self.changed(|text| text, limits).await
    }

    /// The source of the mapping with its text changed.
    pub async fn changed(&self, change: impl Fn(String) -> String, limits: Limits) -> Source {
        let mapping = self.mapping_with(change, None);
        Source::connect(&mapping, limits).await.unwrap()
    }

    pub async fn refusal(&self, mapping: &SourceMapping) -> SourceError {
        Source::connect(mapping, patient())
            .await
            .expect_err("the source must be refused")
    }
}

/// The usual limits, with time enough on a busy machine.
pub fn patient() -> Limits {
    Limits {
        deadline_ms: 20_000,
        ..Limits::default()
    }
}

/// The mapping whose incidents have the day that is held as text, shown too, read in this format.
pub fn written_on(text: &str, format: &str) -> String {
    text.replace(
        "date = \"occurred_on\"\nrecorded = \"created_on\"\n",
        &format!("date = \"written_on\"\ndate_format = \"{format}\"\n"),
    )
    .replace(
        "fields = { date = \"occurred_on\",",
        "fields = { date = \"written_on\",",
    )
}

/// Without the category that is slow on purpose and the column that is a trap.
pub fn sound(text: &str) -> String {
    let text = text.replace(", detail = \"trap\"", "");
    let end = text
        .find("[source.niche.category.\"police.missing\"]")
        .unwrap();
    text[..end].to_owned()
}

pub fn vocabulary() -> Vocabulary {
    Vocabulary::parse("vocabulary.toml", VOCABULARY).unwrap()
}

pub const fn vocabulary_text() -> &'static str {
    VOCABULARY
}

pub fn category(name: &str) -> CategoryId {
    CategoryId::new(name).unwrap()
}

pub fn fields(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

const SCHEMA: &str = "
CREATE TABLE person (nominal_id VARCHAR(20) PRIMARY KEY, fname VARCHAR(100), sname VARCHAR(100),
  dob DATE, sex VARCHAR(10), addr VARCHAR(200), town VARCHAR(50), postcode VARCHAR(12),
  phone VARCHAR(30), school VARCHAR(100), household_id VARCHAR(20), safe_address VARCHAR(5),
  sealed_flag SMALLINT, nhs_no VARCHAR(20));
CREATE INDEX person_surname ON person (sname);
CREATE INDEX person_dob ON person (dob);
CREATE INDEX person_postcode ON person (postcode);
CREATE INDEX person_phone ON person (phone);
CREATE INDEX person_household ON person (household_id);
CREATE INDEX person_nhs ON person (nhs_no);
CREATE TABLE alias (nominal_id VARCHAR(20), fname VARCHAR(100), sname VARCHAR(100));
CREATE INDEX alias_subject ON alias (nominal_id);
CREATE INDEX alias_surname ON alias (sname);
CREATE TABLE incident (incident_id INTEGER PRIMARY KEY, nominal_id VARCHAR(20), occurred_on DATE,
  created_on {instant}, restricted SMALLINT, grade VARCHAR(10), mo_text TEXT, dash_grade VARCHAR(20),
  children DECIMAL(8,2), weapon BOOLEAN, picture {binary}, written_on VARCHAR(20));
CREATE INDEX incident_subject ON incident (nominal_id);
CREATE VIEW incident_view AS SELECT incident_id, nominal_id, occurred_on, created_on, restricted,
  grade, mo_text, dash_grade, children, weapon, picture, written_on, {trap} AS trap FROM incident;
CREATE VIEW slow_view AS SELECT incident_id, nominal_id, {slow} AS note FROM incident;
";

const PEOPLE: &str = "
INSERT INTO person VALUES ('N1', 'Mali', 'Testwood', '2018-05-09', 'F', '4 Elm Row', 'Merton',
  'SW19 1AA', '020 7946 0001', 'Elm Primary', 'H1', 'Y', 0, '9434765919');
INSERT INTO person VALUES ('N2', 'Dilys', 'Testwood', '1990-01-31', 'F', '4 Elm Row', NULL,
  'SW19 1AA', NULL, NULL, 'H1', 'N', 0, NULL);
INSERT INTO person VALUES ('N3', 'Mali', 'Other', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
  NULL, NULL, NULL);
INSERT INTO person VALUES ('N4', 'Rhys', 'O''Neil', '2018-05-09', 'M', '', '', 'CR4 2BB',
  '020 7946 0004', NULL, 'H2', 'S', 1, '4010232137');
INSERT INTO alias VALUES ('N2', 'Dee', 'Formerly');
INSERT INTO alias VALUES ('N2', 'Dilys', 'Maiden|Name');
INSERT INTO incident VALUES (1, 'N1', '2026-01-10', '2026-01-11 23:30:00', 0, '1A', 'First', 'high',
  2, TRUE, NULL, '10/01/2026');
INSERT INTO incident VALUES (2, 'N1', '2024-06-01', NULL, NULL, NULL, 'Second', 'medium', 1.50, FALSE,
  NULL, '1/6/2024');
INSERT INTO incident VALUES (3, 'N1', NULL, NULL, 1, NULL, NULL, NULL, NULL, NULL, NULL, 'unknown');
INSERT INTO incident VALUES (4, 'n1', '2026-01-12', NULL, 0, NULL, 'Of somebody else', 'low', 0, FALSE,
  NULL, NULL);
";

const MAPPING: &str = r#"
[source.niche]
{place}
system = "Niche RMS"
[source.niche.person]
table = "person"
key = "nominal_id"
forename = "fname"
surname = "sname"
dob = "dob"
sex = "sex"
address = ["addr", "town"]
postcode = "postcode"
phone = "phone"
school = "school"
household = "household_id"
protected = "safe_address"
sealed = "sealed_flag"
identifiers = { nhs_number = "nhs_no" }
aliases = { table = "alias", subject = "nominal_id", forename = "fname", surname = "sname" }

[source.niche.category."police.domestic_incident"]
table = "incident_view"
key = "incident_id"
subject = "nominal_id"
date = "occurred_on"
recorded = "created_on"
sealed = "restricted"
grading = "grade"
fields = { date = "occurred_on", summary = "mo_text", risk = "dash_grade", children = "children", weapon = "weapon", detail = "trap" }
provenance = { author = "police_officer", nature = "fact", verification = "verified" }

[source.niche.category."police.missing"]
table = "slow_view"
key = "incident_id"
subject = "nominal_id"
fields = { note = "note" }
provenance = { author = "police_officer", nature = "allegation", verification = "unverified" }
"#;

const VOCABULARY: &str = include_str!("../vocabulary.toml");
