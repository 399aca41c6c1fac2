//! Agreements and contradictions between agencies: two plain tests that a reader can redo by hand.
//!
//! 1. Two agencies date an event for the same person on the same day: they agree that something
//!    happened.
//! 2. Two agencies give the same coded field (same name and title) of the same person at the same
//!    rung, each by its latest item: equal values agree, unequal ones differ.

use std::collections::{BTreeMap, BTreeSet};

use stile_model::code::{About, FieldKind};
use stile_model::id::SubjectId;
use stile_model::redact::Redacted;
use stile_model::vocabulary::Vocabulary;

use crate::product::{Comparison, Event, FieldLine, Precision};
use crate::transform::HELD;

/// Agreements, then contradictions.
pub(super) fn compare(
    chronology: &[Event],
    vocabulary: &Vocabulary,
) -> (Vec<Comparison>, Vec<Comparison>) {
    let mut agreements = same_day(chronology);
    let (same, differing) = same_field(chronology, vocabulary);
    agreements.extend(same);
    (agreements, differing)
}

fn same_day(chronology: &[Event]) -> Vec<Comparison> {
    let mut days: BTreeMap<(&str, &SubjectId), Vec<&Event>> = BTreeMap::new();
    for event in chronology
        .iter()
        .filter(|event| event.precision == Precision::Day)
    {
        let when = event.when.as_deref().unwrap_or_default();
        days.entry((when, &event.subject)).or_default().push(event);
    }
    days.into_iter()
        .filter(|(_, events)| agencies(events) > 1)
        .map(|((when, subject), events)| Comparison {
            subject: subject.clone(),
            subject_name: events
                .first()
                .map(|event| event.subject_name.clone())
                .unwrap_or_default(),
            point: Redacted::new(format!("Events on the same day, {when}")),
            says: events
                .iter()
                .map(|event| {
                    (
                        event.agency_name.clone(),
                        Redacted::new(event.title.clone()),
                    )
                })
                .collect(),
        })
        .collect()
}

fn agencies(events: &[&Event]) -> usize {
    events
        .iter()
        .map(|event| &event.agency)
        .collect::<BTreeSet<_>>()
        .len()
}

fn same_field(chronology: &[Event], vocabulary: &Vocabulary) -> (Vec<Comparison>, Vec<Comparison>) {
    let mut latest: BTreeMap<_, BTreeMap<_, (&Event, &FieldLine)>> = BTreeMap::new();
    // Oldest first, so a later item of the same agency replaces an earlier one.
    for event in chronology {
        for line in event
            .fields
            .iter()
            .filter(|line| is_comparable(event, line, vocabulary))
        {
            latest
                .entry((&event.subject, &line.field, &line.title, line.rung))
                .or_default()
                .insert(&event.agency, (event, line));
        }
    }
    let mut same = Vec::new();
    let mut differing = Vec::new();
    for ((subject, _, title, _), by_agency) in latest {
        let values: BTreeSet<String> = by_agency
            .values()
            .map(|(_, line)| line.value.reveal().to_lowercase())
            .collect();
        let Some((event, _)) = by_agency.values().next().filter(|_| by_agency.len() > 1) else {
            continue;
        };
        let comparison = Comparison {
            subject: subject.clone(),
            subject_name: event.subject_name.clone(),
            point: Redacted::new(format!("{title}, latest from each agency")),
            says: by_agency
                .values()
                .map(|(event, line)| (event.agency_name.clone(), line.value.clone()))
                .collect(),
        };
        if values.len() == 1 {
            same.push(comparison);
        } else {
            differing.push(comparison);
        }
    }
    (same, differing)
}

fn is_comparable(event: &Event, line: &FieldLine, vocabulary: &Vocabulary) -> bool {
    let field = vocabulary
        .category(&event.category)
        .and_then(|category| category.field(&line.field));
    line.value.reveal() != HELD
        && field.is_some_and(|field| {
            field.about == About::Subject && matches!(field.kind, FieldKind::Code | FieldKind::Flag)
        })
}
