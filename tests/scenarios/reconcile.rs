//! Two gateways compare what each recorded: agreement, loss on either side, and older copies.

use std::path::Path;
use std::time::{Duration, Instant};

use harness::ledger::count;
use harness::{Caller, Lab, Matter, PATIENCE, problem, tale};
use hyper::StatusCode;
use serde_json::json;
use stile_cli::config::{AgencyConfig, HubConfig, Parts};
use stile_cli::demo::SEED;
use stile_cli::demo::partnership::{APPROVER, HUB, RESEARCHER, member};
use stile_cli::demo::world::{Kind, World};
use stile_exchange::clock::Clock;
use stile_exchange::hub::State;
use stile_exchange::reconcile::{Lack, Outcome, Reconciliation, Reconciliations};
use stile_ledger::{EntryKind, Leaf};
use stile_model::id::{Code, MemberId};
use stile_store::{Batch, EpochKey, Store, StoreConfig, StoreError, Tree};

const PEOPLE: usize = 50;
const ASKED: (Kind, &[&str]) = (
    Kind::Police,
    &["police.conviction", "police.domestic_incident"],
);
const PATH: &str = "/api/v1/reconciliations";

fn hub() -> MemberId {
    MemberId::new(HUB).unwrap()
}

fn police() -> MemberId {
    member(Kind::Police).unwrap()
}

async fn lab_edited(edit: impl FnOnce(&Path)) -> Lab {
    let today = Clock::system().now().date();
    let world = World::generate_on(SEED, PEOPLE, today);
    Lab::start_with(&world, &[Kind::Police], edit).await
}

async fn lab() -> Lab {
    lab_edited(|_| {}).await
}

