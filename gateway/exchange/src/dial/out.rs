//! The agency's side: dial every hub, serve over what was dialled, renew, dial again.
//!
//! Each of the connections to a hub is a task of its own. It dials, waits until the hub has spoken,
//! and serves; when the connection's time is up it dials a new one first and ends the old one when the
//! new one speaks, so that there is always one. What failed is tried again after a pause that doubles.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use rustls::pki_types::ServerName;
use stile_model::id::MemberId;
use stile_trust::directory::Endpoint;
use stile_trust::identity::{Identity, Role};
use stile_trust::peer::Peer;
use stile_trust::tls::{TlsMaterial, client_config};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::client::TlsStream;

use super::pause::Pause;
use super::standing::{DialFault, Standings};
use super::stream::{Watched, Wire};
use super::{ALPN, MAKING};
use crate::account::Source;
use crate::agency::Agency;
use crate::client::shake_hands;
use crate::clock::Clock;
use crate::random;
use crate::server::{Guard, Terms, serve_dialled, stopped};

/// How often the directory is looked at for hubs that came or went.
const LOOK: Duration = Duration::from_secs(5);
/// Longest that requests under way may take when the gateway stops.
const DRAIN: Duration = Duration::from_secs(10);
/// A connection that lived for so long was a good one: the pause after it is a first one.
const HELD: Duration = Duration::from_secs(5);

/// How an agency dials its hubs; bounded when the configuration is read.
#[derive(Debug, Clone)]
pub struct DialSettings {
    /// Hubs to dial; none for every hub that an agreement with this agency names.
    pub hubs: Option<BTreeSet<MemberId>>,
    /// Connections to each.
    pub connections: usize,
    /// Life of a connection; each is renewed up to a tenth earlier, so that they take turns.
    pub renew: Duration,
    /// Time between two PINGs.
    pub ping: Duration,
    /// Longest that one may stay unanswered.
    pub ping_wait: Duration,
    /// Longest first pause after a failure; doubles up to `retry_longest`.
    pub retry_first: Duration,
    /// Longest pause.
    pub retry_longest: Duration,
}

/// An agency that dials its hubs.
#[derive(Debug)]
pub struct DialOut {
    agency: Arc<Agency>,
    tls: Arc<TlsMaterial>,
    settings: DialSettings,
    standings: Standings,
}

/// A connection on which the agency serves.
struct Serving {
    retire: watch::Sender<bool>,
    wire: Arc<Wire>,
    task: JoinHandle<()>,
    since: Instant,
}

impl Serving {
    /// Says goodbye, and waits until what was under way is answered.
    async fn leave(mut self) {
        let _ = self.retire.send(true);
        // A task that was ended says so.
        let _ = (&mut self.task).await;
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // Nothing is served that nobody looks after.
        self.wire.cut();
    }
}

/// Where a hub is, and who must be there.
struct Address {
    endpoint: Endpoint,
    expect: Identity,
}

impl DialOut {
    /// Of an agency that is configured to; none of another.
    pub fn of(agency: &Arc<Agency>, tls: &Arc<TlsMaterial>) -> Option<Arc<Self>> {
        let settings = agency.settings.dial_out.clone()?;
        Some(Arc::new(Self {
            agency: Arc::clone(agency),
            tls: Arc::clone(tls),
            settings,
            standings: agency.dialling().clone(),
        }))
    }

