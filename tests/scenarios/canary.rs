//! Two hundred unique strings in every place that must stay shut, every case of the demo, and a
//! search of everything that came out: bytes sent, logs, stores on disk, products.

pub mod needles;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use harness::PATIENCE;
use harness::RawHub;
use harness::ask::{has_answered, raise, wait_for};
use harness::process::Site;
use stile_cli::demo::SEED;
use stile_cli::demo::partnership::{HUB, member};
use stile_cli::demo::world::{Kind, World, stories, story};
use stile_cli::people::Desk;
use stile_exchange::agency::routes::TaskList;
use stile_exchange::agency::{Decision, TaskKind, TaskLine, Verdict};
use stile_exchange::clock::Clock;
use stile_exchange::hub::State;
use stile_ledger::{EntryKind, Leaf};
use stile_model::enquiry::Enquiry;
use stile_store::{Store, Tree};

use crate::traces::Collector;
use crate::{STILE, security_events};
use needles::Needles;

const CANARIES: usize = 200;
const PEOPLE: usize = 300;
const AUDIENCES: [&str; 4] = [
    "decision_maker",
    "family_safe",
    "receiving_team",
    "referrer_feedback",
];

/// A word in a text that is shared: what finds it would find a canary.
const CONTROL: &str = "cobaltlampshade";

/// What came out, by where it came from.
type Outside = BTreeMap<String, Vec<u8>>;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_canary_leaves_in_any_byte_log_line_ledger_or_product() {
    let today = Clock::system().now().date();
    let mut world = World::generate_on(SEED, PEOPLE, today);
    let canaries = world.plant_canaries(CANARIES);
    let mut site = Site::set_up_with(STILE, &Kind::ALL, &world).await;
    for kind in Kind::ALL {
        plant_control(&site, kind);
    }
    every_canary_is_planted(&site, &canaries);
    let staff = Kind::ALL.map(|kind| (kind, [site.approver(kind), site.hire(kind, "m.second")]));
    site.log_at("trace");
    let events: Vec<_> = site
        .members()
        .iter()
        .map(|member| security_events::watched(&site, member))
        .collect();
    let collector = Collector::start();
    for member in site.members() {
        site.edit(&site.config(&member), |text| {
            text + collector.table().as_str()
        });
    }
    site.start_all();

    let desk = site.researcher();
    for story in stories() {
        raise(&desk, &story).await;
        wait_for(&desk, &story, has_answered).await;
    }
    let hub = site.raw_hub();
    let (asked, mut raw) = ask_directly(&hub).await;
    let decided = decide_everything(&staff).await;
    later_returns(&hub, &asked, &mut raw).await;
    for story in stories() {
        wait_for(&desk, &story, |state| *state == State::Answered).await;
    }
    let products = products(&site, &desk).await;
    site.stop_all();

    let held = held_by_the_hub(&site);
    let released = released_by_agencies(&site);
    let logs = logs(&site);
    let disks = disks(&site);
    let traces = Outside::from([("traces".to_owned(), collector.bytes())]);
    assert!(
        traces["traces"].len() > 10_000,
        "hardly anything was traced"
    );
    assert!(decided > 50, "only {decided} tasks were decided");
    for file in events {
        // With the log, they are searched, too.
        let name = file.display().to_string();
        assert!(
            logs.get(&name).is_some_and(|told| !told.is_empty()),
            "{name}"
        );
    }

    let control = Needles::of(&[CONTROL.to_owned()]);
    for (what, outside) in [("replies", &raw), ("hub", &held), ("products", &products)] {
        assert!(control.first_in(outside).is_some(), "no control in {what}");
    }
    let canaries = Needles::of(&canaries);
    for outside in [&raw, &held, &released, &products, &logs, &disks, &traces] {
        assert!(!outside.is_empty());
        assert_eq!(canaries.first_in(outside), None);
    }
    // Even what may be shared is in no log, and on no disk in the clear.
    for outside in [&logs, &disks, &traces] {
        assert_eq!(control.first_in(outside), None);
    }
}

