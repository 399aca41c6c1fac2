//! What a category's records say once nothing more is to be decided: minimised, screened, and with
//! the code of everything that stays behind.

use std::collections::BTreeMap;

use stile_model::code::{CategoryStatus, FieldKind, Rung};
use stile_model::id::{Code, RuleId};
use stile_model::returns::{Finding, Item, Withheld};
use stile_model::subject::{Record, Shown, Value};
use stile_model::vocabulary::Recency;
use stile_product::{MinimisedRecord, minimise};

use super::draft::Draft;
use super::minimise::withheld_code;
use super::rule::{Band, Face};

/// A finding with nothing more to decide, and the fields that tripped the screen in it.
pub(super) struct Settled {
    pub(super) finding: Finding,
    pub(super) tripped: Vec<String>,
}

impl Draft<'_> {
    /// The finding once nothing more is to be decided.
    pub(super) fn settled(&self, agreed: bool) -> Settled {
        let mut items = Vec::new();
        let mut missing: BTreeMap<String, Code> = BTreeMap::new();
        let mut all_tripped = Vec::new();
        for (source, record) in &self.gathered.records {
            let recency = self.recency(record);
            match self.ruling.band(recency) {
                Band::Closed => continue,
                Band::Asked if !agreed => continue,
                Band::Asked | Band::Known => {}
            }
            let rungs = self.rungs(recency, agreed);
            let reference = self.agency.reference(source, self.category, record);
            let protected = self.who.rows.iter().any(|row| row.protected);
            let screen = &self.screen.screen;
            let mut reduced = minimise(record, self.category, &rungs, screen, protected, reference);
            let is_told = is_told(&reduced, &rungs);
            if agreed {
                self.show_redacted(record, &rungs, &mut reduced);
            }
            for field in &reduced.safe_address {
                missing.insert(field.clone(), withheld_code("safe_address"));
            }
            for field in reduced.tripped {
                missing.insert(field.clone(), withheld_code("screened_text"));
                if !all_tripped.contains(&field) {
                    all_tripped.push(field);
                }
            }
            for field in &self.category.fields {
                self.note_missing(field.id.name(), recency, agreed, &mut missing);
            }
            if is_told || !reduced.item.fields.is_empty() {
                items.push(reduced.item);
            }
        }
        if self.ruling.face == Face::Open && !self.ruling.recencies_in(Band::Closed).is_empty() {
            missing
                .entry("*".to_owned())
                .or_insert_with(|| withheld_code(OUTSIDE_WINDOW));
        }
        Settled {
            finding: self.state(items, missing),
            tripped: all_tripped,
        }
    }

    /// Shows the redacted form of texts that tripped the screen, for a person to judge.
    fn show_redacted(
        &self,
        record: &Record,
        rungs: &BTreeMap<String, (Rung, RuleId)>,
        reduced: &mut MinimisedRecord,
    ) {
        let place = |name: &str| {
            self.category
                .fields
                .iter()
                .position(|field| field.id.name() == name)
        };
        reduced.tripped.retain(|name| {
            let held = record
                .values
                .iter()
                .find(|(field, _)| field == name)
                .map(|(_, value)| value);
            let (Some(Value::Text(text)), Some((rung, rule))) = (held, rungs.get(name)) else {
                return true;
            };
            reduced.item.fields.push(Shown {
                field: name.clone(),
                rung: *rung,
                value: self.screen.screen.redact(text.reveal()).text.into(),
                rule: rule.clone(),
            });
            false
        });
        reduced.item.fields.sort_by_key(|shown| place(&shown.field));
    }

    /// A field of which nothing is shown has its code listed, so that the hub knows of it.
    fn note_missing(
        &self,
        field: &str,
        recency: Recency,
        agreed: bool,
        missing: &mut BTreeMap<String, Code>,
    ) {
        let Some(decision) = self.ruling.decision(field, recency) else {
            return;
        };
        let rung = if agreed {
            decision.approved
        } else {
            decision.auto
        };
        if rung == Rung::None {
            let code = self.ruling.withhold(decision);
            let has_no_day = self.category.event.is_some() && recency == Recency::Unknown;
            missing
                .entry(field.to_owned())
                .or_insert_with(|| of_day(code, has_no_day));
        }
    }

    fn state(&self, items: Vec<Item>, missing: BTreeMap<String, Code>) -> Finding {
        let withheld: Vec<_> = missing
            .into_iter()
            .map(|(field, code)| Withheld { field, code })
            .collect();
        let status = match (items.is_empty(), withheld.is_empty()) {
            (true, true) => CategoryStatus::NoRecord,
            (true, false) if withheld.iter().all(|one| one.field == "*") => {
                CategoryStatus::NoRecord
            }
            (true, false) => CategoryStatus::Withheld,
            (false, true) => CategoryStatus::Shared,
            (false, false) => CategoryStatus::PartlyShared,
        };
        Finding {
            items,
            withheld,
            capped: self.gathered.capped,
            ..self.bare(status)
        }
    }

    /// The rungs of one record; without a complete screen no free text goes out, only its category.
    fn rungs(&self, recency: Recency, agreed: bool) -> BTreeMap<String, (Rung, RuleId)> {
        let mut rungs = self.ruling.rungs(recency, agreed);
        if !self.screen.complete {
            for field in &self.category.fields {
                if matches!(
                    field.kind,
                    FieldKind::Text | FieldKind::Location | FieldKind::Person
                ) && let Some((rung, _)) = rungs.get_mut(field.id.name())
                {
                    *rung = (*rung).min(Rung::Headline);
                }
            }
        }
        rungs
    }
}

/// Is an item of which no field is shown told nevertheless?
///
/// That a record is held has been ruled on before it comes to its fields. Where some of them may be
/// shown and nothing is recorded in these, the item says that it is held: without it, the answer would
/// be "no record". What stays behind for another reason is listed with its code.
fn is_told(reduced: &MinimisedRecord, rungs: &BTreeMap<String, (Rung, RuleId)>) -> bool {
    !rungs.is_empty() && reduced.tripped.is_empty() && reduced.safe_address.is_empty()
}

/// The code of a field that stays behind. Of a record without a usable day nobody knows that it is
/// outside a window, and a longer one would not help: what is missing is the day.
fn of_day(code: &Code, has_no_day: bool) -> Code {
    if has_no_day && code.as_str() == OUTSIDE_WINDOW {
        withheld_code("no_usable_date")
    } else {
        code.clone()
    }
}

const OUTSIDE_WINDOW: &str = "outside_window";

#[cfg(test)]
mod tests;
