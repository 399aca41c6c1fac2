//! Witnesses: members' gateways hold each other to one history of every ledger.
//!
//! ```text
//! our head ──add-checkpoint──► every member's gateway: does it extend what I cosigned last?
//!          ◄──cosignature────  kept durably there before it is given
//! their heads ──────────────►  the same here, see [`held`]
//! a head with our signature that contradicts our ledger ──► nothing is released, see [`halt`]
//! ```
//!
//! A head that contradicts the ledger is believed only under the ledger's own signature, so a
//! witness that lies can withhold its cosignature and no more.
//!
//! **Source:** C2SP tlog-witness, tlog-cosignature, tlog-policy, tlog-tiles.

mod alarm;
mod ask;
mod halt;
mod held;
mod people;
mod publish;
mod quorum;
mod serve;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::{ArcSwap, ArcSwapOption};
use stile_ledger::{Checkpoint, CosignerKey, KeyName, Vkey};
use stile_model::id::{MemberId, PartnershipId};
use stile_store::{Store, Tree};
use stile_trust::TrustError;
use stile_trust::directory::{Directory, Endpoint, Member, Reach};
use stile_trust::identity::Identity;
use stile_trust::peer::Peer;
use stile_trust::tls::{TlsMaterial, client_config};
use tokio::sync::watch;

pub use alarm::Alarm;
pub use halt::{Cause, Halt, Resume, Resumed};
pub(crate) use held::{Held, Step};
pub(crate) use people::people_face;
pub use people::{WitnessLine, WitnessState, Witnesses};
pub use quorum::policy_of;
pub(crate) use serve::peer_face;

use ask::Contact;

use crate::client::{Client, Watch};
use crate::clock::Clock;
use crate::dial::{Lane, Lines, not_dialled};
use crate::error::{ExchangeError, refuse};
use crate::people::People;
use crate::server::{ALPN, Guard};

/// Numbers and places of witnessing; every one is bounded when the configuration is read.
#[derive(Debug, Clone)]
pub struct WitnessSettings {
    /// Folder for the static files of the ledger's tree; none publishes nothing.
    pub publish: Option<PathBuf>,
    /// Time between two submissions of a head that grew.
    pub every: Duration,
    /// Longest a witness may take to answer.
    pub patience: Duration,
    /// Time without a quorum after which there is an alarm.
    pub alarm_after: Duration,
}

/// What witnessing is assembled from.
#[derive(Debug)]
pub struct WitnessParts {
    /// This member.
    pub me: MemberId,
    /// The partnership.
    pub partnership: PartnershipId,
    /// Who belongs to the partnership; replaced whole.
    pub directory: Arc<ArcSwap<Directory>>,
    /// The ledger, and what is held of others'.
    pub store: Store,
    /// Certificate and roots for calling members.
    pub tls: Arc<TlsMaterial>,
    /// Cosigns other members' heads.
    pub key: CosignerKey,
    /// Who works here.
    pub people: People,
    /// Makes user names pseudonyms.
    pub pseudonym_key: [u8; 32],
    /// The clock.
    pub clock: Clock,
    /// Connections that agencies dialled; none where none may.
    pub lines: Option<Lines>,
    /// Settings.
    pub settings: WitnessSettings,
}

/// This gateway as a witness, and as the keeper of a ledger that others witness. Clones are one.
#[derive(Debug, Clone)]
pub struct Witnessing(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    parts: WitnessParts,
    /// Why nothing is released, if so; the durable mark is read at start.
    halt: ArcSwapOption<Halt>,
    /// Held while the halt changes; true when the halt in memory is the durable one.
    halting: tokio::sync::Mutex<bool>,
    /// The newest head that others are asked about, and the newest that reached the quorum.
    gathered: Mutex<Gathered>,
    contacts: Mutex<BTreeMap<MemberId, Contact>>,
    clients: Mutex<HashMap<MemberId, (Reach, Arc<Client>)>>,
    /// One at a time for each member's ledger: compare, keep, cosign.
    turns: Mutex<HashMap<MemberId, Arc<tokio::sync::Mutex<()>>>>,
    outbox: Mutex<VecDeque<(MemberId, Alarm)>>,
}

/// Cosignatures under our own heads.
#[derive(Debug)]
struct Gathered {
    /// The head that is being cosigned, with what cosignatures there are.
    newest: Option<(Checkpoint, String)>,
    /// The newest head that reached the quorum.
    witnessed: Option<(Checkpoint, String)>,
    quorum: quorum::Standing,
}

/// Key of the newest head that reached the quorum.
const WITNESSED: &[u8] = b"ledger/witnessed";

