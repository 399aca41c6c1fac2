//! Where canaries may go, and in which order.

use super::super::World;
use super::super::agency::Agency;
use super::super::cast::Who;
use super::super::layout::{Fill, Layout};
use super::{FAMILY, HOUSEHOLD, NEVER_ASKED, SHUT, Spot, Wrap, kind_of};

/// Fields about somebody other than the subject, whose name no rule lets out.
const OTHERS: &[(&str, &str)] = &[
    ("police.domestic_incident", "victim_name"),
    ("police.allegation", "complainant_name"),
    ("social_care.contact", "referrer"),
    ("education.disclosure", "named_person"),
    ("housing.tenancy", "occupants"),
];

/// Texts that may be asked for and shown; what is hidden inside must be taken out.
const SCREENED: &[(&str, &str)] = &[
    ("police.domestic_incident", "summary"),
    ("health.emergency_attendance", "summary"),
    ("education.safeguarding_log", "summary"),
    ("social_care.contact", "summary"),
    ("housing.antisocial_behaviour", "summary"),
    ("probation.oasys_narrative", "summary"),
];

/// The places still free, one list for each way of hiding, used in turn.
pub(super) struct Spots {
    once: Vec<Vec<Spot>>,
    made: usize,
}

impl Spots {
    pub(super) fn find(world: &World) -> Self {
        let mut lists = vec![
            cells(world, SCREENED, Wrap::Mail),
            vec![Spot::House],
            cells(world, OTHERS, Wrap::Name),
            HOUSEHOLD
                .iter()
                .map(|(kind, ..)| Spot::Household { kind: *kind })
                .collect(),
            notes(world),
            remarks(world),
        ];
        for list in &mut lists {
            // Taken from the end, so turned round to begin with the first.
            list.reverse();
        }
        Self {
            once: lists,
            made: 0,
        }
    }

    /// Every second canary goes into a record made for it, of which there is no end.
    pub(super) fn next(&mut self, planted: usize) -> Spot {
        let free = self.once.len().max(1);
        if planted % 2 == 1 {
            let list = (planted / 2..planted / 2 + free)
                .find_map(|at| self.once.get_mut(at % free)?.pop());
            if let Some(spot) = list {
                return spot;
            }
        }
        self.new_record()
    }

    fn new_record(&mut self) -> Spot {
        let sealed_one_by_one = ["police.domestic_incident", "police.intelligence"];
        let all = SHUT
            .iter()
            .chain(NEVER_ASKED)
            .map(|category| (*category, false));
        let all: Vec<(&str, bool)> = all
            .chain(sealed_one_by_one.map(|category| (category, true)))
            .collect();
        let made = self.made;
        self.made += 1;
        let (category, sealed) = all
            .get(made % all.len())
            .copied()
            .unwrap_or(("police.live_investigation", false));
        let who = FAMILY
            .get(made / all.len() % FAMILY.len())
            .copied()
            .unwrap_or(Who::Mali);
        Spot::NewRecord {
            category,
            who,
            sealed,
        }
    }
}

/// Cells of the family's records that hold one of `fields`.
fn cells(world: &World, fields: &[(&str, &str)], wrap: Wrap) -> Vec<Spot> {
    let found = fields.iter().filter_map(|(category, field)| {
        let kind = kind_of(category)?;
        let agency = world.agency(kind)?;
        let at = agency.position(category)?;
        let layout = Layout::of(kind).categories.get(at)?;
        let column = layout
            .columns
            .iter()
            .position(|column| column.field == *field)?;
        Some((kind, agency, at, column))
    });
    found
        .flat_map(|(kind, agency, category, column)| {
            family_rows(agency, category).map(move |row| Spot::Cell {
                kind,
                category,
                row,
                column,
                wrap,
            })
        })
        .collect()
}

/// Cells of the family's records that no mapping names.
fn notes(world: &World) -> Vec<Spot> {
    let agencies = world.agencies().flat_map(|agency| {
        Layout::of(agency.kind)
            .categories
            .iter()
            .enumerate()
            .map(move |(at, layout)| (agency, at, layout))
    });
    agencies
        .filter_map(|(agency, at, layout)| {
            let column = layout
                .columns
                .iter()
                .position(|column| column.fill == Fill::Notes)?;
            let row = family_rows(agency, at).next()?;
            Some(Spot::Cell {
                kind: agency.kind,
                category: at,
                row,
                column,
                wrap: Wrap::Note,
            })
        })
        .collect()
}

fn family_rows(agency: &Agency, category: usize) -> impl Iterator<Item = usize> + '_ {
    let rows = agency
        .records
        .get(category)
        .into_iter()
        .flatten()
        .enumerate();
    rows.filter(|(_, row)| row.who.is_some_and(|who| FAMILY.contains(&who)))
        .map(|(at, _)| at)
}

fn remarks(world: &World) -> Vec<Spot> {
    let people = world.agencies().flat_map(|agency| {
        let people = agency.people.iter().enumerate();
        people
            .filter(|(_, held)| held.who.is_some())
            .map(|(person, _)| (agency.kind, person))
    });
    people
        .map(|(kind, person)| Spot::Remarks { kind, person })
        .collect()
}
