//! Who is not dialled, and who is not taken.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use axum::Router;
use harness::caller::careless_tls;
use harness::papers::{self, change_directory};
use harness::{Door, Lab};
use hyper::Method;
use stile_cli::config::HubConfig;
use stile_cli::demo::partnership::{HUB, member};
use stile_cli::demo::world::Kind;
use stile_exchange::client::{Client, ClientError};
use stile_exchange::clock::Clock;
use stile_exchange::dial;
use stile_exchange::hub::State;
use stile_exchange::server::{ALPN, ALPN_DIALLED, Guard, serve};
use stile_model::id::MemberId;
use stile_trust::directory::Endpoint;
use stile_trust::identity::Role;
use stile_trust::tls::{TlsMaterial, server_config};
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::{AT_ONCE, NONE, POLICE, QUICK, TABLE, lab, page_when, police, question};

const HUNG_UP: &str = "ended the connection without a word";

/// Stands where the directory says that the hub is, with these papers and protocols; the agency is told
/// that it is the hub.
async fn false_hub(
    dir: &Path,
    own: &str,
    protocols: &[&[u8]],
) -> (watch::Sender<bool>, tokio::task::JoinHandle<()>) {
    let clock = Clock::system();
    let folder = dir.join(own);
    let files = harness::rogue::tls_files(dir, folder.join("chain.pem"), folder.join("key.pem"));
    let material = TlsMaterial::load(&files, clock.now()).unwrap();
    let tls = server_config(&material, &[Role::Agency], protocols, clock.source()).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let hub = HubConfig::read(&dir.join(HUB).join("hub.toml")).unwrap();
    let real = hub.parts.listen.peers.unwrap();
    change_directory(dir, |text| {
        text.replace(&format!("https://{real}"), &format!("https://{at}"))
    });
    let guard = Guard {
        revocations: Arc::clone(material.revocations()),
        clock,
    };
    let (stop, stopped) = watch::channel(false);
    let tls = Arc::new(ArcSwap::new(tls));
    let task = tokio::spawn(async move {
        serve(listener, tls, Router::new(), guard, stopped)
            .await
            .unwrap();
    });
    (stop, task)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agency_dials_nobody_who_is_not_its_hub_or_speaks_no_dialled_protocol() {
    let health = member(Kind::Health).unwrap();
    for (papers, protocols, says) in [
        (health.as_str(), ALPN_DIALLED, "is not the hub"),
        (HUB, ALPN, "takes no dialled connections"),
    ] {
        let (told, hears) = tokio::sync::oneshot::channel();
        let mut lab = {
            let handle = tokio::runtime::Handle::current();
            lab(&[Kind::Health, Kind::Police], "", move |dir| {
                let made = tokio::task::block_in_place(|| {
                    handle.block_on(false_hub(dir, papers, protocols))
                });
                told.send(made).ok();
            })
            .await
        };
        let (stop, task) = hears.await.unwrap();

        let page = page_when(&lab, POLICE, |page| page.says(says)).await;

        assert!(page.says(NONE), "{}", page.words());
        lab.stop().await;
        stop.send(true).unwrap();
        task.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_keeps_no_line_of_a_member_that_the_directory_lists_with_an_address() {
    let clock = harness::MovableClock::default().clock();
    let world = stile_cli::demo::World::generate_on(
        stile_cli::demo::SEED,
        super::PEOPLE,
        clock.now().date(),
    );
    let mut lab = Lab::start_with(&world, &[Kind::Police], |dir| {
        let file = dir.join(POLICE).join("agency.toml");
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, format!("{text}\n[dial_out]\n{QUICK}")).unwrap();
    })
    .await;

    let page = page_when(&lab, POLICE, |page| page.says(HUNG_UP)).await;
    assert!(page.says(NONE), "{}", page.words());
    let at_hub = page_when(&lab, HUB, |page| page.says("Agreements")).await;

    assert!(!at_hub.says(TABLE), "{}", at_hub.words());
    // It is called at its address, as before.
    let asked = question(1);
    harness::ask::raise(&lab.researcher(), &asked).await;
    harness::ask::wait_for(&lab.researcher(), &asked, harness::ask::has_answered).await;
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_agency_is_cut_within_seconds_and_does_not_come_back() {
    let mut lab = lab(&[Kind::Police], "", |_| {}).await;
    page_when(&lab, HUB, |page| page.says(TABLE) && !page.says(NONE)).await;

    let begun = Instant::now();
    let chain = lab.agency_dir(Kind::Police).join("chain.pem");
    papers::revoke(lab.dir(), &chain, lab.time.clock().now());
    page_when(&lab, HUB, |page| page.says(NONE)).await;
    let cut = begun.elapsed();
    println!("cut {cut:?} after the list was published");
    assert!(cut < AT_ONCE);

    let asked = question(1);
    harness::ask::raise(&lab.researcher(), &asked).await;
    harness::ask::wait_for(&lab.researcher(), &asked, |state| {
        matches!(state, State::Unreachable { .. })
    })
    .await;
    // It dials on, and is refused every time.
    tokio::time::sleep(Duration::from_secs(2)).await;
    page_when(&lab, HUB, |page| page.says(NONE)).await;
    lab.stop().await;
}

/// One call as a careless client makes it, in the protocol of dialled connections.
async fn call_as(lab: &Lab, shown: &MemberId, at: &MemberId) -> Result<(), ClientError> {
    let own = lab.dir().join(shown.as_str());
    let (chain, key) = (own.join("chain.pem"), own.join("key.pem"));
    let tls = careless_tls(lab.dir(), Some((&chain, &key)), &[dial::ALPN]);
    let at = lab.address(at, Door::Peers);
    let endpoint = Endpoint::new(&format!("https://{at}")).unwrap();
    let client = Client::new(endpoint, Arc::new(tls));
    let soon = Duration::from_secs(5);
    let path = "/v1/ledger/checkpoint";
    client
        .call(Method::GET, path, &[], Vec::new(), soon)
        .await
        .map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_served_in_the_protocol_of_dialled_connections() {
    let mut lab = lab(&[Kind::Health, Kind::Police], "", |_| {}).await;
    let (hub, health) = (MemberId::new(HUB).unwrap(), member(Kind::Health).unwrap());
    page_when(&lab, HUB, |page| page.says(TABLE) && !page.says(NONE)).await;

    // An agency's listener does not know it, and a hub's serves nothing in it: neither to a member that
    // dials out nor to one that does not.
    let at_agency = call_as(&lab, &hub, &health).await.unwrap_err();
    let listed = call_as(&lab, &police(), &hub).await.unwrap_err();
    let unlisted = call_as(&lab, &health, &hub).await.unwrap_err();

    assert!(matches!(at_agency, ClientError::Tls(..)), "{at_agency}");
    for refused in [listed, unlisted] {
        let broke = matches!(refused, ClientError::Http(..) | ClientError::Deadline(_));
        assert!(broke, "{refused}");
    }
    lab.stop().await;
}
