//! Proposes a mapping for a database of which nothing is mapped yet.
//!
//! ```text
//! tables and columns -> which are people, other names, records (guess) -> how dates are written
//!                    -> the mapping's text with a reason for each line (write)
//! ```
//!
//! It goes by names and types. What it is not sure of is marked `# CONFIRM`, or left out behind `#? `,
//! so that a person decides. No value leaves this module: of dates kept as text some are read to see
//! how they are written.

mod facts;
mod guess;
mod records;
#[cfg(test)]
mod tests;
mod words;
mod write;

use stile_model::id::Code;
use stile_model::vocabulary::Vocabulary;

use self::facts::{ColumnFacts, Kind, TableFacts};
use self::guess::Guess;
use crate::error::SourceError;
use crate::mapping::{ColumnName, TableName};
use crate::query;
use crate::source::Source;
use crate::value::{Cell, DateFormat};

/// A proposed mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The file's text: a mapping that parses as it is.
    pub text: String,
    /// Lines marked `# CONFIRM`.
    pub to_confirm: usize,
    /// Lines left out behind `#? `.
    pub left_out: usize,
    /// Tables and views that were looked at.
    pub tables: usize,
    /// Of those, how many lead to people and look like no category.
    pub unrecognised: usize,
}

/// Rows that are read to see how dates are written.
const ROWS: u32 = 200;

/// Proposes; see [`Source::propose`].
pub(crate) async fn propose(
    source: &Source,
    vocabulary: &Vocabulary,
    agency_kind: &Code,
) -> Result<Proposal, SourceError> {
    let unusable = |problem: &str| SourceError::Mapping {
        name: source.name().to_owned(),
        problem: problem.to_owned(),
    };
    let statement = query::catalog::columns(source.dialect())
        .ok_or_else(|| unusable("no mapping can be proposed for this dialect; write it by hand"))?;
    let table = &source.mapping().person.table;
    let rows = source.whole(&statement, table, &[]).await?;
    let tables = facts::tables(rows);
    let mut guess = guess::guess(&tables, vocabulary, agency_kind)
        .ok_or_else(|| unusable("no table that this account may read looks like people"))?;
    dates(source, &mut guess).await?;
    let mapping = source.mapping();
    let text = write::text(mapping, &guess, agency_kind);
    let lines = |mark: &str| {
        text.lines()
            .skip(write::HEAD_LINES)
            .filter(|l| l.contains(mark))
            .count()
    };
    Ok(Proposal {
        to_confirm: lines("# CONFIRM"),
        left_out: lines("#? "),
        tables: tables.len(),
        unrecognised: guess.unrecognised.len(),
        text,
    })
}

/// Sees how dates are written that are kept as text or numbers.
async fn dates(source: &Source, guess: &mut Guess) -> Result<(), SourceError> {
    if let Some(dob) = guess
        .person
        .dob
        .clone()
        .filter(|dob| dob.kind != Kind::Date)
    {
        let table = guess.person.table.clone();
        guess.person.date_format = written(source, &table, &dob.name).await?;
    }
    for category in &mut guess.categories {
        let dates = category.dates().filter(|date| date.kind != Kind::Date);
        let columns: Vec<_> = dates.map(|date| date.name.clone()).collect();
        for column in columns {
            // Where nothing has ended yet, its beginnings tell.
            if category.date_format.is_none() {
                category.date_format = written(source, &category.table, &column).await?;
            }
        }
    }
    Ok(())
}

/// The format in which most of some values of a column are written.
async fn written(
    source: &Source,
    table: &TableName,
    column: &ColumnName,
) -> Result<Option<DateFormat>, SourceError> {
    let statement = query::some(table, &[column], source.dialect(), ROWS);
    let rows = source.whole(&statement, table, &[column]).await?;
    let held: Vec<Cell> = rows
        .into_iter()
        .flatten()
        .filter(|cell| !matches!(cell, Cell::Null))
        .filter(|cell| !matches!(cell, Cell::Text(text) if text.trim().is_empty()))
        .collect();
    Ok(DateFormat::ALL.into_iter().find(|format| {
        let fit = held.iter().filter(|cell| {
            let date = (*cell).clone().date(Some(*format));
            date.is_ok_and(|date| date.is_some())
        });
        fit.count() * 2 > held.len()
    }))
}
