//! The disaster drill: a machine is lost, its store comes back from a copy.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::{Duration, Instant};

use harness::PATIENCE;
use harness::ask::{has_answered, raise, wait_for};
use harness::process::Site;
use serde_json::json;
use stile_cli::demo::partnership::{HUB, OFFICER};
use stile_cli::demo::world::{Kind, Story, story};
use stile_cli::people::Desk;
use stile_exchange::witness::{Cause, Halt, Resumed};
use stile_model::id::CaseId;

use crate::STILE;
use crate::archive::{archived, short_segments, years_ago};
use crate::watch::{free_port, metrics, value, watched};

const POLICE: &str = "riverside-police";

fn police_story() -> Story {
    let mut story = story();
    story.asks.retain(|kind, _| *kind == Kind::Police);
    story
}

/// `stile backup WHAT` for the police.
fn backup(site: &Site, what: &[&str]) -> Output {
    let config = site.config(POLICE).display().to_string();
    let mut arguments = vec!["backup", what[0], "--agency", &config];
    arguments.extend(&what[1..]);
    site.run(&arguments)
}

fn text(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

fn well(site: &Site, what: &[&str]) -> String {
    let output = backup(site, what);
    assert!(output.status.success(), "{what:?}: {}", text(&output));
    text(&output)
}

fn refused(site: &Site, what: &[&str]) -> String {
    let output = backup(site, what);
    assert_eq!(output.status.code(), Some(1), "{what:?}: {}", text(&output));
    text(&output)
}

fn copy_of(site: &Site, name: &str) -> String {
    site.dir().join(name).display().to_string()
}

/// Takes the store away, as a burnt machine does.
fn lose(site: &Site) -> PathBuf {
    let store = site.member_dir(POLICE).join("store");
    let lost = site.dir().join("lost");
    fs::rename(&store, &lost).unwrap();
    lost
}

/// What the officer is shown of the halt, and then ends it with.
async fn resume(site: &Site, confirm: Option<&Halt>) -> Resumed {
    let people = site.member_dir(POLICE).join("people");
    let officer = Desk::open(&people.join(OFFICER).join("person.toml")).unwrap();
    let reason = "The drill of the year; no other member holds more";
    let order = match confirm {
        None => json!({ "reason": reason }),
        Some(halt) => json!({ "reason": reason, "confirm": halt.confirm }),
    };
    officer.post("/api/v1/ledger/resume", &order).await.unwrap()
}

/// The status of one question of the hub.
async fn status(site: &Site, question: &[u8]) -> u16 {
    let reply = site.raw_hub().post(Kind::Police, question.to_vec()).await;
    reply.unwrap().status.as_u16()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_made_while_it_answers_brings_back_every_answer_it_holds() {
    let mut site = Site::set_up(STILE, &[Kind::Police], 60).await;
    site.edit(&site.config(POLICE), |text| {
        format!("{text}\n[answer]\nrelease_grid_ms = 0\nhourly_budget = 1000000\n")
    });
    site.start(POLICE);
    let hub = site.raw_hub();
    let first = hub
        .sign(&hub.enquiry(Kind::Police, &police_story()))
        .into_bytes();
    let before = hub.post(Kind::Police, first.clone()).await.unwrap();
    assert!(before.status.is_success());
    let asking = {
        let hub = site.raw_hub();
        tokio::spawn(async move {
            for _ in 0..40 {
                let question = hub.sign(&hub.enquiry(Kind::Police, &police_story()));
                hub.post(Kind::Police, question.into_bytes()).await.unwrap();
            }
        })
    };
    let copy = copy_of(&site, "copy");
    well(&site, &["make", "--to", &copy]);
    asking.await.unwrap();
    site.stop(POLICE);

    lose(&site);
    well(&site, &["check", "--from", &copy]);
    let said = well(&site, &["restore", "--from", &copy]);

    assert!(said.contains("tell the partnership"), "{said}");
    assert!(site.verified(POLICE).is_sound());
    // No other member answers: nobody could say whether the copy is the newest there is.
    site.start(POLICE);
    assert_eq!(status(&site, &first).await, 503, "nothing is released");
    site.stop(POLICE);
    site.start(POLICE);
    assert_eq!(status(&site, &first).await, 503, "nor after a restart");
    let shown = resume(&site, None).await;
    assert!(
        matches!(shown.halt.cause, Cause::Restored { .. }) && !shown.ended,
        "{shown:?}"
    );
    assert!(resume(&site, Some(&shown.halt)).await.ended);
    let again = site.raw_hub().post(Kind::Police, first).await.unwrap();
    assert!(again.status.is_success());
    // Signed anew, and with a receipt of the ledger as it is now; what it says is what it said then.
    let returned = |body: &[u8]| {
        let envelope: serde_json::Value = serde_json::from_slice(body).unwrap();
        let signed = envelope["return"].as_str().unwrap();
        signed.split('.').nth(1).unwrap().to_owned()
    };
    assert_eq!(returned(&again.body), returned(&before.body));
    site.stop(POLICE);
    assert!(site.verified(POLICE).is_sound());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_copy_releases_nothing_until_an_officer_orders_it() {
    let mut site = Site::set_up(STILE, &[Kind::Police], 60).await;
    let port = watched(&site, POLICE, free_port(), "");
    site.start_all();
    let copy = copy_of(&site, "copy");
    well(&site, &["make", "--to", &copy]);
    let later = police_story();
    let desk = site.researcher();
    raise(&desk, &later).await;
    wait_for(&desk, &later, has_answered).await;
    let begun = Instant::now();
    loop {
        let page = metrics(port);
        let (all, seen) = (
            "stile_ledger_entries_total",
            "stile_ledger_witnessed_entries",
        );
        if value(&page, all) == value(&page, seen) {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "the hub does not cosign");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    site.stop(POLICE);

    lose(&site);
    well(&site, &["restore", "--from", &copy]);
    site.start(POLICE);

    let begun = Instant::now();
    while value(&metrics(port), "stile_ledger_halted") == 0 {
        assert!(
            begun.elapsed() < PATIENCE,
            "nobody notices that the ledger went back"
        );
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let hub = site.raw_hub();
    let mut new = police_story();
    new.case = CaseId::new("RV-2026-9999").unwrap();
    let question = hub.sign(&hub.enquiry(Kind::Police, &new));
    let reply = hub.post(Kind::Police, question.into_bytes()).await.unwrap();
    assert_eq!(reply.status.as_u16(), 503, "nothing is released");
    site.stop(POLICE);
    site.stop(HUB);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_whose_restoring_was_broken_off_releases_nothing_either() {
    let mut site = Site::set_up(STILE, &[Kind::Police], 60).await;
    site.start(POLICE);
    site.stop(POLICE);
    let copy = copy_of(&site, "copy");
    well(&site, &["make", "--to", &copy]);
    lose(&site);
    // The folder that is copied after the journal cannot be made.
    fs::create_dir_all(Path::new(&copy).join("archived")).unwrap();
    let store = site.member_dir(POLICE).join("store");
    fs::create_dir(&store).unwrap();
    fs::write(store.join("archived"), "in the way").unwrap();

    refused(&site, &["restore", "--from", &copy]);

    assert!(store.join("journal").is_dir(), "it was broken off later");
    fs::remove_file(store.join("archived")).unwrap();
    site.start(POLICE);
    let hub = site.raw_hub();
    let question = hub.sign(&hub.enquiry(Kind::Police, &police_story()));
    assert_eq!(status(&site, question.as_bytes()).await, 503);
    let halt = resume(&site, None).await.halt;
    assert!(resume(&site, Some(&halt)).await.ended);
    assert!((200..300).contains(&status(&site, question.as_bytes()).await));
    site.stop(POLICE);
}

/// The status of a new question of the hub.
async fn asked(site: &Site, case: &str) -> u16 {
    let mut story = police_story();
    story.case = CaseId::new(case).unwrap();
    let hub = site.raw_hub();
    let question = hub.sign(&hub.enquiry(Kind::Police, &story));
    status(site, question.as_bytes()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_of_a_store_whose_oldest_part_was_archived_brings_the_rest_back() {
    let mut site = Site::set_up(STILE, &[Kind::Police], 60).await;
    short_segments(&site);
    years_ago(&site).await;
    let said = archived(&site, "2025-01-01", &site.dir().join("archive"));
    assert!(said.contains("archived 1"), "{said}");
    site.start(POLICE);
    assert_eq!(asked(&site, "RV-2026-9001").await, 200);
    site.stop(POLICE);
    // An archiving that was broken off leaves this; no copy needs it.
    let unfinished = site.member_dir(POLICE).join("store/archived/new");
    fs::create_dir_all(&unfinished).unwrap();
    let whole = site.verified(POLICE);

    let copy = copy_of(&site, "copy");
    well(&site, &["make", "--to", &copy]);
    lose(&site);
    well(&site, &["check", "--from", &copy]);
    well(&site, &["restore", "--from", &copy]);

    assert!(!Path::new(&copy).join("archived/new").exists());
    let back = site.verified(POLICE);
    assert!(back.is_sound());
    assert_eq!((back.entries, back.root), (whole.entries, whole.root));
    site.start(POLICE);
    let halt = resume(&site, None).await.halt;
    assert!(resume(&site, Some(&halt)).await.ended);
    assert_eq!(asked(&site, "RV-2026-9002").await, 200);
    site.stop(POLICE);
    assert!(site.verified(POLICE).is_sound());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_takes_the_place_of_a_damaged_journal_whose_newer_index_was_left() {
    let mut site = Site::set_up(STILE, &[Kind::Police], 60).await;
    site.start(POLICE);
    let copy = copy_of(&site, "copy");
    well(&site, &["make", "--to", &copy]);
    assert!((200..300).contains(&asked(&site, "RV-2026-9003").await));
    let store = site.member_dir(POLICE).join("store");
    let (journal, aside) = (store.join("journal"), store.join("journal.bad"));

    // It goes on with the files that it has open.
    fs::rename(&journal, &aside).unwrap();
    let runs = refused(&site, &["restore", "--from", &copy]);
    fs::rename(&aside, &journal).unwrap();
    site.stop(POLICE);

    assert!(runs.contains("in use by another process"), "{runs}");
    fs::rename(&journal, &aside).unwrap();
    fs::create_dir_all(store.join("archived")).unwrap();

    let left = refused(&site, &["restore", "--from", &copy]);

    assert!(left.contains("`archived`") && left.contains("the whole folder"));
    assert!(!store.join("journal").exists(), "nothing was written");
    assert!(store.join("index").is_dir(), "and nothing taken away");
    fs::remove_dir(store.join("archived")).unwrap();
    let said = well(&site, &["restore", "--from", &copy]);
    assert!(said.contains("rules, holds, accounts"), "{said}");
    site.start(POLICE);
    assert_eq!(asked(&site, "RV-2026-9004").await, 503, "it starts, halted");
    site.stop(POLICE);
    assert!(site.verified(POLICE).is_sound());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_that_ends_in_an_unfinished_write_is_good_up_to_there() {
    let mut site = Site::set_up(STILE, &[Kind::Police], 60).await;
    site.start(POLICE);
    site.stop(POLICE);
    let segment = site.segments(POLICE).pop().unwrap();
    let mut bytes = fs::read(&segment).unwrap();
    let end = bytes.iter().rposition(|byte| *byte != 0).unwrap() + 1;
    bytes[end - 40..].fill(0);
    fs::write(&segment, bytes).unwrap();
    assert!(site.verified(POLICE).first_bad.unwrap().unfinished);

    let copy = copy_of(&site, "copy");
    well(&site, &["make", "--to", &copy]);
    lose(&site);
    well(&site, &["check", "--from", &copy]);
    well(&site, &["restore", "--from", &copy]);

    site.start(POLICE);
    site.stop(POLICE);
    assert!(site.verified(POLICE).is_sound());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_that_could_not_be_made_is_not_in_the_way_of_the_next() {
    let mut site = Site::set_up(STILE, &[Kind::Police], 60).await;
    site.start(POLICE);
    site.stop(POLICE);
    let journal = site.member_dir(POLICE).join("store/journal");
    let segment = fs::read_dir(&journal).unwrap().next().unwrap().unwrap();
    let good = fs::read(segment.path()).unwrap();
    let copy = copy_of(&site, "copy");
    let mut spoiled = good.clone();
    let at = spoiled.iter().rposition(|byte| *byte != 0).unwrap() / 2;
    spoiled[at] ^= 1;

    fs::write(segment.path(), &spoiled).unwrap();
    refused(&site, &["make", "--to", &copy]);

    assert!(!Path::new(&copy).exists(), "half a copy is left");
    fs::write(segment.path(), &good).unwrap();
    well(&site, &["make", "--to", &copy]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_that_is_spoiled_unfinished_or_anothers_is_refused_and_nothing_is_written_over() {
    let mut site = Site::set_up(STILE, &[Kind::Police, Kind::Health], 60).await;
    site.start(POLICE);
    site.stop(POLICE);
    let copy = copy_of(&site, "copy");
    well(&site, &["make", "--to", &copy]);
    let in_place = refused(&site, &["restore", "--from", &copy]);
    assert!(in_place.contains("there is a journal"), "{in_place}");
    let twice = refused(&site, &["make", "--to", &copy]);
    assert!(twice.contains("exists"), "{twice}");
    let within = site
        .member_dir(POLICE)
        .join("store/copy")
        .display()
        .to_string();
    let within = refused(&site, &["make", "--to", &within]);
    assert!(within.contains("does not lie in the store"), "{within}");
    let store = site.member_dir(POLICE).join("store");
    std::os::unix::fs::symlink(&store, site.dir().join("elsewhere")).unwrap();
    for way in ["elsewhere/copy", "lost/../elsewhere/journal/copy"] {
        fs::create_dir_all(site.dir().join("lost")).unwrap();
        let by_link = refused(&site, &["make", "--to", &copy_of(&site, way)]);
        assert!(by_link.contains("does not lie in the store"), "{by_link}");
    }
    fs::remove_dir(site.dir().join("lost")).unwrap();
    assert!(!store.join("copy").exists());
    lose(&site);

    let health = site.config("riverside-health").display().to_string();
    let others = site.run(&["backup", "restore", "--agency", &health, "--from", &copy]);
    assert!(
        text(&others).contains("is another store's"),
        "{}",
        text(&others)
    );
    let about = Path::new(&copy).join("backup.toml");
    let said = fs::read_to_string(&about).unwrap();
    fs::remove_file(&about).unwrap();
    let unfinished = refused(&site, &["restore", "--from", &copy]);
    assert!(unfinished.contains("backup.toml"), "{unfinished}");
    fs::write(&about, &said).unwrap();
    let segment = fs::read_dir(Path::new(&copy).join("journal"))
        .unwrap()
        .next();
    let segment = segment.unwrap().unwrap().path();
    let good = fs::read(&segment).unwrap();
    let mut spoiled = good.clone();
    let at = spoiled.iter().rposition(|byte| *byte != 0).unwrap() / 2;
    spoiled[at] ^= 1;
    fs::write(&segment, &spoiled).unwrap();
    refused(&site, &["check", "--from", &copy]);
    refused(&site, &["restore", "--from", &copy]);
    assert!(
        !site.member_dir(POLICE).join("store").exists(),
        "nothing was written"
    );

    fs::write(&segment, &good).unwrap();
    well(&site, &["restore", "--from", &copy]);
    site.start(POLICE);
    site.stop(POLICE);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_that_the_epoch_key_does_not_open_is_not_called_good() {
    let mut site = Site::set_up(STILE, &[Kind::Police], 60).await;
    site.start(POLICE);
    site.stop(POLICE);
    let copy = copy_of(&site, "copy");
    well(&site, &["make", "--to", &copy]);
    let key = site.member_dir(POLICE).join("epoch.key");
    let own = fs::read(&key).unwrap();
    lose(&site);

    fs::remove_file(&key).unwrap();
    for what in ["check", "restore"] {
        let gone = refused(&site, &[what, "--from", &copy]);
        assert!(gone.contains("epoch.key"), "{gone}");
    }
    fs::write(&key, [7; 32]).unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    for what in ["check", "restore"] {
        let another = refused(&site, &[what, "--from", &copy]);
        assert!(another.contains("does not open it"), "{another}");
    }
    assert!(!site.member_dir(POLICE).join("store").exists());

    fs::write(&key, own).unwrap();
    well(&site, &["check", "--from", &copy]);
}
