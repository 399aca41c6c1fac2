//! A new signed directory reaches members by itself: the operator gives it to a hub, agencies fetch it
//! there, and believe the operator alone.

use std::fs;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use harness::papers::identity;
use harness::process::Site;
use harness::rogue::tls_files;
use harness::{Caller, PATIENCE, RawHub, problem, tale};
use stile_cli::config::HubConfig;
use stile_cli::demo::partnership::HUB;
use stile_cli::demo::world::Kind;
use stile_exchange::client::Reply;
use stile_exchange::clock::Clock;
use stile_exchange::server::{ALPN, Guard, serve};
use stile_ledger::{EntryKind, Leaf};
use stile_model::id::PartnershipId;
use stile_trust::directory::{Directory, Endpoint, Reach};
use stile_trust::identity::Role;
use stile_trust::signing::SigningKey;
use stile_trust::tls::{TlsMaterial, server_config};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::STILE;
use crate::watch::free_port;

const POLICE: &str = "riverside-police";
const PEOPLE: usize = 50;
const TAKEN: &str = "another directory is in use";
const FETCHED: &str = "the newer directory was fetched from the hub";
const LEFT: &str = "no directory was taken from the hub";

/// The police with a directory of their own, who ask the hub every second; nothing runs yet.
struct Place {
    site: Site,
    operator: SigningKey,
    first: Directory,
}

impl Place {
    async fn set_up() -> Self {
        let site = Site::set_up(STILE, &[Kind::Police], PEOPLE).await;
        let (shared, own) = (site.dir().join("directory.jws"), site.member_dir(POLICE));
        fs::copy(&shared, own.join("directory.jws")).unwrap();
        site.edit(&site.config(POLICE), |text| {
            let text = text.replace("file = \"../directory.jws\"", "file = \"directory.jws\"");
            format!("{text}\n[renewal]\nhub = \"{HUB}\"\nevery_s = 1\n")
        });
        let operator = SigningKey::load(&site.dir().join("operator/operator.key")).unwrap();
        let text = fs::read_to_string(shared).unwrap();
        let now = Clock::system().now();
        let first = Directory::verify(text.trim(), operator.verifying_key(), 0, now).unwrap();
        Self {
            site,
            operator,
            first,
        }
    }

    /// What the police have, as their file holds it.
    fn held(&self) -> String {
        fs::read_to_string(self.site.member_dir(POLICE).join("directory.jws")).unwrap()
    }

    fn next(&self) -> Directory {
        let mut next = self.first.clone();
        next.version += 1;
        next
    }

    fn signed(&self, directory: &Directory) -> String {
        directory.sign(&self.operator).unwrap()
    }

