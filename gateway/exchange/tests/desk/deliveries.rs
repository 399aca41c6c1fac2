//! Copies on their way to systems of the partnership: recorded first, signed, tried until they are taken.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use data_encoding::BASE64;
use ring::signature::{ED25519, UnparsedPublicKey};
use serde_json::{Value, json};
use stile_exchange::clock::Clock;
use stile_exchange::hub::desk::{Decide, Seen};
use stile_exchange::hub::{
    Deliver, DeliveryLine, DeliverySettings, DeliveryState, Destination, Form, OnDecision,
};
use stile_exchange::retention::Close;
use stile_ledger::EntryKind;
use stile_model::digest::Digest;
use stile_model::id::CaseId;
use stile_product::{Audience, Language};
use stile_trust::authority::Authority;

use crate::receiver::{Came, Does, KEY, PUBLIC, Receiver};
use crate::room::{Room, about_mali, code, person, refusal};

const OUTCOME: &str = "s17_assessment";

fn settings(to: Destination) -> DeliverySettings {
    DeliverySettings {
        name: code("mosaic"),
        title: "Mosaic".to_owned(),
        to,
        audiences: BTreeSet::from([Audience::ReceivingTeam]),
        on_decision: None,
        deadline: Duration::from_secs(20),
        retry_first: Duration::from_secs(10),
        retry_longest: Duration::from_mins(10),
        give_up: Duration::from_hours(3),
    }
}

fn webhook(folder: &Path, clock: &Clock, port: u16, roots: &Path) -> Destination {
    let key = folder.join("webhook.key");
    std::fs::write(&key, KEY).unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    let address = format!("https://localhost:{port}/inbox").parse().unwrap();
    Destination::webhook(address, &key, roots, clock).unwrap()
}

/// A hub that delivers to an inbox, and the inbox.
fn with_inbox(does: Does) -> (Room, Receiver) {
    with_inbox_and(does, |_| {})
}

fn with_inbox_and(does: Does, change: impl FnOnce(&mut DeliverySettings)) -> (Room, Receiver) {
    let mut inbox = None;
    let room = Room::delivering(|folder, clock| {
        let (chain, key) = (folder.join("chain.pem"), folder.join("key.pem"));
        let receiver = Receiver::start(&chain, &key, clock, does);
        let roots = folder.join("ca/root.pem");
        let mut one = settings(webhook(folder, clock, receiver.at.port(), &roots));
        change(&mut one);
        inbox = Some(receiver);
        vec![one]
    });
    (room, inbox.unwrap())
}

fn order() -> Deliver {
    Deliver {
        to: code("mosaic"),
        audience: Audience::ReceivingTeam,
        language: Language::English,
        form: Form::Json,
    }
}

async fn ordered(room: &Room) -> DeliveryLine {
    let case = room.case(about_mali()).await.matter.id;
    again(room, &case).await
}

async fn again(room: &Room, case: &CaseId) -> DeliveryLine {
    let ordered = room.hub.deliver(&person("r.adams"), case, &order()).await;
    ordered.unwrap()
}

async fn tried(room: &Room) {
    room.hub.deliver_due(&code("mosaic")).await;
}

/// How the one delivery of a case stands.
async fn line(room: &Room, case: &CaseId) -> DeliveryLine {
    let lines = room.hub.deliveries(&person("r.adams"), case).await.unwrap();
    assert_eq!(lines.len(), 1, "{lines:?}");
    lines[0].clone()
}

fn fault(line: &DeliveryLine) -> Option<&str> {
    match &line.state {
        DeliveryState::Waiting { fault, .. } => fault.as_deref(),
        DeliveryState::GivenUp { fault, .. } => Some(fault),
        DeliveryState::Delivered { .. } => None,
    }
}

