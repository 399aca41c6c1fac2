//! What policy answers where given rules apply, computed apart from the evaluator that serves.
//!
//! The two are compared question by question in this module's tests.

use serde::Serialize;
use stile_model::code::Rung;
use stile_model::id::Code;
use utoipa::ToSchema;

use super::bits::Bits;
use super::rows::{Row, Table};
use crate::decide::{Approvers, Decision};
use crate::rules::Verb;

/// What the asker may learn of one field, and who decides.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, ToSchema)]
pub struct Answer {
    /// Released at once.
    pub auto: Rung,
    /// Released once the approvers agree; never below `auto`.
    pub approved: Rung,
    /// Who must agree; nobody where nothing is to be asked.
    pub approvers: Approvers,
    /// Not even the existence of a record may be shown.
    pub sealed: bool,
    /// Why no more than `auto` is said.
    pub withhold: Code,
}

impl From<&Decision> for Answer {
    fn from(decision: &Decision) -> Self {
        Self {
            auto: decision.auto,
            approved: decision.approved,
            approvers: decision.approvers.clone(),
            sealed: decision.sealed,
            withhold: decision.withhold.clone(),
        }
    }
}

/// The same in numbers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Cell {
    pub auto: Rung,
    pub approved: Rung,
    /// Places in the table's roles, lowest first.
    pub roles: Vec<usize>,
    pub any_of: bool,
    pub sealed: bool,
    /// The place of the withhold code.
    pub code: usize,
}

impl Cell {
    /// Does the asker, or whoever decides, see any difference but the reason told?
    pub fn discloses_as(&self, other: &Self) -> bool {
        self.auto == other.auto
            && self.approved == other.approved
            && self.roles == other.roles
            && self.any_of == other.any_of
            && self.sealed == other.sealed
    }

    pub fn answer(&self, table: &Table) -> Answer {
        let mut roles: Vec<Code> = self
            .roles
            .iter()
            .filter_map(|role| table.roles.get(*role).cloned())
            .collect();
        roles.sort();
        Answer {
            auto: self.auto,
            approved: self.approved,
            approvers: Approvers {
                roles,
                any_of: self.any_of,
            },
            sealed: self.sealed,
            withhold: table.codes.get(self.code).unwrap_or(&table.silence).clone(),
        }
    }
}

/// The rules that apply, with what they add up to.
#[derive(Debug)]
pub(crate) struct Sum<'a> {
    rows: Vec<(usize, &'a Row)>,
    share: Rung,
    ask: Rung,
    hard: Rung,
    soft: Rung,
    sealed: bool,
}

impl<'a> Sum<'a> {
    /// Adds up `now`, places in `rows` of the table.
    pub fn of(table: &'a Table, rows: &[usize], now: &Bits) -> Self {
        let applying = now.iter().filter_map(|place| {
            let row = table.rows.get(*rows.get(place)?)?;
            Some((place, row))
        });
        let mut sum = Self {
            rows: applying.collect(),
            share: Rung::None,
            ask: Rung::None,
            hard: Rung::Detail,
            soft: Rung::Detail,
            sealed: false,
        };
        for (_, row) in &sum.rows {
            match row.verb {
                Verb::Ask => sum.ask = sum.ask.max(row.rung),
                Verb::AskAbove => sum.soft = sum.soft.min(row.rung),
                Verb::NeverAbove => sum.hard = sum.hard.min(row.rung),
                Verb::Seal => {
                    sum.hard = Rung::None;
                    sum.sealed = true;
                }
                Verb::Share => sum.share = sum.share.max(row.rung),
            }
        }
        sum
    }

    pub fn auto(&self) -> Rung {
        self.share.min(self.hard).min(self.soft)
    }

    pub fn approved(&self) -> Rung {
        self.share.max(self.ask).min(self.hard)
    }

    /// The rows by which somebody is asked, by their place.
    pub fn asking(&self) -> Vec<(usize, &'a Row)> {
        let (auto, approved) = (self.auto(), self.approved());
        let shared = self.share.min(self.hard);
        let asks = |row: &Row| match row.verb {
            Verb::Ask => shared < approved && row.rung >= approved,
            Verb::AskAbove => row.rung < approved,
            Verb::NeverAbove | Verb::Seal | Verb::Share => false,
        };
        let listed = self.rows.iter().copied();
        listed
            .filter(|(_, row)| approved > auto && asks(row))
            .collect()
    }

