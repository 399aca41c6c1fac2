//! One agency and two hubs, each with an agreement and rules of its own: each gets what is its own, sees
//! nothing of the other, and uses up nothing of the other's; the ledger tells the two apart.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use harness::ledger::count;
use harness::papers::{self, SECOND_HUB};
use harness::{Answered, Caller, Door, Lab, RawHub, problem, tale};
use hyper::{Method, StatusCode};
use stile_cli::config::HubConfig;
use stile_cli::demo::SEED;
use stile_cli::demo::partnership::{APPROVER, HUB, OFFICER, member};
use stile_cli::demo::world::{Kind, World};
use stile_exchange::agency::Verdict;
use stile_exchange::clock::Clock;
use stile_exchange::reconcile::ReleasePage;
use stile_exchange::retention::{DueCase, DueList};
use stile_exchange::wire::{Acknowledgement, Offer};
use stile_ledger::EntryKind;
use stile_model::code::CategoryStatus;
use stile_model::digest::Digest;
use stile_model::enquiry::Enquiry;
use stile_model::id::{CategoryId, Code, MemberId};
use stile_model::presence::{PRESENCE_TYP, PresenceForm, PresenceRequest};
use stile_model::returns::Return;
use stile_trust::jws;

use crate::approvals::{approval, decide, tasks};

const PEOPLE: usize = 50;
const CONVICTION: &str = "police.conviction";
const INCIDENT: &str = "police.domestic_incident";

/// What the force's officers wrote of the two: neither gets what the other does.
const RULES: &str = r#"
[[rule]]
id = "EAST-01"
never_above = "police.conviction.*"
as = "none"
when = { hub = ["eastside-hub"] }
why = "The agreement with Eastside does not cover convictions"
clause = "3.1"
owner = "Head of public protection"

[[rule]]
id = "WEST-01"
never_above = "police.domestic_incident.*"
as = "none"
when = { hub = ["riverside-hub"] }
why = "The agreement with Riverside does not cover incidents"
clause = "3.1"
owner = "Head of public protection"
"#;

fn police() -> MemberId {
    member(Kind::Police).unwrap()
}

fn eastside() -> MemberId {
    MemberId::new(SECOND_HUB).unwrap()
}

