//! A whole partnership in one process, for tests: real certificates, real TLS, real databases, a
//! movable clock, and a hub that can be made to misbehave.

pub mod databases;
pub mod rogue;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use stile_cli::demo::partnership::{APPROVER, HUB, RESEARCHER, member};
use stile_cli::demo::world::{Backend, Kind, World, fill_sqlite};
use stile_cli::demo::{Partnership, Running, SEED};
use stile_cli::people::Desk;
use stile_exchange::clock::Clock;
use stile_model::time::Timestamp;

pub use rogue::{Answered, RawHub};

/// A clock that tests move; it starts at the machine's own time.
#[derive(Debug, Clone, Default)]
pub struct MovableClock(Arc<AtomicI64>);

impl MovableClock {
    /// The clock as gateways read it.
    pub fn clock(&self) -> Clock {
        let (offset, system) = (Arc::clone(&self.0), Clock::system());
        Clock::new(move || {
            Timestamp::from_millis(system.now().millis() + offset.load(Ordering::SeqCst))
        })
    }

    /// Moves it on (or back) by whole seconds.
    pub fn advance_s(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000, Ordering::SeqCst);
    }
}

/// A running partnership in a folder of its own.
pub struct Lab {
    /// Moves the time of every gateway.
    pub time: MovableClock,
    folder: tempfile::TempDir,
    running: Option<Running>,
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
        edit(folder.path());
        let running = partnership.start(&clock).await.unwrap();
        Self {
            time,
            folder,
            running: Some(running),
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

    /// Every ledger: member, store folder, public key.
    pub fn ledgers(&self) -> Vec<(String, PathBuf, String)> {
        let running = self.running.as_ref().unwrap();
        let ledgers = running.ledgers().unwrap().into_iter();
        ledgers
            .map(|(member, dir, vkey)| (member.to_string(), dir, vkey))
            .collect()
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

    /// Stops every gateway; requests under way finish.
    pub async fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            running.stop().await.unwrap();
        }
    }

    /// Starts every gateway again on what is in the folder.
    pub async fn restart(&mut self) {
        self.stop().await;
        let partnership = Partnership::open(self.dir()).await.unwrap();
        self.running = Some(partnership.start(&self.time.clock()).await.unwrap());
    }
}
