//! The items of a product: what is true now, then what happened.

use stile_model::vocabulary::Vocabulary;

use super::page::{BOLD, Page};
use crate::product::{Event, FieldLine, Precision, Product};

/// What is true now: the items of categories whose records are not events (a roll, a tenancy).
pub(super) fn position(page: &mut Page, product: &Product, vocabulary: &Vocabulary) {
    let current: Vec<_> = product
        .chronology
        .iter()
        .filter(|event| is_current(event, vocabulary))
        .collect();
    page.section("Current position", current.is_empty());
    for event in current {
        page.styled(BOLD, &subject_of(event));
        body(page, event, product, vocabulary);
    }
}

/// What happened, oldest first.
pub(super) fn chronology(page: &mut Page, product: &Product, vocabulary: &Vocabulary) {
    let past: Vec<_> = product
        .chronology
        .iter()
        .filter(|event| !is_current(event, vocabulary))
        .collect();
    page.section("Chronology", past.is_empty());
    for event in past {
        page.styled(BOLD, &format!("{} · {}", when(event), subject_of(event)));
        body(page, event, product, vocabulary);
    }
}

fn is_current(event: &Event, vocabulary: &Vocabulary) -> bool {
    vocabulary
        .category(&event.category)
        .is_some_and(|category| category.event.is_none())
}

fn subject_of(event: &Event) -> String {
    format!(
        "{}: {} ({})",
        event.agency_name,
        event.title,
        event.subject_name.reveal()
    )
}

/// The fields, the date of the event apart, which heads the item.
fn body(page: &mut Page, event: &Event, product: &Product, vocabulary: &Vocabulary) {
    let dates = vocabulary
        .category(&event.category)
        .and_then(|category| category.event.clone());
    let mut lines = event
        .fields
        .iter()
        .filter(|line| Some(&line.field) != dates.as_ref())
        .peekable();
    if lines.peek().is_none() {
        page.wrapped("    ", nothing_more(event, product));
    }
    for line in lines {
        page.wrapped("    ", &field(line));
    }
    page.faint(&provenance(event));
}

/// What stands for an item of which nothing is shown, or nothing but its date.
fn nothing_more(event: &Event, product: &Product) -> &'static str {
    if product.waits_for_more(event) {
        "Held; nothing more may be shown yet."
    } else if event.fields.is_empty() {
        "Held; nothing is recorded in the fields that may be shown."
    } else {
        "Held; nothing more may be shown."
    }
}

fn when(event: &Event) -> String {
    let when = event.when.clone().unwrap_or_default();
    match event.precision {
        Precision::Day => when,
        Precision::Month => format!("{when} (month only)"),
        Precision::Year => format!("{when} (year only)"),
        Precision::Undated => "undated".to_owned(),
    }
}

fn field(line: &FieldLine) -> String {
    let rule = line
        .rule
        .as_ref()
        .map(|rule| format!(" [{}, {rule}]", line.rung));
    format!(
        "{}: {}{}",
        line.title,
        line.value.reveal(),
        rule.unwrap_or_default()
    )
}

fn provenance(event: &Event) -> String {
    let from = &event.provenance;
    let mut words = vec![
        from.system.clone(),
        from.author.clone(),
        from.nature.to_string(),
        from.verification.clone(),
    ];
    words.extend(
        from.grading
            .iter()
            .map(|grading| format!("graded {grading}")),
    );
    words.extend(from.recorded.iter().map(|date| format!("recorded {date}")));
    words.extend(from.handling.iter().map(|mark| mark.words.clone()));
    words.push(format!("ref {}", from.reference));
    words.join(" · ")
}
