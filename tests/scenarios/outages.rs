//! A day without a hub, an agency, the authority, every witness, or a newer directory: what goes on, what
//! waits, what comes back by itself, and the moment at which it stops by design. The table of it is
//! docs/topics/outages.md.

use std::path::Path;
use std::time::{Duration, Instant};

use harness::ledger::count;
use harness::{Caller, Door, Lab, Matter, PATIENCE, RawHub, papers, problem, tale};
use hyper::{Method, StatusCode};
use stile_cli::demo::SEED;
use stile_cli::demo::partnership::{APPROVER, HUB, RESEARCHER, member};
use stile_cli::demo::world::{Kind, World};
use stile_exchange::agency::Verdict;
use stile_exchange::clock::Clock;
use stile_exchange::hub::State;
use stile_ledger::EntryKind;
use stile_model::id::{Code, MemberId};
use stile_model::time::Timestamp;

use crate::approvals::{approval, decide, tasks, waiting};
use crate::renewal::{append, replace};

const PEOPLE: usize = 50;
const MIN_S: i64 = 60;
const HOUR_S: i64 = 60 * MIN_S;
const DAY_S: i64 = 24 * HOUR_S;
/// Longer than the police wait between rounds of their witnesses where `witness_s` is 1.
const ROUND: Duration = Duration::from_millis(1_500);
const PEEK: &str = "/v1/ledger/checkpoint";
const POLICE: (Kind, &[&str]) = (
    Kind::Police,
    &["police.domestic_incident", "police.conviction"],
);

fn police() -> MemberId {
    member(Kind::Police).unwrap()
}

fn hub() -> MemberId {
    MemberId::new(HUB).unwrap()
}

/// The police and a hub that tries again soon.
async fn lab(edit: impl FnOnce(&Path)) -> Lab {
    let world = World::generate_on(SEED, PEOPLE, Clock::system().now().date());
    Lab::start_with(&world, &[Kind::Police], |dir| {
        replace(
            &dir.join(HUB).join("hub.toml"),
            "retry_first_ms = 500",
            "retry_first_ms = 200\nretry_longest_s = 1",
        );
        edit(dir);
    })
    .await
}

async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < PATIENCE, "{what}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// A new question of the hub's own certificate and key is answered.
async fn is_answered(hub: &RawHub) {
    let enquiry = hub.enquiry(Kind::Police, &tale("red"));
    hub.ask(Kind::Police, &enquiry).await;
}

/// The hub's gateway as the police know it, with nothing kept from before.
fn peer(lab: &Lab) -> Caller {
    lab.caller(&lab.files_in(&lab.hub_dir()), &police(), Door::Peers)
}

