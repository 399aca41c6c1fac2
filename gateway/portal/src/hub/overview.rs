//! A case at a glance: agencies' answers as they come, what they said last, what is missing.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use stile_exchange::hub::Hub;
use stile_model::id::CaseId;
use stile_product::{Audience, Product};

use super::case::{Head, Opened, Place, title};
use super::events::{is_current, timeline};
use super::part::{Links, joined, lines, link, paragraph};
use super::request;
use super::shown::Shown;
use super::{deliver, lists, live};
use crate::component::{Aside, ButtonLink, Content, Details, Live, Paragraph, Timeline};
use crate::trouble::Paged;
use crate::visit::Signed;
use crate::words::Words;

/// Events shown at a glance.
const LAST: usize = 4;
/// Most lines of what was withheld that are shown unfolded.
const FEW: usize = 5;

#[derive(Template)]
#[template(path = "hub/overview.html")]
struct Overview<'a> {
    words: &'a Words,
    head: Head,
    live: Live,
    asked: bool,
    matches: Option<Content>,
    events: Option<Timeline>,
    all_events: (String, String),
    chronology: Option<Content>,
    withheld: Option<Content>,
    gaps: Option<Content>,
    asides: [Aside; 4],
}

/// The page of a case.
pub(crate) async fn page(
    visit: Signed,
    State(hub): State<Arc<Hub>>,
    Path(case): Path<CaseId>,
) -> Paged {
    let opened = Opened::of(&hub, &visit, &case).await?;
    let product = hub
        .read_product(&visit.person, &case, Audience::DecisionMaker)
        .await?;
    let shown = Shown::new(&visit, &hub);
    let body = Overview {
        words: &visit.words,
        head: Head::new(&shown, &visit, &opened, Place::Overview)?,
        live: live::part(&shown, &case, &opened.answers),
        asked: !opened.answers.agencies.is_empty(),
        matches: lists::matches(&shown, &product),
        events: last(&shown, &product),
        all_events: (
            visit.to(&format!("/cases/{case}/chronology")),
            visit
                .words
                .count("case-all-events", "number", product.chronology.len()),
        ),
        chronology: super::events::picture(&shown, &product),
        withheld: withheld(&shown, &case, &product),
        gaps: lists::gaps(&shown, &case, &product),
        asides: asides(&shown, &opened),
    };
    visit.page(&title(&shown, &opened, Place::Overview), &body)
}

/// The newest events, newest first.
fn last(shown: &Shown<'_>, product: &Product) -> Option<Timeline> {
    let dated = product.chronology.iter().rev();
    let dated = dated.filter(|event| event.when.is_some() && !is_current(shown, event));
    timeline(shown, product, dated.take(LAST))
}

/// What was withheld; where it is much, how much by whom, with the rest folded behind it.
fn withheld(shown: &Shown<'_>, case: &CaseId, product: &Product) -> Option<Content> {
    let table = lists::withheld(shown, case, product)?;
    if product.withheld.len() <= FEW {
        return Some(table);
    }
    let mut by_agency = BTreeMap::<&str, usize>::new();
    for line in &product.withheld {
        *by_agency.entry(&line.agency_name).or_default() += 1;
    }
    let said = by_agency.into_iter().map(|(agency, number)| {
        let arguments = [("agency", agency.into()), ("number", number.into())];
        Content::from(shown.words().with("case-withheld-by", arguments))
    });
    let words = shown.words();
    let fold = words.count("case-withheld-all", "number", product.withheld.len());
    Some(joined([
        Paragraph::new(lines(said)).into(),
        Details::new(fold, table).id("withheld-all").into(),
    ]))
}

fn asides(shown: &Shown<'_>, opened: &Opened) -> [Aside; 4] {
    let id = opened.id();
    let open = opened.answers.sum(|one| one.referred + one.to_confirm);
    let covers = shown.words().with(
        "case-product-covers",
        [
            ("answered", opened.answers.answered().into()),
            ("asked", opened.answers.agencies.len().into()),
            ("open", open.into()),
        ],
    );
    let to = |page: &str| shown.visit.to(&format!("/cases/{id}/{page}"));
    let product = joined([
        paragraph(&covers),
        ButtonLink::new(shown.say("case-preview-product"), to("product"))
            .secondary()
            .into(),
        Paragraph::new(link(to("copies"), shown.say("product-copies"))).into(),
        deliver::glance(shown, &opened.page.deliveries).unwrap_or_default(),
    ]);
    let say = |key: &str| shown.say(key);
    [
        Aside::new("product-h", say("case-product"), product),
        Aside::new(
            "request-h",
            say("case-tab-request"),
            request::summary(shown, opened),
        ),
        Aside::new(
            "people-h",
            say("case-people"),
            request::people(shown, opened),
        ),
        Aside::new("work-h", say("case-work"), Links::new(work(shown, opened))),
    ]
}

/// The forms of the case that this person may use, whether it needs them now or not.
fn work(shown: &Shown<'_>, opened: &Opened) -> Vec<(String, String)> {
    use crate::doors::Part;
    let parts: Vec<Part> = match &shown.visit.person {
        Some(person) => person.duties.iter().map(Part::of).collect(),
        None => Vec::new(),
    };
    let is = |part: Part| parts.contains(&part);
    let (manages, decides) = (is(Part::HubManager), is(Part::DecisionMaker));
    let open = opened.is_open();
    let forms = [
        ("presence", open && is(Part::Researcher)),
        ("allocate", open && manages),
        ("priority", open && (manages || decides)),
        ("consent", open),
        ("escalate", open),
        ("told", true),
        ("deliver", !shown.hub.settings.deliveries.is_empty()),
        ("decide", open && decides),
        ("feedback", opened.page.work.decision().is_some()),
        (
            "close",
            open && (manages || decides) && opened.page.work.decision().is_some(),
        ),
    ];
    let forms = forms.into_iter().filter(|(_, may)| *may);
    forms
        .map(|(page, _)| {
            let to = shown.visit.to(&format!("/cases/{}/{page}", opened.id()));
            (to, shown.say(&format!("case-form-{page}")))
        })
        .collect()
}
