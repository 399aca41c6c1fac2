//! `stile approvals`: what policy refers to people in the agency, and their decisions.

use std::time::Duration;

use stile_exchange::agency::routes::TaskList;
use stile_exchange::agency::{
    Decision, Occasion, Task, TaskKind, TaskLine, TaskState, TaskSubject, Verdict,
};
use stile_model::code::CategoryStatus;
use stile_model::id::{CategoryId, EnquiryId};
use stile_model::returns::{Finding, Item};

use crate::args::{Approvals, Connect};
use crate::output::{self, line};
use crate::people::{Desk, said};
use crate::run::Failure;
use crate::side::candidate;

const SOON: Duration = Duration::from_secs(30);

/// Runs the command.
///
/// # Errors
///
/// What the gateway refused.
pub async fn run(command: Approvals) -> Result<(), Failure> {
    match command {
        Approvals::ConfirmNothing { connect, reason } => {
            confirm_nothing(&connect, said(&reason)?).await
        }
        Approvals::Decide {
            connect,
            id,
            verdict,
            reason,
        } => {
            let decision = Decision {
                verdict: read_verdict(&verdict)?,
                ground: None,
                reason: said(&reason)?.into(),
            };
            let task = decide(&Desk::open(&connect.person)?, id.parse()?, &decision).await?;
            tell(&connect, &task, waits);
            Ok(())
        }
        Approvals::List { connect } => {
            let list = waiting(&Desk::open(&connect.person)?).await?;
            if connect.json {
                output::json(&list);
                return Ok(());
            }
            for task in &list.tasks {
                line(waits(task));
            }
            line(format_args!("{} waiting", list.tasks.len()));
            Ok(())
        }
        Approvals::Show { connect, id } => {
            let id: EnquiryId = id.parse()?;
            let desk = Desk::open(&connect.person)?;
            let task = open(&desk, id).await?;
            tell(&connect, &task, describe);
            Ok(())
        }
    }
}

fn tell<T: serde::Serialize>(connect: &Connect, task: &T, words: fn(&T) -> String) {
    if connect.json {
        output::json(task);
    } else {
        line(words(task));
    }
}

async fn waiting(desk: &Desk) -> Result<TaskList, Failure> {
    desk.get("/api/v1/tasks", SOON).await
}

/// What one task shows; the gateway records that it was shown.
///
/// # Errors
///
/// What the gateway refused.
pub async fn open(desk: &Desk, id: EnquiryId) -> Result<Task, Failure> {
    desk.get(&format!("/api/v1/tasks/{id}"), SOON).await
}

async fn decide(desk: &Desk, id: EnquiryId, decision: &Decision) -> Result<TaskLine, Failure> {
    desk.post(&format!("/api/v1/tasks/{id}/decision"), decision)
        .await
}

/// Each is a decision of its own, recorded as such; one that would let anything out is left alone.
async fn confirm_nothing(connect: &Connect, reason: String) -> Result<(), Failure> {
    let desk = Desk::open(&connect.person)?;
    let decision = Decision {
        verdict: Verdict::Agree,
        ground: None,
        reason: reason.into(),
    };
    let mut confirmed = 0;
    for task in waiting(&desk).await?.tasks {
        if task.kind != TaskKind::Approval || task.records > 0 {
            continue;
        }
        if says_nothing_is_held(&open(&desk, task.id).await?) {
            tell(connect, &decide(&desk, task.id, &decision).await?, waits);
            confirmed += 1;
        }
    }
    if !connect.json {
        line(format_args!("{confirmed} confirmed"));
    }
    Ok(())
}

/// Would agreeing tell the hub that nothing is held, and no more?
fn says_nothing_is_held(task: &Task) -> bool {
    match &task.subject {
        TaskSubject::Approval(approval) => {
            approval.if_agreed.items.is_empty()
                && approval.if_agreed.withheld.is_empty()
                && approval.if_agreed.status == CategoryStatus::NoRecord
        }
        TaskSubject::Alert(_) | TaskSubject::Match(_) => false,
    }
}

fn read_verdict(text: &str) -> Result<Verdict, Failure> {
    let wrong = "expected `agree`, `refuse`, `acknowledge`, `no_match` or `same_person:N`";
    match text {
        "acknowledge" => Ok(Verdict::Acknowledge),
        "agree" => Ok(Verdict::Agree),
        "no_match" => Ok(Verdict::NoMatch),
        "refuse" => Ok(Verdict::Refuse),
        other => {
            let place = other.strip_prefix("same_person:").ok_or(wrong)?;
            Ok(Verdict::SamePerson(place.parse().map_err(|_| wrong)?))
        }
    }
}

