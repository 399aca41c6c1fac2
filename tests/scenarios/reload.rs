//! Another directory while a gateway answers: in force at once, recorded first, and nobody is cut off.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use harness::PATIENCE;
use harness::RawHub;
use harness::process::Site;
use stile_cli::demo::world::{Kind, Story, story};
use stile_exchange::clock::Clock;
use stile_ledger::{EntryKind, Leaf};
use stile_trust::directory::{Directory, Reach};
use stile_trust::signing::SigningKey;

use crate::STILE;

const POLICE: &str = "riverside-police";

/// The partnership's directory, and the key that signs it.
struct Signed {
    directory: Directory,
    operator: SigningKey,
}

impl Signed {
    fn of(site: &Site) -> Self {
        let operator = SigningKey::load(&site.dir().join("operator/operator.key")).unwrap();
        let text = fs::read_to_string(site.dir().join("directory.jws")).unwrap();
        let public = operator.verifying_key().clone();
        let now = Clock::system().now();
        let directory = Directory::verify(text.trim(), &public, 0, now).unwrap();
        Self {
            directory,
            operator,
        }
    }

    /// Puts a version in the place of the file and tells the police.
    fn put(&self, site: &Site, directory: &Directory) {
        let text = directory.sign(&self.operator).unwrap();
        put(site, &text);
    }
}

fn put(site: &Site, text: &str) {
    let (fresh, file) = (
        site.dir().join("directory.new"),
        site.dir().join("directory.jws"),
    );
    fs::write(&fresh, text).unwrap();
    fs::rename(&fresh, &file).unwrap();
    site.hang_up(POLICE);
}

fn police_story() -> Story {
    let mut story = story();
    story.asks.retain(|kind, _| *kind == Kind::Police);
    story
}

async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "{what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The status of one new question.
async fn ask(hub: &RawHub) -> u16 {
    let question = hub.sign(&hub.enquiry(Kind::Police, &police_story()));
    let reply = hub.post(Kind::Police, question.into_bytes()).await;
    reply.unwrap().status.as_u16()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agreement_that_is_taken_away_opens_nothing_any_more_and_the_change_is_on_record() {
    let mut site = Site::set_up(STILE, &[Kind::Police], 60).await;
    site.start(POLICE);
    let (hub, signed) = (site.raw_hub(), Signed::of(&site));
    assert!((200..300).contains(&ask(&hub).await));

    let mut without = signed.directory.clone();
    without.version += 1;
    without.agreements.clear();
    signed.put(&site, &without);
    until("the new directory is in use", || {
        site.log(POLICE).contains("another directory is in use")
    })
    .await;

    assert_eq!(ask(&hub).await, 403);
    for (spoiled, why) in [
        (
            signed.directory.sign(&signed.operator).unwrap(),
            "is lower than",
        ),
        (
            without.sign(&SigningKey::generate().unwrap()).unwrap(),
            "directory.jws",
        ),
        ("garbage".to_owned(), "directory.jws"),
    ] {
        let before = site.log(POLICE).matches("was not reloaded").count();
        put(&site, &spoiled);
        until("a directory that does not hold is refused", || {
            site.log(POLICE).matches("was not reloaded").count() > before
        })
        .await;
        assert!(site.log(POLICE).contains(why), "{why}");
    }
    assert_eq!(ask(&hub).await, 403, "the one before stays in use");
    site.stop(POLICE);
    let leaves = site.leaves(POLICE);
    let changes = leaves
        .iter()
        .filter(|leaf| Leaf::parse(leaf).unwrap().entry.kind == EntryKind::DirectoryChange);
    assert_eq!(
        changes.count(),
        2,
        "the first, and the one that came into use"
    );
    let older = signed.directory.sign(&signed.operator).unwrap();
    fs::write(site.dir().join("directory.jws"), older).unwrap();
    let said = site.refuses_to_start(POLICE);
    assert!(said.contains("directory.jws"), "{said}");
    assert!(said.contains("is lower than"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_directory_that_the_next_start_would_refuse_is_not_taken_and_the_one_before_still_starts()
{
    let mut site = Site::set_up(STILE, &[Kind::Police], 60).await;
    site.start(POLICE);
    let (hub, signed) = (site.raw_hub(), Signed::of(&site));
    let mut dials = signed.directory.clone();
    dials.version += 1;
    for member in &mut dials.members {
        if member.id.as_str() == POLICE {
            member.endpoint = Reach::DialsOut;
        }
    }

    signed.put(&site, &dials);
    until("a directory that does not fit is refused", || {
        site.log(POLICE).contains("was not reloaded")
    })
    .await;

    assert!(site.log(POLICE).contains("has no `[dial_out]`"));
    assert!((200..300).contains(&ask(&hub).await));
    site.stop(POLICE);
    let before = signed.directory.sign(&signed.operator).unwrap();
    fs::write(site.dir().join("directory.jws"), before).unwrap();
    site.start(POLICE);
    site.stop(POLICE);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_directories_under_load_fail_no_question() {
    const CHANGES: u64 = 20;
    let mut site = Site::set_up(STILE, &[Kind::Police], 60).await;
    site.edit(&site.config(POLICE), |text| {
        format!("{text}\n[answer]\nrelease_grid_ms = 0\nhourly_budget = 1000000\n")
    });
    site.start(POLICE);
    let (hub, signed) = (Arc::new(site.raw_hub()), Signed::of(&site));
    let (over, asked) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicU64::new(0)),
    );
    let askers: Vec<_> = (0..4)
        .map(|_| {
            let (hub, over, asked) = (Arc::clone(&hub), Arc::clone(&over), Arc::clone(&asked));
            tokio::spawn(async move {
                while !over.load(Ordering::SeqCst) {
                    let status = ask(&hub).await;
                    assert!((200..300).contains(&status), "{status}");
                    asked.fetch_add(1, Ordering::SeqCst);
                }
            })
        })
        .collect();

    for change in 1..=CHANGES {
        let mut next = signed.directory.clone();
        next.version += change;
        let before = asked.load(Ordering::SeqCst);
        signed.put(&site, &next);
        until("questions are answered under the new directory", || {
            let said = site
                .log(POLICE)
                .matches("another directory is in use")
                .count();
            said == usize::try_from(change).unwrap() && asked.load(Ordering::SeqCst) > before + 2
        })
        .await;
    }
    over.store(true, Ordering::SeqCst);
    for asker in askers {
        asker.await.unwrap();
    }
    site.stop(POLICE);
}
