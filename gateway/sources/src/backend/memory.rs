//! Tables in this process's memory, written once and then read like any `SQLite` file.
//!
//! Nothing of them reaches a disk. Every connection of this process that names the same address sees
//! the same tables; they are gone when the last one is closed.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, OpenFlags};

/// The tables, kept for as long as this is.
pub(crate) struct Memory {
    uri: String,
    keeper: Mutex<Connection>,
}

impl Memory {
    /// No table yet.
    pub(super) fn new() -> rusqlite::Result<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let uri = format!("file:/stile-{number}?vfs=memdb");
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_URI
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let keeper = Connection::open_with_flags(&uri, flags)?;
        // A table that could not be written whole is thrown away whole.
        keeper.execute_batch("PRAGMA journal_mode = OFF; PRAGMA temp_store = MEMORY;")?;
        Ok(Self {
            uri,
            keeper: Mutex::new(keeper),
        })
    }

    pub(super) fn uri(&self) -> &str {
        &self.uri
    }

    /// The connection that writes.
    pub(super) fn writer(&self) -> MutexGuard<'_, Connection> {
        self.keeper.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
