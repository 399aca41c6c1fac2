//! Signing in to the pages with password and code, over TLS to a running gateway.

use harness::sign_in::PASSWORD;
use harness::{Browser, Lab, Page};
use hyper::StatusCode;
use stile_cli::demo::partnership::{DECIDER, HUB, IT, MANAGER, RESEARCHER};
use stile_ledger::EntryKind;
use stile_model::id::MemberId;

fn hub() -> MemberId {
    MemberId::new(HUB).unwrap()
}

async fn lab() -> Lab {
    Lab::start(&[], 50).await
}

async fn is_signed_in(browser: &Browser) -> bool {
    let page = browser.open("/account").await;
    match page.status {
        StatusCode::OK => true,
        StatusCode::SEE_OTHER => {
            assert_eq!(page.to.as_deref(), Some("/sign-in?back=%2Faccount"));
            false
        }
        other => panic!("{other}: {}", page.words()),
    }
}

async fn password(browser: &Browser, user: &str, password: &str) -> Page {
    let fields = [("user", user), ("password", password)];
    browser.post("/sign-in", &fields, "same-origin").await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invited_person_sets_up_an_account_signs_out_and_in_again() {
    let mut lab = lab().await;
    let (browser, account) = lab.account(&hub(), RESEARCHER).await;
    assert!(is_signed_in(&browser).await);
    assert_eq!(account.recovery.len(), 10);

    let out = browser.post("/sign-out", &[], "same-origin").await;
    assert_eq!(out.to.as_deref(), Some("/sign-out"));
    assert_eq!(out.headers["clear-site-data"], "\"cache\", \"storage\"");
    assert!(!is_signed_in(&browser).await);
    assert!(browser.open("/sign-out").await.says("You are signed out"));

    let back = account.sign_in(&browser, lab.time.clock().now()).await;
    assert_eq!(back.to.as_deref(), Some("/"));
    assert!(is_signed_in(&browser).await);
    let reasons: Vec<_> = lab
        .entries(&hub())
        .into_iter()
        .filter(|leaf| leaf.entry.kind == EntryKind::AccountChange)
        .map(|leaf| leaf.entry.reason.unwrap().to_string())
        .collect();
    assert_eq!(reasons, ["invited", "enrolled"]);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_leads_back_to_where_the_person_was_and_nowhere_else() {
    let mut lab = lab().await;
    let (browser, account) = lab.account(&hub(), RESEARCHER).await;
    for (back, expected) in [
        ("/account/sessions", "/account/sessions"),
        ("/cy/account", "/cy/account"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example/", "/"),
        ("/sign-out", "/"),
    ] {
        let fields = [("user", RESEARCHER), ("password", PASSWORD), ("back", back)];
        browser.post("/sign-in", &fields, "same-origin").await;
        let code = account.code(lab.time.clock().now());
        let done = browser
            .post("/sign-in/code", &[("code", &code)], "same-origin")
            .await;
        assert_eq!(done.to.as_deref(), Some(expected), "{back}");
        lab.time.advance_s(30);
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_user_and_a_wrong_password_are_told_alike_in_words() {
    let mut lab = lab().await;
    lab.account(&hub(), RESEARCHER).await;
    let browser = lab.visitor(&hub());

    let wrong = password(&browser, RESEARCHER, "tractor violet onions").await;
    let unknown = password(&browser, "x.nobody", PASSWORD).await;
    let none = password(&browser, MANAGER, PASSWORD).await;

    let alike = |page: &Page, user: &str| page.html.replace(user, "USER");
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.says("User name or password is not right"));
    assert_eq!(alike(&wrong, RESEARCHER), alike(&unknown, "x.nobody"));
    assert_eq!(alike(&wrong, RESEARCHER), alike(&none, MANAGER));
    assert!(
        !wrong.html.contains("onions"),
        "a password is never shown again"
    );
    assert!(wrong.html.contains("href=\"#user\""));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_code_is_not_asked_without_the_password_and_a_used_one_is_refused() {
    let mut lab = lab().await;
    let (browser, account) = lab.account(&hub(), RESEARCHER).await;
    let now = lab.time.clock().now();
    let stranger = lab.visitor(&hub());

    let early = stranger.open("/sign-in/code").await;
    let code = account.code(now);
    let posted = stranger
        .post("/sign-in/code", &[("code", &code)], "same-origin")
        .await;
    assert_eq!(early.to.as_deref(), Some("/sign-in"));
    assert_eq!(posted.to.as_deref(), Some("/sign-in"));

    assert_eq!(
        account.sign_in(&browser, now).await.to.as_deref(),
        Some("/")
    );
    let again = account.sign_in(&stranger, now).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.says("was used before"));
    assert!(!is_signed_in(&stranger).await);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recovery_code_signs_in_once() {
    let mut lab = lab().await;
    let (_, account) = lab.account(&hub(), RESEARCHER).await;
    for expected in [StatusCode::SEE_OTHER, StatusCode::UNPROCESSABLE_ENTITY] {
        let browser = lab.visitor(&hub());
        password(&browser, RESEARCHER, PASSWORD).await;
        let fields = [("code", account.recovery[0].as_str())];
        let done = browser
            .post("/sign-in/recovery", &fields, "same-origin")
            .await;
        assert_eq!(done.status, expected, "{}", done.words());
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_is_slowed_for_a_user_that_exists_and_for_one_that_does_not() {
    let mut lab = lab().await;
    lab.account(&hub(), RESEARCHER).await;
    for user in [RESEARCHER, "x.nobody"] {
        let browser = lab.visitor(&hub());
        for _ in 0..5 {
            let page = password(&browser, user, "wrong").await;
            assert!(page.says("is not right"), "{}", page.words());
        }
        let page = password(&browser, user, PASSWORD).await;
        assert!(page.says("Too many attempts"), "{user}: {}", page.words());
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_by_disuse_and_at_the_latest_after_a_working_day() {
    let mut lab = lab().await;
    let (browser, account) = lab.account(&hub(), RESEARCHER).await;

    lab.time.advance_s(14 * 60);
    assert!(is_signed_in(&browser).await);
    lab.time.advance_s(15 * 60);
    assert!(!is_signed_in(&browser).await);

    account.sign_in(&browser, lab.time.clock().now()).await;
    for _ in 0..61 {
        lab.time.advance_s(12 * 60 - 1);
        browser.open("/").await;
    }
    assert!(!is_signed_in(&browser).await);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_sent_when_the_session_had_ended_is_kept_for_its_user_alone() {
    let mut lab = lab().await;
    let (browser, account) = lab.account(&hub(), RESEARCHER).await;
    let (_, other) = lab.account(&hub(), MANAGER).await;
    let page = browser.open("/referrals").await;
    lab.time.advance_s(16 * 60);
    let fields = [("mode", "call"), ("said", "onion <tractor> violet")];

    let late = browser.send(&page, "/referrals/new", &fields).await;
    assert_eq!(late.to.as_deref(), Some("/sign-in?form=kept"));
    let told = browser.open("/sign-in?form=kept").await;
    assert!(told.says("What you typed is kept for 12 hours"));
    let back = account.sign_in(&browser, lab.time.clock().now()).await;
    assert_eq!(back.to.as_deref(), Some("/sign-in/kept"));
    let kept = browser.open("/sign-in/kept").await;
    assert!(kept.says("Your form is still here"));
    assert_eq!(
        kept.field("said").unwrap(),
        "onion &#60;tractor&#62; violet"
    );
    let handle = kept.field("kept-form").unwrap();
    let again = [fields[0], fields[1], ("kept-form", handle.as_str())];
    let done = browser.send(&kept, "/referrals/new", &again).await;
    assert!(done.to.unwrap().starts_with("/referrals/"));
    assert_ne!(browser.open("/sign-in/kept").await.status, StatusCode::OK);

    // The same at a browser where somebody else signs in next.
    let page = browser.open("/referrals").await;
    lab.time.advance_s(16 * 60);
    browser.send(&page, "/referrals/new", &fields).await;
    let back = other.sign_in(&browser, lab.time.clock().now()).await;
    assert_eq!(back.to.as_deref(), Some("/"));
    let kept = browser.open("/sign-in/kept").await;
    assert!(!kept.html.contains("onion"));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_outlives_a_night_and_restarts_of_the_gateway() {
    let mut lab = lab().await;
    let (browser, account) = lab.account(&hub(), RESEARCHER).await;
    let page = browser.open("/referrals").await;
    // Nothing in memory knows this browser any more: neither its session nor who ended it.
    lab.restart().await;
    lab.time.advance_s(10 * 3_600);
    let fields = [("mode", "call"), ("said", "onion tractor violet")];

    let late = browser.send(&page, "/referrals/new", &fields).await;
    assert_eq!(late.to.as_deref(), Some("/sign-in?form=kept"));
    lab.restart().await;
    let back = account.sign_in(&browser, lab.time.clock().now()).await;

    assert_eq!(back.to.as_deref(), Some("/sign-in/kept"));
    let kept = browser.open("/sign-in/kept").await;
    assert!(kept.says("onion tractor violet"), "{}", kept.words());
    let handle = kept.field("kept-form").unwrap();
    let again = [fields[0], fields[1], ("kept-form", handle.as_str())];
    let done = browser.send(&kept, "/referrals/new", &again).await;
    assert!(done.to.unwrap().starts_with("/referrals/"));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_kept_is_said_at_once() {
    let mut lab = lab().await;
    let (browser, _) = lab.account(&hub(), RESEARCHER).await;
    let page = browser.open("/referrals").await;
    let stranger = lab.visitor(&hub());
    let fields = [("mode", "call"), ("said", "onion tractor violet")];

    // A number that this gateway made for nobody: nobody to keep it for.
    let forged = [fields[0], fields[1], ("nonce", "AAAAAAAAAAAAAAAAAAAAAA")];
    let lost = stranger
        .post("/referrals/new", &forged, "same-origin")
        .await;
    assert_eq!(lost.to.as_deref(), Some("/sign-in?form=lost"));
    let told = stranger.open("/sign-in?form=lost").await;
    assert!(told.says("could not be kept"), "{}", told.words());

    let long = "a".repeat(2 * 1024 * 1024 + 1);
    let fields = [("mode", "call"), ("said", long.as_str())];
    let long = browser.send(&page, "/referrals/new", &fields).await;
    assert_eq!(long.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(long.says("too long") && long.says("could not be kept"));

    lab.time.advance_s(16 * 60);
    for number in 0..6 {
        let said = format!("onion tractor {number}");
        let fields = [("mode", "call"), ("said", said.as_str())];
        let late = browser.send(&page, "/referrals/new", &fields).await;
        let word = if number < 5 { "kept" } else { "lost" };
        let expected = format!("/sign-in?form={word}");
        assert_eq!(late.to.as_deref(), Some(expected.as_str()), "{number}");
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_with_a_number_of_another_session_loses_nothing_and_does_nothing() {
    let mut lab = lab().await;
    let (browser, _) = lab.account(&hub(), RESEARCHER).await;
    let fields = [
        ("mode", "call"),
        ("said", "onion tractor violet"),
        ("nonce", "forged"),
    ];

    for said in ["onion tractor violet", "a second one"] {
        let fields = [fields[0], ("said", said), fields[2]];
        let foreign = browser.post("/referrals/new", &fields, "same-origin").await;
        assert_eq!(foreign.status, StatusCode::CONFLICT);
        assert!(foreign.html.contains("href=\"/sign-in/kept\""));
        assert!(!foreign.says("already sent"), "it never was");
        lab.time.advance_s(1);
    }

    let kept = browser.open("/sign-in/kept").await;
    assert!(kept.says("Your 2 forms are still here"), "{}", kept.words());
    let handle = kept.field("kept-form").unwrap();
    let unproven = [("kept-form", handle.as_str())];
    browser
        .post("/sign-in/kept", &unproven, "same-origin")
        .await;
    assert!(browser.open("/sign-in/kept").await.says("Your 2 forms"));
    browser.send(&kept, "/sign-in/kept", &unproven).await;
    let left = browser.open("/sign-in/kept").await;
    assert!(left.says("Your form is still here") && left.says("a second one"));
    assert!(!left.says("onion"));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn recovery_codes_are_shown_once() {
    let mut lab = lab().await;
    let (browser, account) = lab.account(&hub(), RESEARCHER).await;
    assert_eq!(account.recovery.len(), 10, "seen once");

    let again = browser.open("/sign-in/recovery-codes").await;

    assert_eq!(again.to.as_deref(), Some("/account"));
    assert!(!again.html.contains(&account.recovery[0]));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_error_is_a_page_with_a_heading() {
    let mut lab = lab().await;
    let (browser, _) = lab.account(&hub(), RESEARCHER).await;
    let stranger = lab.visitor(&hub());

    let pages = [
        (404, browser.open("/nowhere").await),
        (404, browser.open("/cases/no%20case").await),
        (404, browser.open("/assets/none").await),
        (405, browser.post("/account", &[], "same-origin").await),
        (403, browser.post("/referrals/new", &[], "cross-site").await),
        (403, stranger.post("/cy/sign-in", &[], "cross-site").await),
        (404, stranger.open("/nowhere").await),
    ];
    for (status, page) in pages {
        assert_eq!(page.status.as_u16(), status, "{}", page.words());
        assert_eq!(page.html.matches("<h1").count(), 1, "{status}");
        assert!(page.html.contains("<title>") && page.html.contains("lang=\""));
        assert_eq!(page.headers["cache-control"], "no-store", "{status}");
        assert!(page.headers.contains_key("content-security-policy"));
        assert_eq!(page.headers.contains_key("allow"), status == 405);
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keeps_no_form_with_passwords() {
    let mut lab = lab().await;
    let (browser, account) = lab.account(&hub(), RESEARCHER).await;
    let page = browser.open("/account/password").await;
    lab.time.advance_s(16 * 60);

    let fields = [("present", PASSWORD), ("password", "onion tractor violet")];
    let late = browser.send(&page, "/account/password", &fields).await;
    assert_eq!(late.to.as_deref(), Some("/sign-in?form=passwords"));
    let told = browser.open("/sign-in?form=passwords").await;
    assert!(told.says("Passwords are never kept"));

    let back = account.sign_in(&browser, lab.time.clock().now()).await;
    assert_eq!(back.to.as_deref(), Some("/"));
    assert!(!browser.open("/sign-in/kept").await.html.contains("onion"));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_password_ends_every_other_session_of_the_user() {
    let mut lab = lab().await;
    let (browser, account) = lab.account(&hub(), RESEARCHER).await;
    let elsewhere = lab.visitor(&hub());
    account.sign_in(&elsewhere, lab.time.clock().now()).await;
    let (stranger, _) = lab.account(&hub(), DECIDER).await;
    assert!(is_signed_in(&elsewhere).await);

    let page = browser.open("/account/password").await;
    let fields = [
        ("present", PASSWORD),
        ("password", "onion tractor violet"),
        ("password-again", "onion tractor violet"),
    ];
    let done = browser.send(&page, "/account/password", &fields).await;

    assert_eq!(done.to.as_deref(), Some("/account"), "{}", done.words());
    assert!(is_signed_in(&browser).await && is_signed_in(&stranger).await);
    assert!(!is_signed_in(&elsewhere).await);
    let old = password(&elsewhere, RESEARCHER, PASSWORD).await;
    assert!(old.says("is not right"));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_sent_twice_is_done_once_and_a_forged_number_never() {
    let mut lab = lab().await;
    let (browser, account) = lab.account(&hub(), RESEARCHER).await;
    let (first, second) = (lab.visitor(&hub()), lab.visitor(&hub()));
    account.sign_in(&first, lab.time.clock().now()).await;
    let page = browser.open("/account/sessions").await;
    let fields = [("session", "others")];

    let forged = [("session", "others"), ("nonce", "AAAAAAAAAAAAAAAAAAAAAA")];
    let forged = browser
        .post("/account/sessions", &forged, "same-origin")
        .await;
    assert_eq!(forged.status, StatusCode::CONFLICT);
    assert!(forged.says("cannot be taken any more") && is_signed_in(&first).await);

    let done = browser.send(&page, "/account/sessions", &fields).await;
    assert_eq!(done.to.as_deref(), Some("/account/sessions"));
    assert!(!is_signed_in(&first).await);
    lab.time.advance_s(30);
    account.sign_in(&second, lab.time.clock().now()).await;
    let again = browser.send(&page, "/account/sessions", &fields).await;
    assert_eq!(
        again.to.as_deref(),
        Some("/account/sessions"),
        "leads to what came of it"
    );
    assert!(is_signed_in(&second).await, "not done again");
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_taken_back_by_it_is_signed_out_at_once() {
    let mut lab = lab().await;
    let (browser, account) = lab.account(&hub(), RESEARCHER).await;
    assert!(is_signed_in(&browser).await);

    let path = format!("/api/v1/accounts/{RESEARCHER}/closing");
    let () = lab.desk(HUB, IT).post(&path, &()).await.unwrap();

    assert!(!is_signed_in(&browser).await);
    let refused = password(&browser, &account.user, PASSWORD).await;
    assert!(refused.says("is not right"));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_a_certificate_began_opens_nothing_without_the_certificate() {
    let mut lab = lab().await;
    let by_certificate = lab.browser(&hub(), RESEARCHER);
    assert!(is_signed_in(&by_certificate).await);
    let page = by_certificate.open("/account/sessions").await;
    assert!(page.says("This one"));

    let without = lab.visitor(&hub());
    without.take_cookies_of(&by_certificate);

    assert!(!is_signed_in(&without).await);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cookies_are_for_this_host_alone_and_no_script_sees_them() {
    let mut lab = lab().await;
    let (_, account) = lab.account(&hub(), RESEARCHER).await;
    let browser = lab.visitor(&hub());

    let done = account.sign_in(&browser, lab.time.clock().now()).await;

    let cookie = &done.headers["set-cookie"];
    for part in ["Path=/", "Secure", "HttpOnly", "SameSite=Lax", "__Host-"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains("Domain"), "{cookie}");
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_session_begins_at_every_sign_in_and_the_old_token_opens_nothing() {
    let mut lab = lab().await;
    let (browser, account) = lab.account(&hub(), RESEARCHER).await;
    let thief = lab.visitor(&hub());
    thief.take_cookies_of(&browser);
    assert!(is_signed_in(&thief).await);

    account.sign_in(&browser, lab.time.clock().now()).await;

    assert!(is_signed_in(&browser).await);
    assert!(!is_signed_in(&thief).await);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn posts_of_other_sites_sign_nobody_in_and_nobody_out() {
    let mut lab = lab().await;
    let (browser, _) = lab.account(&hub(), RESEARCHER).await;

    for site in ["cross-site", "same-site"] {
        for path in [
            "/sign-in",
            "/sign-out",
            "/account/password",
            "/sign-in/kept",
        ] {
            let page = browser.post(path, &[("user", RESEARCHER)], site).await;
            assert_eq!(page.status, StatusCode::FORBIDDEN, "{site} {path}");
        }
    }
    for (origin, expected) in [
        ("https://evil.example", StatusCode::FORBIDDEN),
        ("null", StatusCode::FORBIDDEN),
    ] {
        let page = browser.post_from(origin, "/sign-out", &[]).await;
        assert_eq!(page.status, expected, "{origin}");
    }
    assert!(is_signed_in(&browser).await);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_typed_into_the_forms_is_never_mark_up() {
    let mut lab = lab().await;
    let browser = lab.visitor(&hub());
    let bad = "\"><script>alert(1)</script>";

    let pages = [
        password(&browser, bad, "x").await,
        browser
            .post(
                "/sign-in/invitation",
                &[("user", bad), ("code", bad)],
                "same-origin",
            )
            .await,
        browser
            .post("/sign-in", &[("user", "x"), ("back", bad)], "same-origin")
            .await,
        browser
            .open("/sign-in?back=%22%3E%3Cscript%3Ealert(1)%3C/script%3E")
            .await,
    ];

    for page in pages {
        assert!(!page.html.contains("<script>alert"), "{}", page.html);
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_of_signing_in_speaks_welsh_too() {
    let mut lab = lab().await;
    let (browser, _) = lab.account(&hub(), RESEARCHER).await;
    for (path, words) in [
        ("/cy/sign-in", "Cadarnhewch mai chi sydd yno"),
        ("/cy/sign-in/invitation", "Sefydlu eich cyfrif"),
        ("/cy/account", "Eich cyfrif"),
        ("/cy/account/password", "Newid eich cyfrinair"),
        ("/cy/account/recovery", "Creu codau adfer newydd"),
        ("/cy/account/sessions", "Ble rydych wedi mewngofnodi"),
        ("/cy/sign-out", "Ydych chi am allgofnodi?"),
    ] {
        let page = browser.open(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert!(page.says(words), "{path}: {}", page.words());
        assert_eq!(page.html.matches("<h1").count(), 1, "{path}");
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_signs_in_again_before_what_matters_and_comes_back() {
    let mut lab = lab().await;
    let (browser, account) = lab.account(&hub(), RESEARCHER).await;

    let page = browser.open("/sign-in?back=/account").await;
    assert!(page.says("Confirm that it is you"));
    assert_eq!(page.field("user").as_deref(), Some(RESEARCHER));
    let fields = [
        ("user", RESEARCHER),
        ("password", PASSWORD),
        ("back", "/account"),
    ];
    browser.post("/sign-in", &fields, "same-origin").await;
    let code = account.code(lab.time.clock().now());
    let done = browser
        .post("/sign-in/code", &[("code", &code)], "same-origin")
        .await;

    assert_eq!(done.to.as_deref(), Some("/account"));
    lab.stop().await;
}
