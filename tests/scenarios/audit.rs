//! Who may ask the ledger what: every answer is on record first, a person is told what was disclosed
//! about them and nothing about anybody else, and a pack of a case proves itself to two verifiers.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use clap::Parser;
use harness::ledger::count;
use harness::papers::{self, identity};
use harness::{Caller, Door, Lab, Matter, problem, tale};
use hyper::{Method, StatusCode};
use serde_json::{Value, json};
use stile_cli::args::Args;
use stile_cli::demo::SEED;
use stile_cli::demo::partnership::{APPROVER, AUDITOR, HUB, RESEARCHER, member};
use stile_cli::demo::world::{Kind, World};
use stile_exchange::agency::routes::TaskList;
use stile_exchange::agency::{TaskSubject, Verdict};
use stile_exchange::audit::{Account, EntryLine, ExportPage, GROUNDS, Page, Proof, REASONS, Shown};
use stile_exchange::clock::Clock;
use stile_exchange::retention::Proposal;
use stile_ledger::pack::{self, Body, File, archive};
use stile_ledger::{CosignerKey, EntryKind, KeyName, Vkey, proof::Receipt};
use stile_model::id::MemberId;
use stile_model::subject::Born;
use stile_trust::identity::Role;

const PEOPLE: usize = 50;
const CASE: &str = "MASH-2026-20001";
const OTHER: &str = "MASH-2026-20002";
const ASKED: &[&str] = &["police.conviction", "police.domestic_incident"];

fn police() -> MemberId {
    member(Kind::Police).unwrap()
}

fn hub() -> MemberId {
    MemberId::new(HUB).unwrap()
}

/// A lab in which the police have answered about one case, and about another for other people.
async fn asked() -> Lab {
    let lab = Lab::start(&[Kind::Police], PEOPLE).await;
    let desk = lab.person(&hub(), RESEARCHER);
    for (story, number) in [("red", CASE), ("threshold", OTHER)] {
        let matter = Matter::of(&tale(story), number);
        matter.raise(&desk, &[(Kind::Police, ASKED)]).await;
        matter.settled(&desk).await;
    }
    lab
}

async fn post<T: serde::de::DeserializeOwned>(desk: &Caller, path: &str, ask: &Value) -> T {
    let reply = desk.post(path, ask).await.unwrap();
    let text = String::from_utf8_lossy(&reply.body);
    assert_eq!(reply.status, StatusCode::OK, "{path}: {text}");
    serde_json::from_slice(&reply.body).unwrap()
}

async fn search(desk: &Caller, filter: Value) -> Page {
    let ask = json!({ "reason": "audit", "filter": filter, "limit": 100 });
    post(desk, "/api/v1/ledger/search", &ask).await
}

/// What a search says of a person of a story, as their papers do.
fn papers_of_first(story: &str) -> Value {
    papers_of(story, 0)
}

/// The papers of the person at this place in a story.
fn papers_of(story: &str, place: usize) -> Value {
    let subject = tale(story).subjects.remove(place);
    let Some(Born::Exact(born)) = subject.born else {
        panic!("the story's first person has a date of birth");
    };
    let name = &subject.names[0];
    json!({
        "forenames": name.forenames.reveal(),
        "surname": name.surname.reveal(),
        "born": born,
    })
}

fn kinds(page: &Page) -> Vec<String> {
    page.entries
        .iter()
        .map(|line| line.kind.to_string())
        .collect()
}

fn reads(lab: &Lab, at: &MemberId) -> usize {
    count(&lab.entries(at), EntryKind::AccessToLog)
}

