//! A case's whole life: closed by the hub, told to the agency, due, held, and erased by two people.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use harness::ledger::count;
use harness::papers::{identity, issue, refresh_list};
use harness::rogue::tls_files;
use harness::{Caller, Door, Lab, Matter, PATIENCE, problem, tale};
use hyper::StatusCode;
use serde_json::{Value, json};
use stile_cli::demo::SEED;
use stile_cli::demo::partnership::{APPROVER, HUB, RESEARCHER, member};
use stile_cli::demo::world::{Kind, World};
use stile_exchange::agency::{TaskKind, Verdict};
use stile_exchange::clock::Clock;
use stile_exchange::hub::{CaseProgress, State};
use stile_exchange::policy::looking_back::Reviewed;
use stile_exchange::retention::{DueCase, DueList, Proposal, ProposalList, ProposalState};
use stile_ledger::EntryKind;
use stile_model::id::{CaseId, MemberId};
use stile_store::{EpochKey, Store, StoreConfig, StoreError};
use stile_trust::identity::Role;

use crate::STILE;
use crate::approvals::decide;

const OFFICERS: [&str; 2] = ["g.first", "g.second"];
const HEALTH: (Kind, &[&str]) = (Kind::Health, &["health.registration"]);
const DAY_S: i64 = 86_400;

fn health() -> MemberId {
    member(Kind::Health).unwrap()
}

fn hub() -> MemberId {
    MemberId::new(HUB).unwrap()
}

/// A hub and one agency, each with two officers; what needs no further action is kept a month.
async fn lab() -> Lab {
    let today = Clock::system().now().date();
    let world = World::generate_on(SEED, 50, today);
    Lab::start_with(&world, &[Kind::Health], |dir| {
        for (who, name) in [(hub(), "hub.toml"), (health(), "agency.toml")] {
            hire(dir, &who, name);
        }
    })
    .await
}

fn hire(dir: &Path, who: &MemberId, name: &str) {
    let own = dir.join(who.as_str());
    let mut text = std::fs::read_to_string(own.join(name)).unwrap();
    let retention = "[retention.months]\nno_further_action = 1\n\n[[person]]";
    text = text.replacen("[[person]]", retention, 1);
    for officer in OFFICERS {
        let role =
            format!("\n[[person]]\nuser = \"{officer}\"\nroles = [\"information_governance\"]\n");
        text.push_str(&role);
    }
    std::fs::write(own.join(name), text).unwrap();
}

/// An officer's calls, with a certificate made for them.
fn officer(lab: &Lab, who: &MemberId, user: &str) -> Caller {
    let name = format!("{who}-{user}");
    let own = lab.dir().join("papers").join(&name);
    let files = if own.exists() {
        tls_files(lab.dir(), own.join("chain.pem"), own.join("key.pem"))
    } else {
        let person = identity(Role::Person, who.as_str(), Some(user));
        issue(lab.dir(), &name, &person, 90, lab.time.clock().now())
    };
    lab.caller(&files, who, Door::People)
}

async fn due(desk: &Caller) -> Vec<DueCase> {
    desk.read::<DueList>("/api/v1/retention/due?all=true")
        .await
        .cases
}

/// Raises a case, has it answered in full and closed, and waits until the agency knows.
async fn closed_case(lab: &Lab, number: &str) -> Matter {
    let matter = answered_case(lab, number).await;
    close(lab, &matter.case).await;
    until_the_agency_knows(lab, &matter.case).await;
    matter
}

async fn close(lab: &Lab, case: &CaseId) {
    let desk = lab.person(&hub(), RESEARCHER);
    let path = format!("/api/v1/cases/{case}/outcome");
    let _: Value = desk
        .taken(&path, &json!({ "outcome": "no_further_action" }))
        .await;
}

