//! What the hub's people must not miss, and what happens while a page of theirs is open.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use harness::browser::{Browser, Page};
use harness::{Lab, Matter, tale};
use hyper::StatusCode;
use stile_cli::demo::partnership::{DECIDER, MANAGER, RESEARCHER};
use stile_cli::demo::world::Kind;

use super::pages_hub::{hub, is_whole};

/// Everything that one call says.
const CALL: &[(&str, &str)] = &[
    ("do", "next"),
    ("channel", "telephone"),
    ("name", "Ann Other"),
    ("referrer-kind", "school"),
    ("may-be-named", "no"),
    ("may-be-told", "yes"),
    ("concern", "she said that she was afraid to go home"),
    ("danger", "yes"),
    ("o1-what", "a bruise on the arm"),
    ("o1-knowledge", "reported"),
    ("o1-by", "the lunchtime supervisor"),
    ("p1-role", "child"),
    ("p1-forenames", "Mali"),
    ("p1-surname", "Testwood"),
    ("p1-born-day", "9"),
    ("p1-born-month", "5"),
    ("p1-born-year", "2018"),
    ("p1-address", "4 Hidden Lane"),
    ("p1-postcode", "ZZ9 9ZZ"),
    ("language", "Welsh"),
    ("interpreter", "yes"),
    ("disability", "unknown"),
    ("case-kind", "significant_harm"),
    ("priority", "red"),
    ("purpose", "s47_enquiry"),
    ("consent", "not_sought"),
    ("override", "would_prejudice_protection"),
    ("parents", "would_raise_risk"),
];

/// Takes a call down; the page that checks it.
async fn call(browser: &Browser) -> (String, Page) {
    let list = browser.open("/referrals").await;
    let mode = [("mode", "call")];
    let begun = browser.send(&list, "/referrals/new", &mode).await;
    let at = begun.to.unwrap();
    let form = browser.open(&at).await;
    let saved = browser.send(&form, &at, CALL).await;
    let check = browser.open(saved.to.as_deref().unwrap()).await;
    let folder = at.rsplit_once('/').unwrap().0.to_owned();
    (folder, check)
}

/// The address of a case that was opened from a call.
async fn opened(browser: &Browser) -> String {
    let (at, check) = call(browser).await;
    let opened = browser.send(&check, &format!("{at}/submit"), &[]).await;
    opened.to.unwrap()
}

