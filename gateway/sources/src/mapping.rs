//! The declared mapping from an agency's tables to the shared vocabulary.
//!
//! ```text
//! [source.niche]
//! kind = "csv" | "mysql" | "postgres" | "sqlite"
//! url_file = "…"                      # postgres, mysql; sqlite has path = "…", csv has folder = "…"
//! system = "Niche RMS"
//! deadline_ms = 2000                  # that one question may take
//! person = { table, key, surname, … }
//! index = { enabled, refresh_min, … }  # hold its people in memory; off unless it is turned on
//! [source.niche.category."police.domestic_incident"]
//! table, key, subject, fields = { … }, provenance = { … }, recorded, sealed, grading, date_format
//! date = "occurred_on"                 # of a category with an `event` in the vocabulary
//! ended = "ended_on"                   # of one that says what is true now; empty while it stands
//! only = { status = ["noshow"] }        # of a FHIR server: which rows count
//! ```

mod file;
mod memory;
pub mod place;
mod spelling;
#[cfg(test)]
mod tests;

use stile_model::code::FieldKind;
use stile_model::id::{CategoryId, Code};
use stile_model::subject::Provenance;
use stile_model::vocabulary::Vocabulary;

pub use self::memory::IndexMapping;
pub use self::place::Place;
use crate::error::MappingError;
use crate::limits::Limits;
pub use crate::name::{ColumnName, TableName};
use crate::value::DateFormat;

/// All sources of one agency.
#[derive(Debug, Clone)]
pub struct Mapping {
    /// In the order of their names.
    pub sources: Vec<SourceMapping>,
}

impl Mapping {
    /// Reads the file's text; `name` appears in problems. Categories and fields must be in
    /// `vocabulary` and belong to `agency_kind`.
    ///
    /// # Errors
    ///
    /// Every problem found, each with file, line and column, and the words that are allowed.
    pub fn parse(
        name: &str,
        text: &str,
        vocabulary: &Vocabulary,
        agency_kind: &Code,
    ) -> Result<Self, MappingError> {
        file::parse(name, text, vocabulary, agency_kind)
    }
}

/// One system of the agency.
#[derive(Debug, Clone)]
pub struct SourceMapping {
    /// The key in the file: `niche`.
    pub name: String,
    /// The agency's name for the system: `Niche RMS`.
    pub system: String,
    /// Where it is.
    pub place: Place,
    /// Milliseconds that one question may take, 100 to 8,000; `None` for what is usual.
    pub deadline_ms: Option<u32>,
    /// Its people.
    pub person: PersonMapping,
    /// How its people are held in memory; `None` when they are looked for in the database.
    pub index: Option<IndexMapping>,
    /// What it holds about them, in the order of the categories' names.
    pub categories: Vec<CategoryMapping>,
}

impl SourceMapping {
    /// A source of which nothing is mapped yet, to be connected for a proposal.
    ///
    /// Its table of people is not meant to be there: no question can be asked of it.
    pub fn unmapped(name: &str, system: &str, place: Place) -> Self {
        Self {
            name: name.to_owned(),
            system: system.to_owned(),
            place,
            deadline_ms: None,
            person: PersonMapping::unmapped(),
            index: None,
            categories: Vec::new(),
        }
    }

    /// The bounds within which it is asked.
    pub fn limits(&self) -> Limits {
        let usual = Limits::default();
        Limits {
            deadline_ms: self.deadline_ms.map_or(usual.deadline_ms, u64::from),
            ..usual
        }
    }

    /// The mapping of `category`, if this source holds it.
    pub fn category(&self, category: &CategoryId) -> Option<&CategoryMapping> {
        self.categories
            .iter()
            .find(|mapped| &mapped.category == category)
    }
}

