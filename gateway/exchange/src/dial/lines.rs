//! The hub's side: connections that agencies dialled, kept by member.
//!
//! Order of checks: the handshake (chain, profile, role, revocation), then the directory (in force,
//! member, key pinned, an agency, and listed as one that dials out), then HTTP/2. All of it is looked
//! at again every two seconds and at every call, and a hit cuts the connection.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http2::{self, Connection, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use stile_model::id::MemberId;
use stile_model::time::Timestamp;
use stile_trust::TrustError;
use stile_trust::directory::{Directory, Reach};
use stile_trust::identity::Role;
use stile_trust::peer::Peer;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;

use super::line::{Lane, Lease, Line};
use super::stream::{Watched, Wire};
use super::{MAKING, RECHECK};
use crate::client::{ClientError, queue};
use crate::server::{Guard, stopped};

/// Connections kept for one member: two for each of several gateways that share its name, and the new
/// ones beside the old while they are renewed. One more replaces the oldest, so that a member which
/// dials without end harms only itself, and one whose old connections are silently dead gets in.
const MOST: usize = 16;
/// Longest that a connection which the agency ended is kept for answers under way: longer than the
/// longest request.
const LAST_ANSWERS: Duration = Duration::from_mins(3);
/// Longest that a hub which stops waits for answers to what it asked.
const FAREWELL: Duration = Duration::from_secs(5);
/// What may wait unread of one answer, in bytes; and of all that can be under way together, so that
/// one whose answer nobody takes does not hold up the others.
const UNREAD: u32 = 256 * 1024;
const UNREAD_IN_ALL: u32 = 256 * UNREAD;

/// How a hub keeps connections that agencies dialled; bounded when the configuration is read.
#[derive(Debug, Clone, Copy)]
pub struct LineSettings {
    /// Time between two PINGs.
    pub ping: Duration,
    /// Longest that one may stay unanswered.
    pub ping_wait: Duration,
}

/// One agency that dials this hub, for those who run it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineStanding {
    /// The agency.
    pub member: MemberId,
    /// Connections over which it can be called now.
    pub open: usize,
    /// When the newest was made, since this gateway started.
    pub since: Option<Timestamp>,
    /// When one ended last, since then.
    pub ended: Option<Timestamp>,
}

/// The connections of all agencies that dial this hub. Clones are one.
#[derive(Debug, Clone)]
pub struct Lines(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    directory: Arc<ArcSwap<Directory>>,
    guard: Guard,
    settings: LineSettings,
    places: Mutex<BTreeMap<MemberId, Place>>,
}

/// What is kept of one member.
#[derive(Debug, Default)]
struct Place {
    /// Oldest first.
    lines: Vec<Arc<Line>>,
    since: Option<Timestamp>,
    ended: Option<Timestamp>,
}

/// How a kept connection came to its end.
enum End {
    /// The agency said goodbye; what is under way is still answered.
    Goodbye,
    /// Nothing more comes.
    Over,
}

impl Lines {
    /// None yet.
    pub fn new(directory: Arc<ArcSwap<Directory>>, guard: Guard, settings: LineSettings) -> Self {
        Self(Arc::new(Inner {
            directory,
            guard,
            settings,
            places: Mutex::default(),
        }))
    }

    /// Every agency of the directory that dials out, with how it stands to this hub.
    pub fn standings(&self) -> Vec<LineStanding> {
        let directory = self.0.directory.load();
        let dialling = directory
            .members
            .iter()
            .filter(|member| member.endpoint == Reach::DialsOut);
        let places = self.places();
        let standing = |member: &MemberId| {
            let place = places.get(member);
            let lines = place
                .map(|place| place.lines.as_slice())
                .unwrap_or_default();
            LineStanding {
                member: member.clone(),
                open: lines.iter().filter(|line| line.takes_more()).count(),
                since: place.and_then(|place| place.since),
                ended: place.and_then(|place| place.ended),
            }
        };
        dialling.map(|member| standing(&member.id)).collect()
    }

