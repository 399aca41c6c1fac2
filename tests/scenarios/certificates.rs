//! Who gets through the doors of a running gateway, and who is put out again.

use std::path::Path;
use std::time::{Duration, Instant};

use harness::ledger::count;
use harness::papers::{self, identity};
use harness::{Caller, Door, Lab, Matter, problem, tale};
use hyper::{Method, StatusCode};
use stile_cli::demo::partnership::{APPROVER, HUB, RESEARCHER, member};
use stile_cli::demo::world::Kind;
use stile_exchange::client::{ClientError, Reply};
use stile_exchange::hub::State;
use stile_ledger::EntryKind;
use stile_model::id::MemberId;
use stile_trust::identity::Role;

const PEOPLE: usize = 50;
const DAY_S: i64 = 86_400;
const PATIENCE: Duration = Duration::from_secs(20);

fn police() -> MemberId {
    member(Kind::Police).unwrap()
}

fn hub() -> MemberId {
    MemberId::new(HUB).unwrap()
}

/// A harmless call that needs no more than an open door.
const PEEK: &str = "/v1/ledger/checkpoint";
const TASKS: &str = "/api/v1/tasks";

/// Was the caller turned away by TLS itself, without any HTTP answer?
fn shut_out(outcome: &Result<Reply, ClientError>) -> bool {
    matches!(outcome, Err(ClientError::Tls(..) | ClientError::Http(..)))
}

async fn tries(lab: &Lab, shown: Option<(&Path, &Path)>, at: &MemberId, door: Door) -> bool {
    let path = match door {
        Door::Peers => PEEK,
        Door::People => TASKS,
    };
    let caller = Caller::careless(lab.dir(), shown, lab.address(at, door));
    let outcome = caller.get(path).await;
    println!("at {at}: {outcome:?}");
    shut_out(&outcome)
}

