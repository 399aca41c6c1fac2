//! A listener for browsers, with what was taken for each answer.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use stile_exchange::clock::Clock;
use stile_exchange::server::{ALPN, serve_browsers};
use stile_trust::directory::Endpoint;
use stile_trust::tls::browser_config;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::super::figures::Laps;
use crate::config::HubConfig;
use crate::run::Failure;

/// Longest page that is measured.
const PAGE_MOST: usize = 8 * 1024 * 1024;

/// A listener that runs.
pub(super) struct Served {
    endpoint: Endpoint,
    taken: Arc<Mutex<Vec<Duration>>>,
    stop: watch::Sender<bool>,
    task: JoinHandle<std::io::Result<()>>,
}

impl Served {
    /// Serves these pages with the hub's own certificate.
    pub(super) async fn start(file: &Path, routes: Router, clock: &Clock) -> Result<Self, Failure> {
        let pages = HubConfig::read(file)?.parts.pages;
        let pages = pages.ok_or("the hub has no pages")?;
        let tls = browser_config(&pages.chain, &pages.key, ALPN, clock.source())?;
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let endpoint = Endpoint::new(&format!("https://{}", listener.local_addr()?))?;
        let taken = Arc::<Mutex<Vec<Duration>>>::default();
        let laps = Arc::clone(&taken);
        let timed = routes.layer(from_fn(move |request: Request, next: Next| {
            let laps = Arc::clone(&laps);
            async move { timed(request, next, &laps).await }
        }));
        let (stop, stopped) = watch::channel(false);
        let tls = Arc::new(ArcSwap::new(tls));
        let task = tokio::spawn(serve_browsers(listener, tls, timed, stopped));
        Ok(Self {
            endpoint,
            taken,
            stop,
            task,
        })
    }

    /// Where it listens.
    pub(super) const fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Forgets what was taken so far.
    pub(super) fn forget(&self) {
        self.all().clear();
    }

    /// What was taken for each answer.
    pub(super) fn taken(&self) -> Laps {
        let mut laps = Laps::default();
        laps.extend(self.all().iter().copied());
        laps
    }

    /// Stops it.
    pub(super) async fn stop(self) -> Result<(), Failure> {
        let _ = self.stop.send(true);
        Ok(self.task.await??)
    }

    fn all(&self) -> std::sync::MutexGuard<'_, Vec<Duration>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Times an answer until its last byte is made.
async fn timed(request: Request, next: Next, laps: &Mutex<Vec<Duration>>) -> Response {
    let started = Instant::now();
    let (parts, body) = next.run(request).await.into_parts();
    let Ok(body) = to_bytes(body, PAGE_MOST).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let taken = started.elapsed();
    laps.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(taken);
    Response::from_parts(parts, Body::from(body))
}

/// A server that sends these bytes at this path and does nothing else.
pub(super) fn floor(path: &str, page: Bytes) -> Router {
    Router::new().route(path, get(async move || Html(page.clone())))
}
