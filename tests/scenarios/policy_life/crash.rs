//! A gateway killed between approval and activation, and one whose stored policy another hand has
//! changed.

use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use harness::process::Site;
use harness::tale;
use serde_json::{Value, json};
use stile_cli::demo::partnership::{AUDITOR, LEAD, OFFICER};
use stile_cli::demo::world::Kind;
use stile_cli::people::Desk;
use stile_exchange::clock::Clock;
use stile_exchange::policy::{InForce, Origin, Proposal, ProposalState, Proposed};
use stile_ledger::{EntryKind, Leaf};
use stile_model::code::CategoryStatus;
use stile_model::digest::Digest;
use stile_model::id::CategoryId;
use stile_store::{Batch, Tree};

use super::{PATIENCE, PEOPLE, WHY, because, begin_with, cases, order, rules};
use crate::STILE;

const POLICE: &str = "riverside-police";

async fn site() -> Site {
    let mut site = Site::set_up(STILE, &[Kind::Police], PEOPLE).await;
    begin_with(site.dir(), &rules("exact", true), &cases("exact"));
    site.start(POLICE);
    site
}

fn desk(site: &Site, user: &str) -> Desk {
    let people = site.member_dir(POLICE).join("people");
    Desk::open(&people.join(user).join("person.toml")).unwrap()
}

async fn propose(site: &Site, order: &Value) -> u64 {
    let proposed: Proposed = desk(site, AUDITOR)
        .post("/api/v1/policy/proposals", order)
        .await
        .unwrap();
    proposed.proposal.unwrap().version
}

/// Brings other rules into force with everybody's approval, and gives their digest.
pub(crate) async fn change(site: &Site) -> Digest {
    let version = propose(site, &order(&rules("year", true), &cases("year"))).await;
    let path = format!("/api/v1/policy/proposals/{version}/approval");
    for user in [OFFICER, LEAD] {
        let approved: Proposal = desk(site, user).post(&path, &because()).await.unwrap();
        if matches!(approved.state, ProposalState::InForce { .. }) {
            return approved.rules;
        }
    }
    panic!("version {version} is not in force")
}

async fn in_force(site: &Site) -> u64 {
    let now: InForce = desk(site, AUDITOR)
        .get("/api/v1/policy/in-force", PATIENCE)
        .await
        .unwrap();
    now.version
}

