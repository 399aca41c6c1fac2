//! Lines that are renewed, given up on and flooded while they are in use, in one process, where every
//! single call can be counted.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use harness::PATIENCE;
use harness::RawHub;
use hyper::{Method, StatusCode};
use stile_cli::demo::partnership::{HUB, Running, dial_out};
use stile_cli::demo::world::{Backend, Kind, World, fill_sqlite};
use stile_cli::demo::{Partnership, SEED};
use stile_exchange::client::{Client, ClientError};
use stile_exchange::clock::Clock;
use stile_exchange::dial::{self, Lane, LineStanding, Lines};
use stile_exchange::gateway::Gateway;
use stile_model::id::MemberId;
use stile_trust::identity::Identity;
use stile_trust::tls::{TlsMaterial, client_config};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::{PEOPLE, question};

const PEEK: &str = "/v1/ledger/checkpoint";
/// An end that is slow to answer is not gone: a machine that does much else is slow.
const PATIENT: &str = "retry_first_ms = 50\nretry_longest_s = 1\nping_s = 1\nping_wait_s = 15\n";

/// A partnership of which every agency dials, running in this process.
struct Place {
    folder: tempfile::TempDir,
    running: Running,
}

impl Place {
    async fn start(kinds: &[Kind], settings: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (dir, clock) = (folder.path(), Clock::system());
        let world = World::generate_on(SEED, PEOPLE, clock.now().date());
        let mut backends = BTreeMap::new();
        for kind in kinds {
            let path = dir.join(format!("{kind}.db"));
            fill_sqlite(&path, *kind, &world).unwrap();
            backends.insert(*kind, Backend::Sqlite { path });
        }
        let partnership = Partnership::set_up(dir, &backends, &clock).await.unwrap();
        for kind in kinds {
            let answer = "\n[answer]\nrelease_grid_ms = 0\nhourly_budget = 1000000\n";
            dial_out(dir, &of(*kind), &format!("{PATIENT}{settings}{answer}")).unwrap();
        }
        let hub = dir.join(HUB).join("hub.toml");
        let text = std::fs::read_to_string(&hub).unwrap();
        let text = format!("{text}\n[dial_in]\nping_s = 1\nping_wait_s = 15\n");
        std::fs::write(&hub, text).unwrap();
        let running = Box::pin(partnership.start(&clock)).await.unwrap();
        let place = Self { folder, running };
        for kind in kinds {
            place.standing_when(*kind, |one| one.open == 2).await;
        }
        place
    }

    fn dir(&self) -> &Path {
        self.folder.path()
    }

    fn lines(&self) -> Lines {
        let hub = MemberId::new(HUB).unwrap();
        let Some(Gateway::Hub(hub)) = self.running.gateway(&hub) else {
            panic!("the hub runs");
        };
        hub.witnessing.lines().unwrap().clone()
    }

    fn standing(&self, kind: Kind) -> LineStanding {
        let all = self.lines().standings();
        all.into_iter().find(|one| one.member == of(kind)).unwrap()
    }

    async fn standing_when(&self, kind: Kind, enough: impl Fn(&LineStanding) -> bool) {
        let begun = Instant::now();
        while !enough(&self.standing(kind)) {
            assert!(begun.elapsed() < PATIENCE, "{:?}", self.standing(kind));
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn client(&self, kind: Kind, lane: Lane) -> Arc<Client> {
        Arc::new(Client::dialled(self.lines(), of(kind), lane))
    }

    async fn stop(self) {
        self.running.stop().await.unwrap();
    }
}

fn of(kind: Kind) -> MemberId {
    stile_cli::demo::partnership::member(kind).unwrap()
}

async fn peek(client: &Client) -> Result<StatusCode, ClientError> {
    let reply = client
        .call(Method::GET, PEEK, &[], Vec::new(), PATIENCE)
        .await;
    reply.map(|reply| reply.status)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lines_are_renewed_under_load_without_one_call_that_fails() {
    let place = Place::start(&[Kind::Police], "renew_s = 2\n").await;
    let (over, calls) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicUsize::new(0)),
    );
    let mut callers = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let client = place.client(Kind::Police, Lane::Ask);
        let (over, calls) = (Arc::clone(&over), Arc::clone(&calls));
        callers.spawn(async move {
            while !over.load(Ordering::SeqCst) {
                assert_eq!(peek(&client).await.unwrap(), StatusCode::OK);
                calls.fetch_add(1, Ordering::SeqCst);
            }
        });
    }
    let client = place.client(Kind::Police, Lane::Ask);
    let (raw, ended) = (
        RawHub::open(place.dir(), Clock::system()),
        Arc::clone(&over),
    );
    callers.spawn(async move {
        while !ended.load(Ordering::SeqCst) {
            let enquiry = raw.enquiry(Kind::Police, &question(1));
            let body = raw.sign(&enquiry).into_bytes();
            let path = "/v1/enquiries";
            let reply = client.call(Method::POST, path, &[], body, PATIENCE).await;
            raw.prove(Kind::Police, &reply.unwrap());
        }
    });

