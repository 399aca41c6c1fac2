//! Two agencies' systems on real servers, connected the way an agency's own staff would.

use std::fmt::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use harness::databases::{Kind as Engine, Server};
use stile_cli::demo::world::{Backend, Kind};

use super::people::{Line, OUTCOMES, PRESENTATIONS, People, RISKS};

/// What an account that only reads may run, by its first word.
pub const HARMLESS: [&str; 9] = [
    "begin",
    "commit",
    "explain",
    "rollback",
    "select",
    "set",
    "show",
    "start",
    "deallocate",
];

const DATABASE: &str = "records";
const READER: &str = "stile_reader";
const PASSWORD: &str = "read-only";
const BATCH: usize = 500;

/// One agency's system.
pub struct System {
    pub kind: Kind,
    pub engine: Engine,
    pub server: Server,
}

/// The category of which the test asks.
pub const fn category(kind: Kind) -> &'static str {
    match kind {
        Kind::Police => "police.domestic_incident",
        _ => "health.emergency_attendance",
    }
}

impl System {
    /// The police on PostgreSQL, with text dates of birth as old systems have them.
    pub fn police(people: &People) -> Self {
        let server = Server::start(Engine::Postgres);
        server.sql("postgres", &format!("CREATE DATABASE {DATABASE}"));
        let mut sql = person_table("TEXT");
        sql.push_str(
            "CREATE TABLE incident (incident_id INTEGER PRIMARY KEY, rec_id TEXT NOT NULL, \
             occurred_on DATE NOT NULL, result_code TEXT, dash_grade TEXT);\n\
             CREATE INDEX incident_person ON incident (rec_id);\n",
        );
        insert(&mut sql, "person", people.lines.iter().map(person));
        let records = people.records(OUTCOMES.len()).into_iter().map(|record| {
            let (outcome, risk) = record.codes;
            format!(
                "({}, {}, '{}', '{}', '{}')",
                record.key,
                quoted(&record.person),
                record.date,
                OUTCOMES[outcome],
                RISKS[risk]
            )
        });
        insert(&mut sql, "incident", records);
        write!(
            sql,
            "CREATE ROLE {READER} LOGIN PASSWORD '{PASSWORD}';\n\
             GRANT SELECT ON ALL TABLES IN SCHEMA public TO {READER};\nANALYZE;\n"
        )
        .unwrap();
        server.sql(DATABASE, &sql);
        Self {
            kind: Kind::Police,
            engine: Engine::Postgres,
            server,
        }
    }

    /// Health on MariaDB.
    pub fn health(people: &People) -> Self {
        let server = Server::start(Engine::Mariadb);
        server.sql(
            "",
            &format!("CREATE DATABASE {DATABASE} CHARACTER SET utf8mb4"),
        );
        let mut sql = person_table("VARCHAR(80)");
        sql.push_str(
            "CREATE TABLE attendance (attendance_id INTEGER PRIMARY KEY, rec_id VARCHAR(80) NOT \
             NULL, seen_on DATE NOT NULL, presenting VARCHAR(40), concern TINYINT(1));\n\
             CREATE INDEX attendance_person ON attendance (rec_id);\n",
        );
        insert(&mut sql, "person", people.lines.iter().map(person));
        let records = people
            .records(PRESENTATIONS.len())
            .into_iter()
            .map(|record| {
                let (presentation, concern) = record.codes;
                format!(
                    "({}, {}, '{}', '{}', {concern})",
                    record.key,
                    quoted(&record.person),
                    record.date,
                    PRESENTATIONS[presentation]
                )
            });
        insert(&mut sql, "attendance", records);
        write!(
            sql,
            "CREATE USER {READER}@'%' IDENTIFIED BY '{PASSWORD}';\n\
             GRANT SELECT ON {DATABASE}.* TO {READER}@'%';\n"
        )
        .unwrap();
        server.sql(DATABASE, &sql);
        Self {
            kind: Kind::Health,
            engine: Engine::Mariadb,
            server,
        }
    }

    /// Keeps the address in a file of its own, as a secret is kept.
    pub fn backend(&self, own: &Path) -> Backend {
        let url_file = own.join("records.url");
        std::fs::write(&url_file, self.server.url(READER, PASSWORD, DATABASE)).unwrap();
        std::fs::set_permissions(&url_file, std::fs::Permissions::from_mode(0o600)).unwrap();
        match self.engine {
            Engine::Mariadb => Backend::Mysql { url_file },
            Engine::Postgres => Backend::Postgres { url_file },
        }
    }

    /// Writes the mapping that the agency's staff would, and turns the answer grid off: the test
    /// asks many times and measures no time.
    pub fn configure(&self, own: &Path) {
        let (kind, section) = match self.kind {
            Kind::Police => ("postgres", POLICE),
            _ => ("mysql", HEALTH),
        };
        let text = format!("{}{section}", SOURCE.replace("KIND", kind));
        std::fs::write(own.join("sources.toml"), text).unwrap();
        let file = own.join("agency.toml");
        let mut text = std::fs::read_to_string(&file).unwrap();
        text.push_str("\n[answer]\nrelease_grid_ms = 0\n");
        std::fs::write(file, text).unwrap();
    }

