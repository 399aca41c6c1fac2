//! Nothing off the record: what each step leaves in the ledgers, and what it does not.

use harness::ledger::count;
use harness::papers;
use harness::{Caller, Lab, Matter, problem, tale};
use hyper::{Method, StatusCode};
use serde_json::{Value, json};
use stile_cli::demo::SEED;
use stile_cli::demo::partnership::{APPROVER, HUB, RESEARCHER, member};
use stile_cli::demo::world::{Kind, World};
use stile_exchange::audit::Account;
use stile_exchange::clock::Clock;
use stile_exchange::hub::State;
use stile_ledger::{EntryKind, Leaf};
use stile_model::id::{Code, MemberId};
use stile_model::subject::Born;

const PEOPLE: usize = 50;
const ASKED: (Kind, &[&str]) = (
    Kind::Police,
    &["police.conviction", "police.domestic_incident"],
);

fn hub() -> MemberId {
    MemberId::new(HUB).unwrap()
}

fn police() -> MemberId {
    member(Kind::Police).unwrap()
}

fn of_kind(leaves: &[Leaf], kind: EntryKind) -> Vec<&Leaf> {
    let found = leaves.iter().filter(|leaf| leaf.entry.kind == kind);
    found.collect()
}

fn reason(leaf: &Leaf) -> Option<&str> {
    leaf.entry.reason.as_ref().map(Code::as_str)
}

fn counted(leaf: &Leaf, code: &str) -> Option<u32> {
    leaf.entry.counts.get(&Code::new(code).unwrap()).copied()
}

async fn lab(edit: impl FnOnce(&std::path::Path)) -> Lab {
    let today = Clock::system().now().date();
    let world = World::generate_on(SEED, PEOPLE, today);
    Lab::start_with(&world, &[Kind::Police], edit).await
}

async fn answered(desk: &Caller, number: &str) -> Matter {
    let matter = Matter::of(&tale("red"), number);
    matter.raise(desk, &[ASKED]).await;
    let state = matter.settled(desk).await;
    assert!(
        matches!(state, State::Answered | State::InPart),
        "{state:?}"
    );
    matter
}

