//! What every rule does, over every question: whether it ever decides, whom it ever asks, and how
//! far what it promises ever goes.

use std::collections::BTreeSet;

use serde::Serialize;
use stile_model::code::Rung;
use stile_model::id::FieldId;
use stile_model::time::Date;
use utoipa::ToSchema;

use super::answer::Sum;
use super::axes::{Axes, Cube};
use super::bits::Bits;
use super::effort::{Effort, STEPS_MAX};
use super::rows::{Group, Table, spots};
use super::sweep::{Ground, size};
use crate::rules::Verb;
use crate::set::PolicySet;

/// Steps of following one set of rules, and of one answer, besides those for its rules.
const VISIT: u64 = 50;
const LEAF: u64 = 50;

/// How much of a field is ever let out, to anybody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Reach {
    /// The field.
    pub field: FieldId,
    /// The most that is ever released at once.
    pub auto: Rung,
    /// The most that is ever released after approval; never below `auto`.
    pub approved: Rung,
    /// Not even its existence is ever shown.
    pub sealed: bool,
    /// Rules that speak of it.
    pub rules: usize,
    /// Grants among them.
    pub grants: usize,
}

/// What one rule does.
#[derive(Debug, Clone, Default)]
pub(crate) struct Deeds {
    /// Without it some answer would disclose more or less, or ask others.
    pub matters: bool,
    /// Without it some answer would give another reason.
    pub colours: bool,
    /// By it somebody is asked.
    pub asks: bool,
    /// Of a grant: the most it gives once everybody agrees, and at once.
    pub gives: Option<Rung>,
    pub at_once: Option<Rung>,
    /// Of a grant: the caps that hold it to that, by their rows.
    pub held_by: BTreeSet<usize>,
    /// Of an approval that makes it fall short at once: the caps behind it.
    pub slowed_by: BTreeSet<usize>,
    /// The other grants that give as much where it applies.
    pub beside: BTreeSet<usize>,
    /// Questions it applies to.
    pub questions: u128,
}

/// The whole study of one policy.
#[derive(Debug)]
pub(crate) struct Study {
    pub table: Table,
    pub deeds: Vec<Deeds>,
    pub fields: Vec<Reach>,
    /// Roles that are ever asked, by their place in the table.
    pub asked: BTreeSet<usize>,
    /// Questions there are.
    pub questions: u128,
    /// Fields about which not every question was looked at: what is held of them here may fall short.
    pub unseen: BTreeSet<FieldId>,
    /// Rows that speak of those fields: of what they do, only `questions` is whole.
    pub untold: BTreeSet<usize>,
}

impl Study {
    /// Studies every question from `on`, for as long as the policy lasts; `None` only where there is
    /// no day to ask about.
    ///
    /// It ends after [`STEPS_MAX`] steps, and begins with the fields of which fewest rules speak; what
    /// was not looked at whole is in `unseen` and `untold`.
    pub fn of(policy: &PolicySet, on: Date) -> Option<Self> {
        Self::within(policy, on, STEPS_MAX)
    }

    /// The same in no more than `steps`.
    pub fn within(policy: &PolicySet, on: Date, steps: u64) -> Option<Self> {
        let effort = Effort::of(steps);
        let spots = spots(&[policy]);
        let sheets: Vec<(Axes, Table)> = Axes::spanning(&[policy], on)
            .into_iter()
            .map(|axes| {
                let table = Table::new(policy, None, &spots, &axes);
                (axes, table)
            })
            .collect();
        let (axes, table) = sheets.first()?;
        let mut study = Self {
            deeds: vec![Deeds::default(); table.rows.len()],
            fields: spots.iter().map(|spot| nothing(&spot.id)).collect(),
            asked: BTreeSet::new(),
            questions: 0,
            unseen: BTreeSet::new(),
            untold: BTreeSet::new(),
            table: Table::new(policy, None, &spots, axes),
        };
        // The same on every sheet: which rules speak of a field does not depend on the day.
        let mut groups = table.groups(&spots);
        groups.sort_by_key(|group| group.rows.len());
        for group in &groups {
            for (axes, table) in &sheets {
                study.add(&Ground::new(table, group, axes), group, &effort);
            }
        }
        Some(study)
    }