/// Does the signature hold for what came, as Standard Webhooks has it?
fn is_signed(came: &Came) -> bool {
    let public = BASE64.decode(PUBLIC.strip_prefix("whpk_").unwrap().as_bytes());
    let public = UnparsedPublicKey::new(&ED25519, public.unwrap());
    let header = |name: &str| came.headers[name].as_str();
    let signed = [
        header("webhook-id").as_bytes(),
        b".",
        header("webhook-timestamp").as_bytes(),
        b".",
        &came.body,
    ];
    let signature = header("webhook-signature").strip_prefix("v1a,").unwrap();
    let signature = BASE64.decode(signature.as_bytes()).unwrap();
    public.verify(&signed.concat(), &signature).is_ok()
}

#[tokio::test]
async fn a_copy_is_in_the_ledger_before_it_leaves_and_comes_signed() {
    let (room, inbox) = with_inbox(Does::Takes);
    let case = room.case(about_mali()).await.matter.id;
    let before = room.size();

    let line = again(&room, &case).await;

    assert!(inbox.came().is_empty());
    let issued: Vec<_> = room
        .entries(before)
        .into_iter()
        .map(|(kind, _)| kind)
        .collect();
    assert_eq!(issued.last(), Some(&EntryKind::DocumentIssued));
    // The body names the system; the leaf names nobody.
    let body = room.hub.store.body(room.size() - 1).unwrap();
    let body: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(body[1]["recipient"]["name"], "mosaic");
    assert_eq!((line.number, line.tries), (Some(1), 0));

    tried(&room).await;

    let got = inbox.wait_for(1);
    assert_eq!(got.len(), 1);
    assert_eq!(got[0].line, "POST /inbox HTTP/1.1");
    assert_eq!(
        got[0].headers["host"],
        format!("localhost:{}", inbox.at.port())
    );
    assert!(is_signed(&got[0]));
    let said: Value = serde_json::from_slice(&got[0].body).unwrap();
    assert_eq!(said["type"], "product.copy");
    assert_eq!(
        (&said["data"]["case"], &said["data"]["copy"]),
        (&json!(case), &json!(1))
    );
    let content = BASE64.decode(said["data"]["content"].as_str().unwrap().as_bytes());
    let digest = Digest::of(&content.unwrap()).to_string();
    assert_eq!(said["data"]["sha256"], digest);
    assert_eq!(body[1]["digest"], digest);
    assert_eq!(room.entries(before).last().unwrap().0, EntryKind::Delivered);
    let line = self::line(&room, &case).await;
    assert!(matches!(line.state, DeliveryState::Delivered { .. }));
}

#[tokio::test]
async fn ordering_the_same_again_is_the_same_delivery() {
    let (room, inbox) = with_inbox(Does::Takes);
    let first = ordered(&room).await;

    assert_eq!(again(&room, &first.case).await, first);
    tried(&room).await;
    again(&room, &first.case).await;
    tried(&room).await;

    assert_eq!(inbox.came().len(), 1);
}

#[tokio::test]
async fn what_failed_is_tried_again_later_with_the_same_id_and_bytes() {
    let (room, inbox) = with_inbox(Does::Fails);
    let case = ordered(&room).await.case;
    tried(&room).await;
    let failed = line(&room, &case).await;
    assert_eq!(
        (fault(&failed), failed.tries),
        (Some("failed_at_receiver"), 1)
    );
    // Not before its time.
    tried(&room).await;
    assert_eq!(inbox.came().len(), 1);
    inbox.does(Does::Takes);
    room.hours(1);

    tried(&room).await;

    let got = inbox.wait_for(2);
    let header = |at: usize, name: &str| got[at].headers[name].clone();
    assert_eq!(header(0, "webhook-id"), header(1, "webhook-id"));
    assert_ne!(
        header(0, "webhook-timestamp"),
        header(1, "webhook-timestamp")
    );
    assert_eq!(got[0].body, got[1].body);
    assert!(is_signed(&got[1]));
    let taken = line(&room, &case).await;
    assert!(matches!(taken.state, DeliveryState::Delivered { .. }));
    assert_eq!(taken.tries, 2);
}

