//! Years later: the oldest segments of an agency's journal go to an archive, by the program that
//! ships, and the agency goes on answering.

use std::fs;
use std::path::Path;

use harness::ask::{has_answered, raise, wait_for};
use harness::process::Site;
use stile_cli::demo::partnership::{AUDITOR, HUB, member};
use stile_cli::demo::world::{Kind, story};
use stile_ledger::{Entry, EntryKind};
use stile_model::id::CaseId;
use stile_store::{Batch, PendingEntry};

use crate::STILE;
use crate::security_events::watched;

const POLICE: &str = "riverside-police";
const PEOPLE: usize = 60;
/// Enough old entries for three segments of a mebibyte.
const OLD: u64 = 2_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn agency_whose_oldest_segments_were_archived_goes_on_and_its_ledger_verifies() {
    let mut site = Site::set_up(STILE, &[Kind::Police], PEOPLE).await;
    short_segments(&site);
    years_ago(&site).await;
    ask(&mut site, "MASH-2026-90001").await;
    let whole = site.verified(POLICE);
    let archive = site.dir().join("archive");
    let events = watched(&site, POLICE);

    let refused = archived(&site, "2999-01-01", &archive);
    assert!(refused.contains("yet to come"), "{refused}");
    let refused = archived(&site, "2019-01-01", &archive);
    assert!(refused.contains("no whole segment"), "{refused}");
    site.start(POLICE);
    let refused = archived(&site, "2025-01-01", &archive);
    assert!(refused.contains("stop it first"), "{refused}");
    site.stop(POLICE);
    let said = archived(&site, "2025-01-01", &archive);

    assert!(said.contains("archived 1"), "{said}");
    let told = fs::read_to_string(&events).unwrap();
    assert!(told.contains(r#""event":"archive""#), "{told}");
    assert!(verify(&site, None).contains("verified: "));
    assert!(verify(&site, Some(&archive)).contains("verified: "));
    fs::remove_dir_all(site.member_dir(POLICE).join("store/index")).unwrap();
    ask(&mut site, "MASH-2026-90002").await;
    site.start_all();
    auditor_is_told_of_the_archive(&site);
    sides_agree(&site);
    site.stop_all();
    let now = verify(&site, Some(&archive));
    assert!(now.contains("verified: "), "{now}");
    assert!(site.verified(POLICE).entries > whole.entries + 1);

    let mut segments: Vec<_> = fs::read_dir(&archive)
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "seg"))
        .collect();
    segments.sort();
    let mut bytes = fs::read(&segments[0]).unwrap();
    bytes[5_000] ^= 1;
    fs::write(&segments[0], bytes).unwrap();
    let tampered = verify(&site, Some(&archive));
    assert!(tampered.contains("NOT VERIFIED"), "{tampered}");
    assert!(verify(&site, None).contains("verified: "));
}

/// So that few entries fill several.
pub(crate) fn short_segments(site: &Site) {
    site.edit(&site.config(POLICE), |text| {
        text.replace("segment_mib = 16\n", "segment_mib = 1\n")
    });
}

/// Entries of 2020 in a store that no gateway has opened yet.
pub(crate) async fn years_ago(site: &Site) {
    let store = site.open_store(POLICE);
    for from in (0..OLD).step_by(500) {
        let entries = (from..from + 500).map(|number| PendingEntry {
            entry: Entry::new(
                EntryKind::SourceCheck,
                "2020-03-11T10:14:00Z".parse().unwrap(),
            ),
            body: format!("check {number}, {}", "x".repeat(1_000)).into(),
            case: None,
            subjects: Vec::new(),
        });
        let batch = Batch {
            entries: entries.collect(),
            ..Batch::default()
        };
        store.commit(batch).await.unwrap();
    }
}

/// One enquiry, asked and answered; the gateways run only for it.
async fn ask(site: &mut Site, case: &str) {
    let mut story = story();
    story.case = CaseId::new(case).unwrap();
    story.asks.retain(|kind, _| *kind == Kind::Police);
    assert_eq!(member(Kind::Police).unwrap().as_str(), POLICE);
    site.start_all();
    raise(&site.researcher(), &story).await;
    wait_for(&site.researcher(), &story, has_answered).await;
    site.stop_all();
    assert!(site.verified(HUB).is_sound());
}

/// What is not searched is said, and an entry that has gone is not taken for a failure to record.
fn auditor_is_told_of_the_archive(site: &Site) {
    let person = site.member_dir(POLICE).join("people").join(AUDITOR);
    let person = person.join("person.toml");
    let asked = |what: &[&str]| {
        let with = ["--person", person.to_str().unwrap(), "--reason", "audit"];
        said(site, &[&["ledger"], what, &with].concat())
    };

    let newest = asked(&["search", "--limit", "2"]);
    assert!(!newest.contains("archive, which"), "{newest}");
    let permits = asked(&["search", "--kind", "permit"]);
    assert!(
        permits.contains("archive, which was not searched"),
        "{permits}"
    );
    let permits = asked(&["search", "--kind", "permit", "--json"]);
    assert!(permits.contains("\"archived\": true"), "{permits}");
    let first = asked(&["show", "0"]);
    assert!(first.contains("archived"), "{first}");
}

/// Neither side takes for missing what only lies in an archive.
fn sides_agree(site: &Site) {
    let person = site.member_dir(HUB).join("people").join(AUDITOR);
    let person = person.join("person.toml");
    let person = person.to_str().unwrap();
    let outcome = said(site, &["ledger", "reconcile", "--person", person]);
    assert!(outcome.contains("both sides agree"), "{outcome}");
}

pub(crate) fn archived(site: &Site, before: &str, archive: &Path) -> String {
    let config = site.config(POLICE);
    said(
        site,
        &[
            "ledger",
            "archive",
            "--agency",
            config.to_str().unwrap(),
            "--before",
            before,
            "--to",
            archive.to_str().unwrap(),
        ],
    )
}

fn verify(site: &Site, archive: Option<&Path>) -> String {
    let home = site.member_dir(POLICE);
    let vkey = fs::read_to_string(home.join("ledger.vkey")).unwrap();
    let dir = home.join("store");
    let mut arguments = vec!["ledger", "verify", "--vkey", vkey.trim(), "--dir"];
    arguments.push(dir.to_str().unwrap());
    if let Some(archive) = archive {
        arguments.extend(["--archive", archive.to_str().unwrap()]);
    }
    said(site, &arguments)
}

fn said(site: &Site, arguments: &[&str]) -> String {
    let output = site.run(arguments);
    let text = [output.stdout, output.stderr].concat();
    String::from_utf8(text).unwrap()
}
