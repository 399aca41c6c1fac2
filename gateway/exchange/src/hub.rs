//! The hub's side: cases, enquiries sent to many agencies at once, returns verified and kept.

mod answers;
mod calendar;
mod case;
mod changes;
mod copy;
mod delivery;
pub mod desk;
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
use stile_model::id::{CaseId, EnquiryId, MemberId, PartnershipId, UserId};
use stile_model::time::Timestamp;
use stile_model::vocabulary::Vocabulary;
use stile_store::Store;
use stile_trust::TrustError;
use stile_trust::directory::{Directory, Reach};
use stile_trust::identity::{Identity, Role};
use stile_trust::signing::SigningKey;
use stile_trust::tls::{TlsMaterial, client_config};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;

pub use answers::{AgencyAnswer, Answers, Watched};
pub use calendar::{Calendar, uk_civil, uk_instant};
pub use case::{Case, OpenCase};
pub use copy::{CopyLine, DocumentSettings, Form, IssueCopy, IssuedCopy};
pub use delivery::{
    AddressError, Deliver, DeliveryLine, DeliverySettings, DeliveryStanding, DeliveryState,
    Destination, OnDecision, WebAddress,
};
pub use desk::DeskSettings;
pub use enquire::{AgencyAsk, Raise, Raised};
pub use presence::{
    AgencyPresence, Ahead, CasePresence, CheckPresence, Opening, OpeningAsked, OpeningFault,
    PresenceSettings, PresenceStatus, Verified,
};
pub use progress::{AgencyProgress, CaseProgress, State};

use crate::client::{Client, Watch};
use crate::clock::Clock;
use crate::dial::{Lane, not_dialled};
use crate::enrol::RenewalSettings;
use crate::error::{ExchangeError, refuse};
use crate::evidence::Scribe;
use crate::people::People;
use crate::retention::Schedule;
use crate::server::{ALPN, Guard};
use crate::start::Behind;
use crate::trace::Traces;
use crate::witness::Witnessing;
use changes::Changes;
use desk::{Board, Crowd, Followed, Offers};

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
    /// How the case desk works.
    pub desk: DeskSettings,
    /// How copies of products are typeset.
    pub documents: DocumentSettings,
    /// Systems of the partnership that get copies.
    pub deliveries: Vec<DeliverySettings>,
    /// How the gateway's certificate is renewed.
    pub renewal: RenewalSettings,
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
    /// How long each step takes, for this member's collector.
    pub traces: Traces,
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
    /// Who signs in to the pages, and who guesses.
    gate: crate::account::Gate,
    /// Held while the directory is replaced.
    following: Mutex<()>,
    /// Whether another gateway of this member has a newer directory or revocation list.
    behind: Behind,
    /// Gateways that ask for certificates.
    enrolling: crate::enrol::Desk,
    /// Offers and sets of agencies, fetched ahead.
    presence: Ahead,
    /// The open cases, without anybody's name.
    board: Board,
    /// Whom the hub's cases are about, to find who is alike.
    crowd: Crowd,
    /// How far the ledger was followed for both.
    followed: Followed,
    /// What agencies offer, fetched ahead.
    offers: Offers,
    /// Held while a copy of a case is numbered.
    numbering: copy::Numbering,
    /// The versions of the cases; wakes those who watch.
    changes: Changes,
    /// Who watches which case, and since when that is on record.
    watched: Mutex<HashMap<(UserId, CaseId), Timestamp>>,
}

impl Live {
    /// Nothing under way yet; `start` makes versions grow across restarts.
    pub fn new(start: u64) -> Self {
        Self {
            clients: Mutex::default(),
            pursued: Mutex::default(),
            keeping: Mutex::default(),
            gate: crate::account::Gate::default(),
            following: Mutex::default(),
            behind: Behind::default(),
            enrolling: crate::enrol::Desk::default(),
            presence: Ahead::default(),
            board: Board::default(),
            crowd: Crowd::default(),
            followed: Followed::default(),
            offers: Offers::default(),
            numbering: copy::Numbering::default(),
            changes: Changes::new(start),
            watched: Mutex::default(),
        }
    }
}

impl Live {
    pub(crate) const fn gate(&self) -> &crate::account::Gate {
        &self.gate
    }

    pub(crate) const fn enrolling(&self) -> &crate::enrol::Desk {
        &self.enrolling
    }

    pub(crate) const fn following(&self) -> &Mutex<()> {
        &self.following
    }

    pub(crate) const fn behind(&self) -> &Behind {
        &self.behind
    }

    pub(crate) const fn keeping(&self) -> &Mutex<()> {
        &self.keeping
    }
}

impl Hub {
    /// What entries of this gateway say alike.
    pub(crate) fn scribe(&self) -> Scribe<'_> {
        Scribe {
            vocabulary: &self.vocabulary,
            pseudonym_key: &self.pseudonym_key,
        }
    }

    /// The keyed pseudonym of a user.
    fn pseudonym(&self, user: &UserId) -> Pseudonym {
        Pseudonym::of(&self.pseudonym_key, user)
    }

    /// Calls agencies anew from now on; calls under way go on.
    pub(crate) async fn forget_callers(&self) {
        self.live.clients.lock().await.clear();
    }

    /// The caller of an agency of the directory.
    ///
    /// # Errors
    ///
    /// When it is not a member, or our certificate cannot call it.
    async fn client(&self, agency: &MemberId, lane: Lane) -> Result<Arc<Client>, ExchangeError> {
        let mut clients = self.live.clients.lock().await;
        // Not before: while this waited, the directory may have become another.
        let directory = self.directory.load();
        directory
            .check_in_force(self.clock.now())
            .map_err(TrustError::from)?;
        let member = directory
            .member(agency)
            .filter(|member| member.role == Role::Agency)
            .ok_or_else(|| refuse("unknown_agency", 422, "the directory has no such agency"))?;
        let key = (agency.clone(), lane);
        if let Some(client) = clients.get(&key) {
            return Ok(Arc::clone(client));
        }
        let client = match &member.endpoint {
            Reach::At(endpoint) => {
                let expect = Identity::agency(self.partnership.clone(), agency.clone());
                let tls = client_config(&self.tls, &expect, ALPN, self.clock.source())?;
                let watch = Watch {
                    guard: Guard {
                        revocations: Arc::clone(self.tls.revocations()),
                        clock: self.clock.clone(),
                    },
                    directory: Arc::clone(&self.directory),
                };
                Client::watched(endpoint.clone(), tls, watch)
            }
            Reach::DialsOut => {
                let lines = self.witnessing.lines().ok_or_else(not_dialled)?;
                Client::dialled(lines.clone(), agency.clone(), lane)
            }
        };
        let client = Arc::new(match lane {
            Lane::Sets => client.reading_up_to(self.longest_set()),
            Lane::Ask | Lane::Wait => client,
        });
        clients.insert(key, Arc::clone(&client));
        Ok(client)
    }
}

#[cfg(test)]
mod tests;