impl Witnessing {
    /// Reads what is kept: whether releases are halted, and the newest cosigned head.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub fn new(parts: WitnessParts) -> Result<Self, ExchangeError> {
        let halt = halt::kept(&parts.store)?;
        let witnessed = match parts.store.get(Tree::Meta, WITNESSED)? {
            None => None,
            Some(note) => {
                let broken = |_| ExchangeError::Stored("witnessed checkpoint");
                let note = String::from_utf8(note).map_err(|error| broken(error.utf8_error()))?;
                let head = Checkpoint::open(&note, parts.store.vkey())
                    .map_err(|_| ExchangeError::Stored("witnessed checkpoint"))?;
                Some((head, note))
            }
        };
        if let Some(halt) = &halt {
            tracing::error!(since = %halt.since, "releases are halted; see `stile ledger witnesses`");
        }
        let gathered = Gathered {
            newest: None,
            witnessed,
            quorum: quorum::Standing::since(parts.clock.now()),
        };
        Ok(Self(Arc::new(Inner {
            parts,
            halting: tokio::sync::Mutex::new(halt.is_some()),
            halt: ArcSwapOption::from_pointee(halt),
            gathered: Mutex::new(gathered),
            contacts: Mutex::default(),
            clients: Mutex::default(),
            turns: Mutex::default(),
            outbox: Mutex::default(),
        })))
    }

    /// Publishes, submits and tells until `stop` turns true.
    pub async fn run(&self, stop: watch::Receiver<bool>) {
        tokio::join!(
            self.heed_until(stop.clone()),
            self.publish_until(stop.clone()),
            self.submit_until(stop)
        );
    }

    /// Our certificate, and the revocation lists that every connection is checked against.
    pub(crate) fn tls(&self) -> &TlsMaterial {
        &self.parts().tls
    }

    /// Connections that agencies dialled, where this gateway takes them.
    pub fn lines(&self) -> Option<&Lines> {
        self.parts().lines.as_ref()
    }

    fn parts(&self) -> &WitnessParts {
        &self.0.parts
    }

    fn vkey(&self) -> &Vkey {
        self.parts().store.vkey()
    }

    /// The directory, for as long as it may be worked from.
    fn directory(&self) -> Result<Arc<Directory>, ExchangeError> {
        let directory = self.parts().directory.load_full();
        directory
            .check_in_force(self.parts().clock.now())
            .map_err(TrustError::from)?;
        Ok(directory)
    }

    /// The member behind a connection.
    fn member_of(&self, peer: &Peer) -> Result<MemberId, ExchangeError> {
        Ok(self.directory()?.admits(peer)?.id.clone())
    }

    /// Every other member.
    fn others(&self) -> Result<Vec<Member>, ExchangeError> {
        let directory = self.directory()?;
        let others = directory
            .members
            .iter()
            .filter(|member| member.id != self.parts().me);
        Ok(others.cloned().collect())
    }

    /// The other member whose ledger has this origin, with the ledger's key.
    fn keeper_of(&self, origin: &KeyName) -> Result<Option<(Member, Vkey)>, ExchangeError> {
        let keeper = self.others()?.into_iter().find_map(|member| {
            let vkey: Vkey = member.ledger_key.parse().ok()?;
            (vkey.name() == origin).then_some((member, vkey))
        });
        Ok(keeper)
    }

    /// The caller of another member.
    fn client(&self, member: &Member) -> Result<Arc<Client>, ExchangeError> {
        let mut clients = locked(&self.0.clients);
        if let Some((reach, client)) = clients.get(&member.id)
            && *reach == member.endpoint
        {
            return Ok(Arc::clone(client));
        }
        let client = Arc::new(match &member.endpoint {
            Reach::At(endpoint) => self.caller(member, endpoint)?,
            Reach::DialsOut => {
                let lines = self.lines().ok_or_else(not_dialled)?;
                Client::dialled(lines.clone(), member.id.clone(), Lane::Ask)
            }
        });
        let kept = (member.endpoint.clone(), Arc::clone(&client));
        clients.insert(member.id.clone(), kept);
        Ok(client)
    }

    /// The caller of a member at its address.
    fn caller(&self, member: &Member, endpoint: &Endpoint) -> Result<Client, ExchangeError> {
        let WitnessParts { tls, clock, .. } = self.parts();
        let expect = Identity {
            partnership: self.parts().partnership.clone(),
            role: member.role,
            member: member.id.clone(),
            user: None,
        };
        let config = client_config(tls, &expect, ALPN, clock.source())?;
        let watch = Watch {
            guard: Guard {
                revocations: Arc::clone(tls.revocations()),
                clock: clock.clone(),
            },
            directory: Arc::clone(&self.parts().directory),
        };
        Ok(Client::watched(endpoint.clone(), config, watch))
    }

    /// Can this gateway call the member at all? One that dials out is called by its hubs alone.
    fn can_call(&self, member: &Member) -> bool {
        member.endpoint != Reach::DialsOut || self.lines().is_some()
    }
}

/// A lock whose holders never leave anything half done.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn unknown_log() -> ExchangeError {
    refuse(
        "unknown_log",
        404,
        "no other member of the directory keeps a ledger of this origin",
    )
}