#[tokio::test(flavor = "multi_thread")]
async fn finds_by_case_person_officer_rule_kind_and_member_and_records_every_reading() {
    let mut lab = asked().await;
    let desk = lab.person(&police(), AUDITOR);
    let before = reads(&lab, &police());

    let by_case = search(&desk, json!({ "case": CASE })).await;
    let by_person = search(&desk, json!({ "person": papers_of_first("red") })).await;
    let by_other = search(
        &desk,
        json!({ "person": papers_of_first("threshold"), "kinds": ["permit"] }),
    )
    .await;
    let by_kind = search(&desk, json!({ "kinds": ["permit"] })).await;

    assert!(
        kinds(&by_case).contains(&"permit".to_owned()),
        "{by_case:?}"
    );
    assert!(by_case.entries.iter().all(|line| line.case.is_some()));
    assert!(kinds(&by_person).contains(&"permit".to_owned()));
    assert_eq!(by_kind.entries.len(), 2);
    assert_eq!(by_other.entries.len(), 1);
    let permit = |page: &Page| {
        page.entries
            .iter()
            .find(|line| line.kind.as_str() == "permit")
            .unwrap()
            .index
    };
    assert_eq!(permit(&by_person), permit(&by_case));
    assert_ne!(permit(&by_other), permit(&by_case));

    let by_member = search(&desk, json!({ "member": HUB, "kinds": ["permit"] })).await;
    assert_eq!(by_member.entries.len(), 2);
    let line: &EntryLine = &by_kind.entries[0];
    let by_rule = search(&desk, json!({ "rule": line.rules[0], "kinds": ["permit"] })).await;
    assert!(
        by_rule
            .entries
            .iter()
            .any(|found| found.index == line.index)
    );
    let own = search(
        &desk,
        json!({ "officer": AUDITOR, "kinds": ["access_to_log"] }),
    )
    .await;
    assert_eq!(own.entries.len(), 6, "{own:?}");
    assert!(
        own.entries
            .iter()
            .all(|line| line.officer.as_ref().unwrap().as_str() == AUDITOR)
    );

    assert_eq!(reads(&lab, &police()), before + 7);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_go_on_where_the_one_before_ended_and_lose_nothing() {
    let mut lab = asked().await;
    let desk = lab.person(&hub(), AUDITOR);
    let whole = search(&desk, json!({})).await;

    let (mut indexes, mut before) = (Vec::new(), Some(whole.size));
    while let Some(from) = before {
        let ask = json!({ "reason": "audit", "before": from, "limit": 3 });
        let page: Page = post(&desk, "/api/v1/ledger/search", &ask).await;
        indexes.extend(page.entries.iter().map(|line| line.index));
        before = page.next;
    }

    let all: Vec<u64> = (0..whole.size).rev().collect();
    assert_eq!(indexes, all);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_everybody_without_the_role_and_a_reading_without_a_known_reason() {
    let mut lab = asked().await;
    let ask = json!({ "reason": "audit", "filter": { "case": CASE } });
    let before = (reads(&lab, &police()), reads(&lab, &hub()));
    for (at, who) in [(police(), APPROVER), (hub(), RESEARCHER)] {
        let desk = lab.person(&at, who);
        for path in ["search", "entries/0/show", "entries/0/proof"] {
            let body = if path == "search" {
                ask.clone()
            } else {
                json!({ "reason": "audit" })
            };
            let reply = desk
                .post(&format!("/api/v1/ledger/{path}"), &body)
                .await
                .unwrap();
            assert_eq!(problem(&reply).code(), "role_missing", "{path}");
        }
        let pack = json!({ "reason": "audit", "case": CASE });
        let reply = desk.post("/api/v1/ledger/pack", &pack).await.unwrap();
        assert_eq!(problem(&reply).code(), "role_missing");
        let person = json!({ "reason": "audit", "person": papers_of_first("red") });
        let reply = desk.post("/api/v1/ledger/subject", &person).await.unwrap();
        assert_eq!(problem(&reply).code(), "role_missing");
        let defer = json!({ "ground": "crime" });
        let reply = desk
            .post("/api/v1/ledger/entries/0/deferral", &defer)
            .await
            .unwrap();
        assert_eq!(problem(&reply).code(), "role_missing");
    }

    let desk = lab.person(&police(), AUDITOR);
    for (body, code) in [
        (json!({ "reason": "curiosity" }), "unknown_reason"),
        (json!({ "filter": {} }), "malformed"),
        (json!({ "reason": "audit", "limit": 0 }), "out_of_bounds"),
        (
            json!({ "reason": "audit", "filter": { "kinds": ["secret"] } }),
            "unknown_kind",
        ),
        (
            json!({ "reason": "audit", "filter": { "person": {} } }),
            "person_missing",
        ),
        (
            json!({ "reason": "audit", "filter": { "person": { "surname": "Testwood" } } }),
            "person_missing",
        ),
        (
            json!({ "reason": "audit", "filter": { "person": { "nhs_number": "9434765918" } } }),
            "person_missing",
        ),
    ] {
        let reply = desk.post("/api/v1/ledger/search", &body).await.unwrap();
        assert_eq!(problem(&reply).code(), code, "{body}");
    }
    let show = json!({ "reason": "audit" });
    let reply = desk
        .post("/api/v1/ledger/entries/999999/show", &show)
        .await
        .unwrap();
    assert_eq!(problem(&reply).code(), "unknown_entry");
    assert_eq!(before, (reads(&lab, &police()), reads(&lab, &hub())));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn shows_an_entry_opens_its_body_only_when_asked_and_proves_it() {
    let mut lab = asked().await;
    let desk = lab.person(&police(), AUDITOR);
    let index = search(&desk, json!({ "case": CASE, "kinds": ["permit"] }))
        .await
        .entries[0]
        .index;
    let at = format!("/api/v1/ledger/entries/{index}");

    let closed: Shown = post(&desk, &format!("{at}/show"), &json!({ "reason": "audit" })).await;
    let open = json!({ "reason": "complaint", "open": true });
    let opened: Shown = post(&desk, &format!("{at}/show"), &open).await;
    let proof: Proof = post(
        &desk,
        &format!("{at}/proof"),
        &json!({ "reason": "audit", "earlier": 1 }),
    )
    .await;

    assert_eq!(
        (closed.body_state.as_str(), closed.body.is_some()),
        ("not_asked", false)
    );
    assert_eq!(opened.body_state.as_str(), "shown");
    assert!(opened.body.unwrap().reveal().contains("\"answer\""));
    let newest = search(&desk, json!({ "kinds": ["access_to_log"] })).await;
    let reading = newest
        .entries
        .iter()
        .find(|line| {
            line.concerns == Some(index) && line.reason.as_ref().unwrap().as_str() == "complaint"
        })
        .unwrap();
    assert!(
        reading
            .counts
            .iter()
            .any(|(code, n)| code.as_str() == "bodies" && *n == 1)
    );
    let vkey: Vkey = vkey(&lab, &police());
    let receipt = Receipt::parse(&proof.receipt).unwrap();
    let head = receipt.verify(opened.leaf.as_bytes(), &vkey).unwrap();
    assert!(head.size > index && !proof.consistency.is_empty());
    let late = json!({ "reason": "audit", "earlier": 1_000_000 });
    let reply = desk.post(&format!("{at}/proof"), &late).await.unwrap();
    assert_eq!(problem(&reply).code(), "earlier_too_large");
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn exports_every_entry_once_in_both_forms() {
    let mut lab = asked().await;
    let desk = lab.person(&hub(), AUDITOR);
    for format in ["csv", "jsonl"] {
        let (mut text, mut before, mut entries) = (String::new(), None::<u64>, 0);
        loop {
            let ask = json!({ "reason": "audit", "format": format, "before": before, "limit": 4 });
            let page: ExportPage = post(&desk, "/api/v1/ledger/export", &ask).await;
            text.push_str(&page.text);
            entries += page.entries;
            before = page.next;
            if before.is_none() {
                break;
            }
        }
        let header = usize::from(format == "csv");
        assert_eq!(text.lines().count(), entries + header, "{format}");
        assert_eq!(text.matches("index,time").count(), header);
        assert!(text.contains("case_opened") && text.contains("return_received"));
    }
    lab.stop().await;
}

/// The account of the person of the red case about whom something was released.
async fn account(desk: &Caller) -> Account {
    let ask = json!({ "reason": "access_request", "person": papers_of("red", 4) });
    post(desk, "/api/v1/ledger/subject", &ask).await
}

#[tokio::test(flavor = "multi_thread")]
async fn tells_a_person_what_was_disclosed_and_the_same_words_whether_or_not_something_is_left_out()
{
    let mut lab = asked().await;
    let desk = lab.person(&police(), AUDITOR);

    let whole = account(&desk).await;
    assert_eq!(whole.disclosures.len(), 1, "{whole:?}");
    let told = &whole.disclosures[0];
    assert!(told.in_letter && !told.categories.is_empty());
    let letter = whole.letter.reveal();
    assert!(letter.contains("Riverside Multi-Agency Safeguarding Hub"));
    assert!(letter.contains(&told.categories[0].title));
    // Neither the other people of the case, nor staff, nor the case.
    for subject in &tale("red").subjects {
        for name in &subject.names {
            assert!(!letter.contains(name.surname.reveal().as_str()));
        }
    }
    for word in [CASE, APPROVER, AUDITOR, RESEARCHER] {
        assert!(!letter.contains(word), "{word}");
    }

    // Of the child nothing was released.
    let child = json!({ "reason": "access_request", "person": papers_of_first("red") });
    let child: Account = post(&desk, "/api/v1/ledger/subject", &child).await;
    assert!(
        child
            .disclosures
            .iter()
            .all(|one| one.categories.is_empty() && !one.in_letter)
    );

    // Nobody of this name was ever asked about.
    let stranger = json!({ "reason": "access_request", "person":
        { "forenames": "Nobody", "surname": "Atall", "born": "1999-01-01" } });
    let nothing: Account = post(&desk, "/api/v1/ledger/subject", &stranger).await;
    assert!(nothing.disclosures.is_empty());

    let until = lab.time.clock().now().plus_s(2 * 86_400).date();
    let at = format!("/api/v1/ledger/entries/{}/deferral", told.index);
    let _: Value = post(&desk, &at, &json!({ "ground": "crime", "until": until })).await;
    let deferred = account(&desk).await;
    assert!(
        !deferred.disclosures[0].in_letter,
        "the officer still sees it"
    );
    assert_eq!(
        deferred.letter, nothing.letter,
        "a letter tells that something is left out"
    );

    let _: Value = post(&desk, &at, &json!({ "ground": "crime" })).await;
    assert_eq!(account(&desk).await.letter, whole.letter);
    let _: Value = post(&desk, &at, &json!({ "ground": "crime", "until": until })).await;
    lab.time.advance_s(3 * 86_400);
    assert!(
        account(&desk).await.disclosures[0].in_letter,
        "a deferral ends by itself"
    );
    assert_eq!(count(&lab.entries(&police()), EntryKind::Deferral), 3);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_a_deferral_of_anything_else_on_any_other_ground_or_for_too_long() {
    let mut lab = asked().await;
    let desk = lab.person(&hub(), AUDITOR);
    let now = lab.time.clock().now();
    let sent = search(&desk, json!({ "kinds": ["enquiry_sent"] }))
        .await
        .entries[0]
        .index;
    let day = |days: i64| now.plus_s(days * 86_400).date();
    for (index, ask, code) in [
        (
            0,
            json!({ "ground": "crime", "until": day(1) }),
            "not_a_disclosure",
        ),
        (
            sent,
            json!({ "ground": "inconvenient", "until": day(1) }),
            "unknown_ground",
        ),
        (
            sent,
            json!({ "ground": "crime", "until": day(400) }),
            "out_of_bounds",
        ),
        (
            sent,
            json!({ "ground": "crime", "until": day(-2) }),
            "out_of_bounds",
        ),
        (
            999_999,
            json!({ "ground": "crime", "until": day(1) }),
            "unknown_entry",
        ),
    ] {
        let path = format!("/api/v1/ledger/entries/{index}/deferral");
        let reply = desk.post(&path, &ask).await.unwrap();
        assert_eq!(problem(&reply).code(), code, "{ask}");
    }
    assert_eq!(count(&lab.entries(&hub()), EntryKind::Deferral), 0);
    lab.stop().await;
}

fn vkey(lab: &Lab, at: &MemberId) -> Vkey {
    let file = lab.dir().join(at.as_str()).join("ledger.vkey");
    fs::read_to_string(file).unwrap().trim().parse().unwrap()
}

async fn packed(desk: &Caller, ask: &Value) -> Vec<u8> {
    let reply = desk.post("/api/v1/ledger/pack", ask).await.unwrap();
    assert_eq!(reply.status, StatusCode::OK, "{:?}", reply.body);
    reply.body.to_vec()
}

/// What Python's verifier says of an archive; it is the program's own copy, not the pack's.
fn python(folder: &Path, bytes: &[u8], vkey: &Vkey) -> Output {
    let (program, file) = (folder.join("verify.py"), folder.join("pack.zip"));
    fs::write(&program, pack::VERIFIER).unwrap();
    fs::write(&file, bytes).unwrap();
    let mut command = Command::new("python3");
    command
        .arg(program)
        .arg(file)
        .arg("--vkey")
        .arg(vkey.to_string());
    command.output().unwrap()
}

/// What the gateway's own program says of an archive.
fn stile(folder: &Path, bytes: &[u8], vkey: &Vkey) -> Output {
    let file = folder.join("pack.zip");
    fs::write(&file, bytes).unwrap();
    let mut command = Command::new(crate::STILE);
    command.args(["ledger", "verify", "--pack"]).arg(file);
    command
        .arg("--vkey")
        .arg(vkey.to_string())
        .output()
        .unwrap()
}

fn both_reject(folder: &Path, bytes: &[u8], vkey: &Vkey, what: &str) {
    for (name, said) in [
        ("python", python(folder, bytes, vkey)),
        ("stile", stile(folder, bytes, vkey)),
    ] {
        let text = String::from_utf8_lossy(&said.stdout).into_owned();
        assert_eq!(said.status.code(), Some(1), "{name} accepts {what}: {text}");
        assert!(
            text.starts_with("NOT VERIFIED"),
            "{name}, {what}: {text}{}",
            String::from_utf8_lossy(&said.stderr)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pack_is_accepted_by_both_verifiers_and_any_change_is_rejected_by_both() {
    let mut lab = asked().await;
    let folder = tempfile::tempdir().unwrap();
    let (desk, vkey) = (lab.person(&police(), AUDITOR), vkey(&lab, &police()));
    let at = "/api/v1/ledger/entries/0/proof";
    let kept: Proof = post(&desk, at, &json!({ "reason": "audit" })).await;
    let kept = Receipt::parse(&kept.receipt).unwrap().checkpoint;
    // So that the ledger has grown since.
    search(&desk, json!({ "case": CASE })).await;
    let ask = json!({ "reason": "inspection", "case": CASE, "earlier": [kept] });

    let bytes = packed(&desk, &ask).await;

    for said in [
        python(folder.path(), &bytes, &vkey),
        stile(folder.path(), &bytes, &vkey),
    ] {
        let text = String::from_utf8_lossy(&said.stdout).into_owned();
        assert!(
            said.status.success(),
            "{text}{}",
            String::from_utf8_lossy(&said.stderr)
        );
        assert!(
            text.starts_with(&format!("verified: case {CASE}, ")),
            "{text}"
        );
    }
    let good = archive::read(&bytes).unwrap();
    let verified = pack::verify(&good, &vkey).unwrap();
    assert_eq!(verified.manifest.continuity.len(), 1);
    assert!(
        verified
            .leaves
            .iter()
            .any(|(_, leaf)| leaf.entry.kind == EntryKind::Permit)
    );
    let summary = good
        .iter()
        .find(|file| file.name == "summary.html")
        .unwrap();
    let summary = String::from_utf8(summary.bytes.clone()).unwrap();
    for part in ["Asked for", "Released of s5", "Withheld of", "under "] {
        assert!(summary.contains(part), "{part}: {summary}");
    }
    for surname in tale("red").subjects.iter().flat_map(|one| &one.names) {
        assert!(!summary.contains(surname.surname.reveal().as_str()));
    }

    for place in 0..good.len() {
        let mut changed = good.clone();
        let middle = changed[place].bytes.len() / 2;
        changed[place].bytes[middle] ^= 1;
        let mut missing = good.clone();
        let name = missing.remove(place).name;
        let changed = archive::write(&changed).unwrap();
        both_reject(folder.path(), &changed, &vkey, &format!("a changed {name}"));
        let missing = archive::write(&missing).unwrap();
        both_reject(folder.path(), &missing, &vkey, &format!("no {name}"));
    }
    let with = |change: &dyn Fn(&mut Vec<File>)| {
        let mut files = good.clone();
        change(&mut files);
        archive::write(&files).unwrap()
    };
    let leaves: Vec<_> = (0..good.len())
        .filter(|at| good[*at].name.ends_with("leaf.json"))
        .collect();
    let swapped = with(&|files| {
        let (one, two) = (
            files[leaves[0]].bytes.clone(),
            files[leaves[1]].bytes.clone(),
        );
        files[leaves[0]].bytes = two;
        files[leaves[1]].bytes = one;
    });
    both_reject(folder.path(), &swapped, &vkey, "two entries swapped");
    let reordered = with(&|files| files.swap(leaves[0], leaves[1]));
    both_reject(folder.path(), &reordered, &vkey, "files in another order");
    let added = with(&|files| files.push(File::of("entries/extra", "x")));
    both_reject(folder.path(), &added, &vkey, "a file more");
    let twice = with(&|files| files.push(files[2].clone()));
    both_reject(folder.path(), &twice, &vkey, "a file twice");
    both_reject(
        folder.path(),
        &bytes[..bytes.len() - 1],
        &vkey,
        "a byte less",
    );
    both_reject(
        folder.path(),
        &[&bytes[..], b"x"].concat(),
        &vkey,
        "a byte more",
    );
    let other = self::vkey(&lab, &hub());
    both_reject(folder.path(), &bytes, &other, "another ledger's key");
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pack_without_bodies_proves_the_same_entries_and_holds_no_name() {
    let mut lab = asked().await;
    let folder = tempfile::tempdir().unwrap();
    let (desk, vkey) = (lab.person(&hub(), AUDITOR), vkey(&lab, &hub()));

    let ask = json!({ "reason": "inspection", "case": CASE, "without_bodies": true });
    let bytes = packed(&desk, &ask).await;

    assert!(python(folder.path(), &bytes, &vkey).status.success());
    assert!(stile(folder.path(), &bytes, &vkey).status.success());
    let text = String::from_utf8_lossy(&bytes).into_owned();
    assert!(text.contains("left_out"));
    for subject in &tale("red").subjects {
        for name in &subject.names {
            assert!(!text.contains(name.surname.reveal().as_str()));
        }
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_a_pack_of_no_case_and_heads_that_are_not_its_own() {
    let mut lab = asked().await;
    let desk = lab.person(&police(), AUDITOR);
    let theirs: Proof = post(
        &lab.person(&hub(), AUDITOR),
        "/api/v1/ledger/entries/0/proof",
        &json!({ "reason": "audit" }),
    )
    .await;
    let theirs = Receipt::parse(&theirs.receipt).unwrap().checkpoint;
    let before = reads(&lab, &police());
    for (ask, code) in [
        (
            json!({ "reason": "audit", "case": "MASH-2026-99999" }),
            "unknown_case",
        ),
        (
            json!({ "reason": "audit", "case": CASE, "earlier": [theirs] }),
            "earlier_not_ours",
        ),
        (
            json!({ "reason": "audit", "case": CASE, "earlier": ["nothing"] }),
            "earlier_not_ours",
        ),
        (json!({ "reason": "fun", "case": CASE }), "unknown_reason"),
    ] {
        let reply = desk.post("/api/v1/ledger/pack", &ask).await.unwrap();
        assert_eq!(problem(&reply).code(), code, "{ask}");
    }
    // Who asks well and is refused has still been told something; a bad question tells nothing.
    assert_eq!(reads(&lab, &police()), before + 3);
    lab.stop().await;
}

const GOVERNOR: &str = "b.governor";

/// Gives the police a second officer of information governance.
fn governor(dir: &Path) {
    let own = dir.join(police().as_str());
    let file = own.join("agency.toml");
    let text = fs::read_to_string(&file).unwrap();
    let listed =
        format!("[[person]]\nuser = \"{GOVERNOR}\"\nroles = [\"information_governance\"]\n");
    fs::write(&file, format!("{text}\n{listed}")).unwrap();
    let who = identity(Role::Person, police().as_str(), Some(GOVERNOR));
    papers::issue(dir, GOVERNOR, &who, 90, Clock::system().now());
}

/// Nobody in the agency has anything left to decide.
async fn nothing_left_to_decide(desk: &Caller) {
    for task in desk.read::<TaskList>("/api/v1/tasks").await.tasks {
        let verdict = match task.subject {
            TaskSubject::Alert(_) => Verdict::Acknowledge,
            TaskSubject::Approval(_) => Verdict::Refuse,
            TaskSubject::Match(_) => Verdict::NoMatch,
        };
        let decided = crate::approvals::decide(desk, task.id, verdict).await;
        assert_eq!(decided.status, StatusCode::OK);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pack_of_an_erased_case_says_so_and_still_proves_every_entry() {
    let world = World::generate_on(SEED, PEOPLE, Clock::system().now().date());
    let mut lab = Lab::start_with(&world, &[Kind::Police], governor).await;
    let folder = tempfile::tempdir().unwrap();
    let matter = Matter::of(&tale("red"), CASE);
    let researcher = lab.person(&hub(), RESEARCHER);
    matter
        .raise(&researcher, &[(Kind::Police, &["police.conviction"])])
        .await;
    matter.settled(&researcher).await;
    nothing_left_to_decide(&lab.person(&police(), APPROVER)).await;
    let (desk, vkey) = (lab.person(&police(), AUDITOR), vkey(&lab, &police()));
    let ask = json!({ "reason": "inspection", "case": CASE });
    let before = pack::verify(&archive::read(&packed(&desk, &ask).await).unwrap(), &vkey).unwrap();
    assert!(
        before
            .manifest
            .entries
            .iter()
            .all(|(_, body)| *body == Body::Shown)
    );

    let propose = json!({ "cases": [CASE], "reason": "recorded_in_error" });
    let reply = desk.post("/api/v1/erasures", &propose).await.unwrap();
    assert!(reply.status.is_success(), "{:?}", reply.body);
    let proposal: Proposal = serde_json::from_slice(&reply.body).unwrap();
    let files = lab.files_in(&lab.dir().join("papers").join(GOVERNOR));
    let other = lab.caller(&files, &police(), Door::People);
    let path = format!("/api/v1/erasures/{}/approval", proposal.id);
    let reply = other.call(Method::POST, &path, Vec::new()).await.unwrap();
    assert!(reply.status.is_success(), "{:?}", reply.body);

    let bytes = packed(&desk, &ask).await;
    let after = pack::verify(&archive::read(&bytes).unwrap(), &vkey).unwrap();
    for (index, leaf) in &before.leaves {
        assert!(after.manifest.entries.contains(&(*index, Body::Erased)));
        assert!(after.leaves.contains(&(*index, leaf.clone())));
    }
    assert!(python(folder.path(), &bytes, &vkey).status.success());
    assert!(stile(folder.path(), &bytes, &vkey).status.success());
    let by_person = search(&desk, json!({ "person": papers_of("red", 4) })).await;
    assert!(
        by_person
            .entries
            .iter()
            .all(|line| line.kind.as_str() == "access_to_log"),
        "{by_person:?}"
    );
    lab.stop().await;
}

/// The verifiers' words on a pack that these witnesses must have cosigned.
fn witnessed(folder: &Path, bytes: &[u8], vkey: &Vkey, witness: &str) -> [Output; 2] {
    let (program, file) = (folder.join("verify.py"), folder.join("pack.zip"));
    fs::write(&program, pack::VERIFIER).unwrap();
    fs::write(&file, bytes).unwrap();
    let vkey = vkey.to_string();
    let mut python = Command::new("python3");
    python.arg(program).arg(&file);
    let mut stile = Command::new(crate::STILE);
    stile.args(["ledger", "verify", "--pack"]).arg(&file);
    [python, stile].map(|mut command| {
        let keys = ["--vkey", &vkey, "--witness", witness];
        command.args(keys).output().unwrap()
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pack_is_proved_under_a_head_that_the_other_side_has_cosigned() {
    let world = World::generate_on(SEED, PEOPLE, Clock::system().now().date());
    let mut lab = Lab::start_with(&world, &[Kind::Police], |dir| {
        let file = dir.join(police().as_str()).join("agency.toml");
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.contains("witness_s = 3600"));
        fs::write(&file, text.replace("witness_s = 3600", "witness_s = 1")).unwrap();
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let matter = Matter::of(&tale("red"), CASE);
    let researcher = lab.person(&hub(), RESEARCHER);
    matter.raise(&researcher, &[(Kind::Police, ASKED)]).await;
    matter.settled(&researcher).await;
    let (desk, vkey) = (lab.person(&police(), AUDITOR), vkey(&lab, &police()));
    let ask = json!({ "reason": "inspection", "case": CASE });
    let started = Instant::now();

    let (bytes, witness) = loop {
        let bytes = packed(&desk, &ask).await;
        let files = archive::read(&bytes).unwrap();
        let keys = files.iter().find(|file| file.name == "keys.txt").unwrap();
        let keys = String::from_utf8(keys.bytes.clone()).unwrap();
        let witness = keys.lines().nth(1).unwrap().to_owned();
        if witnessed(folder.path(), &bytes, &vkey, &witness)
            .iter()
            .all(|said| said.status.success())
        {
            break (bytes, witness);
        }
        assert!(
            started.elapsed() < Duration::from_secs(30),
            "nobody cosigned"
        );
        tokio::time::sleep(Duration::from_millis(200)).await;
    };

    let listed = fs::read_to_string(lab.dir().join("directory.toml")).unwrap();
    assert!(listed.contains(&witness), "the witness is the directory's");
    let stranger = CosignerKey::from_seed(KeyName::new("elsewhere").unwrap(), &[9; 32]).unwrap();
    let stranger = stranger.vkey().to_string();
    for said in witnessed(folder.path(), &bytes, &vkey, &stranger) {
        assert_eq!(said.status.code(), Some(1));
        assert!(said.stdout.starts_with(b"NOT VERIFIED"));
    }
    lab.stop().await;
}

#[test]
fn the_guide_lists_every_reason_and_every_ground() {
    let guide = crate::tree::read("docs/guide/audit.md");
    for (code, source) in REASONS.iter().chain(&GROUNDS) {
        let row = format!("| `{code}` | {source} |");
        assert!(guide.contains(&row), "{row}");
    }
}

#[test]
fn every_command_of_the_guide_is_one_the_program_takes() {
    let guide = crate::tree::read("docs/guide/audit.md");
    let key = regex::Regex::new(r#""\$\(cat [^)]*\)""#).unwrap();
    let mut taken = 0;
    for fence in crate::fences::fences(&guide) {
        for line in fence.body.lines().filter(|line| line.starts_with("stile ")) {
            let line = key.replace_all(line, "KEY");
            let mut words: Vec<_> = line.split_whitespace().collect();
            if !words.contains(&"verify") {
                words.extend(["--person", "person.toml"]);
            }
            let parsed = Args::try_parse_from(&words);
            assert!(parsed.is_ok(), "{line}: {}", parsed.unwrap_err());
            taken += 1;
        }
    }
    assert!(taken > 12, "only {taken} commands were found");
}
