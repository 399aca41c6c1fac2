//! Who may ask the ledger what: every answer is on record first, a person is told what was disclosed
//! about them and nothing about anybody else, and a pack of a case proves itself to two verifiers.

mod guide;
mod packs;
mod subjects;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use clap::Parser;
use harness::ledger::count;
use harness::papers::{self, identity};
use harness::{Caller, Door, Lab, Matter, PATIENCE, problem, tale};
use hyper::{Method, StatusCode};
use serde_json::{Value, json};
use stile_cli::args::Args;
use stile_cli::demo::SEED;
use stile_cli::demo::partnership::{APPROVER, AUDITOR, HUB, RESEARCHER, member};
use stile_cli::demo::world::{Kind, World};
use stile_exchange::agency::{TaskKind, Verdict};
use stile_exchange::audit::{Account, EntryLine, ExportPage, GROUNDS, Page, Proof, REASONS, Shown};
use stile_exchange::clock::Clock;
use stile_exchange::evidence::VERBAL_GROUNDS;
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
            json!({ "reason": "audit", "filter": {
                "from": "2026-11-24T07:48:20.765Z", "until": "0323-02-16T08:09:06.6Z" } }),
            "out_of_bounds",
        ),
        (
            json!({ "reason": "audit", "filter": {
                "from": "2026-11-24T07:48:20Z", "until": "2026-11-24T07:48:20Z" } }),
            "out_of_bounds",
        ),
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
            "nhs_number_invalid",
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

fn vkey(lab: &Lab, at: &MemberId) -> Vkey {
    let file = lab.dir().join(at.as_str()).join("ledger.vkey");
    fs::read_to_string(file).unwrap().trim().parse().unwrap()
}