/// The police's rules and these, and settings of the gateway.
fn write(dir: &Path, rules: &str, settings: &str) {
    let own = dir.join(police().as_str());
    let file = own.join("rules.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, format!("{text}{rules}")).unwrap();
    let file = own.join("agency.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let text = text.replace("cases = \"cases.toml\"\n", "");
    std::fs::write(&file, format!("{text}{settings}")).unwrap();
}

async fn lab(rules: &str, settings: &str, edit: impl FnOnce(&Path)) -> Lab {
    let now = Clock::system().now();
    let world = World::generate_on(SEED, PEOPLE, now.date());
    Lab::start_with(&world, &[Kind::Police], |dir| {
        papers::second_hub(dir, now);
        write(dir, rules, settings);
        edit(dir);
    })
    .await
}

/// The two hubs.
fn both(lab: &Lab) -> [RawHub; 2] {
    let files = lab.files_in(&lab.dir().join("papers").join(SECOND_HUB));
    let second = RawHub::of(lab.dir(), lab.time.clock(), &files, eastside());
    [lab.raw_hub(), second]
}

/// Their calls as they come.
fn callers(lab: &Lab) -> [Caller; 2] {
    let first = HubConfig::read(&lab.hub_dir().join("hub.toml")).unwrap();
    let second = lab.files_in(&lab.dir().join("papers").join(SECOND_HUB));
    [first.parts.tls, second].map(|files| lab.caller(&files, &police(), Door::Peers))
}

async fn ask(hub: &RawHub) -> (Enquiry, Answered) {
    let enquiry = hub.enquiry(Kind::Police, &tale("red"));
    let answered = hub.ask(Kind::Police, &enquiry).await;
    (enquiry, answered)
}

/// Categories of which it holds at least one item.
fn told(answer: &Return) -> BTreeSet<&str> {
    let telling = answer.findings.iter().filter(|one| !one.items.is_empty());
    telling.map(|one| one.category.as_str()).collect()
}

async fn offered(caller: &Caller) -> BTreeSet<String> {
    let offer: Offer = caller.read("/v1/offer?purpose=s47_enquiry").await;
    let ids = offer.categories.iter().map(|one| one.category.to_string());
    ids.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_hub_gets_what_the_rules_open_to_it_about_the_same_people() {
    let mut lab = lab(RULES, "", |_| {}).await;
    let [riverside, eastside] = both(&lab);

    let (_, west) = ask(&riverside).await;
    let (_, east) = ask(&eastside).await;

    assert_eq!(west.answer.to.as_str(), HUB);
    assert_eq!(east.answer.to.as_str(), SECOND_HUB);
    let (west_told, east_told) = (told(&west.answer), told(&east.answer));
    assert!(west_told.contains(CONVICTION), "{west_told:?}");
    assert!(!west_told.contains(INCIDENT), "{west_told:?}");
    assert!(east_told.contains(INCIDENT), "{east_told:?}");
    assert!(!east_told.contains(CONVICTION), "{east_told:?}");
    let withheld = |answer: &Return, category: &str| {
        let mut findings = answer.findings.iter();
        findings
            .any(|one| one.category.as_str() == category && one.status == CategoryStatus::Withheld)
    };
    assert!(withheld(&west.answer, INCIDENT));
    assert!(withheld(&east.answer, CONVICTION));
    let [west, east] = callers(&lab);
    let (west, east) = (offered(&west).await, offered(&east).await);
    assert!(
        west.contains(CONVICTION) && !west.contains(INCIDENT),
        "{west:?}"
    );
    assert!(
        east.contains(INCIDENT) && !east.contains(CONVICTION),
        "{east:?}"
    );
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_a_purpose_to_the_hub_whose_agreement_lacks_it_and_answers_the_other() {
    let mut lab = lab("", "", |dir| {
        papers::change_directory(dir, |text| {
            // The second hub's agreement comes last.
            let at = text.rfind("\npurposes = [").unwrap();
            let (before, after) = text.split_at(at);
            let (_, after) = after.split_once(']').unwrap();
            format!("{before}\npurposes = [\"threshold_enquiry\"]{after}")
        });
    })
    .await;
    let [riverside, eastside] = both(&lab);

    let refused = eastside.enquiry(Kind::Police, &tale("red"));
    let refused = eastside.refused(Kind::Police, &refused).await;
    ask(&riverside).await;
    let open = eastside.enquiry(Kind::Police, &tale("threshold"));
    let open = eastside.ask(Kind::Police, &open).await;

    assert_eq!(refused, "purpose_not_open");
    assert_eq!(open.answer.to.as_str(), SECOND_HUB);
    let [_, east] = callers(&lab);
    let offer = east.get("/v1/offer?purpose=s47_enquiry").await.unwrap();
    assert_eq!(problem(&offer).code(), "purpose_not_open");
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_on_one_hubs_enquiry_wakes_and_tells_that_hub_alone() {
    let mut lab = lab("", "", |_| {}).await;
    let [riverside, eastside] = both(&lab);
    let (west, _) = ask(&riverside).await;
    let (east, first) = ask(&eastside).await;
    assert!(first.answer.more);
    let desk = lab.person(&police(), APPROVER);
    let waiting = tasks(&desk).await;
    let of = |enquiry: &Enquiry| {
        let mut own = waiting.iter().filter(|task| task.enquiry == enquiry.id);
        own.find(|task| approval(task).is_some_and(|one| !one.if_agreed.items.is_empty()))
    };
    let (task, other) = (of(&west).unwrap(), of(&east).unwrap());

    let (decided, west_later, east_later) = tokio::join!(
        async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            decide(&desk, task.id, Verdict::Agree).await
        },
        riverside.later(Kind::Police, &west, 1, 15),
        eastside.later(Kind::Police, &east, 1, 3),
    );

    assert_eq!(decided.status, StatusCode::OK, "{:?}", decided.body);
    assert_eq!(west_later.unwrap().answer.to.as_str(), HUB);
    assert!(
        east_later.is_none(),
        "the other hub's wait brought something"
    );
    let still: Vec<_> = tasks(&desk).await.iter().map(|task| task.id).collect();
    assert!(still.contains(&other.id), "one decision ended both");
    for line in crate::approvals::waiting(&desk).await {
        let named = if line.enquiry == east.id {
            "Eastside"
        } else {
            "Riverside"
        };
        assert!(line.hub.starts_with(named), "{}", line.hub);
    }
    lab.stop().await;
}

/// Every address of the agency that names an enquiry, or gives a page of the ledger.
#[tokio::test(flavor = "multi_thread")]
async fn shows_one_hub_nothing_of_what_was_asked_by_and_released_to_the_other() {
    let mut lab = lab("", "", |_| {}).await;
    let [riverside, eastside] = both(&lab);
    let (west, west_first) = ask(&riverside).await;
    let (east, east_first) = ask(&eastside).await;
    let closed = lab.time.clock().now();
    let outcome = serde_json::json!({
        "enquiry": west.id, "outcome": "no_further_action", "closed": closed
    });
    let word = Acknowledgement {
        enquiry: west.id,
        n: 1,
        digest: west_first.leaf.entry.digest.unwrap(),
    };

    for after in [0, 1] {
        let path = format!("/v1/enquiries/{}/returns?after={after}&wait_s=1", west.id);
        let read = eastside.call(Kind::Police, Method::GET, &path, Vec::new());
        let read = read.await.unwrap();
        assert_eq!(problem(&read).code(), "unknown_enquiry");
    }
    for (path, body) in [
        ("/v1/receipts", serde_json::to_vec(&word).unwrap()),
        ("/v1/outcomes", serde_json::to_vec(&outcome).unwrap()),
    ] {
        let said = eastside.call(Kind::Police, Method::POST, path, body);
        let said = said.await.unwrap();
        assert_eq!(problem(&said).code(), "unknown_enquiry", "{path}");
    }
    for (caller, own, other) in [
        (&callers(&lab)[0], (&west, &west_first), &east_first),
        (&callers(&lab)[1], (&east, &east_first), &west_first),
    ] {
        let page: ReleasePage = caller.read("/v1/reconciliation/releases?from=0").await;
        let shown: Vec<_> = page.releases.iter().map(|one| one.digest).collect();
        assert_eq!(shown, [own.1.leaf.entry.digest.unwrap()]);
        assert!(!shown.contains(&other.leaf.entry.digest.unwrap()));
        assert_eq!(page.releases[0].of, Some((own.0.id, 1)));
    }
    let entries = lab.entries(&police());
    for kind in [EntryKind::Delivered, EntryKind::Outcome] {
        assert_eq!(count(&entries, kind), 0, "the other hub's word was taken");
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ledger_says_of_each_release_which_hub_asked_and_got_it() {
    let mut lab = lab(RULES, "", |_| {}).await;
    let [riverside, eastside] = both(&lab);
    let asked = [&riverside, &eastside, &riverside];
    for hub in asked {
        ask(hub).await;
    }

    let leaves = lab.entries(&police());

    let permits: Vec<_> = leaves
        .iter()
        .filter(|leaf| leaf.entry.kind == EntryKind::Permit)
        .map(|leaf| (leaf.entry.member.clone(), leaf.entry.recipients.clone()))
        .collect();
    let of = |hub: &RawHub| (Some(hub.me.clone()), BTreeSet::from([hub.me.clone()]));
    assert_eq!(permits, asked.map(of));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_used_up_its_hour_takes_nothing_of_the_others() {
    let mut lab = lab("", "\n[answer]\nhourly_budget = 2\n", |_| {}).await;
    // Well inside an hour, so that it cannot end during the test.
    let into_hour_s = lab.time.clock().now().millis().rem_euclid(3_600_000) / 1_000;
    lab.time.advance_s(3_600 - into_hour_s + 60);
    let [riverside, eastside] = both(&lab);
    for _ in 0..2 {
        ask(&riverside).await;
    }

    let refused = riverside.enquiry(Kind::Police, &tale("red"));
    let refused = riverside.refused(Kind::Police, &refused).await;

    assert_eq!(refused, "budget_exhausted");
    for _ in 0..2 {
        ask(&eastside).await;
    }
    lab.stop().await;
}

/// The day from which each case may be erased, by its number.
async fn due(lab: &Lab) -> Vec<DueCase> {
    let officer = lab.person(&police(), OFFICER);
    let list: DueList = officer.read("/api/v1/retention/due?all=true").await;
    list.cases
}

/// Each hub gives out numbers of its own, and two may give out the same.
#[tokio::test(flavor = "multi_thread")]
async fn one_hub_that_closes_a_case_shortens_nothing_of_another_hubs_case_of_the_same_number() {
    let months =
        "\n[retention]\nlongest_months = 420\n\n[retention.months]\nno_further_action = 72\n";
    let mut lab = lab("", months, |_| {}).await;
    let [riverside, eastside] = both(&lab);
    let (west, _) = ask(&riverside).await;
    let close = async |hub: &RawHub, enquiry: &Enquiry| {
        let word = serde_json::json!({
            "enquiry": enquiry.id,
            "outcome": "no_further_action",
            "closed": lab.time.clock().now(),
        });
        let body = serde_json::to_vec(&word).unwrap();
        let told = hub.call(Kind::Police, Method::POST, "/v1/outcomes", body);
        assert_eq!(told.await.unwrap().status, StatusCode::NO_CONTENT);
    };
    close(&riverside, &west).await;
    let alone = due(&lab).await.remove(0);

    let (east, _) = ask(&eastside).await;
    let both = due(&lab).await.remove(0);
    close(&eastside, &east).await;
    let closed = due(&lab).await.remove(0);

    assert_eq!(west.case, east.case);
    assert_eq!(alone.outcome.unwrap().as_str(), "no_further_action");
    assert_eq!((both.outcome, closed.outcome), (None, None));
    assert!(both.due > alone.due, "the longest");
    assert_eq!(both.due, closed.due);
    lab.stop().await;
}

/// A question of presence under this hub's name, signed by it.
fn presence(hub: &RawHub, now: stile_model::time::Timestamp) -> Vec<u8> {
    let story = tale("red");
    let request = PresenceRequest {
        version: 1,
        id: stile_exchange::random::enquiry_id().unwrap(),
        agency: police(),
        hub: hub.me.clone(),
        case_tag: Digest::of(b"a case of the same tag"),
        purpose: Code::new("s47_enquiry").unwrap(),
        basis: story.consent,
        issued_at: now,
        expires_at: now.plus_s(300),
        form: PresenceForm::Asked {
            subject: Box::new(story.subjects[0].clone()),
        },
        pad: String::new(),
    };
    let payload = request.to_padded_json().unwrap();
    let signed = jws::sign(&hub.signing, PRESENCE_TYP, &payload).unwrap();
    signed.into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn presence_is_counted_for_each_hub_by_itself_and_answers_no_hub_for_another() {
    let settings = "\n[presence]\nform = \"asked\"\ncontact = \"desk, 01632 960111\"\n\
                    per_case_day = 2\nper_hub_day = 3\n";
    let mut lab = lab("", settings, |_| {}).await;
    let hubs = both(&lab);
    let [west, east] = callers(&lab);
    let post = async |caller: &Caller, body: Vec<u8>| {
        let sent = caller.call(Method::POST, "/v1/presence", body).await;
        sent.unwrap()
    };
    let now = || lab.time.clock().now();
    for _ in 0..2 {
        let reply = post(&west, presence(&hubs[0], now())).await;
        assert_eq!(reply.status, StatusCode::OK);
    }

    let over = post(&west, presence(&hubs[0], now())).await;
    let others = post(&east, presence(&hubs[0], now())).await;
    let own = post(&east, presence(&hubs[1], now())).await;

    assert_eq!(problem(&over).code(), "presence_budget");
    assert_ne!(others.status, StatusCode::OK, "another hub's question");
    let said = String::from_utf8_lossy(&own.body);
    assert_eq!(own.status, StatusCode::OK, "{said}");
    lab.stop().await;
}

#[test]
fn the_categories_of_these_stories_are_in_the_vocabulary() {
    let asked = &tale("red").asks[&Kind::Police];

    for name in [CONVICTION, INCIDENT] {
        let id = CategoryId::new(name).unwrap();
        assert!(asked.iter().any(|ask| ask.category == id), "{name}");
    }
}
