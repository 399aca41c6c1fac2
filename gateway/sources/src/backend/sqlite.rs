//! `SQLite` files, read by a few blocking threads.
//!
//! Read-only is held three times: the file is opened with `SQLITE_OPEN_READ_ONLY`, `query_only` is
//! set, and at connection a write is tried and must fail. File permissions are not looked at, since
//! they say nothing about the superuser; give the gateway's account read permission only.
//!
//! A key column of a view must be a plain column and not an expression: only then does `SQLite`
//! compare a number held there with a key given as text. A file in WAL mode needs its `-shm` file to
//! be there or creatable. A file that is locked for longer than the deadline ends as a deadline.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::limits::Limit;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, OpenFlags, params_from_iter};

use super::memory::Memory;
use super::{Fault, Shape};
use crate::limits::Limits;
use crate::query::{Param, Statement};
use crate::value::Cell;

/// One database file.
pub(crate) struct Sqlite {
    shared: Arc<Shared>,
    deadline_ms: u64,
}

struct Shared {
    at: At,
    max_value_bytes: usize,
    /// Connections not in use; the source's gate bounds how many exist.
    idle: Mutex<Vec<Opened>>,
}

/// Where the tables are.
enum At {
    File(PathBuf),
    Memory(Memory),
}

/// A connection, and the file it reads. An extract that is put in place of another leaves the old
/// file readable to whoever holds it open, and its records may no longer be disclosed.
struct Opened {
    connection: Connection,
    file: FileId,
}

/// Device and inode: which file a path leads to.
#[derive(Clone, Copy, PartialEq, Eq)]
struct FileId(u64, u64);

impl FileId {
    fn at(path: &Path) -> Option<Self> {
        let facts = std::fs::metadata(path).ok()?;
        Some(Self(facts.dev(), facts.ino()))
    }
}

impl Sqlite {
    pub(super) fn open(path: &Path, limits: Limits) -> Self {
        Self::at(At::File(path.to_owned()), limits)
    }

    /// Over tables that were written into memory.
    pub(super) fn over(memory: Memory, limits: Limits) -> Self {
        Self::at(At::Memory(memory), limits)
    }

    fn at(at: At, limits: Limits) -> Self {
        Self {
            shared: Arc::new(Shared {
                at,
                max_value_bytes: limits.max_value_bytes,
                idle: Mutex::default(),
            }),
            deadline_ms: limits.deadline_ms,
        }
    }

    pub(super) async fn rows(
        &self,
        statement: &Statement,
        deadline_ms: u64,
    ) -> Result<Vec<Vec<Cell>>, Fault> {
        let statement = statement.clone();
        let max_bytes = self.shared.max_value_bytes;
        self.with(deadline_ms, move |connection| {
            read(connection, &statement, max_bytes)
        })
        .await
    }

    pub(super) async fn shapes(&self, statement: &Statement) -> Result<Vec<Shape>, Fault> {
        let statement = statement.clone();
        self.with(self.deadline_ms, move |connection| {
            let prepared = connection.prepare(&statement.sql)?;
            let shapes = prepared.columns();
            Ok(shapes.map(|c| shape(c.decl_type())).collect())
        })
        .await
    }

    pub(super) async fn indexed(&self, statement: &Statement) -> Result<bool, Fault> {
        let mut statement = statement.clone();
        statement.sql.insert_str(0, "EXPLAIN QUERY PLAN ");
        let plan = self.rows(&statement, self.deadline_ms).await?;
        Ok(is_indexed(&plan))
    }

    pub(super) async fn writable(&self) -> Result<Option<String>, Fault> {
        self.with(self.deadline_ms, |connection| {
            let written = connection.execute_batch("CREATE TABLE stile_write_proof (a)");
            Ok(match written {
                Err(rusqlite::Error::SqliteFailure(error, _))
                    if error.code == ErrorCode::ReadOnly =>
                {
                    None
                }
                Err(error) => return Err(error),
                Ok(()) => Some("a table could be created".to_owned()),
            })
        })
        .await
    }

    /// Runs `work` on a blocking thread with a connection that is interrupted at the deadline.
    async fn with<T: Send + 'static>(
        &self,
        deadline_ms: u64,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Fault> {
        let shared = Arc::clone(&self.shared);
        let deadline = Duration::from_millis(deadline_ms);
        let done = tokio::task::spawn_blocking(move || shared.run(deadline, work)).await;
        done.unwrap_or(Err(Fault::Unreachable))
    }
}

