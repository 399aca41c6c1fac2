//! A ledger of its own for every test, on either engine.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use stile_ledger::verify::Report;
use stile_ledger::{Entry, EntryKind, KeyName, LedgerKey, Vkey};
use stile_model::digest::Digest;
use stile_model::id::CaseId;
use stile_store::{
    Batch, EpochKey, OpenReport, PostgresConfig, Put, Store, StoreConfig, StoreError, Tree,
    migrate_postgres, verify_dir, verify_postgres,
};
use tempfile::TempDir;

use crate::databases::{Kind, Server};

pub const ORIGIN: &str = "stile.example/police";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Files,
    Postgres,
}

/// A place for one ledger.
pub struct World {
    pub engine: Engine,
    folder: TempDir,
    /// The server and the database on it.
    database: Option<(Arc<Server>, String)>,
}

/// The keys a store is opened with.
pub struct Keys {
    pub ledger: [u8; 32],
    pub epoch: [u8; 32],
    pub origin: &'static str,
}

pub const OURS: Keys = Keys {
    ledger: [1; 32],
    epoch: [2; 32],
    origin: ORIGIN,
};

impl World {
    pub fn new(engine: Engine) -> Self {
        match engine {
            Engine::Files => Self {
                engine,
                folder: tempfile::tempdir().unwrap(),
                database: None,
            },
            Engine::Postgres => Self::on(&shared()),
        }
    }

    /// A new database with the ledger's tables on this server.
    pub fn on(server: &Arc<Server>) -> Self {
        let world = Self::bare(server);
        assert!(migrate_postgres(&world.url_file()).unwrap(), "new tables");
        world
    }

    /// A new database without tables.
    pub fn bare(server: &Arc<Server>) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("ledger_{}", NUMBER.fetch_add(1, Ordering::SeqCst));
        server.sql("postgres", &format!("CREATE DATABASE {name}"));
        let folder = tempfile::tempdir().unwrap();
        let url = folder.path().join("url");
        private(&url, &server.superuser_url(&name));
        Self {
            engine: Engine::Postgres,
            folder,
            database: Some((Arc::clone(server), name)),
        }
    }

    pub fn url_file(&self) -> PathBuf {
        self.folder.path().join("url")
    }

    pub fn server(&self) -> &Server {
        &self.database.as_ref().unwrap().0
    }

    /// From now on the same database on another server.
    pub fn move_to(&mut self, server: &Arc<Server>) {
        let (place, name) = self.database.as_mut().unwrap();
        *place = Arc::clone(server);
        let url = server.superuser_url(name);
        private(&self.url_file(), &url);
    }

    pub fn server_handle(&self) -> Arc<Server> {
        Arc::clone(&self.database.as_ref().unwrap().0)
    }

    /// Runs SQL in the world's database.
    pub fn sql(&self, sql: &str) -> String {
        let (server, name) = self.database.as_ref().unwrap();
        server.sql(name, sql).trim().to_owned()
    }

    pub fn open(&self) -> Store {
        self.open_with(&OURS).unwrap().0
    }

    pub fn open_with(&self, keys: &Keys) -> Result<(Store, OpenReport), StoreError> {
        match self.engine {
            Engine::Files => Store::open(StoreConfig {
                dir: self.folder.path().join("store"),
                origin: keys.origin.to_owned(),
                ledger_key: LedgerKey::from_seed(&keys.ledger).unwrap(),
                epoch_key: EpochKey::from_bytes(keys.epoch),
                segment_bytes: 64 * 1024,
                low_space_bytes: 0,
            }),
            Engine::Postgres => Store::open_postgres(self.config(keys)),
        }
    }

    pub fn config(&self, keys: &Keys) -> PostgresConfig {
        PostgresConfig {
            url_file: self.url_file(),
            single_node: true,
            origin: keys.origin.to_owned(),
            ledger_key: LedgerKey::from_seed(&keys.ledger).unwrap(),
            epoch_key: EpochKey::from_bytes(keys.epoch),
        }
    }

    /// The whole ledger, verified from its bytes.
    pub fn verified(&self) -> Report {
        match self.engine {
            Engine::Files => verify_dir(&self.folder.path().join("store"), &vkey(), |_| ()),
            Engine::Postgres => verify_postgres(&self.url_file(), &vkey(), &[], |_| ()),
        }
        .unwrap()
    }
}

/// One server for the tests that run at the same time. Its `fsync` is on: a ledger asks for it.
fn shared() -> Arc<Server> {
    static SERVER: Mutex<Weak<Server>> = Mutex::new(Weak::new());
    let mut place = SERVER.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(server) = place.upgrade() {
        return server;
    }
    let server = own_server();
    *place = Arc::downgrade(&server);
    server
}

/// A server that this test may stop.
pub fn own_server() -> Arc<Server> {
    Arc::new(Server::start_with(Kind::Postgres, &["fsync=on"]))
}

pub fn private(file: &Path, text: &str) {
    std::fs::write(file, text).unwrap();
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600)).unwrap();
}

pub fn vkey() -> Vkey {
    let key = LedgerKey::from_seed(&OURS.ledger).unwrap();
    key.vkey(&KeyName::new(ORIGIN).unwrap())
}

pub fn permit(about: &str) -> Entry {
    Entry {
        digest: Some(Digest::of(about.as_bytes())),
        ..Entry::new(EntryKind::Permit, "2026-03-11T10:14:00Z".parse().unwrap())
    }
}

pub fn case(number: u32) -> CaseId {
    CaseId::new(format!("MASH-2026-{number:05}")).unwrap()
}

/// One entry whose body is `about`.
pub fn batch(about: &str) -> Batch {
    Batch::entry(permit(about), about.as_bytes().to_vec(), Some(case(1)))
}

/// One entry for `key`, only if there is none for it yet.
pub fn once(key: &str, about: &str) -> Batch {
    let mut batch = batch(about);
    let key = key.as_bytes().to_vec();
    batch.require_absent.push((Tree::Replay, key.clone()));
    batch.puts.push(Put {
        tree: Tree::Replay,
        key,
        value: Some(about.as_bytes().to_vec()),
        case: None,
    });
    batch
}
