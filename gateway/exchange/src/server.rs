//! Serves HTTP over mutual TLS 1.3 and checks the peer's certificate again on every request.
//!
//! A connection outlives many requests; a certificate may be revoked meanwhile. So every request
//! looks its serial up in the current revocation set, and every idle connection does so every few
//! seconds; a hit cuts the connection.

mod accept;
mod activity;
mod bounds;
mod terms;

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
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::Instant;
use tower::ServiceExt;

use crate::account::Source;
use crate::clock::Clock;
use crate::dial::{self, Lines};
use crate::error::refuse;
use crate::security::Happened;
pub(crate) use terms::Terms;

use accept::accept;
use activity::{Activity, Answer};
use terms::Door;

/// Protocols offered, best first.
pub const ALPN: &[&[u8]] = &[b"h2", b"http/1.1"];
/// The same where agencies may dial in.
pub const ALPN_DIALLED: &[&[u8]] = &[b"h2", b"http/1.1", dial::ALPN];

/// Longest a request may take, slow sending included; more than the longest long poll.
const REQUEST: Duration = Duration::from_mins(2);
const RECHECK: Duration = Duration::from_secs(2);
/// Longest that a connection which takes no more requests is kept for answers under way; more than
/// the longest request.
const LAST_ANSWERS: Duration = Duration::from_mins(3);
/// How long a connection that was just made may still ask when it is time to stop.
const FIRST_REQUEST: Duration = Duration::from_secs(3);
/// How long a connection that is over may take to say so.
const GOODBYE: Duration = Duration::from_secs(2);
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
    stop: watch::Receiver<bool>,
) -> std::io::Result<()> {
    let door = Door {
        guard: Some(guard),
        lines: None,
        terms: Terms::KNOWN,
    };
    accept(listener, tls, routes, door, stop).await
}

/// The same where agencies may dial in: what they dialled is kept in `lines`, and never served.
///
/// # Errors
///
/// When the listener itself fails.
pub async fn serve_and_keep(
    listener: TcpListener,
    tls: Arc<ArcSwap<ServerConfig>>,
    routes: Router,
    (guard, lines): (Guard, Lines),
    stop: watch::Receiver<bool>,
) -> std::io::Result<()> {
    let door = Door {
        guard: Some(guard),
        lines: Some(lines),
        terms: Terms::KNOWN,
    };
    accept(listener, tls, routes, door, stop).await
}

/// Serves one connection that this gateway dialled, as if its listener had accepted it; HTTP/2 only.
pub(crate) async fn serve_dialled<S>(
    stream: S,
    (peer, guard): (Peer, Guard),
    source: Source,
    routes: Router,
    terms: &Terms,
    stop: watch::Receiver<bool>,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let proven = Proven { peer, guard };
    converse(stream, (Some(proven), source), routes, terms, stop).await;
}

/// The same as [`serve`] for browsers: nobody shows a certificate here, so who is asking is the routes' own
/// question, and no request carries a [`Peer`]. One place holds a part of the connections at most, and
/// a connection on which nothing happens is ended.
///
/// # Errors
///
/// When the listener itself fails.
pub async fn serve_browsers(
    listener: TcpListener,
    tls: Arc<ArcSwap<ServerConfig>>,
    routes: Router,
    stop: watch::Receiver<bool>,
) -> std::io::Result<()> {
    let door = Door {
        guard: None,
        lines: None,
        terms: Terms::ANYBODY,
    };
    accept(listener, tls, routes, door, stop).await
}

/// Waits until it is time to stop.
pub(crate) async fn stopped(stop: &mut watch::Receiver<bool>) {
    // A sender that is gone means stop, too.
    let _ = stop.wait_for(|stop| *stop).await;
}

/// A peer whose certificate was proven, and what decides how long it counts.
#[derive(Clone)]
struct Proven {
    peer: Peer,
    guard: Guard,
}

impl Proven {
    fn still_good(&self) -> bool {
        self.guard.still_good(&self.peer)
    }
}

