//! Pages by certificate: who gets in, and what every answer carries.

use harness::Lab;
use hyper::StatusCode;
use stile_cli::demo::partnership::{AUDITOR, HUB, RESEARCHER};
use stile_model::id::MemberId;

fn hub() -> MemberId {
    MemberId::new(HUB).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_opens_the_first_page_in_both_languages() {
    let mut lab = Lab::start(&[], 50).await;
    let browser = lab.browser(&hub(), AUDITOR);

    let english = browser.open("/").await;
    let welsh = browser.open("/cy").await;

    assert_eq!(english.status, StatusCode::OK);
    assert!(english.says("Your work"), "{}", english.words());
    assert!(english.html.contains("lang=\"en-GB\""));
    assert!(welsh.says("Eich gwaith"));
    assert!(welsh.html.contains("<html lang=\"cy\""));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_works_on_cases_begins_at_the_queue() {
    let mut lab = Lab::start(&[], 50).await;
    let browser = lab.browser(&hub(), RESEARCHER);

    assert_eq!(browser.open("/").await.to.as_deref(), Some("/queue"));
    assert_eq!(browser.open("/cy").await.to.as_deref(), Some("/cy/queue"));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_forbids_what_is_foreign_and_is_not_kept() {
    let mut lab = Lab::start(&[], 50).await;
    let browser = lab.browser(&hub(), RESEARCHER);

    for path in ["/", "/cy", "/nowhere"] {
        let page = browser.open(path).await;
        let policy = &page.headers["content-security-policy"];
        assert!(policy.starts_with("default-src 'none'"), "{path}");
        assert!(
            policy.contains("require-trusted-types-for 'script'"),
            "{path}"
        );
        assert_eq!(page.headers["cache-control"], "no-store", "{path}");
        assert_eq!(page.headers["x-content-type-options"], "nosniff", "{path}");
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rejects_a_post_from_another_site() {
    let mut lab = Lab::start(&[], 50).await;
    let browser = lab.browser(&hub(), RESEARCHER);

    for site in ["cross-site", "same-site"] {
        let page = browser.post("/", &[], site).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{site}");
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_not_there_says_so_inside_the_layout() {
    let mut lab = Lab::start(&[], 50).await;

    let page = lab.browser(&hub(), RESEARCHER).open("/nowhere").await;

    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(page.says("There is no such page"));
    lab.stop().await;
}
