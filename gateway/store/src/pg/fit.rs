//! Whether a server may hold the ledger: what it acknowledges must be on disk, and in a cluster on a
//! standby too. Failing over to a standby that lagged would be a fork with our signature.

use tokio_postgres::Row;

use super::link::{Session, database};
use crate::error::StoreError;

/// Settings without which an acknowledged commit may be lost.
pub(super) const DURABLE: &str = "current_setting('synchronous_commit') IN ('on', 'remote_apply'), \
     current_setting('fsync') = 'on', current_setting('full_page_writes') = 'on', \
     NOT pg_is_in_recovery()";

/// What each column of [`DURABLE`] is refused with, when it is not so.
const REFUSALS: [&str; 4] = [
    "`synchronous_commit` is not `on`; set it for this role or server, or commits are lost in a crash",
    "`fsync` is off; turn it on, or commits are lost in a power cut",
    "`full_page_writes` is off; turn it on, or a power cut damages pages",
    "it is a standby, which cannot be written; give the address of the primary",
];

/// Checks the four columns of [`DURABLE`] that start at `first`.
pub(super) fn check_durable(row: &Row, first: usize) -> Result<(), StoreError> {
    for (place, refusal) in (first..).zip(REFUSALS) {
        let fits: bool = row.try_get(place).map_err(database("say its settings"))?;
        if !fits {
            return Err(StoreError::Unfit(refusal));
        }
    }
    Ok(())
}

/// Checks version, encoding of durability and standbys, before anything is trusted to the server.
pub(super) async fn check(session: &Session, single_node: bool) -> Result<(), StoreError> {
    let asking = format!(
        "SELECT {DURABLE}, current_setting('server_version_num')::int, \
         current_setting('synchronous_standby_names') <> '', \
         (SELECT count(*) FROM pg_stat_replication), \
         (SELECT count(*) FROM pg_stat_replication WHERE sync_state IN ('sync', 'quorum'))"
    );
    let row = session.client.query_one(&asking, &[]).await;
    let row = row.map_err(database("say its settings"))?;
    check_durable(&row, 0)?;
    let say = || database("say its settings");
    let version: i32 = row.try_get(4).map_err(say())?;
    if version < 120_000 {
        return Err(StoreError::Unfit("it is older than PostgreSQL 12"));
    }
    let named: bool = row.try_get(5).map_err(say())?;
    let standbys: i64 = row.try_get(6).map_err(say())?;
    let in_step: i64 = row.try_get(7).map_err(say())?;
    check_standby(named, standbys, in_step, single_node)
}

fn check_standby(
    named: bool,
    standbys: i64,
    in_step: i64,
    single_node: bool,
) -> Result<(), StoreError> {
    match (named, standbys, in_step) {
        (true, _, 1..) => Ok(()),
        (true, 0, _) => Err(StoreError::Unfit(
            "`synchronous_standby_names` names a standby, but none is connected: every commit would \
             wait; start the standby",
        )),
        (true, _, _) => Err(StoreError::Unfit(
            "no standby is seen in step; grant this role `pg_monitor`, so that it can see them, and \
             look at `sync_state` in pg_stat_replication",
        )),
        (false, 1.., _) if !single_node => Err(StoreError::Unfit(
            "it has a standby that may lag: set `synchronous_standby_names`, or failing over would \
             lose entries and fork the ledger",
        )),
        (false, _, _) if !single_node => Err(StoreError::Unfit(
            "it has no synchronous standby; set one up and `synchronous_standby_names`, or say \
             `postgres_single_node = true` where one server is all there is",
        )),
        (false, 1.., _) => {
            tracing::warn!("standbys of the ledger's database may lag: never fail over to one");
            Ok(())
        }
        (false, _, _) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::check_standby;

    #[test]
    fn a_cluster_needs_a_standby_in_step() {
        assert!(check_standby(true, 1, 1, false).is_ok());
        assert!(check_standby(true, 2, 1, true).is_ok());
        for (named, standbys, in_step) in [(true, 0, 0), (true, 2, 0), (false, 1, 0), (false, 0, 0)]
        {
            assert!(check_standby(named, standbys, in_step, false).is_err());
        }
    }

    #[test]
    fn one_server_is_accepted_only_where_that_is_said() {
        assert!(check_standby(false, 0, 0, true).is_ok());
        assert!(check_standby(false, 0, 0, false).is_err());
        assert!(
            check_standby(true, 0, 0, true).is_err(),
            "commits would wait"
        );
    }
}
