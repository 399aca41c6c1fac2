//! The head row, and frames read in their order.

use stile_ledger::frame::{Decoded, Frame};
use stile_ledger::verify::Finding;
use stile_model::digest::Digest;
use tokio_postgres::Row;

use super::fit::check_durable;
use super::link::{Session, database};
use crate::error::StoreError;

/// Frames read at once.
const PAGE: i64 = 16;

/// The columns from the fifth on are those of [`super::fit::DURABLE`].
const LOCK: &str = "SELECT next, size, hash, rows, \
     current_setting('synchronous_commit') IN ('on', 'remote_apply'), \
     current_setting('fsync') = 'on', current_setting('full_page_writes') = 'on', \
     NOT pg_is_in_recovery() FROM stile_head WHERE id = 1 FOR UPDATE";

/// Where the next frame goes, as the database says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct HeadRow {
    pub(super) next: u64,
    pub(super) size: u64,
    pub(super) hash: Digest,
    /// See [`crate::index::index_origin`]; empty before the first frame.
    pub(super) rows: Vec<u8>,
}

impl HeadRow {
    /// Reads it without a lock.
    pub(super) async fn read(session: &Session) -> Result<Self, StoreError> {
        let sql = "SELECT next, size, hash, rows FROM stile_head WHERE id = 1";
        let statement = session.prepared(sql).await?;
        let row = session.client.query_one(&statement, &[]).await;
        Self::from_row(&row.map_err(database("read the head"))?)
    }

    /// Reads it under its row lock, which the transaction holds from here on, and checks the
    /// server's settings once more: they can change while it runs.
    pub(super) async fn lock(session: &Session) -> Result<Self, StoreError> {
        let statement = session.prepared(LOCK).await?;
        let row = session.client.query_one(&statement, &[]).await;
        let row = row.map_err(database("lock the head"))?;
        check_durable(&row, 4)?;
        Self::from_row(&row)
    }

    fn from_row(row: &Row) -> Result<Self, StoreError> {
        let reading = || database("read the head");
        let hash: Vec<u8> = row.try_get(2).map_err(reading())?;
        let hash = hash
            .try_into()
            .map_err(|_| StoreError::Unfit("its head row is garbled"))?;
        Ok(Self {
            next: unsigned(row.try_get(0).map_err(reading())?)?,
            size: unsigned(row.try_get(1).map_err(reading())?)?,
            hash: Digest::from_bytes(hash),
            rows: row.try_get(3).map_err(reading())?,
        })
    }
}

/// Hands every frame from number `from` up to, not including, `to` to `each`, in order.
pub(super) async fn frames(
    session: &Session,
    from: u64,
    to: u64,
    mut each: impl FnMut(u64, Vec<u8>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let sql = "SELECT number, bytes FROM stile_frame WHERE number >= $1 AND number < $2 \
               ORDER BY number LIMIT $3";
    let statement = session.prepared(sql).await?;
    let (mut next, end) = (signed(from)?, signed(to)?);
    while next < end {
        let page = session
            .client
            .query(&statement, &[&next, &end, &PAGE])
            .await;
        let page = page.map_err(database("read frames"))?;
        if page.is_empty() {
            return Ok(());
        }
        for row in page {
            let reading = || database("read frames");
            let number: i64 = row.try_get(0).map_err(reading())?;
            each(unsigned(number)?, row.try_get(1).map_err(reading())?)?;
            next = number.saturating_add(1);
        }
    }
    Ok(())
}

/// The frame, whose number its place in the table must match.
pub(super) fn decode(number: u64, bytes: &[u8]) -> Result<Decoded, StoreError> {
    let damaged = |fault| {
        StoreError::Damaged(Finding {
            segment: number,
            offset: 0,
            index: 0,
            fault,
            unfinished: false,
        })
    };
    let decoded = Frame::decode(bytes).map_err(damaged)?;
    if decoded.frame.number == number && decoded.length == bytes.len() {
        Ok(decoded)
    } else {
        Err(StoreError::Unfit("a frame stands at the place of another"))
    }
}

pub(super) fn signed(number: u64) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(|_| StoreError::Unfit("a number is beyond what it can hold"))
}

fn unsigned(number: i64) -> Result<u64, StoreError> {
    u64::try_from(number).map_err(|_| StoreError::Unfit("a number in it is negative"))
}
