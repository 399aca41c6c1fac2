//! What a hub does with its calls over lines that are dead, or whose agency said goodbye.
//!
//! Nothing but time happens here: it is moved on when everybody waits.

use std::net::Ipv4Addr;

use axum::Router;
use axum::routing::get;
use hyper::{Method, StatusCode};
use stile_model::id::{Code, PartnershipId};
use stile_trust::authority::Authority;
use stile_trust::directory::Member;
use stile_trust::identity::Identity;
use stile_trust::signing::SigningKey;
use stile_trust::tls::{TlsFiles, TlsMaterial};
use tokio::io::{AsyncWriteExt, DuplexStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::*;
use crate::account::Source;
use crate::client::Client;
use crate::clock::Clock;
use crate::server::{Terms, serve_dialled};

const PING: Duration = Duration::from_secs(15);
/// Before any PING is missed.
const SOON: Duration = Duration::from_secs(1);

fn police() -> MemberId {
    MemberId::new("north-police").unwrap()
}

/// The police's certificate, and who is believed.
fn papers(clock: &Clock) -> (Peer, Guard) {
    let folder = tempfile::tempdir().unwrap();
    let (partnership, now) = (PartnershipId::new("north").unwrap(), clock.now());
    let authority = Authority::init(&folder.path().join("ca"), &partnership, now).unwrap();
    let police = Identity::agency(partnership, police());
    let issued = authority.issue(&police, &["127.0.0.1".to_owned()], 90, now);
    let files = TlsFiles {
        chain: folder.path().join("chain.pem"),
        key: folder.path().join("key.pem").into(),
        roots: authority.root_path(),
        issuers: authority.issuing_path(),
        crl: authority.crl_path(),
    };
    let key = files.key.file().unwrap();
    issued.unwrap().save(&files.chain, key).unwrap();
    let tls = TlsMaterial::load(&files, now).unwrap();
    let guard = Guard {
        revocations: Arc::clone(tls.revocations()),
        clock: clock.clone(),
    };
    (tls.own(), guard)
}

/// A directory that lists the police alone, as dialling out.
fn directory(peer: &Peer, now: Timestamp) -> Directory {
    Directory {
        partnership: peer.identity.partnership.clone(),
        version: 1,
        issued: now.plus_s(-60),
        valid_until: now.plus_s(86_400),
        members: vec![Member {
            id: police(),
            role: Role::Agency,
            kind: Some(Code::new("police").unwrap()),
            name: "North".to_owned(),
            endpoint: Reach::DialsOut,
            tls_pins: vec![peer.spki_digest],
            signing_key: SigningKey::generate().unwrap().verifying_key().clone(),
            ledger_key: "unused".to_owned(),
            witness_key: None,
            contact: "duty desk".to_owned(),
        }],
        agreements: Vec::new(),
        quorum: None,
    }
}

/// A hub that is dialled.
struct Dialled {
    lines: Lines,
    peer: Peer,
    guard: Guard,
    stop: watch::Sender<bool>,
}

impl Dialled {
    fn new() -> Self {
        let clock = Clock::system();
        let (peer, guard) = papers(&clock);
        let directory = ArcSwap::from_pointee(directory(&peer, clock.now()));
        let settings = LineSettings {
            ping: PING,
            ping_wait: PING,
        };
        Self {
            lines: Lines::new(Arc::new(directory), guard.clone(), settings),
            peer,
            guard,
            stop: watch::Sender::new(false),
        }
    }

    fn open(&self) -> usize {
        self.lines.standings().iter().map(|one| one.open).sum()
    }

    /// A new line: the agency's end, and the hub's keeping of it.
    async fn line(&self) -> (DuplexStream, JoinHandle<()>) {
        let (far, near) = tokio::io::duplex(64 * 1024);
        let (lines, peer) = (self.lines.clone(), self.peer.clone());
        let (stop, open) = (self.stop.subscribe(), self.open());
        let kept = tokio::spawn(async move { lines.keep(near, peer, stop).await });
        settled().await;
        assert_eq!(self.open(), open + 1);
        (far, kept)
    }

    /// The agency serves until it is told to leave.
    fn serve(&self, far: DuplexStream, routes: Router) -> watch::Sender<bool> {
        let (leave, leaving) = watch::channel(false);
        let whom = (self.peer.clone(), self.guard.clone());
        let source = Source::of(Ipv4Addr::LOCALHOST.into());
        let terms = Terms::dialled(PING, PING);
        tokio::spawn(async move {
            serve_dialled(far, whom, source, routes, &terms, leaving).await;
        });
        leave
    }

    /// A call that is given up soon.
    async fn ask(&self, path: &str) -> Result<StatusCode, ClientError> {
        let client = Client::dialled(self.lines.clone(), police(), Lane::Ask);
        let reply = client.call(Method::GET, path, &[], Vec::new(), SOON).await;
        reply.map(|reply| reply.status)
    }

    /// A call that nobody gives up.
    fn waits(&self, path: &'static str) -> JoinHandle<Result<StatusCode, ClientError>> {
        let client = Client::dialled(self.lines.clone(), police(), Lane::Ask);
        tokio::spawn(async move {
            let long = Duration::from_hours(1);
            let reply = client.call(Method::GET, path, &[], Vec::new(), long).await;
            reply.map(|reply| reply.status)
        })
    }
}

/// Until everybody waits.
async fn settled() {
    tokio::time::sleep(Duration::from_millis(10)).await;
}

#[tokio::test(start_paused = true)]
async fn the_newest_line_swallows_one_call_when_it_is_dead_and_no_other_until_it_speaks() {
    let hub = Dialled::new();
    let (lives, _kept) = hub.line().await;
    let _leave = hub.serve(lives, Router::new());
    let (mut dead, _kept) = hub.line().await;
    let is_swallowed =
        |asked: Result<StatusCode, ClientError>| matches!(asked, Err(ClientError::Deadline(_)));

    assert!(is_swallowed(hub.ask("/").await));
    for _ in 0..3 {
        assert_eq!(hub.ask("/").await.unwrap(), StatusCode::NOT_FOUND);
    }

    // An empty SETTINGS (RFC 9113 §6.5).
    dead.write_all(&[0, 0, 0, 4, 0, 0, 0, 0, 0]).await.unwrap();
    settled().await;
    assert!(is_swallowed(hub.ask("/").await), "it is trusted again");
    assert_eq!(hub.ask("/").await.unwrap(), StatusCode::NOT_FOUND);
}

#[tokio::test(start_paused = true)]
async fn a_line_that_may_be_dead_is_called_where_there_is_no_other() {
    let hub = Dialled::new();
    let (far, _kept) = hub.line().await;
    hub.ask("/").await.unwrap_err();

    let _leave = hub.serve(far, Router::new());

    assert_eq!(hub.ask("/").await.unwrap(), StatusCode::NOT_FOUND);
}

#[tokio::test(start_paused = true)]
async fn a_hub_that_stops_still_hears_the_answer_of_an_agency_that_said_goodbye() {
    let hub = Dialled::new();
    let release = Arc::new(Notify::new());
    let released = Arc::clone(&release);
    let held = async move || {
        released.notified().await;
        StatusCode::NO_CONTENT
    };
    let (far, kept) = hub.line().await;
    let leave = hub.serve(far, Router::new().route("/held", get(held)));
    let waits = hub.waits("/held");
    settled().await;
    leave.send_replace(true);
    settled().await;
    // The hub notices when it asks again.
    hub.ask("/").await.unwrap_err();
    assert_eq!(hub.open(), 0);

    hub.stop.send_replace(true);
    settled().await;
    assert!(!kept.is_finished(), "it was cut");
    release.notify_one();

    assert_eq!(waits.await.unwrap().unwrap(), StatusCode::NO_CONTENT);
    kept.await.unwrap();
}
