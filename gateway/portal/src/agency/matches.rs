//! Matches to resolve, and alerts on sealed records: what only a person of the agency can tell.

mod alert;
mod decision;
mod evidence;
mod question;
mod waterfall;

use std::sync::Arc;

use axum::extract::{Path, State};
use stile_exchange::agency::{Agency, OpenedTask, TaskKind, TaskLine, TaskSubject};

use super::approvals::item::read;
use crate::both::part::{Link, Sheet, coded, left, lines, no_faults};
use crate::component::{Cell, Content, Faults, Table};
use crate::doors::{Doors, Part, Who};
use crate::form::Fields;
use crate::site::AgencySite;
use crate::trouble::Paged;
use crate::visit::{Signed, Visit};

/// Match reviewers; and approvers, whom alerts are for.
pub(crate) const WHO: Who = Who::OneOf(&[Part::Approver, Part::MatchReviewer]);

/// The doors of matches and alerts.
pub(crate) fn doors() -> Doors<AgencySite> {
    Doors::default()
        .get("/matches", WHO, page)
        .get("/matches/{id}", WHO, one)
        .post("/matches/{id}", WHO, decision::decide)
}

/// What waits for this person, soonest due first.
async fn page(visit: Signed, State(agency): State<Arc<Agency>>) -> Paged {
    let waiting = agency.waiting(&visit.person)?;
    let waiting = waiting
        .iter()
        .filter(|line| line.kind != TaskKind::Approval);
    let rows: Vec<_> = waiting.map(|line| row(&visit, line)).collect();
    let words = &visit.words;
    let mut sheet = Sheet::new(words.say("matches-title"));
    sheet.say(words.say("matches-what"));
    if rows.is_empty() {
        sheet.say(words.say("matches-none"));
    } else {
        let head = ["what", "due", "case"];
        let head = head.map(|key| Cell::new(words.say(&format!("matches-head-{key}"))));
        let caption = words.count("matches-count", "number", rows.len());
        sheet.add(Table::new(caption, head.into(), rows).scrolling());
    }
    sheet.page(&visit, None)
}

fn row(visit: &Visit, line: &TaskLine) -> Vec<Cell> {
    let words = &visit.words;
    let what = words.say(match line.kind {
        TaskKind::Alert => "matches-alert",
        TaskKind::Approval | TaskKind::Match => "matches-question",
    });
    let to = visit.to(&format!("/matches/{}", line.id));
    let seconds = line.due.since_millis(visit.now()) / 1_000;
    let mut case = vec![
        line.case.to_string(),
        line.hub.clone(),
        line.purpose.clone(),
    ];
    let priority = line.priority;
    case.extend(priority.map(|priority| coded(words, "asked-priority", priority.as_str())));
    let due = [
        Content::from(left(words, seconds)),
        words.moment(line.due).into(),
    ];
    vec![
        Cell::new(Link::new(to, what)),
        Cell::new(lines(due)),
        Cell::new(lines(case)),
    ]
}

async fn one(visit: Signed, State(agency): State<Arc<Agency>>, Path(id): Path<String>) -> Paged {
    let opened = agency.open_task(&visit.person, read(&id)?).await?;
    let faults = no_faults(&visit.words);
    shown(&visit, &agency, &opened, (&Fields::default(), &faults))
}

/// The page of a task, with a decision as far as it was typed and what is wrong with it.
fn shown(
    visit: &Signed,
    agency: &Agency,
    opened: &OpenedTask,
    (typed, faults): (&Fields, &Faults),
) -> Paged {
    match &opened.task.subject {
        TaskSubject::Alert(alert) => alert::page(visit, agency, (opened, alert), (typed, faults)),
        TaskSubject::Approval(_) => Ok(visit.go(&format!("/approvals/{}", opened.task.id))),
        TaskSubject::Match(question) => {
            question::page(visit, agency, (opened, question), (typed, faults))
        }
    }
}
