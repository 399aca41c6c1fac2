//! A whole partnership in one process, for tests: real certificates, real TLS, real databases, a
//! movable clock, and a hub that can be made to misbehave.

pub mod ask;
pub mod balancer;
pub mod blind;
pub mod browser;
pub mod caller;
pub mod databases;
pub mod forge;
pub mod forward;
mod gateways;
pub mod ledger;
mod matter;
pub mod middle;
pub mod papers;
pub mod process;
pub mod rogue;
pub mod segments;
pub mod sign_in;
pub mod story;
pub mod tap;
pub mod token;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use stile_cli::config::{AgencyConfig, HubConfig, Parts};
use stile_cli::demo::partnership::{APPROVER, HUB, RESEARCHER, member};
use stile_cli::demo::world::{Backend, Kind, Story, World, fill_sqlite, stories};
use stile_cli::demo::{Partnership, SEED};
use stile_cli::people::Desk;
use stile_exchange::clock::Clock;
use stile_ledger::Leaf;
use stile_model::id::MemberId;
use stile_model::time::Timestamp;
use stile_trust::identity::Role;
use stile_trust::tls::TlsFiles;

use gateways::Gateways;

pub use browser::{Browser, Page};
pub use caller::Caller;
pub use forge::{Fake, Forger, Question, Reaction};
pub use matter::Matter;
pub use rogue::{Answered, RawHub, problem};

/// How long a test waits for what must come by itself, before it gives up. What is proven is that it
/// comes, not how soon: a machine that does much else beside it may need minutes for what takes a second.
pub const PATIENCE: Duration = Duration::from_mins(5);

/// The demo's story of this name.
pub fn tale(name: &str) -> Story {
    let found = stories().into_iter().find(|story| story.name == name);
    found.unwrap_or_else(|| panic!("there is no story `{name}`"))
}

/// A clock that tests move; it starts at the machine's own time.
#[derive(Debug, Clone, Default)]
pub struct MovableClock(Arc<Moved>);

#[derive(Debug, Default)]
struct Moved {
    by_ms: AtomicI64,
    /// The instant at which it was held; 0 while it runs.
    held_ms: AtomicI64,
}

impl MovableClock {
    /// The clock as gateways read it.
    pub fn clock(&self) -> Clock {
        let (moved, system) = (Arc::clone(&self.0), Clock::system());
        Clock::new(move || {
            let from_ms = match moved.held_ms.load(Ordering::SeqCst) {
                0 => system.now().millis(),
                held_ms => held_ms,
            };
            Timestamp::from_millis(from_ms + moved.by_ms.load(Ordering::SeqCst))
        })
    }

    /// Moves it on (or back) by whole seconds.
    pub fn advance_s(&self, seconds: i64) {
        self.0.by_ms.fetch_add(seconds * 1_000, Ordering::SeqCst);
    }

    /// Holds it: from now on only tests move it.
    pub fn hold(&self) {
        let now_ms = Clock::system().now().millis();
        self.0.held_ms.store(now_ms, Ordering::SeqCst);
    }
}

/// A running partnership in a folder of its own.
pub struct Lab {
    /// Moves the time of every gateway.
    pub time: MovableClock,
    folder: tempfile::TempDir,
    gateways: Gateways,
}

/// One of a gateway's two listeners.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// For other gateways.
    Peers,
    /// For the member's people.
    People,
}

impl Lab {
    /// Starts a hub and these agencies on SQLite, with the synthetic world.
    pub async fn start(kinds: &[Kind], people: usize) -> Self {
        let today = Clock::system().now().date();
        Self::start_with(&World::generate_on(SEED, people, today), kinds, |_| {}).await
    }

    /// Starts a hub and these agencies with a given world; `edit` may change the folder's files
    /// before anything reads them.
    pub async fn start_with(world: &World, kinds: &[Kind], edit: impl FnOnce(&Path)) -> Self {
        Self::start_on(kinds, edit, |kind, own| {
            let path = own.join("people.db");
            fill_sqlite(&path, kind, world).unwrap();
            Backend::Sqlite { path }
        })
        .await
    }

    /// Starts a hub and these agencies, each on the database that `fill` makes for it.
    pub async fn start_on(
        kinds: &[Kind],
        edit: impl FnOnce(&Path),
        mut fill: impl FnMut(Kind, &Path) -> Backend,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut backends = BTreeMap::new();
        for kind in kinds.iter().copied() {
            let own = folder.path().join(member(kind).unwrap().as_str());
            std::fs::create_dir_all(&own).unwrap();
            backends.insert(kind, fill(kind, &own));
        }
        let time = MovableClock::default();
        let clock = time.clock();
        let partnership = Partnership::set_up(folder.path(), &backends, &clock)
            .await
            .unwrap();
        for member in partnership.members() {
            quiet(&folder.path().join(member.as_str()));
        }
        edit(folder.path());
        let gateways = Gateways::start(folder.path(), partnership.into_bound(), &clock).await;
        Self {
            time,
            folder,
            gateways,
        }
    }

    /// The partnership's folder; its layout is described in `stile_cli::demo::partnership`.
    pub fn dir(&self) -> &Path {
        self.folder.path()
    }

    /// The folder of an agency.
    pub fn agency_dir(&self, kind: Kind) -> PathBuf {
        self.dir().join(member(kind).unwrap().as_str())
    }

