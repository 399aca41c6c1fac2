//! The store on `PostgreSQL`, for several gateways of one member on one ledger.
//!
//! The same frames as the journal's, one a table row, and the same index rows, changed in one
//! transaction:
//!
//! ```text
//! BEGIN
//!   head row … FOR UPDATE        the lock; whoever has it knows the last frame
//!   frames not seen yet          verified and taken in, so that what is decided is decided on them
//!   seal, sign                   only under the lock: two heads of one size are never both signed
//!   UPDATE head … WHERE next = … fence; INSERT frame; UPSERT rows
//! COMMIT                         waits for disk and standby
//! ```
//!
//! A connection lost before the commit wrote nothing, and the batch is drafted anew. One lost during
//! it leaves the outcome open: the head row is locked on a new connection, which waits for the old
//! transaction's end, and the frame's hash tells. If that cannot be learnt, the store is poisoned.
//!
//! Safety rests on the row lock and the fence alone. What is kept in memory (the chain, the tree's
//! edge) is a copy that is brought up to date under the lock, and before readers ask for a head.

mod commit;
mod fit;
mod follow;
mod head;
mod hearing;
mod link;
mod open;
mod poster;
mod rebuild;
mod schema;
mod verify;
mod writer;

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};

use stile_ledger::LedgerKey;
use stile_ledger::verify::Chain;

use crate::error::StoreError;
use crate::index::KeyValue;
use crate::journal::Locator;
use crate::keys::EpochKey;
use link::{Link, database};
pub(crate) use open::open;
pub use rebuild::rebuild_postgres;
pub use schema::migrate_postgres;
pub use verify::verify_postgres;

/// What a store on `PostgreSQL` is opened with.
#[derive(Debug)]
pub struct PostgresConfig {
    /// A file that only its owner may read, with the connection's URL.
    pub url_file: PathBuf,
    /// Is this server all there is? Then no standby is asked for, and losing its disk loses the ledger.
    pub single_node: bool,
    /// The ledger's name, also the name of its key; never changes for a database.
    pub origin: String,
    /// Signs heads and frames.
    pub ledger_key: LedgerKey,
    /// Wraps the data keys; never in the database.
    pub epoch_key: EpochKey,
}

/// The engine's own state.
pub(crate) struct Pg {
    link: Arc<Link>,
    /// Everything up to the newest frame this process has seen. Held while a commit is under way.
    chain: Mutex<Chain>,
    /// The chain's next number, to be compared without waiting for a commit.
    next: AtomicU64,
}

impl Pg {
    /// Has it not answered for some time?
    pub(crate) fn is_away(&self) -> bool {
        self.link.is_away()
    }

    /// The value of one row.
    pub(crate) fn row(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let key = key.to_vec();
        self.link.read(move |session| {
            let key = key.clone();
            async move {
                let sql = "SELECT value FROM stile_row WHERE key = $1";
                let statement = session.prepared(sql).await?;
                let row = session.client.query_opt(&statement, &[&key]).await;
                let row = row.map_err(database("read a row"))?;
                row.map(|row| row.try_get(0).map_err(database("read a row")))
                    .transpose()
            }
        })
    }

    /// Up to `limit` rows from `range`, in order of key.
    pub(crate) fn rows(
        &self,
        range: Range<Vec<u8>>,
        limit: usize,
    ) -> Result<BTreeMap<Vec<u8>, Vec<u8>>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.link.read(move |session| {
            let range = range.clone();
            async move {
                let sql = "SELECT key, value FROM stile_row WHERE key >= $1 AND key < $2 \
                           ORDER BY key LIMIT $3";
                let statement = session.prepared(sql).await?;
                let Range { start, end } = &range;
                let rows = session
                    .client
                    .query(&statement, &[start, end, &limit])
                    .await;
                let rows = rows.map_err(database("read rows"))?;
                let pair = |row: &tokio_postgres::Row| Ok((row.try_get(0)?, row.try_get(1)?));
                let pairs: Result<_, tokio_postgres::Error> = rows.iter().map(pair).collect();
                pairs.map_err(database("read rows"))
            }
        })
    }

    /// The last row of `range`.
    pub(crate) fn last(&self, range: Range<Vec<u8>>) -> Result<Option<KeyValue>, StoreError> {
        self.link.read(move |session| {
            let range = range.clone();
            async move {
                let sql = "SELECT key, value FROM stile_row WHERE key >= $1 AND key < $2 \
                           ORDER BY key DESC LIMIT 1";
                let statement = session.prepared(sql).await?;
                let Range { start, end } = &range;
                let row = session.client.query_opt(&statement, &[start, end]).await;
                let row = row.map_err(database("read a row"))?;
                row.map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
                    .transpose()
                    .map_err(database("read a row"))
            }
        })
    }

    /// The bytes of a record; a place's segment is its frame's number.
    pub(crate) fn read(&self, place: Locator) -> Result<Vec<u8>, StoreError> {
        let broken = || StoreError::Index("a row points outside the frames");
        let number = head::signed(place.segment)?;
        let length = i32::try_from(place.length).map_err(|_| broken())?;
        let from = place.offset.checked_add(1).ok_or_else(broken)?;
        let from = i32::try_from(from).map_err(|_| broken())?;
        let bytes: Option<Vec<u8>> = self.link.read(move |session| async move {
            let sql = "SELECT substring(bytes FROM $2 FOR $3) FROM stile_frame WHERE number = $1";
            let statement = session.prepared(sql).await?;
            let row = session
                .client
                .query_opt(&statement, &[&number, &from, &length])
                .await;
            let row = row.map_err(database("read a record"))?;
            row.map(|row| row.try_get(0).map_err(database("read a record")))
                .transpose()
        })?;
        bytes
            .filter(|bytes| u32::try_from(bytes.len()) == Ok(place.length))
            .ok_or_else(broken)
    }
}