    /// Keeps a connection that a peer dialled until it ends, the peer is no longer to be heard, or
    /// `stop` turns true.
    pub(crate) async fn keep<S>(&self, stream: S, peer: Peer, stop: watch::Receiver<bool>)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let member = match self.admitted(&peer) {
            Ok(member) => member,
            Err(error) => {
                tracing::warn!(member = %peer.identity.member, %error, "a dialled connection was refused");
                return;
            }
        };
        let wire = Wire::new();
        let made = self.speak(Watched::new(stream, Arc::clone(&wire)));
        let made = match tokio::time::timeout(MAKING, made).await {
            Ok(Ok(made)) => made,
            Ok(Err(error)) => {
                tracing::info!(%member, %error, "a dialled connection broke at once");
                return;
            }
            Err(_) => return,
        };
        let (requests, connection) = queue::of(made);
        let now = self.0.guard.clock.now();
        let line = Arc::new(Line::new(member, peer, now, wire, requests));
        self.enter(&line);
        self.watch(&line, connection, stop).await;
        self.leave(&line);
        line.wire.cut();
    }

    /// A request's leave to go to this member, over the line that is the fittest.
    ///
    /// # Errors
    ///
    /// [`ClientError::Connect`] when the member has not dialled, or no longer.
    pub(crate) async fn lease(&self, member: &MemberId, lane: Lane) -> Result<Lease, ClientError> {
        loop {
            let none = || {
                let name = member.as_str().to_owned();
                ClientError::Connect(name, std::io::ErrorKind::NotConnected)
            };
            let best = self.fittest(member, lane).ok_or_else(none)?;
            if let Some(lease) = best.lease(lane).await
                && best.takes_more()
                // While this waited for room, the directory may have become another.
                && self.admitted(&best.peer).is_ok()
            {
                return Ok(lease);
            }
            // Whichever it was, it is looked at no more.
            best.retire();
        }
    }

    /// May this peer's member dial, by what is in force now?
    pub(crate) fn admitted(&self, peer: &Peer) -> Result<MemberId, TrustError> {
        let now = self.0.guard.clock.now();
        self.0.guard.revocations.load().check(peer, now)?;
        let directory = self.0.directory.load();
        directory.check_in_force(now)?;
        let member = directory.admits(peer)?;
        if member.role != Role::Agency {
            return Err(TrustError::WrongRole(member.role));
        }
        match member.endpoint {
            Reach::DialsOut => Ok(member.id.clone()),
            Reach::At(_) => Err(TrustError::DialsUnasked(member.id.clone())),
        }
    }

    async fn speak<S>(&self, stream: Watched<S>) -> hyper::Result<Spoken<S>>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .keep_alive_interval(self.0.settings.ping)
            .keep_alive_timeout(self.0.settings.ping_wait)
            .keep_alive_while_idle(true)
            .initial_stream_window_size(UNREAD)
            .initial_connection_window_size(UNREAD_IN_ALL)
            .max_header_list_size(16 * 1024)
            .handshake(TokioIo::new(stream))
            .await
    }

    async fn watch(
        &self,
        line: &Arc<Line>,
        connection: impl Future<Output = hyper::Result<()>>,
        mut stop: watch::Receiver<bool>,
    ) {
        let end = tokio::select! {
            biased;
            end = self.live(line, connection) => end,
            () = stopped(&mut stop) => {
                line.retire();
                farewell(line).await;
                return;
            }
        };
        line.retire();
        if let End::Goodbye = end {
            tokio::select! {
                biased;
                () = self.unfit(line) => {}
                () = stopped(&mut stop) => farewell(line).await,
                _ = tokio::time::timeout(LAST_ANSWERS, line.is_idle()) => {}
            }
        }
    }

    async fn live(
        &self,
        line: &Arc<Line>,
        connection: impl Future<Output = hyper::Result<()>>,
    ) -> End {
        tokio::select! {
            biased;
            () = self.unfit(line) => End::Over,
            ended = connection => match ended {
                Ok(()) => End::Goodbye,
                Err(error) => {
                    tracing::info!(member = %line.member, %error, "a dialled connection broke");
                    End::Over
                }
            },
        }
    }

    /// Waits until the peer may no longer be heard.
    async fn unfit(&self, line: &Line) {
        let mut recheck = tokio::time::interval(RECHECK);
        loop {
            recheck.tick().await;
            if let Err(error) = self.admitted(&line.peer) {
                tracing::warn!(member = %line.member, %error, "a dialled connection was cut");
                return;
            }
        }
    }

    fn fittest(&self, member: &MemberId, lane: Lane) -> Option<Arc<Line>> {
        let places = self.places();
        let lines = places.get(member)?.lines.iter();
        lines
            .filter(|line| line.takes_more() && self.admitted(&line.peer).is_ok())
            .max_by_key(|line| line.fitness(lane))
            .cloned()
    }

    fn enter(&self, line: &Arc<Line>) {
        let mut places = self.places();
        let place = places.entry(line.member.clone()).or_default();
        if place.lines.len() >= MOST {
            let oldest = place.lines.remove(0);
            tracing::warn!(member = %line.member, "too many dialled connections; the oldest was cut");
            oldest.retire();
            oldest.wire.cut();
        }
        place.since = Some(line.since);
        place.lines.push(Arc::clone(line));
        tracing::info!(member = %line.member, open = place.lines.len(), "an agency dialled");
    }

    fn leave(&self, line: &Arc<Line>) {
        line.retire();
        let mut places = self.places();
        if let Some(place) = places.get_mut(&line.member) {
            place.lines.retain(|one| !Arc::ptr_eq(one, line));
            place.ended = Some(self.0.guard.clock.now());
            tracing::info!(member = %line.member, left = place.lines.len(), "a dialled connection ended");
        }
    }

    fn places(&self) -> MutexGuard<'_, BTreeMap<MemberId, Place>> {
        self.0.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits, as long as a hub that stops can, for the answers to what it asked.
async fn farewell(line: &Line) {
    let _ = tokio::time::timeout(FAREWELL, line.has_answered()).await;
}

/// What HTTP/2 over a dialled connection is, for the end that calls.
type Spoken<S> = (
    SendRequest<Full<Bytes>>,
    Connection<TokioIo<Watched<S>>, Full<Bytes>, TokioExecutor>,
);

#[cfg(test)]
mod tests;