    async fn until(&self, what: &str, holds: impl Fn() -> bool) {
        let begun = Instant::now();
        while !holds() {
            assert!(
                begun.elapsed() < PATIENCE,
                "{what}: {}",
                self.site.log(POLICE)
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// What the hub says to the police, who have this version.
    async fn gives_above(&self, version: u64) -> Reply {
        let own = self.site.member_dir(POLICE);
        let files = tls_files(self.site.dir(), own.join("chain.pem"), own.join("key.pem"));
        let expect = identity(Role::Hub, HUB, None);
        let hub = Caller::with(&files, &expect, peers(&self.site), &Clock::system());
        let path = format!("/v1/directory?above={version}");
        hub.get(&path).await.unwrap()
    }

    /// The next directories, each with something that is changed beside its version.
    fn later(&self, versions: u64, change: impl FnOnce(&mut Directory)) -> String {
        let mut later = self.first.clone();
        later.version += versions;
        change(&mut later);
        self.signed(&later)
    }

    /// How often the police have logged `what`.
    fn logged(&self, what: &str) -> usize {
        self.site.log(POLICE).matches(what).count()
    }
}

/// The status of one new question.
async fn ask(hub: &RawHub) -> u16 {
    let question = hub.sign(&hub.enquiry(Kind::Police, &tale("red")));
    let reply = hub.post(Kind::Police, question.into_bytes()).await;
    reply.unwrap().status.as_u16()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agency_takes_the_next_directory_from_its_hub_records_it_and_starts_with_it_again() {
    let mut place = Place::set_up().await;
    place.site.start_all();
    let hub = place.site.raw_hub();
    assert_eq!(ask(&hub).await, 200);

    let mut without = place.next();
    without.agreements.clear();
    let text = place.signed(&without);
    let shared = place.site.dir().join("directory.jws");
    fs::write(&shared, &text).unwrap();
    // Not in use at the hub yet, so the hub gives it to nobody, and the one in use is not in the file.
    let refused = place.gives_above(0).await;
    assert_eq!(problem(&refused).code(), "directory_unavailable");
    let none = place.gives_above(place.first.version).await;
    assert_eq!(none.status, StatusCode::NO_CONTENT);
    assert_ne!(place.held().trim(), text);
    place.site.hang_up(HUB);

    place
        .until("the police did not take it", || place.logged(TAKEN) == 1)
        .await;
    assert_eq!(place.held(), text, "the file that the next start reads");
    assert_eq!(ask(&hub).await, 403, "no agreement opens anything any more");
    place.site.stop(POLICE);
    let given = place.gives_above(0).await;
    assert_eq!(given.body, text.as_bytes());
    place.site.start(POLICE);
    assert_eq!(ask(&hub).await, 403);
    place.site.stop(POLICE);
    // As at another gateway of the police, which was down meanwhile.
    let file = place.site.member_dir(POLICE).join("directory.jws");
    fs::write(&file, place.signed(&place.first)).unwrap();
    place.site.start(POLICE);
    assert!(place.site.log(POLICE).contains(FETCHED));
    assert_eq!(place.held(), text);
    assert_eq!(ask(&hub).await, 403);
    place.site.stop_all();
    fs::write(&file, place.signed(&place.first)).unwrap();
    let said = place.site.refuses_to_start(POLICE);
    assert!(said.contains("is lower than"), "nobody to ask: {said}");
    let leaves = place.site.leaves(POLICE);
    let changes = leaves
        .iter()
        .filter(|leaf| Leaf::parse(leaf).unwrap().entry.kind == EntryKind::DirectoryChange);
    assert_eq!(
        changes.count(),
        2,
        "the first, and the one that was fetched"
    );
}

/// Where the hub listens for other gateways.
fn peers(site: &Site) -> SocketAddr {
    let parts = HubConfig::read(&site.config(HUB)).unwrap().parts;
    parts.listen.peers.unwrap()
}

/// Where a member is reached from now on.
fn reached_at(directory: &mut Directory, member: &str, reach: &Reach) {
    let mut members = directory.members.iter_mut();
    let listed = members.find(|one| one.id.as_str() == member);
    listed.unwrap().endpoint = reach.clone();
}

/// Something with the hub's certificate at the hub's address that gives out whatever it is told.
struct LyingHub {
    says: Arc<Mutex<String>>,
    _stop: watch::Sender<bool>,
}

impl LyingHub {
    async fn start(site: &Site) -> Self {
        Self::start_at(site, peers(site)).await
    }

    async fn start_at(site: &Site, at: SocketAddr) -> Self {
        let parts = HubConfig::read(&site.config(HUB)).unwrap().parts;
        let clock = Clock::system();
        let tls = TlsMaterial::load(&parts.tls, clock.now()).unwrap();
        let says = Arc::new(Mutex::new(String::new()));
        let told = Arc::clone(&says);
        let give = async move || {
            let text = told.lock().unwrap().clone();
            if text.is_empty() {
                return StatusCode::NO_CONTENT.into_response();
            }
            ([(header::CONTENT_TYPE, "application/jose")], text).into_response()
        };
        let routes = Router::new().route("/v1/directory", get(give));
        let config = server_config(&tls, &[Role::Agency], ALPN, clock.source()).unwrap();
        let guard = Guard {
            revocations: Arc::clone(tls.revocations()),
            clock,
        };
        let listener = TcpListener::bind(at).await.unwrap();
        let (stop, stopped) = watch::channel(false);
        let config = Arc::new(ArcSwap::new(config));
        tokio::spawn(serve(listener, config, routes, guard, stopped));
        Self { says, _stop: stop }
    }

    fn gives(&self, text: &str) {
        text.clone_into(&mut self.says.lock().unwrap());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refuses_what_a_lying_hub_gives_out_and_goes_on_under_the_directory_it_has() {
    let mut place = Place::set_up().await;
    let second = place.next();
    let text = place.signed(&second);
    fs::write(place.site.member_dir(POLICE).join("directory.jws"), &text).unwrap();
    let liar = LyingHub::start(&place.site).await;
    place.site.start(POLICE);
    let hub = place.site.raw_hub();

    let mut third = second.clone();
    third.version += 1;
    let mut foreign = third.clone();
    foreign.partnership = PartnershipId::new("elsewhere").unwrap();
    let mut reissued = second.clone();
    reissued.agreements.clear();
    let mut unlisted = third.clone();
    unlisted
        .members
        .retain(|member| member.id.as_str() != POLICE);
    unlisted.agreements.clear();
    let mut expired = third.clone();
    expired.valid_until = expired.issued.plus_s(1);
    let mut unreadable = third.clone();
    unreadable.quorum = Some("quorum nobody\n".to_owned());
    let forged = third.sign(&SigningKey::generate().unwrap()).unwrap();
    // What the next start would refuse.
    let dials = place.later(2, |next| reached_at(next, POLICE, &Reach::DialsOut));
    let alone = place.later(2, |next| {
        next.members.retain(|member| member.id.as_str() != HUB);
        next.agreements.clear();
        next.quorum = None;
    });
    let told = [
        dials,
        alone,
        forged,
        place.signed(&place.first),
        place.signed(&foreign),
        place.signed(&reissued),
        place.signed(&unlisted),
        place.signed(&expired),
        place.signed(&unreadable),
        "garbage".to_owned(),
        "x".repeat(5 << 20),
    ];
    for text in told {
        let before = place.logged(LEFT);
        liar.gives(&text);
        place
            .until("it was not refused", || place.logged(LEFT) > before + 1)
            .await;
    }

    assert_eq!(place.held(), text, "the file is as it was");
    assert_eq!(place.logged(TAKEN), 0);
    for why in ["has no `[dial_out]`", "lists no hub"] {
        assert!(place.logged(why) > 0, "{why}: {}", place.site.log(POLICE));
    }
    assert_eq!(ask(&hub).await, 200);
    liar.gives(&place.signed(&third));
    place
        .until("the true one was not taken", || place.logged(TAKEN) == 1)
        .await;
    place.site.stop(POLICE);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn leaves_a_newer_file_of_the_operators_as_it_is_and_follows_the_hub_where_it_moves() {
    let mut place = Place::set_up().await;
    let liar = LyingHub::start(&place.site).await;
    place.site.start(POLICE);
    let fifth = place.later(5, |_| {});
    let file = place.site.member_dir(POLICE).join("directory.jws");
    fs::write(&file, &fifth).unwrap();

    liar.gives(&place.later(4, |_| {}));
    place
        .until("the hub's was not taken", || place.logged(TAKEN) == 1)
        .await;
    assert_eq!(place.held(), fifth, "a later one has been put there");

    let port = free_port();
    let endpoint = Endpoint::new(&format!("https://127.0.0.1:{port}")).unwrap();
    let moved = place.later(6, |next| reached_at(next, HUB, &endpoint.into()));
    let there = LyingHub::start_at(&place.site, ([127, 0, 0, 1], port).into()).await;
    let seventh = place.later(7, |_| {});
    there.gives(&seventh);
    liar.gives(&moved);
    place
        .until("the hub is not asked where it moved", || {
            place.logged(TAKEN) == 3
        })
        .await;
    assert_eq!(place.held(), seventh);
    place.site.stop(POLICE);
}