/// What stands between `<title>` and its end.
fn title(page: &Page) -> &str {
    let rest = page.html.split("<title>").nth(1).unwrap();
    rest.split("</title>").next().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_says_everything_that_the_referral_says_and_danger_first() {
    let mut lab = Lab::start(&[], 50).await;
    let browser = lab.browser(&hub(), RESEARCHER);
    let case = opened(&browser).await;

    let page = browser.open(&format!("{case}/request")).await;
    is_whole(&page);
    for said in [
        "Is somebody in danger at this moment? Yes",
        "The family must not learn who referred",
        "May they be told what became of it? Yes",
        "What kind of referrer? School or college",
        "How did it come? Telephone",
        "Received",
        "a bruise on the arm Somebody told them told by the lunchtime supervisor",
        "Is an interpreter needed? Yes",
        "Is anybody disabled, or does anybody have additional needs? Not known",
        "Not told: would raise the risk to someone",
    ] {
        assert!(page.says(said), "{said}: {}", page.words());
    }
    let overview = browser.open(&case).await;
    let words = overview.words();
    let at = |text: &str| {
        words
            .find(text)
            .unwrap_or_else(|| panic!("{text}: {words}"))
    };
    assert!(at("Immediate danger: whoever referred") < at("The family must not learn"));
    assert!(at("The family must not learn") < at("Agencies answered"));
    assert!(overview.html.contains("moj-alert--error"), "a shape, too");
    assert!(browser.open("/queue").await.says("Immediate danger"));
    is_whole(&browser.open(&format!("/cy{case}/request")).await);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_title_of_a_page_names_anybody() {
    let mut lab = Lab::start(&[Kind::Police], 50).await;
    let browser = lab.browser(&hub(), RESEARCHER);
    let case = opened(&browser).await;
    let number = case.replace("/cases/", "");

    for place in [
        "",
        "/chronology",
        "/findings",
        "/withheld",
        "/matches",
        "/gaps",
        "/request",
        "/log",
        "/ask",
        "/copies",
        "/presence",
        "/told",
        "/escalate",
        "/consent",
        "/product",
    ] {
        let page = browser.open(&format!("{case}{place}")).await;
        is_whole(&page);
        assert!(!title(&page).contains("Mali") && !title(&page).contains("Testwood"));
        assert!(title(&page).contains(&number), "{place}: {}", title(&page));
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_further_contact_is_shown_as_unread_until_whoever_works_on_the_case_read_it() {
    let mut lab = Lab::start(&[], 50).await;
    let [browser, manager] = [RESEARCHER, MANAGER].map(|user| lab.browser(&hub(), user));
    let case = opened(&browser).await;
    let number = case.replace("/cases/", "");
    let queue = browser.open("/queue").await;
    assert!(!queue.says("New contact, not read"));
    browser.send(&queue, &format!("{case}/take"), &[]).await;
    let (at, check) = call(&browser).await;
    let add = format!("{at}/add");
    let added = browser.send(&check, &add, &[("case", &number)]).await;
    assert_eq!(added.to.as_deref(), Some(&*case));

    let queue = browser.open("/queue").await;
    assert!(queue.says("New contact, not read") && queue.says("read a new contact"));
    let page = browser.open(&case).await;
    is_whole(&page);
    assert!(page.says("A new contact was added to this case"));
    let request = browser.open(&format!("{case}/request")).await;
    assert!(request.html.contains("id=\"contact-1\"") && request.says("I have read this contact"));
    let theirs = manager.open(&format!("{case}/request")).await;
    assert!(theirs.says("New contact, not read"));
    let read = format!("{case}/read");
    let wrong = browser.send(&request, &read, &[("referral", "7")]).await;
    assert_eq!(wrong.status, StatusCode::NOT_FOUND);
    let request = browser.open(&format!("{case}/request")).await;
    let done = browser.send(&request, &read, &[("referral", "1")]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);

    assert!(!browser.open("/queue").await.says("New contact"));
    let request = browser.open(&format!("{case}/request")).await;
    assert!(!request.says("New contact, not read") && request.says("further contact read"));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_of_a_case_that_changed_comes_again_with_what_was_typed_and_what_changed() {
    let mut lab = Lab::start(&[], 50).await;
    let desk = lab.person(&hub(), RESEARCHER);
    Matter::of(&tale("red"), "MASH-2026-32001")
        .open(&desk)
        .await;
    let [manager, decider] = [MANAGER, DECIDER].map(|user| lab.browser(&hub(), user));
    let at = |page: &str| format!("/cases/MASH-2026-32001/{page}");
    let stale = decider.open(&at("decide")).await;
    let form = manager.open(&at("priority")).await;
    let rated = [
        ("to", "amber"),
        ("reason", "risk_lower"),
        ("why", "the mother has moved away"),
    ];
    let rated = manager.send(&form, &at("priority"), &rated).await;
    assert_eq!(rated.status, StatusCode::SEE_OTHER, "{}", rated.words());

    let decision = [
        ("outcome", "early_help"),
        ("reasoning", "the threshold of section 47 is not met"),
    ];
    let refused = decider.send(&stale, &at("decide"), &decision).await;

    is_whole(&refused);
    assert!(refused.says("Somebody else changed this case meanwhile"));
    assert!(
        refused.says("priority changed from Red to Amber"),
        "{}",
        refused.words()
    );
    assert!(
        refused.says("the threshold of section 47 is not met"),
        "what was typed is kept"
    );
    let sent = decider.send(&refused, &at("decide"), &decision).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.words());
    let unsaid = [("seen", "soon"), decision[0], decision[1]];
    let form = decider.open(&at("decide")).await;
    let unsaid = decider.send(&form, &at("decide"), &unsaid).await;
    assert_eq!(unsaid.status, StatusCode::BAD_REQUEST);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn consent_is_changed_with_a_reason_and_stands_in_the_history() {
    let mut lab = Lab::start(&[], 50).await;
    let browser = lab.browser(&hub(), RESEARCHER);
    let case = opened(&browser).await;
    let at = format!("{case}/consent");

    let form = browser.open(&at).await;
    is_whole(&form);
    assert!(
        form.says("The case says now: Not sought"),
        "{}",
        form.words()
    );
    let thin = [("consent", "given"), ("why", "yes")];
    let thin = browser.send(&form, &at, &thin).await;
    assert!(thin.says("Enter 10 to 2") && thin.html.contains(">yes</textarea>"));
    let given = [
        ("consent", "given"),
        ("parents", "informed"),
        ("why", "the mother telephoned and agreed"),
    ];
    let changed = browser.send(&thin, &at, &given).await;
    let request = browser.open(changed.to.as_deref().unwrap()).await;

    is_whole(&request);
    assert!(
        request.says("consent changed from “Not sought"),
        "{}",
        request.words()
    );
    assert!(request.says("the mother telephoned and agreed"));
    assert!(!request.says("Do not take it that parents know"));
    lab.stop().await;
}

/// Bytes of a page as a browser that takes gzip would load it at most.
fn weight(page: &Page) -> usize {
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(page.html.as_bytes()).unwrap();
    packed.finish().unwrap().len()
}

/// The bounds that `docs/topics/pages.md` states.
const PAGE_MOST: usize = 15_000;
const FIRST_MOST: usize = 60_000;

#[tokio::test(flavor = "multi_thread")]
async fn no_page_of_the_hub_weighs_more_than_is_promised() {
    let mut lab = Lab::start(&[Kind::Police], 50).await;
    let desk = lab.person(&hub(), RESEARCHER);
    let matter = Matter::of(&tale("red"), "MASH-2026-32002");
    let asks: &[&str] = &["police.conviction", "police.domestic_incident"];
    matter.raise(&desk, &[(Kind::Police, asks)]).await;
    matter.settled(&desk).await;
    let [browser, manager, decider] =
        [RESEARCHER, MANAGER, DECIDER].map(|user| lab.browser(&hub(), user));
    let case = "/cases/MASH-2026-32002";

    let mut heaviest = 0;
    for (browser, paths) in [
        (
            &browser,
            &[
                "/queue",
                "",
                "/chronology",
                "/findings",
                "/withheld",
                "/matches",
                "/gaps",
                "/request",
                "/log",
                "/product",
                "/ask",
                "/copies",
                "/presence",
                "/told",
                "/escalate",
                "/consent",
                "/feedback",
                "/referrals",
            ][..],
        ),
        (&manager, &["/figures", "/allocate", "/priority", "/close"]),
        (&decider, &["/decide"]),
    ] {
        for path in paths {
            let own = ["/queue", "/referrals", "/figures"].contains(path);
            let path = if own {
                (*path).to_owned()
            } else {
                format!("{case}{path}")
            };
            let page = browser.open(&path).await;
            assert_eq!(page.status, StatusCode::OK, "{path}");
            let bytes = weight(&page);
            println!("{path}: {bytes} bytes packed, {} plain", page.html.len());
            assert!(bytes <= PAGE_MOST, "{path} weighs {bytes} bytes");
            heaviest = heaviest.max(bytes);
        }
    }
    let files = browser.files(&browser.open("/queue").await).await;
    println!("files of a first visit: {files} bytes packed");
    assert!(heaviest + files <= FIRST_MOST, "{heaviest} and {files}");
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_asked_for_and_what_would_change_a_refusal_are_said() {
    let mut lab = Lab::start(&[Kind::Police], 50).await;
    let desk = lab.person(&hub(), RESEARCHER);
    let matter = Matter::of(&tale("red"), "MASH-2026-32003");
    let asks: &[&str] = &["police.conviction", "police.allegation"];
    matter.raise(&desk, &[(Kind::Police, asks)]).await;
    matter.settled(&desk).await;
    let browser = lab.browser(&hub(), RESEARCHER);

    let findings = browser.open("/cases/MASH-2026-32003/findings").await;

    is_whole(&findings);
    let words = findings.words();
    let rest = &words[words.find("These agencies could have been asked").unwrap()..];
    assert!(
        rest.contains("Domestic abuse incidents Not asked for"),
        "{rest}"
    );
    assert!(!rest.contains("Convictions"), "{rest}");
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_somebody_lives_stands_on_no_page_but_that_of_the_request() {
    let mut lab = Lab::start(&[Kind::Police], 50).await;
    let browser = lab.browser(&hub(), RESEARCHER);
    let case = opened(&browser).await;
    let says = |page: &Page| page.html.contains("Hidden Lane") || page.html.contains("ZZ9 9ZZ");

    assert!(says(&browser.open(&format!("{case}/request")).await));
    for place in [
        "",
        "/chronology",
        "/findings",
        "/withheld",
        "/matches",
        "/gaps",
        "/log",
        "/answers",
        "/ask",
        "/copies",
        "/presence",
        "/told",
        "/escalate",
        "/consent",
        "/product?audience=decision_maker",
        "/product?audience=receiving_team",
        "/product?audience=family_safe",
        "/product?audience=referrer_feedback",
    ] {
        let page = browser.open(&format!("{case}{place}")).await;
        assert_eq!(page.status, StatusCode::OK, "{place}");
        assert!(!says(&page), "{place}");
    }
    assert!(!says(&browser.open("/queue").await));
    let (_, check) = call(&browser).await;
    assert!(!says(&check), "nor where the same people are found again");
    lab.stop().await;
}
