//! The store's handle, and what its threads share.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::thread::JoinHandle;

use stile_ledger::frame::Record;
use stile_ledger::tile::Edge;
use stile_ledger::{Checkpoint, LedgerKey, Tree, Vkey};
use tokio::sync::{mpsc, oneshot, watch};

use crate::backing::Backing;
use crate::batch::{Batch, Committed};
use crate::check::Health;
use crate::config::{OpenReport, Progress, StoreConfig};
use crate::error::StoreError;
use crate::index::Row;
use crate::keys::EpochKey;
use crate::lock::FolderLock;
use crate::pg::PostgresConfig;
use crate::seal::Keyring;
use crate::writer::{Job, Prepared, Room};

/// The store; clones share one journal. The last clone to go closes it, waiting for the threads.
#[derive(Clone)]
pub struct Store {
    pub(crate) shared: Arc<Shared>,
    threads: Arc<Threads>,
}

/// What readers, writer and indexer share.
pub(crate) struct Shared {
    pub(crate) backing: Backing,
    pub(crate) keyring: Keyring,
    pub(crate) vkey: Vkey,
    pub(crate) poisoned: AtomicBool,
    /// Entries whose segments were moved to an archive.
    archived: AtomicU64,
    health: Mutex<Health>,
    /// Held by the erasure under way: there is one at a time.
    pub(crate) erasing: tokio::sync::Mutex<()>,
    view: RwLock<View>,
    /// The ledger's key, for what is signed besides heads; set once, when the writer starts.
    signer: OnceLock<Arc<LedgerKey>>,
    #[cfg(test)]
    pub(crate) gate: crate::writer::Gate,
    /// Held for as long as the store is open; dropping it releases the lock.
    pub(crate) _lock: Option<FolderLock>,
}

/// What readers see. Only the writer changes it, after a flush; the indexer takes rows away that
/// sled has. So a reader sees its own commit although sled is updated after the acknowledgement.
#[derive(Clone)]
pub(crate) struct View {
    pub(crate) tree: Tree,
    pub(crate) edge: Edge,
    pub(crate) head: Checkpoint,
    /// The signed note of `head`.
    pub(crate) note: String,
    /// Rows not yet in sled, with the number of the frame that set them.
    pub(crate) overlay: BTreeMap<Vec<u8>, (u64, Option<Vec<u8>>)>,
}

impl View {
    /// Shows the rows of frame `number`.
    pub(crate) fn show(&mut self, number: u64, rows: &[Row]) {
        for row in rows {
            self.overlay
                .insert(row.key.clone(), (number, row.value.clone()));
        }
    }

    /// Takes away the rows of frame `number` that no later frame has changed.
    pub(crate) fn settle(&mut self, number: u64, rows: &[Row]) {
        for row in rows {
            if self
                .overlay
                .get(&row.key)
                .is_some_and(|(set_by, _)| *set_by == number)
            {
                self.overlay.remove(&row.key);
            }
        }
    }
}

/// What a reader of rows goes by.
pub(crate) enum Reading<'a> {
    /// For a database, which may be slow: who writes must not wait for it, and who reads not for them.
    /// What a head says is there is written before the head is seen, and stays; no row waits in the view.
    Copied(Box<View>),
    /// For sled: the indexer takes rows away only after sled has them.
    Held(RwLockReadGuard<'a, View>),
}

impl Deref for Reading<'_> {
    type Target = View;

    fn deref(&self) -> &View {
        match self {
            Self::Copied(view) => view,
            Self::Held(view) => view,
        }
    }
}

impl Shared {
    pub(crate) fn new(parts: (Backing, Keyring, Vkey, Option<FolderLock>), view: View) -> Self {
        let (backing, keyring, vkey, lock) = parts;
        let (poisoned, view) = (AtomicBool::new(false), RwLock::new(view));
        Self {
            backing,
            keyring,
            vkey,
            poisoned,
            archived: AtomicU64::new(0),
            health: Mutex::new(Health::Unchecked),
            erasing: tokio::sync::Mutex::default(),
            view,
            signer: OnceLock::new(),
            #[cfg(test)]
            gate: crate::writer::Gate::default(),
            _lock: lock,
        }
    }

    /// Lends the ledger's key to [`Store::sign_pack`]; only the first one counts.
    pub(crate) fn may_sign(&self, key: &Arc<LedgerKey>) {
        let _ = self.signer.set(Arc::clone(key));
    }

    pub(crate) fn signer(&self) -> Option<&LedgerKey> {
        self.signer.get().map(AsRef::as_ref)
    }

    pub(crate) fn view(&self) -> RwLockReadGuard<'_, View> {
        self.view.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The view for as long as rows are read by it.
    pub(crate) fn reading(&self) -> Reading<'_> {
        let view = self.view();
        match &self.backing {
            Backing::Files { .. } => Reading::Held(view),
            Backing::Postgres(_) => Reading::Copied(Box::new(view.clone())),
        }
    }

    pub(crate) fn view_mut(&self) -> RwLockWriteGuard<'_, View> {
        self.view.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// From here on, entries below `size` are answered with [`StoreError::Archived`].
    pub(crate) fn archive(&self, size: u64) {
        self.archived.store(size, Ordering::SeqCst);
    }

    pub(crate) fn archived(&self) -> u64 {
        self.archived.load(Ordering::SeqCst)
    }

    pub(crate) fn health(&self) -> Health {
        self.health
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(crate) fn say_health(&self, health: Health) {
        *self.health.lock().unwrap_or_else(PoisonError::into_inner) = health;
    }

    pub(crate) fn poison(&self) {
        self.poisoned.store(true, Ordering::SeqCst);
    }

    pub(crate) fn is_poisoned(&self) -> bool {
        self.poisoned.load(Ordering::SeqCst)
    }
}

