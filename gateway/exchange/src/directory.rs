//! Another directory while the gateway runs.
//!
//! **Order of effects:** the change is durable in the ledger first, then it counts for every request
//! that begins. A request under way ends by the directory it began with.

mod fetch;
mod serve;

use std::cmp::Ordering;
use std::sync::Arc;

use stile_trust::TrustError;
use stile_trust::directory::{Directory, DirectoryFault};

pub use self::fetch::Following;
pub(crate) use self::serve::with_directory;

use crate::error::ExchangeError;
use crate::gateway::Gateway;
use crate::start::record_directory;

impl Gateway {
    /// Works from `fresh` from now on: a directory that was verified, of this partnership, and that
    /// lists this member. Says whether it is another than the one in use.
    ///
    /// # Errors
    ///
    /// When its version is not higher, or the change could not be recorded; then the one in use
    /// stays.
    pub async fn follow_directory(&self, fresh: Directory) -> Result<bool, ExchangeError> {
        let held = self.directory();
        match fresh.version.cmp(&held.version) {
            Ordering::Equal if fresh == *held => return Ok(false),
            Ordering::Greater => {}
            Ordering::Equal | Ordering::Less => {
                let rollback = DirectoryFault::Rollback {
                    found: fresh.version,
                    minimum: held.version.saturating_add(1),
                };
                return Err(TrustError::from(rollback).into());
            }
        }
        record_directory(self.store(), &fresh, self.now()).await?;
        let fresh = Arc::new(fresh);
        match self {
            Self::Agency(agency) => agency.directory.store(fresh),
            Self::Hub(hub) => {
                hub.directory.store(fresh);
                // Addresses may be others now.
                hub.forget_callers().await;
            }
        }
        Ok(true)
    }
}
