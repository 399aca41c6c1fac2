//! Looking back at an agency: what other rules would have answered, what rules were needed for, why an
//! enquiry was answered as it was, and the record of each decision. Each reading is on record first.

use std::process::Command;

use harness::ledger::count;
use harness::{Caller, Lab, Matter, RawHub, problem, tale};
use hyper::StatusCode;
use serde_json::json;
use stile_cli::demo::partnership::{APPROVER, AUDITOR, HUB, LEAD, OFFICER, RESEARCHER, member};
use stile_cli::demo::world::Kind;
use stile_exchange::agency::{TaskKind, Verdict};
use stile_exchange::policy::PolicyText;
use stile_exchange::policy::looking_back::{DecisionRecords, PastExplained, Replayed, Reviewed};
use stile_ledger::EntryKind;
use stile_model::code::ConsentState;
use stile_model::enquiry::{Ask, Enquiry};
use stile_model::id::MemberId;
use stile_policy::{Decider, Effect};

use crate::STILE;
use crate::approvals::decide;

const PEOPLE: usize = 50;
const WHY: &str = "Recent incidents decide whether the child is safe tonight";

fn police() -> MemberId {
    member(Kind::Police).unwrap()
}

/// A question of a story for these categories.
fn question(raw: &RawHub, story: &str, categories: &[&str]) -> Enquiry {
    let mut enquiry = raw.enquiry(Kind::Police, &tale(story));
    enquiry.asks = categories
        .iter()
        .map(|category| Ask {
            category: category.parse().unwrap(),
            necessity: WHY.into(),
        })
        .collect();
    enquiry
}

/// A lab in which the police have answered about a section 47 enquiry, about convictions and incidents,
/// and about two threshold enquiries.
async fn asked() -> (Lab, [Enquiry; 3]) {
    let lab = Lab::start(&[Kind::Police], PEOPLE).await;
    let raw = lab.raw_hub();
    let both: &[&str] = &["police.conviction", "police.domestic_incident"];
    let questions = [
        question(&raw, "red", both),
        question(&raw, "threshold", &["police.domestic_incident"]),
        question(&raw, "threshold", both),
    ];
    for question in &questions {
        raw.ask(Kind::Police, question).await;
    }
    (lab, questions)
}

fn reads(lab: &Lab) -> usize {
    count(&lab.entries(&police()), EntryKind::AccessToLog)
}

async fn rules_in_force(desk: &Caller) -> String {
    desk.read::<PolicyText>("/api/v1/policy/rules").await.rules
}

const REPLAY: &str = "/api/v1/policy/replay";