/// The search is no use unless it finds a real leak: here a mapping gives out a column of working
/// notes under the name of a field that policy shares.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_canary_that_a_wrong_mapping_lets_out_is_found() {
    let today = Clock::system().now().date();
    let mut world = World::generate_on(SEED, PEOPLE, today);
    let canaries = world.plant_canaries(CANARIES);
    let mut site = Site::set_up_with(STILE, &[Kind::Police], &world).await;
    let police = member(Kind::Police).unwrap();
    let mapping = site.member_dir(police.as_str()).join("sources.toml");
    site.edit(&mapping, |text| {
        text.replace("offence = \"offence_code\"", "offence = \"oic_notes\"")
    });
    site.start(police.as_str());
    let hub = site.raw_hub();
    let enquiry = hub.enquiry(Kind::Police, &story());

    let body = hub.ask(Kind::Police, &enquiry).await.body;

    let raw = Outside::from([("the reply".to_owned(), body)]);
    assert!(Needles::of(&canaries).first_in(&raw).is_some());
}

fn database(site: &Site, kind: Kind) -> rusqlite::Connection {
    let folder = site.member_dir(member(kind).unwrap().as_str());
    rusqlite::Connection::open(folder.join("people.db")).unwrap()
}

/// Puts the control word into every account of a domestic incident.
fn plant_control(site: &Site, kind: Kind) {
    if kind == Kind::Police {
        let added = format!(" A {CONTROL} was broken.");
        let changed = database(site, kind)
            .execute("UPDATE ppn_incident SET mo_text = mo_text || ?", [added])
            .unwrap();
        assert!(changed > 0);
    }
}

/// Every canary is in some table of some agency, or the search would prove nothing.
fn every_canary_is_planted(site: &Site, canaries: &[String]) {
    let mut text = String::new();
    for kind in Kind::ALL {
        let database = database(site, kind);
        let mut tables = database
            .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
            .unwrap();
        let tables = tables.query_map([], |row| row.get::<_, String>(0)).unwrap();
        for table in tables {
            append_table(&database, &table.unwrap(), &mut text);
        }
    }
    let unique: std::collections::BTreeSet<_> = canaries.iter().collect();
    assert_eq!(unique.len(), CANARIES);
    for canary in canaries {
        assert!(text.contains(canary), "`{canary}` is planted nowhere");
    }
}

fn append_table(database: &rusqlite::Connection, table: &str, text: &mut String) {
    let mut all = database.prepare(&format!("SELECT * FROM {table}")).unwrap();
    let columns = all.column_count();
    let mut rows = all.query([]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        for column in 0..columns {
            if let rusqlite::types::ValueRef::Text(cell) = row.get_ref(column).unwrap() {
                text.push_str(std::str::from_utf8(cell).unwrap());
                text.push('\n');
            }
        }
    }
}

/// Every question of every case once more, from a hub that keeps the bytes as they come.
async fn ask_directly(hub: &RawHub) -> (Vec<(Kind, Enquiry)>, Outside) {
    let (mut asked, mut raw) = (Vec::new(), Outside::new());
    for story in stories() {
        for kind in story.asks.keys() {
            let enquiry = hub.enquiry(*kind, &story);
            let answered = hub.ask(*kind, &enquiry).await;
            raw.insert(
                format!("reply 1 of {kind} to {}", story.name),
                answered.body,
            );
            asked.push((*kind, enquiry));
        }
    }
    (asked, raw)
}

async fn later_returns(hub: &RawHub, asked: &[(Kind, Enquiry)], raw: &mut Outside) {
    let before = raw.len();
    for (kind, enquiry) in asked {
        let mut n = 1;
        while let Some(answered) = hub.later(*kind, enquiry, n, 0).await {
            n = answered.answer.n;
            raw.insert(
                format!("reply {n} of {kind} to {}", enquiry.case),
                answered.body,
            );
        }
    }
    assert!(
        raw.len() > before + 10,
        "hardly any approval led to a return"
    );
}

/// Agrees to every release, says yes to every first candidate, acknowledges every alert. What needs
/// two people is agreed to by both.
async fn decide_everything(staff: &[(Kind, [Desk; 2])]) -> usize {
    let mut decided = 0;
    for (kind, people) in staff {
        loop {
            let before = decided;
            for person in people {
                decided += decide_all(person).await;
            }
            if decided == before {
                break;
            }
        }
        let left: TaskList = people[0].get("/api/v1/tasks", PATIENCE).await.unwrap();
        assert!(
            left.tasks.is_empty(),
            "{kind}: {} tasks left",
            left.tasks.len()
        );
    }
    decided
}

