//! The hub's forms as its people use them: from a telephone call to a closed case.

use harness::browser::{Browser, Page};
use harness::ledger::count;
use harness::{Lab, Matter, tale};
use hyper::StatusCode;
use stile_cli::demo::SEED;
use stile_cli::demo::partnership::{DECIDER, HUB, MANAGER, RESEARCHER};
use stile_cli::demo::world::{Kind, World};
use stile_exchange::clock::Clock;
use stile_ledger::EntryKind;

use super::pages_hub::{hub, is_whole};

/// Mark-up as somebody might type it into any field.
const MARKUP: &str = "<b onmouseover=alert(1)>\"'&amp;</b><script>alert(1)</script>";

/// A page never carries what somebody typed as mark-up.
fn is_escaped(page: &Page) {
    assert!(!page.html.contains("<script>alert"), "stored or reflected");
    assert!(!page.html.contains("<b onmouseover"), "stored or reflected");
}

/// Follows where a form led.
async fn led(browser: &Browser, sent: &Page) -> Page {
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.words());
    browser.open(sent.to.as_deref().unwrap()).await
}

/// Begins a draft and gives the address of its folder.
async fn draft(browser: &Browser, mode: &str) -> String {
    let list = browser.open("/referrals").await;
    is_whole(&list);
    let begun = browser
        .send(&list, "/referrals/new", &[("mode", mode)])
        .await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.words());
    let at = begun.to.unwrap();
    at.rsplit_once('/').unwrap().0.to_owned()
}

async fn save(browser: &Browser, at: &str, step: &str, fields: &[(&str, &str)]) -> Page {
    let path = format!("{at}/{step}");
    let page = browser.open(&path).await;
    is_whole(&page);
    browser.send(&page, &path, fields).await
}

const CONSENT: &[(&str, &str)] = &[
    ("do", "next"),
    ("case-kind", "significant_harm"),
    ("priority", "red"),
    ("purpose", "s47_enquiry"),
    ("consent", "not_sought"),
    ("override", "would_prejudice_protection"),
    ("parents", "would_raise_risk"),
];

