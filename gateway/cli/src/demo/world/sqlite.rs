//! Writes an agency's database as a `SQLite` file.

use std::path::Path;

use jiff::civil::Date;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ToSql};

use super::World;
use super::agency::{Agency, Cell};
use super::dump::{Shape, shapes};
use super::kind::Kind;
use super::layout::{ColumnType, Layout};

/// The statements that make the empty `SQLite` tables and their indexes, in order.
pub fn schema(kind: Kind) -> Vec<String> {
    let shapes = shapes(Layout::of(kind));
    let tables = shapes.iter().map(|shape| shape.create(type_name));
    tables
        .chain(shapes.iter().flat_map(Shape::indexes))
        .collect()
}

/// Makes the file at `path` and fills it with what `kind` holds, in one transaction.
///
/// Does nothing when the world has no such agency.
///
/// # Errors
///
/// When the file cannot be made, or already holds these tables.
pub fn fill_sqlite(path: &Path, kind: Kind, world: &World) -> Result<(), rusqlite::Error> {
    let Some(agency) = world.agency(kind) else {
        return Ok(());
    };
    let mut connection = Connection::open(path)?;
    // A half-made file is thrown away, so nothing is gained by a journal here.
    connection.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")?;
    let transaction = connection.transaction()?;
    let shapes = shapes(Layout::of(kind));
    for shape in &shapes {
        transaction.execute_batch(&shape.create(type_name))?;
        fill_table(&transaction, shape, agency)?;
    }
    // Indexes last: sorting once is quicker than keeping them sorted.
    for index in shapes.iter().flat_map(Shape::indexes) {
        transaction.execute_batch(&index)?;
    }
    transaction.commit()
}

fn fill_table(
    connection: &Connection,
    shape: &Shape,
    agency: &Agency,
) -> Result<(), rusqlite::Error> {
    let marks = vec!["?"; shape.columns.len()].join(", ");
    let mut insert = connection.prepare(&format!("INSERT INTO {} VALUES ({marks})", shape.name))?;
    for row in shape.rows(agency) {
        let bound = row
            .iter()
            .zip(&shape.columns)
            .map(|(cell, (_, kind))| Bound(cell, *kind));
        insert.execute(rusqlite::params_from_iter(bound))?;
    }
    Ok(())
}

const fn type_name(kind: ColumnType) -> &'static str {
    match kind {
        ColumnType::Date => "DATE",
        ColumnType::DateText | ColumnType::Short | ColumnType::Text => "TEXT",
        ColumnType::Flag | ColumnType::Number => "INTEGER",
    }
}

/// A day as a system of this type writes it.
pub(super) fn day_text(day: Date, kind: ColumnType) -> String {
    if kind == ColumnType::DateText {
        format!("{:02}/{:02}/{:04}", day.day(), day.month(), day.year())
    } else {
        day.to_string()
    }
}

/// A cell on its way into a column of a type.
struct Bound<'a>(&'a Cell, ColumnType);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>, rusqlite::Error> {
        Ok(match self.0 {
            Cell::Date(day) => ToSqlOutput::from(day_text(*day, self.1)),
            Cell::Flag(flag) => ToSqlOutput::from(*flag),
            Cell::Null => ToSqlOutput::Borrowed(ValueRef::Null),
            Cell::Number(number) => ToSqlOutput::from(*number),
            Cell::Text(text) => ToSqlOutput::from(text.as_str()),
        })
    }
}
