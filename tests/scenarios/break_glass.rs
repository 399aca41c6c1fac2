//! Break-glass: somebody stands in for a role that nobody can reach, in the open, and answers for it.

use std::path::Path;
use std::time::Duration;

use harness::browser::Browser;
use harness::databases::{Kind as Engine, Server};
use harness::ledger::count;
use harness::papers::{self, identity};
use harness::{Door, Lab, tale};
use hyper::StatusCode;
use stile_cli::demo::SEED;
use stile_cli::demo::partnership::{AUDITOR, IT, LEAD, member};
use stile_cli::demo::world::{Kind, World};
use stile_exchange::agency::{BreakGlass, GlassFinding};
use stile_exchange::clock::Clock;
use stile_exchange::error::ExchangeError;
use stile_ledger::EntryKind;
use stile_model::id::{EnquiryId, MemberId};
use stile_model::time::Timestamp;
use stile_trust::identity::Role;

use crate::approvals::{INSPECTOR, PEOPLE, approval, staff, tasks};
use crate::suspended::assembled;

/// Approvers of a role that no rule asks.
pub(crate) const OUTSIDER: &str = "e.manager";
const OTHER: &str = "f.manager";
const WHY: &str = "He is at the door now, and neither of them answers the telephone.";

fn police() -> MemberId {
    member(Kind::Police).unwrap()
}

/// The police of the stories of approval, with two people outside every role that is asked.
fn outsiders(dir: &Path, now: Timestamp, glass: &str) {
    staff(dir, now);
    let file = dir.join(police().as_str()).join("agency.toml");
    let mut text = std::fs::read_to_string(&file).unwrap();
    for user in [OUTSIDER, OTHER] {
        let roles = "[\"approver:intelligence_manager\"]";
        text = format!("{text}\n[[person]]\nuser = \"{user}\"\nroles = {roles}\n");
        let who = identity(Role::Person, police().as_str(), Some(user));
        papers::issue(dir, user, &who, 90, now);
    }
    std::fs::write(&file, format!("{text}\n{glass}")).unwrap();
}

pub(crate) async fn lab(glass: &str) -> Lab {
    let now = Clock::system().now();
    let world = World::generate_on(SEED, PEOPLE, now.date());
    Lab::start_with(&world, &[Kind::Police], |dir| outsiders(dir, now, glass)).await
}

pub(crate) fn browser(lab: &Lab, user: &str) -> Browser {
    let files = lab.files_in(&lab.dir().join("papers").join(user));
    Browser::over(lab.caller(&files, &police(), Door::People))
}

/// What the inspector is asked, with values that would leave: tasks, and one value of each.
pub(crate) async fn waiting(lab: &Lab) -> Vec<(EnquiryId, String)> {
    let files = lab.files_in(&lab.dir().join("papers").join(INSPECTOR));
    let desk = lab.caller(&files, &police(), Door::People);
    let all = tasks(&desk).await;
    let told = all.iter().filter_map(|task| {
        let item = approval(task)?.if_agreed.items.first()?;
        let shown = item.fields.iter().find(|shown| shown.field == "outcome")?;
        Some((task.id, shown.value.reveal().clone()))
    });
    told.collect()
}

/// How often a use was opened, as the ledger has it.
fn reviewed(lab: &Lab) -> usize {
    let entries = lab.entries(&police());
    let why = |leaf: &&stile_ledger::Leaf| {
        let reason = leaf.entry.reason.as_ref();
        reason.is_some_and(|why| why.as_str() == "break_glass_use")
    };
    entries.iter().filter(why).count()
}

