//! Three gateways of one agency behind haproxy, by the sample configuration that ships: stopped and
//! started one after another, and one killed, while hubs ask.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use harness::balancer::Haproxy;
use harness::{Caller, ask, papers};
use hyper::http::Method;
use stile_cli::demo::partnership::HUB;
use stile_cli::demo::world::{Kind, Story};
use stile_exchange::client::ClientError;
use stile_exchange::clock::Clock;
use stile_ledger::{EntryKind, Leaf};
use stile_model::id::CaseId;
use stile_trust::identity::Role;

use super::{Ground, PATIENCE, Replica, free};

const SAMPLE: &str = include_str!("../../../config/haproxy.cfg");

/// The agency with three gateways and haproxy at their common address.
struct Fleet {
    ground: Ground,
    replicas: [Replica; 3],
    proxy: Haproxy,
}

impl Fleet {
    async fn start() -> Self {
        let ground = Ground::lay().await;
        let mut replicas = ["one", "two", "three"].map(|name| Replica::of(name, &ground.site));
        for replica in &mut replicas {
            replica.start();
        }
        let config = at_home(SAMPLE, ground.front, &replicas);
        let proxy = Haproxy::start(&config, ground.front, ground.site.dir());
        Self {
            ground,
            replicas,
            proxy,
        }
    }
}

/// Starts a gateway and waits until haproxy sends it connections.
async fn start(replica: &mut Replica, proxy: &Haproxy) {
    tokio::task::block_in_place(|| replica.start());
    proxy.sends_to(&server(replica.name), true).await;
}

