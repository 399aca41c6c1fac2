//! Casbin's own opinion of single rulings, and the questions by which any Casbin can be held to ours.

use std::sync::Arc;

use stile_model::code::Rung;
use stile_model::time::Date;
use stile_model::vocabulary::Vocabulary;

use crate::cases::{Cases, Expected, Judge};
use crate::decide::Question;
use crate::engine::Request;
use crate::error::PolicyError;
use crate::outcome::Outcome;
use crate::panel::{self, Panel, edges};
use crate::publish;
use crate::set::PolicySet;
use crate::space::Point;

/// Questions of one case put to Casbin for one field.
const OF_A_CASE: usize = 3;

/// One ruling that was served, kept to be checked later. Coded words only: no person.
#[derive(Debug, Clone, Copy)]
pub struct Spot {
    point: Point,
    outcome: Outcome,
    on: Date,
}

impl Spot {
    /// The day as of which was ruled.
    pub const fn on(&self) -> Date {
        self.on
    }
}

/// Casbin over the published form of one policy, as it stands on one day.
pub struct SecondOpinion {
    policy: Arc<PolicySet>,
    /// None when nothing is in force, so that nothing may be released.
    panel: Option<Panel>,
    on: Date,
}

impl std::fmt::Debug for SecondOpinion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SecondOpinion")
            .field("policy", &self.policy.digest())
            .field("on", &self.on)
            .finish_non_exhaustive()
    }
}

impl SecondOpinion {
    /// Loads the published form into Casbin, as it stands on `on`: tens of milliseconds.
    ///
    /// # Errors
    ///
    /// What Casbin cannot load.
    pub fn of(policy: Arc<PolicySet>, on: Date) -> Result<Self, PolicyError> {
        let panel = policy.panel(on)?;
        Ok(Self { policy, panel, on })
    }

    /// Is this the opinion for rulings of `policy` on `on`?
    pub fn is_of(&self, policy: &Arc<PolicySet>, on: Date) -> bool {
        Arc::ptr_eq(&self.policy, policy) && self.on == on
    }

    /// Do Casbin and the evaluator with grounds say the same? The spot must be of this policy and
    /// this day.
    ///
    /// Casbin knows only how much is released. Who must approve, the seal and the withhold code are
    /// held to the evaluator, as is everything past the file's last day, which the published form
    /// does not know.
    ///
    /// # Errors
    ///
    /// [`PolicyError::Disagreement`] with the question in coded words, or that Casbin failed.
    pub fn confirms(&self, spot: &Spot) -> Result<(), PolicyError> {
        let request = Request::new(self.policy.space(), &spot.point, STRANGER);
        if !self.policy.grounds(&spot.point, &spot.outcome, spot.on) {
            return Err(PolicyError::Disagreement {
                question: request.to_string(),
                casbin: "nothing, the evaluator with grounds rules otherwise".to_owned(),
            });
        }
        if self.policy.until().is_some_and(|until| spot.on > until) {
            return Ok(());
        }
        let rungs = (spot.outcome.auto, spot.outcome.approved);
        match &self.panel {
            Some(panel) => panel::confirm(panel.of(&spot.point), &request, rungs),
            None if rungs == (Rung::None, Rung::None) => Ok(()),
            None => Err(PolicyError::Disagreement {
                question: request.to_string(),
                casbin: "no, nothing is in force".to_owned(),
            }),
        }
    }

    /// `(auto, approved)` by Casbin alone, over every row, by halving the ladder.
    ///
    /// # Errors
    ///
    /// That Casbin failed; then nothing may be released.
    pub fn rungs(&self, question: &Question<'_>) -> Result<(Rung, Rung), PolicyError> {
        let Some(panel) = &self.panel else {
            return Ok((Rung::None, Rung::None));
        };
        let point = self.policy.space().point(question);
        let request = Request::new(self.policy.space(), &point, STRANGER);
        let highest = |ask: bool| -> Result<Rung, PolicyError> {
            let allows = |rung| panel.whole().allows(&request, ask, rung);
            Ok(if allows(Rung::Headline)? {
                if !allows(Rung::Summary)? {
                    Rung::Headline
                } else if allows(Rung::Detail)? {
                    Rung::Detail
                } else {
                    Rung::Summary
                }
            } else if allows(Rung::Known)? {
                Rung::Known
            } else {
                Rung::None
            })
        };
        Ok((highest(false)?, highest(true)?))
    }
}

