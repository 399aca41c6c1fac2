//! A gateway's two listeners: bound before anything else is said, served side by side.

use std::net::SocketAddr;
use std::sync::Arc;

use arc_swap::ArcSwap;
use axum::Router;
use stile_exchange::clock::Clock;
use stile_exchange::server::{ALPN, Guard, serve};
use stile_trust::identity::Role;
use stile_trust::tls::{TlsMaterial, server_config};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::config::Parts;
use crate::run::Failure;

/// A running gateway's listeners, bound before anything else is said.
#[derive(Debug)]
pub struct Bound {
    /// For other gateways.
    pub peers: TcpListener,
    /// For this member's people.
    pub people: TcpListener,
}

impl Bound {
    /// Binds both listeners.
    ///
    /// # Errors
    ///
    /// When an address is taken or not ours.
    pub async fn of(parts: &Parts) -> Result<Self, Failure> {
        Ok(Self {
            peers: listener("listen.peers", parts.listen.peers).await?,
            people: listener("listen.people", parts.listen.people).await?,
        })
    }
}

async fn listener(key: &str, address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address)
        .await
        .map_err(|error| format!("`{key}` is {address}: {error}").into())
}

/// Serves both doors until `stop` turns true, with `tick` beside them.
pub(super) async fn listen(
    bound: Bound,
    [(peer_routes, peer_roles), (people_routes, people_roles)]: [(Router, &[Role; 2]); 2],
    tls: &TlsMaterial,
    clock: &Clock,
    stop: watch::Receiver<bool>,
    tick: impl Future<Output = ()>,
) -> Result<(), Failure> {
    let guard = Guard {
        revocations: Arc::clone(tls.revocations()),
        clock: clock.clone(),
    };
    let config = |roles: &[Role]| -> Result<_, Failure> {
        Ok(Arc::new(ArcSwap::new(server_config(
            tls,
            roles,
            ALPN,
            clock.source(),
        )?)))
    };
    let peers = serve(
        bound.peers,
        config(peer_roles)?,
        peer_routes,
        guard.clone(),
        stop.clone(),
    );
    let people = serve(
        bound.people,
        config(people_roles)?,
        people_routes,
        guard,
        stop,
    );
    let (peers, people, ()) = tokio::join!(peers, people, tick);
    peers?;
    Ok(people?)
}
