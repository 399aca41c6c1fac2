//! Replay: which past enquiries another policy would have answered differently.
//!
//! Policy is asked before any record is read, so a replay says what *could* have been said, exactly,
//! whether or not a record was held.

mod words;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use stile_model::code::{Existence, Rung};
use stile_model::id::{CategoryId, Code, EnquiryId, FieldId, SubjectId};
use stile_model::time::{Date, Timestamp};
use stile_model::vocabulary::{Recency, Vocabulary};
use utoipa::ToSchema;

use crate::analyse::{Effect, Told, effect};
use crate::outcome::Outcome;
use crate::past::{PastEnquiry, PastSubject, bands_asked};
use crate::set::PolicySet;
use crate::space::{Point, RECENCY};

/// What policy says of one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Said {
    /// Released at once.
    pub auto: Rung,
    /// Released once the approvers agree.
    pub approved: Rung,
    /// Who must agree.
    pub approvers: Vec<Code>,
    /// One of them is enough.
    pub any_of: bool,
    /// Not even its existence may be shown.
    pub sealed: bool,
    /// Why no more is said at once.
    pub withhold: Code,
}

/// One field that would have been ruled on differently.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChangedField {
    /// The person, by place in the enquiry.
    pub subject: SubjectId,
    /// The field.
    pub field: FieldId,
    /// For records of these ages.
    pub recencies: Vec<Recency>,
    /// As it was.
    pub from: Said,
    /// As it would be.
    pub to: Said,
    /// More or less; `same` where only the reason told differs.
    pub effect: Effect,
}

/// One category of which "no record" could, or could not, be told from "withheld" any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChangedExistence {
    /// The category.
    pub category: CategoryId,
    /// As it was.
    pub from: Existence,
    /// As it would be.
    pub to: Existence,
}

/// One past enquiry that would have been answered differently.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChangedEnquiry {
    /// The enquiry.
    pub enquiry: EnquiryId,
    /// When it was ruled on.
    pub ruled: Timestamp,
    /// More or less, all fields together; `same` where only the reasons told differ.
    pub effect: Effect,
    /// The fields.
    pub fields: Vec<ChangedField>,
    /// The categories closed or opened.
    pub existence: Vec<ChangedExistence>,
}

/// The result of a replay.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Replay {
    /// Enquiries replayed.
    pub enquiries: u64,
    /// Rulings compared: person, field and age of event.
    pub decisions: u64,
    /// Enquiries that would disclose more.
    pub more: u64,
    /// Enquiries that would disclose less.
    pub less: u64,
    /// Enquiries that would disclose more of some things and less of others.
    pub both: u64,
    /// Enquiries that would disclose the same, with another reason for what stays behind.
    pub same: u64,
    /// Those that would be answered differently, in the order replayed; the first of them only,
    /// where there are more than were to be listed.
    pub changed: Vec<ChangedEnquiry>,
}

impl Replay {
    /// How many would be answered differently, if only with another reason; listed or not.
    pub const fn different(&self) -> u64 {
        self.more
            .saturating_add(self.less)
            .saturating_add(self.both)
            .saturating_add(self.same)
    }

    /// Adds another part of the same replay, listing at most `list`.
    pub fn add(&mut self, other: Self, list: usize) {
        self.enquiries = self.enquiries.saturating_add(other.enquiries);
        self.decisions = self.decisions.saturating_add(other.decisions);
        self.more = self.more.saturating_add(other.more);
        self.less = self.less.saturating_add(other.less);
        self.both = self.both.saturating_add(other.both);
        self.same = self.same.saturating_add(other.same);
        let room = list.saturating_sub(self.changed.len());
        self.changed.extend(other.changed.into_iter().take(room));
    }
}

/// Rules on every past enquiry with both policies, each as of the day it was ruled on, and lists at
/// most `list` of those that differ. 100,000 rulings take some hundredths of a second.
pub fn replay<'a>(
    old: &PolicySet,
    new: &PolicySet,
    past: impl IntoIterator<Item = &'a PastEnquiry>,
    vocabulary: &Vocabulary,
    list: usize,
) -> Replay {
    let stage = Stage::new(old, new, vocabulary);
    let mut replay = Replay::default();
    for enquiry in past {
        let (decisions, changed) = stage.play(enquiry);
        let mut one = Replay {
            enquiries: 1,
            decisions,
            ..Replay::default()
        };
        if let Some(changed) = changed {
            match changed.effect {
                Effect::Both => one.both = 1,
                Effect::Less => one.less = 1,
                Effect::More => one.more = 1,
                Effect::Same => one.same = 1,
            }
            one.changed.push(changed);
        }
        replay.add(one, list);
    }
    replay
}

/// One category as both policies number its fields.
struct Stand<'a> {
    fields: Vec<(&'a FieldId, Option<usize>, Option<usize>)>,
    category: &'a stile_model::vocabulary::Category,
}

/// Both policies side by side.
struct Stage<'a> {
    old: &'a PolicySet,
    new: &'a PolicySet,
    categories: BTreeMap<&'a CategoryId, Stand<'a>>,
}

