//! Which policy this process serves, and the bundle it came from.

use std::sync::Arc;

use arc_swap::ArcSwap;
use stile_model::digest::Digest;
use stile_model::time::Timestamp;
use stile_policy::PolicySet;
use tokio::sync::Mutex;

use super::bundle::Bundle;
use super::founding::Ground;

/// A bundle that was verified and is served, and the policy compiled from its texts: whoever needs
/// both takes them from one of these, so that they belong together while another comes into force.
#[derive(Debug)]
pub(super) struct Standing {
    pub(super) policy: Arc<PolicySet>,
    pub(super) bundle: Bundle,
    /// SHA-256 of its payload.
    pub(super) digest: Digest,
    pub(super) since: Timestamp,
}

/// What governs this gateway's answers; kept beside the compiled policy.
#[derive(Debug)]
pub struct Governing {
    pub(super) ground: Ground,
    pub(super) standing: ArcSwap<Standing>,
    /// Held while a policy is changed, so that one step follows another.
    pub(super) turn: Mutex<()>,
    /// The files of the configuration hold other rules or cases than those in force.
    pub(super) file_differs: bool,
}

impl Governing {
    pub(super) fn new(ground: Ground, standing: Standing, file_differs: bool) -> Self {
        Self {
            ground,
            standing: ArcSwap::from_pointee(standing),
            turn: Mutex::default(),
            file_differs,
        }
    }

    pub(super) fn standing(&self) -> Arc<Standing> {
        self.standing.load_full()
    }
}