async fn until_the_agency_knows(lab: &Lab, case: &CaseId) {
    let agency = officer(lab, &health(), OFFICERS[0]);
    let started = Instant::now();
    loop {
        let known = due(&agency).await;
        let line = known.iter().find(|line| line.case == *case).unwrap();
        if line.outcome.is_some() {
            return;
        }
        assert!(started.elapsed() < PATIENCE, "the agency was never told");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Raises a case and has it answered in full.
async fn answered_case(lab: &Lab, number: &str) -> Matter {
    let desk = lab.person(&hub(), RESEARCHER);
    let matter = Matter::of(&tale("red"), number);
    matter.raise(&desk, &[HEALTH]).await;
    let path = format!("/api/v1/cases/{}/outcome", matter.case);
    let early = json!({ "outcome": "no_further_action" });
    if matter.settled(&desk).await == State::InPart {
        // People at the agency must still decide: not closed, not erased.
        assert_eq!(desk.refused(&path, &early).await, "case_active");
        settle(lab, &matter.case).await;
    }
    matter
        .until(&desk, |lines| {
            lines.iter().all(|line| line.state == State::Answered)
        })
        .await;
    assert_eq!(
        desk.refused(&path, &json!({ "outcome": "unheard_of" }))
            .await,
        "unknown_word"
    );
    matter
}

/// Decides whatever waits for people of the agency in a case.
async fn settle(lab: &Lab, case: &CaseId) {
    let approver = lab.person(&health(), APPROVER);
    let first = officer(lab, &health(), OFFICERS[0]);
    let active = json!({ "cases": [case], "reason": "court_order" });
    let code = first.refused("/api/v1/erasures", &active).await;
    assert_eq!(code, "case_active");
    let waiting = crate::approvals::waiting(&approver).await;
    for task in waiting.iter().filter(|task| task.case == *case) {
        let verdict = match task.kind {
            TaskKind::Alert => Verdict::Acknowledge,
            TaskKind::Approval => Verdict::Agree,
            TaskKind::Match => Verdict::NoMatch,
        };
        let reply = decide(&approver, task.id, verdict).await;
        assert_eq!(reply.status, StatusCode::OK, "{:?}", reply.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_officers_erase_a_case_and_nothing_of_it_opens_while_every_proof_holds() {
    let mut lab = lab().await;
    let matter = closed_case(&lab, "MASH-2026-70001").await;
    let other = closed_case(&lab, "MASH-2026-70002").await;
    let (case, agency) = (matter.case.to_string(), health());
    let [first, second] = OFFICERS.map(|user| officer(&lab, &agency, user));
    let propose = json!({ "cases": [case], "reason": "recorded_in_error" });

    // Nobody without the role, nothing before its day, nobody alone, nothing that is held.
    let approver = lab.person(&agency, APPROVER);
    let role = approver.refused("/api/v1/erasures", &propose).await;
    assert_eq!(role, "role_missing");
    let early = json!({ "cases": [case], "reason": "retention_expired" });
    assert_eq!(first.refused("/api/v1/erasures", &early).await, "not_due");
    let none = json!({ "cases": ["MASH-2026-79999"], "reason": "court_order" });
    assert_eq!(
        first.refused("/api/v1/erasures", &none).await,
        "unknown_case"
    );
    let proposal: Proposal = first.created("/api/v1/erasures", &propose).await;
    let approval = format!("/api/v1/erasures/{}/approval", proposal.id);
    assert_eq!(first.refused(&approval, &json!(null)).await, "own_proposal");
    let hold = json!({ "case": case, "reason": "litigation" });
    let _: Value = first.created("/api/v1/retention/holds", &hold).await;
    let again = first.refused("/api/v1/retention/holds", &hold).await;
    assert_eq!(again, "already_on_hold");
    assert_eq!(second.refused(&approval, &json!(null)).await, "on_hold");
    assert_eq!(
        second.refused("/api/v1/erasures", &propose).await,
        "on_hold"
    );
    let release = json!({ "case": case, "reason": "hold_ended" });
    let _: () = second.taken("/api/v1/retention/releases", &release).await;
    let before = lab.verified_entries(agency.as_str());

    let done: Proposal = second.taken(&approval, &json!(null)).await;

    assert!(
        matches!(
            done.state,
            ProposalState::Done {
                remove_credential: false,
                ..
            }
        ),
        "{done:?}"
    );
    assert!(done.cases.is_empty());
    assert_eq!(
        second.refused(&approval, &json!(null)).await,
        "already_decided"
    );
    let left = due(&first).await;
    assert!(left.iter().any(|line| line.case == other.case));
    assert!(!left.iter().any(|line| line.case == matter.case));
    // The hub still has its own record, and the agency still answers.
    let desk = lab.person(&hub(), RESEARCHER);
    matter.product(&desk).await;
    closed_case(&lab, "MASH-2026-70003").await;
    // Looking back counts what is gone, and never passes it over in silence.
    let review = json!({ "reason": "review" });
    let looked: Reviewed = first.taken("/api/v1/policy/review", &review).await;
    assert_eq!((looked.review.enquiries, looked.covered.erased), (2, 1));
    let entries = lab.entries(&agency);
    for (kind, wanted) in [
        (EntryKind::ErasureProposed, 1),
        (EntryKind::Hold, 1),
        (EntryKind::HoldReleased, 1),
        (EntryKind::Erasure, 1),
        (EntryKind::KeyEpoch, 1),
        (EntryKind::Outcome, 3),
    ] {
        assert_eq!(count(&entries, kind), wanted, "{kind}");
    }
    assert!(lab.verified_entries(agency.as_str()) > before);

    lab.stop().await;
    let store = open(&lab);
    let permits: Vec<_> = (0..)
        .zip(&entries)
        .filter(|(_, leaf)| leaf.entry.kind == EntryKind::Permit)
        .collect();
    let erased = permits[0].1.entry.case;
    assert!(erased.is_some());
    for (index, leaf) in &permits {
        let body = store.body(*index);
        if leaf.entry.case == erased {
            assert!(matches!(body, Err(StoreError::Erased)), "{body:?}");
        } else {
            assert!(body.is_ok(), "{body:?}");
        }
        let receipt = store.receipt_for(*index).unwrap();
        receipt
            .proof()
            .verify(receipt.leaf(), store.vkey())
            .unwrap();
    }
    assert!(permits.iter().any(|(_, leaf)| leaf.entry.case != erased));
}

fn open(lab: &Lab) -> Store {
    let own = lab.agency_dir(Kind::Health);
    let parts = stile_cli::config::AgencyConfig::read(&own.join("agency.toml"))
        .unwrap()
        .parts;
    let config = StoreConfig {
        dir: parts.store.kept.dir().unwrap().to_owned(),
        origin: parts.store.origin.clone(),
        ledger_key: parts.keys.ledger_key().unwrap(),
        epoch_key: EpochKey::open(&parts.keys.epoch).unwrap(),
        segment_bytes: parts.store.segment_bytes,
        low_space_bytes: 0,
    };
    Store::open(config).unwrap().0
}

#[tokio::test(flavor = "multi_thread")]
async fn case_is_due_a_month_after_it_closed_and_officers_erase_it_at_the_hub() {
    let lab = lab().await;
    let matter = closed_case(&lab, "MASH-2026-70011").await;
    let case = matter.case.to_string();
    assert_eq!(
        officer(&lab, &hub(), OFFICERS[0])
            .read::<DueList>("/api/v1/retention/due")
            .await
            .cases,
        []
    );

    // The day comes, on every clock.
    lab.time.advance_s(33 * DAY_S);
    refresh_list(lab.dir(), lab.time.clock().now());
    let started = Instant::now();
    let listed = loop {
        // The gateways look at the new revocation list every few seconds.
        let desk = officer(&lab, &hub(), OFFICERS[0]);
        if let Ok(reply) = desk.get("/api/v1/retention/due").await
            && reply.status == StatusCode::OK
        {
            break serde_json::from_slice::<DueList>(&reply.body).unwrap();
        }
        assert!(started.elapsed() < PATIENCE, "the hub does not answer");
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    assert_eq!(listed.cases.len(), 1);
    assert_eq!(listed.cases[0].case, matter.case);

    let [first, second] = OFFICERS.map(|user| officer(&lab, &hub(), user));
    let due = json!({ "cases": [case], "reason": "retention_expired" });
    let refused_first: Proposal = first.created("/api/v1/erasures", &due).await;
    let refusal = format!("/api/v1/erasures/{}/refusal", refused_first.id);
    let no: Proposal = second.taken(&refusal, &json!(null)).await;
    assert!(matches!(no.state, ProposalState::Refused { .. }));
    let proposal: Proposal = first.created("/api/v1/erasures", &due).await;
    let approval = format!("/api/v1/erasures/{}/approval", proposal.id);
    let _: Proposal = second.taken(&approval, &json!(null)).await;

    let list: ProposalList = first.read("/api/v1/erasures").await;
    assert_eq!(list.proposals.len(), 2);
    assert!(!list.unfinished);
    let desk = lab.person(&hub(), RESEARCHER);
    let gone = desk.get(&format!("/api/v1/cases/{case}")).await.unwrap();
    assert_eq!(problem(&gone).code(), "unknown_case");
    let progress = desk
        .get(&format!("/api/v1/cases/{case}/progress"))
        .await
        .unwrap();
    assert!(serde_json::from_slice::<CaseProgress>(&progress.body).is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agency_is_told_what_became_of_a_case_that_the_hub_has_erased_since() {
    let lab = lab().await;
    let matter = answered_case(&lab, "MASH-2026-70031").await;
    close(&lab, &matter.case).await;

    // At once, before the hub's next round of telling.
    let [first, second] = OFFICERS.map(|user| officer(&lab, &hub(), user));
    let order = json!({ "cases": [matter.case], "reason": "court_order" });
    let proposal: Proposal = first.created("/api/v1/erasures", &order).await;
    let approval = format!("/api/v1/erasures/{}/approval", proposal.id);
    let _: Proposal = second.taken(&approval, &json!(null)).await;

    until_the_agency_knows(&lab, &matter.case).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn officers_work_from_the_command_line() {
    let lab = lab().await;
    let matter = closed_case(&lab, "MASH-2026-70021").await;
    let case = matter.case.to_string();
    let files = OFFICERS.map(|user| person_file(&lab, user));
    let stile = |officer: usize, arguments: &[&str]| {
        let done = Command::new(STILE)
            .arg("ledger")
            .args(arguments)
            .env("STILE_PERSON", &files[officer])
            .output()
            .unwrap();
        let said = String::from_utf8(done.stdout).unwrap();
        let wrong = String::from_utf8(done.stderr).unwrap();
        (done.status.success(), said, wrong)
    };

    let (taken, said, _) = stile(0, &["due", "--all"]);
    assert!(
        taken && said.contains(&case) && said.contains("no_further_action"),
        "{said}"
    );
    let (taken, _, wrong) = stile(0, &["hold", "--case", &case, "--reason", "whim"]);
    assert!(!taken && wrong.contains("litigation"), "{wrong}");
    assert!(stile(0, &["hold", "--case", &case, "--reason", "inquiry"]).0);
    let order = [
        "erase",
        "propose",
        "--case",
        &case,
        "--reason",
        "erasure_right",
    ];
    let (taken, _, wrong) = stile(0, &order);
    assert!(!taken && wrong.contains("on_hold"), "{wrong}");
    assert!(
        stile(
            1,
            &["release-hold", "--case", &case, "--reason", "hold_ended"]
        )
        .0
    );
    let (taken, said, _) = stile(0, &order);
    assert!(taken, "{said}");
    let id = said.split_whitespace().next().unwrap().to_owned();
    let (taken, _, wrong) = stile(0, &["erase", "approve", &id]);
    assert!(!taken && wrong.contains("own_proposal"), "{wrong}");
    let (taken, said, wrong) = stile(1, &["erase", "approve", &id]);
    assert!(taken && said.contains("erased"), "{said}{wrong}");
    let (taken, said, _) = stile(1, &["erase", "list"]);
    assert!(
        taken && said.contains(&id) && !said.contains(&case),
        "{said}"
    );
}

/// The file by which an officer of the agency reaches their gateway.
fn person_file(lab: &Lab, user: &str) -> std::path::PathBuf {
    let people = lab.agency_dir(Kind::Health).join("people");
    let own = people.join(user);
    std::fs::create_dir(&own).unwrap();
    let file = own.join("person.toml");
    std::fs::copy(people.join(APPROVER).join("person.toml"), &file).unwrap();
    let person = identity(Role::Person, health().as_str(), Some(user));
    let made = issue(
        lab.dir(),
        &format!("cli-{user}"),
        &person,
        90,
        lab.time.clock().now(),
    );
    std::fs::copy(&made.chain, own.join("chain.pem")).unwrap();
    std::fs::copy(made.key.file().unwrap(), own.join("key.pem")).unwrap();
    file
}