#[tokio::test]
async fn rejects_answers_that_are_no_yes() {
    for (does, wanted) in [
        (Does::BreaksOff, "broken_off"),
        (Does::Floods, "broken_off"),
        (Does::Redirects, "redirected"),
        (Does::Sleeps, "deadline"),
    ] {
        let slow = |one: &mut DeliverySettings| {
            if does == Does::Sleeps {
                one.deadline = Duration::from_secs(1);
            }
        };
        let (room, inbox) = with_inbox_and(does, slow);
        let case = ordered(&room).await.case;

        tried(&room).await;

        assert_eq!(fault(&line(&room, &case).await), Some(wanted), "{does:?}");
        // Nothing follows where it was pointed.
        assert_eq!(inbox.came().len(), 1, "{does:?}");
    }
}

#[tokio::test]
async fn rejects_a_certificate_of_other_roots_and_sends_it_nothing() {
    let elsewhere = tempfile::tempdir().unwrap();
    let mut inbox = None;
    let room = Room::delivering(|folder, clock| {
        let partnership = stile_model::id::PartnershipId::new("north").unwrap();
        let other = elsewhere.path().join("ca");
        let other = Authority::init(&other, &partnership, clock.now()).unwrap();
        let (chain, key) = (folder.join("chain.pem"), folder.join("key.pem"));
        let receiver = Receiver::start(&chain, &key, clock, Does::Takes);
        let to = webhook(folder, clock, receiver.at.port(), &other.root_path());
        inbox = Some(receiver);
        vec![settings(to)]
    });
    let case = ordered(&room).await.case;

    tried(&room).await;

    assert_eq!(fault(&line(&room, &case).await), Some("not_trusted"));
    assert!(inbox.unwrap().came().is_empty());
}

#[tokio::test]
async fn what_nobody_takes_is_given_up_told_and_tried_again_on_a_persons_word() {
    let (room, inbox) = with_inbox(Does::Fails);
    let case = ordered(&room).await.case;
    let before = room.size();
    for _ in 0..5 {
        tried(&room).await;
        room.hours(1);
    }

    let lost = line(&room, &case).await;

    assert!(
        matches!(lost.state, DeliveryState::GivenUp { .. }),
        "{lost:?}"
    );
    // Given up after three hours: at the fourth try.
    assert_eq!((lost.tries, inbox.came().len()), (4, 4));
    let ended = (EntryKind::Failed, Some("failed_at_receiver".to_owned()));
    assert!(room.entries(before).contains(&ended));
    let standing = room.standing();
    assert_eq!((standing.waiting, standing.given_up), (0, 1));
    assert_eq!(standing.key.as_deref(), Some(PUBLIC));

    inbox.does(Does::Takes);
    again(&room, &case).await;
    assert_eq!((room.standing().waiting, room.standing().given_up), (1, 0));
    tried(&room).await;

    assert!(matches!(
        line(&room, &case).await.state,
        DeliveryState::Delivered { .. }
    ));
    // The same copy, so the same id: the receiver can tell that it is no other.
    let got = inbox.came();
    assert_eq!(got[0].headers["webhook-id"], got[4].headers["webhook-id"]);
}

#[tokio::test]
async fn another_gateway_on_the_same_store_delivers_what_was_ordered_here() {
    let (room, inbox) = with_inbox(Does::Takes);
    let case = ordered(&room).await.case;

    room.beside().deliver_due(&code("mosaic")).await;

    assert_eq!(inbox.came().len(), 1);
    assert!(matches!(
        line(&room, &case).await.state,
        DeliveryState::Delivered { .. }
    ));
}

#[tokio::test]
async fn refuses_what_is_not_configured_and_whoever_may_not() {
    let (room, inbox) = with_inbox(Does::Takes);
    let case = room.case(about_mali()).await.matter.id;
    let before = room.size();
    let me = person("r.adams");
    let to = Deliver {
        to: code("other"),
        ..order()
    };
    let all = Deliver {
        audience: Audience::DecisionMaker,
        ..order()
    };

    assert_eq!(
        refusal(room.hub.deliver(&me, &case, &to).await),
        "unknown_delivery"
    );
    assert_eq!(
        refusal(room.hub.deliver(&me, &case, &all).await),
        "audience_not_delivered"
    );
    for other in ["a.evans", "g.gable", "i.frost"] {
        let refused = room.hub.deliver(&person(other), &case, &order()).await;
        assert_eq!(refusal(refused), "role_missing");
        let refused = room.hub.deliveries(&person(other), &case).await;
        assert_eq!(refusal(refused), "role_missing");
    }
    let none = CaseId::new("MASH-2026-99999").unwrap();
    assert_eq!(
        refusal(room.hub.deliver(&me, &none, &order()).await),
        "unknown_case"
    );

    tried(&room).await;
    assert_eq!(room.size(), before);
    assert!(inbox.came().is_empty());
}

