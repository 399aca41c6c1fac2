//! The proof, at every activation, that Casbin and the evaluator give the same answers.
//!
//! Random questions alone miss mistakes (a fifth of small ones in a measured policy), so every rule
//! gets a witness that it applies to, and every boundary of it is stepped over in both directions.

use stile_model::code::Rung;
use stile_model::time::Date;

use crate::engine::{Engine, Request};
use crate::error::PolicyError;
use crate::mask::Evaluator;
use crate::publish;
use crate::rules::{Rule, Rules};
use crate::space::{DIMENSIONS, Point, Space, bit_of};

/// Random questions asked at each activation.
const RANDOM: usize = 2_000;

/// Compares `csv` in Casbin with `evaluator` on `today`.
///
/// # Errors
///
/// The first question on which they differ, or what Casbin cannot load.
pub(crate) fn prove(
    csv: &str,
    rules: &Rules,
    space: &Space,
    evaluator: &Evaluator,
    today: Date,
    seed: u64,
) -> Result<(), PolicyError> {
    let rows = publish::rows(csv)?;
    let mut seals: Vec<_> = rows
        .iter()
        .filter(|row| row.get(2).is_some_and(|verb| verb == "seal"))
        .cloned()
        .collect();
    seals.sort();
    if seals != publish::seals(rules) {
        return Err(PolicyError::Disagreement {
            question: "which fields are sealed".to_owned(),
            casbin: "others".to_owned(),
        });
    }
    let text = publish::in_force(&rows, today);
    if text.is_empty() {
        // Nothing but lapsed grants: there is nothing to ask Casbin, and nothing is ever released.
        return Ok(());
    }
    let judge = Judge {
        engine: Engine::load(&text)?,
        space,
        evaluator,
        today,
    };
    judge.canaries(rules)?;
    for rule in &rules.rules {
        judge.witnesses(rule)?;
    }
    judge.random(seed)
}

struct Judge<'a> {
    engine: Engine,
    space: &'a Space,
    evaluator: &'a Evaluator,
    today: Date,
}

impl Judge<'_> {
    /// Asks Casbin at the claimed rungs and just above them, without and with approval.
    ///
    /// By its matcher Casbin's answer only falls as the level rises and only grows with approval,
    /// so the edges are the whole answer: without approval at `auto`, with approval above
    /// `approved`, and between the two, where they differ, both sides of each.
    fn compare(&self, point: &Point, stranger: &str) -> Result<(), PolicyError> {
        let (auto, approved) = self.evaluator.rungs(point, self.today);
        let request = Request::new(self.space, point, stranger);
        let above = |claimed: Rung| Rung::ALL.iter().copied().find(|rung| *rung > claimed);
        let mut edges = Vec::with_capacity(4);
        edges.extend((auto > Rung::None).then_some((false, auto, true)));
        edges.extend(above(approved).map(|rung| (true, rung, false)));
        if auto != approved {
            edges.extend(above(auto).map(|rung| (false, rung, false)));
            edges.push((true, approved, true));
        }
        for (ask, rung, expected) in edges {
            if self.engine.allows(&request, ask, rung)? != expected {
                return Err(PolicyError::Disagreement {
                    question: format!("({request}), ask {ask}, level {rung}"),
                    casbin: if expected { "no" } else { "yes" }.to_owned(),
                });
            }
        }
        Ok(())
    }

    /// What must be refused whatever the rules say, and every field with nothing else known.
    fn canaries(&self, rules: &Rules) -> Result<(), PolicyError> {
        let unknown = self.unknown();
        let first = Point {
            words: [0; DIMENSIONS],
            ..unknown
        };
        let own = format!("{}.no_such_category.date", rules.agency);
        for stranger in [own.as_str(), "no_such_agency.contact.date", "*"] {
            self.compare(&unknown, stranger)?;
            self.compare(&first, stranger)?;
        }
        for field in 0..self.space.fields.len() {
            self.compare(
                &Point {
                    field: Some(field),
                    ..unknown
                },
                "",
            )?;
            self.compare(
                &Point {
                    field: Some(field),
                    ..first
                },
                "",
            )?;
        }
        Ok(())
    }

    /// Steps over each boundary of one rule.
    fn witnesses(&self, rule: &Rule) -> Result<(), PolicyError> {
        let masks = self.space.masks(rule);
        let mut base = self.unknown();
        for ((word, mask), dimension) in
            base.words.iter_mut().zip(masks).zip(&self.space.dimensions)
        {
            *word = (0..dimension.len())
                .find(|place| mask & bit_of(*place) != 0)
                .unwrap_or_default();
        }
        let covered = |place: usize| {
            self.space
                .fields
                .get(place)
                .is_some_and(|field| rule.target.covers(&field.id))
        };
        base.field = (0..self.space.fields.len()).find(|place| covered(*place));
        // Every field on the edge of the target, then every word of every condition.
        for place in (0..self.space.fields.len())
            .filter(|place| covered(*place) || self.beside(rule, *place))
        {
            self.compare(
                &Point {
                    field: Some(place),
                    ..base
                },
                "",
            )?;
        }
        for (n, (dimension, mask)) in self.space.dimensions.iter().zip(masks).enumerate() {
            for word in 0..dimension.len() {
                // Where any word fits, first and last stand for all: other rules step their own.
                if mask == u64::MAX && word != 0 && word + 1 != dimension.len() {
                    continue;
                }
                let mut point = base;
                for (at, place) in point.words.iter_mut().enumerate() {
                    if at == n {
                        *place = word;
                    }
                }
                self.compare(&point, "")?;
            }
        }
        Ok(())
    }

    /// Is the field in the same category as what a narrow rule speaks of?
    fn beside(&self, rule: &Rule, place: usize) -> bool {
        let category = self
            .space
            .fields
            .get(place)
            .map(|field| field.id.category());
        match &rule.target {
            crate::rules::Target::Field(field) => Some(field.category()) == category,
            crate::rules::Target::Agency(_) | crate::rules::Target::Category(_) => false,
        }
    }

    fn random(&self, seed: u64) -> Result<(), PolicyError> {
        let mut dice = Dice(seed);
        for _ in 0..RANDOM {
            let mut point = self.unknown();
            point.field = Some(dice.below(self.space.fields.len()));
            for (word, dimension) in point.words.iter_mut().zip(&self.space.dimensions) {
                *word = dice.below(dimension.len());
            }
            self.compare(&point, "")?;
        }
        Ok(())
    }

    fn unknown(&self) -> Point {
        let mut point = Point {
            field: None,
            words: [0; DIMENSIONS],
        };
        for (word, dimension) in point.words.iter_mut().zip(&self.space.dimensions) {
            *word = dimension.len().saturating_sub(1);
        }
        point
    }
}

/// `SplitMix64` (Steele, Lea and Flood, 2014): reproducible questions from a seed, not secrets.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        let bound = u64::try_from(bound).unwrap_or(u64::MAX).max(1);
        usize::try_from(z % bound).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
