//! The hub's side: cases, enquiries sent to many agencies at once, returns verified and kept.

mod calendar;
mod case;
mod enquire;
mod keep;
mod presence;
mod product;
mod progress;
mod pursue;
mod receive;
mod reconcile;
pub mod routes;
mod say;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use axum::extract::FromRef;
use stile_ledger::Pseudonym;
use stile_model::id::{EnquiryId, MemberId, PartnershipId, UserId};
use stile_model::vocabulary::Vocabulary;
use stile_store::Store;
use stile_trust::TrustError;
use stile_trust::directory::Directory;
use stile_trust::identity::{Identity, Role};
use stile_trust::signing::SigningKey;
use stile_trust::tls::{TlsMaterial, client_config};
use tokio::sync::{Mutex, watch};
use tokio::task::JoinHandle;

pub use calendar::Calendar;
pub use case::{Case, OpenCase};
pub use enquire::{AgencyAsk, Raise, Raised};
pub use presence::{
    AgencyPresence, Ahead, CasePresence, CheckPresence, Opening, OpeningAsked, OpeningFault,
    PresenceSettings, PresenceStatus, Verified,
};
pub use progress::{AgencyProgress, CaseProgress, State};

use crate::client::Client;
use crate::clock::Clock;
use crate::error::{ExchangeError, refuse};
use crate::evidence::Scribe;
use crate::people::People;
use crate::retention::Schedule;
use crate::server::{ALPN, Guard};
use crate::witness::Witnessing;

/// Numbers a hub may set; every one is bounded when the configuration is read.
#[derive(Debug, Clone)]
pub struct HubSettings {
    /// How long one agency may take before the product goes on without it.
    pub agency_deadline: Duration,
    /// First pause before an agency is tried again; doubles up to `retry_longest`.
    pub retry_first: Duration,
    /// Longest pause.
    pub retry_longest: Duration,
    /// Working hours of the partnership, for clocks that stop at night.
    pub calendar: Calendar,
    /// How long cases are kept.
    pub retention: Schedule,
    /// Who knows a person: how often to look ahead, and how much to hold.
    pub presence: PresenceSettings,
}

/// One hub's gateway, assembled from its parts.
#[derive(Debug)]
pub struct Hub {
    /// This member.
    pub me: MemberId,
    /// The partnership.
    pub partnership: PartnershipId,
    /// Who belongs to the partnership; replaced whole.
    pub directory: Arc<ArcSwap<Directory>>,
    /// The shared words.
    pub vocabulary: Arc<Vocabulary>,
    /// The durable record.
    pub store: Store,
    /// Signs enquiries.
    pub signing: SigningKey,
    /// Makes user names pseudonyms.
    pub pseudonym_key: [u8; 32],
    /// Certificate and roots for calling agencies.
    pub tls: Arc<TlsMaterial>,
    /// Who works here.
    pub people: People,
    /// The clock.
    pub clock: Clock,
    /// Settings.
    pub settings: HubSettings,
    /// Holds this ledger and the agencies' to one history each.
    pub witnessing: Witnessing,
    /// State of this process only.
    pub live: Live,
}

impl FromRef<Arc<Hub>> for Witnessing {
    fn from_ref(hub: &Arc<Hub>) -> Self {
        hub.witnessing.clone()
    }
}

/// What this process remembers; nothing here needs to survive it.
#[derive(Debug)]
pub struct Live {
    clients: Mutex<HashMap<(MemberId, Lane), Arc<Client>>>,
    /// Enquiries being pursued.
    pursued: Mutex<HashMap<EnquiryId, JoinHandle<()>>>,
    /// Held while how long a case is kept is decided.
    keeping: Mutex<()>,
    /// Offers and sets of agencies, fetched ahead.
    presence: Ahead,
    /// Grows with every change of any case; wakes those who watch.
    version: watch::Sender<u64>,
}

impl Live {
    /// Nothing under way yet; `start` makes versions grow across restarts.
    pub fn new(start: u64) -> Self {
        Self {
            clients: Mutex::default(),
            pursued: Mutex::default(),
            keeping: Mutex::default(),
            presence: Ahead::default(),
            version: watch::Sender::new(start),
        }
    }
}

impl Live {
    pub(crate) const fn keeping(&self) -> &Mutex<()> {
        &self.keeping
    }
}

/// Which of the connections to an agency a call goes over.
///
/// Waiting for a person's decision holds a stream for long; however many wait, a new question must
/// find one free.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Lane {
    /// Questions and acknowledgements.
    Ask,
    /// Sets of presence, which are long.
    Sets,
    /// Long polls.
    Wait,
}

impl Hub {
    /// What entries of this gateway say alike.
    fn scribe(&self) -> Scribe<'_> {
        Scribe {
            vocabulary: &self.vocabulary,
            pseudonym_key: &self.pseudonym_key,
        }
    }

    /// The keyed pseudonym of a user.
    fn pseudonym(&self, user: &UserId) -> Pseudonym {
        Pseudonym::of(&self.pseudonym_key, user)
    }

    /// The caller of an agency of the directory.
    ///
    /// # Errors
    ///
    /// When it is not a member, or our certificate cannot call it.
    async fn client(&self, agency: &MemberId, lane: Lane) -> Result<Arc<Client>, ExchangeError> {
        let directory = self.directory.load();
        directory
            .check_in_force(self.clock.now())
            .map_err(TrustError::from)?;
        let mut clients = self.live.clients.lock().await;
        let key = (agency.clone(), lane);
        if let Some(client) = clients.get(&key) {
            return Ok(Arc::clone(client));
        }
        let member = directory
            .member(agency)
            .filter(|member| member.role == Role::Agency)
            .ok_or_else(|| refuse("unknown_agency", 422, "the directory has no such agency"))?;
        let expect = Identity {
            partnership: self.partnership.clone(),
            role: Role::Agency,
            member: agency.clone(),
            user: None,
        };
        let tls = client_config(&self.tls, &expect, ALPN, self.clock.source())?;
        let guard = Guard {
            revocations: Arc::clone(self.tls.revocations()),
            clock: self.clock.clone(),
        };
        let client = Client::watched(member.endpoint.clone(), tls, guard);
        let client = Arc::new(match lane {
            Lane::Sets => client.reading_up_to(self.longest_set()),
            Lane::Ask | Lane::Wait => client,
        });
        clients.insert(key, Arc::clone(&client));
        Ok(client)
    }
}
