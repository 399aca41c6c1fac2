//! An agency killed again and again while eight callers ask it: nothing it answered may be missing
//! from its ledger, nothing may be answered twice, and every question left open is answered later.
//!
//! `STILE_KILL_ROUNDS` sets the number of rounds (12 by default).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use data_encoding::BASE64;
use harness::ask::{has_answered, raise, wait_for};
use harness::process::Site;
use harness::{Answered, RawHub};
use hyper::StatusCode;
use stile_cli::demo::partnership::{HUB, member};
use stile_cli::demo::world::{Kind, Story, stories, story};
use stile_ledger::{EntryKind, Leaf};
use stile_model::digest::Digest;
use stile_model::id::CaseId;

use crate::STILE;

const POLICE: &str = "riverside-police";
const ASKERS: usize = 8;
const PEOPLE: usize = 150;

/// Longest time under load before the kill, and longest start-up before one, in milliseconds.
const LOAD_MS: std::ops::Range<u64> = 5..300;
const START_MS: std::ops::Range<u64> = 1..400;

/// Longest time between a question's acknowledgement and the hub's kill, in milliseconds.
const HUB_MS: std::ops::Range<u64> = 0..400;

/// One question with what came back.
struct Asked {
    id: String,
    bytes: Vec<u8>,
    answered: Option<Answered>,
}

type Book = Arc<Mutex<Vec<Asked>>>;

/// Numbers that are the same at every run.
struct Dice(u64);