async fn converse<S>(
    stream: S,
    (proven, source): (Option<Proven>, Source),
    routes: Router,
    terms: &Terms,
    stop: watch::Receiver<bool>,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let activity = Activity::new();
    let leaving = leaving(stop, activity.clone());
    tokio::pin!(leaving);
    let service = {
        let (proven, activity) = (proven.clone(), activity.clone());
        service_fn(move |request: Request<Incoming>| {
            let under_way = activity.begin();
            let answered = answer(request, proven.clone(), source, routes.clone());
            async move {
                let response = answered.await?;
                let held = |body| Answer::new(body, under_way);
                Ok::<_, std::convert::Infallible>(response.map(held))
            }
        })
    };
    let mut builder = auto::Builder::new(TokioExecutor::new());
    if terms.only_http2 {
        builder = builder.http2_only();
    }
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS_MAX)
        // A hub that abandons slow requests must not bring the whole connection down.
        .max_pending_accept_reset_streams(10_000)
        .keep_alive_interval(terms.ping)
        .keep_alive_timeout(terms.ping_wait)
        .max_header_list_size(16 * 1024);
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs(10));
    let connection = builder.serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    let mut recheck = tokio::time::interval(RECHECK);
    // Once no more is taken, what is under way is still answered, and still looked at.
    let mut last: Option<Instant> = None;
    loop {
        tokio::select! {
            biased;
            _ = recheck.tick() => {
                if let Some(Proven { peer, .. }) = proven.as_ref().filter(|proven| !proven.still_good()) {
                    let member = &peer.identity.member;
                    Happened::PeerRefused.tell("revoked", Some(member), None);
                    tracing::warn!(%member, "a revoked peer's connection was cut");
                    return;
                }
                if last.is_some_and(|last| last <= Instant::now()) {
                    return;
                }
                if activity.is_over(&terms.bounds) {
                    connection.as_mut().graceful_shutdown();
                    let _ = tokio::time::timeout(GOODBYE, connection.as_mut()).await;
                    return;
                }
            }
            () = leaving.as_mut(), if last.is_none() => {
                connection.as_mut().graceful_shutdown();
                last = Some(Instant::now() + LAST_ANSWERS);
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

/// Waits until it is time to stop, and until a connection that was just made was asked something: one
/// of which nothing was read is cut off, and whoever made it would take that for a fault.
async fn leaving(mut stop: watch::Receiver<bool>, activity: Activity) {
    stopped(&mut stop).await;
    let _ = tokio::time::timeout(FIRST_REQUEST, activity.asked()).await;
}

async fn answer(
    mut request: Request<Incoming>,
    proven: Option<Proven>,
    source: Source,
    routes: Router,
) -> Result<axum::response::Response, std::convert::Infallible> {
    if proven.as_ref().is_some_and(|proven| !proven.still_good()) {
        return Ok(refuse(
            "revoked",
            403,
            "the certificate is revoked or the revocation list has expired",
        )
        .into_response());
    }
    if let Some(Proven { peer, .. }) = proven {
        request.extensions_mut().insert(peer);
    }
    request.extensions_mut().insert(source);
    let acts = !request.method().is_safe();
    let answered = routes.oneshot(request.map(axum::body::Body::new));
    let answered = async {
        if acts {
            to_its_end(answered).await
        } else {
            answered.await
        }
    };
    match tokio::time::timeout(REQUEST, answered).await {
        Ok(answered) => answered,
        Err(_) => {
            Ok(refuse("too_slow", 408, "the request was not finished in time").into_response())
        }
    }
}

/// What was begun is finished, whether or not its caller is still there: an act that stopped between
/// its record and its deed, because somebody closed a browser, would be recorded and never done.
async fn to_its_end(
    answered: impl Future<Output = Result<axum::response::Response, std::convert::Infallible>>
    + Send
    + 'static,
) -> Result<axum::response::Response, std::convert::Infallible> {
    match tokio::spawn(answered).await {
        Ok(answered) => answered,
        Err(_) => Ok(refuse("internal", 500, "the request could not be answered").into_response()),
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use bytes::Bytes;
    use http_body_util::Full;
    use hyper::client::conn::http2::{self, SendRequest};
    use tokio::io::DuplexStream;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_was_not_asked_yet_may_ask_before_it_ends() {
        let (tell, stop) = watch::channel(false);
        let (quiet, asked) = (Activity::new(), Activity::new());
        drop(asked.begin());
        tell.send_replace(true);
        let begun = Instant::now();

        leaving(stop.clone(), asked).await;
        assert_eq!(begun.elapsed(), Duration::ZERO);
        leaving(stop, quiet).await;

        assert_eq!(begun.elapsed(), FIRST_REQUEST);
    }

    #[tokio::test(start_paused = true)]
    async fn no_connection_is_left_before_it_is_time_to_stop() {
        let (_tell, stop) = watch::channel(false);
        let asked = Activity::new();
        drop(asked.begin());

        let left = tokio::time::timeout(Duration::from_hours(1), leaving(stop, asked)).await;

        assert!(left.is_err());
    }

    const HOUR: Duration = Duration::from_hours(1);

    /// How long a connection lives; none when it is longer than an hour.
    async fn life(near: DuplexStream, terms: Terms) -> Option<Duration> {
        let (_tell, stop) = watch::channel(false);
        let source = Source::of(Ipv4Addr::LOCALHOST.into());
        let begun = Instant::now();
        let served = converse(near, (None, source), Router::new(), &terms, stop);
        let ended = tokio::time::timeout(HOUR, served).await;
        ended.is_ok().then(|| begun.elapsed())
    }

    /// The other end of a connection, which answers PING by itself.
    async fn client(far: DuplexStream) -> SendRequest<Full<Bytes>> {
        let made = http2::handshake(TokioExecutor::new(), TokioIo::new(far)).await;
        let (sender, connection) = made.unwrap();
        tokio::spawn(connection);
        sender
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_on_which_a_member_never_asks_is_ended_and_one_that_is_dialled_is_kept() {
        let soon = Duration::from_secs(15)..Duration::from_secs(25);
        let (_silent, near) = tokio::io::duplex(64 * 1024);

        let silent = life(near, Terms::KNOWN).await.unwrap();

        assert!(soon.contains(&silent), "{silent:?}");
        let dialled = Terms::dialled(Terms::KNOWN.ping, Terms::KNOWN.ping_wait);
        for (terms, is_ended) in [(Terms::KNOWN, true), (dialled, false)] {
            let (far, near) = tokio::io::duplex(64 * 1024);
            let _speaks = client(far).await;
            let speaking = life(near, terms).await;
            let ended = speaking.is_some_and(|speaking| soon.contains(&speaking));
            assert_eq!(ended, is_ended, "{speaking:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_member_that_asked_once_may_be_silent_for_as_long_as_it_likes() {
        let (far, near) = tokio::io::duplex(64 * 1024);
        let mut asks = client(far).await;
        let request = Request::get("https://here/").body(Full::default()).unwrap();

        let (answered, lived) = tokio::join!(asks.send_request(request), life(near, Terms::KNOWN));

        assert_eq!(answered.unwrap().status(), hyper::StatusCode::NOT_FOUND);
        assert_eq!(lived, None);
    }
}
