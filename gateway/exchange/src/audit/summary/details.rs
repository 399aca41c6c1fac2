//! What the opened body of an entry says: who asked for what, what was answered, on what ground it was
//! decided and who agreed.

use std::collections::BTreeMap;

use serde::Deserialize;
use stile_ledger::EntryKind;
use stile_model::enquiry::Enquiry;
use stile_model::id::Code;
use stile_model::returns::Return;
use stile_policy::{Decider, DecisionRecord};

use super::super::subject::own_payload;
use super::page::text;
use crate::agency::{Task, TaskSubject};
use crate::gateway::Gateway;

/// What a permit's body keeps, as far as it is told of.
#[derive(Deserialize)]
struct PermitBody {
    answer: Return,
    #[serde(default)]
    tasks: Vec<Task>,
    record: Option<DecisionRecord>,
}

/// What the body of a received return keeps, as far as it is told of.
#[derive(Deserialize)]
struct ReceivedBody {
    payload: String,
}

/// What the opened body says, where its shape is known; it is in the pack whatever it is.
pub(super) fn details(books: &Gateway, kind: EntryKind, body: &[u8]) -> Vec<String> {
    let known = match kind {
        EntryKind::EnquirySent => std::str::from_utf8(body)
            .ok()
            .and_then(own_payload::<Enquiry>)
            .map(|enquiry| asked(books, &enquiry)),
        EntryKind::Permit => serde_json::from_slice(body).ok().map(|body: PermitBody| {
            let mut lines = asked_before(books, &body.answer);
            lines.extend(answered(books, &body.answer));
            lines.extend(body.tasks.iter().filter_map(agreed));
            lines.extend(body.record.iter().flat_map(recorded));
            lines
        }),
        EntryKind::ReturnReceived => serde_json::from_slice(body)
            .ok()
            .and_then(|body: ReceivedBody| serde_json::from_str(&body.payload).ok())
            .map(|answer: Return| answered(books, &answer)),
        _ => None,
    };
    known.unwrap_or_default()
}

fn asked_before(books: &Gateway, answer: &Return) -> Vec<String> {
    let enquiry = books.enquiry(answer.enquiry).ok().flatten();
    enquiry.map_or_else(Vec::new, |enquiry| asked(books, &enquiry))
}

/// Who asked for what; people of the case by their place only.
fn asked(books: &Gateway, enquiry: &Enquiry) -> Vec<String> {
    let people: Vec<_> = enquiry
        .subjects
        .iter()
        .map(|one| format!("{} ({})", one.id, one.role))
        .collect();
    let mut lines = vec![
        format!(
            "Asked by the {} of {} on {}, about {}",
            enquiry.requester.role,
            text(&books.name_of(&enquiry.from)),
            enquiry.issued,
            people.join(", ")
        ),
        format!("Looking back {} months", enquiry.look_back_months),
    ];
    for ask in &enquiry.asks {
        lines.push(format!(
            "Asked for {}: {}",
            category(books, ask.category.as_str()),
            text(ask.necessity.reveal())
        ));
    }
    lines
}

fn answered(books: &Gateway, answer: &Return) -> Vec<String> {
    let mut lines = Vec::new();
    for finding in &answer.findings {
        let category = category(books, finding.category.as_str());
        let of = &finding.subject;
        if !finding.items.is_empty() {
            let mut rules: Vec<_> = finding
                .items
                .iter()
                .flat_map(|item| &item.fields)
                .map(|shown| shown.rule.to_string())
                .collect();
            rules.sort();
            rules.dedup();
            let under = if rules.is_empty() {
                "of which nothing but that they are held".to_owned()
            } else {
                format!("under {}", rules.join(", "))
            };
            lines.push(format!(
                "Released of {of}: {category}, {} records, {under}",
                finding.items.len()
            ));
        }
        let mut withheld: BTreeMap<&Code, Vec<&str>> = BTreeMap::new();
        for one in &finding.withheld {
            withheld.entry(&one.code).or_default().push(&one.field);
        }
        for (code, fields) in withheld {
            let which = match fields.as_slice() {
                ["*"] => String::new(),
                some => format!(", {}", text(&some.join(", "))),
            };
            lines.push(format!(
                "Withheld of {of}: {category}{which}: {} ({code})",
                text(&meaning(books, code))
            ));
        }
        if let Some(referred) = &finding.referred {
            let roles: Vec<_> = referred.approvers.iter().map(ToString::to_string).collect();
            lines.push(format!(
                "Referred of {of}: {category}, to {}, due {}",
                roles.join(" and "),
                referred.due
            ));
        }
    }
    lines
}

/// On what ground it was decided and by whom, without any officer's name.
fn recorded(record: &DecisionRecord) -> Vec<String> {
    let request = &record.request;
    let part_3 = if request.part_3 { "yes" } else { "no" };
    let mut lines = vec![
        format!("Lawful basis: {}", text(&request.lawful_basis)),
        format!("Condition for sensitive data: {}", text(&request.condition)),
        format!("Law-enforcement processing (DPA 2018 Part 3): {part_3}"),
        format!("Kept: {}", text(&request.retention)),
        format!("Agreement: {}", text(&request.agreement)),
    ];
    if !request.to_confirm.is_empty() {
        let open = request.to_confirm.join(", ");
        lines.push(format!("For counsel to confirm: {}", text(&open)));
    }
    for reason in &record.reasons {
        lines.push(format!(
            "Reason: rule {}: {}",
            reason.rule,
            text(&reason.why)
        ));
    }
    lines.push(match &record.by {
        Decider::Person { by, .. } => {
            let roles: Vec<String> = by.iter().map(|one| text(&one.position)).collect();
            format!("Decided by: {}", roles.join(", "))
        }
        Decider::Policy(digest) => format!("Decided by: the agency's rules {digest}"),
        Decider::Time => "Decided by: nobody in time; the rules without approval stand".to_owned(),
    });
    lines
}

/// Which roles agreed to a release; never who they are.
fn agreed(task: &Task) -> Option<String> {
    let TaskSubject::Approval(approval) = &task.subject else {
        return None;
    };
    if approval.agreed_by.is_empty() {
        return None;
    }
    let roles: Vec<_> = approval.agreed_by.keys().map(ToString::to_string).collect();
    Some(format!("Agreed to by: {}", roles.join(", ")))
}

fn category(books: &Gateway, id: &str) -> String {
    let found = books
        .vocabulary()
        .categories
        .iter()
        .find(|one| one.id.as_str() == id);
    text(found.map_or(id, |category| category.title.as_str()))
}

fn meaning(books: &Gateway, code: &Code) -> String {
    let terms = &books.vocabulary().withhold_codes;
    let term = terms.iter().find(|term| term.code == *code);
    term.map_or_else(|| "withheld".to_owned(), |term| term.name.clone())
}
