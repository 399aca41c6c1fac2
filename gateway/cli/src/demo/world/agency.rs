//! One agency's whole database, as rows of cells.

use jiff::Span;

use stile_model::time::Date;

use super::cast::Who;
use super::dirt::Held;
use super::events::{Event, events};
use super::kind::Kind;
use super::layout::{
    AliasPart, CategoryLayout, Column, ColumnType, Fill, Layout, PersonPart, Table,
};
use super::names::{self, Origin, Sex};
use super::places::Place;
use super::random::Random;

/// A value in a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// A day.
    Date(Date),
    /// Yes or no.
    Flag(bool),
    /// Nothing.
    Null,
    /// A whole number.
    Number(i64),
    /// Text.
    Text(String),
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        if text.is_empty() {
            Self::Null
        } else {
            Self::Text(text.to_owned())
        }
    }
}

/// A record about one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordRow {
    /// Named when it is about one of the story's people.
    pub who: Option<Who>,
    /// Cells in the order of the layout's columns.
    pub cells: Vec<Cell>,
}

/// The people and records of one agency.
#[derive(Debug, Clone)]
pub struct Agency {
    /// What kind of agency.
    pub kind: Kind,
    /// Its people.
    pub people: Vec<Held>,
    /// Its records, one list for each category of the layout, in the same order.
    pub records: Vec<Vec<RecordRow>>,
    next_record: u32,
}

impl Agency {
    /// Gives `people` their records: the story's, and a background for everybody.
    pub(super) fn new(kind: Kind, people: Vec<Held>, today: Date, random: &mut Random) -> Self {
        let layout = Layout::of(kind);
        let records = layout.categories.iter().map(|_| Vec::new()).collect();
        let mut agency = Self {
            kind,
            people: Vec::new(),
            records,
            next_record: 1,
        };
        for category in layout.categories {
            for held in &people {
                let fits = held.who.is_none() && fits_age(held, category, today);
                if fits && random.chance(category.per_mille) {
                    agency.add(category, held, None, today, random);
                }
            }
        }
        for event in events().filter(|event| event.kind() == Some(kind)) {
            for held in people.iter().filter(|held| held.who == Some(event.who)) {
                if let Some(category) = layout.category(event.category) {
                    agency.add(category, held, Some(event), today, random);
                }
            }
        }
        agency.people = people;
        agency
    }

    /// Adds one record about `held` and gives its place among the category's records.
    pub(super) fn add(
        &mut self,
        category: &CategoryLayout,
        held: &Held,
        event: Option<&Event>,
        today: Date,
        random: &mut Random,
    ) -> Option<&mut RecordRow> {
        let number = self.next_record;
        self.next_record += 1;
        let day = event.map_or_else(|| event_day(category, random), |event| event.days_ago);
        let day = today.saturating_sub(Span::new().days(day));
        let key = format!(
            "{}-{number}",
            category.table.to_uppercase().replace('_', "")
        );
        let cells = category
            .columns
            .iter()
            .map(|column| {
                event
                    .and_then(|event| event.cell(column, day))
                    .unwrap_or_else(|| match column.fill {
                        Fill::Key => Cell::Text(key.clone()),
                        Fill::Subject => Cell::Text(held.key.clone()),
                        _ => fill(column, held, day, random),
                    })
            })
            .collect();
        let at = self.position(category.category)?;
        let rows = self.records.get_mut(at)?;
        rows.push(RecordRow {
            who: held.who,
            cells,
        });
        rows.last_mut()
    }

    /// Place of `category` in the layout.
    pub fn position(&self, category: &str) -> Option<usize> {
        Layout::of(self.kind)
            .categories
            .iter()
            .position(|layout| layout.category == category)
    }

    /// Rows of the table of people.
    pub fn person_rows(&self) -> impl Iterator<Item = Vec<Cell>> + '_ {
        let columns = Layout::of(self.kind).person.columns;
        self.people.iter().map(move |held| {
            columns
                .iter()
                .map(|(part, _)| person_cell(self.kind, held, *part))
                .collect()
        })
    }

    /// Rows of the table of other names.
    pub fn alias_rows(&self) -> impl Iterator<Item = Vec<Cell>> + '_ {
        let columns: &[(AliasPart, &str)] = Layout::of(self.kind)
            .aliases
            .as_ref()
            .map_or(&[], |table: &Table<_>| table.columns);
        let names = self
            .people
            .iter()
            .flat_map(|held| held.aliases.iter().map(move |name| (held, name)));
        names
            .enumerate()
            .map(move |(at, (held, (forename, surname)))| {
                columns
                    .iter()
                    .map(|(part, _)| match part {
                        AliasPart::Forename => Cell::from(forename.as_str()),
                        AliasPart::Key => Cell::Text(format!("A{at}")),
                        AliasPart::Subject => Cell::from(held.key.as_str()),
                        AliasPart::Surname => Cell::from(surname.as_str()),
                    })
                    .collect()
            })
    }
}