async fn broken(browser: &Browser, id: EnquiryId) -> harness::browser::Page {
    let path = format!("/break-glass/{id}");
    let page = browser.open(&path).await;
    let typed = [("ground", "immediate_danger"), ("reason", WHY)];
    browser.send(&page, &path, &typed).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outsider_releases_exactly_what_was_asked_and_another_reviews_it() {
    let mut lab = lab("[break_glass]\n").await;
    let raw = lab.raw_hub();
    let enquiry = raw.enquiry(Kind::Police, &tale("red"));
    raw.ask(Kind::Police, &enquiry).await;
    let all = waiting(&lab).await;
    let (id, value) = all.first().expect("the story leaves something to approve");
    let outsider = browser(&lab, OUTSIDER);
    let path = format!("/break-glass/{id}");

    let usual = outsider.open(&format!("/approvals/{id}")).await;
    let list = outsider.open("/break-glass").await;
    let before = outsider.open(&path).await;
    let nothing = outsider.send(&before, &path, &[]).await;
    let sent = broken(&outsider, *id).await;
    let open = outsider.open(&path).await;

    assert_eq!(usual.status, StatusCode::FORBIDDEN);
    assert!(list.html.contains(&path), "{}", list.words());
    for closed in [&list, &before] {
        assert!(!closed.says(value) && !closed.says("1 record"));
    }
    assert!(before.says("Nothing is shown yet") && !before.html.contains("/release"));
    assert!(nothing.says("Choose the ground") && nothing.says("Say why in 10 to 500"));
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.words());
    assert!(
        open.says("The glass is broken") && open.says(value),
        "{}",
        open.words()
    );
    let entries = lab.entries(&police());
    assert_eq!(count(&entries, EntryKind::BreakGlass), 1);
    assert_eq!(count(&entries, EntryKind::Permit), 1, "nothing left yet");
    let release = format!("{path}/release");
    let released = outsider.send(&open, &release, &[("reason", WHY)]).await;
    assert_eq!(
        released.status,
        StatusCode::SEE_OTHER,
        "{}",
        released.words()
    );
    let second = raw.later(Kind::Police, &enquiry, 1, 0).await.unwrap();
    let told = serde_json::to_string(&second.answer.findings).unwrap();
    assert!(told.contains(value.as_str()));
    let entries = lab.entries(&police());
    assert_eq!(count(&entries, EntryKind::BreakGlass), 2);
    assert_eq!(count(&entries, EntryKind::Permit), 2);
    let own = outsider.open(&format!("{path}/review")).await;
    assert_eq!(
        own.status,
        StatusCode::FORBIDDEN,
        "an approver reviews nothing"
    );
    let reviewer = lab.browser(&police(), LEAD);
    let review = format!("{path}/review");
    let uses = reviewer.open("/break-glass").await;
    assert!(!uses.says(WHY) && !uses.says(value), "a list shows nobody");
    assert_eq!(reviewed(&lab), 0);
    let page = reviewer.open(&review).await;
    assert!(page.says(WHY), "{}", page.words());
    assert!(page.says(value), "exactly what left: {}", page.words());
    assert!(
        page.says("as they stand here, were sent") || page.says("as it stands here, was sent"),
        "{}",
        page.words()
    );
    assert_eq!(reviewed(&lab), 1, "reading it is on record");
    let nothing = [("finding", ""), ("reason", "Too early to say what I find.")];
    let nothing = reviewer.send(&page, &review, &nothing).await;
    assert!(nothing.says("Choose what you find") && nothing.says("Too early to say"));
    let typed = [
        ("finding", "justified"),
        ("reason", "It was right: I called them, too."),
    ];
    let done = reviewer.send(&page, &review, &typed).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.words());
    let late = [
        ("finding", "not_justified"),
        ("reason", "I had this open for long."),
    ];
    let late = reviewer.send(&nothing, &review, &late).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert!(late.says("already_decided") && late.says("I had this open for long."));
    let again = reviewer.open(&review).await;
    assert!(again.says("It was right, and there was no other way"));
    assert_eq!(
        count(&lab.entries(&police()), EntryKind::BreakGlassReview),
        1
    );
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_another_use_until_the_first_is_reviewed_and_everybody_once_it_is_late() {
    let mut lab = lab("[break_glass]\nreview_h = 1\n").await;
    let raw = lab.raw_hub();
    raw.ask(Kind::Police, &raw.enquiry(Kind::Police, &tale("red")))
        .await;
    raw.ask(Kind::Police, &raw.enquiry(Kind::Police, &tale("red")))
        .await;
    let all = waiting(&lab).await;
    let [(first, _), (second, _), ..] = all.as_slice() else {
        panic!("{} approvals are too few", all.len());
    };
    let (outsider, other) = (browser(&lab, OUTSIDER), browser(&lab, OTHER));

    assert_eq!(
        broken(&outsider, *first).await.status,
        StatusCode::SEE_OTHER
    );
    let again = broken(&outsider, *second).await;
    // With a number of their own form, so that it is the use that is refused.
    let form = other.open(&format!("/break-glass/{second}")).await;
    let release = format!("/break-glass/{first}/release");
    let permits = count(&lab.entries(&police()), EntryKind::Permit);
    let theirs = other.send(&form, &release, &[("reason", WHY)]).await;
    lab.time.advance_s(2 * 3_600);
    let mut patience = 100;
    while count(&lab.entries(&police()), EntryKind::Lapse) == 0 && patience > 0 {
        patience -= 1;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let late = broken(&other, *second).await;

    assert_eq!(again.status, StatusCode::CONFLICT);
    assert!(again.says("glass_unreviewed"), "{}", again.words());
    assert!(again.says(WHY), "what was typed is not lost");
    assert_eq!(theirs.status, StatusCode::FORBIDDEN, "{}", theirs.words());
    assert!(theirs.says("glass_over"), "{}", theirs.words());
    let entries = lab.entries(&police());
    let lapse = entries
        .iter()
        .find(|leaf| leaf.entry.kind == EntryKind::Lapse);
    let lapse = lapse
        .expect("the late review is on record")
        .entry
        .reason
        .clone();
    assert_eq!(lapse.unwrap().as_str(), "break_glass_unreviewed");
    assert!(late.says("glass_unreviewed"), "{}", late.words());
    assert_eq!(count(&entries, EntryKind::BreakGlass), 1);
    assert_eq!(count(&entries, EntryKind::Permit), permits);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_where_it_is_not_offered_not_needed_or_over() {
    let mut closed = lab("").await;
    let page = browser(&closed, OUTSIDER).open("/break-glass").await;
    assert!(
        page.says("This agency does not allow it"),
        "{}",
        page.words()
    );
    closed.stop().await;

    let mut lab = lab("[break_glass]\nopen_min = 5\n").await;
    let raw = lab.raw_hub();
    raw.ask(Kind::Police, &raw.enquiry(Kind::Police, &tale("red")))
        .await;
    let all = waiting(&lab).await;
    let (id, value) = all.first().unwrap();
    let path = format!("/break-glass/{id}");
    let asked = browser(&lab, INSPECTOR).open(&path).await;
    let it = lab.browser(&police(), IT).open("/break-glass").await;
    let auditor = lab.browser(&police(), AUDITOR).open("/break-glass").await;
    let outsider = browser(&lab, OUTSIDER);
    broken(&outsider, *id).await;
    let open = outsider.open(&path).await;
    lab.time.advance_s(6 * 60);
    let release = format!("{path}/release");
    let over = outsider.send(&open, &release, &[("reason", WHY)]).await;

    assert_eq!(
        asked.status,
        StatusCode::NOT_FOUND,
        "who is asked has no need of it"
    );
    assert_eq!(it.status, StatusCode::FORBIDDEN);
    assert!(auditor.says("Uses and their reviews"));
    assert!(open.says(value));
    assert!(over.says("glass_over"), "{}", over.words());
    assert_eq!(count(&lab.entries(&police()), EntryKind::Permit), 1);
    lab.stop().await;
}

/// Puts the ledger of the police into this database.
fn on_postgres(dir: &Path, database: &Server) {
    let own = dir.join(police().as_str());
    let url = own.join("ledger.url");
    crate::failover::private(&url, &database.superuser_url("ledger"));
    stile_store::migrate_postgres(&url).unwrap();
    let file = own.join("agency.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let kept = "postgres = \"ledger.url\"\npostgres_single_node = true";
    std::fs::write(&file, text.replace("dir = \"store\"", kept)).unwrap();
}

fn code<T>(answer: &Result<T, ExchangeError>) -> Option<String> {
    let error = answer.as_ref().err()?;
    Some(error.problem().code().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn gateways_on_one_postgres_let_one_use_of_each_and_one_review_of_each_count() {
    let database = Server::start_with(Engine::Postgres, &["fsync=on"]);
    database.sql("postgres", "CREATE DATABASE ledger");
    let now = Clock::system().now();
    let world = World::generate_on(SEED, PEOPLE, now.date());
    let mut lab = Lab::start_with(&world, &[Kind::Police], |dir| {
        outsiders(dir, now, "[break_glass]\n");
        on_postgres(dir, &database);
    })
    .await;
    let raw = lab.raw_hub();
    for _ in 0..2 {
        raw.ask(Kind::Police, &raw.enquiry(Kind::Police, &tale("red")))
            .await;
    }
    let one = assembled(&lab, lab.time.clock()).await;
    let two = assembled(&lab, lab.time.clock()).await;
    let who = |user: &str| one.people.listed(&user.parse().unwrap()).unwrap();
    let (outsider, other, lead) = (who(OUTSIDER), who(OTHER), who(LEAD));
    let waiting = one.emergencies(&outsider).unwrap();
    let [first, second, ..] = waiting.as_slice() else {
        panic!("{} approvals are too few", waiting.len());
    };
    assert!(waiting.iter().all(|line| line.records == 0), "not how much");
    let order = BreakGlass {
        ground: "immediate_danger".parse().unwrap(),
        reason: WHY.to_owned().into(),
    };

    // The same person, two approvals: one of them.
    let (this, that) = tokio::join!(
        one.break_glass(&outsider, first.id, &order),
        two.break_glass(&outsider, second.id, &order),
    );
    let codes = [code(&this), code(&that)];
    assert_eq!(
        codes.iter().flatten().collect::<Vec<_>>(),
        ["glass_unreviewed"]
    );
    let used = if this.is_ok() { first.id } else { second.id };
    let found = |word: &str| GlassFinding {
        finding: word.parse().unwrap(),
        reason: "Looked at with both of them.".to_owned().into(),
    };
    // The same use, two findings: one of them, and it stands.
    let (yes, no) = (found("justified"), found("not_justified"));
    let (this, that) = tokio::join!(
        one.review_glass(&lead, used, &yes),
        two.review_glass(&lead, used, &no),
    );
    let codes = [code(&this), code(&that)];
    assert_eq!(
        codes.iter().flatten().collect::<Vec<_>>(),
        ["already_decided"]
    );
    let kept = this.or(that).unwrap().review.unwrap().finding;
    let uses = one.glass_uses(&lead).unwrap();
    assert_eq!(uses[0].finding.as_ref(), Some(&kept));
    // Reviewed, so that the same person may again; two people over one approval: one of them.
    let unused = if used == first.id {
        second.id
    } else {
        first.id
    };
    let (this, that) = tokio::join!(
        one.break_glass(&outsider, unused, &order),
        two.break_glass(&other, unused, &order),
    );
    let codes = [code(&this), code(&that)];
    assert_eq!(codes.iter().flatten().collect::<Vec<_>>(), ["glass_used"]);
    // Late, and said once, whoever says it.
    lab.time.advance_s(200 * 3_600);
    let (this, that) = tokio::join!(one.alarm_of_glass(), two.alarm_of_glass());
    assert!(this.unwrap() + that.unwrap() <= 1);
    let all = (0..one.store.head().size).map(|index| one.store.entry(index).unwrap());
    let all: Vec<_> = all
        .map(|leaf| stile_ledger::Leaf::parse(&leaf).unwrap())
        .collect();
    assert_eq!(count(&all, EntryKind::BreakGlass), 2);
    assert_eq!(count(&all, EntryKind::BreakGlassReview), 1);
    let late = all.iter().filter_map(|leaf| leaf.entry.reason.as_ref());
    let late = late.filter(|why| why.as_str() == "break_glass_unreviewed");
    assert_eq!(late.count(), 1);
    drop((one, two));
    lab.stop().await;
}