/// The hub is heard by the police, where the list before has ended: on the fresh one, once it is read.
async fn is_heard_on_the_fresh_list(lab: &Lab) {
    let begun = Instant::now();
    loop {
        let why = match peer(lab).get(PEEK).await {
            Ok(reply) if reply.status == StatusCode::OK => return,
            Ok(reply) => reply.status.to_string(),
            Err(error) => error.to_string(),
        };
        let after = begun.elapsed();
        assert!(after < PATIENCE, "still not heard after {after:?}: {why}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn hub_desk(lab: &Lab) -> Caller {
    lab.person(&hub(), RESEARCHER)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_without_the_hub_loses_no_decision_that_the_agency_made_meanwhile() {
    let mut lab = lab(|dir| {
        replace(
            &dir.join(police().as_str()).join("rules.toml"),
            "approval_hours = 4",
            "approval_hours = 48",
        );
        let file = dir.join(police().as_str()).join("agency.toml");
        replace(&file, "cases = \"cases.toml\"\n", "");
    })
    .await;
    let matter = Matter::of(&tale("red"), "MASH-2026-20001");
    matter.raise(&hub_desk(&lab), &[POLICE]).await;
    let state = matter.settled(&hub_desk(&lab)).await;
    assert!(matches!(state, State::InPart), "{state:?}");

    lab.stop_one(&hub()).await;
    lab.time.advance_s(DAY_S);
    let desk = lab.person(&police(), APPROVER);
    let opened = tasks(&desk).await;
    let telling = opened
        .iter()
        .find(|task| approval(task).is_some_and(|approval| !approval.if_agreed.items.is_empty()));
    let telling = telling.unwrap().id;
    let decided = decide(&desk, telling, Verdict::Agree).await;
    assert_eq!(decided.status, StatusCode::OK);
    lab.start_one(&hub()).await;

    let released = || count(&lab.entries(&police()), EntryKind::Permit);
    let received = || count(&lab.entries(&hub()), EntryKind::ReturnReceived);
    until("the hub never had the later returns", async || {
        received() >= 2 && received() == released()
    })
    .await;
    assert!(waiting(&desk).await.iter().all(|task| task.id != telling));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_without_the_agency_ends_with_one_answer_and_three_with_an_expired_question() {
    let mut lab = lab(|_| {}).await;
    let desk = hub_desk(&lab);
    lab.stop_one(&police()).await;
    let matter = Matter::of(&tale("red"), "MASH-2026-20002");
    matter.raise(&desk, &[POLICE]).await;
    let away = |state: &State| matches!(state, State::Unreachable { .. });
    matter
        .until(&desk, |lines| lines.iter().all(|line| away(&line.state)))
        .await;

    lab.time.advance_s(DAY_S);
    lab.start_one(&police()).await;
    // The signature of yesterday is too old for the agency: the hub signs again by itself.
    matter
        .until(&desk, |lines| {
            let has = |state: &State| matches!(state, State::Answered | State::InPart);
            lines.iter().any(|line| has(&line.state))
        })
        .await;
    assert_eq!(count(&lab.entries(&police()), EntryKind::Permit), 1);

    lab.stop_one(&police()).await;
    let late = Matter::of(&tale("threshold"), "MASH-2026-20003");
    late.raise(&desk, &[POLICE]).await;
    lab.time.advance_s(3 * DAY_S + HOUR_S);
    let lines = late
        .until(&desk, |lines| {
            let over = |state: &State| matches!(state, State::Refused { .. });
            lines.iter().all(|line| over(&line.state))
        })
        .await;
    assert_eq!(lines.len(), 1);
    lab.start_one(&police()).await;
    assert_eq!(count(&lab.entries(&police()), EntryKind::Permit), 1);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_without_the_authority_changes_nothing_and_the_seventh_refuses_everybody() {
    let mut lab = lab(|_| {}).await;
    is_answered(&lab.raw_hub()).await;

    lab.time.advance_s(DAY_S);
    is_answered(&lab.raw_hub()).await;
    lab.time.advance_s(6 * DAY_S - HOUR_S);
    is_answered(&lab.raw_hub()).await;
    lab.time.advance_s(2 * HOUR_S);
    // The list that was good for seven days is not: nobody is believed, not even at the handshake.
    let shown = lab.files_in(&lab.hub_dir());
    let at = lab.address(&police(), Door::Peers);
    let careless = Caller::careless(
        lab.dir(),
        Some((&shown.chain, shown.key.file().unwrap())),
        at,
    );
    let refused = careless.get(PEEK).await;
    assert!(
        !refused.is_ok_and(|reply| reply.status.is_success()),
        "an old list was believed"
    );

    papers::refresh_list(lab.dir(), lab.time.clock().now());
    is_heard_on_the_fresh_list(&lab).await;
    is_answered(&lab.raw_hub()).await;
    lab.stop().await;
}

/// Alarms that too few witnesses cosigned.
fn quorum_alarms(lab: &Lab) -> usize {
    let missing = Code::new("no_quorum").unwrap();
    let entries = lab.entries(&police());
    let alarms = entries.iter().filter(|leaf| {
        leaf.entry.kind == EntryKind::WitnessAlarm && leaf.entry.reason.as_ref() == Some(&missing)
    });
    alarms.count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_without_any_witness_releases_go_on_under_one_alarm_until_one_is_back() {
    let mut lab = lab(|dir| {
        let file = dir.join(police().as_str()).join("agency.toml");
        replace(&file, "witness_s = 3600", "witness_s = 1");
    })
    .await;
    let raw = lab.raw_hub();
    is_answered(&raw).await;
    lab.stop_one(&hub()).await;

    for hours in [1, 11, 12] {
        lab.time.advance_s(hours * HOUR_S);
        is_answered(&raw).await;
        until("nobody was told", async || quorum_alarms(&lab) > 0).await;
        // Witnesses are asked every second: two more rounds, in which nobody is to be told again.
        tokio::time::sleep(2 * ROUND).await;
        assert_eq!(quorum_alarms(&lab), 1, "told once, not again and again");
    }
    // Each answer, and what lapsed of them meanwhile.
    assert!(count(&lab.entries(&police()), EntryKind::Permit) >= 4);

    lab.start_one(&hub()).await;
    let file = lab.dir().join(police().as_str()).join("agency.toml");
    let origin = stile_cli::config::AgencyConfig::read(&file);
    let origin = origin.unwrap().parts.store.origin;
    let size = |note: &str| {
        note.lines()
            .nth(1)
            .and_then(|line| line.parse::<u64>().ok())
    };
    until("the witness that is back did not cosign", async || {
        let at = lab.caller(
            &lab.files_in(&lab.agency_dir(Kind::Police)),
            &hub(),
            Door::Peers,
        );
        let path = format!("/v1/witness/checkpoint?origin={origin}");
        let held = at.get(&path).await.unwrap();
        let note = String::from_utf8_lossy(&held.body).into_owned();
        held.status == StatusCode::OK && size(&note) >= Some(4)
    })
    .await;
    lab.stop().await;
}

/// Signs the next version, good until then.
fn next_directory(lab: &Lab, until: Timestamp) {
    papers::change_directory(lab.dir(), |text| {
        let from = text.find("\nvalid_until = ").unwrap() + 1;
        let to = from + text[from..].find('\n').unwrap();
        let text = format!("{}valid_until = {until}{}", &text[..from], &text[to..]);
        text.replacen("version = 1\n", "version = 2\n", 1)
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_without_a_newer_directory_changes_nothing_and_past_its_end_nobody_is_answered() {
    let mut lab = lab(|_| {}).await;
    let raw = lab.raw_hub();
    lab.time.advance_s(DAY_S);
    is_answered(&raw).await;
    for _ in 0..4 {
        // The list before has ended, so whoever is heard is heard on the fresh one.
        lab.time.advance_s(7 * DAY_S + HOUR_S);
        papers::refresh_list(lab.dir(), lab.time.clock().now());
        is_heard_on_the_fresh_list(&lab).await;
    }
    let enquiry = |raw: &RawHub| raw.sign(&raw.enquiry(Kind::Police, &tale("red")));
    let ask = async |body: String| {
        let caller = peer(&lab);
        let asked = caller.call(Method::POST, "/v1/enquiries", body.into_bytes());
        asked.await.unwrap()
    };
    let before = ask(enquiry(&raw)).await;

    lab.time.advance_s(DAY_S - 3 * HOUR_S);
    let after = ask(enquiry(&raw)).await;

    assert_eq!(before.status, StatusCode::OK, "29 days and 4 hours");
    assert_eq!(
        problem(&after).code(),
        "untrusted",
        "the thirtieth day is over"
    );
    let now = lab.time.clock().now();
    next_directory(&lab, now.plus_s(30 * DAY_S));
    lab.stop_one(&police()).await;
    lab.start_one(&police()).await;
    is_answered(&lab.raw_hub()).await;
    // Each answer, and what lapsed of them meanwhile.
    assert!(count(&lab.entries(&police()), EntryKind::Permit) >= 3);
    lab.stop().await;
}

/// What fetches revocation lists finds nobody for a day, goes on, and has the newer list afterwards.
#[tokio::test(flavor = "multi_thread")]
async fn an_agency_that_renews_with_a_hub_that_is_away_takes_the_newer_list_once_it_is_back() {
    let mut lab = lab(|dir| {
        let own = dir.join(police().as_str());
        std::fs::copy(dir.join("ca/crl.pem"), own.join("own-crl.pem")).unwrap();
        let file = own.join("agency.toml");
        replace(&file, "crl = \"../ca/crl.pem\"", "crl = \"own-crl.pem\"");
        append(&file, &format!("[renewal]\nhub = \"{HUB}\"\nevery_s = 1"));
    })
    .await;
    let own = lab.dir().join(police().as_str()).join("own-crl.pem");
    let raw = lab.raw_hub();
    lab.stop_one(&hub()).await;

    lab.time.advance_s(DAY_S);
    papers::refresh_list(lab.dir(), lab.time.clock().now());
    let published = std::fs::read(lab.dir().join("ca/crl.pem")).unwrap();
    is_answered(&raw).await;
    assert_ne!(std::fs::read(&own).unwrap(), published, "nobody brought it");
    lab.start_one(&hub()).await;

    until("the newer list was not fetched", async || {
        std::fs::read(&own).unwrap() == published
    })
    .await;
    lab.time.advance_s(6 * DAY_S + 12 * HOUR_S);
    is_answered(&lab.raw_hub()).await;
    lab.stop().await;
}
