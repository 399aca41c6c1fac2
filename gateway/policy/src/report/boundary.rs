//! Generated questions at the edges of every rule, with what policy says to each today.

use super::trial::{Bench, Trial, same};
use crate::decide::Decision;
use crate::space::{DIMENSIONS, Point, bit_of};

/// Boundary questions by field, with the ruling of each.
pub(super) struct Table {
    by_field: Vec<Vec<(Point, Decision)>>,
}

impl Table {
    pub fn of(bench: &Bench<'_>) -> Self {
        let ground = &bench.judge.ground;
        let mut by_field: Vec<Vec<(Point, Decision)>> =
            ground.space().fields.iter().map(|_| Vec::new()).collect();
        let mut points: Vec<Point> = (0..bench.judge.set.rules().rules.len())
            .flat_map(|rule| around(bench, rule))
            .collect();
        points.sort_unstable();
        points.dedup();
        for point in points {
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

/// From three questions that the rule applies to (the first, the middle and the last word of each
/// condition), every field of its category or beyond, and every word of every dimension.
fn around(bench: &Bench<'_>, rule: usize) -> Vec<Point> {
    let ground = &bench.judge.ground;
    let space = ground.space();
    let masks = ground.masks_of(rule);
    let spoken: Vec<usize> = (0..space.fields.len())
        .filter(|field| {
            let rules = ground.by_field.get(*field);
            rules.is_some_and(|rules| rules.contains(&rule))
        })
        .collect();
    let category = |field: &usize| space.fields.get(*field).map(|field| field.id.category());
    let mut points = Vec::new();
    for part in [0, 1, 2] {
        let pick = |choices: &[usize]| {
            let last = choices.len().saturating_sub(1);
            choices.get(last * part / 2).copied()
        };
        let Some(field) = pick(&spoken) else {
            continue;
        };
        let mut base = Point {
            field: Some(field),
            words: [0; DIMENSIONS],
        };
        for ((word, mask), dimension) in base.words.iter_mut().zip(masks).zip(&space.dimensions) {
            let inside: Vec<usize> = (0..dimension.len())
                .filter(|place| mask & bit_of(*place) != 0)
                .collect();
            *word = pick(&inside).unwrap_or_default();
        }
        let beside = (0..space.fields.len())
            .filter(|place| spoken.contains(place) || category(place) == category(&field));
        points.extend(beside.map(|place| Point {
            field: Some(place),
            ..base
        }));
        for (n, dimension) in space.dimensions.iter().enumerate() {
            for word in 0..dimension.len() {
                let mut point = base;
                if let Some(place) = point.words.get_mut(n) {
                    *place = word;
                }
                points.push(point);
            }
        }
    }
    points
}