/// Why policies came into force, oldest first.
fn changes(site: &Site) -> Vec<String> {
    let leaves = site.leaves(POLICE).into_iter();
    leaves
        .map(|leaf| Leaf::parse(&leaf).unwrap().entry)
        .filter(|entry| entry.kind == EntryKind::PolicyChange)
        .map(|entry| entry.reason.unwrap().to_string())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_between_approval_and_activation_activates_once() {
    let mut site = site().await;
    let moment = Clock::system().now().plus_s(20);
    let mut wanted = order(&rules("year", true), &cases("year"));
    wanted["active_from"] = json!(moment);
    let version = propose(&site, &wanted).await;
    let path = format!("/api/v1/policy/proposals/{version}/approval");
    let _: Proposal = desk(&site, OFFICER).post(&path, &because()).await.unwrap();
    site.kill(POLICE);
    assert_eq!(changes(&site), ["founded"]);
    while Clock::system().now() <= moment {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }

    site.start(POLICE);
    assert_eq!(
        in_force(&site).await,
        version,
        "in force before anybody is answered"
    );
    site.kill(POLICE);
    site.start(POLICE);

    assert_eq!(in_force(&site).await, version);
    site.stop(POLICE);
    assert_eq!(changes(&site), ["founded", "approved"]);
    assert!(site.verified(POLICE).is_sound());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_during_approval_leaves_all_of_it_or_nothing() {
    let mut site = site().await;
    let mut expected = vec!["founded".to_owned()];
    // Killed after so long, and at last once the approval is acknowledged.
    for (delay_ms, date) in [(Some(5), "month"), (Some(60), "year"), (None, "known")] {
        let now = in_force(&site).await;
        let version = propose(&site, &order(&rules(date, true), &cases(date))).await;
        let officer = desk(&site, OFFICER);
        let path = format!("/api/v1/policy/proposals/{version}/approval");
        let approving = tokio::spawn(async move {
            let answer: Result<Proposal, _> = officer.post(&path, &because()).await;
            answer.is_ok()
        });
        let acknowledged = if let Some(delay_ms) = delay_ms {
            tokio::time::sleep(Duration::from_millis(delay_ms)).await;
            site.kill(POLICE);
            approving.await.unwrap()
        } else {
            let acknowledged = approving.await.unwrap();
            site.kill(POLICE);
            assert!(acknowledged, "an approval that nothing cuts short");
            acknowledged
        };

        site.start(POLICE);

        let after = in_force(&site).await;
        assert!(
            after == version || (after == now && !acknowledged),
            "{after}"
        );
        if after == version {
            expected.push("approved".to_owned());
        }
        let kept = changes(&site);
        assert_eq!(kept, expected, "the ledger holds what is in force");
    }
    site.stop(POLICE);
}

/// Changes what the store keeps under a key of policies, as somebody with the gateway's own keys
/// could.
async fn tamper(site: &Site, space: &str, change: impl Fn(String) -> String) {
    let store = site.open_store(POLICE);
    let rows = store
        .scan(Tree::Policies, space.as_bytes(), None, 10)
        .unwrap();
    let (key, value) = rows.into_iter().next_back().unwrap();
    let text = String::from_utf8(value).unwrap();
    let changed = change(text.clone());
    assert_ne!(changed, text);
    let batch = Batch::put(Tree::Policies, key, Some(changed.into_bytes()));
    store.commit(batch).await.unwrap();
}

/// Starts a gateway that must not start, and gives what it says.
async fn refuses_to_start(site: &mut Site) -> String {
    site.launch(POLICE);
    let begun = Instant::now();
    while !site.has_ended(POLICE) {
        assert!(begun.elapsed() < PATIENCE, "it serves");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    site.log(POLICE)
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_to_activate_what_casbin_never_proved() {
    let mut site = site().await;
    site.stop(POLICE);
    // The payload of the signed bundle with one letter of the rules changed.
    tamper(&site, "bundle/", |text| {
        let parts: Vec<_> = text.split('.').collect();
        let payload = data_encoding::BASE64URL_NOPAD
            .decode(parts[1].as_bytes())
            .unwrap();
        let payload = String::from_utf8(payload).unwrap();
        let more = payload.replace("\\\"exact\\\"", "\\\"month\\\"");
        assert_ne!(more, payload);
        let payload = data_encoding::BASE64URL_NOPAD.encode(more.as_bytes());
        format!("{}.{payload}.{}", parts[0], parts[2])
    })
    .await;

    let said = refuses_to_start(&mut site).await;

    assert!(
        said.contains("version 1") && said.contains("restore it"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_an_older_bundle_in_the_place_of_a_newer_one() {
    let mut site = site().await;
    let version = propose(&site, &order(&rules("year", true), &cases("year"))).await;
    let path = format!("/api/v1/policy/proposals/{version}/approval");
    let _: Proposal = desk(&site, OFFICER).post(&path, &because()).await.unwrap();
    site.stop(POLICE);
    let store = site.open_store(POLICE);
    let rows = store.scan(Tree::Policies, b"bundle/", None, 10).unwrap();
    drop(store);
    let first = String::from_utf8(rows[0].1.clone()).unwrap();
    tamper(&site, "bundle/", |_| first.clone()).await;

    let said = refuses_to_start(&mut site).await;

    assert!(said.contains("its bundle is version 1"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_earlier_bundle_that_does_not_hold_keeps_nobody_from_proposing_or_going_back() {
    let mut site = site().await;
    let raw = site.raw_hub();
    let enquiry = raw.enquiry(Kind::Police, &tale("red"));
    raw.ask(Kind::Police, &enquiry).await;
    change(&site).await;
    site.stop(POLICE);
    tamper(&site, "bundle/00000000000000000001", |text| {
        text.replace('.', "!")
    })
    .await;
    site.start(POLICE);

    // The enquiry is held against the rules in force, as those that ruled it do not verify.
    let proposed: Proposed = desk(&site, AUDITOR)
        .post(
            "/api/v1/policy/proposals",
            &order(&rules("exact", true), &cases("exact")),
        )
        .await
        .unwrap();
    let waiting = proposed.proposal.unwrap();
    let past = waiting.past.unwrap();
    assert_eq!((past.enquiries, past.more), (1, 1));
    let path = format!("/api/v1/policy/proposals/{}/approval", waiting.version);
    for user in [OFFICER, LEAD] {
        let _: Proposal = desk(&site, user).post(&path, &because()).await.unwrap();
    }
    assert_eq!(in_force(&site).await, 3);
    let back = json!({ "to": 2, "reason": WHY });
    let done: Proposed = desk(&site, AUDITOR)
        .post("/api/v1/policy/rollback", &back)
        .await
        .unwrap();

    let done = done.proposal.unwrap();
    assert!(matches!(done.state, ProposalState::InForce { .. }));
    assert_eq!(done.past, None, "nobody has to read it first");
    assert_eq!(in_force(&site).await, 4);
    site.stop(POLICE);
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_rules_approved_for_another_vocabulary() {
    let mut site = site().await;
    site.stop(POLICE);
    let file = site.dir().join("vocabulary.toml");
    site.edit(&file, |text| format!("{text}\n# another one\n"));

    let said = refuses_to_start(&mut site).await;

    assert!(said.contains("another vocabulary"), "{said}");
    assert_eq!(changes(&site), ["founded"], "nothing was changed by it");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_taken_back_never_comes_into_force_though_the_store_says_it_is_due() {
    let mut site = site().await;
    let moment = Clock::system().now().plus_s(600);
    let mut wanted = order(&rules("year", true), &cases("year"));
    wanted["active_from"] = json!(moment);
    let version = propose(&site, &wanted).await;
    let path = format!("/api/v1/policy/proposals/{version}");
    for (user, step) in [(OFFICER, "approval"), (LEAD, "rejection")] {
        let address = format!("{path}/{step}");
        let _: Proposal = desk(&site, user).post(&address, &because()).await.unwrap();
    }
    site.stop(POLICE);
    // As it stands where another gateway had begun to bring it into force.
    let due = format!("due/{version:020}").into_bytes();
    let past = serde_json::to_vec(&Clock::system().now()).unwrap();
    let store = site.open_store(POLICE);
    let batch = Batch::put(Tree::Policies, due, Some(past));
    store.commit(batch).await.unwrap();
    drop(store);

    site.start(POLICE);

    assert_eq!(in_force(&site).await, 1);
    site.stop(POLICE);
    assert_eq!(changes(&site), ["founded"]);
}

/// Whether an incident of somebody who poses a risk is held is not said, and the inspector is told.
const SEAL: &str = r#"
[[rule]]
id = "SEAL-01"
seal = "police.domestic_incident.outcome"
when = { subject = ["person_posing_risk"] }
approver = "detective_inspector"
why = "Children Act 1989 s.47(9)"
"#;

#[tokio::test(flavor = "multi_thread")]
async fn withholds_everything_under_a_new_vocabulary_until_rules_are_approved() {
    let mut site = Site::set_up(STILE, &[Kind::Police], PEOPLE).await;
    let sealing = format!("{}{SEAL}", rules("exact", true));
    begin_with(site.dir(), &sealing, &cases("exact"));
    site.start(POLICE);
    let raw = site.raw_hub();
    let before = raw.enquiry(Kind::Police, &tale("red"));
    raw.ask(Kind::Police, &before).await;
    site.stop(POLICE);
    let file = site.dir().join("vocabulary.toml");
    site.edit(&file, |text| format!("{text}\n# another one\n"));
    let mut child = Command::new(STILE)
        .args(["agency", "--withhold-until-approved", "-c"])
        .arg(site.config(POLICE))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    while changes(&site).len() < 2 {
        assert!(begun.elapsed() < PATIENCE, "it does not begin");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(changes(&site), ["founded", "new_vocabulary"]);

    // From then on it is a policy in force like any other.
    site.start(POLICE);

    let now: InForce = desk(&site, AUDITOR)
        .get("/api/v1/policy/in-force", PATIENCE)
        .await
        .unwrap();
    assert_eq!((now.version, now.origin), (2, Origin::NewVocabulary));
    assert!(now.notices.iter().any(|one| one.code == "new_vocabulary"));
    let raw = site.raw_hub();
    let enquiry = raw.enquiry(Kind::Police, &tale("red"));
    let answered = raw.ask(Kind::Police, &enquiry).await.answer;
    assert_eq!(answered.policy, now.digests.rules);
    assert!(answered.subjects.is_empty());
    assert!(
        answered
            .findings
            .iter()
            .all(|finding| finding.items.is_empty())
    );
    // What was sealed for some stays hidden, for everybody alike, and the hub is told what silence
    // means there.
    let sealed = |id: &CategoryId| id.as_str() == "police.domestic_incident";
    assert!(answered.closed.iter().any(sealed));
    let mut of = answered.findings.iter().filter(|one| sealed(&one.category));
    assert!(of.clone().next().is_some());
    assert!(of.all(|one| one.status == CategoryStatus::NoRecord));
    // It takes two officers to let anything out again.
    let version = propose(&site, &order(&rules("year", true), &cases("year"))).await;
    let path = format!("/api/v1/policy/proposals/{version}/approval");
    let half: Proposal = desk(&site, OFFICER).post(&path, &because()).await.unwrap();
    assert!(matches!(half.state, ProposalState::Waiting { .. }));
    let _: Proposal = desk(&site, LEAD).post(&path, &because()).await.unwrap();
    assert_eq!(in_force(&site).await, version);
    site.stop(POLICE);
}

#[tokio::test(flavor = "multi_thread")]
async fn officers_work_with_the_command_line() {
    let mut site = site().await;
    let papers = site.dir().join("papers");
    fs::create_dir(&papers).unwrap();
    let file = |name: &str, text: &str| {
        let path = papers.join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (new, tested) = (
        file("rules.toml", &rules("year", true)),
        file("cases.toml", &cases("year")),
    );
    let why = file("why.txt", WHY);
    let person = |user: &str| {
        let own = site.member_dir(POLICE).join("people").join(user);
        own.join("person.toml").to_str().unwrap().to_owned()
    };
    let (one, other) = (person(AUDITOR), person(OFFICER));
    let run = |arguments: &[&str]| {
        let mut all = vec!["policy"];
        all.extend(arguments);
        let ended = site.run(&all);
        let said = String::from_utf8(ended.stdout).unwrap();
        let wrong = String::from_utf8(ended.stderr).unwrap();
        (ended.status.success(), format!("{said}{wrong}"))
    };

    let (good, said) = run(&[
        "propose", "--person", &one, "--rules", &new, "--cases", &tested, "--reason", &why,
    ]);
    assert!(
        good && said.contains("version 2") && said.contains("less"),
        "{said}"
    );
    let (good, said) = run(&["approve", "--person", &one, "2", "--reason", &why]);
    assert!(!good && said.contains("own proposal"), "{said}");
    let (good, said) = run(&["approve", "--person", &other, "2", "--reason", &why]);
    assert!(good && said.contains("in force since"), "{said}");
    let (good, said) = run(&["status", "--person", &one]);
    assert!(good && said.contains("in force: version 2"), "{said}");
    let (good, said) = run(&["history", "--person", &one, "--version", "1"]);
    assert!(good && said.contains("as = \"exact\""), "{said}");
    let (good, said) = run(&["rollback", "--person", &one, "--to", "1", "--reason", &why]);
    assert!(good && said.contains("waits for approval"), "{said}");
    let (good, said) = run(&["reject", "--person", &other, "3", "--reason", &why]);
    assert!(good && said.contains("rejected"), "{said}");
    let (good, said) = run(&["activate", "--person", &other, "3"]);
    assert!(!good && said.contains("approvals"), "{said}");
    site.stop(POLICE);
}
