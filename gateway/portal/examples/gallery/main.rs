//! Every component in every state on one page, for looking at and for tests in a browser.
//!
//! ```text
//! cargo run -p stile-portal --example gallery [127.0.0.1:0]
//! ```
//!
//! Prints the address; `/` is in English, `/cy` in Welsh. Served with the content security policy of
//! the pages. All people and rules on it are invented.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "an example for people at work on the pages"
)]

mod blocks;

use axum::Router;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use blocks::{at, blocks, faults};
use stile_model::code::Priority;
use stile_portal::assets;
use stile_portal::component::{
    Aside, BackLink, ButtonLink, Content, Countdown, LanguageItem, LanguageNavigation, Link, Live,
    NavigationItem, NotificationBanner, PageHead, Rag, ServiceNavigation, SkipLink, Standing,
    Strip, StripItem, SubNavigation, SummaryList, SummaryRow,
};
use stile_portal::words::{Catalogue, Language, Words};

#[tokio::main]
async fn main() {
    let at = std::env::args().nth(1).unwrap_or("127.0.0.1:0".to_owned());
    let listener = tokio::net::TcpListener::bind(&at)
        .await
        .expect("the address is free");
    println!("http://{}", listener.local_addr().unwrap());
    let router = Router::new()
        .route("/", get(|| async { page(Language::English) }))
        .route("/cy", get(|| async { page(Language::Cymraeg) }))
        .route("/events", get(events))
        .route("/answers", get(|| async { Html(answers().to_string()) }))
        .route("/assets/{digest}/{*name}", get(assets::serve));
    axum::serve(listener, router).await.unwrap();
}

/// One change, and none for an hour.
async fn events() -> Response {
    let kind = HeaderValue::from_static("text/event-stream");
    let body = "retry: 3600000\nevent: changed\ndata: 2\n\n";
    ([(header::CONTENT_TYPE, kind)], body).into_response()
}

fn page(language: Language) -> Response {
    let words = Catalogue::built_in().unwrap().words(language);
    let mut response = Html(html(&words)).into_response();
    let policy = HeaderValue::from_static(stile_portal::CONTENT_SECURITY_POLICY);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    let sniff = HeaderName::from_static("x-content-type-options");
    headers.insert(sniff, HeaderValue::from_static("nosniff"));
    response
}

fn html(words: &Words) -> String {
    let asset = assets::address;
    let body: String = blocks(words)
        .into_iter()
        .map(|block| block.to_string())
        .collect();
    let aside = Aside::new("aside", "Request", request());
    format!(
        r#"<!DOCTYPE html><html lang="{lang}" class="govuk-template"><head><meta charset="utf-8">
<title>Gallery</title><meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="{icon}" type="image/svg+xml"><link rel="stylesheet" href="{vendored}">
<link rel="stylesheet" href="{own}"></head><body class="govuk-template__body gw-body">
<script src="{enabled}"></script>{skip}<header>{navigation}</header>
<div class="govuk-width-container"><nav aria-label="Back">{back}</nav>
<main class="govuk-main-wrapper" id="main-content">{faults}{banner}{success}{head}{strip}{parts}
<div class="govuk-grid-row"><form method="post" action="/" class="govuk-grid-column-two-thirds">{body}</form>
<div class="govuk-grid-column-one-third">{aside}</div></div>
<div class="govuk-visually-hidden" role="status" id="gw-status"></div></main></div>
<script type="module" src="{script}"></script></body></html>"#,
        lang = words.language.tag(),
        icon = asset("images/gateway-icon.svg"),
        vendored = asset("govuk-moj.css"),
        own = asset("app.css"),
        enabled = asset("enabled.js"),
        script = asset("app.js"),
        skip = SkipLink::new(words.say("common-skip")),
        navigation = navigation(words),
        back = BackLink::new("Work queue", "/"),
        faults = faults().summary().unwrap(),
        banner = NotificationBanner::important("Important", "A draft change waits for you."),
        success = success(),
        head = head(),
        strip = strip(words),
        parts = SubNavigation::new("Case sections")
            .item("Overview", "/", true)
            .item("Chronology (14)", "/?2", false)
            .item("Withheld (4)", "/?3", false),
    )
}

fn success() -> String {
    let banner = NotificationBanner::success("Success", "The decision is recorded.");
    // Two banners on one page need two names.
    banner
        .to_string()
        .replace("govuk-notification-banner-title", "second-banner-title")
}

fn navigation(words: &Words) -> ServiceNavigation {
    let languages = LanguageNavigation::new(
        words.say("common-language"),
        [
            LanguageItem::new("English", "en-GB", "/").current(words.language == Language::English),
            LanguageItem::new("Cymraeg", "cy", "/cy").current(words.language == Language::Cymraeg),
        ],
    );
    let parts = vec![
        NavigationItem::new("Work queue", "/").standing(Standing::Within),
        NavigationItem::new("New referral", "/?new").standing(Standing::Elsewhere),
    ];
    let menu = words.say("common-menu");
    ServiceNavigation::new(words.say("common-service-information"), menu, parts).end(languages)
}

fn head() -> PageHead {
    PageHead::new("Mali Testwood, 7")
        .caption("MASH-2026-00417")
        .summary("Section 47 enquiry. Referred by Meadowbank Primary School on 11 March 2026.")
        .button(ButtonLink::new("Preview product", "/?product"))
        .button(ButtonLink::new("Ask another agency", "/?ask").secondary())
}

fn strip(words: &Words) -> Strip {
    let left = Countdown::new(at(0), at(240), at(138), words);
    let needs = Content::from(Link::new("1 match to confirm", "#match"));
    Strip::new(
        Some(Priority::Red),
        vec![
            StripItem::new("Priority", Rag::new(Priority::Red, words))
                .small("Answer needed within 4 hours"),
            StripItem::new("Time left", left).small("Due today at 14:14"),
            StripItem::new("Agencies answered", "5 of 8").small("1 waiting, 1 offline"),
            StripItem::new("Needs you", "1 action").small(needs),
        ],
    )
}

fn request() -> SummaryList {
    SummaryList::new(vec![
        SummaryRow::new(
            "Purpose",
            "Decide if Mali is likely to suffer significant harm",
        ),
        SummaryRow::new("Legal power", "Children Act 1989, section 47"),
    ])
}

fn answers() -> Content {
    Live::fragment(
        "Last change 12:29.",
        "Police have answered.",
        "Police answered in part",
    )
}
