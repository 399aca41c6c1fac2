//! More enquiries than an agency can look into: red finds room while green floods, one hub's flood
//! is not another's, and whoever is told to come again is answered later.
//!
//! A lock on the agency's database holds whatever is at work where it is.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::http::{StatusCode as Status, header};
use axum::routing::post;
use harness::ledger::count;
use harness::papers::{self, SECOND_HUB};
use harness::{Fake, Lab, Matter, RawHub, problem, tale};
use hyper::StatusCode;
use rusqlite::Connection;
use stile_cli::demo::SEED;
use stile_cli::demo::partnership::{HUB, RESEARCHER, member};
use stile_cli::demo::world::{Kind, World};
use stile_exchange::client::Reply;
use stile_exchange::clock::Clock;
use stile_exchange::hub::State;
use stile_ledger::EntryKind;
use stile_model::code::Priority;
use stile_model::id::MemberId;
use tokio::task::JoinSet;

use crate::pages_hub::{hub, is_whole};

const PEOPLE: usize = 50;

fn police() -> MemberId {
    member(Kind::Police).unwrap()
}

/// A lab in which the police look into few enquiries at once.
async fn crowded(load: &str, edit: impl FnOnce(&Path)) -> Lab {
    let world = World::generate_on(SEED, PEOPLE, Clock::system().now().date());
    Lab::start_with(&world, &[Kind::Police], |dir| {
        let file = dir.join(police().as_str()).join("agency.toml");
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, format!("{text}\n[load]\n{load}\n")).unwrap();
        edit(dir);
    })
    .await
}

/// Moves the clock well inside an hour, so that it cannot end during the test.
fn into_an_hour(lab: &Lab) {
    let into_hour_s = lab.time.clock().now().millis().rem_euclid(3_600_000) / 1_000;
    lab.time.advance_s(3_600 - into_hour_s + 60);
}

/// Keeps everybody from reading the database until it is dropped.
fn shut(lab: &Lab) -> Connection {
    let database = Connection::open(lab.agency_dir(Kind::Police).join("people.db")).unwrap();
    let patience = Duration::from_secs(20);
    database.busy_timeout(patience).unwrap();
    database.execute_batch("BEGIN EXCLUSIVE").unwrap();
    database
}

/// A new question of this rating, signed.
fn question(raw: &RawHub, priority: Priority) -> String {
    let mut enquiry = raw.enquiry(Kind::Police, &tale("red"));
    enquiry.priority = priority;
    raw.sign(&enquiry)
}

/// Sends so many new questions of this rating at once.
fn flood(raw: &Arc<RawHub>, priority: Priority, many: usize) -> JoinSet<(String, Reply)> {
    let mut sent = JoinSet::new();
    for _ in 0..many {
        let (raw, jws) = (Arc::clone(raw), question(raw, priority));
        sent.spawn(async move {
            let reply = raw.post(Kind::Police, jws.clone().into_bytes()).await;
            (jws, reply.unwrap())
        });
    }
    sent
}

/// It was told to come again, and when.
fn is_turned_away(reply: &Reply) -> bool {
    if reply.status == StatusCode::OK {
        return false;
    }
    let (problem, after) = (problem(reply), &reply.headers["retry-after"]);
    assert_eq!(
        (problem.code(), reply.status),
        ("busy", StatusCode::SERVICE_UNAVAILABLE)
    );
    let said = problem.retry_after_s.unwrap().to_string();
    assert_eq!(after.to_str().unwrap(), said, "the header says the same");
    true
}