#[tokio::test(flavor = "multi_thread")]
async fn shuts_out_whoever_has_no_certificate_or_a_strangers() {
    let mut lab = Lab::start(&[Kind::Police], PEOPLE).await;
    let now = lab.time.clock().now();
    let before = lab.verified_entries(police().as_str());
    let strange = [
        ("hub", identity(Role::Hub, HUB, None), Door::Peers),
        (
            "person",
            identity(Role::Person, police().as_str(), Some(APPROVER)),
            Door::People,
        ),
    ];

    for at in [police(), hub()] {
        for door in [Door::Peers, Door::People] {
            assert!(tries(&lab, None, &at, door).await, "{at} {door:?}: none");
        }
    }
    for (name, who, door) in strange {
        let (chain, key) = papers::issue_by_a_stranger(lab.dir(), name, &who, now);
        assert!(
            tries(&lab, Some((&chain, &key)), &police(), door).await,
            "{name}: a stranger's authority"
        );
    }

    assert_eq!(lab.verified_entries(police().as_str()), before);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lets_each_role_through_its_own_door_only() {
    let mut lab = Lab::start(&[Kind::Health, Kind::Police], PEOPLE).await;
    let people = lab
        .dir()
        .join(police().as_str())
        .join("people")
        .join(APPROVER);
    let person = lab.files_in(&people);
    let gateway = lab.files_in(&lab.dir().join(HUB));
    let own = lab.files_in(&lab.dir().join(police().as_str()));

    let at_peers = tries(
        &lab,
        Some((&person.chain, person.key.file().unwrap())),
        &police(),
        Door::Peers,
    )
    .await;
    let at_people = tries(
        &lab,
        Some((&gateway.chain, gateway.key.file().unwrap())),
        &police(),
        Door::People,
    )
    .await;
    let own_at_people = tries(
        &lab,
        Some((&own.chain, own.key.file().unwrap())),
        &police(),
        Door::People,
    )
    .await;
    let person_ok = lab
        .caller(&person, &police(), Door::People)
        .get(TASKS)
        .await
        .unwrap();
    let gateway_ok = lab
        .caller(&gateway, &police(), Door::Peers)
        .get(PEEK)
        .await
        .unwrap();

    assert!(at_peers, "a person between gateways");
    assert!(at_people, "a hub's gateway among people");
    assert!(own_at_people, "a gateway among its own people");
    assert_eq!(person_ok.status, StatusCode::OK);
    assert_eq!(gateway_ok.status, StatusCode::OK);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_an_agency_that_asks_as_a_hub_does() {
    let mut lab = Lab::start(&[Kind::Health, Kind::Police], PEOPLE).await;
    let health = lab.files_in(&lab.agency_dir(Kind::Health));
    let jws = lab
        .raw_hub()
        .sign(&lab.raw_hub().enquiry(Kind::Police, &tale("red")));
    let caller = lab.caller(&health, &police(), Door::Peers);

    let asked = caller
        .call(Method::POST, "/v1/enquiries", jws.into_bytes())
        .await
        .unwrap();
    let offered = caller.get("/v1/offer?purpose=s47_enquiry").await.unwrap();

    assert_eq!(asked.status, StatusCode::FORBIDDEN);
    assert_eq!(problem(&asked).code(), "not_a_hub");
    assert_eq!(problem(&offered).code(), "not_a_hub");
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_people_of_another_member_and_people_nobody_listed() {
    let mut lab = Lab::start(&[Kind::Health, Kind::Police], PEOPLE).await;
    let now = lab.time.clock().now();
    let health = member(Kind::Health).unwrap();
    // The same user name works at both; the certificate says where.
    let elsewhere = lab.files_in(
        &lab.dir()
            .join(health.as_str())
            .join("people")
            .join(APPROVER),
    );
    let nobody = identity(Role::Person, police().as_str(), Some("n.body"));
    let nobody = papers::issue(lab.dir(), "nobody", &nobody, 90, now);
    let hubs = lab.files_in(&lab.dir().join(HUB).join("people").join(RESEARCHER));
    let at_hub = lab.files_in(
        &lab.dir()
            .join(police().as_str())
            .join("people")
            .join(APPROVER),
    );

    for (who, files, at, path) in [
        ("another agency's", &elsewhere, police(), TASKS),
        ("an unlisted person", &nobody, police(), TASKS),
        ("the hub's", &hubs, police(), TASKS),
        ("an agency's at the hub", &at_hub, hub(), "/api/v1/agencies"),
    ] {
        let reply = lab
            .caller(files, &at, Door::People)
            .get(path)
            .await
            .unwrap();

        assert_eq!(reply.status, StatusCode::FORBIDDEN, "{who}");
        assert_eq!(problem(&reply).code(), "unknown_person", "{who}");
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_a_member_with_a_key_the_directory_does_not_pin_and_a_hub_it_does_not_list() {
    let mut lab = Lab::start(&[Kind::Police], PEOPLE).await;
    let now = lab.time.clock().now();
    let before = lab.verified_entries(police().as_str());
    let unpinned = papers::issue(
        lab.dir(),
        "unpinned",
        &identity(Role::Hub, HUB, None),
        90,
        now,
    );
    let unlisted = identity(Role::Hub, "westside-hub", None);
    let unlisted = papers::issue(lab.dir(), "unlisted", &unlisted, 90, now);
    let jws = lab
        .raw_hub()
        .sign(&lab.raw_hub().enquiry(Kind::Police, &tale("red")));

    for (who, files) in [("unpinned", unpinned), ("unlisted", unlisted)] {
        let caller = lab.caller(&files, &police(), Door::Peers);
        let asked = caller
            .call(Method::POST, "/v1/enquiries", jws.clone().into_bytes())
            .await
            .unwrap();
        let peeked = caller.get(PEEK).await.unwrap();

        assert_eq!(asked.status, StatusCode::FORBIDDEN, "{who}");
        assert_eq!(problem(&asked).code(), "untrusted", "{who}");
        assert_eq!(problem(&peeked).code(), "untrusted", "{who}");
    }
    let entries = lab.entries(&police());
    let new = entries.iter().skip(usize::try_from(before).unwrap());
    assert!(
        new.into_iter()
            .all(|leaf| leaf.entry.kind == EntryKind::Refusal)
    );
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn puts_out_a_certificate_the_moment_it_expires() {
    let mut lab = Lab::start(&[Kind::Police], PEOPLE).await;
    let now = lab.time.clock().now();
    let who = identity(Role::Person, police().as_str(), Some(APPROVER));
    let short = papers::issue(lab.dir(), "short", &who, 1, now);
    let live = Caller::careless(
        lab.dir(),
        Some((&short.chain, short.key.file().unwrap())),
        lab.address(&police(), Door::People),
    );
    assert_eq!(live.get(TASKS).await.unwrap().status, StatusCode::OK);

    lab.time.advance_s(2 * DAY_S);
    let after = live.get(TASKS).await;

    assert!(is_cut_off(&after), "{after:?}");
    for (name, who, door) in [
        ("person", who, Door::People),
        ("hub", identity(Role::Hub, HUB, None), Door::Peers),
    ] {
        let short = papers::issue(lab.dir(), name, &who, 1, now);
        let shown = Some((short.chain.as_path(), short.key.file().unwrap()));
        assert!(tries(&lab, shown, &police(), door).await, "{name}");
    }
    lab.stop().await;
}

/// Was the caller refused because of its certificate, before or on a live connection?
fn is_cut_off(outcome: &Result<Reply, ClientError>) -> bool {
    match outcome {
        Ok(reply) => reply.status == StatusCode::FORBIDDEN && problem(reply).code() == "revoked",
        Err(_) => shut_out(outcome),
    }
}

/// Calls until the answer is as wanted; a gateway looks at its files every few seconds.
async fn until(caller: &Caller, path: &str, wanted: impl Fn(&Result<Reply, ClientError>) -> bool) {
    let started = Instant::now();
    loop {
        let outcome = caller.get(path).await;
        if wanted(&outcome) {
            return;
        }
        assert!(started.elapsed() < PATIENCE, "still {outcome:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn cuts_off_a_revoked_hub_and_a_revoked_person_while_they_are_connected() {
    let mut lab = Lab::start(&[Kind::Police], PEOPLE).await;
    let now = lab.time.clock().now();
    let person = lab.files_in(
        &lab.dir()
            .join(police().as_str())
            .join("people")
            .join(APPROVER),
    );
    let gateway = lab.files_in(&lab.dir().join(HUB));
    let as_person = lab.caller(&person, &police(), Door::People);
    let as_hub = lab.caller(&gateway, &police(), Door::Peers);
    let raw = lab.raw_hub();
    let story = tale("red");
    raw.ask(Kind::Police, &raw.enquiry(Kind::Police, &story))
        .await;
    for (caller, path) in [(&as_person, TASKS), (&as_hub, PEEK)] {
        assert_eq!(caller.get(path).await.unwrap().status, StatusCode::OK);
    }
    let before = lab.verified_entries(police().as_str());

    papers::revoke(lab.dir(), &person.chain, now);
    papers::revoke(lab.dir(), &gateway.chain, now);
    until(&as_person, TASKS, is_cut_off).await;
    until(&as_hub, PEEK, is_cut_off).await;

    let asked = raw
        .post(
            Kind::Police,
            raw.sign(&raw.enquiry(Kind::Police, &story)).into_bytes(),
        )
        .await;
    assert!(is_cut_off(&asked), "{asked:?}");
    assert_eq!(lab.verified_entries(police().as_str()), before);
    for (files, door) in [(&person, Door::People), (&gateway, Door::Peers)] {
        let shown = Some((files.chain.as_path(), files.key.file().unwrap()));
        assert!(tries(&lab, shown, &police(), door).await, "a new handshake");
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cuts_a_long_poll_that_is_under_way_when_its_hub_is_revoked() {
    let mut lab = Lab::start(&[Kind::Police], PEOPLE).await;
    let raw = lab.raw_hub();
    let enquiry = raw.enquiry(Kind::Police, &tale("red"));
    raw.ask(Kind::Police, &enquiry).await;
    let gateway = lab.files_in(&lab.dir().join(HUB));
    let caller = lab.caller(&gateway, &police(), Door::Peers);
    assert_eq!(caller.get(PEEK).await.unwrap().status, StatusCode::OK);
    let path = format!("/v1/enquiries/{}/returns?after=1000&wait_s=30", enquiry.id);
    let poll = tokio::spawn(async move { caller.get(&path).await });
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(!poll.is_finished(), "it waits for a later return");

    papers::revoke(lab.dir(), &gateway.chain, lab.time.clock().now());

    // Left alone it would end with an answer, after half a minute.
    let outcome = poll.await.unwrap();
    assert!(shut_out(&outcome), "{outcome:?}");
    lab.stop().await;
}

/// Entries of the police but those that a gateway writes by itself once a deadline has passed.
fn heard(lab: &Lab) -> usize {
    let entries = lab.entries(&police());
    entries.len() - count(&entries, EntryKind::Lapse)
}

#[tokio::test(flavor = "multi_thread")]
async fn hears_nobody_on_an_old_revocation_list_and_everybody_again_on_a_fresh_one() {
    let mut lab = Lab::start(&[Kind::Police], PEOPLE).await;
    let person = lab.person(&police(), APPROVER);
    let raw = lab.raw_hub();
    let story = tale("red");
    raw.ask(Kind::Police, &raw.enquiry(Kind::Police, &story))
        .await;
    assert_eq!(person.get(TASKS).await.unwrap().status, StatusCode::OK);
    let before = heard(&lab);

    lab.time.advance_s(8 * DAY_S);
    let asked = raw
        .post(
            Kind::Police,
            raw.sign(&raw.enquiry(Kind::Police, &story)).into_bytes(),
        )
        .await;
    let read = person.get(TASKS).await;
    assert!(is_cut_off(&asked), "{asked:?}");
    assert!(is_cut_off(&read), "{read:?}");
    let files = lab.files_in(&lab.dir().join(HUB));
    let shown = Some((files.chain.as_path(), files.key.file().unwrap()));
    assert!(tries(&lab, shown, &police(), Door::Peers).await);
    assert_eq!(heard(&lab), before);

    papers::refresh_list(lab.dir(), lab.time.clock().now());
    until(&lab.person(&police(), APPROVER), TASKS, |outcome| {
        outcome
            .as_ref()
            .is_ok_and(|reply| reply.status == StatusCode::OK)
    })
    .await;

    let raw = lab.raw_hub();
    raw.ask(Kind::Police, &raw.enquiry(Kind::Police, &story))
        .await;
    assert!(heard(&lab) > before);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_nobody_on_a_directory_that_has_run_out() {
    let mut lab = Lab::start(&[Kind::Police], PEOPLE).await;
    let story = tale("red");
    // What this hub read when the directory was good still signs.
    let raw = lab.raw_hub();
    lab.time.advance_s(31 * DAY_S);
    papers::refresh_list(lab.dir(), lab.time.clock().now());
    let files = lab.files_in(&lab.dir().join(HUB));
    let caller = lab.caller(&files, &police(), Door::Peers);
    until(&caller, PEEK, Result::is_ok).await;

    let jws = raw.sign(&raw.enquiry(Kind::Police, &story));
    let asked = caller
        .call(Method::POST, "/v1/enquiries", jws.into_bytes())
        .await
        .unwrap();
    let peeked = caller.get(PEEK).await.unwrap();
    let offered = caller.get("/v1/offer?purpose=s47_enquiry").await.unwrap();

    for reply in [asked, peeked, offered] {
        assert_eq!(reply.status, StatusCode::FORBIDDEN);
        assert_eq!(problem(&reply).code(), "untrusted");
    }
    assert_eq!(count(&lab.entries(&police()), EntryKind::Permit), 0);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keeps_a_hub_from_asking_a_revoked_agency_on_a_connection_that_is_still_open() {
    let mut lab = Lab::start(&[Kind::Police], PEOPLE).await;
    let desk = lab.person(&hub(), RESEARCHER);
    let first = Matter::of(&tale("green"), "MASH-2026-10000");
    first
        .raise(&desk, &[(Kind::Police, &["police.conviction"])])
        .await;
    first.settled(&desk).await;

    papers::revoke(
        lab.dir(),
        &lab.agency_dir(Kind::Police).join("chain.pem"),
        lab.time.clock().now(),
    );
    let started = Instant::now();
    let mut number = 10_000;
    loop {
        number += 1;
        let next = Matter::of(&tale("green"), &format!("MASH-2026-{number}"));
        next.raise(&desk, &[(Kind::Police, &["police.conviction"])])
            .await;
        let state = next.settled(&desk).await;
        if let State::Unreachable { code, .. } = &state {
            assert_eq!(code, "not_trusted");
            break;
        }
        assert!(started.elapsed() < PATIENCE, "still {state:?}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let before = lab.verified_entries(police().as_str());
    let last = Matter::of(&tale("green"), "MASH-2026-20000");
    last.raise(&desk, &[(Kind::Police, &["police.conviction"])])
        .await;

    assert!(matches!(
        last.settled(&desk).await,
        State::Unreachable { .. }
    ));
    assert_eq!(lab.verified_entries(police().as_str()), before);
    lab.stop().await;
}
