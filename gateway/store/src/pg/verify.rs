//! Verification of a ledger in a database, frame by frame, from one snapshot; no key is needed.

use std::path::Path;

use stile_ledger::verify::{Report, Segment, Verifier};
use stile_ledger::{Checkpoint, Vkey};

use super::head::{HeadRow, frames};
use super::link::{Link, database};
use super::schema;
use crate::config::Progress;
use crate::error::StoreError;

/// Past every frame number.
const ALL: u64 = i64::MAX.unsigned_abs();

/// Verifies the ledger in the database that the URL in `url_file` names, and that it continues
/// every checkpoint in `earlier`. Each frame counts as one segment. Blocks.
///
/// # Errors
///
/// When the database cannot be read or holds no ledger, or its head row is not that of its frames.
/// What is wrong with the frames is in the report.
pub fn verify_postgres(
    url_file: &Path,
    vkey: &Vkey,
    earlier: &[Checkpoint],
    progress: impl FnMut(Progress) + Send,
) -> Result<Report, StoreError> {
    let link = Link::new(url_file)?;
    let verifier = Verifier::new(vkey.clone(), earlier.to_vec());
    // On a thread of its own: the caller's may belong to a runtime.
    let looked = std::thread::scope(|scope| {
        let looking = scope.spawn(|| link.drive(look(&link, verifier, progress)));
        looking.join()
    });
    let (mut verifier, row) =
        looked.map_err(|_| StoreError::Unfit("its frames cannot be read"))??;
    // A row is written whole or not at all: half a frame is no crash, and no start cuts it.
    verifier.goes_on();
    let report = verifier.finish();
    if report.is_sound() && report.entries != row.size {
        return Err(StoreError::Unfit(
            "its head row states another number of entries than its frames hold",
        ));
    }
    Ok(report)
}

/// Reads every frame of one snapshot.
async fn look(
    link: &Link,
    mut verifier: Verifier,
    mut progress: impl FnMut(Progress),
) -> Result<(Verifier, HeadRow), StoreError> {
    let session = link.connect().await?;
    schema::check(&session).await?;
    let snapshot = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
    let begun = session.client.batch_execute(snapshot).await;
    begun.map_err(database("begin a transaction"))?;
    let row = HeadRow::read(&session).await?;
    let mut seen = 0;
    frames(&session, 0, ALL, |number, bytes| {
        verifier.segment(&Segment { number, bytes });
        seen = number.saturating_add(1);
        progress(Progress {
            done: seen,
            total: row.next.max(seen),
        });
        Ok(())
    })
    .await?;
    if seen == row.next {
        Ok((verifier, row))
    } else {
        Err(StoreError::Unfit(
            "its head row is not that of the last frame: frames are missing or were put in",
        ))
    }
}
