//! Statements that read the whole person table, a page at a time in the order of its keys.
//!
//! ```text
//! page n + 1: the rows whose key is greater than the last key of page n
//! ```
//!
//! The database compares and orders keys by its own rule, which therefore need not be known here.

use super::writer::Writer;
use super::{About, Statement, person_columns};
use crate::mapping::{ColumnName, PersonMapping};
use crate::name::Dialect;

/// Which page is wanted.
#[derive(Clone, Copy)]
pub(crate) struct Wanted<'a> {
    /// The last key that was read, if any was.
    pub(crate) after: Option<&'a str>,
    /// Only rows of which this column holds at least this value.
    pub(crate) since: Option<(&'a ColumnName, &'a str)>,
    /// Most rows.
    pub(crate) most: u32,
}

/// The mapped columns of one page of people.
pub(crate) fn people(person: &PersonMapping, wanted: Wanted<'_>, dialect: Dialect) -> Statement {
    page(
        person,
        &person_columns(person, "p", dialect),
        wanted,
        dialect,
    )
}

/// The keys of one page of people.
pub(crate) fn keys(person: &PersonMapping, wanted: Wanted<'_>, dialect: Dialect) -> Statement {
    let key = format!("p.{}", person.key.quoted(dialect));
    page(person, &key, wanted, dialect)
}

fn page(person: &PersonMapping, columns: &str, wanted: Wanted<'_>, dialect: Dialect) -> Statement {
    let mut writer = Writer::new(dialect);
    let key = writer.column("p", &person.key);
    let mut condition = format!("{key} IS NOT NULL");
    if let Some(after) = wanted.after {
        let after = writer.param(after);
        condition = format!("{condition} AND {key} > {after}");
    }
    if let Some((column, least)) = wanted.since {
        let column = writer.column("p", column);
        let least = writer.param(least);
        condition = format!("{condition} AND {column} >= {least}");
    }
    let sql = format!(
        "SELECT {columns} FROM {} p WHERE {condition} ORDER BY {key} {}",
        person.table.quoted(dialect),
        dialect.first(wanted.most, true)
    );
    writer.finish(sql)
}

/// The people of these keys.
pub(crate) fn of_keys(person: &PersonMapping, keys: &[String], dialect: Dialect) -> Statement {
    let mut writer = Writer::new(dialect);
    let condition = writer.any("p", &person.key, keys);
    let sql = format!(
        "SELECT {} FROM {} p WHERE {condition} ORDER BY p.{}",
        person_columns(person, "p", dialect),
        person.table.quoted(dialect),
        person.key.quoted(dialect)
    );
    writer.finish(sql).about(About::People(keys.to_vec()))
}

/// How many people have a key.
pub(crate) fn held(person: &PersonMapping, dialect: Dialect) -> Statement {
    Writer::new(dialect).finish(format!(
        "SELECT COUNT({}) FROM {}",
        person.key.quoted(dialect),
        person.table.quoted(dialect)
    ))
}

/// The greatest value of the column that tells when a row changed.
pub(crate) fn newest(person: &PersonMapping, column: &ColumnName, dialect: Dialect) -> Statement {
    Writer::new(dialect).finish(format!(
        "SELECT MAX({}) FROM {}",
        column.quoted(dialect),
        person.table.quoted(dialect)
    ))
}