fn decision(outcome: &str) -> Decide {
    Decide {
        outcome: code(outcome),
        reasoning: "The threshold of section 17 is met: see the chronology."
            .to_owned()
            .into(),
        actions: Vec::new(),
    }
}

/// A hub that puts a copy into a folder once a case is decided so, and the folder.
fn with_folder(form: Form) -> (Room, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let room = Room::delivering(|_, _| {
        let mut one = settings(Destination::Folder(folder.path().join("out")));
        one.on_decision = Some(OnDecision {
            outcomes: BTreeSet::from([code(OUTCOME)]),
            audience: Audience::ReceivingTeam,
            language: Language::English,
            form,
        });
        vec![one]
    });
    (room, folder)
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_decision_brings_a_copy_about_where_the_configuration_says_so() {
    let (room, folder) = with_folder(Form::Json);
    let decider = person("d.davis");
    let case = room.case(about_mali()).await.matter.id;
    let hub = &room.hub;
    hub.decide_case(&decider, &case, &decision("advice"), Seen(1))
        .await
        .unwrap();
    assert!(hub.deliveries(&decider, &case).await.unwrap().is_empty());

    hub.decide_case(&decider, &case, &decision(OUTCOME), Seen(2))
        .await
        .unwrap();

    let waits = line(&room, &case).await;
    assert_eq!((waits.by.as_str(), waits.number), ("d.davis", None));
    // The folder is not there yet: the copy has its number, and waits.
    tried(&room).await;
    let waits = line(&room, &case).await;
    assert_eq!(
        (fault(&waits), waits.number),
        (Some("folder_missing"), Some(1))
    );
    std::fs::create_dir(folder.path().join("out")).unwrap();
    room.hours(1);
    tried(&room).await;

    let out = folder.path().join("out");
    assert_eq!(
        names(&out),
        [format!("{case}-1.about.json"), format!("{case}-1.json")]
    );
    let copies = hub.copies(&decider, &case).await.unwrap();
    assert_eq!(copies.len(), 1);
    assert_eq!(copies[0].by.as_str(), "d.davis");
    let bytes = std::fs::read(out.join(format!("{case}-1.json"))).unwrap();
    assert_eq!(Digest::of(&bytes), copies[0].digest);
}

#[tokio::test]
async fn a_copy_that_cannot_be_typeset_yet_waits_without_a_number() {
    // The hub of these tests has no typesetter.
    let (room, _folder) = with_folder(Form::Pdf);
    let decider = person("d.davis");
    let case = room.case(about_mali()).await.matter.id;
    let done = room
        .hub
        .decide_case(&decider, &case, &decision(OUTCOME), Seen(1))
        .await;
    done.unwrap();

    tried(&room).await;

    let waits = line(&room, &case).await;
    assert_eq!(
        (fault(&waits), waits.number),
        (Some("document_not_typeset"), None)
    );
    assert!(room.hub.copies(&decider, &case).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_closed_case_is_still_delivered_and_an_erased_one_is_not() {
    let (room, inbox) = with_inbox(Does::Fails);
    let case = ordered(&room).await.case;
    let close = Close {
        outcome: code("advice"),
    };
    let closed = room.hub.close_case(&person("m.clark"), &case, close).await;
    closed.unwrap();
    tried(&room).await;
    assert_eq!(inbox.came().len(), 1);

    crate::erased::erase(&room, case.as_str()).await;
    room.hours(1);
    tried(&room).await;

    assert_eq!(inbox.came().len(), 1);
    assert_eq!(room.standing().waiting, 0);
}
