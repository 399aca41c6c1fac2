//! The days on which a policy changes by itself: the last day of a grant or of the file, and the day
//! after. Between them every day is alike, so the proof of today and of these is one of every day to
//! come.

use std::collections::{BTreeSet, HashMap};

use stile_model::code::Rung;
use stile_model::time::Date;

use super::{Claim, ours, seen};
use crate::engine::{Engine, Request};
use crate::error::PolicyError;
use crate::panel;
use crate::publish::{self, Row};
use crate::rules::Rule;
use crate::space::Point;
use crate::witness::Edges;

/// Holds the claim to Casbin on each last day from `today` on, and on the day after it.
///
/// Casbin is asked about the rules that end; of every rule, both evaluators and the rows in force
/// are compared.
///
/// # Errors
///
/// The first question on which they differ, or what Casbin cannot load.
pub(super) fn prove(claim: Claim<'_>, rows: &[Row], today: Date) -> Result<(), PolicyError> {
    let rules = &claim.rules.rules;
    let ends = rules.iter().filter(|rule| rule.verb.grants());
    let mut lasts: BTreeSet<Date> = ends.filter_map(|rule| rule.until).collect();
    lasts.extend(claim.rules.until);
    let all = edges(claim, today);
    let bases: Vec<Point> = (0..rules.len())
        .filter_map(|place| all.bases(place).first().copied())
        .collect();
    let mut fields = Fields {
        claim,
        rows,
        engines: HashMap::new(),
    };
    for last in lasts.range(today..) {
        let own = edges(claim, *last);
        let ending: Vec<Point> = (0..rules.len())
            .filter(|place| rules.get(*place).and_then(|rule| rule.until) == Some(*last))
            .filter_map(|place| own.bases(place).first().copied())
            .collect();
        // There is no day after the last that a calendar has.
        for on in [Some(*last), last.tomorrow().ok()].into_iter().flatten() {
            same_rows(claim, rows, on)?;
            for point in &bases {
                ours(claim, point, on)?;
            }
            for point in &ending {
                fields.compare(point, on)?;
            }
        }
    }
    Ok(())
}

fn edges(claim: Claim<'_>, on: Date) -> Edges<'_> {
    Edges {
        rules: claim.rules,
        space: claim.space,
        evaluator: claim.evaluator,
        on,
    }
}

/// Are the rows in force those of the rules in force?
fn same_rows(claim: Claim<'_>, rows: &[Row], on: Date) -> Result<(), PolicyError> {
    let published: BTreeSet<&str> = publish::in_force(rows, on)
        .into_iter()
        .filter_map(|row| row.first().map(String::as_str))
        .collect();
    let live = |rule: &&Rule| rule.in_force(on);
    let ruled = claim.rules.rules.iter().filter(live);
    if published == ruled.map(|rule| rule.id.as_str()).collect() {
        return Ok(());
    }
    Err(PolicyError::Disagreement {
        question: format!("which rules are in force on {on}"),
        casbin: "others".to_owned(),
    })
}

/// Casbin over the rows of single fields, kept for the days on which they are the same.
struct Fields<'a> {
    claim: Claim<'a>,
    rows: &'a [Row],
    engines: HashMap<String, Engine>,
}

impl Fields<'_> {
    fn compare(&mut self, point: &Point, on: Date) -> Result<(), PolicyError> {
        let rungs = ours(self.claim, point, on)?;
        let request = Request::new(self.claim.space, point, "");
        let place = point
            .field
            .and_then(|field| self.claim.space.fields.get(field));
        let rows = publish::in_force(self.rows, on);
        let own = rows
            .into_iter()
            .filter(|row| place.is_some_and(|place| panel::covers(row, &place.id)));
        let text = publish::text(own);
        if text.is_empty() {
            // Casbin without a row would answer as if a blank one were there.
            return if rungs == (Rung::None, Rung::None) {
                Ok(())
            } else {
                Err(seen(&request, "no row in force"))
            };
        }
        if !self.engines.contains_key(&text) {
            let engine = Engine::load(&text)?;
            self.engines.insert(text.clone(), engine);
        }
        match self.engines.get(&text) {
            Some(engine) => panel::confirm(engine, &request, rungs),
            None => Err(seen(&request, "nothing")),
        }
    }
}
