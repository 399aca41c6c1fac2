//! The bare server an agency is measured against: the same mutual TLS and HTTP/2, and for each
//! request one append, one `fdatasync`, and sixteen kibibytes back. No gateway that records before it
//! answers, without writing several answers' records at once, can do less.

use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use arc_swap::ArcSwap;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use stile_exchange::clock::Clock;
use stile_exchange::server::{ALPN, Guard, serve};
use stile_exchange::wire::SMALLEST_CLASS;
use stile_trust::directory::Endpoint;
use stile_trust::identity::Role;
use stile_trust::tls::{TlsMaterial, server_config};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::figures::Laps;
use super::postgres::Reads;
use crate::run::Failure;

/// Where the bare server takes requests.
pub(super) const PATH: &str = "/bare";

const RECORD: [u8; 400] = [0x5a; 400];
const FILE_BYTES: u64 = 64 * 1024 * 1024;

/// A bare server that runs.
pub(super) struct Bare {
    /// Where it listens.
    pub(super) endpoint: Endpoint,
    file: Arc<Journal>,
    stop: watch::Sender<bool>,
    served: JoinHandle<std::io::Result<()>>,
}

/// A file written once over, so that an append changes data only.
struct Journal {
    file: File,
    next: AtomicU64,
}

impl Journal {
    fn at(path: &Path) -> std::io::Result<Self> {
        let mut file = File::create_new(path)?;
        let zeros = vec![0; 1024 * 1024];
        for _ in 0..FILE_BYTES / (1024 * 1024) {
            file.write_all(&zeros)?;
        }
        file.sync_all()?;
        Ok(Self {
            file,
            next: AtomicU64::new(0),
        })
    }

    fn append(&self) -> std::io::Result<()> {
        let at = self.next.fetch_add(400, Ordering::Relaxed) % (FILE_BYTES - 400);
        self.file.write_all_at(&RECORD, at)?;
        self.file.sync_data()
    }
}

impl Bare {
    /// Starts it with an agency's own certificate.
    pub(super) async fn start(
        dir: &Path,
        tls: &TlsMaterial,
        clock: &Clock,
    ) -> Result<Self, Failure> {
        Self::with(dir, tls, clock, None).await
    }

    /// The same, reading a database before each append.
    pub(super) async fn reading(
        dir: &Path,
        tls: &TlsMaterial,
        clock: &Clock,
        reads: Reads,
    ) -> Result<Self, Failure> {
        Self::with(dir, tls, clock, Some(reads)).await
    }

    async fn with(
        dir: &Path,
        tls: &TlsMaterial,
        clock: &Clock,
        reads: Option<Reads>,
    ) -> Result<Self, Failure> {
        let file = Arc::new(Journal::at(&dir.join("bare.journal"))?);
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let endpoint = Endpoint::new(&format!("https://{}", listener.local_addr()?))?;
        let config = server_config(tls, &[Role::Hub], ALPN, clock.source())?;
        let routes = Router::new()
            .route(PATH, post(answer))
            .with_state((Arc::clone(&file), reads));
        let guard = Guard {
            revocations: Arc::clone(tls.revocations()),
            clock: clock.clone(),
        };
        let (stop, stopped) = watch::channel(false);
        let config = Arc::new(ArcSwap::new(config));
        let served = tokio::spawn(serve(listener, config, routes, guard, stopped));
        Ok(Self {
            endpoint,
            file,
            stop,
            served,
        })
    }

    /// Times appends with one `fdatasync` each, nothing else.
    pub(super) fn syncs(&self, count: usize) -> std::io::Result<Laps> {
        let mut laps = Laps::default();
        for _ in 0..count {
            let start = Instant::now();
            self.file.append()?;
            laps.add(start.elapsed());
        }
        Ok(laps)
    }

    /// Stops it.
    pub(super) async fn stop(self) -> Result<(), Failure> {
        let _ = self.stop.send(true);
        Ok(self.served.await??)
    }
}

async fn answer(
    State((journal, reads)): State<(Arc<Journal>, Option<Reads>)>,
    _body: Bytes,
) -> Response {
    if let Some(reads) = reads
        && reads.run().await.is_err()
    {
        return StatusCode::BAD_GATEWAY.into_response();
    }
    let written = tokio::task::spawn_blocking(move || journal.append()).await;
    match written {
        Ok(Ok(())) => vec![b' '; SMALLEST_CLASS].into_response(),
        Ok(Err(_)) | Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