    let mut made = BTreeSet::new();
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(8) {
        made.extend(place.standing(Kind::Police).since);
        assert!(place.standing(Kind::Police).open >= 1);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    over.store(true, Ordering::SeqCst);
    while let Some(ended) = callers.join_next().await {
        ended.expect("every call was answered");
    }

    println!(
        "{} calls over {} lines",
        calls.load(Ordering::SeqCst),
        made.len()
    );
    assert!(made.len() >= 6, "only {} lines were made", made.len());
    place.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_that_are_given_up_neither_end_a_line_nor_fill_it() {
    let place = Place::start(&[Kind::Police], "").await;
    let before = place.standing(Kind::Police);
    let raw = RawHub::open(place.dir(), Clock::system());
    let enquiry = raw.enquiry(Kind::Police, &question(1));
    let asking = place.client(Kind::Police, Lane::Ask);
    let body = raw.sign(&enquiry).into_bytes();
    let reply = asking
        .call(Method::POST, "/v1/enquiries", &[], body, PATIENCE)
        .await;
    raw.prove(Kind::Police, &reply.unwrap());
    let poll = format!("/v1/enquiries/{}/returns?after=9&wait_s=20", enquiry.id);

    let mut given_up = tokio::task::JoinSet::new();
    for _ in 0..1_000 {
        let (client, poll) = (place.client(Kind::Police, Lane::Wait), poll.clone());
        let soon = Duration::from_millis(300);
        given_up.spawn(async move { client.call(Method::GET, &poll, &[], Vec::new(), soon).await });
    }
    // While all of them wait, and more than a line takes, a question finds room.
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(peek(&asking).await.unwrap(), StatusCode::OK);
    while let Some(one) = given_up.join_next().await {
        assert!(matches!(one.unwrap(), Err(ClientError::Deadline(_))));
    }

    assert_eq!(peek(&asking).await.unwrap(), StatusCode::OK);
    let after = place.standing(Kind::Police);
    assert_eq!((after.since, after.ended), (before.since, before.ended));
    place.stop().await;
}

/// A dialled connection with the agency's own certificate, on which nobody ever speaks.
async fn mute(place: &Place, kind: Kind) -> TlsStream<TcpStream> {
    let own = place.dir().join(of(kind).as_str());
    let parts = stile_cli::config::AgencyConfig::read(&own.join("agency.toml"))
        .unwrap()
        .parts;
    let clock = Clock::system();
    let material = TlsMaterial::load(&parts.tls, clock.now()).unwrap();
    let hub = Identity::hub(parts.partnership.clone(), MemberId::new(HUB).unwrap());
    let tls = client_config(&material, &hub, &[dial::ALPN], clock.source()).unwrap();
    let hub = place.dir().join(HUB).join("hub.toml");
    let at = stile_cli::config::HubConfig::read(&hub).unwrap().parts;
    let stream = TcpStream::connect(at.listen.peers.unwrap()).await.unwrap();
    let name = rustls::pki_types::ServerName::try_from("localhost").unwrap();
    TlsConnector::from(tls).connect(name, stream).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_that_dials_without_end_is_bounded_and_harms_only_itself() {
    let place = Place::start(&[Kind::Health, Kind::Police], "").await;
    let health = place.client(Kind::Health, Lane::Ask);
    let police = place.client(Kind::Police, Lane::Ask);

    let mut held = Vec::new();
    let mut most = 0;
    for _ in 0..200 {
        held.push(mute(&place, Kind::Police).await);
        most = most.max(place.standing(Kind::Police).open);
        if held.len() % 50 == 0 {
            assert_eq!(peek(&health).await.unwrap(), StatusCode::OK);
        }
    }
    assert!(most <= 16, "{most} lines were kept");
    assert!(most > 2, "no line was kept, so nothing was bounded");
    drop(held);

    place.standing_when(Kind::Police, |one| one.open == 2).await;
    assert_eq!(peek(&police).await.unwrap(), StatusCode::OK);
    assert_eq!(place.standing(Kind::Health).open, 2);
    place.stop().await;
}