/// How a field outside the vocabulary is asked of Casbin.
const STRANGER: &str = "unknown.unknown.unknown";

/// A question in the words of the published model, with the answer that every Casbin must give.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Example {
    /// One word for each part of the model's request, `ask` and `level` last.
    pub request: Vec<String>,
    /// May it be released?
    pub allowed: bool,
}

impl PolicySet {
    /// A ruling of this policy, to be checked later.
    pub fn spot(&self, question: &Question<'_>, outcome: &Outcome, on: Date) -> Spot {
        Spot {
            point: self.space().point(question),
            outcome: *outcome,
            on,
        }
    }

    /// Questions on the edges of every rule in force on `on`, and a tenth as many random ones, with
    /// the answers; evenly thinned to `most`.
    pub fn examples(&self, on: Date, seed: u64, most: usize) -> Vec<Example> {
        let finder = self.edges(on);
        let mut points = finder.all();
        let random = points.len() / 10;
        points.extend(finder.random(seed, random));
        let all: Vec<Example> = points
            .iter()
            .flat_map(|point| {
                let (auto, approved) = self.evaluator().rungs(point, on);
                let request = Request::new(self.space(), point, STRANGER);
                edges(auto, approved).map(move |(ask, rung, allowed)| Example {
                    request: request.words(ask, rung),
                    allowed,
                })
            })
            .collect();
        let step = all.len().div_ceil(most.max(1)).max(1);
        all.into_iter().step_by(step).collect()
    }

    /// Puts the expectations of `cases` to Casbin itself, whatever our own evaluators say. Says how
    /// many questions were asked.
    ///
    /// # Errors
    ///
    /// The first question that Casbin answers otherwise than the case expects.
    pub fn agrees_with_cases(
        &self,
        cases: &Cases,
        vocabulary: &Vocabulary,
        today: Date,
    ) -> Result<usize, PolicyError> {
        let judge = Judge::new(self, vocabulary, today);
        let mut panels: Vec<(Date, Option<Panel>)> = Vec::new();
        let mut asked: usize = 0;
        for case in cases.all() {
            let on = judge.on(case);
            if self.until().is_some_and(|until| on > until) {
                continue;
            }
            if !panels.iter().any(|(day, _)| *day == on) {
                panels.push((on, self.panel(on)?));
            }
            let panel = panels.iter().find(|(day, _)| *day == on);
            let Some((_, Some(panel))) = panel else {
                continue;
            };
            for cells in judge.cells(case, None) {
                for point in cells.points().take(OF_A_CASE) {
                    self.expect(panel, &point, &case.expected)?;
                    asked = asked.saturating_add(1);
                }
            }
        }
        Ok(asked)
    }

    fn expect(&self, panel: &Panel, point: &Point, expected: &Expected) -> Result<(), PolicyError> {
        let request = Request::new(self.space(), point, STRANGER);
        let engine = panel.of(point);
        match expected {
            Expected::Exactly { auto, approved, .. } => {
                panel::confirm(engine, &request, (*auto, *approved))
            }
            Expected::AtMost(most) => {
                let above = Rung::ALL.iter().copied().find(|rung| rung > most);
                match above {
                    Some(rung) if engine.allows(&request, true, rung)? => {
                        Err(PolicyError::Disagreement {
                            question: format!("({request}), ask true, level {rung}"),
                            casbin: "yes".to_owned(),
                        })
                    }
                    Some(_) | None => Ok(()),
                }
            }
        }
    }

    fn panel(&self, on: Date) -> Result<Option<Panel>, PolicyError> {
        Panel::load(&publish::rows(self.casbin_csv())?, self.space(), on)
    }
}

#[cfg(test)]
mod tests;