/// The threads of an open store; joined when the last handle goes.
pub(crate) struct Threads {
    pub(crate) jobs: Option<mpsc::Sender<Job>>,
    pub(crate) room: Room,
    pub(crate) handles: Vec<JoinHandle<()>>,
    /// Set when they are to end what nobody waits for.
    pub(crate) stop: Arc<AtomicBool>,
    /// Goes when they have ended; nothing is ever sent.
    pub(crate) ended: watch::Sender<()>,
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.jobs = None;
        self.stop.store(true, Ordering::Relaxed);
        for handle in self.handles.drain(..) {
            if handle.join().is_err() {
                tracing::error!("a thread of the store ended in a panic");
            }
        }
    }
}

impl Store {
    /// Ends when the last handle has gone and the folder may be opened again. Holds no handle itself.
    pub fn closed(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut ended = self.threads.ended.subscribe();
        async move {
            // The sender goes with the threads: that is the only news there is.
            while ended.changed().await.is_ok() {}
        }
    }

    pub(crate) fn new(shared: Arc<Shared>, threads: Threads) -> Self {
        Self {
            shared,
            threads: Arc::new(threads),
        }
    }

    /// Opens the store: locks its folder, verifies the newest part of the journal, repairs a torn
    /// tail and the index. Blocks; call it before serving or on a blocking thread.
    ///
    /// # Errors
    ///
    /// Refuses, changing nothing, when the journal is damaged, is behind its index, or belongs to
    /// other keys, or when the folder is in use.
    pub fn open(config: StoreConfig) -> Result<(Self, OpenReport), StoreError> {
        Self::open_with(config, |_| ())
    }

    /// As [`Store::open`], telling `progress` of every segment read.
    ///
    /// # Errors
    ///
    /// As [`Store::open`].
    pub fn open_with(
        config: StoreConfig,
        progress: impl FnMut(Progress),
    ) -> Result<(Self, OpenReport), StoreError> {
        crate::open::open(config, progress)
    }

    /// Opens the store on `PostgreSQL`, where other replicas of this gateway may have it open too:
    /// checks the server, verifies the newest frames, and writes the first where there is none.
    /// Blocks; call it before serving or on a blocking thread.
    ///
    /// # Errors
    ///
    /// Refuses when the server may not hold a ledger, has no tables ([`crate::migrate_postgres`]),
    /// or what is in them does not hold or belongs to other keys.
    pub fn open_postgres(config: PostgresConfig) -> Result<(Self, OpenReport), StoreError> {
        crate::pg::open(config)
    }

    /// Makes a new epoch key in a new file, which must lie outside the store's folder.
    ///
    /// # Errors
    ///
    /// When the file is there already or cannot be written.
    pub fn key_file_create(path: &Path) -> Result<EpochKey, StoreError> {
        EpochKey::create_file(path)
    }

    /// Commits all of `batch` or nothing of it; on `Ok` it is flushed and visible to every reader.
    ///
    /// A caller that stops waiting does not stop the commit.
    ///
    /// # Errors
    ///
    /// Nothing of the batch is acknowledged. On [`StoreError::Unwritable`] it may still be found
    /// after a restart; on every other error it will not.
    pub async fn commit(&self, batch: Batch) -> Result<Committed, StoreError> {
        batch.check()?;
        self.submit(batch, Vec::new()).await
    }

    /// Commits a checked batch, or an empty one, after records of the store's own.
    pub(crate) async fn submit(
        &self,
        batch: Batch,
        own: Vec<Record>,
    ) -> Result<Committed, StoreError> {
        if self.shared.is_poisoned() {
            return Err(StoreError::Unwritable);
        }
        let (reply, answer) = oneshot::channel();
        let jobs = self.threads.jobs.as_ref().ok_or(StoreError::Unwritable)?;
        // Before anything more is made of it: who waits here holds no more than the batch.
        let held = self.threads.room.take(&batch).await?;
        let prepare = |pending| Prepared::new(pending, &self.shared.keyring);
        let leaves = batch
            .entries
            .iter()
            .map(prepare)
            .collect::<Result<_, _>>()?;
        let job = Job {
            batch,
            own,
            leaves,
            reply,
            held,
        };
        jobs.send(job).await.map_err(|_| StoreError::Unwritable)?;
        answer
            .await
            .map_err(|_| StoreError::Unwritable)??
            .committed()
    }

    /// Jobs that callers may hand over before the next one waits.
    #[cfg(test)]
    pub(crate) fn room(&self) -> usize {
        self.threads.jobs.as_ref().map_or(0, mpsc::Sender::capacity)
    }

    /// Entries, from the first on, whose bytes lie in an archive and no longer here. They are still
    /// proved.
    pub fn archived(&self) -> u64 {
        self.shared.archived()
    }

    /// May other processes write to this ledger, too? Then what one waits for another may do.
    pub fn is_shared(&self) -> bool {
        matches!(self.shared.backing, Backing::Postgres(_))
    }

    /// Has a database under the ledger not answered for a quarter of a minute? It may answer others.
    pub fn is_away(&self) -> bool {
        match &self.shared.backing {
            Backing::Files { .. } => false,
            Backing::Postgres(pg) => pg.is_away(),
        }
    }

    /// What the check after the start has found so far.
    pub fn health(&self) -> Health {
        self.shared.health()
    }

    /// Has the check after the start found that the journal does not hold? Then nothing may be
    /// released.
    pub fn is_damaged(&self) -> bool {
        matches!(self.shared.health(), Health::Damaged { .. })
    }

    /// Has writing failed for good? Then the process should end and recover.
    pub fn is_poisoned(&self) -> bool {
        self.shared.is_poisoned()
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Store({})", self.shared.vkey.name())
    }
}