#[tokio::test(flavor = "multi_thread")]
async fn every_step_of_a_case_is_on_both_sides_with_its_case_purpose_and_power() {
    let mut lab = lab(|_| {}).await;
    let desk = lab.person(&hub(), RESEARCHER);

    let matter = answered(&desk, "MASH-2026-00417").await;
    matter.product(&desk).await;
    matter.product(&desk).await;
    let read = desk.get("/api/v1/cases/MASH-2026-00417").await.unwrap();
    assert_eq!(read.status, StatusCode::OK);
    lab.stop().await;

    let ours = lab.entries(&hub());
    for (kind, many) in [
        (EntryKind::CaseOpened, 1),
        (EntryKind::EnquirySent, 1),
        (EntryKind::ReturnReceived, 1),
        (EntryKind::Combination, 1),
        (EntryKind::Consultation, 3),
    ] {
        let found = of_kind(&ours, kind);
        assert_eq!(found.len(), many, "{kind}");
        for leaf in found {
            assert_eq!(
                leaf.entry.case,
                of_kind(&ours, EntryKind::CaseOpened)[0].entry.case
            );
            assert!(leaf.entry.case.is_some());
            assert_eq!(
                leaf.entry.purpose.as_ref(),
                Some(&matter.opening.purpose),
                "{kind}"
            );
            let power = leaf.entry.gateway.as_ref().map(Code::as_str);
            assert!(power.unwrap().starts_with("children_act_"), "{power:?}");
        }
    }
    let sent = of_kind(&ours, EntryKind::EnquirySent)[0];
    assert!(sent.entry.recipients.iter().eq([&police()]));
    assert!(sent.entry.actor.is_some());
    assert!(
        of_kind(&ours, EntryKind::Consultation)[0]
            .entry
            .actor
            .is_some()
    );

    let theirs = lab.entries(&police());
    let permit = of_kind(&theirs, EntryKind::Permit)[0];
    assert!(permit.entry.recipients.iter().eq([&hub()]));
    assert_ne!(permit.entry.case, None);
    assert_ne!(
        permit.entry.case, sent.entry.case,
        "each side has its own key"
    );
    let delivered = of_kind(&theirs, EntryKind::Delivered)[0];
    let index = usize::try_from(delivered.entry.concerns.unwrap()).unwrap();
    assert_eq!(&theirs[index], permit);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_leaf_of_a_whole_case_holds_anything_of_its_people() {
    let mut lab = lab(|_| {}).await;
    let desk = lab.person(&hub(), RESEARCHER);
    let story = tale("red");
    let matter = answered(&desk, "MASH-2026-00418").await;
    matter.product(&desk).await;
    lab.stop().await;

    let mut words = vec!["MASH-2026-00418".to_owned(), RESEARCHER.to_owned()];
    for subject in &story.subjects {
        for name in &subject.names {
            words.push(name.surname.reveal().clone());
        }
        let numbers = subject.identifiers.iter();
        words.extend(numbers.map(|one| one.value.reveal().replace(' ', "")));
        let places = subject.addresses.iter();
        words.extend(places.map(|one| one.postcode.reveal().clone()));
    }
    words.retain(|word| word.len() > 3);
    assert!(words.len() > 4);
    for member in [hub(), police()] {
        for leaf in lab.entries(&member) {
            let bytes = leaf.entry.to_leaf_bytes(&leaf.nonce, &leaf.body).unwrap();
            let text = String::from_utf8(bytes).unwrap();
            for word in &words {
                assert!(!text.contains(word.as_str()), "{member}: {text}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn counts_in_one_entry_what_a_hub_sends_beyond_its_budget() {
    let mut lab = lab(|dir| {
        let file = dir.join(police().as_str()).join("agency.toml");
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, format!("{text}\n[answer]\nhourly_budget = 1\n")).unwrap();
    })
    .await;
    // Well inside an hour, so that it cannot end during the test.
    let into_hour_s = lab.time.clock().now().millis().rem_euclid(3_600_000) / 1_000;
    lab.time.advance_s(3_600 - into_hour_s + 60);
    let raw = lab.raw_hub();
    raw.ask(Kind::Police, &raw.enquiry(Kind::Police, &tale("red")))
        .await;
    let start = lab.entries(&police()).len();

    for _ in 0..20 {
        let body = raw
            .sign(&raw.enquiry(Kind::Police, &tale("red")))
            .into_bytes();
        let reply = raw.post(Kind::Police, body).await.unwrap();
        assert_eq!(problem(&reply).code(), "budget_exhausted");
    }
    for _ in 0..3 {
        raw.post(Kind::Police, b"not signed".to_vec())
            .await
            .unwrap();
    }
    let first = lab.entries(&police());
    assert_eq!(first.len(), start + 1, "the first one only");
    lab.stop().await;

    let all = lab.entries(&police());
    let summary = all.last().unwrap();
    assert_eq!(all.len(), start + 2);
    assert_eq!(summary.entry.kind, EntryKind::Refusal);
    assert_eq!(reason(summary), Some("budget_exhausted"));
    assert_eq!(counted(summary, "budget_exhausted"), Some(19));
    assert_eq!(counted(summary, "signature_invalid"), Some(3));
    assert_eq!(summary.entry.member, Some(hub()));
}

#[tokio::test(flavor = "multi_thread")]
async fn records_a_refused_question_with_its_case_and_one_too_long_to_read_without() {
    let mut lab = lab(|_| {}).await;
    let raw = lab.raw_hub();
    let mut enquiry = raw.enquiry(Kind::Police, &tale("red"));
    enquiry.look_back_months = 0;

    let refused = raw
        .post(Kind::Police, raw.sign(&enquiry).into_bytes())
        .await;
    let long = raw.post(Kind::Police, vec![b'x'; 129 * 1024]).await;

    assert_eq!(problem(&refused.unwrap()).code(), "out_of_bounds");
    assert_eq!(problem(&long.unwrap()).code(), "enquiry_too_large");
    lab.stop().await;
    let all = lab.entries(&police());
    let refusals = of_kind(&all, EntryKind::Refusal);
    assert_eq!(refusals.len(), 2);
    assert_eq!(reason(refusals[0]), Some("out_of_bounds"));
    assert!(refusals[0].entry.case.is_some() && refusals[0].entry.digest.is_some());
    assert_eq!(reason(refusals[1]), Some("enquiry_too_large"));
    assert!(refusals[1].entry.case.is_none() && refusals[1].entry.digest.is_none());
}

fn telling(case: &str, said: &str) -> Value {
    json!({
        "case": case,
        "purpose": "s47_enquiry",
        "ground": "strategy_meeting",
        "said": said,
        "teller": "DS Example, child protection team",
        "told": "the team manager of children's social care",
        "recipient": HUB,
        "categories": ["police.conviction"],
        "account": "that one conviction is on record, with its date and kind",
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn word_of_mouth_is_recorded_before_and_after_the_fact_on_either_side() {
    let mut lab = lab(|dir| {
        let file = dir.join(HUB).join("hub.toml");
        let text = std::fs::read_to_string(&file).unwrap();
        let wider = text.replace("\"researcher\", ", "\"researcher\", \"auditor\", ");
        assert_ne!(wider, text);
        std::fs::write(&file, wider).unwrap();
    })
    .await;
    let desk = lab.person(&hub(), RESEARCHER);
    let officer = lab.person(&police(), APPROVER);
    answered(&desk, "MASH-2026-00419").await;
    let now = lab.time.clock().now();
    let (past, future) = (
        now.plus_s(-3_600).to_string(),
        now.plus_s(3_600).to_string(),
    );
    let path = "/api/v1/disclosures/verbal";

    for (who, said) in [(&desk, &past), (&officer, &past), (&officer, &future)] {
        let reply = who
            .post(path, &telling("MASH-2026-00419", said))
            .await
            .unwrap();
        assert_eq!(reply.status, StatusCode::CREATED, "{:?}", reply.body);
    }
    let wrong = [
        ("unknown_word", json!({"ground": "gossip"})),
        ("unknown_word", json!({"purpose": "curiosity"})),
        ("unknown_word", json!({"categories": ["police.gossip"]})),
        ("out_of_bounds", json!({"categories": []})),
        ("out_of_bounds", json!({"account": "short"})),
        ("out_of_bounds", json!({"told": " "})),
        (
            "out_of_bounds",
            json!({"said": now.plus_s(8 * 86_400).to_string()}),
        ),
        (
            "out_of_bounds",
            json!({"said": now.plus_s(-367 * 86_400).to_string()}),
        ),
        ("malformed", json!({"said": "yesterday"})),
    ];
    for (code, change) in wrong {
        let mut told = telling("MASH-2026-00419", &past);
        told.as_object_mut()
            .unwrap()
            .extend(change.as_object().unwrap().clone());
        let reply = officer.post(path, &told).await.unwrap();
        assert_eq!(problem(&reply).code(), code, "{change}");
    }
    let unknown = desk
        .post(path, &telling("MASH-2026-99999", &past))
        .await
        .unwrap();
    assert_eq!(problem(&unknown).code(), "unknown_case");
    let known = tale("red").subjects.remove(0);
    let (name, Some(Born::Exact(born))) = (&known.names[0], known.born) else {
        panic!("the story's first person has a date of birth");
    };
    let asked = json!({"reason": "access_request", "person": {
        "forenames": name.forenames, "surname": name.surname, "born": born,
    }});
    let account = desk.post("/api/v1/ledger/subject", &asked).await.unwrap();
    assert_eq!(account.status, StatusCode::OK, "{:?}", account.body);
    let account: Account = serde_json::from_slice(&account.body).unwrap();
    let told: Vec<_> = account
        .disclosures
        .iter()
        .filter(|one| one.kind.as_str() == "verbal_disclosure")
        .flat_map(|one| &one.categories)
        .map(|category| category.id.to_string())
        .collect();
    assert_eq!(told, ["police.conviction"], "a subject's account has it");
    lab.stop().await;

    let ours = lab.entries(&hub());
    let theirs = lab.entries(&police());
    let (here, there) = (
        of_kind(&ours, EntryKind::VerbalDisclosure),
        of_kind(&theirs, EntryKind::VerbalDisclosure),
    );
    assert_eq!((here.len(), there.len()), (1, 2));
    assert_eq!(counted(here[0], "recorded_after"), Some(1));
    assert_eq!(counted(there[0], "recorded_after"), Some(1));
    assert_eq!(counted(there[1], "recorded_before"), Some(1));
    for leaf in here.iter().chain(&there) {
        assert_eq!(reason(leaf), Some("strategy_meeting"));
        assert!(leaf.entry.recipients.iter().eq([&hub()]));
        assert!(leaf.entry.actor.is_some() && leaf.entry.case.is_some());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn marks_an_entry_as_wrong_and_refuses_without_its_case_or_for_no_reason() {
    let mut lab = lab(|_| {}).await;
    let desk = lab.person(&hub(), RESEARCHER);
    answered(&desk, "MASH-2026-00420").await;
    let all = lab.entries(&hub());
    let at = all
        .iter()
        .position(|leaf| leaf.entry.kind == EntryKind::ReturnReceived)
        .unwrap();
    let path = format!("/api/v1/ledger/entries/{at}/correction");
    let mistake = |reason: &str, case: Option<&str>| json!({"reason": reason, "note": "the conviction is another person's", "case": case});

    for (code, body) in [
        ("case_differs", mistake("wrong_person", None)),
        ("case_differs", mistake("wrong_person", Some("MASH-2026-1"))),
        (
            "unknown_word",
            mistake("regretted", Some("MASH-2026-00420")),
        ),
    ] {
        let reply = desk.post(&path, &body).await.unwrap();
        assert_eq!(problem(&reply).code(), code);
    }
    let right = mistake("wrong_person", Some("MASH-2026-00420"));
    let nowhere = desk
        .post("/api/v1/ledger/entries/999999/correction", &right)
        .await;
    assert_eq!(problem(&nowhere.unwrap()).code(), "unknown_entry");
    let reply = desk.post(&path, &right).await.unwrap();
    assert_eq!(reply.status, StatusCode::CREATED);
    lab.stop().await;

    let after = lab.entries(&hub());
    let marked = of_kind(&after, EntryKind::Correction);
    assert_eq!(marked.len(), 1);
    assert_eq!(marked[0].entry.concerns, Some(u64::try_from(at).unwrap()));
    assert_eq!(marked[0].entry.case, all[at].entry.case);
    assert_eq!(reason(marked[0]), Some("wrong_person"));
    assert_eq!(after[at], all[at], "the old entry stands as it was");
}

#[tokio::test(flavor = "multi_thread")]
async fn policy_and_directory_are_recorded_when_they_change_and_only_then() {
    let mut lab = lab(|_| {}).await;
    let changes = |lab: &Lab| {
        let all = lab.entries(&police());
        (
            count(&all, EntryKind::Start),
            count(&all, EntryKind::PolicyChange),
            count(&all, EntryKind::DirectoryChange),
        )
    };
    assert_eq!(changes(&lab), (1, 1, 1));

    lab.stop_one(&police()).await;
    lab.start_one(&police()).await;
    assert_eq!(changes(&lab), (2, 1, 1), "nothing changed");

    lab.stop_one(&police()).await;
    papers::change_directory(lab.dir(), |text| text.replace("version = 1", "version = 2"));
    lab.start_one(&police()).await;
    assert_eq!(changes(&lab), (3, 1, 2));
    lab.stop().await;
    let all = lab.entries(&police());
    let reasons: Vec<_> = of_kind(&all, EntryKind::DirectoryChange)
        .into_iter()
        .map(reason)
        .collect();
    assert_eq!(reasons, [Some("first"), Some("changed")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_product_is_not_shown_to_who_may_not_read_it_and_no_reading_is_recorded() {
    let mut lab = lab(|dir| {
        let file = dir.join(HUB).join("hub.toml");
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(
            &file,
            text.replace("\"researcher\", \"hub_manager\"", "\"it_admin\""),
        )
        .unwrap();
    })
    .await;
    let desk = lab.person(&hub(), RESEARCHER);

    let reply = desk
        .call(
            Method::GET,
            "/api/v1/cases/MASH-2026-00421/product",
            Vec::new(),
        )
        .await
        .unwrap();

    assert_eq!(problem(&reply).code(), "role_missing");
    lab.stop().await;
    assert_eq!(count(&lab.entries(&hub()), EntryKind::Consultation), 0);
}
