//! Unique strings in every place that must stay shut, so that a test may search for them outside.

mod spots;

use std::fmt::Write as _;

use super::World;
use super::agency::{Agency, Cell};
use super::cast::{REFUGE_HOUSE, Who};
use super::dirt::Held;
use super::events::events;
use super::kind::Kind;
use super::layout::{CategoryLayout, Fill, Layout};
use super::random::Random;
use spots::Spots;

/// Categories about which no case of the demo asks the red case's family.
pub const NEVER_ASKED: &[&str] = &["education.sen", "health.maternity", "housing.arrears"];

/// Categories whose handling in the vocabulary is sealed or barred.
pub(super) const SHUT: &[&str] = &[
    "police.live_investigation",
    "police.intelligence_conditions",
    "police.covert_source",
    "social_care.placement",
    "health.sexual_health",
    "health.drug_treatment",
    "housing.refuge",
    "social_care.adoption",
    "health.s_flag",
    "health.protected_identity",
    "housing.complainant",
    "probation.victim_contact",
    "youth_justice.victim",
    "youth_justice.intelligence",
];

/// Agencies that know the secret household and so can name its members.
const HOUSEHOLD: &[(Kind, &str, &str)] = &[
    (Kind::Police, "police.domestic_incident", "summary"),
    (Kind::Health, "health.emergency_attendance", "summary"),
];

/// The people whose records carry canaries.
const FAMILY: &[Who] = &[
    Who::Mali,
    Who::Carys,
    Who::OwenElder,
    Who::Rhys,
    Who::Rhodri,
    Who::OwenYounger,
];

impl World {
    /// Hides `n` unique ASCII strings where no byte may ever leave, and gives them all.
    ///
    /// They are in sealed and barred categories, in categories that no case asks for, in records
    /// sealed one by one, in columns that no mapping names, in names of complainants and third
    /// parties, and inside texts that are shown only after screening: as an e-mail address, as a
    /// household member's name, and as the house name of the secret address.
    pub fn plant_canaries(&mut self, n: usize) -> Vec<String> {
        let mut planter = Planter {
            random: Random::new(self.seed, 99),
            planted: Vec::new(),
        };
        let mut spots = Spots::find(self);
        while planter.planted.len() < n {
            let spot = spots.next(planter.planted.len());
            let canary = planter.next(&spot);
            if self.plant(&spot, &canary, &mut planter.random) {
                planter.planted.push(canary);
            }
        }
        planter.planted
    }

    fn plant(&mut self, spot: &Spot, canary: &str, random: &mut Random) -> bool {
        let today = self.today;
        match *spot {
            Spot::Cell {
                kind,
                category,
                row,
                column,
                ref wrap,
            } => self
                .agencies
                .get_mut(&kind)
                .and_then(|agency| {
                    agency
                        .records
                        .get_mut(category)?
                        .get_mut(row)?
                        .cells
                        .get_mut(column)
                })
                .is_some_and(|cell| wrap.write(cell, canary)),
            Spot::House => {
                self.rename_house(&format!("{canary} House"));
                true
            }
            Spot::Household { kind } => self
                .agencies
                .get_mut(&kind)
                .is_some_and(|agency| lodge(agency, canary)),
            Spot::NewRecord {
                category,
                who,
                sealed,
            } => {
                let kind = kind_of(category);
                let layout = kind.and_then(|kind| Layout::of(kind).category(category));
                let agency = kind.and_then(|kind| self.agencies.get_mut(&kind));
                agency.zip(layout).is_some_and(|(agency, layout)| {
                    let held = agency
                        .people
                        .iter()
                        .find(|held| held.who == Some(who))
                        .cloned();
                    held.is_some_and(|held| {
                        new_record(agency, layout, &held, sealed, canary, today, random)
                    })
                })
            }
            Spot::Remarks { kind, person } => self
                .agencies
                .get_mut(&kind)
                .and_then(|agency| agency.people.get_mut(person))
                .is_some_and(|held| {
                    held.remarks = format!("Remark {canary}");
                    true
                }),
        }
    }

    /// Gives the secret house another name wherever it is written.
    fn rename_house(&mut self, name: &str) {
        for agency in self.agencies.values_mut() {
            for held in agency.people.iter_mut().filter(|held| held.who.is_some()) {
                held.address = held.address.replace(REFUGE_HOUSE, name);
            }
            let story = agency
                .records
                .iter_mut()
                .flatten()
                .filter(|row| row.who.is_some());
            for cell in story.flat_map(|row| row.cells.iter_mut()) {
                if let Cell::Text(text) = cell {
                    *text = text.replace(REFUGE_HOUSE, name);
                }
            }
        }
    }
}