#[tokio::test(flavor = "multi_thread")]
async fn says_exactly_which_past_enquiries_a_changed_rule_would_change_and_records_the_reading() {
    let (mut lab, questions) = asked().await;
    let desk = lab.person(&police(), LEAD);
    let rules = rules_in_force(&desk).await;
    let tighter = format!(
        "{rules}\n[[rule]]\nid = \"NEW-1\"\nnever_above = \"police.domestic_incident.*\"\nas = \"none\"\n\
         when = {{ purpose = [\"s47_enquiry\"] }}\nwhy = \"A trial\"\nowner = \"IG\"\n"
    );
    let before = reads(&lab);

    let ask = |rules: &str| json!({ "reason": "review", "rules": rules });
    let same: Replayed = desk.taken(REPLAY, &ask(&rules)).await;
    let changed: Replayed = desk.taken(REPLAY, &ask(&tighter)).await;

    assert_eq!((same.replay.enquiries, same.replay.different()), (3, 0));
    assert_eq!(
        same.replay.lines(),
        ["None of 3 past enquiries would be answered differently."]
    );
    assert_eq!(changed.replay.different(), 1);
    let one = &changed.replay.changed[0];
    assert_eq!((one.enquiry, one.effect), (questions[0].id, Effect::Less));
    let fields = one.fields.iter().map(|field| field.field.category());
    assert!(
        fields
            .into_iter()
            .all(|of| of.as_str() == "police.domestic_incident")
    );
    assert!(
        changed.replay.lines()[0]
            .starts_with("1 of 3 past enquiries would be answered differently"),
        "{:?}",
        changed.replay.lines()
    );
    assert_eq!(
        (changed.covered.erased, changed.by_earlier_versions),
        (0, 0)
    );
    assert_eq!(
        reads(&lab),
        before + 2,
        "each replay is a reading on record"
    );

    // The newest first; what is left out is said.
    let mut few = ask(&tighter);
    few["span"] = json!({ "limit": 1 });
    let few: Replayed = desk.taken(REPLAY, &few).await;
    assert_eq!((few.replay.enquiries, few.covered.left_out), (1, 2));
    let mut later = ask(&tighter);
    later["span"] = json!({ "since": "2199-01-01" });
    let later: Replayed = desk.taken(REPLAY, &later).await;
    assert_eq!((later.replay.enquiries, later.covered.left_out), (0, 0));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_to_look_back_for_the_wrong_people_rules_and_reasons_and_reads_nothing() {
    let (mut lab, questions) = asked().await;
    let desk = lab.person(&police(), AUDITOR);
    let approver = lab.person(&police(), APPROVER);
    let rules = rules_in_force(&desk).await;
    let before = reads(&lab);
    let good = json!({ "reason": "audit", "rules": rules });

    assert_eq!(approver.refused(REPLAY, &good).await, "role_missing");
    let bad = json!({ "reason": "audit", "rules": rules.replace("ask = ", "aks = ") });
    assert_eq!(desk.refused(REPLAY, &bad).await, "policy_refused");
    let bad = json!({ "reason": "curiosity", "rules": rules });
    assert_eq!(desk.refused(REPLAY, &bad).await, "unknown_reason");
    for limit in [0, 100_001] {
        let bad = json!({ "reason": "audit", "span": { "limit": limit } });
        assert_eq!(
            desk.refused("/api/v1/policy/review", &bad).await,
            "out_of_bounds"
        );
    }
    for what in ["decisions", "explanation"] {
        let why = json!({ "reason": "audit" });
        let known = format!("/api/v1/policy/enquiries/{}/{what}", questions[0].id);
        assert_eq!(approver.refused(&known, &why).await, "role_missing");
        let bad = json!({ "reason": "curiosity" });
        assert_eq!(desk.refused(&known, &bad).await, "unknown_reason");
        let unknown = stile_exchange::random::enquiry_id().unwrap();
        let unknown = format!("/api/v1/policy/enquiries/{unknown}/{what}");
        assert_eq!(desk.refused(&unknown, &why).await, "unknown_enquiry");
    }

    assert_eq!(reads(&lab), before);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn explains_a_past_enquiry_and_shows_the_record_of_every_decision_on_it() {
    let (mut lab, questions) = asked().await;
    let desk = lab.person(&police(), AUDITOR);
    let approver = lab.person(&police(), APPROVER);
    let id = questions[0].id;
    let tasks = crate::approvals::waiting(&approver).await;
    let waiting = tasks
        .iter()
        .find(|task| task.enquiry == id && task.kind == TaskKind::Approval)
        .expect("the story's incident summary waits for the sergeant");
    let done = decide(&approver, waiting.id, Verdict::Agree).await;
    assert_eq!(done.status, StatusCode::OK);
    let before = reads(&lab);
    let why = json!({ "reason": "complaint" });

    let path = format!("/api/v1/policy/enquiries/{id}");
    let held: DecisionRecords = desk.taken(&format!("{path}/decisions"), &why).await;
    let told: PastExplained = desk.taken(&format!("{path}/explanation"), &why).await;

    let [first, second] = &held.records[..] else {
        panic!(
            "one decision of policy, one of a person: {:?}",
            held.records
        );
    };
    let request = &first.request;
    assert_eq!(request.requester.user.as_str(), RESEARCHER);
    assert_eq!(request.data[0].necessity.reveal(), WHY);
    assert!(request.lawful_basis.contains("Art 6(1)") && !request.part_3);
    assert!(request.legal_power[0].contains("Children Act 1989 s.47"));
    assert!(request.condition.contains("Sch 1 para 18"));
    assert!(!request.retention.is_empty() && !request.agreement.is_empty());
    assert!(request.without_consent.is_some());
    assert_eq!(first.by, Decider::Policy(first.policy));
    assert!(!first.reasons.is_empty() && first.reasons.iter().all(|one| !one.why.is_empty()));
    let Decider::Person { by, why: words } = &second.by else {
        panic!("{:?}", second.by);
    };
    assert_eq!(by[0].user.as_str(), APPROVER);
    assert!(!by[0].position.is_empty() && !words.reveal().is_empty());

    assert_eq!((told.enquiry, told.version), (id, Some(1)));
    assert_eq!(told.policy, first.policy);
    assert_eq!(told.decisions, held.records);
    let date = told
        .rulings
        .iter()
        .find(|one| one.field.as_str() == "police.domestic_incident.date")
        .unwrap();
    assert!(date.rules.iter().any(|one| one.rule.as_str() == "S47-01"));
    assert!(date.explanation.contains("S47-01"), "{}", date.explanation);

    // What was read is on record with the case; nobody asked about is named, nor why, in any leaf.
    let leaves = lab.entries(&police());
    assert_eq!(count(&leaves, EntryKind::AccessToLog), before + 2);
    let surname = questions[0].subjects[0].names[0].surname.reveal();
    for said in [format!("{held:?}"), format!("{told:?}")] {
        assert!(!said.contains(surname.as_str()) && !said.contains(WHY));
    }
    let json = serde_json::to_string(&held).unwrap();
    assert!(!json.contains(surname.as_str()), "{json}");
    for leaf in &leaves {
        let text = format!("{:?}", leaf.entry);
        assert!(!text.contains(WHY) && !text.contains(surname.as_str()));
    }
    lab.stop().await;
}

/// What a cap held back until a person agreed stands under the rule that grants it.
#[tokio::test(flavor = "multi_thread")]
async fn the_record_of_an_approved_release_names_the_grant_and_not_the_cap() {
    let mut lab = Lab::start(&[Kind::Police], PEOPLE).await;
    let raw = lab.raw_hub();
    let mut refused = question(&raw, "red", &["police.domestic_incident"]);
    refused.purpose = "threshold_enquiry".parse().unwrap();
    refused.consent.state = ConsentState::Refused;
    let first = raw.ask(Kind::Police, &refused).await;
    assert!(first.answer.more, "`CONSENT-03` leaves it to a person");
    let approver = lab.person(&police(), APPROVER);

    let tasks = crate::approvals::waiting(&approver).await;
    for task in &tasks {
        if task.kind == TaskKind::Approval {
            let done = decide(&approver, task.id, Verdict::Agree).await;
            assert_eq!(done.status, StatusCode::OK);
        }
    }

    let desk = lab.person(&police(), AUDITOR);
    let path = format!("/api/v1/policy/enquiries/{}/decisions", refused.id);
    let held: DecisionRecords = desk.taken(&path, &json!({ "reason": "complaint" })).await;
    assert!(held.records[0].reasons.is_empty(), "nothing left at once");
    let after = held.records.iter().skip(1);
    let named: Vec<&str> = after
        .flat_map(|record| &record.reasons)
        .map(|reason| reason.rule.as_str())
        .collect();
    assert!(named.contains(&"THR-01"), "{named:?}");
    assert!(!named.contains(&"CONSENT-03"), "{named:?}");
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_command_explains_an_imagined_question_and_a_past_enquiry() {
    let (mut lab, questions) = asked().await;
    let id = questions[0].id.to_string();
    let own = lab
        .dir()
        .join(police().as_str())
        .join("people")
        .join(AUDITOR);
    let person = own.join("person.toml");
    let stile = move |words: Vec<String>| {
        let person = person.clone();
        tokio::task::spawn_blocking(move || {
            let mut command = Command::new(STILE);
            let command = command.args(["policy", "explain"]).args(words);
            command.env("STILE_PERSON", person).output().unwrap()
        })
    };
    let words = |text: &str| text.split(' ').map(ToOwned::to_owned).collect();
    let before = reads(&lab);

    let past = stile(words(&format!("--enquiry {id} --reason audit")));
    let past = past.await.unwrap();
    let unexplained = stile(words(&format!("--enquiry {id}"))).await.unwrap();
    let both = format!("--enquiry {id} --reason audit --rules rules.toml");
    let both = stile(words(&both)).await.unwrap();
    let neither = stile(words("--reason audit")).await.unwrap();

    let told = String::from_utf8(past.stdout).unwrap();
    let wrong = String::from_utf8_lossy(&past.stderr).into_owned();
    assert!(past.status.success(), "{wrong}");
    assert!(
        told.starts_with(&format!("Enquiry {id}, ruled on at ")),
        "{told}"
    );
    assert!(
        told.contains("which are version 1\n") && told.contains("S47-01"),
        "{told}"
    );
    for (refused, said) in [
        (unexplained, "--reason"),
        (both, "--rules"),
        (neither, "--enquiry"),
    ] {
        assert_eq!(refused.status.code(), Some(2));
        let wrong = String::from_utf8(refused.stderr).unwrap();
        assert!(wrong.contains(said), "{wrong}");
    }
    assert_eq!(reads(&lab), before + 1);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_review_says_what_each_rule_was_needed_for_and_proposes_rules_that_would_have_done() {
    let (mut lab, questions) = asked().await;
    let desk = lab.person(&police(), AUDITOR);
    let approver = lab.person(&police(), APPROVER);
    let tasks = crate::approvals::waiting(&approver).await;
    let waiting = tasks
        .iter()
        .find(|task| task.enquiry == questions[0].id && task.kind == TaskKind::Approval)
        .unwrap();
    let done = decide(&approver, waiting.id, Verdict::Refuse).await;
    assert_eq!(done.status, StatusCode::OK);

    let path = "/api/v1/policy/review";
    let told: Reviewed = desk.taken(path, &json!({ "reason": "review" })).await;

    let review = &told.review;
    assert_eq!((review.enquiries, review.few), (3, true));
    let of = |rule: &str| {
        let found = review.rules.iter().find(|one| one.rule.as_str() == rule);
        found.unwrap_or_else(|| panic!("no {rule}"))
    };
    assert_eq!(of("S47-01").decided, 1);
    assert!(of("S47-01").released >= 1);
    assert!(review.rules.iter().any(|one| one.decided == 0));
    assert!(
        review.rules.iter().any(|one| one.refused == 1),
        "{review:?}"
    );
    assert!(!review.suggestions.is_empty());

    // Every suggestion taken together would have answered every one of them alike.
    let mut rules = rules_in_force(&desk).await;
    for suggestion in &review.suggestions {
        let start = rules
            .find(&format!("[[rule]]\nid = \"{}\"", suggestion.rule))
            .unwrap();
        let rest = &rules[start + 8..];
        let end = rest
            .find("[[rule]]")
            .map_or(rules.len(), |at| start + 8 + at);
        rules.replace_range(start..end, &format!("{}\n", suggestion.text));
    }
    let ask = json!({ "reason": "review", "rules": rules });
    let replayed: Replayed = desk.taken(REPLAY, &ask).await;
    assert_eq!(
        replayed.replay.different(),
        0,
        "{:#?}",
        replayed.replay.lines()
    );

    let text = serde_json::to_string(&told).unwrap();
    for question in &questions {
        for name in question.subjects.iter().flat_map(|one| &one.names) {
            assert!(!text.contains(name.surname.reveal().as_str()), "{text}");
        }
        assert!(!text.contains(&question.case.to_string()));
    }
    lab.stop().await;
}

/// Rules that disclose less, in a way that no case of the template asks about.
const ELSEWHERE: &str = "\n[[rule]]\nid = \"NEW-2\"\nnever_above = \"police.conviction.*\"\nas = \"none\"\n\
                         when = { hub = [\"hub-elsewhere\"] }\nwhy = \"No agreement covers it\"\nowner = \"IG\"\n";

#[tokio::test(flavor = "multi_thread")]
async fn each_past_enquiry_is_explained_and_replayed_by_the_version_that_ruled_it() {
    let (mut lab, questions) = asked().await;
    let lead = lab.person(&police(), LEAD);
    let text: PolicyText = lead.read("/api/v1/policy/rules").await;
    let newer = format!("{}{ELSEWHERE}", text.rules);
    let order = json!({
        "rules": newer,
        "cases": text.cases,
        "reason": "Nothing may go to a hub without an agreement",
    });
    let proposer = lab.person(&police(), OFFICER);
    let proposed = proposer
        .post("/api/v1/policy/proposals", &order)
        .await
        .unwrap();
    let said = String::from_utf8_lossy(&proposed.body).into_owned();
    assert!(proposed.status.is_success(), "{said}");
    let because = json!({ "reason": "Checked against the agreements in force" });
    for approver in [&lab.person(&police(), AUDITOR), &lead] {
        // As many as are needed, in different roles.
        if rules_in_force(&lead).await != newer {
            let approval = "/api/v1/policy/proposals/2/approval";
            let approved = approver.post(approval, &because).await.unwrap();
            let said = String::from_utf8_lossy(&approved.body).into_owned();
            assert!(approved.status.is_success(), "{said}");
        }
    }
    assert!(
        rules_in_force(&lead).await == newer,
        "version 2 is in force"
    );

    let why = json!({ "reason": "audit" });
    let path = format!("/api/v1/policy/enquiries/{}/explanation", questions[0].id);
    let told: PastExplained = lead.taken(&path, &why).await;
    let back = json!({ "reason": "audit", "rules": text.rules });
    let back: Replayed = lead.taken(REPLAY, &back).await;

    assert_eq!(told.version, Some(1));
    assert!(!told.rulings.is_empty());
    let rules = told.rulings.iter().flat_map(|one| &one.rules);
    assert!(rules.into_iter().all(|one| one.rule.as_str() != "NEW-2"));
    assert_eq!((back.replay.enquiries, back.replay.different()), (3, 0));
    assert_eq!((back.by_earlier_versions, back.by_unknown_versions), (3, 0));

    // What is asked now is ruled on, and explained, by the new version.
    let raw = lab.raw_hub();
    let now = question(&raw, "red", &["police.conviction"]);
    raw.ask(Kind::Police, &now).await;
    let path = format!("/api/v1/policy/enquiries/{}/explanation", now.id);
    let told: PastExplained = lead.taken(&path, &why).await;
    assert_eq!(told.version, Some(2));

    // The same rules in force again are another version, which did not rule on the first.
    let again = json!({ "to": 1, "reason": "Not needed after all, as it turned out" });
    let again = proposer
        .post("/api/v1/policy/rollback", &again)
        .await
        .unwrap();
    assert!(again.status.is_success());
    for approver in [&lab.person(&police(), AUDITOR), &lead] {
        let approval = "/api/v1/policy/proposals/3/approval";
        let approved = approver.post(approval, &because).await.unwrap();
        assert!(approved.status.is_success());
    }
    assert!(rules_in_force(&lead).await == text.rules);
    let path = format!("/api/v1/policy/enquiries/{}/explanation", questions[0].id);
    let told: PastExplained = lead.taken(&path, &why).await;
    assert_eq!(told.version, Some(1));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hub_itself_refuses_to_ask_what_would_leave_the_record_incomplete() {
    let mut lab = Lab::start(&[Kind::Police], PEOPLE).await;
    let desk = lab.person(&HUB.parse().unwrap(), RESEARCHER);
    let mut matter = Matter::of(&tale("red"), "MASH-2026-30001");
    matter.opening.consent.override_reason = None;
    assert_eq!(matter.open(&desk).await.status, StatusCode::CREATED);

    let asked = matter
        .ask(&desk, &[(Kind::Police, &["police.conviction"])])
        .await;

    let said = problem(&asked);
    assert_eq!(said.code(), "decision_record_incomplete");
    assert!(said.title.contains("`without_consent`"), "{}", said.title);
    let sent = lab.entries(&HUB.parse().unwrap());
    assert_eq!(count(&sent, EntryKind::EnquirySent), 0);
    lab.stop().await;
}
