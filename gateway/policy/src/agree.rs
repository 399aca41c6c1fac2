//! The proof, at every activation, that Casbin and the evaluators give the same answers.
//!
//! Random questions alone miss mistakes (a fifth of small ones in a measured policy), so every rule
//! gets questions that it decides, and every edge of it is stepped over ([`crate::witness`]).
//!
//! What holds today need not hold once a grant has ended, so the days on which rules end are proved
//! too ([`days`]); and what Casbin's answers do not show is compared cell by cell ([`columns`]).
//!
//! Casbin cannot be brought to panic by what it is given here: the published form holds no pattern
//! but a trailing `*`, no text beyond ASCII and no code, the model is a constant, and no function of
//! Casbin's that parses its arguments is named in it. What it answers with an error stops activation.

mod columns;
mod days;

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

/// Compares the claim's text in Casbin with its evaluators: all of it on `today`, and what ends on
/// each last day to come and the day after.
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
    columns::confirm(&rows, claim.rules)?;
    let proof = Proof {
        panel: Panel::load(&rows, claim.space, today)?,
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
    days::prove(claim, &rows, today)
}

struct Proof<'a> {
    /// None when nothing but lapsed grants is published, so that nothing may be released.
    panel: Option<Panel>,
    claim: Claim<'a>,
    today: Date,
}

impl Proof<'_> {
    /// Holds the two evaluators to each other and to Casbin; to Casbin with every row where `whole`.
    fn compare(&self, point: &Point, stranger: &str, whole: bool) -> Result<(), PolicyError> {
        let rungs = ours(self.claim, point, self.today)?;
        let request = Request::new(self.claim.space, point, stranger);
        match &self.panel {
            Some(panel) if whole => panel::confirm(panel.whole(), &request, rungs),
            Some(panel) => panel::confirm(panel.of(point), &request, rungs),
            None if rungs == (Rung::None, Rung::None) => Ok(()),
            None => Err(seen(&request, "no row in force")),
        }
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

/// What both evaluators say, whatever the file's own last day; past that day nothing may be said.
fn ours(claim: Claim<'_>, point: &Point, on: Date) -> Result<(Rung, Rung), PolicyError> {
    let full = claim.evaluator.rungs(point, on);
    let lean = claim.bitset.rungs(point, on);
    let decision = claim.evaluator.decide(point, on);
    let outcome = claim.bitset.outcome(point, on);
    let request = || Request::new(claim.space, point, "");
    if full != lean || !claim.bitset.is_alike(&outcome, &decision) {
        return Err(seen(&request(), "nothing, the two evaluators differ"));
    }
    let ended = claim.rules.until.is_some_and(|until| on > until);
    if ended && (outcome.auto, outcome.approved) != (Rung::None, Rung::None) {
        return Err(seen(&request(), "nothing, the file has ended"));
    }
    Ok(lean)
}

fn seen(request: &Request, casbin: &str) -> PolicyError {
    PolicyError::Disagreement {
        question: format!("({request})"),
        casbin: casbin.to_owned(),
    }
}

#[cfg(test)]
mod tests;