/// The table of people. Only `table`, `key` and `surname` must be mapped.
#[derive(Debug, Clone)]
pub struct PersonMapping {
    /// Table or view.
    pub table: TableName,
    /// The source's own key.
    pub key: ColumnName,
    /// Forenames.
    pub forename: Option<ColumnName>,
    /// Surname.
    pub surname: ColumnName,
    /// Date of birth.
    pub dob: Option<ColumnName>,
    /// Recorded sex.
    pub sex: Option<ColumnName>,
    /// Address lines, joined with commas when read.
    pub address: Vec<ColumnName>,
    /// Postcode.
    pub postcode: Option<ColumnName>,
    /// Telephone.
    pub phone: Option<ColumnName>,
    /// School or nursery.
    pub school: Option<ColumnName>,
    /// Key shared by people who live together.
    pub household: Option<ColumnName>,
    /// Flag: address, phone and school must not be shown.
    pub protected: Option<ColumnName>,
    /// Flag: the person must not be shown to exist.
    pub sealed: Option<ColumnName>,
    /// Identifiers by scheme.
    pub identifiers: Vec<(Code, ColumnName)>,
    /// Other names.
    pub aliases: Option<AliasMapping>,
    /// How dates are written where the column is text.
    pub date_format: Option<DateFormat>,
}

impl PersonMapping {
    fn unmapped() -> Self {
        Self {
            table: TableName::unmapped(),
            key: ColumnName::unmapped(),
            forename: None,
            surname: ColumnName::unmapped(),
            dob: None,
            sex: None,
            address: Vec::new(),
            postcode: None,
            phone: None,
            school: None,
            household: None,
            protected: None,
            sealed: None,
            identifiers: Vec::new(),
            aliases: None,
            date_format: None,
        }
    }
}

/// The table of other names.
#[derive(Debug, Clone)]
pub struct AliasMapping {
    /// Table or view.
    pub table: TableName,
    /// Column holding the person's key.
    pub subject: ColumnName,
    /// Forenames.
    pub forename: Option<ColumnName>,
    /// Surname.
    pub surname: ColumnName,
}

/// The table of one category.
#[derive(Debug, Clone)]
pub struct CategoryMapping {
    /// The category.
    pub category: CategoryId,
    /// Table or view.
    pub table: TableName,
    /// The record's own key.
    pub key: ColumnName,
    /// Column holding the person's key.
    pub subject: ColumnName,
    /// The one column that a look-back counts from: in the file `date` where something happened, `ended`
    /// where something is true now. `None` where the system does not hold it; then, and of a record in
    /// which it is empty or cannot be read, nothing is left out for being too old.
    pub date: Option<ColumnName>,
    /// What that column is the day of.
    pub dated: Dated,
    /// Date of recording.
    pub recorded: Option<ColumnName>,
    /// Flag: the record must not be shown to exist.
    pub sealed: Option<ColumnName>,
    /// Grading of intelligence.
    pub grading: Option<ColumnName>,
    /// Of a FHIR server: which rows count; empty for all of them, `None` where it is not said.
    pub only: Option<Vec<OnlyMapping>>,
    /// Fields, in the order of their names.
    pub fields: Vec<FieldMapping>,
    /// Where its records come from and how far they can be relied on.
    pub provenance: Provenance,
    /// How dates are written where a column is text.
    pub date_format: Option<DateFormat>,
}

/// What the day of a record is the day of, as the category has an `event` in the vocabulary or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dated {
    /// Its end: it says what is true now, and stands while the day is empty or to come.
    AtEnd,
    /// Its event: it happened then.
    AtEvent,
}

/// The rows of a table that count: those that hold one of these values in a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnlyMapping {
    /// The column.
    pub column: ColumnName,
    /// At least one value; without regard to case.
    pub values: Vec<String>,
}

/// One field of a category.
#[derive(Debug, Clone)]
pub struct FieldMapping {
    /// Last word of the field's name.
    pub field: String,
    /// The column.
    pub column: ColumnName,
    /// What the vocabulary says it holds.
    pub kind: FieldKind,
}
