//! Approvals: what policy lets out only when named people agree.

pub(super) mod decision;
pub(super) mod item;
pub(super) mod leaving;

use std::sync::Arc;

use axum::extract::State;
use stile_exchange::agency::{Agency, RoleAsked, TaskKind, TaskLine};

use crate::both::part::{Link, Sheet, coded, left, lines};
use crate::component::{Cell, Content, Table};
use crate::doors::{Doors, Part, Who};
use crate::site::AgencySite;
use crate::trouble::Paged;
use crate::visit::{Signed, Visit};

/// Who may open them: any approver; which tasks are theirs, the agency knows.
pub(crate) const WHO: Who = Who::OneOf(&[Part::Approver]);

/// The doors of approvals.
pub(crate) fn doors() -> Doors<AgencySite> {
    Doors::default()
        .get("/approvals", WHO, page)
        .get("/approvals/{id}", WHO, item::page)
        .post("/approvals/{id}", WHO, decision::decide)
}

/// What waits for this person, soonest due first.
async fn page(visit: Signed, State(agency): State<Arc<Agency>>) -> Paged {
    let waiting = agency.waiting(&visit.person)?;
    let waiting = waiting
        .iter()
        .filter(|line| line.kind == TaskKind::Approval);
    let rows: Vec<_> = waiting.map(|line| row(&visit, line)).collect();
    let words = &visit.words;
    let mut sheet = Sheet::new(words.say("approvals-title"));
    sheet.say(words.say("approvals-what"));
    if rows.is_empty() {
        sheet.say(words.say("approvals-none"));
    } else {
        let head = ["what", "due", "case", "records", "waits-for"];
        let head = head.map(|key| Cell::new(words.say(&format!("approvals-head-{key}"))));
        let caption = words.count("approvals-count", "number", rows.len());
        sheet.add(Table::new(caption, head.into(), rows).scrolling());
    }
    sheet.page(&visit, None)
}

fn row(visit: &Visit, line: &TaskLine) -> Vec<Cell> {
    let words = &visit.words;
    let what = line
        .category
        .clone()
        .unwrap_or_else(|| line.purpose.clone());
    let to = visit.to(&format!("/approvals/{}", line.id));
    let seconds = line.due.since_millis(visit.now()) / 1_000;
    let mut case = vec![
        line.case.to_string(),
        line.hub.clone(),
        line.purpose.clone(),
    ];
    case.extend(
        line.priority
            .map(|priority| coded(words, "asked-priority", priority.as_str())),
    );
    let due = [
        Content::from(left(words, seconds)),
        words.moment(line.due).into(),
    ];
    vec![
        Cell::new(Link::new(to, what)),
        Cell::new(lines(due)),
        Cell::new(lines(case)),
        Cell::new(words.count("approvals-records", "number", line.records)),
        Cell::new(lines(line.asked.iter().map(|one| standing(visit, one)))),
    ]
}

/// A role, and whether somebody has agreed for it.
pub(crate) fn standing(visit: &Visit, asked: &RoleAsked) -> String {
    let words = &visit.words;
    match &asked.agreed {
        Some(user) => words.with(
            "approvals-agreed-by",
            [
                ("role", asked.name.as_str().into()),
                ("user", visit.site.shown(user).into()),
            ],
        ),
        None => words.about("approvals-still-asked", "role", &asked.name),
    }
}
