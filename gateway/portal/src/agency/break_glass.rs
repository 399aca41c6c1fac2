//! Break-glass: in place of a role that nobody can reach, in the open, and reviewed.

mod review;
mod stand_in;

use axum::extract::State;
use std::sync::Arc;
use stile_exchange::agency::{Agency, GlassLine, TaskLine};

use crate::both::part::{Link, Sheet, bullets, left, lines};
use crate::component::{Cell, Content, Table};
use crate::doors::{Doors, Part, Who};
use crate::site::AgencySite;
use crate::trouble::Paged;
use crate::visit::{Signed, Visit};

/// Who may stand in for another role, and who reviews it.
pub(crate) const WHO: Who = Who::OneOf(&[
    Part::Approver,
    Part::Auditor,
    Part::IgLead,
    Part::InformationGovernance,
]);
const STAND_IN: Who = Who::OneOf(&[Part::Approver]);
const SEES: Who = Who::OneOf(&[Part::Auditor, Part::IgLead, Part::InformationGovernance]);
const REVIEWS: Who = Who::OneOf(&[Part::IgLead, Part::InformationGovernance]);

/// The doors of break-glass.
pub(crate) fn doors() -> Doors<AgencySite> {
    Doors::default()
        .get("/break-glass", WHO, page)
        .get("/break-glass/{id}", STAND_IN, stand_in::page)
        .post("/break-glass/{id}", STAND_IN, stand_in::break_it)
        .post("/break-glass/{id}/release", STAND_IN, stand_in::release)
        .get("/break-glass/{id}/review", SEES, review::page)
        .post("/break-glass/{id}/review", REVIEWS, review::decide)
}

/// What waits for roles of others, and the uses that are to be reviewed.
async fn page(visit: Signed, State(agency): State<Arc<Agency>>) -> Paged {
    let words = &visit.words;
    let mut sheet = Sheet::new(words.say("glass-title"));
    sheet.say(words.say("glass-what"));
    if !agency.has_glass() {
        sheet.say(words.say("glass-not-here"));
        return sheet.page(&visit, None);
    }
    sheet.add(bullets(
        ["glass-rule-red", "glass-rule-time", "glass-rule-review"].map(|key| words.say(key)),
    ));
    if STAND_IN.admits(Some(&visit.person)) {
        let waiting = agency.emergencies(&visit.person)?;
        sheet.heading(words.say("glass-waiting"));
        if waiting.is_empty() {
            sheet.say(words.say("glass-none-waiting"));
        } else {
            let head = ["what", "due", "case", "waits-for"];
            let head = head.map(|key| Cell::new(words.say(&format!("approvals-head-{key}"))));
            let rows = waiting.iter().map(|line| waiting_row(&visit, line));
            let caption = words.say("glass-waiting");
            let table = Table::new(caption, head.into(), rows.collect());
            sheet.add(table.hidden_caption().scrolling());
        }
    }
    if SEES.admits(Some(&visit.person)) {
        let uses = agency.glass_uses(&visit.person)?;
        sheet.heading(words.say("glass-uses"));
        if uses.is_empty() {
            sheet.say(words.say("glass-no-uses"));
        } else {
            let head = ["case", "by", "when", "review"];
            let head = head.map(|key| Cell::new(words.say(&format!("glass-head-{key}"))));
            let rows = uses.iter().map(|of| use_row(&visit, of));
            let caption = words.say("glass-uses");
            let table = Table::new(caption, head.into(), rows.collect());
            sheet.add(table.hidden_caption().scrolling());
        }
    }
    sheet.page(&visit, None)
}

fn waiting_row(visit: &Visit, line: &TaskLine) -> Vec<Cell> {
    let words = &visit.words;
    let what = line.category.clone();
    let what = what.unwrap_or_else(|| line.purpose.clone());
    let to = visit.to(&format!("/break-glass/{}", line.id));
    let seconds = line.due.since_millis(visit.now()) / 1_000;
    let due = [
        Content::from(left(words, seconds)),
        words.moment(line.due).into(),
    ];
    let roles = line.asked.iter().map(|one| one.name.as_str());
    vec![
        Cell::new(Link::new(to, what)),
        Cell::new(lines(due)),
        Cell::new(lines([
            line.case.to_string(),
            line.hub.clone(),
            line.purpose.clone(),
        ])),
        Cell::new(lines(roles)),
    ]
}

fn use_row(visit: &Visit, of: &GlassLine) -> Vec<Cell> {
    let words = &visit.words;
    let to = visit.to(&format!("/break-glass/{}/review", of.task));
    let seconds = of.review_by.since_millis(visit.now()) / 1_000;
    let review = match &of.finding {
        Some(finding) => review::said(words, finding).into(),
        None => lines([
            Content::from(left(words, seconds)),
            words.moment(of.review_by).into(),
        ]),
    };
    vec![
        Cell::new(Link::new(to, of.case.as_str())),
        Cell::new(visit.site.shown(&of.by)),
        Cell::new(words.moment(of.opened)),
        Cell::new(review),
    ]
}