const CHILD: &[(&str, &str)] = &[
    ("do", "next"),
    ("p1-role", "child"),
    ("p1-forenames", "Mali"),
    ("p1-surname", "Testwood"),
    ("p1-born-day", "9"),
    ("p1-born-month", "5"),
    ("p1-born-year", "2018"),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_referral_is_saved_step_by_step_prompted_for_and_opens_a_case() {
    let mut lab = Lab::start(&[], 50).await;
    let browser = lab.browser(&hub(), RESEARCHER);
    let at = draft(&browser, "steps").await;

    let who = [
        ("do", "next"),
        ("channel", "telephone"),
        ("name", "Ann Other"),
    ];
    let saved = save(&browser, &at, "referrer", &who).await;
    assert_eq!(saved.to.as_deref(), Some(&*format!("{at}/concern")));
    let worry = [
        ("do", "more"),
        ("concern", "a bruise"),
        ("o1-what", "a bruise on the arm"),
    ];
    let again = save(&browser, &at, "concern", &worry).await;
    let concern = led(&browser, &again).await;
    assert!(concern.html.contains("o2-what"), "room for one more");
    save(&browser, &at, "people", CHILD).await;
    let check = browser.open(&format!("{at}/check")).await;
    is_whole(&check);
    assert!(
        check.says("A few words say too little"),
        "{}",
        check.words()
    );
    assert!(check.says("Was") || check.says("Were parents told?"));

    let early = browser.send(&check, &format!("{at}/submit"), &[]).await;
    assert!(early.says("There is a problem"), "{}", early.words());
    assert!(early.says("cannot be opened without"));
    save(&browser, &at, "consent", CONSENT).await;
    let drafts = browser.open("/referrals").await;
    assert!(drafts.says("Mali Testwood"));
    let check = browser.open(&format!("{at}/check")).await;
    let opened = browser.send(&check, &format!("{at}/submit"), &[]).await;
    let case = led(&browser, &opened).await;
    is_whole(&case);
    assert!(case.says("Mali Testwood") && case.says("Red"));
    let request = browser
        .open(&format!("{}/request", opened.to.unwrap()))
        .await;
    assert!(request.says("a bruise on the arm") && request.says("Ann Other"));
    assert!(browser.open("/referrals").await.says("You have no drafts"));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_taken_down_on_one_page_and_a_second_one_finds_the_first() {
    let mut lab = Lab::start(&[], 50).await;
    let browser = lab.browser(&hub(), RESEARCHER);
    let whole: Vec<_> = [
        CHILD,
        &CONSENT[1..],
        &[("concern", "a worry"), ("name", "Ann")],
    ]
    .concat();

    let first = draft(&browser, "call").await;
    let saved = save(&browser, &first, "call", &whole).await;
    assert_eq!(saved.to.as_deref(), Some(&*format!("{first}/check")));
    let check = led(&browser, &saved).await;
    assert!(check.says("No open or recent case"), "{}", check.words());
    let case = browser.send(&check, &format!("{first}/submit"), &[]).await;
    let number = case.to.unwrap().replace("/cases/", "");
    let second = draft(&browser, "call").await;
    let saved = save(&browser, &second, "call", &whole).await;
    let check = led(&browser, &saved).await;
    assert!(check.says(&number), "{}", check.words());
    assert!(
        check.says("Mali Testwood may be in it") || check.says("Mali Testwood is likely in it")
    );
    let added = browser
        .send(&check, &format!("{second}/add"), &[("case", &number)])
        .await;

    assert_eq!(added.to.as_deref(), Some(&*format!("/cases/{number}")));
    let request = browser.open(&format!("/cases/{number}/request")).await;
    assert_eq!(request.words().matches("Taken down by").count(), 2);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_referral_keeps_what_was_typed_where_something_is_wrong_and_escapes_it() {
    let mut lab = Lab::start(&[], 50).await;
    let browser = lab.browser(&hub(), RESEARCHER);
    let at = draft(&browser, "call").await;
    let names = [
        "name",
        "role",
        "organisation",
        "telephone",
        "email",
        "concern",
        "o1-what",
        "o1-when",
        "o1-by",
        "p1-forenames",
        "p1-surname",
        "p1-other-forenames",
        "p1-other-surname",
        "p1-address",
        "p1-postcode",
        "p1-phone",
        "p1-nhs-number",
        "household",
        "responsibility",
        "language",
        "needs",
    ];
    let mut fields: Vec<_> = names.iter().map(|name| (*name, MARKUP)).collect();
    fields.push(("p1-role", "child"));

    let mut wrong = fields.clone();
    wrong.extend([
        ("p1-born-day", "31"),
        ("p1-born-month", "2"),
        ("p1-born-year", "2018"),
    ]);
    let page = save(&browser, &at, "call", &wrong).await;
    is_whole(&page);
    is_escaped(&page);
    assert!(page.says("There is a problem") && page.html.contains("href=\"#p1-born-day\""));
    let kept = page.html.matches("&#60;b onmouseover").count();
    assert_eq!(kept, names.len(), "everything typed is still there");
    assert!(page.html.contains("value=\"31\""));

    let saved = save(&browser, &at, "call", &fields).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.words());
    for step in ["call", "referrer", "concern", "people", "home", "check"] {
        is_escaped(&browser.open(&format!("{at}/{step}")).await);
    }
    is_escaped(&browser.open("/referrals").await);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_of_whoever_wrote_it_and_can_be_discarded() {
    let mut lab = Lab::start(&[], 50).await;
    let browser = lab.browser(&hub(), RESEARCHER);
    let manager = lab.browser(&hub(), MANAGER);
    let at = draft(&browser, "steps").await;

    assert_eq!(
        manager.open(&format!("{at}/referrer")).await.status,
        StatusCode::FORBIDDEN
    );
    let forged = browser
        .post(
            &format!("{at}/discard"),
            &[("nonce", "forged")],
            "same-origin",
        )
        .await;
    assert_eq!(forged.status, StatusCode::CONFLICT);
    let list = browser.open("/referrals").await;
    let gone = browser.send(&list, &format!("{at}/discard"), &[]).await;
    assert_eq!(gone.to.as_deref(), Some("/referrals"));
    assert_eq!(
        browser.open(&format!("{at}/referrer")).await.status,
        StatusCode::NOT_FOUND
    );
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_enquiry_is_built_previewed_confirmed_and_sent_once() {
    let mut lab = Lab::start(&[Kind::Police], 50).await;
    let browser = lab.browser(&hub(), RESEARCHER);
    let matter = Matter::of(&tale("red"), "MASH-2026-31001");
    matter.open(&lab.person(&hub(), RESEARCHER)).await;
    let at = "/cases/MASH-2026-31001/ask";

    let build = browser.open(at).await;
    is_whole(&build);
    assert!(build.says("Domestic") && build.html.contains("name=\"look-back\""));
    let agency = build.html.split("name=\"ask-").nth(1).unwrap();
    let agency = agency.split('"').next().unwrap().to_owned();
    let (ask, why) = (format!("ask-{agency}"), format!("why-{agency}"));
    let own = format!("{why}-police-conviction");
    let numbers = [("look-back", "24"), ("expires", "72")];

    let nothing = [&numbers[..], &[("do", "confirm")]].concat();
    let refused = browser.send(&build, at, &nothing).await;
    assert!(
        refused.says("Choose at least one category"),
        "{}",
        refused.words()
    );
    let wrong = [
        (ask.as_str(), "police.conviction"),
        (own.as_str(), MARKUP),
        ("look-back", "900"),
        ("expires", "soon"),
        ("do", "confirm"),
    ];
    let refused = browser.send(&build, at, &wrong).await;
    is_whole(&refused);
    is_escaped(&refused);
    assert!(refused.says("whole number of months") && refused.says("whole number of hours"));
    assert!(refused.html.contains("value=\"900\"") && refused.html.contains("value=\"soon\""));
    assert!(refused.html.contains("&#60;b onmouseover"));

    let right = [
        (ask.as_str(), "police.conviction"),
        (ask.as_str(), "police.domestic_incident"),
        (why.as_str(), "needed to see whether the child is safe"),
        ("look-back", "24"),
        ("expires", "72"),
    ];
    let see = [&right[..], &[("do", "see")]].concat();
    let seen = browser.send(&build, at, &see).await;
    is_whole(&seen);
    assert!(seen.says("What would come at best"));
    let go = [&right[..], &[("do", "confirm")]].concat();
    let confirm = browser.send(&build, at, &go).await;
    is_whole(&confirm);
    assert!(confirm.says("Check before you send") && confirm.says("one agency"));
    assert!(confirm.says("2 categories"), "{}", confirm.words());
    let send = [&right[..], &[("do", "send")]].concat();
    let forged = [&send[..], &[("nonce", "forged")]].concat();
    let page = browser.post(at, &forged, "same-origin").await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    let sent = browser.send(&confirm, at, &send).await;
    assert_eq!(sent.to.as_deref(), Some("/cases/MASH-2026-31001"));
    let twice = browser.send(&confirm, at, &send).await;
    assert_eq!(twice.to, sent.to);
    let log = browser.open("/cases/MASH-2026-31001/log").await;
    assert_eq!(log.words().matches("Question sent").count(), 1);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_is_given_rated_decided_and_closed_by_those_whose_part_it_is() {
    let mut lab = Lab::start(&[], 50).await;
    let desk = lab.person(&hub(), RESEARCHER);
    Matter::of(&tale("red"), "MASH-2026-31002")
        .open(&desk)
        .await;
    let [researcher, manager, decider] =
        [RESEARCHER, MANAGER, DECIDER].map(|user| lab.browser(&hub(), user));
    let at = |page: &str| format!("/cases/MASH-2026-31002/{page}");

    for (browser, page) in [
        (&researcher, "decide"),
        (&manager, "decide"),
        (&manager, "ask"),
        (&manager, "presence"),
        (&decider, "allocate"),
        (&decider, "ask"),
    ] {
        let refused = browser.open(&at(page)).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{page}");
    }
    let form = manager.open(&at("allocate")).await;
    is_whole(&form);
    let nobody = manager.send(&form, &at("allocate"), &[]).await;
    assert!(nobody.says("Choose one"), "{}", nobody.words());
    let given = manager
        .send(&form, &at("allocate"), &[("to", RESEARCHER)])
        .await;
    assert_eq!(given.status, StatusCode::SEE_OTHER, "{}", given.words());
    let form = manager.open(&at("priority")).await;
    is_whole(&form);
    let thin = [("to", "green"), ("reason", "risk_lower"), ("why", "no")];
    let thin = manager.send(&form, &at("priority"), &thin).await;
    assert!(thin.says("Enter 10 to 2") && thin.html.contains(">no</textarea>"));
    let why = format!("the mother has moved away {MARKUP}");
    let rated = [
        ("to", "amber"),
        ("reason", "risk_lower"),
        ("why", why.as_str()),
    ];
    let rated = manager.send(&form, &at("priority"), &rated).await;
    let case = led(&manager, &rated).await;
    assert!(case.says("Amber"), "{}", case.words());

    let early = decider.open(&at("close")).await;
    assert!(early.says("Nobody has decided"));
    let form = decider.open(&at("decide")).await;
    is_whole(&form);
    let thin = [
        ("outcome", "early_help"),
        ("reasoning", "because"),
        ("actions", "x"),
    ];
    let thin = decider.send(&form, &at("decide"), &thin).await;
    assert!(thin.says("Enter 20 to 8") && thin.says("at most 20 actions"));
    let reasoning = format!("the threshold of section 47 is not met {MARKUP}");
    let decision = [
        ("outcome", "early_help"),
        ("reasoning", reasoning.as_str()),
        ("actions", "Early help visits: team\nSchool told: Ann"),
    ];
    let decided = decider.send(&form, &at("decide"), &decision).await;
    let case = led(&decider, &decided).await;
    is_escaped(&case);
    assert!(case.says("Decided in time") && case.says("School told: Ann"));
    let form = decider.open(&at("close")).await;
    is_whole(&form);
    let closed = decider.send(&form, &at("close"), &[]).await;
    let case = led(&decider, &closed).await;
    assert!(case.says("Closed"), "{}", case.words());
    assert!(!decider.open("/queue").await.says("MASH-2026-31002"));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn help_that_was_asked_for_and_words_that_were_told_are_recorded() {
    let mut lab = Lab::start(&[], 50).await;
    let desk = lab.person(&hub(), RESEARCHER);
    Matter::of(&tale("red"), "MASH-2026-31003")
        .open(&desk)
        .await;
    let browser = lab.browser(&hub(), RESEARCHER);
    let at = |page: &str| format!("/cases/MASH-2026-31003/{page}");

    let form = browser.open(&at("escalate")).await;
    is_whole(&form);
    let empty = browser
        .send(&form, &at("escalate"), &[("to", MARKUP)])
        .await;
    is_escaped(&empty);
    assert!(empty.says("There is a problem") && empty.html.contains("&#60;b onmouseover"));
    let help = [
        ("to", "The duty manager"),
        ("reason", "deadline_near"),
        ("note", "please ring the police desk today"),
    ];
    let asked = browser.send(&form, &at("escalate"), &help).await;
    let log = led(&browser, &asked).await;
    assert!(log.says("Escalated"), "{}", log.words());

    let form = browser.open(&at("told")).await;
    is_whole(&form);
    let day = |name: &str| form.field(name).unwrap();
    let (d, m, y, t) = (
        day("said-day"),
        day("said-month"),
        day("said-year"),
        day("time"),
    );
    let mut told = vec![
        ("teller", "Ann, sergeant"),
        ("told", MARKUP),
        ("said-day", d.as_str()),
        ("said-month", m.as_str()),
        ("said-year", y.as_str()),
        ("time", "noon"),
        ("ground", "strategy_meeting"),
        ("category", "police.domestic_incident"),
        ("account", "two call-outs in March were described"),
    ];
    let wrong = browser.send(&form, &at("told"), &told).await;
    is_escaped(&wrong);
    assert!(wrong.says("Enter a time such as 14:05") && wrong.html.contains("value=\"noon\""));
    told[5].1 = &t;
    let recorded = browser.send(&form, &at("told"), &told).await;
    let log = led(&browser, &recorded).await;
    assert!(log.says("Told by word of mouth"), "{}", log.words());
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_product_is_shown_for_each_audience_and_feedback_has_no_partner_data() {
    let mut lab = Lab::start(&[Kind::Police], 50).await;
    let desk = lab.person(&hub(), RESEARCHER);
    let matter = Matter::of(&tale("red"), "MASH-2026-31004");
    matter
        .raise(
            &desk,
            &[(
                Kind::Police,
                &["police.conviction", "police.domestic_incident"],
            )],
        )
        .await;
    matter.settled(&desk).await;
    let browser = lab.browser(&hub(), RESEARCHER);
    let at = "/cases/MASH-2026-31004/product";

    let whole = browser.open(at).await;
    is_whole(&whole);
    assert!(whole.says("OFFICIAL-SENSITIVE") && whole.says("Chronology"));
    assert!(whole.says("Police") && whole.says("SHA-256"));
    for audience in ["receiving_team", "family_safe"] {
        is_whole(&browser.open(&format!("{at}?audience={audience}")).await);
    }
    let feedback = browser
        .open(&format!("{at}?audience=referrer_feedback"))
        .await;
    is_whole(&feedback);
    assert!(!feedback.says("Chronology") && !feedback.says("Withheld"));
    let welsh = browser.open(&format!("/cy{at}")).await;
    is_whole(&welsh);
    assert!(welsh.says("Cronoleg"));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_knows_a_person_is_asked_for_and_shown_as_what_it_is() {
    let mut lab = Lab::start(&[Kind::Police], 50).await;
    let desk = lab.person(&hub(), RESEARCHER);
    Matter::of(&tale("red"), "MASH-2026-31005")
        .open(&desk)
        .await;
    let browser = lab.browser(&hub(), RESEARCHER);
    let at = "/cases/MASH-2026-31005/presence";

    let form = browser.open(at).await;
    is_whole(&form);
    assert!(form.says("is not absence"));
    let nobody = browser.send(&form, at, &[]).await;
    assert!(nobody.says("Choose one"), "{}", nobody.words());
    let asked = browser.send(&form, at, &[("subject", "s1")]).await;
    let found = led(&browser, &asked).await;
    is_whole(&found);
    assert!(found.says("Who knows Mali Testwood"), "{}", found.words());
    let forged = [("subject", "s1"), ("nonce", "forged")];
    let forged = browser.post(at, &forged, "same-origin").await;
    assert_eq!(forged.status, StatusCode::CONFLICT);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_numbered_copy_is_made_once_listed_and_given_again_byte_for_byte() {
    let mut lab = Lab::start(&[], 50).await;
    let desk = lab.person(&hub(), RESEARCHER);
    Matter::of(&tale("red"), "MASH-2026-31006")
        .open(&desk)
        .await;
    let browser = lab.browser(&hub(), RESEARCHER);
    let at = "/cases/MASH-2026-31006/copies";

    let form = browser.open(at).await;
    is_whole(&form);
    assert!(form.says("No copy has been made yet"));
    let wrong = browser.send(&form, at, &[("role", MARKUP)]).await;
    is_escaped(&wrong);
    assert!(wrong.says("Choose one") && wrong.html.contains("&#60;b onmouseover"));
    let wanted = [
        ("audience", "receiving_team"),
        ("role", "Team manager"),
        ("name", MARKUP),
        ("language", "en"),
        ("form", "json"),
    ];
    let made = browser.send(&form, at, &wanted).await;
    let list = led(&browser, &made).await;
    is_whole(&list);
    is_escaped(&list);
    assert!(list.says("Copy 1 (JSON)"), "{}", list.words());
    let first = browser.open(&format!("{at}/1")).await;
    let again = browser.open(&format!("{at}/1")).await;
    assert_eq!(first.status, StatusCode::OK);
    assert_eq!(first.headers["content-type"], "application/json");
    assert!(first.headers["content-disposition"].contains("attachment"));
    assert_eq!(first.html, again.html);
    assert_eq!(
        browser.open(&format!("{at}/2")).await.status,
        StatusCode::NOT_FOUND
    );
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pdf_that_cannot_be_made_is_said_on_the_form_with_what_was_typed() {
    let world = World::generate_on(SEED, 50, Clock::system().now().date());
    let mut lab = Lab::start_with(&world, &[], |dir| {
        let file = dir.join(HUB).join("hub.toml");
        let mut text = std::fs::read_to_string(&file).unwrap();
        assert!(!text.contains("[documents]"));
        text.push_str("\n[documents]\ntypesetter = \"/nowhere/stile-pdf\"\n");
        std::fs::write(&file, text).unwrap();
    })
    .await;
    let desk = lab.person(&hub(), RESEARCHER);
    Matter::of(&tale("red"), "MASH-2026-31007")
        .open(&desk)
        .await;
    let browser = lab.browser(&hub(), RESEARCHER);
    let at = "/cases/MASH-2026-31007/copies";
    let wanted = |form: &'static str| {
        [
            ("audience", "receiving_team"),
            ("role", "Team manager"),
            ("name", "Dana Example"),
            ("language", "en"),
            ("form", form),
        ]
    };

    let form = browser.open(at).await;
    let refused = browser.send(&form, at, &wanted("pdf")).await;

    assert!(!refused.status.is_server_error(), "{}", refused.words());
    assert!(
        refused.says("The PDF could not be made, and no copy was given or recorded"),
        "{}",
        refused.words()
    );
    assert!(refused.says("Choose JSON") && refused.html.contains("Dana Example"));
    assert!(refused.says("No copy has been made yet"));
    let issued = |lab: &Lab| count(&lab.entries(&hub()), EntryKind::DocumentIssued);
    assert_eq!(issued(&lab), 0);
    let made = browser.send(&refused, at, &wanted("json")).await;
    let list = led(&browser, &made).await;
    assert!(list.says("Copy 1 (JSON)"), "{}", list.words());
    lab.stop().await;
    assert_eq!(issued(&lab), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_hide_small_numbers_and_are_for_those_above() {
    let mut lab = Lab::start(&[], 50).await;
    let desk = lab.person(&hub(), RESEARCHER);
    for number in 0..3 {
        Matter::of(&tale("red"), &format!("MASH-2026-3101{number}"))
            .open(&desk)
            .await;
    }
    let [manager, decider] = [MANAGER, DECIDER].map(|user| lab.browser(&hub(), user));

    let figures = manager.open("/figures").await;
    is_whole(&figures);
    assert!(figures.says("not shown") && figures.says("Timeliness by priority"));
    assert!(!figures.says("Mali"));
    for asked in ["soon", "2026-01-02", "%3Cscript%3Ealert(1)"] {
        let wrong = decider.open(&format!("/figures?from={asked}")).await;
        is_escaped(&wrong);
        assert!(
            wrong.says("There is a problem"),
            "{asked}: {}",
            wrong.words()
        );
    }
    let csv = manager.open("/figures/csv").await;
    assert_eq!(csv.status, StatusCode::OK, "{}", csv.words());
    assert!(csv.headers["content-type"].starts_with("text/csv"));
    assert!(!csv.html.contains("Mali"));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_referrer_who_may_be_told_is_told_what_was_decided_and_no_more() {
    let mut lab = Lab::start(&[], 50).await;
    let [researcher, decider] = [RESEARCHER, DECIDER].map(|user| lab.browser(&hub(), user));
    let at = draft(&researcher, "call").await;
    let said = [
        ("concern", "a worry about a bruise"),
        ("name", "Ann Other"),
        ("referrer-kind", "school"),
        ("may-be-told", "yes"),
    ];
    let whole = [CHILD, &CONSENT[1..], &said].concat();
    let saved = save(&researcher, &at, "call", &whole).await;
    let check = led(&researcher, &saved).await;
    let opened = researcher.send(&check, &format!("{at}/submit"), &[]).await;
    let case = opened.to.unwrap();

    let early = researcher.open(&format!("{case}/feedback")).await;
    is_whole(&early);
    let form = decider.open(&format!("{case}/decide")).await;
    let decision = [
        ("outcome", "early_help"),
        ("reasoning", "the threshold of section 47 is not met"),
    ];
    let decided = decider
        .send(&form, &format!("{case}/decide"), &decision)
        .await;
    assert_eq!(decided.status, StatusCode::SEE_OTHER, "{}", decided.words());
    let tell = decider.open(&format!("{case}/feedback")).await;
    is_whole(&tell);
    assert!(
        tell.says("What was decided: Early help"),
        "{}",
        tell.words()
    );
    assert!(!tell.says("section 47 is not met"));
    let fields = [("referral", "0")];
    let told = decider
        .send(&tell, &format!("{case}/feedback"), &fields)
        .await;
    let log = led(&decider, &told).await;
    assert!(log.says("Referrer told"), "{}", log.words());
    let done = decider.open(&format!("{case}/feedback")).await;
    assert!(done.says("No referrer waits"));
    lab.stop().await;
}
