//! Making the rows anew from the frames: when their format has changed, or when they were damaged.

use std::path::Path;

use stile_ledger::Vkey;
use stile_ledger::tile::Edge;
use stile_ledger::verify::Chain;

use super::commit::put_rows;
use super::head::{HeadRow, decode, frames};
use super::link::{Link, Session, database};
use super::schema;
use crate::config::Progress;
use crate::error::StoreError;
use crate::index::{Row, index_origin, rows_of};

/// Rows written at once.
const TOGETHER: usize = 5_000;
/// Frames read before their rows are written.
const STRETCH: u64 = 64;

/// Verifies every frame and makes the rows anew from them, in one transaction; gateways wait for it
/// meanwhile and give up. Blocks.
///
/// # Errors
///
/// When a frame does not hold, or the database does not do it; then the old rows stay.
pub fn rebuild_postgres(
    url_file: &Path,
    vkey: &Vkey,
    progress: impl FnMut(Progress) + Send,
) -> Result<(), StoreError> {
    let link = Link::new(url_file)?;
    // On a thread of its own: the caller's may belong to a runtime.
    let made = std::thread::scope(|scope| {
        let making = scope.spawn(|| link.drive(rebuild(&link, vkey, progress)));
        making.join()
    });
    made.map_err(|_| StoreError::Unfit("its frames cannot be read"))?
}

async fn rebuild(
    link: &Link,
    vkey: &Vkey,
    mut progress: impl FnMut(Progress),
) -> Result<(), StoreError> {
    let session = link.connect().await?;
    schema::check(&session).await?;
    let begun = "BEGIN; SET LOCAL statement_timeout = 0";
    let begun = session.client.batch_execute(begun).await;
    begun.map_err(database("begin a transaction"))?;
    let head = HeadRow::lock(&session).await?;
    let emptied = session.client.batch_execute("DELETE FROM stile_row").await;
    emptied.map_err(database("take the old rows away"))?;
    let (mut chain, mut edge) = (Chain::start(vkey.clone()), Edge::new());
    while chain.next_number() < head.next {
        let from = chain.next_number();
        let rows = stretch(&session, &mut chain, &mut edge, head.next).await?;
        if chain.next_number() == from {
            break;
        }
        for part in rows.chunks(TOGETHER) {
            put_rows(&session, part).await?;
        }
        let (done, total) = (chain.next_number(), head.next);
        progress(Progress { done, total });
    }
    if chain.next_number() != head.next || *chain.previous() != head.hash {
        return Err(StoreError::Unfit(
            "its head row is not that of the last frame; change nothing, restore it from a copy",
        ));
    }
    let format = index_origin(vkey.name()).as_bytes().to_vec();
    let named = "UPDATE stile_head SET rows = $1 WHERE id = 1";
    let named = session.client.execute(named, &[&format]).await;
    named.map_err(database("name the rows' format"))?;
    let ended = session.client.batch_execute("COMMIT").await;
    ended.map_err(database("end a transaction"))
}

/// The rows of the next frames, each verified.
async fn stretch(
    session: &Session,
    chain: &mut Chain,
    edge: &mut Edge,
    end: u64,
) -> Result<Vec<Row>, StoreError> {
    let from = chain.next_number();
    let mut rows = Vec::new();
    frames(
        session,
        from,
        end.min(from.saturating_add(STRETCH)),
        |number, bytes| {
            let decoded = decode(number, &bytes)?;
            let before = chain.tree().size();
            chain.step(&decoded)?;
            let (records, spans) = (&decoded.frame.records, &decoded.spans);
            rows.extend(rows_of(records, spans, (number, 0), before, edge));
            Ok(())
        },
    )
    .await?;
    Ok(rows)
}