impl Dice {
    fn within(&mut self, range: std::ops::Range<u64>) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        range.start + (self.0 >> 33) % (range.end - range.start)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_acknowledged_entry_is_lost_and_nothing_leaves_without_one() {
    let rounds = std::env::var("STILE_KILL_ROUNDS").map_or(12, |text| text.parse().unwrap());
    let mut site = Site::set_up(STILE, &[Kind::Police], PEOPLE).await;
    site.edit(&site.config(POLICE), |text| {
        format!("{text}\n[answer]\nrelease_grid_ms = 0\nhourly_budget = 1000000\n")
    });
    let hub = Arc::new(site.raw_hub());
    let book = Book::default();
    let mut dice = Dice(1_948);
    let (mut torn, mut cut_short) = (0, 0);

    for round in 0..rounds {
        if round % 4 == 3 {
            site.launch(POLICE);
            tokio::time::sleep(Duration::from_millis(dice.within(START_MS))).await;
            site.kill(POLICE);
        }
        site.start(POLICE);
        answer_what_is_open(&hub, &book).await;
        let askers: Vec<_> = (0..ASKERS)
            .map(|asker| {
                tokio::spawn(ask_until_it_dies(
                    Arc::clone(&hub),
                    Arc::clone(&book),
                    asker,
                ))
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(dice.within(LOAD_MS))).await;
        site.kill(POLICE);
        for asker in askers {
            asker.await.unwrap();
        }
        torn += u32::from(holds_every_answer(&site, &book));
        cut_short += open(&book).len();
    }

    site.start(POLICE);
    answer_what_is_open(&hub, &book).await;
    site.stop(POLICE);
    assert!(
        !holds_every_answer(&site, &book),
        "a clean stop tears nothing"
    );
    each_enquiry_has_one_permit(&site, &book);
    let asked = book.lock().unwrap().len();
    println!("{rounds} rounds, {asked} enquiries, {cut_short} cut short, {torn} torn tails");
    assert!(cut_short > 0, "no kill ever hit a question under way");
}

/// A hub that acknowledged a question asks it, however often it is killed, and asks it once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hub_killed_while_it_asks_takes_every_question_up_again() {
    const ROUNDS: u32 = 5;
    let kinds = [Kind::Police, Kind::SocialCare];
    let mut site = Site::set_up(STILE, &kinds, PEOPLE).await;
    let agencies = kinds.map(|kind| member(kind).unwrap().to_string());
    for agency in &agencies {
        site.start(agency);
    }
    let mut dice = Dice(417);
    let mut cases = Vec::new();
    for round in 0..ROUNDS {
        let mut story = story();
        story.case = CaseId::new(format!("MASH-2026-9{round:04}")).unwrap();
        story.asks.retain(|kind, _| kinds.contains(kind));
        site.start(HUB);
        raise(&site.researcher(), &story).await;
        cases.push(story);
        tokio::time::sleep(Duration::from_millis(dice.within(HUB_MS))).await;
        site.kill(HUB);
        assert!(
            site.verified(HUB)
                .first_bad
                .is_none_or(|bad| bad.unfinished)
        );
    }

    site.start(HUB);
    for story in &cases {
        wait_for(&site.researcher(), story, has_answered).await;
    }

    site.stop_all();
    for agency in &agencies {
        assert!(site.verified(agency).is_sound());
        let leaves = site.leaves(agency);
        let entries = leaves.iter().map(|leaf| Leaf::parse(leaf).unwrap().entry);
        let permits = entries.filter(|entry| entry.kind == EntryKind::Permit);
        assert_eq!(permits.count(), cases.len(), "{agency}");
    }
    assert!(site.verified(HUB).is_sound());
}

async fn ask_until_it_dies(hub: Arc<RawHub>, book: Book, asker: usize) {
    let stories: Vec<Story> = stories()
        .into_iter()
        .filter(|story| story.asks.contains_key(&Kind::Police))
        .collect();
    for story in stories.iter().cycle().skip(asker) {
        let enquiry = hub.enquiry(Kind::Police, story);
        let bytes = hub.sign(&enquiry).into_bytes();
        let place = {
            let mut book = book.lock().unwrap();
            book.push(Asked {
                id: enquiry.id.to_string(),
                bytes: bytes.clone(),
                answered: None,
            });
            book.len() - 1
        };
        let Ok(reply) = hub.post(Kind::Police, bytes).await else {
            return;
        };
        assert_eq!(reply.status, StatusCode::OK);
        book.lock().unwrap()[place].answered = Some(hub.prove(Kind::Police, &reply));
    }
}

/// Places in the book that have no answer yet.
fn open(book: &Book) -> Vec<usize> {
    let book = book.lock().unwrap();
    let open = book.iter().enumerate();
    open.filter(|(_, asked)| asked.answered.is_none())
        .map(|(place, _)| place)
        .collect()
}

/// Sends every open question again, and the last answered one, whose answer must be the same.
async fn answer_what_is_open(hub: &RawHub, book: &Book) {
    let again = book
        .lock()
        .unwrap()
        .iter()
        .rposition(|asked| asked.answered.is_some());
    for place in open(book).into_iter().chain(again) {
        let bytes = book.lock().unwrap()[place].bytes.clone();
        let reply = hub.post(Kind::Police, bytes).await.unwrap();
        assert_eq!(reply.status, StatusCode::OK);
        let fresh = hub.prove(Kind::Police, &reply);
        let before = book.lock().unwrap()[place].answered.replace(fresh.clone());
        if let Some(before) = before {
            assert_eq!(fresh.answer, before.answer, "a retry got another return");
            assert_eq!(fresh.index, before.index, "a retry got another entry");
        }
    }
}

/// Verifies the ledger from its bytes, and finds every answer's permit in them. Says whether the
/// journal ends in a torn frame, which nobody was told of.
fn holds_every_answer(site: &Site, book: &Book) -> bool {
    let report = site.verified(POLICE);
    if let Some(bad) = &report.first_bad {
        assert!(bad.unfinished, "the ledger does not verify: {bad}");
    }
    let leaves = site.leaves(POLICE);
    assert_eq!(report.entries, u64::try_from(leaves.len()).unwrap());
    let mut permits: BTreeMap<Digest, u32> = BTreeMap::new();
    for leaf in &leaves {
        let entry = Leaf::parse(leaf).unwrap().entry;
        if entry.kind == EntryKind::Permit {
            *permits.entry(entry.digest.unwrap()).or_default() += 1;
        }
    }
    for asked in book.lock().unwrap().iter() {
        let Some(answered) = &asked.answered else {
            continue;
        };
        let leaf = BASE64.decode(answered.envelope.leaf.as_bytes()).unwrap();
        let place = usize::try_from(answered.index).unwrap();
        assert_eq!(
            leaves.get(place),
            Some(&leaf),
            "entry {place} of an answer that was given is lost"
        );
        assert_eq!(permits.get(&answered.leaf.entry.digest.unwrap()), Some(&1));
    }
    report.first_bad.is_some()
}

/// Reads the sealed bodies with the agency's own keys: one permit for each enquiry, no more.
fn each_enquiry_has_one_permit(site: &Site, book: &Book) {
    let store = site.open_store(POLICE);
    let mut permits: BTreeMap<String, u32> = BTreeMap::new();
    for index in 0..store.head().size {
        let leaf = Leaf::parse(&store.entry(index).unwrap()).unwrap();
        if leaf.entry.kind == EntryKind::Permit {
            let body: serde_json::Value =
                serde_json::from_slice(&store.body(index).unwrap()).unwrap();
            let id = body["answer"]["enquiry"].as_str().unwrap().to_owned();
            assert_eq!(body["answer"]["n"], 1);
            *permits.entry(id).or_default() += 1;
        }
    }
    let asked: BTreeMap<String, u32> = book
        .lock()
        .unwrap()
        .iter()
        .map(|asked| (asked.id.clone(), 1))
        .collect();
    assert_eq!(permits, asked);
}
