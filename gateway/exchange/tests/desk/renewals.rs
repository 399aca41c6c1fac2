//! Renewals that come to nothing: by a hub that does not answer, or a chain that was revoked.

use std::sync::Arc;
use std::time::Duration;

use stile_exchange::directory::{AskedHub, AskedParts};
use stile_exchange::enrol::{Asks, EnrolmentState, Keeping, KeepingParts, Renewal};
use stile_trust::authority::describe;
use stile_trust::directory::Endpoint;
use stile_trust::key::TlsKey;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::enrolments::{IT, authority, police, request, signed};
use crate::room::{HUB, POLICE, Room, member, person};

/// Less than a call is waited for.
const SOON: Duration = Duration::from_secs(20);

/// Keeps the hub's certificate by asking whoever listens there.
fn keeping(room: &Room, listener: &TcpListener) -> Keeping {
    let mut directory = (*room.hub.directory.load_full()).clone();
    let mut members = directory.members.iter_mut();
    let hub = members.find(|one| one.id == member(HUB)).unwrap();
    let at = format!("https://{}", listener.local_addr().unwrap());
    hub.endpoint = Endpoint::new(&at).unwrap().into();
    room.hub.directory.store(Arc::new(directory));
    let asked = AskedHub::new(AskedParts {
        hub: member(HUB),
        directory: Arc::clone(&room.hub.directory),
        tls: Arc::clone(&room.hub.tls),
        clock: room.hub.clock.clone(),
    });
    Keeping::new(KeepingParts {
        me: member(HUB),
        directory: Arc::clone(&room.hub.directory),
        tls: Arc::clone(&room.hub.tls),
        asks: Asks::Other(Box::new(asked.unwrap())),
        every: Duration::from_hours(24),
        clock: room.hub.clock.clone(),
    })
}

#[tokio::test]
async fn a_gateway_that_stops_waits_for_no_hub_that_is_silent() {
    let room = Room::new();
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let keeping = keeping(&room, &silent);
    let (stop, stopped) = watch::channel(false);
    let running = tokio::spawn(async move { keeping.run(stopped).await });
    let _called = timeout(SOON, silent.accept()).await.unwrap().unwrap();

    stop.send(true).unwrap();

    timeout(SOON, running).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_renewal_that_was_issued_and_then_revoked_can_be_asked_for_anew() {
    let room = Room::new();
    let key = TlsKey::generate().unwrap();
    let renewal = Renewal {
        request: request(&key, POLICE),
    };
    let ask = async || {
        let standing = room.hub.renewal(&police(&room, 1), &renewal).await;
        standing.unwrap()
    };
    let first = ask().await;
    let (it, chain) = (person(IT), signed(&room, &key, POLICE));
    let issued = room.hub.issue_enrolment(&it, &first.id, &chain).await;
    issued.unwrap();
    assert_eq!(ask().await.state, EnrolmentState::Issued);

    let serial = describe(&chain).unwrap().serial;
    authority(&room).revoke(serial, room.now()).unwrap();
    room.hub.tls.reload_revocations(room.now()).unwrap();

    let anew = ask().await;
    assert_eq!(anew.state, EnrolmentState::Waiting);
    assert_ne!(anew.id, first.id);
    assert_eq!(ask().await, anew, "it waits, and is not put there again");
}
