//! How long cases are kept: which are due, holds, and erasure by two officers. Nothing is erased by
//! itself, and nobody erases alone.

mod order;
mod proposal;

use std::sync::Arc;

use axum::extract::FromRef;
use stile_exchange::retention::{DueCase, Proposal, ProposalState};

use super::part::{Link, Sheet, coded, lines};
use crate::component::{ButtonLink, Cell, Content, Table, Tag, Tint};
use crate::doors::{Doors, Part, Who};
use crate::form::Asked;
use crate::site::Site;
use crate::trouble::Paged;
use crate::visit::{Signed, Visit};
use crate::words::Words;

/// Officers of information governance.
pub(crate) const WHO: Who = Who::OneOf(&[Part::InformationGovernance]);

/// The doors of retention.
pub(crate) fn doors<S>() -> Doors<S>
where
    S: Clone + Send + Sync + 'static,
    Arc<Site>: FromRef<S>,
{
    Doors::default()
        .get("/retention", WHO, page)
        .get("/retention/hold", WHO, order::hold_page)
        .post("/retention/hold", WHO, order::hold)
        .get("/retention/release", WHO, order::release_page)
        .post("/retention/release", WHO, order::release)
        .get("/retention/erasure", WHO, order::erasure_page)
        .post("/retention/erasure", WHO, order::propose)
        .get("/retention/erasures/{id}", WHO, proposal::page)
        .post("/retention/erasures/{id}/approval", WHO, proposal::approve)
        .post("/retention/erasures/{id}/refusal", WHO, proposal::refuse)
}

/// What is due, or with `all=yes` every case; and what was proposed.
async fn page(visit: Signed, Asked(asked): Asked) -> Paged {
    let words = &visit.words;
    let all = asked.has("all", "yes");
    let gateway = &visit.site.gateway;
    let due = gateway.due(&visit.person, all)?;
    let proposals = gateway.proposals(&visit.person)?;
    let mut sheet = Sheet::new(words.say("retention-title"));
    sheet.say(words.say("retention-what"));
    for (key, path) in [
        ("retention-hold-title", "/retention/hold"),
        ("retention-release-title", "/retention/release"),
        ("retention-erasure-title", "/retention/erasure"),
    ] {
        sheet.add(ButtonLink::new(words.say(key), visit.to(path)).secondary());
    }
    sheet.heading(words.say(if all {
        "retention-all"
    } else {
        "retention-due"
    }));
    let (key, to) = if all {
        ("retention-show-due", "/retention")
    } else {
        ("retention-show-all", "/retention?all=yes")
    };
    sheet.say(Link::new(visit.to(to), words.say(key)));
    if due.cases.is_empty() {
        sheet.say(words.say("retention-none"));
    } else {
        let head = ["case", "since", "outcome", "due", "hold"];
        let head = head.map(|key| Cell::new(words.say(&format!("retention-head-{key}"))));
        let rows = due.cases.iter().map(|case| row(&visit, case));
        let caption = words.say("retention-cases");
        let table = Table::new(caption, head.into(), rows.collect());
        sheet.add(table.hidden_caption().scrolling());
    }
    sheet.heading(words.say("retention-proposals"));
    if proposals.unfinished {
        sheet.say(words.say("retention-unfinished"));
    }
    if proposals.proposals.is_empty() {
        sheet.say(words.say("retention-no-proposals"));
    } else {
        let head = ["proposed", "by", "count", "reason", "state"];
        let head = head.map(|key| Cell::new(words.say(&format!("retention-proposal-{key}"))));
        let rows = proposals.proposals.iter().map(|one| line(&visit, one));
        let caption = words.say("retention-proposals");
        let table = Table::new(caption, head.into(), rows.collect());
        sheet.add(table.hidden_caption().scrolling());
    }
    sheet.page(&visit, None)
}

fn row(visit: &Visit, case: &DueCase) -> Vec<Cell> {
    let words = &visit.words;
    let outcome = case.outcome.as_ref().map_or_else(
        || words.say("retention-not-told"),
        |code| code.as_str().replace('_', " "),
    );
    let due = case
        .due
        .map_or_else(|| words.say("retention-open"), |day| words.day(day));
    let hold = case.hold.as_ref().map_or_else(
        || Content::from(words.say("retention-no-hold")),
        |code| {
            let said = coded(words, "retention-hold", code.as_str());
            lines([Content::from(held(words)), said.into()])
        },
    );
    vec![
        Cell::new(case.case.to_string()),
        Cell::new(words.moment(case.since)),
        Cell::new(outcome),
        Cell::new(due),
        Cell::new(hold),
    ]
}

fn held(words: &Words) -> Tag {
    Tag::new(words.say("retention-held"), Tint::Orange)
}

fn line(visit: &Visit, one: &Proposal) -> Vec<Cell> {
    let words = &visit.words;
    let to = visit.to(&format!("/retention/erasures/{}", one.id));
    vec![
        Cell::new(Link::new(to, words.moment(one.proposed_at))),
        Cell::new(visit.site.shown(&one.proposed_by)),
        Cell::new(one.count.to_string()).numeric(),
        Cell::new(coded(words, "retention-erase", one.reason.word())),
        Cell::new(state(words, &one.state)),
    ]
}

/// Where a proposal stands, as word and colour.
fn state(words: &Words, state: &ProposalState) -> Tag {
    let (key, tint) = match state {
        ProposalState::Approved { .. } => ("retention-state-approved", Tint::Orange),
        ProposalState::Done { .. } => ("retention-state-erased", Tint::Grey),
        ProposalState::Open => ("retention-state-proposed", Tint::Blue),
        ProposalState::Refused { .. } => ("retention-state-refused", Tint::Red),
    };
    Tag::new(words.say(key), tint)
}
