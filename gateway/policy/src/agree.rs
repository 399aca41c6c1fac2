//! The proof, at every activation, that Casbin and the evaluators give the same answers.
//!
//! Random questions alone miss mistakes (a fifth of small ones in a measured policy), so every rule
//! gets questions that it decides, and every edge of it is stepped over ([`crate::witness`]).
//!
//! Casbin cannot be brought to panic by what it is given here: the published form holds no pattern
//! but a trailing `*`, no text beyond ASCII and no code, the model is a constant, and no function of
//! Casbin's that parses its arguments is named in it. What it answers with an error stops activation.

use stile_model::code::Rung;
use stile_model::time::Date;

use crate::bitset::Bitset;
use crate::engine::Request;
use crate::error::PolicyError;
use crate::mask::Evaluator;
use crate::panel::{self, Panel};
use crate::publish;
use crate::rules::Rules;
use crate::space::{DIMENSIONS, Point, Space};
use crate::witness::Edges;

/// Random questions asked at each activation.
const RANDOM: usize = 2_000;
/// How many of them are asked of Casbin with every row, too.
const WHOLE: usize = 100;

/// What is proved: the published text, and the rules as compiled for serving.
#[derive(Clone, Copy)]
pub(crate) struct Claim<'a> {
    pub csv: &'a str,
    pub rules: &'a Rules,
    pub space: &'a Space,
    pub evaluator: &'a Evaluator,
    pub bitset: &'a Bitset,
}

/// Compares the claim's text in Casbin with its evaluators on `today`.
///
/// # Errors
///
/// The first question on which they differ, or what Casbin cannot load.
pub(crate) fn prove(claim: Claim<'_>, today: Date, seed: u64) -> Result<(), PolicyError> {
    let rows = publish::rows(claim.csv)?;
    let mut seals: Vec<_> = rows
        .iter()
        .filter(|row| row.get(2).is_some_and(|verb| verb == "seal"))
        .cloned()
        .collect();
    seals.sort();
    if seals != publish::seals(claim.rules) {
        return Err(PolicyError::Disagreement {
            question: "which fields are sealed".to_owned(),
            casbin: "others".to_owned(),
        });
    }
    let Some(panel) = Panel::load(&rows, claim.space, today)? else {
        // Nothing but lapsed grants: there is nothing to ask Casbin, and nothing is ever released.
        return Ok(());
    };
    let proof = Proof {
        panel,
        claim,
        today,
    };
    let edges = Edges {
        rules: claim.rules,
        space: claim.space,
        evaluator: claim.evaluator,
        on: today,
    };
    proof.canaries(&edges)?;
    for place in 0..claim.rules.rules.len() {
        if let Some(base) = edges.bases(place).first() {
            proof.compare(base, "", true)?;
        }
    }
    for point in edges.all() {
        proof.compare(&point, "", false)?;
    }
    for (n, point) in edges.random(seed, RANDOM).enumerate() {
        proof.compare(&point, "", n < WHOLE)?;
    }
    Ok(())
}

struct Proof<'a> {
    panel: Panel,
    claim: Claim<'a>,
    today: Date,
}

impl Proof<'_> {
    /// Holds the two evaluators to each other and to Casbin; to Casbin with every row where `whole`.
    fn compare(&self, point: &Point, stranger: &str, whole: bool) -> Result<(), PolicyError> {
        let rungs = self.ours(point)?;
        let request = Request::new(self.claim.space, point, stranger);
        let engine = if whole {
            self.panel.whole()
        } else {
            self.panel.of(point)
        };
        panel::confirm(engine, &request, rungs)
    }

    /// What both evaluators say, whatever the file's own last day.
    fn ours(&self, point: &Point) -> Result<(Rung, Rung), PolicyError> {
        let full = self.claim.evaluator.rungs(point, self.today);
        let lean = self.claim.bitset.rungs(point, self.today);
        let decision = self.claim.evaluator.decide(point, self.today);
        let outcome = self.claim.bitset.outcome(point, self.today);
        if full != lean || !self.claim.bitset.is_alike(&outcome, &decision) {
            return Err(PolicyError::Disagreement {
                question: format!("({})", Request::new(self.claim.space, point, "")),
                casbin: "nothing, the two evaluators differ".to_owned(),
            });
        }
        Ok(lean)
    }

    /// What must be refused whatever the rules say, and every field with nothing else known.
    fn canaries(&self, edges: &Edges<'_>) -> Result<(), PolicyError> {
        let unknown = edges.unknown();
        let first = Point {
            words: [0; DIMENSIONS],
            ..unknown
        };
        let own = format!("{}.no_such_category.date", self.claim.rules.agency);
        for stranger in [own.as_str(), "no_such_agency.contact.date", "*"] {
            for point in [&unknown, &first] {
                self.compare(point, stranger, true)?;
            }
        }
        for field in 0..self.claim.space.fields.len() {
            for point in [unknown, first] {
                let point = Point {
                    field: Some(field),
                    ..point
                };
                self.compare(&point, "", false)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
