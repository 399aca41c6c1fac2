//! One transaction: lock, catch up, and, once the frame is drafted, fence, write and commit.

use std::collections::BTreeMap;
use std::time::Duration;

use stile_ledger::Checkpoint;
use stile_ledger::frame::Encoded;
use stile_ledger::verify::Chain;
use stile_model::digest::Digest;
use tokio::time::{Instant, sleep, timeout};
use tokio_postgres::types::ToSql;

use super::Pg;
use super::head::{HeadRow, frames, signed};
use super::link::{Link, Session, database, no_answer};
use crate::error::StoreError;
use crate::index::{Row, index_origin};
use crate::store::Shared;

/// Longest a commit may wait for the disk and the standby before its outcome counts as open.
const COMMIT: Duration = Duration::from_secs(20);
/// Longest an open outcome is looked into.
const RESOLVE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(200);

/// A frame and the rows it makes.
pub(super) struct Writing {
    pub(super) number: u64,
    pub(super) encoded: Encoded,
    pub(super) rows: Vec<Row>,
    pub(super) head: Checkpoint,
}

/// How a commit ended.
pub(super) enum Ended {
    /// It is on disk, and on the standby where one is asked for.
    Durable,
    /// Nothing was written.
    Nothing(StoreError),
    /// It could not be learnt.
    Unknown,
}

/// Begins the transaction, locks the head and takes in every frame before it.
pub(super) async fn begin(
    session: &Session,
    shared: &Shared,
    pg: &Pg,
    chain: &mut Chain,
) -> Result<HeadRow, StoreError> {
    let begun = session.client.batch_execute("BEGIN").await;
    begun.map_err(database("begin a transaction"))?;
    let head = HeadRow::lock(session).await?;
    shared.catch_up(pg, chain, session, &head).await?;
    Ok(head)
}

/// Which of `keys` have a row, asked at once.
pub(super) async fn present(
    session: &Session,
    keys: &[Vec<u8>],
) -> Result<Vec<Vec<u8>>, StoreError> {
    let sql = "SELECT key FROM stile_row WHERE key = ANY($1)";
    let statement = session.prepared(sql).await?;
    let rows = session.client.query(&statement, &[&keys]).await;
    let rows = rows.map_err(database("read rows"))?;
    let keys = rows.iter().map(|row| row.try_get(0));
    keys.collect::<Result<_, _>>()
        .map_err(database("read rows"))
}

/// Writes and commits; the transaction holds the head's lock.
pub(super) async fn finish(session: &Session, link: &Link, writing: &Writing) -> Ended {
    if let Err(error) = write(session, writing).await {
        return Ended::Nothing(error);
    }
    let _ = session.warned();
    // The server gives up waiting for a standby when a time limit strikes, and calls that a commit;
    // so here there is none but ours.
    let commit = session
        .client
        .batch_execute("SET LOCAL statement_timeout = 0; COMMIT");
    match timeout(COMMIT, commit).await {
        Ok(Ok(())) if !session.warned() => Ended::Durable,
        _ => {
            tracing::warn!("a commit's outcome is open; it is looked up");
            resolve(link, writing.number, writing.encoded.hash()).await
        }
    }
}

async fn write(session: &Session, writing: &Writing) -> Result<(), StoreError> {
    let number = signed(writing.number)?;
    let (next, size) = (number.saturating_add(1), signed(writing.head.size)?);
    let hash = writing.encoded.hash().as_bytes().to_vec();
    let origin = index_origin(&writing.head.origin).as_bytes().to_vec();
    let fence = session
        .prepared(
            "UPDATE stile_head SET next = $2, size = $3, hash = $4, rows = $5 \
             WHERE id = 1 AND next = $1",
        )
        .await?;
    let insert = session
        .prepared("INSERT INTO stile_frame (number, bytes) VALUES ($1, $2)")
        .await?;
    let client = &session.client;
    let head: [&(dyn ToSql + Sync); 5] = [&number, &next, &size, &hash, &origin];
    let frame: [&(dyn ToSql + Sync); 2] = [&number, &writing.encoded.bytes];
    let (fenced, _) = tokio::try_join!(
        client.execute(&fence, &head),
        client.execute(&insert, &frame)
    )
    .map_err(database("write a frame"))?;
    put_rows(session, &writing.rows).await?;
    if fenced == 1 {
        Ok(())
    } else {
        Err(no_answer("hold the head's lock"))
    }
}

/// Puts and removes rows, in one go.
pub(super) async fn put_rows(session: &Session, rows: &[Row]) -> Result<(), StoreError> {
    // The last change of a key is the one that counts, and one statement may name it only once.
    let last: BTreeMap<&[u8], Option<&[u8]>> = rows
        .iter()
        .map(|row| (row.key.as_slice(), row.value.as_deref()))
        .collect();
    let gone = last.iter().filter(|row| row.1.is_none());
    let gone: Vec<&[u8]> = gone.map(|row| *row.0).collect();
    let (keys, values): (Vec<&[u8]>, Vec<&[u8]>) = last
        .iter()
        .filter_map(|(key, value)| Some((*key, (*value)?)))
        .unzip();
    let upsert = session
        .prepared(
            "INSERT INTO stile_row (key, value) SELECT * FROM unnest($1::bytea[], $2::bytea[]) \
             ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        )
        .await?;
    let delete = session
        .prepared("DELETE FROM stile_row WHERE key = ANY($1)")
        .await?;
    let client = &session.client;
    let set: [&(dyn ToSql + Sync); 2] = [&keys, &values];
    let removed: [&(dyn ToSql + Sync); 1] = [&gone];
    tokio::try_join!(
        client.execute(&upsert, &set),
        client.execute(&delete, &removed)
    )
    .map_err(database("write rows"))?;
    Ok(())
}

/// Learns whether frame `number` with `hash` is in. The head's lock waits for the transaction that
/// may have written it, wherever that one is by now.
async fn resolve(link: &Link, number: u64, hash: Digest) -> Ended {
    let deadline = Instant::now() + RESOLVE;
    while Instant::now() < deadline {
        match settle(link, number, hash).await {
            Ok(true) => return Ended::Durable,
            Ok(false) => return Ended::Nothing(no_answer("finish a commit")),
            Err(error) => tracing::warn!(%error, "a commit's outcome is still open"),
        }
        sleep(PAUSE).await;
    }
    Ended::Unknown
}

async fn settle(link: &Link, number: u64, hash: Digest) -> Result<bool, StoreError> {
    let session = link.connect().await?;
    let begun = session.client.batch_execute("BEGIN").await;
    begun.map_err(database("begin a transaction"))?;
    let head = HeadRow::lock(&session).await?;
    let mut found = false;
    if head.next > number {
        let after = number.saturating_add(1);
        frames(&session, number, after, |_, bytes| {
            found = Digest::of(&bytes) == hash;
            Ok(())
        })
        .await?;
    }
    if !found {
        return Ok(false);
    }
    // It stands here; this commit comes after it, so when the standby has this one it has both.
    let _ = session.warned();
    let fence =
        "UPDATE stile_head SET next = next WHERE id = 1; SET LOCAL statement_timeout = 0; COMMIT";
    let fenced = timeout(COMMIT, session.client.batch_execute(fence)).await;
    match fenced {
        Ok(Ok(())) if !session.warned() => Ok(true),
        Ok(Err(error)) => Err(database("finish a commit")(error)),
        _ => Err(no_answer("finish a commit")),
    }
}
