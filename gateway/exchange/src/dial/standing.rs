//! How an agency stands to the hubs that it dials, for those who run it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use stile_model::id::MemberId;
use stile_model::time::Timestamp;

/// One hub that this agency dials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dialled {
    /// The hub.
    pub hub: MemberId,
    /// Connections over which it may call now.
    pub open: usize,
    /// How many there should be.
    pub wanted: usize,
    /// When the newest was made.
    pub since: Option<Timestamp>,
    /// Why the last try failed, if it did.
    pub fault: Option<DialFault>,
}

/// Why a hub could not be dialled. Nothing is lost: it is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DialFault {
    /// It took the connection and ended it without a word: its directory does not list this agency as
    /// one that dials out, or not with this certificate's key.
    HungUp,
    /// The certificate shown is not the hub's, or ours is not believed.
    NotTrusted,
    /// Nothing answers at its address.
    Unreachable,
    /// It does not speak the protocol of dialled connections.
    WrongProtocol,
}

impl DialFault {
    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::HungUp => "hung_up",
            Self::NotTrusted => "not_trusted",
            Self::Unreachable => "unreachable",
            Self::WrongProtocol => "wrong_protocol",
        }
    }
}

/// All hubs that are dialled. Clones are one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Standings(Arc<Mutex<BTreeMap<MemberId, Dialled>>>);

impl Standings {
    /// Every hub, by name.
    pub(crate) fn all(&self) -> Vec<Dialled> {
        self.held().values().cloned().collect()
    }

    pub(super) fn want(&self, hub: &MemberId, wanted: usize) {
        let fresh = Dialled {
            hub: hub.clone(),
            open: 0,
            wanted,
            since: None,
            fault: None,
        };
        self.held().entry(hub.clone()).or_insert(fresh).wanted = wanted;
    }

    pub(super) fn forget(&self, hub: &MemberId) {
        self.held().remove(hub);
    }

    pub(super) fn opened(&self, hub: &MemberId, now: Timestamp) {
        if let Some(one) = self.held().get_mut(hub) {
            one.open = one.open.saturating_add(1);
            (one.since, one.fault) = (Some(now), None);
        }
    }

    pub(super) fn closed(&self, hub: &MemberId) {
        if let Some(one) = self.held().get_mut(hub) {
            one.open = one.open.saturating_sub(1);
        }
    }

    pub(super) fn failed(&self, hub: &MemberId, fault: DialFault) {
        if let Some(one) = self.held().get_mut(hub) {
            one.fault = Some(fault);
        }
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<MemberId, Dialled>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
