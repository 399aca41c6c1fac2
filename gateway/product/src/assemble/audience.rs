//! What each audience may have of a finding. Anything not named here is dropped.

use stile_model::code::{CategoryStatus, FieldKind, Handling, Rung};
use stile_model::id::Code;
use stile_model::returns::{Finding, Item};
use stile_model::vocabulary::{Category, Field, Vocabulary};

use crate::product::{Event, Product};
use crate::record::is_about_others;
use crate::sheet::Audience;

/// What `audience` may have of `finding`, which is about somebody in `role`.
pub(super) fn narrowed(
    finding: &Finding,
    category: &Category,
    role: &Code,
    audience: Audience,
) -> Option<Finding> {
    match audience {
        Audience::DecisionMaker => Some(finding.clone()),
        Audience::FamilySafe => family(finding, category, role),
        Audience::ReceivingTeam => receiving_team(finding, category),
        Audience::ReferrerFeedback => None,
    }
}

/// May `audience` know that `category` was asked for?
pub(super) fn may_see_ask(category: &Category, audience: Audience) -> bool {
    match audience {
        Audience::DecisionMaker => true,
        Audience::ReceivingTeam => !is_intelligence(category),
        Audience::FamilySafe | Audience::ReferrerFeedback => false,
    }
}

/// Is a subject in this role a child of the family?
///
/// Which adult will read a family's copy is not known when it is made, so it is about children only.
pub(super) fn is_child(role: &Code) -> bool {
    matches!(role.as_str(), "child" | "sibling" | "unborn")
}

/// Does it say something of which none of the case's people is told before somebody has decided that
/// they may be?
///
/// So it is with whatever is sealed, barred or intelligence, graded, marked by its agency as not for
/// the family or not to be passed on, or of a category that the vocabulary does not have (any more),
/// whomever of the case it is about.
pub fn is_guarded(product: &Product, vocabulary: &Vocabulary) -> bool {
    let mut events = product.chronology.iter();
    events.any(|event| is_guarded_event(event, vocabulary.category(&event.category)))
}

fn is_guarded_event(event: &Event, category: Option<&Category>) -> bool {
    let provenance = &event.provenance;
    let mut marks = provenance.handling.iter();
    category.is_none_or(|category| {
        is_intelligence(category)
            || matches!(category.handling, Handling::Barred | Handling::Sealed)
    }) || provenance.grading.is_some()
        || marks.any(|mark| BARRED_FROM_FAMILY.contains(&mark.code.as_str()))
}

fn receiving_team(finding: &Finding, category: &Category) -> Option<Finding> {
    if is_intelligence(category) {
        return None;
    }
    let mut finding = finding.clone();
    let before = finding.items.len();
    // A graded item is intelligence wherever it stands.
    finding.items.retain(|item| item.grading.is_none());
    // "Shared, 0 items" would say that there was some.
    if before > 0 && finding.items.is_empty() {
        return None;
    }
    Some(finding)
}

fn family(finding: &Finding, category: &Category, role: &Code) -> Option<Finding> {
    let ordinary = matches!(category.handling, Handling::Automatic | Handling::Summary);
    if !ordinary || is_intelligence(category) || !is_child(role) {
        return None;
    }
    let items: Vec<Item> = finding
        .items
        .iter()
        .filter_map(|item| family_item(item, category))
        .collect();
    if items.is_empty() {
        return None;
    }
    Some(Finding {
        subject: finding.subject.clone(),
        category: finding.category.clone(),
        status: CategoryStatus::Shared,
        items,
        withheld: Vec::new(),
        referred: None,
        capped: false,
    })
}

/// Marks under which an item is in no family's copy: its agency said so, or that it goes no further.
const BARRED_FROM_FAMILY: [&str; 2] = ["do_not_disclose_to_family", "no_onward_disclosure"];

fn family_item(item: &Item, category: &Category) -> Option<Item> {
    let barred = item
        .handling
        .iter()
        .any(|mark| BARRED_FROM_FAMILY.contains(&mark.as_str()));
    if barred || item.grading.is_some() {
        return None;
    }
    let mut item = item.clone();
    item.fields.retain(|shown| {
        category
            .field(&shown.field)
            .is_some_and(|field| is_safe_for_family(field, shown.rung))
    });
    (!item.fields.is_empty()).then_some(item)
}

/// Prose written for professionals names other adults, and places are where people are found: a
/// family's copy has neither. A person writes the prose.
fn is_safe_for_family(field: &Field, rung: Rung) -> bool {
    !is_about_others(field)
        && match field.kind {
            FieldKind::Code
            | FieldKind::Date
            | FieldKind::Flag
            | FieldKind::Number
            | FieldKind::Person => true,
            FieldKind::Location => rung <= Rung::Known,
            FieldKind::Text => rung <= Rung::Headline,
        }
}

fn is_intelligence(category: &Category) -> bool {
    category
        .id
        .as_str()
        .split_once('.')
        .is_none_or(|(_, name)| name.contains("intelligence"))
}
