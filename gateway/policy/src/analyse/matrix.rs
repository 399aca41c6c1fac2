//! What is shared, and for what: one cell for each category and purpose, exact over every question.

use std::collections::BTreeSet;

use serde::Serialize;
use stile_model::code::Rung;
use stile_model::digest::Digest;
use stile_model::id::{CategoryId, Code, FieldId, RuleId};
use stile_model::time::Date;
use utoipa::ToSchema;

use super::answer::{Cell, Sum};
use super::axes::{Axes, Cube, bit};
use super::rows::{Group, Table, spots};
use super::sweep::Ground;
use crate::set::PolicySet;
use crate::space::{NAMES, UNKNOWN};

/// Only questions with these words; an absent one leaves the dimension open.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Narrowed {
    /// The hub's rating: `red`.
    pub priority: Option<String>,
    /// The person's role in the case: `child`.
    pub subject: Option<String>,
}

/// An officer's word for a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CellWord {
    /// Something waits for a named person.
    Ask,
    /// All of it goes out at once, as held.
    Share,
    /// It goes out at once, cut down.
    Summary,
    /// Nothing goes out, whoever asks.
    Withhold,
}

/// What one field can come to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldRange {
    /// The field.
    pub field: FieldId,
    /// The least that is released at once.
    pub least: Rung,
    /// The most that is released at once.
    pub most: Rung,
    /// The most that is released once the approvers agree; never below `most`.
    pub approved: Rung,
    /// Roles that are asked in some question.
    pub approvers: Vec<Code>,
    /// Not even the existence of a record may be shown in some question.
    pub sealed: bool,
    /// Not every question is answered alike.
    pub varies: bool,
    /// Grants and limits that speak in some question.
    pub rules: Vec<RuleId>,
}

/// One category under one purpose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MatrixCell {
    /// The legal gateway.
    pub purpose: Code,
    /// The most that can come of it, in one word.
    pub word: CellWord,
    /// Not every question in the cell is answered alike.
    pub depends: bool,
    /// Each field.
    pub fields: Vec<FieldRange>,
}

/// One category.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MatrixRow {
    /// The category.
    pub category: CategoryId,
    /// One cell for each purpose, in the order of [`Matrix::purposes`].
    pub cells: Vec<MatrixCell>,
}

/// What is shared, and for what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Matrix {
    /// SHA-256 of the rules.
    pub rules: Digest,
    /// The day asked about.
    #[schema(value_type = String, format = Date)]
    pub on: Date,
    /// The purposes of the vocabulary.
    pub purposes: Vec<Code>,
    /// The categories of this kind of agency, in the order of the vocabulary.
    pub rows: Vec<MatrixRow>,
}

/// The whole of a policy on one day, as cells.
///
/// Exact: every question of the space, narrowed as asked, falls in its cell; nothing is sampled. A
/// policy past its last day withholds everywhere.
pub fn matrix(policy: &PolicySet, narrowed: &Narrowed, on: Date) -> Matrix {
    let spots = spots(&[policy]);
    let axes = Axes::on_day(policy, on);
    let table = Table::new(policy, None, &spots, &axes);
    let groups = table.groups(&spots);
    let lapsed = policy.until().is_some_and(|until| on > until);
    let sweep = Sweep {
        table: &table,
        axes: &axes,
        narrowed,
        lapsed,
    };
    let words = axes.words.first().into_iter().flatten();
    let purposes: Vec<Code> = words
        .filter(|word| *word != UNKNOWN)
        .filter_map(|word| Code::new(word).ok())
        .collect();
    let mut rows: Vec<MatrixRow> = Vec::new();
    for category in spots.iter().map(|spot| spot.id.category()) {
        if !rows.iter().any(|row| row.category == category) {
            let cells = purposes
                .iter()
                .map(|purpose| sweep.cell(&groups, &category, purpose));
            rows.push(MatrixRow {
                cells: cells.collect(),
                category,
            });
        }
    }
    Matrix {
        rules: policy.digest(),
        on,
        purposes,
        rows,
    }
}