#[tokio::test(flavor = "multi_thread")]
async fn red_is_answered_while_green_floods_and_no_green_is_lost() {
    let load = "at_once = 4\nwaiting = 1\nwait_ms = 30000";
    let mut lab = crowded(load, |_| {}).await;
    into_an_hour(&lab);
    let raw = Arc::new(lab.raw_hub());
    let shut = shut(&lab);

    let mut greens = flood(&raw, Priority::Green, 12);
    // Two are at work and one waits: the next is told to come again.
    let (mut away, mut answered) = (Vec::new(), 0);
    while away.is_empty() {
        let (jws, reply) = greens.join_next().await.unwrap().unwrap();
        if is_turned_away(&reply) {
            away.push(jws);
        } else {
            answered += 1;
        }
    }
    let mut reds = flood(&raw, Priority::Red, 3);
    drop(shut);

    while let Some(red) = reds.join_next().await {
        let (_, reply) = red.unwrap();
        assert_eq!(reply.status, StatusCode::OK, "{:?}", reply.body);
    }
    while let Some(green) = greens.join_next().await {
        let (jws, reply) = green.unwrap();
        if is_turned_away(&reply) {
            away.push(jws);
        } else {
            answered += 1;
        }
    }
    assert_eq!(away.len() + answered, 12);
    let told = away.len();
    for jws in away {
        let reply = raw.post(Kind::Police, jws.into_bytes()).await.unwrap();
        raw.prove(Kind::Police, &reply);
    }
    lab.stop().await;

    let entries = lab.entries(&police());
    assert_eq!(count(&entries, EntryKind::Permit), 15, "each once");
    let busy = entries.iter().filter(|leaf| {
        let reason = leaf.entry.reason.as_ref();
        leaf.entry.kind == EntryKind::Refusal && reason.is_some_and(|code| code.as_str() == "busy")
    });
    let counted = busy.flat_map(|leaf| leaf.entry.counts.clone());
    let greens = counted.map(|(code, many)| {
        assert_eq!(code.as_str(), "green", "only green was turned away");
        usize::try_from(many).unwrap()
    });
    assert_eq!(greens.sum::<usize>(), told, "counted, and nothing else");
    assert_eq!(count(&entries, EntryKind::Refusal), 1, "in one entry");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_told_to_come_again_costs_nothing_of_the_budget() {
    let load = "at_once = 4\nwaiting = 0\n[answer]\nhourly_budget = 13";
    let mut lab = crowded(load, |_| {}).await;
    into_an_hour(&lab);
    let raw = Arc::new(lab.raw_hub());
    let shut = shut(&lab);

    let mut greens = flood(&raw, Priority::Green, 12);
    let (jws, reply) = greens.join_next().await.unwrap().unwrap();
    let mut away = Vec::from_iter(is_turned_away(&reply).then_some(jws));
    drop(shut);
    while let Some(green) = greens.join_next().await {
        let (jws, reply) = green.unwrap();
        if is_turned_away(&reply) {
            away.push(jws);
        }
    }

    assert!(!away.is_empty(), "twelve found room at once");
    for jws in away {
        let reply = raw.post(Kind::Police, jws.into_bytes()).await.unwrap();
        raw.prove(Kind::Police, &reply);
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_budget_that_green_has_used_up_leaves_a_quarter_for_red_and_no_more() {
    let mut lab = crowded("[answer]\nhourly_budget = 4", |_| {}).await;
    into_an_hour(&lab);
    let raw = lab.raw_hub();
    let ask = async |priority| {
        let body = question(&raw, priority).into_bytes();
        raw.post(Kind::Police, body).await.unwrap().status.as_u16()
    };

    for _ in 0..4 {
        assert_eq!(ask(Priority::Green).await, 200);
    }
    assert_eq!(ask(Priority::Amber).await, 429);
    assert_eq!(ask(Priority::Red).await, 200, "a quarter of four");
    assert_eq!(ask(Priority::Red).await, 429);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_floods_in_red_leaves_room_for_the_green_of_another() {
    let load = "at_once = 8\nper_hub = 4\nwaiting = 0";
    let mut lab = crowded(load, |dir| {
        papers::second_hub(dir, Clock::system().now());
    })
    .await;
    let raw = Arc::new(lab.raw_hub());
    let files = lab.files_in(&lab.dir().join("papers").join(SECOND_HUB));
    let me = MemberId::new(SECOND_HUB).unwrap();
    let second = RawHub::of(lab.dir(), lab.time.clock(), &files, me);
    let shut = shut(&lab);

    let mut reds = flood(&raw, Priority::Red, 12);
    let (_, first) = reds.join_next().await.unwrap().unwrap();
    assert!(is_turned_away(&first), "four of twelve found room");
    let green = question(&second, Priority::Green);
    let asks = second.post(Kind::Police, green.into_bytes());
    let (reply, ()) = tokio::join!(asks, async { drop(shut) });

    let reply = reply.unwrap();
    assert_eq!(reply.status, StatusCode::OK, "{:?}", reply.body);
    while let Some(red) = reds.join_next().await {
        is_turned_away(&red.unwrap().1);
    }
    lab.stop().await;
}

/// Answers every question as an agency without room, which says when to ask again.
async fn busy(lab: &Lab, asked: &Arc<AtomicUsize>, after: &'static str) -> Fake {
    let asked = Arc::clone(asked);
    let answer = move || {
        asked.fetch_add(1, Ordering::SeqCst);
        let body = r#"{"type":"urn:stile:problem:busy","title":"ask again","status":503}"#;
        let head = [
            (header::RETRY_AFTER, after),
            (header::CONTENT_TYPE, "application/problem+json"),
        ];
        async move { (Status::SERVICE_UNAVAILABLE, head, body) }
    };
    let routes = Router::new().route("/v1/enquiries", post(answer));
    Fake::serving(lab.dir(), Kind::Police, &lab.time.clock(), routes).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_waits_at_a_busy_agency_and_is_asked_again_by_itself() {
    let mut lab = Lab::start(&[Kind::Police], PEOPLE).await;
    lab.stop_one(&police()).await;
    let asked = Arc::new(AtomicUsize::new(0));
    let fake = busy(&lab, &asked, "1").await;
    let desk = lab.person(&hub(), RESEARCHER);
    let matter = Matter::of(&tale("red"), "MASH-2026-41001");

    matter
        .raise(&desk, &[(Kind::Police, &["police.conviction"])])
        .await;
    matter
        .until(&desk, |lines| {
            let waits = |line: &_| matches!(line, State::Busy { .. });
            lines.iter().all(|line| waits(&line.state)) && asked.load(Ordering::SeqCst) >= 2
        })
        .await;
    let page = lab.browser(&hub(), RESEARCHER);
    let page = page.open("/cases/MASH-2026-41001").await;
    let product = matter.product(&desk).await;

    is_whole(&page);
    assert!(page.says("Busy. Asked again at"), "{}", page.words());
    assert!(!page.says("System offline"), "{}", page.words());
    let gaps = product.gaps.iter();
    assert!(gaps.clone().any(|gap| gap.why.code == "pending"));
    fake.stop().await;
    lab.start_one(&police()).await;
    let answered = |state: &State| matches!(state, State::Answered | State::InPart);
    matter
        .until(&desk, |lines| {
            lines.iter().all(|line| answered(&line.state))
        })
        .await;
    assert_eq!(
        count(
            &lab.entries(&MemberId::new(HUB).unwrap()),
            EntryKind::Refusal
        ),
        0,
        "nothing was refused"
    );
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agency_that_says_ask_at_once_is_asked_ever_less_often() {
    let mut lab = Lab::start(&[Kind::Police], PEOPLE).await;
    lab.stop_one(&police()).await;
    let asked = Arc::new(AtomicUsize::new(0));
    let fake = busy(&lab, &asked, "0").await;
    let desk = lab.person(&hub(), RESEARCHER);
    let matter = Matter::of(&tale("red"), "MASH-2026-41002");
    let begun = Instant::now();

    matter
        .raise(&desk, &[(Kind::Police, &["police.conviction"])])
        .await;
    matter
        .until(&desk, |_| asked.load(Ordering::SeqCst) >= 3)
        .await;
    tokio::time::sleep(Duration::from_secs(1)).await;

    // After half a second, one, two, four: however slow the machine, not more often in the time.
    let asked = i32::try_from(asked.load(Ordering::SeqCst)).unwrap();
    let least_s = 0.5 * (2_f64.powi(asked - 1) - 1.0);
    assert!(least_s <= begun.elapsed().as_secs_f64(), "{asked} times");
    fake.stop().await;
    lab.stop().await;
}
