//! What decides whether a gateway that is called may hear what is sent.

use std::sync::Arc;

use arc_swap::ArcSwap;
use stile_trust::TrustError;
use stile_trust::directory::Directory;
use stile_trust::peer::Peer;

use crate::server::Guard;

/// The revocation lists and the directory in use. A certificate that was issued for a member is not
/// enough: the directory pins which of the member's keys count, and drops one long before it ends.
#[derive(Debug, Clone)]
pub struct Watch {
    /// Certificates that are no longer good, and the clock.
    pub guard: Guard,
    /// The members and their keys; replaced whole.
    pub directory: Arc<ArcSwap<Directory>>,
}

impl Watch {
    /// # Errors
    ///
    /// When its certificate is revoked, the directory is not in force, or does not list this member
    /// with this key.
    pub(super) fn check(&self, peer: &Peer) -> Result<(), TrustError> {
        let now = self.guard.clock.now();
        self.guard.revocations.load().check(peer, now)?;
        let directory = self.directory.load();
        directory.check_in_force(now)?;
        directory.admits(peer).map(drop)
    }
}