/// Stops a gateway as a service manager does, and waits until it has ended well.
async fn stop(replica: &mut Replica) {
    replica.signal("-TERM");
    let mut child = replica.child.take().unwrap();
    let begun = Instant::now();
    let ended = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if begun.elapsed() > PATIENCE {
            child.kill().ok();
            panic!("`{}` does not stop", replica.name);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert!(ended.success(), "{ended}");
}

/// What haproxy calls a gateway.
fn server(name: &str) -> String {
    format!("gateways/{name}")
}

/// The sample with the addresses of these gateways.
fn at_home(sample: &str, front: SocketAddr, replicas: &[Replica; 3]) -> String {
    // A machine that does much else is slow, and its gateways are not down.
    let mut config = sample
        .replace("timeout check 2s", "timeout check 60s")
        .replace("10.20.0.10:7443", &front.to_string())
        .replace("10.20.0.10:7444", &free().to_string());
    for (host, replica) in ["10.20.0.11", "10.20.0.12", "10.20.0.13"]
        .iter()
        .zip(replicas)
    {
        let port = format!("port {}", replica.metrics.port());
        config = config
            .replace(
                &format!("{host}:7443 port 9464"),
                &format!("{} {port}", replica.peers),
            )
            .replace(
                &format!("{host}:7444 port 9464"),
                &format!("{} {port}", replica.people),
            );
    }
    assert!(!config.contains("10.20.0."), "{config}");
    config
}

/// Cases that a hub opens and asks the police about, one after another, until told to stop.
async fn cases(ground: &Ground, stop: &AtomicBool) -> Vec<Story> {
    let desk = ground.site.researcher();
    let mut asked = Vec::new();
    while !stop.load(Ordering::SeqCst) {
        let mut story = harness::tale("red");
        story.asks.retain(|kind, _| *kind == Kind::Police);
        story.case = CaseId::new(format!("FLEET-{:04}", asked.len())).unwrap();
        ask::raise(&desk, &story).await;
        asked.push(story);
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    for story in &asked {
        ask::wait_for(&desk, story, ask::has_answered).await;
    }
    asked
}

/// What the hub has on record of these cases: one receipt for each, nothing refused or failed.
fn hub_has_one_return_each(ground: &mut Ground, asked: &[Story]) {
    ground.site.stop(HUB);
    assert!(ground.site.verified(HUB).is_sound());
    let leaves = ground.site.leaves(HUB);
    let entries: Vec<_> = leaves
        .iter()
        .map(|leaf| Leaf::parse(leaf).unwrap().entry)
        .collect();
    let received: Vec<_> = entries
        .iter()
        .filter(|entry| entry.kind == EntryKind::ReturnReceived)
        .collect();
    let cases: BTreeSet<_> = received.iter().map(|entry| entry.case).collect();
    assert_eq!(
        (received.len(), cases.len()),
        (asked.len(), asked.len()),
        "returns, and cases that have one"
    );
    let bad = [EntryKind::Failed, EntryKind::Refusal];
    let bad: Vec<_> = entries
        .iter()
        .filter(|entry| bad.contains(&entry.kind))
        .collect();
    assert!(bad.is_empty(), "{bad:?}");
}

/// How a gateway goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Away {
    Killed,
    Stopped,
}

/// Takes one gateway after another away and brings it back, while hubs ask; both sides' records are held
/// against each other. Why calls of the hubs broke or were refused on the way.
async fn each_in_turn(away: Away) -> Vec<String> {
    let mut fleet = Fleet::start().await;
    fleet.ground.site.start(HUB);
    let load = fleet.ground.load();
    let over = AtomicBool::new(false);
    load.goes_on(Instant::now(), 10).await;

    let Fleet {
        ground,
        replicas,
        proxy,
    } = &mut fleet;
    let (asked, ()) = tokio::join!(cases(ground, &over), async {
        for replica in replicas.iter_mut() {
            let mark = Instant::now();
            match away {
                Away::Killed => replica.kill(),
                Away::Stopped => stop(replica).await,
            }
            proxy.sends_to(&server(replica.name), false).await;
            load.goes_on(mark, 20).await;
            start(replica, proxy).await;
            load.goes_on(Instant::now(), 10).await;
        }
        over.store(true, Ordering::SeqCst);
    });

    let again = std::mem::take(&mut *load.again.lock().unwrap());
    let book = load.end().await;
    println!(
        "{} enquiries answered, {} calls made again, {} cases of the hub",
        book.len(),
        again.len(),
        asked.len()
    );
    hub_has_one_return_each(&mut fleet.ground, &asked);
    fleet.ground.holds(&book);
    again
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn haproxy_and_a_rolling_restart_on_postgres_break_no_call_and_fail_no_enquiry() {
    let again = each_in_turn(Away::Stopped).await;

    assert!(again.is_empty(), "calls broke or were refused: {again:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn haproxy_and_gateways_that_are_killed_on_postgres_fail_no_enquiry() {
    each_in_turn(Away::Killed).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn haproxy_ends_no_tls_and_a_hub_without_a_good_certificate_is_refused_on_postgres() {
    let fleet = Fleet::start().await;
    let (dir, clock) = (fleet.ground.site.dir(), Clock::system());
    let who = papers::identity(Role::Hub, HUB, None);
    let (chain, key) = papers::issue_by_a_stranger(dir, "stranger", &who, clock.now());
    let stranger = Caller::careless(dir, Some((&chain, &key)), fleet.ground.front);
    let story = harness::tale("red");
    let hub = fleet.ground.site.raw_hub();

    let enquiry = hub.sign(&hub.enquiry(Kind::Police, &story)).into_bytes();
    let refused = stranger.call(Method::POST, "/v1/enquiries", enquiry).await;

    let by_tls = matches!(refused, Err(ClientError::Tls(..) | ClientError::Http(..)));
    assert!(by_tls, "{refused:?}");
    hub.ask(Kind::Police, &hub.enquiry(Kind::Police, &story))
        .await;
    let store = fleet.ground.store();
    let permits = (0..store.head().size).filter(|index| {
        let leaf = Leaf::parse(&store.entry(*index).unwrap()).unwrap();
        leaf.entry.kind == EntryKind::Permit
    });
    assert_eq!(permits.count(), 1);
}
