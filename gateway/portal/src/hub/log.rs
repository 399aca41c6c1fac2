//! The access log of a case: who opened, changed or sent what, from the ledger.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use stile_exchange::hub::Hub;
use stile_exchange::hub::desk::{By, Happened, Timeline};
use stile_model::id::CaseId;

use super::case::{Head, Opened, Place, title};
use super::part::with_small;
use super::shown::Shown;
use crate::component::{Cell, Content, Table};
use crate::form::Asked;
use crate::trouble::Paged;
use crate::visit::Signed;

#[derive(Template)]
#[template(path = "hub/log.html")]
struct Log {
    head: Head,
    heading: String,
    note: String,
    table: Content,
    earlier: Option<(String, String)>,
    archived: Option<String>,
}

/// The page of the log; looking at it is in it.
pub(crate) async fn page(
    visit: Signed,
    State(hub): State<Arc<Hub>>,
    Path(case): Path<CaseId>,
    Asked(asked): Asked,
) -> Paged {
    let opened = Opened::of(&hub, &visit, &case).await?;
    let before = asked.text("before").parse().ok();
    let timeline = hub.timeline(&visit.person, &case, before).await?;
    let shown = Shown::new(&visit, &hub);
    let body = Log {
        head: Head::new(&shown, &visit, &opened, Place::Log)?,
        heading: shown.say("case-tab-log"),
        note: shown.say("case-log-what"),
        table: table(&shown, &timeline),
        earlier: timeline.earlier.map(|before| {
            let to = visit.to(&format!("/cases/{case}/log?before={before}"));
            (to, shown.say("case-log-earlier"))
        }),
        archived: timeline.archived.then(|| shown.say("case-log-archived")),
    };
    visit.page(&title(&shown, &opened, Place::Log), &body)
}

fn table(shown: &Shown<'_>, timeline: &Timeline) -> Content {
    let head = ["when", "who", "did", "agency", "entry"];
    let head = head.map(|part| Cell::new(shown.say(&format!("case-head-{part}"))));
    let rows = timeline.steps.iter().map(|step| row(shown, step));
    Table::new(shown.say("case-tab-log"), head.into(), rows.collect())
        .hidden_caption()
        .scrolling()
}

fn row(shown: &Shown<'_>, step: &Happened) -> Vec<Cell> {
    let who = match &step.by {
        By::Listed(user) => shown.user(user),
        By::Left(Some(user)) => {
            let words = shown.words();
            words.about("case-log-left", "who", user.as_str())
        }
        By::Left(None) => shown.say("case-log-left-unnamed"),
        By::Gateway => shown.say("case-log-gateway"),
    };
    let mut more: Vec<_> = step
        .reason
        .iter()
        .map(|code| Content::from(shown.coded("case-reason", code.as_str())))
        .collect();
    let counts = step.counts.iter().map(|(what, number)| {
        let what = shown.coded("case-count", what.as_str());
        format!("{what}: {number}")
    });
    let counts: Vec<_> = counts.collect();
    if !counts.is_empty() {
        more.push(Content::from(counts.join(", ")));
    }
    let did = shown.coded("case-entry", step.kind.word());
    vec![
        Cell::new(shown.words().moment(step.at)),
        Cell::new(who),
        Cell::new(with_small(did, more)),
        Cell::new(match &step.member {
            Some(member) => shown.member(member),
            None => String::new(),
        }),
        Cell::new(step.index.to_string()).numeric(),
    ]
}