    fn add(&mut self, ground: &Ground<'_>, group: &Group, effort: &Effort) {
        let count = u128::try_from(group.fields.len()).unwrap_or_default();
        self.questions += u128::from(size(ground.whole())) * count;
        for row in &group.rows {
            if let (Some(deeds), Some(row)) =
                (self.deeds.get_mut(*row), ground.table.rows.get(*row))
            {
                deeds.questions += u128::from(shared(&row.cube, ground.whole())) * count;
            }
        }
        let (mut auto, mut approved, mut sealed) = (Rung::None, Rung::None, true);
        // Where no rule speaks there is one answer, which costs nothing to find.
        let spent = |steps: u64| !group.rows.is_empty() && !effort.spend(steps);
        let visit = VISIT.saturating_add(steps(group.rows.len()));
        ground.leaves(&|_| spent(visit), &mut |newer, now| {
            let sum = Sum::of(ground.table, ground.rows, now);
            // Each rule that applies is held against each other.
            let applying = steps(sum.applying().len());
            if spent(LEAF.saturating_add(applying.saturating_mul(applying))) {
                return;
            }
            let cell = sum.cell(ground.table, ground.rows, newer);
            auto = auto.max(cell.auto);
            approved = approved.max(cell.approved);
            sealed &= cell.sealed;
            self.asked.extend(cell.roles.iter().copied());
            self.note(ground, &sum);
            // What newer events would be told decides the reason too.
            let windowed = Sum::of(ground.table, ground.rows, newer).pivotal();
            let places: BTreeSet<usize> = sum.pivotal().into_iter().chain(windowed).collect();
            for place in places {
                self.weigh(ground, (newer, now), &cell, place);
            }
        });
        if effort.is_spent() && !group.rows.is_empty() {
            self.unseen.extend(group.fields.iter().cloned());
            self.untold.extend(group.rows.iter().copied());
        }
        let rows = group
            .rows
            .iter()
            .filter_map(|row| ground.table.rows.get(*row));
        let grants = rows.filter(|row| row.verb.grants()).count();
        for own in self
            .fields
            .iter_mut()
            .filter(|own| group.fields.contains(&own.field))
        {
            own.auto = own.auto.max(auto);
            own.approved = own.approved.max(approved);
            own.sealed &= sealed;
            own.rules = group.rows.len();
            own.grants = grants;
        }
    }

    /// What each rule that applies does.
    fn note(&mut self, ground: &Ground<'_>, sum: &Sum<'_>) {
        for (place, _) in sum.asking() {
            if let Some(deeds) = self.deeds_at(ground, place) {
                deeds.asks = true;
            }
        }
        for (place, row) in sum.applying() {
            let (gives, at_once) = (sum.gives(row), sum.gives_at_once(row));
            let Some(deeds) = self.deeds_at(ground, *place) else {
                continue;
            };
            if !row.verb.grants() {
                continue;
            }
            deeds.at_once = deeds.at_once.max(Some(at_once));
            if deeds.gives < Some(gives) {
                deeds.gives = Some(gives);
                deeds.held_by.clear();
                deeds.slowed_by.clear();
            }
            if deeds.gives == Some(gives) {
                deeds.learn(ground, sum, *place, gives);
            }
        }
    }

    /// Would the answer be another without the rule at `place`?
    fn weigh(
        &mut self,
        ground: &Ground<'_>,
        (newer, now): (&Bits, &Bits),
        cell: &super::answer::Cell,
        place: usize,
    ) {
        let Some(deeds) = self.deeds_at(ground, place).filter(|deeds| !deeds.matters) else {
            return;
        };
        let (newer, now) = (newer.without(place), now.without(place));
        let without =
            Sum::of(ground.table, ground.rows, &now).cell(ground.table, ground.rows, &newer);
        deeds.matters = !without.discloses_as(cell);
        deeds.colours |= without.code != cell.code;
    }

    fn deeds_at(&mut self, ground: &Ground<'_>, place: usize) -> Option<&mut Deeds> {
        self.deeds.get_mut(*ground.rows.get(place)?)
    }
}

impl Deeds {
    /// Which rules stand beside, or in the way of, a grant that gives `gives` here.
    fn learn(&mut self, ground: &Ground<'_>, sum: &Sum<'_>, own: usize, gives: Rung) {
        let promised = ground.row(own).map_or(Rung::None, |row| row.rung);
        for (place, row) in sum.applying() {
            let Some(at) = ground.rows.get(*place).copied() else {
                continue;
            };
            match row.verb {
                Verb::NeverAbove | Verb::Seal if row.rung <= gives && gives < promised => {
                    self.held_by.insert(at);
                }
                Verb::AskAbove if row.rung < promised => {
                    self.slowed_by.insert(at);
                }
                Verb::Ask | Verb::Share if *place != own && row.rung >= gives => {
                    self.beside.insert(at);
                }
                Verb::Ask | Verb::AskAbove | Verb::NeverAbove | Verb::Seal | Verb::Share => {}
            }
        }
    }
}

fn nothing(field: &FieldId) -> Reach {
    Reach {
        field: field.clone(),
        auto: Rung::None,
        approved: Rung::None,
        sealed: true,
        rules: 0,
        grants: 0,
    }
}

fn steps(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

fn shared(one: &Cube, other: &Cube) -> u64 {
    let mut both = *one;
    for (mask, other) in both.iter_mut().zip(other) {
        *mask &= other;
    }
    size(&both)
}
