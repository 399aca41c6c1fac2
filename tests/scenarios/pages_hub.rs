//! The hub's pages as its people use them: the queue, a case, what came and what did not.

use harness::browser::{Browser, Page};
use harness::ledger::count;
use harness::{Lab, Matter, tale};
use hyper::StatusCode;
use stile_cli::demo::partnership::{HUB, MANAGER, RESEARCHER, member};
use stile_cli::demo::world::Kind;
use stile_exchange::hub::State;
use stile_ledger::EntryKind;
use stile_model::id::MemberId;

const POLICE: (Kind, &[&str]) = (
    Kind::Police,
    &[
        "police.conviction",
        "police.domestic_incident",
        "police.allegation",
    ],
);

pub(crate) fn hub() -> MemberId {
    MemberId::new(HUB).unwrap()
}

/// A lab with the police, the red case opened and asked, and its researcher's browser.
pub(crate) async fn asked(number: &str) -> (Lab, Browser, Matter) {
    let lab = Lab::start(&[Kind::Police], 50).await;
    let desk = lab.person(&hub(), RESEARCHER);
    let matter = Matter::of(&tale("red"), number);
    matter.raise(&desk, &[POLICE]).await;
    let settled = |lines: &[stile_exchange::hub::AgencyProgress]| {
        lines.iter().all(|line| line.state != State::Waiting)
    };
    matter.until(&desk, settled).await;
    let browser = lab.browser(&hub(), RESEARCHER);
    (lab, browser, matter)
}

/// What every page of the hub keeps to.
pub(crate) fn is_whole(page: &Page) {
    assert_eq!(page.status, StatusCode::OK, "{}", page.words());
    assert_eq!(page.html.matches("<h1").count(), 1, "one heading");
    assert!(page.html.contains("<title>") && page.html.contains("lang="));
    assert!(!page.html.contains(" style=") && !page.html.contains(" onclick="));
    for word in page.words().split_whitespace() {
        // A key without words stands for itself.
        let is_key = ["hub-", "case-", "enquiry-", "product-", "figures-", "time-"]
            .iter()
            .any(|area| word.starts_with(area));
        assert!(!is_key, "`{word}` has no words");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_queue_shows_a_case_with_word_clock_and_agencies_and_lets_a_researcher_take_it() {
    let (mut lab, browser, matter) = asked("MASH-2026-30001").await;

    let queue = browser.open("/queue").await;
    is_whole(&queue);
    assert!(queue.says("Red") && queue.says("Mali Testwood"));
    assert!(queue.says("MASH-2026-30001") && queue.says(" of 1"));
    assert!(queue.says("Nobody yet") && queue.says("Not allocated (1)"));
    let taken = browser
        .send(&queue, "/cases/MASH-2026-30001/take", &[])
        .await;
    assert_eq!(taken.status, StatusCode::SEE_OTHER);
    assert_eq!(taken.to.as_deref(), Some("/cases/MASH-2026-30001"));
    let mine = browser.open("/queue?which=mine").await;
    assert!(mine.says("MASH-2026-30001") && mine.says("Not allocated (0)"));

    let none = browser.open("/queue?which=unallocated").await;
    assert!(none.says("No open case fits"));
    let elsewhere = browser.open("/queue?number=99999").await;
    assert!(!elsewhere.html.contains(matter.case.as_str()));
    let welsh = browser.open("/cy/queue").await;
    is_whole(&welsh);
    assert!(welsh.says("Ciw gwaith") && welsh.says("Coch"));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_names_whoever_left_as_they_were_called_then() {
    let (mut lab, browser, _) = asked("MASH-2026-30011").await;
    is_whole(&browser.open("/cases/MASH-2026-30011").await);
    lab.stop_one(&hub()).await;
    let file = lab.hub_dir().join("hub.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let listed = format!("user = \"{RESEARCHER}\"");
    assert!(text.contains(&listed));
    std::fs::write(&file, text.replace(&listed, "user = \"h-9999\"")).unwrap();
    lab.start_one(&hub()).await;

    let log = lab.browser(&hub(), MANAGER);
    let log = log.open("/cases/MASH-2026-30011/log").await;

    is_whole(&log);
    let left = format!("{RESEARCHER} (no longer here)");
    assert!(log.says(&left), "{}", log.words());
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn taking_a_case_wants_a_number_that_was_not_used() {
    let (mut lab, browser, _) = asked("MASH-2026-30002").await;
    let queue = browser.open("/queue").await;
    let take = "/cases/MASH-2026-30002/take";

    let forged = browser
        .post(take, &[("nonce", "forged")], "same-origin")
        .await;
    assert_eq!(forged.status, StatusCode::CONFLICT);
    assert!(browser.open("/queue").await.says("Nobody yet"));
    let first = browser.send(&queue, take, &[]).await;
    assert_eq!(first.status, StatusCode::SEE_OTHER);
    let again = browser.send(&queue, take, &[]).await;
    assert_eq!(again.to, first.to, "leads where the first one led");
    let log = browser.open("/cases/MASH-2026-30002/log").await;
    assert_eq!(log.words().matches("Case changed").count(), 1);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_page_says_what_came_what_was_withheld_and_what_is_with_a_person() {
    let (mut lab, browser, _) = asked("MASH-2026-30003").await;
    let at = "/cases/MASH-2026-30003";

    let page = browser.open(at).await;
    is_whole(&page);
    for said in [
        "Mali Testwood",
        "Section 47 enquiry",
        "Priority",
        "Time left",
        "1 of 1",
        "Answered in part",
        "An agency may hold more that it can neither confirm nor deny",
        "Children Act 1989 s.47",
    ] {
        assert!(page.says(said), "{said}: {}", page.words());
    }
    for place in [
        "chronology",
        "findings",
        "withheld",
        "matches",
        "gaps",
        "request",
        "log",
        "answers",
    ] {
        for prefix in ["", "/cy"] {
            let page = browser.open(&format!("{prefix}{at}/{place}")).await;
            if place == "answers" {
                assert!(page.html.contains("data-gw-content"));
                assert!(!page.html.contains("<h1"));
            } else {
                is_whole(&page);
            }
        }
    }
    let log = browser.open(&format!("{at}/log")).await;
    assert!(log.says("Question sent") && log.says("Answer received"));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn opening_a_case_and_looking_at_its_progress_alone_are_each_recorded() {
    let (mut lab, browser, _) = asked("MASH-2026-30004").await;
    let at = "/cases/MASH-2026-30004";
    let read = |lab: &Lab| count(&lab.entries(&hub()), EntryKind::Consultation);
    let before = read(&lab);

    browser.open(at).await;
    let opened = read(&lab);
    for _ in 0..3 {
        browser.open(&format!("{at}/answers")).await;
    }

    assert!(opened > before);
    assert_eq!(read(&lab), opened + 3);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_that_is_not_there_is_refused_with_its_code() {
    let mut lab = Lab::start(&[], 50).await;
    let browser = lab.browser(&hub(), RESEARCHER);

    for place in ["", "/log", "/answers", "/live", "/chronology"] {
        let page = browser
            .open(&format!("/cases/MASH-2026-39999{place}"))
            .await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{place}");
        assert!(page.says("unknown_case"), "{place}: {}", page.words());
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agency_has_no_pages_of_cases() {
    let mut lab = Lab::start(&[Kind::Police], 50).await;
    let police = member(Kind::Police).unwrap();
    let browser = lab.browser(&police, stile_cli::demo::partnership::APPROVER);

    for path in ["/queue", "/cases/MASH-2026-00001"] {
        assert_eq!(
            browser.open(path).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    lab.stop().await;
}
