//! Casbin over one published policy, quick enough to be asked thousands of questions.
//!
//! Casbin goes through every row for every question. Under the published model a row counts only
//! where Casbin's own `keyMatch` finds its item to cover the field, so each field is asked of an
//! engine that holds just those rows; the one with every row is asked too, of samples.

use std::collections::BTreeMap;

use casbin::function_map::key_match;
use stile_model::code::Rung;
use stile_model::id::FieldId;
use stile_model::time::Date;

use crate::engine::{Engine, Request};
use crate::error::PolicyError;
use crate::publish::{self, Row};
use crate::space::{Point, Space};

/// The engines of one policy on one day.
pub(crate) struct Panel {
    whole: Engine,
    parts: Vec<Engine>,
    /// For each field of the space, its engine among the parts; none where no row covers it.
    by_field: Vec<Option<usize>>,
}

impl Panel {
    /// Loads strictly read rows as they stand on `on`; `None` when nothing of them is in force, so
    /// that there is nothing to ask and nothing is ever released.
    ///
    /// # Errors
    ///
    /// What Casbin cannot load, or holds otherwise than published.
    pub fn load(rows: &[Row], space: &Space, on: Date) -> Result<Option<Self>, PolicyError> {
        let rows = publish::in_force(rows, on);
        if rows.is_empty() {
            return Ok(None);
        }
        let mut parts = Vec::new();
        let mut known: BTreeMap<Vec<usize>, Option<usize>> = BTreeMap::new();
        let mut by_field = Vec::with_capacity(space.fields.len());
        for field in &space.fields {
            let covering = covering(&rows, &field.id);
            let part = if let Some(part) = known.get(&covering) {
                *part
            } else {
                let part = Self::part(&rows, &covering, &mut parts)?;
                known.insert(covering, part);
                part
            };
            by_field.push(part);
        }
        Ok(Some(Self {
            whole: Engine::load(&publish::text(rows.iter().copied()))?,
            parts,
            by_field,
        }))
    }

    /// An engine of these rows alone. Without any it would answer as if one blank row were there,
    /// so there is none.
    fn part(
        rows: &[&Row],
        covering: &[usize],
        parts: &mut Vec<Engine>,
    ) -> Result<Option<usize>, PolicyError> {
        if covering.is_empty() {
            return Ok(None);
        }
        let own = covering
            .iter()
            .filter_map(|place| rows.get(*place).copied());
        parts.push(Engine::load(&publish::text(own))?);
        Ok(Some(parts.len().saturating_sub(1)))
    }

    /// The engine of the field's own rows, or the whole where it has none.
    pub fn of(&self, point: &Point) -> &Engine {
        point
            .field
            .and_then(|field| *self.by_field.get(field)?)
            .and_then(|part| self.parts.get(part))
            .unwrap_or(&self.whole)
    }

    /// The engine of every row.
    pub const fn whole(&self) -> &Engine {
        &self.whole
    }
}

/// The places of the rows whose item covers the field.
fn covering(rows: &[&Row], field: &FieldId) -> Vec<usize> {
    rows.iter()
        .enumerate()
        .filter(|(_, row)| covers(row, field))
        .map(|(place, _)| place)
        .collect()
}

/// Does the row's item cover the field, as Casbin itself sees it? Both texts are ASCII by the strict
/// reading and by the shape of identifiers, where `key_match` cannot panic.
pub(crate) fn covers(row: &Row, field: &FieldId) -> bool {
    row.get(publish::ITEM)
        .is_some_and(|item| key_match(field.as_str(), item))
}

/// The questions that, answered as expected, prove `(auto, approved)`.
///
/// By the matcher Casbin's answer only falls as the level rises and only grows with approval, so the
/// edges are the whole answer: without approval at `auto`, with approval above `approved`, and
/// between the two, where they differ, both sides of each.
pub(crate) fn edges(auto: Rung, approved: Rung) -> impl Iterator<Item = (bool, Rung, bool)> {
    let above = |claimed: Rung| Rung::ALL.iter().copied().find(|rung| *rung > claimed);
    let between = auto != approved;
    [
        (auto > Rung::None).then_some((false, auto, true)),
        above(approved).map(|rung| (true, rung, false)),
        above(auto)
            .filter(|_| between)
            .map(|rung| (false, rung, false)),
        between.then_some((true, approved, true)),
    ]
    .into_iter()
    .flatten()
}

/// Puts `(auto, approved)` of one question to an engine.
///
/// # Errors
///
/// The first answer that is another, or that Casbin could not answer.
pub(crate) fn confirm(
    engine: &Engine,
    request: &Request,
    (auto, approved): (Rung, Rung),
) -> Result<(), PolicyError> {
    for (ask, rung, expected) in edges(auto, approved) {
        if engine.allows(request, ask, rung)? != expected {
            return Err(PolicyError::Disagreement {
                question: format!("({request}), ask {ask}, level {rung}"),
                casbin: if expected { "no" } else { "yes" }.to_owned(),
            });
        }
    }
    Ok(())
}