impl Shared {
    fn run<T>(
        &self,
        deadline: Duration,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, Fault> {
        let until = Instant::now() + deadline;
        let mut opened = match self.still_good() {
            Some(opened) => opened,
            None => self.open()?,
        };
        let connection = &mut opened.connection;
        let answer = (|| {
            connection.busy_timeout(deadline)?;
            connection.progress_handler(1_000, Some(move || Instant::now() >= until))?;
            work(connection)
        })();
        // A connection that failed is closed: its file may have been damaged.
        if answer.is_ok() {
            self.idle().push(opened);
        }
        answer.map_err(|error| fault(&error))
    }

    /// An idle connection to the file that the path leads to now; those to another are closed.
    fn still_good(&self) -> Option<Opened> {
        let file = self.file();
        let mut idle = self.idle();
        idle.retain(|opened| Some(opened.file) == file);
        idle.pop()
    }

    fn file(&self) -> Option<FileId> {
        match &self.at {
            At::File(path) => FileId::at(path),
            // What is in memory is never swapped: it is replaced with all that reads it.
            At::Memory(_) => Some(FileId(0, 0)),
        }
    }

    fn open(&self) -> Result<Opened, Fault> {
        // Looked at first: should another file take its place before it is opened, the connection
        // is used once and then closed.
        let file = self.file().ok_or(Fault::Unreachable)?;
        let connection = self.connect().map_err(|error| fault(&error))?;
        Ok(Opened { connection, file })
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Opened>> {
        // The list is never left half-changed, so a panic elsewhere does not spoil it.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn connect(&self) -> rusqlite::Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = match &self.at {
            At::File(path) => Connection::open_with_flags(path, flags)?,
            At::Memory(memory) => {
                let flags = flags | OpenFlags::SQLITE_OPEN_URI;
                Connection::open_with_flags(memory.uri(), flags)?
            }
        };
        connection.execute_batch(
            "PRAGMA query_only = ON; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;",
        )?;
        // Ten times over, because the limit also counts whole rows and the statement itself.
        let longest = self.max_value_bytes.saturating_mul(10).max(1_000_000);
        let longest = i32::try_from(longest).unwrap_or(i32::MAX);
        connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, longest)?;
        connection.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0)?;
        Ok(connection)
    }
}

/// Does the plan use an index wherever it reads?
pub(super) fn is_indexed(plan: &[Vec<Cell>]) -> bool {
    !plan.iter().any(|row| match row.last() {
        // An automatic index is built for the one query by scanning the table.
        Some(Cell::Text(step)) => step.starts_with("SCAN") || step.contains("AUTOMATIC"),
        _ => true,
    })
}

fn read(
    connection: &Connection,
    statement: &Statement,
    max_bytes: usize,
) -> rusqlite::Result<Vec<Vec<Cell>>> {
    let mut prepared = connection.prepare_cached(&statement.sql)?;
    let columns = prepared.column_count();
    let params = statement.params.iter().flat_map(|param| match param {
        Param::List(values) => values.as_slice(),
        Param::Text(value) => std::slice::from_ref(value),
    });
    let mut rows = prepared.query(params_from_iter(params))?;
    let mut read = Vec::new();
    while let Some(row) = rows.next()? {
        let cells = (0..columns).map(|column| Ok(cell(row.get_ref(column)?, max_bytes)));
        read.push(cells.collect::<rusqlite::Result<Vec<_>>>()?);
    }
    Ok(read)
}

fn cell(value: ValueRef<'_>, max_bytes: usize) -> Cell {
    match value {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(number) => Cell::Number(number.to_string()),
        ValueRef::Real(number) if number.is_finite() => Cell::Number(number.to_string()),
        ValueRef::Text(text) => Cell::bounded(text, max_bytes),
        ValueRef::Real(_) | ValueRef::Blob(_) => Cell::Unreadable,
    }
}

fn shape(declared: Option<&str>) -> Shape {
    let Some(declared) = declared.map(str::to_ascii_lowercase) else {
        return Shape::Untyped;
    };
    let holds = |words: &[&str]| words.iter().any(|word| declared.contains(word));
    if holds(&["bool"]) {
        Shape::Flag
    } else if holds(&["date", "time"]) {
        Shape::Date
    } else if holds(&["int", "real", "floa", "doub", "num", "dec"]) {
        Shape::Number
    } else if holds(&["char", "clob", "text"]) {
        Shape::Text
    } else if holds(&["blob"]) {
        Shape::Other
    } else {
        Shape::Untyped
    }
}

fn fault(error: &rusqlite::Error) -> Fault {
    let rusqlite::Error::SqliteFailure(failure, message) = error else {
        // Preparing a statement fails with the place of the error in the SQL.
        return if matches!(error, rusqlite::Error::SqlInputError { .. }) {
            Fault::Schema
        } else {
            Fault::Refused("client".to_owned())
        };
    };
    match failure.code {
        ErrorCode::OperationInterrupted | ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => {
            Fault::Deadline
        }
        ErrorCode::CannotOpen
        | ErrorCode::NotADatabase
        | ErrorCode::SystemIoFailure
        | ErrorCode::DatabaseCorrupt => Fault::Unreachable,
        _ if message
            .as_deref()
            .is_some_and(|text| text.starts_with("no such")) =>
        {
            Fault::Schema
        }
        _ => Fault::Refused(failure.extended_code.to_string()),
    }
}