impl<'a> Stage<'a> {
    fn new(old: &'a PolicySet, new: &'a PolicySet, vocabulary: &'a Vocabulary) -> Self {
        let stand = |category: &'a stile_model::vocabulary::Category| Stand {
            fields: category
                .fields
                .iter()
                .map(|field| {
                    let place = |set: &PolicySet| set.space().place(&field.id);
                    (&field.id, place(old), place(new))
                })
                .collect(),
            category,
        };
        Self {
            old,
            new,
            categories: vocabulary
                .categories
                .iter()
                .map(|category| (&category.id, stand(category)))
                .collect(),
        }
    }

    /// How many rulings one enquiry took, and what would differ.
    fn play(&self, past: &PastEnquiry) -> (u64, Option<ChangedEnquiry>) {
        let on = past.ruled.date();
        let mut decisions = 0_u64;
        let mut fields = Vec::new();
        for subject in &past.subjects {
            let mut points: Option<(Point, Point)> = None;
            for category in &past.categories {
                let Some(stand) = self.categories.get(category) else {
                    continue;
                };
                let bands = bands_asked(stand.category, past.look_back_months);
                for (field, in_old, in_new) in &stand.fields {
                    // The words of a person are looked up once; then only field and age change.
                    let (old, new) = points.get_or_insert_with(|| {
                        let question = past.question(subject, field, Recency::Unknown);
                        let point = |set: &PolicySet| set.space().point(&question);
                        (point(self.old), point(self.new))
                    });
                    (old.field, new.field) = (*in_old, *in_new);
                    for recency in &bands {
                        decisions = decisions.saturating_add(1);
                        let told = self.compare(at(old, *recency), at(new, *recency), on);
                        if let Some((from, to, effect)) = told {
                            join(&mut fields, subject, field, *recency, (from, to, effect));
                        }
                    }
                }
            }
        }
        let existence = self.existence(past);
        let effects = fields.iter().map(|field: &ChangedField| field.effect);
        let effect = effects
            .chain(existence.iter().map(ChangedExistence::effect))
            .reduce(Effect::and);
        let changed = effect.map(|effect| ChangedEnquiry {
            enquiry: past.id,
            ruled: past.ruled,
            effect,
            fields,
            existence,
        });
        (decisions, changed)
    }

    fn compare(&self, old: Point, new: Point, on: Date) -> Option<(Said, Said, Effect)> {
        let before = self.old.outcome_at(&old, on);
        let after = self.new.outcome_at(&new, on);
        let (was, is): (Vec<_>, Vec<_>) = (
            self.old.roles(&before).collect(),
            self.new.roles(&after).collect(),
        );
        let effect = effect(Told::of(&before, &was), Told::of(&after, &is));
        let reasons = (self.old.reason(&before), self.new.reason(&after));
        if effect == Effect::Same && (reasons.0 == reasons.1 || !tells_why(&after)) {
            return None;
        }
        let said = |outcome: &Outcome, roles: Vec<&Code>, reason: &Code| Said {
            auto: outcome.auto,
            approved: outcome.approved,
            approvers: roles.into_iter().cloned().collect(),
            any_of: outcome.any_of,
            sealed: outcome.sealed,
            withhold: reason.clone(),
        };
        let (from, to) = (said(&before, was, reasons.0), said(&after, is, reasons.1));
        Some((from, to, effect))
    }

    fn existence(&self, past: &PastEnquiry) -> Vec<ChangedExistence> {
        let categories = past.categories.iter();
        categories
            .map(|category| ChangedExistence {
                category: category.clone(),
                from: self.old.existence(category),
                to: self.new.existence(category),
            })
            .filter(|changed| changed.from != changed.to)
            .collect()
    }
}

impl ChangedExistence {
    const fn effect(&self) -> Effect {
        match self.to {
            Existence::Closed => Effect::Less,
            Existence::Open => Effect::More,
        }
    }
}

/// Is a reason told? Not where all there is goes out at once, nor where nothing may be shown to exist.
fn tells_why(outcome: &Outcome) -> bool {
    outcome.auto < Rung::Detail && !outcome.sealed
}

/// The same question for a record of this age.
fn at(point: &Point, recency: Recency) -> Point {
    let mut point = *point;
    let place = Recency::ALL.iter().position(|band| *band == recency);
    if let (Some(word), Some(place)) = (point.words.get_mut(RECENCY), place) {
        *word = place;
    }
    point
}

/// Adds a ruling to the line of the same field and the same change, if there is one.
fn join(
    fields: &mut Vec<ChangedField>,
    subject: &PastSubject,
    field: &FieldId,
    recency: Recency,
    (from, to, effect): (Said, Said, Effect),
) {
    let same = fields.iter_mut().rev().find(|one| {
        one.field == *field && one.subject == subject.id && one.from == from && one.to == to
    });
    if let Some(one) = same {
        one.recencies.push(recency);
        return;
    }
    fields.push(ChangedField {
        subject: subject.id.clone(),
        field: field.clone(),
        recencies: vec![recency],
        from,
        to,
        effect,
    });
}

#[cfg(test)]
mod tests;
