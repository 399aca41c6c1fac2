//! One set of files, read whole and checked, as tables in memory.

use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use ring::digest::{SHA256, digest};
use rusqlite::{Connection, params_from_iter};

use super::decode::decode;
use crate::backend::memory::Memory;
use crate::backend::sqlite::Sqlite;
use crate::limits::Limits;
use crate::mapping::place::{Checksum, CsvPlace, CsvTable};
use crate::mapping::{SourceMapping, TableName};
use crate::name::Dialect;
use crate::query::{self, Slot};

/// Which files they are and when they were written: device, inode, length, seconds, nanoseconds.
pub(super) type Signature = Vec<(u64, u64, u64, i64, i64)>;

/// How far clocks may differ.
const AHEAD_MAX: Duration = Duration::from_hours(1);

/// Tables made of one set of files.
pub(super) struct Loaded {
    pub(super) tables: Sqlite,
    pub(super) signature: Signature,
    /// Rows of each file, in the order of the mapping.
    pub(super) rows: Vec<u32>,
    /// When the oldest of them was written.
    written: SystemTime,
}

impl Loaded {
    pub(super) fn age_s(&self) -> u64 {
        // By the machine's own clock, as files are dated; one slightly ahead is as new as can be.
        self.written.elapsed().map_or(0, |age| age.as_secs())
    }
}

/// Why files are not used.
pub(super) enum Refusal {
    /// They stay as they are until they are replaced.
    Bad(String),
    /// They may still be written to.
    Unsettled(String),
}

/// What is read of a folder, and what must hold.
pub(super) struct Wanted {
    pub(super) place: CsvPlace,
    limits: Limits,
    people: TableName,
    /// The column of the table of people whose values are unique.
    key: String,
    /// Table and column by which rows are looked for.
    indexed: Vec<(String, String)>,
}

impl Wanted {
    pub(super) fn new(mapping: &SourceMapping, place: CsvPlace, limits: Limits) -> Self {
        let person = &mapping.person;
        let looked_up = query::person_slots(person).into_iter().filter(|(slot, _)| {
            matches!(
                slot,
                Slot::Dob
                    | Slot::Household
                    | Slot::Identifier(_)
                    | Slot::Phone
                    | Slot::Postcode
                    | Slot::Surname
            )
        });
        let mut indexed: Vec<_> = looked_up
            .map(|(_, column)| (person.table.to_string(), column.to_string()))
            .collect();
        if let Some(aliases) = &person.aliases {
            for column in [&aliases.subject, &aliases.surname] {
                indexed.push((aliases.table.to_string(), column.to_string()));
            }
        }
        for category in &mapping.categories {
            indexed.push((category.table.to_string(), category.subject.to_string()));
        }
        indexed.sort();
        indexed.dedup();
        Self {
            people: person.table.clone(),
            key: person.key.to_string(),
            place,
            limits,
            indexed,
        }
    }

    fn path(&self, table: &CsvTable) -> PathBuf {
        self.place.folder.join(&table.file)
    }

    /// Which files are there now.
    ///
    /// # Errors
    ///
    /// The name of a file that is not there or cannot be seen.
    pub(super) fn signature(&self) -> Result<Signature, String> {
        let mut signature = Signature::new();
        for table in &self.place.tables {
            let facts = fs::metadata(self.path(table)).map_err(|_| {
                format!("`{}` is not in the folder, or may not be read", table.file)
            })?;
            signature.push(mark(&facts));
            if let Ok(facts) = fs::metadata(sidecar(&self.path(table))) {
                signature.push(mark(&facts));
            }
        }
        Ok(signature)
    }

    /// Reads all files and checks them, against those in force where there are some.
    pub(super) fn load(
        &self,
        signature: &Signature,
        old: Option<&Loaded>,
    ) -> Result<Loaded, Refusal> {
        let broken = |_| Refusal::Bad("there is no memory for its tables".to_owned());
        let memory = Memory::new().map_err(broken)?;
        let mut rows = Vec::new();
        let mut written = None;
        for (place, table) in self.place.tables.iter().enumerate() {
            let named = |problem: String| Refusal::Bad(format!("`{}`: {problem}", table.file));
            let modified = self.settled(table)?;
            written = written.map_or(Some(modified), |oldest: SystemTime| {
                Some(oldest.min(modified))
            });
            let bytes = self.bytes(table).map_err(named)?;
            let text = decode(bytes, self.place.format.encoding).map_err(named)?;
            let count = self.fill(&memory.writer(), table, &text).map_err(named)?;
            let before = old.and_then(|old| old.rows.get(place).copied());
            self.enough(count, before).map_err(named)?;
            rows.push(count);
        }
        // Who wrote meanwhile may have left half of it in what was read.
        if self.signature().as_ref() != Ok(signature) {
            let problem = "the files changed while they were read";
            return Err(Refusal::Unsettled(problem.to_owned()));
        }
        self.index(&memory.writer()).map_err(broken)?;
        Ok(Loaded {
            tables: Sqlite::over(memory, self.limits),
            signature: signature.clone(),
            rows,
            written: written.unwrap_or(SystemTime::UNIX_EPOCH),
        })
    }