    /// Dials and serves `routes`, the same that the listener for members serves, until `stop` turns
    /// true; then requests under way finish.
    pub async fn run(self: Arc<Self>, routes: Router, mut stop: watch::Receiver<bool>) {
        let mut dialled: BTreeMap<MemberId, (watch::Sender<bool>, JoinSet<()>)> = BTreeMap::new();
        let mut leaving = JoinSet::new();
        loop {
            let wanted = self.hubs();
            let gone: Vec<_> = dialled
                .keys()
                .filter(|hub| !wanted.contains(hub))
                .cloned()
                .collect();
            for hub in gone {
                if let Some((end, mut tasks)) = dialled.remove(&hub) {
                    let _ = end.send(true);
                    leaving.spawn(async move { while tasks.join_next().await.is_some() {} });
                    self.standings.forget(&hub);
                }
            }
            for hub in wanted {
                let begin = || self.begin(&hub, &routes);
                dialled.entry(hub.clone()).or_insert_with(begin);
            }
            while leaving.try_join_next().is_some() {}
            let look = tokio::time::timeout(LOOK, stopped(&mut stop));
            if look.await.is_ok() {
                break;
            }
        }
        for (end, mut tasks) in dialled.into_values() {
            let _ = end.send(true);
            leaving.spawn(async move { while tasks.join_next().await.is_some() {} });
        }
        let left = async { while leaving.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(DRAIN, left).await;
    }

    /// The hubs to dial, by the directory in use.
    fn hubs(&self) -> BTreeSet<MemberId> {
        let directory = self.agency.directory.load();
        let agreed = |hub: &MemberId| {
            let mut agreements = directory.agreements.iter();
            agreements.any(|one| one.hub == *hub && one.agency == self.agency.me)
        };
        let hubs = directory.members.iter().filter(|member| {
            member.role == Role::Hub
                && match &self.settings.hubs {
                    Some(named) => named.contains(&member.id),
                    None => agreed(&member.id),
                }
        });
        hubs.map(|member| member.id.clone()).collect()
    }

    fn begin(
        self: &Arc<Self>,
        hub: &MemberId,
        routes: &Router,
    ) -> (watch::Sender<bool>, JoinSet<()>) {
        self.standings.want(hub, self.settings.connections);
        let (end, ended) = watch::channel(false);
        let mut tasks = JoinSet::new();
        for _ in 0..self.settings.connections {
            let (dialler, hub, routes) = (Arc::clone(self), hub.clone(), routes.clone());
            let ended = ended.clone();
            tasks.spawn(async move { dialler.keep_one(&hub, routes, ended).await });
        }
        (end, tasks)
    }

    /// Keeps one connection to a hub.
    async fn keep_one(&self, hub: &MemberId, routes: Router, mut stop: watch::Receiver<bool>) {
        let mut pause = Pause::new(self.settings.retry_first, self.settings.retry_longest);
        let mut leaving = JoinSet::new();
        let mut current: Option<Serving> = None;
        loop {
            let dialled = tokio::select! {
                biased;
                () = stopped(&mut stop) => break,
                dialled = self.connect_and_speak(hub, &routes) => dialled,
            };
            let wait = match dialled {
                Ok(fresh) => {
                    if let Some(before) = current.replace(fresh) {
                        leaving.spawn(before.leave());
                    }
                    self.life()
                }
                Err(fault) => {
                    tracing::warn!(%hub, fault = fault.word(), "a hub could not be dialled; tried again");
                    self.standings.failed(hub, fault);
                    pause.after(drawn())
                }
            };
            while leaving.try_join_next().is_some() {}
            let serving = async {
                match &mut current {
                    Some(serving) => {
                        let _ = (&mut serving.task).await;
                        Some(serving.since.elapsed())
                    }
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                () = stopped(&mut stop) => break,
                lived = serving => {
                    current = None;
                    if lived.is_some_and(|lived| lived >= HELD) {
                        pause.start_over();
                    }
                    let rest = tokio::time::sleep(pause.after(drawn()));
                    tokio::select! {
                        biased;
                        () = stopped(&mut stop) => break,
                        () = rest => {}
                    }
                }
                () = tokio::time::sleep(wait) => {}
            }
        }
        if let Some(serving) = current {
            serving.leave().await;
        }
        while leaving.join_next().await.is_some() {}
    }

    /// A connection that is served and over which the hub has spoken.
    async fn connect_and_speak(
        &self,
        hub: &MemberId,
        routes: &Router,
    ) -> Result<Serving, DialFault> {
        let address = self.address(hub).ok_or(DialFault::Unreachable)?;
        let dialled = tokio::time::timeout(MAKING, self.connect(&address)).await;
        let (stream, source, peer) = dialled.unwrap_or(Err(DialFault::Unreachable))?;
        let mut serving = self.serve(hub, stream, (source, peer), routes);
        let wire = Arc::clone(&serving.wire);
        let spoken = tokio::select! {
            biased;
            _ = &mut serving.task => false,
            heard = tokio::time::timeout(MAKING, wire.spoken()) => heard.is_ok(),
        };
        if !spoken {
            return Err(DialFault::HungUp);
        }
        tracing::info!(%hub, "a hub was dialled");
        Ok(serving)
    }

    fn address(&self, hub: &MemberId) -> Option<Address> {
        let directory = self.agency.directory.load();
        let member = directory.member(hub)?;
        Some(Address {
            endpoint: member.endpoint.endpoint()?.clone(),
            expect: Identity::hub(self.agency.partnership.clone(), hub.clone()),
        })
    }

    async fn connect(
        &self,
        address: &Address,
    ) -> Result<(TlsStream<TcpStream>, Source, Peer), DialFault> {
        let Address { endpoint, expect } = address;
        let clock = self.clock().source();
        let tls = client_config(&self.tls, expect, &[ALPN], clock).map_err(|error| {
            tracing::error!(%error, "this gateway's own certificate cannot be shown");
            DialFault::NotTrusted
        })?;
        let at = (endpoint.host(), endpoint.port());
        let unreachable = |_| DialFault::Unreachable;
        let stream = TcpStream::connect(at).await.map_err(unreachable)?;
        stream.set_nodelay(true).map_err(unreachable)?;
        let source = Source::of(stream.peer_addr().map_err(unreachable)?.ip());
        let name: ServerName<'static> = endpoint.server_name().clone();
        let stream = shake_hands(tls, name, stream).await;
        let stream = stream.map_err(|error| {
            tracing::warn!(%error, "a hub's handshake failed");
            refused(&error)
        })?;
        let session = stream.get_ref().1;
        // TLS lets a peer choose none of what was offered.
        if session.alpn_protocol() != Some(ALPN) {
            return Err(DialFault::WrongProtocol);
        }
        let chain = session.peer_certificates().unwrap_or_default();
        let peer = Peer::from_chain(chain).map_err(|_| DialFault::NotTrusted)?;
        Ok((stream, source, peer))
    }

    fn serve(
        &self,
        hub: &MemberId,
        stream: TlsStream<TcpStream>,
        (source, peer): (Source, Peer),
        routes: &Router,
    ) -> Serving {
        let wire = Wire::new();
        let (retire, retired) = watch::channel(false);
        let guard = Guard {
            revocations: Arc::clone(self.tls.revocations()),
            clock: self.clock().clone(),
        };
        let terms = Terms::dialled(self.settings.ping, self.settings.ping_wait);
        let stream = Watched::new(stream, Arc::clone(&wire));
        let (standings, hub, now) = (self.standings.clone(), hub.clone(), self.clock().now());
        let (routes, heard) = (routes.clone(), Arc::clone(&wire));
        let task = tokio::spawn(async move {
            let served = serve_dialled(stream, (peer, guard), source, routes, &terms, retired);
            tokio::pin!(served);
            let spoken = tokio::select! {
                biased;
                () = heard.spoken() => true,
                () = served.as_mut() => false,
            };
            if spoken {
                standings.opened(&hub, now);
                served.await;
                standings.closed(&hub);
            }
        });
        Serving {
            retire,
            wire,
            task,
            since: Instant::now(),
        }
    }

    /// How long this connection lives: up to a tenth less than configured.
    fn life(&self) -> Duration {
        let tenth = self.settings.renew / 10;
        let earlier = tenth.mul_f64(f64::from(drawn()) / f64::from(u32::MAX));
        self.settings.renew.saturating_sub(earlier)
    }

    fn clock(&self) -> &Clock {
        &self.agency.clock
    }
}

/// Why TLS failed: nobody was there any more, or somebody was and is not believed.
fn refused(error: &std::io::Error) -> DialFault {
    let no_protocol = error
        .get_ref()
        .and_then(|error| error.downcast_ref::<rustls::Error>())
        .is_some_and(|error| {
            matches!(
                error,
                rustls::Error::AlertReceived(rustls::AlertDescription::NoApplicationProtocol)
                    | rustls::Error::NoApplicationProtocol
            )
        });
    match error.kind() {
        _ if no_protocol => DialFault::WrongProtocol,
        std::io::ErrorKind::InvalidData => DialFault::NotTrusted,
        _ => DialFault::Unreachable,
    }
}

/// Spreads pauses and lives; no secret hangs on it, so that no randomness only means no spread.
fn drawn() -> u32 {
    random::bytes().map_or(0, u32::from_be_bytes)
}