async fn answered(lab: &Lab, desk: &Caller, number: &str) {
    let matter = Matter::of(&tale("red"), number);
    matter.raise(desk, &[ASKED]).await;
    let state = matter.settled(desk).await;
    assert!(
        matches!(state, State::Answered | State::InPart),
        "{state:?}"
    );
    // The acknowledgement goes out after the answer is shown.
    let begun = Instant::now();
    let permits = count(&lab.entries(&police()), EntryKind::Permit);
    while count(&lab.entries(&police()), EntryKind::Delivered) < permits {
        assert!(begun.elapsed() < PATIENCE);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // And is kept by the hub a moment later.
    tokio::time::sleep(Duration::from_millis(200)).await;
}

async fn reconcile(desk: &Caller) -> Reconciliation {
    let reply = desk.post(PATH, &json!({})).await.unwrap();
    assert_eq!(reply.status, StatusCode::OK, "{:?}", reply.body);
    let mut all: Reconciliations = serde_json::from_slice(&reply.body).unwrap();
    assert_eq!(all.reconciliations.len(), 1);
    all.reconciliations.remove(0)
}

fn lacks(report: &Reconciliation) -> Vec<Lack> {
    report.differences.iter().map(|one| one.what).collect()
}

fn recorded(lab: &Lab, of: &MemberId) -> Vec<Leaf> {
    let mut all = lab.entries(of);
    all.retain(|leaf| leaf.entry.kind == EntryKind::Reconciliation);
    all
}

/// Changes a stopped member's store as somebody with its keys could.
async fn tamper(parts: &Parts, change: impl FnOnce(&Store) -> Batch) {
    let begun = Instant::now();
    let store = loop {
        let opened = Store::open(StoreConfig {
            dir: parts.store.kept.dir().unwrap().to_owned(),
            origin: parts.store.origin.clone(),
            ledger_key: parts.keys.ledger_key().unwrap(),
            epoch_key: EpochKey::open(&parts.keys.epoch).unwrap(),
            segment_bytes: parts.store.segment_bytes,
            low_space_bytes: parts.store.low_space_bytes,
        });
        match opened {
            // The last of its threads is on its way out.
            Err(StoreError::Locked) if begun.elapsed() < PATIENCE => {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            opened => break opened.unwrap().0,
        }
    };
    let batch = change(&store);
    store.commit(batch).await.unwrap();
}

fn hub_parts(lab: &Lab) -> Parts {
    HubConfig::read(&lab.hub_dir().join("hub.toml"))
        .unwrap()
        .parts
}

fn police_parts(lab: &Lab) -> Parts {
    let file = lab.agency_dir(Kind::Police).join("agency.toml");
    AgencyConfig::read(&file).unwrap().parts
}

/// A batch that removes the first key of this tree.
fn without_first(store: &Store, tree: Tree) -> Batch {
    let (key, _) = store.scan(tree, &[], None, 1).unwrap().remove(0);
    Batch::put(tree, key, None)
}

#[tokio::test(flavor = "multi_thread")]
async fn both_sides_record_that_they_agree_under_one_digest() {
    let mut lab = lab().await;
    let desk = lab.person(&hub(), RESEARCHER);
    answered(&lab, &desk, "MASH-2026-00501").await;
    answered(&lab, &desk, "MASH-2026-00502").await;

    let report = reconcile(&desk).await;

    assert_eq!(report.outcome, Outcome::Agrees, "{report:?}");
    assert_eq!((report.releases, report.returns), (2, 2));
    assert_eq!((report.chased, report.differing), (0, 0));
    let theirs: Reconciliations = lab.person(&police(), APPROVER).read(PATH).await;
    assert_eq!(theirs.reconciliations, std::slice::from_ref(&report));
    let ours: Reconciliations = desk.read(PATH).await;
    assert_eq!(ours.reconciliations, [report]);
    lab.stop().await;
    let (here, there) = (recorded(&lab, &hub()), recorded(&lab, &police()));
    assert_eq!((here.len(), there.len()), (1, 1));
    assert_eq!(here[0].entry.digest, there[0].entry.digest);
    assert_eq!(here[0].entry.member, Some(police()));
    assert_eq!(there[0].entry.member, Some(hub()));
    let reason = here[0].entry.reason.as_ref().map(Code::as_str);
    assert_eq!(reason, Some("agrees"));
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_a_return_that_was_received_and_has_vanished_at_the_hub() {
    let mut lab = lab().await;
    let desk = lab.person(&hub(), RESEARCHER);
    answered(&lab, &desk, "MASH-2026-00503").await;
    lab.stop_one(&hub()).await;
    tamper(&hub_parts(&lab), |store| {
        without_first(store, Tree::Returns)
    })
    .await;
    lab.start_one(&hub()).await;

    let report = reconcile(&lab.person(&hub(), RESEARCHER)).await;

    assert_eq!(report.outcome, Outcome::Differs);
    assert_eq!(lacks(&report), [Lack::LostHere]);
    assert!(report.differences[0].permit.is_some());
    lab.stop().await;
    let counts = &recorded(&lab, &police())[0].entry.counts;
    assert_eq!(counts.get(&Code::new("lost_here").unwrap()), Some(&1));
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_a_release_that_never_reached_the_hub() {
    let mut lab = lab().await;
    let raw = lab.raw_hub();
    raw.ask(Kind::Police, &raw.enquiry(Kind::Police, &tale("red")))
        .await;

    let report = reconcile(&lab.person(&hub(), RESEARCHER)).await;

    assert_eq!(report.outcome, Outcome::Differs);
    assert_eq!(lacks(&report), [Lack::NotReceived]);
    assert_eq!((report.releases, report.returns), (1, 0));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn chases_an_acknowledgement_that_was_lost() {
    let mut lab = lab().await;
    let desk = lab.person(&hub(), RESEARCHER);
    answered(&lab, &desk, "MASH-2026-00504").await;
    lab.stop().await;
    tamper(&police_parts(&lab), |store| {
        without_first(store, Tree::Progress)
    })
    .await;
    tamper(&hub_parts(&lab), |store| {
        without_first(store, Tree::Acknowledged)
    })
    .await;
    lab.restart().await;
    let desk = lab.person(&hub(), RESEARCHER);
    let before = count(&lab.entries(&police()), EntryKind::Delivered);

    let first = reconcile(&desk).await;
    let second = reconcile(&desk).await;

    assert_eq!((first.outcome, first.chased), (Outcome::Agrees, 1));
    assert_eq!((second.outcome, second.chased), (Outcome::Agrees, 0));
    assert_eq!(
        count(&lab.entries(&police()), EntryKind::Delivered),
        before + 1
    );
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_an_acknowledgement_that_the_agency_took_and_no_longer_has() {
    let mut lab = lab().await;
    let desk = lab.person(&hub(), RESEARCHER);
    answered(&lab, &desk, "MASH-2026-00505").await;
    lab.stop_one(&police()).await;
    tamper(&police_parts(&lab), |store| {
        without_first(store, Tree::Progress)
    })
    .await;
    lab.start_one(&police()).await;

    let report = reconcile(&desk).await;

    assert_eq!(report.outcome, Outcome::Differs);
    assert_eq!(lacks(&report), [Lack::AcknowledgementLost]);
    assert_eq!(report.chased, 1);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_and_refuses_an_agency_restored_from_an_older_copy() {
    let mut lab = lab().await;
    let desk = lab.person(&hub(), RESEARCHER);
    answered(&lab, &desk, "MASH-2026-00506").await;
    lab.stop_one(&police()).await;
    let store = lab.agency_dir(Kind::Police).join("store");
    let copy = lab.agency_dir(Kind::Police).join("copy");
    copy_dir(&store, &copy);
    lab.start_one(&police()).await;
    answered(&lab, &desk, "MASH-2026-00507").await;
    for n in 508..514 {
        answered(&lab, &desk, &format!("MASH-2026-00{n}")).await;
    }
    assert_eq!(reconcile(&desk).await.outcome, Outcome::Agrees);
    lab.stop_one(&police()).await;
    std::fs::remove_dir_all(&store).unwrap();
    std::fs::rename(&copy, &store).unwrap();
    lab.start_one(&police()).await;

    let report = reconcile(&desk).await;

    assert_eq!(report.outcome, Outcome::LedgerRolledBack);
    assert_eq!(report.size, 0, "nothing it says is believed");
    let reply = desk.post(PATH, &json!({"with": police()})).await.unwrap();
    let all: Reconciliations = serde_json::from_slice(&reply.body).unwrap();
    assert_eq!(
        all.reconciliations[0].outcome,
        Outcome::LedgerRolledBack,
        "the head held is not forgotten"
    );
    lab.stop().await;
    let reasons: Vec<_> = recorded(&lab, &hub())
        .iter()
        .map(|leaf| leaf.entry.reason.as_ref().unwrap().to_string())
        .collect();
    assert_eq!(
        reasons,
        ["agrees", "ledger_rolled_back", "ledger_rolled_back"]
    );
}

fn copy_dir(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for file in std::fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        let target = to.join(file.file_name());
        if file.file_type().unwrap().is_dir() {
            copy_dir(&file.path(), &target);
        } else {
            std::fs::copy(file.path(), target).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_a_question_that_was_neither_admitted_nor_refused() {
    let mut lab = lab().await;
    let desk = lab.person(&hub(), RESEARCHER);
    lab.stop_one(&police()).await;
    let matter = Matter::of(&tale("red"), "MASH-2026-00515");
    matter.raise(&desk, &[ASKED]).await;
    assert_eq!(reconcile(&desk).await.outcome, Outcome::Unreachable);
    lab.time.advance_s(73 * 3_600);
    matter
        .until(&desk, |lines| {
            lines
                .iter()
                .all(|line| matches!(line.state, State::Refused { .. }))
        })
        .await;
    lab.start_one(&police()).await;

    let report = reconcile(&desk).await;

    assert_eq!(lacks(&report), [Lack::Unanswered]);
    assert!(report.differences[0].enquiry.is_some());
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reconciles_by_itself_when_a_day_has_passed_and_not_before() {
    let mut lab = lab().await;
    let desk = lab.person(&hub(), RESEARCHER);
    answered(&lab, &desk, "MASH-2026-00516").await;
    tokio::time::sleep(Duration::from_secs(11)).await;
    assert_eq!(recorded(&lab, &hub()), []);

    lab.time.advance_s(86_401);

    let begun = Instant::now();
    while recorded(&lab, &police()).is_empty() {
        assert!(begun.elapsed() < PATIENCE);
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let last: Reconciliations = desk.read(PATH).await;
    assert_eq!(last.reconciliations[0].outcome, Outcome::Agrees);
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert_eq!(recorded(&lab, &hub()).len(), 1, "once a day");
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_whoever_may_not_compare_and_agencies_that_are_none() {
    let mut lab = lab_edited(|dir| {
        let file = dir.join(HUB).join("hub.toml");
        let text = std::fs::read_to_string(&file).unwrap();
        let narrower = text.replace("\"researcher\", \"hub_manager\"", "\"researcher\"");
        assert_ne!(narrower, text);
        std::fs::write(&file, narrower).unwrap();
    })
    .await;
    let desk = lab.person(&hub(), RESEARCHER);

    for reply in [
        desk.post(PATH, &json!({})).await.unwrap(),
        desk.get(PATH).await.unwrap(),
    ] {
        assert_eq!(problem(&reply).code(), "role_missing");
    }
    lab.stop().await;
    assert_eq!(recorded(&lab, &hub()), []);
}

/// What `stile` says and how it ends, as the researcher of the hub or the approver of the police.
async fn stile(lab: &Lab, member: &MemberId, user: &str, words: &[&str]) -> (String, bool) {
    let person = lab.dir().join(member.as_str()).join("people").join(user);
    let mut command = std::process::Command::new(crate::STILE);
    command
        .args(words)
        .env("STILE_PERSON", person.join("person.toml"));
    let output = tokio::task::spawn_blocking(move || command.output())
        .await
        .unwrap()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    (String::from_utf8(said).unwrap(), output.status.success())
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_compare_correct_and_record_word_of_mouth() {
    let mut lab = lab().await;
    let desk = lab.person(&hub(), RESEARCHER);
    answered(&lab, &desk, "MASH-2026-00517").await;
    let as_hub = async |words: &[&str]| stile(&lab, &hub(), RESEARCHER, words).await;

    let (said, ended_well) = as_hub(&["ledger", "reconcile"]).await;
    assert!(ended_well && said.contains("both sides agree"), "{said}");
    let (said, ended_well) = stile(&lab, &police(), APPROVER, &["ledger", "reconcile"]).await;
    assert!(ended_well && said.contains("both sides agree"), "{said}");
    let (said, ended_well) = as_hub(&["ledger", "reconcile", "--with", "nobody"]).await;
    assert!(!ended_well && said.contains("unknown_agency"), "{said}");

    let raw = lab.raw_hub();
    raw.ask(Kind::Police, &raw.enquiry(Kind::Police, &tale("red")))
        .await;
    let (said, ended_well) = as_hub(&["ledger", "reconcile"]).await;
    assert!(!ended_well && said.contains("not_received"), "{said}");

    let file = lab.dir().join("told.toml");
    let text = format!(
        "case = \"MASH-2026-00517\"\npurpose = \"s47_enquiry\"\nground = \"immediate_danger\"\n\
         said = \"{}\"\nteller = \"duty social worker\"\ntold = \"duty sergeant\"\n\
         recipient = \"{}\"\ncategories = [\"police.conviction\"]\n\
         account = \"that the child may be at risk tonight\"\n",
        lab.time.clock().now(),
        police(),
    );
    std::fs::write(&file, text).unwrap();
    let file = file.to_str().unwrap();
    let (said, ended_well) = as_hub(&["case", "verbal", file]).await;
    assert!(ended_well && said.contains("recorded as entry"), "{said}");
    let all = lab.entries(&hub());
    let told = all
        .iter()
        .position(|leaf| leaf.entry.kind == EntryKind::VerbalDisclosure);
    let index = told.unwrap().to_string();
    let note = lab.dir().join("note.txt");
    std::fs::write(&note, "it was said on another day\n").unwrap();
    let right = [
        "ledger",
        "correct",
        &index,
        "--reason",
        "recorded_in_error",
        "--note",
        note.to_str().unwrap(),
        "--case",
        "MASH-2026-00517",
    ];
    let (said, ended_well) = as_hub(&right[..7]).await;
    assert!(!ended_well && said.contains("case_differs"), "{said}");
    let mut aloud = right;
    aloud[6] = "it was said on another day";
    let (_, ended_well) = as_hub(&aloud).await;
    assert!(
        !ended_well,
        "words of a note were taken from the command line"
    );
    let (said, ended_well) = as_hub(&right).await;
    assert!(ended_well && said.contains("is wrong"), "{said}");
    lab.stop().await;
    assert_eq!(count(&lab.entries(&hub()), EntryKind::Correction), 1);
}