    /// The caps that hold what is released, or could be, where it is.
    pub fn binding(&self) -> impl Iterator<Item = (usize, &'a Row)> {
        let (auto, approved) = (self.auto(), self.approved());
        self.rows
            .iter()
            .copied()
            .filter(move |(_, row)| match row.verb {
                Verb::AskAbove => row.rung <= auto,
                Verb::NeverAbove => row.rung <= approved,
                Verb::Seal => true,
                Verb::Ask | Verb::Share => false,
            })
    }

    /// The grants that give what is released at once.
    pub fn granting(&self) -> impl Iterator<Item = (usize, &'a Row)> {
        let (released, share) = (self.auto() > Rung::None, self.share);
        self.rows
            .iter()
            .copied()
            .filter(move |(_, row)| released && row.verb == Verb::Share && row.rung == share)
    }

    /// The grants that reach as far as what is released once everybody agrees, where that is more.
    pub fn backing(&self) -> impl Iterator<Item = (usize, &'a Row)> {
        let approved = self.approved();
        let referred = approved > self.auto();
        self.rows
            .iter()
            .copied()
            .filter(move |(_, row)| referred && row.verb == Verb::Share && row.rung >= approved)
    }

    /// Every row that applies, by its place.
    pub fn applying(&self) -> &[(usize, &'a Row)] {
        &self.rows
    }

    /// The places of the only rules without which something here would be said otherwise: those that
    /// alone reach as far as they do, those by which somebody is asked, and the cap whose reason is
    /// told. Whether it really would be is for the caller to find.
    pub fn pivotal(&self) -> Vec<usize> {
        let alone = |verbs: &[Verb], rung: Rung| {
            let mut at = self
                .rows
                .iter()
                .filter(|(_, row)| verbs.contains(&row.verb) && row.rung == rung);
            let first = at.next().map(|(place, _)| *place);
            first.filter(|_| at.next().is_none())
        };
        let auto = self.auto();
        let told = self
            .binding()
            .filter(|(_, row)| row.rung <= auto)
            .min_by_key(|(_, row)| (row.code.0, &row.id));
        let alone = [
            alone(&[Verb::Share], self.share),
            alone(&[Verb::Ask], self.ask),
            alone(&[Verb::AskAbove], self.soft),
            alone(&[Verb::NeverAbove, Verb::Seal], self.hard),
            alone(&[Verb::Seal], Rung::None),
        ];
        alone
            .into_iter()
            .flatten()
            .chain(told.map(|(place, _)| place))
            .chain(self.asking().into_iter().map(|(place, _)| place))
            .collect()
    }

    /// How much this row's grant gives here, once everybody has agreed.
    pub fn gives(&self, row: &Row) -> Rung {
        row.rung.min(self.hard)
    }

    /// How much it gives at once.
    pub fn gives_at_once(&self, row: &Row) -> Rung {
        self.gives(row).min(self.soft)
    }

    /// The answer; `newer` are the rules that apply whatever the age of the event.
    pub fn cell(&self, table: &'a Table, rows: &[usize], newer: &Bits) -> Cell {
        if self.sealed {
            return Cell {
                auto: Rung::None,
                approved: Rung::None,
                roles: Vec::new(),
                any_of: false,
                sealed: true,
                code: table.no_rule,
            };
        }
        let asking = self.asking();
        let mut roles: Vec<usize> = asking
            .iter()
            .flat_map(|(_, row)| row.roles.clone())
            .collect();
        roles.sort_unstable();
        roles.dedup();
        let any_of = !asking.is_empty()
            && asking
                .iter()
                .all(|(_, row)| row.any_of && row.roles == roles);
        Cell {
            auto: self.auto(),
            approved: self.approved(),
            roles,
            any_of,
            sealed: false,
            code: self.code(table, rows, newer),
        }
    }

    fn code(&self, table: &'a Table, rows: &[usize], newer: &Bits) -> usize {
        let auto = self.auto();
        let first = self
            .binding()
            .filter(|(_, row)| row.rung <= auto)
            .min_by_key(|(_, row)| (row.code.0, &row.id));
        match first {
            Some((_, row)) => row.code.1,
            None if Self::of(table, rows, newer).auto() > auto => table.outside_window,
            None => table.no_rule,
        }
    }
}
