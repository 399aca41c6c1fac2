//! An agency's people at its pages: they see exactly what would leave, decide once, and look it up.

use harness::browser::{Browser, Page};
use harness::{Lab, RawHub, tale};
use hyper::StatusCode;
use stile_cli::demo::partnership::{APPROVER, AUDITOR, HUB, IT, LEAD, RESEARCHER, member};
use stile_cli::demo::world::Kind;
use stile_exchange::agency::{Approval, Task, TaskSubject};
use stile_ledger::EntryKind;
use stile_model::enquiry::Enquiry;
use stile_model::id::{EnquiryId, MemberId};

use crate::approvals::{approval, tasks};
use crate::identity::{all_at_once, question_of_identity};

const PEOPLE: usize = 50;
const REASON: &str = "The hub needs this to plan for the child's safety.";
/// Would run if it were not escaped.
const MARKUP: &str = "<script>alert(1)</script>";

fn police() -> MemberId {
    member(Kind::Police).unwrap()
}

pub(crate) async fn asked() -> (Lab, RawHub, Enquiry) {
    let lab = Lab::start(&[Kind::Police], PEOPLE).await;
    let raw = lab.raw_hub();
    let enquiry = raw.enquiry(Kind::Police, &tale("red"));
    raw.ask(Kind::Police, &enquiry).await;
    (lab, raw, enquiry)
}

/// The first approval that would let a record out.
async fn telling(lab: &Lab) -> (EnquiryId, Approval) {
    let all = tasks(&lab.person(&police(), APPROVER)).await;
    let found = all.iter().find_map(|task| {
        let approval = approval(task)?;
        (!approval.if_agreed.items.is_empty()).then(|| (task.id, approval.clone()))
    });
    found.expect("the story leaves something to approve")
}

async fn task(lab: &Lab, id: EnquiryId) -> Task {
    let desk = lab.person(&police(), APPROVER);
    desk.read(&format!("/api/v1/tasks/{id}")).await
}

/// Without mark-up of its own, as every page must be.
fn holds_no_foreign_markup(page: &Page) {
    assert!(!page.html.contains(MARKUP), "{}", page.html);
}