struct Sweep<'a> {
    table: &'a Table,
    axes: &'a Axes,
    narrowed: &'a Narrowed,
    lapsed: bool,
}

impl Sweep<'_> {
    fn cell(&self, groups: &[Group], category: &CategoryId, purpose: &Code) -> MatrixCell {
        let mut fields = Vec::new();
        for group in groups {
            let own = group.fields.iter();
            let mut own = own.filter(|field| &field.category() == category).peekable();
            if own.peek().is_some() {
                let (found, rules) = self.answers(group, purpose);
                fields.extend(own.map(|field| self.spanned(field, &found, &rules)));
            }
        }
        MatrixCell {
            purpose: purpose.clone(),
            word: word(&fields),
            depends: fields.iter().any(|field| field.varies),
            fields,
        }
    }

    /// Every answer that questions about a group's fields get under a purpose, and the rules that
    /// speak in one of them.
    fn answers(&self, group: &Group, purpose: &Code) -> (BTreeSet<Cell>, BTreeSet<RuleId>) {
        let (mut found, mut speaking) = (BTreeSet::new(), BTreeSet::new());
        if self.lapsed {
            return (found, speaking);
        }
        let ground = Ground::new(self.table, group, self.axes);
        let ground = ground.within(self.cube(group, purpose));
        ground.leaves(&|_| false, &mut |newer, now| {
            let sum = Sum::of(ground.table, ground.rows, now);
            found.insert(sum.cell(ground.table, ground.rows, newer));
            let rows = now.iter().filter_map(|place| ground.row(place));
            speaking.extend(rows.map(|row| row.id.clone()));
        });
        (found, speaking)
    }

    fn spanned(
        &self,
        field: &FieldId,
        found: &BTreeSet<Cell>,
        rules: &BTreeSet<RuleId>,
    ) -> FieldRange {
        let asked = found.iter().filter(|cell| cell.approved > cell.auto);
        let asking: BTreeSet<_> = asked.flat_map(|cell| cell.roles.iter().copied()).collect();
        let asking = asking
            .into_iter()
            .filter_map(|role| self.table.roles.get(role));
        let at_once = || found.iter().map(|cell| cell.auto);
        let first = found.first();
        FieldRange {
            field: field.clone(),
            least: at_once().min().unwrap_or(Rung::None),
            most: at_once().max().unwrap_or(Rung::None),
            approved: found
                .iter()
                .map(|cell| cell.approved)
                .max()
                .unwrap_or(Rung::None),
            approvers: asking.cloned().collect(),
            sealed: found.iter().any(|cell| cell.sealed),
            varies: found
                .iter()
                .any(|cell| first.is_some_and(|first| !cell.discloses_as(first))),
            rules: rules.iter().cloned().collect(),
        }
    }

    /// The part of the space that the cell is about.
    fn cube(&self, group: &Group, purpose: &Code) -> Cube {
        let mut cube = self.axes.whole(group.dated);
        let narrowed = [
            ("purpose", Some(purpose.as_str())),
            ("priority", self.narrowed.priority.as_deref()),
            ("subject", self.narrowed.subject.as_deref()),
        ];
        for (dimension, word) in narrowed {
            let Some(word) = word else { continue };
            let Some(axis) = NAMES.iter().position(|name| *name == dimension) else {
                continue;
            };
            let words = self.axes.words.get(axis).into_iter().flatten();
            let place = words.into_iter().position(|known| known == word);
            if let Some(mask) = cube.get_mut(axis) {
                // A word that nobody knows is in no question.
                *mask = place.map_or(0, bit);
            }
        }
        cube
    }
}

fn word(fields: &[FieldRange]) -> CellWord {
    let most = fields.iter().map(|field| field.approved).max();
    if most.unwrap_or(Rung::None) == Rung::None {
        CellWord::Withhold
    } else if fields.iter().any(|field| field.approved > field.most) {
        CellWord::Ask
    } else if fields.iter().all(|field| field.most == Rung::Detail) {
        CellWord::Share
    } else {
        CellWord::Summary
    }
}
