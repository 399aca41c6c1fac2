//! One record from a source, minimised to one item of a return.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use stile_model::code::{About, FieldKind, Handling, Rung};
use stile_model::id::{Code, RuleId};
use stile_model::redact::Redacted;
use stile_model::returns::Item;
use stile_model::subject::{Record, Shown, Value};
use stile_model::vocabulary::{Category, Field};

use crate::screen::Screen;
use crate::transform::{Minimised, show_date, show_titled};

/// An item and what stayed behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MinimisedRecord {
    /// What may leave.
    pub item: Item,
    /// Fields that tripped the screen and must be referred or withheld as `screened_text`.
    pub tripped: Vec<String>,
    /// Fields withheld as `safe_address` because the subject is protected.
    pub safe_address: Vec<String>,
}

/// Shows each field of `record` at the rung that `rungs` gives it (by last word of the field).
///
/// A field that is not in `rungs`, not in `category`, or not in the record is not shown. A location
/// of a protected subject, or what a professional's text says of one, is never shown, whatever its
/// rung. `reference` is the agency's opaque
/// name for the record; it leaves as given.
pub fn minimise(
    record: &Record,
    category: &Category,
    rungs: &BTreeMap<String, (Rung, RuleId)>,
    screen: &Screen,
    protected_subject: bool,
    reference: String,
) -> MinimisedRecord {
    let mut made = MinimisedRecord {
        item: Item {
            reference,
            provenance: record.provenance.clone(),
            recorded: None,
            grading: None,
            handling: Vec::new(),
            fields: Vec::new(),
        },
        tripped: Vec::new(),
        safe_address: Vec::new(),
    };
    for field in &category.fields {
        let name = field.id.name();
        let Some((rung, rule)) = rungs.get(name) else {
            continue;
        };
        let Some(value) = value_of(record, name) else {
            continue;
        };
        if *rung == Rung::None || *value == Value::Null {
            continue;
        }
        if protected_subject && tells_where(field) {
            made.safe_address.push(name.to_owned());
            continue;
        }
        match show_titled(field, &category.title, *rung, value, screen) {
            Minimised::Shown(text, reached) => made.item.fields.push(Shown {
                field: name.to_owned(),
                rung: reached,
                value: Redacted::new(text),
                rule: rule.clone(),
            }),
            Minimised::Nothing => {}
            Minimised::Tripped => made.tripped.push(name.to_owned()),
        }
    }
    made.item.recorded = recorded(record, category, &made.item.fields);
    made.item.grading = grading(record, &made.item.fields, screen);
    made.item.handling = handling(category, &made.item, protected_subject);
    made
}

/// Does the field tell where somebody may be found: a place, or the telephone of those who work
/// with them there?
fn tells_where(field: &Field) -> bool {
    match field.kind {
        FieldKind::Location => true,
        FieldKind::Text => field.about == About::Professional,
        FieldKind::Code
        | FieldKind::Date
        | FieldKind::Flag
        | FieldKind::Number
        | FieldKind::Person => false,
    }
}

fn value_of<'a>(record: &'a Record, name: &str) -> Option<&'a Value> {
    record
        .values
        .iter()
        .find(|(field, _)| field == name)
        .map(|(_, value)| value)
}

/// The date of recording, no finer than the event date is shown; nothing where that is not shown.
fn recorded(record: &Record, category: &Category, fields: &[Shown]) -> Option<String> {
    let event = category.event.as_deref()?;
    let rung = fields.iter().find(|shown| shown.field == event)?.rung;
    let shown = show_date(record.recorded?, rung)?;
    (rung > Rung::Known).then_some(shown)
}

/// A grading is a short code; anything else in its column stays home.
fn grading(record: &Record, fields: &[Shown], screen: &Screen) -> Option<String> {
    let grading = record.grading.as_deref()?.trim();
    let short = (1..=12).contains(&grading.len())
        && grading
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, ' ' | '/' | '-'));
    let clean = short && !fields.is_empty() && screen.is_clean(grading);
    clean.then(|| grading.to_owned())
}

fn handling(category: &Category, item: &Item, protected_subject: bool) -> Vec<Code> {
    let others = item
        .fields
        .iter()
        .any(|shown| category.field(&shown.field).is_some_and(is_about_others));
    let guarded = !matches!(category.handling, Handling::Automatic | Handling::Summary);
    let mut marks = vec!["official_sensitive"];
    if guarded || item.grading.is_some() || protected_subject {
        marks.push("no_onward_disclosure");
    }
    if guarded || item.grading.is_some() || protected_subject || others {
        marks.push("do_not_disclose_to_family");
    }
    if others {
        marks.push("third_party_inside");
    }
    if item.provenance.verification.as_str() == "unverified" {
        marks.push("unverified");
    }
    marks
        .into_iter()
        .filter_map(|mark| Code::new(mark).ok())
        .collect()
}

/// Is the field about somebody who is neither the subject nor a worker?
pub(crate) fn is_about_others(field: &Field) -> bool {
    match field.about {
        About::Complainant | About::ThirdParty => true,
        About::Professional | About::Subject => false,
    }
}