    /// The folder of the hub.
    pub fn hub_dir(&self) -> PathBuf {
        self.dir().join(HUB)
    }

    /// The hub researcher's desk.
    pub fn researcher(&self) -> Desk {
        self.desk(HUB, RESEARCHER)
    }

    /// The desk of the person who may decide everything in an agency.
    pub fn approver(&self, kind: Kind) -> Desk {
        self.desk(member(kind).unwrap().as_str(), APPROVER)
    }

    /// A person's desk.
    pub fn desk(&self, member: &str, user: &str) -> Desk {
        Desk::open(
            &self
                .dir()
                .join(member)
                .join("people")
                .join(user)
                .join("person.toml"),
        )
        .unwrap()
    }

    /// A hub with the real hub's certificate and keys that sends whatever the test wants.
    pub fn raw_hub(&self) -> RawHub {
        RawHub::open(self.dir(), self.time.clock())
    }

    /// A person's calls with statuses and bodies as they come, on the lab's clock.
    pub fn person(&self, member: &MemberId, user: &str) -> Caller {
        let own = self.dir().join(member.as_str()).join("people").join(user);
        self.caller(&self.files_in(&own), member, Door::People)
    }

    /// A person's browser at the listener where certificates prove who they are.
    pub fn browser(&self, member: &MemberId, user: &str) -> Browser {
        Browser::over(self.person(member, user))
    }

    /// The certificate in a folder, beside the partnership's authority.
    pub fn files_in(&self, own: &Path) -> TlsFiles {
        rogue::tls_files(self.dir(), own.join("chain.pem"), own.join("key.pem"))
    }

    /// A caller with this certificate at a member's door.
    pub fn caller(&self, files: &TlsFiles, member: &MemberId, door: Door) -> Caller {
        let expect = papers::identity(self.role(member), member.as_str(), None);
        let at = self.address(member, door);
        Caller::with(files, &expect, at, &self.time.clock())
    }

    /// Where browsers without a certificate reach a member's pages.
    pub fn pages(&self, member: &MemberId) -> SocketAddr {
        self.parts(member).pages.unwrap().listen
    }

    fn parts(&self, member: &MemberId) -> Parts {
        let own = self.dir().join(member.as_str());
        match self.role(member) {
            Role::Hub => HubConfig::read(&own.join("hub.toml")).unwrap().parts,
            _ => AgencyConfig::read(&own.join("agency.toml")).unwrap().parts,
        }
    }

    /// Where a member listens.
    pub fn address(&self, member: &MemberId, door: Door) -> SocketAddr {
        let parts = self.parts(member);
        match door {
            Door::Peers => parts.listen.peers.unwrap(),
            Door::People => parts.listen.people,
        }
    }

    fn role(&self, member: &MemberId) -> Role {
        if self.dir().join(member.as_str()).join("hub.toml").exists() {
            Role::Hub
        } else {
            Role::Agency
        }
    }

    /// Every ledger: member, store folder, public key.
    pub fn ledgers(&self) -> Vec<(String, PathBuf, String)> {
        let ledger = |member: &MemberId| {
            let own = self.dir().join(member.as_str());
            let vkey = std::fs::read_to_string(own.join("ledger.vkey")).unwrap();
            let vkey = vkey.trim().to_owned();
            (member.to_string(), own.join("store"), vkey)
        };
        self.gateways.members().iter().map(ledger).collect()
    }

    /// Entries of an agency's ledger, verified from bytes alone.
    pub fn verified_entries(&self, member: &str) -> u64 {
        let (_, dir, vkey) = self
            .ledgers()
            .into_iter()
            .find(|(name, _, _)| name == member)
            .unwrap();
        let report = stile_store::verify_dir(&dir, &vkey.parse().unwrap(), |_| {}).unwrap();
        assert!(report.is_sound(), "{member}: {:?}", report.first_bad);
        report.entries
    }

    /// The entries themselves, from a ledger that verifies.
    pub fn entries(&self, member: &MemberId) -> Vec<Leaf> {
        let verified = self.verified_entries(member.as_str());
        let leaves = ledger::leaves(&self.dir().join(member.as_str()).join("store"));
        assert!(u64::try_from(leaves.len()).unwrap() >= verified);
        leaves
    }

    /// Stops every gateway; requests under way finish.
    pub async fn stop(&mut self) {
        self.gateways.stop().await;
    }

    /// Starts every gateway again on what is in the folder.
    pub async fn restart(&mut self) {
        self.stop().await;
        let partnership = Partnership::open(self.dir()).await.unwrap();
        let clock = self.time.clock();
        self.gateways = Gateways::start(self.dir(), partnership.into_bound(), &clock).await;
    }

    /// Stops one member's gateway.
    pub async fn stop_one(&mut self, member: &MemberId) {
        self.gateways.stop_one(member).await;
    }

    /// Starts one member's gateway again on the ports in its file.
    pub async fn start_one(&mut self, member: &MemberId) {
        self.gateways.start_one(member).await;
    }
}

/// No witness is asked unless a test lets it: fakes answer here from ledgers that never were.
fn quiet(own: &Path) {
    for name in ["hub.toml", "agency.toml"] {
        if let Ok(text) = std::fs::read_to_string(own.join(name)) {
            let quiet = text.replace("witness_s = 10\n", "witness_s = 3600\n");
            std::fs::write(own.join(name), quiet).unwrap();
        }
    }
}