    /// From now on the server logs what the gateway's account runs.
    pub fn watch(&self) {
        match self.engine {
            Engine::Mariadb => self.server.sql(
                "",
                "SET GLOBAL log_output = 'TABLE'; SET GLOBAL general_log = 1;",
            ),
            Engine::Postgres => self.server.sql(
                "postgres",
                "ALTER SYSTEM SET log_line_prefix = '%u|';\n\
                 ALTER SYSTEM SET log_statement = 'all';\nSELECT pg_reload_conf();",
            ),
        };
    }

    /// The first word of every statement that the gateway's account ran, in small letters.
    pub fn ran(&self) -> Vec<String> {
        let text = match self.engine {
            Engine::Mariadb => self.server.sql(
                "",
                &format!(
                    "SELECT DISTINCT SUBSTRING_INDEX(TRIM(CONVERT(argument USING utf8mb4)), ' ', 1) \
                     FROM mysql.general_log WHERE user_host LIKE '%{READER}%' \
                     AND command_type IN ('Execute', 'Prepare', 'Query')"
                ),
            ),
            Engine::Postgres => statements(&self.server.sql(
                "postgres",
                "SELECT pg_read_file(current_setting('data_directory') || '/../log')",
            )),
        };
        text.lines()
            .map(|word| word.trim_end_matches(';').to_lowercase())
            .collect()
    }
}

/// First words of the reader's statements in PostgreSQL's log, one a line.
fn statements(log: &str) -> String {
    let own = log
        .lines()
        .filter_map(|line| line.strip_prefix(READER)?.strip_prefix("|LOG:  "));
    let texts = own.filter_map(|rest| {
        let (what, text) = rest.split_once(": ")?;
        let ran = what == "statement" || what.starts_with("execute");
        ran.then(|| text.split_whitespace().next().unwrap_or_default())
    });
    let mut words: Vec<_> = texts.collect();
    words.sort_unstable();
    words.dedup();
    words.join("\n")
}

fn person_table(text: &str) -> String {
    let columns = [
        "given", "middle", "surname", "house", "street", "locality", "postcode", "region", "sex",
        "dob", "ident",
    ];
    let mut sql = format!("CREATE TABLE person (rec_id {text} PRIMARY KEY");
    for column in columns {
        write!(sql, ", {column} {text}").unwrap();
    }
    sql.push_str(");\n");
    for column in ["given", "surname", "postcode", "dob", "ident"] {
        writeln!(sql, "CREATE INDEX person_{column} ON person ({column});").unwrap();
    }
    sql
}

fn person(line: &Line) -> String {
    let names = [
        "rec_id", "given", "middle", "surname", "num", "street", "locality", "postcode", "region",
        "sex", "dob", "ident",
    ];
    let values: Vec<_> = names.iter().map(|name| quoted(&line[*name])).collect();
    format!("({})", values.join(", "))
}

/// An SQL text; what a set leaves empty is not held.
fn quoted(text: &str) -> String {
    assert!(!text.contains('\\'), "no set holds a backslash");
    if text.is_empty() {
        "NULL".to_owned()
    } else {
        format!("'{}'", text.replace('\'', "''"))
    }
}

fn insert(sql: &mut String, table: &str, rows: impl Iterator<Item = String>) {
    let rows: Vec<_> = rows.collect();
    for rows in rows.chunks(BATCH) {
        writeln!(sql, "INSERT INTO {table} VALUES\n{};", rows.join(",\n")).unwrap();
    }
}

const SOURCE: &str = r#"
[source.records]
kind = "KIND"
url_file = "records.url"
system = "Records"

[source.records.person]
table = "person"
key = "rec_id"
forename = "given"
surname = "surname"
dob = "dob"
date_format = "iso"
sex = "sex"
address = ["house", "street", "locality"]
postcode = "postcode"
identifiers = { social_security = "ident" }
"#;

const POLICE: &str = r#"
[source.records.category."police.domestic_incident"]
table = "incident"
key = "incident_id"
subject = "rec_id"
date = "occurred_on"
fields = { date = "occurred_on", outcome = "result_code", risk = "dash_grade" }
provenance = { author = "police_officer", nature = "fact", verification = "verified" }
"#;

const HEALTH: &str = r#"
[source.records.category."health.emergency_attendance"]
table = "attendance"
key = "attendance_id"
subject = "rec_id"
date = "seen_on"
fields = { date = "seen_on", presentation = "presenting", concern = "concern" }
provenance = { author = "emergency_clinician", nature = "fact", verification = "verified" }
"#;