/// Where one canary goes.
#[derive(Debug, Clone)]
enum Spot {
    /// Into a cell of a record that is there.
    Cell {
        kind: Kind,
        category: usize,
        row: usize,
        column: usize,
        wrap: Wrap,
    },
    /// As the name of the secret house.
    House,
    /// As a lodger of the secret household, mentioned in a text.
    Household { kind: Kind },
    /// Into a record made for it.
    NewRecord {
        category: &'static str,
        who: Who,
        sealed: bool,
    },
    /// Into a person's remarks, which no mapping names.
    Remarks { kind: Kind, person: usize },
}

/// How a canary is put into a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wrap {
    /// Added to the text as an e-mail address.
    Mail,
    /// In place of a name.
    Name,
    /// As working notes.
    Note,
}

impl Wrap {
    fn write(self, cell: &mut Cell, canary: &str) -> bool {
        match (self, &mut *cell) {
            (Self::Mail, Cell::Text(text)) => {
                // Writing into a String cannot fail.
                write!(text, " Written to at {canary}@example.org since.").is_ok()
            }
            (Self::Mail, _) => false,
            (Self::Name, _) => {
                *cell = Cell::Text(canary.to_owned());
                true
            }
            (Self::Note, _) => {
                *cell = Cell::Text(format!("Note {canary}"));
                true
            }
        }
    }
}

/// Makes the strings.
struct Planter {
    random: Random,
    planted: Vec<String>,
}

impl Planter {
    /// Upper case with hyphens, except where an e-mail address or a person's name must hold it.
    fn next(&mut self, spot: &Spot) -> String {
        let number = self.planted.len() + 1;
        let tail = self.random.below(0x1_0000);
        match spot {
            Spot::Cell {
                wrap: Wrap::Mail, ..
            } => format!("canary{number:04}{tail:04x}"),
            Spot::Household { .. } => format!("Canary{number:04}{tail:04x}"),
            _ => format!("CANARY-{number:04}-{tail:04x}"),
        }
    }
}

fn kind_of(category: &str) -> Option<Kind> {
    let (kind, _) = category.split_once('.')?;
    Kind::ALL.into_iter().find(|known| known.as_str() == kind)
}

/// Adds a lodger of the secret household and mentions them in the family's texts.
fn lodge(agency: &mut Agency, canary: &str) -> bool {
    let Some((_, category, field)) = HOUSEHOLD.iter().find(|(kind, ..)| *kind == agency.kind)
    else {
        return false;
    };
    let Some(mut lodger) = agency
        .people
        .iter()
        .find(|held| held.who == Some(Who::Carys))
        .cloned()
    else {
        return false;
    };
    lodger.who = None;
    lodger.key.push_str("-L");
    canary.clone_into(&mut lodger.forename);
    "Lodgerton".clone_into(&mut lodger.surname);
    lodger.born = Some(jiff::civil::date(1969, 8, 30));
    lodger.aliases.clear();
    lodger.phone.clear();
    lodger.nhs = None;
    agency.people.push(lodger);
    let layout = Layout::of(agency.kind).category(category);
    let column = layout.and_then(|layout| {
        layout
            .columns
            .iter()
            .position(|column| column.field == *field)
    });
    let rows = agency
        .position(category)
        .and_then(|at| agency.records.get_mut(at));
    let Some((column, rows)) = column.zip(rows) else {
        return false;
    };
    let at_refuge = [Some(Who::Carys), Some(Who::Mali)];
    for row in rows.iter_mut().filter(|row| at_refuge.contains(&row.who)) {
        if let Some(Cell::Text(text)) = row.cells.get_mut(column) {
            // Writing into a String cannot fail.
            let _ = write!(text, " {canary} Lodgerton was there too.");
        }
    }
    true
}

/// Adds a record about `held` that holds the canary in its text, or else in a name or code.
fn new_record(
    agency: &mut Agency,
    layout: &CategoryLayout,
    held: &Held,
    sealed: bool,
    canary: &str,
    today: stile_model::time::Date,
    random: &mut Random,
) -> bool {
    let order: [fn(Fill) -> bool; 3] = [
        |fill| matches!(fill, Fill::Text(_)),
        |fill| matches!(fill, Fill::Person | Fill::Place),
        |fill| matches!(fill, Fill::Choice(_)),
    ];
    let column = order.iter().find_map(|fits| {
        layout
            .columns
            .iter()
            .position(|column| !column.field.is_empty() && fits(column.fill))
    });
    let seal = layout
        .columns
        .iter()
        .position(|column| column.fill == Fill::Sealed);
    // Told as an event of its own, a month ago, so that it lies inside every look-back.
    let recent = events()
        .find(|event| event.category == layout.category)
        .map(|event| super::events::Event {
            days_ago: 30,
            told: &[],
            ..*event
        });
    let Some(row) = agency.add(layout, held, recent.as_ref(), today, random) else {
        return false;
    };
    if let Some(cell) = seal.filter(|_| sealed).and_then(|at| row.cells.get_mut(at)) {
        *cell = Cell::Flag(true);
    }
    column
        .and_then(|at| row.cells.get_mut(at))
        .is_some_and(|cell| {
            *cell = Cell::Text(canary.to_owned());
            true
        })
}
