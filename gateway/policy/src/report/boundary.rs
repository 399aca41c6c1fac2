//! Generated questions at the edges of every rule, with what policy says to each today.

use super::trial::{Bench, Trial, same};
use crate::decide::Decision;
use crate::space::Point;

/// Boundary questions by field, with the ruling of each.
pub(super) struct Table {
    by_field: Vec<Vec<(Point, Decision)>>,
}

impl Table {
    pub fn of(bench: &Bench<'_>) -> Self {
        let ground = &bench.judge.ground;
        let mut by_field: Vec<Vec<(Point, Decision)>> =
            ground.space().fields.iter().map(|_| Vec::new()).collect();
        for point in bench.judge.set.edges(bench.on).all() {
            let field = point.field.and_then(|field| by_field.get_mut(field));
            if let Some(table) = field {
                let decision = bench.judge.set.evaluator().decide(&point, bench.on);
                table.push((point, decision));
            }
        }
        Self { by_field }
    }

    pub fn count(&self) -> usize {
        self.by_field.iter().map(Vec::len).sum()
    }

    /// Is some boundary question ruled on otherwise after the change?
    pub fn notices(&self, bench: &Bench<'_>, trial: &Trial) -> bool {
        let tables = self.by_field.iter().enumerate();
        tables
            .filter(|(field, _)| trial.reaches(*field))
            .flat_map(|(_, table)| table)
            .any(|(point, now)| !same(now, &trial.decide(point, bench.on)))
    }
}