    /// When the file was written, if that is long enough ago.
    fn settled(&self, table: &CsvTable) -> Result<SystemTime, Refusal> {
        let modified = fs::metadata(self.path(table)).and_then(|facts| facts.modified());
        let modified = modified
            .map_err(|_| Refusal::Bad(format!("`{}` has no time of writing", table.file)))?;
        let settle = Duration::from_secs(self.place.format.settle_s.into());
        match modified.elapsed() {
            Ok(age) if age < settle => Err(Refusal::Unsettled(format!(
                "`{}` was written to less than {} seconds ago",
                table.file, self.place.format.settle_s
            ))),
            // It would never grow too old.
            Err(ahead) if ahead.duration() > AHEAD_MAX => Err(Refusal::Bad(format!(
                "`{}` is dated in the future; correct the clock of the system that writes it",
                table.file
            ))),
            Ok(_) | Err(_) => Ok(modified),
        }
    }

    /// All bytes of a file, if they are not too many and their digest is right.
    fn bytes(&self, table: &CsvTable) -> Result<Vec<u8>, String> {
        let path = self.path(table);
        let format = &self.place.format;
        let most = u64::from(format.bytes_max_mb) * 1_000_000;
        let file = File::open(&path).map_err(|_| "cannot be read; check its permissions")?;
        let mut bytes = Vec::new();
        file.take(most.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(|_| "cannot be read to its end")?;
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > most {
            return Err(format!(
                "is larger than {} megabytes; raise `bytes_max_mb` if that is right",
                format.bytes_max_mb
            ));
        }
        match (format.checksum, named_digest(&sidecar(&path))?) {
            (Checksum::Ignored, _) | (Checksum::IfThere, None) => {}
            (Checksum::Required, None) => {
                return Err(format!("has no `{}.sha256` beside it", table.file));
            }
            (Checksum::IfThere | Checksum::Required, Some(named)) => {
                if digest(&SHA256, &bytes).as_ref() != named {
                    return Err(format!(
                        "is not the file that `{}.sha256` names; it may be cut short",
                        table.file
                    ));
                }
            }
        }
        Ok(bytes)
    }

    /// Writes the rows of one file into their table and counts them.
    fn fill(&self, memory: &Connection, table: &CsvTable, text: &str) -> Result<u32, String> {
        let format = &self.place.format;
        whole(text, format.quote, format.final_line_end)?;
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(format.delimiter)
            .quote(format.quote)
            .has_headers(false)
            .flexible(true)
            .from_reader(text.as_bytes());
        let mut records = reader.records();
        let Some(Ok(header)) = records.next() else {
            return Err("is empty; its first line names columns".to_owned());
        };
        let places = places(&header, table)?;
        let key = (table.table == self.people)
            .then(|| {
                table
                    .columns
                    .iter()
                    .position(|(c, _)| c.as_str() == self.key)
            })
            .flatten();
        let refused = |_| "its rows do not fit into memory; lower `rows_max`".to_owned();
        memory.execute_batch(&create(table, key)).map_err(refused)?;
        memory.execute_batch("BEGIN").map_err(refused)?;
        let mut insert = memory.prepare(&insertion(table)).map_err(refused)?;
        let mut count = 0_u32;
        for record in records {
            let record = record.map_err(|_| "cannot be read as CSV")?;
            let line = record.position().map_or(0, csv::Position::line);
            if record.len() != header.len() {
                return Err(format!(
                    "line {line} has {} columns, the first line {}",
                    record.len(),
                    header.len()
                ));
            }
            count = count.saturating_add(1);
            if count > format.rows_max {
                return Err(format!(
                    "has more than {} rows; raise `rows_max` if that is right",
                    format.rows_max
                ));
            }
            let value = |place: &usize| record.get(*place).filter(|value| !value.is_empty());
            if key
                .and_then(|key| places.get(key))
                .is_some_and(|place| value(place).is_none())
            {
                return Err(format!("line {line} has no value of `{}`", self.key));
            }
            insert
                .execute(params_from_iter(places.iter().map(value)))
                .map_err(|error| match error.sqlite_error_code() {
                    Some(rusqlite::ErrorCode::ConstraintViolation) => format!(
                        "line {line} has a value of `{}` that an earlier line has, too; a person \
                         must stand in one line",
                        self.key
                    ),
                    _ => refused(error),
                })?;
        }
        drop(insert);
        memory.execute_batch("COMMIT").map_err(refused)?;
        Ok(count)
    }

    /// Are there as many rows as there should be?
    fn enough(&self, count: u32, before: Option<u32>) -> Result<(), String> {
        let format = &self.place.format;
        if count < format.rows_min {
            return Err(format!(
                "has {count} rows, fewer than `rows_min` {}",
                format.rows_min
            ));
        }
        let before = before.unwrap_or(0);
        let least = u64::from(before) * u64::from(100 - format.shrink_max_pct.min(100));
        if u64::from(count) * 100 < least {
            return Err(format!(
                "has {count} rows where the one in force has {before}; if that is right, raise \
                 `shrink_max_pct` {} or start again",
                format.shrink_max_pct
            ));
        }
        Ok(())
    }

    fn index(&self, memory: &Connection) -> rusqlite::Result<()> {
        for (place, (table, column)) in self.indexed.iter().enumerate() {
            memory.execute_batch(&format!(
                "CREATE INDEX stile_{place} ON `{table}` (`{column}`)"
            ))?;
        }
        memory.execute_batch("ANALYZE")
    }
}

fn mark(facts: &fs::Metadata) -> (u64, u64, u64, i64, i64) {
    (
        facts.dev(),
        facts.ino(),
        facts.size(),
        facts.mtime(),
        facts.mtime_nsec(),
    )
}

fn sidecar(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".sha256");
    PathBuf::from(name)
}

