//! The tables: made by an order of the operator, checked at start, never made by a gateway.

use std::path::Path;

use super::link::{Link, Session, database};
use crate::error::StoreError;

const VERSION: i32 = 1;
const SCHEMA: &str = include_str!("schema.sql");

/// Makes the tables in the database that the URL in `url_file` names; `false` when they are there
/// already. Blocks.
///
/// # Errors
///
/// When the database cannot be reached, or holds tables of another version.
pub fn migrate_postgres(url_file: &Path) -> Result<bool, StoreError> {
    let link = Link::new(url_file)?;
    link.read(|session| async move {
        if version(&session).await?.is_some() {
            return check(&session).await.map(|()| false);
        }
        // Two that start at once: the tables of one stand, and the other's transaction fails whole.
        let made = format!("BEGIN; {SCHEMA} COMMIT;");
        match session.client.batch_execute(&made).await {
            Ok(()) => Ok(true),
            Err(error) => Err(database("make the ledger's tables")(error)),
        }
    })
}

/// Are the tables there, and of the version this program knows?
pub(super) async fn check(session: &Session) -> Result<(), StoreError> {
    match version(session).await? {
        Some(VERSION) => Ok(()),
        Some(newer) if newer > VERSION => Err(StoreError::Unfit(
            "its ledger tables were made by a newer program than this one; start that one",
        )),
        Some(_) => Err(StoreError::Unfit(
            "its ledger tables are of a version that this program does not know",
        )),
        None => Err(StoreError::Unfit(
            "it has no ledger tables; run `stile store migrate`",
        )),
    }
}

async fn version(session: &Session) -> Result<Option<i32>, StoreError> {
    let asking = || database("say which tables it has");
    let there = "SELECT to_regclass('stile_schema') IS NOT NULL";
    let there = session
        .client
        .query_one(there, &[])
        .await
        .map_err(asking())?;
    if !there.try_get::<_, bool>(0).map_err(asking())? {
        return Ok(None);
    }
    let row = "SELECT max(version) FROM stile_schema";
    let row = session.client.query_one(row, &[]).await.map_err(asking())?;
    row.try_get(0).map_err(asking())
}
