//! Asking twice is asking once: one return, one entry, however often and whatever happens between.

use std::sync::Arc;

use harness::ledger::count;
use harness::papers::{self, SECOND_HUB};
use harness::{Lab, RawHub, problem, tale};
use hyper::{Method, StatusCode};
use stile_cli::demo::SEED;
use stile_cli::demo::partnership::{APPROVER, member};
use stile_cli::demo::world::{Kind, World};
use stile_exchange::agency::{TaskKind, Verdict};
use stile_exchange::client::Reply;
use stile_exchange::clock::Clock;
use stile_exchange::wire::Acknowledgement;
use stile_ledger::EntryKind;
use stile_model::digest::Digest;
use stile_model::id::{EnquiryId, MemberId};

use crate::approvals::decide;

const PEOPLE: usize = 50;

fn police() -> MemberId {
    member(Kind::Police).unwrap()
}

fn permits(lab: &Lab) -> usize {
    count(&lab.entries(&police()), EntryKind::Permit)
}

#[tokio::test(flavor = "multi_thread")]
async fn gives_the_same_return_for_the_same_bytes_also_at_once_and_after_a_restart() {
    let mut lab = Lab::start(&[Kind::Police], PEOPLE).await;
    let raw = lab.raw_hub();
    let enquiry = raw.enquiry(Kind::Police, &tale("red"));
    let jws = raw.sign(&enquiry);

    let (a, b, c, d, e, f, g, h) = tokio::join!(
        raw.post(Kind::Police, jws.clone().into_bytes()),
        raw.post(Kind::Police, jws.clone().into_bytes()),
        raw.post(Kind::Police, jws.clone().into_bytes()),
        raw.post(Kind::Police, jws.clone().into_bytes()),
        raw.post(Kind::Police, jws.clone().into_bytes()),
        raw.post(Kind::Police, jws.clone().into_bytes()),
        raw.post(Kind::Police, jws.clone().into_bytes()),
        raw.post(Kind::Police, jws.clone().into_bytes()),
    );
    let first = raw.prove(Kind::Police, a.as_ref().unwrap());
    for reply in [a, b, c, d, e, f, g, h] {
        let again = raw.prove(Kind::Police, &reply.unwrap());
        assert_eq!(again.answer, first.answer);
        assert_eq!(again.index, first.index);
    }
    assert_eq!(permits(&lab), 1);

    lab.restart().await;
    // Long after it would be too old as a new question.
    lab.time.advance_s(7_200);
    let raw = lab.raw_hub();
    let late = raw.post(Kind::Police, jws.into_bytes()).await.unwrap();
    assert_eq!(late.status, StatusCode::OK);
    let late = raw.prove(Kind::Police, &late);

    assert_eq!(late.answer, first.answer);
    assert_eq!(late.index, first.index);
    let entries = lab.entries(&police());
    let same = entries
        .iter()
        .filter(|leaf| leaf.entry.digest == first.leaf.entry.digest);
    assert_eq!(same.count(), 1);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_a_flood_of_the_same_bytes_once_and_tells_the_rest_to_come_again() {
    let mut lab = Lab::start(&[Kind::Police], PEOPLE).await;
    let raw = Arc::new(lab.raw_hub());
    let jws = raw.sign(&raw.enquiry(Kind::Police, &tale("red")));
    let mut flood = tokio::task::JoinSet::new();
    for _ in 0..150 {
        let (raw, bytes) = (Arc::clone(&raw), jws.clone().into_bytes());
        flood.spawn(async move { raw.post(Kind::Police, bytes).await.unwrap() });
    }

    let mut answered = 0;
    for reply in flood.join_all().await {
        match reply.status {
            StatusCode::OK => answered += 1,
            _ => assert_eq!(problem(&reply).code(), "busy"),
        }
    }

    assert!(answered > 0);
    assert_eq!(permits(&lab), 1);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keeps_the_first_return_when_the_hub_hangs_up_before_it_comes() {
    let mut lab = Lab::start(&[Kind::Police], PEOPLE).await;
    let raw = lab.raw_hub();
    let enquiry = raw.enquiry(Kind::Police, &tale("red"));
    let jws = raw.sign(&enquiry);

    for wait_ms in [1, 5, 20, 60, 150] {
        let body = jws.clone().into_bytes();
        let call = raw.post(Kind::Police, body);
        let _ = tokio::time::timeout(std::time::Duration::from_millis(wait_ms), call).await;
    }
    let reply = raw.post(Kind::Police, jws.into_bytes()).await.unwrap();

    let answered = raw.prove(Kind::Police, &reply);
    assert_eq!(answered.answer.n, 1);
    assert_eq!(permits(&lab), 1);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wakes_a_long_poll_when_a_person_has_decided_and_not_before() {
    let mut lab = Lab::start(&[Kind::Police], PEOPLE).await;
    let raw = lab.raw_hub();
    let enquiry = raw.enquiry(Kind::Police, &tale("red"));
    raw.ask(Kind::Police, &enquiry).await;
    assert!(raw.later(Kind::Police, &enquiry, 1, 0).await.is_none());
    let desk = lab.person(&police(), APPROVER);
    let tasks = crate::approvals::waiting(&desk).await;
    let approval = tasks
        .iter()
        .find(|task| task.kind == TaskKind::Approval)
        .unwrap();

    let wait = raw.later(Kind::Police, &enquiry, 1, 15);
    let act = async {
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        decide(&desk, approval.id, Verdict::Refuse).await
    };
    let (second, decided) = tokio::join!(wait, act);

    assert_eq!(decided.status, StatusCode::OK);
    let second = second.unwrap();
    assert_eq!(second.answer.n, 2);
    let again = raw.later(Kind::Police, &enquiry, 1, 0).await.unwrap();
    assert_eq!(again.answer, second.answer);
    lab.stop().await;
}

async fn acknowledge(raw: &RawHub, word: &Acknowledgement) -> Reply {
    let body = serde_json::to_vec(word).unwrap();
    raw.call(Kind::Police, Method::POST, "/v1/receipts", body)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn records_a_delivery_once_and_only_of_what_was_released() {
    let mut lab = Lab::start(&[Kind::Police], PEOPLE).await;
    let raw = lab.raw_hub();
    let enquiry = raw.enquiry(Kind::Police, &tale("red"));
    let first = raw.ask(Kind::Police, &enquiry).await;
    let word = Acknowledgement {
        enquiry: enquiry.id,
        n: 1,
        digest: first.leaf.entry.digest.unwrap(),
    };

    let (a, b, c, d) = tokio::join!(
        acknowledge(&raw, &word),
        acknowledge(&raw, &word),
        acknowledge(&raw, &word),
        acknowledge(&raw, &word),
    );
    for reply in [a, b, c, d, acknowledge(&raw, &word).await] {
        assert_eq!(reply.status, StatusCode::NO_CONTENT);
    }
    let wrong = [
        (Digest::of(b"another"), 1, enquiry.id, "digest_differs", 409),
        (word.digest, 2, enquiry.id, "unknown_return", 404),
        (
            word.digest,
            1,
            EnquiryId::from_bytes([7; 16]),
            "unknown_enquiry",
            404,
        ),
    ];
    for (digest, n, enquiry, code, status) in wrong {
        let reply = acknowledge(&raw, &Acknowledgement { enquiry, n, digest }).await;
        assert_eq!(
            (problem(&reply).code(), reply.status.as_u16()),
            (code, status)
        );
    }

    assert_eq!(count(&lab.entries(&police()), EntryKind::Delivered), 1);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn shows_returns_to_nobody_but_the_hub_that_asked() {
    let now = Clock::system().now();
    let world = World::generate_on(SEED, PEOPLE, now.date());
    let mut lab = Lab::start_with(&world, &[Kind::Health, Kind::Police], |dir| {
        papers::second_hub(dir, now);
    })
    .await;
    let raw = lab.raw_hub();
    let enquiry = raw.enquiry(Kind::Police, &tale("red"));
    let first = raw.ask(Kind::Police, &enquiry).await;
    let files = lab.files_in(&lab.dir().join("papers").join(SECOND_HUB));
    let second = RawHub::of(
        lab.dir(),
        lab.time.clock(),
        &files,
        MemberId::new(SECOND_HUB).unwrap(),
    );
    let path = format!("/v1/enquiries/{}/returns?after=0&wait_s=0", enquiry.id);

    let read = second
        .call(Kind::Police, Method::GET, &path, Vec::new())
        .await
        .unwrap();
    let word = Acknowledgement {
        enquiry: enquiry.id,
        n: 1,
        digest: first.leaf.entry.digest.unwrap(),
    };
    let acknowledged = acknowledge(&second, &word).await;
    let health = lab.files_in(&lab.agency_dir(Kind::Health));
    let agency = lab
        .caller(&health, &police(), harness::Door::Peers)
        .get(&path)
        .await
        .unwrap();

    assert_eq!(
        (problem(&read).code(), read.status.as_u16()),
        ("unknown_enquiry", 404)
    );
    assert_eq!(problem(&acknowledged).code(), "unknown_enquiry");
    assert_eq!(problem(&agency).code(), "not_a_hub");
    let own = raw.later(Kind::Police, &enquiry, 0, 0).await.unwrap();
    assert_eq!(own.answer, first.answer);
    lab.stop().await;
}