/// How many tasks this person could decide.
async fn decide_all(person: &Desk) -> usize {
    let list: TaskList = person.get("/api/v1/tasks", PATIENCE).await.unwrap();
    let mut decided = 0;
    for task in list.tasks {
        let verdict = match task.kind {
            TaskKind::Alert => Verdict::Acknowledge,
            TaskKind::Approval => Verdict::Agree,
            TaskKind::Match => Verdict::SamePerson(0),
        };
        let decision = Decision {
            verdict,
            ground: None,
            reason: "Everything is let out that can be.".to_owned().into(),
        };
        let path = format!("/api/v1/tasks/{}/decision", task.id);
        match person.post::<TaskLine>(&path, &decision).await {
            Ok(_) => decided += 1,
            // This person has agreed already, and waits for the other.
            Err(refused) => assert!(refused.to_string().contains("already_decided"), "{refused}"),
        }
    }
    decided
}

/// The product of every case for every audience, as JSON and as the program prints it.
async fn products(site: &Site, desk: &Desk) -> Outside {
    let person = site.researcher_file();
    let vocabulary = site.dir().join("vocabulary.toml");
    let mut products = Outside::new();
    for story in stories() {
        for audience in AUDIENCES {
            let path = format!("/api/v1/cases/{}/product?audience={audience}", story.case);
            let product: serde_json::Value = desk.get(&path, PATIENCE).await.unwrap();
            let what = format!("{} for {audience}", story.name);
            products.insert(format!("{what}, JSON"), product.to_string().into_bytes());
            let printed = site.run(&[
                "case",
                "product",
                story.case.as_str(),
                "--audience",
                audience,
                "--person",
                person.to_str().unwrap(),
                "--vocabulary",
                vocabulary.to_str().unwrap(),
            ]);
            assert!(printed.status.success(), "{printed:?}");
            products.insert(format!("{what}, printed"), printed.stdout);
        }
    }
    products
}

/// Everything the hub holds, opened with its own keys: every body and every value, envelopes too.
fn held_by_the_hub(site: &Site) -> Outside {
    const TREES: [Tree; 10] = [
        Tree::Approvals,
        Tree::Cases,
        Tree::Enquiries,
        Tree::Events,
        Tree::Meta,
        Tree::Progress,
        Tree::Replay,
        Tree::Returns,
        Tree::Tasks,
        Tree::Witness,
    ];
    let store = site.open_store(HUB);
    let mut held = Outside::new();
    for index in 0..store.head().size {
        held.insert(format!("hub, body {index}"), store.body(index).unwrap());
    }
    for tree in TREES {
        append_tree(&store, tree, HUB, &mut held);
    }
    held
}

/// What every agency's own record says was released: the returns, and the answers in the permits.
/// Its tasks are left out: they show its own reviewers the candidates' records.
fn released_by_agencies(site: &Site) -> Outside {
    let mut released = Outside::new();
    for kind in Kind::ALL {
        let agency = member(kind).unwrap();
        let store = site.open_store(agency.as_str());
        append_tree(&store, Tree::Returns, agency.as_str(), &mut released);
        append_tree(&store, Tree::Enquiries, agency.as_str(), &mut released);
        for index in 0..store.head().size {
            let bytes = store.entry(index).unwrap();
            let leaf = Leaf::parse(&bytes).unwrap();
            released.insert(format!("{agency}, leaf {index}"), bytes);
            if leaf.entry.kind == EntryKind::Permit {
                let body: serde_json::Value =
                    serde_json::from_slice(&store.body(index).unwrap()).unwrap();
                let answer = body["answer"].to_string().into_bytes();
                released.insert(format!("{agency}, permit {index}"), answer);
            }
        }
    }
    released
}

fn append_tree(store: &Store, tree: Tree, member: &str, outside: &mut Outside) {
    let rows = store.scan(tree, &[], None, 10_000).unwrap();
    assert!(rows.len() < 10_000);
    for (row, (key, value)) in rows.into_iter().enumerate() {
        outside.insert(format!("{member}, {tree:?} {row}"), [key, value].concat());
    }
}

fn logs(site: &Site) -> Outside {
    let mut logs = Outside::new();
    append_files(&site.dir().join("log"), &mut logs);
    assert!(logs.values().map(Vec::len).sum::<usize>() > 10_000);
    logs
}

/// Every file in every store: journal, index, what was set aside.
fn disks(site: &Site) -> Outside {
    let mut disks = Outside::new();
    for member in site.members() {
        append_files(&site.member_dir(&member).join("store"), &mut disks);
    }
    disks
}

fn append_files(folder: &Path, outside: &mut Outside) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            append_files(&path, outside);
        } else {
            outside.insert(path.display().to_string(), fs::read(&path).unwrap());
        }
    }
}
