//! What each agency's database looks like, as tables of data rather than seven programs.
//!
//! One layout serves four readers: the generator of background records, the two writers (`SQLite`
//! and SQL text) and the mapping that the gateway reads. They cannot drift apart.

mod education;
mod health;
mod housing;
mod police;
mod probation;
mod social_care;
mod youth_justice;

use super::kind::Kind;

/// The database of one kind of agency.
#[derive(Debug)]
pub struct Layout {
    /// Key of the source in the mapping.
    pub source: &'static str,
    /// The agency's name for the system.
    pub system: &'static str,
    /// Table of people.
    pub person: Table<PersonPart>,
    /// Table of other names, if the system has one.
    pub aliases: Option<Table<AliasPart>>,
    /// One table for each category.
    pub categories: &'static [CategoryLayout],
    /// Dates are held as `dd/mm/yyyy` text.
    pub text_dates: bool,
    /// Before the number in a person's key.
    pub key_prefix: &'static str,
}

/// A table with its columns in order.
#[derive(Debug, Clone, Copy)]
pub struct Table<P: 'static> {
    /// Name in the database.
    pub name: &'static str,
    /// What each column holds, and its name.
    pub columns: &'static [(P, &'static str)],
}

/// What a column of a table of people holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PersonPart {
    /// Address line.
    Address,
    /// Date of birth.
    Born,
    /// Forename.
    Forename,
    /// Household.
    Household,
    /// Key.
    Key,
    /// NHS number.
    Nhs,
    /// Telephone.
    Phone,
    /// Police national identity.
    Pnc,
    /// Postcode.
    Postcode,
    /// Address, phone and school must not be shown.
    Protected,
    /// Remarks that no mapping names.
    Remarks,
    /// School.
    School,
    /// Must not be shown to exist.
    Sealed,
    /// Sex.
    Sex,
    /// Surname.
    Surname,
    /// Unique pupil number.
    Upn,
}

/// What a column of a table of other names holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AliasPart {
    /// Forename.
    Forename,
    /// Key of the row.
    Key,
    /// The person's key.
    Subject,
    /// Surname.
    Surname,
}

/// The table of one category.
#[derive(Debug)]
pub struct CategoryLayout {
    /// Category in the vocabulary.
    pub category: &'static str,
    /// Name in the database.
    pub table: &'static str,
    /// Background records for a thousand people.
    pub per_mille: u32,
    /// Youngest and oldest person it fits, in years.
    pub ages: (u32, u32),
    /// Columns in order.
    pub columns: &'static [Column],
    /// Kind of author, nature and verification.
    pub provenance: (&'static str, &'static str, &'static str),
}

/// One column of a category's table.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Name in the database.
    pub name: &'static str,
    /// Last word of the vocabulary field; empty when no mapping names it.
    pub field: &'static str,
    /// What it holds.
    pub fill: Fill,
}

/// What a column holds, and so its type and how background rows fill it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fill {
    /// One of some codes.
    Choice(&'static [&'static str]),
    /// Date of the event, up to so many days before today.
    Event(u32),
    /// Yes so many times in a thousand.
    Flag(u32),
    /// Grading of intelligence with its handling code.
    Grade,
    /// The record's own key.
    Key,
    /// A date so many days after the event at most; sometimes missing.
    Later(u32),
    /// Working notes that no mapping names.
    Notes,
    /// A number from low to high.
    Number(i64, i64),
    /// Somebody's name.
    Person,
    /// A place in town.
    Place,
    /// Date of recording, a few days after the event.
    Recorded,
    /// Record-level seal.
    Sealed,
    /// The person's key.
    Subject,
    /// One of some texts.
    Text(&'static [&'static str]),
}

/// Type of a column, before a dialect names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    /// A day.
    Date,
    /// A day as `dd/mm/yyyy`.
    DateText,
    /// Yes or no.
    Flag,
    /// A whole number.
    Number,
    /// Up to 160 characters, and so fit for an index everywhere.
    Short,
    /// Text of any length.
    Text,
}

impl Layout {
    /// The layout of `kind`.
    pub const fn of(kind: Kind) -> &'static Self {
        match kind {
            Kind::Education => &education::LAYOUT,
            Kind::Health => &health::LAYOUT,
            Kind::Housing => &housing::LAYOUT,
            Kind::Police => &police::LAYOUT,
            Kind::Probation => &probation::LAYOUT,
            Kind::SocialCare => &social_care::LAYOUT,
            Kind::YouthJustice => &youth_justice::LAYOUT,
        }
    }

    /// How this system holds a day.
    pub const fn date_type(&self) -> ColumnType {
        if self.text_dates {
            ColumnType::DateText
        } else {
            ColumnType::Date
        }
    }

    /// The layout of `category`.
    pub fn category(&self, category: &str) -> Option<&'static CategoryLayout> {
        self.categories
            .iter()
            .find(|layout| layout.category == category)
    }

    /// Column name of `part` of a person, if the system holds it.
    pub fn person_column(&self, part: PersonPart) -> Option<&'static str> {
        column_of(&self.person, part)
    }
}

/// Column name of `part`, if the table holds it.
pub fn column_of<P: PartialEq + Copy>(table: &Table<P>, part: P) -> Option<&'static str> {
    table
        .columns
        .iter()
        .find(|(held, _)| *held == part)
        .map(|(_, name)| *name)
}

impl CategoryLayout {
    /// Column name of the only column with this fill.
    pub fn column_with(&self, fits: impl Fn(Fill) -> bool) -> Option<&'static str> {
        self.columns
            .iter()
            .find(|column| fits(column.fill))
            .map(|column| column.name)
    }
}

/// A mapped column.
const fn c(name: &'static str, field: &'static str, fill: Fill) -> Column {
    Column { name, field, fill }
}

/// A column that no field of the vocabulary names.
const fn u(name: &'static str, fill: Fill) -> Column {
    Column {
        name,
        field: "",
        fill,
    }
}

/// Any age.
const ANY: (u32, u32) = (0, 120);
/// Up to the eighteenth birthday.
const CHILD: (u32, u32) = (0, 17);
/// Ten years, the age of criminal responsibility, and over.
const TEN_UP: (u32, u32) = (10, 120);
/// Eighteen and over.
const ADULT: (u32, u32) = (18, 120);
