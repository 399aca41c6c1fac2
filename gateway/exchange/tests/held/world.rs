//! One person table on any of the engines.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};

use stile_exchange::clock::Clock;
use stile_exchange::held::{HeldError, HeldPeople};
use stile_model::id::Code;
use stile_model::time::Timestamp;
use stile_model::vocabulary::Vocabulary;
use stile_sources::{Limits, Mapping, Source};
use tempfile::TempDir;

use crate::databases::{Kind, Server};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Mariadb,
    Postgres,
    Sqlite,
}

pub struct World {
    engine: Engine,
    server: Option<Arc<Server>>,
    database: String,
    folder: TempDir,
    minutes: Arc<AtomicI64>,
}

impl World {
    pub fn new(engine: Engine) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let server = match engine {
            Engine::Mariadb => Some(Server::shared(Kind::Mariadb)),
            Engine::Postgres => Some(Server::shared(Kind::Postgres)),
            Engine::Sqlite => None,
        };
        let database = format!("held_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        match (&server, engine) {
            (Some(server), Engine::Mariadb) => {
                server.sql(
                    "",
                    &format!("CREATE DATABASE {database} CHARACTER SET utf8mb4"),
                );
            }
            (Some(server), _) => {
                server.sql("postgres", &format!("CREATE DATABASE {database}"));
            }
            (None, _) => {}
        }
        let world = Self {
            engine,
            server,
            database,
            folder: tempfile::tempdir().unwrap(),
            minutes: Arc::default(),
        };
        world.sql(SCHEMA);
        world.grant();
        world
    }

    fn grant(&self) {
        let name = &self.database;
        match self.engine {
            Engine::Mariadb => self.sql(&format!(
                "CREATE USER r_{name}@'%' IDENTIFIED BY 'pw'; \
                 GRANT SELECT, SHOW VIEW ON {name}.* TO r_{name}@'%';"
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
            None => rusqlite::Connection::open(self.folder.path().join("people.db"))
                .unwrap()
                .execute_batch(sql)
                .unwrap(),
        }
    }

    /// Moves the clock.
    pub fn pass(&self, minutes: i64) {
        self.minutes.fetch_add(minutes, Ordering::Relaxed);
    }

    /// Connected, with these keys in `[source.niche.index]`.
    pub async fn source(&self, index: &str) -> Source {
        self.source_of("person", index).await
    }

    /// The same of another table or view.
    pub async fn source_of(&self, table: &str, index: &str) -> Source {
        let place = match &self.server {
            Some(server) => {
                let file = self.folder.path().join("url");
                let url = server.url(&format!("r_{}", self.database), "pw", &self.database);
                std::fs::write(&file, url).unwrap();
                let kind = match self.engine {
                    Engine::Mariadb => "mysql",
                    Engine::Postgres | Engine::Sqlite => "postgres",
                };
                format!("kind = '{kind}'\nurl_file = '{}'", file.display())
            }
            None => format!(
                "kind = 'sqlite'\npath = '{}'",
                self.folder.path().join("people.db").display()
            ),
        };
        let text = MAPPING
            .replace("{place}", &place)
            .replace("{table}", table)
            .replace("{index}", index);
        let vocabulary = Vocabulary::parse("vocabulary.toml", VOCABULARY).unwrap();
        let police = Code::new("police").unwrap();
        let mapping = Mapping::parse("niche.toml", &text, &vocabulary, &police).unwrap();
        let limits = Limits {
            deadline_ms: 20_000,
            ..Limits::default()
        };
        Source::connect(&mapping.sources[0], limits).await.unwrap()
    }

    fn clock(&self) -> Clock {
        let minutes = Arc::clone(&self.minutes);
        Clock::new(move || {
            Timestamp::from_millis(1_790_000_000_000 + minutes.load(Ordering::Relaxed) * 60_000)
        })
    }

    /// The people of a source whose mapping holds them in memory.
    pub async fn held(&self, source: &Source) -> Result<HeldPeople, HeldError> {
        let held = HeldPeople::read(source, self.clock(), |_, _| {}).await?;
        Ok(held.expect("the mapping holds them in memory"))
    }
}

/// The people of a file in `folder`, held in memory and not read again by key. Older than an hour they
/// answer nothing.
pub async fn source_of_files(folder: &std::path::Path) -> Source {
    let text = FILES.replace("{folder}", &folder.display().to_string());
    let vocabulary = Vocabulary::parse("vocabulary.toml", VOCABULARY).unwrap();
    let police = Code::new("police").unwrap();
    let mapping = Mapping::parse("files.toml", &text, &vocabulary, &police).unwrap();
    let connected = Source::connect(&mapping.sources[0], Limits::default());
    connected.await.unwrap()
}

const FILES: &str = r#"
[source.niche]
kind = "csv"
folder = "{folder}"
system = "Niche RMS"
index = { enabled = true, confirm = false }
person = { table = "person", key = "id", surname = "sname", forename = "fname" }
[source.niche.format]
settle_s = 0
age_max_h = 1
[source.niche.file.person]
name = "people.csv"
columns = { id = "ID", sname = "Surname", fname = "Forename" }
"#;

const SCHEMA: &str = "
CREATE TABLE person (nominal_id VARCHAR(20) PRIMARY KEY, fname VARCHAR(100), sname VARCHAR(100),
  dob DATE, sex VARCHAR(10), addr VARCHAR(200), postcode VARCHAR(12), phone VARCHAR(30),
  school VARCHAR(100), household_id VARCHAR(20), safe_address SMALLINT, sealed_flag SMALLINT,
  nhs_no VARCHAR(20), changed_on DATE);
CREATE INDEX person_surname ON person (sname);
CREATE INDEX person_dob ON person (dob);
CREATE TABLE alias (nominal_id VARCHAR(20), fname VARCHAR(100), sname VARCHAR(100));
CREATE INDEX alias_subject ON alias (nominal_id);
";

const MAPPING: &str = r#"
[source.niche]
{place}
system = "Niche RMS"
index = { {index} }
[source.niche.person]
table = "{table}"
key = "nominal_id"
forename = "fname"
surname = "sname"
dob = "dob"
sex = "sex"
address = ["addr"]
postcode = "postcode"
phone = "phone"
school = "school"
household = "household_id"
protected = "safe_address"
sealed = "sealed_flag"
identifiers = { nhs_number = "nhs_no" }
aliases = { table = "alias", subject = "nominal_id", forename = "fname", surname = "sname" }
"#;

const VOCABULARY: &str = r#"
version = 1
subject_role = []
officer_role = []
approver = []
withhold = []
override = []
parents_informed = []
handling = []
outcome = []
purpose = []
case_kind = []
clock = []
category = []
[[agency]]
kind = "police"
name = "Police"
"#;
