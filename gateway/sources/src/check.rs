//! Proves a mapping against its database and says what to mend, in counts and names only.

mod dates;
mod report;

use stile_model::code::FieldKind;
use stile_model::id::CategoryId;
use stile_model::redact::Redacted;
use stile_model::vocabulary::Vocabulary;

use crate::backend::Shape;
use crate::counts;
use crate::error::SourceError;
use crate::mapping::{CategoryMapping, ColumnName, PersonMapping, Place, TableName};
use crate::query::{self, Slot};
use crate::source::Source;
use crate::value::DateFormat;

pub use self::report::{CheckFault, CheckFinding, CheckReport};

/// Checks everything; see [`Source::check`].
pub(crate) async fn check(
    source: &Source,
    vocabulary: &Vocabulary,
) -> Result<CheckReport, SourceError> {
    let mut checking = Checking {
        source,
        findings: Vec::new(),
        without_row: Vec::new(),
    };
    let mapping = source.mapping();
    checking.person(&mapping.person).await?;
    if let Some(column) = mapping.index.as_ref().and_then(|i| i.watermark.as_ref()) {
        let table = &mapping.person.table;
        checking.column(table, column, Wanted::Growing).await?;
    }
    for category in &mapping.categories {
        checking.words(category, vocabulary);
        checking.category(category).await?;
        checking.day(category, vocabulary);
    }
    checking.dates().await?;
    let people = checking.counted(&mapping.person.table).await?;
    let mut categories = Vec::new();
    for category in &mapping.categories {
        let records = checking.counted(&category.table).await?;
        categories.push((category.category.clone(), records));
    }
    let round_trip = checking.round_trip().await?;
    if matches!(mapping.place, Place::Http(_)) {
        checking.nobody().await?;
    }
    checking.findings.sort();
    checking.findings.dedup();
    Ok(CheckReport {
        name: source.name().to_owned(),
        system: source.system().to_owned(),
        people: people.unwrap_or(0),
        categories,
        round_trip,
        without_row: checking.without_row,
        findings: checking.findings,
    })
}

struct Checking<'a> {
    source: &'a Source,
    findings: Vec<CheckFinding>,
    /// Categories of which the person who was read has no record.
    without_row: Vec<CategoryId>,
}

