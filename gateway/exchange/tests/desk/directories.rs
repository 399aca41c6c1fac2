//! Directories and revocation lists of a gateway that runs: changed at once, ended, or newer elsewhere.

use std::fs;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use stile_exchange::gateway::Gateway;
use stile_exchange::hub::routes::peer_routes;
use stile_exchange::metrics::NotReady;
use stile_exchange::start::{check_directory, record_lists, record_start};
use stile_model::digest::Digest;
use stile_trust::authority::Authority;
use stile_trust::directory::Directory;
use stile_trust::identity::Identity;
use stile_trust::peer::Peer;
use stile_trust::revocation::RevocationSet;
use stile_trust::serial::Serial;
use tower::ServiceExt;

use crate::room::{POLICE, Room, member, refusal};

fn gateway(room: &Room) -> Gateway {
    Gateway::Hub(Arc::clone(&room.hub))
}

fn authority(room: &Room) -> Authority {
    let files = room.hub.tls.files();
    Authority::open(files.roots.parent().unwrap()).unwrap()
}

#[tokio::test]
async fn of_two_directories_at_once_the_later_stays_in_use_and_on_record() {
    let room = Room::new();
    let gateway = gateway(&room);
    let [second, third] = [2, 3].map(|version| Directory {
        version,
        ..(*room.hub.directory.load_full()).clone()
    });
    let take = async |fresh: &Directory| {
        let turn = gateway.directory_turn().await;
        turn.follow(fresh.clone()).await
    };

    let (later, earlier) = tokio::join!(take(&third), take(&second));

    assert!(later.unwrap());
    assert_eq!(refusal(earlier), "untrusted");
    assert_eq!(room.hub.directory.load().version, 3);
    check_directory(&room.hub.store, &third).unwrap();
    assert!(check_directory(&room.hub.store, &second).is_err());
}

#[tokio::test]
async fn the_ended_list_of_an_issuer_that_was_replaced_keeps_no_gateway_from_being_ready() {
    let room = Room::new();
    let (own, files) = (authority(&room), room.hub.tls.files());
    let folder = tempfile::tempdir().unwrap();
    let partnership = &room.hub.partnership;
    let old = Authority::init(&folder.path().join("old"), partnership, room.now()).unwrap();
    let later = room.now().plus_s(8 * 86_400);
    own.refresh_crl(later, 7).unwrap();
    for (ours, others) in [
        (&files.roots, old.root_path()),
        (&files.issuers, old.issuing_path()),
        (&files.crl, old.crl_path()),
    ] {
        let both = [ours, &others].map(|path| fs::read_to_string(path).unwrap());
        fs::write(ours, both.concat()).unwrap();
    }
    room.hours(8 * 24);
    room.hub.tls.reload(later).unwrap();
    let lists = room.hub.tls.revocations().load_full();
    assert!(lists.expires() < later, "one of them has ended");

    assert_eq!(gateway(&room).not_ready(), []);
    room.hours(8 * 24);
    assert_eq!(gateway(&room).not_ready(), [NotReady::RevocationList]);
}

#[tokio::test]
async fn is_not_ready_once_its_own_certificate_has_ended() {
    let room = Room::new();
    room.hours(91 * 24);
    authority(&room).refresh_crl(room.now(), 7).unwrap();
    room.hub.tls.reload_revocations(room.now()).unwrap();

    assert_eq!(gateway(&room).not_ready(), [NotReady::Certificate]);
}

#[tokio::test]
async fn a_gateway_that_goes_on_with_an_older_list_than_another_looks_for_it_and_is_not_ready_in_the_end()
 {
    let room = Room::new();
    let gateway = gateway(&room);
    assert!(!gateway.note_lists().await.unwrap());
    // Another gateway of the member, on the same store.
    let (files, later) = (room.hub.tls.files(), room.now().plus_s(60));
    authority(&room).refresh_crl(later, 7).unwrap();
    let read = |path| fs::read_to_string(path).unwrap();
    let lists = RevocationSet::load(&read(&files.crl), &read(&files.issuers), later).unwrap();
    record_lists(&room.hub.store, &lists).await.unwrap();

    assert!(gateway.note_lists().await.unwrap(), "at once");
    assert!(!gateway.note_lists().await.unwrap(), "not every time");
    assert_eq!(gateway.not_ready(), []);
    room.hours(1);
    assert!(gateway.note_lists().await.unwrap(), "again");
    assert_eq!(gateway.not_ready(), [NotReady::OlderList]);
    room.hub.tls.reload_revocations(room.now()).unwrap();
    assert!(!gateway.note_lists().await.unwrap());
    assert_eq!(gateway.not_ready(), []);
}

#[tokio::test]
async fn a_gateway_that_goes_on_with_an_older_directory_than_another_looks_for_it_and_is_not_ready_in_the_end()
 {
    let room = Room::new();
    let gateway = gateway(&room);
    assert!(!gateway.note_directory().unwrap());
    let newer = Directory {
        version: 2,
        ..(*room.hub.directory.load_full()).clone()
    };
    // Another gateway of the member, on the same store.
    let started = record_start(&room.hub.store, "0.1.0", None, None, &newer, room.now());
    started.await.unwrap();

    assert!(gateway.note_directory().unwrap(), "at once");
    assert!(!gateway.note_directory().unwrap(), "not every time");
    assert_eq!(gateway.not_ready(), []);
    room.hours(1);
    assert!(gateway.note_directory().unwrap(), "again");
    assert_eq!(gateway.not_ready(), [NotReady::OlderDirectory]);
    let turn = gateway.directory_turn().await;
    assert!(turn.follow(newer).await.unwrap());
    drop(turn);
    assert!(!gateway.note_directory().unwrap());
    assert_eq!(gateway.not_ready(), []);
}

#[tokio::test]
async fn a_directory_that_is_just_being_put_in_place_here_is_not_taken_for_anothers() {
    let room = Room::new();
    let gateway = gateway(&room);
    let newer = Directory {
        version: 2,
        ..(*room.hub.directory.load_full()).clone()
    };
    let turn = gateway.directory_turn().await;
    // It is on record, and comes into use next.
    let started = record_start(&room.hub.store, "0.1.0", None, None, &newer, room.now());
    started.await.unwrap();

    assert!(!gateway.note_directory().unwrap());
    drop(turn);
    assert!(gateway.note_directory().unwrap());
}

#[tokio::test]
async fn a_member_that_asks_for_directories_without_end_is_told_to_wait() {
    let room = Room::new();
    let identity = Identity::agency(room.hub.partnership.clone(), member(POLICE));
    let peer = Peer {
        identity,
        serial: Serial::from_bytes(&[1]).unwrap(),
        spki_digest: Digest::of(POLICE.as_bytes()),
        issuer: Digest::of(b"issuer"),
        not_after: room.now().plus_s(86_400),
    };
    let ask = async || {
        let asked = Request::get("/v1/directory").extension(peer.clone());
        let asked = asked.body(Body::empty()).unwrap();
        let answer = peer_routes(Arc::clone(&room.hub)).oneshot(asked).await;
        answer.unwrap().status()
    };
    // This hub has no signed file to give out.
    assert_eq!(ask().await, StatusCode::SERVICE_UNAVAILABLE);
    for _ in 0..600 {
        ask().await;
    }

    assert_eq!(ask().await, StatusCode::TOO_MANY_REQUESTS);
    room.hours(1);
    assert_eq!(ask().await, StatusCode::SERVICE_UNAVAILABLE);
}