impl Fill {
    /// Type of such a column in a system that holds days as `dates`.
    pub const fn column_type(self, dates: ColumnType) -> ColumnType {
        match self {
            Self::Event(_) | Self::Later(_) | Self::Recorded => dates,
            Self::Flag(_) | Self::Sealed => ColumnType::Flag,
            Self::Number(..) => ColumnType::Number,
            Self::Choice(_) | Self::Grade | Self::Key | Self::Person | Self::Subject => {
                ColumnType::Short
            }
            Self::Notes | Self::Place | Self::Text(_) => ColumnType::Text,
        }
    }
}

impl PersonPart {
    /// Type of such a column in a system that holds days as `dates`.
    pub const fn column_type(self, dates: ColumnType) -> ColumnType {
        match self {
            Self::Born => dates,
            Self::Protected | Self::Sealed => ColumnType::Flag,
            Self::Remarks => ColumnType::Text,
            Self::Address
            | Self::Forename
            | Self::Household
            | Self::Key
            | Self::Nhs
            | Self::Phone
            | Self::Pnc
            | Self::Postcode
            | Self::School
            | Self::Sex
            | Self::Surname
            | Self::Upn => ColumnType::Short,
        }
    }
}

fn person_cell(kind: Kind, held: &Held, part: PersonPart) -> Cell {
    let text = |text: &Option<String>| text.as_deref().map_or(Cell::Null, Cell::from);
    match part {
        PersonPart::Address => Cell::from(held.address.as_str()),
        PersonPart::Born => held.born.map_or(Cell::Null, Cell::Date),
        PersonPart::Forename => Cell::from(held.forename.as_str()),
        PersonPart::Household => Cell::Text(format!("H{}", held.household)),
        PersonPart::Key => Cell::from(held.key.as_str()),
        PersonPart::Nhs => text(&held.nhs),
        PersonPart::Phone => Cell::from(held.phone.as_str()),
        PersonPart::Pnc => text(&held.pnc),
        PersonPart::Postcode => Cell::from(held.postcode.as_str()),
        PersonPart::Protected => Cell::Flag(held.protected),
        PersonPart::Remarks => Cell::from(held.remarks.as_str()),
        PersonPart::School => Cell::from(held.school.as_str()),
        PersonPart::Sealed => Cell::Flag(held.sealed),
        PersonPart::Sex => Cell::from(match (kind, held.sex) {
            (Kind::Education | Kind::Health, Sex::Female) => "Female",
            (Kind::Education | Kind::Health, Sex::Male) => "Male",
            (_, Sex::Female) => "F",
            (_, Sex::Male) => "M",
        }),
        PersonPart::Surname => Cell::from(held.surname.as_str()),
        PersonPart::Upn => text(&held.upn),
    }
}

fn fits_age(held: &Held, category: &CategoryLayout, today: Date) -> bool {
    let (youngest, oldest) = category.ages;
    held.born
        .is_none_or(|born| (youngest..=oldest).contains(&stile_model::time::age_on(born, today)))
}

fn event_day(category: &CategoryLayout, random: &mut Random) -> i64 {
    let longest = category
        .columns
        .iter()
        .find_map(|column| match column.fill {
            Fill::Event(days) => Some(days),
            _ => None,
        });
    1 + i64::from(random.below(longest.unwrap_or(365)))
}

fn fill(column: &Column, held: &Held, day: Date, random: &mut Random) -> Cell {
    match column.fill {
        Fill::Choice(codes) => Cell::from(random.pick(codes)),
        Fill::Event(_) => Cell::Date(day),
        Fill::Flag(per_mille) => Cell::Flag(random.chance(per_mille)),
        Fill::Grade => Cell::Text(format!(
            "{}{} P",
            1 + random.below(3),
            random.pick(&['A', 'B', 'C', 'D'])
        )),
        Fill::Key | Fill::Notes => Cell::Null,
        Fill::Later(_) if random.chance(250) => Cell::Null,
        Fill::Later(days) => Cell::Date(after(day, i64::from(1 + random.below(days)))),
        Fill::Number(low, high) => Cell::Number(random.between(low, high)),
        Fill::Person => Cell::Text(somebody(random)),
        Fill::Place if random.chance(500) => Cell::from(held.address.as_str()),
        Fill::Place => {
            let place = Place::random(random);
            Cell::Text(format!("{}, {}", place.line, place.postcode))
        }
        Fill::Recorded => Cell::Date(after(day, i64::from(random.below(6)))),
        Fill::Sealed => Cell::Flag(false),
        Fill::Subject => Cell::from(held.key.as_str()),
        Fill::Text(texts) => Cell::from(random.pick(texts)),
    }
}

/// The day `days` after `day`.
pub(super) fn after(day: Date, days: i64) -> Date {
    day.saturating_add(Span::new().days(days))
}

fn somebody(random: &mut Random) -> String {
    let origin = Origin::random(random);
    let sex = if random.chance(500) {
        Sex::Female
    } else {
        Sex::Male
    };
    format!(
        "{} {}",
        names::forename(random, origin, sex),
        names::surname(random, origin)
    )
}
