//! Takes connections off a listener, proves who made them, and hands them on.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use axum::Router;
use rustls::ServerConfig;
use stile_trust::peer::Peer;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::bounds::{Crowd, Room};
use super::terms::Door;
use super::{Proven, converse, stopped};
use crate::account::Source;
use crate::dial;
use crate::security::Happened;

const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long answers under way may take when it is time to stop.
const DRAIN: Duration = Duration::from_secs(10);
/// More than any kernel keeps of those who wait to be accepted, as long as nobody set it higher.
const WAITING_MAX: usize = 4_096;

/// Accepts connections until `stop` turns true, then those that wait, and lets all under way finish.
pub(super) async fn accept(
    listener: TcpListener,
    tls: Arc<ArcSwap<ServerConfig>>,
    routes: Router,
    door: Door,
    mut stop: watch::Receiver<bool>,
) -> io::Result<()> {
    let crowd = Crowd::new(door.terms.bounds);
    let mut open = JoinSet::new();
    let host = Host {
        door: Arc::new(door),
        crowd,
        tls,
        routes,
        stop: stop.clone(),
    };
    loop {
        let accepted = tokio::select! {
            biased;
            () = stopped(&mut stop) => break,
            accepted = listener.accept() => accepted,
        };
        while open.try_join_next().is_some() {}
        match accepted {
            Ok(pair) => host.let_in(pair, &mut open),
            Err(error) => {
                // Out of file handles and the like: others may close soon.
                tracing::warn!(%error, "a connection was not accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
    for pair in waiting(listener) {
        host.let_in(pair, &mut open);
    }
    let _ = tokio::time::timeout(DRAIN, async { while open.join_next().await.is_some() {} }).await;
    Ok(())
}

/// Whoever the kernel let connect before nobody was accepted any more: closing the listener resets
/// them, though they came in time. Whoever comes later is refused at once, and goes to another gateway.
fn waiting(listener: TcpListener) -> Vec<(TcpStream, SocketAddr)> {
    // The kernel itself is asked, which the runtime does only when it was told of something new.
    let Ok(listener) = listener.into_std() else {
        return Vec::new();
    };
    let accepted = std::iter::from_fn(|| listener.accept().ok()).take(WAITING_MAX);
    let taken = accepted.filter_map(|(stream, from)| {
        stream.set_nonblocking(true).ok()?;
        Some((TcpStream::from_std(stream).ok()?, from))
    });
    taken.collect()
}

/// What every connection of a listener is given.
struct Host {
    door: Arc<Door>,
    crowd: Arc<Crowd>,
    tls: Arc<ArcSwap<ServerConfig>>,
    routes: Router,
    stop: watch::Receiver<bool>,
}

impl Host {
    fn let_in(&self, (stream, from): (TcpStream, SocketAddr), open: &mut JoinSet<()>) {
        let Some(room) = self.crowd.enter(Source::of(from.ip())) else {
            turned_away(from);
            return;
        };
        let acceptor = TlsAcceptor::from(self.tls.load_full());
        let (door, routes) = (Arc::clone(&self.door), self.routes.clone());
        let stop = self.stop.clone();
        open.spawn(async move {
            if let Some(stream) = handshake(acceptor, stream, from).await {
                welcome(stream, (from, room), &door, routes, stop).await;
            }
        });
    }
}

fn turned_away(from: SocketAddr) {
    if Happened::PeerRefused.tell("too_many_connections", None, Some(from.ip())) {
        tracing::warn!(%from, "too many connections; one was turned away");
    }
}

/// Serves a connection, or keeps it where an agency dialled it.
async fn welcome(
    stream: TlsStream<TcpStream>,
    (from, room): (SocketAddr, Room),
    door: &Door,
    routes: Router,
    stop: watch::Receiver<bool>,
) {
    let proven = match &door.guard {
        None => None,
        Some(guard) => match proven(&stream, from) {
            None => return,
            Some(peer) => Some(Proven {
                peer,
                guard: guard.clone(),
            }),
        },
    };
    let source = room.source();
    // Held for as long as the connection lives.
    let Some(_room) = room.proven() else {
        turned_away(from);
        return;
    };
    let dialled = stream.get_ref().1.alpn_protocol() == Some(dial::ALPN);
    match (dialled, &door.lines, proven) {
        (true, Some(lines), Some(Proven { peer, .. })) => lines.keep(stream, peer, stop).await,
        // Never offered here, so never agreed on; and never served as anything else.
        (true, ..) => {}
        (false, _, proven) => {
            converse(stream, (proven, source), routes, &door.terms, stop).await;
        }
    }
}

async fn handshake(
    acceptor: TlsAcceptor,
    stream: TcpStream,
    from: SocketAddr,
) -> Option<TlsStream<TcpStream>> {
    stream.set_nodelay(true).ok()?;
    match tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => Some(stream),
        Ok(Err(error)) => {
            if Happened::PeerRefused.tell("handshake_refused", None, Some(from.ip())) {
                tracing::info!(%from, %error, "a handshake was refused");
            }
            None
        }
        Err(_) => None,
    }
}

/// Who the certificate at the other end says is there.
fn proven(stream: &TlsStream<TcpStream>, from: SocketAddr) -> Option<Peer> {
    let chain = stream.get_ref().1.peer_certificates().unwrap_or_default();
    match Peer::from_chain(chain) {
        Ok(peer) => Some(peer),
        Err(error) => {
            if Happened::PeerRefused.tell("certificate_refused", None, Some(from.ip())) {
                tracing::warn!(%from, %error, "a certificate was refused");
            }
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_came_in_time_is_accepted_and_who_comes_later_is_refused() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let callers: Vec<_> = (0..3)
            .map(|_| std::net::TcpStream::connect(at).unwrap())
            .collect();

        let taken = waiting(listener);

        let mut from: Vec<_> = taken.iter().map(|(_, from)| *from).collect();
        let mut came: Vec<_> = callers
            .iter()
            .map(|one| one.local_addr().unwrap())
            .collect();
        from.sort_unstable();
        came.sort_unstable();
        assert_eq!(from, came);
        assert!(std::net::TcpStream::connect(at).is_err());
    }
}
