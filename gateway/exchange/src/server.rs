//! Serves HTTP over mutual TLS 1.3 and checks the peer's certificate again on every request.
//!
//! A connection outlives many requests; a certificate may be revoked meanwhile. So every request
//! looks its serial up in the current revocation set, and every idle connection does so every few
//! seconds; a hit cuts the connection.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use axum::Router;
use axum::response::IntoResponse;
use hyper::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use rustls::ServerConfig;
use stile_trust::peer::Peer;
use stile_trust::revocation::RevocationSet;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tower::ServiceExt;

use crate::clock::Clock;
use crate::error::refuse;

/// Protocols offered, best first.
pub const ALPN: &[&[u8]] = &[b"h2", b"http/1.1"];

const HANDSHAKE: Duration = Duration::from_secs(10);
/// Longest a request may take, slow sending included; more than the longest long poll.
const REQUEST: Duration = Duration::from_mins(2);
const RECHECK: Duration = Duration::from_secs(2);
const DRAIN: Duration = Duration::from_secs(10);
const CONNECTIONS_MAX: usize = 1_024;
const STREAMS_MAX: u32 = 256;

/// What decides whether a connection may live.
#[derive(Debug, Clone)]
pub struct Guard {
    /// Certificates that are no longer good; replaced whole.
    pub revocations: Arc<ArcSwap<RevocationSet>>,
    /// The clock.
    pub clock: Clock,
}

impl Guard {
    /// May this peer still be heard?
    pub(crate) fn still_good(&self, peer: &Peer) -> bool {
        self.revocations
            .load()
            .check(peer, self.clock.now())
            .is_ok()
    }
}

/// Accepts connections until `stop` turns true, then lets those under way finish.
///
/// # Errors
///
/// When the listener itself fails.
pub async fn serve(
    listener: TcpListener,
    tls: Arc<ArcSwap<ServerConfig>>,
    routes: Router,
    guard: Guard,
    mut stop: watch::Receiver<bool>,
) -> std::io::Result<()> {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut open = tokio::task::JoinSet::new();
    loop {
        let accepted = tokio::select! {
            biased;
            () = stopped(&mut stop) => break,
            accepted = listener.accept() => accepted,
        };
        while open.try_join_next().is_some() {}
        let (stream, from) = match accepted {
            Ok(pair) => pair,
            Err(error) => {
                // Out of file handles and the like: others may close soon.
                tracing::warn!(%error, "a connection was not accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            tracing::warn!("too many connections; one was turned away");
            continue;
        };
        let acceptor = TlsAcceptor::from(tls.load_full());
        let (routes, guard, stop) = (routes.clone(), guard.clone(), stop.clone());
        open.spawn(async move {
            if let Some((stream, peer)) = handshake(acceptor, stream, from).await {
                converse(stream, peer, routes, guard, stop).await;
            }
            drop(place);
        });
    }
    let _ = tokio::time::timeout(DRAIN, async { while open.join_next().await.is_some() {} }).await;
    Ok(())
}

async fn stopped(stop: &mut watch::Receiver<bool>) {
    // A sender that is gone means stop, too.
    let _ = stop.wait_for(|stop| *stop).await;
}

async fn handshake(
    acceptor: TlsAcceptor,
    stream: TcpStream,
    from: SocketAddr,
) -> Option<(TlsStream<TcpStream>, Peer)> {
    stream.set_nodelay(true).ok()?;
    let stream = match tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => {
            tracing::info!(%from, %error, "a handshake was refused");
            return None;
        }
        Err(_) => return None,
    };
    let chain = stream.get_ref().1.peer_certificates().unwrap_or_default();
    match Peer::from_chain(chain) {
        Ok(peer) => Some((stream, peer)),
        Err(error) => {
            tracing::warn!(%from, %error, "a certificate was refused");
            None
        }
    }
}

async fn converse(
    stream: TlsStream<TcpStream>,
    peer: Peer,
    routes: Router,
    guard: Guard,
    mut stop: watch::Receiver<bool>,
) {
    let service = {
        let (peer, guard) = (peer.clone(), guard.clone());
        service_fn(move |request: Request<Incoming>| {
            answer(request, peer.clone(), guard.clone(), routes.clone())
        })
    };
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS_MAX)
        // A hub that abandons slow requests must not bring the whole connection down.
        .max_pending_accept_reset_streams(10_000)
        .keep_alive_interval(Duration::from_secs(20))
        .keep_alive_timeout(Duration::from_secs(10))
        .max_header_list_size(16 * 1024);
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs(10));
    let connection = builder.serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    let mut recheck = tokio::time::interval(RECHECK);
    loop {
        tokio::select! {
            biased;
            _ = recheck.tick() => {
                if !guard.still_good(&peer) {
                    tracing::warn!(member = %peer.identity.member, "a revoked peer's connection was cut");
                    return;
                }
            }
            () = stopped(&mut stop) => {
                connection.as_mut().graceful_shutdown();
                let _ = connection.as_mut().await;
                return;
            }
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "a connection ended");
                }
                return;
            }
        }
    }
}

async fn answer(
    mut request: Request<Incoming>,
    peer: Peer,
    guard: Guard,
    routes: Router,
) -> Result<axum::response::Response, std::convert::Infallible> {
    if !guard.still_good(&peer) {
        return Ok(refuse(
            "revoked",
            403,
            "the certificate is revoked or the revocation list has expired",
        )
        .into_response());
    }
    request.extensions_mut().insert(peer);
    let answered = routes.oneshot(request.map(axum::body::Body::new));
    match tokio::time::timeout(REQUEST, answered).await {
        Ok(answered) => answered,
        Err(_) => {
            Ok(refuse("too_slow", 408, "the request was not finished in time").into_response())
        }
    }
}
