//! `stile approvals`: what policy refers to people in the agency, and their decisions.

use std::time::Duration;

use stile_exchange::agency::routes::TaskList;
use stile_exchange::agency::{Decision, Task, TaskSubject, Verdict};
use stile_model::id::EnquiryId;
use stile_model::returns::Finding;

use crate::args::Approvals;
use crate::output::{self, line};
use crate::people::Desk;
use crate::run::Failure;

const SOON: Duration = Duration::from_secs(30);

/// Runs the command.
///
/// # Errors
///
/// What the gateway refused.
pub async fn run(command: Approvals) -> Result<(), Failure> {
    match command {
        Approvals::List { connect } => {
            let list: TaskList = Desk::open(&connect.person)?
                .get("/api/v1/tasks", SOON)
                .await?;
            if connect.json {
                output::json(&list);
            } else {
                for task in &list.tasks {
                    line(headline(task));
                }
                line(format_args!("{} waiting", list.tasks.len()));
            }
            Ok(())
        }
        Approvals::Show { connect, id } => {
            let id: EnquiryId = id.parse()?;
            let task: Task = Desk::open(&connect.person)?
                .get(&format!("/api/v1/tasks/{id}"), SOON)
                .await?;
            if connect.json {
                output::json(&task);
            } else {
                line(describe(&task));
            }
            Ok(())
        }
        Approvals::Decide {
            connect,
            id,
            verdict,
            reason,
        } => {
            let id: EnquiryId = id.parse()?;
            let decision = Decision {
                verdict: read_verdict(&verdict)?,
                reason: reason.into(),
            };
            let desk = Desk::open(&connect.person)?;
            let task: Task = desk
                .post(&format!("/api/v1/tasks/{id}/decision"), &decision)
                .await?;
            if connect.json {
                output::json(&task);
            } else {
                line(headline(&task));
            }
            Ok(())
        }
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

/// One line about a task; no personal data.
pub fn headline(task: &Task) -> String {
    let what = match &task.subject {
        TaskSubject::Alert(alert) => format!(
            "ALERT    {} of {} was asked about",
            alert.subject,
            alert
                .category
                .as_ref()
                .map_or("a sealed person", |category| category.as_str())
        ),
        TaskSubject::Approval(approval) => {
            let roles: Vec<_> = approval.roles.iter().map(|role| role.as_str()).collect();
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
        "{}  case {}  due {}  {:?}\n    {what}",
        task.id, task.case, task.due, task.state
    )
}

/// Exactly what a task would let out, or the candidates side by side.
pub fn describe(task: &Task) -> String {
    let mut text = headline(task);
    match &task.subject {
        TaskSubject::Alert(_) => {}
        TaskSubject::Approval(approval) => {
            text.push_str("\n\nIf you agree, exactly this leaves:\n");
            finding(&mut text, &approval.if_agreed);
        }
        TaskSubject::Match(question) => {
            for (place, candidate) in question.candidates.iter().enumerate() {
                text.push_str(&format!(
                    "\n\ncandidate {place}: probability {:.3}",
                    candidate.probability
                ));
                for row in &candidate.rows {
                    let born = row
                        .born
                        .map_or_else(|| "not held".to_owned(), |born| born.to_string());
                    text.push_str(&format!(
                        "\n  {}: {} {}, born {born}, {}, {}",
                        row.source,
                        row.forenames.reveal(),
                        row.surname.reveal(),
                        row.address.reveal(),
                        row.postcode.reveal()
                    ));
                }
                for (part, level, bits) in &candidate.waterfall {
                    text.push_str(&format!("\n    {bits:>+7.2}  {part}: {level}"));
                }
                if let Some(guard) = &candidate.guard {
                    text.push_str(&format!("\n    held back: {guard}"));
                }
            }
        }
    }
    text
}

fn finding(text: &mut String, finding: &Finding) {
    if finding.items.is_empty() {
        text.push_str("  that nothing is held\n");
    }
    for item in &finding.items {
        text.push_str(&format!(
            "  {} ({})\n",
            item.provenance.system, item.provenance.nature
        ));
        for shown in &item.fields {
            text.push_str(&format!(
                "    {} [{}] {}\n",
                shown.field,
                shown.rung,
                shown.value.reveal()
            ));
        }
    }
}
