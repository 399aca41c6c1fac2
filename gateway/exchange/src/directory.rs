//! Another directory while the gateway runs.
//!
//! **Order of effects:** the change is durable in the ledger first, then it counts for every request
//! that begins. A request under way ends by the directory it began with.

mod asked;
mod fetch;
mod footing;
mod serve;

use std::cmp::Ordering;
use std::sync::Arc;

use stile_trust::TrustError;
use stile_trust::directory::{Directory, DirectoryFault};
use tokio::sync::{Mutex, MutexGuard};

pub use self::asked::{AskedHub, AskedParts};
pub use self::fetch::{Fetching, Following};
pub use self::footing::{Footing, Unfit, Ways};
pub(crate) use self::serve::with_directory;

use crate::error::ExchangeError;
use crate::gateway::Gateway;
use crate::start::record_directory;

/// The turn to change a gateway's directory. Who holds it is alone, so that of two changes at once the
/// later version is the one that stays, in use and on record.
#[derive(Debug)]
pub struct Turn<'a> {
    gateway: &'a Gateway,
    _alone: MutexGuard<'a, ()>,
}

impl Gateway {
    /// Waits for the turn; what is compared with the directory in use is to be read afterwards.
    pub async fn directory_turn(&self) -> Turn<'_> {
        Turn {
            gateway: self,
            _alone: self.following().lock().await,
        }
    }

    /// Held while the directory is replaced.
    pub(crate) fn following(&self) -> &Mutex<()> {
        match self {
            Self::Agency(agency) => agency.live.following(),
            Self::Hub(hub) => hub.live.following(),
        }
    }
}

impl Turn<'_> {
    /// Works from `fresh` from now on: a directory that was verified, of this partnership, and that
    /// lists this member. Says whether it is another than the one in use.
    ///
    /// # Errors
    ///
    /// When its version is not higher, or the change could not be recorded; then the one in use
    /// stays.
    pub async fn follow(&self, fresh: Directory) -> Result<bool, ExchangeError> {
        let held = self.gateway.directory();
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
        record_directory(self.gateway.store(), &fresh, self.gateway.now()).await?;
        let fresh = Arc::new(fresh);
        match self.gateway {
            Gateway::Agency(agency) => agency.directory.store(fresh),
            Gateway::Hub(hub) => {
                hub.directory.store(fresh);
                // Addresses may be others now.
                hub.forget_callers().await;
            }
        }
        Ok(true)
    }
}