/// Two lines about a task in a list: nothing of it names or describes anybody.
fn waits(task: &TaskLine) -> String {
    let what = match task.kind {
        TaskKind::Alert => format!(
            "ALERT    {} was asked about",
            about(task).unwrap_or("a sealed person")
        ),
        TaskKind::Approval => {
            let category = about(task).unwrap_or("a category");
            let records = if task.records == 1 {
                "record"
            } else {
                "records"
            };
            format!("APPROVE  {category}: {} {records}", task.records)
        }
        TaskKind::Match => "MATCH    somebody with possible records".to_owned(),
    };
    let roles: Vec<_> = task.asked.iter().map(|one| one.role.as_str()).collect();
    let roles = if roles.is_empty() {
        String::new()
    } else {
        format!(" (asked: {})", roles.join(", "))
    };
    format!(
        "{}  case {}  due {}  {}\n    {what}{roles}, for {} of {}",
        task.id,
        task.case,
        task.due,
        standing(task.state),
        task.purpose,
        task.hub
    )
}

/// The category of a task, by its id.
pub fn about(task: &TaskLine) -> Option<&str> {
    task.about.as_ref().map(CategoryId::as_str)
}

const fn standing(state: TaskState) -> &'static str {
    match state {
        TaskState::Closed => "closed",
        TaskState::Lapsed => "lapsed",
        TaskState::Open => "open",
    }
}

/// One line about a task that was opened; no personal data.
fn headline(task: &Task) -> String {
    let what = match &task.subject {
        TaskSubject::Alert(alert) => {
            let what = alert.category.as_ref();
            let what = what.map_or("a sealed person", |category| category.as_str());
            let how = match &alert.occasion {
                Occasion::Enquiry => String::new(),
                Occasion::Presence { hub, purpose } => {
                    format!(" by a presence check of {hub} for {purpose}")
                }
            };
            format!("ALERT    {} of {what} was asked about{how}", alert.subject)
        }
        TaskSubject::Approval(approval) => {
            let roles: Vec<_> = approval
                .roles
                .iter()
                .map(stile_model::id::Code::as_str)
                .collect();
            format!(
                "APPROVE  {} of {}: {} (by {})",
                approval.if_agreed.category,
                approval.if_agreed.subject,
                approval.fields.join(", "),
                roles.join(if approval.any_of { " or " } else { " and " })
            )
        }
        TaskSubject::Match(question) => {
            let many = question.candidates.len();
            let records = if many == 1 { "record" } else { "records" };
            format!(
                "MATCH    {} has {many} possible {records}",
                question.subject
            )
        }
    };
    format!(
        "{}  case {}  due {}  {}\n    {what}",
        task.id,
        task.case,
        task.due,
        standing(task.state)
    )
}

/// Exactly what a task would let out, or the candidates side by side.
pub fn describe(task: &Task) -> String {
    let mut lines = vec![headline(task)];
    match &task.subject {
        TaskSubject::Alert(_) => {}
        TaskSubject::Approval(approval) => {
            lines.push("\nIf you agree, exactly this leaves:".to_owned());
            lines.extend(finding(&approval.if_agreed));
        }
        TaskSubject::Match(question) => {
            for (place, seen) in question.candidates.iter().enumerate() {
                lines.extend(candidate(place, &question.asked, seen));
            }
        }
    }
    lines.join("\n")
}

fn finding(finding: &Finding) -> Vec<String> {
    if finding.items.is_empty() {
        return vec![format!("  {}", no_item(finding.status))];
    }
    let item = |item: &Item| {
        let head = format!("  {} ({})", item.provenance.system, item.provenance.nature);
        let fields = item.fields.iter().map(|shown| {
            format!(
                "    {} [{}] {}",
                shown.field,
                shown.rung,
                shown.value.reveal()
            )
        });
        let bare = item.fields.is_empty().then(|| {
            "    that it is held: nothing is recorded in the fields that may be shown".to_owned()
        });
        let lines = std::iter::once(head).chain(fields).chain(bare);
        lines.collect::<Vec<_>>()
    };
    finding.items.iter().flat_map(item).collect()
}

/// What is said where no record is.
const fn no_item(status: CategoryStatus) -> &'static str {
    match status {
        CategoryStatus::NoRecord => "that nothing is held",
        CategoryStatus::NotChecked => "that it could not be looked up",
        CategoryStatus::PartlyShared
        | CategoryStatus::Referred
        | CategoryStatus::Shared
        | CategoryStatus::Withheld => "that something is held, and nothing of what it says",
    }
}