impl Checking<'_> {
    fn find(&mut self, fault: CheckFault, table: &TableName, column: &str) {
        self.findings.push(CheckFinding {
            fault,
            table: table.to_string(),
            column: column.to_owned(),
            category: None,
        });
    }

    /// Keeps what is wrong with the mapping as a finding; passes on what is wrong with the source.
    fn keep<T>(&mut self, answer: Result<T, SourceError>) -> Result<Option<T>, SourceError> {
        let error = match answer {
            Ok(answer) => return Ok(Some(answer)),
            Err(error) => error,
        };
        let (fault, table, column) = match error {
            SourceError::SchemaChanged { table, column, .. } => {
                (CheckFault::Missing, table, column)
            }
            SourceError::BadValue { table, column, .. }
            | SourceError::TooLong { table, column, .. } => (CheckFault::Unreadable, table, column),
            SourceError::CircuitOpen { .. }
            | SourceError::Deadline { .. }
            | SourceError::Mapping { .. }
            | SourceError::Refused { .. }
            | SourceError::Stale { .. }
            | SourceError::TooMuch { .. }
            | SourceError::Unasked { .. }
            | SourceError::Unreachable { .. }
            | SourceError::Writable { .. } => return Err(error),
        };
        self.findings.push(CheckFinding {
            fault,
            table,
            column,
            category: None,
        });
        Ok(None)
    }

    async fn person(&mut self, person: &PersonMapping) -> Result<(), SourceError> {
        for (slot, column) in query::person_slots(person) {
            let wanted = match slot {
                Slot::Dob => Wanted::Date(person.date_format),
                Slot::Protected | Slot::Sealed => Wanted::Flag,
                Slot::Address
                | Slot::Forename
                | Slot::Household
                | Slot::Identifier(_)
                | Slot::Key
                | Slot::Phone
                | Slot::Postcode
                | Slot::School
                | Slot::Sex
                | Slot::Surname => Wanted::Text,
            };
            self.column(&person.table, column, wanted).await?;
            let looked_up = matches!(
                slot,
                Slot::Dob
                    | Slot::Household
                    | Slot::Identifier(_)
                    | Slot::Key
                    | Slot::Phone
                    | Slot::Postcode
                    | Slot::Surname
            );
            if looked_up {
                self.index(&person.table, column, slot == Slot::Dob).await?;
            }
        }
        if let Some(aliases) = &person.aliases {
            for column in query::alias_columns(aliases) {
                self.column(&aliases.table, column, Wanted::Text).await?;
            }
            self.index(&aliases.table, &aliases.subject, false).await?;
            self.index(&aliases.table, &aliases.surname, false).await?;
        }
        Ok(())
    }

    async fn category(&mut self, category: &CategoryMapping) -> Result<(), SourceError> {
        let date = Wanted::Date(category.date_format);
        let fixed = [
            (Some(&category.key), Wanted::Text),
            (Some(&category.subject), Wanted::Text),
            (category.date.as_ref(), date),
            (category.recorded.as_ref(), date),
            (category.sealed.as_ref(), Wanted::Flag),
            (category.grading.as_ref(), Wanted::Text),
        ];
        for (column, wanted) in fixed {
            if let Some(column) = column {
                self.column(&category.table, column, wanted).await?;
            }
        }
        for field in &category.fields {
            let wanted = match field.kind {
                FieldKind::Date => date,
                FieldKind::Flag => Wanted::Flag,
                FieldKind::Number => Wanted::Number,
                FieldKind::Code | FieldKind::Location | FieldKind::Person | FieldKind::Text => {
                    Wanted::Text
                }
            };
            self.column(&category.table, &field.column, wanted).await?;
        }
        self.index(&category.table, &category.subject, false).await
    }

    /// The vocabulary may be newer than the one the mapping was read with.
    fn words(&mut self, mapped: &CategoryMapping, vocabulary: &Vocabulary) {
        let category = vocabulary.category(&mapped.category);
        for field in &mapped.fields {
            let known = category.and_then(|category| category.field(&field.field));
            if known.is_none_or(|known| known.kind != field.kind) {
                self.find(
                    CheckFault::NotInVocabulary,
                    &mapped.table,
                    field.column.as_str(),
                );
            }
        }
    }

    async fn column(
        &mut self,
        table: &TableName,
        column: &ColumnName,
        wanted: Wanted,
    ) -> Result<(), SourceError> {
        let shapes = self.source.shapes(table, &[column]).await;
        let shape = self
            .keep(shapes)?
            .and_then(|shapes| shapes.first().copied());
        if shape.is_some_and(|shape| !wanted.fits(shape)) {
            self.find(CheckFault::WrongType, table, column.as_str());
        }
        Ok(())
    }

    async fn index(
        &mut self,
        table: &TableName,
        column: &ColumnName,
        dated: bool,
    ) -> Result<(), SourceError> {
        // Digits are a value of every type that a key or a date can have.
        let value = if dated { "2000-01-01" } else { "1" };
        let statement = query::equal(table, column, value, self.source.dialect());
        let indexed = self.source.indexed(&statement, table).await;
        // A missing column has been found already.
        if matches!(indexed, Err(SourceError::SchemaChanged { .. })) {
            return Ok(());
        }
        match indexed? {
            Some(true) => {}
            Some(false) => self.find(CheckFault::NotIndexed, table, column.as_str()),
            None => self.find(CheckFault::PlanHidden, table, column.as_str()),
        }
        Ok(())
    }

    async fn counted(&mut self, table: &TableName) -> Result<Option<u64>, SourceError> {
        let rows = counts::rows(self.source, table).await;
        self.keep(rows)
    }

    /// Reads one person, then that person's records of every category.
    async fn round_trip(&mut self) -> Result<bool, SourceError> {
        let mapping = self.source.mapping();
        let person = &mapping.person;
        let statement = query::sample(&person.table, &person.key, self.source.dialect());
        let rows = self
            .source
            .rows(&statement, &person.table, &[&person.key])
            .await;
        let Some(rows) = self.keep(rows)? else {
            return Ok(false);
        };
        let key = rows
            .into_iter()
            .flatten()
            .next()
            .map(crate::value::Cell::exact);
        let Some(Ok(Some(key))) = key else {
            return Ok(false);
        };
        let key = Redacted::new(key);
        let statement = query::person(person, key.reveal(), self.source.dialect());
        let found = crate::people::people(self.source, &statement).await;
        let mut complete = self.keep(found)?.is_some_and(|people| !people.is_empty());
        for category in &mapping.categories {
            let fields: Vec<_> = category.fields.iter().map(|f| f.field.clone()).collect();
            let records = self
                .source
                .records(&key, &category.category, &fields, None)
                .await;
            let read = self.keep(records)?;
            complete &= read.is_some();
            if read.is_some_and(|read| read.records.is_empty()) {
                self.without_row.push(category.category.clone());
            }
        }
        Ok(complete)
    }

    /// Asks a server, which alone decides whose rows it gives, for the records of nobody.
    async fn nobody(&mut self) -> Result<(), SourceError> {
        let key = Redacted::from(NOBODY);
        for mapped in &self.source.mapping().categories {
            let records = self.source.records(&key, &mapped.category, &[], None).await;
            // That there is no such person may be said by any status.
            if matches!(records, Err(SourceError::Refused { .. })) {
                continue;
            }
            let read = self.keep(records)?;
            if read.is_some_and(|read| !read.records.is_empty()) {
                self.find(CheckFault::NotByKey, &mapped.table, mapped.subject.as_str());
            }
        }
        Ok(())
    }
}

/// A key that no system gives to anybody.
const NOBODY: &str = "stile-nobody-5e2b9c7d41";

/// What a column must be able to hold.
#[derive(Clone, Copy)]
enum Wanted {
    Date(Option<DateFormat>),
    Flag,
    /// A date or a number that grows.
    Growing,
    Number,
    Text,
}

impl Wanted {
    fn fits(self, shape: Shape) -> bool {
        match (self, shape) {
            (_, Shape::Untyped) => true,
            (_, Shape::Other) => false,
            (Self::Date(None), _) => shape == Shape::Date,
            (Self::Date(Some(DateFormat::YearMonthDay)), _) => {
                matches!(shape, Shape::Number | Shape::Text)
            }
            (Self::Date(Some(_)), _) => matches!(shape, Shape::Text),
            (Self::Flag, _) => matches!(shape, Shape::Flag | Shape::Number | Shape::Text),
            (Self::Growing, _) => shape != Shape::Flag,
            (Self::Number, _) => matches!(shape, Shape::Number | Shape::Text),
            (Self::Text, _) => true,
        }
    }
}
