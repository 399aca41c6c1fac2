//! A gateway's listeners: bound before anything else is said, served side by side.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use axum::Router;
use stile_exchange::clock::Clock;
use stile_exchange::dial::Lines;
use stile_exchange::server::{ALPN, ALPN_DIALLED, Guard, serve, serve_and_keep, serve_browsers};
use stile_trust::identity::Role;
use stile_trust::tls::{
    ServerConfig, TlsMaterial, browser_config, enrolment_config, server_config,
};
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::metrics::Telling;
use crate::config::{Pages, Parts};
use crate::run::Failure;

/// How often it is looked whether other roots are to be named.
const FOLLOW: Duration = Duration::from_secs(5);

/// A running gateway's listeners, bound before anything else is said.
#[derive(Debug)]
pub struct Bound {
    /// For other gateways; none of an agency that dials its hubs.
    pub peers: Option<TcpListener>,
    /// For this member's people.
    pub people: TcpListener,
    /// For browsers without a certificate.
    pub pages: Option<TcpListener>,
    /// For machines that ask how it is.
    pub metrics: Option<Telling>,
    /// For gateways without a certificate.
    pub enrolment: Option<TcpListener>,
}

impl Bound {
    /// Binds every listener.
    ///
    /// # Errors
    ///
    /// When an address is taken or not ours.
    pub async fn of(parts: &Parts) -> Result<Self, Failure> {
        let pages = match &parts.pages {
            Some(pages) => Some(listener("pages.listen", pages.listen).await?),
            None => None,
        };
        let metrics = match parts.metrics {
            Some(metrics) => Some(Telling::of(metrics, parts).await?),
            None => None,
        };
        let enrolment = match parts.listen.enrolment {
            Some(address) => Some(listener("listen.enrolment", address).await?),
            None => None,
        };
        Ok(Self {
            metrics,
            pages,
            enrolment,
            peers: match parts.listen.peers {
                Some(address) => Some(listener("listen.peers", address).await?),
                None => None,
            },
            people: listener("listen.people", parts.listen.people).await?,
        })
    }
}

async fn listener(key: &str, address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address)
        .await
        .map_err(|error| format!("`{key}` is {address}: {error}").into())
}

/// What is served to those who show no certificate.
pub(super) struct Open<'a> {
    /// The pages, where the configuration says so.
    pub(super) browsers: Option<(&'a Pages, Router)>,
    /// Enrolment, at a hub.
    pub(super) enrolment: Option<Router>,
}

/// Serves every door until `stop` turns true, with `tick` beside them.
pub(super) async fn listen(
    (bound, lines): (Bound, Option<Lines>),
    [(peer_routes, peer_roles), (people_routes, people_roles)]: [(Router, &[Role; 2]); 2],
    open: Open<'_>,
    tls: &TlsMaterial,
    clock: &Clock,
    stop: watch::Receiver<bool>,
    tick: impl Future<Output = ()>,
) -> Result<(), Failure> {
    let guard = Guard {
        revocations: Arc::clone(tls.revocations()),
        clock: clock.clone(),
    };
    let peer_alpn = if lines.is_some() { ALPN_DIALLED } else { ALPN };
    let config = |roles: &[Role], alpn| server_config(tls, roles, alpn, clock.source());
    let doors = [
        Followed {
            config: Arc::new(ArcSwap::new(config(peer_roles, peer_alpn)?)),
            roles: peer_roles,
            alpn: peer_alpn,
        },
        Followed {
            config: Arc::new(ArcSwap::new(config(people_roles, ALPN)?)),
            roles: people_roles,
            alpn: ALPN,
        },
    ];
    let [at_peers, at_people] = &doors;
    let (peer_config, peer_guard, peer_stop) =
        (Arc::clone(&at_peers.config), guard.clone(), stop.clone());
    let peers = async move {
        match (bound.peers, lines) {
            (Some(listener), Some(lines)) => {
                let keeps = (peer_guard, lines);
                serve_and_keep(listener, peer_config, peer_routes, keeps, peer_stop).await
            }
            (Some(listener), None) => {
                serve(listener, peer_config, peer_routes, peer_guard, peer_stop).await
            }
            // It dials; nobody connects to it.
            (None, _) => Ok(()),
        }
    };
    let people = serve(
        bound.people,
        Arc::clone(&at_people.config),
        people_routes,
        guard,
        stop.clone(),
    );
    let enrolment = enrolment(bound.enrolment, open.enrolment, tls, clock, stop.clone())?;
    let pages = pages(bound.pages, open.browsers, clock, stop.clone())?;
    let follow = follow_roots(&doors, tls, clock, stop);
    let (peers, people, pages, enrolment, (), ()) =
        tokio::join!(peers, people, pages, enrolment, follow, tick);
    peers?;
    people?;
    enrolment?;
    Ok(pages?)
}

/// A door whose settings are made anew when other roots are to be named.
struct Followed<'a> {
    config: Arc<ArcSwap<ServerConfig>>,
    roles: &'a [Role; 2],
    alpn: &'static [&'static [u8]],
}

/// Names other roots to whoever dials, once there are others: browsers offer certificates by them.
async fn follow_roots(
    doors: &[Followed<'_>; 2],
    tls: &TlsMaterial,
    clock: &Clock,
    mut stop: watch::Receiver<bool>,
) {
    let mut named = tls.roots_digest();
    while tokio::time::timeout(FOLLOW, stop.wait_for(|stop| *stop))
        .await
        .is_err()
    {
        let now = tls.roots_digest();
        if now == named {
            continue;
        }
        for door in doors {
            match server_config(tls, door.roles, door.alpn, clock.source()) {
                Ok(config) => door.config.store(config),
                Err(error) => tracing::error!(%error, "a door goes on naming the roots it had"),
            }
        }
        named = now;
    }
}

/// Serves gateways that have no certificate yet, where the configuration says so.
fn enrolment(
    listener: Option<TcpListener>,
    routes: Option<Router>,
    tls: &TlsMaterial,
    clock: &Clock,
    stop: watch::Receiver<bool>,
) -> Result<impl Future<Output = std::io::Result<()>>, Failure> {
    let door = match (listener, routes) {
        (Some(listener), Some(routes)) => {
            let tls = enrolment_config(tls, ALPN, clock.source())?;
            Some((listener, Arc::new(ArcSwap::new(tls)), routes))
        }
        (None, _) | (_, None) => None,
    };
    Ok(open_door(door, stop))
}

/// A listener, its TLS settings and what is behind it.
type Door = (TcpListener, Arc<ArcSwap<ServerConfig>>, Router);

async fn open_door(door: Option<Door>, stop: watch::Receiver<bool>) -> std::io::Result<()> {
    match door {
        Some((listener, tls, routes)) => serve_browsers(listener, tls, routes, stop).await,
        None => Ok(()),
    }
}

/// Serves the pages to browsers, where the configuration says so.
fn pages(
    listener: Option<TcpListener>,
    browsers: Option<(&Pages, Router)>,
    clock: &Clock,
    stop: watch::Receiver<bool>,
) -> Result<impl Future<Output = std::io::Result<()>>, Failure> {
    let door = match (listener, browsers) {
        (Some(listener), Some((pages, routes))) => {
            let tls = browser_config(&pages.chain, &pages.key, ALPN, clock.source())?;
            Some((listener, Arc::new(ArcSwap::new(tls)), routes))
        }
        (None, _) | (_, None) => None,
    };
    Ok(open_door(door, stop))
}