/// The digest that a file of `sha256sum` names; `None` when there is no such file.
fn named_digest(path: &Path) -> Result<Option<Vec<u8>>, String> {
    const LONGEST: u64 = 4_096;
    let Ok(file) = File::open(path) else {
        return Ok(None);
    };
    let mut text = String::new();
    let read = file.take(LONGEST).read_to_string(&mut text);
    let word = text.split_whitespace().next().unwrap_or_default();
    let digest =
        data_encoding::HEXLOWER_PERMISSIVE.decode(word.trim_start_matches('\\').as_bytes());
    match (read, digest) {
        (Ok(_), Ok(digest)) if digest.len() == 32 => Ok(Some(digest)),
        _ => Err("has a `.sha256` beside it that holds no SHA-256 in 64 hexadecimal digits".into()),
    }
}

/// Is it a whole file, as far as its form tells?
fn whole(text: &str, quote: u8, final_line_end: bool) -> Result<(), String> {
    // A quotation mark within a value is doubled, so that in a whole file they are even.
    if text.bytes().filter(|byte| *byte == quote).count() % 2 == 1 {
        return Err("a quotation is not closed; it may be cut short".to_owned());
    }
    if final_line_end && !text.ends_with(['\n', '\r']) {
        return Err(
            "ends within a line; it may be cut short (`final_line_end = false` accepts it)"
                .to_owned(),
        );
    }
    Ok(())
}

/// Where each column of the table stands in the file.
fn places(header: &csv::StringRecord, table: &CsvTable) -> Result<Vec<usize>, String> {
    let mut places = Vec::new();
    for (column, wanted) in &table.columns {
        let mut found = header
            .iter()
            .enumerate()
            .filter(|(_, name)| name.trim() == wanted);
        let place = found.next().map(|(place, _)| place);
        let place = place.ok_or_else(|| {
            format!("its first line has no `{wanted}`, which `{column}` is read from")
        })?;
        if found.next().is_some() {
            return Err(format!("its first line has `{wanted}` twice"));
        }
        places.push(place);
    }
    Ok(places)
}

fn create(table: &CsvTable, key: Option<usize>) -> String {
    let columns: Vec<_> = table
        .columns
        .iter()
        .enumerate()
        .map(|(place, (column, _))| {
            let unique = if Some(place) == key { " UNIQUE" } else { "" };
            format!("{}{unique}", column.quoted(Dialect::Sqlite))
        })
        .collect();
    let table = table.table.quoted(Dialect::Sqlite);
    format!("CREATE TABLE {table} ({})", columns.join(", "))
}

fn insertion(table: &CsvTable) -> String {
    let marks = vec!["?"; table.columns.len()].join(", ");
    format!(
        "INSERT INTO {} VALUES ({marks})",
        table.table.quoted(Dialect::Sqlite)
    )
}