fn count(lab: &Lab, kind: EntryKind) -> usize {
    harness::ledger::count(&lab.entries(&police()), kind)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approver_sees_exactly_what_would_leave_and_releases_it() {
    let (mut lab, raw, enquiry) = asked().await;
    let browser = lab.browser(&police(), APPROVER);
    let (id, seen) = telling(&lab).await;
    let path = format!("/approvals/{id}");

    let queue = browser.open("/approvals").await;
    let read_before = count(&lab, EntryKind::Consultation);
    let page = browser.open(&path).await;

    assert!(queue.html.contains(&path), "{}", queue.words());
    assert_eq!(page.status, StatusCode::OK, "{}", page.words());
    assert_eq!(count(&lab, EntryKind::Consultation), read_before + 1);
    for shown in seen.if_agreed.items.iter().flat_map(|item| &item.fields) {
        assert!(page.says(shown.value.reveal().trim()), "{}", shown.field);
        assert!(page.says(shown.rule.as_str()));
    }
    let necessity = enquiry.asks.iter();
    let mut necessity = necessity.filter(|ask| ask.category == seen.if_agreed.category);
    assert!(page.says(necessity.next().unwrap().necessity.reveal()));
    let typed = [
        ("verdict", "agree"),
        ("agreed_for", "necessary_proportionate"),
        ("reason", REASON),
    ];
    let sent = browser.send(&page, &path, &typed).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.words());
    assert_eq!(sent.to.as_deref(), Some(path.as_str()));
    let mut n = 1;
    let told = loop {
        let later = raw
            .later(Kind::Police, &enquiry, n, 0)
            .await
            .unwrap()
            .answer;
        n = later.n;
        let found = later.findings.into_iter();
        if let Some(found) = found.into_iter().find(|one| *one == seen.if_agreed) {
            break found;
        }
    };
    assert_eq!(told, seen.if_agreed);
    let after = browser.open(&path).await;
    let permit = format!("/log/{}", lab.entries(&police()).len() - 1);
    assert!(after.says("Decided") && after.says("In return"));
    assert!(after.html.contains("/log/"), "not even {permit}");
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rejects_a_decision_without_ground_or_reason_and_keeps_what_was_typed() {
    let (mut lab, _raw, _) = asked().await;
    let browser = lab.browser(&police(), APPROVER);
    let (id, _) = telling(&lab).await;
    let path = format!("/approvals/{id}");
    let page = browser.open(&path).await;
    let short = format!("{MARKUP}\u{20}no");

    let nothing = browser.send(&page, &path, &[]).await;
    let half = [("verdict", "refuse"), ("reason", "short")];
    let half = browser.send(&nothing, &path, &half).await;
    let marked = [("verdict", "agree"), ("reason", short.as_str())];
    let marked = browser.send(&half, &path, &marked).await;

    assert!(nothing.says("Choose whether to release it or not"));
    assert!(nothing.html.contains("href=\"#verdict\""));
    assert!(half.says("Say why in 10 to 500 characters") && half.says("There is a problem"));
    assert!(
        half.html.contains(">short</textarea>"),
        "what was typed stays"
    );
    assert!(half.html.contains("value=\"refuse\" checked"));
    assert!(marked.says("Choose the ground of your decision"));
    holds_no_foreign_markup(&marked);
    assert_eq!(count(&lab, EntryKind::Approval), 0);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_that_comes_too_late_is_refused_and_what_was_typed_stays() {
    let (mut lab, _raw, _) = asked().await;
    let browser = lab.browser(&police(), APPROVER);
    let (id, _) = telling(&lab).await;
    let path = format!("/approvals/{id}");
    let (one, other) = (browser.open(&path).await, browser.open(&path).await);
    let typed = |reason| {
        [
            ("verdict", "refuse"),
            ("refused_for", "not_relevant"),
            ("reason", reason),
        ]
    };
    let theirs = format!("Somebody else had it open for long {MARKUP}");

    let first = browser.send(&one, &path, &typed(REASON)).await;
    let late = browser.send(&other, &path, &typed(&theirs)).await;

    assert_eq!(first.status, StatusCode::SEE_OTHER, "{}", first.words());
    assert_eq!(late.status, StatusCode::CONFLICT, "{}", late.words());
    assert!(late.says("already_decided") && late.says(&theirs));
    holds_no_foreign_markup(&late);
    assert_eq!(count(&lab, EntryKind::Approval), 1);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rejects_a_decision_without_the_number_of_its_form() {
    let (mut lab, _raw, _) = asked().await;
    let browser = lab.browser(&police(), APPROVER);
    let (id, _) = telling(&lab).await;
    let path = format!("/approvals/{id}");
    let page = browser.open(&path).await;
    let typed = [
        ("verdict", "refuse"),
        ("refused_for", "not_relevant"),
        ("reason", REASON),
    ];

    let without = browser.post(&path, &typed, "same-origin").await;
    let mut forged = typed.to_vec();
    forged.push(("nonce", "AAAA"));
    let forged = browser.post(&path, &forged, "same-origin").await;
    let open = task(&lab, id).await;
    let first = browser.send(&page, &path, &typed).await;
    let again = browser.send(&page, &path, &typed).await;

    assert_eq!(without.status, StatusCode::CONFLICT);
    assert_eq!(forged.status, StatusCode::CONFLICT);
    assert!(open.ended.is_none());
    assert_eq!(first.status, StatusCode::SEE_OTHER);
    assert_eq!(again.to, first.to, "sent twice leads to the same page");
    assert_eq!(count(&lab, EntryKind::Approval), 1);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_closed_to_those_whose_part_they_are_not() {
    let (mut lab, _raw, _) = asked().await;
    let (id, _) = telling(&lab).await;
    let task = format!("/approvals/{id}");
    let closed: [(&str, &[&str]); 4] = [
        (
            APPROVER,
            &["/log", "/log/0", "/subject-access", "/connections"],
        ),
        (AUDITOR, &["/approvals", &task, "/matches"]),
        (
            IT,
            &[
                "/approvals",
                &task,
                "/matches",
                "/log",
                "/log/0",
                "/subject-access",
            ],
        ),
        (
            LEAD,
            &["/approvals", &task, "/log", "/log/pack", "/subject-access"],
        ),
    ];

    for (user, paths) in closed {
        let browser = lab.browser(&police(), user);
        for path in paths {
            let page = browser.open(path).await;
            assert_eq!(page.status, StatusCode::FORBIDDEN, "{user} at {path}");
        }
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reviewer_sees_both_sides_and_says_which_record_it_is() {
    let mut lab = all_at_once().await;
    let raw = lab.raw_hub();
    let doubt = question_of_identity(&lab, &raw, true).await;
    let agency = member(doubt.kind).unwrap();
    let browser = lab.browser(&agency, APPROVER);
    let TaskSubject::Match(question) = &doubt.task.subject else {
        panic!("no question of identity");
    };
    let path = format!("/matches/{}", doubt.task.id);

    let list = browser.open("/matches").await;
    let page = browser.open(&path).await;
    let other = browser.open(&path).await;
    let nothing = browser.send(&page, &path, &[("reason", MARKUP)]).await;
    let typed = [("verdict", "cannot-tell"), ("reason", REASON)];
    let sent = browser.send(&nothing, &path, &typed).await;
    let after = browser.open(&path).await;
    let words = "I had this open for long, and they look alike.";
    let late = [("verdict", "same-0"), ("reason", words)];
    let late = browser.send(&other, &path, &late).await;

    assert!(list.html.contains(&path), "{}", list.words());
    for row in question.candidates.iter().flat_map(|one| &one.rows) {
        assert!(page.says(row.surname.reveal()), "{}", page.words());
    }
    assert!(page.html.contains("<svg") && page.says("What would settle it"));
    assert!(nothing.says("Choose what you found"));
    holds_no_foreign_markup(&nothing);
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.words());
    assert!(after.says("Decided"));
    assert_eq!(late.status, StatusCode::CONFLICT, "{}", late.words());
    assert!(late.says("already_decided") && late.says(words));
    let entries = lab.entries(&agency);
    let reasons = entries
        .iter()
        .filter(|leaf| leaf.entry.kind == EntryKind::MatchDecision);
    let reasons: Vec<_> = reasons
        .filter_map(|leaf| leaf.entry.reason.clone())
        .collect();
    assert_eq!(reasons.last().unwrap().as_str(), "cannot_tell");
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_searched_by_a_form_and_every_reading_is_on_record() {
    let (mut lab, _raw, enquiry) = asked().await;
    let browser = lab.browser(&police(), AUDITOR);
    let form = browser.open("/log").await;
    let before = count(&lab, EntryKind::AccessToLog);

    let why = browser.send(&form, "/log", &[("case", MARKUP)]).await;
    let typed = [
        ("reason", "audit"),
        ("case", enquiry.case.as_str()),
        ("kind", "permit"),
    ];
    let found = browser.send(&why, "/log", &typed).await;

    assert!(why.says("Choose why you read the log") && why.says("Enter a case number"));
    holds_no_foreign_markup(&why);
    assert_eq!(found.status, StatusCode::OK, "{}", found.words());
    assert!(found.says("1 entry, newest first"), "{}", found.words());
    assert_eq!(count(&lab, EntryKind::AccessToLog), before + 1);
    let link = found.html.split("href=\"/log/").nth(1).unwrap();
    let index = link.split('?').next().unwrap().to_owned();
    let asks = browser.open(&format!("/log/{index}")).await;
    assert!(asks.says("Say why first"));
    let asked = format!("/log/{index}?reason=audit&open=yes");
    let closed = browser.open(&asked).await;
    assert!(closed.says("Every step holds"), "{}", closed.words());
    assert!(!closed.says("enquiry_digest"), "no address opens a body");
    // The search, the entry and its proof; the page that asks why reads nothing.
    assert_eq!(count(&lab, EntryKind::AccessToLog), before + 3);
    let path = format!("/log/{index}/body");
    let nobody = browser.send(&closed, &path, &[("reason", "curious")]).await;
    assert!(nobody.says("Choose why") && !nobody.says("enquiry_digest"));
    assert_eq!(count(&lab, EntryKind::AccessToLog), before + 3);
    let entry = browser.send(&closed, &path, &[("reason", "audit")]).await;
    assert!(entry.says("Every step holds"), "{}", entry.words());
    assert!(entry.says("c2sp.org/tlog-proof@v1"));
    assert!(entry.says("enquiry_digest"), "the opened body is shown");
    assert!(!entry.says("Does not hold"));
    assert_eq!(count(&lab, EntryKind::AccessToLog), before + 5);
    let again = browser.send(&closed, &path, &[("reason", "audit")]).await;
    assert_eq!(again.status, StatusCode::CONFLICT, "a form is good once");
    assert!(!again.says("enquiry_digest"));
    assert_eq!(count(&lab, EntryKind::AccessToLog), before + 5);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rejects_to_search_for_half_a_person_and_names_nobody_in_an_address() {
    let (mut lab, _raw, enquiry) = asked().await;
    let browser = lab.browser(&police(), AUDITOR);
    let name = &enquiry.subjects[0].names[0];
    let form = browser.open("/subject-access").await;

    let half = [
        ("reason", "access_request"),
        ("surname", name.surname.reveal().as_str()),
    ];
    let half = browser.send(&form, "/subject-access", &half).await;
    let stile_model::subject::Born::Exact(born) = enquiry.subjects[0].born.unwrap() else {
        panic!("the story's child has a date of birth");
    };
    let (day, month, year) = (
        born.day().to_string(),
        born.month().to_string(),
        born.year().to_string(),
    );
    let whole = [
        ("reason", "access_request"),
        ("forenames", name.forenames.reveal().as_str()),
        ("surname", name.surname.reveal().as_str()),
        ("born-day", day.as_str()),
        ("born-month", month.as_str()),
        ("born-year", year.as_str()),
    ];
    let account = browser.send(&half, "/subject-access", &whole).await;

    assert!(
        half.says("Name a person by an NHS number"),
        "{}",
        half.words()
    );
    assert!(
        half.html
            .contains(&format!("value=\"{}\"", name.surname.reveal()))
    );
    assert_eq!(account.status, StatusCode::OK, "{}", account.words());
    assert!(account.to.is_none());
    assert!(account.says("Your rights"), "the letter is there");
    assert!(account.says("disclosure"));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inspection_pack_is_an_archive_and_a_disclosure_may_be_deferred() {
    let (mut lab, _raw, enquiry) = asked().await;
    let browser = lab.browser(&police(), AUDITOR);
    let form = browser.open("/log/pack").await;
    let typed = [("reason", "inspection"), ("case", enquiry.case.as_str())];

    let pack = browser.send(&form, "/log/pack", &typed).await;

    assert_eq!(pack.status, StatusCode::OK);
    assert_eq!(pack.headers["content-type"], "application/zip");
    assert_eq!(pack.headers["cache-control"], "no-store");
    let entries = lab.entries(&police());
    let permit = entries
        .iter()
        .position(|leaf| leaf.entry.kind == EntryKind::Permit)
        .unwrap();
    let path = format!("/log/{permit}/deferral");
    let form = browser.open(&path).await;
    let wrong = browser.send(&form, &path, &[("what", "defer")]).await;
    assert!(wrong.says("Choose the provision") && wrong.says("Enter the last day"));
    let lift = [("what", "lift"), ("ground", "crime")];
    let lifted = browser.send(&wrong, &path, &lift).await;
    assert!(lifted.says("No longer left out"), "{}", lifted.words());
    assert_eq!(count(&lab, EntryKind::Deferral), 1);
    lab.stop().await;
}

async fn titles(browser: &Browser, paths: &[&str]) {
    for path in paths {
        for path in [(*path).to_owned(), format!("/cy{path}")] {
            let page = browser.open(&path).await;
            assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.words());
            assert_eq!(page.html.matches("<h1").count(), 1, "{path}");
            assert!(page.html.contains("<title>") && page.html.contains("lang=\""));
            for word in ["style=\"", "onclick", "<script>"] {
                assert!(!page.html.contains(word), "{path} has {word}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_has_one_heading_a_title_and_a_language_in_both_languages() {
    let (mut lab, _raw, _) = asked().await;
    let (id, _) = telling(&lab).await;
    let task = format!("/approvals/{id}");

    titles(
        &lab.browser(&police(), APPROVER),
        &["/approvals", &task, "/matches"],
    )
    .await;
    let auditor = [
        "/log",
        "/log/0?reason=audit",
        "/log/pack",
        "/subject-access",
    ];
    titles(&lab.browser(&police(), AUDITOR), &auditor).await;
    let it = [
        "/witnesses",
        "/connections",
        "/help",
        "/accessibility",
        "/privacy",
    ];
    titles(&lab.browser(&police(), IT), &it).await;
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_show_papers_and_systems_and_nobody() {
    let (mut lab, _raw, enquiry) = asked().await;

    let page = lab.browser(&police(), IT).open("/connections").await;
    let witnesses = lab.browser(&police(), IT).open("/witnesses").await;
    let hub = MemberId::new(HUB).unwrap();
    let researcher = lab.browser(&hub, RESEARCHER).open("/connections").await;

    assert!(page.says("stile://riverside/agency/riverside-police"));
    assert!(page.says("Revocation list") && page.says("Answers"));
    assert!(page.says("All of it holds") || page.says("Being checked"));
    for name in enquiry.subjects.iter().flat_map(|one| &one.names) {
        assert!(!page.says(name.surname.reveal()));
    }
    assert!(!page.says(enquiry.case.as_str()));
    assert!(witnesses.says("Who witnesses"), "{}", witnesses.words());
    assert_eq!(researcher.status, StatusCode::FORBIDDEN);
    lab.stop().await;
}
